//! What the store counts of itself.

use std::sync::atomic::{AtomicU64, Ordering};

use plimsoll_model::{Table, UnixNano};
use serde::Serialize;

use crate::{Inner, Store};

/// One table now.
#[derive(Clone, Debug, Serialize)]
pub struct TableStats {
    /// The table's name.
    pub table: &'static str,
    /// Rows waiting for a file.
    pub rows_buffered: u64,
    /// Rows in live files.
    pub rows_on_disk: u64,
    /// Bytes of columns in memory.
    pub bytes_buffered: u64,
    /// Bytes of live files.
    pub bytes_on_disk: u64,
    /// Live files.
    pub files: u64,
    /// Earliest row in a file.
    pub oldest_unix_nano: Option<UnixNano>,
    /// Latest row in a file.
    pub newest_unix_nano: Option<UnixNano>,
}

/// The store now.
#[derive(Clone, Debug, Serialize)]
pub struct StoreStats {
    /// Every table.
    pub tables: Vec<TableStats>,
    /// Bytes charged against the buffer's limit: rows on their way to the log, in the buffers, and
    /// those in files by now that a query still reads.
    pub buffered_bytes: u64,
    /// The buffer's limit.
    pub buffered_bytes_max: u64,
    /// Bytes appended to the log since the start.
    pub log_bytes: u64,
    /// Records appended to the log since the start.
    pub log_records: u64,
    /// Groups synchronised since the start.
    pub log_syncs: u64,
    /// Flushes since the start.
    pub flushes: u64,
    /// Files merged into others since the start.
    pub files_compacted: u64,
    /// Files removed by age or disk budget since the start.
    pub files_expired: u64,
    /// Runs of flush, compaction or retention that failed and will be tried again.
    pub failures: u64,
    /// Free bytes on the data folder's file system.
    pub disk_free_bytes: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    log_bytes: AtomicU64,
    log_records: AtomicU64,
    log_syncs: AtomicU64,
    flushes: AtomicU64,
    files_compacted: AtomicU64,
    files_expired: AtomicU64,
    failures: AtomicU64,
    files: AtomicU64,
}

impl Counters {
    pub(crate) fn appended(&self, records: u64, bytes: u64) {
        self.log_records.fetch_add(records, Ordering::Relaxed);
        self.log_bytes.fetch_add(bytes, Ordering::Relaxed);
        self.log_syncs.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn flushed(&self) {
        self.flushes.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn compacted(&self, files: u64) {
        self.files_compacted.fetch_add(files, Ordering::Relaxed);
    }

    pub(crate) fn expired(&self, files: u64) {
        self.files_expired.fetch_add(files, Ordering::Relaxed);
    }

    pub(crate) fn failed(&self) {
        self.failures.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn next_file(&self) -> u64 {
        self.files.fetch_add(1, Ordering::Relaxed)
    }
}

impl Store {
    /// Figures of the store now.
    #[must_use]
    pub fn stats(&self) -> StoreStats {
        let inner = &self.inner;
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let counters = &inner.counters;
        StoreStats {
            tables: Table::ALL.into_iter().map(|table| inner.table_stats(table)).collect(),
            buffered_bytes: inner.queue.ledger().bytes() as u64,
            buffered_bytes_max: inner.options.buffer_bytes_max as u64,
            log_bytes: load(&counters.log_bytes),
            log_records: load(&counters.log_records),
            log_syncs: load(&counters.log_syncs),
            flushes: load(&counters.flushes),
            files_compacted: load(&counters.files_compacted),
            files_expired: load(&counters.files_expired),
            failures: load(&counters.failures),
            disk_free_bytes: crate::disk::free_bytes(&inner.options.folder).unwrap_or(0),
        }
    }
}

impl Inner {
    fn table_stats(&self, table: Table) -> TableStats {
        let state = self.tables[table as usize].lock();
        let files = &state.files;
        TableStats {
            table: table.name(),
            rows_buffered: state.buffer.rows(),
            rows_on_disk: files.iter().map(|file| file.rows).sum(),
            bytes_buffered: state.buffer.bytes() as u64,
            bytes_on_disk: files.iter().map(|file| file.bytes).sum(),
            files: files.len() as u64,
            oldest_unix_nano: files.iter().map(|file| file.time_min).min(),
            newest_unix_nano: files.iter().map(|file| file.time_max).max(),
        }
    }
}
