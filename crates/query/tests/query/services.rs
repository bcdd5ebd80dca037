//! Services and the dashboard against plain loops over the same spans.

use std::collections::BTreeSet;

use plimsoll_model::{ErrorCode, Table};
use plimsoll_query::Window;

use crate::shop::{HOUR, NOON, TestSpan, log_tables, logs, span_tables, spans, window};
use crate::source::TestSource;

fn mixed(spans: &[TestSpan]) -> TestSource {
    let source = TestSource::default();
    for (i, part) in spans.chunks(spans.len() / 5 + 1).enumerate() {
        match i % 2 {
            0 => source.add_files(&span_tables(part)),
            _ => source.add_batches(&span_tables(part)),
        }
    }
    source
}

/// Within one percent of the value at the nearest rank.
fn check_quantile(found: Option<f64>, spans: &[&TestSpan], part: f64) {
    let mut durations: Vec<i64> = spans.iter().map(|span| span.duration).collect();
    durations.sort_unstable();
    let rank = ((part * durations.len() as f64).ceil() as usize).max(1);
    let exact = durations.get(rank - 1).map(|nano| *nano as f64 / 1e6);
    match (found, exact) {
        (None, None) => {}
        (Some(found), Some(exact)) => {
            assert!((found - exact).abs() <= exact * 0.01 + 1e-6, "p{part}: {found} for {exact}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn services_count_requests() {
    let spans = spans(1, 200);
    let list = mixed(&spans).engine().services(window(), None).await.unwrap();
    let names: BTreeSet<_> = spans.iter().map(|span| span.service).collect();
    let found: BTreeSet<_> = list.services.iter().map(|service| service.name.as_str()).collect();
    assert_eq!(found, names);
    assert!(list.services.is_sorted_by(|a, b| a.requests >= b.requests));
    for service in &list.services {
        let all: Vec<_> = spans.iter().filter(|span| span.service == service.name).collect();
        let requests: Vec<_> = all.iter().copied().filter(|span| span.is_entry()).collect();
        let errors = requests.iter().filter(|span| span.failed()).count() as u64;
        assert_eq!((service.requests, service.errors), (requests.len() as u64, errors));
        assert!((service.rate_per_second - requests.len() as f64 / 3600.0).abs() < 1e-5);
        check_quantile(service.p50_ms, &requests, 0.5);
        check_quantile(service.p90_ms, &requests, 0.9);
        check_quantile(service.p99_ms, &requests, 0.99);
        let last = all.iter().max_by_key(|span| span.start).unwrap();
        assert_eq!(service.last_seen, plimsoll_query::rfc3339(last.start));
        assert_eq!(
            (service.version.as_str(), service.environment.as_str()),
            (last.version, last.environment)
        );
        let sum: f64 = service.sparkline.iter().map(|rate| rate * list.step_seconds as f64).sum();
        assert!((sum - requests.len() as f64).abs() < 0.01, "{sum}");
    }
}

#[tokio::test]
async fn an_environment_narrows() {
    let spans = spans(2, 100);
    let list = mixed(&spans).engine().services(window(), Some("stage".into())).await.unwrap();
    let names: Vec<_> = list.services.iter().map(|service| service.name.as_str()).collect();
    assert_eq!(names, ["payment"]);
}

#[tokio::test]
async fn a_service_in_detail() {
    let spans = spans(3, 200);
    let engine = mixed(&spans).engine();
    let detail = engine.service("payment".into(), window(), None).await.unwrap();
    let requests: Vec<_> =
        spans.iter().filter(|span| span.service == "payment" && span.is_entry()).collect();
    assert_eq!(detail.requests, requests.len() as u64);
    check_quantile(detail.p99_ms, &requests, 0.99);
    assert_eq!(detail.versions, ["0.9"]);
    assert_eq!(detail.environments, ["stage"]);
    assert_eq!(detail.series.times.len(), detail.series.p50_ms.len());
    let sum: f64 = detail.series.rate.iter().map(|rate| rate * detail.step_seconds as f64).sum();
    assert!((sum - requests.len() as f64).abs() < 0.01);
    assert_eq!(detail.operations.iter().map(|o| o.requests).sum::<u64>(), detail.requests);
    for operation in &detail.operations {
        let of: Vec<_> = requests
            .iter()
            .copied()
            .filter(|s| s.name == operation.name && operation.kind == kind(s.kind))
            .collect();
        assert_eq!(operation.requests, of.len() as u64);
        check_quantile(operation.p50_ms, &of, 0.5);
    }
    let mut slow: Vec<_> = requests.clone();
    slow.sort_by_key(|span| std::cmp::Reverse(span.duration));
    let mut seen = BTreeSet::new();
    slow.retain(|span| seen.insert(span.trace));
    let expected: Vec<_> = slow.iter().take(12).map(|span| span.trace.to_string()).collect();
    let found: Vec<_> = detail.slow_traces.iter().map(|slow| slow.trace_id.clone()).collect();
    assert_eq!(found, expected);
    let error = engine.service("nobody".into(), window(), None).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::NotFound);
}

fn kind(number: i8) -> &'static str {
    ["unspecified", "internal", "server", "client", "producer", "consumer"][number as usize]
}

#[tokio::test]
async fn the_dashboard_adds_up() {
    let mut spans = spans(4, 200);
    // Half of them in the hour before.
    for span in spans.iter_mut().step_by(2) {
        span.start -= HOUR;
    }
    let source = mixed(&spans);
    let logs = logs(4, 50);
    source.add_files(&log_tables(&logs));
    let dashboard = source.engine().dashboard(window(), None).await.unwrap();
    let of = |window: Window| -> Vec<&TestSpan> {
        spans.iter().filter(|s| s.is_entry() && window.contains(s.start)).collect()
    };
    let (now, before) = (of(window()), of(window().previous()));
    let failed = |spans: &[&TestSpan]| spans.iter().filter(|span| span.failed()).count();
    assert_eq!(dashboard.requests.count, now.len() as u64);
    assert!(
        (dashboard.requests.previous_rate_per_second - before.len() as f64 / 3600.0).abs() < 1e-5
    );
    assert_eq!(dashboard.errors.count, failed(&now) as u64);
    let ratio = failed(&before) as f64 / before.len() as f64;
    assert!((dashboard.errors.previous_ratio - ratio).abs() < 1e-5);
    check_quantile(dashboard.latency.p99_ms, &now, 0.99);
    check_quantile(dashboard.latency.previous_p99_ms, &before, 0.99);
    assert_eq!(dashboard.environments, ["prod", "stage"]);
    let in_window = spans.iter().filter(|span| window().contains(span.start)).count();
    assert_eq!(dashboard.signals.spans, in_window as u64);
    assert_eq!(dashboard.signals.logs, logs.len() as u64);
    let errors: u64 = dashboard.recent_errors.iter().map(|error| error.count).sum();
    let expected = spans.iter().filter(|s| s.failed() && window().contains(s.start)).count();
    assert!(dashboard.recent_errors.len() == 10 || errors == expected as u64);
    assert!(dashboard.recent_errors.is_sorted_by(|a, b| a.last_seen >= b.last_seen));
    let sum: f64 =
        dashboard.series.rate.iter().map(|rate| rate * dashboard.step_seconds as f64).sum();
    assert!((sum - now.len() as f64).abs() < 0.01);
}

#[tokio::test]
async fn nothing_is_an_answer_too() {
    let engine = TestSource::default().engine();
    assert!(engine.services(window(), None).await.unwrap().services.is_empty());
    let dashboard = engine.dashboard(window(), None).await.unwrap();
    assert_eq!(dashboard.requests.count, 0);
    assert_eq!(dashboard.latency.p50_ms, None);
    let collected = engine.collected().await.unwrap();
    assert_eq!(collected.tables.len(), Table::ALL.len());
    assert!(collected.tables.iter().all(|table| table.oldest.is_none()));
}

#[tokio::test]
async fn repeated_series_count_once() {
    use plimsoll_model::batch::{MetricBuilder, ResourceRow, ScopeRow, SeriesRow};
    let source = TestSource::default();
    for part in 0..4 {
        let mut builder = MetricBuilder::default();
        builder.begin_resource(&ResourceRow { attributes: b"{}", ..ResourceRow::default() });
        builder.begin_scope(&ScopeRow::default());
        for series_id in 0..3 {
            builder.push_series(&SeriesRow {
                series_id,
                time: NOON + part,
                metric: if series_id == 0 { b"up" } else { b"http.requests" },
                kind: "sum",
                unit: b"1",
                description: b"",
                temporality: 2,
                monotonic: true,
                attributes: b"{}",
                metadata: b"",
            });
        }
        let tables = builder.finish().unwrap();
        if part % 2 == 0 { source.add_files(&tables) } else { source.add_batches(&tables) }
    }
    let collected = source.engine().collected().await.unwrap();
    assert_eq!(collected.series, 3);
    let found: Vec<_> =
        collected.metrics.iter().map(|m| (m.name.as_str(), m.series, m.unit.as_str())).collect();
    assert_eq!(found, [("http.requests", 2, "1"), ("up", 1, "1")]);
    let series = collected.tables.iter().find(|table| table.table == "series").unwrap();
    assert_eq!(series.oldest, Some(plimsoll_query::rfc3339(NOON)));
    assert_eq!(series.newest, Some(plimsoll_query::rfc3339(NOON + 3)));
}
