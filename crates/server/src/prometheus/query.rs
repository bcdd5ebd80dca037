//! Expressions: at one time, over a range, and the exemplars of what they select.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::Response;
use plimsoll_promql::ast::{ValueType, selectors};
use plimsoll_query::PromqlQuery;
use serde_json::Value;

use super::answer::{Failure, success, success_of};
use super::encode;
use super::params::Params;
use crate::app::App;

/// Steps of a range query at most, as in Prometheus.
const STEPS_MAX: i64 = 11_000;

/// Evaluates an expression at one time.
#[utoipa::path(method(get, post), path = "/prometheus/api/v1/query", tag = "prometheus", operation_id = "prometheus_query",
    params(
        ("query" = String, Query, description = "The expression"),
        ("time" = Option<String>, Query, description = "Unix seconds or RFC 3339; now by default"),
    ),
    responses((status = 200, description = "Prometheus' answer")))]
pub(super) async fn instant(
    State(app): State<Arc<App>>,
    params: Params,
) -> Result<Response<Body>, Failure> {
    let query = params.query()?;
    let time = params.time("time")?.unwrap_or_else(|| params.now());
    let answer = app.metrics.promql(PromqlQuery::Instant { query, time }).await?;
    Ok(success(&encode::value(&answer.value, time), &answer.notes))
}

/// Evaluates an expression at every step of a range.
#[utoipa::path(method(get, post), path = "/prometheus/api/v1/query_range", tag = "prometheus", operation_id = "prometheus_query_range",
    params(
        ("query" = String, Query, description = "The expression"),
        ("start" = String, Query, description = "Unix seconds or RFC 3339"),
        ("end" = String, Query, description = "Unix seconds or RFC 3339"),
        ("step" = String, Query, description = "Seconds, or a duration like 30s"),
    ),
    responses((status = 200, description = "Prometheus' answer")))]
pub(super) async fn range(
    State(app): State<Arc<App>>,
    params: Params,
) -> Result<Response<Body>, Failure> {
    let start = params.required_time("start")?;
    let end = params.required_time("end")?;
    if end < start {
        return Err(Failure::bad("end", "end timestamp must not be before start time"));
    }
    let step = params.step()?;
    if end.saturating_sub(start) / step > STEPS_MAX {
        return Err(Failure::bad_data(
            "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query \
             resolution (?step=XX)",
        ));
    }
    let query = params.query()?;
    let expr = plimsoll_promql::parse(&query).map_err(|error| Failure::parse("query", &error))?;
    let kind = expr.value_type();
    if matches!(kind, ValueType::Matrix | ValueType::String) {
        let problem = format!(
            "invalid expression type {:?} for range query, must be Scalar or instant Vector",
            kind.name().replace("instant ", "")
        );
        return Err(Failure::bad("query", problem));
    }
    let answer = app.metrics.promql(PromqlQuery::Range { query, start, end, step }).await?;
    Ok(success(&encode::value(&answer.value, end), &answer.notes))
}

/// Exemplars of the series that an expression selects.
#[utoipa::path(method(get, post), path = "/prometheus/api/v1/query_exemplars", tag = "prometheus", operation_id = "prometheus_query_exemplars",
    params(
        ("query" = String, Query, description = "The expression"),
        ("start" = Option<String>, Query, description = "Unix seconds or RFC 3339"),
        ("end" = Option<String>, Query, description = "Unix seconds or RFC 3339"),
    ),
    responses((status = 200, description = "Prometheus' answer")))]
pub(super) async fn exemplars(
    State(app): State<Arc<App>>,
    params: Params,
) -> Result<Response<Body>, Failure> {
    let (start, end) = params.window()?;
    let query = params.query()?;
    let expr = plimsoll_promql::parse(&query).map_err(|error| Failure::parse("query", &error))?;
    let selectors = selectors(&expr).into_iter().map(|s| s.matchers.clone()).collect();
    let found = app.metrics.exemplars(selectors, start, end).await?;
    let mut out = b"[".to_vec();
    for (at, series) in found.iter().enumerate() {
        out.extend_from_slice(if at > 0 { b",{" } else { b"{" });
        out.extend_from_slice(b"\"seriesLabels\":");
        encode::labels(&mut out, &series.labels);
        out.extend_from_slice(b",\"exemplars\":[");
        for (at, exemplar) in series.exemplars.iter().enumerate() {
            out.extend_from_slice(if at > 0 { b",{" } else { b"{" });
            out.extend_from_slice(b"\"labels\":");
            encode::labels(&mut out, &exemplar.labels);
            let value = encode::float_text(exemplar.value);
            let time = exemplar.time as f64 / 1e3;
            out.extend_from_slice(
                format!(",\"value\":\"{value}\",\"timestamp\":{time}}}").as_bytes(),
            );
        }
        out.extend_from_slice(b"]}");
    }
    out.push(b']');
    Ok(success(&out, &plimsoll_promql::Notes::default()))
}

/// Lays an expression out for people.
#[utoipa::path(method(get, post), path = "/prometheus/api/v1/format_query", tag = "prometheus", operation_id = "prometheus_format_query",
    params(("query" = String, Query, description = "The expression")),
    responses((status = 200, description = "Prometheus' answer")))]
pub(super) async fn format(params: Params) -> Result<Response<Body>, Failure> {
    let query = params.query()?;
    let text = plimsoll_promql::format(&query).map_err(|error| Failure::parse("query", &error))?;
    Ok(success_of(Value::String(text), usize::MAX))
}

/// The syntax tree of an expression.
#[utoipa::path(method(get, post), path = "/prometheus/api/v1/parse_query", tag = "prometheus", operation_id = "prometheus_parse_query",
    params(("query" = String, Query, description = "The expression")),
    responses((status = 200, description = "Prometheus' answer")))]
pub(super) async fn parse(params: Params) -> Result<Response<Body>, Failure> {
    let query = params.query()?;
    let expr = plimsoll_promql::parse(&query).map_err(|error| Failure::parse("query", &error))?;
    Ok(success_of(plimsoll_promql::to_json(&expr), usize::MAX))
}
