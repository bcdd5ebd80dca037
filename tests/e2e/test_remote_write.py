"""Remote write 1.0 and 2.0: what is sent is there, what is bad is refused by itself and told, what
is acknowledged survives a kill, once."""

import contextlib
import http.client
import os
import random
import threading
import time

import pytest

import program
import remote_write
from ledger import SAMPLES, Ledger
from prometheus import Api, labels_key
from remote_write import ENDED, STALE, V1, V2, Native, Series, named

# As `test_crash` has them; a part of them, for here is nothing but remote write.
KILLS = max(1, int(os.environ.get("PLIMSOLL_KILLS", "200")) // 10)
SEED = int(os.environ.get("PLIMSOLL_SEED", "1"))

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000

WAYS = [
    pytest.param((version, encoding), id=f"{version}.0 {encoding}")
    for version in (V1, V2)
    for encoding in ("snappy", "zstd")
]


def now_ms():
    return time.time_ns() // 1_000_000


@pytest.fixture(params=WAYS)
def way(request):
    """How requests are sent: version and encoding."""
    return request.param


@pytest.fixture
def metric(request):
    """A name that only this test uses."""
    return "".join(c if c.isalnum() else "_" for c in request.node.name)


@pytest.fixture
def connection(shared_server):
    made = connect(shared_server)
    yield made
    made.close()


def connect(server):
    return remote_write.Connection(Api.of(server).write_url, server.token)


def points(server, selector, from_ms, to_ms):
    """The stored samples of a selector, and histograms: {labels: [(ms, text of the value)]}."""
    # A range selector leaves out the sample at its left end.
    span_ms = to_ms - from_ms + 1
    found = Api.of(server).instant(f"{selector}[{span_ms}ms]", to_ms / 1000)
    return {
        labels_key(one["metric"]): [
            (round(float(at) * 1000), value)
            for name in ("values", "histograms")
            for at, value in one.get(name, [])
        ]
        for one in found
    }


def as_text(value):
    return {float("inf"): "+Inf", float("-inf"): "-Inf"}.get(value, repr(value).removesuffix(".0"))


def rows(server, metric, table="samples"):
    """How many rows a metric has in a table."""
    of = f"SELECT series_id FROM series WHERE metric = '{metric}'"
    return server.scalar(f"SELECT count(*) FROM {table} WHERE series_id IN ({of})")


# What is sent is there.


def test_numbers(way, metric, connection, shared_server):
    """Every number there is, of several series, at its time; a mark of the end ends a series."""
    base = now_ms() - HOUR_MS
    values = [0.0, -0.0, 1.5, -1e300, 5e-324, float("inf"), float("-inf"), 2.0**53 + 2]
    series = [
        Series(
            named(metric, instance=f"i{n}", job="e2e", zone='ü ✓ \\ "q" \n'),
            [(base + 1_000 * k + n, value) for k, value in enumerate(values)],
        )
        for n in range(3)
    ]
    series[1].samples.append((base + 9_000, STALE))
    series[2].samples.append((base + 9_000, float("nan")))
    version, encoding = way
    answer = connection.send(series, version, encoding)
    assert answer.status == 204, (answer, answer.body)
    assert answer.body == b""
    if version == V2:
        assert answer.written() == (26, 0, 0)
    found = points(shared_server, metric, base, base + HOUR_MS)
    expected = {
        labels_key(one.labels): [
            (when, "NaN" if value != value else as_text(value))
            for when, value in one.samples
            if not remote_write.is_stale(value)
        ]
        for one in series
    }
    assert found == expected
    assert rows(shared_server, metric) == 26
    # The ended series is gone at once, the others after five minutes.
    api = Api.of(shared_server)
    alive = api.vector(f"count({metric})", (base + 10_000) / 1000)
    assert alive == {(): 2.0}
    assert api.vector(f"{metric}", (base + 9_000 + 6 * MINUTE_MS) / 1000) == {}


NATIVES = {
    "whole": Native(
        sum=17.5,
        schema=0,
        zero_threshold=0.25,
        zero_count=2,
        positive={-1: 1, 0: 3, 1: 4, 7: 2},
        negative={1: 5, 3: 1},
    ),
    "fine": Native(sum=1.25, schema=8, positive={100: 7, 101: 1, 300: 9}),
    "coarse": Native(sum=1e30, schema=-4, positive={0: 1, 6: 3}),
    "floating": Native(sum=-3.5, schema=3, zero_count=0.5, positive={5: 2.25}, floating=True),
    "empty": Native(sum=0.0),
    "gauge": Native(sum=2.0, positive={1: 1}, reset_hint=remote_write.GAUGE_HINT),
    "custom": Native(
        sum=12.0,
        schema=remote_write.CUSTOM_BOUNDS,
        zero_threshold=0.0,
        positive={0: 4, 2: 6},
        custom_bounds=(0.5, 2.5),
    ),
}


def buckets(native):
    """Limits and counts of the buckets that have counts, from the least up."""

    def limits(index):
        if native.custom_bounds:
            bounds = [float("-inf"), *native.custom_bounds, float("inf")]
            return bounds[index], bounds[index + 1]
        step = 2.0**-native.schema
        return 2.0 ** ((index - 1) * step), 2.0 ** (index * step)

    found = [(*limits(index), count) for index, count in native.positive.items()]
    for index, count in native.negative.items():
        low, high = limits(index)
        found.append((-high, -low, count))
    if native.zero_count:
        found.append((-native.zero_threshold, native.zero_threshold, native.zero_count))
    return sorted(found)


@pytest.mark.parametrize("kind", NATIVES)
def test_native_histograms(way, kind, metric, connection, shared_server):
    version, encoding = way
    native = NATIVES[kind]
    if native.custom_bounds and version == V1:
        pytest.skip("1.0 knows no custom bounds")
    base = now_ms() - HOUR_MS
    points_sent = [(base, native), (base + 15_000, native), (base + 30_000, ENDED)]
    answer = connection.send([Series(named(metric), histograms=points_sent)], version, encoding)
    assert answer.status == 204, (answer, answer.body)
    if version == V2:
        assert answer.written() == (0, 3, 0)
    ((labels, found),) = points(shared_server, metric, base, base + HOUR_MS).items()
    assert labels == labels_key(named(metric))
    assert [when for when, _ in found] == [base, base + 15_000]
    for _, histogram in found:
        assert float(histogram["count"]) == native.count
        assert float(histogram["sum"]) == native.sum
        told = [bucket for bucket in histogram.get("buckets", []) if float(bucket[3]) != 0]
        told = [tuple(map(float, bucket[1:])) for bucket in told]
        assert told == [pytest.approx(bucket, rel=1e-12) for bucket in buckets(native)]
    assert rows(shared_server, metric, "histograms") == 3
    assert Api.of(shared_server).instant(metric, (base + 31_000) / 1000) == []


def test_exemplars(way, metric, connection, shared_server):
    """They come back with their labels, and lead to a trace where they name one."""
    version, encoding = way
    base = now_ms() - MINUTE_MS
    ids = {"trace_id": "0af7651916cd43dd8448eb211c80319c", "span_id": "b7ad6b7169203331"}
    exemplars = [(base, 0.25, {**ids, "user": "ü"}), (base + 5, 1e9, {"only": "this"})]
    series = Series(named(metric, le="1"), [(base, 1.0)], exemplars=exemplars)
    answer = connection.send([series], version, encoding)
    assert answer.status == 204, (answer, answer.body)
    if version == V2:
        assert answer.written() == (1, 0, 2)
    window = {"start": base / 1000 - 1, "end": base / 1000 + 60}
    (found,) = Api.of(shared_server).data("query_exemplars", query=f"rate({metric}[5m])", **window)
    assert found["seriesLabels"] == named(metric, le="1")
    told = [
        (e["labels"], float(e["value"]), round(e["timestamp"] * 1000)) for e in found["exemplars"]
    ]
    assert sorted(told, key=lambda e: e[2]) == [(labels, v, at) for at, v, labels in exemplars]
    of = f"SELECT series_id FROM series WHERE metric = '{metric}'"
    stored = shared_server.sql(
        "SELECT trace_id, span_id FROM exemplars "
        f"WHERE trace_id IS NOT NULL AND series_id IN ({of})"
    )
    assert stored == [ids]


def test_metadata(way, metric, connection, shared_server):
    version, encoding = way
    said = {f"{metric}_{kind}": (kind, f"help of {kind}: ü", "s") for kind in remote_write.KINDS}
    series = [
        Series(named(name), [(now_ms(), 1.0)], metadata=of if version == V2 else None)
        for name, of in said.items()
    ]
    answer = connection.send(series, version, encoding, said if version == V1 else None)
    assert answer.status == 204, (answer, answer.body)
    found = Api.of(shared_server).data("metadata")
    told = {name: found.get(name) for name in said}
    assert told == {
        name: [{"type": kind, "help": text, "unit": unit}]
        for name, (kind, text, unit) in said.items()
    }


def test_start_times(metric, connection, shared_server):
    """2.0 says since when a counter counts: kept in the table."""
    base = now_ms()
    series = Series(named(metric), [(base, 5.0)], start_ms=base - HOUR_MS)
    assert connection.send([series], V2).status == 204
    of = f"SELECT series_id FROM series WHERE metric = '{metric}'"
    start = f"SELECT start_time_unix_nano FROM samples WHERE series_id IN ({of})"
    assert int(shared_server.scalar(start)) == (base - HOUR_MS) * 1_000_000


def test_labels_in_any_order(metric, connection, shared_server):
    """Senders that do not sort: one series all the same, labels without a value left out."""
    base = now_ms() - MINUTE_MS
    orders = [
        [("__name__", metric), ("a", "1"), ("b", "2")],
        [("b", "2"), ("__name__", metric), ("a", "1")],
        [("a", "1"), ("b", "2"), ("empty", ""), ("__name__", metric)],
    ]
    bodies = [
        remote_write.series_v1(Series({}, [(base + n, float(n))]), pairs)
        for n, pairs in enumerate(orders)
    ]
    assert connection.send(bodies).status == 204
    found = points(shared_server, metric, base, base + MINUTE_MS)
    expected = [(base + n, str(n)) for n in range(3)]
    assert found == {labels_key(named(metric, a=1, b=2)): expected}


# What is refused.


def bad_series(metric, base):
    """Series of which nothing is kept, each with what must be said of it."""
    bad = metric + "_bad"
    fits_not = Native(sum=1.0, positive={0: 1}, said_count=7)
    no_schema = Native(sum=1.0, schema=99)
    twice = [("__name__", bad), ("a", "1"), ("a", "2")]
    at = [(base, 1.0)]
    return [
        (Series({"job": "nameless"}, at), "__name__"),
        (Series(named(bad, long="x" * 20_000), at), "long"),
        (Series(named(bad, n="old"), [(base - 31 * DAY_MS, 1.0)]), "older than metrics are kept"),
        (
            Series(named(bad, n="ahead"), [(base + 2 * HOUR_MS, 1.0)]),
            "ahead of this server's clock",
        ),
        (Series(named(bad, n="far"), [(2**60, 1.0)]), "ms"),
        (Series(named(bad, n="count"), histograms=[(base, fits_not)]), "count"),
        (Series(named(bad, n="schema"), histograms=[(base, no_schema)]), "schema"),
        (remote_write.series_v1(Series({}, at), twice), "twice"),
    ]


@pytest.mark.parametrize("number", range(8))
def test_half_bad(way, number, metric, connection, shared_server):
    """What is bad is refused by itself, and said; all else of the request is there."""
    version, encoding = way
    base = now_ms() - MINUTE_MS
    bad, word = bad_series(metric, base)[number]
    if isinstance(bad, bytes) and version == V2:
        pytest.skip("of this kind 2.0 has no bytes of its own here")
    good = [Series(named(metric, n=n), [(base, float(n)), (base + 5, 7.0)]) for n in range(4)]
    good.append(Series(named(metric, n="native"), histograms=[(base, NATIVES["whole"])]))
    answer = connection.send([*good[:2], bad, *good[2:]], version, encoding)
    assert answer.status == 400, (answer, answer.body)
    text = answer.body.decode()
    assert word in text and "1 of 10 samples are not kept" in text, text
    assert "Retry-After" not in answer.headers
    if version == V2:
        assert answer.written() == (8, 1, 0)
    found = points(shared_server, f'{{__name__=~"{metric}.*"}}', base, now_ms())
    assert {key: len(found[key]) for key in found} == {
        labels_key(one.labels): len(one.samples) + len(one.histograms) for one in good
    }


def test_rejections_are_counted_not_all_told(metric, connection, shared_server):
    """Thousands of bad series: how many, and the first few in words."""
    base = now_ms()
    bad = [Series(named(metric, n=n), [(base + 3 * HOUR_MS, 1.0)]) for n in range(3_000)]
    answer = connection.send([*bad, Series(named(metric, n="good"), [(base, 1.0)])])
    assert answer.status == 400
    assert b"3000 of 3001 samples are not kept" in answer.body, answer.body
    assert len(answer.body) < 10_000
    assert rows(shared_server, metric) == 1


def test_exemplars_and_metadata_refuse_nothing(way, metric, connection, shared_server):
    """An exemplar that cannot be kept harms no sample."""
    version, encoding = way
    base = now_ms()
    many = {f"label_{n}": "x" for n in range(300)}
    series = Series(named(metric), [(base, 1.0)], exemplars=[(base, 1.0, many)])
    answer = connection.send([series], version, encoding)
    assert answer.status == 204, (answer, answer.body)
    if version == V2:
        assert answer.written() == (1, 0, 0)
    assert rows(shared_server, metric) == 1


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content_Type": "text/plain"}, 415),
        ({"Content_Type": "application/json"}, 415),
        ({"Content_Type": "application/x-protobuf;proto=io.prometheus.write.v3.Request"}, 415),
        ({"Content_Encoding": "gzip"}, 415),
        ({"Content_Encoding": "br"}, 415),
        ({"Content_Encoding": "zstd"}, 400),
        ({"Content_Type": "application/x-protobuf;proto=prometheus.WriteRequest"}, 204),
        ({"Content_Type": None, "Content_Encoding": None}, 204),
        ({"X_Prometheus_Remote_Write_Version": None}, 204),
        ({"Authorization": "Bearer not-a-token-of-this-server"}, 401),
    ],
    ids=lambda value: (
        " ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else None
    ),
)
def test_headers(headers, status, metric, connection, shared_server):
    body = remote_write.request_v1([Series(named(metric), [(now_ms(), 1.0)])])
    answer = connection.send_bytes(remote_write.PACK["snappy"](body), **headers)
    assert answer.status == status, (answer, answer.body)
    assert rows(shared_server, metric) == (1 if status == 204 else 0)


def test_the_wrong_version(metric, connection, shared_server):
    """A body of one version under the content type of the other never becomes samples."""
    series = [Series(named(metric), [(now_ms(), 1.0)])]
    for body, version in [
        (remote_write.request_v1(series), V2),
        (remote_write.request_v2(series), V1),
    ]:
        answer = connection.send_bytes(remote_write.PACK["snappy"](body), version)
        assert answer.status == 400, (version, answer, answer.body)
    assert rows(shared_server, metric) == 0


BROKEN_BODIES = {
    "no snappy": b"\xff\xff\xff\xff\xff\xff",
    "empty": b"",
    "random": random.Random(5).randbytes(5_000),
    "no protobuf": remote_write.PACK["snappy"](random.Random(6).randbytes(5_000)),
    "cut": remote_write.PACK["snappy"](
        remote_write.request_v1([Series(named("x"), [(1, 1.0)])])[:-3]
    ),
    "cut snappy": remote_write.PACK["snappy"](b"\x0a\x00" * 5_000)[:-9],
}


@pytest.mark.parametrize("version", [V1, V2])
@pytest.mark.parametrize("kind", BROKEN_BODIES)
def test_broken_bodies(kind, version, connection, shared_server):
    answer = connection.send_bytes(BROKEN_BODIES[kind], version)
    assert answer.status == 400, (answer, answer.body)
    assert shared_server.running()


def test_an_empty_request(way, connection):
    version, encoding = way
    assert connection.send([], version, encoding).status == 204


@pytest.mark.parametrize("refs", [[1], [0, 1, 2], [0, 99], [2**32 - 1, 1], []])
def test_bad_references(refs, metric, connection, shared_server):
    """Numbers of texts that are odd, or of none: nothing of this series is kept, of others all."""
    base = now_ms()
    good = remote_write.Symbols()
    of_good = remote_write.series_v2(Series(named(metric), [(base, 1.0)]), good)
    bad = remote_write.packed(1, refs, remote_write.varint)
    bad += remote_write.tagged(2, remote_write.double(1, 1.0) + remote_write.integer(2, base))
    body = remote_write.request_v2([bad, of_good], symbols=good.numbers)
    answer = connection.send_bytes(remote_write.PACK["snappy"](body), V2)
    assert answer.status == 400, (answer, answer.body)
    assert answer.written() == (1, 0, 0)
    assert rows(shared_server, metric) == 1


# Order.


def test_sent_again(way, metric, connection, shared_server):
    """A sender that lost the answer sends the same again: acknowledged again, there once."""
    version, encoding = way
    base = now_ms() - MINUTE_MS
    series = [
        Series(named(metric, n=n), [(base, 1.0 + n), (base + 1_000, 2.0 + n)]) for n in range(50)
    ]
    series.append(Series(named(metric, n="native"), histograms=[(base, NATIVES["whole"])]))
    for _ in range(3):
        assert connection.send(series, version, encoding).status == 204
    found = points(shared_server, metric, base, now_ms())
    assert [len(found[labels_key(one.labels)]) for one in series] == [2] * 50 + [1]
    # Of the newest sample of each series one row alone is kept; older ones count once when asked.
    assert rows(shared_server, metric, "histograms") == 1
    last = f"SELECT count(*) FROM samples WHERE time_unix_nano = {(base + 1_000) * 1_000_000}"
    of = f"SELECT series_id FROM series WHERE metric = '{metric}'"
    assert shared_server.scalar(f"{last} AND series_id IN ({of})") == 50


def test_another_value_at_the_same_time(way, metric, connection, shared_server):
    version, encoding = way
    base = now_ms()
    send = lambda *values: connection.send(  # noqa: E731 - what it sends is its name.
        [Series(named(metric), [(base, value) for value in values])], version, encoding
    )
    assert send(1.0).status == 204
    for answer in (send(2.0), send(1.0, 2.0)):
        assert answer.status == 400, (answer, answer.body)
        assert metric.encode() in answer.body
    assert points(shared_server, metric, base, base + 1) == {
        labels_key(named(metric)): [(base, "1")]
    }


def test_out_of_order(way, metric, connection, shared_server):
    """Late by up to an hour is taken and in its place; later is refused by its series' name."""
    version, encoding = way
    newest = now_ms()
    ages = [0, 30, 59, 5, 45]
    for age in ages:
        series = Series(named(metric), [(newest - age * MINUTE_MS, float(age))])
        assert connection.send([series], version, encoding).status == 204
    # The newest of a request need not be its last, either.
    shuffled = [(newest - age * MINUTE_MS, float(age)) for age in (20, 10, 15)]
    assert connection.send([Series(named(metric), shuffled)], version, encoding).status == 204
    too_late = Series(named(metric), [(newest - 61 * MINUTE_MS, 61.0), (newest + 1, -1.0)])
    answer = connection.send([too_late], version, encoding)
    assert answer.status == 400
    text = answer.body.decode()
    assert "1 of 2 samples are not kept" in text and metric in text and "out of order" in text, text
    found = points(shared_server, metric, newest - 2 * HOUR_MS, newest + 10)
    expected = [(newest - age * MINUTE_MS, str(age)) for age in sorted([*ages, 20, 10, 15])]
    assert found == {labels_key(named(metric)): [*expected[::-1], (newest + 1, "-1")]}


def test_out_of_order_window_is_a_setting(server):
    target = server(metrics__out_of_order_max="10s")
    connection, base = connect(target), now_ms()
    assert connection.send([Series(named("late"), [(base, 1.0)])]).status == 204
    assert connection.send([Series(named("late"), [(base - 9_000, 2.0)])]).status == 204
    answer = connection.send([Series(named("late"), [(base - 11_000, 3.0)])])
    assert answer.status == 400 and b"at most 10 s" in answer.body, answer.body
    assert rows(target, "late") == 2


# Size, and memory.


def test_too_large(server):
    """Over the limit as sent or inflated: 413, and nothing is inflated that is too large."""
    target = server(otlp__body_max="1MiB")
    connection = connect(target)
    base = now_ms()
    fits = [Series(named("big", n=n), [(base, 1.0)]) for n in range(1_000)]
    assert connection.send(fits).status == 204
    too_many = remote_write.request_v1(
        [Series(named("big", n=n, pad="x" * 100), [(base, 1.0)]) for n in range(10_000)]
    )
    for encoding in ("snappy", "zstd"):
        answer = connection.send_bytes(remote_write.PACK[encoding](too_many), V1, encoding)
        assert answer.status == 413, (encoding, answer, answer.body)
        assert b"1MiB" in answer.body, answer.body
        bomb = remote_write.PACK[encoding](bytes(16 << 20))
        answer = connection.send_bytes(bomb, V1, encoding)
        assert answer.status == 413, (encoding, answer, answer.body)
        connection = connect(target)
    assert rows(target, "big") == 1_000


class Slow:
    """A request that never ends, and holds what it has sent."""

    def __init__(self, server, size):
        parts = remote_write.urlsplit(Api.of(server).write_url)
        self.connection = http.client.HTTPConnection(parts.netloc, timeout=program.DEADLINE_S)
        self.connection.putrequest("POST", parts.path)
        headers = {
            "Content-Type": remote_write.CONTENT_TYPES[V1],
            "Content-Encoding": "snappy",
            "Authorization": f"Bearer {server.token}",
            "Content-Length": str(size + 1),
        }
        for name, value in headers.items():
            self.connection.putheader(name, value)
        self.connection.endheaders()
        # The server may refuse before it has all.
        with contextlib.suppress(OSError):
            self.connection.send(bytes(size))

    def close(self):
        self.connection.close()


def test_memory_is_spent(server):
    """429 with a time to come back while others hold the memory of requests; then all is well
    again.
    """
    target = server(memory="128MiB")
    # Larger than what the last one below found no room for, as sent.
    pad = random.Random(SEED).randbytes(1 << 20).hex()
    series = [
        Series(named("held", n=n, pad=pad[n * 300 : n * 300 + 300]), [(now_ms(), 1.0)])
        for n in range(4_000)
    ]
    body = remote_write.PACK["snappy"](remote_write.request_v1(series))
    assert len(body) > 1 << 19
    slow, refused = [], None
    # Each holds half a megabyte; what requests may hold is far less than all of the memory.
    while refused is None and len(slow) < 256:
        slow.append(Slow(target, 1 << 19))
        answer = connect(target).send_bytes(body)
        assert answer.status in (204, 429), (answer, answer.body)
        refused = answer if answer.status == 429 else None
    assert refused is not None, f"{len(slow)} requests hold no memory"
    assert int(refused.headers["retry-after"]) >= 1
    for one in slow:
        one.close()
    program.wait_until("taken again", lambda: connect(target).send_bytes(body).status == 204)
    assert rows(target, "held") == 4_000


# Kills.


class Sender:
    """Sends batches of one number each to one life of a server, and notes what became of them."""

    def __init__(self, server, ledger, lane, rng):
        self.server, self.ledger, self.lane, self.rng = server, ledger, lane, rng
        self.version, self.encoding = (V1, "snappy") if lane % 2 else (V2, "zstd")
        self.failure = None
        self.thread = threading.Thread(target=self._guarded)
        self.thread.start()

    def _guarded(self):
        try:
            self._send()
        except Exception as error:  # noqa: BLE001 - told in join, by the thread that runs the test.
            self.failure = error

    def join(self):
        self.thread.join()
        if self.failure is not None:
            raise self.failure

    def _send(self):
        connection, when = connect(self.server), now_ms()
        while True:
            # A sender's own series, each sample later than the one before.
            when = max(when + 1, now_ms())
            number, items = self.ledger.begin(), self.rng.choice((1, 10, 60))
            try:
                answer = connection.send(
                    batch(number, items, self.lane, when), self.version, self.encoding
                )
            except (OSError, http.client.HTTPException):
                self.ledger.note(number, SAMPLES, items, "unknown")
                return
            if answer.status == 204:
                self.ledger.note(number, SAMPLES, items, "acknowledged")
            else:
                self.ledger.note(number, SAMPLES, items, "refused")
                assert answer.status in (429, 503), (answer, answer.body)


def batch(number, items, lane, when):
    labels = [named("ledger", job="ledger", lane=lane, n=n) for n in range(items)]
    return [Series(of, [(when, float(number))]) for of in labels]


def test_kill_at_any_moment(server):
    """SIGKILL again and again under writes of both versions: all that was acknowledged is there,
    once.
    """
    target = server(
        start=False, memory="128MiB", store__flush_interval="50ms", store__compact_interval="100ms"
    )
    ledger, rng = Ledger(), random.Random(SEED)
    for kill in range(KILLS):
        target.start()
        if kill % 5 == 0:
            ledger.check(target)
        senders = [
            Sender(target, ledger, lane, random.Random(f"{SEED} {kill} {lane}"))
            for lane in range(3)
        ]
        time.sleep(rng.uniform(0.05, 0.7))
        target.kill()
        for sender in senders:
            sender.join()
    target.start()
    ledger.check(target, everything=True)
    assert ledger.counts["acknowledged"] > 10 * KILLS
    # PromQL counts the same samples as SQL.
    kept = sum(b.items for b in ledger.batches.values() if b.outcome == "acknowledged")
    found = Api.of(target).value("sum(count_over_time(ledger[1h]))", time.time() + 1)
    assert found == kept
    assert target.stop() == program.GOOD


def test_sent_again_after_a_kill(server):
    """A sender that was not answered sends its request again to the next life: it is there once."""
    target = server(memory="128MiB")
    base = now_ms() - MINUTE_MS
    series = [
        Series(named("again", n=n), [(base, 1.0), (base + 1_000, float(n))]) for n in range(20)
    ]
    assert connect(target).send(series).status == 204
    target.restart()
    for _ in range(2):
        assert connect(target).send(series).status == 204
    found = points(target, "again", base, now_ms())
    assert found == {
        labels_key(one.labels): [(when, as_text(value)) for when, value in one.samples]
        for one in series
    }
    total = Api.of(target).value("sum(count_over_time(again[10m]))", time.time())
    assert total == 40


def test_known_after_a_restart(server):
    """Series and their metadata are known to the next life, from the log as from files."""
    target = server(store__flush_interval="100ms")
    base = now_ms() - MINUTE_MS
    said = {"kept": ("counter", "kept over restarts", "")}
    assert (
        connect(target).send([Series(named("kept", n=1), [(base, 1.0)])], metadata=said).status
        == 204
    )
    for kill in range(3):
        if kill == 1:
            program.wait_until("in files", lambda: not any(buffered(target)))
        target.restart()
        api = Api.of(target)
        assert api.data("series", match="kept") == [named("kept", n=1)]
        assert api.data("label/n/values") == ["1"]
        assert api.data("metadata", metric="kept") == {
            "kept": [{"type": "counter", "help": "kept over restarts", "unit": ""}]
        }
        assert api.vector("kept", base / 1000 + 1) == {labels_key(named("kept", n=1)): 1.0}


def buffered(server):
    return [value for name, value in server.metrics().items() if "rows_buffered" in name]
