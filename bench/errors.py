#!/usr/bin/env python3
"""Measures errors beside bugsink: occurrences sent, acknowledged, digested and found, the same to
each; and with --storm a million of them at once, counted exactly.

Prints a Markdown report, writes it as JSON to bench/errors.json or bench/storm.json, and, but for
a quick run or another size, into docs/PERFORMANCE.md between its markers. bugsink comes from PyPI
into an environment of its own.
"""

import argparse
import gc
import json
import os
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, fields
from pathlib import Path

import process  # First: it finds tests/e2e.
import machine
import report
import senders
from occurrences import FULL, SHAPES, SMALL, Workload
from senders import Flood
from storm import storm
from trackers import Bugsink, Installation, Plimsoll, Tuning

RESULTS = {False: process.ROOT / "bench/errors.json", True: process.ROOT / "bench/storm.json"}
PAGE = process.ROOT / "docs/PERFORMANCE.md"
PEER_VERSION = "2.6.0"
COUNTED_DEADLINE_S = 600

ALL_KEPT, BUDGET, PEER = "plimsoll-all-kept", "plimsoll", "bugsink"
# How many are sent to find out how many are to be sent: beyond what is kept, where there is a budget.
TRIAL = {ALL_KEPT: 2_000, BUDGET: 40_000, PEER: 300}

EXAMPLES = """examples:
  .venv/bin/python bench/errors.py
      three runs of each, about half a minute long, into docs/PERFORMANCE.md
  .venv/bin/python bench/errors.py --quick
      one short run of each: shows that it works, no figures to quote
  .venv/bin/python bench/errors.py --systems bugsink --peer-folder ~/.cache/bugsink
      only the other, installed once
  .venv/bin/python bench/errors.py --storm
      a million small occurrences of ten issues, then again with a kill in the middle
  .venv/bin/python bench/errors.py --storm --size "50 KB" --kill
      large ones, only with a kill
"""


@dataclass(frozen=True)
class Plan:
    """How much of everything."""

    issues: int
    # About how long a run takes: more are sent to the faster.
    seconds: float
    runs: int
    connections: int
    storm_events: int
    storm_issues: int
    memory: str
    compress: bool


QUICK = Plan(100, 3, 1, 8, 20_000, 10, "512MiB", False)
FULL_PLAN = Plan(100, 25, 3, 32, 1_000_000, 10, "512MiB", False)


def main():
    plan, given = arguments()
    if not Path(os.environ["PLIMSOLL_BIN"]).is_file() and given.systems != [PEER]:
        sys.exit(f"error: {os.environ['PLIMSOLL_BIN']} is not there; see --binary")
    with tempfile.TemporaryDirectory(prefix="plimsoll-bench-", dir=given.folder) as place:
        results = {"machine": machine.describe(place), "plan": vars(plan)}
        if given.storm:
            results["storms"] = storms(Path(place), plan, given)
        else:
            results |= compare(Path(place), plan, given)
    RESULTS[given.storm].write_text(json.dumps(results, indent=2) + "\n")
    block = report.storms(results) if given.storm else report.errors(results)
    print(block)
    if not (given.quick or given.no_page or given.kill or given.size):
        place = report.STORM if given.storm else report.ERRORS
        PAGE.write_text(report.insert(PAGE.read_text(), block, place))
    if not all(one["exact"] for one in results.get("storms", [])):
        sys.exit("error: what was counted is not what was acknowledged")


def arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--quick", action="store_true", help="few occurrences, one run")
    add("--binary", type=Path, help="the program; default: target/release/plimsoll")
    add("--issues", type=int, metavar="N", help="issues that occurrences belong to; default: 100")
    add("--seconds", type=float, metavar="S", help="about how long a run takes; default: 25")
    add("--runs", type=int, metavar="N", help="runs of each system; medians are told; default: 3")
    add("--connections", type=int, metavar="N", help="senders, a connection each; default: 32")
    add("--compress", action="store_true", default=None, help="send envelopes as gzip")
    add("--memory", help="the program's budget; default: 512MiB")
    add("--size", choices=SHAPES, help="of an occurrence; default: 50 KB, in a storm 2 KB")
    add("--systems", nargs="+", choices=TRIAL, default=list(TRIAL), help="only these")
    add("--peer-folder", type=Path, help="where bugsink is installed, or is to be; kept")
    add("--storm", action="store_true", help="the storm instead")
    add("--storm-events", type=int, metavar="N", help="occurrences of a storm; default: 1,000,000")
    add("--storm-issues", type=int, metavar="N", help="issues of a storm; default: 10")
    add("--kill", action="store_true", help="only the storm with a kill in the middle")
    add("--no-page", action="store_true", help="leave docs/PERFORMANCE.md alone")
    add("--folder", type=Path, help="where data goes meanwhile; default: temporary")
    given = parser.parse_args()
    if given.binary:
        os.environ["PLIMSOLL_BIN"] = str(given.binary.resolve())
    plan = vars(QUICK if given.quick else FULL_PLAN).copy()
    names = [field.name for field in fields(Plan)]
    plan |= {name: value for name, value in vars(given).items() if name in names and value}
    return Plan(**plan), given


def storms(folder, plan, given):
    """A storm undisturbed and one with a kill, or only the latter."""
    shape = SHAPES[given.size] if given.size else SMALL
    found = []
    for kill in (True,) if given.kill else (False, True):
        say(f"{plan.storm_events:,} of {shape.name}" + (", with a kill" if kill else ""))
        found.append(storm(folder, plan, shape, kill))
    return found


def compare(folder, plan, given):
    """All results beside the other."""
    shape = SHAPES[given.size] if given.size else FULL
    open_system = openers(folder, plan, given)
    counts = {}
    for name in given.systems:
        say(f"{name}: how many it takes")
        trial = measure(name, open_system[name], plan, shape, TRIAL[name], seed="trial")
        counts[name] = enough(trial["occurrences_per_second"] * plan.seconds)
    say("what the senders can do")
    sink = Workload(shape, plan.issues, f"http://{'0' * 32}@127.0.0.1:1/1", plan.compress)
    results = {
        "shape": shape.name,
        "bytes_mean": sink.bytes_mean(),
        "varying_bytes_mean": sink.varying_bytes_mean(),
        "senders": senders.capacity(sink, max(20_000, max(counts.values())), plan.connections),
    }
    del sink
    runs = {name: [] for name in given.systems}
    for number in range(plan.runs):
        # One way round and then the other, so that none always comes after another.
        for name in given.systems[:: -1 if number % 2 else 1]:
            say(f"{name}: {counts[name]:,} occurrences, run {number + 1} of {plan.runs}")
            runs[name].append(measure(name, open_system[name], plan, shape, counts[name], number))
    return results | {"systems": {name: summary(found) for name, found in runs.items()}}


def openers(folder, plan, given):
    """How each is started."""
    found = {
        ALL_KEPT: lambda: Plimsoll.run(folder, plan.memory, True),
        BUDGET: lambda: Plimsoll.run(folder, plan.memory),
    }
    if PEER in given.systems:
        say("bugsink: its environment")
        place = given.peer_folder or folder / "peer"
        place.mkdir(parents=True, exist_ok=True)
        installation = Installation(place.resolve(), PEER_VERSION)
        found[PEER] = lambda: Bugsink.run(folder, installation, Tuning())
    return found


def enough(count):
    """As a round number."""
    digits = max(0, len(str(int(count))) - 2)
    return max(100, int(round(count, -digits)))


def measure(name, opened, plan, shape, count, seed):
    """One run: sent, found, at rest."""
    with opened() as tracker:
        load = Workload(shape, plan.issues, tracker.dsn, plan.compress)
        gc.collect()
        gc.freeze()
        begin = tracker.cpu_seconds()
        flood = Flood(load, tracker.target, count, plan.connections, f"run {seed}")
        sent = flood.run(tracker.watch)
        wait_found(name, tracker, count)
        seconds = time.monotonic() - sent["begin"]
        found = tracker.cpu_seconds() - begin
        tracker.settle()
        tracker.watch()
        rested = max(found, tracker.cpu_seconds() - begin)
        facts = tracker.facts()
        if facts["issues"] != plan.issues:
            raise RuntimeError(f"{name}: {facts['issues']} issues of {plan.issues}")
        return {
            "version": tracker.version(),
            "command_lines": tracker.command_lines(),
            "count": count,
            "sent": sent,
            "facts": facts,
            "seconds": seconds,
            "occurrences_per_second": count / seconds,
            "acknowledged_per_second": sent["per_second"],
            "occurrences_per_cpu_second": count / rested,
            "cpu_seconds_found": found,
            "cpu_seconds_at_rest": rested,
            "peak_memory_bytes": tracker.peak_bytes,
            "disk_bytes_per_occurrence": tracker.disk_bytes() / count,
            "load_average": os.getloadavg()[0],
        }


def wait_found(name, tracker, count):
    """Until as many are found as were sent; more are never right."""

    def all_found():
        tracker.watch()
        found = tracker.counted()
        if found > count:
            raise RuntimeError(f"{name}: {found} occurrences of {count}")
        return found == count

    process.poll(f"{name}: all {count} found", all_found, 0.1, COUNTED_DEADLINE_S)


def summary(runs):
    """The runs, and the median of each of their figures."""
    numbers = [key for key, value in runs[0].items() if isinstance(value, int | float)]
    return {
        "median": {key: statistics.median(run[key] for run in runs) for key in numbers},
        "runs": runs,
    }


def say(what):
    print(f"== {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
