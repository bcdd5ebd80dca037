//! The newest log records of a search.
//!
//! Log records have no id. Their place is their time and a hash of all that is shown of them; equal
//! ones are interchangeable, so counting them is enough to show each exactly once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use arrow::array::{Array, RecordBatch};
use plimsoll_model::schema::{LOG_PROMOTED, TIME};
use twox_hash::XxHash64;

use super::LogRecord;
use crate::attributes::{Typed, attribute_columns, hex, row_attributes};
use crate::column::Columns;
use crate::cursor::{self, CursorKind};
use crate::scan::{Fold, Piece};
use crate::traces::{ORIGIN_COLUMNS, resource, scope};
use crate::{QueryError, rfc3339};

/// A record's place in a list: the greatest comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) time: i64,
    hash: u64,
}

/// Where a page ended: at a key of which so many equal records were shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) key: Key,
    pub(super) shown: u32,
}

impl Place {
    pub(super) fn encode(&self) -> String {
        let Key { time, hash } = self.key;
        let fields: [&[u8]; 3] =
            [&time.to_be_bytes(), &hash.to_be_bytes(), &self.shown.to_be_bytes()];
        cursor::encode(CursorKind::Logs, &fields)
    }

    pub(super) fn decode(text: &str) -> Result<Self, QueryError> {
        let mut reader = cursor::Reader::new(CursorKind::Logs, text)?;
        let time = i64::from_be_bytes(reader.take()?);
        let hash = u64::from_be_bytes(reader.take()?);
        let shown = u32::from_be_bytes(reader.take()?);
        reader.finish().map(|()| Self { key: Key { time, hash }, shown })
    }
}

/// The columns that [`BestLogs`] reads.
pub(super) fn columns() -> Vec<&'static str> {
    let mut columns = vec![
        TIME,
        "observed_time_unix_nano",
        "severity_number",
        "severity_text",
        "body",
        "body_type",
        "event_name",
        "service_name",
        "trace_id",
        "span_id",
        "flags",
    ];
    columns.extend(attribute_columns(LOG_PROMOTED));
    columns.extend(ORIGIN_COLUMNS);
    columns
}

/// Gathers the newest records.
pub(super) struct BestLogs {
    count_max: usize,
    after: Option<Place>,
    least: Arc<AtomicI64>,
    best: BTreeMap<Key, (LogRecord, u32)>,
    count: usize,
}

impl BestLogs {
    pub(super) fn new(count_max: usize, after: Option<Place>, least: &Arc<AtomicI64>) -> Self {
        // What was shown at the cursor's key is found again and counted, so make room for it.
        let shown = after.map_or(0, |after| after.shown as usize);
        Self {
            count_max: count_max.max(1).saturating_add(shown),
            after,
            least: Arc::clone(least),
            best: BTreeMap::new(),
            count: 0,
        }
    }

    /// Newest first, each as often as it is there, with its place.
    pub(super) fn into_sorted(self) -> Vec<(Place, LogRecord)> {
        let mut sorted = Vec::with_capacity(self.count);
        for (key, (record, copies)) in self.best.into_iter().rev() {
            let before = self.after.filter(|after| after.key == key).map_or(0, |after| after.shown);
            let shown = before + 1..=copies;
            sorted.extend(shown.map(|shown| (Place { key, shown }, record.clone())));
        }
        sorted
    }

    fn insert(&mut self, key: Key, record: LogRecord, copies: u32) {
        self.best.entry(key).or_insert((record, 0)).1 += copies;
        self.count += copies as usize;
        while let Some(worst) = self.best.first_entry() {
            let copies = worst.get().1 as usize;
            if self.count - copies < self.count_max {
                break;
            }
            worst.remove();
            self.count -= copies;
        }
        if self.count >= self.count_max
            && let Some((worst, _)) = self.best.first_key_value()
        {
            self.least.fetch_max(worst.time, Ordering::Relaxed);
        }
    }
}

impl Fold for BestLogs {
    fn rows(&mut self, rows: &RecordBatch) -> Result<(), QueryError> {
        let times = rows.long(TIME)?;
        for row in 0..rows.num_rows() {
            if times.value(row) < self.least.load(Ordering::Relaxed) {
                continue;
            }
            let record = record(rows, row)?;
            let text = serde_json::to_vec(&record).map_err(QueryError::internal)?;
            let key = Key { time: times.value(row), hash: XxHash64::oneshot(0, &text) };
            if self.after.is_none_or(|after| key <= after.key) {
                self.insert(key, record, 1);
            }
        }
        Ok(())
    }

    fn merge(&mut self, other: Self) -> Result<(), QueryError> {
        for (key, (record, copies)) in other.best {
            self.insert(key, record, copies);
        }
        Ok(())
    }

    fn wants(&self, piece: &Piece<'_>) -> bool {
        let least = self.least.load(Ordering::Relaxed);
        piece.bounds(TIME).is_none_or(|(min, max)| {
            max >= least && self.after.is_none_or(|after| min <= after.key.time)
        })
    }
}

/// The name of a body's type, numbered as the fields of OTLP's AnyValue.
fn body_type(number: i8) -> &'static str {
    match number {
        1 => "string",
        2 => "bool",
        3 => "int",
        4 => "double",
        5 => "array",
        6 => "map",
        7 => "bytes",
        _ => "empty",
    }
}

fn record(rows: &RecordBatch, row: usize) -> Result<LogRecord, QueryError> {
    let text =
        |name: &str| Ok::<_, QueryError>(rows.text(name)?.get(row).unwrap_or_default().to_owned());
    let id = |name: &str| {
        let ids = rows.binary(name)?;
        Ok::<_, QueryError>(ids.is_valid(row).then(|| hex(ids.value(row))))
    };
    let time = rows.long(TIME)?.value(row);
    let observed = rows.long("observed_time_unix_nano")?;
    let body_type = body_type(rows.byte("body_type")?.value(row));
    let body = text("body")?;
    Ok(LogRecord {
        time: rfc3339(time),
        time_unix_nano: time.to_string(),
        observed_time: observed.is_valid(row).then(|| rfc3339(observed.value(row))),
        severity_number: rows.byte("severity_number")?.value(row),
        severity_text: text("severity_text")?,
        body: match body_type {
            "string" | "empty" => body,
            _ => Typed::parse(&body).text(),
        },
        body_type,
        event_name: text("event_name")?,
        service: text("service_name")?,
        trace_id: id("trace_id")?,
        span_id: id("span_id")?,
        flags: rows.unsigned("flags", row)?,
        attributes: row_attributes(rows, row, LOG_PROMOTED)?,
        dropped_attributes_count: rows.unsigned("dropped_attributes_count", row)?,
        resource: resource(rows, row)?.attributes,
        scope: scope(rows, row)?,
    })
}
