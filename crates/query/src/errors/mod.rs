//! Occurrences of errors: how many, of whom, when, and each in full.
//!
//! Which occurrences are one issue is decided elsewhere; here they are told apart by fingerprint and variant.
//!
//! Invariants: `count` is added up, never rows; rows that another row counts already add nothing.

mod bounds;
mod charge;
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
