//! Alerts. The shape is final; there are none until there are rules.

use axum::http::HeaderMap;
use serde::Serialize;
use utoipa::ToSchema;

use super::Params;
use super::answer::{Answer, json};

/// A page of alerts.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(super) struct AlertPage {
    /// Firing first, then newest first.
    alerts: Vec<Alert>,
    /// Where the next page begins; null at the end.
    next_cursor: Option<String>,
}

/// An alert rule's verdict on one set of labels.
#[derive(Debug, Serialize, ToSchema)]
struct Alert {
    id: String,
    name: String,
    /// `firing`, `pending` or `resolved`.
    state: String,
    severity: String,
    /// One sentence for people.
    summary: String,
    labels: std::collections::BTreeMap<String, String>,
    started_at: String,
    ended_at: Option<String>,
}

/// Alerts, firing and past.
#[utoipa::path(get, path = "/api/v1/monitoring/alerts", tag = "monitoring",
    operation_id = "list_alerts",
    responses((status = 200, description = "A page of alerts", body = AlertPage)))]
pub(super) async fn alerts(headers: HeaderMap, params: Params) -> Answer {
    params.only(&["limit", "cursor"])?;
    params.limit()?;
    json(&headers, &AlertPage::default())
}
