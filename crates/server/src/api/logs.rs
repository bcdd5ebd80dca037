//! Searching log records, and their volume over time.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use plimsoll_query::{LogPage, LogSearch, LogVolume};
use utoipa::IntoParams;

use super::answer::{Answer, Both, json, only};
use super::traces::attribute_filters;
use super::{Params, query_problem};
use crate::app::App;
use crate::problem::Problem;

/// What to look for.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents the parameters, whose names are also those that are known")]
struct VolumeParams {
    /// Records from this time: RFC 3339, Unix seconds, or relative like -1h (the default)
    from: Option<String>,
    /// Records before this time; now by default
    to: Option<String>,
    /// Of exactly this service
    service: Option<String>,
    /// Of exactly this deployment environment
    environment: Option<String>,
    /// At least as severe: trace, debug, info, warn, error or fatal
    severity: Option<String>,
    /// The body contains this, whatever the case
    q: Option<String>,
    /// An attribute of the record or its resource: `key=value`, `key!=value`, `key~=part` or `key`;
    /// may be repeated
    attr: Option<Vec<String>>,
    /// Of this trace: 32 hex digits
    trace_id: Option<String>,
    /// Of this span: 16 hex digits
    span_id: Option<String>,
}

/// Which page of what was found.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents the parameters, whose names are also those that are known")]
struct PageParams {
    /// Records on a page: 1 to 1000, 50 by default
    limit: Option<usize>,
    /// Where the page before ended: its `next_cursor`
    cursor: Option<String>,
}

/// Finds log records, newest first.
#[utoipa::path(get, path = "/api/v1/monitoring/logs", tag = "monitoring",
    operation_id = "search_logs", params(VolumeParams, PageParams),
    responses((status = 200, description = "A page of log records", body = LogPage)))]
pub(super) async fn logs(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    params: Params,
) -> Answer {
    only::<Both<VolumeParams, PageParams>>(&params)?;
    let search = search(&params, &app)?;
    json(&headers, &app.engine.logs(search).await.map_err(query_problem)?)
}

/// Log records over time, by severity.
#[utoipa::path(get, path = "/api/v1/monitoring/logs/volume", tag = "monitoring",
    operation_id = "log_volume", params(VolumeParams),
    responses((status = 200, description = "Counts by step and severity", body = LogVolume)))]
pub(super) async fn volume(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    params: Params,
) -> Answer {
    only::<VolumeParams>(&params)?;
    let search = search(&params, &app)?;
    json(&headers, &app.engine.log_volume(search).await.map_err(query_problem)?)
}

fn search(params: &Params, app: &App) -> Result<LogSearch, Problem> {
    Ok(LogSearch {
        window: params.window(app.clock.now())?,
        service: params.text("service")?,
        environment: params.text("environment")?,
        severity: params.parsed("severity", "trace, debug, info, warn, error or fatal")?,
        text: params.text("q")?,
        attributes: attribute_filters(params)?,
        trace_id: params.parsed("trace_id", "32 hex digits")?,
        span_id: params.parsed("span_id", "16 hex digits")?,
        limit: params.limit()?,
        cursor: params.text("cursor")?,
    })
}
