//! What a start needs to know of occurrences: those that came after the counts were stored, and those of the
//! last minutes, against which further reports of the same are told.

use std::collections::HashMap;

use arrow::array::{Array, RecordBatch};
use plimsoll_model::Table;
use plimsoll_model::schema::TIME;

use super::check_groups;
use super::rows::{FURTHER, FullOccurrence, full};
use crate::column::Columns;
use crate::condition::Condition;
use crate::context::Context;
use crate::scan::{Fold, Scan, fold};
use crate::{Engine, QueryError, Window};

/// Keys of the last minutes that are kept.
const KEYS_MAX: usize = 100_000;

/// What came after a time.
#[derive(Clone, Debug, Default)]
pub struct Recovery {
    /// By fingerprint and variant.
    pub groups: Vec<RecoveredGroup>,
    /// The newest `received_unix_nano` of all; 0 where there is none.
    pub received: i64,
    /// What tells an occurrence of the last minutes, and its source.
    pub keys: Vec<RecoveredKey>,
}

/// Occurrences of a group that came after a time.
#[derive(Clone, Debug)]
pub struct RecoveredGroup {
    /// The newest of them, without what is long.
    pub newest: FullOccurrence,
    /// How many.
    pub events: u64,
    /// The first, Unix nanoseconds.
    pub first: i64,
    /// The last.
    pub last: i64,
    /// The release of the first.
    pub first_release: String,
}

/// What tells an occurrence from others.
#[derive(Clone, Debug)]
pub struct RecoveredKey {
    /// When it was received, Unix nanoseconds.
    pub received: i64,
    /// The id that the sender gave it.
    pub event_id: [u8; 16],
    /// How it came.
    pub source: String,
    /// 32 hex digits, or empty.
    pub trace_id: String,
    /// 16 hex digits, or empty.
    pub span_id: String,
    /// The type of the exception.
    pub exception_type: String,
    /// What it says.
    pub message: String,
    /// What it is grouped by.
    pub fingerprint: i64,
    /// The finer group.
    pub variant: i64,
}

impl Engine {
    /// What was received after `counted`, and the keys of what was received since `recent`.
    ///
    /// # Errors
    ///
    /// A limit is reached, or a file cannot be read.
    pub async fn recover_errors(&self, counted: i64, recent: i64) -> Result<Recovery, QueryError> {
        self.run_unbounded(move |context| recover(context, counted, recent)).await
    }
}

fn recover(context: &Context, counted: i64, recent: i64) -> Result<Recovery, QueryError> {
    let mut columns = super::rows::COLUMNS.to_vec();
    columns.extend(FURTHER.into_iter().filter(|name| !LONG.contains(name)));
    let min = counted.saturating_add(1).min(recent);
    let conditions = vec![Condition::Int { column: "received_unix_nano", min, max: i64::MAX }];
    let scan = Scan { window: Window::ALL, columns, conditions };
    let make =
        || Recovering { counted, recent, groups: HashMap::new(), received: 0, keys: Vec::new() };
    let found = fold(context, &scan, context.snapshot(Table::Errors), make)?;
    let groups = found.groups.into_values().collect();
    Ok(Recovery { groups, received: found.received, keys: found.keys })
}

/// Columns that a start does not need.
const LONG: [&str; 2] = ["exceptions", "document"];

struct Recovering {
    counted: i64,
    recent: i64,
    groups: HashMap<(i64, i64), RecoveredGroup>,
    received: i64,
    keys: Vec<RecoveredKey>,
}

impl Recovering {
    fn add(&mut self, theirs: RecoveredGroup) {
        let key = (theirs.newest.fingerprint, theirs.newest.variant);
        let Some(ours) = self.groups.get_mut(&key) else {
            self.groups.insert(key, theirs);
            return;
        };
        ours.events += theirs.events;
        if theirs.first < ours.first {
            (ours.first, ours.first_release) = (theirs.first, theirs.first_release);
        }
        ours.last = ours.last.max(theirs.last);
        if theirs.newest.received > ours.newest.received {
            ours.newest = theirs.newest;
        }
    }

    fn key(&mut self, row: &FullOccurrence) {
        if row.received < self.recent || self.keys.len() >= KEYS_MAX {
            return;
        }
        self.keys.push(RecoveredKey {
            received: row.received,
            event_id: row.event_id,
            source: row.source.clone(),
            trace_id: row.trace_id.clone(),
            span_id: row.span_id.clone(),
            exception_type: row.exception_type.clone(),
            message: row.message.clone(),
            fingerprint: row.fingerprint,
            variant: row.variant,
        });
    }
}

impl Fold for Recovering {
    fn rows(&mut self, rows: &RecordBatch) -> Result<(), QueryError> {
        let empty = |name: &str| rows.schema_ref().index_of(name).is_err();
        debug_assert!(LONG.iter().all(|name| empty(name)));
        let received = rows.long("received_unix_nano")?.values();
        let (times, counts) = (rows.long(TIME)?.values(), rows.long("count")?.values());
        let ids = rows.binary("event_id")?;
        for row in 0..rows.num_rows() {
            self.received = self.received.max(received[row]);
            let newest = full(rows, row)?;
            if ids.is_valid(row) {
                self.key(&newest);
            }
            if received[row] > self.counted {
                let time = times[row];
                let first_release = newest.release.clone();
                let events = counts[row].unsigned_abs();
                self.add(RecoveredGroup { newest, events, first: time, last: time, first_release });
            }
        }
        check_groups(self.groups.len())
    }

    fn merge(&mut self, other: Self) -> Result<(), QueryError> {
        self.received = self.received.max(other.received);
        let room = KEYS_MAX.saturating_sub(self.keys.len());
        self.keys.extend(other.keys.into_iter().take(room));
        other.groups.into_values().for_each(|group| self.add(group));
        check_groups(self.groups.len())
    }
}
