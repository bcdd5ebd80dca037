"""Clients of Prometheus that we did not write, on the program: promtool, a library from PyPI, what
Grafana asks, and Prometheus itself, writing to it and scraping it. What they get is what Prometheus
gives them.
"""

import datetime
import http.client
import http.server
import json
import re
import subprocess
import threading
import time
from urllib.parse import urlsplit

import prometheus_api_client
import pytest

import program
import promql_data
import remote_write
from prometheus import PROMTOOL, Api, Prometheus, labels_key, need
from remote_write import Series, named

SEED = 2
BASE_S = promql_data.a_base_s()
END_S = BASE_S + promql_data.STEPS * promql_data.STEP_MS // 1000 - 60
# Whole seconds that no sample and no step lies on: see `promql_queries`.
AT_S = (BASE_S + 4_000) // 10 * 10 + 3


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """Prometheus and the program with the same series: (theirs, ours)."""
    folder = tmp_path_factory.mktemp("clients")
    peer = Prometheus(folder / "prometheus")
    server = program.Server(folder / "data", folder / "server.log")
    try:
        peer.start()
        server.start()
        maker = promql_data.make(BASE_S, SEED)
        said = {"requests_total": ("counter", "Requests taken", "")}
        for piece in promql_data.pieces(maker):
            for target in (peer, server):
                connection = remote_write.Connection(Api.of(target).write_url, target.token)
                answer = connection.send(piece, metadata=said)
                assert answer.status == 204, answer
                connection.close()
        yield peer, server
    finally:
        peer.stop()
        if server.running():
            server.kill()


@pytest.fixture
def server(request, pair):
    """The program; its log is shown where the test fails."""
    request.node.servers = [pair[1]]
    return pair[1]


@pytest.fixture
def both(pair, server):
    """The API of either: (theirs, ours)."""
    return Api.of(pair[0]), Api.of(server)


# promtool.


class WithToken(http.server.BaseHTTPRequestHandler):
    """Passes requests on with the credentials that promtool before 2.46 cannot be told."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        connection = http.client.HTTPConnection(self.server.target, timeout=program.DEADLINE_S)
        headers = {"Authorization": f"Bearer {self.server.token}"}
        if "Content-Type" in self.headers:
            headers["Content-Type"] = self.headers["Content-Type"]
        connection.request(self.command, self.path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.getheader("Content-Type"))
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        connection.close()

    do_GET = do_POST

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def promtool(pair, tmp_path_factory):
    """`promtool("instant", "up")` asks both: (theirs, ours), each its lines in order."""
    tool, (peer, server) = need(PROMTOOL), pair
    config = tmp_path_factory.mktemp("promtool") / "http.yml"
    config.write_text(f"authorization:\n  credentials: {server.token}\n")
    told = subprocess.run(
        [tool, "query", "instant", "--help"], capture_output=True, text=True, check=False
    )
    knows_config = "--http.config.file" in told.stdout + told.stderr
    proxy = http.server.ThreadingHTTPServer(("127.0.0.1", 0), WithToken)
    proxy.target, proxy.token = urlsplit(server.url).netloc, server.token
    thread = threading.Thread(target=proxy.serve_forever)
    thread.start()
    ours = ["--http.config.file", config], server.url
    if not knows_config:
        ours = [], f"http://127.0.0.1:{proxy.server_port}"

    def ask(command, *arguments, flags=()):
        answers = []
        for options, url in (([], peer.url), (ours[0], ours[1] + "/prometheus")):
            line = [tool, "query", command, *options, *flags, url, *arguments]
            done = subprocess.run(
                [str(part) for part in line],
                capture_output=True,
                text=True,
                check=False,
                timeout=60,
            )
            answers.append((done.returncode, sorted(done.stdout.splitlines()), done.stderr))
        return answers

    yield ask
    proxy.shutdown()
    thread.join()
    proxy.server_close()


# Numbers with a fraction: their last digit depends on how a sum is rounded.
FRACTION = re.compile(r"(?<![\w.])-?\d+\.\d+")


def same_lines(theirs, ours):
    """The same words, and the same numbers."""
    assert [FRACTION.sub("#", line) for line in ours] == [
        FRACTION.sub("#", line) for line in theirs
    ]
    numbers = [[float(n) for n in FRACTION.findall("\n".join(side))] for side in (theirs, ours)]
    assert numbers[1] == pytest.approx(numbers[0], rel=1e-9)


@pytest.mark.parametrize(
    "query",
    [
        "requests_total",
        "sum by (job) (rate(requests_total[5m]))",
        "1 + 1",
        "vector(1)",
        "nothing_there",
    ],
)
def test_promtool_instant(promtool, query):
    theirs, ours = promtool("instant", query, flags=["--time", AT_S])
    same_lines(theirs[1], ours[1])
    assert ours[0] == theirs[0] and ours[2] == theirs[2]
    assert theirs[0] == 0 and (theirs[1] or query == "nothing_there")


def test_promtool_range(promtool):
    flags = ["--start", AT_S, "--end", AT_S + 600, "--step", "30s"]
    theirs, ours = promtool("range", "max by (floor) (temperature)", flags=flags)
    same_lines(theirs[1], ours[1])
    assert len(theirs[1]) > 50


def test_promtool_series(promtool):
    flags = ["--match", 'requests_total{status="200"}', "--match", "humidity"]
    flags += ["--start", BASE_S, "--end", END_S]
    theirs, ours = promtool("series", flags=flags)
    assert ours == theirs and len(theirs[1]) == 9


def test_promtool_labels(promtool):
    flags = ["--start", BASE_S, "--end", END_S]
    for name in ("job", "room", "none"):
        theirs, ours = promtool("labels", name, flags=flags)
        assert ours == theirs


def test_promtool_errors(promtool):
    """It says what is wrong, and fails."""
    theirs, ours = promtool("instant", "sum(")
    assert ours[0] == theirs[0] != 0
    assert ours[1] == theirs[1] == []
    assert "parse error" in ours[2] and "bad_data" in ours[2], ours


# A client library.


@pytest.fixture
def clients(pair):
    """prometheus-api-client on both: (theirs, ours)."""
    peer, server = pair
    headers = {"Authorization": f"Bearer {server.token}"}
    return (
        prometheus_api_client.PrometheusConnect(peer.url),
        prometheus_api_client.PrometheusConnect(server.url + "/prometheus", headers=headers),
    )


def moment(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC)


def same_numbers(theirs, ours):
    """Series of both, in any order, values as numbers."""
    assert len(ours) == len(theirs) > 0
    theirs, ours = ({labels_key(one["metric"]): one for one in side} for side in (theirs, ours))
    assert ours.keys() == theirs.keys()
    for key, one in theirs.items():
        for name in ("value", "values"):
            if name in one:
                points = one[name] if name == "values" else [one[name]]
                others = ours[key][name] if name == "values" else [ours[key][name]]
                assert [at for at, _ in others] == [at for at, _ in points], key
                values = [float(value) for _, value in others]
                assert values == pytest.approx([float(value) for _, value in points], rel=1e-9), key


def test_client_library(clients):
    theirs, ours = clients
    assert ours.check_prometheus_connection()
    assert set(ours.all_metrics()) == set(theirs.all_metrics())
    at = {"time": AT_S}
    for query in (
        "requests_total",
        "sum(rate(requests_total[5m]))",
        'temperature{room="hall"} > 10',
    ):
        same_numbers(theirs.custom_query(query, at), ours.custom_query(query, at))
    span = {"start_time": moment(AT_S), "end_time": moment(AT_S + 900)}
    same_numbers(
        *(one.custom_query_range("rate(errors_total[5m])", step="30", **span) for one in clients)
    )
    same_numbers(
        *(one.get_metric_range_data("humidity", {"floor": "1"}, **span) for one in clients)
    )
    same_numbers(
        *(one.get_current_metric_value("queue_size", {"shard": "1"}, at) for one in clients)
    )
    window = {"start": BASE_S, "end": END_S}
    names = [one.get_label_names({**window, "match[]": "requests_total"}) for one in clients]
    assert names[1] == names[0] and len(names[0]) == 5
    values = [one.get_label_values("room", window) for one in clients]
    assert values[1] == values[0] and len(values[0]) == 3
    series = [
        one.get_series(moment(BASE_S), moment(END_S), {"match[]": "build_info"}) for one in clients
    ]
    assert sorted(map(labels_key, series[1])) == sorted(map(labels_key, series[0]))
    assert ours.get_metric_metadata("requests_total")[0]["type"] == "counter"
    with pytest.raises(prometheus_api_client.PrometheusApiClientException):
        ours.custom_query("sum(")


# What Grafana asks.


def test_grafana_data_source(both):
    """The test of a data source: its build, a query by POST, labels."""
    _, ours = both
    info = ours.data("status/buildinfo")
    # It chooses what it may ask by the version.
    assert re.fullmatch(r"\d+\.\d+\.\d+", info["version"]) and int(info["version"][0]) >= 2
    answer = ours.ask("query", "POST", query="1+1", time=AT_S)
    assert answer["data"] == {"resultType": "scalar", "result": [AT_S, "2"]}
    for path in ("status/runtimeinfo", "status/flags", "status/tsdb", "rules", "alerts", "targets"):
        assert isinstance(ours.data(path), dict), path
    assert ours.data("rules")["groups"] == []
    assert ours.data("alerts")["alerts"] == []
    assert ours.data("targets")["activeTargets"] == []


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_grafana_labels_and_series(both, method):
    """The query builder: metrics, labels of a selection, their values, in Prometheus' order."""
    window = {"start": BASE_S, "end": END_S}
    for path, more in [
        ("labels", {}),
        ("labels", {"match": 'requests_total{job="api"}'}),
        ("labels", {"match": ["requests_total", "temperature"]}),
        ("series", {"match": 'requests_total{job=~"a.*",status!="200"}'}),
        ("series", {"match": ["humidity", "{__name__=~'build.*'}"]}),
        ("series", {"match": "nothing_there"}),
    ]:
        found = [api.data(path, method, **window, **more) for api in both]
        theirs, ours = found if path == "labels" else [sorted(map(labels_key, f)) for f in found]
        assert ours == theirs, (path, more)
    for name, more in [
        ("__name__", {}),
        ("__name__", {"match": '{job="batch"}'}),
        ("status", {"match": 'requests_total{job="api"}'}),
        ("le", {"match": "latency_seconds_bucket"}),
        ("none", {}),
    ]:
        # By GET alone, as in Prometheus.
        theirs, ours = (api.data(f"label/{name}/values", **window, **more) for api in both)
        assert ours == theirs, (name, more)


def test_grafana_panels(both):
    """Panels ask by form, with steps of their own; Prometheus' answers have the same shape."""
    for query in (
        "sum by (status) (rate(requests_total[1m]))",
        "histogram_quantile(0.95, sum by (le) (rate(latency_seconds_bucket[5m])))",
        "special",
    ):
        for step in ("15", "60s", "1m"):
            # Grafana sends what Prometheus may not know as well.
            more = {
                "query": query,
                "start": AT_S,
                "end": AT_S + 1_800,
                "step": step,
                "timeout": "30s",
            }
            theirs, ours = (api.ask("query_range", "POST", **more)["data"] for api in both)
            assert ours["resultType"] == theirs["resultType"] == "matrix"
            if query != "special":
                same_numbers(theirs["result"], ours["result"])
            else:
                # NaN, infinities and the smallest number, in Prometheus' own words.
                texts = [
                    {v for one in side["result"] for _, v in one["values"]}
                    for side in (theirs, ours)
                ]
                assert texts[1] == texts[0] > {"NaN", "+Inf", "-Inf", "1e-300"}


def test_grafana_metadata_and_exemplars(both, server):
    _, ours = both
    said = ours.data("metadata")
    assert said["requests_total"] == [{"type": "counter", "help": "Requests taken", "unit": ""}]
    assert ours.data("metadata", metric="requests_total").keys() == {"requests_total"}
    assert len(ours.data("metadata", limit=1)) == 1
    now_ms, ids = time.time_ns() // 1_000_000, {"trace_id": "0af7651916cd43dd8448eb211c80319c"}
    series = Series(
        named("traced_total", job="api"), [(now_ms, 1.0)], exemplars=[(now_ms, 0.5, ids)]
    )
    connection = remote_write.Connection(ours.write_url, server.token)
    assert connection.send([series]).status == 204
    window = {"start": now_ms / 1000 - 60, "end": now_ms / 1000 + 60}
    for method in ("GET", "POST"):
        (found,) = ours.data(
            "query_exemplars", method, query="sum(rate(traced_total[5m]))", **window
        )
        assert found["seriesLabels"] == series.labels
        (exemplar,) = found["exemplars"]
        assert exemplar == {"labels": ids, "value": "0.5", "timestamp": now_ms / 1000}


def test_grafana_errors(both):
    """Errors have Prometheus' kinds, which Grafana shows."""
    for path, more in [
        ("query", {"query": "sum("}),
        ("query", {"query": ""}),
        ("query", {"query": "up", "time": "yesterday"}),
        ("query_range", {"query": "up", "start": AT_S, "end": AT_S - 1, "step": 15}),
        ("query_range", {"query": "up", "start": AT_S, "end": AT_S + 1, "step": 0}),
        ("query_range", {"query": "up", "start": 0, "end": AT_S, "step": 1}),
        ("query_range", {"query": "up[5m]", "start": AT_S, "end": AT_S + 1, "step": 1}),
        ("query", {"query": "requests_total + on (job) errors_total", "time": AT_S}),
        ("series", {}),
        ("series", {"match": "{}"}),
        ("query_exemplars", {"query": "sum("}),
    ]:
        theirs, ours = (api.ask(path, **more) for api in both)
        assert ours["status"] == theirs["status"], (path, more, theirs, ours)
        assert ours.get("errorType") == theirs.get("errorType"), (path, more, theirs, ours)
        if ours["status"] == "error":
            assert ours["error"]


def test_without_a_token(server):
    """Nobody asks without one."""
    for path in ("query?query=1", "labels", "series?match[]=up", "metadata"):
        answer = server.request("GET", f"/prometheus/api/v1/{path}", headers={})
        assert answer.status_code == 401, path
    assert server.request("GET", "/prometheus/federate?match[]=up", headers={}).status_code == 401


def test_formatting_and_parsing(both):
    """`format_query` as Prometheus has it; `parse_query` is younger than 2.42."""
    theirs, ours = both
    for query in (
        "sum(rate(requests_total[5m]))by(job)",
        "foo/bar",
        "topk (3,a)  without(x)",
        "a+on(b)group_left(c)d offset 5m @ 17",
    ):
        assert ours.data("format_query", query=query) == theirs.data("format_query", query=query)
    tree = ours.data("parse_query", query="sum by (job) (rate(requests_total[5m]))")
    assert tree["type"] == "aggregation" and tree["grouping"] == ["job"]
    assert ours.ask("parse_query", query="sum(")["errorType"] == "bad_data"


# Prometheus itself.


def writing_config(server, port):
    """Scrapes itself every second, and writes all of it to the program."""
    return f"""
global:
  scrape_interval: 1s
scrape_configs:
  - job_name: self
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
  - job_name: nobody-there
    static_configs: [{{targets: ["127.0.0.1:1"]}}]
remote_write:
  - url: {server.url}/prometheus/api/v1/write
    authorization: {{credentials: {server.token}}}
    send_exemplars: true
    send_native_histograms: true
    queue_config: {{batch_send_deadline: 200ms}}
    metadata_config: {{send_interval: 1s}}
"""


class Scraping(Prometheus):
    """Prometheus with a configuration that needs to know its own port."""

    def __init__(self, folder, make_config):
        super().__init__(folder, "")
        self.make_config = make_config

    def _spawn(self, port):
        self.config = self.make_config(port)
        super()._spawn(port)


@pytest.fixture
def scraping(tmp_path):
    """Starts Prometheus with a configuration made for its port."""
    started = []

    def start(make_config):
        started.append(Scraping(tmp_path / f"prometheus{len(started)}", make_config))
        return started[-1].start()

    yield start
    for peer in started:
        peer.stop()


@pytest.fixture
def own_server(request, tmp_path):
    """A server of this test's own."""
    made = program.Server(tmp_path / "data", tmp_path / "server.log").start()
    request.node.servers = [made]
    yield made
    if made.running():
        made.kill()


def test_prometheus_writes(own_server, scraping):
    """Each sample that Prometheus stores of its scrapes is here, and nothing else."""
    peer = scraping(lambda port: writing_config(own_server, port))
    theirs, ours = Api.of(peer), Api.of(own_server)

    def scrapes():
        found = theirs.instant('count_over_time(up{job="self"}[1h])', time.time())
        return found and float(found[0]["value"][1])

    program.wait_until("some scrapes", lambda: (scrapes() or 0) >= 6)
    # What was scraped until then; a scrape has one time, and its samples are stored together.
    end_ms = max(at for at, _ in samples(theirs, 'up{job="self"}', time.time()).popitem()[1])
    query = '{job=~"self|nobody-there"}'

    def arrived():
        sides = [until(samples(api, query, time.time()), end_ms) for api in (theirs, ours)]
        return sides if sides[0] == sides[1] else None

    try:
        found, _ = program.wait_until("all that was scraped is here", arrived)
    except AssertionError:
        pytest.fail(
            difference(*(until(samples(a, query, time.time()), end_ms) for a in (theirs, ours)))
        )
    assert (
        len(found) > 300
        and len(found[labels_key(named("up", job="self", instance=own_instance(peer)))]) >= 5
    )
    down = labels_key(named("up", job="nobody-there", instance="127.0.0.1:1"))
    assert {value for _, value in found[down]} == {"0"}
    # What metrics are is sent by itself, every second.
    said = program.wait_until(
        "metadata", lambda: ours.data("metadata", metric="prometheus_http_requests_total")
    )
    assert said == theirs.data("metadata", metric="prometheus_http_requests_total")
    # The same questions have the same answers.
    at = end_ms / 1000 + 0.001
    for query in (
        # Counters that begin here are extrapolated otherwise by 2.42: no rates.
        "sum by (handler) (prometheus_http_requests_total)",
        "sum by (le) (prometheus_http_request_duration_seconds_bucket)",
        "changes(prometheus_tsdb_head_samples_appended_total[1m])",
        "up",
    ):
        same_numbers(*(settled(api.instant(query, at)) for api in (theirs, ours)))


def own_instance(peer):
    return urlsplit(peer.url).netloc


def settled(found):
    """Without what is no number yet."""
    return [one for one in found if one["value"][1] != "NaN"]


def samples(api, selector, at):
    """{labels: [(ms, value)]} of the last hour."""
    found = api.instant(f"{selector}[1h]", at)
    return {
        labels_key(one["metric"]): [(round(when * 1000), value) for when, value in one["values"]]
        for one in found
        if "values" in one
    }


def until(found, end_ms):
    cut = {key: [point for point in points if point[0] <= end_ms] for key, points in found.items()}
    return {key: points for key, points in cut.items() if points}


def difference(theirs, ours):
    """The first few series that differ."""
    keys = [key for key in theirs.keys() | ours.keys() if theirs.get(key) != ours.get(key)]
    lines = [f"{dict(key)}\n  {theirs.get(key)}\n  {ours.get(key)}" for key in keys[:5]]
    return f"{len(keys)} of {len(theirs)} series differ (Prometheus, the program):\n" + "\n".join(
        lines
    )


def test_prometheus_federates(server, scraping):
    """Prometheus scrapes what the program has newest, by selector, with its labels and times."""
    now_ms = time.time_ns() // 1_000_000 - 500
    series = [
        Series(named("federated", job="app", n=n, text='a"b\\c'), [(now_ms, n / 7)])
        for n in range(5)
    ]
    series += [
        Series(named("federated_total", job="app", n=n), [(now_ms, 10.0**n)]) for n in range(3)
    ]
    series.append(Series(named("federated_not", job="app"), [(now_ms, 1.0)]))
    connection = remote_write.Connection(Api.of(server).write_url, server.token)
    assert connection.send(series).status == 204
    config = f"""
global:
  scrape_interval: 1s
scrape_configs:
  - job_name: federate
    honor_labels: true
    metrics_path: /prometheus/federate
    params: {{"match[]": ["{{job='app', __name__=~'federated(_total)?'}}", "federated_total"]}}
    authorization: {{credentials: {server.token}}}
    static_configs: [{{targets: ["{urlsplit(server.url).netloc}"]}}]
"""
    theirs = Api.of(scraping(lambda _: config))
    program.wait_until("a scrape", lambda: theirs.instant('up{job="federate"} == 1', time.time()))
    found = samples(theirs, '{job="app"}', time.time())
    expected = {labels_key(one.labels): one.samples for one in series[:-1]}
    # Labels as they are here: not even the instance of whoever was scraped.
    found = {key: [(at, float(value)) for at, value in points] for key, points in found.items()}
    assert found == expected


def test_the_text_of_a_federation(server):
    """The text format, escaped; without a selector a word what is missing."""
    answer = server.request("GET", "/prometheus/federate", params={"match[]": "humidity"})
    assert answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/plain")
    # The data has ended: nothing is newer than five minutes, unless it was made just now.
    for line in answer.text.splitlines():
        assert re.fullmatch(r'(# .*)|humidity\{floor="\d",instance=""\} \S+ \d+', line), line
    missing = server.request("GET", "/prometheus/federate")
    assert missing.status_code == 400 and "match[]" in json.dumps(missing.json())
