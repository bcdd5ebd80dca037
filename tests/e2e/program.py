"""The real program under test: started on free loopback ports, asked, stopped, killed.

Invariants: only processes started here are ever signalled; readiness is asked for until a deadline,
never slept for; what is said to be the server's port was read from the file of *this* process.
"""

import json
import os
import secrets
import signal
import subprocess
import time
from pathlib import Path

import requests

ROOT = Path(__file__).resolve().parents[2]

# Generous: two busy cores and a debug build. Nothing waits this long unless something is wrong.
DEADLINE_S = 60

# A retry of a poll; short, since it is not what a test waits for.
PAUSE_S = 0.02

GOOD, FAILED, USAGE = 0, 2, 64

# Resident code of a release build under every kind of work, measured.
CODE_BYTES = 86 << 20


def binary():
    """The program: PLIMSOLL_BIN, or the debug build."""
    path = Path(os.environ.get("PLIMSOLL_BIN", ROOT / "target/debug/plimsoll"))
    assert path.is_file(), f"{path} is not there; build it with cargo build -p plimsoll"
    return path


def clean_environment(**more):
    """This environment without anything that would steer the program or an SDK."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PLIMSOLL_", "OTEL_"))
    }
    return {**kept, **more}


def run(*arguments, env=None, deadline_s=DEADLINE_S, **options):
    """Runs the program to its end."""
    return subprocess.run(
        [binary(), *map(str, arguments)],
        env=clean_environment(**(env or {})),
        capture_output=True,
        text=True,
        timeout=deadline_s,
        stdin=subprocess.DEVNULL,
        **options,
    )


def wait_until(what, check, deadline_s=DEADLINE_S):
    """Asks `check` until it answers something true, and returns that."""
    end = time.monotonic() + deadline_s
    while True:
        answer = check()
        if answer:
            return answer
        assert time.monotonic() < end, f"{what}: not within {deadline_s} s"
        time.sleep(PAUSE_S)


class Server:
    """`plimsoll serve` on a folder, through any number of starts."""

    def __init__(self, folder, log_path, settings=None, env=None):
        self.folder = Path(folder)
        # Settings by their names in the settings file, handed over in the environment.
        self.settings = dict(settings or {})
        self.env = dict(env or {})
        self.token = "e2e-" + secrets.token_hex(16)
        self.process = None
        self.addresses = None
        self.log_path = Path(log_path)
        self.starts = 0

    def environment(self):
        named = {
            "PLIMSOLL_" + name.replace(".", "_").upper(): str(value)
            for name, value in self.settings.items()
        }
        token = {} if self.token is None else {"PLIMSOLL_BOOTSTRAP_TOKEN": self.token}
        return clean_environment(**token, **named, **self.env)

    def command(self):
        free = "127.0.0.1:0"
        return [
            str(binary()),
            "serve",
            *("--data", str(self.folder)),
            *("--listen", free),
            *("--otlp-grpc", free),
            *("--otlp-http", free),
        ]

    def spawn(self, **options):
        """Starts the process and does not wait for it."""
        assert not self.running(), "already running"
        self.starts += 1
        self.addresses = None
        with self.log_path.open("ab") as log:
            log.write(f"--- start {self.starts}\n".encode())
            log.flush()
            self.process = subprocess.Popen(
                self.command(),
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # A folder without a settings file: the program reads ./plimsoll.toml.
                cwd=self.log_path.parent,
                **options,
            )
        return self

    def start(self):
        """Starts the process and waits until it takes traffic."""
        self.spawn()
        self.wait_ready()
        return self

    def wait_ready(self, deadline_s=DEADLINE_S):
        wait_until("ready", self.is_ready, deadline_s)

    def is_ready(self):
        code = self.process.poll()
        assert code is None, f"the server ended with {code} instead of taking traffic\n{self.log()}"
        try:
            found = json.loads((self.folder / "addresses.json").read_text())
            if found["pid"] != self.process.pid:
                return False  # Left by a process that was killed.
            self.addresses = found
            return requests.get(self.url + "/readyz", timeout=5).status_code == 200
        except (OSError, ValueError, requests.RequestException):
            return False

    def running(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        """SIGKILL; returns when the process is gone."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(DEADLINE_S)

    def stop(self):
        """SIGTERM; returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(DEADLINE_S)

    def restart(self):
        """Kill and start again."""
        if self.running():
            self.kill()
        return self.start()

    def log(self, lines=None):
        text = self.log_path.read_text(errors="replace") if self.log_path.exists() else ""
        return text if lines is None else "\n".join(text.splitlines()[-lines:])

    # Where it listens.

    @property
    def url(self):
        return "http://" + self.addresses["listen"]

    @property
    def otlp_http(self):
        return "http://" + self.addresses["otlp_http"]

    @property
    def otlp_grpc(self):
        return self.addresses["otlp_grpc"]

    # What it answers.

    def request(self, method, path, **options):
        """A request as admin, unless other credentials are given; any answer."""
        headers = options.pop("headers", None)
        if headers is None:
            headers = {"Authorization": f"Bearer {self.token}"}
        options.setdefault("timeout", DEADLINE_S)
        return requests.request(method, self.url + path, headers=headers, **options)

    def get(self, path, **parameters):
        """The JSON of an API path; anything but 200 fails."""
        parameters = {name.rstrip("_"): value for name, value in parameters.items()}
        answer = self.request("GET", path, params=parameters)
        assert answer.status_code == 200, f"GET {answer.url}: {answer.status_code} {answer.text}"
        return answer.json()

    def sql_answer(self, query, limit=None):
        body = {"query": query} if limit is None else {"query": query, "limit": limit}
        return self.request("POST", "/api/v1/query/sql", json=body)

    def sql(self, query):
        """The rows of a query, each a dict."""
        answer = self.sql_answer(query, 10_000)
        assert answer.status_code == 200, f"{query}: {answer.status_code} {answer.text}"
        document = answer.json()
        assert not document["truncated"], f"{query}: more than {document['row_count']} rows"
        names = [column["name"] for column in document["columns"]]
        return [dict(zip(names, row, strict=True)) for row in document["rows"]]

    def scalar(self, query):
        """The one value of a query."""
        (row,) = self.sql(query)
        (value,) = row.values()
        return value

    def metrics(self):
        """Its own metrics: `{"name{labels}": value}`."""
        answer = self.request("GET", "/metrics")
        assert answer.status_code == 200, answer.text
        lines = (line for line in answer.text.splitlines() if line and not line.startswith("#"))
        pairs = (line.rsplit(" ", 1) for line in lines)
        return {name: float(value) for name, value in pairs}

    def peak_bytes(self):
        """The most memory that was ever resident in this process.

        Of the program's own code only so much counts as a release build has: a debug build's is
        several times as large, and no test is about that.
        """
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        fields = dict(line.split(":", 1) for line in status.splitlines())
        peak, of_files = (int(fields[name].split()[0]) * 1024 for name in ("VmHWM", "RssFile"))
        return peak - max(0, of_files - CODE_BYTES)
