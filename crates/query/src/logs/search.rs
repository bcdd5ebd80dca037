//! A search for log records as conditions.

use std::str::FromStr;

use plimsoll_model::{SpanId, Table, TraceId};

use crate::condition::{AttributeFilter, Condition, Ids, Needle};
use crate::{QueryError, Window};

/// How bad; each is the least of its four numbers in OpenTelemetry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i8)]
pub enum Severity {
    /// And everything without a severity.
    Trace = 1,
    /// For developers.
    Debug = 5,
    /// What happened.
    Info = 9,
    /// What should not have.
    Warn = 13,
    /// What failed.
    Error = 17,
    /// What ended the process.
    Fatal = 21,
}

impl FromStr for Severity {
    type Err = QueryError;

    fn from_str(text: &str) -> Result<Self, QueryError> {
        Ok(match text {
            "trace" => Self::Trace,
            "debug" => Self::Debug,
            "info" => Self::Info,
            "warn" => Self::Warn,
            "error" => Self::Error,
            "fatal" => Self::Fatal,
            other => {
                return Err(QueryError::invalid(format!("there is no severity {other:?}"))
                    .hint("use trace, debug, info, warn, error or fatal"));
            }
        })
    }
}

/// What to look for.
#[derive(Clone, Debug)]
pub struct LogSearch {
    /// The record's time lies within.
    pub window: Window,
    /// Its service is exactly this.
    pub service: Option<String>,
    /// Its deployment environment is exactly this.
    pub environment: Option<String>,
    /// It is at least this bad.
    pub severity: Option<Severity>,
    /// Its body contains this, whatever the case.
    pub text: Option<String>,
    /// Its attributes, or those of its resource.
    pub attributes: Vec<AttributeFilter>,
    /// It belongs to this trace.
    pub trace_id: Option<TraceId>,
    /// It belongs to this span.
    pub span_id: Option<SpanId>,
    /// Records on a page.
    pub limit: usize,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

impl LogSearch {
    /// Everything within a window, 50 a page.
    #[must_use]
    pub fn all(window: Window) -> Self {
        Self {
            window,
            service: None,
            environment: None,
            severity: None,
            text: None,
            attributes: Vec::new(),
            trace_id: None,
            span_id: None,
            limit: 50,
            cursor: None,
        }
    }

    /// The conditions on records, cheap ones first. `last` stands before the expensive ones.
    pub(super) fn conditions(&self, last: impl IntoIterator<Item = Condition>) -> Vec<Condition> {
        let mut conditions = Vec::new();
        let ids = |column, id: &[u8]| Condition::Ids { column, ids: Ids::new([id]) };
        conditions.extend(self.trace_id.map(|id| ids("trace_id", &id.0)));
        conditions.extend(self.span_id.map(|id| ids("span_id", &id.0)));
        conditions.extend(self.service.as_ref().map(|s| Condition::text("service_name", s)));
        let environment = self.environment.as_ref();
        conditions.extend(environment.map(|e| Condition::text("deployment_environment", e)));
        let severity = self.severity.filter(|severity| *severity != Severity::Trace);
        conditions.extend(severity.map(|severity| Condition::Int {
            column: "severity_number",
            min: severity as i64,
            max: i64::MAX,
        }));
        let mut last: Vec<_> = last.into_iter().collect();
        let expensive = self.text.is_some() || !self.attributes.is_empty();
        // `Top` counts what passed before it, so it must be the last of all.
        let top = last.iter().position(|last| matches!(last, Condition::Top { .. }));
        let top = top.map(|at| last.remove(at));
        if expensive && let Some(Condition::Top { column, least, .. }) = &top {
            last.push(Condition::Best { column, least: std::sync::Arc::clone(least) });
        }
        conditions.extend(last);
        conditions.extend(
            self.text
                .as_ref()
                .map(|text| Condition::Contains { column: "body", needle: Needle::new(text) }),
        );
        conditions
            .extend(self.attributes.iter().map(|filter| Condition::attribute(filter, Table::Logs)));
        conditions.extend(top);
        conditions
    }
}
