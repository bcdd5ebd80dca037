"""What the API and SQL must say of an export request: worked out from the message that was sent.

Invariant: nothing here asks the server; `same` compares texts, so 1, 1.0 and true differ.
"""

import base64
import datetime
import difflib
import itertools
import json
import math

from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

EXACT_MAX = 2**53

KINDS = {
    Span.SPAN_KIND_UNSPECIFIED: "unspecified",
    Span.SPAN_KIND_INTERNAL: "internal",
    Span.SPAN_KIND_SERVER: "server",
    Span.SPAN_KIND_CLIENT: "client",
    Span.SPAN_KIND_PRODUCER: "producer",
    Span.SPAN_KIND_CONSUMER: "consumer",
}
CODES = {
    Status.STATUS_CODE_UNSET: "unset",
    Status.STATUS_CODE_OK: "ok",
    Status.STATUS_CODE_ERROR: "error",
}
TYPES = {
    None: "empty",
    "string_value": "string",
    "bool_value": "bool",
    "int_value": "int",
    "double_value": "double",
    "array_value": "array",
    "kvlist_value": "map",
    "bytes_value": "bytes",
}


def same(found, expected):
    """Equal to the last digit; what differs shows line by line."""
    sides = [json.dumps(side, indent=1, sort_keys=True).splitlines() for side in (expected, found)]
    if sides[0] != sides[1]:
        lines = itertools.islice(
            difflib.unified_diff(*sides, "sent", "found", n=8, lineterm=""), 80
        )
        raise AssertionError("\n".join(["what was found differs from what was sent:", *lines]))


def exact(number):
    """An integer that loses no digits in JavaScript."""
    return number if abs(number) <= EXACT_MAX else str(number)


def double(value):
    """A double, or a text for what JSON has no number for."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value


def plain(value):
    """An AnyValue as plain JSON."""
    match value.WhichOneof("value"):
        case "string_value":
            return value.string_value
        case "bool_value":
            return value.bool_value
        case "int_value":
            return exact(value.int_value)
        case "double_value":
            return double(value.double_value)
        case "array_value":
            return [plain(element) for element in value.array_value.values]
        case "kvlist_value":
            return {pair.key: plain(pair.value) for pair in value.kvlist_value.values}
        case "bytes_value":
            return base64.b64encode(value.bytes_value).decode()
        case None:
            return None


def attribute(pair):
    kind = TYPES[pair.value.WhichOneof("value")]
    return {"key": pair.key, "type": kind, "value": plain(pair.value)}


def attributes(pairs):
    """In the order sent."""
    return [attribute(pair) for pair in pairs]


def by_key(pairs):
    return sorted(attributes(pairs), key=lambda found: found["key"])


def resource(message, schema_url):
    return {
        "attributes": attributes(message.attributes),
        "schema_url": schema_url or None,
        "dropped_attributes_count": message.dropped_attributes_count,
    }


def scope(message, schema_url):
    return {
        "name": message.name,
        "version": message.version,
        "attributes": attributes(message.attributes),
        "schema_url": schema_url or None,
        "dropped_attributes_count": message.dropped_attributes_count,
    }


def service(message):
    for pair in message.attributes:
        if pair.key == "service.name":
            return pair.value.string_value
    return "unknown_service"


# Traces.


def spans(request):
    """Every span of a request by id, as the trace API shows it, resource and scope in place."""
    found = {}
    for owner in request.resource_spans:
        for group in owner.scope_spans:
            for message in group.spans:
                found[message.span_id.hex()] = _span(message) | {
                    "service": service(owner.resource),
                    "resource": resource(owner.resource, owner.schema_url),
                    "scope": scope(group.scope, group.schema_url),
                }
    return found


def _span(message):
    return {
        "span_id": message.span_id.hex(),
        "parent_span_id": message.parent_span_id.hex() or None,
        "name": message.name,
        "kind": KINDS[message.kind],
        "start_unix_nano": str(message.start_time_unix_nano),
        "duration_nano": str(message.end_time_unix_nano - message.start_time_unix_nano),
        "status": {"code": CODES[message.status.code], "message": message.status.message},
        "trace_state": message.trace_state,
        "flags": message.flags,
        "attributes": by_key(message.attributes),
        "dropped_attributes_count": message.dropped_attributes_count,
        "events": [
            {
                "time_unix_nano": str(event.time_unix_nano),
                "name": event.name,
                "attributes": attributes(event.attributes),
                "dropped_attributes_count": event.dropped_attributes_count,
            }
            for event in message.events
        ],
        "dropped_events_count": message.dropped_events_count,
        "links": [
            {
                "trace_id": link.trace_id.hex(),
                "span_id": link.span_id.hex(),
                "trace_state": link.trace_state,
                "flags": link.flags,
                "attributes": attributes(link.attributes),
                "dropped_attributes_count": link.dropped_attributes_count,
            }
            for link in message.links
        ],
        "dropped_links_count": message.dropped_links_count,
    }


def trace_ids(request):
    return {
        message.trace_id.hex()
        for owner in request.resource_spans
        for group in owner.scope_spans
        for message in group.spans
    }


def check_traces(server, *requests):
    """Compares every trace of these requests with what the server says of it."""
    sent = {span_id: span for request in requests for span_id, span in spans(request).items()}
    found = {}
    for trace_id in set().union(*map(trace_ids, requests)):
        document = server.get(f"/api/v1/monitoring/traces/{trace_id}")
        assert document["trace_id"] == trace_id
        starts = [int(span["start_unix_nano"]) for span in document["spans"]]
        assert starts == sorted(starts)
        for span in document["spans"]:
            span["resource"] = document["resources"][span["resource"]]
            span["scope"] = document["scopes"][span["scope"]]
            found[span["span_id"]] = span
    same(found, sent)


# Logs.


def logs(request):
    """Every record of a request by its event name or body, as the log API shows it."""
    return [
        _log(message)
        | {
            "service": service(owner.resource),
            "resource": attributes(owner.resource.attributes),
            "scope": scope(group.scope, group.schema_url),
        }
        for owner in request.resource_logs
        for group in owner.scope_logs
        for message in group.log_records
    ]


def _log(message):
    return {
        "time_unix_nano": str(message.time_unix_nano or message.observed_time_unix_nano),
        "severity_number": message.severity_number,
        "severity_text": message.severity_text,
        "body": plain(message.body),
        "body_type": TYPES[message.body.WhichOneof("value")],
        "event_name": message.event_name,
        "trace_id": message.trace_id.hex() or None,
        "span_id": message.span_id.hex() or None,
        "flags": message.flags,
        "attributes": by_key(message.attributes),
        "dropped_attributes_count": message.dropped_attributes_count,
        "observed_time_unix_nano": str(message.observed_time_unix_nano),
    }


def check_logs(server, service_name, *requests):
    """Compares all records of a service with those of these requests."""
    sent = [log for request in requests for log in logs(request)]
    page = server.get("/api/v1/monitoring/logs", service=service_name, limit=1000)
    assert page["next_cursor"] is None
    found = []
    for log in page["logs"]:
        assert log.pop("time").endswith("Z")
        log["body"] = _body(log)
        log["observed_time_unix_nano"] = _nano_of(log.pop("observed_time"))
        found.append(log)
    assert [int(log["time_unix_nano"]) for log in found] == sorted(
        (int(log["time_unix_nano"]) for log in sent), reverse=True
    )
    same(_ordered(found), _ordered(sent))


def _body(log):
    """A record's body as plain JSON. The API has it as text: what is a text in JSON as it is."""
    match log["body_type"]:
        case "empty":
            assert log["body"] == ""
            return None
        case "bool" | "array" | "map":
            return json.loads(log["body"])
        case "int" | "double":
            number = json.loads(log["body"])
            whole = isinstance(number, int) and abs(number) <= EXACT_MAX
            finite = isinstance(number, float) and math.isfinite(number)
            return number if whole or finite else log["body"]
        case _:
            return log["body"]


def _ordered(documents):
    return sorted(documents, key=lambda document: json.dumps(document, sort_keys=True))


def _nano_of(rfc3339):
    """Unix nanoseconds of a time with nine digits after the point."""
    if rfc3339 is None:
        return "0"
    whole, fraction = rfc3339.removesuffix("Z").split(".")
    seconds = datetime.datetime.fromisoformat(whole + "+00:00").timestamp()
    assert len(fraction) == 9
    return str(int(seconds) * 10**9 + int(fraction))


# Metrics.

METRIC_KINDS = ("gauge", "sum", "histogram", "exponential_histogram", "summary")


def typed(value):
    """An AnyValue as typed JSON, parsed: what docs/format/attributes.md says is stored."""
    match value.WhichOneof("value"):
        case "double_value" if not math.isfinite(value.double_value):
            return {"$double": double(value.double_value)}
        case "bytes_value":
            return {"$bytes": plain(value)}
        case "int_value":
            return value.int_value
        case "array_value":
            return [typed(element) for element in value.array_value.values]
        case "kvlist_value":
            return typed_pairs(value.kvlist_value.values)
        case _:
            return plain(value)


def typed_pairs(pairs):
    return {("$" if p.key.startswith("$") else "") + p.key: typed(p.value) for p in pairs}


def label(value):
    """An attribute's value as label matchers see it."""
    match value.WhichOneof("value"):
        case None:
            return ""
        case "string_value":
            return value.string_value
        case "double_value" if not math.isfinite(value.double_value):
            return double(value.double_value)
        case _:
            return json.dumps(typed(value), separators=(",", ":"))


def points(request):
    """Every data point of a request: (its series, its row in samples or histograms, exemplars)."""
    for owner in request.resource_metrics:
        for group in owner.scope_metrics:
            for metric in group.metrics:
                kind = metric.WhichOneof("data")
                data = getattr(metric, kind)
                for message in data.data_points:
                    origin = _origin(owner, group)
                    for part in _parts(metric, kind, data, message):
                        series, row = part
                        yield series | origin, row, _exemplars(message)


def _origin(owner, group):
    return {
        "service_name": service(owner.resource),
        "resource": typed_pairs(owner.resource.attributes),
        "resource_dropped_attributes_count": owner.resource.dropped_attributes_count,
        "resource_schema_url": owner.schema_url or None,
        "scope_name": group.scope.name or None,
        "scope_version": group.scope.version or None,
        "scope_attributes": typed_pairs(group.scope.attributes) or None,
        "scope_dropped_attributes_count": group.scope.dropped_attributes_count,
        "scope_schema_url": group.schema_url or None,
    }


def _parts(metric, kind, data, message):
    """A point's rows: one, but for a summary one a quantile, one for its sum and one for its count."""
    series = {
        "metric": metric.name,
        "type": kind,
        "unit": metric.unit or None,
        "description": metric.description or None,
        "temporality": getattr(data, "aggregation_temporality", 0),
        "monotonic": getattr(data, "is_monotonic", False),
        "integer": False,
        "labels": {pair.key: label(pair.value) for pair in message.attributes},
        "attributes": typed_pairs(message.attributes),
    }
    row = {
        "time_unix_nano": str(message.time_unix_nano),
        "start_time_unix_nano": str(message.start_time_unix_nano or None),
        "flags": message.flags,
    }
    match kind:
        case "gauge" | "sum":
            number = (
                message.as_int if message.WhichOneof("value") == "as_int" else message.as_double
            )
            yield series | {"integer": isinstance(number, int)}, row | _number(number)
        case "summary":
            for quantile in message.quantile_values:
                of = {"quantile": label_of_double(quantile.quantile)}
                labels = {"labels": series["labels"] | of}
                yield series | labels, row | _number(quantile.value)
            yield series | {"metric": metric.name + "_sum"}, row | _number(message.sum)
            count = series | {"metric": metric.name + "_count", "integer": True}
            yield count, row | _number(message.count)
        case _:
            yield series, row | _histogram(kind, message)


def label_of_double(value):
    return repr(value).removesuffix(".0")


def _number(number):
    inexact = isinstance(number, int) and int(float(number)) != number
    return {"value": double(float(number)), "value_int": str(number) if inexact else None}


def _histogram(kind, message):
    exponential = kind == "exponential_histogram"
    optional = {
        name: double(getattr(message, name)) if message.HasField(name) else None
        for name in ("sum", "min", "max")
    }
    return optional | {
        "count": message.count,
        "scale": message.scale if exponential else None,
        "zero_count": message.zero_count if exponential else 0,
        "zero_threshold": message.zero_threshold if exponential else 0.0,
        "positive_offset": message.positive.offset if exponential else 0,
        "positive_counts": list(message.positive.bucket_counts) if exponential else [],
        "negative_offset": message.negative.offset if exponential else 0,
        "negative_counts": list(message.negative.bucket_counts) if exponential else [],
        "bounds": [] if exponential else list(message.explicit_bounds),
        "counts": [] if exponential else list(message.bucket_counts),
    }


def _exemplars(message):
    return [
        {
            "time_unix_nano": str(exemplar.time_unix_nano),
            "trace_id": exemplar.trace_id.hex() or None,
            "span_id": exemplar.span_id.hex() or None,
            "attributes": typed_pairs(exemplar.filtered_attributes) or None,
            **_number(
                exemplar.as_int if exemplar.WhichOneof("value") == "as_int" else exemplar.as_double
            ),
        }
        for exemplar in getattr(message, "exemplars", ())
    ]


# All but `target_info`, which nobody sent.
SERIES = """SELECT series_id, metric, type, unit, description, temporality, monotonic, integer, labels,
    attributes, service_name, resource, resource_dropped_attributes_count, resource_schema_url,
    scope_name, scope_version, scope_attributes, scope_dropped_attributes_count, scope_schema_url
    FROM series WHERE service_name = '{service}' AND type <> 'info'"""

# Times as text: no digit is lost on the way through JSON.
_TIMES = """CAST(time_unix_nano AS VARCHAR) AS time_unix_nano,
    coalesce(CAST(start_time_unix_nano AS VARCHAR), 'None') AS start_time_unix_nano, flags"""

SAMPLES = f"""SELECT series_id, {_TIMES}, value, CAST(value_int AS VARCHAR) AS value_int FROM samples
    WHERE series_id IN
    (SELECT series_id FROM series WHERE service_name = '{{service}}' AND type <> 'info')"""

HISTOGRAMS = f"""SELECT series_id, {_TIMES}, count, sum, min, max, scale, zero_count, zero_threshold,
    positive_offset, positive_counts, negative_offset, negative_counts, bounds, counts FROM histograms
    WHERE series_id IN (SELECT series_id FROM series WHERE service_name = '{{service}}')"""

EXEMPLARS = """SELECT series_id, CAST(time_unix_nano AS VARCHAR) AS time_unix_nano, value,
    CAST(value_int AS VARCHAR) AS value_int, trace_id, span_id, attributes FROM exemplars
    WHERE series_id IN (SELECT series_id FROM series WHERE service_name = '{service}')"""


def check_metrics(server, service_name, *requests):
    """Compares all points, series and exemplars of a service with those of these requests."""
    rows = {
        name: server.sql(query.format(service=service_name))
        for name, query in [
            ("series", SERIES),
            ("samples", SAMPLES),
            ("histograms", HISTOGRAMS),
            ("exemplars", EXEMPLARS),
        ]
    }
    series = {}
    for row in rows["series"]:
        for name in ("attributes", "resource", "scope_attributes"):
            row[name] = row[name] and json.loads(row[name])
        known = series.setdefault(row.pop("series_id"), row)
        same(known, row)  # Described again on another day or after a restart: in the same words.
    for row in rows["exemplars"]:
        row["attributes"] = row["attributes"] and json.loads(row["attributes"])

    found, found_exemplars = [], []
    for row in rows["samples"] + rows["histograms"]:
        found.append([series[row.pop("series_id")], row])
    for row in rows["exemplars"]:
        found_exemplars.append([series[row.pop("series_id")], row])

    sent, sent_exemplars = [], []
    for request in requests:
        for described, row, exemplars in points(request):
            sent.append([described, row])
            sent_exemplars += [[described, exemplar] for exemplar in exemplars]
    same(_ordered(found), _ordered(sent))
    same(_ordered(found_exemplars), _ordered(sent_exemplars))
    assert len({id(described) for described, _ in found}) == len(series), "a series without points"
