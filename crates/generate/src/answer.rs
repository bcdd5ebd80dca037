//! What became of a request, read from the server's answer.
//!
//! Invariant: `Refused` only where the server said that it did not take the batch, and `NotSent`
//! only where no byte of it can have been processed; everything doubtful is `Unknown`. A batch is
//! therefore sent again without the danger of being stored twice.

use std::time::Duration;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::protobuf::{Value, fields};

/// Texts of servers are cut to this many bytes before they are kept.
const MESSAGE_BYTES_MAX: usize = 300;

/// What became of one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Taken, but for `rejected` items.
    Accepted { rejected: u64, message: String, wire_bytes: u64 },
    /// Not taken.
    Refused { status: String, message: String, retry: Option<Again> },
    /// Sent, and then nothing, or nothing clear, was heard.
    Unknown { reason: String },
    /// Nothing was sent.
    NotSent { reason: String },
}

/// The server invites to try again, perhaps after a delay of its choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Again {
    pub(crate) delay: Option<Duration>,
}

/// Reads an answer of OTLP/HTTP.
pub(crate) fn from_http(
    status: u16,
    retry_after: Option<&str>,
    body: &[u8],
    wire_bytes: u64,
) -> Answer {
    if (200..300).contains(&status) {
        return accepted(body, wire_bytes);
    }
    let (message, info) = read_status(body);
    let asked =
        retry_after.and_then(|text| text.trim().parse().ok()).map(Duration::from_secs).max(info);
    let named = format!("HTTP {status}");
    match status {
        429 | 503 => {
            Answer::Refused { status: named, message, retry: Some(Again { delay: asked }) }
        }
        408 | 500.. => Answer::Unknown { reason: join(&named, &message) },
        _ => Answer::Refused { status: named, message, retry: None },
    }
}

/// Reads an answer of OTLP/gRPC. `message` is `grpc-message` as sent, `details` is
/// `grpc-status-details-bin`, `body` the first message of the body without its frame.
pub(crate) fn from_grpc(
    code: u32,
    message: &str,
    details: Option<&[u8]>,
    body: &[u8],
    wire_bytes: u64,
) -> Answer {
    let named = || format!("gRPC {code} {}", grpc_name(code));
    let message = cut(&percent_decode(message));
    let info = details.and_then(decode_base64).and_then(|bytes| read_status(&bytes).1);
    match code {
        0 => accepted(body, wire_bytes),
        // OTLP: RESOURCE_EXHAUSTED may be tried again only if the server says when.
        8 => {
            let retry = info.map(|delay| Again { delay: Some(delay) });
            Answer::Refused { status: named(), message, retry }
        }
        14 => Answer::Refused { status: named(), message, retry: Some(Again { delay: info }) },
        3 | 5 | 6 | 7 | 9 | 12 | 16 => Answer::Refused { status: named(), message, retry: None },
        _ => Answer::Unknown { reason: join(&named(), &message) },
    }
}

/// `Export*ServiceResponse`: alike for the three signals.
fn accepted(body: &[u8], wire_bytes: u64) -> Answer {
    let (mut rejected, mut message) = (0, String::new());
    for (field, value) in fields(body) {
        let (1, Value::Bytes(partial)) = (field, value) else { continue };
        for part in fields(partial) {
            match part {
                (1, Value::Number(number)) => rejected = number,
                (2, Value::Bytes(text)) => message = cut(&String::from_utf8_lossy(text)),
                _ => {}
            }
        }
    }
    Answer::Accepted { rejected, message, wire_bytes }
}

/// Message and retry delay of a `google.rpc.Status`.
fn read_status(bytes: &[u8]) -> (String, Option<Duration>) {
    let (mut message, mut delay) = (String::new(), None);
    for part in fields(bytes) {
        match part {
            (2, Value::Bytes(text)) => message = cut(&String::from_utf8_lossy(text)),
            (3, Value::Bytes(detail)) => delay = delay.or(read_retry_info(detail)),
            _ => {}
        }
    }
    (message, delay)
}

fn read_retry_info(any: &[u8]) -> Option<Duration> {
    let bytes_of = |message, wanted| {
        fields(message).find_map(|(field, value)| match value {
            Value::Bytes(bytes) if field == wanted => Some(bytes),
            _ => None,
        })
    };
    if !bytes_of(any, 1)?.ends_with(b"google.rpc.RetryInfo") {
        return None;
    }
    let duration = bytes_of(bytes_of(any, 2)?, 1)?;
    let number_of = |wanted| {
        fields(duration).find_map(|(field, value)| match value {
            Value::Number(number) if field == wanted => Some(number),
            _ => None,
        })
    };
    let nanos = number_of(2).unwrap_or(0).min(999_999_999) as u32;
    Some(Duration::new(number_of(1).unwrap_or(0).min(i64::MAX as u64), nanos))
}

fn decode_base64(text: &[u8]) -> Option<Vec<u8>> {
    // gRPC allows both, with padding and without.
    let lenient =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    GeneralPurpose::new(&STANDARD, lenient).decode(text).ok()
}

/// gRPC's percent encoding of messages.
fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let coded = bytes.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        let byte = coded
            .and_then(|pair| std::str::from_utf8(pair).ok())
            .and_then(|pair| u8::from_str_radix(pair, 16).ok());
        out.push(byte.unwrap_or(bytes[at]));
        at += if byte.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn cut(text: &str) -> String {
    let mut end = text.len().min(MESSAGE_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].replace(|c: char| c.is_control(), " ")
}

fn join(status: &str, message: &str) -> String {
    if message.is_empty() { status.to_owned() } else { format!("{status}: {message}") }
}

fn grpc_name(code: u32) -> &'static str {
    const NAMES: [&str; 17] = [
        "OK",
        "CANCELLED",
        "UNKNOWN",
        "INVALID_ARGUMENT",
        "DEADLINE_EXCEEDED",
        "NOT_FOUND",
        "ALREADY_EXISTS",
        "PERMISSION_DENIED",
        "RESOURCE_EXHAUSTED",
        "FAILED_PRECONDITION",
        "ABORTED",
        "OUT_OF_RANGE",
        "UNIMPLEMENTED",
        "INTERNAL",
        "UNAVAILABLE",
        "DATA_LOSS",
        "UNAUTHENTICATED",
    ];
    NAMES.get(code as usize).copied().unwrap_or("unheard of")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protobuf::Message;

    fn status_with_delay(seconds: u64, nanos: u64) -> Vec<u8> {
        let (mut duration, mut info) = (Message::default(), Message::default());
        duration.varint(1, seconds).varint(2, nanos);
        info.message(1, &duration);
        let (mut any, mut status) = (Message::default(), Message::default());
        any.text(1, "type.googleapis.com/google.rpc.RetryInfo").message(2, &info);
        status.varint(1, 8).text(2, "memory is spent").message(3, &any);
        status.bytes
    }

    fn retry_of(answer: &Answer) -> Option<Option<Duration>> {
        match answer {
            Answer::Refused { retry, .. } => retry.map(|again| again.delay),
            _ => panic!("not refused: {answer:?}"),
        }
    }

    #[test]
    fn partial_success_is_read() {
        let (mut partial, mut response) = (Message::default(), Message::default());
        partial.varint(1, 3).text(2, "bad ids");
        response.message(1, &partial);
        let expected =
            Answer::Accepted { rejected: 3, message: "bad ids".to_owned(), wire_bytes: 9 };
        assert_eq!(from_http(200, None, &response.bytes, 9), expected);
        assert_eq!(from_grpc(0, "", None, &response.bytes, 9), expected);
        let all = Answer::Accepted { rejected: 0, message: String::new(), wire_bytes: 1 };
        assert_eq!(from_http(200, None, b"", 1), all);
    }

    #[test]
    fn http_refusals_are_told_apart() {
        let body = status_with_delay(2, 500_000_000);
        let delay = Some(Duration::from_millis(2_500));
        assert_eq!(retry_of(&from_http(503, None, &body, 0)), Some(delay));
        assert_eq!(retry_of(&from_http(503, Some("2"), &body, 0)), Some(delay));
        assert_eq!(
            retry_of(&from_http(429, Some("7"), b"", 0)),
            Some(Some(Duration::from_secs(7)))
        );
        assert_eq!(retry_of(&from_http(429, Some("later"), b"no protobuf", 0)), Some(None));
        for status in [400, 401, 403, 404, 413, 415, 301] {
            assert_eq!(retry_of(&from_http(status, Some("1"), b"", 0)), None);
        }
        for status in [408, 500, 502, 504] {
            assert!(matches!(from_http(status, None, b"", 0), Answer::Unknown { .. }));
        }
    }

    #[test]
    fn grpc_refusals_are_told_apart() {
        let details = status_with_delay(1, 0);
        for padding in [true, false] {
            let mut text = base64::prelude::BASE64_STANDARD.encode(&details);
            if !padding {
                text = text.trim_end_matches('=').to_owned();
            }
            let answer = from_grpc(8, "spent%20all%21", Some(text.as_bytes()), b"", 0);
            assert_eq!(retry_of(&answer), Some(Some(Duration::from_secs(1))));
            assert!(matches!(answer, Answer::Refused { message, .. } if message == "spent all!"));
        }
        assert_eq!(retry_of(&from_grpc(8, "", None, b"", 0)), None);
        assert_eq!(retry_of(&from_grpc(14, "", None, b"", 0)), Some(None));
        assert_eq!(retry_of(&from_grpc(3, "", None, b"", 0)), None);
        for code in [1, 2, 4, 10, 13, 15, 99] {
            assert!(matches!(from_grpc(code, "", None, b"", 0), Answer::Unknown { .. }));
        }
    }

    #[test]
    fn texts_of_the_server_are_bounded_and_harmless() {
        let long = "ü".repeat(1_000) + "\u{1b}[31m";
        let Answer::Refused { message, .. } = from_grpc(3, &long, None, b"", 0) else { panic!() };
        assert!(message.len() <= MESSAGE_BYTES_MAX);
        assert!(!cut("a\u{1b}[31m\n").contains(['\u{1b}', '\n']));
        assert_eq!(percent_decode("100%"), "100%");
    }
}
