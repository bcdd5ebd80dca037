//! The HTTP API: reads parameters, asks the query engine, answers JSON.
//!
//! Invariants: every parameter is checked before a query starts; every failure is a problem; every
//! route is in the OpenAPI document (a test compares the two).

mod alerts;
mod answer;
mod body;
mod cardinality;
mod dashboards;
mod docs;
mod errors;
mod logs;
mod openapi;
mod params;
mod service_map;
mod services;
mod sql;
mod summary;
mod time;
mod traces;

use std::sync::Arc;

use axum::http::Method;
use plimsoll_model::ErrorCode;
use plimsoll_query::QueryError;

pub use openapi::document;
pub(crate) use params::Params;
pub use time::parse_time;

use crate::access::{Routes, Rule};
use crate::app::App;
use crate::problem::Problem;

/// Who may call what of the API: a viewer sees the summary, everything else is an admin's.
pub(crate) fn routes(app: &Arc<App>) -> Routes {
    let (viewer, admin, get) = (Rule::Viewer, Rule::Admin, Method::GET);
    Routes::new(&app.access)
        .route(viewer, get.clone(), "/api/v1/monitoring/metrics", summary::metrics)
        .route(admin, get.clone(), "/api/v1/monitoring/dashboard", services::dashboard)
        .route(admin, get.clone(), "/api/v1/monitoring/services", services::services)
        .route(admin, get.clone(), "/api/v1/monitoring/services/{name}", services::service)
        .route(admin, get.clone(), "/api/v1/monitoring/traces", traces::traces)
        .route(admin, get.clone(), "/api/v1/monitoring/traces/{trace_id}", traces::trace)
        .route(admin, get.clone(), "/api/v1/monitoring/logs", logs::logs)
        .route(admin, get.clone(), "/api/v1/monitoring/logs/volume", logs::volume)
        .route(admin, get.clone(), "/api/v1/monitoring/alerts", alerts::alerts)
        .route(admin, get.clone(), "/api/v1/monitoring/service-map", service_map::service_map)
        .route(admin, get.clone(), "/api/v1/monitoring/cardinality", cardinality::cardinality)
        .route(admin, Method::POST, "/api/v1/query/sql", sql::sql)
        .route(viewer, get.clone(), "/api/v1/dashboards", dashboards::list)
        .route(admin, Method::POST, "/api/v1/dashboards", dashboards::create)
        .route(admin, Method::POST, "/api/v1/dashboards/import", dashboards::import)
        .route(viewer, get.clone(), "/api/v1/dashboards/{id}", dashboards::get)
        .route(admin, Method::PUT, "/api/v1/dashboards/{id}", dashboards::update)
        .route(admin, Method::DELETE, "/api/v1/dashboards/{id}", dashboards::delete)
        .route(viewer, get.clone(), "/api/v1/dashboards/{id}/versions", dashboards::versions)
        .route(Rule::Public, get.clone(), "/api/openapi.json", docs::openapi)
        .route(Rule::Public, get.clone(), "/api/docs", docs::page)
        .route(Rule::Public, get.clone(), "/api/docs/docs.js", docs::script)
        .route(Rule::Public, get, "/api/docs/docs.css", docs::style)
        .with_state(Arc::clone(app))
        .merge(errors::routes(app))
}

/// A failed query as its caller sees it; the cause goes to the log.
pub(crate) fn query_problem(error: QueryError) -> Problem {
    if let Some(cause) = &error.cause {
        match error.code {
            ErrorCode::Internal => tracing::error!(%cause, "a query failed for a reason of ours"),
            _ => tracing::debug!(%cause, code = ?error.code, "a query was refused"),
        }
    }
    let mut problem = Problem::new(error.code, error.message);
    problem.hint = error.hint;
    problem.location =
        error.location.map(|at| format!("query, line {}, column {}", at.line, at.column));
    problem
}
