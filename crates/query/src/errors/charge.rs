//! Room for what a fold gathers.

use crate::QueryError;

/// Groups that a fold may hold: some hundred bytes each.
const GROUPS_MAX: usize = 400_000;

/// An error where a fold would hold too many groups.
pub(super) fn check_groups(groups: usize) -> Result<(), QueryError> {
    if groups <= GROUPS_MAX {
        return Ok(());
    }
    Err(QueryError::invalid(format!("the range has more than {GROUPS_MAX} groups of errors"))
        .hint("ask for a shorter range, or for one service"))
}
