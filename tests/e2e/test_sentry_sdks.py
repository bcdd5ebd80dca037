"""Applications that know nothing of errors but SENTRY_DSN: the same mistake from five places is one issue, another
is another, and each is one click from its trace."""

import shutil
import sys

import pytest

import program
import sentry
from application import Application
from program import ROOT

NODE = ROOT / "tests/node"
FLASK = ROOT / "tests/e2e/apps/sentry_flask.py"

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
