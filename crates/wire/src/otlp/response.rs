//! Answers: export responses and error statuses, in protobuf and JSON.

use plimsoll_model::batch::RecordKind;
use serde_json::{Value, json};

fn write_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn write_varint_field(out: &mut Vec<u8>, field: u64, value: u64) {
    if value != 0 {
        write_varint(out, field << 3);
        write_varint(out, value);
    }
}

fn write_bytes_field(out: &mut Vec<u8>, field: u64, value: &[u8]) {
    if !value.is_empty() {
        write_varint(out, field << 3 | 2);
        write_varint(out, value.len() as u64);
        out.extend_from_slice(value);
    }
}

/// The export response of this kind, protobuf. Empty where nothing was rejected and there is
/// nothing to say, which is full success.
#[must_use]
pub fn encode_response(_kind: RecordKind, rejected: u64, message: &str) -> Vec<u8> {
    let mut partial_success = Vec::new();
    write_varint_field(&mut partial_success, 1, rejected);
    write_bytes_field(&mut partial_success, 2, message.as_bytes());
    let mut response = Vec::new();
    write_bytes_field(&mut response, 1, &partial_success);
    response
}

/// The same as OTLP/JSON.
#[must_use]
pub fn encode_response_json(kind: RecordKind, rejected: u64, message: &str) -> String {
    if rejected == 0 && message.is_empty() {
        return "{}".to_owned();
    }
    let counter = match kind {
        RecordKind::OtlpTraces => "rejectedSpans",
        RecordKind::OtlpMetrics | RecordKind::Columns => "rejectedDataPoints",
        RecordKind::OtlpLogs => "rejectedLogRecords",
    };
    let mut partial_success = serde_json::Map::new();
    if rejected > 0 {
        // 64-bit integers are strings in protobuf's JSON.
        partial_success.insert(counter.to_owned(), Value::String(rejected.to_string()));
    }
    if !message.is_empty() {
        partial_success.insert("errorMessage".to_owned(), Value::String(message.to_owned()));
    }
    json!({ "partialSuccess": partial_success }).to_string()
}

/// A `google.rpc.Status`, protobuf, with a `google.rpc.RetryInfo` where a retry may succeed: the
/// body of an HTTP error, and the value of `grpc-status-details-bin` before its base64.
#[must_use]
pub fn encode_status(grpc_code: i32, message: &str, retry_delay_ms: Option<u64>) -> Vec<u8> {
    let mut status = Vec::new();
    write_varint_field(&mut status, 1, i64::from(grpc_code) as u64);
    write_bytes_field(&mut status, 2, message.as_bytes());
    if let Some(delay_ms) = retry_delay_ms {
        let mut duration = Vec::new();
        write_varint_field(&mut duration, 1, delay_ms / 1_000);
        write_varint_field(&mut duration, 2, delay_ms % 1_000 * 1_000_000);
        let mut retry_info = vec![0x0a];
        write_varint(&mut retry_info, duration.len() as u64);
        retry_info.extend_from_slice(&duration);
        let mut any = Vec::new();
        write_bytes_field(&mut any, 1, b"type.googleapis.com/google.rpc.RetryInfo");
        write_bytes_field(&mut any, 2, &retry_info);
        write_bytes_field(&mut status, 3, &any);
    }
    status
}
