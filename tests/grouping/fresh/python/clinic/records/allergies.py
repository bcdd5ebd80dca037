"""Allergies, coded as in ICD-10."""

SUBSTANCES = {"Z88.0": "penicillin", "Z88.2": "sulfonamides", "Z91.01": "peanuts"}


def describe(codes):
    return [SUBSTANCES[code] for code in codes]


def card(patient, codes):
    rows = "\n".join(f"- {name}" for name in describe(codes))
    return f"patient {patient}\n{rows}"
