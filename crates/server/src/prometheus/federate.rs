//! The newest samples of series in the text format, for another Prometheus to scrape.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use plimsoll_promql::{Labels, METRIC_NAME};

use super::answer::Failure;
use super::encode::float_text;
use super::params::Params;
use crate::app::App;

/// The newest samples of the series that match; native histograms have no text and are left out.
#[utoipa::path(get, path = "/prometheus/federate", tag = "prometheus", operation_id = "prometheus_federate",
    params(("match[]" = Vec<String>, Query, description = "Selectors")),
    responses((status = 200, description = "Text format", body = String, content_type = "text/plain")))]
pub(super) async fn federate(
    State(app): State<Arc<App>>,
    params: Params,
) -> Result<Response, Failure> {
    let newest = app.metrics.newest(params.required_selectors()?, params.now()).await?;
    let mut page = String::new();
    for (labels, (time, value)) in &newest {
        line(&mut page, labels, *value, *time);
    }
    let headers = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    Ok((headers, page).into_response())
}

fn line(page: &mut String, labels: &Labels, value: f64, time: i64) {
    page.push_str(labels.get(METRIC_NAME));
    let others = labels.iter().filter(|(name, _)| *name != METRIC_NAME);
    for (at, (name, value)) in others.enumerate() {
        let joint = if at == 0 { '{' } else { ',' };
        let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        let _ = write!(page, "{joint}{name}=\"{value}\"");
    }
    // Whoever scrapes this must not take its own address for the series'.
    if labels.get("instance").is_empty() {
        page.push_str(if labels.len() > 1 { ",instance=\"\"" } else { "{instance=\"\"" });
    }
    page.push('}');
    let _ = writeln!(page, " {} {time}", float_text(value));
}
