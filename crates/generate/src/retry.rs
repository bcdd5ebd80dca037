//! How long to wait before a refused batch is sent again.
//!
//! Invariants: never sooner than the server asked for; never longer than the bounds below.

use std::time::Duration;

use crate::random::Random;

/// A delay the server asks for is honoured up to this.
const SERVER_DELAY_MAX: Duration = Duration::from_secs(60);
/// Where the server names none: doubling from the first to the last, with jitter.
const BACKOFF_FIRST: Duration = Duration::from_millis(100);
const BACKOFF_MAX: Duration = Duration::from_secs(5);

/// The attempts at one batch, or at one connection.
#[derive(Clone, Debug)]
pub(crate) struct Retry {
    budget: Duration,
    attempts: u32,
}

impl Retry {
    /// Goes on until `budget` has passed since the first attempt.
    pub(crate) fn new(budget: Duration) -> Self {
        Self { budget, attempts: 0 }
    }

    /// The wait before the next attempt, or `None` to give up. `elapsed` is the time since the
    /// first attempt.
    pub(crate) fn next_delay(
        &mut self,
        elapsed: Duration,
        asked: Option<Duration>,
        random: &mut Random,
    ) -> Option<Duration> {
        if elapsed >= self.budget {
            return None;
        }
        let backoff = BACKOFF_FIRST.saturating_mul(1 << self.attempts.min(16)).min(BACKOFF_MAX);
        self.attempts += 1;
        Some(match asked {
            // Some more than asked, so that refused senders do not come back all at once.
            Some(asked) => asked.min(SERVER_DELAY_MAX).mul_f64(1.0 + random.unit() * 0.1),
            None => backoff.mul_f64(0.5 + random.unit() * 0.5),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_is_obeyed_within_bounds() {
        let mut random = Random::new(1);
        let mut retry = Retry::new(Duration::from_secs(3_600));
        for asked_ms in [1, 50, 1_000, 59_000] {
            let asked = Duration::from_millis(asked_ms);
            let delay = retry.next_delay(Duration::ZERO, Some(asked), &mut random).unwrap();
            assert!(delay >= asked && delay <= asked.mul_f64(1.1), "{delay:?} for {asked:?}");
        }
        let hours = Some(Duration::from_secs(1 << 40));
        let delay = retry.next_delay(Duration::ZERO, hours, &mut random).unwrap();
        assert!(delay <= SERVER_DELAY_MAX.mul_f64(1.1));
    }

    #[test]
    fn without_advice_delays_double_up_to_a_bound() {
        let mut random = Random::new(1);
        let mut retry = Retry::new(Duration::from_secs(3_600));
        let mut ceiling = BACKOFF_FIRST;
        for _ in 0..200 {
            let delay = retry.next_delay(Duration::ZERO, None, &mut random).unwrap();
            assert!(delay >= ceiling / 2 && delay <= ceiling, "{delay:?} under {ceiling:?}");
            ceiling = (ceiling * 2).min(BACKOFF_MAX);
        }
    }

    #[test]
    fn the_budget_ends_it() {
        let mut random = Random::new(1);
        let mut retry = Retry::new(Duration::from_secs(10));
        assert!(retry.next_delay(Duration::from_secs(9), None, &mut random).is_some());
        assert!(retry.next_delay(Duration::from_secs(10), None, &mut random).is_none());
        let mut never = Retry::new(Duration::ZERO);
        assert!(never.next_delay(Duration::ZERO, None, &mut random).is_none());
    }
}
