"""What taking spans in costs, and what they take on disk.

A run is over when everything is in files and nothing is left to merge: its CPU time includes that.
While the generator runs, a marked span is sent ten times a second, to be searched for later.
"""

import secrets
from dataclasses import dataclass

from process import Generator

import otlp  # In tests/e2e, on the path since `process` was imported.

# The attribute that marks one span: others have it as well, with about a thousand values.
MARKED_KEY = "enduser.id"
MARK_PAUSE_S = 0.1


@dataclass
class Ingested:
    """The figures of a run, and the values that one span each has."""

    figures: dict
    marks: list


class Marker:
    """Sends spans of a trace of their own, each with a value of its own."""

    def __init__(self, server):
        self.connection = otlp.Connection(server.otlp_http)
        self.marks = []

    def send(self):
        value = "user-" + secrets.token_hex(8)
        attributes = {MARKED_KEY: value, "app.region": "eu-west-1", "app.cart.items": 3}
        span = otlp.span("GET /api/v1/marked", attrs=attributes)
        answer = self.connection.send(otlp.traces([span], "storefront"))
        if answer.status == 200:
            self.marks.append(value)


def ingest(server, spans, protocol, compact_interval_s):
    """Sends spans to a server that was just started, waits until it rests, and measures both."""
    begin = server.cpu_seconds()
    marker = Marker(server)
    marker.send()
    report = Generator(server, spans, protocol, seed=spans).report(marker.send, MARK_PAUSE_S)
    acknowledged = server.cpu_seconds()
    server.settle(compact_interval_s)
    rested, peak = server.cpu_seconds(), server.memory_bytes("VmHWM")
    stored = server.scalar("SELECT count(*) FROM spans")
    if stored != spans + len(marker.marks):
        raise RuntimeError(f"{stored} spans are stored of {spans} and {len(marker.marks)} marked")
    figures = {
        "spans": spans,
        "protocol": protocol,
        "span_bytes_mean": report["item_bytes_mean"]["traces"],
        "spans_per_cpu_second": spans / (rested - begin),
        "spans_per_second": report["items_per_second"],
        "cpu_seconds_until_acknowledged": acknowledged - begin,
        "cpu_seconds_until_rest": rested - begin,
        "peak_memory_bytes": peak,
        "latency_ms": report["latency_ms"],
        "refused_requests": report["refused"]["retryable"],
        "generator_cpu_seconds": report["cpu_seconds"],
        "disk": disk(server, stored),
    }
    return Ingested(figures, marker.marks)


def disk(server, spans):
    """What the tables' folder of a server at rest takes."""
    tables = server.folder / "tables"
    of_spans = bytes_of(tables.glob("spans/**/*.parquet"))
    everything = bytes_of(tables.rglob("*"))
    return {
        "tables_bytes": everything,
        "bytes_per_span": everything / spans,
        "span_files_bytes_per_span": of_spans / spans,
        "files": len(server.data_files()),
    }


def bytes_of(paths):
    """The size of the files among these."""
    return sum(path.stat().st_size for path in paths if path.is_file())
