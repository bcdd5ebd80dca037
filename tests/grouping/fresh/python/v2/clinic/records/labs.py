"""Results of laboratories: OBX segments of HL7, reduced to what the chart shows."""

UNITS = {"mmol/L": 1.0, "mg/dL": 0.0555, "umol/L": 0.001}


def import_message(message):
    return [parse_obx(line) for line in message.split("\r") if line.startswith("OBX")]


def import_batch(messages):
    results = []
    for message in messages:
        results.extend(import_message(message))
    return results


def parse_obx(line):
    _, number, kind, code, value, unit = line.split("|")
    if unit not in UNITS:
        raise ValueError(f"OBX {number}: unknown unit {unit!r} for {code}")
    return code, round(to_number(value, code) * UNITS[unit], 4)


def to_number(text, code):
    """Some laboratories write the code before the value."""
    return float(text.removeprefix(code).strip())
