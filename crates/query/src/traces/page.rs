//! A page of a search for traces.
//!
//! Invariant: a trace's place is that of its best matching span, on every page. A page that begins
//! after a cursor leaves out a trace with a match at or before the cursor: it was shown there.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use arrow::array::RecordBatch;
use plimsoll_model::{SpanId, Table, TraceId};

use super::search::{TraceSearch, TraceSort, span_conditions};
use super::summary::summarise;
use super::{BestSpans, Key, MatchedSpan, TracePage, span_columns, times};
use crate::column::{Columns, id};
use crate::condition::{Condition, Ids};
use crate::context::Context;
use crate::limits::PAGE_MAX;
use crate::scan::{Fold, Scan, fold};
use crate::source::Snapshot;
use crate::{Engine, QueryError, Window};

impl Engine {
    /// A page of the traces of which some span matches.
    ///
    /// # Errors
    ///
    /// The cursor or a bound is wrong, or a limit is reached.
    pub async fn traces(&self, search: TraceSearch) -> Result<TracePage, QueryError> {
        self.run(move |context| page(context, &search)).await
    }
}

fn page(context: &Context, search: &TraceSearch) -> Result<TracePage, QueryError> {
    let kind = search.sort.cursor();
    let limit = search.limit.clamp(1, PAGE_MAX);
    let mut after = search.cursor.as_ref().map(|text| Key::decode(kind, text)).transpose()?;
    let snapshot = context.snapshot(Table::Spans);
    let mut page: Vec<MatchedSpan> = Vec::new();
    loop {
        // One more than fits tells whether there is a next page.
        let wanted = limit + 1 - page.len();
        let found = best(context, &snapshot, search, after, wanted)?;
        let complete = found.len() < wanted;
        let last = found.last().map(|span| span.key);
        let shown = match after {
            Some(after) => shown_before(context, &snapshot, search, after, &found)?,
            None => HashSet::new(),
        };
        page.extend(found.into_iter().filter(|span| !shown.contains(&span.key.trace_id)));
        if complete || page.len() > limit {
            break;
        }
        after = last;
    }
    let more = page.len() > limit;
    page.truncate(limit);
    let next_cursor = page.last().filter(|_| more).map(|last| last.key.encode(kind));
    let window = window_of(context, &page)?.unwrap_or(Window::ALL);
    let traces = summarise(context, snapshot, window, page)?;
    Ok(TracePage { traces, next_cursor })
}

fn window_of(context: &Context, page: &[MatchedSpan]) -> Result<Option<Window>, QueryError> {
    let ids: Vec<TraceId> = page.iter().map(|span| span.key.trace_id).collect();
    if ids.is_empty() { Ok(None) } else { times(context, &ids) }
}

fn best(
    context: &Context,
    snapshot: &Snapshot,
    search: &TraceSearch,
    after: Option<Key>,
    count: usize,
) -> Result<Vec<MatchedSpan>, QueryError> {
    let least = Arc::new(AtomicI64::new(i64::MIN));
    let bound = after.map(|after| Condition::Int {
        column: search.sort.column(),
        min: i64::MIN,
        max: after.value,
    });
    let last = bound.into_iter().chain([BestSpans::condition(search.sort, &least)]);
    let scan = Scan {
        window: search.window,
        columns: span_columns(),
        conditions: span_conditions(search, last)?,
    };
    let make = || BestSpans::new(search.sort, count, after, &least);
    Ok(fold(context, &scan, snapshot.clone(), make)?.into_sorted())
}

/// Which of the traces found have a match at or before a cursor.
fn shown_before(
    context: &Context,
    snapshot: &Snapshot,
    search: &TraceSearch,
    after: Key,
    found: &[MatchedSpan],
) -> Result<HashSet<TraceId>, QueryError> {
    let mut window = search.window;
    if let Some(times) = window_of(context, found)? {
        window = Window { from: window.from.max(times.from), to: window.to.min(times.to) };
    }
    if search.sort == TraceSort::Time {
        window.from = window.from.max(after.value);
    }
    if found.is_empty() || window.from >= window.to {
        return Ok(HashSet::new());
    }
    let last = [
        Condition::Int { column: search.sort.column(), min: after.value, max: i64::MAX },
        Condition::Ids {
            column: "trace_id",
            ids: Ids::new(found.iter().map(|span| span.key.trace_id.0)),
        },
    ];
    let scan = Scan {
        window,
        columns: vec![search.sort.column(), "trace_id", "span_id"],
        conditions: span_conditions(search, last)?,
    };
    let make = || Earlier { sort: search.sort, after, traces: HashSet::new() };
    Ok(fold(context, &scan, snapshot.clone(), make)?.traces)
}

/// Traces with a span at or before a cursor.
struct Earlier {
    sort: TraceSort,
    after: Key,
    traces: HashSet<TraceId>,
}

impl Fold for Earlier {
    fn rows(&mut self, rows: &RecordBatch) -> Result<(), QueryError> {
        let values = rows.long(self.sort.column())?;
        let (traces, spans) = (rows.binary("trace_id")?, rows.binary("span_id")?);
        for row in 0..rows.num_rows() {
            let key = Key {
                value: values.value(row),
                trace_id: TraceId(id(traces.value(row))),
                span_id: SpanId(id(spans.value(row))),
            };
            if key >= self.after {
                self.traces.insert(key.trace_id);
            }
        }
        Ok(())
    }

    fn merge(&mut self, other: Self) -> Result<(), QueryError> {
        self.traces.extend(other.traces);
        Ok(())
    }
}
