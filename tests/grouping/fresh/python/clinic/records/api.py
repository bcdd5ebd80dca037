"""Endpoints of the medical records."""

from clinic.records import allergies, audit, charts, consents, labs


def register(app, belt):
    import_labs = belt.task(retries=2)(labs.import_message)
    mail_letter = belt.task()(charts.letter)

    endpoints = {
        "chart": lambda body: charts.chart(body["patient"]),
        "letter": lambda body: mail_letter.delay(body["patient"]),
        "export": lambda body: charts.export(body["patients"]),
        "summary": lambda body: charts.summary(body["patient"]),
        "allergies": lambda body: allergies.describe(body["codes"]),
        "allergy_card": lambda body: allergies.card(body["patient"], body["codes"]),
        "lab": lambda body: labs.import_message(body["message"]),
        "lab_later": lambda body: import_labs.delay(body["message"]),
        "lab_batch": lambda body: labs.import_batch(body["messages"]),
        "consent": lambda body: consents.render(body["form"], body["context"]),
        "consent_pack": lambda body: consents.pack(body["forms"], body["context"]),
        "view": lambda body: audit.note(body["patient"], "view", body["by"]),
        "print": lambda body: audit.note(body["patient"], "print", body["by"]),
        "archive": lambda body: charts.archive(body["patient"], body["year"]),
    }
    for path, endpoint in endpoints.items():
        app.post(path)(lambda request, endpoint=endpoint: endpoint(request.json))

    @app.post("chart_locked")
    async def chart_locked(request):
        return await charts.edit(request.json["patient"])

    @app.post("chart_merged")
    async def chart_merged(request):
        return await charts.merge(request.json["patient"], request.json["into"])
