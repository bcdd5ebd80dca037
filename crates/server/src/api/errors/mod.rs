//! Errors: the inbox, one issue, its occurrences, and what people do with them.

mod actions;
mod issue;
mod list;
mod monitors;
mod projects;
mod releases;
mod rules;
mod searches;
mod source_maps;

use std::sync::Arc;

use axum::http::Method;
use plimsoll_query::ErrorSearch;
use utoipa::{IntoParams, OpenApi};

use super::Params;
use crate::access::{Routes, Rule};
use crate::app::App;
use crate::problem::Problem;

/// The range where neither `from` nor `to` is given: two weeks.
const WINDOW_DEFAULT_NANO: i64 = 14 * 86_400 * 1_000_000_000;

/// Where occurrences are looked for.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents the parameters, whose names are also those that are known")]
struct RangeParams {
    /// Occurrences from this time: RFC 3339, Unix seconds, or relative like -14d (the default)
    from: Option<String>,
    /// Occurrences before this time; now by default
    to: Option<String>,
    /// In exactly this service
    service: Option<String>,
    /// In exactly this deployment environment
    environment: Option<String>,
    /// Of exactly this release
    release: Option<String>,
}

/// Which page of a list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents the parameters, whose names are also those that are known")]
struct PageParams {
    /// Items on a page: 1 to 1000, 50 by default
    limit: Option<usize>,
    /// Where the page before ended: its `next_cursor`
    cursor: Option<String>,
}

#[derive(OpenApi)]
#[openapi(
    tags((name = "errors", description = "Errors, grouped into issues")),
    paths(
        list::list,
        list::events,
        issue::issue,
        issue::occurrences,
        issue::occurrence,
        issue::tags,
        issue::groups,
        issue::activity,
        actions::change,
        actions::change_many,
        actions::comment,
        actions::merge,
        actions::split,
        projects::list,
        projects::create,
        projects::create_key,
        projects::revoke_key,
        releases::list,
        releases::get,
        releases::put,
        releases::deploy,
        releases::deploys,
        rules::get,
        rules::put,
        rules::preview,
        searches::list,
        searches::save,
        searches::delete,
        issue::attachment,
        monitors::list,
        monitors::check_ins,
        monitors::delete,
        source_maps::put,
        source_maps::list,
        source_maps::delete,
    )
)]
pub(super) struct ErrorsApi;

/// The routes: all of them an admin's.
pub(super) fn routes(app: &Arc<App>) -> Routes {
    let admin = Rule::Admin;
    let (get, post) = (Method::GET, Method::POST);
    const ISSUE: &str = "/api/v1/monitoring/errors/{id}";
    Routes::new(&app.access)
        .route(admin, get.clone(), "/api/v1/monitoring/errors", list::list)
        .route(admin, get.clone(), "/api/v1/monitoring/errors/events", list::events)
        .route(admin, post.clone(), "/api/v1/monitoring/errors/actions", actions::change_many)
        .route(admin, post.clone(), "/api/v1/monitoring/errors/merge", actions::merge)
        .route(admin, get.clone(), ISSUE, issue::issue)
        .route(admin, Method::PATCH, ISSUE, actions::change)
        .route(admin, get.clone(), "/api/v1/monitoring/errors/{id}/occurrences", issue::occurrences)
        .route(
            admin,
            get.clone(),
            "/api/v1/monitoring/errors/{id}/occurrences/{occurrence}",
            issue::occurrence,
        )
        .route(admin, get.clone(), "/api/v1/monitoring/errors/{id}/tags", issue::tags)
        .route(admin, get.clone(), "/api/v1/monitoring/errors/{id}/groups", issue::groups)
        .route(admin, get.clone(), "/api/v1/monitoring/errors/{id}/activity", issue::activity)
        .route(admin, post.clone(), "/api/v1/monitoring/errors/{id}/comments", actions::comment)
        .route(admin, post.clone(), "/api/v1/monitoring/errors/{id}/split", actions::split)
        .route(admin, get, "/api/v1/errors/projects", projects::list)
        .route(admin, post.clone(), "/api/v1/errors/projects", projects::create)
        .route(admin, post, "/api/v1/errors/projects/{id}/keys", projects::create_key)
        .route(
            admin,
            Method::DELETE,
            "/api/v1/errors/projects/{id}/keys/{public_key}",
            projects::revoke_key,
        )
        .route(
            admin,
            Method::GET,
            "/api/v1/monitoring/errors/{id}/occurrences/{occurrence}/attachments/{attachment}",
            issue::attachment,
        )
        .route(admin, Method::GET, "/api/v1/errors/searches", searches::list)
        .route(admin, Method::POST, "/api/v1/errors/searches", searches::save)
        .route(admin, Method::DELETE, "/api/v1/errors/searches/{id}", searches::delete)
        .route(admin, Method::GET, "/api/v1/errors/grouping-rules", rules::get)
        .route(admin, Method::PUT, "/api/v1/errors/grouping-rules", rules::put)
        .route(admin, Method::POST, "/api/v1/errors/grouping-rules/preview", rules::preview)
        .route(admin, Method::GET, "/api/v1/releases", releases::list)
        .route(admin, Method::POST, "/api/v1/releases", releases::put)
        .route(admin, Method::GET, "/api/v1/releases/{version}", releases::get)
        .route(admin, Method::POST, "/api/v1/releases/{version}/deploys", releases::deploy)
        .route(admin, Method::GET, "/api/v1/deploys", releases::deploys)
        .route(admin, Method::GET, "/api/v1/monitors", monitors::list)
        .route(admin, Method::GET, "/api/v1/monitors/{slug}/check-ins", monitors::check_ins)
        .route(admin, Method::DELETE, "/api/v1/monitors/{slug}", monitors::delete)
        .route(admin, Method::GET, "/api/v1/source-maps", source_maps::list)
        .route(admin, Method::PUT, "/api/v1/source-maps", source_maps::put)
        .route(admin, Method::DELETE, "/api/v1/source-maps/{id}", source_maps::delete)
        .with_state(Arc::clone(app))
}

/// Where occurrences are looked for.
fn search(params: &Params, app: &App) -> Result<ErrorSearch, Problem> {
    Ok(ErrorSearch {
        window: params.window_of(app.clock.now(), WINDOW_DEFAULT_NANO)?,
        service: params.text("service")?,
        environment: params.text("environment")?,
        release: params.text("release")?,
    })
}
