"""The error trackers that are compared: each started on loopback on a folder of its own.

Invariants: only processes started here are signalled, each by its id; a state is asked for until a
deadline, never slept for; what was counted is what the tracker shows or has in its database, never
what was sent.
"""

import contextlib
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import urllib.request
import uuid
import venv
from dataclasses import dataclass
from pathlib import Path

import process
from senders import Target
from systems import bytes_below, free_port

import program  # In tests/e2e, on the path since `process` was imported.

PAUSE_S = 0.2
KEEP_ALL = 1_000_000_000
READY_ANSWER_S = 10


def proportional_bytes(pid):
    """Resident memory, with what processes share divided among them."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


def children(pid):
    """The processes that a process started, and those started by them."""
    found = []
    with contextlib.suppress(OSError):  # A thread or process may just have ended.
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in map(int, (task / "children").read_text().split()):
                found += [child, *children(child)]
    return found


def cpu_seconds_with_ended(pid):
    """User and system time of a process and of its children that ended."""
    stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, stat[11:15])) / process.TICKS_PER_SECOND


class Tracker:
    """A system that takes envelopes of Sentry's SDKs."""

    def __init__(self, folder):
        self.folder = folder
        self.peak_bytes = 0

    # What each has of its own.

    def start(self):
        raise NotImplementedError

    def stop(self):
        raise NotImplementedError

    def roots(self):
        """The processes that were started here."""
        raise NotImplementedError

    def counted(self):
        """Occurrences that are processed: none of them waits, and questions find them."""
        raise NotImplementedError

    def settle(self):
        """Waits until nothing that it does later is left to do."""
        raise NotImplementedError

    def facts(self):
        """What else is to be told, of one that has settled."""
        raise NotImplementedError

    def disk_bytes(self):
        raise NotImplementedError

    def version(self):
        raise NotImplementedError

    def command_lines(self):
        """How it was started, but for ports and folders."""
        raise NotImplementedError

    # What all have.

    def processes(self):
        return [pid for root in self.roots() for pid in (root, *children(root))]

    def cpu_seconds(self):
        total = 0
        for pid in self.processes():
            with contextlib.suppress(OSError):  # A worker may just have ended.
                total += cpu_seconds_with_ended(pid)
        return total

    def watch(self):
        """Remembers the most memory that was seen."""
        total = 0
        for pid in self.processes():
            with contextlib.suppress(OSError):
                total += proportional_bytes(pid)
        self.peak_bytes = max(self.peak_bytes, total)

    @classmethod
    @contextlib.contextmanager
    def run(cls, folder, *arguments):
        """One on a new folder below `folder`; both are gone at the end."""
        place = Path(tempfile.mkdtemp(prefix="tracker-", dir=folder))
        made = cls(place, *arguments)
        try:
            made.start()
            yield made
        finally:
            made.stop()
            shutil.rmtree(place, ignore_errors=True)


class FixedServer(process.Server):
    """A server whose port is the same after each start, so that senders find it again."""

    def __init__(self, *arguments, options=()):
        super().__init__(*arguments)
        self.port = free_port()
        self.options = list(options)

    def command(self):
        command = super().command()
        command[command.index("--listen") + 1] = f"127.0.0.1:{self.port}"
        return command + self.options


class Plimsoll(Tracker):
    """The program, with so much memory and perhaps another budget of occurrences kept in full."""

    def __init__(self, folder, memory, keep_all=False):
        super().__init__(folder)
        options = ["--memory", memory]
        options += ["--errors-kept-burst", str(KEEP_ALL)] if keep_all else []
        settings = {**process.SETTINGS, "store.compact_interval": "1s"}
        log = folder / "server.log"
        self.server = FixedServer(folder / "data", log, settings, options=options)
        self.options = options

    def start(self):
        self.server.start()
        (project, *_) = self.server.get("/api/v1/errors/projects")["projects"]
        self.dsn = project["keys"][0]["dsn"]
        key = project["keys"][0]["public_key"]
        self.target = Target(self.server.port, f"/api/{project['id']}/envelope/", key)

    def stop(self):
        if self.server.running():
            self.server.kill()

    def roots(self):
        return [self.server.process.pid]

    def watch(self):
        """The kernel remembers."""
        with contextlib.suppress(OSError, KeyError):  # It may just be starting again.
            self.peak_bytes = max(self.peak_bytes, self.server.memory_bytes("VmHWM"))

    def listed(self):
        """What the list of issues says in all, and how many issues it has."""
        events, issues, page = 0, 0, {}
        while page is not None:
            found = self.server.get(
                "/api/v1/monitoring/errors", status="all", from_="-1h", limit=100, **page
            )
            events += sum(issue["events"] for issue in found["issues"])
            issues += len(found["issues"])
            page = {"cursor": found["next_cursor"]} if found["next_cursor"] else None
        return events, issues

    def counted(self):
        """As the list of issues and SQL say; where they differ, the fewer."""
        rows = self.server.scalar("SELECT sum(count) FROM errors") or 0
        return min(self.listed()[0], rows)

    def settle(self):
        self.server.settle(compact_interval_s=1)

    def facts(self):
        listed, issues = self.listed()
        kept = self.server.scalar("SELECT count(*) FROM errors WHERE exceptions IS NOT NULL")
        counted = self.server.scalar("SELECT sum(count) FROM errors")
        return {"issues": issues, "kept_in_full": kept, "listed": listed, "counted_sql": counted}

    def disk_bytes(self):
        """Files of the tables, and counts of issues in the state database."""
        state = self.server.folder.glob("state.db*")
        return bytes_below(self.server.folder / "tables") + sum(
            path.stat().st_size for path in state
        )

    def command_lines(self):
        return [["plimsoll", "serve", *self.options]]

    def version(self):
        return program.run("--version").stdout.split()[-1]


@dataclass(frozen=True)
class Tuning:
    """What of bugsink's settings was tried."""

    # Processes of gunicorn, and what each does with its connections.
    workers: int = 2
    worker_class: str = "sync"
    threads: int = 1
    # Threads of its queue.
    snappea_workers: int = 4
    # Events as flat files, as it advises for much traffic, and not in its database.
    files: bool = False


class Installation:
    """bugsink in an environment of its own, and databases that have nothing in them yet."""

    def __init__(self, folder, version):
        self.bin = folder / "environment/bin"
        self.databases = folder / "databases"
        self.version = version
        if not (self.bin / "bugsink-manage").exists():
            venv.create(folder / "environment", with_pip=True)
            self.run("python", "-m", "pip", "install", "--quiet", f"bugsink=={version}")

    def run(self, name, *arguments, cwd=None, env=None):
        command = [self.bin / name, *map(str, arguments)]
        done = subprocess.run(
            command, cwd=cwd, env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL
        )
        if done.returncode != 0:
            raise RuntimeError(f"{command} ended with {done.returncode}: {done.stderr[-2000:]}")
        return done.stdout


class Bugsink(Tracker):
    """bugsink as its page on single-server production has it: gunicorn, and its queue snappea, each
    on SQLite. No nginx is before it.
    """

    def __init__(self, folder, installation, tuning):
        super().__init__(folder)
        self.installation = installation
        self.tuning = tuning
        self.started = []

    def start(self):
        self.port = free_port()
        self.configure()
        self.make_databases()
        key = self.make_project()
        self.target = Target(self.port, "/api/1/envelope/", key)
        self.dsn = f"http://{key}@127.0.0.1:{self.port}/1"
        self.spawn("gunicorn", f"--bind=127.0.0.1:{self.port}", *self.gunicorn())
        self.spawn("bugsink-runsnappea")
        process.poll("bugsink ready", self.answers, PAUSE_S, process.READY_DEADLINE_S)

    def configure(self):
        """Its own template of settings; no quota is ever reached, and nothing phones home."""
        options = ["--template=singleserver", "--host=127.0.0.1", f"--base-dir={self.folder}"]
        self.installation.run("bugsink-create-conf", *options, cwd=self.folder)
        limits = [
            f"MAX_EVENTS_{scope}PER_{period}"
            for scope in ("", "PROJECT_")
            for period in ("5_MINUTES", "HOUR", "MONTH")
        ]
        limits = [name.replace("PROJECT_PER", "PER_PROJECT_PER") for name in limits]
        ours = {name: KEEP_ALL for name in limits}
        ours |= {"PHONEHOME": False, "BASE_URL": f"http://127.0.0.1:{self.port}"}
        if self.tuning.files:
            place = {"basepath": str(self.folder / "event_storage")}
            storage = {"STORAGE": "events.storage.FileEventStorage", "OPTIONS": place}
            ours["EVENT_STORAGES"] = {"local_flat_files": {**storage, "USE_FOR_WRITE": True}}
        with (self.folder / "bugsink_conf.py").open("a") as settings:
            settings.write(f"\nBUGSINK.update({ours!r})\n")
            settings.write(f"SNAPPEA['NUM_WORKERS'] = {self.tuning.snappea_workers}\n")

    def environment(self):
        return program.clean_environment(PYTHONUNBUFFERED="1", PYTHONPATH=str(self.folder))

    def manage(self, *arguments):
        run = self.installation.run
        return run("bugsink-manage", *arguments, cwd=self.folder, env=self.environment())

    def make_databases(self):
        """Made once, which takes many seconds, and copied."""
        made = self.installation.databases
        if not made.is_dir():
            self.manage("migrate")
            self.manage("migrate", "snappea", "--database=snappea")
            made.mkdir()
            for path in self.folder.glob("*.sqlite3"):
                shutil.copy(path, made)
        shutil.copytree(made, self.folder, dirs_exist_ok=True)

    def make_project(self):
        """A project that keeps all its events; its key."""
        key = uuid.uuid4().hex
        self.manage(
            "shell",
            "--command",
            "from projects.models import Project; from phonehome.models import Installation; "
            "Installation.objects.get_or_create(); Project.objects.create("
            f"name='bench', sentry_key='{key}', retention_max_event_count={KEEP_ALL})",
        )
        return key

    def gunicorn(self):
        """Its arguments as documented, the number and kind of workers apart."""
        tuning = self.tuning
        return [
            f"--workers={tuning.workers}",
            f"--worker-class={tuning.worker_class}",
            f"--threads={tuning.threads}",
            "--timeout=6",
            *("--access-logfile", "-"),
            "--max-requests=1000",
            "--max-requests-jitter=100",
            "bugsink.wsgi",
        ]

    def command_lines(self):
        return [["gunicorn", *self.gunicorn()], ["bugsink-runsnappea"]]

    def version(self):
        return self.installation.version

    def spawn(self, name, *arguments):
        with (self.folder / f"{name}.log").open("ab") as log:
            started = subprocess.Popen(
                [self.installation.bin / name, *arguments],
                cwd=self.folder,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.started.append(started)

    def answers(self):
        for started in self.started:
            if started.poll() is not None:
                raise RuntimeError(f"{started.args[0]} ended with {started.returncode}")
        try:
            place = f"http://127.0.0.1:{self.port}/health/ready"
            with urllib.request.urlopen(place, timeout=READY_ANSWER_S) as answer:
                return answer.status == 200
        except OSError:
            return False

    def roots(self):
        return [started.pid for started in self.started if started.poll() is None]

    def stop(self):
        """In good order, so that its databases are complete without their logs."""
        for started in reversed(self.started):
            if started.poll() is None:
                started.send_signal(signal.SIGTERM)
        for started in self.started:
            try:
                started.wait(program.DEADLINE_S)
            except subprocess.TimeoutExpired:
                started.kill()
                started.wait(program.DEADLINE_S)

    def scalar(self, database, question):
        place = f"file:{self.folder / database}?mode=ro"
        with contextlib.closing(sqlite3.connect(place, uri=True, timeout=60)) as connection:
            return connection.execute(question).fetchone()[0]

    def counted(self):
        """Events in its database; none while a task waits or a worker has one."""
        waiting = self.scalar("snappea.sqlite3", "SELECT count(*) FROM snappea_task")
        stored = self.scalar("db.sqlite3", "SELECT count(*) FROM events_event")
        return 0 if waiting else stored

    def settle(self):
        """Nothing is left to do once all is digested; stopped, its logs are in its databases."""
        self.stop()

    def facts(self):
        digested = "SELECT digested_event_count FROM projects_project"
        return {
            "issues": self.scalar("db.sqlite3", "SELECT count(*) FROM issues_issue"),
            "kept_in_full": self.scalar("db.sqlite3", "SELECT count(*) FROM events_event"),
            "counted": self.scalar("db.sqlite3", digested),
        }

    def disk_bytes(self):
        databases = [*self.folder.glob("*.sqlite3*")]
        events = bytes_below(self.folder / "event_storage", self.folder / "ingestion")
        return events + sum(path.stat().st_size for path in databases)
