"""Who may call what, through the real program. Every route against every kind of caller is tested
beside the code; here are the main ones, end to end."""

import secrets

import grpc
import pytest
import requests
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import TraceServiceStub

import otlp

NOBODY = {}


@pytest.fixture(scope="module")
def callers(shared_server):
    """Headers of each kind of caller."""

    def token(*scopes):
        body = {"name": f"test {scopes[0]}", "scopes": scopes, "expires_in_hours": 1}
        answer = shared_server.request("POST", "/api/v1/admin/tokens", json=body)
        assert answer.status_code == 201, answer.text
        return {"Authorization": f"Bearer {answer.json()['token']}"}

    return {
        "nobody": NOBODY,
        "stranger": {"Authorization": f"Bearer {secrets.token_hex(32)}"},
        "ingest": token("ingest"),
        "viewer": token("read"),
        "admin": token("admin"),
    }


TRACE = "/api/v1/monitoring/traces/" + "ab" * 16

# Method, path, and the status for: nobody, stranger, ingest, viewer, admin.
ROUTES = [
    ("GET", "/healthz", 200, 200, 200, 200, 200),
    ("GET", "/readyz", 200, 200, 200, 200, 200),
    ("GET", "/api/openapi.json", 200, 200, 200, 200, 200),
    ("GET", "/metrics", 401, 401, 403, 200, 200),
    ("GET", "/api/v1/monitoring/metrics", 401, 401, 403, 200, 200),
    ("GET", "/api/v1/monitoring/dashboard", 401, 401, 403, 403, 200),
    ("GET", "/api/v1/monitoring/services", 401, 401, 403, 403, 200),
    ("GET", "/api/v1/monitoring/services/none", 401, 401, 403, 403, 404),
    ("GET", "/api/v1/monitoring/traces", 401, 401, 403, 403, 200),
    ("GET", TRACE, 401, 401, 403, 403, 404),
    ("GET", "/api/v1/monitoring/logs", 401, 401, 403, 403, 200),
    ("GET", "/api/v1/monitoring/logs/volume", 401, 401, 403, 403, 200),
    ("GET", "/api/v1/monitoring/alerts", 401, 401, 403, 403, 200),
    ("POST", "/api/v1/query/sql", 401, 401, 403, 403, 200),
    ("GET", "/api/v1/auth/session", 401, 401, 403, 200, 200),
    ("GET", "/api/v1/admin/tokens", 401, 401, 403, 403, 200),
    ("GET", "/api/v1/admin/audit", 401, 401, 403, 403, 200),
]


@pytest.mark.parametrize(("method", "path", "statuses"), [(m, p, s) for m, p, *s in ROUTES])
def test_routes(shared_server, callers, method, path, statuses):
    body = {"json": {"query": "SELECT 1"}} if method == "POST" else {}
    found = {
        name: shared_server.request(method, path, headers=headers, **body).status_code
        for name, headers in callers.items()
    }
    assert found == dict(zip(callers, statuses, strict=True))


@pytest.mark.parametrize("caller", ["nobody", "stranger", "ingest", "viewer"])
def test_refusals_are_problems_and_say_nothing(shared_server, callers, caller):
    answer = shared_server.request("GET", "/api/v1/admin/tokens", headers=callers[caller])
    assert answer.headers["Content-Type"] == "application/problem+json"
    document = answer.json()
    assert document["status"] == answer.status_code
    assert document["code"] in ("unauthenticated", "permission_denied")
    for value in callers[caller].values():
        assert value.removeprefix("Bearer ") not in answer.text
    assert callers[caller] or answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_open_ingest_on_loopback(shared_server, callers):
    """On loopback telemetry needs no token; a token that cannot send it is refused all the same."""
    body = otlp.traces([otlp.span("sent")]).SerializeToString()
    found = {}
    for name, headers in callers.items():
        sent = {"Content-Type": otlp.PROTOBUF, **headers}
        answer = requests.post(
            shared_server.otlp_http + "/v1/traces", body, headers=sent, timeout=30
        )
        found[name] = answer.status_code
    assert found == {"nobody": 200, "stranger": 401, "ingest": 200, "viewer": 403, "admin": 200}


def test_closed_ingest(server):
    """Where a token is asked for, over both protocols, nothing else passes and nothing is kept."""
    target = server(otlp__require_token="true")
    body = {"name": "agent", "scopes": ["ingest"]}
    token = target.request("POST", "/api/v1/admin/tokens", json=body).json()["token"]
    request = otlp.traces([otlp.span("sent")])

    def over_http(headers):
        answer = otlp.Connection(target.otlp_http, headers=headers).send(request)
        return answer.status

    def over_grpc(metadata):
        with grpc.insecure_channel(target.otlp_grpc) as channel:
            try:
                TraceServiceStub(channel).Export(request, timeout=30, metadata=metadata)
                return "OK"
            except grpc.RpcError as error:
                return error.code().name

    assert over_http({}) == 401
    assert over_http({"Authorization": "Bearer wrong"}) == 401
    assert over_grpc([]) == "UNAUTHENTICATED"
    assert over_grpc([("authorization", "Bearer wrong")]) == "UNAUTHENTICATED"
    assert target.scalar("SELECT count(*) FROM spans") == 0
    assert over_http({"Authorization": f"Bearer {token}"}) == 200
    assert over_grpc([("authorization", f"Bearer {token}")]) == "OK"
    assert target.scalar("SELECT count(*) FROM spans") == 2


def test_a_revoked_token_is_refused(shared_server):
    body = {"name": "short-lived", "scopes": ["read"]}
    made = shared_server.request("POST", "/api/v1/admin/tokens", json=body).json()
    headers = {"Authorization": f"Bearer {made['token']}"}

    def status():
        return shared_server.request("GET", "/metrics", headers=headers).status_code

    assert status() == 200
    revoked = shared_server.request("DELETE", f"/api/v1/admin/tokens/{made['id']}")
    assert revoked.status_code in (200, 204)
    assert status() == 401
    actions = shared_server.get("/api/v1/admin/audit")["entries"]
    assert any(made["id"] in str(entry) for entry in actions)
    assert not any(made["token"] in str(entry) for entry in actions)


def test_secrets_are_hashed_at_rest(server):
    """No token and no session is in the data folder or the log in the clear."""
    target = server()
    body = {"name": "viewer", "scopes": ["read"]}
    token = target.request("POST", "/api/v1/admin/tokens", json=body).json()["token"]
    signed_in = requests.post(
        target.url + "/api/v1/auth/sign-in", json={"token": token}, timeout=30
    )
    session = signed_in.cookies["plimsoll_session"]
    target.stop()
    kept = b"".join(path.read_bytes() for path in target.folder.rglob("*") if path.is_file())
    for secret in (token, session, target.token):
        assert secret.encode() not in kept
        assert secret not in target.log()


def test_sign_in_is_limited(server):
    """Guessing tokens ends in 429 with a delay; a token that is right still works elsewhere."""
    target = server()

    def sign_in(token):
        return requests.post(target.url + "/api/v1/auth/sign-in", json={"token": token}, timeout=30)

    answers = [sign_in(secrets.token_hex(32)) for _ in range(30)]
    statuses = [answer.status_code for answer in answers]
    assert statuses[0] == 401 and statuses[-1] == 429 and set(statuses) == {401, 429}
    assert int(answers[-1].headers["Retry-After"]) >= 1
    assert target.request("GET", "/metrics").status_code == 200


def test_foreign_hosts_and_origins(shared_server):
    """A page from elsewhere, or a name pointed at this machine, gets nowhere."""
    admin = {"Authorization": f"Bearer {shared_server.token}"}
    foreign = shared_server.request("GET", "/metrics", headers={**admin, "Host": "evil.example"})
    assert foreign.status_code == 403 and foreign.json()["code"] == "permission_denied"
    signed_in = requests.post(
        shared_server.url + "/api/v1/auth/sign-in", json={"token": shared_server.token}, timeout=30
    )
    cookie = f"plimsoll_session={signed_in.cookies['plimsoll_session']}"

    def change(**headers):
        body = {"name": "by cookie", "scopes": ["read"]}
        return shared_server.request(
            "POST", "/api/v1/admin/tokens", headers={"Cookie": cookie, **headers}, json=body
        ).status_code

    assert change() == 403
    assert change(**{"X-Plimsoll-CSRF": "1", "Origin": "http://evil.example"}) == 403
    assert change(**{"X-Plimsoll-CSRF": "1"}) == 201
    assert change(**{"X-Plimsoll-CSRF": "1", "Origin": shared_server.url}) == 201
