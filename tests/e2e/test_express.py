"""An Express application under the OpenTelemetry SDK from npm, over each protocol it speaks: what
arrives is compared field by field with what the SDK handed to its exporters."""

import json
import shutil
from types import SimpleNamespace
from urllib.parse import quote

import pytest

import expected
import otlp
from application import Application
from program import ROOT

NODE = ROOT / "tests/node"


@pytest.fixture(scope="module", params=["http/json", "http/protobuf", "grpc"])
def shop(request, shared_server, tmp_path_factory):
    """The application after six requests and its end; what it sent, by path."""
    assert shutil.which("node") and (NODE / "node_modules").is_dir(), "run npm ci in tests/node"
    protocol = request.param
    service = f"express {protocol}"
    folder = tmp_path_factory.mktemp("express")
    endpoint = (
        "http://" + shared_server.otlp_grpc if protocol == "grpc" else shared_server.otlp_http
    )
    app = Application(
        ["node", "--require", NODE / "telemetry.js", NODE / "app.js"],
        folder / "app.log",
        OTEL_EXPORTER_OTLP_ENDPOINT=endpoint,
        OTEL_EXPORTER_OTLP_PROTOCOL=protocol,
        OTEL_SERVICE_NAME=service,
        RECORD_FILE=str(folder / "sent.jsonl"),
    )
    try:
        statuses = [app.request("GET", f"/items/{number}").status_code for number in (7, 8, 500)]
        statuses += [app.request("POST", "/orders").status_code for _ in range(2)]
        statuses += [app.request("GET", "/nothing-here").status_code]
        assert statuses == [200, 200, 404, 500, 500, 404]
        app.stop()
    finally:
        app.kill()
    assert app.process.returncode == 0, app.log()
    sent = {otlp.TRACES: [], otlp.METRICS: [], otlp.LOGS: []}
    for line in (folder / "sent.jsonl").read_text().splitlines():
        recorded = json.loads(line)
        sent[recorded["path"]].append(otlp.from_json(recorded["path"], recorded["request"]))
    return SimpleNamespace(service=service, server=shared_server, sent=sent)


def test_traces_field_by_field(shop):
    spans = [
        span for request in shop.sent[otlp.TRACES] for span in expected.spans(request).values()
    ]
    assert {"server", "internal"} <= {span["kind"] for span in spans}
    assert any(span["events"] for span in spans)
    expected.check_traces(shop.server, *shop.sent[otlp.TRACES])


def test_logs_field_by_field(shop):
    expected.check_logs(shop.server, shop.service, *shop.sent[otlp.LOGS])


def test_metrics_field_by_field(shop):
    points = [point for request in shop.sent[otlp.METRICS] for point in expected.points(request)]
    assert {"shop.orders", "shop.price", "shop.stock"} <= {
        series["metric"] for series, *_ in points
    }
    expected.check_metrics(shop.server, shop.service, *shop.sent[otlp.METRICS])


def test_the_service_is_listed(shop):
    services = shop.server.get("/api/v1/monitoring/services")["services"]
    (found,) = [service for service in services if service["name"] == shop.service]
    assert (found["requests"], found["errors"]) == (6, 2)
    operations = shop.server.get(f"/api/v1/monitoring/services/{quote(shop.service, safe='')}")[
        "operations"
    ]
    counts = {found["name"]: (found["requests"], found["errors"]) for found in operations}
    assert counts["GET /items/:number"] == (3, 0)
    assert counts["POST /orders"] == (2, 2)


def test_error_with_stack_trace_and_its_logs(shop):
    failed = shop.server.get("/api/v1/monitoring/traces", service=shop.service, status="error")[
        "traces"
    ]
    assert len(failed) == 2
    trace_id = failed[0]["trace_id"]
    spans = shop.server.get(f"/api/v1/monitoring/traces/{trace_id}")["spans"]
    events = [event for span in spans for event in span["events"] if event["name"] == "exception"]
    exception = {found["key"]: found["value"] for found in events[0]["attributes"]}
    assert exception["exception.message"] == "no payment for order 7"
    assert "app.js" in exception["exception.stacktrace"]
    (log,) = shop.server.get("/api/v1/monitoring/logs", trace_id=trace_id)["logs"]
    assert (log["severity_text"], log["body"]) == ("ERROR", "no payment for order 7")
    assert log["span_id"] in {span["span_id"] for span in spans}


def test_route_and_status_code(shop):
    attr = ["http.route=/items/:number", "http.response.status_code=404"]
    found = shop.server.get("/api/v1/monitoring/traces", service=shop.service, attr=attr)["traces"]
    assert len(found) == 1 and found[0]["root_name"] == "GET /items/:number"
