"""Debian's Prometheus beside the program: the same data in, the same questions to both.

Invariants: it listens on loopback alone, on a port of its own, with its data in a folder that the
caller removes; only processes started here are ended.
"""

import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest
import requests

import program

# Where another build than the one on the path is to be compared with.
BINARY = os.environ.get("PLIMSOLL_PROMETHEUS", "prometheus")
PROMTOOL = os.environ.get("PLIMSOLL_PROMTOOL", "promtool")

FEATURES = (
    "native-histograms",
    "exemplar-storage",
    "promql-at-modifier",
    "promql-negative-offset",
)

# As much disorder as the program takes by default.
CONFIG = """
storage:
  tsdb:
    out_of_order_time_window: 1h
  exemplars:
    max_exemplars: 100000
"""

ATTEMPTS = 5


def need(name):
    """The path of one of its programs; without it the test is skipped, with a word why."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed (Debian's package prometheus): nothing is compared")
    return found


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Prometheus:
    """`prometheus` on a folder, taking remote writes."""

    token = None

    def __init__(self, folder, config=CONFIG, *flags):
        self.binary = need(BINARY)
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.config = config
        self.flags = flags
        self.log_path = self.folder / "prometheus.log"
        self.process = None
        self.url = None

    def start(self):
        """Starts it and waits until it takes traffic. Another process may take the port first:
        again.
        """
        for _ in range(ATTEMPTS):
            self._spawn(free_port())
            if program.wait_until("Prometheus", self._state) == "ready":
                return self
        raise AssertionError(f"Prometheus does not start\n{self.log_path.read_text()}")

    def _spawn(self, port):
        self.url = f"http://127.0.0.1:{port}"
        path = self.folder / "prometheus.yml"
        path.write_text(self.config)
        command = [
            self.binary,
            f"--config.file={path}",
            f"--storage.tsdb.path={self.folder / 'tsdb'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--web.enable-remote-write-receiver",
            f"--enable-feature={','.join(FEATURES)}",
            *self.flags,
        ]
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder
            )

    def _state(self):
        if self.process.poll() is not None:
            return "ended"
        try:
            ready = requests.get(self.url + "/-/ready", timeout=5)
            return "ready" if ready.status_code == 200 else None
        except requests.RequestException:
            return None

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(program.DEADLINE_S)


class Api:
    """Prometheus' HTTP API, whoever serves it."""

    def __init__(self, url, token=None):
        self.url = url
        self.session = requests.Session()
        if token is not None:
            self.session.headers["Authorization"] = f"Bearer {token}"

    @classmethod
    def of(cls, server):
        """Of the program, or of Prometheus."""
        if isinstance(server, Prometheus):
            return cls(server.url)
        return cls(server.url + "/prometheus", server.token)

    @property
    def write_url(self):
        return self.url + "/api/v1/write"

    def ask(self, path, method="GET", **parameters):
        """The whole document, an error's as well. Names of parameters may end with `_`; `match` is
        `match[]`.
        """
        pairs = {name.rstrip("_"): value for name, value in parameters.items()}
        if "match" in pairs:
            pairs["match[]"] = pairs.pop("match")
        place = {"params": pairs} if method == "GET" else {"data": pairs}
        answer = self.session.request(
            method, f"{self.url}/api/v1/{path}", timeout=program.DEADLINE_S, **place
        )
        try:
            document = answer.json()
        except ValueError:
            raise AssertionError(f"{answer.url}: {answer.status_code} {answer.text}") from None
        wanted = "success" if answer.status_code == 200 else "error"
        assert document.get("status") == wanted, f"{answer.url}: {answer.status_code} {document}"
        return document

    def data(self, path, method="GET", **parameters):
        """The data of an answer that succeeds."""
        document = self.ask(path, method, **parameters)
        assert document["status"] == "success", f"{path} {parameters}: {document}"
        return document["data"]

    def instant(self, query, time_s):
        return self.data("query", query=query, time=time_s)["result"]

    def range(self, query, start_s, end_s, step_s):
        times = {"start": start_s, "end": end_s, "step": step_s}
        return self.data("query_range", query=query, **times)["result"]

    def vector(self, query, time_s):
        """A vector of numbers as {labels: value}, the labels as pairs in order."""
        found = {}
        for series in self.instant(query, time_s):
            key = labels_key(series["metric"])
            assert key not in found, f"{query}: {key} is there twice"
            found[key] = float(series["value"][1])
        return found

    def value(self, query, time_s):
        """The value of a vector with one element."""
        found = self.vector(query, time_s)
        assert len(found) == 1, f"{query}: {found}"
        return next(iter(found.values()))


def labels_key(labels):
    return tuple(sorted(labels.items()))
