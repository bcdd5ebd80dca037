//! One memory budget, split once. Every part is enforced by whoever holds the bytes: bodies by the
//! ingest admission, rows by the store, operators by the query engine's pool.
//!
//! Invariant: the parts and the baseline never add up to more than the total.

use super::units::format_size;

/// The least a server works with: below it the baseline leaves no room for data.
pub const MEMORY_MIN: u64 = 128 << 20;

/// What `auto` never exceeds; a laptop has other uses for its memory.
const AUTO_MAX: u64 = 4 << 30;

/// What the process holds besides data, measured after every kind of query: touched pages of the
/// program itself 70 MiB (30 MiB before the first query), query engine registries 6 MiB, threads,
/// connections and allocator metadata 12 MiB.
const BASELINE: u64 = 88 << 20;

/// Largest decompressed request where memory is plenty; the OpenTelemetry Collector's default is
/// 20 MiB, SDKs stay below 4 MiB.
const BODY_MAX: u64 = 64 << 20;

/// In-flight bytes a request holds per byte of its decompressed body: the body itself, and its
/// columns while they are built and handed to the store, which for small attributes take up to
/// twice the protobuf.
pub const IN_FLIGHT_PER_BODY_BYTE: u64 = 3;

/// Who may hold how many bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryPlan {
    /// The budget of the whole process; resident memory stays within 1.3 times this.
    pub total_bytes: u64,
    /// Requests being read, decoded and appended.
    pub ingest_bytes: u64,
    /// The store: rows that are acknowledged and not yet in a file, and writing them.
    pub store_bytes: u64,
    /// Queries before they spill to disk, and the cache of file metadata.
    pub query_bytes: u64,
    /// The index of series.
    pub series_bytes: u64,
}

impl MemoryPlan {
    /// Splits a budget. With 256 MiB: 88 baseline, 32 ingest, 76 store, 47 query, 13 series (some 50,000).
    /// With 4 GiB: 88, 762, 1804, 1122, 321 (over a million).
    #[must_use]
    pub fn split(total_bytes: u64) -> Self {
        let data = total_bytes - BASELINE.min(total_bytes / 2);
        let percent = |share: u64| data / 100 * share;
        Self {
            total_bytes,
            ingest_bytes: percent(19),
            store_bytes: percent(45),
            query_bytes: percent(28),
            series_bytes: percent(8),
        }
    }

    /// The largest decompressed body that can be admitted at all: two thirds of the ingest share
    /// are for decoding.
    #[must_use]
    pub fn body_bytes_admissible(&self) -> u64 {
        self.ingest_bytes / 3 * 2 / IN_FLIGHT_PER_BODY_BYTE
    }

    /// The largest decompressed body by default. 256 MiB → 7 MiB, above the 6.3 MB that a
    /// Collector's default batch of 8,192 spans takes; from 1.5 GiB 64 MiB.
    #[must_use]
    pub fn body_bytes_max(&self) -> u64 {
        self.body_bytes_admissible().min(BODY_MAX)
    }

    /// Issues: each takes some 400 bytes with its groups, all together an eighth of the series' share and no
    /// more than 200,000.
    #[must_use]
    pub fn issues_max(&self) -> u64 {
        (self.series_bytes / 8 / 400).min(200_000)
    }

    /// Open connections on a port: each may hold 128 KiB of unread input and output outside the
    /// in-flight account, together at most a quarter of the store's share.
    #[must_use]
    pub fn connections_max(&self) -> u64 {
        (self.store_bytes / 4 / (128 << 10)).clamp(64, 1_024)
    }
}

/// What `auto` means here: a quarter of the memory this process may use, at most 4 GiB.
#[must_use]
pub(super) fn auto_bytes() -> u64 {
    let cgroup = read_number("/sys/fs/cgroup/memory.max");
    let ram = std::fs::read_to_string("/proc/meminfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("MemTotal:"))?;
        line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib << 10)
    });
    auto_of(ram, cgroup)
}

fn auto_of(ram: Option<u64>, cgroup: Option<u64>) -> u64 {
    let usable = ram.into_iter().chain(cgroup).min().unwrap_or(AUTO_MAX);
    ((usable / 4).clamp(MEMORY_MIN, AUTO_MAX) >> 20) << 20
}

fn read_number(path: &str) -> Option<u64> {
    std::fs::read_to_string(path).ok()?.trim().parse().ok()
}

impl std::fmt::Display for MemoryPlan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mib = |bytes: u64| format_size((bytes >> 20) << 20);
        write!(
            f,
            "{}: ingest {}, store {}, query {}, series {}",
            mib(self.total_bytes),
            mib(self.ingest_bytes),
            mib(self.store_bytes),
            mib(self.query_bytes),
            mib(self.series_bytes),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_never_exceed_the_whole() {
        for total in [MEMORY_MIN, 200 << 20, 256 << 20, 1 << 30, 4 << 30, 64 << 30] {
            let plan = MemoryPlan::split(total);
            let data = plan.ingest_bytes + plan.store_bytes + plan.query_bytes;
            let parts = data + plan.series_bytes;
            assert!(parts + BASELINE.min(total / 2) <= total, "{plan}");
            let body = plan.body_bytes_max();
            assert!(body >= 1 << 20 && body * IN_FLIGHT_PER_BODY_BYTE <= plan.ingest_bytes);
        }
    }

    #[test]
    fn auto_is_a_quarter_within_bounds() {
        assert_eq!(auto_of(Some(8 << 30), None), 2 << 30);
        assert_eq!(auto_of(Some(64 << 30), None), 4 << 30);
        assert_eq!(auto_of(Some(64 << 30), Some(1 << 30)), 256 << 20);
        assert_eq!(auto_of(Some(256 << 20), None), MEMORY_MIN);
    }
}
