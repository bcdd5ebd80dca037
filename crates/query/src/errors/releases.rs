//! How often errors occurred in each release.

use std::collections::HashMap;

use arrow::array::RecordBatch;
use plimsoll_model::Table;
use plimsoll_model::schema::TIME;

use super::stats::{ErrorSearch, ReleaseCount};
use crate::column::Columns;
use crate::context::Context;
use crate::scan::{Fold, Scan, fold};
use crate::{Engine, QueryError};

/// Releases that are told apart.
const RELEASES_MAX: usize = 10_000;

impl Engine {
    /// Occurrences by release, of those that name one.
    ///
    /// # Errors
    ///
    /// A limit is reached.
    pub async fn error_releases(
        &self,
        search: ErrorSearch,
    ) -> Result<Vec<ReleaseCount>, QueryError> {
        self.run(move |context| releases(context, &search)).await
    }
}

fn releases(context: &Context, search: &ErrorSearch) -> Result<Vec<ReleaseCount>, QueryError> {
    let columns = vec![TIME, "count", "service_version"];
    let scan = Scan { window: search.window, columns, conditions: search.conditions() };
    let found = fold(context, &scan, context.snapshot(Table::Errors), Releases::default)?.0;
    Ok(found.into_values().collect())
}

#[derive(Default)]
struct Releases(HashMap<String, ReleaseCount>);

impl Releases {
    fn add(&mut self, version: &str, events: u64, first: i64, last: i64) {
        if let Some(found) = self.0.get_mut(version) {
            found.events += events;
            found.first = found.first.min(first);
            found.last = found.last.max(last);
        } else if self.0.len() < RELEASES_MAX {
            let version = version.to_owned();
            self.0.insert(version.clone(), ReleaseCount { version, events, first, last });
        }
    }
}

impl Fold for Releases {
    fn rows(&mut self, rows: &RecordBatch) -> Result<(), QueryError> {
        let (times, counts) = (rows.long(TIME)?.values(), rows.long("count")?.values());
        let versions = rows.text("service_version")?;
        for row in 0..rows.num_rows() {
            if let Some(version) = versions.get(row) {
                self.add(version, counts[row].unsigned_abs(), times[row], times[row]);
            }
        }
        Ok(())
    }

    fn merge(&mut self, other: Self) -> Result<(), QueryError> {
        for found in other.0.into_values() {
            self.add(&found.version, found.events, found.first, found.last);
        }
        Ok(())
    }
}
