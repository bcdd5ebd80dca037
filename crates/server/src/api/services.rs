//! Services, one service, and the overview.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use plimsoll_query::{Dashboard, ServiceDetail, ServiceList};
use utoipa::IntoParams;

use super::answer::{Answer, Both, json, only};
use super::{Params, query_problem};
use crate::app::App;

/// A window of time.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents the parameters, whose names are also those that are known")]
struct WindowParams {
    /// From this time: RFC 3339, Unix seconds, or relative like -1h (the default)
    from: Option<String>,
    /// Before this time; now by default
    to: Option<String>,
}

/// Where services run.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents the parameters, whose names are also those that are known")]
struct EnvironmentParams {
    /// Of exactly this deployment environment
    environment: Option<String>,
}

/// What an overview needs, in one document.
#[utoipa::path(get, path = "/api/v1/monitoring/dashboard", tag = "monitoring",
    operation_id = "dashboard", params(WindowParams, EnvironmentParams),
    responses((status = 200, description = "The overview", body = Dashboard)))]
pub(super) async fn dashboard(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    params: Params,
) -> Answer {
    only::<Both<WindowParams, EnvironmentParams>>(&params)?;
    let window = params.window(app.clock.now())?;
    let environment = params.text("environment")?;
    json(&headers, &app.engine.dashboard(window, environment).await.map_err(query_problem)?)
}

/// Services with rate, errors and duration.
#[utoipa::path(get, path = "/api/v1/monitoring/services", tag = "monitoring",
    operation_id = "list_services", params(WindowParams, EnvironmentParams),
    responses((status = 200, description = "Services, the busiest first", body = ServiceList)))]
pub(super) async fn services(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    params: Params,
) -> Answer {
    only::<Both<WindowParams, EnvironmentParams>>(&params)?;
    let window = params.window(app.clock.now())?;
    let environment = params.text("environment")?;
    json(&headers, &app.engine.services(window, environment).await.map_err(query_problem)?)
}

/// One service: its course, operations and slowest traces.
#[utoipa::path(get, path = "/api/v1/monitoring/services/{name}", tag = "monitoring",
    operation_id = "get_service",
    params(
        ("name" = String, Path, description = "The service's name"),
        WindowParams,
        EnvironmentParams,
    ),
    responses((status = 200, description = "The service", body = ServiceDetail)))]
pub(super) async fn service(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Path(name): Path<String>,
    params: Params,
) -> Answer {
    only::<Both<WindowParams, EnvironmentParams>>(&params)?;
    let window = params.window(app.clock.now())?;
    let environment = params.text("environment")?;
    json(&headers, &app.engine.service(name, window, environment).await.map_err(query_problem)?)
}
