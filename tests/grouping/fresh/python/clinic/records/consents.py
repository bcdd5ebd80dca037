"""Consent forms. A form is compiled to a function once, as wards print thousands of them."""

FORMS = {
    "C-17": "I, {guardian['name']}, agree to the anaesthesia of {patient}.",
    "C-23": "{patient} is seen by {clinician} on {day}.",
    "C-31": "{patient}: on behalf of {guardian['name'].upper()}.",
}
_compiled = {}


def render(form, context):
    return _compile(form)(context)


def pack(forms, context):
    return "\n\n".join(render(form, context) for form in forms)


def _compile(form):
    if form not in _compiled:
        names = ", ".join(("patient", "guardian", "clinician", "day"))
        source = f"def consent({names}):\n    return f{FORMS[form]!r}\n"
        scope = {}
        exec(compile(source, f"<consent {form}>", "exec"), scope)
        _compiled[form] = lambda context: scope["consent"](*map(context.get, names.split(", ")))
    return _compiled[form]
