"""The tables on disk, opened by engines we did not write: delta-rs reads the transaction log, DuckDB
and Polars read the rows, and all say what SQL over the API says.

After so many flushes that a checkpoint was written, after merges, and after retention removed files;
while the server runs, and after it stopped.
"""

import json

import duckdb
import polars
import pytest
from deltalake import DeltaTable
from opentelemetry.proto.metrics.v1 import metrics_pb2

import expected
import otlp
import program
from load import expiring
from test_crash import RESTLESS, RETENTION_NS

TABLES = ("spans", "logs", "samples", "histograms", "series", "exemplars", "trace_times")
ROUNDS = 40
# The server counts spans on its own, which would move while it is looked at.
SETTINGS = {**RESTLESS, "store__grace": "10m", "metrics__from_spans": "false"}


def table(server, name):
    return DeltaTable(str(server.folder / "tables" / name))


def telemetry(round_number):
    """One request a signal; every round is another, so that a mix-up shows."""
    n = round_number
    attrs = {
        "round": n,
        "text": f"ü {n}",
        "share": n / 7,
        "even": n % 2 == 0,
        "list": [n, "x", None],
        "http.request.method": "GET",
        "http.response.status_code": 200 + n,
    }
    event = otlp.Span.Event(
        name="event", time_unix_nano=otlp.now(), attributes=otlp.attributes(attrs)
    )
    link = otlp.Span.Link(trace_id=bytes([n] * 16), span_id=bytes([n] * 8))
    spans = [
        otlp.span(f"span {n}", attrs=attrs, events=[event], links=[link], trace_state="a=1"),
        otlp.span("bare"),
    ]
    logs = [otlp.log(f"log {n}", attrs=attrs), otlp.log({"n": n}), otlp.log(None)]
    exemplar = metrics_pb2.Exemplar(
        time_unix_nano=otlp.now(), as_double=n / 3, trace_id=b"t" * 16, span_id=b"s" * 8
    )
    point = metrics_pb2.HistogramDataPoint(
        time_unix_nano=otlp.now(),
        count=n + 3,
        sum=n / 2,
        bucket_counts=[n, 1, 2],
        explicit_bounds=[0.5, 1.5],
        attributes=otlp.attributes(attrs),
        exemplars=[exemplar],
    )
    histogram = metrics_pb2.Metric(
        name="histogram",
        histogram=metrics_pb2.Histogram(data_points=[point], aggregation_temporality=2),
    )
    gauge = otlp.gauge(
        "gauge", [otlp.point(2**53 + 2 * n + 1, attrs={"n": n % 5}), otlp.point(n / 9)]
    )
    return [otlp.traces(spans), otlp.logs(logs), otlp.metrics([histogram, gauge])]


@pytest.fixture(scope="module")
def target(tmp_path_factory):
    """A server whose tables have seen checkpoints, merges and retention."""
    folder = tmp_path_factory.mktemp("readers")
    settings = {name.replace("__", "."): value for name, value in SETTINGS.items()}
    made = program.Server(folder / "data", folder / "server.log", settings).start()
    connection = otlp.Connection(made.otlp_http)

    def count(name):
        return made.metrics()[f"plimsoll_store_{name}_total"]

    try:
        for n in range(ROUNDS):
            flushes = count("flushes")
            for request in telemetry(n):
                assert connection.send(request).accepted_whole()
            if n % 10 == 0:
                assert connection.send(expiring(n, RETENTION_NS)).status == 200
            program.wait_until("a flush", lambda flushes=flushes: count("flushes") > flushes)
        left = "SELECT count(*) FROM spans WHERE service_name = 'expiring'"
        program.wait_until("retention", lambda: made.scalar(left) == 0)
        assert count("files_compacted") > 0 and count("files_expired") > 0
        settle(made)
        yield made
    finally:
        if made.running():
            made.kill()


def settle(server):
    """Waits until nothing is in memory alone and nothing is left to merge."""

    def rows():
        metrics = server.metrics()
        buffered = sum(value for name, value in metrics.items() if "rows_buffered" in name)
        return buffered, metrics["plimsoll_store_files_compacted_total"]

    last = None

    def quiet():
        nonlocal last
        before, last = last, rows()
        return before == last and last[0] == 0

    program.wait_until("quiet", quiet)


@pytest.fixture(scope="module", params=["running", "stopped"])
def sides(request, target):
    """The server, and what SQL says of every table of it."""
    said = {name: target.sql(f"SELECT * FROM {name}") for name in TABLES}
    counts = {name: target.scalar(f"SELECT count(*) FROM {name}") for name in TABLES}
    assert counts == {name: len(rows) for name, rows in said.items()}
    if request.param == "stopped":
        assert target.stop() == program.GOOD
    yield target, said
    if request.param == "stopped":
        target.start()


def test_all_was_seen(target):
    """The tables have what this test is about."""
    counts = {name: target.scalar(f"SELECT count(*) FROM {name}") for name in TABLES}
    assert counts["spans"] == 2 * ROUNDS
    assert counts["logs"] == 3 * ROUNDS
    assert (counts["samples"], counts["histograms"]) == (2 * ROUNDS, ROUNDS)
    assert counts["exemplars"] == ROUNDS
    # A series is described once a day; the histogram's are new in every round.
    assert counts["series"] == ROUNDS + 6
    for name in ("spans", "logs", "samples"):
        log = target.folder / "tables" / name / "_delta_log"
        checkpoint = json.loads((log / "_last_checkpoint").read_text())
        assert checkpoint["version"] >= 32
        assert (log / f"{checkpoint['version']:020}.checkpoint.parquet").is_file()


def test_an_old_version_stays_readable_for_a_while(target):
    """A reader that began before merges and retention finishes: files stay for the grace."""
    reader = table(target, "spans")
    before = reader.file_uris()
    connection = otlp.Connection(target.otlp_http)
    merged = target.metrics()["plimsoll_store_files_compacted_total"]

    def merge():
        for request in telemetry(1):
            assert connection.send(request).accepted_whole()
        return target.metrics()["plimsoll_store_files_compacted_total"] > merged

    program.wait_until("another merge", merge)
    program.wait_until(
        "a file of the old version leaves the table",
        lambda: merge() and set(before) - set(table(target, "spans").file_uris()),
    )
    assert len(reader.to_pyarrow_table()) == sum(
        polars.read_parquet(uri.removeprefix("file://")).height for uri in before
    )
    settle(target)


def test_delta_rs(sides):
    """delta-rs, from the newest checkpoint and the commits after it, finds the same live files."""
    server, said = sides
    for name in TABLES:
        found = table(server, name)
        assert found.metadata().partition_columns == ["date"]
        actions = found.get_add_actions(flatten=True)
        names = actions.schema.names if hasattr(actions, "schema") else actions.column_names
        index = names.index("num_records")
        rows = sum(value.as_py() for value in actions.column(index))
        assert rows == len(said[name]), name
        on_disk = {str(path) for path in (server.folder / "tables" / name).glob("date=*/*.parquet")}
        live = {uri.removeprefix("file://") for uri in found.file_uris()}
        assert live <= on_disk


def comparable(value):
    """A value of any of the readers as the API writes it."""
    match value:
        case bytes():
            return value.hex()
        case bool() | None | str():
            return value
        case int():
            return expected.exact(value)
        case float():
            return expected.double(value)
        case dict():
            return {key: comparable(inner) for key, inner in value.items()}
        case list():
            return [comparable(inner) for inner in value]
        case _:
            return str(value)  # Dates.


MAPS = {
    "attributes_string",
    "attributes_int",
    "attributes_double",
    "attributes_bool",
    "attributes_json",
    "labels",
}


def rows_of(rows):
    """Rows in an order of their own, maps as objects."""

    def row(found):
        return {
            name: {key: comparable(v) for key, v in pairs_of(value)}
            if name in MAPS
            else comparable(value)
            for name, value in found.items()
        }

    return sorted(json.dumps(row(found), sort_keys=True) for found in rows)


def pairs_of(value):
    """The pairs of a map, however a reader shows it: an object, or a list of keys with values."""
    if isinstance(value, dict):
        return value.items()
    return [tuple(pair.values()) if isinstance(pair, dict) else pair for pair in value]


def test_duckdb(sides):
    """DuckDB reads the files that the transaction log names: the same rows, value for value."""
    server, said = sides
    with duckdb.connect() as connection:
        for name in TABLES:
            files = [uri.removeprefix("file://") for uri in table(server, name).file_uris()]
            options = "hive_partitioning = true, hive_types = {'date': DATE}"
            result = connection.execute(f"SELECT * FROM read_parquet(?, {options})", [files])
            names = [column[0] for column in result.description]
            rows = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
            assert rows_of(rows) == rows_of(said[name]), name


def test_duckdb_queries(sides):
    """Aggregates, maps, nested lists and pruning columns, as a person would ask for them."""
    server, _ = sides
    with duckdb.connect() as connection:
        for name in ("spans", "logs"):
            files = [uri.removeprefix("file://") for uri in table(server, name).file_uris()]
            connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet({files!r})")
        for query in [
            "SELECT service_name, count(*), sum(duration_nano) FROM spans GROUP BY 1 ORDER BY 1",
            "SELECT attributes_int['round'] AS round, count(*) FROM spans GROUP BY 1 ORDER BY 1",
            "SELECT sum(http_response_status_code) FROM spans WHERE http_request_method = 'GET'",
            "SELECT count(*) FROM logs WHERE body LIKE 'log 1%'",
            "SELECT min(time_unix_nano), max(time_unix_nano) FROM logs",
        ]:
            rows = [
                [comparable(value) for value in row] for row in connection.execute(query).fetchall()
            ]
            if server.running():
                assert rows == server.sql_answer(query).json()["rows"], query
            else:
                assert rows


def test_polars(sides):
    """Polars reads the Delta tables themselves."""
    server, said = sides
    for name in TABLES:
        frame = polars.read_delta(str(server.folder / "tables" / name))
        assert rows_of(frame.to_dicts()) == rows_of(said[name]), name
