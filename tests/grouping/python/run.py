"""Sends the labelled traffic through the services; prints one JSON line for each exception.

Argument: the version of the program (`v1` or `v2`), which decides what of the traffic is sent.
"""

import sys

import partners
import traffic
from harbour import Request
from shop.clients import upstream
from shop.main import build
from telemetry import Tracer


def main(version):
    tracer = Tracer(sys.stdout)
    addresses, _alive = partners.start()
    upstream.ADDRESSES.update(addresses)
    apps, queues = build(tracer)
    for service, label, kind, endpoint, body in traffic.requests(version):
        before = tracer.count
        headers = {"label": label, "kind": kind}
        send(apps[service], queues[service], endpoint, body, headers)
        queues[service].drain()
        if tracer.count != before + 1:
            sys.exit(f"{label}: {endpoint} gave {tracer.count - before} events, expected one")
    for service, label, kind, message in traffic.logs(version):
        tracer.write(service, {"label": label, "kind": "no-stack"}, kind, message)


def send(app, queue, endpoint, body, headers):
    way, _, name = endpoint.rpartition(":")
    if way == "later":
        queue.enqueue(headers, app.call, Request("POST", f"/{name}", body))
    elif way == "batch":
        app.handle(Request("POST", "/batch", {"requests": [(f"/{name}", body)]}, headers))
    else:
        app.handle(Request("POST", f"/{name}", body, headers))


main(sys.argv[1])
