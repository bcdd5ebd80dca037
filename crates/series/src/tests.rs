//! The index as a whole: what goes in by rows is found by labels, and what is refused changes nothing.

use plimsoll_model::batch::{Batch, RecordKind};
use plimsoll_model::{Table, TimeWindow};
use plimsoll_promql::ast::Matcher;
use plimsoll_promql::parse_selector;
use plimsoll_wire::otlp;
use plimsoll_wire::prometheus::{
    Admission, Built, Label, MetadataKind, SampleVerdict, SeriesBuilder,
};
use proptest::prelude::*;

use crate::{Index, Limits, Naming};

const SECOND: i64 = 1_000_000_000;
const DAY: i64 = 86_400 * SECOND;
/// Some time in 2026.
const NOW: i64 = 20_781 * DAY + 50_000 * SECOND;

fn index(limits: Limits) -> Index {
    Index::new(limits, Naming::default())
}

/// Builds samples of series given as `name{a="b"}` texts.
fn build(admission: &dyn Admission, series: &[&str], time: i64, value: f64) -> Built {
    let window = TimeWindow::unbounded(NOW);
    let mut builder = SeriesBuilder::new(admission, window, 1 << 20);
    for text in series {
        let matchers = parse_selector(text).unwrap();
        let mut labels: Vec<Label<'_>> =
            matchers.iter().map(|m| (m.name.as_bytes(), m.value.as_bytes())).collect();
        if let Some(mut series) = builder.series(&mut labels, 1) {
            builder.sample(&mut series, time, None, value);
        }
    }
    builder.metadata(b"up", MetadataKind::Gauge, b"whether it answers", b"", time);
    builder.finish().unwrap()
}

/// What ingest does once a batch is durable.
fn keep(index: &Index, built: &Built) {
    for (table, rows) in &built.batch.tables {
        if *table == Table::Series {
            index.insert(rows).unwrap();
        }
    }
    index.note(&built.noted);
    index.note_described(&built.described);
}

fn write(index: &Index, series: &[&str], time: i64, value: f64) -> Built {
    let built = build(&index.admission(), series, time, value);
    keep(index, &built);
    built
}

fn rows(batch: &Batch, table: Table) -> usize {
    batch.tables.iter().find(|(found, _)| *found == table).map_or(0, |(_, rows)| rows.num_rows())
}

fn found(index: &Index, selector: &str) -> Vec<String> {
    let matchers = parse_selector(selector).unwrap();
    let mut found: Vec<String> =
        index.select(&matchers).iter().map(|series| series.labels.to_string()).collect();
    found.sort();
    found
}

#[test]
fn series_are_found_by_what_their_labels_are_and_are_not() {
    let index = index(Limits::default());
    let series =
        ["up{job=\"a\",i=\"1\"}", "up{job=\"a\",i=\"2\"}", "up{job=\"b\"}", "down{job=\"a\"}"];
    write(&index, &series, NOW, 1.0);
    for (selector, expected) in [
        ("up", 3),
        ("{job=\"a\"}", 3),
        ("up{job=\"a\"}", 2),
        ("up{i=\"\"}", 1),
        ("up{i!=\"\"}", 2),
        ("up{i!=\"1\"}", 2),
        ("up{i=~\"1|2\"}", 2),
        ("up{i=~\"1|\"}", 2),
        ("up{i!~\"1|2\"}", 1),
        ("{__name__=~\"up|down\",job!=\"a\"}", 1),
        ("{__name__=~\".+\"}", 4),
        ("up{none=\"x\"}", 0),
        ("up{none!=\"x\"}", 3),
        ("nothing", 0),
    ] {
        assert_eq!(found(&index, selector).len(), expected, "{selector}");
    }
    let names: Vec<String> = index.label_names(&[]).into_iter().collect();
    assert_eq!(names, ["__name__", "i", "job"]);
    let of = |text: &str| vec![parse_selector(text).unwrap()];
    let names: Vec<String> = index.label_names(&of("down")).into_iter().collect();
    assert_eq!(names, ["__name__", "job"]);
    let values: Vec<String> = index.label_values("job", &of("up")).into_iter().collect();
    assert_eq!(values, ["a", "b"]);
    assert_eq!(index.metadata(None, 10)[0].1.kind, "gauge");
}

#[test]
fn rows_come_once_a_series_and_day() {
    let index = index(Limits::default());
    let first = write(&index, &["up{job=\"a\"}"], NOW, 1.0);
    // The series, and what its metric is.
    assert_eq!(rows(&first.batch, Table::Series), 2);
    let again = write(&index, &["up{job=\"a\"}"], NOW + SECOND, 1.0);
    assert_eq!(rows(&again.batch, Table::Series), 0);
    assert_eq!(rows(&again.batch, Table::Samples), 1);
    let next_day = write(&index, &["up{job=\"a\"}"], NOW + DAY, 1.0);
    assert_eq!(rows(&next_day.batch, Table::Series), 2);
    assert_eq!(found(&index, "up").len(), 1);
    index.forget_before(20_783);
    assert_eq!(found(&index, "up").len(), 0);
}

#[test]
fn samples_come_in_order_or_not_too_late() {
    let limits = Limits { out_of_order_nano: 60 * SECOND, ..Limits::default() };
    let index = index(limits);
    let series = &["up{job=\"a\"}"][..];
    write(&index, series, NOW, 1.0);
    let same = write(&index, series, NOW, 1.0);
    assert_eq!((same.rejected, rows(&same.batch, Table::Samples)), (0, 0));
    let other = write(&index, series, NOW, 2.0);
    assert_eq!(other.rejected, 1);
    assert!(other.message.contains("duplicate sample"), "{}", other.message);
    let late = write(&index, series, NOW - 60 * SECOND, 1.0);
    assert_eq!((late.rejected, rows(&late.batch, Table::Samples)), (0, 1));
    let too_late = write(&index, series, NOW - 61 * SECOND, 1.0);
    assert_eq!(too_late.rejected, 1);
    assert!(too_late.message.contains("out of order"), "{}", too_late.message);
    // What was never durable was never there.
    build(&index.admission(), series, NOW + SECOND, 7.0);
    let first = write(&index, series, NOW + SECOND, 8.0);
    assert_eq!((first.rejected, rows(&first.batch, Table::Samples)), (0, 1));
}

#[test]
fn what_is_on_its_way_while_old_series_are_forgotten_finds_its_own() {
    let index = index(Limits { out_of_order_nano: 0, ..Limits::default() });
    write(&index, &["up{job=\"old\"}"], NOW - 2 * DAY, 1.0);
    let series = &["up{job=\"a\"}", "up{job=\"b\"}"][..];
    write(&index, series, NOW, 1.0);
    let on_its_way = build(&index.admission(), &series[..1], NOW + SECOND, 2.0);
    let known = on_its_way.noted[0].known.unwrap();
    index.forget_before(20_781);
    index.note(&on_its_way.noted);
    let id = on_its_way.noted[0].id;
    let bits = 2.0_f64.to_bits();
    assert_eq!(index.sample(id, known, NOW + SECOND, bits), SampleVerdict::Repeat);
    assert_eq!(write(&index, &series[1..], NOW + SECOND, 3.0).rejected, 0);
    assert_eq!(write(&index, &series[..1], NOW + SECOND, 3.0).rejected, 1);
}

#[test]
fn a_full_metric_refuses_new_series_and_says_which_label_has_grown() {
    let index = index(Limits { metric_series_max: 3, ..Limits::default() });
    let series: Vec<String> = (0..5).map(|at| format!("up{{job=\"a\",user=\"{at}\"}}")).collect();
    let series: Vec<&str> = series.iter().map(String::as_str).collect();
    let first = write(&index, &series, NOW, 1.0);
    assert_eq!((first.samples, first.rejected), (3, 2));
    let second = write(&index, &series, NOW + SECOND, 1.0);
    assert_eq!((second.samples, second.rejected), (3, 2));
    assert!(second.message.contains("label \"user\" has 3 values"), "{}", second.message);
    let other = write(&index, &["down{job=\"a\"}"], NOW, 1.0);
    assert_eq!(other.rejected, 0);
    let cardinality = index.cardinality(10);
    assert_eq!(cardinality.metrics[0].series, 3);
    assert_eq!(cardinality.refused[0].name, "up");
    assert_eq!(cardinality.total.refused, 4);
}

#[test]
fn the_memory_of_the_index_is_bounded() {
    let index = index(Limits { memory_bytes_max: 100_000, ..Limits::default() });
    let mut refused = 0;
    for at in 0..2_000 {
        let series = format!("up{{job=\"a\",user=\"{at}\"}}");
        refused += write(&index, &[&series], NOW, 1.0).rejected;
    }
    assert!(refused > 0);
    assert!(index.stats().memory_bytes < 200_000, "{:?}", index.stats());
}

/// The batch of an OTLP request: a gauge of these names, each with one point, from a resource of service `shop`
/// with other attributes.
fn otlp_batch(names: &[&str], attributes: &[(&str, &str)]) -> Batch {
    let pair = |(key, value): &(&str, &str)| {
        format!(r#"{{"key":"{key}","value":{{"stringValue":"{value}"}}}}"#)
    };
    let attributes: Vec<String> =
        [("service.name", "shop")].iter().chain(attributes).map(pair).collect();
    let metric = |name: &&str| {
        format!(
            r#"{{"name":"{name}","gauge":{{"dataPoints":[{{"timeUnixNano":"{NOW}","asInt":"7","attributes":[{}]}}]}}}}"#,
            pair(&("room", "a"))
        )
    };
    let metrics: Vec<String> = names.iter().map(metric).collect();
    let request = format!(
        r#"{{"resourceMetrics":[{{"resource":{{"attributes":[{}]}},
        "scopeMetrics":[{{"scope":{{"name":"meter"}},"metrics":[{}]}}]}}]}}"#,
        attributes.join(","),
        metrics.join(",")
    );
    let (kind, limits) = (RecordKind::OtlpMetrics, otlp::Limits::default());
    let body = otlp::json_to_protobuf(kind, request.as_bytes(), &limits).unwrap();
    let decoded = otlp::decode(kind, &body, &TimeWindow::unbounded(NOW), &limits).unwrap();
    assert_eq!(decoded.rejected, 0, "{}", decoded.message);
    decoded.batch
}

/// What ingest does with a request over OTLP: how many points were refused, and why.
fn write_otlp(index: &Index, mut batch: Batch) -> Option<(u64, String)> {
    let refused = index.admit(&mut batch).unwrap();
    for (table, rows) in &batch.tables {
        if *table == Table::Series {
            index.insert(rows).unwrap();
        }
    }
    refused
}

#[test]
fn what_a_resource_is_has_its_labels_and_no_others() {
    let naming = Naming {
        resource_labels: vec!["host.name".to_owned(), "service.name".to_owned()],
        scope_labels: true,
    };
    let index = Index::new(Limits::default(), naming);
    let attributes = [
        ("service.namespace", "acme"),
        ("service.instance.id", "i-1"),
        ("host.name", "h1"),
        ("k8s.pod.name", "shop-7d9f"),
        ("k8s_pod.name", "other"),
        ("1st", "x"),
        ("job", "mine"),
        ("__name__", "up"),
        ("empty", ""),
    ];
    assert_eq!(write_otlp(&index, otlp_batch(&["load"], &attributes)), None);
    assert_eq!(
        found(&index, "target_info"),
        [concat!(
            "target_info{host_name=\"h1\", instance=\"i-1\", job=\"acme/shop\", ",
            "k8s_pod_name=\"shop-7d9f;other\", key_1st=\"x\"}"
        )]
    );
    assert_eq!(
        found(&index, "load"),
        [concat!(
            "load{host_name=\"h1\", instance=\"i-1\", job=\"acme/shop\", otel_scope_name=\"meter\", ",
            "room=\"a\", service_name=\"shop\"}"
        )]
    );
    let (_, said) = index.metadata(Some("target_info"), 1).remove(0);
    assert_eq!((&*said.kind, &*said.help, &*said.unit), ("gauge", "Target metadata", ""));
}

#[test]
fn a_refused_target_info_is_no_refused_point() {
    let index = index(Limits { source_series_max: 2, ..Limits::default() });
    let attributes = [("host.name", "h1")];
    let mut batch = otlp_batch(&["a", "b"], &attributes);
    let (points, reason) = index.admit(&mut batch).unwrap().unwrap();
    assert_eq!(points, 0);
    assert!(reason.contains("\"target_info\""), "{reason}");
    // What is left is all that was sent.
    assert_eq!((rows(&batch, Table::Series), rows(&batch, Table::Samples)), (2, 2));
    write_otlp(&index, batch);
    assert_eq!(found(&index, "{job=\"shop\"}").len(), 2);
    // Its points are told of whose series were sent, whatever else is refused.
    let (points, reason) = write_otlp(&index, otlp_batch(&["a", "b", "c"], &attributes)).unwrap();
    assert_eq!(points, 1);
    assert!(reason.contains("\"c\""), "{reason}");
    assert_eq!(index.cardinality(10).total.refused, 3);
}

#[test]
fn each_resource_has_its_target_info_within_the_limit_of_a_metric() {
    let index = index(Limits { metric_series_max: 2, ..Limits::default() });
    for (number, has) in [("1", 1), ("2", 1), ("3", 0)] {
        let attributes = [("host.name", number)];
        let refused = write_otlp(&index, otlp_batch(&[&format!("x{number}")], &attributes));
        assert_eq!(refused.map(|(points, _)| points), (has == 0).then_some(0));
        assert_eq!(found(&index, &format!("target_info{{host_name=\"{number}\"}}")).len(), has);
        assert_eq!(found(&index, &format!("x{number}")).len(), 1);
    }
}

/// Whether labels match, in plain words.
fn matches(matchers: &[Matcher], labels: &[(String, String)]) -> bool {
    matchers.iter().all(|matcher| {
        let value = labels.iter().find(|(name, _)| *name == matcher.name);
        matcher.matches(value.map_or("", |(_, value)| value))
    })
}

proptest! {
    #[test]
    fn selection_is_what_it_says(
        series in prop::collection::vec(
            (prop::sample::select(&["x", "y"][..]), prop::collection::btree_map("[ab]", "[pq]{1,2}", 0..3)),
            1..20,
        ),
        selector in (
            prop::option::of(prop::sample::select(&["x", "y", "z"][..])),
            prop::collection::vec(
                ("[abc]", prop::sample::select(&["=", "!=", "=~", "!~"][..]),
                 prop::sample::select(&["", "p", "q", "pq", "p.*", ".*", ".+", "p|q"][..])),
                0..4,
            ),
        ),
    ) {
        let index = index(Limits::default());
        let texts: Vec<String> = series
            .iter()
            .map(|(name, labels)| {
                let labels: Vec<String> =
                    labels.iter().map(|(n, v)| format!("{n}={v:?}")).collect();
                format!("{name}{{{}}}", labels.join(","))
            })
            .collect();
        write(&index, &texts.iter().map(String::as_str).collect::<Vec<_>>(), NOW, 1.0);
        let (name, others) = selector;
        let others: Vec<String> =
            others.iter().map(|(n, op, v)| format!("{n}{op}{v:?}")).collect();
        let text = format!("{}{{{}}}", name.unwrap_or(""), others.join(","));
        let Ok(matchers) = parse_selector(&text) else { return Ok(()) };
        let mut expected: Vec<String> = series
            .iter()
            .filter(|(name, labels)| {
                let mut all: Vec<(String, String)> =
                    labels.iter().map(|(n, v)| (n.clone(), v.clone())).collect();
                all.push(("__name__".to_owned(), (*name).to_owned()));
                matches(&matchers, &all)
            })
            .map(|(name, labels)| {
                let pairs = labels.iter().map(|(n, v)| (n.as_str(), v.as_str()));
                plimsoll_promql::Labels::new(pairs.chain([("__name__", *name)])).to_string()
            })
            .collect();
        expected.sort();
        expected.dedup();
        prop_assert_eq!(found(&index, &text), expected);
    }
}
