//! When a target is scraped, and what time its samples bear.
//!
//! Invariant: no clock here; times are Unix nanoseconds, and what a wall clock does (jumps, goes
//! back) is answered by the next decision.

use std::time::Duration;

use plimsoll_model::UnixNano;

/// Samples bear the planned time where the scrape began no later than this after it.
const TOLERANCE_MAX: i64 = 2_000_000;

const MILLISECOND: i64 = 1_000_000;

fn nanos(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX).max(1)
}

/// When a target is first scraped: at its own offset in the interval, so that targets are spread
/// evenly and keep their place after a restart.
pub(crate) fn first(now: UnixNano, interval: Duration, hash: u64, seed: u64) -> UnixNano {
    let interval = nanos(interval);
    let offset = ((hash ^ seed) % interval.unsigned_abs()).cast_signed();
    let begun = now.div_euclid(interval) * interval;
    let mut next = begun.saturating_add(offset);
    if next < now {
        next = next.saturating_add(interval);
    }
    next
}

/// When the next scrape is planned: those that were missed are left out.
pub(crate) fn next(planned: UnixNano, interval: Duration, now: UnixNano) -> UnixNano {
    let interval = nanos(interval);
    // A clock that went back by more than an interval: the grid stays, its place is found anew.
    let missed = now.saturating_sub(planned).div_euclid(interval);
    planned.saturating_add(missed.saturating_add(1).saturating_mul(interval))
}

/// How long to wait for a planned time; never longer than an interval, however the clock jumps.
pub(crate) fn wait(planned: UnixNano, interval: Duration, now: UnixNano) -> Duration {
    let left = planned.saturating_sub(now).clamp(0, nanos(interval));
    Duration::from_nanos(left.unsigned_abs())
}

/// The time of samples of a scrape that began `now`: the planned time where it is close, so that
/// distances between samples are even. To the millisecond, as Prometheus keeps it.
pub(crate) fn stamp(planned: UnixNano, interval: Duration, now: UnixNano) -> UnixNano {
    let tolerance = TOLERANCE_MAX.min(nanos(interval) / 100);
    let late = now.saturating_sub(planned);
    let time = if (0..=tolerance).contains(&late) { planned } else { now };
    time.div_euclid(MILLISECOND) * MILLISECOND
}

/// When the marks of a target that left are written, which bear the time `planned` of the scrape
/// that did not come: late enough that it has come back by then, if it will.
pub(crate) fn leave(planned: UnixNano, interval: Duration) -> UnixNano {
    let interval = nanos(interval);
    planned.saturating_add(interval).saturating_add(interval / 10)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: i64 = 1_000_000_000;
    const INTERVAL: Duration = Duration::from_secs(10);

    #[test]
    fn the_first_is_at_the_offset() {
        assert_eq!(first(100 * SECOND, INTERVAL, 3 * SECOND as u64, 0), 103 * SECOND);
        assert_eq!(first(103 * SECOND, INTERVAL, 3 * SECOND as u64, 0), 103 * SECOND);
        assert_eq!(first(104 * SECOND, INTERVAL, 3 * SECOND as u64, 0), 113 * SECOND);
        assert_eq!(first(100 * SECOND, INTERVAL, 13 * SECOND as u64, 0), 103 * SECOND);
        assert_eq!(first(100 * SECOND, INTERVAL, 7, 7), 100 * SECOND);
        assert_eq!(first(-SECOND, INTERVAL, 0, 0), 0);
    }

    #[test]
    fn the_next_leaves_out_what_was_missed() {
        let at = |now: i64| next(100 * SECOND, INTERVAL, now * SECOND) / SECOND;
        assert_eq!(at(100), 110);
        assert_eq!(at(105), 110);
        assert_eq!(at(110), 120);
        assert_eq!(at(119), 120);
        assert_eq!(at(135), 140);
        // The clock went back: a little, and by hours.
        assert_eq!(at(99), 100);
        assert_eq!(at(-7201), -7200);
    }

    #[test]
    fn waits_at_most_an_interval() {
        let of = |planned: i64, now: i64| wait(planned * SECOND, INTERVAL, now * SECOND).as_secs();
        assert_eq!(of(110, 105), 5);
        assert_eq!(of(110, 110), 0);
        assert_eq!(of(110, 200), 0);
        assert_eq!(of(7200, 0), 10);
    }

    #[test]
    fn stamps_are_planned_times_where_close() {
        let at = |late: i64| stamp(100 * SECOND, INTERVAL, 100 * SECOND + late) - 100 * SECOND;
        assert_eq!(at(0), 0);
        assert_eq!(at(1_999_999), 0);
        assert_eq!(at(2_000_000), 0);
        assert_eq!(at(2_000_001), 2_000_000);
        assert_eq!(at(3_700_000), 3_000_000);
        assert_eq!(at(-1), -1_000_000);
        // A hundredth of a short interval is less.
        let short = Duration::from_millis(100);
        assert_eq!(stamp(0, short, 1_000_000), 0);
        assert_eq!(stamp(0, short, 1_500_000), 1_000_000);
    }

    #[test]
    fn marks_wait_for_a_return() {
        assert_eq!(leave(100 * SECOND, INTERVAL), 111 * SECOND);
    }

    proptest! {
        #[test]
        fn targets_are_spread(now in 0i64..4_000_000_000_000_000_000, hash: u64, seed: u64,
            interval in 1u64..100_000) {
            let interval = Duration::from_millis(interval);
            let at = first(now, interval, hash, seed);
            prop_assert!(at >= now && at < now + nanos(interval));
            // The same place in every interval.
            let later = first(at + 1, interval, hash, seed);
            prop_assert_eq!(later - at, nanos(interval));
        }

        #[test]
        fn the_next_is_ahead(planned: i64, interval in 1u64..100_000, now: i64) {
            let planned = planned / 4;
            let now = now / 4;
            let interval = Duration::from_millis(interval);
            let at = next(planned, interval, now);
            prop_assert!(at > now && at - now <= nanos(interval));
            prop_assert_eq!((at - planned) % nanos(interval), 0);
        }
    }
}
