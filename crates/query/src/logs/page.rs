//! A page of a search for log records.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use plimsoll_model::Table;
use plimsoll_model::schema::TIME;

use super::best::{BestLogs, Place, columns};
use super::{LogPage, LogSearch};
use crate::condition::Condition;
use crate::context::Context;
use crate::limits::PAGE_MAX;
use crate::scan::{Scan, fold};
use crate::{Engine, QueryError};

impl Engine {
    /// A page of the log records that match, newest first.
    ///
    /// # Errors
    ///
    /// The cursor is wrong, or a limit is reached.
    pub async fn logs(&self, search: LogSearch) -> Result<LogPage, QueryError> {
        self.run(move |context| page(context, &search)).await
    }
}

fn page(context: &Context, search: &LogSearch) -> Result<LogPage, QueryError> {
    let after = search.cursor.as_ref().map(|text| Place::decode(text)).transpose()?;
    // One more than fits tells whether there is a next page.
    let count = search.limit.clamp(1, PAGE_MAX) + 1;
    let least = Arc::new(AtomicI64::new(i64::MIN));
    let bound =
        after.map(|after| Condition::Int { column: TIME, min: i64::MIN, max: after.key.time });
    let top = Condition::Top {
        column: TIME,
        least: Arc::clone(&least),
        // Some records of the cursor's very time were shown already: they do not count.
        below: after.map_or(i64::MAX, |after| after.key.time),
        count,
    };
    let scan = Scan {
        window: search.window,
        columns: columns(),
        conditions: search.conditions(bound.into_iter().chain([top])),
    };
    let make = || BestLogs::new(count, after, &least);
    let found = fold(context, &scan, context.snapshot(Table::Logs), make)?;
    let mut found = found.into_sorted();
    let more = found.len() >= count;
    found.truncate(count - 1);
    let next_cursor = found.last().filter(|_| more).map(|(place, _)| place.encode());
    Ok(LogPage { logs: found.into_iter().map(|(_, record)| record).collect(), next_cursor })
}
