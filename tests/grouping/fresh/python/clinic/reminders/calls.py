"""What the dialler reports of its calls."""

import logging

log = logging.getLogger(__name__)

FINAL = {"busy", "no answer", "number not in service"}


def report(number, outcome, attempt, seconds=0):
    if outcome in FINAL and attempt >= 3:
        log.error(f"gave up calling {number} after {attempt} attempts: {outcome}")
    elif outcome == "dropped":
        log.error(f"call to {number} dropped after {seconds:.1f}s")
