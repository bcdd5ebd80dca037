"""Everything OTLP can say, SDKs or not, in each encoding and compression: the same arrives."""

import gzip
import json
import zlib

import grpc
import pytest
import zstandard
from opentelemetry.proto.collector.logs.v1.logs_service_pb2_grpc import LogsServiceStub
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2_grpc import MetricsServiceStub
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import TraceServiceStub
from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
from opentelemetry.proto.metrics.v1 import metrics_pb2 as proto
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

import expected
import otlp

SOME = {
    "text": "ü",
    "int": -(2**62),
    "double": 1e-300,
    "bool": False,
    "bytes": b"\x00\xfe",
    "empty": None,
    "list": [1, [2.5, {"k": None}]],
    "map": {"a": {"b": [True]}, "$x": 1},
}


def _send(server, path, request, **options):
    connection = otlp.Connection(server.otlp_http)
    body, content_type = request.SerializeToString(), otlp.PROTOBUF
    if "form" in options:
        document = otlp.to_json(request, **options.pop("form"))
        body, content_type = json.dumps(document).encode(), otlp.JSON
    if "pack" in options:
        body = options.pop("pack")(body)
    answer = connection.send_bytes(path, body, content_type, **options)
    connection.close()
    assert answer.status == 200, (answer, answer.body)
    assert answer.content_type == content_type
    # Accepted whole: the empty message, or the empty object.
    assert (
        answer.body
        in {otlp.PROTOBUF: (b"",), otlp.JSON: (b"{}", b'{"partialSuccess":{}}')}[content_type]
    )


STUBS = {
    otlp.TRACES: TraceServiceStub,
    otlp.METRICS: MetricsServiceStub,
    otlp.LOGS: LogsServiceStub,
}


def _call(server, path, request, compression):
    with grpc.insecure_channel(server.otlp_grpc, compression=compression) as channel:
        answer = STUBS[path](channel).Export(request, timeout=60)
    assert answer == otlp.RESPONSES[path]()


WAYS = {
    "protobuf": lambda *a: _send(*a),
    "protobuf gzip": lambda *a: _send(*a, pack=gzip.compress, Content_Encoding="gzip"),
    "protobuf zstd": lambda *a: _send(*a, pack=zstandard.compress, Content_Encoding="zstd"),
    "protobuf deflate": lambda *a: _send(*a, pack=zlib.compress, Content_Encoding="deflate"),
    "json": lambda *a: _send(*a, form={"use_integers_for_enums": True}),
    "json with names": lambda *a: _send(*a, form={}),
    "json snake case": lambda *a: _send(*a, form={"preserving_proto_field_name": True}),
    "json gzip": lambda *a: _send(*a, form={}, pack=gzip.compress, Content_Encoding="gzip"),
    "grpc": lambda *a: _call(*a, grpc.Compression.NoCompression),
    "grpc gzip": lambda *a: _call(*a, grpc.Compression.Gzip),
    "grpc deflate": lambda *a: _call(*a, grpc.Compression.Deflate),
}


@pytest.fixture(params=WAYS)
def way(request, shared_server):
    send = WAYS[request.param]
    return lambda message: send(shared_server, otlp.path_of(message), message)


@pytest.fixture
def service(request):
    return request.node.name


def dress(group, owner_field):
    """Gives a request's one resource and scope all that they can have."""
    owner = group.resource
    owner.attributes.extend(otlp.attributes(SOME))
    owner.dropped_attributes_count = 3
    group.schema_url = "https://example.com/resource"
    scoped = getattr(group, owner_field)[0]
    scoped.schema_url = "https://example.com/scope"
    scoped.scope.CopyFrom(
        InstrumentationScope(
            name="scope", version="1", attributes=otlp.attributes(SOME), dropped_attributes_count=4
        )
    )


def test_traces(way, service, shared_server):
    events = [
        Span.Event(
            name=name,
            time_unix_nano=time,
            attributes=otlp.attributes(attrs),
            dropped_attributes_count=dropped,
        )
        for name, time, attrs, dropped in [("first", otlp.now(), SOME, 5), ("", 0, {}, 0)]
    ]
    links = [
        Span.Link(
            trace_id=b"t" * 16,
            span_id=b"s" * 8,
            trace_state="vendor=1",
            flags=0x301,
            attributes=otlp.attributes(SOME),
            dropped_attributes_count=6,
        ),
        Span.Link(trace_id=b"u" * 16, span_id=b"v" * 8),
    ]
    trace_id = otlp.secrets.token_bytes(16)
    full = otlp.span(
        "full",
        attrs=SOME,
        trace_id=trace_id,
        parent_span_id=b"p" * 8,
        trace_state="a=1,b=2",
        flags=0x80000301,
        kind=Span.SPAN_KIND_CONSUMER,
        dropped_attributes_count=7,
        events=events,
        dropped_events_count=8,
        links=links,
        dropped_links_count=9,
        status=Status(code=Status.STATUS_CODE_ERROR, message="bad: ü"),
    )
    bare = Span(
        trace_id=trace_id, span_id=otlp.secrets.token_bytes(8), start_time_unix_nano=otlp.now()
    )
    bare.end_time_unix_nano = bare.start_time_unix_nano
    request = otlp.traces([full, bare], service)
    dress(request.resource_spans[0], "scope_spans")
    # A second resource without anything, in the same request.
    request.resource_spans.add().scope_spans.add().spans.append(
        otlp.span("no service", trace_id=trace_id)
    )
    way(request)
    expected.check_traces(shared_server, request)


def test_logs(way, service, shared_server):
    full = otlp.log(
        {"a": [1, b"\x01"]},
        attrs=SOME,
        observed_time_unix_nano=otlp.now() + 5,
        severity_number=24,
        severity_text="Fatal",
        trace_id=b"t" * 16,
        span_id=b"s" * 8,
        flags=1,
        event_name="event",
        dropped_attributes_count=2,
    )
    request = otlp.logs([full, otlp.log(None), otlp.log("x" * 100_000)], service)
    dress(request.resource_logs[0], "scope_logs")
    way(request)
    expected.check_logs(shared_server, service, request)


def every_metric():
    now, start = otlp.now(), otlp.now() - otlp.SECOND
    attributes = otlp.attributes({"route": "/a", "code": 200, "share": 0.5, "ok": True})
    common = {"attributes": attributes, "time_unix_nano": now, "start_time_unix_nano": start}
    number = proto.NumberDataPoint
    exemplars = [
        proto.Exemplar(
            time_unix_nano=now,
            as_int=2**60 + 1,
            trace_id=b"t" * 16,
            span_id=b"s" * 8,
            filtered_attributes=otlp.attributes({"user": "u"}),
        ),
        proto.Exemplar(time_unix_nano=now, as_double=0.5),
    ]
    for temporality in (1, 2):
        for monotonic in (True, False):
            points = [
                number(as_int=2**53 + 1, exemplars=exemplars, flags=0, **common),
                number(as_double=-1.5, time_unix_nano=now),
            ]
            yield proto.Metric(
                name=f"sum.{temporality}.{monotonic}",
                unit="By",
                description="A sum: ü",
                sum=proto.Sum(
                    data_points=points, aggregation_temporality=temporality, is_monotonic=monotonic
                ),
            )
        histogram = [
            proto.HistogramDataPoint(
                count=6,
                sum=10.5,
                min=-1.0,
                max=8.0,
                bucket_counts=[1, 2, 3],
                explicit_bounds=[0.0, 5.0],
                exemplars=exemplars,
                **common,
            ),
            proto.HistogramDataPoint(count=1, bucket_counts=[1], **{**common, "attributes": []}),
        ]
        yield proto.Metric(
            name=f"histogram.{temporality}",
            histogram=proto.Histogram(data_points=histogram, aggregation_temporality=temporality),
        )
        buckets = proto.ExponentialHistogramDataPoint.Buckets
        exponential = [
            proto.ExponentialHistogramDataPoint(
                count=9,
                sum=-1.0,
                min=-9.0,
                max=9.0,
                scale=-2,
                zero_count=1,
                zero_threshold=0.25,
                positive=buckets(offset=-3, bucket_counts=[1, 0, 2**40]),
                negative=buckets(offset=4, bucket_counts=[5]),
                exemplars=exemplars,
                **common,
            )
        ]
        yield proto.Metric(
            name=f"exponential.{temporality}",
            exponential_histogram=proto.ExponentialHistogram(
                data_points=exponential, aggregation_temporality=temporality
            ),
        )
    quantile = proto.SummaryDataPoint.ValueAtQuantile
    values = [quantile(quantile=0.0, value=-1.0), quantile(quantile=0.99, value=7.5)]
    values.append(quantile(quantile=1.0, value=8.0))
    yield proto.Metric(
        name="summary",
        summary=proto.Summary(
            data_points=[
                proto.SummaryDataPoint(count=10, sum=55.5, quantile_values=values, **common)
            ]
        ),
    )
    yield otlp.gauge(
        "gauge", [number(as_double=0.1, **common), number(as_int=-3, time_unix_nano=now)]
    )


def test_metrics(way, service, shared_server):
    request = otlp.metrics(list(every_metric()), service)
    dress(request.resource_metrics[0], "scope_metrics")
    way(request)
    expected.check_metrics(shared_server, service, request)


def test_a_point_without_a_value(service, shared_server):
    """OTLP's flag for "no recorded value" is a point of its own kind, not a zero."""
    stale = proto.NumberDataPoint(time_unix_nano=otlp.now(), flags=1)
    request = otlp.metrics([otlp.gauge("stale", [stale])], service)
    assert otlp.Connection(shared_server.otlp_http).send(request).accepted_whole()
    rows = shared_server.sql(
        "SELECT value, flags FROM samples JOIN series USING (series_id) "
        f"WHERE service_name = '{service}'"
    )
    assert rows == [{"value": "NaN", "flags": 1}]


def test_empty_requests_are_accepted(shared_server):
    connection = otlp.Connection(shared_server.otlp_http)
    for path in (otlp.TRACES, otlp.METRICS, otlp.LOGS):
        assert connection.send_bytes(path, b"").accepted_whole()


def test_every_port_takes_every_protocol(shared_server):
    """HTTP on the gRPC port, gRPC on the HTTP port, both on the main one: a swapped port works."""
    request = otlp.traces([otlp.span("anywhere")])
    for address in (
        shared_server.addresses["listen"],
        shared_server.otlp_grpc,
        shared_server.addresses["otlp_http"],
    ):
        assert otlp.Connection("http://" + address).send(request).accepted_whole()
        with grpc.insecure_channel(address) as channel:
            TraceServiceStub(channel).Export(request, timeout=60)
