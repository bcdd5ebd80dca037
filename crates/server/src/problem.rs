//! Every failure a caller sees: RFC 9457 problem documents, and the only place that knows which
//! HTTP status and which gRPC status an [`ErrorCode`] is.
//!
//! Invariants: the texts here are for the caller, so they carry no secret and no internal error
//! text; what the log needs is logged where the failure happened. Retryable refusals always say
//! when to come back.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use plimsoll_model::ErrorCode;
use serde::Serialize;
use utoipa::ToSchema;

/// The media type of a problem document.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// How long a caller waits before it tries again, where nobody knows better.
const RETRY_AFTER_DEFAULT: Duration = Duration::from_secs(1);

/// What went wrong, for the caller: what was wrong, where, what was expected, what to do next.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Problem {
    /// The kind of failure; fixes the HTTP and the gRPC status.
    pub code: ErrorCode,
    /// What was wrong and what was expected: lower case, no full stop, no secrets.
    pub detail: String,
    /// What to do next.
    pub hint: Option<String>,
    /// Where: a parameter, a header, a line, a byte offset.
    pub location: Option<String>,
    /// When to try again; present on every retryable refusal.
    pub retry_after: Option<Duration>,
    /// Of a document with several mistakes, each of them.
    pub problems: Vec<serde_json::Value>,
}

/// A problem document (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemDocument<'a> {
    /// Where this kind of problem is described.
    r#type: String,
    /// The kind of problem for people.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// The kind of problem for programs; stable.
    #[schema(value_type = String, example = "invalid_argument")]
    code: ErrorCode,
    /// What was wrong and what was expected.
    detail: &'a str,
    /// What to do next.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
    /// Where: a parameter, a header, a line.
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<&'a str>,
    /// Of a document with several mistakes, each of them.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    problems: &'a [serde_json::Value],
    /// The trace of this request, as the server's log names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<&'a str>,
}

impl Problem {
    /// A problem of a kind. Retryable kinds get a delay; [`Self::retry_after`] sets a better one.
    #[must_use]
    pub fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        let retry_after = is_retryable(code).then_some(RETRY_AFTER_DEFAULT);
        let (hint, location, problems) = (None, None, Vec::new());
        Self { code, detail: detail.into(), hint, location, retry_after, problems }
    }

    /// A request that says something wrong.
    #[must_use]
    pub(crate) fn invalid(detail: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidArgument, detail)
    }

    /// A defect of ours. The caller learns only that; `cause` goes to the log.
    #[must_use]
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "request failed for a reason of ours");
        Self::new(ErrorCode::Internal, "the server failed to answer this request")
            .hint("see the server's log for the cause, under the trace id of this answer")
    }

    /// Says what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Says where it went wrong.
    #[must_use]
    pub fn location(mut self, location: impl Into<String>) -> Self {
        self.location = Some(location.into());
        self
    }

    /// Says when to try again.
    #[must_use]
    pub fn retry_after(mut self, delay: Duration) -> Self {
        self.retry_after = Some(delay);
        self
    }

    /// The HTTP status of this problem.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        http_status(self.code)
    }

    /// The document, with the trace id of the request where one is known.
    fn body(&self, trace_id: Option<&str>) -> Vec<u8> {
        let status = self.status();
        let code = serde_json::to_value(self.code).unwrap_or_default();
        let document = ProblemDocument {
            r#type: format!("/api/docs#error-{}", code.as_str().unwrap_or("internal")),
            title: title(self.code),
            status: status.as_u16(),
            code: self.code,
            detail: &self.detail,
            hint: self.hint.as_deref(),
            location: self.location.as_deref(),
            problems: &self.problems,
            trace_id,
        };
        serde_json::to_vec(&document).expect("strings and numbers always serialise")
    }

    /// The answer. [`with_trace_id`] rewrites it once the trace id is known.
    #[must_use]
    pub fn response(self, trace_id: Option<&str>) -> Response<Body> {
        let mut response = Response::new(Body::from(self.body(trace_id)));
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(delay) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(retry_after_s(delay)));
        }
        if self.code == ErrorCode::Unauthenticated {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response.extensions_mut().insert(self);
        response
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response<Body> {
        self.response(None)
    }
}

/// Puts the request's trace id into a problem's answer. Other answers pass untouched.
#[must_use]
pub fn with_trace_id(response: Response<Body>, trace_id: &str) -> Response<Body> {
    let mut response = from_bare(response);
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        let body = problem.body(Some(trace_id));
        response.headers_mut().remove(header::CONTENT_LENGTH);
        *response.body_mut() = Body::from(body);
    }
    response
}

/// Turns the bare 404 and 405 of the HTTP library into problems. Other answers pass untouched.
#[must_use]
pub fn from_bare(mut response: Response<Body>) -> Response<Body> {
    if response.headers().contains_key(header::CONTENT_TYPE) {
        return response;
    }
    match response.status() {
        StatusCode::METHOD_NOT_ALLOWED => {
            let allow = response.headers_mut().remove(header::ALLOW);
            let problem =
                Problem::new(ErrorCode::MethodNotAllowed, "this path does not offer that method")
                    .hint("the Allow header of this answer lists the methods it offers");
            let mut response = problem.into_response();
            if let Some(methods) = allow {
                response.headers_mut().insert(header::ALLOW, methods);
            }
            response
        }
        StatusCode::NOT_FOUND => not_found().into_response(),
        _ => response,
    }
}

/// The answer for a path nobody serves.
#[must_use]
pub fn not_found() -> Problem {
    Problem::new(ErrorCode::NotFound, "there is nothing at this path")
        .hint("GET /api/openapi.json lists every path")
}

/// Whether the same request may succeed after a delay.
#[must_use]
pub fn is_retryable(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::ResourceExhausted | ErrorCode::Unavailable)
}

/// The HTTP status of a code.
#[must_use]
pub fn http_status(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::InvalidArgument => StatusCode::BAD_REQUEST,
        ErrorCode::Unauthenticated => StatusCode::UNAUTHORIZED,
        ErrorCode::PermissionDenied => StatusCode::FORBIDDEN,
        ErrorCode::NotFound => StatusCode::NOT_FOUND,
        ErrorCode::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        ErrorCode::Conflict => StatusCode::CONFLICT,
        ErrorCode::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorCode::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ErrorCode::ResourceExhausted => StatusCode::TOO_MANY_REQUESTS,
        ErrorCode::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        ErrorCode::DeadlineExceeded => StatusCode::GATEWAY_TIMEOUT,
        ErrorCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The gRPC status of a code, as `google.rpc.Code` numbers them.
///
/// `TooLarge` is `RESOURCE_EXHAUSTED` as in every gRPC library; without a `RetryInfo` detail OTLP
/// clients must not retry it.
#[must_use]
pub fn grpc_status(code: ErrorCode) -> i32 {
    match code {
        ErrorCode::InvalidArgument => 3,
        ErrorCode::DeadlineExceeded => 4,
        ErrorCode::NotFound => 5,
        ErrorCode::PermissionDenied => 7,
        ErrorCode::ResourceExhausted | ErrorCode::TooLarge => 8,
        ErrorCode::MethodNotAllowed | ErrorCode::UnsupportedMediaType => 12,
        ErrorCode::Conflict => 10,
        ErrorCode::Internal => 13,
        ErrorCode::Unavailable => 14,
        ErrorCode::Unauthenticated => 16,
    }
}

/// `Retry-After` counts whole seconds; rounding up never invites a caller too early.
#[must_use]
pub fn retry_after_s(delay: Duration) -> u64 {
    u64::try_from(delay.as_millis().div_ceil(1_000)).unwrap_or(u64::MAX).max(1)
}

/// The short, fixed name of a kind of problem.
fn title(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::InvalidArgument => "Invalid argument",
        ErrorCode::Unauthenticated => "Not signed in",
        ErrorCode::PermissionDenied => "Not allowed",
        ErrorCode::NotFound => "Not found",
        ErrorCode::MethodNotAllowed => "Method not allowed",
        ErrorCode::Conflict => "Changed meanwhile",
        ErrorCode::TooLarge => "Too large",
        ErrorCode::UnsupportedMediaType => "Unsupported media type",
        ErrorCode::ResourceExhausted => "A budget is spent",
        ErrorCode::Unavailable => "Unavailable for now",
        ErrorCode::DeadlineExceeded => "Out of time",
        ErrorCode::Internal => "A defect of the server",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(problem: Problem, trace_id: Option<&str>, expected: serde_json::Value) {
        let body: serde_json::Value = serde_json::from_slice(&problem.body(trace_id)).unwrap();
        assert_eq!(body, expected);
    }

    #[test]
    fn a_problem_says_what_where_and_what_next() {
        check(
            Problem::new(ErrorCode::InvalidArgument, "limit is 5000, expected 1 to 1000")
                .location("query.limit")
                .hint("ask for less and follow next_cursor"),
            Some("5f1c92ab7d0e4c6b5f1c92ab7d0e4c6b"),
            serde_json::json!({
                "type": "/api/docs#error-invalid_argument",
                "title": "Invalid argument",
                "status": 400,
                "code": "invalid_argument",
                "detail": "limit is 5000, expected 1 to 1000",
                "hint": "ask for less and follow next_cursor",
                "location": "query.limit",
                "trace_id": "5f1c92ab7d0e4c6b5f1c92ab7d0e4c6b",
            }),
        );
    }

    #[test]
    fn refusals_say_when_to_come_back() {
        let answer = Problem::new(ErrorCode::Unavailable, "starting").into_response();
        assert_eq!(answer.status(), 503);
        assert_eq!(answer.headers()[header::RETRY_AFTER], "1");
        let answer = Problem::new(ErrorCode::TooLarge, "too large").into_response();
        assert!(!answer.headers().contains_key(header::RETRY_AFTER));
        assert_eq!(retry_after_s(Duration::from_millis(1_001)), 2);
    }

    #[test]
    fn bare_refusals_of_the_library_become_problems() {
        let mut bare = Response::new(Body::empty());
        *bare.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
        bare.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
        let answer = with_trace_id(bare, "00");
        assert_eq!(answer.headers()[header::CONTENT_TYPE], PROBLEM_JSON);
        assert_eq!(answer.headers()[header::ALLOW], "POST");
    }
}
