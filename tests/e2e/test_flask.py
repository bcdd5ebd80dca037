"""A Flask application that knows nothing of telemetry, instrumented from outside, told nothing but
OTEL_EXPORTER_OTLP_ENDPOINT and its name: traces, metrics and logs are found."""

from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote

import pytest

from application import Application
from program import ROOT

APP = Path(__file__).parent / "apps/flask_app.py"
INSTRUMENT = ROOT / ".venv/bin/opentelemetry-instrument"


# What the instrumentation calls things: by default, and with the stable semantic conventions.
OLD = SimpleNamespace(
    method="http.method",
    status="http.status_code",
    duration="http.server.duration",
    route="http.route",
    environment={},
)
STABLE = SimpleNamespace(
    method="http.request.method",
    status="http.response.status_code",
    duration="http.server.request.duration",
    route="http.route",
    environment={"OTEL_SEMCONV_STABILITY_OPT_IN": "http"},
)


@pytest.fixture(
    scope="module",
    params=[
        ("default protocol", OLD),
        ("http/protobuf", STABLE),
    ],
    ids=["grpc", "http"],
)
def shop(request, shared_server, tmp_path_factory):
    """The application after seven requests and its end; what it was."""
    protocol, names = request.param
    service = f"flask {protocol}"
    environment = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://" + shared_server.otlp_grpc,
        "OTEL_SERVICE_NAME": service,
        **names.environment,
    }
    if protocol == "http/protobuf":
        environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = shared_server.otlp_http
        environment["OTEL_EXPORTER_OTLP_PROTOCOL"] = protocol
    log = tmp_path_factory.mktemp("flask") / "app.log"
    app = Application(
        [ROOT / ".venv/bin/python", INSTRUMENT, ROOT / ".venv/bin/python", APP], log, **environment
    )
    try:
        statuses = [app.request("GET", f"/items/{number}").status_code for number in (7, 8, 500)]
        statuses += [app.request("POST", "/orders").status_code for _ in range(2)]
        statuses += [app.request("GET", path).status_code for path in ("/health", "/nothing-here")]
        assert statuses == [200, 200, 404, 500, 500, 200, 404]
        app.stop()
    finally:
        app.kill()
    assert "Failed to export" not in app.log(), app.log()
    return SimpleNamespace(service=service, names=names, server=shared_server)


def test_the_service_is_listed(shop):
    services = shop.server.get("/api/v1/monitoring/services")["services"]
    (found,) = [service for service in services if service["name"] == shop.service]
    assert (found["requests"], found["errors"]) == (7, 2)
    assert found["error_ratio"] == pytest.approx(2 / 7, abs=1e-3)
    assert 0 < found["p50_ms"] <= found["p90_ms"] <= found["p99_ms"]


def test_its_operations(shop):
    found = shop.server.get(f"/api/v1/monitoring/services/{quote(shop.service, safe='')}")
    assert (found["requests"], found["errors"], found["instances"]) == (7, 2, 1)
    operations = {
        (operation["name"], operation["kind"]): (operation["requests"], operation["errors"])
        for operation in found["operations"]
    }
    assert operations == {
        ("GET /items/<int:number>", "server"): (3, 0),
        ("POST /orders", "server"): (2, 2),
        ("GET /health", "server"): (1, 0),
        ("GET /nothing-here", "server"): (1, 0),
    }
    assert sum(found["series"]["errors"]) > 0


def search(shop, **filters):
    return shop.server.get("/api/v1/monitoring/traces", service=shop.service, **filters)["traces"]


def test_route_and_status_code(shop):
    """Found by route and by status, each with the attributes that say so."""
    items = search(shop, operation="GET /items/<int:number>")
    assert len(items) == 3
    missing = search(shop, attr=[f"{shop.names.status}=404", f"{shop.names.route}"])
    assert len(missing) == 1
    trace = shop.server.get(f"/api/v1/monitoring/traces/{missing[0]['trace_id']}")
    (span,) = trace["spans"]
    attributes = {found["key"]: (found["type"], found["value"]) for found in span["attributes"]}
    assert attributes[shop.names.status] == ("int", 404)
    assert attributes[shop.names.method] == ("string", "GET")
    assert attributes[shop.names.route] == ("string", "/items/<int:number>")
    assert span["kind"] == "server" and span["service"] == shop.service
    resource = {found["key"]: found["value"] for found in trace["resources"][0]["attributes"]}
    assert resource["service.name"] == shop.service
    assert resource["telemetry.sdk.language"] == "python"


def test_error_with_stack_trace_and_its_logs(shop):
    """From a failed request to its exception, and to the log records of the same trace."""
    failed = search(shop, status="error")
    assert len(failed) == 2 and all(trace["root_name"] == "POST /orders" for trace in failed)
    trace_id = failed[0]["trace_id"]
    (span,) = shop.server.get(f"/api/v1/monitoring/traces/{trace_id}")["spans"]
    assert (
        span["status"]["code"] == "error" and "no payment for order 7" in span["status"]["message"]
    )
    (event,) = span["events"]
    exception = {found["key"]: found["value"] for found in event["attributes"]}
    assert event["name"] == "exception" and exception["exception.type"] == "ValueError"
    assert exception["exception.message"] == "no payment for order 7"
    assert 'raise ValueError("no payment for order 7")' in exception["exception.stacktrace"]

    logs = shop.server.get("/api/v1/monitoring/logs", trace_id=trace_id)["logs"]
    found = [(log["severity_text"], log["body"], log["span_id"]) for log in reversed(logs)]
    assert found == [
        ("WARN", "an order without payment", span["span_id"]),
        ("ERROR", "Exception on /orders [POST]", span["span_id"]),
    ]
    attributes = {a["key"]: a["value"] for a in logs[0]["attributes"]}
    assert 'raise ValueError("no payment for order 7")' in attributes["exception.stacktrace"]


def test_logs_by_severity_and_text(shop):
    def bodies(**filters):
        page = shop.server.get("/api/v1/monitoring/logs", service=shop.service, **filters)
        return [log["body"] for log in page["logs"]]

    assert bodies(severity="error") == ["Exception on /orders [POST]"] * 2
    assert len(bodies(severity="warn")) == 4
    assert bodies(q="LOOKING UP item 7") == ["looking up item 7"]
    volume = shop.server.get("/api/v1/monitoring/logs/volume", service=shop.service)["by_severity"]
    assert (sum(volume["error"]), sum(volume["warn"])) == (2, 2)


def test_metrics(shop):
    """Listed in the summary; every request counted in the histogram of durations."""
    summary = shop.server.get("/api/v1/monitoring/metrics")
    metrics = {metric["name"]: metric for metric in summary["metrics"]}
    assert shop.service in metrics[shop.names.duration]["services"]
    assert metrics[shop.names.duration]["type"] == "histogram"
    assert metrics[shop.names.duration]["unit"] == ("ms" if shop.names is OLD else "s")
    rows = shop.server.sql(
        f"""SELECT s.labels['{shop.names.status}'] AS status, sum(h.count) AS requests
            FROM histograms h JOIN series s USING (series_id)
            WHERE s.service_name = '{shop.service}' AND s.metric = '{shop.names.duration}'
            GROUP BY 1 ORDER BY 1"""
    )
    assert [(row["status"], row["requests"]) for row in rows] == [
        ("200", 3),
        ("404", 2),
        ("500", 2),
    ]
