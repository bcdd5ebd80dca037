"""OTLP requests made by hand, and a connection that sends them and keeps the whole answer.

The messages are opentelemetry-proto's, so what is sent does not depend on the code under test.
"""

import base64
import http.client
import secrets
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from google.protobuf import json_format
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    Gauge,
    Metric,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
)
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span

SECOND = 1_000_000_000
HOUR = 3_600 * SECOND
DAY = 24 * HOUR

TRACES, METRICS, LOGS = "/v1/traces", "/v1/metrics", "/v1/logs"
RESPONSES = {
    TRACES: ExportTraceServiceResponse,
    METRICS: ExportMetricsServiceResponse,
    LOGS: ExportLogsServiceResponse,
}
PROTOBUF, JSON = "application/x-protobuf", "application/json"


def any_value(value):
    """An AnyValue of the type that the Python value has."""
    match value:
        case None:
            return AnyValue()
        case bool():
            return AnyValue(bool_value=value)
        case int():
            return AnyValue(int_value=value)
        case float():
            return AnyValue(double_value=value)
        case str():
            return AnyValue(string_value=value)
        case bytes():
            return AnyValue(bytes_value=value)
        case list() | tuple():
            return AnyValue(array_value=ArrayValue(values=[any_value(v) for v in value]))
        case dict():
            return AnyValue(kvlist_value=KeyValueList(values=attributes(value)))
    raise TypeError(f"no AnyValue of {value!r}")


def attributes(mapping):
    return [KeyValue(key=key, value=any_value(value)) for key, value in mapping.items()]


def now():
    return time.time_ns()


def span(name, start=None, duration=SECOND // 1000, attrs=None, **fields):
    """A valid span: fresh ids, a millisecond long, ended now."""
    start = now() - duration if start is None else start
    fields.setdefault("trace_id", secrets.token_bytes(16))
    fields.setdefault("span_id", secrets.token_bytes(8))
    return Span(
        name=name,
        kind=fields.pop("kind", Span.SPAN_KIND_SERVER),
        start_time_unix_nano=start,
        end_time_unix_nano=start + duration,
        attributes=attributes(attrs or {}),
        **fields,
    )


def log(body, when=None, attrs=None, **fields):
    return LogRecord(
        time_unix_nano=now() if when is None else when,
        body=any_value(body),
        attributes=attributes(attrs or {}),
        **fields,
    )


def point(value, when=None, attrs=None):
    number = {"as_double": value} if isinstance(value, float) else {"as_int": value}
    return NumberDataPoint(
        time_unix_nano=now() if when is None else when,
        attributes=attributes(attrs or {}),
        **number,
    )


def gauge(name, points):
    return Metric(name=name, gauge=Gauge(data_points=points))


def resource(service, **attrs):
    return Resource(attributes=attributes({"service.name": service, **attrs}))


def traces(spans, service="e2e"):
    scoped = [ScopeSpans(spans=spans)]
    return ExportTraceServiceRequest(
        resource_spans=[ResourceSpans(resource=resource(service), scope_spans=scoped)]
    )


def logs(records, service="e2e"):
    scoped = [ScopeLogs(log_records=records)]
    return ExportLogsServiceRequest(
        resource_logs=[ResourceLogs(resource=resource(service), scope_logs=scoped)]
    )


def metrics(found, service="e2e"):
    scoped = [ScopeMetrics(metrics=found)]
    return ExportMetricsServiceRequest(
        resource_metrics=[ResourceMetrics(resource=resource(service), scope_metrics=scoped)]
    )


REQUESTS = {
    TRACES: ExportTraceServiceRequest,
    METRICS: ExportMetricsServiceRequest,
    LOGS: ExportLogsServiceRequest,
}
# OTLP/JSON writes ids in hex where protobuf's own JSON has base64.
_IDS = {"traceId", "spanId", "parentSpanId", "trace_id", "span_id", "parent_span_id"}


def _with_ids(document, change):
    """The document with every id changed."""
    match document:
        case dict():
            return {
                key: change(value) if key in _IDS else _with_ids(value, change)
                for key, value in document.items()
            }
        case list():
            return [_with_ids(element, change) for element in document]
        case _:
            return document


def from_json(path, document):
    """The message of an OTLP/JSON request."""
    changed = _with_ids(document, lambda text: base64.b64encode(bytes.fromhex(text)).decode())
    return json_format.ParseDict(changed, REQUESTS[path]())


def to_json(request, **options):
    """A message as OTLP/JSON."""
    document = json_format.MessageToDict(request, **options)
    return _with_ids(document, lambda text: base64.b64decode(text).hex())


def path_of(request):
    """Where a request belongs."""
    match request:
        case ExportTraceServiceRequest():
            return TRACES
        case ExportMetricsServiceRequest():
            return METRICS
        case ExportLogsServiceRequest():
            return LOGS
    raise TypeError(type(request))


@dataclass
class Answer:
    """The answer to an export over HTTP."""

    path: str
    status: int
    body: bytes
    headers: dict = field(repr=False)

    @property
    def content_type(self):
        return self.headers.get("content-type")

    @property
    def retry_after_s(self):
        found = self.headers.get("retry-after")
        return None if found is None else int(found)

    def partial_success(self):
        """(rejected items, message) of an accepted request."""
        assert self.status == 200, self
        response = RESPONSES[self.path].FromString(self.body)
        partial = response.partial_success
        (count,) = [
            value for field, value in _fields(partial).items() if field.startswith("rejected_")
        ]
        return count, partial.error_message

    def accepted_whole(self):
        return self.partial_success() == (0, "")

    def error(self):
        """The google.rpc.Status of a refused request."""
        assert self.status != 200, self
        return Status.FromString(self.body)

    def retry_delay_s(self):
        """The delay of the RetryInfo detail; None where there is none."""
        for detail in self.error().details:
            info = RetryInfo()
            if detail.Unpack(info):
                return info.retry_delay.seconds + info.retry_delay.nanos / 1e9
        return None

    def is_retryable_refusal(self):
        """A 429 or 503 that says when to come back, in the header and in the status alike."""
        return (
            self.status in (429, 503)
            and (self.retry_after_s or 0) >= 1
            and (self.retry_delay_s() or 0) > 0
        )


def _fields(message):
    """Every field with its value, absent ones with their defaults."""
    return {field.name: getattr(message, field.name) for field in message.DESCRIPTOR.fields}


class Connection:
    """One HTTP/1.1 connection to an OTLP endpoint."""

    def __init__(self, url, timeout_s=60, headers=None):
        self.connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=timeout_s)
        self.headers = headers or {}

    def send(self, request):
        """Sends an export request as protobuf."""
        return self.send_bytes(path_of(request), request.SerializeToString())

    def send_bytes(self, path, body, content_type=PROTOBUF, **headers):
        sent = {"Content-Type": content_type, **self.headers}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        self.connection.request("POST", path, body, {k: v for k, v in sent.items() if v})
        response = self.connection.getresponse()
        found = {name.lower(): value for name, value in response.getheaders()}
        return Answer(path, response.status, response.read(), found)

    def close(self):
        self.connection.close()
