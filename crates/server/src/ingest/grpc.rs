//! OTLP/gRPC: unary calls framed by hand over HTTP/2 (docs/adr/0005-ingest-without-tonic.md).
//!
//! One message: a byte of flags (1: compressed as `grpc-encoding` says), four bytes of length, the
//! message. The status is in the trailers, or in the headers where there is no message.
//! <https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>
//!
//! Invariants: every answer has HTTP status 200 and a `grpc-status`; the declared length is checked
//! before a byte of the message is read; exactly one message is accepted.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request, Response, Version, header};
use bytes::{BufMut, Bytes, BytesMut};
use futures::stream;
use http_body::Frame;
use http_body_util::StreamBody;
use plimsoll_model::ErrorCode;
use plimsoll_model::batch::RecordKind;
use plimsoll_wire::otlp;

use super::body::Reader;
use super::http::status_message;
use super::inflate::{Encoding, too_large};
use super::pipeline::{Accepted, Format, Ingest};
use crate::problem::{Problem, grpc_status};

/// The methods offered, as gRPC paths.
pub(crate) const METHODS: [(&str, RecordKind); 3] = [
    ("/opentelemetry.proto.collector.trace.v1.TraceService/Export", RecordKind::OtlpTraces),
    ("/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", RecordKind::OtlpMetrics),
    ("/opentelemetry.proto.collector.logs.v1.LogsService/Export", RecordKind::OtlpLogs),
];

const PREFIX_BYTES: usize = 5;
const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");
const GRPC_MESSAGE: HeaderName = HeaderName::from_static("grpc-message");
const GRPC_DETAILS: HeaderName = HeaderName::from_static("grpc-status-details-bin");
const GRPC_ENCODING: HeaderName = HeaderName::from_static("grpc-encoding");
const GRPC_ACCEPT_ENCODING: HeaderName = HeaderName::from_static("grpc-accept-encoding");

/// Whether a request speaks gRPC.
pub(crate) fn is_grpc(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|value| {
        let value = value.as_bytes();
        let essence = value.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
        essence.eq_ignore_ascii_case(b"application/grpc")
            || essence.eq_ignore_ascii_case(b"application/grpc+proto")
    })
}

/// Takes one call; refusals are for [`answer_problem`].
pub(crate) async fn export(
    ingest: Arc<Ingest>,
    kind: RecordKind,
    request: Request<Body>,
) -> Result<Response<Body>, Problem> {
    let (head, body) = request.into_parts();
    let mut reader = Reader::new(body, ingest.read_charge(), ingest.body_timeout());
    let encoding = match read_message(&ingest, &head.headers, head.version, &mut reader).await {
        Ok(encoding) => encoding,
        Err(problem) => {
            ingest.refused(kind, &problem);
            return Err(problem);
        }
    };
    let received = reader.finish(PREFIX_BYTES);
    let accepted = ingest.accept(kind, encoding, Format::Protobuf, received).await?;
    Ok(answer(kind, &accepted))
}

/// Reads the one message of a unary call; answers how it is compressed.
async fn read_message(
    ingest: &Ingest,
    headers: &HeaderMap,
    version: Version,
    reader: &mut Reader,
) -> Result<Encoding, Problem> {
    if version < Version::HTTP_2 {
        let detail = "gRPC needs HTTP/2, this request came over HTTP/1";
        return Err(Problem::new(ErrorCode::UnsupportedMediaType, detail).hint(
            "use a gRPC client, or OTLP/HTTP with OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
        ));
    }
    let declared = Encoding::parse(headers.get(GRPC_ENCODING).map(HeaderValue::as_bytes))?;
    if !reader.read_at_least(PREFIX_BYTES).await? {
        return Err(framing(format!(
            "the call ended after {} bytes, expected a message prefix of {PREFIX_BYTES}",
            reader.bytes().len()
        )));
    }
    let (flag, length) = prefix(reader.bytes());
    let encoding = match (flag, declared) {
        (0, _) => Encoding::Identity,
        (1, Encoding::Identity) => {
            let detail =
                "the message is flagged as compressed, but grpc-encoding names no encoding";
            return Err(framing(detail.to_owned()));
        }
        (1, declared) => declared,
        (other, _) => {
            return Err(framing(format!(
                "the message's compression flag is {other}, expected 0 or 1"
            )));
        }
    };
    let bytes_max = ingest.sent_bytes_max(encoding);
    if length > bytes_max {
        return Err(too_large(bytes_max));
    }
    if !reader.read_at_least(PREFIX_BYTES + length).await? {
        return Err(framing(format!(
            "the call ended after {} of {length} bytes of its message",
            reader.bytes().len() - PREFIX_BYTES
        )));
    }
    // A unary call ends with its message.
    if reader.read_at_least(PREFIX_BYTES + length + 1).await? {
        return Err(framing("more bytes follow the one message of a unary call".to_owned()));
    }
    Ok(encoding)
}

fn prefix(bytes: &[u8]) -> (u8, usize) {
    let length = u32::from_be_bytes([bytes[1], bytes[2], bytes[3], bytes[4]]);
    (bytes[0], length as usize)
}

fn framing(detail: String) -> Problem {
    Problem::new(ErrorCode::InvalidArgument, detail).location("gRPC message framing")
}

fn answer(kind: RecordKind, accepted: &Accepted) -> Response<Body> {
    let message = otlp::encode_response(kind, accepted.rejected, &accepted.message);
    let mut frame = BytesMut::with_capacity(PREFIX_BYTES + message.len());
    frame.put_u8(0);
    frame.put_u32(u32::try_from(message.len()).unwrap_or(u32::MAX));
    frame.extend_from_slice(&message);
    let mut trailers = HeaderMap::with_capacity(1);
    trailers.insert(GRPC_STATUS, HeaderValue::from_static("0"));
    let frames = [Frame::data(frame.freeze()), Frame::trailers(trailers)];
    let frames = stream::iter(frames.map(Ok::<Frame<Bytes>, Infallible>));
    let mut response = Response::new(Body::new(StreamBody::new(frames)));
    add_headers(response.headers_mut());
    response
}

/// Turns a problem's answer into a gRPC status; other answers pass untouched.
pub(crate) fn answer_problem(mut response: Response<Body>) -> Response<Body> {
    match response.extensions_mut().remove::<Problem>() {
        Some(problem) => trailers_only(&problem),
        None => response,
    }
}

/// The answer to a call of a method nobody offers.
pub(crate) fn unknown_method(path: &str) -> Response<Body> {
    let detail = format!(
        "gRPC method {:?} is not offered, expected Export of OTLP's TraceService, MetricsService or \
         LogsService",
        path.chars().take(100).collect::<String>()
    );
    trailers_only(&Problem::new(ErrorCode::MethodNotAllowed, detail))
}

fn trailers_only(problem: &Problem) -> Response<Body> {
    let code = grpc_status(problem.code);
    let message = status_message(problem);
    let delay_ms = problem.retry_after.map(|delay| delay.as_millis() as u64);
    let details = otlp::encode_status(code, &message, delay_ms);
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    add_headers(headers);
    headers.insert(GRPC_STATUS, HeaderValue::from(code));
    if let Ok(message) = HeaderValue::from_str(&percent_encode(&message)) {
        headers.insert(GRPC_MESSAGE, message);
    }
    if let Ok(details) = HeaderValue::from_str(&base64_unpadded(&details)) {
        headers.insert(GRPC_DETAILS, details);
    }
    response
}

fn add_headers(headers: &mut HeaderMap) {
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    let encodings = HeaderValue::from_static("identity,gzip,zstd,deflate");
    headers.insert(GRPC_ACCEPT_ENCODING, encodings);
}

/// `grpc-message`: everything but visible ASCII and space is percent-encoded.
fn percent_encode(text: &str) -> String {
    use std::fmt::Write as _;
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'%' => encoded.push_str("%25"),
            b' '..=b'~' => encoded.push(byte.into()),
            _ => {
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}

/// Binary headers are base64; unpadded as the specification recommends.
fn base64_unpadded(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let padded = [group[0], *group.get(1).unwrap_or(&0), *group.get(2).unwrap_or(&0)];
        let bits = u32::from_be_bytes([0, padded[0], padded[1], padded[2]]);
        for index in 0..=group.len() {
            let six = bits >> (18 - 6 * index) & 63;
            text.push(ALPHABET[six as usize].into());
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_of_the_specification() {
        for (bytes, expected) in [
            ("", ""),
            ("f", "Zg"),
            ("fo", "Zm8"),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg"),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64_unpadded(bytes.as_bytes()), expected);
        }
    }

    #[test]
    fn messages_are_percent_encoded() {
        assert_eq!(percent_encode("50% of 1 MiB\n→"), "50%25 of 1 MiB%0A%E2%86%92");
    }

    #[test]
    fn content_types_of_grpc() {
        for (value, expected) in [
            ("application/grpc", true),
            ("application/grpc+proto", true),
            ("Application/gRPC; charset=utf-8", true),
            ("application/grpc-web", false),
            ("application/x-protobuf", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(value));
            assert_eq!(is_grpc(&headers), expected, "{value}");
        }
    }
}
