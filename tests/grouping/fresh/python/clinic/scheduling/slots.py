"""Slots: who is seen where and when."""

from datetime import datetime

from clinic.core.db import database
from clinic.core.rules import ensure

OPENS, CLOSES = 8, 18
TODAY = datetime(2030, 1, 1)


class Slots:
    def __init__(self, clinicians):
        self._clinicians = clinicians

    async def book(self, form, patient):
        start = datetime.fromisoformat(form["start"])
        self._check(start, form["minutes"])
        calendar = self.calendar_of(form["clinician"])
        self.insert(form["room"], form["start"], patient)
        return calendar

    async def move(self, clinician, start):
        await self._announce(clinician)
        return start

    async def _announce(self, clinician):
        return f"moved in {self.calendar_of(clinician)}"

    def calendar_of(self, clinician):
        row = self._clinicians.find(clinician)
        return row["calendar"]

    def insert(self, room, start, patient):
        database.execute("INSERT INTO slot VALUES (?, ?, ?)", room, start, patient)

    def _check(self, start, minutes):
        ensure(start > TODAY, "start {start} lies in the past", start=start)
        ensure(
            OPENS <= start.hour < CLOSES,
            "start {start} is outside of opening hours",
            start=start,
        )
        ensure(minutes % 5 == 0, "duration of {n} min is not a multiple of 5", n=minutes)
