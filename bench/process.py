"""The server under measurement: its CPU time, its memory, its tables, and when it has come to rest.

Invariants: only processes started here are signalled, each by its id; a state is asked for until a
deadline, never slept for.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/e2e"))
os.environ.setdefault("PLIMSOLL_BIN", str(ROOT / "target/release/plimsoll"))

import program  # noqa: E402 - found through the path above.

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")

# Rounds of compaction that find nothing to merge before a store is said to be at rest.
QUIET_ROUNDS = 3

SETTLE_DEADLINE_S = 900
READY_DEADLINE_S = 120

# A request's answer; the server's own limit on queries comes first.
ANSWER_DEADLINE_S = 400

# Settings of every server here. A tail of rows need not wait five minutes for its file, files that
# were merged leave soon, and choosing what to ask for may take its time.
SETTINGS = {"store.flush_interval": "30s", "store.grace": "1s", "query.timeout": "5m"}


def poll(what, check, pause_s, deadline_s):
    """Asks `check` until it answers true."""
    end = time.monotonic() + deadline_s
    while not check():
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not within {deadline_s} s")
        time.sleep(pause_s)


def cpu_seconds(pid):
    """User and system time of a process since it started."""
    # The second field is the name, in parentheses; utime and stime are fields 14 and 15.
    stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(stat[11]) + int(stat[12])) / TICKS_PER_SECOND


def memory_bytes(pid, field):
    """A field of a process's status, like VmRSS or VmHWM."""
    status = Path(f"/proc/{pid}/status").read_text()
    fields = dict(line.split(":", 1) for line in status.splitlines())
    return int(fields[field].split()[0]) * 1024


class Server(program.Server):
    """`plimsoll serve` on a folder, with what the system knows of its process."""

    def request(self, method, path, **options):
        return super().request(method, path, timeout=ANSWER_DEADLINE_S, **options)

    def cpu_seconds(self):
        """User and system time of the process since it started."""
        return cpu_seconds(self.process.pid)

    def memory_bytes(self, field):
        """A field of the process's status, like VmRSS or VmHWM."""
        return memory_bytes(self.process.pid, field)

    def start_timed(self):
        """Starts the process; returns the milliseconds until /readyz answers 200."""
        begin = time.monotonic()
        self.spawn()
        poll("ready", self.is_ready, 0.001, READY_DEADLINE_S)
        return (time.monotonic() - begin) * 1000

    def data_files(self):
        """The Parquet files of rows, live or not; checkpoints of the tables' logs are none."""
        return list((self.folder / "tables").glob("*/date=*/*.parquet"))

    def settle(self, compact_interval_s):
        """Waits until all rows are in files, nothing is left to merge, merged files are gone."""
        merged, since = None, time.monotonic()

        def at_rest():
            nonlocal merged, since
            metrics = self.metrics()
            now = metrics["plimsoll_store_files_compacted_total"]
            if now != merged or total(metrics, "plimsoll_store_rows_buffered"):
                merged, since = now, time.monotonic()
            quiet = time.monotonic() - since > QUIET_ROUNDS * compact_interval_s
            return quiet and len(self.data_files()) == total(metrics, "plimsoll_store_files")

        poll("the store at rest", at_rest, 0.5, SETTLE_DEADLINE_S)


def total(metrics, name):
    """A metric over all its labels."""
    return sum(value for labelled, value in metrics.items() if labelled.partition("{")[0] == name)


class Generator:
    """`plimsoll generate` against a server: 770-byte spans with 20 attributes, its defaults."""

    def __init__(self, server, spans, protocol, seed):
        endpoint = "http://" + server.otlp_grpc if protocol == "grpc" else server.otlp_http
        command = [program.binary(), "generate", "--endpoint", endpoint, "--protocol", protocol]
        command += ["--signal", "traces", "--count", spans, "--attributes", 20, "--seed", seed]
        command += ["--batch-size", 1000, "--connections", 4, "--format", "json"]
        self.spans = spans
        self.process = subprocess.Popen(
            [str(part) for part in command],
            env=program.clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def report(self, meanwhile, pause_s):
        """Its report when it is done; calls `meanwhile` every `pause_s` until then."""
        try:
            while True:
                try:
                    output, errors = self.process.communicate(timeout=pause_s)
                    break
                except subprocess.TimeoutExpired:
                    meanwhile()
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
        if self.process.returncode != 0:
            raise RuntimeError(f"plimsoll generate ended with {self.process.returncode}: {errors}")
        return self._checked(json.loads(output))

    def _checked(self, report):
        """Speed without correctness is a failure: every span was acknowledged."""
        acknowledged = report["acknowledged"]["items"]
        if acknowledged != self.spans or report["rejected_items"]:
            raise RuntimeError(f"{acknowledged} of {self.spans} spans acknowledged: {report}")
        return report


@contextmanager
def server(folder, **settings):
    """A server on a new folder below `folder`, not started; both are gone at the end."""
    place = Path(tempfile.mkdtemp(prefix="plimsoll-bench-", dir=folder))
    settings = {name.replace("__", "."): value for name, value in settings.items()}
    made = Server(place / "data", place / "server.log", {**SETTINGS, **settings})
    try:
        yield made
    except BaseException:
        print(f"the server's log ended with:\n{made.log(lines=20)}", file=sys.stderr)
        raise
    finally:
        if made.running():
            made.kill()
        shutil.rmtree(place)
