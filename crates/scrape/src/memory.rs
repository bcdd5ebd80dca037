//! What is remembered of a target from one scrape to the next.
//!
//! Invariants: what is known of series only saves work, so it may be forgotten; what is alive
//! changes when its samples are durable, never before; memory follows what the target exposes.

use std::collections::HashMap;
use std::sync::Arc;

use plimsoll_model::UnixNano;
use plimsoll_wire::prometheus::series_identity;

use crate::labels::LabelSet;

/// Series beyond twice those of the last good scrape that are kept while scrapes fail.
const SPARE_SERIES: usize = 1000;

/// Tells a series from all others.
pub(crate) type Identity = (i64, u64);

/// Labels of a series as it is stored.
#[derive(Debug)]
pub(crate) struct Series {
    pub(crate) labels: LabelSet,
    pub(crate) identity: Identity,
}

impl Series {
    pub(crate) fn new(labels: LabelSet) -> Self {
        let identity = series_identity(&bytes(&labels));
        Self { labels, identity }
    }
}

/// Names and values as a builder takes them.
pub(crate) fn bytes(labels: &LabelSet) -> Vec<(&[u8], &[u8])> {
    labels.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())).collect()
}

/// What is known of a series as a target writes it.
#[derive(Debug)]
pub(crate) struct Known {
    /// Nothing where the rules drop it.
    pub(crate) series: Option<Arc<Series>>,
    /// The scrape that it was last in.
    pub(crate) seen: u64,
    /// Hash of its last exemplar without a time.
    pub(crate) exemplar: u64,
    /// The time of its last exemplar with one.
    pub(crate) exemplar_time: UnixNano,
}

/// Series by what tells them apart.
pub(crate) type Alive = HashMap<Identity, Arc<Series>>;

/// What is remembered of a target.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// By name and labels as written.
    pub(crate) known: HashMap<Box<str>, Known>,
    /// Number of the scrape.
    pub(crate) scrape: u64,
    /// Series of the last good scrape.
    good_len: usize,
    /// Series whose last samples are durable: they are marked as ended when they vanish.
    pub(crate) alive: Alive,
}

impl Memory {
    /// Forgets series that are gone; after a scrape that failed they may come back.
    pub(crate) fn forget(&mut self, good: bool) {
        if good || self.known.len() > 2 * self.good_len + SPARE_SERIES {
            let scrape = self.scrape;
            self.known.retain(|_, known| known.seen == scrape);
            self.known.shrink_to(2 * self.known.len());
        }
        if good {
            self.good_len = self.known.len();
        }
    }
}
