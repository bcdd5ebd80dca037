//! Answers, read with the reference types.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceResponse;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceResponse;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use plimsoll_model::batch::RecordKind;
use plimsoll_wire::otlp::{encode_response, encode_response_json, encode_status};
use prost::Message;

#[test]
fn partial_success_is_understood() {
    let bytes = encode_response(RecordKind::OtlpTraces, 300, "too old");
    let answer = ExportTraceServiceResponse::decode(&bytes[..]).expect("valid");
    let partial = answer.partial_success.expect("it is set");
    assert_eq!((partial.rejected_spans, &*partial.error_message), (300, "too old"));

    let bytes = encode_response(RecordKind::OtlpLogs, 1, "");
    let answer = ExportLogsServiceResponse::decode(&bytes[..]).expect("valid");
    assert_eq!(answer.partial_success.expect("it is set").rejected_log_records, 1);

    let bytes = encode_response(RecordKind::OtlpMetrics, 0, "a warning");
    let answer = ExportMetricsServiceResponse::decode(&bytes[..]).expect("valid");
    let partial = answer.partial_success.expect("it is set");
    assert_eq!((partial.rejected_data_points, &*partial.error_message), (0, "a warning"));
}

#[test]
fn full_success_says_nothing() {
    for kind in [RecordKind::OtlpTraces, RecordKind::OtlpLogs, RecordKind::OtlpMetrics] {
        assert!(encode_response(kind, 0, "").is_empty());
        assert_eq!(encode_response_json(kind, 0, ""), "{}");
    }
}

#[test]
fn json_answers_use_the_reference_spelling() {
    let text = encode_response_json(RecordKind::OtlpMetrics, 3, "say \"why\"");
    let value: serde_json::Value = serde_json::from_str(&text).expect("valid JSON");
    assert_eq!(
        value,
        serde_json::json!({ "partialSuccess": {
            "rejectedDataPoints": "3", "errorMessage": "say \"why\"",
        }})
    );
    let text = encode_response_json(RecordKind::OtlpTraces, 1, "");
    assert_eq!(text, r#"{"partialSuccess":{"rejectedSpans":"1"}}"#);
    let text = encode_response_json(RecordKind::OtlpLogs, 1, "");
    assert_eq!(text, r#"{"partialSuccess":{"rejectedLogRecords":"1"}}"#);
}

/// `google.rpc.Status` and what it may hold, as prost would generate them.
#[derive(Clone, PartialEq, Message)]
struct Status {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<Any>,
}

#[derive(Clone, PartialEq, Message)]
struct Any {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    value: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    retry_delay: Option<Duration>,
}

#[derive(Clone, PartialEq, Message)]
struct Duration {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

#[test]
fn statuses_carry_the_retry_delay() {
    for delay_ms in [0, 1, 999, 1_500, 60_000, 86_400_000] {
        let bytes = encode_status(8, "memory is spent", Some(delay_ms));
        let status = Status::decode(&bytes[..]).expect("valid");
        assert_eq!((status.code, &*status.message), (8, "memory is spent"));
        assert_eq!(status.details[0].type_url, "type.googleapis.com/google.rpc.RetryInfo");
        let info = RetryInfo::decode(&status.details[0].value[..]).expect("valid");
        let delay = info.retry_delay.expect("it is set");
        assert_eq!(delay.seconds as u64 * 1_000 + delay.nanos as u64 / 1_000_000, delay_ms);
    }
    let status = Status::decode(&encode_status(3, "no", None)[..]).expect("valid");
    assert_eq!((status.code, status.details.len()), (3, 0));
}
