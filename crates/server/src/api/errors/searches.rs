//! Searches for issues that people save.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use plimsoll_model::ErrorCode;
use plimsoll_state::IssueSearch;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::{Caller, state_problem};
use crate::api::answer::{Answer, json};
use crate::api::body;
use crate::app::App;
use crate::problem::Problem;

const BODY_BYTES_MAX: usize = 8 << 10;
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// Longest name, in characters.
const NAME_CHARS_MAX: usize = 100;
/// Longest query, in characters.
const QUERY_CHARS_MAX: usize = 4_000;

/// A saved search.
#[derive(Serialize, ToSchema)]
#[schema(as = IssueSearch)]
struct SearchView {
    /// Its number.
    id: i64,
    /// Its name.
    name: String,
    /// The query string of the list of issues.
    query: String,
    /// Who saved it.
    by: String,
}

impl From<IssueSearch> for SearchView {
    fn from(search: IssueSearch) -> Self {
        Self { id: search.id, name: search.name, query: search.query, by: search.by }
    }
}

/// All saved searches.
#[derive(Serialize, ToSchema)]
struct SearchList {
    /// By name.
    searches: Vec<SearchView>,
}

/// Saved searches.
#[utoipa::path(get, path = "/api/v1/errors/searches", tag = "errors", operation_id = "list_issue_searches",
    responses((status = 200, description = "All of them", body = SearchList)))]
pub(super) async fn list(State(app): State<Arc<App>>, headers: HeaderMap) -> Answer {
    let searches = app.access.state().issue_searches().await.map_err(state_problem)?;
    json(&headers, &SearchList { searches: searches.into_iter().map(SearchView::from).collect() })
}

/// A search to be saved.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewSearch {
    /// Its name; one of the same name is replaced.
    name: String,
    /// The query string of the list of issues, like `status=unresolved&q=is%3Anew`.
    query: String,
}

/// Saves a search.
#[utoipa::path(post, path = "/api/v1/errors/searches", tag = "errors", operation_id = "save_issue_search",
    request_body = NewSearch,
    responses((status = 201, description = "The search", body = SearchView)))]
pub(super) async fn save(State(app): State<Arc<App>>, caller: Caller, request: Request) -> Answer {
    let bytes = body::read(request, BODY_BYTES_MAX, BODY_TIMEOUT).await?;
    let new: NewSearch = body::json(&bytes, r#"{"name": "mine", "query": "q=is%3Anew"}"#)?;
    let name = new.name.trim();
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
        return Err(Problem::invalid(format!(
            "a search's name has 1 to {NAME_CHARS_MAX} characters"
        )));
    }
    if new.query.chars().count() > QUERY_CHARS_MAX {
        return Err(Problem::invalid(format!("a query has at most {QUERY_CHARS_MAX} characters")));
    }
    let state = app.access.state();
    let saved = state.save_issue_search(name, &new.query, &caller.actor()).await;
    let saved = SearchView::from(saved.map_err(state_problem)?);
    Ok((StatusCode::CREATED, axum::Json(saved)).into_response())
}

/// Deletes a saved search.
#[utoipa::path(delete, path = "/api/v1/errors/searches/{id}", tag = "errors", operation_id = "delete_issue_search",
    params(("id" = i64, Path, description = "Its number")),
    responses((status = 204, description = "It is gone")))]
pub(super) async fn delete(State(app): State<Arc<App>>, Path(id): Path<i64>) -> Answer {
    match app.access.state().delete_issue_search(id).await.map_err(state_problem)? {
        true => Ok(StatusCode::NO_CONTENT.into_response()),
        false => Err(Problem::new(ErrorCode::NotFound, "no saved search has this id")),
    }
}
