"""Senders that keep a server busy with batches noted in a ledger, until they are told to stop or
the server is gone."""

import random
import threading

import grpc
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import TraceServiceStub

import otlp
from ledger import LOGS, SAMPLES, SPANS, label

# Random text, so that neither the log nor the files are small by compression.
_NOISE = random.Random(1).randbytes(1 << 20).hex()


def noise(chars):
    at = random.randrange(len(_NOISE) - chars)
    return _NOISE[at : at + chars]


def batch(table, number, items, pad_chars):
    """An export request of `items` items of this batch."""
    name = label(number)
    match table:
        case "spans":
            spans = [otlp.span(name, attrs={"pad": noise(pad_chars), "n": n}) for n in range(items)]
            return otlp.traces(spans, "ledger")
        case "logs":
            records = [otlp.log(name, attrs={"pad": noise(pad_chars)}) for _ in range(items)]
            return otlp.logs(records, "ledger")
        case "samples":
            points = [otlp.point(float(number), attrs={"n": n}) for n in range(items)]
            return otlp.metrics([otlp.gauge("ledger", points)], "ledger")


def expiring(number, retention_ns, items=5):
    """Spans that retention removes a few seconds from now, on a day of their own."""
    start = otlp.now() - retention_ns + 3 * otlp.SECOND
    spans = [otlp.span(label(number), start=start, attrs={"pad": noise(200)}) for _ in range(items)]
    return otlp.traces(spans, "expiring")


class Load:
    """Threads that send to one life of a server."""

    def __init__(self, server, ledger, seed, pad_chars=1_000, retention_ns=None):
        self.ledger = ledger
        self.stopping = threading.Event()
        self.failures = []
        jobs = [
            (self._send_http, server.otlp_http, SPANS),
            (self._send_http, server.url, LOGS),
            (self._send_http, server.otlp_http, SAMPLES),
            (self._send_grpc, server.otlp_grpc, SPANS),
        ]
        if retention_ns is not None:
            jobs.append((self._send_expiring, server.otlp_http, retention_ns))
        self.threads = [
            threading.Thread(target=self._guard, args=(job, random.Random(seed + n), pad_chars))
            for n, job in enumerate(jobs)
        ]
        for thread in self.threads:
            thread.start()

    def join(self):
        """Waits for every sender to end: it was stopped, or its server is gone."""
        for thread in self.threads:
            thread.join()
        if self.failures:
            raise self.failures[0]

    def stop(self):
        self.stopping.set()
        self.join()

    def _guard(self, job, rng, pad_chars):
        send, target, what = job
        try:
            send(target, what, rng, pad_chars)
        except Exception as error:  # noqa: BLE001 - told in join, by the thread that runs the test.
            self.failures.append(error)

    def _send_http(self, url, table, rng, pad_chars):
        connection = otlp.Connection(url)
        while not self.stopping.is_set():
            items = rng.choice((1, 10, 40))
            number = self.ledger.begin()
            request = batch(table, number, items, pad_chars)
            try:
                answer = connection.send(request)
            except BROKEN:
                self.ledger.note(number, table, items, "unknown")
                return
            if answer.status == 200:
                self.ledger.note(number, table, items, "acknowledged")
                assert answer.accepted_whole(), answer
            else:
                self.ledger.note(number, table, items, "refused")
                assert answer.is_retryable_refusal(), (answer, answer.error())

    def _send_grpc(self, target, table, rng, pad_chars):
        with grpc.insecure_channel(target, options=[("grpc.enable_retries", 0)]) as channel:
            stub = TraceServiceStub(channel)
            while not self.stopping.is_set():
                items = rng.choice((1, 10, 40))
                number = self.ledger.begin()
                request = batch(table, number, items, pad_chars)
                try:
                    answer = stub.Export(request, timeout=60)
                except grpc.RpcError as error:
                    outcome = "refused" if is_refusal(error) else "unknown"
                    self.ledger.note(number, table, items, outcome)
                    if outcome == "unknown":
                        return
                else:
                    self.ledger.note(number, table, items, "acknowledged")
                    assert answer.partial_success.rejected_spans == 0, answer

    def _send_expiring(self, url, retention_ns, rng, _pad_chars):
        connection = otlp.Connection(url)
        while not self.stopping.wait(0.05):
            try:
                answer = connection.send(expiring(rng.randrange(1 << 40), retention_ns))
            except BROKEN:
                return
            # A machine that pauses may be too late with these; they are no part of the ledger.
            assert answer.status == 200 or answer.is_retryable_refusal(), answer


BROKEN = (OSError, otlp.http.client.HTTPException)


def is_refusal(error):
    """Whether the server itself refused, retryably: the details it sends say when to come back."""
    for name, value in error.trailing_metadata() or ():
        if name == "grpc-status-details-bin":
            details = Status.FromString(value).details
            return any(detail.Is(RetryInfo.DESCRIPTOR) for detail in details)
    return False
