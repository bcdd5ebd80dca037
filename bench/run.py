#!/usr/bin/env python3
"""Measures the program: spans in, bytes on disk, questions out, starts and memory.

Prints a Markdown report, writes it as JSON to bench/results.json, and, but for a quick run, into
docs/PERFORMANCE.md between its markers.
"""

import argparse
import json
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import process  # First: it finds tests/e2e.
import machine
import report
import search
import startup
from ingest import ingest

RESULTS = process.ROOT / "bench/results.json"
PROGRAM = Path(os.environ["PLIMSOLL_BIN"])  # A default was set by `process`.
PAGE = process.ROOT / "docs/PERFORMANCE.md"

EXAMPLES = """examples:
  .venv/bin/python bench/run.py
      everything, with 1 and 10 million spans, into docs/PERFORMANCE.md
  .venv/bin/python bench/run.py --quick
      everything with 200,000 spans: shows that it works, no figures to quote
  .venv/bin/python bench/run.py --spans 1000000 --folder /mnt/disk
      one size, on the disk to be measured
  PLIMSOLL_BIN=path/to/plimsoll .venv/bin/python bench/run.py
      another build than target/release/plimsoll
"""


@dataclass(frozen=True)
class Plan:
    """How much of everything."""

    # Ascending; the last is ingested over HTTP as well.
    spans: tuple
    requests: int
    starts: int
    # Starts with rows: a multiple of the kinds of questions, at least `starts`.
    starts_filled: int
    compact_interval_s: int


QUICK = Plan(spans=(200_000,), requests=50, starts=3, starts_filled=3, compact_interval_s=1)
FULL = Plan(
    spans=(1_000_000, 10_000_000),
    requests=100,
    starts=10,
    starts_filled=12,
    compact_interval_s=10,  # The default.
)


def main():
    plan, quick, folder = arguments()
    if not PROGRAM.is_file():
        sys.exit(f"error: {PROGRAM} is not there; cargo build --release --locked -p plimsoll")
    with tempfile.TemporaryDirectory(prefix="plimsoll-bench-", dir=folder) as place:
        results = measure(plan, Path(place))
    RESULTS.write_text(json.dumps(results, indent=2) + "\n")
    block = report.markdown(results)
    print(block)
    if not quick:
        PAGE.write_text(report.insert(PAGE.read_text(), block))


def arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="few spans, few repetitions")
    parser.add_argument(
        "--spans", type=int, nargs="+", metavar="N", help="sizes of the store to measure"
    )
    parser.add_argument("--folder", type=Path, help="where data goes meanwhile; default: temporary")
    given = parser.parse_args()
    plan = QUICK if given.quick else FULL
    if given.spans:
        plan = Plan(**{**vars(plan), "spans": tuple(sorted(given.spans))})
    return plan, given.quick, given.folder


def measure(plan, folder):
    """All results."""
    results = {"machine": machine.describe(folder), "ingest": [], "search": [], "start": {}}
    for number, spans in enumerate(plan.spans):
        say(f"{spans:,} spans over gRPC, then questions and starts")
        with new_server(plan, folder) as server:
            measure_store(server, plan, spans, results)
        if number == len(plan.spans) - 1:
            say(f"{spans:,} spans over HTTP")
            with new_server(plan, folder) as server:
                server.start()
                results["ingest"].append(
                    ingest(server, spans, "http", plan.compact_interval_s).figures
                )
    say("starts of an empty server")
    with new_server(plan, folder) as server:
        results["start"]["empty"] = startup.empty(server, plan.starts)
    say("starts with a full log")
    with new_server(plan, folder, store__flush_interval="1h") as server:
        results["start"]["full log"] = startup.replay(server, plan.starts)
    return results


def measure_store(server, plan, spans, results):
    """Fills a server, asks it, and starts it again and again."""
    server.start()
    ingested = ingest(server, spans, "grpc", plan.compact_interval_s)
    results["ingest"].append(ingested.figures)
    questions = search.questions(server, ingested.marks, plan.requests)
    warm = {question.name: search.warm(server, question, plan.requests) for question in questions}
    results["start"][f"{spans:,} spans"], firsts = startup.filled(
        server, questions, plan.starts_filled
    )
    for name, figures in warm.items():
        results["search"].append({"question": name, "spans": spans, **figures, **firsts[name]})


def new_server(plan, folder, **settings):
    settings = {"store__compact_interval": f"{plan.compact_interval_s}s", **settings}
    return process.server(folder, **settings)


def say(what):
    print(f"== {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
