"""Series of appointments, with bank holidays left out."""

from datetime import date, timedelta


def series(first, every_days, holidays=()):
    day = date.fromisoformat(first)
    step = timedelta(days=every_days)
    return [following(day, step, set(holidays)), following(day + step, step, set(holidays))]


def following(day, step, holidays):
    candidate = day + step
    if candidate.isoformat() in holidays:
        return skip_holiday(candidate, step, holidays)
    return candidate


def skip_holiday(day, step, holidays):
    return following(day, step, holidays)
