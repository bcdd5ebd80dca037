"""Scheduled jobs: what they report is there, also after a restart."""

import secrets

import sentry


def report(server, slug="nightly", status="ok", minutes=None, **more):
    check_in = {"check_in_id": secrets.token_hex(16), "monitor_slug": slug, "status": status, **more}
    if minutes is not None:
        schedule = {"type": "interval", "value": minutes, "unit": "minute"}
        check_in["monitor_config"] = {"schedule": schedule, "checkin_margin": 1, "max_runtime": 5}
    assert sentry.post(server, sentry.envelope(("check_in", check_in))).status_code == 200
    return check_in["check_in_id"]


def monitor(server, slug="nightly"):
    (found,) = [one for one in server.get("/api/v1/monitors")["monitors"] if one["slug"] == slug]
    return found


def test_a_job_reports_and_is_there_after_a_restart(server):
    made = server()
    run = report(made, status="in_progress", minutes=60)
    assert monitor(made)["status"] == "in_progress"
    again = {"check_in_id": run, "monitor_slug": "nightly", "status": "ok", "duration": 2.5}
    assert sentry.post(made, sentry.envelope(("check_in", again))).status_code == 200
    found = monitor(made)
    assert (found["status"], found["schedule"]) == ("ok", "every 60 minutes")
    assert found["last_duration_seconds"] == 2.5 and found["next_expected"]
    made.restart()
    assert monitor(made)["status"] == "ok"
    check_ins = made.get("/api/v1/monitors/nightly/check-ins")["check_ins"]
    assert [entry["status"] for entry in check_ins] == ["ok", "in_progress"]
    assert made.request("DELETE", "/api/v1/monitors/nightly").status_code == 204
    assert made.get("/api/v1/monitors")["monitors"] == []


def test_a_schedule_that_cannot_be_kept_is_no_schedule(server):
    made = server()
    check_in = {"monitor_slug": "odd", "status": "ok",
                "monitor_config": {"schedule": {"type": "crontab", "value": "every full moon"}}}
    assert sentry.post(made, sentry.envelope(("check_in", check_in))).status_code == 200
    found = monitor(made, "odd")
    assert found["schedule"] is None and found["next_expected"] is None
    assert "a schedule cannot be kept" in made.log()
