//! What the occurrences of an issue have in common: how often each value of each tag.

use std::collections::HashMap;

use arrow::array::{Array, AsArray, RecordBatch};
use plimsoll_model::Table;
use serde::Serialize;
use utoipa::ToSchema;

use super::members::Members;
use super::rows::tags;
use super::stats::ErrorSearch;
use crate::column::Columns;
use crate::condition::Condition;
use crate::context::Context;
use crate::scan::{Fold, Scan, fold};
use crate::{Engine, QueryError};

/// Keys that are counted.
const KEYS_MAX: usize = 200;
/// Values of a key that are counted.
const VALUES_MAX: usize = 1_000;
/// Values of a key that are shown.
const SHOWN_MAX: usize = 10;

/// Columns that are shown like tags.
const LIKE_TAGS: [(&str, &str); 8] = [
    ("level", "level"),
    ("environment", "deployment_environment"),
    ("release", "service_version"),
    ("service", "service_name"),
    ("server_name", "host_name"),
    ("transaction", "transaction"),
    ("user", "user_id"),
    ("source", "source"),
];

/// How often the values of one key occur.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TagDistribution {
    /// The key.
    pub key: String,
    /// Occurrences that have it.
    pub events: u64,
    /// Different values, a thousand at most.
    pub distinct: usize,
    /// The most frequent.
    pub values: Vec<TagValue>,
}

/// How often one value occurs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TagValue {
    /// The value.
    pub value: String,
    /// Occurrences that have it.
    pub events: u64,
}

impl Engine {
    /// How often each value of each tag occurs among the occurrences that were kept.
    ///
    /// # Errors
    ///
    /// A limit is reached.
    pub async fn error_tags(
        &self,
        search: ErrorSearch,
        members: Members,
    ) -> Result<Vec<TagDistribution>, QueryError> {
        self.run(move |context| distributions(context, &search, &members)).await
    }
}

fn distributions(
    context: &Context,
    search: &ErrorSearch,
    members: &Members,
) -> Result<Vec<TagDistribution>, QueryError> {
    let mut conditions = vec![members.condition()];
    conditions.extend(search.conditions());
    conditions.push(Condition::Int { column: "count", min: 1, max: 1 });
    let mut columns = vec!["fingerprint", "variant", "event_id", "handled", "tags"];
    columns.extend(LIKE_TAGS.map(|(_, column)| column));
    let scan = Scan { window: search.window, columns, conditions };
    let make = || Tags { members, keys: HashMap::new() };
    let found = fold(context, &scan, context.snapshot(Table::Errors), make)?;
    let mut distributions: Vec<TagDistribution> =
        found.keys.into_iter().map(|(key, key_values)| finish(key, key_values)).collect();
    distributions.sort_by(|a, b| b.events.cmp(&a.events).then_with(|| a.key.cmp(&b.key)));
    Ok(distributions)
}

fn finish(key: String, found: Values) -> TagDistribution {
    let distinct = found.values.len();
    let mut values: Vec<TagValue> =
        (found.values.into_iter()).map(|(value, events)| TagValue { value, events }).collect();
    values.sort_by(|a, b| b.events.cmp(&a.events).then_with(|| a.value.cmp(&b.value)));
    values.truncate(SHOWN_MAX);
    TagDistribution { key, events: found.events, distinct, values }
}

#[derive(Default)]
struct Values {
    events: u64,
    values: HashMap<String, u64>,
}

struct Tags<'a> {
    members: &'a Members,
    keys: HashMap<String, Values>,
}

impl Tags<'_> {
    fn add(&mut self, key: &str, value: &str, events: u64) {
        if !self.keys.contains_key(key) {
            if self.keys.len() >= KEYS_MAX {
                return;
            }
            self.keys.insert(key.to_owned(), Values::default());
        }
        let Some(found) = self.keys.get_mut(key) else { return };
        found.events += events;
        if let Some(count) = found.values.get_mut(value) {
            *count += events;
        } else if found.values.len() < VALUES_MAX {
            found.values.insert(value.to_owned(), events);
        }
    }
}

impl Fold for Tags<'_> {
    fn rows(&mut self, rows: &RecordBatch) -> Result<(), QueryError> {
        let (fingerprints, variants) =
            (rows.long("fingerprint")?.values(), rows.long("variant")?.values());
        let ids = rows.binary("event_id")?;
        let handled = rows.array("handled")?.as_boolean();
        for row in 0..rows.num_rows() {
            if ids.is_null(row) || !self.members.has(fingerprints[row], variants[row]) {
                continue;
            }
            for (key, column) in LIKE_TAGS {
                if let Some(value) = rows.text(column)?.get(row) {
                    self.add(key, value, 1);
                }
            }
            if handled.is_valid(row) {
                self.add("handled", if handled.value(row) { "yes" } else { "no" }, 1);
            }
            let known = |key: &str| LIKE_TAGS.iter().any(|(name, _)| *name == key);
            for (key, value) in tags(rows, row)?.into_iter().filter(|(key, _)| !known(key)) {
                self.add(&key, &value, 1);
            }
        }
        Ok(())
    }

    fn merge(&mut self, other: Self) -> Result<(), QueryError> {
        for (key, theirs) in other.keys {
            let counted: u64 = theirs.values.values().sum();
            for (value, events) in &theirs.values {
                self.add(&key, value, *events);
            }
            // What had no room among the values still has the key.
            if let Some(ours) = self.keys.get_mut(&key) {
                ours.events += theirs.events - counted;
            }
        }
        Ok(())
    }
}
