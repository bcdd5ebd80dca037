//! Bodies of requests: bounded in size and time.

use std::time::Duration;

use axum::body::to_bytes;
use axum::extract::Request;
use bytes::Bytes;
use plimsoll_model::ErrorCode;
use serde::de::DeserializeOwned;

use crate::problem::Problem;

/// A request's whole body.
pub(super) async fn read(
    request: Request,
    bytes_max: usize,
    timeout: Duration,
) -> Result<Bytes, Problem> {
    let body = tokio::time::timeout(timeout, to_bytes(request.into_body(), bytes_max)).await;
    body.map_err(|_| Problem::new(ErrorCode::Unavailable, "the body did not arrive in time"))?
        .map_err(|_| {
            let detail = format!("the body is incomplete or over {bytes_max} bytes");
            Problem::new(ErrorCode::TooLarge, detail)
        })
}

/// What a JSON body says; `expected` shows one that is right.
pub(super) fn json<T: DeserializeOwned>(body: &[u8], expected: &str) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| {
        let detail = format!("the body is not {expected}: {error}");
        let (line, column) = (error.line(), error.column());
        Problem::new(ErrorCode::InvalidArgument, detail)
            .location(format!("body, line {line}, column {column}"))
    })
}
