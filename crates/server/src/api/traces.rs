//! Searching traces, and one trace.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use plimsoll_model::TraceId;
use plimsoll_query::{AttributeFilter, SpanStatus, Trace, TracePage, TraceSearch, TraceSort};
use utoipa::IntoParams;

use super::answer::{Answer, json, only};
use super::params::wrong;
use super::{Params, query_problem};
use crate::app::App;
use crate::problem::Problem;

/// What to look for. A trace is found when one span of it passes everything.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents the parameters, whose names are also those that are known")]
struct TraceParams {
    /// Spans that start from this time: RFC 3339, Unix seconds, or relative like -1h (the default)
    from: Option<String>,
    /// Spans that start before this time; now by default
    to: Option<String>,
    /// Of exactly this service
    service: Option<String>,
    /// Of exactly this span name
    operation: Option<String>,
    /// Of exactly this deployment environment
    environment: Option<String>,
    /// `error` or `ok`
    status: Option<String>,
    /// `requests`: only spans that are a request to their service (of kind server or consumer, or
    /// without a parent), as the figures of services count them; `all` by default
    spans: Option<String>,
    /// At least this long
    min_duration_ms: Option<f64>,
    /// At most this long
    max_duration_ms: Option<f64>,
    /// An attribute of the span or its resource: `key=value`, `key!=value`, `key~=part` or `key`;
    /// may be repeated
    attr: Option<Vec<String>>,
    /// The span's name contains this, whatever the case
    q: Option<String>,
    /// `time` (newest first, the default) or `duration` (slowest first)
    sort: Option<String>,
    /// Traces on a page: 1 to 1000, 50 by default
    limit: Option<usize>,
    /// Where the page before ended: its `next_cursor`
    cursor: Option<String>,
}

/// Finds traces.
#[utoipa::path(get, path = "/api/v1/monitoring/traces", tag = "monitoring",
    operation_id = "search_traces", params(TraceParams),
    responses((status = 200, description = "A page of traces", body = TracePage)))]
pub(super) async fn traces(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    params: Params,
) -> Answer {
    let search = search(&params, &app)?;
    json(&headers, &app.engine.traces(search).await.map_err(query_problem)?)
}

fn search(params: &Params, app: &App) -> Result<TraceSearch, Problem> {
    only::<TraceParams>(params)?;
    let status = params.mapped("status", "error or ok", |text| match text {
        "error" => Some(SpanStatus::Error),
        "ok" => Some(SpanStatus::Ok),
        _ => None,
    })?;
    let requests = params.mapped("spans", "all or requests", |text| match text {
        "all" => Some(false),
        "requests" => Some(true),
        _ => None,
    })?;
    let sort = params.mapped("sort", "time or duration", |text| match text {
        "time" => Some(TraceSort::Time),
        "duration" => Some(TraceSort::Duration),
        _ => None,
    })?;
    Ok(TraceSearch {
        window: params.window(app.clock.now())?,
        service: params.text("service")?,
        operation: params.text("operation")?,
        environment: params.text("environment")?,
        status,
        requests: requests.unwrap_or(false),
        min_duration_ms: params.millis("min_duration_ms")?,
        max_duration_ms: params.millis("max_duration_ms")?,
        attributes: attribute_filters(params)?,
        text: params.text("q")?,
        sort: sort.unwrap_or_default(),
        limit: params.limit()?,
        cursor: params.text("cursor")?,
    })
}

/// The `attr` parameters.
pub(super) fn attribute_filters(params: &Params) -> Result<Vec<AttributeFilter>, Problem> {
    let parse = |text: &str| {
        AttributeFilter::parse(text).map_err(|error| wrong("attr", text, error.message))
    };
    params.all("attr").into_iter().map(parse).collect()
}

/// One trace with all its spans.
#[utoipa::path(get, path = "/api/v1/monitoring/traces/{trace_id}", tag = "monitoring",
    operation_id = "get_trace",
    params(("trace_id" = String, Path, description = "32 hex digits")),
    responses((status = 200, description = "The trace", body = Trace)))]
pub(super) async fn trace(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Path(trace_id): Path<String>,
    params: Params,
) -> Answer {
    params.only(&[])?;
    let id: TraceId = trace_id.parse().map_err(|error| {
        Problem::new(plimsoll_model::ErrorCode::InvalidArgument, format!("trace id: {error}"))
            .location("path parameter trace_id")
    })?;
    json(&headers, &app.engine.trace(id).await.map_err(query_problem)?)
}
