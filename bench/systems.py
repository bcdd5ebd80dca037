"""The systems that metrics are compared between: each started on loopback on a folder of its own.

Invariants: only processes started here are signalled, each by its id; a state is asked for until a
deadline, never slept for.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import process

import program  # In tests/e2e, on the path since `process` was imported.

PAUSE_S = 0.2
SETTLE_DEADLINE_S = 600
# A folder that did not change for so long is at rest.
QUIET_S = 5


def free_port():
    """A port that was free a moment ago."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def bytes_below(*folders):
    """The size of all files below these folders."""
    total = 0
    for folder in folders:
        for path in folder.rglob("*"):
            with contextlib.suppress(FileNotFoundError):  # Merged away while we looked.
                total += path.stat().st_size if path.is_file() else 0
    return total


class System:
    """A system that takes remote writes and answers Prometheus' API."""

    where = ""

    def __init__(self, folder):
        self.folder = folder
        self.process = None
        self.headers = {}

    # What each has of its own.

    def start(self, memory):
        raise NotImplementedError

    def settle(self):
        raise NotImplementedError

    def disk_bytes(self):
        raise NotImplementedError

    def version(self):
        raise NotImplementedError

    # What all have.

    def pid(self):
        return self.process.pid

    def cpu_seconds(self):
        return process.cpu_seconds(self.pid())

    def memory_bytes(self, field):
        return process.memory_bytes(self.pid(), field)

    def fetch(self, path, method="GET"):
        """The body of an answer; anything but a success fails."""
        request = urllib.request.Request(self.url + path, method=method, headers=self.headers)
        with urllib.request.urlopen(request, timeout=SETTLE_DEADLINE_S) as answer:
            return answer.read()

    def spawn(self, command, ready):
        log = self.folder / "log"
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self.folder,
            )

        def answers():
            if self.process.poll() is not None:
                raise RuntimeError(f"{command[0]} ended: {log.read_text()[-2000:]}")
            try:
                return self.fetch(ready) is not None
            except OSError:
                return False

        process.poll("ready", answers, PAUSE_S, process.READY_DEADLINE_S)

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(program.DEADLINE_S)

    @classmethod
    @contextlib.contextmanager
    def run(cls, folder, memory):
        """One on a new folder below `folder`; both are gone at the end."""
        place = Path(tempfile.mkdtemp(prefix="system-", dir=folder))
        made = cls(place)
        try:
            made.start(memory)
            yield made
        finally:
            made.stop()
            shutil.rmtree(place, ignore_errors=True)


class Plimsoll(System):
    where = "cargo build --release --locked -p plimsoll"
    program = os.environ["PLIMSOLL_BIN"]  # A default was set by `process`.

    def start(self, memory):
        settings = {
            **process.SETTINGS,
            "memory": memory,
            "metrics.metric_series_max": 10_000_000,
            "metrics.source_series_max": 10_000_000,
            "store.compact_interval": "1s",
        }
        self.server = process.Server(self.folder / "data", self.folder / "server.log", settings)
        self.server.start()
        self.process = self.server.process
        self.headers = {"Authorization": f"Bearer {self.server.token}"}
        self.url = self.server.url
        self.write_path = "/prometheus/api/v1/write"
        self.query_path = "/prometheus/api/v1"

    def settle(self):
        self.server.settle(compact_interval_s=1)

    def disk_bytes(self):
        return bytes_below(self.server.folder / "tables")

    def version(self):
        return program.run("--version").stdout.split()[-1]

    def stop(self):
        if sys.exc_info()[0] is not None:
            print(f"the server's log ended with:\n{self.server.log(lines=20)}", file=sys.stderr)
        super().stop()


class Prometheus(System):
    where = "Debian's package prometheus"
    program = "prometheus"

    def start(self, _memory):
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.write_path, self.query_path = "/api/v1/write", "/api/v1"
        config = self.folder / "prometheus.yml"
        config.write_text("global: {}\n")
        command = [
            shutil.which(self.program),
            f"--config.file={config}",
            f"--storage.tsdb.path={self.folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--web.enable-remote-write-receiver",
            "--web.enable-admin-api",
            "--query.max-samples=500000000",
        ]
        self.spawn(command, "/-/ready")

    def settle(self):
        """All in blocks: its head is written by a snapshot, which a head of less than three hours
        is not.
        """
        self.fetch("/api/v1/admin/tsdb/snapshot", "POST")

    def disk_bytes(self):
        """The blocks of that snapshot, without any log."""
        (snapshot,) = (self.folder / "data/snapshots").iterdir()
        return bytes_below(snapshot)

    def version(self):
        told = subprocess.run(
            [self.program, "--version"], capture_output=True, text=True, check=True
        )
        return (told.stdout + told.stderr).split("version ")[1].split()[0].rstrip(",")


class VictoriaMetrics(System):
    where = "Debian's package victoria-metrics"
    program = "victoria-metrics"

    def start(self, _memory):
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.write_path, self.query_path = "/api/v1/write", "/api/v1"
        command = [
            shutil.which(self.program),
            f"-storageDataPath={self.folder / 'data'}",
            f"-httpListenAddr=127.0.0.1:{port}",
            "-retentionPeriod=30d",
            # Every question is answered anew, and of the newest samples, too.
            "-search.disableCache",
            "-search.latencyOffset=1ms",
            "-search.maxUniqueTimeseries=10000000",
            "-search.maxSeries=10000000",
        ]
        self.spawn(command, "/health")

    def settle(self):
        """All on disk, and nothing left to merge."""
        self.fetch("/internal/force_flush")
        self.fetch("/internal/force_merge")
        self.wait_quiet()

    def wait_quiet(self):
        last, since = None, time.monotonic()

        def quiet():
            nonlocal last, since
            now = (self.disk_bytes(), self.cpu_seconds() // 1)
            if now != last:
                last, since = now, time.monotonic()
            return time.monotonic() - since > QUIET_S

        process.poll("at rest", quiet, 0.5, SETTLE_DEADLINE_S)

    def disk_bytes(self):
        data = self.folder / "data"
        return bytes_below(data / "data", data / "indexdb")

    def version(self):
        """Debian's build does not know its own: the package does."""
        command = ["dpkg-query", "--show", "--showformat=${Version}", self.program]
        told = subprocess.run(command, capture_output=True, text=True, check=False)
        return told.stdout.strip() or "of unknown version"


ALL = {"plimsoll": Plimsoll, "prometheus": Prometheus, "victoria-metrics": VictoriaMetrics}


def installed(name):
    return shutil.which(ALL[name].program) is not None
