//! Which occurrences belong together.

use std::collections::HashSet;
use std::sync::Arc;

use crate::condition::Condition;

/// The variant that stands for all of a fingerprint.
pub const ALL_VARIANTS: i64 = -1;

/// Occurrences that belong to one issue: those of some fingerprints, but for variants that belong elsewhere, and
/// those of some variants.
#[derive(Clone, Debug, Default)]
pub struct Members {
    /// Fingerprints.
    pub whole: HashSet<i64>,
    /// Variants of these fingerprints that belong to others.
    pub elsewhere: HashSet<(i64, i64)>,
    /// Fingerprint and variant.
    pub parts: HashSet<(i64, i64)>,
}

impl Members {
    /// Whether an occurrence belongs here.
    #[must_use]
    pub fn has(&self, fingerprint: i64, variant: i64) -> bool {
        self.parts.contains(&(fingerprint, variant))
            || self.whole.contains(&fingerprint)
                && !self.elsewhere.contains(&(fingerprint, variant))
    }

    /// What a row must have to belong here; more may have it.
    pub(super) fn condition(&self) -> Condition {
        let parts = self.parts.iter().map(|(fingerprint, _)| *fingerprint);
        let mut values: Vec<i64> = self.whole.iter().copied().chain(parts).collect();
        values.sort_unstable();
        values.dedup();
        Condition::AnyInt { column: "fingerprint", values: Arc::from(values) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_belong_elsewhere_one_by_one() {
        let members =
            Members { whole: [1, 2].into(), elsewhere: [(1, 7)].into(), parts: [(3, 8)].into() };
        let belongs = [(1, 1), (2, 7), (3, 8)];
        assert!(belongs.iter().all(|(fingerprint, variant)| members.has(*fingerprint, *variant)));
        let strangers = [(1, 7), (3, 7), (4, 1)];
        assert!(
            !strangers.iter().any(|(fingerprint, variant)| members.has(*fingerprint, *variant))
        );
    }
}
