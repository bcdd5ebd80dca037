//! Says when the next batch is due at a steady rate. Knows no clock: the caller tells the time.
//!
//! Invariant: over any stretch in which the receiver keeps up, the number of items sent differs
//! from rate × time by no more than one batch.

use std::time::Duration;

/// A receiver that stalls is not sent more than this much of the missed work at once afterwards.
const CATCH_UP_MAX: Duration = Duration::from_secs(1);

/// The schedule of one connection.
#[derive(Clone, Debug)]
pub(crate) struct Pacer {
    items_per_second: f64,
    origin: Duration,
    sent_items: u64,
    /// Schedule given up because the receiver was too slow.
    skipped: Duration,
}

impl Pacer {
    /// The first batch is due at `origin`.
    pub(crate) fn new(items_per_second: f64, origin: Duration) -> Self {
        Self { items_per_second, origin, sent_items: 0, skipped: Duration::ZERO }
    }

    /// How long to wait at `now` before `items` are sent, which are counted as sent.
    pub(crate) fn wait(&mut self, now: Duration, items: u64) -> Duration {
        let due = self.due();
        self.sent_items += items;
        let late = now.saturating_sub(due);
        if late > CATCH_UP_MAX {
            self.origin += late - CATCH_UP_MAX;
            self.skipped += late - CATCH_UP_MAX;
        }
        due.saturating_sub(now)
    }

    /// How much of the schedule was given up.
    pub(crate) fn skipped(&self) -> Duration {
        self.skipped
    }

    fn due(&self) -> Duration {
        self.origin + Duration::from_secs_f64(self.sent_items as f64 / self.items_per_second)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends batches on a clock of the test's own for a while; each takes `service` to be answered.
    fn sent_in(seconds: u64, rate: f64, batch: u64, service: Duration) -> (u64, Pacer) {
        let mut pacer = Pacer::new(rate, Duration::ZERO);
        let (mut now, mut sent) = (Duration::ZERO, 0);
        loop {
            now += pacer.wait(now, batch);
            if now >= Duration::from_secs(seconds) {
                return (sent, pacer);
            }
            sent += batch;
            now += service;
        }
    }

    #[test]
    fn the_rate_is_kept_over_an_hour() {
        for (rate, batch) in [(1_000.0, 100), (333.3, 1), (250_000.0, 1_000), (0.5, 1)] {
            let (sent, pacer) = sent_in(3_600, rate, batch, Duration::from_micros(300));
            let expected = rate * 3_600.0;
            assert!((sent as f64 - expected).abs() <= batch as f64, "{sent} of {expected}");
            assert_eq!(pacer.skipped(), Duration::ZERO);
        }
    }

    #[test]
    fn a_slow_receiver_gets_what_it_takes() {
        let (sent, pacer) = sent_in(100, 1_000.0, 100, Duration::from_millis(200));
        assert_eq!(sent, 50_000);
        assert!(pacer.skipped() > Duration::from_secs(45));
    }

    #[test]
    fn after_a_stall_a_second_is_made_up_and_no_more() {
        let mut pacer = Pacer::new(100.0, Duration::ZERO);
        assert_eq!(pacer.wait(Duration::ZERO, 10), Duration::ZERO);
        let after_stall = Duration::from_secs(60);
        let mut at_once = 0;
        while pacer.wait(after_stall, 10).is_zero() {
            at_once += 10;
        }
        assert!((100..=120).contains(&at_once), "{at_once}");
    }
}
