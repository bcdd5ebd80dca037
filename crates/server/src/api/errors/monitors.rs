//! Monitors of scheduled jobs.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::Params;
use crate::api::answer::{Answer, json};
use crate::app::App;
use crate::monitors::{CheckInView, MonitorView};

/// All monitors.
#[derive(Serialize, ToSchema)]
struct MonitorList {
    /// By job.
    monitors: Vec<MonitorView>,
}

/// Scheduled jobs that report check-ins.
#[utoipa::path(get, path = "/api/v1/monitors", tag = "errors", operation_id = "list_monitors",
    responses((status = 200, description = "All of them", body = MonitorList)))]
pub(super) async fn list(State(app): State<Arc<App>>, headers: HeaderMap) -> Answer {
    json(&headers, &MonitorList { monitors: app.monitors.list().await? })
}

/// Check-ins of a job.
#[derive(Serialize, ToSchema)]
struct CheckInList {
    /// The newest first.
    check_ins: Vec<CheckInView>,
}

/// What a job reported, and when it was missed or took too long.
#[utoipa::path(get, path = "/api/v1/monitors/{slug}/check-ins", tag = "errors", operation_id = "list_check_ins",
    params(
        ("slug" = String, Path, description = "The job"),
        ("limit" = Option<usize>, Query, description = "How many: 1 to 1000, 50 by default"),
    ),
    responses((status = 200, description = "The newest", body = CheckInList)))]
pub(super) async fn check_ins(
    State(app): State<Arc<App>>,
    Path(slug): Path<String>,
    headers: HeaderMap,
    params: Params,
) -> Answer {
    params.only(&["limit"])?;
    let check_ins = app.monitors.check_ins(&slug, params.limit()?).await?;
    json(&headers, &CheckInList { check_ins })
}

/// Forgets a job. It is there again when it reports again.
#[utoipa::path(delete, path = "/api/v1/monitors/{slug}", tag = "errors", operation_id = "delete_monitor",
    params(("slug" = String, Path, description = "The job")),
    responses((status = 204, description = "It is gone")))]
pub(super) async fn delete(State(app): State<Arc<App>>, Path(slug): Path<String>) -> Answer {
    app.monitors.delete(&slug).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
