//! Series, their labels, and what metrics are.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::Response;
use serde_json::json;

use super::answer::{Failure, success, success_of};
use super::encode;
use super::params::Params;
use crate::app::App;

/// Series of one answer at most.
const SERIES_MAX: usize = 100_000;

/// Labels of series.
#[utoipa::path(method(get, post), path = "/prometheus/api/v1/series", tag = "prometheus", operation_id = "prometheus_series",
    params(("match[]" = Vec<String>, Query, description = "Selectors")),
    responses((status = 200, description = "Prometheus' answer")))]
pub(super) async fn series(
    State(app): State<Arc<App>>,
    params: Params,
) -> Result<Response<Body>, Failure> {
    let selectors = params.required_selectors()?;
    let (start, end) = params.window()?;
    let limit = params.limit()?.min(SERIES_MAX);
    let found = app.metrics.series(selectors, start, end).await?;
    let mut out = b"[".to_vec();
    for (at, labels) in found.iter().take(limit).enumerate() {
        if at > 0 {
            out.push(b',');
        }
        encode::labels(&mut out, labels);
    }
    out.push(b']');
    let mut notes = plimsoll_promql::Notes::default();
    if found.len() > limit {
        notes.add_warning("results truncated due to limit");
    }
    Ok(success(&out, &notes))
}

/// Names of labels.
#[utoipa::path(method(get, post), path = "/prometheus/api/v1/labels", tag = "prometheus", operation_id = "prometheus_label_names",
    params(("match[]" = Option<Vec<String>>, Query, description = "Selectors")),
    responses((status = 200, description = "Prometheus' answer")))]
pub(super) async fn names(
    State(app): State<Arc<App>>,
    params: Params,
) -> Result<Response<Body>, Failure> {
    let (start, end) = params.window()?;
    let found = app.metrics.label_names(params.selectors()?, start, end).await?;
    Ok(success_of(json!(found), params.limit()?))
}

/// Values of a label.
#[utoipa::path(get, path = "/prometheus/api/v1/label/{name}/values", tag = "prometheus", operation_id = "prometheus_label_values",
    params(
        ("name" = String, Path, description = "The label"),
        ("match[]" = Option<Vec<String>>, Query, description = "Selectors"),
    ),
    responses((status = 200, description = "Prometheus' answer")))]
pub(super) async fn values(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    params: Params,
) -> Result<Response<Body>, Failure> {
    let (start, end) = params.window()?;
    let found = app.metrics.label_values(&name, params.selectors()?, start, end).await?;
    Ok(success_of(json!(found), params.limit()?))
}

/// What metrics are.
#[utoipa::path(get, path = "/prometheus/api/v1/metadata", tag = "prometheus", operation_id = "prometheus_metadata",
    params(("metric" = Option<String>, Query, description = "One metric")),
    responses((status = 200, description = "Prometheus' answer")))]
pub(super) async fn metadata(
    State(app): State<Arc<App>>,
    params: Params,
) -> Result<Response<Body>, Failure> {
    let found = app.metrics.metadata(params.get("metric"), params.limit()?);
    let found: BTreeMap<_, _> = found.into_iter().map(|(name, of)| (name, [of])).collect();
    Ok(success_of(json!(found), usize::MAX))
}
