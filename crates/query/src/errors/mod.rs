//! Occurrences of errors: how many, of whom, when, and each in full.
//!
//! Which occurrences are one issue is decided elsewhere; here they are told apart by fingerprint and variant.
//!
//! Invariants: `count` is added up, never rows; rows that another row counts already add nothing.

mod bounds;
mod groups;
mod members;
mod occurrences;
mod recover;
mod releases;
mod rows;
mod sessions;
mod since;
mod stats;
mod tags;
mod users;

pub use groups::VariantStats;
pub use members::{ALL_VARIANTS, Members};
pub use occurrences::{OccurrencePage, OccurrenceSearch, Which};
pub use recover::{RecoveredGroup, RecoveredKey, Recovery};
pub use rows::{FullOccurrence, Occurrence};
pub use sessions::SessionStats;
pub use stats::{ErrorSearch, GroupDetail, GroupKey, GroupTotals, ReleaseCount};
pub use tags::{TagDistribution, TagValue};

use crate::QueryError;

/// Groups that a fold may hold: some hundred bytes each.
const GROUPS_MAX: usize = 400_000;

/// An error where a fold would hold too many groups.
fn check_groups(groups: usize) -> Result<(), QueryError> {
    if groups <= GROUPS_MAX {
        return Ok(());
    }
    Err(QueryError::invalid(format!("the range has more than {GROUPS_MAX} groups of errors"))
        .hint("ask for a shorter range, or for one service"))
}
