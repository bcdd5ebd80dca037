//! A search for traces as conditions on their spans.

use plimsoll_model::Table;
use plimsoll_model::schema::TIME;

use crate::condition::{AttributeFilter, Condition, Needle};
use crate::cursor::CursorKind;
use crate::{QueryError, Window};

/// The order of found traces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TraceSort {
    /// Newest matched span first.
    #[default]
    Time,
    /// Slowest matched span first.
    Duration,
}

impl TraceSort {
    pub(crate) fn column(self) -> &'static str {
        match self {
            Self::Time => TIME,
            Self::Duration => "duration_nano",
        }
    }

    pub(crate) fn cursor(self) -> CursorKind {
        match self {
            Self::Time => CursorKind::TracesByTime,
            Self::Duration => CursorKind::TracesByDuration,
        }
    }
}

/// How a span went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpanStatus {
    /// Its status is an error.
    Error,
    /// Its status is anything else.
    Ok,
}

/// What to look for: a trace is found when one span of it passes everything.
#[derive(Clone, Debug)]
pub struct TraceSearch {
    /// The span starts within.
    pub window: Window,
    /// Its service is exactly this.
    pub service: Option<String>,
    /// Its name is exactly this.
    pub operation: Option<String>,
    /// Its deployment environment is exactly this.
    pub environment: Option<String>,
    /// How it went.
    pub status: Option<SpanStatus>,
    /// It is a request to its service: of kind server or consumer, or without a parent.
    pub requests: bool,
    /// It took at least this long.
    pub min_duration_ms: Option<f64>,
    /// It took at most this long.
    pub max_duration_ms: Option<f64>,
    /// Its attributes, or those of its resource.
    pub attributes: Vec<AttributeFilter>,
    /// Its name contains this, whatever the case.
    pub text: Option<String>,
    /// What comes first.
    pub sort: TraceSort,
    /// Traces on a page.
    pub limit: usize,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

impl TraceSearch {
    /// Everything within a window, newest first, 50 a page.
    #[must_use]
    pub fn all(window: Window) -> Self {
        Self {
            window,
            service: None,
            operation: None,
            environment: None,
            status: None,
            requests: false,
            min_duration_ms: None,
            max_duration_ms: None,
            attributes: Vec::new(),
            text: None,
            sort: TraceSort::Time,
            limit: 50,
            cursor: None,
        }
    }
}

/// A duration of the API in nanoseconds, within what can be compared.
fn nano(ms: f64, name: &str) -> Result<i64, QueryError> {
    if ms.is_nan() {
        return Err(QueryError::invalid(format!("{name} is not a number of milliseconds")));
    }
    Ok((ms * 1e6) as i64)
}

/// The conditions on spans, cheap ones first. `last` stands before the expensive ones.
pub(crate) fn span_conditions(
    search: &TraceSearch,
    last: impl IntoIterator<Item = Condition>,
) -> Result<Vec<Condition>, QueryError> {
    let mut conditions = Vec::new();
    let text = [
        ("service_name", &search.service),
        ("name", &search.operation),
        ("deployment_environment", &search.environment),
    ];
    for (column, value) in text {
        conditions.extend(value.as_ref().map(|value| Condition::text(column, value)));
    }
    let status = search.status.map(|status| match status {
        SpanStatus::Error => Condition::Int { column: "status_code", min: 2, max: 2 },
        SpanStatus::Ok => Condition::Int { column: "status_code", min: i64::MIN, max: 1 },
    });
    conditions.extend(status);
    conditions.extend(search.requests.then_some(Condition::Entry));
    if search.min_duration_ms.is_some() || search.max_duration_ms.is_some() {
        let min = search.min_duration_ms.map(|ms| nano(ms, "min_duration_ms")).transpose()?;
        let max = search.max_duration_ms.map(|ms| nano(ms, "max_duration_ms")).transpose()?;
        conditions.push(Condition::Int {
            column: "duration_nano",
            min: min.unwrap_or(i64::MIN),
            max: max.unwrap_or(i64::MAX),
        });
    }
    if let Some(text) = &search.text {
        conditions.push(Condition::Contains { column: "name", needle: Needle::new(text) });
    }
    conditions.extend(last);
    let attributes = search.attributes.iter();
    conditions.extend(attributes.map(|filter| Condition::attribute(filter, Table::Spans)));
    Ok(conditions)
}
