//! One issue: its counts, occurrences, tags, groups and history.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::IntoResponse;
use plimsoll_query::{OccurrencePage, TagDistribution, Which};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::{PageParams, RangeParams, search};
use crate::api::Params;
use crate::api::answer::{Answer, Both, json, only};
use crate::app::App;
use crate::errors::{ActivityView, IssueDetail, IssueGroup, OccurrenceView};
use crate::problem::Problem;

/// An issue.
#[utoipa::path(get, path = "/api/v1/monitoring/errors/{id}", tag = "errors", operation_id = "get_issue",
    params(("id" = i64, Path, description = "The issue's number"), RangeParams),
    responses((status = 200, description = "The issue", body = IssueDetail)))]
pub(super) async fn issue(
    State(app): State<Arc<App>>,
    Path(id): Path<i64>,
    headers: HeaderMap,
    params: Params,
) -> Answer {
    only::<RangeParams>(&params)?;
    json(&headers, &app.errors.detail(id, search(&params, &app)?).await?)
}

/// Which occurrences.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents the parameters, whose names are also those that are known")]
struct TextParams {
    /// The message contains this, whatever the case
    q: Option<String>,
}

/// An issue's occurrences, newest first.
#[utoipa::path(get, path = "/api/v1/monitoring/errors/{id}/occurrences", tag = "errors",
    operation_id = "list_occurrences",
    params(("id" = i64, Path, description = "The issue's number"), RangeParams, TextParams, PageParams),
    responses((status = 200, description = "A page of occurrences", body = OccurrencePage)))]
pub(super) async fn occurrences(
    State(app): State<Arc<App>>,
    Path(id): Path<i64>,
    headers: HeaderMap,
    params: Params,
) -> Answer {
    only::<Both<Both<RangeParams, TextParams>, PageParams>>(&params)?;
    let (text, cursor) = (params.text("q")?, params.text("cursor")?);
    let search = search(&params, &app)?;
    json(&headers, &app.errors.occurrences(id, search, text, params.limit()?, cursor).await?)
}

/// One occurrence in full.
#[utoipa::path(get, path = "/api/v1/monitoring/errors/{id}/occurrences/{occurrence}", tag = "errors",
    operation_id = "get_occurrence",
    params(
        ("id" = i64, Path, description = "The issue's number"),
        ("occurrence" = String, Path, description = "32 hex digits, or latest or oldest"),
    ),
    responses((status = 200, description = "The occurrence", body = OccurrenceView)))]
pub(super) async fn occurrence(
    State(app): State<Arc<App>>,
    Path((id, occurrence)): Path<(i64, String)>,
    headers: HeaderMap,
    params: Params,
) -> Answer {
    params.only(&[])?;
    let which = match occurrence.as_str() {
        "latest" => Which::Latest,
        "oldest" => Which::Oldest,
        hex if hex.len() == 32 => u128::from_str_radix(hex, 16)
            .map(|id| Which::Id(id.to_be_bytes()))
            .map_err(|_| no_id(&occurrence))?,
        _ => return Err(no_id(&occurrence)),
    };
    json(&headers, &app.errors.occurrence(id, which).await?)
}

/// A file that came with an occurrence, as it was sent.
#[utoipa::path(get, path = "/api/v1/monitoring/errors/{id}/occurrences/{occurrence}/attachments/{attachment}",
    tag = "errors", operation_id = "get_attachment",
    params(
        ("id" = i64, Path, description = "The issue's number"),
        ("occurrence" = String, Path, description = "32 hex digits"),
        ("attachment" = String, Path, description = "The file's id"),
    ),
    responses((status = 200, description = "The file", content_type = "application/octet-stream")))]
pub(super) async fn attachment(
    State(app): State<Arc<App>>,
    Path((_, occurrence, attachment)): Path<(i64, String, String)>,
) -> Answer {
    let event = u128::from_str_radix(&occurrence, 16).map_err(|_| no_id(&occurrence))?;
    let (row, bytes) = app.errors.attachment(&event.to_be_bytes(), &attachment).await?;
    // Whatever it says it is: a browser must not run it.
    let name: String = (row.name.chars())
        .map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' })
        .collect();
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    Ok((headers, bytes).into_response())
}

fn no_id(text: &str) -> Problem {
    let text: String = text.chars().take(60).collect();
    Problem::invalid(format!("occurrence is {text:?}, expected 32 hex digits, latest or oldest"))
}

/// How often each value of each tag occurs.
#[derive(Serialize, ToSchema)]
struct IssueTags {
    /// Keys, the most frequent first.
    tags: Vec<TagDistribution>,
}

/// How often each value of each tag occurs, among the occurrences that were kept.
#[utoipa::path(get, path = "/api/v1/monitoring/errors/{id}/tags", tag = "errors", operation_id = "get_issue_tags",
    params(("id" = i64, Path, description = "The issue's number"), RangeParams),
    responses((status = 200, description = "The distributions", body = IssueTags)))]
pub(super) async fn tags(
    State(app): State<Arc<App>>,
    Path(id): Path<i64>,
    headers: HeaderMap,
    params: Params,
) -> Answer {
    only::<RangeParams>(&params)?;
    let tags = app.errors.tags(id, search(&params, &app)?).await?;
    json(&headers, &IssueTags { tags })
}

/// The groups of an issue.
#[derive(Serialize, ToSchema)]
struct IssueGroups {
    /// Those that occur most first.
    groups: Vec<IssueGroup>,
}

/// The groups of an issue, and the variants of each.
#[utoipa::path(get, path = "/api/v1/monitoring/errors/{id}/groups", tag = "errors",
    operation_id = "get_issue_groups",
    params(("id" = i64, Path, description = "The issue's number")),
    responses((status = 200, description = "The groups", body = IssueGroups)))]
pub(super) async fn groups(
    State(app): State<Arc<App>>,
    Path(id): Path<i64>,
    headers: HeaderMap,
    params: Params,
) -> Answer {
    params.only(&[])?;
    json(&headers, &IssueGroups { groups: app.errors.groups(id).await? })
}

/// The history of an issue.
#[derive(Serialize, ToSchema)]
struct IssueHistory {
    /// The newest first.
    activity: Vec<ActivityView>,
}

/// The history of an issue: what happened by itself, what people did and said.
#[utoipa::path(get, path = "/api/v1/monitoring/errors/{id}/activity", tag = "errors",
    operation_id = "get_issue_activity",
    params(("id" = i64, Path, description = "The issue's number")),
    responses((status = 200, description = "The newest 200 lines", body = IssueHistory)))]
pub(super) async fn activity(
    State(app): State<Arc<App>>,
    Path(id): Path<i64>,
    headers: HeaderMap,
    params: Params,
) -> Answer {
    params.only(&[])?;
    json(&headers, &IssueHistory { activity: app.errors.activity(id).await? })
}
