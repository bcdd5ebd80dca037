"""Errors: counted exactly whatever is kept, through crashes and storms; one exception told twice is one; what people
decide holds; nothing that is hidden reaches the disk."""

import gzip
import json
import secrets
import time
import zlib
from concurrent.futures import ThreadPoolExecutor

import brotli
import pytest
import zstandard
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

import otlp
import program
import sentry

ERRORS = "/api/v1/monitoring/errors"


def change(server, issue, **what):
    answer = server.request("PATCH", f"{ERRORS}/{issue['id']}", json=what)
    assert answer.status_code == 200, answer.text
    return answer.json()


def total(server):
    """Occurrences by the API and by SQL, which must agree."""
    by_api = sum(issue["events"] for issue in sentry.issues(server, limit=1000))
    assert by_api == (server.scalar("SELECT sum(count) FROM errors") or 0)
    assert by_api == sum(issue["events_total"] for issue in sentry.issues(server, limit=1000))
    return by_api


# Counts.


def test_occurrences_are_counted_through_kill_and_restart(server):
    made = server()
    sentry.send(made, *(sentry.event("KeyError", f"'{n}'") for n in range(7)))
    sentry.send(made, *(sentry.event("OSError", "disk is gone", ("write",)) for _ in range(5)))
    before = {kind: issue["id"] for kind, issue in sentry.by_type(made).items()}
    made.restart()
    assert total(made) == 12
    assert {kind: issue["id"] for kind, issue in sentry.by_type(made).items()} == before
    sentry.send(made, sentry.event("KeyError", "'8'"))
    assert made.stop() == program.GOOD
    made.start()
    found = sentry.by_type(made)
    assert (found["KeyError"]["events"], found["OSError"]["events"]) == (8, 5)


def test_a_lost_state_database_is_made_again_from_the_rows(server):
    made = server()
    sentry.send(made, *(sentry.event("KeyError", f"'{n}'") for n in range(3)))
    assert made.stop() == program.GOOD
    for path in made.folder.glob("state.db*"):
        path.unlink()
    made.start()
    assert sentry.by_type(made)["KeyError"]["events"] == 3 == total(made)


def test_acknowledged_occurrences_survive_a_kill_under_load(server):
    made = server()
    number, key, _ = sentry.project(made)
    acknowledged, sent = [], []

    def worker(who):
        for n in range(400):
            one = sentry.event("KeyError", f"'{n}'", (f"load{who}", "view"))
            sent.append(one["event_id"])
            body = sentry.envelope(("event", one), header={"event_id": one["event_id"]})
            try:
                answer = sentry.requests.post(
                    f"{made.url}/api/{number}/envelope/?sentry_key={key}", data=body, timeout=10
                )
            except sentry.requests.RequestException:
                return
            if answer.status_code == 200:
                acknowledged.append(one["event_id"])

    with ThreadPoolExecutor(4) as pool:
        running = [pool.submit(worker, who) for who in range(4)]
        program.wait_until("a few hundred are acknowledged", lambda: len(acknowledged) > 300)
        made.kill()
        for future in running:
            future.result()
    made.start()
    assert len(acknowledged) <= total(made) <= len(sent)


def test_a_storm_is_counted_exactly_and_kept_in_part(server):
    made = server(errors__kept_burst=20, errors__kept_per_minute=0)
    events = [
        sentry.event("TimeoutError", "no answer", (f"call{n % 5}", "view"), user={"id": str(n % 50)})
        for n in range(2_000)
    ]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda one: sentry.send(made, one), events))
    assert total(made) == 2_000
    found = sentry.issues(made)
    assert [issue["events"] for issue in found] == [400] * 5
    assert [issue["users"] for issue in found] == [10] * 5
    kept = made.scalar("SELECT count(*) FROM errors WHERE document IS NOT NULL")
    assert kept == 5 * 20
    made.restart()
    assert total(made) == 2_000
    sentry.send(made, *(sentry.event("TimeoutError", "no answer", ("call0", "view")) for _ in range(9)))
    kept = made.scalar("SELECT count(*) FROM errors WHERE document IS NOT NULL")
    assert kept == 5 * 20, "a start is no new budget"
    assert total(made) == 2_009


def test_more_different_errors_than_are_kept_apart_are_counted_all_the_same(server):
    made = server(errors__issues_max=3)
    events = [sentry.event(f"Kind{n}", "x", (f"f{n}",)) for n in range(8)]
    sentry.send(made, *events)
    assert total(made) == 8
    found = {issue["type"]: issue["events"] for issue in sentry.issues(made)}
    assert found.pop("More different errors than are kept apart") == 5
    assert found == {"Kind0": 1, "Kind1": 1, "Kind2": 1}
    made.restart()
    sentry.send(made, sentry.event("Kind9", "x", ("f9",)), sentry.event("Kind0", "x", ("f0",)))
    assert total(made) == 10 and len(sentry.issues(made)) == 4


def test_an_envelope_that_is_sent_again_is_counted_once(server):
    made = server()
    one = sentry.event()
    sentry.send(made, one, one)
    made.restart()
    sentry.send(made, one)
    assert total(made) == 1


# One exception told twice.

TRACE, SPAN = bytes(range(16)), bytes(range(8))
STACK = """Traceback (most recent call last):
  File "/srv/shop/views.py", line 12, in view
    return total(cart)
  File "/srv/shop/cart.py", line 40, in total
    raise ValueError("no price")
ValueError: no price
"""


def resource(message, service="shop"):
    attribute = message.resource.attributes.add(key="service.name")
    attribute.value.string_value = service
    language = message.resource.attributes.add(key="telemetry.sdk.language")
    language.value.string_value = "python"


def exception(attributes, kind="ValueError", text="no price", stack=STACK):
    for key, value in [("type", kind), ("message", text), ("stacktrace", stack)]:
        attributes.add(key=f"exception.{key}").value.string_value = value


def span_with_exception(trace=TRACE, span=SPAN):
    request = ExportTraceServiceRequest()
    spans = request.resource_spans.add()
    resource(spans)
    made = spans.scope_spans.add().spans.add(trace_id=trace, span_id=span, name="GET /cart", kind=2)
    made.start_time_unix_nano = made.end_time_unix_nano = time.time_ns()
    happened = made.events.add(name="exception", time_unix_nano=time.time_ns())
    exception(happened.attributes)
    return request


def log_with_exception(trace=TRACE, span=SPAN):
    request = ExportLogsServiceRequest()
    logs = request.resource_logs.add()
    resource(logs)
    record = logs.scope_logs.add().log_records.add(trace_id=trace, span_id=span, severity_number=17)
    record.time_unix_nano = time.time_ns()
    record.body.string_value = "cart failed"
    exception(record.attributes)
    return request


def export(server, request):
    connection = otlp.Connection(server.otlp_http)
    answer = connection.send(request)
    connection.close()
    assert answer.accepted_whole(), answer


def test_exceptions_of_logs_and_spans_are_issues_and_one_told_by_both_is_one(server):
    made = server()
    export(made, span_with_exception())
    export(made, log_with_exception())
    (issue,) = sentry.issues(made)
    assert (issue["type"], issue["message"], issue["service"]) == ("ValueError", "no price", "shop")
    assert (issue["events"], issue["culprit"]) == (1, "srv.shop.cart.total")
    occurrence = made.get(f"{ERRORS}/{issue['id']}/occurrences/latest")
    assert occurrence["trace_id"] == TRACE.hex() and occurrence["trace_known"]
    frames = occurrence["exceptions"][0]["frames"]
    assert [frame["function"] for frame in frames] == ["total", "view"]
    assert all(frame["in_app"] for frame in frames)
    made.restart()
    export(made, log_with_exception())
    assert total(made) == 2, "the log tells it twice now, and the span once"
    export(made, span_with_exception())
    assert total(made) == 2
    export(made, span_with_exception(span=bytes(8 * [7])))
    assert total(made) == 3, "another span"


def test_sentry_and_opentelemetry_tell_one_exception(server):
    made = server()
    frames = [
        {"function": "view", "filename": "views.py", "abs_path": "/srv/shop/views.py", "lineno": 12},
        {"function": "total", "filename": "cart.py", "abs_path": "/srv/shop/cart.py", "lineno": 40},
    ]
    one = sentry.event()
    one["exception"]["values"][0]["stacktrace"]["frames"] = frames
    one["contexts"] = {"trace": {"trace_id": TRACE.hex(), "span_id": SPAN.hex()}}
    sentry.send(made, one)
    export(made, span_with_exception())
    (issue,) = sentry.issues(made)
    assert issue["events"] == 1 == total(made)


# What people decide.


def test_resolved_issues_regress_and_are_told_once(server):
    made = server()
    sentry.send(made, sentry.event())
    (issue,) = sentry.issues(made)
    assert change(made, issue, status="resolved")["status"] == "resolved"
    assert sentry.issues(made, status="unresolved") == []
    late = sentry.event(timestamp=time.time() - 3600)
    sentry.send(made, late)
    (issue,) = sentry.issues(made)
    assert issue["status"] == "resolved", "what happened before proves nothing"
    made.restart()
    sentry.send(made, sentry.event(), sentry.event())
    (issue,) = sentry.issues(made)
    assert (issue["status"], issue["substatus"], issue["events"]) == ("unresolved", "regressed", 4)
    events = made.get(f"{ERRORS}/events", kind="regressed")["events"]
    assert [event["issue_id"] for event in events] == [issue["id"]]
    made.restart()
    assert len(made.get(f"{ERRORS}/events", kind="regressed")["events"]) == 1


def test_resolved_in_the_next_release_waits_for_it(server):
    made = server()
    sentry.send(made, sentry.event(release="shop@1.4.2"))
    (issue,) = sentry.issues(made)
    changed = change(made, issue, status="resolved", in_next_release=True)
    assert changed["status_detail"] == "resolved in the release after shop@1.4.2"
    sentry.send(made, sentry.event(release="shop@1.4.2"), sentry.event(release="shop@1.3.9"))
    assert sentry.issues(made)[0]["status"] == "resolved"
    sentry.send(made, sentry.event(release="shop@1.10.0"))
    assert sentry.issues(made)[0]["substatus"] == "regressed"


def test_ignored_issues_come_back_after_so_many_even_over_a_restart(server):
    made = server()
    sentry.send(made, sentry.event())
    (issue,) = sentry.issues(made)
    change(made, issue, status="ignored", until={"events": 4})
    sentry.send(made, sentry.event(), sentry.event())
    made.restart()
    sentry.send(made, sentry.event())
    assert sentry.issues(made)[0]["status"] == "ignored"
    sentry.send(made, sentry.event())
    (issue,) = sentry.issues(made)
    assert (issue["status"], issue["substatus"]) == ("unresolved", "ongoing")


def test_issues_are_merged_split_assigned_and_commented(server):
    made = server()
    sentry.send(made, *(sentry.event("KeyError", f"'{n}'") for n in range(3)))
    sentry.send(made, *(sentry.event("OSError", "gone", ("write",)) for _ in range(2)))
    found = sentry.by_type(made)
    one, two = found["KeyError"], found["OSError"]
    merged = made.request("POST", f"{ERRORS}/merge", json={"into": one["id"], "ids": [two["id"]]})
    assert merged.json()["events_total"] == 5 == total(made)
    assert made.get(f"{ERRORS}/{two['id']}")["merged_into"] == one["id"]
    made.restart()
    sentry.send(made, sentry.event("OSError", "gone", ("write",)))
    (issue,) = sentry.issues(made)
    assert (issue["id"], issue["events"]) == (one["id"], 6)
    groups = made.get(f"{ERRORS}/{one['id']}/groups")["groups"]
    assert sorted(group["events"] for group in groups) == [3, 3]
    moved = next(group for group in groups if group["title"].startswith("OSError"))
    body = {"fingerprint": moved["fingerprint"]}
    split = made.request("POST", f"{ERRORS}/{one['id']}/split", json=body).json()
    assert (split["type"], split["events"]) == ("OSError", 3)
    made.restart()
    assert sorted(issue["events"] for issue in sentry.issues(made)) == [3, 3] and total(made) == 6
    change(made, split, assignee="anna")
    assert [i["id"] for i in sentry.issues(made, q="assigned:anna")] == [split["id"]]
    said = made.request("POST", f"{ERRORS}/{split['id']}/comments", json={"text": "<b>looks bad</b>"})
    assert said.status_code == 201
    kinds = [line["kind"] for line in made.get(f"{ERRORS}/{split['id']}/activity")["activity"]]
    assert kinds == ["commented", "assigned", "split"]


def test_variants_are_split_off(server):
    made = server()
    near = [sentry.event("KeyError", "'a'", ("total", "cart")) for _ in range(2)]
    far = [sentry.event("KeyError", "'a'", ("total", "checkout")) for _ in range(3)]
    sentry.send(made, *near, *far)
    (issue,) = sentry.issues(made)
    (group,) = made.get(f"{ERRORS}/{issue['id']}/groups")["groups"]
    assert [variant["events"] for variant in group["variants"]] == [3, 2]
    body = {"fingerprint": group["fingerprint"], "variants": [group["variants"][1]["variant"]]}
    split = made.request("POST", f"{ERRORS}/{issue['id']}/split", json=body).json()
    assert split["events"] == 2
    sentry.send(made, sentry.event("KeyError", "'a'", ("total", "cart")))
    made.restart()
    assert {i["id"]: i["events"] for i in sentry.issues(made)} == {issue["id"]: 3, split["id"]: 3}


def test_rules_and_fingerprints_of_senders_group(server):
    made = server()
    sentry.send(made, sentry.event(fingerprint=["mine"]), sentry.event("OSError", "x", fingerprint=["mine"]))
    assert len(sentry.issues(made)) == 1
    sentry.send(made, *(sentry.event("Timeout", "x", (name,)) for name in ("a", "b")))
    assert len(sentry.issues(made)) == 3
    rules = {"text": "type:Timeout -> timeouts", "in_app": "", "version": 0}
    path = "/api/v1/errors/grouping-rules"
    preview = made.request("POST", f"{path}/preview", json={"text": rules["text"], "in_app": ""}).json()
    assert (preview["examined"], preview["moved"]) == (4, 2)
    assert len(preview["groups"]) == 1 and len(preview["groups"][0]["issue_ids"]) == 2
    assert made.request("PUT", path, json=rules).status_code == 200
    made.restart()
    sentry.send(made, *(sentry.event("Timeout", "x", (name,)) for name in ("a", "b")))
    assert len(sentry.issues(made)) == 4, "both new ones are one"
    wrong = made.request("PUT", path, json={"text": "nonsense", "in_app": "", "version": 1})
    assert wrong.status_code == 400 and wrong.json()["problems"][0]["line"] == 1
    assert made.request("PUT", path, json=rules).status_code == 409


# What is hidden.

SECRETS = {
    "password": "correct-horse-battery",
    "card": "4111 1111 1111 1111",
    "token": "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8",
}


def test_what_is_scrubbed_never_reaches_the_disk(server):
    made = server(privacy__emails="true")
    one = sentry.event("ValueError", f"card {SECRETS['card']} of somebody@example.com")
    one["extra"] = {"password": SECRETS["password"], "note": f"token {SECRETS['token']}"}
    one["request"] = {"headers": [["Authorization", f"Bearer {SECRETS['token']}"]], "cookies": "session=abcdef0123456789"}
    one["breadcrumbs"] = {"values": [{"message": f"paid with {SECRETS['card']}"}]}
    number, key, _ = sentry.project(made)
    log = {"items": [{"timestamp": time.time(), "level": "error", "body": f"card {SECRETS['card']}",
                      "trace_id": secrets.token_hex(16), "attributes": {
                          "password": {"type": "string", "value": SECRETS["password"]}}}]}
    head = {"type": "log", "content_type": "application/vnd.sentry.items.log+json", "item_count": 1}
    answer = sentry.post(made, sentry.envelope(("event", one), (head, log)))
    assert answer.status_code == 200, answer.text
    hidden = [*SECRETS.values(), "somebody@example.com", "abcdef0123456789"]

    def found():
        files = [path for path in made.folder.rglob("*") if path.is_file()]
        content = b"".join(path.read_bytes() for path in files) + made.log_path.read_bytes()
        return [text for text in hidden if text.encode() in content]

    assert list(made.folder.rglob("*.wal")), "the log is looked at"
    assert found() == []
    (issue,) = sentry.issues(made)
    assert issue["message"] == "card [card] of [email]"
    assert made.stop() == program.GOOD
    assert list(made.folder.rglob("*.parquet")) and found() == []
    # What is compressed is read, too.
    made.start()
    documents = json.dumps(made.sql("SELECT * FROM errors")) + json.dumps(made.sql("SELECT * FROM logs"))
    assert "[scrubbed]" in documents and [text for text in hidden if text in documents] == []


def test_users_are_told_apart_by_their_address_unless_it_is_hidden(server):
    asks = [{"user": {"ip_address": "{{auto}}"}}, {"sdk": {"name": "x", "settings": {"infer_ip": "auto"}}}]
    told = {"user": {"email": "somebody@example.com", "ip_address": "192.0.2.7"}}
    for hidden, users in [("false", ["127.0.0.1", "somebody@example.com"]), ("true", [])]:
        made = server(privacy__ip_addresses=hidden, privacy__emails=hidden)
        sentry.send(made, *(sentry.event(**more) for more in [*asks, told]))
        (issue,) = sentry.issues(made)
        assert (issue["events"], issue["users"]) == (3, len(users))
        rows = made.sql("SELECT DISTINCT user_id FROM errors WHERE user_id IS NOT NULL ORDER BY user_id")
        assert [row["user_id"] for row in rows] == users
        assert made.stop() == program.GOOD


def test_what_comes_by_opentelemetry_is_scrubbed_too(server):
    made = server()
    request = span_with_exception()
    span = request.resource_spans[0].scope_spans[0].spans[0]
    span.attributes.add(key="http.request.header.authorization").value.string_value = SECRETS["token"]
    span.attributes.add(key="db.query.text").value.string_value = f"pay with {SECRETS['card']}"
    span.attributes.add(key="password").value.string_value = SECRETS["password"]
    span.attributes.add(key="order").value.string_value = "order 1971"
    stack = STACK.replace("no price", SECRETS["card"])
    exception(span.events[0].attributes, text=f"card {SECRETS['card']}", stack=stack)
    export(made, request)
    made.restart()

    def found():
        files = [path for path in made.folder.rglob("*") if path.is_file()]
        content = b"".join(path.read_bytes() for path in files)
        return [text for text in SECRETS.values() if text.encode() in content]

    assert list(made.folder.rglob("*.wal")) and found() == []
    assert made.stop() == program.GOOD
    assert found() == []
    made.start()
    documents = json.dumps(made.sql("SELECT * FROM spans")) + json.dumps(made.sql("SELECT * FROM errors"))
    assert [text for text in SECRETS.values() if text in documents] == []
    assert "order 1971" in documents and "pay with [card]" in documents


# What is wrong.


@pytest.fixture(scope="module")
def target(shared_server):
    return shared_server


ENCODINGS = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.compress,
}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_bodies_are_inflated(target, encoding):
    one = sentry.event(f"Inflated{encoding}")
    body = ENCODINGS[encoding](sentry.envelope(("event", one)))
    assert sentry.post(target, body, **{"Content-Encoding": encoding}).status_code == 200
    assert len(sentry.issues(target, q=f"type:Inflated{encoding}")) == 1


def test_chunked_bodies_are_taken(target):
    body = sentry.envelope(("event", sentry.event("Chunked")))
    assert sentry.post(target, iter([body[:10], body[10:]])).status_code == 200
    assert len(sentry.issues(target, q="type:Chunked")) == 1


def test_the_rest_of_an_envelope_survives_what_is_wrong_in_it(target):
    good = sentry.event("Survivor")
    items = [
        ("never_heard_of", {"a": 1}),
        ("event", b"{not json"),
        ("event", b"[" * 5_000),
        ("session", {"nothing": "right"}),
        ("event", good),
        ({"type": "event", "length": 10**9}, {"late": True}),
    ]
    assert sentry.post(target, sentry.envelope(*items)).status_code == 200
    (issue,) = sentry.issues(target, q="type:Survivor")
    assert issue["events"] == 1
    metrics = target.metrics()
    assert metrics['plimsoll_sentry_items_total{type="unknown",outcome="skipped"}'] >= 1
    assert metrics['plimsoll_sentry_items_total{type="event",outcome="invalid"}'] >= 2


def test_items_without_a_length_are_taken(target):
    one = json.dumps(sentry.event("Unframed")).encode()
    body = b'{}\n{"type":"event"}\n' + one + b'\n{"type":"session"}\n{}\n'
    assert sentry.post(target, body).status_code == 200
    assert len(sentry.issues(target, q="type:Unframed")) == 1


def test_keys_are_asked_for_by_header_query_and_dsn(target):
    number, key, dsn = sentry.project(target)
    url = f"{target.url}/api/{number}/envelope/"
    body = sentry.envelope(("event", sentry.event("Keyed")))
    with_dsn = sentry.envelope(("event", sentry.event("Keyed")), header={"dsn": dsn})
    post = lambda **more: sentry.requests.post(url, timeout=10, **more)  # noqa: E731
    assert post(data=body, params={"sentry_key": key}).status_code == 200
    assert post(data=with_dsn).status_code == 200
    refused = post(data=body)
    assert refused.status_code == 401 and "key" in refused.json()["detail"]
    assert sentry.post(target, body, key="0" * 32).status_code == 403
    assert sentry.post(target, body, path="/api/999/envelope/").status_code == 403
    assert sentry.issues(target, q="type:Keyed")[0]["events"] == 2


def test_a_revoked_key_is_refused(server):
    made = server()
    number, key, _ = sentry.project(made)
    assert made.request("DELETE", f"/api/v1/errors/projects/{number}/keys/{key}").status_code == 204
    body = sentry.envelope(("event", sentry.event()))
    url = f"{made.url}/api/{number}/envelope/?sentry_key={key}"
    assert sentry.requests.post(url, data=body, timeout=10).status_code == 403


def test_browsers_of_any_origin_may_send(target):
    number, key, _ = sentry.project(target)
    url = f"{target.url}/api/{number}/envelope/?sentry_key={key}"
    asked = sentry.requests.options(url, headers={"Origin": "https://shop.example"}, timeout=10)
    assert asked.status_code == 204 and asked.headers["access-control-allow-origin"] == "*"
    assert "x-sentry-auth" in asked.headers["access-control-allow-headers"]
    body = sentry.envelope(("event", sentry.event("Browser")))
    headers = {"Origin": "https://shop.example", "Sec-Fetch-Site": "cross-site"}
    answer = sentry.requests.post(url, data=body, headers=headers, timeout=10)
    assert answer.status_code == 200 and answer.headers["access-control-allow-origin"] == "*"


def test_what_is_too_large_or_a_bomb_is_413(target):
    large = sentry.event("Large", extra={"x": "y" * (2 << 20)})
    assert sentry.post(target, sentry.envelope(("event", large))).status_code == 413
    bomb = gzip.compress(b'{}\n{"type":"event"}\n{"a":"' + b"a" * (80 << 20) + b'"}')
    assert sentry.post(target, bomb, **{"Content-Encoding": "gzip"}).status_code == 413
    assert sentry.issues(target, q="type:Large") == []


def test_malformed_bodies_are_400(target):
    for body in (b"", b"not an envelope", b"[]\n{}\n"):
        answer = sentry.post(target, body)
        assert answer.status_code == 400 and answer.json()["detail"], body


def test_odd_events_are_taken(target):
    deep = {"a": 1}
    for _ in range(500):
        deep = {"a": deep}
    frames = [{"function": f"f{n}", "filename": "deep.py", "lineno": n} for n in range(5_000)]
    values = [{"type": "Odd", "value": "nul \u0000 and \ud800 here", "stacktrace": {"frames": frames}}]
    odd = {
        "event_id": secrets.token_hex(16),
        "timestamp": 4_000_000_000,
        "exception": values,
        "message": {"formatted": "x"},
        "tags": [["a", "b"], ["c", None], 7],
        "extra": deep,
        "user": "not an object",
        "release": 17,
    }
    answer = sentry.post(target, sentry.envelope(("event", odd)))
    assert answer.status_code == 200, answer.text
    (issue,) = sentry.issues(target, q="type:Odd")
    assert issue["message"] == "nul \ufffd and \ufffd here"
    occurrence = target.get(f"{ERRORS}/{issue['id']}/occurrences/latest")
    assert len(occurrence["exceptions"][0]["frames"]) == 250
    assert occurrence["exceptions"][0]["frames_omitted"] == 4_750
    assert occurrence["time"].startswith(time.strftime("%Y-%m-%d", time.gmtime()))
    assert ["a", "b"] in occurrence["tags"]


def test_a_project_over_its_limit_is_told_to_wait(server):
    made = server(errors__per_minute_max=3)
    answers = [sentry.post(made, sentry.envelope(("event", sentry.event()))) for _ in range(8)]
    limited = [answer for answer in answers if answer.status_code == 429]
    # Eight requests may see the turn of a minute, not two.
    assert 2 <= len(limited) <= 5
    assert int(limited[0].headers["Retry-After"]) <= 60
    assert limited[0].headers["X-Sentry-Rate-Limits"].split(":")[1] == "error"
    assert total(made) == 8 - len(limited)


# Files, feedback, releases.


def test_attachments_and_feedback_come_with_their_event(server):
    made = server()
    one = sentry.event()
    file = {"type": "attachment", "filename": "../../etc/<b>log</b>.txt", "content_type": "text/html"}
    said = {"event_id": one["event_id"], "name": "N", "email": "n@example.com", "comments": "it broke"}
    body = sentry.envelope(("event", one), (file, b"<script>alert(1)</script>"), ("user_report", said),
                           header={"event_id": one["event_id"]})
    assert sentry.post(made, body).status_code == 200
    made.restart()
    (issue,) = sentry.issues(made)
    path = f"{ERRORS}/{issue['id']}/occurrences/{one['event_id']}"
    occurrence = made.get(path)
    assert [feedback["comments"] for feedback in occurrence["feedback"]] == ["it broke"]
    (attached,) = occurrence["attachments"]
    answer = made.request("GET", f"{path}/attachments/{attached['id']}")
    assert answer.content == b"<script>alert(1)</script>"
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert "<" not in answer.headers["content-disposition"]


def test_attachments_take_no_more_than_they_may(server):
    made = server(errors__attachments_max="1MiB")
    for _ in range(8):
        one = sentry.event()
        file = {"type": "attachment", "filename": "a.bin"}
        body = sentry.envelope(("event", one), (file, b"x" * (300 << 10)), header={"event_id": one["event_id"]})
        assert sentry.post(made, body).status_code == 200
    folder = made.folder / "attachments"
    assert 2 <= len(list(folder.iterdir())) <= 4
    (folder / "left-by-a-crash").write_bytes(b"x")
    made.restart()
    assert not (folder / "left-by-a-crash").exists() and list(folder.iterdir())


def test_spans_and_logs_of_sdks_are_kept_as_long_as_others(server):
    made = server(retention__traces="1h", retention__logs="1h")
    old = time.time() - 7_200
    trace = {"trace_id": secrets.token_hex(16), "span_id": secrets.token_hex(8)}
    transaction = {"type": "transaction", "transaction": "GET /", "start_timestamp": old, "timestamp": old + 1,
                   "contexts": {"trace": trace}}
    log = {"items": [{"timestamp": old, "level": "info", "body": "old", "trace_id": trace["trace_id"]}]}
    head = {"type": "log", "content_type": "application/vnd.sentry.items.log+json", "item_count": 1}
    one = sentry.event(timestamp=old)
    body = sentry.envelope(("transaction", transaction), (head, log), ("event", one))
    assert sentry.post(made, body).status_code == 200
    assert made.scalar("SELECT count(*) FROM spans") == 0 == made.scalar("SELECT count(*) FROM logs")
    assert total(made) == 1, "errors are kept longer"
    metrics = made.metrics()
    assert metrics['plimsoll_sentry_items_total{type="transaction",outcome="invalid"}'] == 1


def test_releases_have_deploys_and_crash_free_rates(server):
    made = server()
    told = {"version": "shop@2.0.0", "projects": ["default"], "ref": "main", "commits": [{"id": "4c1f"}]}
    assert made.request("POST", "/api/v1/releases", json=told).status_code == 201
    deploy = {"environment": "production"}
    assert made.request("POST", "/api/v1/releases/shop@2.0.0/deploys", json=deploy).status_code == 201
    sentry.send(made, sentry.event(release="shop@2.0.0", environment="production"))
    started = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    attrs = {"release": "shop@2.0.0", "environment": "production"}
    sessions = [
        {"sid": secrets.token_hex(16), "did": str(n), "init": True, "started": started,
         "status": "crashed" if n == 0 else "exited", "attrs": attrs}
        for n in range(10)
    ]
    again = {**sessions[0], "init": False, "seq": 2}
    aggregates = {"aggregates": [{"started": started, "exited": 88, "crashed": 2}], "attrs": attrs}
    body = sentry.envelope(*(("session", one) for one in [*sessions, again]), ("sessions", aggregates))
    assert sentry.post(made, body).status_code == 200
    release = made.get("/api/v1/releases/shop@2.0.0")
    assert release["sessions"]["total"] == 100 and release["sessions"]["crashed"] == 3
    assert release["sessions"]["crash_free_sessions"] == pytest.approx(0.97)
    assert release["sessions"]["crash_free_users"] == pytest.approx(0.9)
    (marker,) = made.get("/api/v1/deploys")["deploys"]
    assert (marker["release"], marker["environment"]) == ("shop@2.0.0", "production")
    (issue,) = sentry.issues(made)
    suspect = made.get(f"{ERRORS}/{issue['id']}")["suspect"]
    assert suspect["deploy"]["release"] == "shop@2.0.0"
    assert "was deployed to production" in suspect["reason"]
