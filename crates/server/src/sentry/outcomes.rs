//! What became of the items that Sentry's SDKs sent, counted since the start.
//!
//! Invariant: only names that this program knows are counted apart, so there are only so many counters.

use std::collections::BTreeMap;

use parking_lot::Mutex;
use plimsoll_wire::sentry::ItemType;

use crate::problem::{Problem, is_retryable};

/// What became of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    /// It is kept.
    Accepted,
    /// It is of a kind that is not kept.
    Skipped,
    /// It could not be understood.
    Invalid,
    /// There were too many.
    Limited,
    /// The SDK says that it threw it away.
    DroppedByClient,
}

impl Outcome {
    /// Its name in a metric.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Skipped => "skipped",
            Self::Invalid => "invalid",
            Self::Limited => "limited",
            Self::DroppedByClient => "dropped_by_client",
        }
    }
}

/// Counters.
#[derive(Debug, Default)]
pub(crate) struct Outcomes {
    items: Mutex<BTreeMap<(String, Outcome), u64>>,
    requests: Mutex<BTreeMap<&'static str, u64>>,
}

impl Outcomes {
    /// Counts items.
    pub(crate) fn count(&self, item: &ItemType, outcome: Outcome, count: u64) {
        let name = match item {
            ItemType::Unknown(_) => "unknown",
            known => known.name(),
        };
        *self.items.lock().entry((name.to_owned(), outcome)).or_default() += count;
    }

    /// Counts what an SDK threw away. Its categories are words of ours.
    pub(crate) fn dropped(&self, category: &str, count: u64) {
        let known = plimsoll_wire::sentry::Category::ALL.iter().map(|known| known.name());
        let name = known.into_iter().find(|known| *known == category).unwrap_or("unknown");
        let key = (name.to_owned(), Outcome::DroppedByClient);
        *self.items.lock().entry(key).or_default() += count;
    }

    /// Counts a request of which nothing was kept.
    pub(super) fn refused(&self, problem: &Problem) {
        let kind = if is_retryable(problem.code) { "refused" } else { "failed" };
        *self.requests.lock().entry(kind).or_default() += 1;
    }

    /// Counts a request.
    pub(super) fn acknowledged(&self) {
        *self.requests.lock().entry("acknowledged").or_default() += 1;
    }

    /// Items by kind and what became of them.
    pub(crate) fn items(&self) -> Vec<(String, &'static str, u64)> {
        let items = self.items.lock();
        items.iter().map(|((item, what), count)| (item.clone(), what.name(), *count)).collect()
    }

    /// Requests by what became of them.
    pub(crate) fn requests(&self) -> Vec<(&'static str, u64)> {
        self.requests.lock().iter().map(|(what, count)| (*what, *count)).collect()
    }
}
