//! The newest or the slowest spans of a search, one a trace.
//!
//! Invariant: a trace is represented by its best span; a span that is worse than enough others of
//! different traces changes nothing, so what is known to be worse need not be read.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use arrow::array::RecordBatch;
use plimsoll_model::schema::TIME;
use plimsoll_model::{SpanId, TraceId};

use super::search::TraceSort;
use super::{Matched, STATUS_ERROR, SlowTrace};
use crate::column::{Columns, id};
use crate::condition::Condition;
use crate::cursor::{self, CursorKind};
use crate::scan::{Fold, Piece};
use crate::time::ms;
use crate::{QueryError, rfc3339};

/// The columns that [`BestSpans`] reads.
pub(crate) fn span_columns() -> Vec<&'static str> {
    vec![TIME, "duration_nano", "trace_id", "span_id", "name", "service_name", "status_code"]
}

/// A span's place in a list: the greatest comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    /// Time or duration.
    pub(crate) value: i64,
    pub(crate) trace_id: TraceId,
    pub(crate) span_id: SpanId,
}

impl Key {
    pub(crate) fn encode(&self, kind: CursorKind) -> String {
        cursor::encode(kind, &[&self.value.to_be_bytes(), &self.trace_id.0, &self.span_id.0])
    }

    pub(crate) fn decode(kind: CursorKind, text: &str) -> Result<Self, QueryError> {
        let mut reader = cursor::Reader::new(kind, text)?;
        let key = Self {
            value: i64::from_be_bytes(reader.take()?),
            trace_id: TraceId(reader.take()?),
            span_id: SpanId(reader.take()?),
        };
        reader.finish().map(|()| key)
    }
}

/// A span found.
#[derive(Clone, Debug)]
pub(crate) struct MatchedSpan {
    pub(crate) key: Key,
    pub(crate) time: i64,
    pub(crate) duration_nano: i64,
    pub(crate) service: String,
    pub(crate) name: String,
    pub(crate) error: bool,
}

impl MatchedSpan {
    pub(crate) fn into_matched(self) -> Matched {
        Matched {
            span_id: self.key.span_id.to_string(),
            service: self.service,
            name: self.name,
            duration_ms: ms(self.duration_nano),
            error: self.error,
        }
    }

    pub(crate) fn into_slow(self) -> SlowTrace {
        SlowTrace {
            trace_id: self.key.trace_id.to_string(),
            time: rfc3339(self.time),
            duration_ms: ms(self.duration_nano),
            service: self.service,
            name: self.name,
            error: self.error,
        }
    }
}

/// Gathers the best spans of different traces.
pub(crate) struct BestSpans {
    sort: TraceSort,
    count_max: usize,
    /// Only what comes after this.
    after: Option<Key>,
    /// What a value must reach to matter; all threads' folds share it.
    least: Arc<AtomicI64>,
    by_trace: HashMap<TraceId, Key>,
    best: BTreeMap<Key, MatchedSpan>,
}

impl BestSpans {
    pub(crate) fn new(
        sort: TraceSort,
        count_max: usize,
        after: Option<Key>,
        least: &Arc<AtomicI64>,
    ) -> Self {
        Self {
            sort,
            count_max: count_max.max(1),
            after,
            least: Arc::clone(least),
            by_trace: HashMap::new(),
            best: BTreeMap::new(),
        }
    }

    /// The condition that spares reading what cannot matter.
    pub(crate) fn condition(sort: TraceSort, least: &Arc<AtomicI64>) -> Condition {
        Condition::Best { column: sort.column(), least: Arc::clone(least) }
    }

    /// Best first.
    pub(crate) fn into_sorted(self) -> Vec<MatchedSpan> {
        self.best.into_values().rev().collect()
    }

    fn insert(&mut self, key: Key, span: impl FnOnce() -> MatchedSpan) {
        if let Some(before) = self.by_trace.get(&key.trace_id) {
            if *before >= key {
                return;
            }
            self.best.remove(before);
        }
        self.by_trace.insert(key.trace_id, key);
        self.best.insert(key, span());
        if self.best.len() > self.count_max
            && let Some((worst, _)) = self.best.pop_first()
        {
            self.by_trace.remove(&worst.trace_id);
        }
        if self.best.len() == self.count_max
            && let Some((worst, _)) = self.best.first_key_value()
        {
            self.least.fetch_max(worst.value, Ordering::Relaxed);
        }
    }
}

impl Fold for BestSpans {
    fn rows(&mut self, rows: &RecordBatch) -> Result<(), QueryError> {
        let (times, durations) = (rows.long(TIME)?, rows.long("duration_nano")?);
        let (traces, spans) = (rows.binary("trace_id")?, rows.binary("span_id")?);
        let (services, names) = (rows.text("service_name")?, rows.text("name")?);
        let statuses = rows.byte("status_code")?;
        let values = match self.sort {
            TraceSort::Time => times,
            TraceSort::Duration => durations,
        };
        for row in 0..rows.num_rows() {
            let value = values.value(row);
            if value < self.least.load(Ordering::Relaxed) {
                continue;
            }
            let trace_id = TraceId(id(traces.value(row)));
            let key = Key { value, trace_id, span_id: SpanId(id(spans.value(row))) };
            if self.after.is_some_and(|after| key >= after) {
                continue;
            }
            self.insert(key, || MatchedSpan {
                key,
                time: times.value(row),
                duration_nano: durations.value(row),
                service: services.get(row).unwrap_or_default().to_owned(),
                name: names.get(row).unwrap_or_default().to_owned(),
                error: statuses.value(row) == STATUS_ERROR,
            });
        }
        Ok(())
    }

    fn merge(&mut self, other: Self) -> Result<(), QueryError> {
        for (key, span) in other.best {
            self.insert(key, || span);
        }
        Ok(())
    }

    fn wants(&self, piece: &Piece<'_>) -> bool {
        let least = self.least.load(Ordering::Relaxed);
        piece.bounds(self.sort.column()).is_none_or(|(min, max)| {
            max >= least && self.after.is_none_or(|after| min <= after.value)
        })
    }
}
