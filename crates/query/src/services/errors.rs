//! What failed lately: failed spans grouped by service, operation and what their message says besides
//! numbers and ids.
//!
//! Invariant: bounded groups; where there are more, those seen longest ago are forgotten.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use arrow::array::RecordBatch;
use plimsoll_model::TraceId;
use plimsoll_model::schema::TIME;

use super::{RecentError, environment_condition};
use crate::column::{Columns, id};
use crate::condition::Condition;
use crate::context::Context;
use crate::scan::{Fold, Scan, fold};
use crate::source::Snapshot;
use crate::{QueryError, Window, rfc3339};

/// Groups shown.
const SHOWN_MAX: usize = 10;

/// Groups held at once, about 400 bytes each.
const GROUPS_MAX: usize = 4 << 10;

/// Characters of a message that tell groups apart.
const MESSAGE_CHARS_MAX: usize = 200;

/// The groups seen last.
pub(super) fn recent_errors(
    context: &Context,
    snapshot: Snapshot,
    window: Window,
    environment: Option<&String>,
) -> Result<Vec<RecentError>, QueryError> {
    let mut conditions = environment_condition(environment);
    conditions.push(Condition::Int { column: "status_code", min: 2, max: 2 });
    let scan = Scan {
        window,
        columns: vec![TIME, "trace_id", "name", "service_name", "status_message", "error_type"],
        conditions,
    };
    let mut found = fold(context, &scan, snapshot, Errors::default)?;
    found.keep_latest(SHOWN_MAX);
    let mut latest: Vec<_> = found.groups.into_iter().collect();
    latest.sort_by(|(a, x), (b, y)| y.last_seen.cmp(&x.last_seen).then_with(|| a.cmp(b)));
    let error = |((service, name, _), group): (GroupKey, Group)| RecentError {
        service,
        name,
        message: group.message,
        count: group.count,
        last_seen: rfc3339(group.last_seen),
        trace_id: group.trace_id.to_string(),
    };
    Ok(latest.into_iter().map(error).collect())
}

/// Service, operation, shape of the message.
type GroupKey = (String, String, String);

struct Group {
    count: u64,
    last_seen: i64,
    trace_id: TraceId,
    /// The newest.
    message: String,
}

/// A message without what differs each time: words that have a digit become `#`.
fn shape(message: &str) -> String {
    let is_word = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    let mut shape = String::with_capacity(message.len());
    let mut rest = message;
    while let Some(first) = rest.chars().next() {
        let same = |c: char| is_word(c) == is_word(first);
        let end = rest.find(|c| !same(c)).unwrap_or(rest.len());
        let (part, after) = rest.split_at(end);
        shape.push_str(if part.contains(|c: char| c.is_ascii_digit()) { "#" } else { part });
        rest = after;
    }
    shape
}

#[derive(Default)]
struct Errors {
    groups: HashMap<GroupKey, Group>,
}

impl Errors {
    fn add(&mut self, key: GroupKey, group: Group) {
        match self.groups.entry(key) {
            Entry::Vacant(vacant) => drop(vacant.insert(group)),
            Entry::Occupied(mut occupied) => {
                let ours = occupied.get_mut();
                let count = ours.count + group.count;
                if (group.last_seen, group.trace_id) >= (ours.last_seen, ours.trace_id) {
                    *ours = group;
                }
                ours.count = count;
            }
        }
    }

    fn keep_latest(&mut self, count: usize) {
        if self.groups.len() <= count {
            return;
        }
        let mut groups: Vec<_> = self.groups.drain().collect();
        groups.sort_by(|(a, x), (b, y)| y.last_seen.cmp(&x.last_seen).then_with(|| a.cmp(b)));
        groups.truncate(count);
        self.groups = groups.into_iter().collect();
    }
}

impl Fold for Errors {
    fn rows(&mut self, rows: &RecordBatch) -> Result<(), QueryError> {
        let (times, traces) = (rows.long(TIME)?, rows.binary("trace_id")?);
        let (services, names) = (rows.text("service_name")?, rows.text("name")?);
        let (messages, types) = (rows.text("status_message")?, rows.text("error_type")?);
        for row in 0..rows.num_rows() {
            let message = messages.get(row).filter(|message| !message.is_empty());
            let message = message.or_else(|| types.get(row)).unwrap_or_default();
            let message: String = message.chars().take(MESSAGE_CHARS_MAX).collect();
            let key = (
                services.get(row).unwrap_or_default().to_owned(),
                names.get(row).unwrap_or_default().to_owned(),
                shape(&message),
            );
            let trace_id = TraceId(id(traces.value(row)));
            self.add(key, Group { count: 1, last_seen: times.value(row), trace_id, message });
            if self.groups.len() >= 2 * GROUPS_MAX {
                self.keep_latest(GROUPS_MAX);
            }
        }
        Ok(())
    }

    fn merge(&mut self, other: Self) -> Result<(), QueryError> {
        other.groups.into_iter().for_each(|(key, group)| self.add(key, group));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_leave_out_what_differs() {
        assert_eq!(shape("mailbox of customer-1971 is full"), "mailbox of # is full");
        assert_eq!(shape("voucher V0920, 3 of 4 (ü)"), "voucher #, # of # (ü)");
        assert_eq!(shape("no digits: none."), "no digits: none.");
        assert_eq!(shape(""), "");
    }
}
