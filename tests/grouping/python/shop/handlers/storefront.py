"""HTTP handlers of the storefront."""

import datetime

from strictly import Schema

from shop.services import catalogue, payments, pricing
from shop.services.orders import delivery_date

SIGNUP = Schema("Signup", email=str, phone=str)
ADDRESS = Schema("Address", street=str, postcode=str)


def page_of(request):
    return int(request.body.get("page", "1"))


def pieces_of(request):
    return int(request.body["pieces"])


class Storefront:
    def __init__(self, orders, products, customers, partners, tasks):
        self.orders = orders
        self.products = products
        self.customers = customers
        self.partners = partners
        self.tasks = tasks

    # Cart and checkout.
    def add_to_cart(self, request):
        return pricing.line_total(request.body)

    def checkout(self, request):
        return self.orders.place(request.body["customer"], request.body["lines"])

    def quote(self, request):
        return pricing.discounted(request.body["lines"], 10)

    async def quote_async(self, request):
        return pricing.cart_total(request.body["lines"])

    def preview(self, request):
        shown = sorted(request.body["lines"], key=lambda line: -pricing.line_total(line))
        return shown[0]

    def report_later(self, request):
        self.tasks.enqueue(request.headers, pricing.cart_total, request.body["lines"])

    def quote_on_pool(self, request):
        return self.tasks.call(pricing.discounted, request.body["lines"], 5)

    def set_quantity(self, request):
        return pieces_of(request)

    def guest_checkout(self, request):
        return self.orders.orders.add(None, request.body["total"])

    # Discounts.
    def rule(self, request):
        return pricing.apply_rule(request.body["rule"], request.body["cart"])

    def best_rule(self, request):
        return max(pricing.apply_rule(name, request.body["cart"]) for name in request.body["rules"])

    def expression(self, request):
        body = request.body
        return pricing.evaluate_expression(body["number"], body["expression"], body["cart"])

    def voucher(self, request):
        return self.orders.apply_voucher(request.body, datetime.date(2024, 6, 1))

    def vouchers(self, request):
        return [
            self.orders.apply_voucher(each, datetime.date(2024, 6, 1))
            for each in request.body["all"]
        ]

    # Catalogue.
    def breadcrumb(self, request):
        return " / ".join(catalogue.breadcrumb(request.body["parents"], request.body["name"]))

    def sitemap(self, request):
        return {
            name: catalogue.breadcrumb(request.body["parents"], name)
            for name in request.body["parents"]
        }

    def bundle(self, request):
        return catalogue.expand_bundle(request.body["bundles"], request.body["name"])

    def bundle_weight(self, request):
        return len(catalogue.expand_item(request.body["bundles"], request.body["name"]))

    def list_products(self, request):
        return self.products.sorted_by(request.body["sort"])[page_of(request) :]

    def list_orders(self, request):
        return list(range(page_of(request)))

    def list_reviews(self, request):
        page = page_of(request)
        return ["good"] * page

    def similar(self, request):
        return self.partners["recommendations"].similar(request.body["sku"])

    # Customers and orders.
    def signup(self, request):
        form = SIGNUP.parse(request.body)
        return self.customers.add(form["email"], form["phone"])

    def new_address(self, request):
        return ADDRESS.parse(request.body)

    def register(self, request):
        return self.customers.add(request.body["email"], request.body["name"])

    def import_customers(self, request):
        return [self.customers.add(email, "imported") for email in request.body["emails"]]

    def resend_confirmation(self, request):
        return self.orders.confirmation_address(request.body["order"])

    def remind(self, request):
        self.tasks.enqueue(request.headers, self.orders.confirmation_address, request.body["order"])

    def points(self, request):
        return self.orders.loyalty_points(request.body["customer"])

    def revenue(self, request):
        return self.orders.orders.revenue_by_customer(request.body["since"])

    # Delivery.
    def ship(self, request):
        return self.orders.ship(request.body)

    def delivery(self, request):
        return delivery_date(request.body["day"])

    def delivery_range(self, request):
        return [delivery_date(day) for day in request.body["days"]]

    def courier_slots(self, request):
        return self.partners["couriers"].slots(request.body["postcode"])

    def in_currency(self, request):
        return self.partners["rates"].rate(request.body["currency"])

    async def in_currency_async(self, request):
        return self.partners["rates"].rate(request.body["currency"])

    def with_tax(self, request):
        return self.partners["tax"].percent(request.body["country"])

    def pay(self, request):
        return self.orders.begin_payment(request.body["order"])

    def pay_again(self, request):
        order = self.orders.begin_payment(request.body["order"])
        return payments.refund_amount(order, 0, 0)
