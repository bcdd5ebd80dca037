#!/usr/bin/env python3
"""Measures metrics beside Prometheus and VictoriaMetrics: the same remote writes in, the same
questions to each.

Prints a Markdown report, writes it as JSON to bench/metrics.json, and, but for a quick run, into
docs/PERFORMANCE.md between its markers. A system that is not installed is left out, with a word.
"""

import argparse
import gc
import json
import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import process  # First: it finds tests/e2e.
import machine
import report
import systems
import workload

RESULTS = process.ROOT / "bench/metrics.json"
PAGE = process.ROOT / "docs/PERFORMANCE.md"

EXAMPLES = """examples:
  .venv/bin/python bench/metrics.py
      100,000 series, three runs of each system, into docs/PERFORMANCE.md
  .venv/bin/python bench/metrics.py --quick
      5,000 series, one run: shows that it works, no figures to quote
  .venv/bin/python bench/metrics.py --series 1000000 --rounds 10 --runs 1
      a million series
  .venv/bin/python bench/metrics.py --systems prometheus victoria-metrics --quick
      some of the systems
"""


@dataclass(frozen=True)
class Plan:
    """How much of everything."""

    series: int
    # Samples of each of these series, 15 seconds apart.
    rounds: int
    # Hours that the few series behind the questions go back.
    hours: int
    runs: int
    # Requests of each question.
    requests: int


QUICK = Plan(series=5_000, rounds=10, hours=2, runs=1, requests=3)
FULL = Plan(series=100_000, rounds=40, hours=25, runs=3, requests=15)


def main():
    plan, given = arguments()
    wanted = [name for name in systems.ALL if name in given.systems]
    found = [name for name in wanted if systems.installed(name)]
    for name in sorted(set(wanted) - set(found)):
        say(f"{name} is not here ({systems.ALL[name].where}): left out")
    if not found:
        sys.exit("error: nothing to measure")
    with tempfile.TemporaryDirectory(prefix="plimsoll-bench-", dir=given.folder) as place:
        results = measure(plan, found, Path(place), given.memory)
    RESULTS.write_text(json.dumps(results, indent=2) + "\n")
    block = report.metrics(results)
    print(block)
    if not (given.quick or given.no_page):
        PAGE.write_text(report.insert(PAGE.read_text(), block, report.METRICS))


def arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="few series, one run")
    parser.add_argument("--series", type=int, metavar="N", help="series written to")
    parser.add_argument("--rounds", type=int, metavar="N", help="samples of each")
    parser.add_argument(
        "--runs", type=int, metavar="N", help="runs of each system; medians are told"
    )
    parser.add_argument("--memory", default="512MiB", help="the program's budget; default: 512MiB")
    parser.add_argument("--no-page", action="store_true", help="leave docs/PERFORMANCE.md alone")
    parser.add_argument("--folder", type=Path, help="where data goes meanwhile; default: temporary")
    parser.add_argument(
        "--systems", nargs="+", choices=systems.ALL, default=list(systems.ALL), help="only these"
    )
    given = parser.parse_args()
    plan = vars(QUICK if given.quick else FULL).copy()
    plan |= {
        name: getattr(given, name) for name in ("series", "rounds", "runs") if getattr(given, name)
    }
    return Plan(**plan), given


def measure(plan, names, folder, memory):
    """All results."""
    say(f"making requests: {plan.series:,} series, {plan.rounds} samples of each")
    load = workload.Workload(plan.series, plan.rounds, plan.hours)
    # What was made is never collected; looking at it again and again would only take time.
    gc.collect()
    gc.freeze()
    results = {
        "machine": machine.describe(folder),
        "plan": vars(plan)
        | {"memory": memory, "samples": load.samples, "bytes_sent": load.bytes_sent},
        "systems": {},
    }
    for name in names:
        runs = []
        for number in range(plan.runs):
            say(f"{name}: writes, run {number + 1} of {plan.runs}")
            with systems.ALL[name].run(folder, memory) as system:
                runs.append(write(system, load))
        say(f"{name}: questions")
        with systems.ALL[name].run(folder, memory) as system:
            load.send_history(system)
            load.send(system)
            system.settle()
            questions = ask(system, load, plan.requests)
            version = system.version()
        results["systems"][name] = {
            "version": version,
            "runs": runs,
            "write": {key: statistics.median(run[key] for run in runs) for key in runs[0]},
            "questions": questions,
        }
    check_same(results["systems"])
    return results


def write(system, load):
    """Sends the flood, waits until the system rests, and measures both."""
    begin = system.cpu_seconds()
    sent = load.send(system)
    acknowledged = system.cpu_seconds() - begin
    peak = system.memory_bytes("VmHWM")
    system.settle()
    rested = system.cpu_seconds() - begin
    return {
        "samples_per_cpu_second": load.samples / acknowledged,
        "samples_per_cpu_second_at_rest": load.samples / rested,
        "samples_per_second": load.samples / sent["seconds"],
        "sender_cpu_seconds": sent["cpu_seconds"],
        "cpu_seconds_sent": acknowledged,
        "cpu_seconds_at_rest": rested,
        "peak_memory_bytes": peak,
        "memory_at_rest_bytes": system.memory_bytes("VmRSS"),
        "disk_bytes_per_sample": system.disk_bytes() / load.samples,
    }


def ask(system, load, requests):
    """Latency of each question: a median, the worst, and a number all systems must agree on."""
    found = {}
    for question in load.questions():
        times_ms, answers = [], set()
        for number in range(requests + workload.WARM_UP):
            took_ms, size = question.ask(system)
            answers.add(size)
            if number >= workload.WARM_UP:
                times_ms.append(took_ms)
        if len(answers) != 1:
            raise RuntimeError(f"{question.name}: answers of different sizes: {answers}")
        found[question.name] = {
            "text": question.text,
            "p50_ms": statistics.median(times_ms),
            "max_ms": max(times_ms),
            "series": answers.pop(),
        }
    return found


def check_same(found):
    """Speed without correctness is a failure: each question has as many series everywhere."""
    for name in next(iter(found.values()))["questions"]:
        sizes = {system: one["questions"][name]["series"] for system, one in found.items()}
        if len(set(sizes.values())) != 1 or 0 in sizes.values():
            raise RuntimeError(f"{name}: different answers: {sizes}")


def say(what):
    print(f"== {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
