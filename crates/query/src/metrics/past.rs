//! What the index does not know: series that it has no more, found in the table, which has a row of each
//! for each day; and at the start all it is to know.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, RecordBatch};
use plimsoll_model::Table;
use plimsoll_model::schema::TIME;
use plimsoll_promql::Labels;
use plimsoll_promql::ast::Matcher;
use plimsoll_series::{Index, Part, Row, Selected, rows};
use plimsoll_wire::prometheus::Noted;

use crate::column::Columns;
use crate::condition::SERIES_ID;
use crate::context::Context;
use crate::scan::{Fold, Scan, fold};
use crate::{QueryError, Window};

/// Bytes that a found series takes, about.
const SERIES_BYTES: usize = 256;

/// Puts rows into the index.
pub(super) struct Load(pub(super) Arc<Index>);

impl Fold for Load {
    fn rows(&mut self, batch: &RecordBatch) -> Result<(), QueryError> {
        self.0.insert(batch).map_err(QueryError::internal)
    }

    fn merge(&mut self, _other: Self) -> Result<(), QueryError> {
        Ok(())
    }
}

/// Notes the newest points of series.
pub(super) fn note(index: &Index, rows: &RecordBatch, value: &str) -> Result<(), QueryError> {
    let ids = rows.long(SERIES_ID)?.values();
    let times = rows.long(TIME)?.values();
    let values = rows.double(value)?;
    let noted: Vec<Noted> = (0..rows.num_rows())
        .filter(|row| values.is_valid(*row))
        .map(|row| Noted {
            id: ids[row],
            known: None,
            time: times[row],
            value: values.value(row).to_bits(),
        })
        .collect();
    index.note(&noted);
    Ok(())
}

/// The series with a row in a window that match.
pub(super) fn select(
    context: &Context,
    index: &Index,
    matchers: &[Matcher],
    window: Window,
) -> Result<Vec<Selected>, QueryError> {
    let scan = Scan { window, columns: plimsoll_series::COLUMNS.to_vec(), conditions: Vec::new() };
    let make = || Find { context, index, matchers, found: HashMap::new() };
    let found = fold(context, &scan, context.snapshot(Table::Series), make)?.found;
    Ok(found.into_values().collect())
}

struct Find<'a> {
    context: &'a Context,
    index: &'a Index,
    matchers: &'a [Matcher],
    found: HashMap<(i64, Part), Selected>,
}

impl Fold for Find<'_> {
    fn rows(&mut self, batch: &RecordBatch) -> Result<(), QueryError> {
        let before = self.found.len();
        rows(batch, self.index.naming(), |row| {
            let Row::Series(series) = row else { return };
            let key = (series.id, series.part);
            if self.found.contains_key(&key) {
                return;
            }
            let value = |name: &str| {
                let at = series.labels.binary_search_by(|(found, _)| (**found).cmp(name));
                at.map_or("", |at| &*series.labels[at].1)
            };
            // Bounds of buckets are known from their points alone.
            let of_points = |matcher: &Matcher| matcher.name == "le" && series.part == Part::Bucket;
            if self.matchers.iter().all(|m| of_points(m) || m.matches(value(&m.name))) {
                let labels = series.labels.iter().map(|(name, value)| (&**name, &**value));
                let labels = Labels::new(labels);
                let (id, kind, part) = (series.id, series.kind, series.part);
                self.found.insert(key, Selected { id, kind, part, labels });
            }
        })
        .map_err(QueryError::internal)?;
        self.context.grow((self.found.len() - before) * SERIES_BYTES)
    }

    fn merge(&mut self, other: Self) -> Result<(), QueryError> {
        self.found.extend(other.found);
        Ok(())
    }
}
