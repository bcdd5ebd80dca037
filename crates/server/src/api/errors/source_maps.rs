//! Source maps of JavaScript.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use plimsoll_issues::source_map::limits::BYTES;
use plimsoll_model::ErrorCode;
use plimsoll_query::rfc3339;
use plimsoll_state::SourceMapRow;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::access::state_problem;
use crate::api::answer::{Answer, json, only};
use crate::api::{Params, body};
use crate::app::App;
use crate::errors::Place;
use crate::problem::Problem;

/// A map of the largest size arrives within this.
const BODY_TIMEOUT: Duration = Duration::from_secs(120);

/// A source map.
#[derive(Serialize, ToSchema)]
#[schema(as = SourceMap)]
struct SourceMapView {
    /// Its id.
    id: String,
    /// The generated file.
    file: String,
    /// The release.
    release: String,
    /// The debug id.
    debug_id: String,
    /// How long it is.
    bytes: i64,
    /// When it came.
    created_at: String,
}

impl From<SourceMapRow> for SourceMapView {
    fn from(row: SourceMapRow) -> Self {
        Self {
            id: row.id,
            file: row.file,
            release: row.release,
            debug_id: row.debug_id,
            bytes: row.bytes,
            created_at: rfc3339(row.created),
        }
    }
}

/// All source maps.
#[derive(Serialize, ToSchema)]
struct SourceMapList {
    /// The newest first.
    source_maps: Vec<SourceMapView>,
}

/// Where a map belongs.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents the parameters, whose names are also those that are known")]
struct PlaceParams {
    /// The release that the file is of
    release: Option<String>,
    /// The generated file as stacks have it; ~ stands for scheme and host: ~/assets/app.js
    file: Option<String>,
    /// The debug id that a bundler wrote into the file, in place of release and file
    debug_id: Option<String>,
}

/// Keeps a source map: what comes from now on is shown in the code that people wrote.
#[utoipa::path(put, path = "/api/v1/source-maps", tag = "errors", operation_id = "put_source_map",
    params(PlaceParams),
    request_body(content = String, content_type = "application/json", description = "The map, version 3"),
    responses((status = 201, description = "It is kept", body = SourceMapView)))]
pub(super) async fn put(State(app): State<Arc<App>>, params: Params, request: Request) -> Answer {
    only::<PlaceParams>(&params)?;
    let text = |name| Ok::<_, Problem>(params.text(name)?.unwrap_or_default());
    let place =
        Place { release: text("release")?, file: text("file")?, debug_id: text("debug_id")? };
    let bytes = body::read(request, BYTES, BODY_TIMEOUT).await?;
    let maps = app.errors.source_maps();
    let row = maps.put(app.access.state(), place, bytes, app.clock.now()).await?;
    Ok((StatusCode::CREATED, axum::Json(SourceMapView::from(row))).into_response())
}

/// Source maps that are kept.
#[utoipa::path(get, path = "/api/v1/source-maps", tag = "errors", operation_id = "list_source_maps",
    responses((status = 200, description = "All of them", body = SourceMapList)))]
pub(super) async fn list(State(app): State<Arc<App>>, headers: HeaderMap) -> Answer {
    let rows = app.access.state().source_maps().await.map_err(state_problem)?;
    let source_maps = rows.into_iter().map(SourceMapView::from).collect();
    json(&headers, &SourceMapList { source_maps })
}

/// Deletes a source map. What was shown by it stays as it is.
#[utoipa::path(delete, path = "/api/v1/source-maps/{id}", tag = "errors", operation_id = "delete_source_map",
    params(("id" = String, Path, description = "Its id")),
    responses((status = 204, description = "It is gone")))]
pub(super) async fn delete(State(app): State<Arc<App>>, Path(id): Path<String>) -> Answer {
    match app.errors.source_maps().delete(app.access.state(), &id).await? {
        true => Ok(StatusCode::NO_CONTENT.into_response()),
        false => Err(Problem::new(ErrorCode::NotFound, "no source map has this id")),
    }
}
