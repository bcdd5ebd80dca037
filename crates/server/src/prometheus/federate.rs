//! The newest samples of series in the text format, for another Prometheus to scrape.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use plimsoll_promql::ast::{MatchOp, Matcher};
use plimsoll_promql::{Labels, METRIC_NAME, Point, Value};
use plimsoll_query::PromqlQuery;

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
    let mut page = String::new();
    let mut seen = std::collections::HashSet::new();
    let now = params.now();
    for matchers in params.required_selectors()? {
        let query = selector(&matchers);
        let answer =
            app.metrics.promql(PromqlQuery::Instant { query: query.clone(), time: now }).await?;
        let times = format!("timestamp({query})");
        let times = app.metrics.promql(PromqlQuery::Instant { query: times, time: now }).await?;
        let (Value::Vector(series), Value::Vector(times)) = (answer.value, times.value) else {
            continue;
        };
        let times: std::collections::HashMap<Labels, f64> = times
            .into_iter()
            .filter_map(|(labels, point)| match point {
                Point::Float(seconds) => Some((labels, seconds)),
                Point::Histogram(_) => None,
            })
            .collect();
        for (labels, point) in series {
            let Point::Float(value) = point else { continue };
            let without_name = labels.filter(|name| name != METRIC_NAME);
            let time = times.get(&without_name).map_or(now, |seconds| (seconds * 1e3) as i64);
            if seen.insert(labels.clone()) {
                line(&mut page, &labels, value, time);
            }
        }
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

/// A selector as text.
fn selector(matchers: &[Matcher]) -> String {
    let one = |matcher: &Matcher| {
        let op = match matcher.op {
            MatchOp::Equal => "=",
            MatchOp::NotEqual => "!=",
            MatchOp::Matches(_) => "=~",
            MatchOp::NotMatches(_) => "!~",
        };
        format!("{:?}{op}{:?}", matcher.name, matcher.value)
    };
    format!("{{{}}}", matchers.iter().map(one).collect::<Vec<_>>().join(","))
}
