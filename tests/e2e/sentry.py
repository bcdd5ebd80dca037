"""Envelopes as Sentry's SDKs send them, made by hand where a test must know every byte."""

import json
import secrets
import time

import requests

import program


def project(server):
    """The first project of a server: number, key and DSN."""
    (first, *_) = server.get("/api/v1/errors/projects")["projects"]
    key = first["keys"][0]
    return first["id"], key["public_key"], key["dsn"]


def event(kind="ValueError", message="no price", functions=("total", "view"), **more):
    """An event with an exception raised in the first of the functions."""
    frames = [
        {
            "function": name,
            "module": "shop.cart",
            "filename": "shop/cart.py",
            "lineno": 10 + number,
            "in_app": True,
        }
        for number, name in enumerate(functions)
    ]
    raised = {"type": kind, "value": message, "stacktrace": {"frames": frames[::-1]}}
    return {
        "event_id": secrets.token_hex(16),
        "timestamp": time.time(),
        "platform": "python",
        "level": "error",
        "exception": {"values": [raised]},
        **more,
    }


def envelope(*items, header=None):
    """The bytes of an envelope: items are pairs of a type (or a header) and a payload."""
    lines = [json.dumps(header or {}).encode()]
    for kind, payload in items:
        head = {"type": kind} if isinstance(kind, str) else dict(kind)
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        head.setdefault("length", len(body))
        lines += [json.dumps(head).encode(), body]
    return b"\n".join(lines) + b"\n"


def post(server, body, path=None, key=None, **headers):
    """Sends a body to the first project's envelope endpoint; any answer."""
    number, public_key, _ = project(server)
    auth = f"Sentry sentry_key={key or public_key}, sentry_version=7"
    return requests.post(
        server.url + (path or f"/api/{number}/envelope/"),
        data=body,
        headers={"X-Sentry-Auth": auth, **headers},
        timeout=program.DEADLINE_S,
    )


def send(server, *events):
    """Sends events, each in an envelope of its own; all must be taken."""
    for one in events:
        answer = post(server, envelope(("event", one), header={"event_id": one["event_id"]}))
        assert answer.status_code == 200, answer.text
        assert answer.json() == {"id": one["event_id"]}


def issues(server, **parameters):
    """Issues of all states, unless parameters say otherwise."""
    return server.get("/api/v1/monitoring/errors", **{"status": "all", **parameters})["issues"]


def by_type(server, **parameters):
    """The one issue of each type."""
    found = issues(server, **parameters)
    named = {issue["type"]: issue for issue in found}
    assert len(named) == len(found), [(issue["type"], issue["culprit"]) for issue in found]
    return named
