//! Projects that may send errors, and their DSNs.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use plimsoll_model::ErrorCode;
use plimsoll_query::rfc3339;
use plimsoll_state::{Project, ProjectKey};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::{Caller, state_problem};
use crate::api::answer::{Answer, json};
use crate::api::body;
use crate::app::App;
use crate::problem::Problem;

/// Largest body: a name.
const BODY_BYTES_MAX: usize = 4 << 10;
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// A project.
#[derive(Serialize, ToSchema)]
#[schema(as = Project)]
struct ProjectView {
    /// Its number, the last part of a DSN.
    id: i64,
    /// The service that what it sends belongs to, unless it says otherwise.
    name: String,
    /// When it was made.
    created_at: String,
    /// Its keys, the newest first.
    keys: Vec<KeyView>,
}

/// A key of a project.
#[derive(Serialize, ToSchema)]
#[schema(as = ProjectKey)]
struct KeyView {
    /// 32 hex digits.
    public_key: String,
    /// What to set as `SENTRY_DSN`.
    dsn: String,
    /// Whether it is accepted.
    active: bool,
    /// When it was made.
    created_at: String,
}

/// All projects.
#[derive(Serialize, ToSchema)]
struct ProjectList {
    /// By number.
    projects: Vec<ProjectView>,
}

fn key_view(app: &App, project: i64, key: ProjectKey) -> KeyView {
    KeyView {
        dsn: app.dsn(project, &key.public_key),
        active: key.revoked.is_none(),
        created_at: rfc3339(key.created),
        public_key: key.public_key,
    }
}

fn view(app: &App, project: Project) -> ProjectView {
    let id = project.id;
    ProjectView {
        id,
        name: project.name,
        created_at: rfc3339(project.created),
        keys: project.keys.into_iter().map(|key| key_view(app, id, key)).collect(),
    }
}

/// Projects that may send errors, with their DSNs.
#[utoipa::path(get, path = "/api/v1/errors/projects", tag = "errors", operation_id = "list_projects",
    responses((status = 200, description = "All projects", body = ProjectList)))]
pub(super) async fn list(State(app): State<Arc<App>>, headers: HeaderMap) -> Answer {
    let projects = app.access.state().projects().await.map_err(state_problem)?;
    let projects = projects.into_iter().map(|project| view(&app, project)).collect();
    json(&headers, &ProjectList { projects })
}

/// A project to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewProject {
    /// Its name: the service.
    name: String,
}

/// Makes a project with a key.
#[utoipa::path(post, path = "/api/v1/errors/projects", tag = "errors", operation_id = "create_project",
    request_body = NewProject,
    responses((status = 201, description = "The project", body = ProjectView)))]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    caller: Caller,
    request: Request,
) -> Answer {
    let bytes = body::read(request, BODY_BYTES_MAX, BODY_TIMEOUT).await?;
    let NewProject { name } = body::json(&bytes, r#"{"name": "checkout"}"#)?;
    let state = app.access.state();
    let project = state.create_project(&name, &caller.actor()).await.map_err(state_problem)?;
    app.errors.reload_projects().await?;
    Ok((StatusCode::CREATED, axum::Json(view(&app, project))).into_response())
}

/// Gives a project one more key.
#[utoipa::path(post, path = "/api/v1/errors/projects/{id}/keys", tag = "errors",
    operation_id = "create_project_key",
    params(("id" = i64, Path, description = "The project's number")),
    responses((status = 201, description = "The key", body = KeyView)))]
pub(super) async fn create_key(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<i64>,
) -> Answer {
    let state = app.access.state();
    let key = state.create_project_key(id, &caller.actor()).await.map_err(state_problem)?;
    app.errors.reload_projects().await?;
    Ok((StatusCode::CREATED, axum::Json(key_view(&app, id, key))).into_response())
}

/// Takes a key from a project: what is sent with it is refused from now on.
#[utoipa::path(delete, path = "/api/v1/errors/projects/{id}/keys/{public_key}", tag = "errors",
    operation_id = "revoke_project_key",
    params(
        ("id" = i64, Path, description = "The project's number"),
        ("public_key" = String, Path, description = "32 hex digits"),
    ),
    responses((status = 204, description = "It is revoked")))]
pub(super) async fn revoke_key(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((id, public_key)): Path<(i64, String)>,
) -> Answer {
    let state = app.access.state();
    let done = state.revoke_project_key(id, &public_key, &caller.actor()).await;
    if !done.map_err(state_problem)? {
        return Err(Problem::new(ErrorCode::NotFound, "the project has no such key in use")
            .hint("GET /api/v1/errors/projects lists them"));
    }
    app.errors.reload_projects().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
