//! Dashboards: those that come ready-made, and those that people save.
//!
//! Invariants: only a valid document is stored; a save over somebody else's is a conflict, never a loss;
//! what comes ready-made is part of the program and cannot be changed.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, Response, StatusCode};
use axum::response::IntoResponse;
use plimsoll_dashboard::{Dashboard, builtin, import_grafana};
use plimsoll_model::ErrorCode;
use plimsoll_query::rfc3339;
use plimsoll_state::{DashboardText, StoredDashboard};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::answer::{Answer, json};
use super::{Params, body};
use crate::access::{Caller, state_problem};
use crate::app::App;
use crate::problem::Problem;

/// Largest body: a dashboard of Grafana's.
const BODY_BYTES_MAX: usize = plimsoll_dashboard::GRAFANA_BYTES_MAX;

/// A body of a few megabytes arrives within this.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// Problems of a document that are told at once.
const PROBLEMS_MAX: usize = 20;

/// All dashboards; there are never more than 1,000, so there is one page.
#[derive(Serialize, ToSchema)]
pub(super) struct DashboardList {
    /// Those that come ready-made, then the others by title.
    dashboards: Vec<Head>,
}

/// What a list shows of a dashboard.
#[derive(Serialize, ToSchema)]
#[schema(as = DashboardHead)]
struct Head {
    /// Its id.
    id: String,
    /// Its title.
    title: String,
    /// What it is for.
    description: String,
    /// Words to find it by.
    tags: Vec<String>,
    /// The newest version.
    version: i64,
    /// When it was saved; null where it came ready-made.
    updated_at: Option<String>,
    /// By whom.
    updated_by: String,
    /// Whether it came ready-made, so that it cannot be changed.
    built_in: bool,
}

/// A dashboard as it is stored.
#[derive(Serialize, ToSchema)]
#[schema(as = StoredDashboard)]
pub(super) struct Stored {
    /// Its id.
    id: String,
    /// This version.
    version: i64,
    /// When it was saved; null where it came ready-made.
    updated_at: Option<String>,
    /// By whom.
    updated_by: String,
    /// Whether it came ready-made, so that it cannot be changed.
    built_in: bool,
    /// The document.
    #[schema(value_type = Dashboard)]
    dashboard: Box<RawValue>,
}

/// A change of a dashboard.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Update {
    /// The version that it is based on.
    version: i64,
    /// The document.
    #[schema(value_type = Dashboard)]
    dashboard: Box<RawValue>,
}

/// Versions of a dashboard.
#[derive(Serialize, ToSchema)]
pub(super) struct DashboardVersions {
    /// The newest first.
    versions: Vec<Version>,
}

/// One version.
#[derive(Serialize, ToSchema)]
#[schema(as = DashboardVersion)]
struct Version {
    /// From 1.
    version: i64,
    /// When it was saved.
    updated_at: String,
    /// By whom.
    updated_by: String,
}

/// Lists the dashboards.
#[utoipa::path(get, path = "/api/v1/dashboards", tag = "dashboards", operation_id = "list_dashboards",
    responses((status = 200, description = "All dashboards", body = DashboardList)))]
pub(super) async fn list(State(app): State<Arc<App>>, headers: HeaderMap) -> Answer {
    let mut dashboards: Vec<Head> = builtin()
        .iter()
        .map(|builtin| Head {
            id: builtin.id.to_owned(),
            title: builtin.dashboard.title.clone(),
            description: builtin.dashboard.description.clone(),
            tags: builtin.dashboard.tags.clone(),
            version: 1,
            updated_at: None,
            updated_by: String::new(),
            built_in: true,
        })
        .collect();
    let stored = app.access.state().dashboards().await.map_err(state_problem)?;
    dashboards.extend(stored.into_iter().map(|head| Head {
        id: head.id,
        title: head.title,
        description: head.description,
        tags: head.tags,
        version: head.version,
        updated_at: Some(rfc3339(head.updated)),
        updated_by: head.updated_by,
        built_in: false,
    }));
    json(&headers, &DashboardList { dashboards })
}

/// Saves a new dashboard.
#[utoipa::path(post, path = "/api/v1/dashboards", tag = "dashboards", operation_id = "create_dashboard",
    request_body = Dashboard,
    responses((status = 201, description = "As it is stored", body = Stored)))]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    caller: Caller,
    request: Request,
) -> Answer {
    let bytes = read(request).await?;
    let text = text(&bytes)?;
    let state = app.access.state();
    let stored = state.create_dashboard(&text, &caller.actor()).await.map_err(state_problem)?;
    answer(StatusCode::CREATED, stored)
}

/// A dashboard, its newest version or the one named.
#[utoipa::path(get, path = "/api/v1/dashboards/{id}", tag = "dashboards", operation_id = "get_dashboard",
    params(
        ("id" = String, Path, description = "The dashboard"),
        ("version" = Option<i64>, Query, description = "A version; the newest by default"),
    ),
    responses((status = 200, description = "As it is stored", body = Stored)))]
pub(super) async fn get(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    params: Params,
) -> Answer {
    params.only(&["version"])?;
    let version = params.parsed::<i64>("version", "a version from 1")?;
    if let Some(builtin) = find_builtin(&id) {
        return json(
            &headers,
            &Stored {
                id,
                version: 1,
                updated_at: None,
                updated_by: String::new(),
                built_in: true,
                dashboard: raw(builtin.dashboard.to_json())?,
            },
        );
    }
    let found = app.access.state().dashboard(&id, version).await.map_err(state_problem)?;
    json(&headers, &stored(found.ok_or_else(no_such)?)?)
}

/// Saves the next version of a dashboard.
#[utoipa::path(put, path = "/api/v1/dashboards/{id}", tag = "dashboards", operation_id = "update_dashboard",
    params(("id" = String, Path, description = "The dashboard")),
    request_body = Update,
    responses(
        (status = 200, description = "As it is stored", body = Stored),
        (status = 409, description = "Somebody saved a version in between"),
    ))]
pub(super) async fn update(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<String>,
    request: Request,
) -> Answer {
    refuse_builtin(&id)?;
    let bytes = read(request).await?;
    let update: Update = body::json(&bytes, r#"{"version": 1, "dashboard": {…}}"#)?;
    let text = text(update.dashboard.get().as_bytes())?;
    let state = app.access.state();
    let saved = state.update_dashboard(&id, update.version, &text, &caller.actor()).await;
    answer(StatusCode::OK, saved.map_err(state_problem)?)
}

/// Deletes a dashboard with all its versions.
#[utoipa::path(delete, path = "/api/v1/dashboards/{id}", tag = "dashboards", operation_id = "delete_dashboard",
    params(("id" = String, Path, description = "The dashboard")),
    responses((status = 204, description = "It is gone")))]
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Answer {
    refuse_builtin(&id)?;
    let state = app.access.state();
    match state.delete_dashboard(&id, &caller.actor()).await.map_err(state_problem)? {
        true => Ok(StatusCode::NO_CONTENT.into_response()),
        false => Err(no_such()),
    }
}

/// Lists the versions of a dashboard that are kept.
#[utoipa::path(get, path = "/api/v1/dashboards/{id}/versions", tag = "dashboards", operation_id = "list_dashboard_versions",
    params(("id" = String, Path, description = "The dashboard")),
    responses((status = 200, description = "The newest first", body = DashboardVersions)))]
pub(super) async fn versions(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    let found = app.access.state().dashboard_versions(&id).await.map_err(state_problem)?;
    if found.is_empty() && find_builtin(&id).is_none() {
        return Err(no_such());
    }
    let version = |version: plimsoll_state::DashboardVersion| Version {
        version: version.version,
        updated_at: rfc3339(version.updated),
        updated_by: version.updated_by,
    };
    json(&headers, &DashboardVersions { versions: found.into_iter().map(version).collect() })
}

/// What a dashboard of Grafana's becomes, and what could not be taken over. Nothing is stored.
#[utoipa::path(post, path = "/api/v1/dashboards/import", tag = "dashboards", operation_id = "import_dashboard",
    request_body(content = String, content_type = "application/json", description = "Grafana's JSON"),
    responses((status = 200, description = "The dashboard, and notes on what is not in it")))]
pub(super) async fn import(headers: HeaderMap, request: Request) -> Answer {
    let bytes = read(request).await?;
    let imported = import_grafana(&bytes).map_err(|problem| document_problem(&[problem]))?;
    json(&headers, &imported)
}

async fn read(request: Request) -> Result<bytes::Bytes, Problem> {
    body::read(request, BODY_BYTES_MAX, BODY_TIMEOUT).await
}

/// A document as it is saved: read, checked and written again.
fn text(document: &[u8]) -> Result<DashboardText, Problem> {
    let dashboard = Dashboard::parse(document).map_err(|problems| document_problem(&problems))?;
    Ok(DashboardText {
        document: dashboard.to_json(),
        title: dashboard.title,
        description: dashboard.description,
        tags: dashboard.tags,
    })
}

fn document_problem(problems: &[plimsoll_dashboard::Problem]) -> Problem {
    let texts: Vec<String> = problems.iter().take(PROBLEMS_MAX).map(ToString::to_string).collect();
    let more = problems.len().saturating_sub(PROBLEMS_MAX);
    let mut detail = texts.join("; ");
    if more > 0 {
        detail.push_str(&format!("; and {more} more"));
    }
    let mut problem = Problem::new(ErrorCode::InvalidArgument, detail);
    problem.problems =
        problems.iter().filter_map(|problem| serde_json::to_value(problem).ok()).collect();
    match problems.first() {
        Some(first) => problem.location(format!("body{}", first.place)).hint(&first.hint),
        None => problem,
    }
}

fn answer(status: StatusCode, dashboard: StoredDashboard) -> Answer {
    let body = serde_json::to_vec(&stored(dashboard)?).map_err(Problem::internal)?;
    let headers = [(axum::http::header::CONTENT_TYPE, "application/json")];
    let response: Response<Body> = (status, headers, body).into_response();
    Ok(response)
}

fn stored(dashboard: StoredDashboard) -> Result<Stored, Problem> {
    Ok(Stored {
        id: dashboard.id,
        version: dashboard.version,
        updated_at: Some(rfc3339(dashboard.updated)),
        updated_by: dashboard.updated_by,
        built_in: false,
        dashboard: raw(dashboard.document)?,
    })
}

fn raw(document: String) -> Result<Box<RawValue>, Problem> {
    RawValue::from_string(document).map_err(Problem::internal)
}

fn find_builtin(id: &str) -> Option<&'static plimsoll_dashboard::Builtin> {
    builtin().iter().find(|builtin| builtin.id == id)
}

fn refuse_builtin(id: &str) -> Result<(), Problem> {
    if find_builtin(id).is_none() {
        return Ok(());
    }
    let detail = format!("dashboard {id:?} came with the program and cannot be changed");
    Err(Problem::new(ErrorCode::InvalidArgument, detail).hint("save a copy of it"))
}

fn no_such() -> Problem {
    Problem::new(ErrorCode::NotFound, "no dashboard has this id and version")
        .hint("GET /api/v1/dashboards lists them")
}
