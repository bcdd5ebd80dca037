"""Recording rules and scraping as a team sets them up: in files, changed while the server runs."""

import http.server
import threading

import pytest

import program
from prometheus import Api

RULES = """
groups:
  - name: shop
    interval: 1s
    rules:
      - record: job:requests:sum
        expr: sum by (job) (requests)
        labels: {{ team: shop }}
{more}
"""

LATER = """
      - record: job:requests:twice
        expr: 2 * job:requests:sum
"""


class Target:
    """A service that exposes what a test says, on loopback."""

    def __init__(self):
        self.body, self.status = b"", 200
        target = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):  # noqa: N802 - the library's name.
                self.send_response(target.status)
                self.send_header("content-type", "text/plain; version=0.0.4")
                self.send_header("content-length", str(len(target.body)))
                self.end_headers()
                self.wfile.write(target.body)

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = "127.0.0.1:%d" % self.server.server_port
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def target():
    made = Target()
    yield made
    made.close()


@pytest.fixture
def scraping(server, target, tmp_path):
    """A server that scrapes the target every half second and has rules of its own."""
    rules = tmp_path / "rules.yml"
    rules.write_text(RULES.format(more=""))
    # The program reads the settings file where it is started: beside its log.
    (tmp_path / "plimsoll.toml").write_text(
        f"""
[rules]
files = ["{rules}"]
[scrape]
scrape_interval = "500ms"
[[scrape.scrape_configs]]
job_name = "app"
static_configs = [{{ targets = ["{target.address}", "127.0.0.1:1"] }}]
"""
    )
    made = server()
    made.rules = rules
    return made


def vector(server, query):
    """The values of a query now, by their labels without the name."""
    answer = Api.of(server).data("query", query=query)["result"]
    return {
        tuple(sorted((n, v) for n, v in series["metric"].items() if n != "__name__")): float(
            series["value"][1]
        )
        for series in answer
    }


def eventually(server, query, expected):
    program.wait_until(f"{query} is {expected}", lambda: vector(server, query) == expected)


def test_what_is_scraped_comes_and_goes(scraping, target):
    here = (("instance", target.address), ("job", "app"))
    there = (("instance", "127.0.0.1:1"), ("job", "app"))
    target.body = b'requests{path="/"} 5\nrequests{path="/pay"} 7\n'
    eventually(scraping, "up", {here: 1.0, there: 0.0})
    eventually(scraping, "sum(requests)", {(): 12.0})
    # A series that is no longer exposed ends at once, not after five minutes.
    target.body = b'requests{path="/"} 6\n'
    eventually(scraping, "requests", {(*here, ("path", "/")): 6.0})
    assert vector(scraping, "scrape_samples_scraped")[here] == 1.0
    # A line that is wrong fails the scrape: the target is down, its series end, and it says where.
    target.body = b"requests 1\nrequests{path= 2\n"
    eventually(scraping, "up", {here: 0.0, there: 0.0})
    eventually(scraping, "requests", {})
    found = Api.of(scraping).data("targets")["activeTargets"]
    (told,) = [one for one in found if one["labels"]["instance"] == target.address]
    assert told["health"] == "down" and "line 2" in told["lastError"], told
    target.body = b"requests 3\n"
    eventually(scraping, "requests", {here: 3.0})


def test_rules_record_and_follow_their_file(scraping, target):
    target.body = b"requests 5\n"
    labels = (("job", "app"), ("team", "shop"))
    eventually(scraping, "job:requests:sum", {labels: 5.0})
    # A wrong file changes nothing.
    scraping.rules.write_text("groups: [{name: shop, rules: [{record: x, expr: 'sum('}]}]")
    program.wait_until("told in the log", lambda: "rules.yml:1:" in scraping.log())
    target.body = b"requests 8\n"
    eventually(scraping, "job:requests:sum", {labels: 8.0})
    # A later rule sees what an earlier one has recorded; what is taken away ends.
    scraping.rules.write_text(RULES.format(more=LATER))
    eventually(scraping, "job:requests:twice", {labels: 16.0})
    scraping.rules.write_text(RULES.format(more=""))
    eventually(scraping, "job:requests:twice", {})
    (group,) = Api.of(scraping).data("rules")["groups"]
    (rule,) = group["rules"]
    assert (rule["name"], rule["health"], rule["type"]) == ("job:requests:sum", "ok", "recording")
    eventually(scraping, "job:requests:sum", {labels: 8.0})


def test_rules_are_checked_before_they_are_used(server, tmp_path):
    good, bad = tmp_path / "good.yml", tmp_path / "bad.yml"
    good.write_text(RULES.format(more=LATER))
    bad.write_text(RULES.format(more="      - record: x\n        expr: sum(\n"))
    checked = program.run("rules", "check", good)
    assert (checked.returncode, "2 rules found" in checked.stdout) == (0, True), checked
    checked = program.run("rules", "check", good, bad)
    assert checked.returncode == 1, checked
    assert f"{bad}:10:" in checked.stdout and "SUCCESS" in checked.stdout, checked.stdout
    assert program.run("rules", "check", tmp_path / "absent.yml").returncode == 2
    # A server does not start with rules that are wrong.
    wrong = server(start=False, rules__files=str(bad)).spawn()
    assert wrong.process.wait(program.DEADLINE_S) == program.FAILED
    assert f"{bad}:10:" in wrong.log()
