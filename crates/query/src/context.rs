//! What one running query carries: its data, its deadline, its share of memory.
//!
//! Invariant: work that runs long calls [`Context::check`] at least once a batch of rows, so that a
//! query nobody waits for ends soon.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use datafusion::execution::memory_pool::{MemoryConsumer, MemoryPool, MemoryReservation};
use parking_lot::Mutex;
use plimsoll_model::Table;

use crate::scan::MetadataCache;
use crate::source::{Snapshot, Source};
use crate::{Limits, QueryError};

/// A running query.
pub(crate) struct Context {
    pub(crate) source: Arc<dyn Source>,
    pub(crate) cache: Arc<MetadataCache>,
    pub(crate) limits: Arc<Limits>,
    memory: Mutex<MemoryReservation>,
    deadline: Arc<Deadline>,
}

/// When a query must end: at a time, or as soon as nobody waits for it.
#[derive(Debug)]
pub(crate) struct Deadline {
    cancelled: AtomicBool,
    at: Instant,
    time_max: Duration,
}

/// Tells a query to end when dropped.
pub(crate) struct Cancel(Arc<Deadline>);

impl Drop for Cancel {
    fn drop(&mut self) {
        self.0.cancelled.store(true, Ordering::Relaxed);
    }
}

impl Deadline {
    /// So much time from now.
    pub(crate) fn after(time_max: Duration) -> Arc<Self> {
        Arc::new(Self {
            cancelled: AtomicBool::new(false),
            at: Instant::now() + time_max,
            time_max,
        })
    }

    pub(crate) fn at(&self) -> Instant {
        self.at
    }

    pub(crate) fn canceller(self: &Arc<Self>) -> Cancel {
        Cancel(Arc::clone(self))
    }

    /// The error of a query that ran over.
    pub(crate) fn exceeded(&self) -> QueryError {
        QueryError::deadline(self.time_max)
    }

    /// An error where the query should end.
    pub(crate) fn check(&self) -> Result<(), QueryError> {
        if self.cancelled.load(Ordering::Relaxed) || Instant::now() >= self.at {
            return Err(self.exceeded());
        }
        Ok(())
    }
}

impl Context {
    pub(crate) fn new(
        source: Arc<dyn Source>,
        cache: Arc<MetadataCache>,
        limits: Arc<Limits>,
        pool: &Arc<dyn MemoryPool>,
        deadline: &Arc<Deadline>,
    ) -> Self {
        Self {
            source,
            cache,
            limits,
            memory: Mutex::new(MemoryConsumer::new("query").register(pool)),
            deadline: Arc::clone(deadline),
        }
    }

    pub(crate) fn snapshot(&self, table: Table) -> Snapshot {
        self.source.snapshot(table)
    }

    /// An error where the query should end.
    pub(crate) fn check(&self) -> Result<(), QueryError> {
        self.deadline.check()
    }

    /// Takes bytes of the queries' memory until the query ends.
    pub(crate) fn grow(&self, bytes: usize) -> Result<(), QueryError> {
        self.memory.lock().try_grow(bytes).map_err(QueryError::memory)
    }

    /// Takes bytes of the queries' memory until the reservation is dropped.
    pub(crate) fn reserve(&self, bytes: usize) -> Result<MemoryReservation, QueryError> {
        let reservation = self.memory.lock().new_empty();
        reservation.try_grow(bytes).map_err(QueryError::memory)?;
        Ok(reservation)
    }
}
