//! How many different users: exact for few, and for many from a sample of their hashes.
//!
//! Kept are the hashes that end in `level` zeros; a set that is full raises the level, which halves it. Each kept
//! hash stands for 2^level users (M. Wegman's adaptive sampling; P. Flajolet, "On adaptive sampling", 1990).

use std::collections::HashSet;

use twox_hash::XxHash64;

/// Different users, counted.
#[derive(Clone, Debug)]
pub(super) struct Users {
    kept_max: usize,
    level: u32,
    kept: HashSet<u64>,
}

impl Users {
    /// Exact up to `kept_max`; beyond it off by some 1.2 / √`kept_max`.
    pub(super) fn new(kept_max: usize) -> Self {
        Self { kept_max: kept_max.max(1), level: 0, kept: HashSet::new() }
    }

    pub(super) fn add(&mut self, user: &str) {
        self.add_hash(XxHash64::oneshot(0, user.as_bytes()));
    }

    fn add_hash(&mut self, hash: u64) {
        if hash.trailing_zeros() < self.level || !self.kept.insert(hash) {
            return;
        }
        while self.kept.len() > self.kept_max {
            self.level += 1;
            self.kept.retain(|hash| hash.trailing_zeros() >= self.level);
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        if other.level > self.level {
            self.level = other.level;
            self.kept.retain(|hash| hash.trailing_zeros() >= self.level);
        }
        other.kept.into_iter().for_each(|hash| self.add_hash(hash));
    }

    pub(super) fn count(&self) -> u64 {
        (self.kept.len() as u64) << self.level.min(40)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn users(names: impl IntoIterator<Item = u32>) -> Users {
        let mut users = Users::new(1_000);
        names.into_iter().for_each(|name| users.add(&name.to_string()));
        users
    }

    #[test]
    fn few_are_exact_and_many_are_near() {
        assert_eq!(users([]).count(), 0);
        assert_eq!(users((0..1_000).chain(0..1_000)).count(), 1_000);
        for many in [10_000, 100_000] {
            let count = users(0..many).count() as f64;
            assert!((count / f64::from(many) - 1.0).abs() < 0.12, "{many}: {count}");
        }
    }

    #[test]
    fn parts_merge_to_the_same_as_the_whole() {
        let whole = users(0..20_000);
        let mut merged = users(0..500);
        merged.merge(users(300..20_000));
        assert_eq!(merged.count(), whole.count());
        let mut exact = users(0..400);
        exact.merge(users(200..600));
        assert_eq!(exact.count(), 600);
    }
}
