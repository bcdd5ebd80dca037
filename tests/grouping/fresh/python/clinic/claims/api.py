"""Endpoints of billing."""

from lattice import run_in_thread
from schemata import Field, Schema

from clinic.claims.manager import ClaimManager

INTAKE = Schema(member=Field(str), plan=Field(str, required=False))


def register(app, belt):
    manager = ClaimManager()
    resubmit = belt.task(retries=2)(manager.submit)
    ask_again = belt.task(retries=1)(manager.preauthorise)

    @app.post("submit")
    async def submit(request):
        return await run_in_thread(manager.submit, request.json)

    @app.post("resubmit")
    def later(request):
        resubmit.delay(request.json)

    @app.post("submit_all")
    def submit_all(request):
        return [manager.submit(claim) for claim in request.json["claims"]]

    @app.post("intake")
    def intake(request):
        form = INTAKE.load(request.json)
        return manager.check_eligibility(form["member"], form.get("plan", "basic"))

    @app.post("recheck")
    async def recheck(request):
        return await run_in_thread(manager.check_eligibility, **request.json)

    app.post("preauthorise")(lambda request: manager.preauthorise(request.json["procedure"]))
    app.post("preauthorise_later")(lambda request: ask_again.delay(request.json["procedure"]))
    app.post("amend")(lambda request: manager.amend(request.json))
    app.post("cancel")(lambda request: manager.cancel(request.json))
    app.post("cancel_all")(lambda request: list(map(manager.cancel, request.json["claims"])))
    app.post("copay")(lambda request: str(manager.copay(**request.json)))
    app.post("settle")(lambda request: manager.settle(**request.json))
    app.post("refund")(lambda request: manager.refund(**request.json))

    @app.post("copays")
    def copays(request):
        return sum(manager.copay(tariff, "10") for tariff in request.json["tariffs"])
