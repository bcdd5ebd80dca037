//! Log records: pages of those that match a search, and their volume over time.

mod best;
mod page;
mod search;
mod types;
mod volume;

pub use search::{LogSearch, Severity};
pub use types::*;
