"""Starting and stopping: what is printed, the link that signs in once, exit codes, a clean end."""

import re
import signal
import threading

import pytest
import requests

import otlp
import program
import wal
from ledger import Ledger
from load import Load

LINK = re.compile(r"(http://127\.0\.0\.1:\d+)/sign-in\?code=(\S+)")


def test_the_first_start_says_where_and_how(server):
    """Addresses, the endpoint to set, and a link; each is true."""
    target = server(start=False)
    target.token = None
    target.start()
    greeting = program.wait_until(
        "the greeting", lambda: LINK.search(target.log()) and target.log()
    )
    assert target.url in greeting
    assert "http://" + target.otlp_grpc in greeting
    assert target.otlp_http in greeting
    assert f"OTEL_EXPORTER_OTLP_ENDPOINT=http://{target.otlp_grpc}" in greeting
    assert str(target.folder) in greeting
    link = LINK.search(greeting)
    assert link[1] == target.url


def test_the_link_signs_in_once(server):
    target = server(start=False)
    target.token = None
    target.start()
    link = program.wait_until("the link", lambda: LINK.search(target.log()))[0]

    # A program that only looks does not spend it.
    assert requests.head(link, timeout=30, allow_redirects=False).status_code == 200

    browser = requests.Session()
    answer = browser.get(link, timeout=30, allow_redirects=False)
    assert answer.status_code == 303 and answer.headers["Location"] == "/"
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie
    session = browser.get(target.url + "/api/v1/auth/session", timeout=30)
    assert session.status_code == 200 and session.json()["role"] == "admin"
    assert browser.get(target.url + "/api/v1/monitoring/services", timeout=30).status_code == 200

    # The second to follow it is refused, in words.
    second = requests.get(link, timeout=30, allow_redirects=False)
    assert second.status_code == 401 and "Set-Cookie" not in second.headers
    page = requests.get(link, timeout=30, headers={"Accept": "text/html"}, allow_redirects=False)
    assert page.status_code == 401 and "not valid" in page.text

    # The first goes on, through a restart, until it signs out.
    target.stop()
    target.start()
    browser.cookies = requests.cookies.cookiejar_from_dict(browser.cookies.get_dict())
    assert browser.get(target.url + "/api/v1/auth/session", timeout=30).status_code == 200
    headers = {"X-Plimsoll-CSRF": "1"}
    out = browser.post(target.url + "/api/v1/auth/sign-out", headers=headers, timeout=30)
    assert out.status_code == 204
    assert (
        requests.get(
            target.url + "/api/v1/auth/session", cookies=browser.cookies.get_dict(), timeout=30
        ).status_code
        == 401
    )


def test_no_link_where_somebody_can_sign_in(server):
    """With a token for automation nobody needs the link, and a log may be read by many."""
    target = server()
    assert target.stop() == program.GOOD
    assert "sign-in?code" not in target.log()
    assert target.token not in target.log()


def test_the_bootstrap_token_is_the_one_of_the_last_start(server):
    target = server()
    old = target.token
    target.stop()
    target.token = "another-" + old
    target.start()
    assert target.request("GET", "/metrics").status_code == 200
    headers = {"Authorization": f"Bearer {old}"}
    assert target.request("GET", "/metrics", headers=headers).status_code == 401


@pytest.mark.parametrize("ask", [signal.SIGTERM, signal.SIGINT])
def test_graceful_stop_under_load(server, ask):
    """Exit code 0, an empty log, and everything acknowledged is in the files."""
    target, ledger = server(), Ledger()
    load = Load(target, ledger, seed=7)
    program.wait_until("some load", lambda: ledger.counts["acknowledged"] > 50)
    target.process.send_signal(ask)
    assert target.process.wait(program.DEADLINE_S) == program.GOOD, target.log()
    load.join()
    assert wal.segments(target.folder) == []
    assert not (target.folder / "addresses.json").exists()
    target.start()
    ledger.check(target, everything=True)
    # A stopping server answers or refuses; it breaks off nothing that it had taken.
    assert ledger.counts["acknowledged"] > 50


def test_requests_under_way_are_answered(server):
    """A body that is still arriving when the stop begins is taken to its end."""
    target = server()
    body = otlp.traces([otlp.span("late")]).SerializeToString()
    connection = otlp.Connection(target.otlp_http).connection
    sent_half, stopping = threading.Event(), threading.Event()

    def pieces():
        yield body[:20]
        sent_half.set()
        assert stopping.wait(30)
        yield body[20:]

    def stop():
        sent_half.wait(30)
        # The request has reached its handler when it is charged for.
        program.wait_until(
            "the first half", lambda: target.metrics()["plimsoll_ingest_in_flight_bytes"] > 0
        )
        target.process.send_signal(signal.SIGTERM)
        program.wait_until("stopping", lambda: not (target.folder / "addresses.json").exists())
        stopping.set()

    stopper = threading.Thread(target=stop)
    stopper.start()
    headers = {"Content-Type": otlp.PROTOBUF, "Content-Length": str(len(body))}
    connection.request("POST", "/v1/traces", pieces(), headers)
    assert connection.getresponse().status == 200
    stopper.join()
    assert target.process.wait(program.DEADLINE_S) == program.GOOD
    target.start()
    assert target.scalar("SELECT count(*) FROM spans WHERE name = 'late'") == 1


def test_help():
    done = program.run("--help")
    assert done.returncode == 0 and done.stderr == ""
    for command in ("serve", "demo", "generate", "token"):
        assert re.search(rf"^\s+{command}\b", done.stdout, re.MULTILINE), done.stdout
    assert "Example" in done.stdout


@pytest.mark.parametrize("command", ["serve", "demo", "generate", "query", "token", "config"])
def test_help_of_commands(command):
    done = program.run(command, "--help")
    assert done.returncode == 0 and "Example" in done.stdout, done


def test_version():
    done = program.run("--version")
    assert done.returncode == 0 and re.fullmatch(r"plimsoll \d+\.\d+\.\d+\n", done.stdout)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ([], "Usage"),
        (["nonsense"], "nonsense"),
        (["serve", "--nonsense"], "--nonsense"),
        (["serve", "--memory", "plenty"], "plenty"),
        (["serve", "--memory", "1MiB"], "128MiB"),
        (["serve", "--listen", "nowhere"], "--listen"),
        (["serve", "--retention-traces", "forever"], "--retention-traces"),
        (["serve", "--config", "/no/such/file.toml"], "/no/such/file.toml"),
        (["serve", "--listen", "0.0.0.0:0"], "refusing to listen on 0.0.0.0:0"),
        (["generate", "--protocol", "pigeon"], "pigeon"),
        (["generate", "--count", "0"], "count"),
    ],
)
def test_usage_errors(tmp_path, arguments, word):
    done = program.run(*arguments, cwd=tmp_path)
    assert done.returncode == program.USAGE, done
    assert word in done.stderr and done.stdout == "", done
    assert list(tmp_path.iterdir()) == [], "nothing is made before all is understood"


def test_a_misspelled_setting_in_the_file(tmp_path):
    (tmp_path / "plimsoll.toml").write_text("[otlp]\ngrcp = 'off'\n")
    done = program.run("serve", cwd=tmp_path)
    assert done.returncode == program.USAGE
    assert "otlp.grcp" in done.stderr and "did you mean otlp.grpc" in done.stderr


def test_a_port_that_is_taken(server):
    target = server()
    address = target.addresses["listen"]
    folder = target.folder.with_name("other")
    done = program.run("serve", "--data", folder, "--listen", address, cwd=target.folder.parent)
    assert done.returncode == program.FAILED
    assert address in done.stderr and "--listen" in done.stderr, done.stderr


def test_settings_from_everywhere(server, tmp_path):
    """Flags over environment over file over defaults; `config show` says which."""
    (tmp_path / "plimsoll.toml").write_text(
        "[retention]\ntraces = '3d'\nlogs = '4d'\nmetrics = '5d'\n"
    )
    environment = {"PLIMSOLL_RETENTION_LOGS": "6d", "PLIMSOLL_RETENTION_METRICS": "7d"}
    done = program.run("config", "show", "--retention-metrics", "8d", env=environment, cwd=tmp_path)
    assert done.returncode == program.GOOD, done.stderr
    assert re.search(r'^traces = "3d" .*plimsoll\.toml', done.stdout, re.MULTILINE), done.stdout
    assert re.search(r'^logs = "6d" .*PLIMSOLL_RETENTION_LOGS', done.stdout, re.MULTILINE)
    assert re.search(r'^metrics = "8d" .*--retention-metrics', done.stdout, re.MULTILINE)
    assert re.search(r'^listen = "127\.0\.0\.1:7070" .*default', done.stdout, re.MULTILINE)


def test_the_page_and_the_documents(shared_server):
    """What a browser asks for first is there, and asks for nothing from elsewhere."""
    page = requests.get(shared_server.url + "/", timeout=30)
    assert page.status_code == 200 and page.headers["Content-Type"].startswith("text/html")
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy or "default-src 'none'" in policy
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    document = requests.get(shared_server.url + "/api/openapi.json", timeout=30).json()
    assert "/api/v1/monitoring/traces/{trace_id}" in document["paths"]
    docs = requests.get(shared_server.url + "/api/docs", timeout=30)
    assert docs.status_code == 200
    assert not re.search(r'(src|href)="(https?:)?//', docs.text)


def test_tokens_from_the_command_line(server):
    """Made, listed and revoked beside the running server, which notices."""
    target = server()
    data = ["--data", str(target.folder)]
    made = program.run("token", *data, "create", "ci", "--scope", "read")
    assert made.returncode == program.GOOD, made.stderr
    token = made.stdout.strip()
    headers = {"Authorization": f"Bearer {token}"}
    assert target.request("GET", "/metrics", headers=headers).status_code == 200
    listed = program.run("token", *data, "list").stdout
    (line,) = [line for line in listed.splitlines() if " ci " in line]
    assert "read" in line and token not in listed
    revoked = program.run("token", *data, "revoke", line.split()[0])
    assert revoked.returncode == program.GOOD, revoked.stderr

    def refused():
        return target.request("GET", "/metrics", headers=headers).status_code == 401

    program.wait_until("the server refuses the revoked token", refused)
    link = program.run("token", *data, "sign-in-link").stdout.strip()
    assert link.startswith(target.url + "/sign-in?code=")
    assert requests.get(link, timeout=30, allow_redirects=False).status_code == 303
