//! What is kept at most, and for how long.

const SECOND_NANO: i64 = 1_000_000_000;

/// Bounds of memory and time.
///
/// Memory at the defaults, everything full and every histogram with its most buckets: 25,000 keys of 0.4
/// to 1.9 KB are 47 MB, 12,500 edges of 0.3 to 2.9 KB are 36 MB, 100,000 waiting spans of 0.2 KB are 20 MB,
/// names of 10,000 peers and of services 10 MB.
/// A hundred services of fifty operations take about 10 MB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Keys: services by operation, kind and status. A quarter more may be used for `(other)`.
    pub keys_max: usize,
    /// Operations of one service; what is beyond goes by `(other)`.
    pub service_operations_max: usize,
    /// Edges of the service graph. A quarter more may be used for `(other)` and for unpaired spans.
    pub edges_max: usize,
    /// Databases, queues and addresses that one service is seen to talk to; what is beyond goes by
    /// `(other)`.
    pub service_peers_max: usize,
    /// Spans that wait for the other side of their call.
    pub pending_max: usize,
    /// How long they wait, by the time of receipt.
    pub pending_nano: i64,
    /// After how long without a span a key or edge ends.
    pub idle_nano: i64,
    /// Between two emissions; they fall on multiples of it.
    pub interval_nano: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            keys_max: 20_000,
            service_operations_max: 1_000,
            edges_max: 10_000,
            service_peers_max: 500,
            pending_max: 100_000,
            pending_nano: 10 * SECOND_NANO,
            idle_nano: 15 * 60 * SECOND_NANO,
            interval_nano: 15 * SECOND_NANO,
        }
    }
}

impl Limits {
    pub(crate) fn other_keys_max(&self) -> usize {
        self.keys_max / 4
    }

    pub(crate) fn other_edges_max(&self) -> usize {
        self.edges_max / 4
    }

    /// The interval in nanoseconds, at least ten milliseconds: a zero must fit between two emissions.
    pub(crate) fn interval(&self) -> i64 {
        self.interval_nano.max(10_000_000)
    }
}
