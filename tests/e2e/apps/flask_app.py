"""A small Flask application without a word of telemetry in it: what is seen of it is what automatic
instrumentation sees."""

import logging
import signal
import sys

from flask import Flask, abort, jsonify
from werkzeug.serving import make_server

app = Flask(__name__)
log = logging.getLogger("shop")
log.setLevel(logging.INFO)


@app.get("/items/<int:number>")
def item(number):
    log.info("looking up item %d", number)
    if number > 100:
        abort(404)
    return jsonify(number=number)


@app.post("/orders")
def order():
    log.warning("an order without payment")
    raise ValueError("no payment for order 7")


@app.get("/health")
def health():
    return "ok"


if __name__ == "__main__":
    # Ends as a server does that is asked to: what runs at exit runs.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server = make_server("127.0.0.1", 0, app)
    print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
