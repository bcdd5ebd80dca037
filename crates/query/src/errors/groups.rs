//! The groups of an issue and the variants of each: what could be split off.

use std::collections::HashMap;

use arrow::array::RecordBatch;
use plimsoll_model::Table;
use plimsoll_model::schema::TIME;

use super::check_groups;
use super::members::Members;
use super::stats::ErrorSearch;
use crate::column::Columns;
use crate::context::Context;
use crate::scan::{Fold, Scan, fold};
use crate::{Engine, QueryError};

/// A variant of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VariantStats {
    /// Its fingerprint.
    pub fingerprint: i64,
    /// The variant.
    pub variant: i64,
    /// Occurrences.
    pub events: u64,
    /// The first, Unix nanoseconds.
    pub first: i64,
    /// The last.
    pub last: i64,
    /// The type of the newest.
    pub exception_type: String,
    /// What the newest says.
    pub message: String,
    /// Where the newest happened.
    pub culprit: String,
}

impl Engine {
    /// The variants of an issue, those that occur most first.
    ///
    /// # Errors
    ///
    /// A limit is reached.
    pub async fn error_variants(
        &self,
        search: ErrorSearch,
        members: Members,
    ) -> Result<Vec<VariantStats>, QueryError> {
        self.run(move |context| variants(context, &search, &members)).await
    }
}

fn variants(
    context: &Context,
    search: &ErrorSearch,
    members: &Members,
) -> Result<Vec<VariantStats>, QueryError> {
    let mut conditions = vec![members.condition()];
    conditions.extend(search.conditions());
    let columns =
        vec!["fingerprint", TIME, "variant", "count", "exception_type", "message", "culprit"];
    let scan = Scan { window: search.window, columns, conditions };
    let make = || Variants { members, found: HashMap::new() };
    let found = fold(context, &scan, context.snapshot(Table::Errors), make)?.found;
    let mut found: Vec<VariantStats> = found.into_values().filter(|v| v.events > 0).collect();
    found.sort_by(|a, b| {
        b.events
            .cmp(&a.events)
            .then_with(|| (a.fingerprint, a.variant).cmp(&(b.fingerprint, b.variant)))
    });
    Ok(found)
}

struct Variants<'a> {
    members: &'a Members,
    found: HashMap<(i64, i64), VariantStats>,
}

impl Variants<'_> {
    fn add(&mut self, theirs: VariantStats) {
        let key = (theirs.fingerprint, theirs.variant);
        let Some(ours) = self.found.get_mut(&key) else {
            self.found.insert(key, theirs);
            return;
        };
        let (events, first) = (ours.events + theirs.events, ours.first.min(theirs.first));
        if theirs.last >= ours.last {
            *ours = theirs;
        }
        (ours.events, ours.first) = (events, first);
    }
}

impl Fold for Variants<'_> {
    fn rows(&mut self, rows: &RecordBatch) -> Result<(), QueryError> {
        let (fingerprints, variants) =
            (rows.long("fingerprint")?.values(), rows.long("variant")?.values());
        let (times, counts) = (rows.long(TIME)?.values(), rows.long("count")?.values());
        let text = |name: &str, row| {
            Ok::<_, QueryError>(rows.text(name)?.get(row).unwrap_or_default().to_owned())
        };
        for row in 0..rows.num_rows() {
            let (fingerprint, variant) = (fingerprints[row], variants[row]);
            if !self.members.has(fingerprint, variant) {
                continue;
            }
            let (time, events) = (times[row], counts[row].unsigned_abs());
            match self.found.get_mut(&(fingerprint, variant)) {
                Some(ours) if time < ours.last => {
                    ours.events += events;
                    ours.first = ours.first.min(time);
                }
                _ => self.add(VariantStats {
                    fingerprint,
                    variant,
                    events,
                    first: time,
                    last: time,
                    exception_type: text("exception_type", row)?,
                    message: text("message", row)?,
                    culprit: text("culprit", row)?,
                }),
            }
        }
        check_groups(self.found.len())
    }

    fn merge(&mut self, other: Self) -> Result<(), QueryError> {
        other.found.into_values().for_each(|variant| self.add(variant));
        check_groups(self.found.len())
    }
}
