//! What a list says of each trace: one narrow read of all spans of the traces on a page.

use std::collections::HashMap;

use arrow::array::{Array, RecordBatch};
use plimsoll_model::TraceId;
use plimsoll_model::schema::TIME;

use super::{MatchedSpan, STATUS_ERROR, ServiceShare, TraceSummary};
use crate::column::{Columns, id};
use crate::condition::{Condition, Ids};
use crate::context::Context;
use crate::scan::{Fold, Scan, fold};
use crate::source::Snapshot;
use crate::time::ms;
use crate::{QueryError, Window, rfc3339};

/// The span that a trace is named after: a root before others, an earlier one before later ones.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Root {
    has_parent: bool,
    start: i64,
    service: String,
    name: String,
}

#[derive(Default)]
struct Sums {
    root: Option<Root>,
    start: i64,
    end: i64,
    services: HashMap<String, (u64, u64)>,
}

/// Sums up traces.
#[derive(Default)]
struct Summaries {
    by_trace: HashMap<TraceId, Sums>,
}

impl Sums {
    fn add_span(&mut self, start: i64, end: i64) {
        let first = self.services.is_empty();
        self.start = if first { start } else { self.start.min(start) };
        self.end = if first { end } else { self.end.max(end) };
    }
}

impl Fold for Summaries {
    fn rows(&mut self, rows: &RecordBatch) -> Result<(), QueryError> {
        let (times, durations) = (rows.long(TIME)?, rows.long("duration_nano")?);
        let (traces, parents) = (rows.binary("trace_id")?, rows.binary("parent_span_id")?);
        let (services, names) = (rows.text("service_name")?, rows.text("name")?);
        let statuses = rows.byte("status_code")?;
        for row in 0..rows.num_rows() {
            let sums = self.by_trace.entry(TraceId(id(traces.value(row)))).or_default();
            let start = times.value(row);
            sums.add_span(start, start.saturating_add(durations.value(row).max(0)));
            let service = services.get(row).unwrap_or_default();
            let has_parent = parents.is_valid(row);
            let better = sums.root.as_ref().is_none_or(|root| {
                (has_parent, start, service) < (root.has_parent, root.start, &root.service)
            });
            if better {
                let name = names.get(row).unwrap_or_default().to_owned();
                sums.root = Some(Root { has_parent, start, service: service.to_owned(), name });
            }
            let error = u64::from(statuses.value(row) == STATUS_ERROR);
            match sums.services.get_mut(service) {
                Some((spans, errors)) => (*spans, *errors) = (*spans + 1, *errors + error),
                None => {
                    sums.services.insert(service.to_owned(), (1, error));
                }
            }
        }
        Ok(())
    }

    fn merge(&mut self, other: Self) -> Result<(), QueryError> {
        for (trace, theirs) in other.by_trace {
            let ours = self.by_trace.entry(trace).or_default();
            ours.add_span(theirs.start, theirs.end);
            ours.root = match (ours.root.take(), theirs.root) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
            for (service, (spans, errors)) in theirs.services {
                let share = ours.services.entry(service).or_default();
                *share = (share.0 + spans, share.1 + errors);
            }
        }
        Ok(())
    }
}

/// Sums up the traces of a page, in its order. `window` is when they all happened.
pub(super) fn summarise(
    context: &Context,
    snapshot: Snapshot,
    window: Window,
    page: Vec<MatchedSpan>,
) -> Result<Vec<TraceSummary>, QueryError> {
    if page.is_empty() {
        return Ok(Vec::new());
    }
    let scan = Scan {
        window,
        columns: vec![
            TIME,
            "duration_nano",
            "trace_id",
            "parent_span_id",
            "name",
            "service_name",
            "status_code",
        ],
        conditions: vec![Condition::Ids {
            column: "trace_id",
            ids: Ids::new(page.iter().map(|span| span.key.trace_id.0)),
        }],
    };
    let mut found = fold(context, &scan, snapshot, Summaries::default)?.by_trace;
    let summary = |matched: MatchedSpan| {
        let sums = found.remove(&matched.key.trace_id)?;
        let mut services: Vec<_> = sums
            .services
            .into_iter()
            .map(|(name, (spans, errors))| ServiceShare { name, spans, errors })
            .collect();
        services.sort_by(|a, b| b.spans.cmp(&a.spans).then_with(|| a.name.cmp(&b.name)));
        let root = sums.root?;
        Some(TraceSummary {
            trace_id: matched.key.trace_id.to_string(),
            root_service: root.service,
            root_name: root.name,
            start: rfc3339(sums.start),
            duration_ms: ms(sums.end.saturating_sub(sums.start)),
            spans: services.iter().map(|share| share.spans).sum(),
            errors: services.iter().map(|share| share.errors).sum(),
            services,
            matched: matched.into_matched(),
        })
    };
    Ok(page.into_iter().filter_map(summary).collect())
}
