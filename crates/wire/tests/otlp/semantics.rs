//! Protobuf's finer rules and what the tables promise, case by case.

use arrow::array::{Array, AsArray};
use arrow::datatypes::Int64Type;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{
    Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum, number_data_point,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use plimsoll_model::Table;
use plimsoll_model::batch::{Batch, RecordKind};
use plimsoll_wire::otlp::{Limits, decode};
use prost::Message;

use super::agree::{Verdict, WINDOW, agree};
use super::arbitrary::TIME;
use super::columns::Rows;

fn batch_of(kind: RecordKind, body: &[u8]) -> Batch {
    let decoded = decode(kind, body, &WINDOW, &Limits::default()).expect("decodable");
    assert_eq!((decoded.rejected, &*decoded.message), (0, ""));
    decoded.batch
}

fn table(batch: &Batch, wanted: Table) -> Rows<'_> {
    let found = batch.tables.iter().find(|(table, _)| *table == wanted);
    Rows(&found.unwrap_or_else(|| panic!("no {wanted:?}")).1)
}

fn text(key: &str, value: &str) -> KeyValue {
    let value = Some(Value::StringValue(value.to_owned()));
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value }), key_strindex: 0 }
}

fn resource(attributes: Vec<KeyValue>) -> Resource {
    Resource { attributes, ..Resource::default() }
}

fn span() -> Span {
    Span {
        trace_id: vec![1; 16],
        span_id: vec![2; 8],
        start_time_unix_nano: TIME,
        end_time_unix_nano: TIME,
        ..Span::default()
    }
}

fn length_delimited(field: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![field << 3 | 2];
    prost::encoding::encode_varint(payload.len() as u64, &mut bytes);
    bytes.extend_from_slice(payload);
    bytes
}

#[test]
fn an_empty_body_is_an_empty_request() {
    for kind in [RecordKind::OtlpTraces, RecordKind::OtlpLogs, RecordKind::OtlpMetrics] {
        assert!(batch_of(kind, b"").is_empty());
    }
}

#[test]
fn a_resource_in_two_parts_after_its_spans_is_one_resource() {
    let spans = ScopeSpans { spans: vec![span()], ..ScopeSpans::default() }.encode_to_vec();
    let mut group = length_delimited(2, &spans);
    group
        .extend(length_delimited(1, &resource(vec![text("service.name", "shop")]).encode_to_vec()));
    group.extend(length_delimited(1, &resource(vec![text("host.name", "a")]).encode_to_vec()));
    let body = length_delimited(1, &group);
    assert_eq!(agree(RecordKind::OtlpTraces, &body), Verdict::Same);
    let batch = batch_of(RecordKind::OtlpTraces, &body);
    let rows = table(&batch, Table::Spans);
    assert_eq!(rows.text("service_name", 0).as_deref(), Some("shop"));
    assert_eq!(rows.text("host_name", 0).as_deref(), Some("a"));
    let json = rows.dictionary("resource", 0);
    assert_eq!(json.as_deref(), Some(r#"{"service.name":"shop","host.name":"a"}"#));
}

#[test]
fn the_last_scalar_wins_and_embedded_messages_merge() {
    let mut bytes = Span { name: "first".to_owned(), ..span() }.encode_to_vec();
    bytes.extend(Span { name: "second".to_owned(), kind: 3, ..Span::default() }.encode_to_vec());
    let status = |code, message: &str| Status { code, message: message.to_owned() }.encode_to_vec();
    bytes.extend(length_delimited(15, &status(2, "why")));
    bytes.extend(length_delimited(15, &status(1, "")));
    let scope = length_delimited(2, &bytes);
    let body = length_delimited(1, &length_delimited(2, &scope));
    assert_eq!(agree(RecordKind::OtlpTraces, &body), Verdict::Same);
    let batch = batch_of(RecordKind::OtlpTraces, &body);
    let rows = table(&batch, Table::Spans);
    assert_eq!(rows.text("name", 0).as_deref(), Some("second"));
    assert_eq!(rows.int8("kind", 0), 3);
    assert_eq!(rows.int8("status_code", 0), 1);
    assert_eq!(rows.text("status_message", 0).as_deref(), Some("why"));
}

#[test]
fn only_the_first_promoted_attribute_of_the_right_type_has_the_column() {
    let int = |key: &str, value| KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue { value: Some(Value::IntValue(value)) }),
        key_strindex: 0,
    };
    let attributes = vec![
        int("http.route", 5),
        text("http.route", "/a"),
        text("http.route", "/b"),
        text("http.response.status_code", "200"),
        int("http.response.status_code", 404),
        int("http.response.status_code", 500),
    ];
    let scope_spans = vec![ScopeSpans {
        spans: vec![Span { attributes, ..span() }, span()],
        ..ScopeSpans::default()
    }];
    let resource_spans = vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }];
    let body = ExportTraceServiceRequest { resource_spans }.encode_to_vec();
    let batch = batch_of(RecordKind::OtlpTraces, &body);
    let rows = table(&batch, Table::Spans);
    assert_eq!(rows.text("http_route", 0).as_deref(), Some("/a"));
    assert_eq!(rows.int64("http_response_status_code", 0), Some(404));
    let strings = [("http.route", "/b"), ("http.response.status_code", "200")];
    assert_eq!(rows.string_map("attributes_string", 0), strings.map(|(k, v)| (k.into(), v.into())));
    assert_eq!(rows.text("http_route", 1), None);
    assert_eq!(rows.string_map("attributes_string", 1), []);
    assert_eq!(rows.text("service_name", 0).as_deref(), Some("unknown_service"));
}

#[test]
fn the_newer_environment_key_is_preferred() {
    let scope_spans = vec![ScopeSpans { spans: vec![span()], ..ScopeSpans::default() }];
    let keys = ["deployment.environment", "deployment.environment.name"];
    let resource = Some(resource(vec![text(keys[0], "old"), text(keys[1], "new")]));
    let resource_spans = vec![ResourceSpans { resource, scope_spans, ..ResourceSpans::default() }];
    let body = ExportTraceServiceRequest { resource_spans }.encode_to_vec();
    let batch = batch_of(RecordKind::OtlpTraces, &body);
    let environment = table(&batch, Table::Spans).text("deployment_environment", 0);
    assert_eq!(environment.as_deref(), Some("new"));
}

/// A request of one point; what differs is given.
fn point_of(name: &str, attributes: Vec<KeyValue>, value: number_data_point::Value) -> Vec<u8> {
    let point = NumberDataPoint {
        attributes,
        time_unix_nano: TIME,
        value: Some(value),
        ..NumberDataPoint::default()
    };
    let sum = Sum { data_points: vec![point], aggregation_temporality: 2, is_monotonic: true };
    let metric = Metric {
        name: name.to_owned(),
        unit: "{request}".to_owned(),
        data: Some(Data::Sum(sum)),
        ..Metric::default()
    };
    let scope = InstrumentationScope { name: "lib".to_owned(), ..InstrumentationScope::default() };
    let scope_metrics =
        ScopeMetrics { scope: Some(scope), metrics: vec![metric], ..ScopeMetrics::default() };
    let resource = Some(resource(vec![text("service.name", "shop")]));
    let resource_metrics = ResourceMetrics {
        resource,
        scope_metrics: vec![scope_metrics],
        ..ResourceMetrics::default()
    };
    ExportMetricsServiceRequest { resource_metrics: vec![resource_metrics] }.encode_to_vec()
}

fn series_id(body: &[u8]) -> i64 {
    let batch = batch_of(RecordKind::OtlpMetrics, body);
    table(&batch, Table::Series).int64("series_id", 0).expect("an id")
}

const ONE: number_data_point::Value = number_data_point::Value::AsInt(1);

/// Ids are on disk: they must never change. If this fails, the hash or its input did.
#[test]
fn series_ids_are_pinned() {
    let ids = [
        series_id(&point_of("http.server.requests", vec![], ONE)),
        series_id(&point_of("http.server.requests", vec![text("zone", "a")], ONE)),
        series_id(&point_of("queue", vec![text("b", "2"), text("a", "1")], ONE)),
    ];
    assert_eq!(ids, PINNED);
    assert_eq!(ids[0] >> 43, ids[1] >> 43, "series of one metric lie together");
}

const PINNED: [i64; 3] =
    [6_311_153_936_744_867_785, 6_311_152_923_691_217_983, 580_513_558_467_325_173];

/// The hash as `docs/format/tables.md` specifies it, written out once more.
#[test]
fn series_ids_are_as_documented() {
    let hash = |bytes: &[u8]| twox_hash::XxHash3_128::oneshot(bytes);
    let text = |text: &str| [&(text.len() as u32).to_le_bytes()[..], text.as_bytes()].concat();
    let string = |key: &str, value: &str| [text(key), vec![1], text(value)].concat();
    let resource = hash(&string("service.name", "shop"));
    let scope = hash(&[text("lib"), text("")].concat());
    let metric = [
        text("queue"),
        vec![7],
        text("{request}"),
        vec![2, 1],
        resource.to_le_bytes().to_vec(),
        scope.to_le_bytes().to_vec(),
    ];
    let series =
        [hash(&metric.concat()).to_le_bytes().to_vec(), string("a", "1"), string("b", "2")];
    let low = hash(&series.concat()) as u64 & ((1 << 43) - 1);
    let high = hash(b"queue") as u64 & ((1 << 20) - 1);
    assert_eq!(PINNED[2], (high << 43 | low) as i64);
}

#[test]
fn series_are_told_apart_by_type_of_value_and_not_by_order() {
    let ids = |attributes| series_id(&point_of("m", attributes, ONE));
    let ordered = ids(vec![text("a", "1"), text("b", "2")]);
    assert_eq!(ordered, ids(vec![text("b", "2"), text("a", "1")]));
    assert_ne!(ordered, ids(vec![text("a", "12"), text("b", "")]));
    let int = Some(AnyValue { value: Some(Value::IntValue(1)) });
    let int = KeyValue { key: "a".to_owned(), value: int, key_strindex: 0 };
    assert_ne!(ids(vec![text("a", "1")]), ids(vec![int]));
}

#[test]
fn integers_beyond_doubles_are_kept_exactly() {
    for (value, kept) in [
        (5, None),
        (1 << 53, None),
        ((1 << 53) + 1, Some((1 << 53) + 1)),
        (i64::MAX, Some(i64::MAX)),
        (i64::MIN, None),
    ] {
        let body = point_of("m", vec![], number_data_point::Value::AsInt(value));
        let batch = batch_of(RecordKind::OtlpMetrics, &body);
        let samples = table(&batch, Table::Samples);
        assert_eq!(samples.double("value", 0), Some(value as f64));
        assert_eq!(samples.int64("value_int", 0), kept, "{value}");
        assert!(table(&batch, Table::Series).bool("integer", 0));
    }
}

/// `AnyValue`s of every shape that a few bytes can have, where values occur.
#[test]
fn odd_values_get_the_same_answer() {
    const BYTES: [u8; 15] =
        [0x00, 0x01, 0x02, 0x05, 0x0a, 0x10, 0x18, 0x21, 0x2a, 0x32, 0x3a, 0x40, 0x7f, 0x80, 0xff];
    let span = span().encode_to_vec();
    let mut verdicts = [0; 3];
    for number in 0..BYTES.len().pow(4) {
        // All of up to three bytes, and some of four.
        let digit = |at: u32| number / BYTES.len().pow(at) % BYTES.len();
        let length = (0..4).rev().find(|&at| digit(at) > 0).map_or(0, |at| at as usize + 1);
        if length == 4 && number % 7 != 0 {
            continue;
        }
        let value: Vec<u8> = (0..length as u32).map(|at| BYTES[digit(at)]).collect();
        let pair = [length_delimited(1, b"k"), length_delimited(2, &value)].concat();
        let array = length_delimited(2, &length_delimited(5, &length_delimited(1, &value)));
        let nested = [length_delimited(1, b"k"), array].concat();
        let span =
            [span.clone(), length_delimited(9, &pair), length_delimited(9, &nested)].concat();
        let resource = length_delimited(1, &length_delimited(1, &pair));
        let scope = length_delimited(2, &length_delimited(2, &span));
        let body = length_delimited(1, &[resource, scope].concat());
        verdicts[match agree(RecordKind::OtlpTraces, &body) {
            Verdict::Same => 0,
            Verdict::Refused => 1,
            Verdict::Tolerated => 2,
        }] += 1;
    }
    assert!(verdicts[0] > 50 && verdicts[1] > 1000, "{verdicts:?}");
}

/// What is decoded and then not kept must be well formed too.
#[test]
fn broken_framing_in_what_is_not_kept_is_refused() {
    let group = [10 << 3 | 4];
    let text = length_delimited(1, b"x");
    for kind in [5, 6] {
        let nested = length_delimited(kind, &length_delimited(1, &group));
        for list in
            [length_delimited(kind, &group), length_delimited(5, &length_delimited(1, &nested))]
        {
            let value = length_delimited(2, &[list, text.clone()].concat());
            let resource = length_delimited(1, &length_delimited(1, &value));
            let body = length_delimited(1, &resource);
            assert_eq!(agree(RecordKind::OtlpTraces, &body), Verdict::Refused, "{body:x?}");
        }
    }
    let metric = length_delimited(12, &length_delimited(2, &length_delimited(5, &group)));
    let body = length_delimited(1, &length_delimited(2, &length_delimited(2, &metric)));
    assert_eq!(agree(RecordKind::OtlpMetrics, &body), Verdict::Refused);
    // A histogram that a summary takes the place of.
    for data in [group.to_vec(), length_delimited(1, &group)] {
        let metric = [length_delimited(9, &data), length_delimited(11, &[])].concat();
        let body = length_delimited(1, &length_delimited(2, &length_delimited(2, &metric)));
        assert_eq!(agree(RecordKind::OtlpMetrics, &body), Verdict::Refused, "{body:x?}");
    }
}

/// Buffers of absent columns must not be larger than they need to be.
#[test]
fn absent_columns_are_null() {
    let scope_spans = vec![ScopeSpans { spans: vec![span(); 1000], ..ScopeSpans::default() }];
    let resource_spans = vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }];
    let body = ExportTraceServiceRequest { resource_spans }.encode_to_vec();
    let batch = batch_of(RecordKind::OtlpTraces, &body);
    let spans = table(&batch, Table::Spans).0;
    let port = spans.column_by_name("server_port").expect("it exists");
    assert_eq!(port.as_primitive::<Int64Type>().null_count(), 1000);
    assert!(batch.bytes() < 1000 * 480, "{}", batch.bytes());
}
