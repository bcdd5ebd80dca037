//! The store's threads: one writes the log, one flushes, one compacts and enforces retention.
//!
//! Invariants: every thread is joined by [`crate::Store::close`]; a failed run is logged, counted and
//! tried again after a pause; no thread ends by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use crate::append::{QueueEnd, run_log};
use crate::{Inner, Store, StoreError, disk};

/// The pause after a failed run.
const FAILURE_PAUSE: Duration = Duration::from_secs(2);

/// How often the flush thread looks at age and disk, at least.
const TICK_MAX: Duration = Duration::from_millis(500);

/// The threads, and how to wake and stop them.
#[derive(Default)]
pub(crate) struct Threads {
    handles: Mutex<Vec<JoinHandle<()>>>,
    stopping: AtomicBool,
    flush_wanted: Mutex<bool>,
    flush_wake: Condvar,
    compact_lock: Mutex<()>,
    compact_wake: Condvar,
}

impl Threads {
    pub(crate) fn stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// Asks for a flush soon.
    pub(crate) fn wake_flush(&self) {
        *self.flush_wanted.lock() = true;
        self.flush_wake.notify_one();
    }

    fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
        // Under the locks, so that no thread is between looking and waiting.
        let wanted = self.flush_wanted.lock();
        self.flush_wake.notify_all();
        drop(wanted);
        let guard = self.compact_lock.lock();
        self.compact_wake.notify_all();
        drop(guard);
    }
}

/// Starts the threads of a store that is otherwise ready.
pub(crate) fn start(inner: &Arc<Inner>, end: QueueEnd) -> std::io::Result<()> {
    let spawn = |name: &str, run: Box<dyn FnOnce(Arc<Inner>) + Send>| {
        let inner = Arc::clone(inner);
        std::thread::Builder::new().name(name.to_owned()).spawn(move || run(inner))
    };
    let handles = vec![
        spawn("plimsoll-log", Box::new(move |inner| run_log(&inner, end)))?,
        spawn("plimsoll-flush", Box::new(|inner| inner.run_flush()))?,
        spawn("plimsoll-compact", Box::new(|inner| inner.run_compaction()))?,
    ];
    *inner.threads.handles.lock() = handles;
    Ok(())
}

impl Inner {
    fn run_flush(&self) {
        let mut last = Instant::now();
        let tick = self.options.flush_interval.min(TICK_MAX);
        while !self.threads.stopping() {
            let wanted = {
                let mut wanted = self.threads.flush_wanted.lock();
                if !*wanted && !self.threads.stopping() {
                    self.threads.flush_wake.wait_for(&mut wanted, tick);
                }
                std::mem::take(&mut *wanted)
            };
            self.watch_disk();
            if !wanted && last.elapsed() < self.options.flush_interval {
                continue;
            }
            if let Err(error) = self.flush() {
                self.report("flush", &error);
                std::thread::park_timeout(FAILURE_PAUSE);
            } else {
                last = Instant::now();
            }
        }
    }

    /// Refuses records while the disk has less room than the reserve.
    fn watch_disk(&self) {
        match disk::free_bytes(&self.options.folder) {
            Ok(free) => self.queue.set_disk_full(free < self.options.disk_reserve_bytes),
            Err(error) => tracing::warn!(%error, "could not ask for the disk's free space"),
        }
    }

    fn run_compaction(&self) {
        while !self.threads.stopping() {
            let mut guard = self.threads.compact_lock.lock();
            if !self.threads.stopping() {
                self.threads.compact_wake.wait_for(&mut guard, self.options.compact_interval);
            }
            drop(guard);
            if self.threads.stopping() {
                break;
            }
            let now = self.clock.now();
            if let Err(error) = self.enforce_retention(now) {
                self.report("retention", &error);
            }
            if let Err(error) = self.compact() {
                self.report("compaction", &error);
            }
            self.sweep(self.clock.now());
        }
    }

    fn report(&self, what: &str, error: &StoreError) {
        self.counters.failed();
        if error.is_full() {
            self.queue.set_disk_full(true);
        }
        tracing::error!(%error, "{what} failed; it will be tried again");
    }
}

impl Store {
    /// Writes every buffered row into files now.
    ///
    /// # Errors
    /// [`StoreError`]; the rows stay in the log and the buffer.
    pub async fn flush(&self) -> Result<(), StoreError> {
        self.blocking(|inner| inner.flush()).await
    }

    /// Merges small files until there is nothing to merge. Returns how many were replaced.
    ///
    /// # Errors
    /// [`StoreError`]; the tables stay as they were.
    pub async fn compact(&self) -> Result<usize, StoreError> {
        self.blocking(|inner| inner.compact()).await
    }

    /// Removes what is too old or over the disk budget, and deletes what nobody reads. Returns how many
    /// files left their tables.
    ///
    /// # Errors
    /// [`StoreError`]; what was not removed stays.
    pub async fn enforce_retention(
        &self,
        now: plimsoll_model::UnixNano,
    ) -> Result<usize, StoreError> {
        self.blocking(move |inner| {
            let gone = inner.enforce_retention(now);
            inner.sweep(now);
            gone
        })
        .await
    }

    /// Takes no more records, writes all rows into files and ends the threads. A second call does
    /// nothing.
    ///
    /// # Errors
    /// Where the last flush fails; the rows are in the log then and the next start has them.
    pub async fn close(&self) -> Result<(), StoreError> {
        self.blocking(|inner| {
            inner.queue.close();
            inner.threads.stop();
            let handles = std::mem::take(&mut *inner.threads.handles.lock());
            for handle in handles {
                if handle.join().is_err() {
                    tracing::error!("a thread of the store panicked");
                }
            }
            inner.flush()
        })
        .await
    }

    async fn blocking<T: Send + 'static>(
        &self,
        run: impl FnOnce(&Inner) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let inner = Arc::clone(&self.inner);
        tokio::task::spawn_blocking(move || run(&inner)).await.unwrap_or(Err(StoreError::Closed))
    }
}
