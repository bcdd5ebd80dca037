//! PromQL over the tables: Prometheus' series and OpenTelemetry's, in memory and in files, today and days
//! ago. The right answers are written down beside what is stored.

use std::sync::Arc;

use plimsoll_model::batch::{
    HistogramRow, MetricBuilder, ResourceCopies, ResourceRow, SampleRow, ScopeRow, SeriesRow,
};
use plimsoll_model::{DAY_NANO, Table, TimeWindow};
use plimsoll_promql::{ABSENT, METRIC_NAME, Options, Point, Value, parse_selector};
use plimsoll_query::{Metrics, PromqlQuery};
use plimsoll_series::{Index, Limits, Naming};
use plimsoll_wire::prometheus::{BucketSpans, HistogramValue, Label, SeriesBuilder};

use crate::source::TestSource;

const SECOND: i64 = 1_000_000_000;
/// 12:00:10 of a day in 2026.
const NOW: i64 = 20_781 * DAY_NANO + 43_210 * SECOND;

/// A source, what is known of it, and answers.
struct Bench {
    source: TestSource,
    index: Arc<Index>,
    metrics: Metrics,
}

impl Bench {
    async fn open() -> Self {
        let source = TestSource::default();
        let bench = Self::over(source);
        bench.metrics.load(20_780).await.unwrap();
        bench
    }

    fn over(source: TestSource) -> Self {
        let index = Arc::new(Index::new(Limits::default(), Naming::default()));
        let metrics = Metrics::new(source.engine(), Arc::clone(&index), Options::default());
        Self { source, index, metrics }
    }

    fn add(&self, tables: &[(Table, arrow::array::RecordBatch)]) {
        self.source.add_batches(tables);
        for (table, rows) in tables {
            if *table == Table::Series {
                self.index.insert(rows).unwrap();
            }
        }
    }

    /// Adds points of one of Prometheus' series.
    fn prometheus(&self, series: &str, points: &[(i64, f64)]) {
        let index: &Index = &self.index;
        let window = TimeWindow::unbounded(NOW);
        let mut builder = SeriesBuilder::new(index, window, 1 << 20);
        let matchers = parse_selector(series).unwrap();
        let mut labels: Vec<Label<'_>> =
            matchers.iter().map(|m| (m.name.as_bytes(), m.value.as_bytes())).collect();
        let mut series = builder.series(&mut labels, 1).unwrap();
        for (time, value) in points {
            builder.sample(&mut series, *time, None, *value);
        }
        let built = builder.finish().unwrap();
        self.add(&built.batch.tables);
    }

    async fn ask(&self, query: &str, time: i64) -> Vec<(String, f64)> {
        let time = time / 1_000_000;
        let query = PromqlQuery::Instant { query: query.to_owned(), time };
        let answer = self.metrics.promql(query).await.unwrap();
        let Value::Vector(series) = answer.value else { panic!("no vector") };
        series
            .into_iter()
            .map(|(labels, point)| match point {
                Point::Float(value) => (labels.to_string(), value),
                Point::Histogram(histogram) => (labels.to_string(), histogram.count),
            })
            .collect()
    }

    async fn check(&self, query: &str, time: i64, expected: &[(&str, f64)]) {
        let found = self.ask(query, time).await;
        let found: Vec<(&str, f64)> = found.iter().map(|(l, v)| (l.as_str(), *v)).collect();
        let near = |a: f64, b: f64| (a - b).abs() <= 1e-9 * b.abs();
        let same = found.len() == expected.len()
            && found.iter().zip(expected).all(|(a, b)| a.0 == b.0 && near(a.1, b.1));
        assert!(same, "{query}: found {found:?}, expected {expected:?}");
    }
}

#[tokio::test]
async fn samples_in_memory_and_in_files_are_one_series() {
    let bench = Bench::open().await;
    let at = |step: i64| NOW - 600 * SECOND + step * 15 * SECOND;
    let some = |from: i64, to: i64| -> Vec<(i64, f64)> {
        (from..to).map(|step| (at(step), step as f64 * 3.0)).collect()
    };
    bench.prometheus("requests_total{job=\"a\",i=\"1\"}", &some(0, 20));
    bench.prometheus("requests_total{job=\"a\",i=\"2\"}", &some(0, 20));
    bench.source.flush();
    // Some of it was sent again; the last part is in memory only.
    bench.prometheus("requests_total{job=\"a\",i=\"1\"}", &some(15, 41));
    bench.prometheus("requests_total{job=\"a\",i=\"2\"}", &some(15, 30));
    bench.prometheus("other{job=\"a\"}", &some(0, 41));
    let one = "requests_total{i=\"1\", job=\"a\"}";
    bench
        .check("requests_total", NOW, &[(one, 120.0), ("requests_total{i=\"2\", job=\"a\"}", 87.0)])
        .await;
    bench.check("sum(rate(requests_total[5m] offset 3m))", NOW, &[("{}", 0.4)]).await;
    bench
        .check(
            "count_over_time(requests_total{i=\"1\"}[1h])",
            NOW,
            &[("{i=\"1\", job=\"a\"}", 41.0)],
        )
        .await;
    bench.check("count({__name__=~\".+\"})", NOW, &[("{}", 3.0)]).await;
    let labels = bench.metrics.series(vec![parse_selector("other").unwrap()], 0, NOW / 1_000_000);
    assert_eq!(labels.await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_was_not_yet_in_files_is_known_after_a_restart() {
    let before = Bench::open().await;
    before.prometheus("up{job=\"a\"}", &[(NOW - 15 * SECOND, 1.0), (NOW, 2.0)]);
    let after = Bench::over(before.source);
    after.metrics.load(20_780).await.unwrap();
    let index: &Index = &after.index;
    let mut builder = SeriesBuilder::new(index, TimeWindow::unbounded(NOW), 1 << 20);
    let mut labels: Vec<Label<'_>> = vec![(b"__name__", b"up"), (b"job", b"a")];
    let mut series = builder.series(&mut labels, 1).unwrap();
    for (time, value) in [(NOW, 2.0), (NOW, 3.0), (NOW + SECOND, 4.0)] {
        builder.sample(&mut series, time, None, value);
    }
    // The first is there already, the second another one of the same time, the third new.
    let built = builder.finish().unwrap();
    assert_eq!((built.samples, built.rejected), (2, 1), "{}", built.message);
    let rows = built.batch.tables.iter().find(|(table, _)| *table == Table::Samples);
    assert_eq!(rows.unwrap().1.num_rows(), 1);
}

#[tokio::test]
async fn native_histograms_come_back_as_they_were() {
    let bench = Bench::open().await;
    let index: &Index = &bench.index;
    let mut builder = SeriesBuilder::new(index, TimeWindow::unbounded(NOW), 1 << 20);
    let mut labels: Vec<Label<'_>> = vec![(b"__name__", b"latency")];
    let mut series = builder.series(&mut labels, 1).unwrap();
    // Ten observations of at most 1, ten of at most 2, with a gap before (4, 8].
    let value = HistogramValue {
        schema: 0,
        count: 25,
        sum: 40.0,
        positive: BucketSpans { spans: &[(0, 2), (1, 1)], counts: &[10, 10, 5] },
        ..HistogramValue::default()
    };
    builder.histogram(&mut series, NOW, None, &value);
    bench.add(&builder.finish().unwrap().batch.tables);
    bench.check("latency", NOW, &[("latency{}", 25.0)]).await;
    bench.check("histogram_sum(latency)", NOW, &[("{}", 40.0)]).await;
    bench.check("histogram_fraction(0, 2, latency)", NOW, &[("{}", 0.8)]).await;
    let half = bench.ask("histogram_quantile(0.5, latency)", NOW).await;
    assert!((1.0..2.0).contains(&half[0].1), "{half:?}");
    bench.check("histogram_quantile(1, latency)", NOW, &[("{}", 8.0)]).await;
}

/// Series and points as OTLP's decoder makes them.
fn otlp() -> Vec<(Table, arrow::array::RecordBatch)> {
    let mut builder = MetricBuilder::default();
    let mut copies = ResourceCopies::default();
    copies.see(b"service.name", b"shop");
    copies.see(b"service.namespace", b"demo");
    copies.see(b"service.instance.id", b"1");
    builder.begin_resource(&ResourceRow { copies, attributes: b"{}", ..ResourceRow::default() });
    builder.begin_scope(&ScopeRow { name: b"lib", ..ScopeRow::default() });
    let row = |series_id, metric, kind, temporality| SeriesRow {
        series_id,
        time: NOW,
        metric,
        kind,
        unit: b"s",
        description: b"",
        temporality,
        monotonic: kind == "sum",
        attributes: b"{}",
        metadata: b"",
    };
    builder.push_label(b"http.route", b"/");
    builder.push_series(&row(1, b"busy.time", "sum", 1));
    builder.push_series(&row(2, b"request.duration", "histogram", 2));
    // Deltas over two full hours: one each ten seconds.
    for step in 0..720 {
        let time = NOW - 7_200 * SECOND + step * 10 * SECOND;
        builder.push_sample(&SampleRow {
            series_id: 1,
            time,
            start_time: Some(time - 10 * SECOND),
            value: 2.0,
            value_int: None,
            flags: 0,
        });
    }
    for (at, counts) in [(60, [1, 2, 3]), (0, [2, 4, 6])] {
        builder.push_histogram(&HistogramRow {
            series_id: 2,
            time: NOW - at * SECOND,
            count: counts.iter().sum(),
            sum: Some(1.5),
            bounds: &[0.5, 1.0],
            counts: &counts,
            ..HistogramRow::default()
        });
    }
    builder.finish().unwrap()
}

#[tokio::test]
async fn otlp_is_named_and_counted_as_prometheus_would() {
    let bench = Bench::open().await;
    bench.add(&otlp());
    let labels = "http_route=\"/\", instance=\"1\", job=\"demo/shop\", otel_scope_name=\"lib\"";
    let others = "instance=\"1\", job=\"demo/shop\", otel_scope_name=\"lib\"";
    // Within an hour, and over the end of one.
    let rate = format!("{{{labels}}}");
    bench.check("rate(busy_time_seconds_total[5m])", NOW - 3_600 * SECOND, &[(&rate, 0.2)]).await;
    let increase = bench.ask("increase(busy_time_seconds_total[1h])", NOW - 600 * SECOND).await;
    assert!((increase[0].1 - 720.0).abs() < 1.0, "{increase:?}");
    let bucket = |bound: &str| {
        format!(
            "request_duration_seconds_bucket{{instance=\"1\", job=\"demo/shop\", le=\"{bound}\", otel_scope_name=\"lib\"}}"
        )
    };
    let all = [bucket("+Inf"), bucket("0.5"), bucket("1")];
    let expected = [(&all[0][..], 12.0), (&all[1][..], 2.0), (&all[2][..], 6.0)];
    bench.check("request_duration_seconds_bucket", NOW, &expected).await;
    bench.check("request_duration_seconds_bucket{le=\"1\"}", NOW, &[(&all[2], 6.0)]).await;
    let count = format!("request_duration_seconds_count{{{others}}}");
    bench.check("request_duration_seconds_count", NOW, &[(&count, 12.0)]).await;
    let quantile = format!("{{{others}}}");
    let query = "histogram_quantile(0.25, rate(request_duration_seconds_bucket[5m]))";
    bench.check(query, NOW, &[(&quantile, 0.625)]).await;
    let le =
        bench.metrics.label_values("le", Vec::new(), NOW / 1_000_000 - 600_000, NOW / 1_000_000);
    assert_eq!(le.await.unwrap().into_iter().collect::<Vec<_>>(), ["+Inf", "0.5", "1"]);
}

/// A gauge of a resource whose attributes are no labels, so that several have the same.
fn gauge(id: i64, times: &[i64]) -> Vec<(Table, arrow::array::RecordBatch)> {
    let mut builder = MetricBuilder::default();
    builder.begin_resource(&ResourceRow { attributes: b"{}", ..ResourceRow::default() });
    builder.begin_scope(&ScopeRow::default());
    builder.push_series(&SeriesRow {
        series_id: id,
        time: times[0],
        metric: b"queue.length",
        kind: "gauge",
        attributes: b"{}",
        ..SeriesRow::default()
    });
    for time in times {
        let (time, value) = (*time, id as f64);
        let (start_time, value_int) = (None, None);
        let series_id = id;
        builder.push_sample(&SampleRow { series_id, time, start_time, value, value_int, flags: 0 });
    }
    builder.finish().unwrap()
}

#[tokio::test]
async fn sources_that_cannot_be_told_apart_are_named() {
    let warnings = async |bench: &Bench| -> Vec<String> {
        let query = "max_over_time(queue_length[1h])".to_owned();
        let query = PromqlQuery::Instant { query, time: NOW / 1_000_000 };
        let answer = bench.metrics.promql(query).await.unwrap();
        answer.notes.warnings().map(str::to_owned).collect()
    };
    let at = |minute: i64| NOW - (10 - minute) * 60 * SECOND;
    let bench = Bench::open().await;
    // One that was started again.
    bench.add(&gauge(1, &[at(1), at(3)]));
    bench.add(&gauge(2, &[at(4), at(6)]));
    assert_eq!(warnings(&bench).await, Vec::<String>::new());
    bench
        .check(
            "queue_length",
            NOW - 240 * SECOND,
            &[("queue_length{job=\"unknown_service\"}", 2.0)],
        )
        .await;
    // One that runs beside it.
    bench.add(&gauge(3, &[at(5), at(8)]));
    let found = warnings(&bench).await;
    assert_eq!(found.len(), 1);
    assert!(
        found[0].contains(
            "several sources send queue_length{job=\"unknown_service\"} at the same times"
        ),
        "{found:?}"
    );
}

#[tokio::test]
async fn series_of_days_ago_are_found_in_the_table() {
    let bench = Bench::open().await;
    let then = NOW - 5 * DAY_NANO;
    bench.prometheus("old{job=\"a\"}", &[(then, 7.0)]);
    // Its row is of the afternoon: what came first was sent last.
    bench.prometheus("late{job=\"a\"}", &[(then + 3_600 * SECOND, 9.0)]);
    bench.prometheus("late{job=\"a\"}", &[(then, 6.0)]);
    bench.prometheus("new{job=\"a\"}", &[(NOW, 8.0)]);
    bench.source.flush();
    // A new start: the index has today and yesterday.
    let again = Bench::over(bench.source.clone());
    again.metrics.load(20_780).await.unwrap();
    assert_eq!(again.index.stats().series, 1);
    again.check("old", then + SECOND, &[("old{job=\"a\"}", 7.0)]).await;
    again.check("late", then + SECOND, &[("late{job=\"a\"}", 6.0)]).await;
    again.check("new", NOW, &[("new{job=\"a\"}", 8.0)]).await;
    again.check("old", NOW, &[]).await;
    let names =
        again.metrics.label_values("__name__", Vec::new(), then / 1_000_000, NOW / 1_000_000);
    assert_eq!(names.await.unwrap().into_iter().collect::<Vec<_>>(), ["late", "new", "old"]);
}

#[tokio::test]
async fn the_newest_numbers_of_many_metrics() {
    let bench = Bench::open().await;
    bench.prometheus("a_total{job=\"\u{301}x\"}", &[(NOW - 9 * SECOND, 1.0), (NOW, 2.0)]);
    bench.prometheus("b_total{job=\"\u{301}x\"}", &[(NOW - SECOND, 3.0)]);
    bench.prometheus("ended{job=\"\u{301}x\"}", &[(NOW - 9 * SECOND, 4.0), (NOW, ABSENT)]);
    bench.prometheus("long_ago{job=\"\u{301}x\"}", &[(NOW - 301 * SECOND, 5.0)]);
    let one = parse_selector("{job=\"\u{301}x\"}").unwrap();
    let found = bench.metrics.newest(vec![one.clone(), one], NOW / 1_000_000).await.unwrap();
    let found: Vec<(&str, i64, f64)> = found
        .iter()
        .map(|(labels, (time, value))| (labels.get(METRIC_NAME), NOW / 1_000_000 - time, *value))
        .collect();
    assert_eq!(found, [("a_total", 0, 2.0), ("b_total", 1_000, 3.0)]);
}

#[tokio::test]
async fn a_query_over_its_limit_says_so() {
    let bench = Bench::open().await;
    let points: Vec<(i64, f64)> = (0..100).map(|at| (NOW - at * SECOND, 1.0)).collect();
    bench.prometheus("x{job=\"a\"}", &points);
    let options = Options { samples_max: 50, ..Options::default() };
    let metrics = Metrics::new(bench.source.engine(), Arc::clone(&bench.index), options);
    let query = "sum_over_time(x[5m])".to_owned();
    let answer = metrics.promql(PromqlQuery::Instant { query, time: NOW / 1_000_000 }).await;
    assert!(answer.unwrap_err().to_string().contains("more than 50 samples"));
}
