//! What an evaluation may use: samples held at once, text made for labels, and time.
//!
//! Invariants: samples are counted before they are made, and a node gives back all but its own result when
//! it is done; whatever loops counts its work, so that the storage is asked every few thousand values whether
//! to go on.

use std::cell::Cell;

use super::Storage;
use crate::EvalError;

/// So much work passes between two questions whether to go on; a value read, compared or added is one.
const WORK_UNASKED: usize = 4_096;

/// Bytes that count as one sample: a time and a number.
const SAMPLE_BYTES: usize = 16;

/// What is used so far.
pub(super) struct Budget<'a> {
    storage: &'a dyn Storage,
    samples_max: usize,
    /// Samples of all nodes that are not done, and of the results that they hold.
    held: Cell<usize>,
    /// Of what nobody gives back.
    kept: Cell<usize>,
    /// Since the last question.
    work: Cell<usize>,
}

impl<'a> Budget<'a> {
    pub(super) fn new(storage: &'a dyn Storage, samples_max: usize) -> Self {
        let (held, kept, work) = (Cell::new(0), Cell::new(0), Cell::new(0));
        Self { storage, samples_max, held, kept, work }
    }

    /// Samples held now.
    pub(super) fn held(&self) -> usize {
        self.held.get()
    }

    /// Counts samples that are about to be held.
    pub(super) fn take(&self, samples: usize) -> Result<(), EvalError> {
        self.hold(self.held.get().saturating_add(samples))?;
        self.work(samples)
    }

    /// Counts samples that are held no more.
    pub(super) fn give_back(&self, samples: usize) {
        self.held.set(self.held.get().saturating_sub(samples));
    }

    /// Says how many samples are held.
    pub(super) fn hold(&self, samples: usize) -> Result<(), EvalError> {
        self.held.set(samples);
        let most = self.samples_max;
        if samples.saturating_add(self.kept.get()) > most {
            let problem =
                format!("the query holds more than {most} samples in memory at once; narrow it");
            return Err(EvalError::Limit(problem));
        }
        Ok(())
    }

    /// Counts the text of a label that was made; it stays counted, since labels are shared.
    pub(super) fn keep_text(&self, bytes: usize) -> Result<(), EvalError> {
        self.kept.set(self.kept.get().saturating_add(bytes.div_ceil(SAMPLE_BYTES)));
        self.take(0)?;
        self.work(bytes)
    }

    /// Counts work, and now and then asks whether to go on.
    pub(super) fn work(&self, amount: usize) -> Result<(), EvalError> {
        let work = self.work.get().saturating_add(amount);
        if work < WORK_UNASKED {
            self.work.set(work);
            return Ok(());
        }
        self.ask()
    }

    /// Asks whether to go on.
    pub(super) fn ask(&self) -> Result<(), EvalError> {
        self.work.set(0);
        self.storage.check()
    }
}

/// How many samples a histogram counts for, as Prometheus counts it.
pub(super) fn samples_of(histogram: &crate::Histogram) -> usize {
    histogram.size() / SAMPLE_BYTES
}
