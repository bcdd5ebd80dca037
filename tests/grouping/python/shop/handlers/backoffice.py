"""HTTP handlers and jobs of payments, stock, mailer and importer."""

from shop.services import importer, payments, stock


class Payments:
    def __init__(self, service, tasks):
        self.service = service
        self.tasks = tasks

    def pay(self, request):
        return self.service.pay(request.body["cents"])

    def refund(self, request):
        return self.service.give_back(request.body["cents"])

    def capture(self, request):
        self.tasks.enqueue(request.headers, self.service.capture_batch, request.body)

    def settle(self, request):
        return self.service.settle(request.body)

    def settle_later(self, request):
        self.tasks.enqueue(request.headers, self.service.settle, request.body)

    def void(self, request):
        return self.service.void(request.body)

    def refund_amount(self, request):
        return payments.refund_amount(
            request.body["order"], request.body["cents"], request.body["days"]
        )

    def webhook(self, request):
        return payments.read_webhook(request.body["text"])

    def close_day(self, request):
        return payments.check_ledger(request.body["entries"])

    def invoice(self, request):
        return payments.invoice_header(request.body["lines"])


class Stock:
    def __init__(self, service, tasks):
        self.service = service
        self.tasks = tasks

    def reserve(self, request):
        return self.service.reserve(request.body["sku"], 1)

    def reserve_cart(self, request):
        return self.service.reserve_all(request.body["wanted"])

    def reserve_later(self, request):
        self.tasks.enqueue(request.headers, lambda: self.service.reserve(request.body["sku"], 2))

    def shelf(self, request):
        return self.service.shelf_of(request.body["number"])

    def route(self, request):
        return self.service.pick_route(request.body["stops"])

    async def quotes(self, request):
        return await stock.quotes(request.body["suppliers"])

    async def levels(self, request):
        return await stock.levels(request.body["warehouses"], request.body["sku"])


class Mail:
    def __init__(self, mailer, tasks):
        self.mailer = mailer
        self.tasks = tasks

    def render(self, request):
        body = request.body
        return self.mailer.render(body["template"], body["values"], body.get("greeting", ""))

    def render_later(self, request):
        self.tasks.enqueue(
            request.headers, self.mailer.render, request.body["template"], request.body["values"]
        )

    def attach(self, request):
        return self.mailer.attach_invoice(request.body["year"], request.body["number"])

    def settings(self, request):
        return self.mailer.load_settings(request.body["text"])


class Importer:
    def __init__(self, tasks):
        self.tasks = tasks

    def upload(self, request):
        return importer.import_rows(request.body["rows"])

    def upload_one(self, request):
        return importer.import_row(request.body["row"])

    def upload_later(self, request):
        self.tasks.enqueue(request.headers, importer.import_rows, request.body["rows"])

    def orders(self, request):
        return importer.import_orders(request.body["records"])
