"""What is written and asked: requests made beforehand, so that the sender is never what is
measured.

Two parts, both up to when the bench began. The flood, of which writing is measured: many series, a
few samples of each, sent round by round as they would be scraped. The history: a thousand series
that go back a day, behind most questions. Of the flood half of the series count whole things up, a
fifth seconds with two digits, a fifth are gauges that wander, a tenth never change.
"""

import http.client
import itertools
import json
import random
import resource
import struct
import threading
import time
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

import process  # noqa: F401 - it finds tests/e2e.

import remote_write

STEP_MS = 15_000
HOUR_MS = 3_600_000
# As Prometheus sends them by default.
SERIES_PER_REQUEST = 2_000
CONNECTIONS = 4
WARM_UP = 2
ANSWER_DEADLINE_S = 400

JOBS, INSTANCES, HANDLERS = 10, 60, 10
BOUNDS = ("0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "+Inf")


class Template:
    """A request of one sample a series, of which only values and the time change from round to
    round.
    """

    def __init__(self, labels, makers):
        self.makers = makers
        self.body, self.values, self.times = bytearray(), [], []
        for one in labels:
            series = remote_write.series_v1(remote_write.Series(one, [(1 << 40, 0.0)]))
            self.body += remote_write.tagged(1, series)
            # A sample is its last 16 bytes: a tag, the value, a tag, the time of six bytes.
            self.values.append(len(self.body) - 15)
            self.times.append(len(self.body) - 6)

    def request(self, time_ms):
        body, when = self.body, remote_write.varint(time_ms)
        assert len(when) == 6
        pack = struct.Struct("<d").pack_into
        for value_at, time_at, make in zip(self.values, self.times, self.makers, strict=True):
            pack(body, value_at, make())
            body[time_at : time_at + 6] = when
        return remote_write.PACK["snappy"](bytes(body))


def counter(rng, most):
    """Whole things, counted up."""
    steps = (int(rng.random() * most) for _ in itertools.count())
    return map(float, itertools.accumulate(steps, initial=rng.randrange(1_000_000))).__next__


def seconds(rng):
    """Seconds of work, in hundredths."""
    total = rng.randrange(1_000_000)

    def step():
        nonlocal total
        total += int(rng.random() * 1_500)
        return total / 100

    return step


def gauge(rng):
    """Wanders."""
    level = rng.randrange(100_000)

    def step():
        nonlocal level
        level += int(rng.random() * 201) - 100
        return float(level)

    return step


def makers(rng, number):
    """The kind of a series by its number."""
    match number % 10:
        case 0 | 1 | 2 | 3 | 4:
            return counter(rng, 1_000)
        case 5 | 6:
            return seconds(rng)
        case 7 | 8:
            return gauge(rng)
        case _:
            return itertools.repeat(float(rng.randrange(1_000_000))).__next__


KINDS = ("requests_total", "errors_total", "bytes_total", "retries_total", "events_total")
FLOOD = (*KINDS, "cpu_seconds_total", "busy_seconds_total", "memory_bytes", "queue_length", "limit")


def flood_labels(number):
    """A series of the flood: about ten labels, some with few values, one with many."""
    host = number // 100
    return remote_write.named(
        f"flood_{FLOOD[number % 10]}",
        job=f"job-{host % 20}",
        instance=f"10.{host >> 8 & 255}.{host & 255}.7:9100",
        pod=f"service-{host % 20}-{host * 2_654_435_761 % 2**32:08x}",
        namespace=("default", "shop", "payments")[host % 3],
        region=("eu-west-1", "us-east-1")[host % 2],
        route=f"/api/v1/resource-{number // 10 % 10}",
        method="GET",
    )


def history_series():
    """Labels and makers of the history."""
    rng = random.Random(1)
    for job in range(JOBS):
        for instance in range(INSTANCES):
            labels = remote_write.named(
                "http_requests_total",
                job=f"job-{job}",
                instance=f"host-{instance}",
                status=("200", "404", "500")[instance % 3],
                handler=f"/path-{instance % HANDLERS}",
            )
            yield labels, counter(rng, 500)
    for job, handler in itertools.product(range(4), range(HANDLERS)):
        steps = [counter(rng, 20) for _ in BOUNDS]
        for n, bound in enumerate(BOUNDS):
            labels = remote_write.named(
                "http_request_duration_seconds_bucket",
                job=f"job-{job}",
                handler=f"/path-{handler}",
                le=bound,
            )
            yield labels, cumulative(steps, n)


def cumulative(steps, upto):
    """A histogram's bucket counts all below it. Asked in the order of bounds, each once a round."""
    if upto == 0:
        steps.append([0.0])  # What was counted so far in this round.

    def step():
        total = steps[-1]
        total[0] = (0.0 if upto == 0 else total[0]) + steps[upto]()
        return total[0]

    return step


class Workload:
    """The requests of both parts, and the questions."""

    def __init__(self, series, rounds, hours):
        self.end_ms = time.time_ns() // 1_000_000 // STEP_MS * STEP_MS
        rng = random.Random(2)
        numbers = [
            range(n, min(n + SERIES_PER_REQUEST, series))
            for n in range(0, series, SERIES_PER_REQUEST)
        ]
        templates = [
            Template([flood_labels(n) for n in part], [makers(rng, n) for n in part])
            for part in numbers
        ]
        # A series' samples go over one connection, in order.
        self.lanes = [[] for _ in range(CONNECTIONS)]
        for number in range(rounds):
            when = self.end_ms - (rounds - 1 - number) * STEP_MS
            for n, template in enumerate(templates):
                self.lanes[n % CONNECTIONS].append(template.request(when))
        self.samples = series * rounds
        self.bytes_sent = sum(len(body) for lane in self.lanes for body in lane)
        self.history_hours = hours
        labels, steps = zip(*history_series(), strict=True)
        history = Template(labels, steps)
        self.history = [
            history.request(self.end_ms - back) for back in range(hours * HOUR_MS, -1, -STEP_MS)
        ]

    def send_history(self, system):
        send(system, [self.history])

    def send(self, system):
        """Sends the flood; seconds by the clock, and of the sender's own CPU time."""
        begin, own = time.monotonic(), own_cpu_seconds()
        send(system, self.lanes)
        return {"seconds": time.monotonic() - begin, "cpu_seconds": own_cpu_seconds() - own}

    def questions(self):
        """Ten kinds that dashboards and people ask."""
        end = self.end_ms // 1000
        hour = {"start": end - 3_600, "end": end, "step": 15}
        day = {"start": end - min(24, self.history_hours - 1) * 3_600, "end": end, "step": 60}
        at = {"time": end}
        window = {"start": end - 3_600, "end": end}
        requests = "http_requests_total"
        quantile = "http_request_duration_seconds_bucket[5m]"
        by_regex = f'{requests}{{instance=~"host-1.*",handler!~"/path-[0-4]"}}'
        one = f'{requests}{{job="job-3",instance="host-17"}}'
        return [
            Question(
                "rate by label, 1 h", "query_range", f"sum by (job) (rate({requests}[5m]))", hour
            ),
            Question(
                "rate by label, 24 h", "query_range", f"sum by (job) (rate({requests}[5m]))", day
            ),
            Question(
                "quantile of a histogram, 1 h",
                "query_range",
                f"histogram_quantile(0.99, sum by (le, handler) (rate({quantile})))",
                hour,
            ),
            Question("topk", "query", f"topk(10, rate({requests}[5m]))", at),
            Question(
                "regular expressions, 1 h",
                "query_range",
                f"sum by (status) (rate({by_regex}[5m]))",
                hour,
            ),
            Question(
                "sum over many series", "query", "sum by (job) (rate(flood_requests_total[5m]))", at
            ),
            Question(
                "count of many series", "query", 'count by (namespace) ({__name__=~"flood_.*"})', at
            ),
            Question("one series", "query", one, at),
            Question("values of a label", "label/instance/values", "flood_limit", window),
            Question("series", "series", f'{requests}{{job="job-3"}}', window),
        ]


@dataclass(frozen=True)
class Question:
    """A request of Prometheus' API, and how many series or values its answer has."""

    name: str
    path: str
    text: str
    when: dict

    def ask(self, system):
        """Milliseconds to the last byte, and the size of the answer."""
        key = "query" if self.path.startswith("query") else "match[]"
        target = f"{system.query_path}/{self.path}?{urlencode({key: self.text, **self.when})}"
        connection = http.client.HTTPConnection(
            urlsplit(system.url).netloc, timeout=ANSWER_DEADLINE_S
        )
        connection.connect()
        begin = time.perf_counter()
        connection.request("GET", target, headers=system.headers)
        response = connection.getresponse()
        body = response.read()
        took_ms = (time.perf_counter() - begin) * 1000
        connection.close()
        if response.status != 200:
            raise RuntimeError(f"{self.name}: {response.status} {body[:500]!r}")
        data = json.loads(body)["data"]
        return took_ms, len(data["result"] if isinstance(data, dict) else data)


def own_cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def send(system, lanes):
    """Sends each lane's requests over a connection of its own; each must be taken."""
    failures = []

    def run(lane):
        try:
            send_lane(system, lane)
        except Exception as error:  # noqa: BLE001 - raised below, by the thread that measures.
            failures.append(error)

    threads = [threading.Thread(target=run, args=(lane,)) for lane in lanes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def send_lane(system, lane):
    connection = http.client.HTTPConnection(urlsplit(system.url).netloc, timeout=ANSWER_DEADLINE_S)
    headers = {
        "Content-Type": remote_write.CONTENT_TYPES[remote_write.V1],
        "Content-Encoding": "snappy",
        "X-Prometheus-Remote-Write-Version": "0.1.0",
        **system.headers,
    }
    for body in lane:
        while True:
            connection.request("POST", system.write_path, body, headers)
            answer = connection.getresponse()
            text = answer.read()
            if answer.status == 204:
                break
            if answer.status not in (429, 503):
                raise RuntimeError(f"a write was answered {answer.status}: {text[:500]!r}")
            # As it says when to come back.
            time.sleep(float(answer.getheader("Retry-After", "1")))
    connection.close()
