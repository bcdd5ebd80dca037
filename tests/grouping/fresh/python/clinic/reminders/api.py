"""Endpoints of the reminders; most of the work is done by the nightly run."""

from clinic.reminders import calls, sms, texts


def register(app, belt):
    send_later = belt.task(retries=1)(sms.send)

    @app.post("sms")
    def send_now(request):
        return sms.send(**request.json)

    @app.post("sms_later")
    def later(request):
        send_later.delay(**request.json)

    @app.post("nightly")
    async def nightly(request):
        return await sms.nightly(request.json["appointments"])

    @app.post("text")
    def text(request):
        return texts.render(**request.json)

    @app.post("texts")
    def all_texts(request):
        return [texts.render("reminder", locale, {}) for locale in request.json["locales"]]

    @app.post("call")
    def call(request):
        return calls.report(**request.json)
