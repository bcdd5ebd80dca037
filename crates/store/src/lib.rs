//! The store: a write-ahead log, an in-memory buffer, and Delta tables of Parquet files.
//!
//! The promise: when [`Store::append`] returns, the rows are on the disk and in every snapshot taken
//! after; each is there exactly once, through any crash, until retention removes it.
//!
//! Invariants: a row leaves the log only after the commit that holds it is durable; a table's commit
//! says up to which log sequence number it is complete, and a replay skips what it covers; nothing here
//! decodes a request (the decoder is passed in), knows HTTP, or plans a query.

mod append;
mod blank;
mod buffer;
mod by_series;
mod charge;
mod compact;
mod data;
mod delta;
mod disk;
mod file;
mod flush;
mod gather;
mod maintenance;
mod merge;
mod open;
mod options;
mod retention;
mod runs;
mod sort;
mod stats;
mod wal;

use std::sync::Arc;

use arrow::array::RecordBatch;
use parking_lot::Mutex;
use plimsoll_model::batch::{Batch, RecordKind};
use plimsoll_model::{Clock, Table, TimeWindow};

pub use append::{AppendError, Record};
pub use data::DataError;
pub use delta::DeltaError;
pub use file::DataFile;
pub use open::OpenError;
pub use options::{Options, Retention};
pub use stats::{StoreStats, TableStats};

/// Turns the body of a log record into rows again, as its first decoding did. An error means that an
/// acknowledged record can no longer be read: it is set aside and reported.
pub type Decode = dyn Fn(RecordKind, &[u8], &TimeWindow) -> Result<Batch, String> + Send + Sync;

/// A handle on an open store. Clones share it; [`Store::close`] ends it.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

/// One table at one moment: each row exactly once, in `batches` or in `files`.
#[derive(Clone, Debug, Default)]
pub struct TableSnapshot {
    /// Rows not yet in a file, oldest first.
    pub batches: Vec<RecordBatch>,
    /// Live files, in no order. Holding one keeps it on the disk.
    pub files: Vec<Arc<DataFile>>,
    /// Keeps the batches counted against the buffer's limit; to be held as long as they are.
    pub held: Held,
}

/// Counts rows in memory for as long as a clone of it lives.
#[derive(Clone, Debug, Default)]
pub struct Held {
    _charges: Arc<[Arc<charge::Charge>]>,
}

/// Why a flush, compaction or retention run failed. Nothing is lost by it; it is tried again.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A table's log.
    #[error(transparent)]
    Delta(#[from] DeltaError),
    /// A data file.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The write-ahead log or a folder.
    #[error("{0}")]
    Log(String),
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
}

impl StoreError {
    /// Whether the disk was full.
    #[must_use]
    pub fn is_full(&self) -> bool {
        match self {
            Self::Delta(error) => error.is_full(),
            Self::Data(error) => error.is_full(),
            Self::Log(_) | Self::Closed => false,
        }
    }
}

struct Inner {
    options: Options,
    clock: Arc<dyn Clock>,
    /// Random: tells this run's files from all others'.
    run: u64,
    /// The end of the log. Held from writing a group to the rows being in the buffers, so whoever
    /// holds it sees exactly the rows up to the last sequence number.
    log: Mutex<wal::LogWriter>,
    /// Buffer and files, by `Table as usize`. Held for moments only.
    tables: [Mutex<buffer::TableState>; Table::COUNT],
    /// The tables' logs; held while a commit is written.
    deltas: [Mutex<delta::DeltaLog>; Table::COUNT],
    /// Files that left their table and wait for their readers.
    graves: Mutex<Vec<retention::Grave>>,
    /// Serialises flushes, and keeps what the last one left undone.
    flushing: Mutex<flush::Unfinished>,
    /// Serialises what removes files: compaction and retention.
    rewriting: Mutex<()>,
    /// Series described since the start, by id and day.
    described: Mutex<append::Described>,
    queue: append::Queue,
    threads: maintenance::Threads,
    counters: stats::Counters,
    /// Held for the life of the process.
    _lock: std::fs::File,
}

impl Store {
    /// One table now. Cheap: no row is copied.
    #[must_use]
    pub fn snapshot(&self, table: Table) -> TableSnapshot {
        let state = self.inner.tables[table as usize].lock();
        let (batches, charges) = state.buffer.batches();
        TableSnapshot {
            batches,
            files: state.files.clone(),
            held: Held { _charges: charges.into() },
        }
    }

    /// The data folder.
    #[must_use]
    pub fn folder(&self) -> &std::path::Path {
        &self.inner.options.folder
    }

    /// What the store was opened with.
    #[must_use]
    pub fn options(&self) -> &Options {
        &self.inner.options
    }
}
