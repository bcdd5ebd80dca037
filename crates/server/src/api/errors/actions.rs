//! What people do with issues.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{RangeParams, search};
use crate::access::{Caller, state_problem};
use crate::api::answer::{Answer, json, only};
use crate::api::{Params, body};
use crate::app::App;
use crate::errors::{ActivityView, ChangeRequest, IssueView, parse_hex};
use crate::problem::Problem;

/// Largest body: a list of ids, or a comment.
const BODY_BYTES_MAX: usize = 64 << 10;
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// Issues that are changed at once.
const IDS_MAX: usize = 1_000;

async fn read<T: serde::de::DeserializeOwned>(
    request: Request,
    expected: &str,
) -> Result<T, Problem> {
    let bytes = body::read(request, BODY_BYTES_MAX, BODY_TIMEOUT).await?;
    body::json(&bytes, expected)
}

/// Changes an issue.
#[utoipa::path(patch, path = "/api/v1/monitoring/errors/{id}", tag = "errors", operation_id = "change_issue",
    params(("id" = i64, Path, description = "The issue's number"), RangeParams),
    request_body = ChangeRequest,
    responses((status = 200, description = "The issue", body = IssueView)))]
pub(super) async fn change(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<i64>,
    headers: HeaderMap,
    params: Params,
    request: Request,
) -> Answer {
    only::<RangeParams>(&params)?;
    let search = search(&params, &app)?;
    let change: ChangeRequest = read(request, r#"{"status": "resolved"}"#).await?;
    let mut done = app.errors.change(&[id], &change, &caller.actor()).await?;
    match done.failed.pop() {
        Some((_, problem)) => Err(problem),
        None => json(&headers, &app.errors.view(id, search).await?),
    }
}

/// A change of several issues.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangeMany {
    /// The issues' numbers.
    ids: Vec<i64>,
    /// The change.
    change: ChangeRequest,
}

/// What became of it.
#[derive(Serialize, ToSchema)]
struct ChangedMany {
    /// Issues that were changed.
    changed: Vec<i64>,
    /// Issues that were not, and why.
    failed: Vec<NotChanged>,
}

/// An issue that was not changed.
#[derive(Serialize, ToSchema)]
struct NotChanged {
    /// Its number.
    id: i64,
    /// Why.
    detail: String,
}

/// Changes several issues, all that can be.
#[utoipa::path(post, path = "/api/v1/monitoring/errors/actions", tag = "errors", operation_id = "change_issues",
    request_body = ChangeMany,
    responses((status = 200, description = "What was changed", body = ChangedMany)))]
pub(super) async fn change_many(
    State(app): State<Arc<App>>,
    caller: Caller,
    headers: HeaderMap,
    request: Request,
) -> Answer {
    let expected = r#"{"ids": [1, 2], "change": {"status": "resolved"}}"#;
    let ChangeMany { ids, change } = read(request, expected).await?;
    if ids.is_empty() || ids.len() > IDS_MAX {
        return Err(Problem::invalid(format!(
            "ids has {} numbers, expected 1 to {IDS_MAX}",
            ids.len()
        )));
    }
    let done = app.errors.change(&ids, &change, &caller.actor()).await?;
    let failed = done.failed.into_iter();
    let failed = failed.map(|(id, problem)| NotChanged { id, detail: problem.detail }).collect();
    json(&headers, &ChangedMany { changed: done.changed, failed })
}

/// A comment.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewComment {
    /// What to say: 1 to 10,000 characters.
    text: String,
}

/// Comments on an issue.
#[utoipa::path(post, path = "/api/v1/monitoring/errors/{id}/comments", tag = "errors",
    operation_id = "comment_issue",
    params(("id" = i64, Path, description = "The issue's number")),
    request_body = NewComment,
    responses((status = 201, description = "The comment", body = ActivityView)))]
pub(super) async fn comment(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<i64>,
    request: Request,
) -> Answer {
    let NewComment { text } = read(request, r#"{"text": "fixed by 4c1f"}"#).await?;
    let text = text.trim();
    if text.is_empty() || text.chars().count() > 10_000 {
        return Err(Problem::invalid("a comment has 1 to 10,000 characters"));
    }
    let state = app.access.state();
    let line = state.comment_issue(id, text, &caller.actor()).await.map_err(state_problem)?;
    Ok((StatusCode::CREATED, axum::Json(ActivityView::from(line))).into_response())
}

/// Issues to be merged.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Merge {
    /// The issue that stays.
    into: i64,
    /// Those that become part of it.
    ids: Vec<i64>,
}

/// Makes issues part of another. Each group can be taken out again.
#[utoipa::path(post, path = "/api/v1/monitoring/errors/merge", tag = "errors", operation_id = "merge_issues",
    params(RangeParams), request_body = Merge,
    responses((status = 200, description = "The issue that stays", body = IssueView)))]
pub(super) async fn merge(
    State(app): State<Arc<App>>,
    caller: Caller,
    headers: HeaderMap,
    params: Params,
    request: Request,
) -> Answer {
    only::<RangeParams>(&params)?;
    let search = search(&params, &app)?;
    let Merge { into, ids } = read(request, r#"{"into": 1, "ids": [2, 3]}"#).await?;
    if ids.len() > IDS_MAX {
        return Err(Problem::invalid(format!(
            "ids has {} numbers, expected 1 to {IDS_MAX}",
            ids.len()
        )));
    }
    app.errors.merge(into, &ids, &caller.actor()).await?;
    json(&headers, &app.errors.view(into, search).await?)
}

/// What to take out of an issue.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Split {
    /// A group of it: 16 hex digits.
    fingerprint: String,
    /// Variants of the group; the whole group where absent.
    #[serde(default)]
    variants: Vec<String>,
}

/// Takes a group, or variants of one, out of an issue and makes them one of their own.
#[utoipa::path(post, path = "/api/v1/monitoring/errors/{id}/split", tag = "errors", operation_id = "split_issue",
    params(("id" = i64, Path, description = "The issue's number"), RangeParams),
    request_body = Split,
    responses((status = 200, description = "The new issue", body = IssueView)))]
pub(super) async fn split(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<i64>,
    headers: HeaderMap,
    params: Params,
    request: Request,
) -> Answer {
    only::<RangeParams>(&params)?;
    let search = search(&params, &app)?;
    let expected = r#"{"fingerprint": "00f1…", "variants": ["00a2…"]}"#;
    let split: Split = read(request, expected).await?;
    let number = |text: &String| {
        parse_hex(text)
            .ok_or_else(|| Problem::invalid(format!("{text:?} is not 16 hex digits of a group")))
    };
    let fingerprint = number(&split.fingerprint)?;
    let variants = split.variants.iter().map(number).collect::<Result<Vec<_>, _>>()?;
    if variants.len() > IDS_MAX {
        return Err(Problem::invalid(format!(
            "variants are {}, expected {IDS_MAX} at most",
            variants.len()
        )));
    }
    let made = app.errors.split(id, fingerprint, &variants, &caller.actor()).await?;
    json(&headers, &app.errors.view(made, search).await?)
}
