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
    /// past, the latest of its times, at once. A clock that was set back by more than an interval is
    /// followed; within one, the group runs at no time twice.
    #[must_use]
    pub fn next(&self, last_unix_nano: i64, now_unix_nano: i64) -> Slot {
        if last_unix_nano.saturating_sub(now_unix_nano) > self.interval {
            return self.first(now_unix_nano);
        }
        let gone = (now_unix_nano.saturating_sub(last_unix_nano) / self.interval).max(1);
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECOND: i64 = 1_000_000_000;
    /// 2026-01-01T00:00:00Z, a multiple of all intervals used here.
    const NEW_YEAR: i64 = 1_767_225_600 * SECOND;

    #[test]
    fn offsets_are_those_of_prometheus() {
        // By another implementation of the same hash.
        let long = "x".repeat(300);
        let cases = [
            ("/etc/prometheus/rules.yml", "node", 60_000, 49_374_647_345),
            ("rules.yml", "shop", 30_000, 18_451_066_225),
            (&long, "g", 60_000, 32_680_515_156),
            ("a", "b", 1, 94_932),
        ];
        for (file, group, interval_ms, expected) in cases {
            assert_eq!(Schedule::new(file, group, interval_ms).offset_nano(), expected, "{group}");
        }
    }

    #[test]
    fn groups_of_one_interval_are_spread() {
        let offset = |at: u32| Schedule::new("f", &format!("g{at}"), 60_000).offset_nano();
        let mut quarters = [0; 4];
        for at in 0..400 {
            quarters[usize::try_from(offset(at) / (15 * SECOND)).unwrap()] += 1;
        }
        assert!(quarters.iter().all(|count| (60..140).contains(count)), "{quarters:?}");
    }

    /// The slots of a group with an interval of a minute, in seconds since its slot at New Year.
    fn check(last: Option<i64>, now: i64, expected: i64, missed: u64) {
        let schedule = Schedule::new("f", "g", 60_000);
        let zero = NEW_YEAR + schedule.offset_nano();
        let now_nano = zero + now * SECOND;
        let slot = match last {
            None => schedule.first(now_nano),
            Some(last) => schedule.next(zero + last * SECOND, now_nano),
        };
        let expected = Slot { at_unix_nano: zero + expected * SECOND, missed };
        assert_eq!(slot, expected, "{last:?} {now}");
    }

    #[test]
    fn the_first_run_is_at_the_next_of_the_groups_times() {
        check(None, 0, 60, 0);
        check(None, 1, 60, 0);
        check(None, 59, 60, 0);
        check(None, 60, 120, 0);
        check(None, -1, 0, 0);
    }

    #[test]
    fn runs_are_an_interval_apart() {
        check(Some(0), 0, 60, 0);
        check(Some(0), 5, 60, 0);
        check(Some(0), 59, 60, 0);
    }

    #[test]
    fn a_run_that_took_too_long_leaves_runs_out() {
        // The next one is due already: at once, late, and none is missed.
        check(Some(0), 60, 60, 0);
        check(Some(0), 119, 60, 0);
        check(Some(0), 120, 120, 1);
        check(Some(0), 179, 120, 1);
        check(Some(0), 3_601, 3_600, 59);
    }

    #[test]
    fn a_clock_that_was_set_back_is_followed() {
        check(Some(3_600), 30, 60, 0);
        check(Some(3_600), 3_539, 3_540, 0);
        // A timer may be early, too.
        check(Some(3_600), 3_540, 3_660, 0);
        check(Some(3_600), 3_599, 3_660, 0);
    }

    #[test]
    fn queries_are_asked_for_an_earlier_time() {
        let slot = Slot { at_unix_nano: 1_234_567_890, missed: 0 };
        assert_eq!(slot.query_ms(0), 1_234);
        assert_eq!(slot.query_ms(1_000), 234);
        assert_eq!(slot.query_ms(2_000), -766);
    }

    proptest! {
        #[test]
        fn slots_are_the_groups_times(
            interval_ms in 1i64..100_000_000,
            now in -1_000_000_000_000_000i64..4_000_000_000_000_000_000,
            late in 0i64..1_000_000_000_000_000,
        ) {
            let schedule = Schedule::new("f", "g", interval_ms);
            let interval = interval_ms * NANOS_PER_MS;
            let is_time = |at: i64| (at - schedule.offset_nano()).rem_euclid(interval) == 0;
            let first = schedule.first(now).at_unix_nano;
            prop_assert!(is_time(first) && first > now && first - now <= interval);
            let next = schedule.next(first, first + late);
            prop_assert!(is_time(next.at_unix_nano) && next.at_unix_nano > first);
            prop_assert!(late < interval || next.at_unix_nano <= first + late);
            prop_assert_eq!(next.at_unix_nano - first, interval * (next.missed as i64 + 1));
        }

        #[test]
        fn no_time_is_too_much(interval in any::<i64>(), last in any::<i64>(), now in any::<i64>()) {
            let schedule = Schedule::new("f", "g", interval);
            let first = schedule.first(now).query_ms(interval);
            let next = schedule.next(last, now).query_ms(interval);
            prop_assert!(first <= i64::MAX / NANOS_PER_MS && next <= i64::MAX / NANOS_PER_MS);
        }
    }
}
