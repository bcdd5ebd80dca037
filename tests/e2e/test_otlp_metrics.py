"""OpenTelemetry's metrics as PromQL sees them: names, labels and values of what the SDK sends;
deltas beside cumulative points; limits on series. A kill in between changes no number.

Names and labels are those of OpenTelemetry's specification "Prometheus and OpenMetrics
Compatibility".
"""

import itertools
import math
import time

import pytest
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.metrics import Observation
from opentelemetry.proto.metrics.v1 import metrics_pb2 as proto
from opentelemetry.sdk.metrics import (
    Counter,
    Histogram,
    MeterProvider,
    ObservableCounter,
    UpDownCounter,
)
from opentelemetry.sdk.metrics.export import AggregationTemporality, PeriodicExportingMetricReader
from opentelemetry.sdk.metrics.view import ExponentialBucketHistogramAggregation, View
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider

import otlp
import program
import remote_write
from prometheus import Api, labels_key

_NUMBER = itertools.count(1)

TEMPORALITIES = {"cumulative": 2, "delta": 1}
DELTAS = dict.fromkeys(
    (Counter, ObservableCounter, UpDownCounter, Histogram), AggregationTemporality.DELTA
)


@pytest.fixture
def service():
    """A name that only this test has."""
    return f"shop-{next(_NUMBER)}"


class Application:
    """The SDK of one process, with a meter; what it measures is sent by `flush`."""

    def __init__(self, server, service, temporality="cumulative", **attributes):
        exporter = OTLPMetricExporter(
            endpoint=server.otlp_http + "/v1/metrics",
            preferred_temporality=DELTAS if temporality == "delta" else {},
        )
        # Sent when told, never by time.
        reader = PeriodicExportingMetricReader(exporter, export_interval_millis=3_600_000)
        views = [
            View(
                instrument_name="exponential*", aggregation=ExponentialBucketHistogramAggregation()
            )
        ]
        resource = Resource({"service.name": service, **attributes})
        self.provider = MeterProvider([reader], resource, views=views)
        self.meter = self.provider.get_meter("e2e.meter", "1.2")

    def flush(self):
        assert self.provider.force_flush()

    def close(self):
        self.provider.shutdown()


@pytest.fixture
def application():
    """Makes applications, which are shut down in the end."""
    made = []

    def make(*arguments, **options):
        made.append(Application(*arguments, **options))
        return made[-1]

    yield make
    for one in made:
        one.close()


def soon():
    """A time after everything sent."""
    return time.time() + 1


def scoped(service, **labels):
    """The labels of a series of an application, by its own ones."""
    return labels_key(
        {"job": service, "otel_scope_name": "e2e.meter", "otel_scope_version": "1.2", **labels}
    )


# Names, labels, values.


def test_names_and_values(shared_server, application, service):
    """Each instrument under its name in PromQL, with the number that it has."""
    made = application(shared_server, service, **{"service.instance.id": "i-1"})
    meter = made.meter
    meter.create_counter("http.requests", "{request}").add(3, {"http.route": "/a", "code": 200})
    meter.create_counter("net.io", "By").add(1_500.5)
    meter.create_counter("already_total", "1").add(1)
    meter.create_up_down_counter("queue.size", "{item}").add(-4, {"queue": "ü"})
    meter.create_gauge("cpu.utilization", "1").set(0.25)
    meter.create_gauge("room.temperature", "Cel").set(-1.5, {"ok": True, "share": 0.5})
    meter.create_observable_gauge(
        "disk.free", [lambda _: [Observation(7, {"mount.point": "/"})]], "By"
    )
    meter.create_observable_counter("cpu.time", [lambda _: [Observation(12.75)]], "s")
    meter.create_observable_up_down_counter("speed", [lambda _: [Observation(2)]], "m/s")
    made.flush()
    expected = {
        "http_requests_total": ({"http_route": "/a", "code": "200"}, 3),
        "net_io_bytes_total": ({}, 1_500.5),
        "already_total": ({}, 1),
        "queue_size": ({"queue": "ü"}, -4),
        "cpu_utilization_ratio": ({}, 0.25),
        "room_temperature_celsius": ({"ok": "true", "share": "0.5"}, -1.5),
        "disk_free_bytes": ({"mount_point": "/"}, 7),
        "cpu_time_seconds_total": ({}, 12.75),
        "speed_meters_per_second": ({}, 2),
    }
    api = Api.of(shared_server)
    found = api.vector(f'{{job="{service}"}}', soon())
    assert found == {
        scoped(service, instance="i-1", __name__=name, **labels): value
        for name, (labels, value) in expected.items()
    }
    told = api.data("metadata")
    kinds = {name: told[name][0]["type"] for name in expected}
    counters = {
        "http_requests_total",
        "net_io_bytes_total",
        "already_total",
        "cpu_time_seconds_total",
    }
    assert kinds == {name: "counter" if name in counters else "gauge" for name in expected}


def test_a_histogram_with_explicit_bounds(shared_server, application, service):
    """Three names, as everybody's queries expect them; quantiles as Prometheus has them."""
    made = application(shared_server, service)
    durations = made.meter.create_histogram(
        "http.server.request.duration",
        "s",
        "How long it took",
        explicit_bucket_boundaries_advisory=[0.1, 1.0, 2.5],
    )
    for value in (0.05, 0.1, 0.7, 2.0, 2.0, 9.0):
        durations.record(value, {"http.route": "/a"})
    made.flush()
    api, base = Api.of(shared_server), "http_server_request_duration_seconds"
    found = api.vector(f'{{__name__=~"{base}.*", job="{service}"}}', soon())
    expected = {
        scoped(service, __name__=f"{base}_bucket", http_route="/a", le=le): count
        for le, count in {"0.1": 2, "1": 3, "2.5": 5, "+Inf": 6}.items()
    }
    expected[scoped(service, __name__=f"{base}_count", http_route="/a")] = 6
    expected[scoped(service, __name__=f"{base}_sum", http_route="/a")] = pytest.approx(13.85)
    assert found == expected
    quantile = f'histogram_quantile(0.5, sum by (le) ({base}_bucket{{job="{service}"}}))'
    assert api.value(quantile, soon()) == pytest.approx(1.0)
    (said,) = api.data("metadata", metric=base)[base]
    assert said == {"type": "histogram", "help": "How long it took", "unit": "s"}
    # Bounds are values of a label like any other.
    values = api.data("label/le/values", match=f'{base}_bucket{{job="{service}"}}')
    assert sorted(values) == ["+Inf", "0.1", "1", "2.5"]
    le = api.vector(f'{base}_bucket{{job="{service}", le=~"1|.Inf"}}', soon())
    assert sorted(le.values()) == [3, 6]


def test_an_exponential_histogram(shared_server, application, service):
    """One native histogram: count, sum and quantiles within its resolution."""
    made = application(shared_server, service)
    values = [0.001 * 1.1**n for n in range(100)] + [0, 0]
    histogram = made.meter.create_histogram("exponential.latency", "ms")
    for value in values:
        histogram.record(value)
    made.flush()
    api, name = Api.of(shared_server), f'exponential_latency_milliseconds{{job="{service}"}}'
    assert api.value(f"histogram_count({name})", soon()) == len(values)
    assert api.value(f"histogram_sum({name})", soon()) == pytest.approx(sum(values))
    # The SDK's 160 buckets over four powers of ten are 6 % wide at most.
    for phi in (0.1, 0.5, 0.9, 0.99):
        exact = sorted(values)[math.ceil(phi * len(values)) - 1]
        found = api.value(f"histogram_quantile({phi}, {name})", soon())
        assert found == pytest.approx(exact, rel=0.12), phi
    assert api.value(f"histogram_fraction(-Inf, +Inf, {name})", soon()) == 1
    (said,) = api.data("metadata")["exponential_latency_milliseconds"]
    assert said["type"] == "histogram"


@pytest.mark.parametrize("temporality", TEMPORALITIES)
def test_repeated_exports(shared_server, application, service, temporality):
    """What was counted over several exports: all of it, whatever the SDK sends of it."""
    made = application(shared_server, service, temporality)
    counter = made.meter.create_counter("orders")
    histogram = made.meter.create_histogram("took", "s", explicit_bucket_boundaries_advisory=[1.0])
    exponential = made.meter.create_histogram("exponential.took", "s")
    adds = [5, 0, 7, 1, 30]
    for add in adds:
        counter.add(add, {"kind": "x"})
        for value in (0.5, 3.0):
            histogram.record(value)
            exponential.record(value)
        made.flush()
    api, exports = Api.of(shared_server), len(adds)
    assert counted(api, f'orders_total{{job="{service}"}}') == sum(adds)
    assert counted(api, f'took_seconds_count{{job="{service}"}}') == 2 * exports
    assert counted(api, f'took_seconds_sum{{job="{service}"}}') == 3.5 * exports
    assert counted(api, f'took_seconds_bucket{{job="{service}", le="1"}}') == exports
    assert counted(api, f'took_seconds_bucket{{job="{service}", le="+Inf"}}') == 2 * exports
    native = f'exponential_took_seconds{{job="{service}"}}'
    (series,) = api.instant(f"{native}[10m]", soon())
    counts = [float(histogram["count"]) for _, histogram in series["histograms"]]
    assert grown(counts) == 2 * exports


def counted(api, selector):
    """What a counter has counted from its first sample on, resets seen."""
    (series,) = api.instant(f"{selector}[10m]", soon())
    return grown([float(value) for _, value in series["values"]])


def grown(values):
    """Growth from zero; less than before is a beginning anew."""
    steps = itertools.pairwise([0.0, *values])
    return sum(value - before if value >= before else value for before, value in steps)


def test_several_resources(shared_server, application, service):
    """Processes of one service, and one of another namespace: told apart by job and instance."""
    processes = [
        application(shared_server, service, **{"service.instance.id": f"i-{n}"}) for n in range(3)
    ]
    other = {"service.namespace": "acme", "host.name": "h1"}
    processes.append(application(shared_server, service, **other))
    for n, made in enumerate(processes):
        made.meter.create_counter("shared.counter").add(10**n)
        made.flush()
    api = Api.of(shared_server)
    found = api.vector(f'shared_counter_total{{job=~"(acme/)?{service}"}}', soon())
    name = "shared_counter_total"
    expected = {scoped(service, __name__=name, instance=f"i-{n}"): 10**n for n in range(3)}
    expected[scoped(f"acme/{service}", __name__=name, host_name="h1")] = 1_000
    assert found == expected
    total = api.vector(f'sum by (job) (shared_counter_total{{job=~".*{service}"}})', soon())
    assert total == {(("job", service),): 111, (("job", f"acme/{service}"),): 1_000}


def test_labels_of_the_resource(server, application):
    """Attributes of the resource become labels where a setting names them; the scope's need not."""
    target = server(
        metrics__resource_labels="host.name,deployment.environment", metrics__scope_labels="false"
    )
    attributes = {"host.name": "h1", "deployment.environment": "test", "host.arch": "arm64"}
    made = application(target, "labelled", **attributes)
    made.meter.create_gauge("level").set(4, {"room": "a"})
    made.flush()
    named = {"job": "labelled", "host_name": "h1", "deployment_environment": "test"}
    expected = {
        labels_key({"__name__": "level", "room": "a", **named}): 4,
        labels_key({"__name__": "target_info", "host_arch": "arm64", **named}): 1,
    }
    assert Api.of(target).vector('{job="labelled"}', soon()) == expected


def test_what_a_resource_is(shared_server, application, service):
    """`target_info` has all that a resource says, once however often it is sent; joins and `info()`
    bring it to the resource's other series."""
    pods = {"i-1": "shop-7d9f", "i-2": "shop-x2x4"}
    for instance, pod in pods.items():
        attributes = {"service.namespace": "acme", "service.instance.id": instance}
        attributes |= {"k8s.pod.name": pod, "process.pid": 4711, "process.command_args": ("a", "b")}
        made = application(shared_server, service, **attributes)
        counter = made.meter.create_counter("told.orders")
        for n in range(3):
            counter.add(2 + n, {"kind": "x"})
            made.flush()
    api, end, job = Api.of(shared_server), soon(), f"acme/{service}"
    expected = {
        labels_key(
            {
                "__name__": "target_info",
                "job": job,
                "instance": instance,
                "k8s_pod_name": pod,
                "process_pid": "4711",
                "process_command_args": '["a","b"]',
            }
        ): 1
        for instance, pod in pods.items()
    }
    assert api.vector(f'target_info{{job="{job}"}}', end) == expected
    (said,) = api.data("metadata", metric="target_info")["target_info"]
    assert said == {"type": "gauge", "help": "Target metadata", "unit": ""}

    # Named, for other tests may send resources that share a job.
    counted, info = (f'{name}{{job="{job}"}}' for name in ("told_orders_total", "target_info"))
    joined = f"{counted} * on (job, instance) group_left (k8s_pod_name) {info}"
    own = {"otel_scope_name": "e2e.meter", "otel_scope_version": "1.2", "kind": "x", "job": job}
    assert api.vector(joined, end) == {
        labels_key({**own, "instance": instance, "k8s_pod_name": pod}): 9
        for instance, pod in pods.items()
    }
    only = '{k8s_pod_name="shop-x2x4"}'
    assert api.vector(f"info({counted}, {only})", end) == {
        labels_key(
            {
                "__name__": "told_orders_total",
                **own,
                "instance": "i-2",
                "k8s_pod_name": "shop-x2x4",
            }
        ): 9
    }


def test_what_a_resource_is_over_time(shared_server, service):
    """Of points that come late and all at once: a join has a value wherever the points have one, and
    nobody is told of points that they did not send."""
    end_s = int(time.time()) - 600
    start_s = end_s - 2 * 3600
    # Every 40 seconds, and for an hour nothing.
    times = [t for t in range(start_s, end_s, 40) if not start_s + 1800 < t < start_s + 5400]
    points = [otlp.point(float(n), t * otlp.SECOND) for n, t in enumerate(times)]
    request = otlp.metrics([otlp.gauge("late.level", points)], service)
    said = {"service.instance.id": "i-1", "k8s.pod.name": "p"}
    request.resource_metrics[0].resource.attributes.extend(otlp.attributes(said))
    # Again in the same request, as collectors put together what came to them.
    again = request.resource_metrics.add()
    again.CopyFrom(request.resource_metrics[0])
    again.scope_metrics[0].metrics[0].name = "late.other"
    connection = otlp.Connection(shared_server.otlp_http)
    assert connection.send(request).accepted_whole()

    api, window = Api.of(shared_server), (start_s, end_s + 400, 7)
    plain, info = (f'{name}{{job="{service}"}}' for name in ("late_level", "target_info"))
    joined = f"{plain} * on (job, instance) group_left (k8s_pod_name) {info}"
    (alone,), (told,) = api.range(f"{plain} * 1", *window), api.range(joined, *window)
    assert told["metric"] == {**alone["metric"], "k8s_pod_name": "p"}
    assert told["values"] == alone["values"]
    (told,) = api.range(f"info({plain}) * 1", *window)
    assert told["metric"] == {**alone["metric"], "k8s_pod_name": "p"}
    assert told["values"] == alone["values"]
    rows = shared_server.sql(
        "SELECT time_unix_nano, value FROM samples WHERE series_id IN "
        f"(SELECT series_id FROM series WHERE service_name = '{service}' AND type = 'info')"
    )
    assert len({row["time_unix_nano"] for row in rows}) == len(rows) < 2 * len(times) / 3
    assert {row["value"] for row in rows} == {1.0}


def test_exemplars(shared_server, application, service):
    """The SDK's exemplars lead from a series to the trace it was measured in."""
    made = application(shared_server, service)
    counter = made.meter.create_counter("traced")
    histogram = made.meter.create_histogram(
        "traced.took", "s", explicit_bucket_boundaries_advisory=[1.0]
    )
    with TracerProvider().get_tracer("e2e").start_as_current_span("request") as span:
        counter.add(2, {"route": "/a"})
        histogram.record(0.25)
    made.flush()
    context = span.get_span_context()
    ids = {"trace_id": f"{context.trace_id:032x}", "span_id": f"{context.span_id:016x}"}
    api, end = Api.of(shared_server), soon()
    for query in (
        f'rate(traced_total{{job="{service}"}}[5m])',
        f'sum by (le) (rate(traced_took_seconds_bucket{{job="{service}"}}[5m]))',
    ):
        found = api.data("query_exemplars", query=query, start=end - 60, end=end)
        exemplars = [exemplar for series in found for exemplar in series["exemplars"]]
        assert exemplars, query
        assert all(ids.items() <= exemplar["labels"].items() for exemplar in exemplars), found


# Deltas and cumulative points.

STEP = 15 * otlp.SECOND


def number_series(name, temporality, start, values, attrs):
    """A counter's points every 15 seconds: `values` are what was counted in each."""
    points, total = [], 0
    for n, value in enumerate(values):
        total += value
        begin = start + n * STEP
        point = otlp.point(float(value if temporality == "delta" else total), begin + STEP, attrs)
        point.start_time_unix_nano = begin if temporality == "delta" else start
        points.append(point)
    data = proto.Sum(
        data_points=points,
        aggregation_temporality=TEMPORALITIES[temporality],
        is_monotonic=True,
    )
    return proto.Metric(name=name, sum=data)


def histogram_series(name, temporality, start, values, attrs):
    """A histogram's points: of each 15 seconds so many measurements below and above its bound."""
    points, totals = [], [0, 0]
    for n, value in enumerate(values):
        counts = [value, value // 2]
        totals = [total + count for total, count in zip(totals, counts, strict=True)]
        told = counts if temporality == "delta" else totals
        begin = start + n * STEP
        points.append(
            proto.HistogramDataPoint(
                time_unix_nano=begin + STEP,
                start_time_unix_nano=begin if temporality == "delta" else start,
                attributes=otlp.attributes(attrs),
                count=sum(told),
                sum=float(told[0] + 4 * told[1]),
                explicit_bounds=[1.0],
                bucket_counts=told,
            )
        )
    data = proto.Histogram(data_points=points, aggregation_temporality=TEMPORALITIES[temporality])
    return proto.Metric(name=name, unit="s", histogram=data)


@pytest.fixture(scope="module")
def both(shared_server):
    """The same counts as deltas and as totals, over five hours; the first full hour's time, in
    seconds.
    """
    hour_s = int(time.time()) // 3600 * 3600 - 5 * 3600
    # Points lie seven seconds beside whole ones; they begin long before the first window asked for.
    start = (hour_s + 7) * otlp.SECOND + 123_000_000
    values = [(n * 37) % 11 for n in range(4 * 5 * 60)]
    connection = otlp.Connection(shared_server.otlp_http)
    metrics = [
        make(name, temporality, start, values, {"way": temporality})
        for temporality in TEMPORALITIES
        for name, make in (("counted", number_series), ("measured", histogram_series))
    ]
    assert connection.send(otlp.metrics(metrics, "both")).accepted_whole()
    return Api.of(shared_server), hour_s


QUERIES = [
    "{f}(counted_total{{way='{way}'}}[{w}])",
    "sum({f}(measured_seconds_count{{way='{way}'}}[{w}]))",
    "sum({f}(measured_seconds_sum{{way='{way}'}}[{w}]))",
    "sum({f}(measured_seconds_bucket{{way='{way}', le='1'}}[{w}]))",
    "histogram_quantile(0.7, sum by (le) ({f}(measured_seconds_bucket{{way='{way}'}}[{w}])))",
]


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("function", ["rate", "increase"])
def test_deltas_as_totals_within_an_hour(both, query, function):
    """The same numbers from either, exactly, where a window lies within an hour."""
    api, hour_s = both
    sides = {
        way: api.range(
            query.format(f=function, way=way, w="10m"), hour_s + 4_400, hour_s + 7_100, 30
        )
        for way in TEMPORALITIES
    }
    check_same(*sides.values(), rel=1e-9)


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("function", ["rate", "increase"])
@pytest.mark.parametrize("window", ["5m", "1h", "3h"])
def test_deltas_as_totals_over_hours(both, query, function, window):
    """A full hour within the window is one sample more, which shakes extrapolation by half a step
    each.
    """
    api, hour_s = both
    length_s = {"5m": 300, "1h": 3_600, "3h": 10_800}[window]
    start = hour_s + length_s + 120
    sides = {
        way: api.range(query.format(f=function, way=way, w=window), start, hour_s + 17_900, 120)
        for way in TEMPORALITIES
    }
    check_same(*sides.values(), rel=1.5 * 15 / length_s)


def check_same(one, other, rel):
    values = [[float(value) for _, value in side[0]["values"]] for side in (one, other)]
    assert len(values[0]) == len(values[1]) > 10
    for left, right in zip(*values, strict=True):
        assert left == pytest.approx(right, rel=rel)


def test_deltas_are_counted_exactly(both):
    """Added up from sample to sample, a counter of deltas gives what was counted, over hours."""
    api, hour_s = both
    end = hour_s + 5 * 3600 + 60
    for way in TEMPORALITIES:
        (series,) = api.instant(f"counted_total{{way='{way}'}}[6h]", end)
        values = [float(value) for _, value in series["values"]]
        assert grown(values) == sum((n * 37) % 11 for n in range(1_200)), way


# Kills.


def test_a_kill_changes_no_number(server, application):
    """Killed with all in the log, and again with all in files: every answer stays what it was."""
    target = server(store__flush_interval="200ms")
    for temporality in TEMPORALITIES:
        made = application(target, temporality, temporality)
        counter = made.meter.create_counter("orders", "{order}", "Orders taken")
        histogram = made.meter.create_histogram("took", "s")
        exponential = made.meter.create_histogram("exponential.took", "s")
        with TracerProvider().get_tracer("e2e").start_as_current_span("request"):
            for n in range(4):
                counter.add(n, {"n": n % 2})
                histogram.record(n / 3)
                exponential.record(n / 3)
                made.flush()
    end = soon()
    queries = [
        '{job=~"delta|cumulative"}',
        '{job=~"delta|cumulative"}[10m]',
        "histogram_quantile(0.5, took_seconds_bucket)",
        "histogram_quantile(0.5, exponential_took_seconds)",
        "sum by (job) (increase(orders_total[10m]))",
    ]
    before = answers(target, queries, end)
    assert len(before[0]["result"]) > 30 and all(found["result"] for found in before[:4])
    for _ in range(2):
        target.restart()
        assert answers(target, queries, end) == before
        rest(target)


def answers(server, queries, end):
    api = Api.of(server)
    found = [api.data("query", query=query, time=end) for query in queries]
    for document in found:
        document["result"].sort(key=lambda series: labels_key(series["metric"]))
    window = {"start": end - 600, "end": end}
    found.append(api.data("query_exemplars", query='{job=~"delta|cumulative"}', **window))
    found.append(api.data("metadata", metric="orders_total"))
    return [*found[:-2], {"exemplars": found[-2]}, {"metadata": found[-1]}]


def rest(server):
    """Waits until every row is in a file."""

    def rests():
        metrics = server.metrics()
        return not sum(value for name, value in metrics.items() if "rows_buffered" in name)

    program.wait_until("all in files", rests)


# Limits on series.


def many(values, name="crowded"):
    points = [otlp.point(1.0, attrs={"user.id": value, "zone": "a"}) for value in values]
    return otlp.metrics([otlp.gauge(name, points)], "crowd")


def test_limits_on_series(server):
    """Beyond the limit new series are refused, by the label that grew; known ones go on, and a
    restart brings none of the refused back."""
    most = 100
    target = server(metrics__metric_series_max=most)
    connection = otlp.Connection(target.otlp_http)
    assert connection.send(many(range(most - 10))).accepted_whole()
    rejected, message = connection.send(many(range(most - 10, most + 40))).partial_success()
    assert rejected == 40
    for word in ("crowded", "user_id", str(most)):
        assert word in message, message
    # Another metric is not concerned.
    assert connection.send(many(range(50), "quiet")).accepted_whole()
    check_limited(target, most)

    for _ in range(2):
        target.restart()
        check_limited(target, most)
        connection = otlp.Connection(target.otlp_http)
        # Known ones go on; new ones are refused still, by every protocol.
        assert connection.send(many(range(most))).accepted_whole()
        assert connection.send(many(range(1_000, 1_007))).partial_success()[0] == 7
        sender = remote_write.Connection(Api.of(target).write_url, target.token)
        labels = [
            remote_write.named("crowded", user_id=n, job="crowd") for n in range(2_000, 2_003)
        ]
        now_ms = time.time_ns() // 1_000_000
        answer = sender.send([remote_write.Series(of, [(now_ms, 1.0)]) for of in labels])
        assert answer.status == 400 and b"3 of 3" in answer.body and b"user_id" in answer.body, (
            answer
        )
        told = target.get("/api/v1/monitoring/cardinality")
        (refused,) = told["refused"]
        assert (refused["name"], refused["refused"]) == ("crowded", 10)
        assert "user_id" in refused["reason"]
        check_limited(target, most)


def check_limited(server, most):
    """What there is of the two metrics, by every way to ask."""
    api = Api.of(server)
    assert api.value("count(crowded)", soon()) == most
    assert api.value("count(quiet)", soon()) == 50
    assert len(api.data("series", match="crowded")) == most
    rows = "SELECT count(DISTINCT series_id) FROM samples WHERE series_id IN"
    stored = f"{rows} (SELECT series_id FROM series WHERE metric = 'crowded')"
    assert server.scalar(stored) == most
    told = server.get("/api/v1/monitoring/cardinality")
    series = {metric["name"]: metric["series"] for metric in told["metrics"]}
    assert (series["crowded"], series["quiet"]) == (most, 50)
    assert told["metric_series_max"] == most
    labels = {label["name"]: label["values"] for label in told["labels"]}
    assert labels["user_id"] == most


def test_limits_on_a_service(server):
    """One service cannot take all the room of others."""
    target = server(metrics__source_series_max=60)
    connection = otlp.Connection(target.otlp_http)

    def send(service, metrics):
        points = [otlp.gauge(f"metric_{n}", [otlp.point(1.0)]) for n in range(metrics)]
        return connection.send(otlp.metrics(points, service)).partial_success()

    rejected, message = send("greedy", 80)
    assert rejected == 20 and "greedy" in message and "60" in message, (rejected, message)
    assert send("modest", 50) == (0, "")
    jobs = {
        job["name"]: job["series"] for job in target.get("/api/v1/monitoring/cardinality")["jobs"]
    }
    assert (jobs["greedy"], jobs["modest"]) == (60, 50)
