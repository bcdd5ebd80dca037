//! What clients ask to learn whom they talk to.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::Response;
use serde_json::json;

use super::answer::{Failure, success_of};
use super::params::Params;
use crate::app::App;

/// The version of Prometheus whose API this is, for clients that choose by it.
const PROMETHEUS_VERSION: &str = "3.5.0";

/// Who answers. Clients choose their requests by the version.
#[utoipa::path(get, path = "/prometheus/api/v1/status/buildinfo", tag = "prometheus", operation_id = "prometheus_build_info",
    responses((status = 200, description = "Prometheus' answer")))]
pub(super) async fn build_info() -> Response<Body> {
    let info = json!({
        "version": PROMETHEUS_VERSION,
        "revision": concat!("plimsoll-", env!("CARGO_PKG_VERSION")),
        "branch": "",
        "buildUser": "",
        "buildDate": "",
        "goVersion": "",
        "features": {},
    });
    success_of(info, usize::MAX)
}

/// How it runs.
#[utoipa::path(get, path = "/prometheus/api/v1/status/runtimeinfo", tag = "prometheus", operation_id = "prometheus_runtime_info",
    responses((status = 200, description = "Prometheus' answer")))]
pub(super) async fn runtime_info(State(app): State<Arc<App>>) -> Response<Body> {
    let info = json!({
        "startTime": plimsoll_query::rfc3339(app.started),
        "CWD": "",
        "reloadConfigSuccess": true,
        "lastConfigTime": plimsoll_query::rfc3339(app.started),
        "corruptionCount": 0,
        "goroutineCount": 0,
        "GOMAXPROCS": 0,
        "GOGC": "",
        "GODEBUG": "",
        "storageRetention": crate::config::format_duration(app.config.retention.metrics),
    });
    success_of(info, usize::MAX)
}

/// Flags; there are none of Prometheus'.
#[utoipa::path(get, path = "/prometheus/api/v1/status/flags", tag = "prometheus", operation_id = "prometheus_flags",
    responses((status = 200, description = "Prometheus' answer")))]
pub(super) async fn flags() -> Response<Body> {
    success_of(json!({}), usize::MAX)
}

/// Which metrics and labels have the most series.
#[utoipa::path(get, path = "/prometheus/api/v1/status/tsdb", tag = "prometheus", operation_id = "prometheus_tsdb_status",
    responses((status = 200, description = "Prometheus' answer")))]
pub(super) async fn tsdb(State(app): State<Arc<App>>) -> Response<Body> {
    let found = app.metrics.cardinality(10);
    let metrics: Vec<_> =
        found.metrics.iter().map(|m| json!({ "name": m.name, "value": m.series })).collect();
    let labels: Vec<_> =
        found.labels.iter().map(|l| json!({ "name": l.name, "value": l.values })).collect();
    let stats = json!({
        "headStats": {
            "numSeries": found.total.series,
            "numLabelPairs": found.total.label_pairs,
            "chunkCount": 0,
            "minTime": 0,
            "maxTime": 0,
        },
        "seriesCountByMetricName": metrics,
        "labelValueCountByLabelName": labels,
        "memoryInBytesByLabelName": [],
        "seriesCountByLabelValuePair": [],
    });
    success_of(stats, usize::MAX)
}

/// Targets of scraping and how they fare.
#[utoipa::path(get, path = "/prometheus/api/v1/targets", tag = "prometheus", operation_id = "prometheus_targets",
    params(("state" = Option<String>, Query, description = "`active`, `dropped` or `any`")),
    responses((status = 200, description = "Prometheus' answer")))]
pub(super) async fn targets(
    State(app): State<Arc<App>>,
    params: Params,
) -> Result<Response<Body>, Failure> {
    let state = params.get("state").unwrap_or("any");
    let scraper = app.scraper.read();
    let mut targets = scraper.as_ref().map(|scraper| scraper.targets("")).unwrap_or_default();
    drop(scraper);
    if state == "active" {
        targets.dropped_targets.clear();
    }
    if state == "dropped" {
        targets.active_targets.clear();
    }
    Ok(success_of(json!(targets), usize::MAX))
}

/// Groups of rules and how they fare.
#[utoipa::path(get, path = "/prometheus/api/v1/rules", tag = "prometheus", operation_id = "prometheus_rules",
    params(("type" = Option<String>, Query, description = "`record` or `alert`: only these")),
    responses((status = 200, description = "Prometheus' answer")))]
pub(super) async fn rules(
    State(app): State<Arc<App>>,
    params: Params,
) -> Result<Response<Body>, Failure> {
    let kind = match params.get("type") {
        None => None,
        Some("record") => Some("recording"),
        Some("alert") => Some("alerting"),
        Some(other) => {
            return Err(Failure::bad("type", format!("{other:?} is none of record, alert")));
        }
    };
    let mut groups = app.recording.status();
    for group in &mut groups {
        group.rules.retain(|rule| kind.is_none_or(|kind| rule.kind == kind));
    }
    Ok(success_of(json!({ "groups": groups }), usize::MAX))
}

/// Alerts; none fire here yet.
#[utoipa::path(get, path = "/prometheus/api/v1/alerts", tag = "prometheus", operation_id = "prometheus_alerts",
    responses((status = 200, description = "Prometheus' answer")))]
pub(super) async fn alerts() -> Response<Body> {
    success_of(json!({ "alerts": [] }), usize::MAX)
}
