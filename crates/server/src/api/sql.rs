//! SQL over the store: read-only, bounded in time, memory and rows.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use plimsoll_model::ErrorCode;
use plimsoll_query::SqlResult;
use serde::Deserialize;
use utoipa::ToSchema;

use super::answer::{Answer, json};
use super::{body, query_problem};
use crate::app::App;
use crate::problem::Problem;

/// Largest body: twice the longest query, for its escapes.
const BODY_BYTES_MAX: usize = 128 << 10;

/// A query.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SqlRequest {
    /// One `SELECT`.
    query: String,
    /// Most rows of the answer; the server's limit by default, and never more.
    limit: Option<usize>,
}

/// Runs one SQL query.
#[utoipa::path(post, path = "/api/v1/query/sql", tag = "query", operation_id = "query_sql",
    request_body = SqlRequest,
    responses((status = 200, description = "Columns and rows", body = SqlResult)))]
pub(super) async fn sql(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    request: Request,
) -> Answer {
    let SqlRequest { query, limit } = read(request, &app).await?;
    json(&headers, &app.engine.sql(query, limit).await.map_err(query_problem)?)
}

async fn read(request: Request, app: &App) -> Result<SqlRequest, Problem> {
    let media_type = request.headers().get(header::CONTENT_TYPE);
    let is_json = media_type.and_then(|value| value.to_str().ok()).is_some_and(|value| {
        let essence = value.split(';').next().unwrap_or_default().trim();
        essence.eq_ignore_ascii_case("application/json")
    });
    if !is_json {
        let detail = "the body is not declared as JSON, expected application/json";
        return Err(
            Problem::new(ErrorCode::UnsupportedMediaType, detail).location("header content-type")
        );
    }
    let bytes = body::read(request, BODY_BYTES_MAX, app.config.otlp.body_timeout).await?;
    body::json(&bytes, r#"{"query": "SELECT …", "limit": 100}"#)
}
