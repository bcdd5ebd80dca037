//! Where the series are.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use plimsoll_series::Cardinality;

use super::Params;
use super::answer::{Answer, json};
use crate::app::App;

/// Entries of each list where nobody asks for more or less.
const TOP_DEFAULT: usize = 20;

/// The metrics, labels and jobs with the most series, and what was refused for its limit.
#[utoipa::path(get, path = "/api/v1/monitoring/cardinality", tag = "monitoring",
    operation_id = "cardinality",
    params(("limit" = Option<usize>, Query, description = "Entries of each list, 20 by default")),
    responses((status = 200, description = "The worst of each kind", body = Cardinality)))]
pub(super) async fn cardinality(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    params: Params,
) -> Answer {
    params.only(&["limit"])?;
    let top = match params.text("limit")? {
        Some(_) => params.limit()?,
        None => TOP_DEFAULT,
    };
    json(&headers, &app.metrics.cardinality(top))
}
