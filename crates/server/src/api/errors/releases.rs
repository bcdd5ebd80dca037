//! Releases and deploys: told by whoever builds, and seen in what comes.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use plimsoll_model::ErrorCode;
use plimsoll_state::{Deploy, ReleaseRow};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{PageParams, RangeParams, search};
use crate::access::{Caller, state_problem};
use crate::api::answer::{Answer, Both, json, only};
use crate::api::{Params, body, parse_time};
use crate::app::App;
use crate::errors::{DeployView, ReleaseDetail, deploy_view};
use crate::problem::Problem;

/// Largest body: a release with its commits.
const BODY_BYTES_MAX: usize = 1 << 20;
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// Longest version, as Sentry has it.
const VERSION_CHARS_MAX: usize = 250;
/// Longest of all other texts.
const TEXT_CHARS_MAX: usize = 2_000;

/// A page of releases.
#[derive(Serialize, ToSchema)]
struct ReleaseList {
    /// The newest first.
    releases: Vec<ReleaseDetail>,
    /// Where the next page begins; null at the end.
    next_cursor: Option<String>,
}

/// Releases, with their errors and sessions in a range.
#[utoipa::path(get, path = "/api/v1/releases", tag = "errors", operation_id = "list_releases",
    params(RangeParams, PageParams),
    responses((status = 200, description = "A page of releases", body = ReleaseList)))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    params: Params,
) -> Answer {
    only::<Both<RangeParams, PageParams>>(&params)?;
    let skip = params.parsed("cursor", "the next_cursor of the page before")?.unwrap_or(0);
    let limit = params.limit()?;
    let (releases, more) = app.errors.releases(search(&params, &app)?, skip, limit).await?;
    let next_cursor = more.then(|| (skip + limit).to_string());
    json(&headers, &ReleaseList { releases, next_cursor })
}

/// One release.
#[utoipa::path(get, path = "/api/v1/releases/{version}", tag = "errors", operation_id = "get_release",
    params(("version" = String, Path, description = "Its version"), RangeParams),
    responses((status = 200, description = "The release", body = ReleaseDetail)))]
pub(super) async fn get(
    State(app): State<Arc<App>>,
    Path(version): Path<String>,
    headers: HeaderMap,
    params: Params,
) -> Answer {
    only::<RangeParams>(&params)?;
    let found = app.errors.release(&version, search(&params, &app)?).await?;
    json(&headers, &found.ok_or_else(no_such)?)
}

fn no_such() -> Problem {
    Problem::new(ErrorCode::NotFound, "no release has this version")
        .hint("GET /api/v1/releases lists them")
}

/// A release to be told of. Members that Sentry's own clients send and that are not here are passed over.
#[derive(Deserialize, ToSchema)]
struct NewRelease {
    /// Its version.
    version: String,
    /// Services it belongs to.
    #[serde(default)]
    projects: Vec<String>,
    /// The commit or branch it was built from.
    r#ref: Option<String>,
    /// Where to read about it.
    url: Option<String>,
    /// When it was released: RFC 3339 or Unix seconds.
    #[serde(rename = "dateReleased")]
    date_released: Option<String>,
    /// Its commits.
    #[serde(default)]
    #[schema(value_type = Vec<Object>)]
    commits: Vec<serde_json::Value>,
}

/// Tells of a release, or more of one that is known.
#[utoipa::path(post, path = "/api/v1/releases", tag = "errors", operation_id = "put_release",
    request_body = NewRelease,
    responses((status = 201, description = "The release", body = ReleaseDetail)))]
pub(super) async fn put(State(app): State<Arc<App>>, caller: Caller, request: Request) -> Answer {
    let bytes = body::read(request, BODY_BYTES_MAX, BODY_TIMEOUT).await?;
    let new: NewRelease = body::json(&bytes, r#"{"version": "1.4.2", "projects": ["checkout"]}"#)?;
    check_version(&new.version)?;
    let commits = match new.commits.is_empty() {
        true => String::new(),
        false => serde_json::to_string(&new.commits).map_err(Problem::internal)?,
    };
    let release = ReleaseRow {
        version: new.version,
        reference: text("ref", new.r#ref)?,
        url: text("url", new.url)?,
        commits,
        created: 0,
        released: time("dateReleased", new.date_released, &app)?,
    };
    let state = app.access.state();
    let stored = state.put_release(&release, &new.projects, &caller.actor()).await;
    let version = stored.map_err(state_problem)?.version;
    let search = search(&Params::default(), &app)?;
    let detail = app.errors.release(&version, search).await?.ok_or_else(no_such)?;
    Ok((StatusCode::CREATED, axum::Json(detail)).into_response())
}

/// A deploy to be told of.
#[derive(Deserialize, ToSchema)]
struct NewDeploy {
    /// Where to.
    environment: String,
    /// What it is called.
    name: Option<String>,
    /// Where to read about it.
    url: Option<String>,
    /// When it began: RFC 3339 or Unix seconds.
    #[serde(rename = "dateStarted")]
    date_started: Option<String>,
    /// When it was done; now where absent.
    #[serde(rename = "dateFinished")]
    date_finished: Option<String>,
}

/// Tells of a deploy of a release. The release need not be known.
#[utoipa::path(post, path = "/api/v1/releases/{version}/deploys", tag = "errors", operation_id = "add_deploy",
    params(("version" = String, Path, description = "The release's version")),
    request_body = NewDeploy,
    responses((status = 201, description = "The deploy", body = DeployView)))]
pub(super) async fn deploy(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(version): Path<String>,
    request: Request,
) -> Answer {
    let bytes = body::read(request, BODY_BYTES_MAX, BODY_TIMEOUT).await?;
    let new: NewDeploy = body::json(&bytes, r#"{"environment": "production"}"#)?;
    check_version(&version)?;
    if new.environment.trim().is_empty() {
        return Err(Problem::invalid(
            "environment is empty, expected where the release was deployed to",
        ));
    }
    let finished = time("dateFinished", new.date_finished, &app)?;
    let deploy = Deploy {
        id: 0,
        version,
        environment: text("environment", Some(new.environment))?,
        name: text("name", new.name)?,
        url: text("url", new.url)?,
        started: time("dateStarted", new.date_started, &app)?,
        finished: finished.unwrap_or_else(|| app.clock.now()),
    };
    let state = app.access.state();
    let stored = state.add_deploy(&deploy, &caller.actor()).await.map_err(state_problem)?;
    Ok((StatusCode::CREATED, axum::Json(deploy_view(stored, Vec::new()))).into_response())
}

/// Deploys of a range.
#[derive(Serialize, ToSchema)]
struct DeployList {
    /// The oldest first.
    deploys: Vec<DeployView>,
}

/// Deploys that were done in a range: marks on charts.
#[utoipa::path(get, path = "/api/v1/deploys", tag = "errors", operation_id = "list_deploys",
    params(RangeParams),
    responses((status = 200, description = "The deploys", body = DeployList)))]
pub(super) async fn deploys(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    params: Params,
) -> Answer {
    only::<RangeParams>(&params)?;
    let deploys = app.errors.deploys(&search(&params, &app)?).await?;
    json(&headers, &DeployList { deploys })
}

fn check_version(version: &str) -> Result<(), Problem> {
    let fine = !version.trim().is_empty()
        && version.chars().count() <= VERSION_CHARS_MAX
        && !version.chars().any(|c| c.is_control() || c == '/' || c == '\\');
    match fine {
        true => Ok(()),
        false => Err(Problem::invalid(format!(
            "a version has 1 to {VERSION_CHARS_MAX} printable characters and no slash"
        ))),
    }
}

fn text(name: &str, text: Option<String>) -> Result<String, Problem> {
    let text = text.unwrap_or_default();
    match text.chars().count() <= TEXT_CHARS_MAX {
        true => Ok(text),
        false => Err(Problem::invalid(format!("{name} has more than {TEXT_CHARS_MAX} characters"))),
    }
}

fn time(name: &str, text: Option<String>, app: &App) -> Result<Option<i64>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let time = parse_time(&text, app.clock.now());
    time.map(Some).ok_or_else(|| Problem::invalid(format!("{name} is {text:?}, expected a time")))
}
