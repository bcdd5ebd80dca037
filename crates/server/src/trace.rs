//! The trace of a request to this server: taken from `traceparent` or begun here, named in every
//! problem and in the log.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderMap, Response};
use axum::middleware::Next;
use plimsoll_model::{SpanId, TraceId};
use tracing::Instrument as _;

use crate::problem;

/// Where a request stands in its trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TraceContext {
    /// The trace, the caller's where it sent one.
    pub(crate) trace_id: TraceId,
    /// The caller's span, if any.
    pub(crate) parent: Option<SpanId>,
}

impl TraceContext {
    fn of(headers: &HeaderMap) -> Self {
        let sent = headers.get("traceparent").and_then(|value| parse(value.to_str().ok()?));
        sent.unwrap_or_else(|| Self { trace_id: TraceId(random_bytes()), parent: None })
    }
}

/// Reads a W3C trace context header of version 00, or of a later one as if it were.
fn parse(header: &str) -> Option<TraceContext> {
    let mut parts = header.trim().split('-');
    let (version, trace_id, parent, _flags) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    if version.len() != 2 || version == "ff" {
        return None;
    }
    let trace_id: TraceId = trace_id.parse().ok()?;
    let parent: SpanId = parent.parse().ok()?;
    if trace_id.0 == [0; 16] || parent.0 == [0; 8] {
        return None;
    }
    Some(TraceContext { trace_id, parent: Some(parent) })
}

/// Random enough for ids: they need to be unique, not secret.
pub(crate) fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    for chunk in bytes.chunks_mut(8) {
        // The standard library seeds from the operating system and counts up.
        let word = RandomState::new().hash_one(0_u8).to_le_bytes();
        chunk.copy_from_slice(&word[..chunk.len()]);
    }
    bytes
}

/// The outermost layer of the API and the page: a span around the request, and its id in problems.
pub(crate) async fn layer(mut request: Request, next: Next) -> Response<Body> {
    let context = TraceContext::of(request.headers());
    request.extensions_mut().insert(context);
    // The page's files have no route.
    let route: Option<Arc<str>> =
        request.extensions().get::<MatchedPath>().map(|path| Arc::from(path.as_str()));
    let trace_id = context.trace_id.to_string();
    let method = request.method();
    let name = match &route {
        Some(route) => format!("{method} {route}"),
        None => method.to_string(),
    };
    let span = tracing::info_span!(
        "request",
        otel.name = name,
        otel.kind = "server",
        trace_id = %trace_id,
        parent_span_id = context.parent.map(tracing::field::display),
        http.request.method = %method,
        http.route = route.as_deref(),
        url.path = %request.uri().path(),
        http.response.status_code = tracing::field::Empty,
    );
    let response = next.run(request).instrument(span.clone()).await;
    let response = problem::with_trace_id(response, &trace_id);
    span.record("http.response.status_code", response.status().as_u16());
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trace_contexts_are_taken_or_begun() {
        let sent = parse("00-5f1c92ab7d0e4c6b5f1c92ab7d0e4c6b-5f1c92ab7d0e4c6b-01").unwrap();
        assert_eq!(sent.trace_id.to_string(), "5f1c92ab7d0e4c6b5f1c92ab7d0e4c6b");
        assert_eq!(sent.parent.unwrap().to_string(), "5f1c92ab7d0e4c6b");
        for wrong in [
            "",
            "00-00000000000000000000000000000000-5f1c92ab7d0e4c6b-01",
            "ff-5f1c92ab7d0e4c6b5f1c92ab7d0e4c6b-5f1c92ab7d0e4c6b-01",
            "00-5f1c92ab-5f1c92ab7d0e4c6b-01",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
        assert_ne!(random_bytes::<16>(), random_bytes::<16>());
    }
}
