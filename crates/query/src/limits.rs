//! What queries may use, each value with its arithmetic.

use std::path::PathBuf;
use std::time::Duration;

/// Items on a page of a list at most; more are not asked for, whatever the request says.
pub(crate) const PAGE_MAX: usize = 1_000;

/// Bounds of all queries together and of each alone.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Memory of all running queries: sorts, hash tables, groups, results. What cannot spill beyond
    /// it fails.
    pub memory_bytes: usize,
    /// Memory of cached Parquet footers and page indexes, besides `memory_bytes`.
    pub metadata_bytes: usize,
    /// Threads that work on queries, and partitions of an SQL plan.
    pub threads: usize,
    /// Queries that run at once; a scan holds about one row group of the columns it reads a thread,
    /// some 10 MiB.
    pub concurrent_max: usize,
    /// Queries that wait for their turn; one more is refused.
    pub waiting_max: usize,
    /// Time of an API query, waiting included.
    pub timeout: Duration,
    /// Time of an SQL query, waiting included.
    pub sql_timeout: Duration,
    /// Rows of an SQL result; more are cut off and the result says so.
    pub sql_rows_max: usize,
    /// Bytes of an SQL result's columns; more is an error.
    pub sql_bytes_max: usize,
    /// Rows that the operators of SQL hand on at once.
    pub sql_batch_rows: usize,
    /// Length of an SQL text.
    pub sql_text_bytes_max: usize,
    /// Spans of one trace that an answer holds, about 2 KiB each; the earliest are kept.
    pub trace_spans_max: usize,
    /// Folder for sorts and groups that do not fit into memory; `None` lets them fail instead.
    pub spill_folder: Option<PathBuf>,
    /// Bytes that may be spilled at once.
    pub spill_bytes_max: u64,
}

impl Limits {
    /// Sensible values for a memory share of the queries: 7/8 work, 1/8 cached footers.
    #[must_use]
    pub fn new(memory_bytes: usize) -> Self {
        let memory_work = memory_bytes / 8 * 7;
        let threads = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            memory_bytes: memory_work,
            metadata_bytes: memory_bytes / 8,
            threads,
            concurrent_max: 4,
            waiting_max: 64,
            timeout: Duration::from_secs(30),
            sql_timeout: Duration::from_secs(30),
            sql_rows_max: 10_000,
            sql_bytes_max: (memory_work / 4).min(64 << 20),
            // A quarter of the work, with four batches a thread on their way and 2 KiB a row.
            sql_batch_rows: (memory_work / 4 / (threads * 4 * 2048)).clamp(1 << 10, 8 << 10),
            sql_text_bytes_max: 64 << 10,
            // A quarter of the work at 2 KiB a span.
            trace_spans_max: (memory_work / 4 / 2048).clamp(1_000, 100_000),
            spill_folder: None,
            spill_bytes_max: 4 << 30,
        }
    }
}
