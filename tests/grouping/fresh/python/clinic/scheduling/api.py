"""Endpoints of the schedule."""

from lattice import run_in_thread
from schemata import Field, Schema

from clinic.scheduling import imports, planning, recurrence, rota
from clinic.scheduling.clinicians import ClinicianRepository
from clinic.scheduling.slots import Slots

BOOKING = Schema(room=Field(str), start=Field(str), minutes=Field(int), clinician=Field(int))
SHIFT = Schema(ward=Field(str), nurses=Field(int))


def register(app, belt):
    clinicians = ClinicianRepository()
    slots = Slots(clinicians)

    @belt.task(retries=1)
    def offer_from_waitlist(clinician):
        return slots.calendar_of(clinician)

    @belt.task()
    def plan_series(body):
        return recurrence.series(**body)

    @app.post("book")
    async def book(request):
        form = BOOKING.load(request.json)
        return await slots.book(form, patient=request.json.get("patient"))

    @app.post("move")
    async def move(request):
        return await slots.move(request.json["clinician"], request.json["start"])

    app.post("waitlist")(lambda request: offer_from_waitlist.delay(request.json["clinician"]))
    app.post("audit")(lambda request: run_in_thread(planning.audit, slots, request.json["all"]))
    app.post("import")(lambda request: imports.load(slots, request.json["rows"]))
    app.post("hire")(lambda request: clinicians.add(**request.json))
    app.post("hire_team")(lambda request: [clinicians.add(*each) for each in request.json["team"]])
    app.post("shift")(lambda request: rota.plan(**SHIFT.load(request.json)))
    app.post("share")(lambda request: rota.shares(request.json["wards"]))
    app.post("local_time")(lambda request: planning.local_time(**request.json))
    app.post("series")(lambda request: recurrence.series(**request.json))
    app.post("series_later")(lambda request: plan_series.delay(request.json))
    app.post("overlaps")(lambda request: planning.report_overlaps(request.json["slots"]))
