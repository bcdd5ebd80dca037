//! A request that failed, with the stack of the place where it did.
//!
//! Invariants: the backtrace is captured where the failure arises and turned into text only once,
//! off the async threads; the answer to the caller never contains it.

use std::backtrace::Backtrace;
use std::sync::Arc;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;

/// Frames of a stack trace that are kept.
const FRAME_LINES_MAX: usize = 60;

#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) status: StatusCode,
    /// `exception.type`.
    pub(crate) kind: &'static str,
    /// `exception.message`.
    pub(crate) message: String,
    backtrace: Option<Backtrace>,
}

impl Failure {
    /// The service's own fault: with a stack trace.
    pub(crate) fn internal(kind: &'static str, message: impl Into<String>) -> Self {
        Self::with_backtrace(StatusCode::INTERNAL_SERVER_ERROR, kind, message)
    }

    /// Something that the service needs is down: with a stack trace.
    pub(crate) fn unavailable(kind: &'static str, message: impl Into<String>) -> Self {
        Self::with_backtrace(StatusCode::SERVICE_UNAVAILABLE, kind, message)
    }

    fn with_backtrace(status: StatusCode, kind: &'static str, message: impl Into<String>) -> Self {
        let backtrace = Some(Backtrace::force_capture());
        Self { status, kind, message: message.into(), backtrace }
    }

    /// The caller's fault, and nothing to investigate.
    pub(crate) fn client(
        status: StatusCode,
        kind: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self { status, kind, message: message.into(), backtrace: None }
    }

    /// The stack trace as text. Looks up symbols, which takes milliseconds: not for an async
    /// thread.
    pub(crate) fn stack_trace(&self) -> Option<String> {
        Some(trim(&self.backtrace.as_ref()?.to_string()))
    }
}

/// Leaves out the frames of the capturing itself, and the runtime's far below.
fn trim(backtrace: &str) -> String {
    let lines: Vec<&str> = backtrace.lines().collect();
    let is_frame = |line: &str| !line.trim_start().starts_with("at ");
    let first = (0..lines.len())
        .find(|at| is_frame(lines[*at]) && !is_capturing(lines[*at]))
        .unwrap_or_default();
    lines[first..].iter().take(FRAME_LINES_MAX).copied().collect::<Vec<_>>().join("\n")
}

/// With or without its path: inlined functions are shown by their bare names.
fn is_capturing(frame: &str) -> bool {
    const NAMES: [&str; 6] =
        ["create", "capture", "force_capture", "with_backtrace", "internal", "unavailable"];
    let name = frame.split_once(": ").map_or(frame, |(_, name)| name);
    let plain = name.split_once('<').map_or(name, |(plain, _)| plain);
    let bare = plain.rsplit("::").next().unwrap_or(plain);
    name.contains("backtrace") || NAMES.contains(&bare)
}

/// Carried in the response's extensions to the instrumentation around the handler.
#[derive(Clone, Debug)]
pub(crate) struct Failed(pub(crate) Arc<Failure>);

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let body = serde_json::json!({ "error": self.kind, "message": self.message });
        let mut response = (self.status, Json(body)).into_response();
        response.extensions_mut().insert(Failed(Arc::new(self)));
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[inline(never)]
    fn somewhere_deep() -> Failure {
        Failure::internal("PriceError", "no price")
    }

    #[test]
    fn the_stack_begins_where_it_failed() {
        let trace = somewhere_deep().stack_trace().unwrap();
        let first = trace.lines().next().unwrap();
        assert!(first.contains("somewhere_deep"), "{trace}");
        assert!(trace.lines().count() <= FRAME_LINES_MAX);
    }

    #[test]
    fn frames_of_the_capturing_are_left_out() {
        let check = |frames: &[&str], expected: &str| {
            assert_eq!(trim(&frames.join("\n")).lines().next(), Some(expected));
        };
        let capture = "   0: std::backtrace::Backtrace::create";
        let inlined = [
            "   1: with_backtrace<alloc::string::String>",
            "             at ./src/failure.rs:50:30",
        ];
        let full = "   2: plimsoll_demo::failure::Failure::internal";
        let place = "   3: plimsoll_demo::services::checkout::place";
        check(&[capture, inlined[0], inlined[1], full, place], place);
        check(&[place], place);
        assert_eq!(trim(""), "");
        let deep = vec![place; 1_000].join("\n");
        assert_eq!(trim(&deep).lines().count(), FRAME_LINES_MAX);
    }

    #[test]
    fn the_answer_hides_the_stack_and_keeps_the_failure() {
        let response = somewhere_deep().into_response();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(response.extensions().get::<Failed>().unwrap().0.kind, "PriceError");
        let declined = Failure::client(StatusCode::PAYMENT_REQUIRED, "CardDeclined", "no");
        assert!(declined.stack_trace().is_none());
    }
}
