//! How many occurrences an issue has, and from when to when.

use arrow::array::RecordBatch;
use plimsoll_model::Table;
use plimsoll_model::schema::TIME;

use super::members::Members;
use super::stats::ErrorSearch;
use crate::column::Columns;
use crate::context::Context;
use crate::scan::{Fold, Scan, fold};
use crate::{Engine, QueryError};

impl Engine {
    /// How many occurrences, and the first and the last time; `None` where there is none.
    ///
    /// # Errors
    ///
    /// A limit is reached.
    pub async fn error_bounds(
        &self,
        search: ErrorSearch,
        members: Members,
    ) -> Result<Option<(u64, i64, i64)>, QueryError> {
        self.run(move |context| bounds(context, &search, &members)).await
    }
}

fn bounds(
    context: &Context,
    search: &ErrorSearch,
    members: &Members,
) -> Result<Option<(u64, i64, i64)>, QueryError> {
    let mut conditions = vec![members.condition()];
    conditions.extend(search.conditions());
    let columns = vec!["fingerprint", TIME, "variant", "count"];
    let scan = Scan { window: search.window, columns, conditions };
    let make = || Bounds { members, events: 0, first: i64::MAX, last: i64::MIN };
    let found = fold(context, &scan, context.snapshot(Table::Errors), make)?;
    Ok((found.events > 0).then_some((found.events, found.first, found.last)))
}

struct Bounds<'a> {
    members: &'a Members,
    events: u64,
    first: i64,
    last: i64,
}

impl Fold for Bounds<'_> {
    fn rows(&mut self, rows: &RecordBatch) -> Result<(), QueryError> {
        let (fingerprints, variants) =
            (rows.long("fingerprint")?.values(), rows.long("variant")?.values());
        let (times, counts) = (rows.long(TIME)?.values(), rows.long("count")?.values());
        for row in 0..rows.num_rows() {
            if counts[row] > 0 && self.members.has(fingerprints[row], variants[row]) {
                self.events += counts[row].unsigned_abs();
                self.first = self.first.min(times[row]);
                self.last = self.last.max(times[row]);
            }
        }
        Ok(())
    }

    fn merge(&mut self, other: Self) -> Result<(), QueryError> {
        self.events += other.events;
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        Ok(())
    }
}
