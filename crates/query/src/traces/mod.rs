//! Traces: one by its id, and pages of those that match a search.

mod best;
mod by_id;
mod origin;
mod page;
mod search;
mod summary;
mod types;

use plimsoll_model::{Table, TraceId};

pub(crate) use best::{BestSpans, Key, MatchedSpan, span_columns};
pub(crate) use origin::{ORIGIN_COLUMNS, resource, scope};
pub use search::{SpanStatus, TraceSearch, TraceSort};
pub use types::*;

use crate::condition::{Condition, Ids};
use crate::context::Context;
use crate::scan::{Fold, Scan, fold};
use crate::{Engine, QueryError, Window};

/// The name of a span kind's number.
pub(crate) fn kind_name(kind: i8) -> &'static str {
    match kind {
        1 => "internal",
        2 => "server",
        3 => "client",
        4 => "producer",
        5 => "consumer",
        _ => "unspecified",
    }
}

/// OTLP's number of a failed span's status.
pub(crate) const STATUS_ERROR: i8 = 2;

/// When the given traces began and ended, all together. `None` where some of them is not in
/// `trace_times`: then any time is possible.
///
/// Take the snapshot of `spans` before calling this: then no span of it can be missing here.
pub(crate) fn times(context: &Context, ids: &[TraceId]) -> Result<Option<Window>, QueryError> {
    use crate::column::{Columns, id};
    use std::collections::HashSet;

    struct Times {
        window: Window,
        seen: HashSet<[u8; 16]>,
    }
    impl Fold for Times {
        fn rows(&mut self, rows: &arrow::array::RecordBatch) -> Result<(), QueryError> {
            let (ids, starts) = (rows.binary("trace_id")?, rows.long("time_unix_nano")?);
            let ends = rows.long("end_unix_nano")?;
            for row in 0..rows.num_rows() {
                self.seen.insert(id(ids.value(row)));
                self.window.from = self.window.from.min(starts.value(row));
                self.window.to = self.window.to.max(ends.value(row).saturating_add(1));
            }
            Ok(())
        }

        fn merge(&mut self, other: Self) -> Result<(), QueryError> {
            self.window.from = self.window.from.min(other.window.from);
            self.window.to = self.window.to.max(other.window.to);
            self.seen.extend(other.seen);
            Ok(())
        }
    }

    let scan = Scan {
        window: Window::ALL,
        columns: vec!["trace_id", "time_unix_nano", "end_unix_nano"],
        conditions: vec![Condition::Ids {
            column: "trace_id",
            ids: Ids::new(ids.iter().map(|id| id.0)),
        }],
    };
    let none = Window { from: i64::MAX, to: i64::MIN };
    let make = || Times { window: none, seen: HashSet::new() };
    let times = fold(context, &scan, context.snapshot(Table::TraceTimes), make)?;
    Ok(ids.iter().all(|id| times.seen.contains(&id.0)).then_some(times.window))
}

impl Engine {
    /// Whether any span of a trace is stored.
    ///
    /// # Errors
    ///
    /// A limit is reached.
    pub async fn knows_trace(&self, id: TraceId) -> Result<bool, QueryError> {
        self.run(move |context| Ok(times(context, &[id])?.is_some())).await
    }
}
