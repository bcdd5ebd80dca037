//! What ingest has done since the start, by signal.

use std::sync::atomic::{AtomicU64, Ordering};

use plimsoll_model::ErrorCode;
use plimsoll_model::batch::RecordKind;

/// The signals, in the order counters are listed.
pub(crate) const KINDS: [(RecordKind, &str); 4] = [
    (RecordKind::OtlpTraces, "traces"),
    (RecordKind::OtlpMetrics, "metrics"),
    (RecordKind::OtlpLogs, "logs"),
    (RecordKind::Columns, "prometheus"),
];

/// Counters of one signal; they only grow.
#[derive(Debug, Default)]
pub(crate) struct Signal {
    /// Requests acknowledged.
    pub(crate) requests: AtomicU64,
    /// Spans, log records or data points kept.
    pub(crate) items: AtomicU64,
    /// Items of acknowledged requests that were not kept.
    pub(crate) rejected: AtomicU64,
    /// Bytes of acknowledged requests as sent.
    pub(crate) bytes: AtomicU64,
    /// Requests that were told to come back.
    pub(crate) refused: AtomicU64,
    /// Requests that were wrong.
    pub(crate) failed: AtomicU64,
}

/// Counters of all signals.
#[derive(Debug, Default)]
pub(crate) struct Counters([Signal; 4]);

impl Counters {
    /// The counters of a signal.
    pub(crate) fn of(&self, kind: RecordKind) -> &Signal {
        &self.0[kind as usize - 1]
    }

    /// The sum over all signals of one counter.
    pub(crate) fn sum(&self, counter: impl Fn(&Signal) -> &AtomicU64) -> u64 {
        self.0.iter().map(|signal| counter(signal).load(Ordering::Relaxed)).sum()
    }

    pub(super) fn accepted(&self, kind: RecordKind, bytes: usize, items: u64, rejected: u64) {
        let signal = self.of(kind);
        signal.requests.fetch_add(1, Ordering::Relaxed);
        signal.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        signal.items.fetch_add(items, Ordering::Relaxed);
        signal.rejected.fetch_add(rejected, Ordering::Relaxed);
    }

    pub(super) fn refused(&self, kind: RecordKind, code: ErrorCode) {
        let signal = self.of(kind);
        let counter = match crate::problem::is_retryable(code) {
            true => &signal.refused,
            false => &signal.failed,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}
