"""The OpenTelemetry SDK from PyPI, every signal and every feature it has, over both transports:
what arrives is compared field by field with what was sent.

Recorders beside the OTLP exporters keep what the SDK exports; its own encoder says what that is on
the wire.
"""

import itertools
import logging
import time
from types import SimpleNamespace

import pytest
from grpc import Compression as GrpcCompression
from opentelemetry._logs import SeverityNumber
from opentelemetry.exporter.otlp.proto.common._log_encoder import encode_logs
from opentelemetry.exporter.otlp.proto.common.metrics_encoder import encode_metrics
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.exporter.otlp.proto.grpc import _log_exporter as grpc_logs
from opentelemetry.exporter.otlp.proto.grpc import metric_exporter as grpc_metrics
from opentelemetry.exporter.otlp.proto.grpc import trace_exporter as grpc_traces
from opentelemetry.exporter.otlp.proto.http import Compression as HttpCompression
from opentelemetry.exporter.otlp.proto.http import _log_exporter as http_logs
from opentelemetry.exporter.otlp.proto.http import metric_exporter as http_metrics
from opentelemetry.exporter.otlp.proto.http import trace_exporter as http_traces
from opentelemetry.metrics import Observation
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import (
    Counter,
    Histogram,
    MeterProvider,
    ObservableCounter,
    ObservableUpDownCounter,
    UpDownCounter,
)
from opentelemetry.sdk.metrics.export import AggregationTemporality, PeriodicExportingMetricReader
from opentelemetry.sdk.metrics.view import ExponentialBucketHistogramAggregation, View
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    TraceState,
    set_span_in_context,
)

import expected

_NUMBER = itertools.count(1)

# One of each type there is, at its edges.
EVERY_TYPE = {
    "text": 'grün ✓ \N{GRINNING FACE} "quoted" \\ \t\n',
    "empty text": "",
    "long text": "x" * 10_000,
    "true": True,
    "false": False,
    "int": 42,
    "int zero": 0,
    "int exact in JavaScript": 2**53,
    "int beyond": 2**53 + 1,
    "int max": 2**63 - 1,
    "int min": -(2**63),
    "double": 0.1,
    "double whole": 1.0,
    "double tiny": 5e-324,
    "double huge": 1.7976931348623157e308,
    "not a number": float("nan"),
    "infinity": float("inf"),
    "bytes": bytes(range(256)),
    "no bytes": b"",
    "nothing": None,
    "array of texts": ["a", "", "ü"],
    "array of ints": [1, -(2**63), 2**63 - 1],
    "array of doubles": [0.5, float("-inf"), 2.0],
    "array of bools": [True, False],
    "empty array": [],
    "mixed array": ["a", 1, 1.5, True, None, b"\xff", ["nested"], {"k": "v"}],
    "map": {"a": 1, "b": {"c": [True, {"d": 0.5}]}, "$bytes": "no bytes", "$$x": 1},
    "empty map": {},
    # Keys with columns of their own, of their own type and of another.
    "http.request.method": "GET",
    "http.response.status_code": 200,
    "server.port": "no number",
    "error.type": 500,
    "db.query.text": "SELECT 1",
}


class Recording:
    """An exporter, and all that was handed to it."""

    def __init__(self, exporter):
        self.exporter = exporter
        self.recorded = []

    def export(self, data, *arguments, **options):
        self.recorded.append(data)
        return self.exporter.export(data, *arguments, **options)

    def __getattr__(self, name):
        return getattr(self.exporter, name)


TRANSPORTS = {
    "grpc": (grpc_traces, grpc_logs, grpc_metrics, GrpcCompression.NoCompression),
    "grpc gzip": (grpc_traces, grpc_logs, grpc_metrics, GrpcCompression.Gzip),
    "http": (http_traces, http_logs, http_metrics, HttpCompression.NoCompression),
    "http gzip": (http_traces, http_logs, http_metrics, HttpCompression.Gzip),
    "http deflate": (http_traces, http_logs, http_metrics, HttpCompression.Deflate),
}


@pytest.fixture(params=TRANSPORTS)
def transport(request, shared_server):
    """Makes the SDK's exporters for a server."""
    traces, logs, metrics, compression = TRANSPORTS[request.param]
    grpc = request.param.startswith("grpc")

    def options(path):
        base = shared_server.otlp_grpc if grpc else shared_server.otlp_http + path
        secure = {"insecure": True} if grpc else {}
        return {"endpoint": base, "compression": compression, **secure}

    return SimpleNamespace(
        traces=lambda: traces.OTLPSpanExporter(**options("/v1/traces")),
        logs=lambda: logs.OTLPLogExporter(**options("/v1/logs")),
        metrics=lambda **more: metrics.OTLPMetricExporter(**options("/v1/metrics"), **more),
    )


@pytest.fixture
def resource(request):
    """A resource of a service of its own, with attributes of every type."""
    name = f"{request.node.name} {next(_NUMBER)}"
    attributes = {**EVERY_TYPE, "service.name": name, "service.version": "1.2.3-é"}
    attributes["deployment.environment.name"] = "e2e"
    attributes["service.instance.id"] = "instance 1"
    return Resource(attributes, schema_url="https://opentelemetry.io/schemas/1.30.0")


@pytest.fixture
def no_sdk_errors(caplog):
    """The SDK logs what it could not send."""
    with caplog.at_level(logging.WARNING, logger="opentelemetry"):
        yield
    sent = [
        r.getMessage() for r in caplog.records if "export" in r.name and r.levelno > logging.INFO
    ]
    assert not sent, sent


@pytest.fixture(autouse=True)
def _watch_the_sdk(no_sdk_errors):
    pass


def remote(trace_state=None, sampled=True):
    """A span of another process."""
    return SpanContext(
        trace_id=0xA0000000_00000000_00000000_00000000 + next(_NUMBER),
        span_id=0xB0000000_00000000 + next(_NUMBER),
        is_remote=True,
        trace_flags=TraceFlags(1 if sampled else 0),
        trace_state=trace_state,
    )


def make_spans(provider):
    """Spans with every feature there is."""
    tracer = provider.get_tracer(
        "tests.e2e", "0.1.0", "https://opentelemetry.io/schemas/1.21.0", {"scope.key": "v", "n": 1}
    )
    plain = provider.get_tracer("tests.plain")
    state = TraceState([("vendor", "a:b;c"), ("tenant@other", "x")])
    parent = set_span_in_context(NonRecordingSpan(remote(state)))
    with tracer.start_as_current_span("GET /root", parent, SpanKind.SERVER, EVERY_TYPE) as root:
        for kind in SpanKind:
            with plain.start_as_current_span(f"kind {kind.name}", kind=kind) as span:
                span.set_status(Status(StatusCode.OK))
        with tracer.start_as_current_span("failing") as span:
            span.set_status(StatusCode.ERROR, "it failed: ü")
            span.record_exception(ValueError("bad value"), {"attempt": 3})
        links = [
            Link(root.get_span_context(), EVERY_TYPE),
            Link(remote(state), {"n": 1}),
            Link(remote(sampled=False)),
        ]
        with tracer.start_as_current_span("linked", links=links) as span:
            span.add_link(remote(), {"late": True})
        with tracer.start_as_current_span("eventful") as span:
            span.add_event("first", EVERY_TYPE, timestamp=span.start_time)
            span.add_event("")
            for number in range(40):
                span.add_event(f"event {number}", {"number": number})
        with tracer.start_as_current_span("dropping", attributes={f"k{n}": n for n in range(200)}):
            pass
    # No time at all, and a whole hour; backwards, as a clock may go.
    now = root.start_time
    for name, start, end in [
        ("0", now, now),
        ("1 h", now - 3_600 * 10**9, now),
        ("back", now, now - 5),
    ]:
        tracer.start_span(f"lasting {name}", start_time=start).end(end)
    plain.start_span("").end()


def test_spans(shared_server, transport, resource):
    memory = InMemorySpanExporter()
    limits = SpanLimits(max_span_attributes=100, max_events=30, max_links=3)
    provider = TracerProvider(resource=resource, span_limits=limits)
    provider.add_span_processor(SimpleSpanProcessor(memory))
    provider.add_span_processor(BatchSpanProcessor(transport.traces()))
    make_spans(provider)
    provider.shutdown()
    sent = encode_spans(memory.get_finished_spans())
    spans = expected.spans(sent)
    # What the test is about is really in what was sent.
    assert {span["kind"] for span in spans.values()} == {
        "internal",
        "server",
        "client",
        "producer",
        "consumer",
    }
    assert {span["status"]["code"] for span in spans.values()} == {"unset", "ok", "error"}
    assert any(span["dropped_attributes_count"] == 100 for span in spans.values())
    assert any(span["dropped_events_count"] == 12 for span in spans.values())
    assert any(span["dropped_links_count"] == 1 for span in spans.values())
    assert any("vendor=a:b;c" in span["trace_state"] for span in spans.values())
    types = {found["type"] for span in spans.values() for found in span["attributes"]}
    assert types == {"string", "bool", "int", "double", "bytes", "array", "map", "empty"}
    expected.check_traces(shared_server, sent)


def test_logs(shared_server, transport, resource):
    exporter = Recording(transport.logs())
    provider = LoggerProvider(resource=resource)
    provider.add_log_record_processor(BatchLogRecordProcessor(exporter))
    logger = provider.get_logger(
        "tests.e2e", "0.1.0", "https://opentelemetry.io/schemas/1.21.0", {"scope.key": [1, 2]}
    )
    for severity in SeverityNumber:
        logger.emit(
            timestamp=1_000 + _now(),
            observed_timestamp=2_000 + _now(),
            severity_number=severity,
            severity_text=severity.name,
            body=f"severity {severity.name}",
        )
    bodies = ["text ü\n", "", True, 7, 2**63 - 1, -0.5, float("nan"), b"\x00\xff", [1, "two", None]]
    bodies += [{"nested": {"list": [1.5, {}]}}, [], {}, None]
    context = set_span_in_context(NonRecordingSpan(remote()))
    for number, body in enumerate(bodies):
        logger.emit(timestamp=_now(), body=body, context=context, attributes={"number": number})
    logger.emit(timestamp=_now(), body="every type", attributes=EVERY_TYPE)
    logger.emit(
        timestamp=_now(), event_name="user.signed_in", body="event", attributes={"user": "u1"}
    )
    logger.emit(observed_timestamp=_now(), body="observed only")
    try:
        raise RuntimeError("boom ü")
    except RuntimeError as error:
        logger.emit(timestamp=_now(), body="exception", exception=error)
    provider.get_logger("other").emit(timestamp=_now(), body="other scope")
    provider.shutdown()
    sent = [encode_logs(batch) for batch in exporter.recorded]
    logs = [log for request in sent for log in expected.logs(request)]
    assert {log["severity_number"] for log in logs} == set(range(25))
    kinds = {log["body_type"] for log in logs}
    assert kinds == {"string", "bool", "int", "double", "bytes", "array", "map", "empty"}
    keys = {found["key"] for log in logs for found in log["attributes"]}
    assert {"exception.type", "exception.message", "exception.stacktrace"} <= keys
    expected.check_logs(shared_server, resource.attributes["service.name"], *sent)


def _now():
    return time.time_ns()


DELTA = {
    kind: AggregationTemporality.DELTA
    for kind in (Counter, UpDownCounter, Histogram, ObservableCounter, ObservableUpDownCounter)
}


def make_metrics(meter, tracer):
    """Measurements with instruments of every kind."""
    where = [{"route": "/a", "code": 200}, {"route": "/b", "ok": True, "share": 0.25}, {}]
    meter.create_observable_gauge(
        "observed.gauge",
        [lambda _: [Observation(20.5, where[0]), Observation(-3, where[1])]],
        "Cel",
    )
    meter.create_observable_counter("observed.counter", [lambda _: [Observation(2**53 + 1)]], "By")
    meter.create_observable_up_down_counter(
        "observed.level", [lambda _: [Observation(-7, where[0])]]
    )
    counter = meter.create_counter("counter", "1", "Counts things: ü")
    doubles = meter.create_counter("counter.doubles", "s")
    level = meter.create_up_down_counter("level", "{request}")
    gauge = meter.create_gauge("gauge", "1", "A number")
    histogram = meter.create_histogram("histogram", "ms", "How long")
    chosen = meter.create_histogram("chosen", "s", explicit_bucket_boundaries_advisory=[0.1, 1, 10])
    exponential = meter.create_histogram("exponential", "ms")

    def measure():
        with tracer.start_as_current_span("measured"):
            for attributes in where:
                counter.add(3, attributes)
                doubles.add(0.1, attributes)
                level.add(-2, attributes)
                gauge.set(1.5, attributes)
                for value in (0, 3, 7.5, 250, 1e6):
                    histogram.record(value, attributes)
                    chosen.record(value, attributes)
                    exponential.record(value, attributes)

    return measure


@pytest.mark.parametrize("temporality", ["cumulative", "delta"])
def test_metrics(shared_server, transport, resource, temporality):
    options = {"preferred_temporality": DELTA} if temporality == "delta" else {}
    exporter = Recording(transport.metrics(**options))
    reader = PeriodicExportingMetricReader(exporter, export_interval_millis=3_600_000)
    views = [
        View(instrument_name="exponential", aggregation=ExponentialBucketHistogramAggregation())
    ]
    provider = MeterProvider([reader], resource, views=views)
    meter = provider.get_meter(
        "tests.e2e", "0.1.0", "https://opentelemetry.io/schemas/1.21.0", {"scope.key": 1.5}
    )
    # Exemplars are taken within sampled spans.
    measure = make_metrics(meter, TracerProvider().get_tracer("tests"))
    for _ in range(3):
        measure()
        assert provider.force_flush()
    provider.shutdown()
    sent = [encode_metrics(data) for data in exporter.recorded]
    points = [point for request in sent for point in expected.points(request)]
    assert {series["type"] for series, _, _ in points} == {
        "gauge",
        "sum",
        "histogram",
        "exponential_histogram",
    }
    number = {"cumulative": 2, "delta": 1}[temporality]
    assert {s["temporality"] for s, _, _ in points if s["metric"] == "counter"} == {number}
    assert sum(len(exemplars) for _, _, exemplars in points) > 10
    assert any(row.get("value_int") for _, row, _ in points), "an integer that no double holds"
    expected.check_metrics(shared_server, resource.attributes["service.name"], *sent)


def test_a_large_batch(shared_server, transport, resource):
    """A thousand spans with twenty attributes in one export, in full."""
    memory = InMemorySpanExporter()
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(SimpleSpanProcessor(memory))
    tracer = provider.get_tracer("tests.large")
    with tracer.start_as_current_span("root"):
        for number in range(1_000):
            attributes = {f"key {k}": f"value {number} {k}" for k in range(20)}
            tracer.start_span(f"span {number % 50}", attributes=attributes).end()
    spans = memory.get_finished_spans()
    exporter = transport.traces()
    assert exporter.export(spans).name == "SUCCESS"
    exporter.shutdown()
    expected.check_traces(shared_server, encode_spans(spans))
