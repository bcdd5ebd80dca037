"""Sends the labelled traffic through the clinic; prints one JSON line for each exception or log.

Argument: the version of the program (`v1` or `v2`), which decides what of the traffic is sent.
"""

import logging
import sys

import partners
import traffic
from clinic.core import http
from clinic.main import build
from telemetry import Tracer


class ErrorLog(logging.Handler):
    """Exports what is logged at ERROR, as the SDK's handler does, for the request under way."""

    def __init__(self, tracer):
        super().__init__(logging.ERROR)
        self.tracer = tracer
        self.current = None

    def emit(self, record):
        service = record.name.split(".")[1]
        if record.exc_info:
            self.tracer.record_exception(service, self.current, record.exc_info[1])
        else:
            kind = getattr(record, "error_type", "")
            self.tracer.write(service, self.current, kind, record.getMessage())


def main(version):
    tracer = Tracer(sys.stdout)
    errors = ErrorLog(tracer)
    logging.getLogger("clinic").addHandler(errors)
    addresses, _alive = partners.start()
    http.ADDRESSES.update(addresses)
    apps = build()
    for service, label, kind, endpoint, body in traffic.requests(version):
        errors.current = {"label": label, "kind": kind}
        before = tracer.count
        apps[service].handle(endpoint, body)
        if tracer.count != before + 1:
            sys.exit(f"{label}: {endpoint} gave {tracer.count - before} events, expected one")


main(sys.argv[1])
