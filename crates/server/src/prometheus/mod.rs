//! Prometheus' HTTP API under `/prometheus`: what Grafana, promtool and client libraries expect.
//!
//! Invariants: answers and errors have Prometheus' form, not ours, whoever refuses; parameters that are
//! not known are passed over, as Prometheus does; every query is bounded in time, steps and samples.

mod answer;
mod encode;
mod federate;
mod labels;
mod params;
mod query;
mod status;
mod write;

use std::sync::Arc;

use axum::http::Method;

use crate::access::{Routes, Rule};
use crate::app::App;

/// Who may call what: metrics are a viewer's, as elsewhere; writing them is ingest.
pub(crate) fn routes(app: &Arc<App>) -> Routes {
    let viewer = Rule::Viewer;
    let (get, post) = (Method::GET, Method::POST);
    Routes::new(&app.access)
        .route(viewer, get.clone(), "/prometheus/api/v1/query", query::instant)
        .route(viewer, post.clone(), "/prometheus/api/v1/query", query::instant)
        .route(viewer, get.clone(), "/prometheus/api/v1/query_range", query::range)
        .route(viewer, post.clone(), "/prometheus/api/v1/query_range", query::range)
        .route(viewer, get.clone(), "/prometheus/api/v1/query_exemplars", query::exemplars)
        .route(viewer, post.clone(), "/prometheus/api/v1/query_exemplars", query::exemplars)
        .route(viewer, get.clone(), "/prometheus/api/v1/format_query", query::format)
        .route(viewer, post.clone(), "/prometheus/api/v1/format_query", query::format)
        .route(viewer, get.clone(), "/prometheus/api/v1/parse_query", query::parse)
        .route(viewer, post.clone(), "/prometheus/api/v1/parse_query", query::parse)
        .route(viewer, get.clone(), "/prometheus/api/v1/series", labels::series)
        .route(viewer, post.clone(), "/prometheus/api/v1/series", labels::series)
        .route(viewer, get.clone(), "/prometheus/api/v1/labels", labels::names)
        .route(viewer, post.clone(), "/prometheus/api/v1/labels", labels::names)
        .route(viewer, get.clone(), "/prometheus/api/v1/label/{name}/values", labels::values)
        .route(viewer, get.clone(), "/prometheus/api/v1/metadata", labels::metadata)
        .route(viewer, get.clone(), "/prometheus/api/v1/status/buildinfo", status::build_info)
        .route(viewer, get.clone(), "/prometheus/api/v1/status/runtimeinfo", status::runtime_info)
        .route(viewer, get.clone(), "/prometheus/api/v1/status/flags", status::flags)
        .route(viewer, get.clone(), "/prometheus/api/v1/status/tsdb", status::tsdb)
        .route(viewer, get.clone(), "/prometheus/api/v1/targets", status::targets)
        .route(viewer, get.clone(), "/prometheus/api/v1/rules", status::rules)
        .route(viewer, get.clone(), "/prometheus/api/v1/alerts", status::alerts)
        .route(viewer, get, "/prometheus/federate", federate::federate)
        .route(Rule::Ingest, post, "/prometheus/api/v1/write", write::write)
        .with_state(Arc::clone(app))
}

/// The part of the OpenAPI document that is about these routes.
#[derive(utoipa::OpenApi)]
#[openapi(
    tags((name = "prometheus", description = "Prometheus' HTTP API, as Prometheus documents it")),
    paths(
        query::instant,
        query::range,
        query::exemplars,
        query::format,
        query::parse,
        labels::series,
        labels::names,
        labels::values,
        labels::metadata,
        status::build_info,
        status::runtime_info,
        status::flags,
        status::tsdb,
        status::targets,
        status::rules,
        status::alerts,
        federate::federate,
        write::write,
    )
)]
pub(crate) struct PrometheusApi;
