"""The labelled traffic: what is sent to which service, and the bug it must provoke.

A row is (label, kind, endpoint, body). One row is one event.
"""


def booking(room="R3", start="2031-05-05T09:00", minutes=20, clinician=1, **more):
    return {
        "room": room,
        "start": start,
        "minutes": minutes,
        "clinician": clinician,
        "patient": 7,
        **more,
    }


def lab(*fields):
    return {"message": "MSH|^~\\&|LAB\rOBX|" + "|".join(fields)}


def claim(number, *diagnoses):
    return {"id": number, "diagnoses": list(diagnoses)}


SCHEDULING = [
    ("clinician-not-found", "plain", "book", booking(clinician=41)),
    ("clinician-not-found", "paths", "move", {"clinician": 12, "start": "2031-05-05T09:00"}),
    ("clinician-not-found", "paths", "waitlist", {"clinician": 9}),
    ("clinician-not-found", "paths", "audit", {"all": [1, 2, 77]}),
    ("slot-taken", "throw-site", "book", booking("R1", "2031-03-04T09:00")),
    ("slot-taken", "paths", "import", {"rows": ["R2;2031-03-04T10:30;8"]}),
    ("badge-taken", "throw-site", "hire", {"name": "Moreau", "badge": "B-100"}),
    ("badge-taken", "paths", "hire_team", {"team": [("Sato", "B-201"), ("Ruiz", "B-200")]}),
    ("booking-in-the-past", "message", "book", booking(start="2019-02-11T09:00")),
    ("booking-in-the-past", "message", "book", booking(start="2029-12-31T17:45")),
    ("booking-outside-hours", "throw-site", "book", booking(start="2031-05-05T07:55")),
    ("booking-outside-hours", "message", "book", booking(start="2031-05-06T22:00", minutes=45)),
    ("duration-off-grid", "throw-site", "book", booking(minutes=17)),
    ("duration-off-grid", "message", "book", booking(minutes=1, start="2031-06-01T12:30")),
    ("booking-form-incomplete", "throw-site", "book", {"room": "R1", "clinician": 1}),
    ("booking-form-incomplete", "message", "book", booking(minutes="20")),
    ("shift-form-without-number", "throw-site", "shift", {"ward": "surgery", "nurses": "4"}),
    ("shift-form-without-number", "message", "shift", {"ward": "surgery"}),
    ("ward-without-nurses", "plain", "shift", {"ward": "hospice", "nurses": 0}),
    ("ward-without-nurses", "generated", "share", {"wards": [("surgery", 6), ("hospice", 0)]}),
    ("ward-without-beds", "throw-site", "shift", {"ward": "maternity", "nurses": 3}),
    ("ward-without-beds", "generated", "share", {"wards": [("day clinic", 2)]}),
    ("zone-of-site-malformed", "message", "local_time", {"start": "2031-01-01", "zone": "Oslo"}),
    ("zone-of-site-malformed", "message", "local_time", {"start": "2031-01-01", "zone": "../UTC"}),
    ("series-of-zero-days", "recursion", "series", {"first": "2031-05-17", "every_days": 0}),
    ("series-of-zero-days", "recursion", "series_later", {"first": "2031-12-25", "every_days": 0}),
    ("double-booking", "no-stack", "overlaps", [("R1", "2031-03-04T09:00", 7, 12)]),
    ("double-booking", "no-stack", "overlaps", [("theatre 2", "2031-03-09T13:15", 201, 44)]),
    ("double-booking", "no-stack", "overlaps", [("R17", "2031-11-30T08:00", 3, 9000)]),
]

RECORDS = [
    ("patient-without-chart", "chain", "chart", {"patient": 8}),
    ("patient-without-chart", "paths", "letter", {"patient": 40112}),
    ("patient-without-chart", "paths", "export", {"patients": [7, 9, 31]}),
    ("summary-of-empty-chart", "plain", "summary", {"patient": 9}),
    ("patient-without-chart", "paths", "summary", {"patient": 55}),
    ("chart-lock-held", "chain", "chart_locked", {"patient": 7}),
    ("chart-lock-held", "paths", "chart_merged", {"patient": 9, "into": 7}),
    ("allergy-code-unmapped", "message", "allergies", {"codes": ["Z88.0", "Z88.7"]}),
    ("allergy-code-unmapped", "paths", "allergy_card", {"patient": 7, "codes": ["Z91.030"]}),
    ("allergy-code-unmapped", "message", "allergies", {"codes": ["T78.1"]}),
    ("lab-value-not-a-number", "message", "lab", lab("1", "NM", "GLU", "<0.5", "mmol/L")),
    ("lab-value-not-a-number", "paths", "lab_later", lab("4", "NM", "CRP", "12,4", "mg/dL")),
    (
        "lab-value-not-a-number",
        "paths",
        "lab_batch",
        [("1", "NM", "K", "4.1", "mmol/L"), ("2", "ST", "HCG", "pos.", "mmol/L")],
    ),
    ("lab-unit-unknown", "message", "lab", lab("1", "NM", "GLU", "5.1", "g/l")),
    ("lab-unit-unknown", "paths", "lab_later", lab("12", "NM", "TSH", "2", "mIU/L")),
    ("lab-segment-truncated", "message", "lab", lab("1", "NM", "GLU")),
    ("lab-segment-truncated", "message", "lab", lab("2", "NM", "K", "4", "mmol/L", "N")),
    ("consent-without-guardian", "generated", "consent", ("C-17", {"patient": "P-7"})),
    ("consent-without-guardian", "generated", "consent", ("C-31", {"patient": "P-9"})),
    ("consent-without-guardian", "paths", "consent_pack", (["C-23", "C-17"], {"patient": "P-12"})),
    ("consent-form-unknown", "plain", "consent", ("C-99", {})),
    ("consent-form-unknown", "paths", "consent_pack", (["C-23", "C-40"], {})),
    ("audit-sink-refused", "no-stack", "view", {"patient": 1812, "by": "b.lind"}),
    ("audit-sink-refused", "no-stack", "print", {"patient": 7, "by": "ward-3"}),
    ("audit-sink-refused", "no-stack", "view", {"patient": 40, "by": "emergency desk"}),
    ("archive-file-missing", "no-stack", "archive", {"patient": 7, "year": 1999}),
    ("archive-file-missing", "no-stack", "archive", {"patient": 88123, "year": 2004}),
]

CLAIMS = [
    ("northpay-refused", "chain", "submit", claim("C-991", "I10")),
    ("northpay-refused", "paths", "resubmit", claim("C-20071", "E11.9", "I10")),
    ("northpay-refused", "paths", "submit_all", {"claims": [claim("C-3", "J45")]}),
    ("eligibility-refused", "chain", "intake", {"member": "M-1", "plan": "gold"}),
    ("eligibility-refused", "paths", "recheck", {"member": "M-90", "plan": "basic"}),
    ("preauth-silent", "chain", "preauthorise", {"procedure": "33533"}),
    ("preauth-silent", "paths", "preauthorise_later", {"procedure": "knee replacement"}),
    ("claim-without-diagnosis", "chain", "submit", claim("C-14")),
    ("claim-without-diagnosis", "paths", "submit_all", {"claims": [claim("C-880")]}),
    ("paid-claim-amended", "throw-site", "amend", {"id": "C-1", "state": "paid"}),
    ("paid-claim-amended", "message", "amend", {"id": "C-2", "state": "void"}),
    ("sent-claim-cancelled", "throw-site", "cancel", {"id": "C-5", "state": "sent"}),
    ("sent-claim-cancelled", "paths", "cancel_all", {"claims": [{"id": "C-6", "state": "paid"}]}),
    ("tariff-not-decimal", "plain", "copay", {"tariff": "12.50 EUR", "percent": "10"}),
    ("tariff-not-decimal", "paths", "copays", {"tariffs": ["80", "n/a"]}),
    ("claim-refund-too-high", "message", "refund", ("C-7", 90, 45, 2)),
    ("claim-refund-too-high", "message", "refund", ("C-1204", 15.5, 15, 30)),
    ("claim-refund-too-late", "message", "refund", ("C-8", 10, 45, 91)),
    ("claim-refund-too-late", "message", "refund", ("C-77", 12, 12, 400)),
    ("claim-rejected", "no-stack", "settle", ("C-31", {"reason": "not covered on 2031-02-01"})),
    ("claim-rejected", "no-stack", "settle", ("C-4410", {"reason": "duplicate of C-4409"})),
    ("claim-rejected", "no-stack", "settle", ("C-9", {"reason": "missing modifier"})),
    ("remittance-off", "no-stack", "settle", ("C-12", {"expected": "120.00", "paid": "119.50"})),
    ("remittance-off", "no-stack", "settle", ("C-13", {"expected": "75", "paid": "0"})),
]

REMINDERS = [
    ("patient-without-phone", "plain", "sms", {"phone": None}),
    ("patient-without-phone", "paths", "sms_later", {"phone": None}),
    ("patient-without-phone", "chain", "nightly", {"appointments": [{"phone": None}]}),
    ("sms-gateway-throttles", "chain", "sms", {"phone": "+4790012345"}),
    ("sms-gateway-throttles", "paths", "sms_later", {"phone": "900 54 321"}),
    ("sms-gateway-throttles", "chain", "nightly", {"appointments": [{"phone": "+4740"}]}),
    ("text-not-translated", "message", "text", {"name": "reminder", "locale": "fr_CH"}),
    ("text-not-translated", "message", "text", {"name": "cancelled", "locale": "nn"}),
    ("text-not-translated", "paths", "texts", {"locales": ["uk"]}),
    ("patient-not-reached", "no-stack", "call", ("+47 900 12 345", "busy", 3)),
    ("patient-not-reached", "no-stack", "call", ("0041442345678", "number not in service", 4)),
    ("patient-not-reached", "no-stack", "call", ("22 33 44 55", "no answer", 3)),
    ("call-dropped", "no-stack", "call", ("+4722334455", "dropped", 1, 12.34)),
    ("call-dropped", "no-stack", "call", ("815 00 000", "dropped", 2, 0.5)),
]

TABLES = {
    "scheduling": SCHEDULING,
    "records": RECORDS,
    "claims": CLAIMS,
    "reminders": REMINDERS,
}

# Labels that the second version is asked for again.
AGAIN = {
    "clinician-not-found",
    "booking-outside-hours",
    "ward-without-nurses",
    "patient-without-chart",
    "lab-value-not-a-number",
    "northpay-refused",
    "sent-claim-cancelled",
    "claim-refund-too-late",
    "sms-gateway-throttles",
}


def requests(version):
    seen = set()
    for service, table in TABLES.items():
        for label, kind, endpoint, body in table:
            if version == "v1":
                yield service, label, kind, endpoint, BODIES.get(endpoint, same)(body)
            elif label in AGAIN and label not in seen:
                seen.add(label)
                yield service, label, "version", endpoint, BODIES.get(endpoint, same)(body)


def same(body):
    return body


def named(*names):
    return lambda values: dict(zip(names, values))


def overlaps(rows):
    """Each row is a slot that two patients have."""
    return {
        "slots": [
            {"room": room, "start": start, "patient": patient}
            for room, start, *patients in rows
            for patient in patients
        ]
    }


# The bodies that the tables write in short.
BODIES = {
    "lab_batch": lambda rows: {"messages": [lab(*row)["message"] for row in rows]},
    "overlaps": overlaps,
    "consent": named("form", "context"),
    "consent_pack": named("forms", "context"),
    "refund": named("claim", "amount", "captured", "age_days"),
    "settle": named("claim", "remittance"),
    "call": named("number", "outcome", "attempt", "seconds"),
    "series": lambda body: {"holidays": [body["first"]], **body},
    "series_later": lambda body: {"holidays": [body["first"]], **body},
    "text": lambda body: {"values": {}, **body},
}
