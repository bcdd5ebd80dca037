//! OTLP/HTTP: `POST /v1/traces`, `/v1/metrics`, `/v1/logs` in protobuf or JSON.
//!
//! Invariant: a refusal carries a `google.rpc.Status` in the encoding of the request, as the OTLP
//! specification asks, and `Retry-After` where coming back helps.

use std::sync::Arc;

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Request, Response, StatusCode, Version, header};
use plimsoll_model::ErrorCode;
use plimsoll_model::batch::RecordKind;
use plimsoll_wire::otlp;

use super::body::{Reader, Received};
use super::inflate::Encoding;
use super::pipeline::{Accepted, Format, Ingest};
use crate::problem::{Problem, grpc_status};

const PROTOBUF: &str = "application/x-protobuf";
const JSON: &str = "application/json";

/// Takes one export request; refusals are for [`answer_problem`].
pub(crate) async fn export(
    ingest: Arc<Ingest>,
    kind: RecordKind,
    request: Request<Body>,
) -> Result<Response<Body>, Problem> {
    let (head, body) = request.into_parts();
    let spoken = format_of(&head.headers).and_then(|format| {
        let header = head.headers.get(header::CONTENT_ENCODING).map(HeaderValue::as_bytes);
        Encoding::parse(header).map(|encoding| (format, encoding))
    });
    let (format, encoding) = match spoken {
        Ok(spoken) => spoken,
        Err(problem) => {
            ingest.refused(kind, &problem);
            let reader = Reader::new(body, ingest.read_charge(), ingest.body_timeout());
            return Err(refuse(problem, reader, &head.headers, head.version).await);
        }
    };
    let received = read_body(&ingest, kind, &head, body, encoding).await?;
    let accepted = ingest.accept(kind, encoding, format, received).await?;
    Ok(answer(kind, format, &accepted))
}

/// Reads the body of a request, or refuses it.
pub(super) async fn read_body(
    ingest: &Ingest,
    kind: RecordKind,
    head: &Parts,
    body: Body,
    encoding: Encoding,
) -> Result<Received, Problem> {
    let mut reader = Reader::new(body, ingest.read_charge(), ingest.body_timeout());
    let bytes_max = ingest.sent_bytes_max(encoding);
    let length = content_length(&head.headers);
    if let Err(problem) = reader.read_to_end(length, bytes_max).await {
        ingest.refused(kind, &problem);
        return Err(refuse(problem, reader, &head.headers, head.version).await);
    }
    Ok(reader.finish(0))
}

/// Refuses a request whose body was not read to its end.
///
/// HTTP/2 says "no more, please"; over HTTP/1 a sender that looks for an answer only after sending
/// everything gets to send it, unless it waits to be asked.
async fn refuse(
    problem: Problem,
    reader: Reader,
    headers: &HeaderMap,
    version: Version,
) -> Problem {
    if version < Version::HTTP_2 && !headers.contains_key(header::EXPECT) {
        reader.discard().await;
    }
    problem
}

fn answer(kind: RecordKind, format: Format, accepted: &Accepted) -> Response<Body> {
    let Accepted { rejected, message } = accepted;
    match format {
        Format::Protobuf => {
            respond(PROTOBUF, otlp::encode_response(kind, *rejected, message).into())
        }
        Format::Json => respond(JSON, otlp::encode_response_json(kind, *rejected, message).into()),
    }
}

fn respond(content_type: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// Rewrites a problem's answer as the OTLP specification asks. Other answers pass untouched.
pub(crate) fn answer_problem(format: Format, mut response: Response<Body>) -> Response<Body> {
    let Some(problem) = response.extensions_mut().remove::<Problem>() else { return response };
    let message = status_message(&problem);
    let code = grpc_status(problem.code);
    let delay_ms = problem.retry_after.map(|delay| delay.as_millis() as u64);
    let (content_type, body) = match format {
        Format::Protobuf => (PROTOBUF, otlp::encode_status(code, &message, delay_ms)),
        Format::Json => {
            let status = serde_json::json!({ "code": code, "message": message });
            (JSON, status.to_string().into_bytes())
        }
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.remove(header::CONTENT_LENGTH);
    *response.body_mut() = Body::from(body);
    if response.status() == StatusCode::GATEWAY_TIMEOUT {
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    }
    response
}

/// Detail, place and hint in one line, for protocols that carry only one text.
pub(super) fn status_message(problem: &Problem) -> String {
    match &problem.hint {
        Some(hint) => format!("{}; {hint}", problem.detail),
        None => problem.detail.clone(),
    }
}

/// How a request's refusal is written: as its content type says, protobuf where it says nothing
/// known.
pub(crate) fn refusal_format(headers: &HeaderMap) -> Format {
    format_of(headers).unwrap_or(Format::Protobuf)
}

fn format_of(headers: &HeaderMap) -> Result<Format, Problem> {
    let header = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    let essence = header.split(|byte| *byte == b';').next().unwrap_or_default();
    match essence.trim_ascii().to_ascii_lowercase().as_slice() {
        b"application/x-protobuf" | b"application/protobuf" => Ok(Format::Protobuf),
        b"application/json" => Ok(Format::Json),
        b"" => Err(unsupported("the request has no content type".to_owned())),
        other => {
            let other = String::from_utf8_lossy(&other[..other.len().min(60)]).into_owned();
            Err(unsupported(format!("content type {other:?} is not spoken here")))
        }
    }
}

fn unsupported(detail: String) -> Problem {
    let detail = format!("{detail}, expected application/x-protobuf or application/json");
    Problem::new(ErrorCode::UnsupportedMediaType, detail)
        .location("header content-type")
        .hint("set OTEL_EXPORTER_OTLP_PROTOCOL to http/protobuf, http/json or grpc")
}

pub(super) fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
