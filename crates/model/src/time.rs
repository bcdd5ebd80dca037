//! Times are signed Unix nanoseconds; the clock is injected so that tests own it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Nanoseconds since 1970-01-01T00:00:00Z. Covers 1677 to 2262.
pub type UnixNano = i64;

/// Nanoseconds in one day, the width of a table partition.
pub const DAY_NANO: i64 = 86_400_000_000_000;

/// Where the time of day comes from.
pub trait Clock: Send + Sync + 'static {
    /// The time now.
    fn now(&self) -> UnixNano;
}

/// The operating system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> UnixNano {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .ok()
            .and_then(|since| i64::try_from(since.as_nanos()).ok())
            .unwrap_or_default()
    }
}

/// The item times a server accepts, inclusive. Fixed when a request is received and kept in its
/// log record, so that a replay decides as the first run did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeWindow {
    /// When the request was received.
    pub received: UnixNano,
    /// Items before this are rejected: retention would remove them at once.
    pub oldest: UnixNano,
    /// Items after this are rejected: no honest clock is this far ahead.
    pub newest: UnixNano,
}

impl TimeWindow {
    /// Accepts what is no older than an age and no further ahead than `ahead`.
    #[must_use]
    pub fn around(received: UnixNano, age: Duration, ahead: Duration) -> Self {
        let nano = |time: Duration| i64::try_from(time.as_nanos()).unwrap_or(i64::MAX);
        Self {
            received,
            oldest: received.saturating_sub(nano(age)),
            newest: received.saturating_add(nano(ahead)),
        }
    }

    /// Accepts every time there is.
    #[must_use]
    pub fn unbounded(received: UnixNano) -> Self {
        Self { received, oldest: UnixNano::MIN, newest: UnixNano::MAX }
    }

    /// Whether an item of this time is accepted.
    #[must_use]
    pub fn contains(&self, time: UnixNano) -> bool {
        (self.oldest..=self.newest).contains(&time)
    }
}
