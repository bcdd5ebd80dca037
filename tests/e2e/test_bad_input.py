"""Bad input: each kind gets its documented answer, the process goes on, and nothing else is lost.

One server takes everything below. Before the first test it is given items of every signal; after
each test it must be the same process, alive, with exactly those items.
"""

import gzip
import http.client
import math
import socket
import struct
import time
import zlib
from urllib.parse import urlsplit

import grpc
import pytest
import zstandard
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import TraceServiceStub

import otlp
import program
from ledger import LOGS, OURS, SAMPLES, SPANS, Ledger
from load import batch, is_refusal

# Of resident memory, with a budget of 256 MiB.
LIMIT = 1.3 * (256 << 20)

INVALID, NOT_OFFERED, EXHAUSTED, UNAVAILABLE = 3, 12, 8, 14


@pytest.fixture(scope="module")
def target(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bad-input")
    settings = {"memory": "256MiB", "query.timeout": "3s", "otlp.body_timeout": "1s"}
    # Rows are in files soon, so that both ways of reading them are tried.
    settings["store.flush_interval"] = "500ms"
    made = program.Server(folder / "data", folder / "server.log", settings).start()
    yield made
    if made.running():
        made.kill()


@pytest.fixture(scope="module")
def good(target):
    """Items that no bad input may harm: counted after each test, compared one by one at the end."""
    ledger = Ledger()
    connection = otlp.Connection(target.otlp_http)
    for table in (SPANS, LOGS, SAMPLES) * 3:
        number = ledger.begin()
        assert connection.send(batch(table, number, 20, 100)).accepted_whole()
        ledger.note(number, table, 20, "acknowledged")
    connection.close()
    yield ledger
    ledger.check(target, everything=True)
    target.restart()
    ledger.check(target, everything=True)


COUNTS = " UNION ALL ".join(
    f"SELECT '{table}' AS name, count(*) AS items FROM {table} WHERE {OURS[table]}"
    for table in (SPANS, LOGS, SAMPLES)
)


@pytest.fixture(autouse=True)
def unharmed(request, target, good):
    request.node.servers = [target]
    pid = target.process.pid
    yield
    assert target.running() and target.process.pid == pid, "the process ended"
    assert target.request("GET", "/healthz").status_code == 200
    counts = {row["name"]: row["items"] for row in target.sql(COUNTS)}
    assert counts == dict.fromkeys((SPANS, LOGS, SAMPLES), 60)
    assert "panicked" not in target.log()


@pytest.fixture
def send(target):
    connection = otlp.Connection(target.otlp_http)
    yield connection.send_bytes
    connection.close()


def valid(name="valid"):
    return otlp.traces([otlp.span(name)], "bad-input")


BODY = valid().SerializeToString()


# Requests that are wrong as a whole.


def refused(answer, status, code, *words):
    """The answer refuses for good, in OTLP's form, and says why."""
    assert answer.status == status, (answer, answer.body)
    assert answer.content_type == otlp.PROTOBUF
    error = answer.error()
    assert error.code == code
    for word in words:
        assert word in error.message, error.message
    assert answer.retry_after_s is None and answer.retry_delay_s() is None, "retrying is no use"


@pytest.mark.parametrize("path", [otlp.TRACES, otlp.METRICS, otlp.LOGS])
@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/xml", "application/json2", None]
)
def test_wrong_content_type(send, path, content_type):
    answer = send(path, b"", content_type)
    refused(answer, 415, NOT_OFFERED, "content type", otlp.PROTOBUF, otlp.JSON)


def test_unknown_encoding(send):
    answer = send(otlp.TRACES, BODY, Content_Encoding="lzma")
    refused(answer, 415, NOT_OFFERED, '"lzma"', "gzip", "zstd")


def test_truncated_protobuf(send):
    """Every prefix of a request: none is taken, none is answered by anything but 400."""
    for length in range(1, len(BODY)):
        answer = send(otlp.TRACES, BODY[:length])
        refused(answer, 400, INVALID, "ExportTraceServiceRequest")


@pytest.mark.parametrize(
    "body",
    [
        b"\xff" * 100,
        b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        b"\x0b" * 5_000,
        b"GET / HTTP/1.1\r\n\r\n",
        b"{}",
    ],
    ids=["ones", "length beyond 64 bits", "groups in groups", "http", "json as protobuf"],
)
def test_no_protobuf(send, body):
    refused(send(otlp.TRACES, body), 400, INVALID, "ExportTraceServiceRequest")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b'{"resourceSpans": 1}',
        b'{"resourceSpans": [' + b"[" * 100_000,
        b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "xyz"}]}]}]}',
        b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"name": "\xff"}]}]}]}',
    ],
    ids=["empty", "cut", "array", "string", "number", "deep", "no hex", "no utf-8"],
)
def test_no_json(send, body):
    answer = send(otlp.TRACES, body, otlp.JSON)
    assert answer.status == 400, (answer, answer.body)
    assert answer.content_type == otlp.JSON
    document = program.json.loads(answer.body)
    assert document["code"] == INVALID and document["message"], document
    assert answer.retry_after_s is None


@pytest.mark.parametrize("encoding", ["gzip", "zstd", "deflate"])
@pytest.mark.parametrize("damage", ["not compressed", "cut short"])
def test_damaged_compression(send, encoding, damage):
    body = BODY if damage == "not compressed" else COMPRESS[encoding](BODY * 3)[:-9]
    answer = send(otlp.TRACES, body, Content_Encoding=encoding)
    refused(answer, 400, INVALID, encoding)


COMPRESS = {
    "gzip": gzip.compress,
    "zstd": zstandard.compress,
    "deflate": zlib.compress,
}


# Items that are wrong by themselves: the others of the request are kept.


def send_with_good(target, bad_items, make=otlp.traces, good_item=None):
    """Sends good items around bad ones; answers how many were rejected, and why."""
    good_items = [good_item or otlp.span(f"good {n}") for n in range(2)]
    service = f"among bad {time.monotonic_ns()}"
    request = make([good_items[0], *bad_items, good_items[1]], service)
    connection = otlp.Connection(target.otlp_http)
    answer = connection.send(request)
    connection.close()
    table = {otlp.traces: "spans", otlp.logs: "logs"}[make]
    kept = target.scalar(f"SELECT count(*) FROM {table} WHERE service_name = '{service}'")
    rejected, message = answer.partial_success()
    assert kept == 2 + len(bad_items) - rejected
    return rejected, message


def invalid_utf8(message, marker=b"replaceme"):
    """The message with a text that is not UTF-8, which the library would not make."""
    data = message.SerializeToString()
    assert data.count(marker) == 1
    return data.replace(marker, b"\xc3\x28" + b"x" * (len(marker) - 2))


@pytest.mark.parametrize(
    "where", ["name", "attribute key", "attribute value", "event", "trace state", "nested"]
)
def test_invalid_utf8(target, send, where):
    text = "replaceme"
    bad = {
        "name": lambda: otlp.span(text),
        "attribute key": lambda: otlp.span("bad", attrs={text: 1}),
        "attribute value": lambda: otlp.span("bad", attrs={"key": text}),
        "event": lambda: otlp.span("bad", events=[otlp.Span.Event(name=text)]),
        "trace state": lambda: otlp.span("bad", trace_state=text),
        "nested": lambda: otlp.span("bad", attrs={"key": [{"inner": text}]}),
    }[where]()
    service = f"invalid utf-8 in {where}"
    request = otlp.traces([otlp.span("good 1"), bad, otlp.span("good 2")], service)
    answer = send(otlp.TRACES, invalid_utf8(request))
    rejected, message = answer.partial_success()
    assert rejected == 1
    assert "resource_spans[0].scope_spans[0].spans[1]" in message and "UTF-8" in message, message
    rows = target.sql(f"SELECT name FROM spans WHERE service_name = '{service}' ORDER BY name")
    assert [row["name"] for row in rows] == ["good 1", "good 2"]


def test_invalid_utf8_in_resource(target, send):
    """A resource that cannot be read takes its items with it, and no others."""
    request = otlp.traces([otlp.span("a"), otlp.span("b")], "replaceme")
    request.resource_spans.extend(otlp.traces([otlp.span("c")], "beside utf-8").resource_spans)
    rejected, message = send(otlp.TRACES, invalid_utf8(request)).partial_success()
    assert rejected == 2 and "resource_spans[0].resource" in message, message
    assert target.scalar("SELECT count(*) FROM spans WHERE service_name = 'beside utf-8'") == 1


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"trace_id": b""}, "trace_id"),
        ({"trace_id": b"12345678"}, "trace_id"),
        ({"trace_id": b"1" * 17}, "trace_id"),
        ({"trace_id": bytes(16)}, "trace_id"),
        ({"span_id": b""}, "span_id"),
        ({"span_id": b"1" * 16}, "span_id"),
        ({"span_id": bytes(8)}, "span_id"),
        ({"parent_span_id": b"1"}, "parent_span_id"),
    ],
)
def test_ids_of_the_wrong_length(target, fields, path):
    rejected, message = send_with_good(target, [otlp.span("bad", **fields)])
    assert rejected == 1
    assert f"spans[1].{path}: expected" in message and "bytes" in message, message


def test_log_ids_of_the_wrong_length(target):
    bad = [otlp.log("bad", trace_id=b"123"), otlp.log("bad", span_id=b"1234567")]
    rejected, message = send_with_good(target, bad, otlp.logs, otlp.log("good"))
    assert rejected == 2
    assert "log_records[1].trace_id" in message and "log_records[2].span_id" in message, message


YEAR_2262 = 9_223_372_036_854_775_807


@pytest.mark.parametrize(
    ("start", "word"),
    [
        (0, "clock"),
        (1, "clock"),
        (YEAR_2262, "clock"),
        (YEAR_2262 + 1, "2262"),
        (2**64 - 1, "2262"),
    ],
)
def test_times_far_away(target, start, word):
    bad = otlp.Span(name="bad", trace_id=b"1" * 16, span_id=b"1" * 8, start_time_unix_nano=start)
    rejected, message = send_with_good(target, [bad])
    assert rejected == 1
    assert "spans[1].start_time_unix_nano" in message and word in message, message


def test_log_times_far_away(target):
    bad = [
        otlp.log("bad", when=1),
        otlp.log("bad", when=YEAR_2262),
        otlp.log("bad", when=2**64 - 1),
    ]
    rejected, message = send_with_good(target, bad, otlp.logs, otlp.log("good"))
    assert rejected == 3 and "time_unix_nano" in message, message


def test_point_times_far_away(target):
    points = [otlp.point(1, when=1), otlp.point(2), otlp.point(3, when=2**63)]
    connection = otlp.Connection(target.otlp_http)
    answer = connection.send(otlp.metrics([otlp.gauge("far.away", points)], "bad-input"))
    assert answer.partial_success()[0] == 2
    found = "SELECT value FROM samples JOIN series USING (series_id) WHERE metric = 'far.away'"
    assert target.sql(found) == [{"value": 2.0}]


def test_nan_and_infinities(target):
    """They are numbers like others: kept, and told apart."""
    values = [math.nan, math.inf, -math.inf, -0.0]
    points = [otlp.point(value, attrs={"n": n}) for n, value in enumerate(values)]
    attrs = {f"v{n}": value for n, value in enumerate(values)} | {"array": values}
    connection = otlp.Connection(target.otlp_http)
    metrics = otlp.metrics([otlp.gauge("not.finite", points)], "not-finite")
    assert connection.send(metrics).accepted_whole()
    sent = otlp.span("not finite", attrs=attrs)
    assert connection.send(otlp.traces([sent], "not-finite")).accepted_whole()
    rows = target.sql(
        "SELECT value FROM samples JOIN series USING (series_id) WHERE metric = 'not.finite' "
        "ORDER BY series.attributes"
    )
    assert [row["value"] for row in rows] == ["NaN", "Infinity", "-Infinity", -0.0]
    (span,) = target.get(f"/api/v1/monitoring/traces/{sent.trace_id.hex()}")["spans"]
    found = {attribute["key"]: attribute for attribute in span["attributes"]}
    assert [found[f"v{n}"]["value"] for n in range(4)] == ["NaN", "Infinity", "-Infinity", -0.0]
    assert {found[f"v{n}"]["type"] for n in range(4)} == {"double"}
    assert found["array"]["value"] == ["NaN", "Infinity", "-Infinity", -0.0]


def nested(levels):
    value = 1
    for _ in range(levels):
        value = [value]
    return value


def test_deep_nesting(target):
    """Sixteen levels are kept; more are rejected, however many."""
    spans = [otlp.span("deep", attrs={"v": nested(levels)}) for levels in (16, 17, 45)]
    rejected, message = send_with_good(target, spans)
    assert rejected == 2 and "nest" in message, message


def test_bottomless_nesting(send):
    """Deeper than any stack. The library cannot make it, so it is made by hand."""
    value = b"\x18\x01"
    for _ in range(20_000):
        value = _field(5, _field(1, value))
    pair = _field(1, b"key") + _field(2, value)
    times = struct.pack("<BQBQ", 0x39, otlp.now(), 0x41, otlp.now())
    span = _field(1, b"1" * 16) + _field(2, b"1" * 8) + times + _field(9, pair)
    body = _field(1, _field(2, _field(2, span)))
    rejected, message = send(otlp.TRACES, body).partial_success()
    assert rejected == 1 and "nest" in message, message


def _field(number, content):
    length, left = b"", len(content)
    while left > 0x7F:
        length += bytes([left & 0x7F | 0x80])
        left >>= 7
    return bytes([number << 3 | 2]) + length + bytes([left]) + content


def test_too_many_attributes(target):
    """1,024 attributes are kept, one more is not."""
    spans = [otlp.span("many", attrs={f"k{n}": n for n in range(count)}) for count in (1024, 1025)]
    rejected, message = send_with_good(target, spans)
    assert rejected == 1 and "1024" in message, message


def test_too_long_a_value(target):
    """A mebibyte is kept, a byte more is not."""
    spans = [otlp.span("long", attrs={"k": "x" * count}) for count in (1 << 20, (1 << 20) + 1)]
    rejected, message = send_with_good(target, spans)
    assert rejected == 1 and "1048576" in message, message


def test_a_million_distinct_keys(target):
    """Keys are data like any other: kept, found, and no reason to grow without bound."""
    connection = otlp.Connection(target.otlp_http)
    spans, keys = 1_000, 20
    for request in range(50):
        first = request * spans
        made = [
            otlp.span("keys", attrs={f"key.{(first + n) * keys + k}": k for k in range(keys)})
            for n in range(spans)
        ]
        body = otlp.traces(made, "distinct-keys")

        def taken(body=body):
            answer = connection.send(body)
            assert answer.status == 200 or answer.is_retryable_refusal(), answer
            return answer.status == 200

        program.wait_until("taken", taken)
    assert (
        target.scalar("SELECT count(*) FROM spans WHERE service_name = 'distinct-keys'") == 50_000
    )
    found = target.get("/api/v1/monitoring/traces", service="distinct-keys", attr="key.777777=17")
    assert len(found["traces"]) == 1
    assert target.peak_bytes() < LIMIT


# Too much.


@pytest.mark.parametrize("path", [otlp.TRACES, otlp.METRICS, otlp.LOGS])
@pytest.mark.parametrize("declared", [True, False], ids=["declared", "chunked"])
def test_100_mb_body(target, path, declared):
    """Too large by its length, or as soon as it has become so; nothing of it is held."""
    connection = http.client.HTTPConnection(urlsplit(target.otlp_http).netloc, timeout=60)
    piece = bytes(1_000_000)
    headers = {"Content-Type": otlp.PROTOBUF}
    headers |= {"Content-Length": "100000000"} if declared else {"Transfer-Encoding": "chunked"}
    connection.request(
        "POST", path, (piece for _ in range(100)), headers, encode_chunked=not declared
    )
    response = connection.getresponse()
    found = {name.lower(): value for name, value in response.getheaders()}
    answer = otlp.Answer(path, response.status, response.read(), found)
    refused(answer, 413, EXHAUSTED, "larger than")
    assert target.peak_bytes() < LIMIT


def test_100_mb_over_grpc(target):
    request = otlp.traces([otlp.span("big", attrs={"v": "x" * 100_000_000})])
    with grpc.insecure_channel(target.otlp_grpc) as channel:
        with pytest.raises(grpc.RpcError) as raised:
            TraceServiceStub(channel).Export(request, timeout=60)
    assert raised.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED, raised.value
    assert "larger than" in raised.value.details()
    assert not is_refusal(raised.value), "sending it again is no use, so no delay is given"


@pytest.mark.parametrize("encoding", ["gzip", "zstd", "deflate"])
@pytest.mark.parametrize("megabytes", [8, 100, 1_000])
def test_zip_bomb(target, send, encoding, megabytes):
    """A few bytes that become many."""
    zeros = bytes(1_000_000)
    match encoding:
        case "gzip" | "deflate":
            packer = zlib.compressobj(9, wbits=31 if encoding == "gzip" else 15)
        case "zstd":
            packer = zstandard.ZstdCompressor(level=3).compressobj()
    bomb = b"".join(packer.compress(zeros) for _ in range(megabytes)) + packer.flush()
    answer = send(otlp.TRACES, bomb, Content_Encoding=encoding)
    refused(answer, 413, EXHAUSTED)
    assert target.peak_bytes() < LIMIT


def test_zip_bomb_over_grpc(target):
    request = otlp.traces([otlp.span("bomb", attrs={"v": "x" * 50_000_000})])
    with grpc.insecure_channel(target.otlp_grpc, compression=grpc.Compression.Gzip) as channel:
        with pytest.raises(grpc.RpcError) as raised:
            TraceServiceStub(channel).Export(request, timeout=60)
    assert raised.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED, raised.value
    assert not is_refusal(raised.value)


def test_expansion_by_repetition(target, send):
    """A small request whose rows would each repeat a large resource."""
    request = otlp.traces([otlp.span("x") for _ in range(20_000)])
    request.resource_spans[0].resource.attributes.extend(
        otlp.attributes({"service.name": "expand", "service.version": "v" * 500_000})
    )
    rejected, message = send(otlp.TRACES, request.SerializeToString()).partial_success()
    assert rejected > 10_000 and "smaller batches" in message, message
    assert target.peak_bytes() < LIMIT


def test_slow_body(target):
    """Half a body and then silence: an answer in time, no connection held for ever."""
    host, port = urlsplit(target.otlp_http).netloc.split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        head = f"POST /v1/traces HTTP/1.1\r\nHost: {host}\r\nContent-Type: {otlp.PROTOBUF}\r\n"
        connection.sendall(f"{head}Content-Length: {len(BODY)}\r\n\r\n".encode() + BODY[:10])
        received = b""
        while piece := connection.recv(65_536):
            received += piece
    status = received.split(b"\r\n", 1)[0]
    assert status.split()[1] == b"503" and b"did not arrive" in received, received


def test_broken_off_body(target):
    """A sender that dies halfway leaves nothing."""
    before = target.scalar("SELECT count(*) FROM spans")
    host, port = urlsplit(target.otlp_http).netloc.split(":")
    for length in (0, 1, len(BODY) // 2, len(BODY) - 1):
        with socket.create_connection((host, int(port))) as connection:
            head = f"POST /v1/traces HTTP/1.1\r\nHost: {host}\r\nContent-Type: {otlp.PROTOBUF}\r\n"
            connection.sendall(
                f"{head}Content-Length: {len(BODY)}\r\n\r\n".encode() + BODY[:length]
            )
    assert otlp.Connection(target.otlp_http).send(valid()).accepted_whole()
    assert target.scalar("SELECT count(*) FROM spans") == before + 1


# Wrong addresses.


def test_unknown_paths_and_methods(target):
    answer = program.requests.get(target.otlp_http + "/v1/traces", timeout=10)
    assert answer.status_code == 405 and answer.headers["Allow"] == "POST"
    assert program.requests.post(target.otlp_http + "/v1/profiles", timeout=10).status_code == 404
    missing = target.request("GET", "/api/v1/monitoring/nothing")
    assert missing.status_code == 404 and missing.json()["code"] == "not_found"
    with grpc.insecure_channel(target.otlp_grpc) as channel:
        with pytest.raises(grpc.RpcError) as raised:
            channel.unary_unary("/opentelemetry.Nothing/Export")(b"", timeout=10)
    assert raised.value.code() == grpc.StatusCode.UNIMPLEMENTED


# SQL.


@pytest.fixture(scope="module")
def many_spans(target, good):
    """Twenty thousand spans: four hundred million pairs."""
    connection = otlp.Connection(target.otlp_http)
    for _ in range(20):
        pad = {"pad": "x" * 2_000}
        request = otlp.traces([otlp.span(f"many {n}", attrs=pad) for n in range(1_000)], "many")
        program.wait_until("taken", lambda request=request: connection.send(request).status == 200)
    connection.close()


def problem(answer, status, code, *words):
    """An RFC 9457 document that says what was wrong."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    document = answer.json()
    assert (document["status"], document["code"]) == (status, code), document
    text = f"{document['detail']} {document.get('hint', '')}"
    for word in words:
        assert word in text, document
    return document


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO spans SELECT * FROM spans",
        "DELETE FROM spans",
        "UPDATE spans SET name = 'x'",
        "TRUNCATE spans",
        "DROP TABLE spans",
        "CREATE TABLE mine AS SELECT 1",
        "CREATE VIEW mine AS SELECT 1",
        "CREATE SCHEMA mine",
        "CREATE EXTERNAL TABLE mine STORED AS CSV LOCATION '/etc/passwd'",
        "CREATE FUNCTION f() RETURNS int RETURN 1",
        "COPY (SELECT 1) TO '/tmp/plimsoll-e2e.csv'",
        "COPY spans TO '/tmp/plimsoll-e2e.parquet' STORED AS PARQUET",
        "SET datafusion.execution.batch_size = 1",
        "EXPLAIN ANALYZE INSERT INTO spans SELECT * FROM spans",
        "PREPARE p AS SELECT 1",
        "BEGIN",
        "SELECT 1; DROP TABLE spans",
    ],
)
def test_sql_that_writes(target, statement):
    problem(target.sql_answer(statement), 400, "invalid_argument")


@pytest.mark.parametrize(
    "source",
    [
        "'/etc/passwd'",
        '"/etc/passwd"',
        "'file:///etc/passwd'",
        "'/etc/passwd.csv'",
        "'https://127.0.0.1/x.parquet'",
        "'s3://bucket/x.parquet'",
        "read_csv('/etc/passwd')",
        "read_parquet('/etc/passwd')",
        "parquet_metadata('/etc/passwd')",
        "generate_series(1, 1000000000000)",
    ],
)
def test_sql_that_reads_elsewhere(target, source):
    problem(target.sql_answer(f"SELECT * FROM {source}"), 400, "invalid_argument")


@pytest.mark.parametrize(
    "query",
    [
        "",
        ";",
        "SELEC 1",
        "SELECT nothing FROM spans",
        "SELECT * FROM nothing",
        "SELECT " + "(" * 5_000 + "1" + ")" * 5_000,
        "SELECT " + " + ".join(["1"] * 20_000),
        "SELECT '" + "x" * 200_000 + "'",
        "\0",
    ],
    ids=["empty", "only semicolon", "typo", "column", "table", "deep", "wide", "long", "null byte"],
)
def test_sql_that_is_wrong(target, query):
    answer = target.sql_answer(query)
    assert answer.status_code in (200, 400, 413), answer.text
    if answer.status_code != 200:
        problem(
            answer,
            answer.status_code,
            {400: "invalid_argument", 413: "too_large"}[answer.status_code],
        )
    # Only a wide sum may have a value.
    assert answer.status_code != 200 or answer.json()["rows"] == [[20_000]]


def test_sql_says_where(target):
    document = problem(
        target.sql_answer("SELECT 1,\n  nothing\nFROM spans"), 400, "invalid_argument", "nothing"
    )
    assert "line 2" in document["location"], document


def test_sql_for_everything(target, many_spans):
    """All rows are cut at the limit of rows, and said so; all columns of them are too much."""
    document = target.sql_answer("SELECT name FROM spans", 7).json()
    assert (document["row_count"], document["truncated"]) == (7, True)
    document = target.sql_answer("SELECT name FROM spans").json()
    assert (document["row_count"], len(document["rows"]), document["truncated"]) == (
        10_000,
        10_000,
        True,
    )
    # With all that they have they are more than an answer may hold.
    answer = target.sql_answer("SELECT * FROM spans WHERE service_name = 'many'")
    problem(answer, 413, "too_large", "the result is larger than", "select fewer columns or rows")
    assert target.peak_bytes() < LIMIT


@pytest.mark.parametrize(
    "query",
    [
        "SELECT CAST(name AS BIGINT) FROM spans",
        "SELECT count(*) FROM spans WHERE CAST(name AS BIGINT) = 1",
        "SELECT 1 / (kind - kind) FROM spans",
    ],
)
def test_sql_whose_values_do_not_fit(target, query):
    """What goes wrong while rows are read, in memory or in files, is the query's fault as well."""
    problem(target.sql_answer(query), 400, "invalid_argument")


@pytest.mark.parametrize(
    "query",
    [
        "SELECT count(*) FROM spans a, spans b, spans c WHERE a.name < b.name OR b.name < c.name",
        "SELECT a.name FROM spans a, spans b, spans c ORDER BY a.duration_nano + b.duration_nano",
        "SELECT DISTINCT a.span_id, b.span_id FROM spans a, spans b",
        "SELECT array_agg(a.name || b.name) FROM spans a, spans b",
        "SELECT repeat('x', 1000000000) FROM spans",
    ],
)
def test_sql_without_end(target, many_spans, query):
    """Out of time or out of memory: said so, and over."""
    answer = target.sql_answer(query)
    assert answer.status_code in (400, 413, 429, 504), answer.text[:500]
    code = {
        400: "invalid_argument",
        413: "too_large",
        429: "resource_exhausted",
        504: "deadline_exceeded",
    }
    problem(answer, answer.status_code, code[answer.status_code])
    assert target.peak_bytes() < LIMIT
    # It holds no place any more.
    assert target.scalar("SELECT 1") == 1


@pytest.mark.parametrize(
    ("path", "parameters"),
    [
        ("traces", {"limit": "0"}),
        ("traces", {"limit": "1001"}),
        ("traces", {"limit": "many"}),
        ("traces", {"from": "yesterday"}),
        ("traces", {"from": "now", "to": "-1h"}),
        ("traces", {"cursor": "no cursor"}),
        ("traces", {"status": "maybe"}),
        ("traces", {"min_duration_ms": "-x"}),
        ("traces", {"sort": "random"}),
        ("traces", {"nothing": "1"}),
        ("logs", {"severity": "loud"}),
        ("logs", {"trace_id": "xyz"}),
        ("logs", {"cursor": "%00"}),
        ("traces/xyz", {}),
        ("services", {"from": "1e400"}),
    ],
)
def test_parameters_that_are_wrong(target, path, parameters):
    answer = target.request("GET", f"/api/v1/monitoring/{path}", params=parameters)
    problem(answer, 400, "invalid_argument")


def test_a_trace_that_is_not_there(target):
    answer = target.request("GET", "/api/v1/monitoring/traces/" + "ab" * 16)
    problem(answer, 404, "not_found")
