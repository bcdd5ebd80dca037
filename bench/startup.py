"""How long a start takes and what an idle server holds."""

import statistics
import time

from process import Generator
from search import first

# Memory of a server is read so long after it was ready, before anybody asked it anything.
IDLE_S = 5


def summary(times_ms):
    """Of several starts."""
    return {
        "starts": len(times_ms),
        "median_ms": statistics.median(times_ms),
        "max_ms": max(times_ms),
    }


def idle_memory(server):
    """Resident bytes of a server that was just started and is left alone; no state to ask for."""
    time.sleep(IDLE_S)
    return server.memory_bytes("VmRSS")


def empty(server, starts):
    """Start-up on a folder without telemetry, which the first start makes, and idle memory."""
    times = []
    for number in range(starts):
        times.append(server.start_timed())
        if number == starts - 1:
            memory = idle_memory(server)
        server.stop()
    return {"start": summary(times), "idle_memory_bytes": memory}


def filled(server, questions, starts):
    """Start-up and idle memory of a server with rows, and its first answers after a start."""
    times, firsts = [], {question.name: [] for question in questions}
    server.stop()
    for number in range(starts):
        times.append(server.start_timed())
        if number == 0:
            memory = idle_memory(server)
        question = questions[number % len(questions)]
        firsts[question.name].append(first(server, question, number))
        server.stop()
    return {"start": summary(times), "idle_memory_bytes": memory}, {
        name: {"starts": len(times_ms), "first_p50_ms": statistics.median(times_ms)}
        for name, times_ms in firsts.items()
    }


def replay(server, starts):
    """Start-up after a kill, with as many rows in the log as it holds before a flush is due."""
    server.start()
    rows = fill_log(server)
    log_bytes = server.metrics()["plimsoll_store_log_bytes_total"]
    times = []
    for _ in range(starts):
        server.kill()
        times.append(server.start_timed())
        waiting = server.metrics()['plimsoll_store_rows_buffered{table="spans"}']
        if waiting != rows:
            raise RuntimeError(f"{waiting} of {rows} spans were replayed")
    return {"start": summary(times), "log_bytes": log_bytes, "spans": rows}


def fill_log(server):
    """Sends spans until the buffer is almost half full, where a flush begins. Returns how many."""
    due = server.metrics()["plimsoll_store_buffered_bytes_max"] / 2
    part = max(1, int(due) >> 20) * 50  # About a twentieth of it, a kilobyte a span.
    sent, held, step = 0, 0, 0
    while held + 1.2 * step < due:
        Generator(server, part, "grpc", seed=sent + 1).report(lambda: None, 1)
        sent += part
        before, held = held, server.metrics()["plimsoll_store_buffered_bytes"]
        step = held - before
    return sent
