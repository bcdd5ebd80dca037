"""Rotas of the wards."""

from statistics import mean

BEDS = {"cardiology": 24, "surgery": 18, "hospice": 6}
NIGHT_SHARE = 0.5


def plan(ward, nurses, night=False):
    if night:
        nurses *= NIGHT_SHARE
    beds_each = BEDS[ward] / nurses
    return {"ward": ward, "beds_each": round(beds_each, 1)}


def shares(wards):
    return mean(share["beds_each"] for share in (plan(name, count) for name, count in wards))
