"""`--memory` bounds the whole process: flat out, under queries over everything, merges and replay.

Resident memory stays within 1.3 times the flag; whoever is refused may come back; nothing that was
acknowledged is lost.
"""

import json
import subprocess
import threading

import pytest

import program
from program import binary, clean_environment

MEMORY = 256 << 20
LIMIT = int(1.3 * MEMORY)

SECONDS = 15

# Batches told apart at once.
PART = 200

QUERIES = [
    "SELECT count(*) FROM spans",
    "SELECT service_name, name, count(*), avg(duration_nano), max(status_message) FROM spans GROUP BY 1, 2",
    "SELECT * FROM spans ORDER BY duration_nano DESC LIMIT 100",
    "SELECT trace_id, count(*), min(time_unix_nano) FROM spans GROUP BY trace_id ORDER BY 2 DESC LIMIT 10",
    "SELECT count(DISTINCT span_id) FROM spans",
    "SELECT body, count(*) FROM logs GROUP BY body ORDER BY 2 DESC LIMIT 100",
    "SELECT a.name, count(*) FROM spans a JOIN spans b ON a.parent_span_id = b.span_id GROUP BY 1",
    "SELECT * FROM spans",
]


class Generator:
    """`plimsoll generate`, flat out, with a ledger."""

    def __init__(self, server, folder, run, seconds=SECONDS, protocol="grpc"):
        self.ledger = folder / f"{run}.ledger"
        self.output = folder / f"{run}.json"
        endpoint = "http://" + server.otlp_grpc if protocol == "grpc" else server.otlp_http
        command = [binary(), "generate", "--protocol", protocol, "--endpoint", endpoint]
        command += ["--duration", f"{seconds}s", "--connections", "8", "--batch-size", "1000"]
        command += ["--signal", "traces", "--signal", "logs", "--run", run, "--seed", "7"]
        command += ["--ledger", self.ledger, "--format", "json"]
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [str(part) for part in command],
                env=clean_environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def wait(self):
        self.process.wait(SECONDS + program.DEADLINE_S)
        return self

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(program.DEADLINE_S)

    def report(self):
        return json.loads(self.output.read_text())

    def batches(self):
        """Outcome and items of each batch, by signal and number."""
        lines = map(json.loads, self.ledger.read_text().splitlines())
        return {(line["signal"], line["batch"]): line for line in lines}


def audit(server, generator, run):
    """Every acknowledged batch is there, each item once; an unknown one whole or not at all."""
    noted = generator.batches()
    assert noted, "nothing was sent"
    found = {}
    for signal, table in (("traces", "spans"), ("logs", "logs")):
        of_run = f"FROM {table} WHERE attributes_string['plimsoll.generate.run'] = '{run}'"
        # In parts: telling all items apart at once takes more memory than queries have.
        numbers = sorted(batch for of, batch in noted if of == signal)
        for start in range(0, len(numbers), PART):
            part = numbers[start : start + PART]
            rows = server.sql(
                f"""SELECT attributes_int['plimsoll.generate.batch'] AS batch, count(*) AS items,
                    count(DISTINCT attributes_int['plimsoll.generate.seq']) AS different {of_run}
                    AND attributes_int['plimsoll.generate.batch'] BETWEEN {part[0]} AND {part[-1]}
                    GROUP BY 1"""
            )
            found |= {(signal, row["batch"]): (row["items"], row["different"]) for row in rows}
        assert server.scalar(f"SELECT count(*) {of_run}") == sum(
            items for (of, _), (items, _) in found.items() if of == signal
        ), "items of batches that nobody noted"
    assert found.keys() <= noted.keys(), "batches that nobody noted"
    for key, line in noted.items():
        assert line["rejected"] == 0, line
        allowed = [(line["items"], line["items"])]
        if line["outcome"] == "unknown":
            allowed.append((0, 0))
        assert found.get(key, (0, 0)) in allowed, (line, found.get(key))
    return len(noted)


class Asker:
    """Asks wide queries one after the other, until stopped."""

    def __init__(self, server):
        self.server, self.stopping, self.statuses = server, threading.Event(), []
        self.thread = threading.Thread(target=self._ask)
        self.thread.start()

    def _ask(self):
        while not self.stopping.is_set():
            for query in QUERIES:
                answer = self.server.sql_answer(query)
                self.statuses.append((query, answer.status_code))

    def stop(self):
        self.stopping.set()
        self.thread.join()
        return self.statuses


@pytest.fixture
def generate(tmp_path):
    made = []

    def start(server, run, **options):
        made.append(Generator(server, tmp_path, run, **options))
        return made[-1]

    yield start
    for generator in made:
        generator.stop()


def within_limit(server, when, told):
    peak = server.peak_bytes()
    told.append(f"{when} {peak >> 20} MiB")
    assert peak <= LIMIT, f"{when}: {peak >> 20} MiB were resident, {LIMIT >> 20} are allowed"


def test_memory(server, generate, capsys):
    target = server(memory="256MiB", query__timeout="60s", store__compact_interval="1s")
    told = []

    # More than it can take, and wide queries at the same time.
    first = generate(target, "first")
    asker = Asker(target)
    report = first.wait().report()
    statuses = asker.stop()
    within_limit(target, "overload with queries", told)
    assert report["refused"]["permanent"] == 0, report["refused"]
    assert report["errors"] == {} and report["unknown_items"] == 0 and report["rejected_items"] == 0
    # A query too large for memory or time says so; others are answered.
    assert {status for _, status in statuses} <= {200, 413, 429, 504}, statuses
    assert [
        status for query, status in statuses if "count(*) FROM spans" in query and status == 200
    ]

    batches = audit(target, first, "first")
    within_limit(target, "a count of everything", told)
    merged = target.metrics()["plimsoll_store_files_compacted_total"]

    # Killed in full flight; what the log holds is replayed within the same budget.
    second = generate(target, "second", seconds=5, protocol="http")
    program.wait_until(
        "some load", lambda: second.ledger.exists() and second.ledger.stat().st_size > 2_000
    )
    target.kill()
    # It notes what it was not answered; killed too, it would not have noted all that arrived.
    second.wait()
    target.start()
    within_limit(target, "replay", told)
    audit(target, second, "second")
    audit(target, first, "first")
    within_limit(target, "a count of everything after replay", told)
    with capsys.disabled():
        print(
            f"\n{report['acknowledged']['items']} items acknowledged at {report['items_per_second']:.0f}/s, "
            f"{report['refused']['retryable']} requests refused, {batches} batches audited, "
            f"{len(statuses)} queries, {merged:.0f} files merged; most memory: {'; '.join(told)}"
        )
