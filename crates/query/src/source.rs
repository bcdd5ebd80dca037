//! Where rows come from: what is not yet flushed, and files. The store in production, batches and
//! files of their own in tests.
//!
//! Invariant: a snapshot holds each row of its table exactly once, and its files stay on disk for as
//! long as any clone of their `Arc` lives.

use std::any::Any;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::RecordBatch;
use plimsoll_model::{Table, UnixNano};
use plimsoll_store::Store;

/// Gives consistent views of tables.
pub trait Source: Send + Sync + 'static {
    /// All rows of a table as they are now.
    fn snapshot(&self, table: Table) -> Snapshot;
}

/// All rows of one table at one moment.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// Rows in memory, with the columns of [`Table::schema`].
    pub batches: Vec<RecordBatch>,
    /// Rows on disk.
    pub files: Vec<Arc<SourceFile>>,
    /// Whatever counts the memory of the batches; held as long as they are.
    pub keep: Keep,
}

/// An immutable Parquet file of one table and day, with the columns of [`Table::schema`].
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Absolute path. Never used for other content.
    pub path: PathBuf,
    /// Size.
    pub bytes: u64,
    /// How many rows it has.
    pub rows: u64,
    /// Days since 1970-01-01, UTC.
    pub date: i32,
    /// The earliest `time_unix_nano` in it.
    pub time_min: UnixNano,
    /// The latest `time_unix_nano` in it.
    pub time_max: UnixNano,
    /// Whatever keeps it on disk.
    pub keep: Keep,
}

/// Held as long as a file or rows in memory are in use.
#[derive(Clone)]
pub struct Keep(pub Arc<dyn Any + Send + Sync>);

impl Default for Keep {
    fn default() -> Self {
        Self(Arc::new(()))
    }
}

impl std::fmt::Debug for Keep {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keep")
    }
}

impl Source for Store {
    fn snapshot(&self, table: Table) -> Snapshot {
        let snapshot = Store::snapshot(self, table);
        let file = |file: Arc<plimsoll_store::DataFile>| {
            Arc::new(SourceFile {
                path: file.path.clone(),
                bytes: file.bytes,
                rows: file.rows,
                date: file.date,
                time_min: file.time_min,
                time_max: file.time_max,
                keep: Keep(file),
            })
        };
        Snapshot {
            batches: snapshot.batches,
            keep: Keep(Arc::new(snapshot.held)),
            files: snapshot.files.into_iter().map(file).collect(),
        }
    }
}
