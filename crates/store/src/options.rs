//! What a store can be told, each value with its arithmetic.

use std::ops::{Range, RangeInclusive};
use std::path::PathBuf;
use std::time::Duration;

use plimsoll_model::Table;

/// How a store keeps its data.
#[derive(Clone, Debug)]
pub struct Options {
    /// The data folder. Created where it does not exist; one process at a time.
    pub folder: PathBuf,
    /// Bytes of columns that may wait in memory. Beyond it [`crate::Store::append`] refuses. A flush begins at
    /// half of it, so that the other half takes what comes meanwhile.
    pub buffer_bytes_max: usize,
    /// Bytes a flush or a compaction may hold besides the rows themselves: encoded pages and slices.
    pub writer_bytes_max: usize,
    /// A log segment's size: start-up replays at most the buffer's worth of them.
    pub segment_bytes: u64,
    /// Rows wait no longer than this for a file.
    pub flush_interval: Duration,
    /// How often compaction and retention look for work.
    pub compact_interval: Duration,
    /// How long data is kept, by table.
    pub retention: Retention,
    /// Bytes all tables together may take on disk; `None` for all there is.
    pub disk_bytes_max: Option<u64>,
    /// Free bytes left alone on the file system: below this nothing more is accepted.
    pub disk_reserve_bytes: u64,
    /// How long a file that left its table stays for readers of other programs.
    pub grace: Duration,
    /// Files up to this size are merged with their neighbours of the same day. Larger ones of samples, up to four
    /// times this, are merged once more: they are encoded the better the more of a series lie together.
    pub compact_below_bytes: u64,
    /// Files merged at once, and the number of small files that starts a merge.
    pub compact_fan_in: usize,
}

impl Options {
    /// How many files may be merged at once: each is open, and a column of it in memory.
    pub const FAN_IN: RangeInclusive<usize> = 2..=64;

    /// Sensible values for a folder and a memory share of the store.
    ///
    /// `memory_bytes` covers the buffer (two thirds) and the writer (one sixth for pages; slices and
    /// sort keys, about 60 bytes a row of a kilobyte, take the rest).
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>, memory_bytes: usize) -> Self {
        let buffer_bytes_max = memory_bytes / 3 * 2;
        Self {
            folder: folder.into(),
            buffer_bytes_max,
            writer_bytes_max: memory_bytes / 6,
            segment_bytes: (buffer_bytes_max as u64 / 4).clamp(4 << 20, 64 << 20),
            flush_interval: Duration::from_secs(300),
            compact_interval: Duration::from_secs(10),
            retention: Retention::default(),
            disk_bytes_max: None,
            disk_reserve_bytes: 256 << 20,
            grace: Duration::from_secs(600),
            compact_below_bytes: 16 << 20,
            compact_fan_in: 8,
        }
    }

    /// Sizes of a table's files that are merged with each other and no others: a large file is not written
    /// again for the sake of a few small ones.
    pub(crate) fn compact_tiers(&self, table: Table) -> impl Iterator<Item = Range<u64>> {
        let below = self.compact_below_bytes;
        let larger = below..below.saturating_mul(SAMPLES_FACTOR);
        std::iter::once(0..below).chain((table == Table::Samples).then_some(larger))
    }
}

/// How much larger files of samples may be and still be merged.
const SAMPLES_FACTOR: u64 = 4;

/// Ages beyond which rows are removed, file by file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Spans and trace times.
    pub traces: Duration,
    /// Log records.
    pub logs: Duration,
    /// Samples, histograms, series, exemplars.
    pub metrics: Duration,
    /// Errors and sessions.
    pub errors: Duration,
}

impl Default for Retention {
    /// Two weeks of traces and logs, ninety days of metrics and errors.
    fn default() -> Self {
        const DAY: u64 = 86_400;
        Self {
            traces: Duration::from_secs(14 * DAY),
            logs: Duration::from_secs(14 * DAY),
            metrics: Duration::from_secs(90 * DAY),
            errors: Duration::from_secs(90 * DAY),
        }
    }
}

impl Retention {
    /// The age of a table.
    #[must_use]
    pub fn of(&self, table: Table) -> Duration {
        match table {
            Table::Spans | Table::TraceTimes => self.traces,
            Table::Logs => self.logs,
            Table::Samples | Table::Histograms | Table::Series | Table::Exemplars => self.metrics,
            Table::Errors | Table::Sessions => self.errors,
        }
    }
}
