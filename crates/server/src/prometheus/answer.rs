//! Answers and errors in Prometheus' form.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use plimsoll_model::ErrorCode;
use plimsoll_promql::{EvalError, Notes, ParseError};
use plimsoll_query::{MetricsError, QueryError};
use serde_json::{Value, json};

/// Why there is no answer.
#[derive(Debug)]
pub(super) struct Failure {
    status: StatusCode,
    /// Prometheus' name of the kind of error.
    kind: &'static str,
    problem: String,
    /// The bytes of the expression that it is about.
    position: Option<std::ops::Range<usize>>,
}

impl Failure {
    /// A parameter is wrong.
    pub(super) fn bad(parameter: &str, problem: impl std::fmt::Display) -> Self {
        Self::bad_data(format!("invalid parameter {parameter:?}: {problem}"))
    }

    /// The request is wrong.
    pub(super) fn bad_data(problem: impl Into<String>) -> Self {
        let (status, kind) = (StatusCode::BAD_REQUEST, "bad_data");
        Self { status, kind, problem: problem.into(), position: None }
    }

    /// An expression is wrong.
    pub(super) fn parse(parameter: &str, error: &ParseError) -> Self {
        let ParseError { line, column, problem, span } = error;
        let problem = format!("{line}:{column}: parse error: {problem}");
        Self { position: Some(span.clone()), ..Self::bad(parameter, problem) }
    }
}

impl From<MetricsError> for Failure {
    fn from(error: MetricsError) -> Self {
        match error {
            MetricsError::Promql(EvalError::Parse(error)) => Self::parse("query", &error),
            MetricsError::Promql(error) => Self {
                status: StatusCode::UNPROCESSABLE_ENTITY,
                kind: "execution",
                problem: error.to_string(),
                position: None,
            },
            MetricsError::Query(error) => error.into(),
        }
    }
}

impl From<QueryError> for Failure {
    fn from(error: QueryError) -> Self {
        if let Some(cause) = &error.cause
            && error.code == ErrorCode::Internal
        {
            tracing::error!(%cause, "a query of metrics failed for a reason of ours");
        }
        let (status, kind) = match error.code {
            ErrorCode::DeadlineExceeded => (StatusCode::SERVICE_UNAVAILABLE, "timeout"),
            ErrorCode::ResourceExhausted => (StatusCode::UNPROCESSABLE_ENTITY, "execution"),
            ErrorCode::InvalidArgument => (StatusCode::BAD_REQUEST, "bad_data"),
            _ => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
        };
        let problem = match &error.hint {
            Some(hint) => format!("{}; {hint}", error.message),
            None => error.message,
        };
        Self { status, kind, problem, position: None }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response<Body> {
        let mut body = json!({ "status": "error", "errorType": self.kind, "error": self.problem });
        if let Some(position) = self.position {
            body["position"] = json!({ "start": position.start, "end": position.end });
        }
        let mut response = respond(body.to_string().into_bytes());
        *response.status_mut() = self.status;
        response
    }
}

/// A successful answer of these data, already JSON.
pub(super) fn success(data: &[u8], notes: &Notes) -> Response<Body> {
    let mut body = Vec::with_capacity(data.len() + 64);
    body.extend_from_slice(b"{\"status\":\"success\",\"data\":");
    body.extend_from_slice(data);
    let warnings: Vec<&str> = notes.warnings().collect();
    let infos: Vec<&str> = notes.infos().collect();
    for (name, texts) in [("warnings", warnings), ("infos", infos)] {
        if !texts.is_empty() {
            body.extend_from_slice(format!(",\"{name}\":{}", json!(texts)).as_bytes());
        }
    }
    body.push(b'}');
    respond(body)
}

/// A successful answer, cut to a number of items where it is a list.
pub(super) fn success_of(data: Value, limit: usize) -> Response<Body> {
    let mut body = json!({ "status": "success", "data": data });
    if let Some(list) = body["data"].as_array_mut()
        && list.len() > limit
    {
        list.truncate(limit);
        body["warnings"] = json!(["results truncated due to limit"]);
    }
    respond(body.to_string().into_bytes())
}

fn respond(body: Vec<u8>) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
