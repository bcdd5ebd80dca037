//! What came of an issue since a time, second by second.

use std::collections::HashMap;

use arrow::array::RecordBatch;
use plimsoll_model::Table;
use plimsoll_model::schema::TIME;
use twox_hash::XxHash64;

use super::check_groups;
use super::members::Members;
use crate::column::Columns;
use crate::context::Context;
use crate::scan::{Fold, Scan, fold};
use crate::{Engine, QueryError, Window};

const SECOND_NANO: i64 = 1_000_000_000;

/// Time, how many, and of whom: a hash.
type Since = (i64, u64, Option<u64>);

impl Engine {
    /// What happened of an issue after a time: for each second and user how many.
    ///
    /// # Errors
    ///
    /// A limit is reached, or a file cannot be read.
    pub async fn occurrences_since(
        &self,
        members: Members,
        time: i64,
    ) -> Result<Vec<Since>, QueryError> {
        self.run_unbounded(move |context| since(context, &members, time)).await
    }
}

fn since(context: &Context, members: &Members, time: i64) -> Result<Vec<Since>, QueryError> {
    let scan = Scan {
        window: Window { from: time.saturating_add(1), to: i64::MAX },
        columns: vec!["fingerprint", TIME, "variant", "count", "user_id"],
        conditions: vec![members.condition()],
    };
    let make = || Counting { members, counted: HashMap::new() };
    let found = fold(context, &scan, context.snapshot(Table::Errors), make)?.counted;
    let mut found: Vec<Since> = (found.into_iter())
        .map(|((second, user), count)| (second * SECOND_NANO, count, user))
        .collect();
    found.sort_unstable();
    Ok(found)
}

struct Counting<'a> {
    members: &'a Members,
    counted: HashMap<(i64, Option<u64>), u64>,
}

impl Fold for Counting<'_> {
    fn rows(&mut self, rows: &RecordBatch) -> Result<(), QueryError> {
        let (fingerprints, variants) =
            (rows.long("fingerprint")?.values(), rows.long("variant")?.values());
        let (times, counts) = (rows.long(TIME)?.values(), rows.long("count")?.values());
        let users = rows.text("user_id")?;
        for row in 0..rows.num_rows() {
            if self.members.has(fingerprints[row], variants[row]) {
                let user = users.get(row).map(|user| XxHash64::oneshot(0, user.as_bytes()));
                let key = (times[row].div_euclid(SECOND_NANO), user);
                *self.counted.entry(key).or_default() += counts[row].unsigned_abs();
            }
        }
        check_groups(self.counted.len())
    }

    fn merge(&mut self, other: Self) -> Result<(), QueryError> {
        other.counted.into_iter().for_each(|(key, n)| *self.counted.entry(key).or_default() += n);
        check_groups(self.counted.len())
    }
}
