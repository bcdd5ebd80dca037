//! Answers as Sentry's protocol has them.
//!
//! Invariant: a page of any origin may read them: what it sent names it already, and no answer has more.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use plimsoll_model::ErrorCode;
use plimsoll_wire::sentry::rate_limits;

use super::envelope::Taken;
use crate::errors::hex;
use crate::problem::{Problem, is_retryable};

/// How long a browser remembers that it may send.
const PREFLIGHT_AGE: &str = "3600";

const ALLOWED_HEADERS: &str = "x-sentry-auth, x-requested-with, origin, accept, content-type, \
    content-encoding, authentication, authorization, sentry-trace, baggage";

const EXPOSED_HEADERS: &str = "x-sentry-error, x-sentry-rate-limits, retry-after";

const LIMITS: &str = "x-sentry-rate-limits";
const ERROR: &str = "x-sentry-error";

fn respond(status: StatusCode, body: &serde_json::Value) -> Response<Body> {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers
        .insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED_HEADERS));
    response
}

/// What a browser asks before it sends.
pub(super) fn preflight() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "POST"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED_HEADERS),
        (header::ACCESS_CONTROL_MAX_AGE, PREFLIGHT_AGE),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// What was understood is durable.
pub(super) fn taken(taken: &Taken) -> Response<Body> {
    let body = match &taken.event_id {
        Some(id) => serde_json::json!({ "id": hex(id) }),
        None => serde_json::json!({}),
    };
    let status = match taken.nothing_but_limited {
        true => StatusCode::TOO_MANY_REQUESTS,
        false => StatusCode::OK,
    };
    let mut response = respond(status, &body);
    if !taken.limits.is_empty() {
        let limits: Vec<_> = taken.limits.iter().map(|(time, of)| (*time, &of[..])).collect();
        limit(&mut response, &rate_limits(&limits), taken.limits[0].0);
    }
    response
}

/// Nothing was kept.
pub(super) fn refused(problem: &Problem) -> Response<Body> {
    let status = match problem.code {
        ErrorCode::Unauthenticated => StatusCode::UNAUTHORIZED,
        // SDKs throw away what a server fails at, and wait when they are told to.
        code if is_retryable(code) => StatusCode::TOO_MANY_REQUESTS,
        _ => problem.status(),
    };
    let causes: Vec<&str> = problem.hint.as_deref().into_iter().collect();
    let body = serde_json::json!({ "detail": problem.detail, "causes": causes });
    let mut response = respond(status, &body);
    let one_line = problem.detail.replace(|c: char| c.is_control() || !c.is_ascii(), " ");
    if let Ok(value) = HeaderValue::from_str(&one_line) {
        response.headers_mut().insert(ERROR, value);
    }
    if status == StatusCode::TOO_MANY_REQUESTS {
        let delay = problem.retry_after.unwrap_or(Duration::from_secs(1));
        limit(&mut response, &rate_limits(&[(delay, &[])]), delay);
    }
    response
}

/// Tells an SDK what not to send for a while.
fn limit(response: &mut Response<Body>, limits: &str, delay: Duration) {
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(limits) {
        headers.insert(LIMITS, value);
    }
    let seconds = delay.as_secs_f64().ceil().max(1.0) as u64;
    headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_say_why_and_when_to_come_back() {
        let full = Problem::new(ErrorCode::ResourceExhausted, "the buffer is full")
            .retry_after(Duration::from_millis(2_500));
        let response = refused(&full);
        assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(response.headers()[header::RETRY_AFTER], "3");
        assert_eq!(response.headers()[LIMITS], "3::key");
        assert_eq!(response.headers()[ERROR], "the buffer is full");
        let foreign = refused(&Problem::new(ErrorCode::PermissionDenied, "no such key: ü\n"));
        assert_eq!(foreign.status(), StatusCode::FORBIDDEN);
        assert!(!foreign.headers().contains_key(header::RETRY_AFTER));
        assert_eq!(foreign.headers()[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
        // The disk is full: an SDK that is told of a failure would throw it away.
        let disk = refused(&Problem::new(ErrorCode::Unavailable, "the disk is full"));
        assert_eq!(disk.status(), StatusCode::TOO_MANY_REQUESTS);
    }
}
