"""The same samples in Debian's Prometheus and in the program, the same queries to both: same
labels, same values, same errors or none.

`promql_data` makes the samples and `promql_queries` the queries, each from a seed; what the two
versions of the language mean differently on purpose is left out there, each with its reason.
"""

import math
import os
import random
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

import program
import promql_data
import remote_write
from prometheus import Api, Prometheus, labels_key
from promql_queries import FAMILIES, Queries, Times

# Queries of each family; each is asked at three times and over a range.
COUNT = int(os.environ.get("PLIMSOLL_QUERIES", "60"))
SEED = int(os.environ.get("PLIMSOLL_SEED", "1"))
# One query of one's own instead of the generated ones.
QUERY = os.environ.get("PLIMSOLL_PROMQL")
# When the data begins, Unix seconds: to repeat a run exactly, within the days metrics are kept.
BASE_S = int(os.environ.get("PLIMSOLL_PROMQL_BASE", "0")) or promql_data.a_base_s()

RELATIVE = 1e-9
# Of differences of almost equal numbers; all data is far larger.
ABSOLUTE = 1e-11
SHOWN = 8
HERE = Path(__file__).relative_to(program.ROOT)
# A comparison that filters. Of what it keeps the program says the metric's name even where a
# function took it off, as Prometheus does with its flag `promql-delayed-name-removal`, which 2.42
# does not have.
FILTER = re.compile(r" (==|!=|>|<|>=|<=) (?!bool)")


@dataclass
class Sides:
    """Both servers, with the same data."""

    theirs: Api
    ours: Api
    times: Times


@pytest.fixture(scope="module")
def sides(tmp_path_factory):
    folder = tmp_path_factory.mktemp("differential")
    peer = Prometheus(folder / "prometheus")
    server = program.Server(folder / "data", folder / "server.log")
    try:
        peer.start()
        server.start()
        made = Sides(Api.of(peer), Api.of(server), times())
        maker = promql_data.make(BASE_S, SEED)
        for piece in promql_data.pieces(maker):
            for api, token in ((made.theirs, None), (made.ours, server.token)):
                connection = remote_write.Connection(api.write_url, token)
                answer = connection.send(piece)
                assert answer.status == 204, f"{api.url}: {answer}"
                connection.close()
        yield made
    finally:
        peer.stop()
        if server.running():
            server.kill()


def times():
    # Whole tens of seconds and three: see `promql_queries`.
    start_s = BASE_S // 10 * 10 + 3
    return Times(start_s, start_s + promql_data.STEPS * promql_data.STEP_MS // 1000)


def questions(rng, span):
    """When to ask a query: at three times, one of them after all data, and over a range."""
    for low, high in ((0, 1), (0, 1), (1, 1.06)):
        length = span.end_s - span.start_s
        at = span.start_s + int(length * rng.uniform(low, high)) // 10 * 10
        yield "query", {"time": at}
    step = rng.choice((10, 20, 60, 90, 300))
    start = span.start_s + rng.randrange(-6, 500) * 10
    yield "query_range", {"start": start, "end": start + step * rng.randint(0, 40), "step": step}


@pytest.mark.parametrize("family", FAMILIES)
def test_generated(sides, family):
    """Queries of one kind."""
    made = Queries(f"{SEED} {family}", sides.times)
    rng = random.Random(f"{SEED} {family} times")
    queries = [QUERY] if QUERY else [getattr(made, family)() for _ in range(COUNT)]
    counts, wrong = {"values": 0, "empty": 0, "errors": 0}, []
    for query in queries:
        for path, when in questions(rng, sides.times):
            theirs = sides.theirs.ask(path, "POST", query=query, **when)
            ours = sides.ours.ask(path, "POST", query=query, **when)
            counts[kind_of(theirs)] += 1
            difference = compare(theirs, ours, query)
            if QUERY or difference:
                wrong.append(Mismatch(family, path, query, when, difference, theirs, ours))
    different = [mismatch for mismatch in wrong if mismatch.difference]
    shown = "\n\n".join(map(str, wrong if QUERY else different[:SHOWN]))
    assert not different, f"{len(different)} of {sum(counts.values())} answers differ\n\n{shown}"
    if QUERY:
        print(shown)
    else:
        assert_seen(family, counts)


# What differed once.
FOUND = (
    # No series on one side: it does not matter that the other has several of a kind.
    "nothing_there + on (job) requests_total",
    "nothing_there > bool on (job) group_left requests_total",
    "requests_total * on (job) group_right nothing_there",
    "visitor{who='late'} + on (job) requests_total",
    "{__name__=~'nothing.*'} == on (job) errors_total or vector(1)",
)


@pytest.mark.parametrize("query", FOUND)
def test_found(sides, query):
    for path, when in questions(random.Random(query), sides.times):
        theirs = sides.theirs.ask(path, "POST", query=query, **when)
        ours = sides.ours.ask(path, "POST", query=query, **when)
        assert not compare(theirs, ours, query), (when, shortened(theirs), shortened(ours))


def assert_seen(family, counts):
    """The test saw what it is for: neither all empty, nor all errors."""
    if family == "errors":
        assert counts["errors"] > 0.8 * sum(counts.values()), counts
    else:
        assert counts["values"] > 0.4 * sum(counts.values()), counts


def kind_of(document):
    if document["status"] == "error":
        return "errors"
    return "values" if document["data"]["result"] else "empty"


@dataclass
class Mismatch:
    family: str
    path: str
    query: str
    when: dict
    difference: str
    theirs: dict
    ours: dict

    def __str__(self):
        again = f"PLIMSOLL_SEED={SEED} PLIMSOLL_PROMQL_BASE={BASE_S}"
        again += f" PLIMSOLL_PROMQL={quoted(self.query)}"
        return "\n".join(
            [
                f"{self.path} {self.when}: {self.query}",
                f"  {self.difference or 'the same'}",
                f"  Prometheus: {shortened(self.theirs)}",
                f"  the program: {shortened(self.ours)}",
                f"  again: {again} .venv/bin/python -m pytest -s {HERE} -k {self.family}",
            ]
        )


def quoted(text):
    return "'" + text.replace("'", "'\\''") + "'"


def shortened(document):
    found = document["error"] if document["status"] == "error" else document["data"]["result"]
    text = str(found)
    return text if len(text) < 1_500 else text[:1_500] + " …"


# Comparing.


def compare(theirs, ours, query):
    """What differs; nothing where all is the same."""
    if theirs["status"] != ours["status"]:
        return f"Prometheus: {theirs['status']}, the program: {ours['status']}"
    if theirs["status"] == "error":
        return None
    theirs, ours = theirs["data"], ours["data"]
    if theirs["resultType"] != ours["resultType"]:
        return f"types {theirs['resultType']} and {ours['resultType']}"
    if theirs["resultType"] in ("scalar", "string"):
        return compare_points([theirs["result"]], [ours["result"]], "")
    if query.startswith("sort") and theirs["resultType"] == "vector":
        found = [[series["value"] for series in side["result"]] for side in (theirs, ours)]
        difference = compare_points(*found, "in order")
        if difference:
            return difference
    theirs, ours = by_labels(theirs["result"]), by_labels(ours["result"])
    if FILTER.search(query):
        ours = {labels if labels in theirs else nameless(labels): of for labels, of in ours.items()}
    return compare_series(theirs, ours)


def nameless(labels):
    return tuple(pair for pair in labels if pair[0] != "__name__")


def compare_series(theirs, ours):
    for labels in theirs.keys() | ours.keys():
        for name in ("value", "values", "histogram", "histograms"):
            sides = [side.get(labels, {}).get(name) for side in (theirs, ours)]
            if sides == [None, None]:
                continue
            if None in sides:
                missing = "Prometheus" if sides[0] is None else "the program"
                return f"{missing} has no {name} of {dict(labels)}"
            if name in ("value", "histogram"):
                sides = [[side] for side in sides]
            difference = compare_points(*sides, dict(labels))
            if difference:
                return difference
    return None


def by_labels(found):
    series = {labels_key(one["metric"]): one for one in found}
    assert len(series) == len(found), "labels are there twice"
    return series


def compare_points(theirs, ours, of):
    for theirs_at, ours_at in zip(theirs, ours, strict=False):
        if theirs_at[0] != ours_at[0] or not same_point(theirs_at[1], ours_at[1]):
            return f"{theirs_at} and {ours_at} of {of}"
    if len(theirs) != len(ours):
        return f"{len(theirs)} and {len(ours)} points of {of}"
    return None


def same_point(theirs, ours):
    if isinstance(theirs, dict):
        # A histogram; either may tell buckets without a count.
        sides = [
            [side["count"], side["sum"], *(part for bucket in buckets(side) for part in bucket)]
            for side in (theirs, ours)
        ]
        return len(sides[0]) == len(sides[1]) and all(map(same_point, *sides))
    theirs, ours = float(theirs), float(ours)
    if math.isnan(theirs) or math.isnan(ours):
        return math.isnan(theirs) and math.isnan(ours)
    return math.isclose(theirs, ours, rel_tol=RELATIVE, abs_tol=ABSOLUTE)


def buckets(histogram):
    return [bucket for bucket in histogram.get("buckets", []) if float(bucket[3]) != 0]
