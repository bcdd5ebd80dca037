//! Counts the bytes of rows in memory: on their way to the log, in the buffers, and those that have
//! gone to a file while a query still reads them.
//!
//! Invariant: a charge counts from its making until the last holder of the rows drops it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;
use tokio::sync::futures::Notified;

/// The sum of all charges.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    bytes: AtomicUsize,
    fell: Notify,
}

/// So many bytes, counted until dropped.
#[derive(Debug)]
pub(crate) struct Charge {
    ledger: Ledger,
    bytes: usize,
}

impl Ledger {
    /// Bytes charged now.
    pub(crate) fn bytes(&self) -> usize {
        self.0.bytes.load(Ordering::Relaxed)
    }

    pub(crate) fn charge(&self, bytes: usize) -> Charge {
        self.0.bytes.fetch_add(bytes, Ordering::Relaxed);
        Charge { ledger: self.clone(), bytes }
    }

    /// Charges where the sum stays within a limit.
    pub(crate) fn try_charge(&self, bytes: usize, limit: usize) -> Option<Charge> {
        let within = |sum: usize| sum.checked_add(bytes).filter(|sum| *sum <= limit);
        let charged = self.0.bytes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, within);
        charged.ok().map(|_| Charge { ledger: self.clone(), bytes })
    }

    /// Ends when the sum next falls.
    pub(crate) fn fell(&self) -> Notified<'_> {
        self.0.fell.notified()
    }
}

impl Charge {
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.ledger.0.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
        self.ledger.0.fell.notify_waiters();
    }
}
