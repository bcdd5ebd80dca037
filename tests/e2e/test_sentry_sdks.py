"""Applications that know nothing of errors but SENTRY_DSN: the same mistake from five places is one issue, another
is another, and each is one click from its trace."""

import os
import shutil
import sys
from pathlib import Path

import pytest

import program
import sentry
from application import Application
from program import ROOT

NODE = ROOT / "tests/node"
FLASK = ROOT / "tests/e2e/apps/sentry_flask.py"
# scripts/test builds it, since the program's own build does not.
AXUM = Path(os.environ.get("PLIMSOLL_APPS", ROOT / "target/apps/debug")) / "plimsoll-tests-axum"

PLACES = [("GET", "/cart"), ("GET", "/checkout"), ("GET", "/wishlist"), ("GET", "/offers"), ("POST", "/orders")]


def project_of(server, name):
    """A project of this name: its DSN."""
    made = server.request("POST", "/api/v1/errors/projects", json={"name": name})
    assert made.status_code == 201, made.text
    return made.json()["keys"][0]["dsn"]


def run(command, server, name, folder, paths):
    """Starts an application with a DSN, asks it for paths, ends it."""
    app = Application(
        command,
        folder / "app.log",
        SENTRY_DSN=project_of(server, name),
        SENTRY_RELEASE=f"{name}@1.4.2",
        SENTRY_ENVIRONMENT="production",
    )
    try:
        for method, path in paths:
            app.request(method, path)
        app.stop()
    finally:
        app.kill()
    return app


@pytest.fixture(scope="module")
def flask(shared_server, tmp_path_factory):
    folder = tmp_path_factory.mktemp("flask")
    paths = [*PLACES, ("GET", "/stock"), ("GET", "/refund"), ("GET", "/note"), ("GET", "/nightly")]
    app = Application(
        [sys.executable, FLASK],
        folder / "app.log",
        SENTRY_DSN=project_of(shared_server, "flask"),
        SENTRY_RELEASE="flask@1.4.2",
        SENTRY_ENVIRONMENT="production",
    )
    try:
        for method, path in paths:
            app.request(method, path)
        app.request("POST", "/end")
        app.process.wait(program.DEADLINE_S)
    finally:
        app.kill()
    return shared_server


@pytest.fixture(scope="module")
def express(shared_server, tmp_path_factory):
    assert shutil.which("node") and (NODE / "node_modules").is_dir(), "run npm ci in tests/node"
    folder = tmp_path_factory.mktemp("express")
    paths = [*PLACES, ("GET", "/stock"), ("GET", "/note")]
    run(["node", NODE / "sentry.js"], shared_server, "express", folder, paths)
    return shared_server


@pytest.fixture(scope="module")
def axum(shared_server, tmp_path_factory):
    if not AXUM.is_file():
        pytest.skip(f"{AXUM} is not built; scripts/test builds it")
    folder = tmp_path_factory.mktemp("axum")
    more = [("GET", "/stock"), ("GET", "/shelves/7"), ("GET", "/cellar"), ("GET", "/note")]
    app = run([AXUM], shared_server, "axum", folder, [*PLACES, *more])
    assert app.process.returncode == 0, app.log()
    return shared_server


def test_flask_from_five_places_is_one_issue(flask):
    found = sentry.by_type(flask, service="flask")
    assert set(found) == {"ZeroDivisionError", "KeyError", "RuntimeError", ""}
    one = found["ZeroDivisionError"]
    assert (one["events"], one["culprit"], one["unhandled"]) == (5, "__main__.price_of", True)
    assert (one["first_release"], one["substatus"], one["platform"]) == ("flask@1.4.2", "new", "python")
    assert found["KeyError"]["events"] == 1
    assert found[""]["message"] == "voucher V0920 of somebody is used up"
    assert found[""]["users"] == 1


def test_a_flask_error_is_one_click_from_its_trace(flask):
    issue = sentry.by_type(flask, service="flask")["ZeroDivisionError"]
    path = f"/api/v1/monitoring/errors/{issue['id']}"
    occurrence = flask.get(path + "/occurrences/latest")
    assert occurrence["trace_known"] and occurrence["environment"] == "production"
    trace = flask.get(f"/api/v1/monitoring/traces/{occurrence['trace_id']}")
    assert {span["service"] for span in trace["spans"]} == {"flask"}
    (raised,) = occurrence["exceptions"]
    frame = raised["frames"][0]
    assert (frame["function"], frame["in_app"]) == ("price_of", True)
    assert frame["source"]["line"].strip() == 'return item["price"] / item["count"]'
    # Five occurrences, each with its own trace, one after the other.
    ids = {occurrence["id"]}
    while occurrence["previous"]:
        occurrence = flask.get(f"{path}/occurrences/{occurrence['previous']}")
        ids.add(occurrence["id"])
    assert len(ids) == 5 == len(flask.get(path + "/occurrences")["occurrences"])


def test_a_flask_error_has_its_cause_and_says_why_it_is_grouped(flask):
    issue = sentry.by_type(flask, service="flask")["RuntimeError"]
    occurrence = flask.get(f"/api/v1/monitoring/errors/{issue['id']}/occurrences/latest")
    kinds = [exception["type"] for exception in occurrence["exceptions"]]
    assert kinds == ["RuntimeError", "ValueError"]
    assert "[card]" in issue["message"] and "4111" not in issue["message"]
    why = occurrence["grouping"]["why"]
    assert any(node["contributes"] for node in why["children"])


def test_logs_spans_and_sessions_of_flask_are_kept(flask):
    spans = flask.scalar("SELECT count(*) FROM spans WHERE service_name = 'flask'")
    assert spans >= 9
    logs = flask.sql("SELECT body FROM logs WHERE service_name = 'flask'")
    assert "stock of tea is low" in {row["body"] for row in logs}
    releases = {release["version"]: release for release in flask.get("/api/v1/releases")["releases"]}
    release = releases["flask@1.4.2"]
    assert release["services"] == ["flask"] and release["new_issues"] == 4
    assert release["sessions"]["total"] >= 9 and release["sessions"]["crashed"] == 7


def test_express_from_five_places_is_one_issue(express):
    found = sentry.by_type(express, service="express")
    assert set(found) == {"TypeError", "RangeError"}
    one = found["TypeError"]
    assert (one["events"], one["first_release"]) == (5, "express@1.4.2")
    assert one["culprit"].endswith("priceOf")
    occurrence = express.get(f"/api/v1/monitoring/errors/{one['id']}/occurrences/latest")
    assert occurrence["trace_known"], "spans come in containers"
    assert occurrence["exceptions"][0]["frames"][0]["function"] == "priceOf"
    logs = express.sql("SELECT body FROM logs WHERE service_name = 'express'")
    assert "stock is low" in {row["body"] for row in logs}


def occurrences(server, issue):
    """All occurrences of an issue in full, newest first."""
    path = f"/api/v1/monitoring/errors/{issue['id']}/occurrences/"
    found = [server.get(path + "latest")]
    while found[-1]["previous"]:
        found.append(server.get(path + found[-1]["previous"]))
    assert len(found) == issue["events"]
    return found


def own_frames(exception):
    return [frame for frame in exception["frames"] if frame["in_app"]]


def test_axum_from_five_places_is_one_issue(axum):
    found = sentry.by_type(axum, service="axum")
    # Who catches a panic logs it, too: that is a message, not an exception.
    assert set(found) == {"PriceError", "StockError", "panic", ""}
    one = found["PriceError"]
    assert (one["events"], one["message"], one["unhandled"]) == (5, "tea has no count", False)
    assert (one["first_release"], one["substatus"]) == ("axum@1.4.2", "new")
    assert one["culprit"].endswith("into_response")
    assert (found["StockError"]["events"], found[""]["events"]) == (1, 2)
    assert found[""]["message"].startswith("Service panicked: index out of bounds")
    panic = found["panic"]
    assert (panic["events"], panic["unhandled"], panic["level"]) == (2, True, "fatal")
    assert panic["culprit"].endswith("label_of")


def test_an_axum_error_is_one_click_from_its_trace(axum):
    issue = sentry.by_type(axum, service="axum")["PriceError"]
    found = occurrences(axum, issue)
    assert len({occurrence["trace_id"] for occurrence in found}) == 5
    routes = set()
    for occurrence in found:
        assert occurrence["trace_known"] and occurrence["environment"] == "production"
        trace = axum.get(f"/api/v1/monitoring/traces/{occurrence['trace_id']}")
        assert {span["service"] for span in trace["spans"]} == {"axum"}
        routes |= {span["name"] for span in trace["spans"]}
        (raised,) = occurrence["exceptions"]
        (frame,) = own_frames(raised)
        assert frame["file"].endswith("main.rs") and frame["line"] > 0
        assert frame["function"].endswith("into_response")
    assert routes == {f"{method} {path}" for method, path in PLACES} | {"wishlist"}


def test_a_panic_of_axum_has_the_stack_it_was_raised_at(axum):
    issue = sentry.by_type(axum, service="axum")["panic"]
    first, second = occurrences(axum, issue)
    for occurrence, route in ((first, "cellar"), (second, "shelf")):
        (raised,) = occurrence["exceptions"]
        inner, *callers = [frame["function"] for frame in own_frames(raised)]
        assert inner.endswith("label_of")
        assert callers and all(f"::{route}::" in caller for caller in callers)
    names = {row["name"] for row in axum.sql("SELECT name FROM spans WHERE service_name = 'axum'")}
    assert "GET /shelves/{number}" in names, "the route, not the path"


def test_axum_errors_have_causes_breadcrumbs_and_logs(axum):
    issue = sentry.by_type(axum, service="axum")["StockError"]
    (occurrence,) = occurrences(axum, issue)
    kinds = [exception["type"] for exception in occurrence["exceptions"]]
    assert kinds == ["StockError", "ParseIntError"]
    assert (occurrence["log_message"], occurrence["message"]) == ("the request failed", issue["message"])
    assert [crumb["message"] for crumb in occurrence["breadcrumbs"]] == ["counting what is left"]
    assert occurrence["request"]["url"].endswith("/stock")
    assert occurrence["contexts"]["rust"]["name"] == "rustc"
    logs = axum.sql("SELECT body, severity_text, trace_id FROM logs WHERE service_name = 'axum'")
    by_body = {row["body"]: row for row in logs}
    assert by_body["stock is low"]["severity_text"].lower() == "warn"
    assert by_body["counting what is left"]["trace_id"] == occurrence["trace_id"]
    # Each error is a log record as well.
    assert sum(row["body"] == "the request failed" for row in logs) == 6
