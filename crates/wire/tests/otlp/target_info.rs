//! `target_info`: which resources have it, what it says, and when.

use std::collections::BTreeSet;

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue, KeyValueList};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{
    Gauge, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum, number_data_point,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use plimsoll_model::batch::RecordKind;
use plimsoll_model::{Table, TimeWindow};
use plimsoll_wire::otlp::{Decoded, Limits, TARGET_INFO_KIND, decode, sent_items, target_info_ids};
use proptest::prelude::*;
use prost::Message;
use twox_hash::XxHash3_128;

use super::agree::{Verdict, WINDOW, agree};
use super::arbitrary::TIME;
use super::columns::Rows;

const SECOND: u64 = 1_000_000_000;

fn pair(key: &str, value: Option<Value>) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value }), key_strindex: 0 }
}

fn text(key: &str, value: &str) -> KeyValue {
    pair(key, Some(Value::StringValue(value.to_owned())))
}

fn service() -> Vec<KeyValue> {
    vec![text("service.name", "shop"), text("host.name", "h1")]
}

fn point(time: u64) -> NumberDataPoint {
    NumberDataPoint {
        time_unix_nano: time,
        value: Some(number_data_point::Value::AsInt(7)),
        ..NumberDataPoint::default()
    }
}

fn gauge(name: &str, data_points: Vec<NumberDataPoint>) -> Metric {
    let data = Some(Data::Gauge(Gauge { data_points }));
    Metric { name: name.to_owned(), data, ..Metric::default() }
}

fn group(attributes: Vec<KeyValue>, metrics: Vec<Metric>) -> ResourceMetrics {
    let scope_metrics = vec![ScopeMetrics { metrics, ..ScopeMetrics::default() }];
    let resource = Some(Resource { attributes, ..Resource::default() });
    ResourceMetrics { resource, scope_metrics, ..ResourceMetrics::default() }
}

fn of_points(attributes: Vec<KeyValue>, times: &[u64]) -> ResourceMetrics {
    group(attributes, vec![gauge("x", times.iter().map(|time| point(*time)).collect())])
}

fn decoded_within(groups: Vec<ResourceMetrics>, window: &TimeWindow, limits: &Limits) -> Decoded {
    let body = ExportMetricsServiceRequest { resource_metrics: groups }.encode_to_vec();
    decode(RecordKind::OtlpMetrics, &body, window, limits).expect("decodable")
}

fn decoded(groups: Vec<ResourceMetrics>) -> Decoded {
    let body = ExportMetricsServiceRequest { resource_metrics: groups.clone() }.encode_to_vec();
    assert_eq!(agree(RecordKind::OtlpMetrics, &body), Verdict::Same);
    decoded_within(groups, &WINDOW, &Limits::default())
}

fn table(decoded: &Decoded, wanted: Table) -> Option<Rows<'_>> {
    let found = decoded.batch.tables.iter().find(|(table, _)| *table == wanted);
    found.map(|(_, rows)| Rows(rows))
}

/// The labels of each `target_info`.
fn labels(decoded: &Decoded) -> Vec<Vec<(String, String)>> {
    let Some(rows) = table(decoded, Table::Series) else { return Vec::new() };
    let of_info = (0..rows.0.num_rows())
        .filter(|row| rows.text("type", *row).as_deref() == Some(TARGET_INFO_KIND));
    of_info.map(|row| rows.string_map("labels", row)).collect()
}

/// The times of all samples of `target_info`.
fn times(decoded: &Decoded) -> Vec<u64> {
    let ids = target_info_ids(&decoded.batch);
    let Some(rows) = table(decoded, Table::Samples) else { return Vec::new() };
    let of_info = (0..rows.0.num_rows())
        .filter(|row| ids.contains(&rows.int64("series_id", *row).expect("an id")));
    of_info
        .map(|row| {
            assert_eq!(rows.double("value", row), Some(1.0));
            rows.int64("time_unix_nano", row).expect("a time") as u64
        })
        .collect()
}

#[test]
fn it_has_every_attribute_but_those_that_say_who_it_is() {
    let list = Value::ArrayValue(ArrayValue {
        values: vec![AnyValue { value: Some(Value::StringValue("a\"b".to_owned())) }],
    });
    let map = Value::KvlistValue(KeyValueList { values: vec![text("k", "v")] });
    let attributes = vec![
        text("service.name", "shop"),
        text("service.namespace", "acme"),
        text("service.instance.id", "i-1"),
        text("job", "another"),
        text("instance", "another"),
        text("k8s.pod.name", "shop-7d9f"),
        pair("process.pid", Some(Value::IntValue(4711))),
        pair("share", Some(Value::DoubleValue(0.5))),
        pair("ok", Some(Value::BoolValue(true))),
        pair("list", Some(list)),
        pair("map", Some(map)),
        pair("bytes", Some(Value::BytesValue(vec![1, 2]))),
        pair("nothing", None),
        text("twice", "first"),
        text("twice", "second"),
    ];
    let decoded = decoded(vec![of_points(attributes, &[TIME])]);
    let expected = [
        ("bytes", r#"{"$bytes":"AQI="}"#),
        ("k8s.pod.name", "shop-7d9f"),
        ("list", r#"["a\"b"]"#),
        ("map", r#"{"k":"v"}"#),
        ("nothing", ""),
        ("ok", "true"),
        ("process.pid", "4711"),
        ("share", "0.5"),
        ("twice", "first"),
    ];
    let expected = expected.map(|(key, text)| (key.to_owned(), text.to_owned()));
    assert_eq!(labels(&decoded), [expected.to_vec()]);
    assert_eq!(times(&decoded), [TIME]);
    let rows = table(&decoded, Table::Series).expect("two rows");
    assert_eq!(rows.text("metric", 1).as_deref(), Some("target_info"));
    assert_eq!(rows.text("description", 1).as_deref(), Some("Target metadata"));
    assert_eq!(rows.text("service_instance_id", 1).as_deref(), Some("i-1"));
    assert_eq!(rows.dictionary("scope_name", 1), None);
    assert!(rows.bool("integer", 1));
}

#[test]
fn a_resource_has_it_that_says_who_it_is_and_more() {
    for (attributes, has) in [
        (vec![text("service.name", "a"), text("host.name", "h")], true),
        (vec![text("service.instance.id", "i"), text("host.name", "h")], true),
        (vec![text("host.name", "h")], false),
        (vec![text("service.name", ""), text("host.name", "h")], false),
        (vec![pair("service.name", Some(Value::IntValue(1))), text("host.name", "h")], false),
        (vec![text("service.namespace", "n"), text("host.name", "h")], false),
        (vec![text("service.name", "a"), text("service.instance.id", "i")], false),
        (vec![text("service.name", "a"), text("instance", "i"), text("job", "j")], false),
        (vec![], false),
    ] {
        let decoded = decoded(vec![of_points(attributes.clone(), &[TIME])]);
        assert_eq!(times(&decoded).len(), usize::from(has), "{attributes:?}");
        assert_eq!(labels(&decoded).len(), usize::from(has), "{attributes:?}");
    }
}

#[test]
fn a_resource_without_points_has_none() {
    let stale = NumberDataPoint { flags: 1, ..point(TIME) };
    for metrics in [
        vec![],
        vec![gauge("x", vec![])],
        vec![gauge("x", vec![stale])],
        vec![gauge("x", vec![point(5)])],
        vec![gauge("", vec![point(TIME)])],
    ] {
        let decoded = decoded(vec![group(service(), metrics.clone())]);
        assert_eq!(labels(&decoded).len(), 0, "{metrics:?}");
        assert_eq!(times(&decoded).len(), 0, "{metrics:?}");
    }
}

#[test]
fn a_resource_that_comes_again_has_one_series_and_each_sample_once() {
    let mut turned = service();
    turned.reverse();
    let other = vec![text("service.name", "shop"), text("host.name", "h2")];
    let decoded = decoded(vec![
        of_points(service(), &[TIME, TIME + 1, TIME + SECOND]),
        of_points(other, &[TIME]),
        of_points(turned, &[TIME + SECOND, TIME, TIME + 2 * SECOND]),
    ]);
    assert_eq!(labels(&decoded).len(), 2);
    assert_eq!(times(&decoded), [TIME, TIME + 2 * SECOND, TIME]);
}

#[test]
fn who_sends_one_has_that_one_alone() {
    let sum = |is_monotonic| Metric {
        data: Some(Data::Sum(Sum {
            data_points: vec![point(TIME)],
            aggregation_temporality: 2,
            is_monotonic,
        })),
        ..gauge("target_info", vec![])
    };
    for (metric, expected) in [
        (gauge("target_info", vec![point(TIME)]), 0),
        (sum(false), 0),
        // `target_info_total`.
        (sum(true), 1),
        (gauge("target_infos", vec![point(TIME)]), 1),
    ] {
        let metrics = vec![gauge("x", vec![point(TIME)]), metric];
        let other = vec![text("service.name", "other"), text("host.name", "h1")];
        let decoded = decoded(vec![group(service(), metrics), of_points(other, &[TIME])]);
        assert_eq!(labels(&decoded).len(), expected + 1);
        assert_eq!(sent_items(&decoded.batch), 3);
    }
}

#[test]
fn nobody_sent_it() {
    let late = of_points(service(), &[TIME, TIME + 400 * SECOND, 5]);
    let decoded = decoded(vec![late.clone(), late]);
    assert_eq!(decoded.rejected, 2);
    assert_eq!(times(&decoded).len(), 2);
    assert_eq!(sent_items(&decoded.batch), 4);
}

/// Where there is no room for it all that was sent is kept, and nothing said.
#[test]
fn its_size_is_no_reason_to_refuse_points() {
    let mut attributes = service();
    attributes.push(text("command", &"x".repeat(4_000)));
    let found = |expansion_bytes_min| {
        let limits = Limits { expansion_factor_max: 0, expansion_bytes_min, ..Limits::default() };
        decoded_within(vec![of_points(attributes.clone(), &[TIME])], &WINDOW, &limits)
    };
    for (bytes, has) in [(2_000, false), (8_000, true)] {
        let decoded = found(bytes);
        assert_eq!((decoded.rejected, &*decoded.message), (0, ""));
        assert_eq!(sent_items(&decoded.batch), 1);
        assert_eq!(times(&decoded).len(), usize::from(has));
    }
}

/// As `docs/format/tables.md` has it.
#[test]
fn its_id_is_that_of_the_name_and_the_resource() {
    let decoded = decoded(vec![of_points(service(), &[TIME])]);
    let mut attributes = Vec::new();
    for (key, value) in [("host.name", "h1"), ("service.name", "shop")] {
        attributes.extend((key.len() as u32).to_le_bytes());
        attributes.extend(key.bytes());
        attributes.push(1);
        attributes.extend((value.len() as u32).to_le_bytes());
        attributes.extend(value.bytes());
    }
    let mut identity = b"target_info".to_vec();
    identity.extend(XxHash3_128::oneshot(&attributes).to_le_bytes());
    let low = XxHash3_128::oneshot(&identity) as u64 % (1 << 43);
    let high = XxHash3_128::oneshot(b"target_info") as u64 % (1 << 20);
    let ids: Vec<i64> = target_info_ids(&decoded.batch).into_iter().collect();
    assert_eq!(ids, [((high << 43) + low) as i64]);
}

const LOOK_BACK_MS: u64 = 300_000;

/// Whether one of these samples, in milliseconds, is seen at a time.
fn is_seen(samples: &BTreeSet<u64>, at: u64) -> bool {
    samples.range(..=at).next_back().is_some_and(|sample| sample + LOOK_BACK_MS > at)
}

proptest! {
    /// Where PromQL sees a point, by its default look-back, it sees what the resource is.
    #[test]
    fn it_is_seen_wherever_a_point_is(
        offsets_ms in proptest::collection::vec(prop_oneof![0..1_000_u64, 0..4_000_000_u64], 1..20)
    ) {
        let sent: Vec<u64> = offsets_ms.iter().map(|offset| TIME + offset * 1_000_000).collect();
        let decoded = decoded(vec![of_points(service(), &sent)]);
        let found = times(&decoded);
        let ms = |times: &[u64]| -> BTreeSet<u64> { times.iter().map(|t| t / 1_000_000).collect() };
        let (points, info) = (ms(&sent), ms(&found));
        prop_assert_eq!(info.len(), found.len());
        prop_assert!(info.is_subset(&points));
        for point in &points {
            for sample in points.iter().chain(&info) {
                // Where the one or the other begins and ends to be seen.
                for at in [*sample, sample - 1, sample + LOOK_BACK_MS - 1, sample + LOOK_BACK_MS] {
                    let seen = (*point..point + LOOK_BACK_MS).contains(&at);
                    prop_assert!(!seen || is_seen(&info, at), "{at}: {points:?}, {info:?}");
                }
            }
        }
    }
}
