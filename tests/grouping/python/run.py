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
        apps[service].handle(Request("POST", f"/{endpoint}", body, headers))
        queues[service].drain()
        if tracer.count != before + 1:
            sys.exit(f"{label}: {endpoint} gave {tracer.count - before} events, expected one")
    for service, label, kind, message in traffic.logs(version):
        tracer.write(service, {"label": label, "kind": "no-stack"}, kind, message)


main(sys.argv[1])
