//! Reads the small JSON bodies of this module, bounded in size and time.
//!
//! Invariant: no refusal repeats what was sent, since a body here may hold a secret.

use std::time::Duration;

use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::header;
use plimsoll_model::ErrorCode;
use serde::de::DeserializeOwned;

use crate::problem::Problem;

/// Largest body, in bytes; a token and a name are far smaller.
const BODY_BYTES_MAX: usize = 4_096;

/// A body this small arrives at once, or not at all.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The body as `T`.
pub(super) async fn read_json<T: DeserializeOwned>(request: Request) -> Result<T, Problem> {
    let media_type = request.headers().get(header::CONTENT_TYPE);
    let is_json = media_type.and_then(|value| value.to_str().ok()).is_some_and(|value| {
        value.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
    });
    if !is_json {
        // A form on another site can send other types without asking, but not this one.
        let detail = "the body is not declared as JSON";
        return Err(Problem::new(ErrorCode::UnsupportedMediaType, detail)
            .location("header Content-Type")
            .hint("send application/json"));
    }
    let read = to_bytes(request.into_body(), BODY_BYTES_MAX);
    let bytes = tokio::time::timeout(TIMEOUT, read)
        .await
        .map_err(|_| Problem::new(ErrorCode::DeadlineExceeded, "the body did not arrive in time"))?
        .map_err(|_| {
            let detail = format!("the body is incomplete or over {BODY_BYTES_MAX} bytes");
            Problem::new(ErrorCode::TooLarge, detail)
        })?;
    serde_json::from_slice(&bytes).map_err(|error| {
        Problem::new(ErrorCode::InvalidArgument, "the body is not the JSON expected here")
            .location(format!("body, line {}, column {}", error.line(), error.column()))
            .hint("GET /api/openapi.json describes the body")
    })
}
