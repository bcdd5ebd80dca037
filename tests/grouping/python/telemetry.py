"""What the OpenTelemetry SDK of Python writes of an exception, as JSON lines.

The label of a request travels in its headers, as a trace id would, so that no frame knows of it.
"""

import json
import traceback


class Tracer:
    def __init__(self, output):
        self.output = output
        self.count = 0

    def record_exception(self, service, headers, error):
        module, name = type(error).__module__, type(error).__qualname__
        kind = name if module in (None, "builtins") else f"{module}.{name}"
        text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
        self.write(service, headers, kind, str(error), text)

    def write(self, service, headers, kind, message, stacktrace=""):
        self.count += 1
        event = {
            "label": headers["label"],
            "kind": headers["kind"],
            "language": "python",
            "service": service,
            "type": kind,
            "message": message,
            "stacktrace": stacktrace,
        }
        print(json.dumps(event), file=self.output)
