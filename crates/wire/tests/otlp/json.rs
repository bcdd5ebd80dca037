//! OTLP/JSON: the reference's own JSON gives the same messages; what the specification allows
//! beyond it, and what is refused.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point;
use plimsoll_model::batch::RecordKind;
use plimsoll_wire::otlp::{Limits, json_to_protobuf};
use proptest::prelude::*;
use prost::Message;
use serde_json::json;

use super::agree::agree;
use super::arbitrary;

fn transcode<M: Message + Default>(kind: RecordKind, text: &str) -> M {
    let bytes = json_to_protobuf(kind, text.as_bytes(), &Limits::default())
        .unwrap_or_else(|error| panic!("{error}\n{text}"));
    M::decode(&bytes[..]).expect("valid protobuf")
}

/// The keys as the protobuf files spell them.
fn snake_case(value: serde_json::Value) -> serde_json::Value {
    match value {
        serde_json::Value::Object(members) => {
            let snake = |key: String| {
                key.chars().fold(String::new(), |mut name, letter| {
                    if letter.is_ascii_uppercase() {
                        name.push('_');
                    }
                    name.push(letter.to_ascii_lowercase());
                    name
                })
            };
            members.into_iter().map(|(key, value)| (snake(key), snake_case(value))).collect()
        }
        serde_json::Value::Array(list) => list.into_iter().map(snake_case).collect(),
        other => other,
    }
}

fn check<M>(kind: RecordKind, request: &M)
where
    M: Message + Default + PartialEq + serde::Serialize + std::fmt::Debug,
{
    let text = serde_json::to_string(request).expect("the reference writes JSON");
    assert_eq!(&transcode::<M>(kind, &text), request, "{text}");
    let snake = snake_case(serde_json::from_str(&text).expect("valid JSON")).to_string();
    assert_eq!(&transcode::<M>(kind, &snake), request, "{snake}");
    let bytes = json_to_protobuf(kind, text.as_bytes(), &Limits::default()).expect("valid");
    agree(kind, &bytes);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn traces_in_json_are_the_same(request in arbitrary::finite(arbitrary::traces)) {
        check(RecordKind::OtlpTraces, &request);
    }

    #[test]
    fn logs_in_json_are_the_same(request in arbitrary::finite(arbitrary::logs)) {
        check(RecordKind::OtlpLogs, &request);
    }

    #[test]
    fn metrics_in_json_are_the_same(request in arbitrary::finite(arbitrary::metrics)) {
        check(RecordKind::OtlpMetrics, &request);
    }

    #[test]
    fn arbitrary_text_never_panics(text in ".{0,60}", at in any::<prop::sample::Index>()) {
        let limits = Limits::default();
        let _ = json_to_protobuf(RecordKind::OtlpTraces, text.as_bytes(), &limits);
        // The same inside a valid request.
        let whole = SPAN_EXAMPLE;
        let at = at.index(whole.len());
        let cut = (0..=at).rev().find(|at| whole.is_char_boundary(*at)).unwrap_or(0);
        let body = format!("{}{text}{}", &whole[..cut], &whole[cut..]);
        if let Ok(bytes) = json_to_protobuf(RecordKind::OtlpTraces, body.as_bytes(), &limits) {
            prop_assert!(ExportTraceServiceRequest::decode(&bytes[..]).is_ok());
        }
    }
}

const SPAN_EXAMPLE: &str = r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name",
    "value":{"stringValue":"shop"}}]},"scopeSpans":[{"spans":[{"traceId":"5b8efff798038103d269b633813fc60c",
    "spanId":"eee19b7ec3c1b174","name":"I'm a server span","kind":2,
    "startTimeUnixNano":"1763800000000000000","endTimeUnixNano":1763800001000000000,
    "attributes":[{"key":"n","value":{"intValue":"5"}}],"events":[],"links":null}]}]}]}"#;

#[test]
fn the_specifications_freedoms_are_taken() {
    let text =
        json!({ "resourceSpans": [{ "scopeSpans": [{ "unknown": [{ "deep": [1, 2] }], "spans": [{
            "traceId": "5B8EFFF798038103D269B633813FC60C",
            "spanId": "eee19b7ec3c1b174",
            "parentSpanId": "",
            "kind": "SPAN_KIND_CLIENT",
            "startTimeUnixNano": 1_763_800_000_000_000_000_u64,
            "endTimeUnixNano": "1763800000000000001",
            "flags": 257.0,
            "droppedAttributesCount": "3",
            "status": { "code": "STATUS_CODE_ERROR", "message": null },
            "attributes": [
                { "key": "int", "value": { "intValue": -7 } },
                { "key": "double", "value": { "doubleValue": "NaN" } },
                { "key": "whole", "value": { "doubleValue": 3 } },
                { "key": "text", "value": { "doubleValue": "1.5e3" } },
                { "key": "url", "value": { "bytesValue": "-_8" } },
                { "key": "usual", "value": { "bytesValue": "+/8=" } },
                { "key": "empty", "value": {} },
                { "key": "none", "value": null },
                { "key": "unknown", "value": { "dateValue": "2026-01-01" } },
            ],
        }]}]}]})
        .to_string();
    let request: ExportTraceServiceRequest = transcode(RecordKind::OtlpTraces, &text);
    let span = &request.resource_spans[0].scope_spans[0].spans[0];
    assert_eq!(span.trace_id[..3], [0x5b, 0x8e, 0xff]);
    assert_eq!((span.kind, span.flags, span.dropped_attributes_count), (3, 257, 3));
    assert_eq!(span.start_time_unix_nano, 1_763_800_000_000_000_000);
    assert_eq!(span.end_time_unix_nano, 1_763_800_000_000_000_001);
    assert_eq!(span.status.as_ref().map(|status| status.code), Some(2));
    let values: Vec<_> = (span.attributes.iter())
        .map(|pair| pair.value.clone().and_then(|value| value.value))
        .collect();
    assert_eq!(values[0], Some(Value::IntValue(-7)));
    assert!(matches!(values[1], Some(Value::DoubleValue(value)) if value.is_nan()));
    assert_eq!(values[2], Some(Value::DoubleValue(3.0)));
    assert_eq!(values[3], Some(Value::DoubleValue(1500.0)));
    assert_eq!(values[4], Some(Value::BytesValue(vec![0xfb, 0xff])));
    assert_eq!(values[5], Some(Value::BytesValue(vec![0xfb, 0xff])));
    assert_eq!(values[6..], [None, None, None]);
}

#[test]
fn numbers_of_every_width_survive() {
    let text = json!({ "resourceMetrics": [{ "scopeMetrics": [{ "metrics": [
        { "name": "m", "exponentialHistogram": {
            "aggregationTemporality": "AGGREGATION_TEMPORALITY_DELTA",
            "dataPoints": [{
                "count": "18446744073709551615", "scale": -10, "zeroThreshold": 1e-300,
                "positive": { "offset": "-2147483648", "bucketCounts": ["1", 18_446_744_073_709_551_615_u64, 0] },
            }],
        }},
        { "name": "s", "sum": { "isMonotonic": true, "dataPoints": [
            { "asInt": "-9223372036854775808" }, { "asDouble": "-Infinity" },
        ]}},
    ]}]}]})
    .to_string();
    let request: ExportMetricsServiceRequest = transcode(RecordKind::OtlpMetrics, &text);
    let metrics = &request.resource_metrics[0].scope_metrics[0].metrics;
    let Some(Data::ExponentialHistogram(histogram)) = &metrics[0].data else {
        panic!("a histogram")
    };
    let point = &histogram.data_points[0];
    assert_eq!((point.count, point.scale, point.zero_threshold), (u64::MAX, -10, 1e-300));
    let positive = point.positive.clone().expect("buckets");
    assert_eq!((positive.offset, positive.bucket_counts), (i32::MIN, vec![1, u64::MAX, 0]));
    let Some(Data::Sum(sum)) = &metrics[1].data else { panic!("a sum") };
    assert!(sum.is_monotonic);
    assert_eq!(sum.data_points[0].value, Some(number_data_point::Value::AsInt(i64::MIN)));
    let infinite = number_data_point::Value::AsDouble(f64::NEG_INFINITY);
    assert_eq!(sum.data_points[1].value, Some(infinite));
}

fn error_of(kind: RecordKind, text: &str) -> String {
    json_to_protobuf(kind, text.as_bytes(), &Limits::default()).expect_err("an error").to_string()
}

#[test]
fn errors_name_line_column_and_field() {
    let span = |fields: &str| {
        format!(
            "{{\"resourceSpans\":[{{\"scopeSpans\":[{{\"spans\":[\n{{}},\n{{{fields}}}]}}]}}]}}"
        )
    };
    for (text, expected) in [
        (
            span(r#""traceId":"xyz""#),
            "line 3, column 16, in resourceSpans[0].scopeSpans[0].spans[1].traceId: expected hexadecimal digits, two a byte, found \"xyz\"",
        ),
        (
            span(r#""name":5"#),
            "line 3, column 9, in resourceSpans[0].scopeSpans[0].spans[1].name: expected a string, found 5",
        ),
        (
            span(r#""kind":"SERVER""#),
            "line 3, column 16, in resourceSpans[0].scopeSpans[0].spans[1].kind: expected a number or a name such as SPAN_KIND_UNSPECIFIED, found \"SERVER\"",
        ),
        (
            span(r#""startTimeUnixNano":-1"#),
            "line 3, column 23, in resourceSpans[0].scopeSpans[0].spans[1].startTimeUnixNano: expected 0 to 18446744073709551615, found -1",
        ),
        (
            span(r#""flags":1.5"#),
            "line 3, column 12, in resourceSpans[0].scopeSpans[0].spans[1].flags: expected an integer, as a number or a string, found 1.5",
        ),
        (
            span(r#""events":[{"name":"x"},null]"#),
            "line 3, column 28, in resourceSpans[0].scopeSpans[0].spans[1].events[1]: expected an object (Event), found null",
        ),
        (
            span(r#""status":[]"#),
            "line 3, column 12, in resourceSpans[0].scopeSpans[0].spans[1].status: expected an object (Status), found an array",
        ),
        (
            "[]".to_owned(),
            "line 1, column 0: invalid type: sequence, expected an object (ExportTraceServiceRequest)",
        ),
        (String::new(), "line 1, column 0: EOF while parsing a value"),
        ("{} {}".to_owned(), "line 1, column 4: trailing characters"),
    ] {
        let error = error_of(RecordKind::OtlpTraces, &text);
        assert_eq!(error, format!("cannot read OTLP/JSON at {expected}"), "{text}");
    }
}

#[test]
fn an_empty_object_is_an_empty_request() {
    for kind in [RecordKind::OtlpTraces, RecordKind::OtlpLogs, RecordKind::OtlpMetrics] {
        let bytes = json_to_protobuf(kind, b" {} ", &Limits::default()).expect("valid");
        assert!(bytes.is_empty());
    }
}

#[test]
fn nesting_and_size_are_bounded() {
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    // Unknown values are skipped without recursion.
    let text = format!("{{\"unknown\":{deep}}}");
    let bytes = json_to_protobuf(RecordKind::OtlpLogs, text.as_bytes(), &Limits::default());
    assert_eq!(bytes, Ok(Vec::new()));
    let error = error_of(RecordKind::OtlpLogs, &format!("{{\"resourceLogs\":{deep}}}"));
    assert!(error.ends_with("expected an object (ResourceLogs), found an array"), "{error}");
    let arrays = "{\"arrayValue\":{\"values\":[".repeat(10_000);
    let error = error_of(
        RecordKind::OtlpLogs,
        &format!("{{\"resourceLogs\":[{{\"scopeLogs\":[{{\"logRecords\":[{{\"body\":{arrays}"),
    );
    assert!(error.ends_with("recursion limit exceeded"), "{error}");
    let limits = Limits { body_bytes_max: 10, ..Limits::default() };
    let error = json_to_protobuf(RecordKind::OtlpLogs, b"{         }", &limits).expect_err("long");
    assert!(error.to_string().contains("it has 11 bytes, at most 10 are taken"), "{error}");
}

#[test]
fn long_messages_get_their_lengths_right() {
    let body = "é".repeat(200_000);
    let text = json!({ "resourceLogs": [{ "scopeLogs": [{ "logRecords": [
        { "body": { "stringValue": body } }, { "severityText": "after" },
    ]}]}]})
    .to_string();
    let request: ExportLogsServiceRequest = transcode(RecordKind::OtlpLogs, &text);
    let records = &request.resource_logs[0].scope_logs[0].log_records;
    let value = records[0].body.clone().and_then(|body| body.value);
    assert_eq!(value, Some(Value::StringValue(body)));
    assert_eq!(records[1].severity_text, "after");
}
