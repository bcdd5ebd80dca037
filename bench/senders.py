"""Sends envelopes as fast as they are acknowledged: processes with one connection each, so that no
lock is shared and nothing is parsed but status and length of an answer. And a server that does
nothing, against which the senders' own speed is measured.

Invariants: a process has made its requests before the clock starts, unless they would not fit in
memory; an envelope that was refused is sent again until it is acknowledged; one whose connection
broke is never sent again, and counted as unsure.
"""

import contextlib
import multiprocessing
import queue as queues
import resource
import socket
import time
from dataclasses import dataclass

CONTEXT = multiprocessing.get_context("fork")  # Templates are shared, not copied.

# Requests that are made beforehand take at most this much in all processes together.
BEFOREHAND_BYTES_MAX = 5 << 30
ANSWER_DEADLINE_S = 300
CONNECT_DEADLINE_S = 120
REFUSED_PAUSE_MAX_S = 5
PAUSE_S = 0.02
READ_BYTES = 64 << 10


@dataclass(frozen=True)
class Target:
    """Where envelopes go."""

    port: int
    path: str
    key: str

    def head(self, compress):
        lines = [
            f"POST {self.path} HTTP/1.1",
            f"Host: 127.0.0.1:{self.port}",
            "Content-Type: application/x-sentry-envelope",
            f"X-Sentry-Auth: Sentry sentry_key={self.key}, sentry_version=7",
            "User-Agent: bench",
        ]
        lines += ["Content-Encoding: gzip"] if compress else []
        return "\r\n".join([*lines, "Content-Length: "]).encode()


class Connection:
    """One request at a time; connects again where the server closes."""

    def __init__(self, target):
        self.target = target
        self.socket = None

    def connect(self):
        """Waits for a server that is just starting."""
        end = time.monotonic() + CONNECT_DEADLINE_S
        while True:
            try:
                self.socket = socket.create_connection(("127.0.0.1", self.target.port))
                break
            except ConnectionError:
                if time.monotonic() > end:
                    raise
                time.sleep(PAUSE_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.settimeout(ANSWER_DEADLINE_S)

    def post(self, request):
        """The status of the answer, and for how many seconds to wait before the next attempt."""
        if self.socket is None:
            self.connect()
        try:
            self.socket.sendall(request)
            head = self._answer()
        except OSError:
            self.close()
            raise
        fields = dict(line.split(b":", 1) for line in head[1:] if b":" in line)
        if fields.get(b"connection", b"").strip() == b"close":
            self.close()
        pause = float(fields.get(b"retry-after", b"0"))
        return int(head[0].split(b" ", 2)[1]), min(pause, REFUSED_PAUSE_MAX_S)

    def _answer(self):
        """The lines of its head, in lower case; the body is read and dropped."""
        read = b""
        while b"\r\n\r\n" not in read:
            read += self._read()
        head, _, body = read.partition(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        length = next((int(one[15:]) for one in lines if one.startswith(b"content-length:")), 0)
        missing = length - len(body)
        while missing > 0:
            missing -= len(self._read())
        return lines

    def _read(self):
        read = self.socket.recv(READ_BYTES)
        if not read:
            raise ConnectionResetError("closed before the answer was complete")
        return read

    def close(self):
        if self.socket is not None:
            self.socket.close()
            self.socket = None


class Flood:
    """So many envelopes of a workload, over so many connections."""

    def __init__(self, workload, target, count, connections, seed):
        self.workload, self.target, self.seed = workload, target, seed
        each, more = divmod(count, connections)
        self.counts = [each + (at < more) for at in range(connections)]
        self.beforehand = workload.compress or count * workload.bytes_mean() <= BEFOREHAND_BYTES_MAX
        self.acknowledged = CONTEXT.RawArray("q", connections)

    def done(self):
        """How many are acknowledged by now."""
        return sum(self.acknowledged)

    def run(self, meanwhile, pause_s=0.2, may_break=False):
        """Sends all of them; calls `meanwhile` every `pause_s` until they are sent."""
        start = CONTEXT.Event()
        queue = CONTEXT.Queue()
        processes = [
            CONTEXT.Process(target=self._work, args=(at, start, queue), daemon=True)
            for at in range(len(self.counts))
        ]
        for process in processes:
            process.start()
        try:
            # First a word of each that it has made its requests, later its part of the report.
            gather(queue, processes, lambda: None, pause_s)
            start.set()
            begin = time.monotonic()
            parts = gather(queue, processes, meanwhile, pause_s)
        finally:
            for process in processes:
                process.kill()
                process.join()
        report = self._sum(parts, begin)
        if report["unsure"] and not may_break:
            raise RuntimeError(f"connections broke under {report['unsure']} envelopes")
        return report

    def _sum(self, parts, begin):
        latencies = sorted(took for part in parts for took in part["latencies"])
        seconds = max(part["end"] for part in parts) - begin
        acknowledged = sum(part["acknowledged"] for part in parts)
        return {
            "acknowledged": acknowledged,
            "unsure": sum(part["unsure"] for part in parts),
            "refused": sum(part["refused"] for part in parts),
            "begin": begin,
            "seconds": seconds,
            "per_second": acknowledged / seconds,
            "sender_cpu_seconds": sum(part["cpu_seconds"] for part in parts),
            "latency_ms": {
                name: 1000 * latencies[min(len(latencies) - 1, int(share * len(latencies)))]
                for name, share in (("p50", 0.5), ("p99", 0.99), ("max", 1.0))
            },
        }

    def _work(self, at, start, queue):
        requests = self._requests(at)
        if self.beforehand:
            requests = list(requests)
        connection = Connection(self.target)
        queue.put(at)
        start.wait()
        cpu = cpu_seconds()
        latencies, refused, unsure = [], 0, 0
        for request in requests:
            begin = time.perf_counter()
            try:
                refused += self._deliver(connection, request)
                self.acknowledged[at] += 1
                latencies.append(time.perf_counter() - begin)
            except ConnectionError:
                unsure += 1
        queue.put(
            {
                "acknowledged": self.acknowledged[at],
                "refused": refused,
                "unsure": unsure,
                "end": time.monotonic(),
                "latencies": latencies,
                "cpu_seconds": cpu_seconds() - cpu,
            }
        )

    def _requests(self, at):
        head = self.target.head(self.workload.compress)
        seed, step = f"{self.seed} {at}", len(self.counts)
        for body in self.workload.envelopes(seed, self.counts[at], at, step):
            yield b"%s%d\r\n\r\n%s" % (head, len(body), body)

    @staticmethod
    def _deliver(connection, request):
        """Sends it until it is acknowledged; how often it was refused."""
        refused = 0
        while True:
            status, pause_s = connection.post(request)
            if status == 200:
                return refused
            if status not in (429, 503):
                raise RuntimeError(f"an envelope was answered with {status}")
            refused += 1
            time.sleep(max(pause_s, PAUSE_S))


def gather(queue, processes, meanwhile, pause_s):
    """What each of these processes says next."""
    said = []
    while len(said) < len(processes):
        if any(process.exitcode not in (None, 0) for process in processes):
            raise RuntimeError("a sender failed; what it said is above")
        meanwhile()
        with contextlib.suppress(queues.Empty):
            said.append(queue.get(timeout=pause_s))
    return said


def cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


@contextlib.contextmanager
def null_sink(connections):
    """A server that reads requests and answers them, a process for each connection; its port."""
    with socket.create_server(("127.0.0.1", 0), backlog=connections) as listening:
        processes = [
            CONTEXT.Process(target=swallow, args=(listening,), daemon=True)
            for _ in range(connections)
        ]
        for process in processes:
            process.start()
        try:
            yield listening.getsockname()[1]
        finally:
            for process in processes:
                process.kill()
                process.join()


def swallow(listening):
    """Answers whoever connects, one connection after the other."""
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
    buffer = memoryview(bytearray(1 << 20))
    while True:
        taken, _ = listening.accept()
        with taken:
            while read := taken.recv_into(buffer):
                head, _, body = bytes(buffer[: min(read, 2048)]).partition(b"\r\n\r\n")
                length = int(head[head.rindex(b"Content-Length: ") + 16 :])
                missing = len(head) + 4 + length - read
                while missing > 0 and (read := taken.recv_into(buffer)):
                    missing -= read
                taken.sendall(answer)


def capacity(workload, count, connections):
    """What the senders can do where nothing else is done."""
    with null_sink(connections) as port:
        target = Target(port, "/api/1/envelope/", "0" * 32)
        return Flood(workload, target, count, connections, "capacity").run(lambda: None)
