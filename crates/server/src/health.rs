//! `/healthz`, `/readyz` and `/metrics`: for probes and for Prometheus.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::own_metrics;

/// Whether the process answers at all.
#[utoipa::path(get, path = "/healthz", tag = "health", operation_id = "health", security(()),
    responses((status = 200, description = "The process answers", body = String, content_type = "text/plain")))]
pub(crate) async fn health() -> &'static str {
    "ok\n"
}

/// Whether traffic is taken: recovery is done, every port is bound, and no stop has begun.
#[utoipa::path(get, path = "/readyz", tag = "health", operation_id = "ready", security(()),
    responses(
        (status = 200, description = "Takes traffic", body = String, content_type = "text/plain"),
        (status = 503, description = "Starting or stopping", body = String, content_type = "text/plain"),
    ))]
pub(crate) async fn ready(State(app): State<Arc<App>>) -> Response {
    let status = match app.phase.is_ready() {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    };
    let headers = [(header::CACHE_CONTROL, "no-store")];
    (status, headers, format!("{}\n", app.phase.name())).into_response()
}

/// The server's own metrics in Prometheus' text format.
#[utoipa::path(get, path = "/metrics", tag = "health", operation_id = "own_metrics",
    responses((status = 200, description = "Metrics", body = String, content_type = "text/plain")))]
pub(crate) async fn metrics(State(app): State<Arc<App>>) -> Response {
    let headers =
        [(header::CONTENT_TYPE, own_metrics::CONTENT_TYPE), (header::CACHE_CONTROL, "no-store")];
    (headers, own_metrics::render(&app)).into_response()
}
