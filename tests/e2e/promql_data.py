"""Series of every kind that PromQL treats in a way of its own, made from a seed.

Invariant: no sample lies on a whole second, so that no window of whole seconds begins or ends with
one. Prometheus 2 counts a sample at the left end of a window and Prometheus 3 does not.
"""

import math
import random
import time

from remote_write import ENDED, STALE, Native, Series, named

STEP_MS = 15_000
STEPS = 400
# Sent in pieces, as a sender would.
PIECE_STEPS = 80

MINUTE = 4  # In steps.

BOUNDS = ("0.005", "0.01", "0.05", "0.1", "0.5", "1", "5", "+Inf")


def a_base_s():
    """The time of the first step: all of it lies between two hours ago and now."""
    return int(time.time()) // 60 * 60 - STEPS * STEP_MS // 1000 - 120


class Maker:
    """Makes the series, each from its own random numbers."""

    def __init__(self, base_s, seed):
        self.base_ms = base_s * 1000
        self.seed = seed
        self.series = []
        # Samples that arrive after newer ones of their series.
        self.late = []

    def times(self, rng):
        """When a series is sampled: steadily, a little shaken, never on a whole second."""
        offset = rng.randrange(15) * 1000 + 500
        return [
            self.base_ms + step * STEP_MS + offset + rng.randrange(-400, 400)
            for step in range(STEPS)
        ]

    def random(self, labels):
        return random.Random(f"{self.seed} {sorted(labels.items())}")

    def add(self, labels, values, present=lambda step: True, ends=()):
        """A series of `values(rng)`, one a step; steps in `ends` have the mark of the end."""
        rng = self.random(labels)
        times, values = self.times(rng), values(rng)
        samples = [
            (when, STALE if step in ends else value)
            for step, (when, value) in enumerate(zip(times, values, strict=True))
            if step in ends or present(step)
        ]
        self.series.append(Series(labels, samples))

    def add_histograms(self, labels, values, ends=()):
        rng = self.random(labels)
        points = [
            (when, ENDED if step in ends else value)
            for step, (when, value) in enumerate(zip(self.times(rng), values(rng), strict=True))
        ]
        self.series.append(Series(labels, histograms=points))


def counter(rate, reset_chance=0.0):
    """Grows; starts high, so that no window's left end reaches back to its zero."""

    def values(rng):
        total, found = float(rng.randrange(50_000, 90_000)), []
        for _ in range(STEPS):
            total = 0.0 if rng.random() < reset_chance else total
            total += rng.randrange(int(rate * 2) + 1)
            found.append(total)
        return found

    return values


def wave(mean, swing):
    def values(rng):
        phase = rng.random() * 7
        return [
            mean + swing * math.sin(step / 20 + phase) + rng.uniform(-swing, swing) / 3
            for step in range(STEPS)
        ]

    return values


def whole(low, high):
    return lambda rng: [float(rng.randint(low, high)) for _ in range(STEPS)]


def one_of(*choices):
    return lambda rng: [rng.choice(choices) for _ in range(STEPS)]


def make(base_s, seed):
    """All series of a seed."""
    maker = Maker(base_s, seed)
    counters(maker)
    gauges(maker)
    comings_and_goings(maker)
    classic_histograms(maker)
    native_histograms(maker)
    return maker


def counters(maker):
    for instance in ("a:80", "b:80", "c:81"):
        job = "api" if instance != "c:81" else "batch"
        for method in ("GET", "POST"):
            for status in ("200", "404", "500"):
                labels = named(
                    "requests_total", job=job, instance=instance, method=method, status=status
                )
                maker.add(labels, counter({"200": 300, "404": 20, "500": 3}[status], 0.01))
        labels = named("errors_total", job=job, instance=instance, status="500")
        maker.add(labels, counter(2.5), present=lambda step: step % 60 < 41)
        maker.add(
            named("build_info", job=job, instance=instance, version=f"1.{instance[0]}"), one_of(1.0)
        )
        maker.add(named("start_time_seconds", job=job, instance=instance), one_of(1.7e9))


def gauges(maker):
    for floor in ("0", "1", "2"):
        for room in ("kitchen", "hall", "ärea 51"):
            maker.add(named("temperature", floor=floor, room=room), wave(20 + int(floor), 4))
            maker.add(named("target_temperature", floor=floor, room=room), wave(20, 1))
        maker.add(named("humidity", floor=floor), wave(0.5, 0.4))
    for queue in range(6):
        maker.add(named("queue_size", queue=f"q{queue}", shard=queue % 2), whole(-2, 9))
    for number in range(3):
        many = {f"label_{n}": f"{'x' * n}{number}" for n in range(20)}
        maker.add(named("many_labels", number=number, **many), wave(1e6, 1e5))
    infinity, nan = math.inf, math.nan
    for kind, choices in {
        "nan": (nan, 1.0, 2.5),
        "infinities": (infinity, -infinity, 0.0),
        "infinity": (infinity, 3.0),
        "zeros": (0.0, -0.0),
        "only nan": (nan,),
        "edges": (1e-300, 1e300, 0.1),
    }.items():
        maker.add(named("special", kind=kind), one_of(*choices))


def comings_and_goings(maker):
    """Series that come late, go, come again, say so or do not."""
    maker.add(named("visitor", who="late"), wave(10, 3), present=lambda step: step >= 170)
    maker.add(named("visitor", who="gone"), wave(10, 3), present=lambda step: step < 130)
    maker.add(named("visitor", who="ended"), wave(10, 3), lambda step: step < 250, ends=(250,))
    for number in (1, 2, 3):
        cycle = 20 + 7 * number
        maker.add(
            named("flapping", number=number),
            whole(0, 1000),
            present=lambda step, cycle=cycle: step % cycle < cycle - 8,
            ends=range(cycle - 8, STEPS, cycle),
        )
        maker.add(
            named("gaps", number=number),
            wave(100, 10),
            present=lambda step, number=number: step % (50 * number) < 25 * number,
        )
    maker.add(named("sparse"), wave(5, 1), present=lambda step: step % 16 == 0)
    # Every second sample comes a quarter of an hour late.
    for number in range(2):
        labels = named("disordered", number=number)
        rng = maker.random(labels)
        points = list(zip(maker.times(rng), counter(20)(rng), strict=True))
        maker.series.append(Series(labels, [p for n, p in enumerate(points) if n % 2 or n < 300]))
        maker.late.append(
            Series(labels, [p for n, p in enumerate(points) if not n % 2 and n >= 300])
        )


def classic_histograms(maker):
    for handler in ("/", "/cart", "/pay"):
        labels = {"handler": handler, "job": "api"}
        rng = maker.random({**labels, "of": "latency"})
        times = maker.times(rng)
        counts, total = [rng.randrange(5_000) for _ in BOUNDS], 50_000.0
        rows = []
        for step in range(STEPS):
            if step in (150, 290):
                counts, total = [0] * len(BOUNDS), 0.0
            grown = [rng.randrange(4 * (n + 1)) for n in range(len(BOUNDS))]
            counts = [count + more for count, more in zip(counts, grown, strict=True)]
            total += sum(grown) * rng.random()
            rows.append((list(counts), total))
        name = "latency_seconds"
        for n, bound in enumerate(BOUNDS):
            samples = [
                (when, float(sum(row[: n + 1]))) for when, (row, _) in zip(times, rows, strict=True)
            ]
            maker.series.append(Series(named(f"{name}_bucket", **labels, le=bound), samples))
        sums = [(when, total) for when, (_, total) in zip(times, rows, strict=True)]
        maker.series.append(Series(named(f"{name}_sum", **labels), sums))
        counted = [(when, float(sum(row))) for when, (row, _) in zip(times, rows, strict=True)]
        maker.series.append(Series(named(f"{name}_count", **labels), counted))


def native_histograms(maker):
    for handler in ("/", "/cart", "/pay"):
        for name, floating in (("latency_native", False), ("size_native", True)):
            maker.add_histograms(
                named(name, handler=handler),
                lambda rng, floating=floating: growing(rng, floating),
                ends=(320,) if handler == "/pay" and not floating else (),
            )


def growing(rng, floating):
    """Native histograms that count up."""
    share = 0.5 if floating else 1
    buckets = {index: rng.randrange(1_000, 9_000) for index in range(-6, 5)}
    negative = {index: rng.randrange(100, 900) for index in (0, 3)}
    zeros, total = rng.randrange(1_000, 9_000), 50_000.0
    for step in range(STEPS):
        if step in (110, 260):
            # Not near zero: 2.42 does not look for where a histogram was zero.
            buckets, negative = dict.fromkeys(buckets, 100), dict.fromkeys(negative, 10)
            zeros, total = 0, 500.0
        for index in buckets:
            buckets[index] += rng.randrange(9) * share
        negative[3] += rng.randrange(3) * share
        zeros += rng.randrange(4) * share
        total += rng.random() * 40
        yield Native(
            sum=total,
            schema=1,
            zero_threshold=1e-6,
            zero_count=zeros,
            positive=dict(buckets),
            negative=dict(negative),
            floating=floating,
        )


def pieces(maker):
    """The series cut at the same times, in the order a sender has them; what is late comes last."""
    for first in range(0, STEPS, PIECE_STEPS):
        low = maker.base_ms + first * STEP_MS
        high = low + PIECE_STEPS * STEP_MS
        # The last one's samples may lie a little beyond.
        high += STEP_MS * 2 if first + PIECE_STEPS >= STEPS else 0
        cut = [
            Series(
                series.labels,
                [point for point in series.samples if low <= point[0] < high],
                [point for point in series.histograms if low <= point[0] < high],
            )
            for series in maker.series
        ]
        yield [series for series in cut if series.samples or series.histograms]
    yield maker.late
