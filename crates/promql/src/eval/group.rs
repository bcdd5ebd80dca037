//! Series by a part of their labels: the groups of aggregations and of binary operators.
//!
//! Invariants: labels are hashed and compared where they are, so that finding a series' group makes nothing;
//! groups are numbered in the order in which they come up.

use std::hash::{BuildHasher, Hasher};

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::ast::Grouping;
use crate::{Labels, METRIC_NAME};

/// Which labels count.
#[derive(Clone, Copy)]
pub(super) enum Part<'a> {
    /// All of them.
    All,
    /// These.
    By(&'a [String]),
    /// All but these and the metric's name.
    Without(&'a [String]),
    /// All but a bucket's upper bound.
    WithoutBound,
    /// These.
    Only(&'a [&'a str]),
}

/// The label of a classic histogram's upper bounds.
pub(super) const BOUND: &str = "le";

impl<'a> Part<'a> {
    pub(super) fn of(grouping: &'a Grouping) -> Self {
        match grouping {
            Grouping::By(names) => Self::By(names),
            Grouping::Without(names) => Self::Without(names),
        }
    }

    fn has(self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::By(names) => names.iter().any(|n| n == name),
            Self::WithoutBound => name != BOUND,
            Self::Only(names) => names.contains(&name),
            Self::Without(names) => name != METRIC_NAME && names.iter().all(|n| n != name),
        }
    }

    /// Those labels that count.
    pub(super) fn labels(self, labels: &Labels) -> Labels {
        labels.filter(|name| self.has(name))
    }

    fn iter(self, labels: &Labels) -> impl Iterator<Item = (&str, &str)> {
        labels.iter().filter(move |(name, _)| self.has(name))
    }
}

/// Numbers of groups.
pub(super) struct Groups<'a> {
    part: Part<'a>,
    table: HashTable<usize>,
    hashes: DefaultHashBuilder,
    /// All labels of the first series of each group, and their hash.
    firsts: Vec<(Labels, u64)>,
}

impl<'a> Groups<'a> {
    pub(super) fn new(part: Part<'a>) -> Self {
        let hashes = DefaultHashBuilder::default();
        Self { part, table: HashTable::new(), hashes, firsts: Vec::new() }
    }

    fn hash(&self, labels: &Labels) -> u64 {
        let mut hasher = self.hashes.build_hasher();
        for (name, value) in self.part.iter(labels) {
            hasher.write(name.as_bytes());
            hasher.write_u8(0xff);
            hasher.write(value.as_bytes());
            hasher.write_u8(0xff);
        }
        hasher.finish()
    }

    /// The group that a series belongs to, if there is one.
    pub(super) fn find(&self, labels: &Labels) -> Option<usize> {
        let same = |at: &usize| self.part.iter(&self.firsts[*at].0).eq(self.part.iter(labels));
        self.table.find(self.hash(labels), same).copied()
    }

    /// The group that a series belongs to, which is new where its number is
    /// that of the groups before.
    pub(super) fn place(&mut self, labels: &Labels) -> usize {
        let hash = self.hash(labels);
        let same = |at: &usize| self.part.iter(&self.firsts[*at].0).eq(self.part.iter(labels));
        if let Some(at) = self.table.find(hash, same) {
            return *at;
        }
        let at = self.firsts.len();
        self.firsts.push((labels.clone(), hash));
        self.table.insert_unique(hash, at, |at| self.firsts[*at].1);
        at
    }

    /// The labels that tell a group from others.
    pub(super) fn labels(&self, group: usize) -> Labels {
        self.part.labels(&self.firsts[group].0)
    }
}
