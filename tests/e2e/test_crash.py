"""What was acknowledged is there, exactly once, whatever kills the process."""

import json
import os
import random
import subprocess
import time

import pytest

import otlp
import program
import wal
from conftest import is_root
from ledger import LOGS, SAMPLES, SPANS, Ledger
from load import Load, batch

KILLS = int(os.environ.get("PLIMSOLL_KILLS", "200"))

# The same schedule every time, as far as a scheduler allows; another seed is another schedule.
SEED = int(os.environ.get("PLIMSOLL_SEED", "1"))

# What expires is dated so that its files are of a day of their own.
RETENTION_NS = 49 * otlp.HOUR

# Everything that happens rarely happens all the time.
RESTLESS = {
    "memory": "128MiB",
    "retention__traces": "49h",
    "store__flush_interval": "50ms",
    "store__compact_interval": "100ms",
    "store__compact_fan_in": "4",
    "store__grace": "1s",
}


class Witness:
    """Follows the tables' transaction logs, to tell what the kills interrupted."""

    def __init__(self, folder):
        self.folder = folder
        self.operations = {}
        self.known = set()
        self.interrupted = 0

    def look(self):
        """Reads new commits; counts a kill that left a file which no commit names."""
        for path in self.folder.glob("tables/*/_delta_log/*.json"):
            if path.name.startswith(".") or path in self.operations:
                continue
            actions = [json.loads(line) for line in path.read_text().splitlines()]
            infos = [
                action["commitInfo"]["operation"] for action in actions if "commitInfo" in action
            ]
            self.operations[path] = infos[0]
            table = path.parent.parent
            self.known |= {table / action["add"]["path"] for action in actions if "add" in action}
        files = self.folder.glob("tables/*/date=*/*")
        self.interrupted += any(path not in self.known for path in files)

    def count(self, operation):
        return sum(found == operation for found in self.operations.values())


def test_kill_at_any_moment(server, capsys):
    """SIGKILL again and again: while starting, replaying, taking, flushing, merging, expiring."""
    target = server(start=False, **RESTLESS)
    rng = random.Random(SEED)
    ledger, witness = Ledger(), Witness(target.folder)
    early = 0
    for kill in range(KILLS):
        load = None
        target.spawn()
        if rng.random() < 0.2:
            # Not ready, or just about to be.
            time.sleep(rng.uniform(0, 0.3))
            early += 1
        else:
            target.wait_ready()
            if kill % 8 == 0:
                ledger.check(target)
            load = Load(target, ledger, SEED + kill * 100, retention_ns=RETENTION_NS)
            time.sleep(rng.uniform(0.02, 0.7))
        target.kill()
        if load is not None:
            load.join()
        witness.look()
    target.start()
    ledger.check(target, everything=True)
    with capsys.disabled():
        print(
            f"\n{KILLS} kills, {early} of them while starting, {witness.interrupted} within a flush or "
            f"merge; batches {ledger.counts}; commits: {witness.count('WRITE')} flushes, "
            f"{witness.count('OPTIMIZE')} merges, {witness.count('DELETE')} expiries"
        )
    # The test saw what it is for.
    assert ledger.counts["acknowledged"] > 10 * KILLS
    assert witness.count("WRITE") > KILLS
    assert witness.count("OPTIMIZE") > KILLS / 10
    assert witness.count("DELETE") > KILLS / 20
    assert witness.interrupted > KILLS / 20
    assert not (target.folder / "quarantine").exists(), "a kill damages nothing"
    # All of it survives a clean stop as well, which leaves nothing in the log.
    assert target.stop() == program.GOOD
    assert wal.segments(target.folder) == []
    target.start()
    ledger.check(target, everything=True)


def send_some(target, ledger, count=6, items=5):
    """Batches of every signal, one after the other, each in a log record of its own."""
    connection = otlp.Connection(target.otlp_http)
    for turn in range(count):
        table = (SPANS, LOGS, SAMPLES)[turn % 3]
        number = ledger.begin()
        answer = connection.send(batch(table, number, items, 100))
        assert answer.accepted_whole(), answer
        ledger.note(number, table, items, "acknowledged")
    connection.close()


@pytest.fixture
def killed(server):
    """A server killed with acknowledged batches in its log alone, the ledger, and the segment."""
    target, ledger = server(memory="128MiB"), Ledger()
    send_some(target, ledger)
    target.kill()
    (segment,) = wal.segments(target.folder)
    return target, ledger, segment


def test_the_log_is_as_specified(killed):
    """An independent reading of docs/format/wal.md finds exactly the requests sent."""
    target, ledger, segment = killed
    records, _ = wal.read(segment)
    assert [record.sequence for record in records] == list(range(1, 7))
    assert [record.kind for record in records] == [1, 3, 2, 1, 3, 2]
    messages = {
        1: otlp.ExportTraceServiceRequest,
        2: otlp.ExportMetricsServiceRequest,
        3: otlp.ExportLogsServiceRequest,
    }
    for record in records:
        messages[record.kind].FromString(record.body)
        received, oldest, newest = record.window
        assert oldest < received < newest
    assert len(ledger.batches) == 6
    target.start()
    ledger.check(target)


def overwrite(path, offset, data):
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(data)


def _half_a_record(segment):
    records, end = wal.read(segment)
    last = records[-1]
    torn = wal.encode(last.sequence + 1, last.kind, last.window, last.body)
    overwrite(segment, end, torn[: len(torn) // 2])


def _garbage(segment):
    _, end = wal.read(segment)
    overwrite(segment, end, random.Random(2).randbytes(5_000))


def _cut_at_the_end(segment):
    _, end = wal.read(segment)
    os.truncate(segment, end + 7)


def _an_empty_segment(segment):
    records, _ = wal.read(segment)
    segment.with_name(f"{records[-1].sequence + 1:016x}.wal").write_bytes(b"")


def _a_segment_of_zeros(segment):
    records, _ = wal.read(segment)
    segment.with_name(f"{records[-1].sequence + 1:016x}.wal").write_bytes(bytes(4096))


@pytest.mark.parametrize(
    "tear", [_half_a_record, _garbage, _cut_at_the_end, _an_empty_segment, _a_segment_of_zeros]
)
def test_torn_tail(killed, tear):
    """What a crash leaves of a write nobody was answered for harms nothing."""
    target, ledger, segment = killed
    tear(segment)
    target.start()
    ledger.check(target)
    assert not (target.folder / "quarantine").exists(), "a torn tail is not damage"
    # The log goes on behind it, through another crash.
    send_some(target, ledger)
    target.restart()
    ledger.check(target, everything=True)


def test_truncated_last_record(killed):
    """A last record cut short by a bad disk: it is lost, and it alone."""
    target, ledger, segment = killed
    records, _ = wal.read(segment)
    os.truncate(segment, records[-1].end - 3)
    forget(ledger, records[-1:])
    target.start()
    ledger.check(target, everything=True)
    send_some(target, ledger)
    target.restart()
    ledger.check(target, everything=True)


def test_damage_within_the_log(killed):
    """Bad bytes before whole records: set aside, reported, and nothing after them is lost."""
    target, ledger, segment = killed
    records, _ = wal.read(segment)
    bad = records[2]
    middle = (bad.offset + bad.end) // 2
    before = segment.read_bytes()[bad.offset : bad.end]
    flipped = before[middle - bad.offset] ^ 0x10
    overwrite(segment, middle, bytes([flipped]))
    damaged = segment.read_bytes()[bad.offset : bad.end]
    forget(ledger, [bad])
    target.start()
    ledger.check(target, everything=True)
    (kept,) = (target.folder / "quarantine").iterdir()
    assert kept.read_bytes() == damaged
    assert "the write-ahead log is damaged" in target.log()
    assert kept.name in target.log()


def forget(ledger, records):
    """These records' batches must not be there."""
    numbers = sorted(ledger.batches)
    for record in records:
        # The records are in the order of the batches.
        ledger.batches[numbers[record.sequence - 1]].outcome = "refused"


def test_log_of_another_version(killed):
    """A log this program does not know is neither read wrongly nor touched."""
    target, ledger, segment = killed
    overwrite(segment, 6, b"\x00\x02")
    before = segment.read_bytes()
    target.spawn()
    assert target.process.wait(program.DEADLINE_S) == program.FAILED
    assert "the log is of format version 0.2, this program knows 0.1" in target.log()
    assert segment.read_bytes() == before
    overwrite(segment, 6, b"\x00\x01")
    target.start()
    ledger.check(target)


def test_second_process_on_the_same_folder(server):
    target, ledger = server(), Ledger()
    send_some(target, ledger)
    second = server(start=False, folder=target.folder)
    second.spawn()
    assert second.process.wait(program.DEADLINE_S) == program.FAILED
    error = second.log()
    assert "error: " in error and str(target.folder) in error
    assert "in use by another process" in error and "--data" in error
    # The first one did not notice.
    send_some(target, ledger)
    ledger.check(target)
    target.restart()
    ledger.check(target, everything=True)


@pytest.mark.parametrize("place", ["a-file/data", "a-file", "read-only/data", "read-only"])
def test_unusable_folder(tmp_path, place):
    """No folder, no server: a clear error, exit code 2, nothing left running."""
    (tmp_path / "a-file").write_text("no folder")
    (tmp_path / "read-only").mkdir()
    (tmp_path / "read-only").chmod(0o555)
    folder = tmp_path / place
    command = ["serve", "--data", folder, "--listen", "127.0.0.1:0", "--otlp-grpc", "off"]
    # Root may write anywhere: then the program runs as nobody.
    as_nobody = {"user": 65534, "group": 65534} if is_root() else {}
    if as_nobody:
        # pytest keeps its folders to itself.
        for closed in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
            closed.chmod(0o755)
    done = program.run(*command, "--otlp-http", "off", cwd="/", **as_nobody)
    assert done.returncode == program.FAILED, done
    assert str(folder) in done.stderr and "--data" in done.stderr, done.stderr
    assert "panicked" not in done.stderr


@pytest.fixture
def small_disk(root_only, tmp_path):
    """A file system of its own with 320 MiB."""
    mount = tmp_path / "disk"
    mount.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=320m", "plimsoll-test", str(mount)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"cannot mount a small file system here: {done.stderr.strip()}")
    yield mount
    subprocess.run(["umount", "--lazy", str(mount)], check=True)


def free_bytes(folder):
    stat = os.statvfs(folder)
    return stat.f_bavail * stat.f_frsize


def fill(folder, leave_bytes):
    """Takes all room but so much."""
    ballast = folder / "ballast"
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, free_bytes(folder) - leave_bytes)
    return ballast


@pytest.mark.parametrize("leave_bytes", [0, 1 << 20, 32 << 20])
def test_full_disk(small_disk, server, leave_bytes):
    """Refused retryably, readable throughout, taken again once there is room: without a restart."""
    target = server(folder=small_disk / "data", store__disk_reserve="8MiB")
    ledger = Ledger()
    send_some(target, ledger)
    ballast = fill(small_disk, leave_bytes)
    connection = otlp.Connection(target.otlp_http)
    last = []

    def send():
        """Sends one batch and notes what became of it."""
        number = ledger.begin()
        answer = connection.send(batch(SPANS, number, 40, 10_000))
        outcome = "acknowledged" if answer.status == 200 else "refused"
        ledger.note(number, SPANS, 40, outcome)
        assert answer.status == 200 or answer.is_retryable_refusal(), (answer, answer.error())
        last[:] = [answer]
        return answer.status

    program.wait_until("refused", lambda: send() == 503)
    refusal = last[0].error()
    assert "full" in refusal.message or "No space" in refusal.message, refusal
    # What was acknowledged can be read from the full disk, and the server says it is alive.
    ledger.check(target)
    assert target.request("GET", "/healthz").status_code == 200
    ballast.unlink()
    program.wait_until("taken again", lambda: send() == 200)
    ledger.check(target)
    target.restart()
    ledger.check(target, everything=True)
    assert target.stop() == program.GOOD
    target.start()
    ledger.check(target, everything=True)
