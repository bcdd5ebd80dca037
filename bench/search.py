"""How long a trace by its id and a search by an attribute take, over one HTTP connection.

Every answer is checked before its time counts. What is asked for is chosen from the store: traces
spread over the run, the marked values of `ingest`, and the values of an attribute with few.
"""

import http.client
import itertools
import json
import statistics
import time
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from ingest import MARKED_KEY
from process import ANSWER_DEADLINE_S

TRACES = "/api/v1/monitoring/traces"
COMMON_KEY = "app.region"

# Requests before those that count.
WARM_UP = 10


@dataclass
class Question:
    """A kind of request: paths that ask it, and what is right as an answer to any of them."""

    name: str
    paths: list
    is_right: callable


def questions(server, marks, count):
    """The three kinds, with up to `count` different requests each."""
    low, high = time_bounds(server)
    # Unix seconds around all spans.
    window = {"from": low // 10**9, "to": high // 10**9 + 1}

    def searches(key, values):
        return [f"{TRACES}?{urlencode({**window, 'attr': f'{key}={value}'})}" for value in values]

    traces = [f"{TRACES}/{quote(trace)}" for trace in spread_traces(server, low, high, count)]
    return [
        Question("trace by id", traces, lambda answer: len(answer["spans"]) >= 1),
        Question(
            "search, one hit",
            searches(MARKED_KEY, spread(marks, count)),
            lambda answer: len(answer["traces"]) == 1,
        ),
        Question(
            "search, many hits",
            searches(COMMON_KEY, common_values(server)),
            lambda answer: len(answer["traces"]) == 50,
        ),
    ]


def time_bounds(server):
    """The first and the last start of a span, Unix nanoseconds."""
    (row,) = server.sql("SELECT min(time_unix_nano) AS low, max(time_unix_nano) AS high FROM spans")
    return int(row["low"]), int(row["high"])


def spread_traces(server, low, high, count):
    """A trace that began in each of `count` equal parts of the time, where one did."""
    part = (high - low) // count + 1
    rows = server.sql(
        f"""SELECT (time_unix_nano - {low}) / {part} AS part, first_value(trace_id) AS trace_id
            FROM spans WHERE parent_span_id IS NULL GROUP BY 1 ORDER BY 1"""
    )
    return [row["trace_id"] for row in rows]


def spread(values, count):
    """At most `count` of the values, evenly."""
    return values[:: max(1, len(values) // count)][:count]


def common_values(server):
    """The values of an attribute that has few, each in many spans."""
    value = f"attributes_string['{COMMON_KEY}']"
    rows = server.sql(
        f"SELECT {value} AS value FROM spans WHERE {value} IS NOT NULL GROUP BY 1 ORDER BY 1"
    )
    return [row["value"] for row in rows]


class Client:
    """One connection to the API, as admin."""

    def __init__(self, server):
        address = server.addresses["listen"]
        self.connection = http.client.HTTPConnection(address, timeout=ANSWER_DEADLINE_S)
        self.connection.connect()
        self.headers = {"Authorization": f"Bearer {server.token}"}

    def ask_ms(self, path, is_right):
        """Milliseconds from the request to the answer's last byte."""
        begin = time.perf_counter()
        self.connection.request("GET", path, headers=self.headers)
        response = self.connection.getresponse()
        body = response.read()
        took_ms = (time.perf_counter() - begin) * 1000
        if response.status != 200 or not is_right(json.loads(body)):
            raise RuntimeError(f"GET {path}: {response.status} {body[:300]!r}")
        return took_ms


def warm(server, question, count):
    """Latency of `count` requests, one after the other, the different ones in turn."""
    client = Client(server)
    paths = itertools.cycle(question.paths)
    for path in itertools.islice(paths, WARM_UP):
        client.ask_ms(path, question.is_right)
    times = [client.ask_ms(path, question.is_right) for path in itertools.islice(paths, count)]
    return {"requests": count, "different": len(question.paths), **percentiles(times)}


def first(server, question, number):
    """Latency of the first request to a server that was just started."""
    path = question.paths[number % len(question.paths)]
    return Client(server).ask_ms(path, question.is_right)


def percentiles(times_ms):
    """By nearest rank."""
    ordered = sorted(times_ms)
    return {
        "p50_ms": statistics.median_low(ordered),
        "p99_ms": ordered[-(-len(ordered) * 99 // 100) - 1],
        "max_ms": ordered[-1],
    }
