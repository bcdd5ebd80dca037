"""Puts the four services of the clinic together."""

import importlib
import logging

from belt import Belt
from lattice import Lattice

from clinic.core import tracing

SERVICES = ("scheduling", "records", "claims", "reminders")


def build():
    return {name: _service(name) for name in SERVICES}


def _service(name):
    log = logging.getLogger(f"clinic.{name}")
    log.propagate = True
    app, belt = Lattice(name, log), Belt(name, log)
    app.layer(tracing.correlate)
    importlib.import_module(f"clinic.{name}.api").register(app, belt)
    return Joined(app, belt)


class Joined:
    """A service and its tasks: a request is done when the tasks it made are."""

    def __init__(self, app, belt):
        self.app = app
        self.belt = belt

    def handle(self, path, body):
        self.app.handle(path, body)
        self.belt.join()
