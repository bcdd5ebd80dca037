"""Puts the five services together."""

from harbour import App, TaskQueue

from shop.batch import Batch
from shop.clients.partners import Couriers, Gateway, Rates, Recommendations, Tax
from shop.database import Database
from shop.handlers import backoffice
from shop.handlers.storefront import Storefront
from shop.middleware import access_log, require_token
from shop.repositories.customers import Customers
from shop.repositories.orders import Orders
from shop.repositories.products import Products
from shop.services.mail import Mailer
from shop.services.orders import OrderService
from shop.services.payments import PaymentService
from shop.services.stock import StockService


def build(tracer):
    database = Database()
    products, customers = Products(database), Customers(database)
    partners = {
        "rates": Rates(),
        "tax": Tax(),
        "couriers": Couriers(),
        "recommendations": Recommendations(),
    }
    queues = {name: TaskQueue(name, tracer) for name in NAMES}
    handlers = {
        "storefront": Storefront(
            OrderService(Orders(database), customers),
            products,
            customers,
            partners,
            queues["storefront"],
        ),
        "payments": backoffice.Payments(
            PaymentService(Gateway({"error": "expired"})), queues["payments"]
        ),
        "stock": backoffice.Stock(StockService(products), queues["stock"]),
        "mailer": backoffice.Mail(Mailer("/var/lib/shop/invoices"), queues["mailer"]),
        "importer": backoffice.Importer(queues["importer"]),
    }
    return {name: serve(name, handlers[name], tracer) for name in NAMES}, queues


NAMES = ["storefront", "payments", "stock", "mailer", "importer"]


def serve(name, handlers, tracer):
    app = App(name, tracer)
    app.use(access_log)
    if name in ("payments", "stock"):
        app.use(require_token("secret"))
    for endpoint in (each for each in dir(handlers) if not each.startswith("_")):
        handler = getattr(handlers, endpoint)
        if callable(handler) and not hasattr(handler, "enqueue"):
            app.route("POST", f"/{endpoint}")(handler)
    app.route("POST", "/batch")(Batch(app).run)
    return app
