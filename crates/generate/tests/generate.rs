//! Whole runs against a sink that decodes with the official OTLP types: what arrives is well
//! formed, unique, repeatable, and as much as the report and the ledger say.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod sink;

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::time::Duration;

use clap::Parser;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{Metric, number_data_point};
use opentelemetry_proto::tonic::trace::v1::Span;
use plimsoll_generate::{GenerateArgs, GenerateError, Report, Signal, run};
use sink::{Received, Reply, Sink};

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    args: GenerateArgs,
}

fn parse(arguments: &[&str]) -> GenerateArgs {
    let program = std::iter::once("generate");
    Cli::parse_from(program.chain(arguments.iter().copied())).args
}

/// A whole run against a sink with this script.
async fn generate(
    arguments: &[&str],
    script: impl IntoIterator<Item = Reply>,
) -> (Report, Received) {
    let sink = Sink::start(script).await;
    let url = sink.url();
    let mut all = vec!["--endpoint", url.as_str()];
    all.extend(arguments);
    let report = run(&parse(&all), std::future::pending()).await.unwrap();
    (report, sink.stop().await)
}

fn spans(received: &Received) -> Vec<&Span> {
    let resources = received.traces.iter().flat_map(|request| &request.resource_spans);
    resources.flat_map(|spans| &spans.scope_spans).flat_map(|spans| &spans.spans).collect()
}

fn attribute<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a Value> {
    let found = attributes.iter().find(|attribute| attribute.key == key)?;
    found.value.as_ref()?.value.as_ref()
}

#[tokio::test]
async fn spans_form_traces() {
    let (report, received) = generate(&["--count", "10500", "--seed", "1"], []).await;
    let spans = spans(&received);
    assert_eq!(spans.len(), 10_500);
    assert!(report.is_complete(), "{report:?}");

    let by_id: HashMap<_, _> = spans.iter().map(|span| (&span.span_id[..], *span)).collect();
    assert_eq!(by_id.len(), spans.len(), "span ids are unique");
    let traces: HashSet<_> = spans.iter().map(|span| &span.trace_id[..]).collect();
    let roots = spans.iter().filter(|span| span.parent_span_id.is_empty()).count();
    assert_eq!(traces.len(), roots, "a trace has one root");
    for span in &spans {
        assert_eq!((span.trace_id.len(), span.span_id.len()), (16, 8));
        assert!(span.trace_id.iter().any(|byte| *byte != 0), "zero is no id");
        assert!(span.start_time_unix_nano <= span.end_time_unix_nano);
        assert!(!span.name.is_empty());
        assert_eq!(span.attributes.len(), 20);
        if !span.parent_span_id.is_empty() {
            let parent = by_id[&span.parent_span_id[..]];
            assert_eq!(parent.trace_id, span.trace_id);
            assert!(parent.start_time_unix_nano <= span.start_time_unix_nano);
            assert!(parent.end_time_unix_nano >= span.end_time_unix_nano);
        }
        let failed = span.status.as_ref().is_some_and(|status| status.code == 2);
        assert!(failed || span.events.is_empty(), "only failed spans have exceptions");
    }
    assert!(depths(&spans, &by_id).contains(&4));
    assert!(depths(&spans, &by_id).iter().all(|depth| *depth <= 4));
}

fn depths(spans: &[&Span], by_id: &HashMap<&[u8], &Span>) -> HashSet<usize> {
    let depth = |span: &Span| {
        let parents =
            std::iter::successors(Some(span), |span| by_id.get(&span.parent_span_id[..]).copied());
        parents.count()
    };
    spans.iter().map(|span| depth(span)).collect()
}

#[tokio::test]
async fn spans_are_realistic() {
    let (report, received) = generate(&["--count", "64000", "--seed", "3"], []).await;
    let mean = report.item_bytes_mean[&Signal::Traces];
    assert!((750.0..790.0).contains(&mean), "{mean} bytes a span");
    let spans = spans(&received);
    let kinds: HashSet<_> = spans.iter().map(|span| span.kind).collect();
    assert_eq!(kinds, HashSet::from([1, 2, 3, 5]));
    let failed_traces: HashSet<_> = spans
        .iter()
        .filter(|span| span.status.as_ref().is_some_and(|status| status.code == 2))
        .map(|span| &span.trace_id)
        .collect();
    let share = failed_traces.len() as f64 / 8_000.0;
    assert!((0.01..0.03).contains(&share), "{share} of the traces failed");
    let exceptions = spans.iter().flat_map(|span| &span.events);
    for event in exceptions {
        let trace = attribute(&event.attributes, "exception.stacktrace");
        assert!(matches!(trace, Some(Value::StringValue(text)) if text.lines().count() > 3));
    }
    let users: HashSet<String> = spans
        .iter()
        .filter_map(|span| attribute(&span.attributes, "enduser.id"))
        .map(|value| format!("{value:?}"))
        .collect();
    assert!((900..=1_000).contains(&users.len()), "{} users", users.len());
    let resources = received.traces.iter().flat_map(|request| &request.resource_spans);
    let services: HashSet<String> = resources
        .map(|spans| &spans.resource.as_ref().unwrap().attributes)
        .map(|attributes| format!("{:?}", attribute(attributes, "service.name").unwrap()))
        .collect();
    assert_eq!(services.len(), 10);
    let durations = spans.iter().filter(|span| span.parent_span_id.is_empty());
    let mut durations: Vec<_> =
        durations.map(|span| span.end_time_unix_nano - span.start_time_unix_nano).collect();
    durations.sort_unstable();
    let at = |share: f64| durations[(durations.len() as f64 * share) as usize] as f64 / 1e6;
    assert!((100.0..140.0).contains(&at(0.5)), "median {} ms", at(0.5));
    assert!(at(0.99) > 4.0 * at(0.5), "a long tail: {} ms", at(0.99));
}

/// All that is sent but for the times.
fn content(received: &Received) -> Vec<String> {
    let mut all: Vec<String> = spans(received)
        .into_iter()
        .map(|span| {
            let mut span = span.clone();
            span.end_time_unix_nano -= span.start_time_unix_nano;
            span.start_time_unix_nano = 0;
            span.events.iter_mut().for_each(|event| event.time_unix_nano = 0);
            format!("{span:?}")
        })
        .collect();
    all.sort_unstable();
    all
}

#[tokio::test]
async fn a_seed_repeats_the_run() {
    let arguments = ["--count", "5000", "--batch-size", "100", "--seed", "11"];
    let (_, first) = generate(&arguments, []).await;
    let (_, second) = generate(&arguments, []).await;
    assert_eq!(content(&first), content(&second));
    let other = ["--count", "5000", "--batch-size", "100", "--seed", "12"];
    let (_, third) = generate(&other, []).await;
    let ids = |received: &Received| -> HashSet<Vec<u8>> {
        spans(received).iter().map(|span| span.span_id.clone()).collect()
    };
    assert!(ids(&first).is_disjoint(&ids(&third)));
}

#[tokio::test]
async fn every_protocol_and_compression_carries_the_same() {
    let mut seen: Option<Vec<String>> = None;
    for protocol in ["grpc", "http"] {
        for compression in ["none", "gzip", "zstd"] {
            let arguments = [
                "--count",
                "2000",
                "--seed",
                "4",
                "--protocol",
                protocol,
                "--compression",
                compression,
                "--header",
                "authorization=Bearer token",
            ];
            let (report, received) = generate(&arguments, []).await;
            assert!(report.is_complete());
            let compressed = report.acknowledged.wire_bytes < report.acknowledged.bytes / 2;
            assert_eq!(compressed, compression != "none", "{protocol} {compression}");
            assert_eq!(received.headers[0]["authorization"], "Bearer token");
            let content = content(&received);
            assert_eq!(*seen.get_or_insert_with(|| content.clone()), content);
        }
    }
}

#[tokio::test]
async fn log_records_decode() {
    let arguments = ["--signal", "logs", "--count", "3000", "--error-rate", "0.1"];
    let (report, received) = generate(&arguments, []).await;
    assert!(report.is_complete());
    let resources = received.logs.iter().flat_map(|request| &request.resource_logs);
    let scopes = resources.flat_map(|logs| &logs.scope_logs);
    let records: Vec<_> = scopes.flat_map(|logs| &logs.log_records).collect();
    assert_eq!(records.len(), 3_000);
    for record in &records {
        assert!(record.time_unix_nano <= record.observed_time_unix_nano);
        assert!(record.body.is_some() && !record.severity_text.is_empty());
        assert!(matches!(record.trace_id.len(), 0 | 16));
        assert_eq!(record.trace_id.is_empty(), record.span_id.is_empty());
    }
    let errors = records.iter().filter(|record| record.severity_number == 17).count();
    assert!((200..400).contains(&errors), "{errors} errors");
    let in_span = records.iter().filter(|record| !record.trace_id.is_empty()).count();
    assert!((2_200..2_600).contains(&in_span), "{in_span} in a span");
}

/// Attributes, time and, where it is cumulative, the value of each point.
fn points(metric: &Metric) -> Vec<(String, u64, Option<f64>)> {
    let number = |value: &Option<number_data_point::Value>| match value {
        Some(number_data_point::Value::AsInt(int)) => *int as f64,
        Some(number_data_point::Value::AsDouble(double)) => *double,
        None => panic!("a point without a value"),
    };
    let name = |attributes: &[KeyValue]| format!("{} {attributes:?}", metric.name);
    match metric.data.as_ref().unwrap() {
        Data::Gauge(gauge) => {
            let points = gauge.data_points.iter();
            points.map(|p| (name(&p.attributes), p.time_unix_nano, None)).collect()
        }
        Data::Sum(sum) => {
            let grows = sum.aggregation_temporality == 2;
            let points = sum.data_points.iter();
            let value = |p| grows.then(|| number(p));
            points.map(|p| (name(&p.attributes), p.time_unix_nano, value(&p.value))).collect()
        }
        Data::Histogram(histogram) => {
            let points = histogram.data_points.iter();
            points
                .map(|p| {
                    assert_eq!(p.bucket_counts.len(), p.explicit_bounds.len() + 1);
                    assert_eq!(p.bucket_counts.iter().sum::<u64>(), p.count);
                    (name(&p.attributes), p.time_unix_nano, Some(p.count as f64))
                })
                .collect()
        }
        Data::ExponentialHistogram(histogram) => {
            let points = histogram.data_points.iter();
            points
                .map(|p| {
                    let positive = p.positive.as_ref().unwrap();
                    let total = positive.bucket_counts.iter().sum::<u64>() + p.zero_count;
                    assert_eq!(total, p.count);
                    (name(&p.attributes), p.time_unix_nano, Some(p.count as f64))
                })
                .collect()
        }
        Data::Summary(summary) => {
            let points = summary.data_points.iter();
            points
                .map(|p| {
                    assert_eq!(p.quantile_values.len(), 3);
                    (name(&p.attributes), p.time_unix_nano, Some(p.count as f64))
                })
                .collect()
        }
    }
}

#[tokio::test]
async fn series_are_measured_again_and_counters_never_fall() {
    let arguments =
        ["--signal", "metrics", "--series", "1000", "--batch-size", "90", "--count", "5600"];
    let (report, received) = generate(&arguments, []).await;
    assert!(report.is_complete());
    let mut series: HashMap<String, Vec<(u64, Option<f64>)>> = HashMap::new();
    let mut forms = HashSet::new();
    for request in &received.metrics {
        for resource in &request.resource_metrics {
            let service = format!("{:?}", resource.resource);
            for metric in resource.scope_metrics.iter().flat_map(|scope| &scope.metrics) {
                forms.insert(std::mem::discriminant(metric.data.as_ref().unwrap()));
                for (name, time, value) in points(metric) {
                    series.entry(format!("{service} {name}")).or_default().push((time, value));
                }
            }
        }
    }
    assert_eq!(series.values().map(Vec::len).sum::<usize>(), 5_600);
    assert_eq!(series.len(), 1_000);
    assert_eq!(forms.len(), 5, "all forms of metrics");
    for (name, points) in &mut series {
        points.sort_by_key(|(time, _)| *time);
        assert!(points.windows(2).all(|pair| pair[0].0 < pair[1].0), "times of {name}");
        assert!(points.windows(2).all(|pair| pair[0].1 <= pair[1].1), "values of {name}");
        assert!((5..=6).contains(&points.len()), "{} points of {name}", points.len());
    }
}

#[tokio::test]
async fn signals_take_turns() {
    let arguments = [
        "--signal",
        "traces",
        "--signal",
        "logs",
        "--signal",
        "metrics",
        "--count",
        "1200",
        "--batch-size",
        "100",
    ];
    let (report, received) = generate(&arguments, []).await;
    assert_eq!(report.acknowledged.by_signal.len(), 3);
    assert!(report.acknowledged.by_signal.values().all(|items| *items == 400));
    let requests = (received.traces.len(), received.logs.len(), received.metrics.len());
    assert_eq!(requests, (4, 4, 4));
}

#[tokio::test]
async fn times_walk_through_the_spread() {
    let arguments = ["--count", "10000", "--time-spread", "10h", "--connections", "1"];
    let (_, received) = generate(&arguments, []).await;
    let newest = |request: usize| {
        let resources = received.traces[request].resource_spans.iter();
        let spans = resources.flat_map(|r| &r.scope_spans).flat_map(|scope| &scope.spans);
        spans.map(|span| span.start_time_unix_nano).max().unwrap()
    };
    for request in 1..10 {
        let step = Duration::from_nanos(newest(request) - newest(request - 1));
        let hour = Duration::from_secs(3_600);
        assert!(step.abs_diff(hour) < Duration::from_secs(10), "{step:?} between batches");
    }
}

/// (batch, seq) of every item that carries them.
fn audited(received: &Received) -> Vec<(i64, i64)> {
    let number = |attributes: &[KeyValue], key| match attribute(attributes, key) {
        Some(Value::IntValue(number)) => *number,
        other => panic!("{key} is {other:?}"),
    };
    let pair = |all: &[KeyValue]| {
        assert!(attribute(all, "plimsoll.generate.run").is_some());
        (number(all, "plimsoll.generate.batch"), number(all, "plimsoll.generate.seq"))
    };
    let mut found: Vec<_> = spans(received).iter().map(|span| pair(&span.attributes)).collect();
    let resources = received.logs.iter().flat_map(|request| &request.resource_logs);
    let scopes = resources.flat_map(|logs| &logs.scope_logs);
    found.extend(scopes.flat_map(|scope| &scope.log_records).map(|r| pair(&r.attributes)));
    found
}

fn ledger_lines(path: &Path) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn the_ledger_accounts_for_every_item() {
    use Reply::{Accept, Break, KeepAndBreak, Refuse, Reject};
    for protocol in ["grpc", "http"] {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("ledger.jsonl");
        let script = [
            Accept,
            Refuse,
            KeepAndBreak,
            Accept,
            Break,
            Refuse,
            Refuse,
            Reject,
            Accept,
            KeepAndBreak,
            Break,
            Accept,
            Refuse,
        ];
        let arguments = [
            "--protocol",
            protocol,
            "--signal",
            "traces",
            "--signal",
            "logs",
            "--count",
            "4321",
            "--batch-size",
            "100",
            "--ledger",
            path.to_str().unwrap(),
        ];
        let (report, received) = generate(&arguments, script).await;

        let stored = audited(&received);
        let distinct: HashSet<_> = stored.iter().copied().collect();
        assert_eq!(distinct.len(), stored.len(), "nothing is stored twice");
        let mut stored_of: HashMap<i64, u64> = HashMap::new();
        stored.iter().for_each(|(batch, _)| *stored_of.entry(*batch).or_default() += 1);

        let (mut acknowledged, mut unknown) = (0, 0);
        for line in ledger_lines(&path) {
            assert_eq!(line["run"], report.run);
            let items = line["items"].as_u64().unwrap();
            let found = stored_of.remove(&line["batch"].as_i64().unwrap()).unwrap_or(0);
            if line["outcome"] == "acknowledged" {
                acknowledged += items;
                assert_eq!(found, items, "{line}");
            } else {
                unknown += items;
                assert!(found == 0 || found == items, "{line}");
            }
        }
        assert!(stored_of.is_empty(), "stored but in no line: {stored_of:?}");
        assert_eq!(acknowledged, report.acknowledged.items);
        assert_eq!(unknown, report.unknown_items);
        assert_eq!(report.unknown_requests, 4);
        assert_eq!((report.refused.retryable, report.refused.permanent), (4, 1));
        assert_eq!(report.dropped_items, 100);
        assert_eq!(acknowledged + unknown + report.dropped_items, 4_321);
    }
}

#[tokio::test]
async fn cancelling_ends_a_run_without_end() {
    let sink = Sink::start([]).await;
    let (cancel, cancelled) = tokio::sync::oneshot::channel::<()>();
    let args = parse(&["--endpoint", &sink.url(), "--batch-size", "10"]);
    let received = sink.received.clone();
    let waiter = async move {
        while received.lock().unwrap().traces.len() < 20 {
            tokio::task::yield_now().await;
        }
        cancel.send(()).unwrap();
    };
    let cancelled = async {
        let _ = cancelled.await;
    };
    let (report, ()) = tokio::join!(run(&args, cancelled), waiter);
    let report = report.unwrap();
    let received = sink.stop().await;
    assert_eq!(report.acknowledged.items, spans(&received).len() as u64);
    assert!(report.is_complete(), "{report:?}");
}

#[tokio::test]
async fn nobody_there_is_told_at_once() {
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let error = run(&parse(&["--endpoint", &url]), std::future::pending()).await.unwrap_err();
    assert!(matches!(&error, GenerateError::Connect { endpoint, .. } if *endpoint == url));
    assert!(error.to_string().contains("start the server first"), "{error}");
}
