"""A storm: very many occurrences of very few issues, as fast as they are acknowledged, into little
memory; perhaps with the server killed in the middle.

Invariant: what was acknowledged is counted, and nothing is counted that was not sent. Where a
connection broke, an envelope may have been taken or not: that many may be counted more.
"""

import time

import process
from occurrences import Workload
from senders import Flood
from trackers import Plimsoll

COUNTED_DEADLINE_S = 300


class Killer:
    """Watches the server, and kills and starts it once when so many are acknowledged."""

    def __init__(self, tracker, flood, at):
        self.tracker, self.flood, self.at = tracker, flood, at
        self.down_seconds = None
        self.cpu_seconds_ended = 0.0

    def __call__(self):
        self.tracker.watch()
        if self.at is None or self.flood.done() < self.at:
            return
        self.at = None
        self.cpu_seconds_ended = self.tracker.cpu_seconds()
        begin = time.monotonic()
        self.tracker.server.restart()
        self.down_seconds = time.monotonic() - begin


def storm(folder, plan, shape, kill):
    """Everything that is to be told of one storm."""
    with Plimsoll.run(folder, plan.memory) as tracker:
        load = Workload(shape, plan.storm_issues, tracker.dsn, plan.compress)
        flood = Flood(load, tracker.target, plan.storm_events, plan.connections, "storm")
        begin = tracker.cpu_seconds()
        killer = Killer(tracker, flood, plan.storm_events // 2 if kill else None)
        sent = flood.run(killer, may_break=kill)
        wait_counted(tracker, sent["acknowledged"])
        tracker.settle()
        tracker.watch()
        facts = tracker.facts()
        cpu = killer.cpu_seconds_ended + tracker.cpu_seconds() - begin
        return {
            "shape": shape.name,
            "issues_sent": plan.storm_issues,
            "killed": kill,
            "command_lines": tracker.command_lines(),
            "bytes_mean": load.bytes_mean(),
            "sent": sent,
            "facts": facts,
            "exact": exact(sent, facts),
            "down_seconds": killer.down_seconds,
            "occurrences_per_cpu_second": sent["acknowledged"] / cpu,
            "cpu_seconds_at_rest": cpu,
            "peak_memory_bytes": tracker.peak_bytes,
            "disk_bytes": tracker.disk_bytes(),
        }


def wait_counted(tracker, count):
    """Until all that were acknowledged are found; where some are missing, for a while only, since
    the report is to say how many.
    """
    try:
        process.poll("counted", lambda: tracker.counted() >= count, 0.5, COUNTED_DEADLINE_S)
    except TimeoutError as error:
        print(f"error: {error}")


def exact(sent, facts):
    """Whether every way to count tells what was acknowledged, give or take what nobody knows."""
    least, most = sent["acknowledged"], sent["acknowledged"] + sent["unsure"]
    return all(least <= facts[name] <= most for name in ("listed", "counted_sql"))
