"""A Flask shop that knows nothing of errors but SENTRY_DSN: one mistake reached from five places, and others."""

import logging
import os
import threading

import sentry_sdk
from flask import Flask
from sentry_sdk.crons import monitor
from werkzeug.serving import make_server

# The DSN, the release and the environment come from the environment.
sentry_sdk.init(traces_sample_rate=1.0, enable_logs=True, send_default_pii=True)

app = Flask("shop")


def price_of(item):
    return item["price"] / item["count"]


@app.get("/cart")
def cart():
    return str(price_of({"price": 5, "count": 0, "password": "hunter2-in-a-variable"}))


@app.get("/checkout")
def checkout():
    return str(sum(price_of(item) for item in [{"price": 1, "count": 0}]))


@app.get("/wishlist")
def wishlist():
    prices = list(map(price_of, [{"price": 2, "count": 0}]))
    return str(prices)


def with_discount(function):
    def wrapper(*arguments):
        return function(*arguments) * 0.9

    return wrapper


@app.get("/offers")
def offers():
    return str(with_discount(price_of)({"price": 3, "count": 0}))


@app.post("/orders")
def orders():
    class Order:
        def total(self):
            return price_of({"price": 4, "count": 0})

    return str(Order().total())


@app.get("/stock")
def stock():
    return {"shelf": 1}["cellar"]


@app.get("/refund")
def refund():
    try:
        int("twelve")
    except ValueError as error:
        raise RuntimeError("refund of card 4111 1111 1111 1111 failed") from error


@app.get("/note")
def note():
    sentry_sdk.set_user({"id": "1971", "email": "somebody@example.com"})
    logging.error("voucher %s of %s is used up", "V0920", "somebody")
    sentry_sdk.logger.warning("stock of {item} is low", item="tea")
    return "noted"


@app.get("/nightly")
@monitor(
    monitor_slug="nightly",
    monitor_config={"schedule": {"type": "crontab", "value": "0 3 * * *"}, "timezone": "Europe/Berlin"},
)
def nightly():
    return "done"


@app.post("/end")
def end():
    threading.Thread(target=server.shutdown).start()
    return ""


server = make_server("127.0.0.1", 0, app, threaded=True)
print(f"http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
sentry_sdk.flush(10)
os._exit(0)
