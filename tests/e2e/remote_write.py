"""Remote write 1.0 and 2.0 made by hand: series as plain data, the bytes that they are on the wire,
and a connection that sends them.

Written from the two messages' definitions (`prometheus.WriteRequest`,
`io.prometheus.write.v2.Request`) with a protobuf writer of its own, so that what is sent does not
depend on the code under test. Times are Unix milliseconds, as in the protocol.
"""

import http.client
import math
import struct
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import cramjam
import zstandard

# The bits of the value that ends a series.
STALE = struct.unpack("<d", struct.pack("<Q", 0x7FF0_0000_0000_0002))[0]

KINDS = {
    "unknown": 0,
    "counter": 1,
    "gauge": 2,
    "histogram": 3,
    "gaugehistogram": 4,
    "summary": 5,
    "info": 6,
    "stateset": 7,
}
UNKNOWN_HINT, RESET_HINT, NO_RESET_HINT, GAUGE_HINT = range(4)
CUSTOM_BOUNDS = -53


@dataclass(frozen=True)
class Native:
    """A native histogram. Buckets are counts by index; with custom bounds the index is that of the
    bound.
    """

    sum: float
    schema: int = 0
    zero_threshold: float = 1e-9
    zero_count: float = 0
    positive: dict = field(default_factory=dict)
    negative: dict = field(default_factory=dict)
    custom_bounds: tuple = ()
    reset_hint: int = UNKNOWN_HINT
    # Counts as doubles.
    floating: bool = False
    # What it says of itself, where that is not what its buckets add up to.
    said_count: float | None = None

    @property
    def count(self):
        buckets = [*self.positive.values(), *self.negative.values()]
        found = self.zero_count + sum(buckets)
        return found if self.said_count is None else self.said_count


ENDED = Native(sum=STALE)


@dataclass
class Series:
    """Labels, `__name__` among them, and points: `(ms, value)`, and `(ms, value, labels)` of
    exemplars.
    """

    labels: dict
    samples: list = field(default_factory=list)
    histograms: list = field(default_factory=list)
    exemplars: list = field(default_factory=list)
    # (kind, help, unit) of its metric, which only 2.0 has here.
    metadata: tuple = None
    # Since when it counts, which only 2.0 has.
    start_ms: int = 0


def named(metric, /, **labels):
    return {"__name__": metric, **{name: str(value) for name, value in labels.items()}}


# Protobuf.


def varint(number):
    """An unsigned number, or a signed one of 64 bits as its two's complement."""
    number &= (1 << 64) - 1
    out = bytearray()
    while number > 0x7F:
        out.append(0x80 | number & 0x7F)
        number >>= 7
    out.append(number)
    return bytes(out)


def zigzag(number):
    return varint(number << 1 ^ number >> 63)


def tagged(number, body):
    """A field that says its length."""
    return varint(number << 3 | 2) + varint(len(body)) + body


def text(number, value):
    return tagged(number, value if isinstance(value, bytes) else value.encode())


def integer(number, value):
    return varint(number << 3) + varint(value)


def signed(number, value):
    return varint(number << 3) + zigzag(value)


def double(number, value):
    return varint(number << 3 | 1) + struct.pack("<d", value)


def packed(number, values, encode):
    values = b"".join(map(encode, values))
    return tagged(number, values) if values else b""


def f64(value):
    return struct.pack("<d", value)


# Both versions.


def _spans(buckets):
    """Buckets as spans, each (gap before it, length), and the counts in their order."""
    spans, counts, last = [], [], None
    for index, count in sorted(buckets.items()):
        if last is not None and index == last + 1:
            spans[-1][1] += 1
        else:
            # The first span begins at its index, others so many after the one before.
            spans.append([index if last is None else index - last - 1, 1])
        counts.append(count)
        last = index
    return spans, counts


def _side(numbers, buckets, floating):
    """One sign's buckets; numbers of the fields of spans, deltas and counts."""
    of_spans, of_deltas, of_counts = numbers
    spans, counts = _spans(buckets)
    out = b"".join(tagged(of_spans, signed(1, gap) + integer(2, size)) for gap, size in spans)
    if floating:
        return out + packed(of_counts, counts, f64)
    deltas = [count - before for count, before in zip(counts, [0, *counts], strict=False)]
    return out + packed(of_deltas, deltas, zigzag)


def histogram(time, value, start_ms=0):
    """A `Histogram`, which is the same in both versions but for its start."""
    count, zero = value.count, value.zero_count
    out = double(2, count) if value.floating else integer(1, count)
    out += double(3, value.sum) + signed(4, value.schema) + double(5, value.zero_threshold)
    out += double(7, zero) if value.floating else integer(6, zero)
    out += _side((8, 9, 10), value.negative, value.floating)
    out += _side((11, 12, 13), value.positive, value.floating)
    out += integer(14, value.reset_hint) + integer(15, time)
    out += packed(16, value.custom_bounds, f64)
    return out + (integer(17, start_ms) if start_ms else b"")


def ordered(labels):
    """Names and values by name, as both versions want them."""
    return sorted(labels.items(), key=lambda pair: pair[0].encode())


# 1.0.


def _labels_v1(pairs):
    return b"".join(tagged(1, text(1, name) + text(2, value)) for name, value in pairs)


def series_v1(series, pairs=None):
    """A `TimeSeries` of 1.0; `pairs` are its labels where they are not in order on purpose."""
    out = _labels_v1(ordered(series.labels) if pairs is None else pairs)
    out += b"".join(tagged(2, double(1, v) + integer(2, t)) for t, v in series.samples)
    for time, value, labels in series.exemplars:
        out += tagged(3, _labels_v1(ordered(labels)) + double(2, value) + integer(3, time))
    return out + b"".join(tagged(4, histogram(t, h)) for t, h in series.histograms)


def request_v1(series, metadata=None):
    """A `WriteRequest`; `metadata` is (kind, help, unit) by the metric's name."""
    out = [tagged(1, one if isinstance(one, bytes) else series_v1(one)) for one in series]
    for metric, (kind, help_text, unit) in (metadata or {}).items():
        said = integer(1, KINDS[kind]) + text(2, metric) + text(4, help_text) + text(5, unit)
        out.append(tagged(3, said))
    return b"".join(out)


# 2.0.


class Symbols:
    """The texts of a request, each once; the first is empty."""

    def __init__(self):
        self.numbers = {"": 0}

    def number(self, value):
        return self.numbers.setdefault(value, len(self.numbers))

    def refs(self, labels):
        numbers = [self.number(part) for pair in ordered(labels) for part in pair]
        return packed(1, numbers, varint)


def series_v2(series, symbols):
    out = symbols.refs(series.labels)
    start = integer(3, series.start_ms) if series.start_ms else b""
    for time, value in series.samples:
        out += tagged(2, double(1, value) + integer(2, time) + start)
    for time, value in series.histograms:
        out += tagged(3, histogram(time, value, series.start_ms))
    for time, value, labels in series.exemplars:
        out += tagged(4, symbols.refs(labels) + double(2, value) + integer(3, time))
    if series.metadata is not None:
        kind, help_text, unit = series.metadata
        said = integer(1, KINDS[kind])
        said += integer(3, symbols.number(help_text)) + integer(4, symbols.number(unit))
        out += tagged(5, said)
    return out


def request_v2(series, symbols=None):
    """A `Request`; with `symbols` its texts are these, whatever the series needs."""
    table = Symbols()
    found = [tagged(5, one if isinstance(one, bytes) else series_v2(one, table)) for one in series]
    texts = list(table.numbers) if symbols is None else symbols
    return b"".join([text(4, value) for value in texts] + found)


# Sending.

V1, V2 = 1, 2
CONTENT_TYPES = {
    V1: "application/x-protobuf",
    V2: "application/x-protobuf;proto=io.prometheus.write.v2.Request",
}
PACK = {
    "snappy": lambda body: bytes(cramjam.snappy.compress_raw(body)),
    "zstd": zstandard.compress,
}


@dataclass
class Answer:
    status: int
    body: bytes
    headers: dict = field(repr=False)

    def written(self):
        """What 2.0 says was written: samples, histograms, exemplars."""
        names = ("samples", "histograms", "exemplars")
        prefix = "x-prometheus-remote-write-"
        return tuple(int(self.headers[f"{prefix}{name}-written"]) for name in names)


class Connection:
    """One HTTP/1.1 connection to a receiver of remote write."""

    def __init__(self, url, token=None, timeout_s=60):
        parts = urlsplit(url)
        self.path = parts.path
        self.connection = http.client.HTTPConnection(parts.netloc, timeout=timeout_s)
        self.credentials = {} if token is None else {"Authorization": f"Bearer {token}"}

    def send(self, series, version=V1, encoding="snappy", metadata=None):
        body = request_v1(series, metadata) if version == V1 else request_v2(series)
        return self.send_bytes(PACK[encoding](body), version, encoding)

    def send_bytes(self, body, version=V1, encoding="snappy", **headers):
        """A body as it is; headers by their names with `_` for `-`, `None` to leave one out."""
        sent = {
            "Content-Type": CONTENT_TYPES[version],
            "Content-Encoding": encoding,
            "X-Prometheus-Remote-Write-Version": {V1: "0.1.0", V2: "2.0.0"}[version],
            **self.credentials,
        }
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {name: value for name, value in sent.items() if value is not None}
        self.connection.request("POST", self.path, body, sent)
        response = self.connection.getresponse()
        found = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, response.read(), found)

    def close(self):
        self.connection.close()


def is_stale(value):
    return math.isnan(value) and struct.pack("<d", value) == struct.pack("<d", STALE)
