//! When a group runs, as Prometheus decides it.
//!
//! Groups of one interval do not all run at once: each has an offset within its interval, by a hash of its
//! file and its name, and runs at times that are the offset after a multiple of the interval since 1970.
//! So a group runs at the same times whenever the server was started, and its samples are an interval apart.

use twox_hash::XxHash64;

const NANOS_PER_MS: i64 = 1_000_000;

/// When a group runs. Times are nanoseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Nanoseconds, more than 0.
    interval: i64,
    /// Nanoseconds, less than the interval.
    offset: i64,
}

/// A time at which a group runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// The time that its queries are asked for and its alerts are of. It may lie in the future: wait for it;
    /// or in the past: run at once.
    pub at_unix_nano: i64,
    /// Runs that were left out since the last one, for it took too long.
    pub missed: u64,
}

impl Schedule {
    /// The schedule of a group. `file` is its file's path as Prometheus would name it: it takes part in the
    /// hash, which is the one of Prometheus 3, so that the same group runs at the same times. An interval
    /// below a millisecond is one.
    #[must_use]
    pub fn new(file: &str, group: &str, interval_ms: i64) -> Self {
        let interval = interval_ms.max(1).saturating_mul(NANOS_PER_MS);
        let hash = XxHash64::oneshot(0, &key(file, group));
        // Both are less than 2^63.
        let offset = i64::try_from(hash % interval.unsigned_abs()).unwrap_or(0);
        Self { interval, offset }
    }

    /// Nanoseconds that the group runs after a multiple of its interval.
    #[must_use]
    pub fn offset_nano(&self) -> i64 {
        self.offset
    }

    /// The first run of a group that is loaded now: the next of its times, after now.
    #[must_use]
    pub fn first(&self, now_unix_nano: i64) -> Slot {
        let at = self.latest(now_unix_nano).saturating_add(self.interval);
        Slot { at_unix_nano: at, missed: 0 }
    }

    /// The run after the one at `last`, now that this one has ended: an interval later, or, where that is
    /// past, the latest of its times, at once. A clock that was set back is followed.
    #[must_use]
    pub fn next(&self, last_unix_nano: i64, now_unix_nano: i64) -> Slot {
        let next = last_unix_nano.saturating_add(self.interval);
        if now_unix_nano < last_unix_nano {
            return self.first(now_unix_nano);
        }
        let gone = now_unix_nano.saturating_sub(last_unix_nano) / self.interval;
        if gone == 0 {
            return Slot { at_unix_nano: next, missed: 0 };
        }
        let at = last_unix_nano.saturating_add(gone.saturating_mul(self.interval));
        Slot { at_unix_nano: at, missed: gone.unsigned_abs() - 1 }
    }

    /// The latest of the group's times that is not after now.
    fn latest(&self, now: i64) -> i64 {
        let since = now.saturating_sub(self.offset);
        since.saturating_sub(since.rem_euclid(self.interval)).saturating_add(self.offset)
    }
}

impl Slot {
    /// The time of the queries, in milliseconds since 1970, and of the samples that are recorded:
    /// `query_offset_ms` before the slot.
    #[must_use]
    pub fn query_ms(&self, query_offset_ms: i64) -> i64 {
        let offset = query_offset_ms.saturating_mul(NANOS_PER_MS);
        self.at_unix_nano.saturating_sub(offset).div_euclid(NANOS_PER_MS)
    }
}

/// What Prometheus hashes: the labels `file` and `name`, each text after its length, in one byte below 255
/// and else in three after a 255, the lowest first.
fn key(file: &str, group: &str) -> Vec<u8> {
    let mut key = Vec::new();
    for text in ["file", file, "name", group] {
        match u8::try_from(text.len()) {
            Ok(length) if length < 255 => key.push(length),
            _ => {
                key.push(255);
                key.extend_from_slice(&text.len().to_le_bytes()[..3]);
            }
        }
        key.extend_from_slice(text.as_bytes());
    }
    key
}
