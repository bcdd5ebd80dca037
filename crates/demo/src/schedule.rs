//! What goes on in the shop at which time: how many customers come, and what is broken.
//!
//! Invariant: a pure function of the time since the start. A day of the shop lasts `day`, some
//! minutes, and each day is like the last, so that whoever looks at the demo sees every fault
//! within one day.
//!
//! ```text
//! of a day   0.10 ── 0.20   the catalog's search runs without an index
//!            0.30 ── 0.42   the bank is flaky: payments retry, and make it worse
//!            0.55 ── 0.70   checkout 2.7.0 is out; rolled back to 2.6.3
//! ```

use std::ops::Range;
use std::time::{Duration, Instant};

const SLOW_SEARCH: Range<f64> = 0.10..0.20;
const FLAKY_BANK: Range<f64> = 0.30..0.42;
const BAD_RELEASE: Range<f64> = 0.55..0.70;

/// The version of checkout that works, and the one that does not.
pub const CHECKOUT_STABLE: &str = "2.6.3";
/// Asks the catalog for every single piece of an order, and fails for customers with a voucher.
pub const CHECKOUT_REGRESSED: &str = "2.7.0";

/// The state of the shop at one time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Conditions {
    /// How busy the shop is: 1 on average over a day.
    pub load: f64,
    /// The catalog's search scans its whole table.
    pub search_slow: bool,
    /// The bank answers slowly or not at all.
    pub bank_flaky: bool,
    /// The version of checkout that should run.
    pub checkout_version: &'static str,
}

/// The conditions so long after the start.
#[must_use]
pub fn conditions_at(elapsed: Duration, day: Duration) -> Conditions {
    let time_of_day = (elapsed.as_secs_f64() / day.as_secs_f64().max(1e-9)).fract();
    let regressed = BAD_RELEASE.contains(&time_of_day);
    Conditions {
        load: load_at(time_of_day),
        search_slow: SLOW_SEARCH.contains(&time_of_day),
        bank_flaky: FLAKY_BANK.contains(&time_of_day),
        checkout_version: if regressed { CHECKOUT_REGRESSED } else { CHECKOUT_STABLE },
    }
}

/// Two waves over a day: a broad one around noon and a smaller one in the evening; the demo's day
/// begins in the morning, so that it does not begin with an empty shop.
fn load_at(time_of_day: f64) -> f64 {
    let turn = std::f64::consts::TAU * time_of_day;
    1.0 + 0.45 * (turn - 0.6).sin() + 0.25 * (2.0 * turn).sin()
}

/// The shop's clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scene {
    started: Instant,
    day: Duration,
}

impl Scene {
    pub(crate) fn begin(day: Duration) -> Self {
        Self { started: Instant::now(), day }
    }

    pub(crate) fn conditions(&self) -> Conditions {
        conditions_at(self.started.elapsed(), self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(600);

    fn at(share: f64) -> Conditions {
        conditions_at(DAY.mul_f64(share), DAY)
    }

    #[test]
    fn every_fault_has_its_time_and_ends() {
        let faults = |share| {
            let now = at(share);
            (now.search_slow, now.bank_flaky, now.checkout_version)
        };
        assert_eq!(faults(0.0), (false, false, CHECKOUT_STABLE));
        assert_eq!(faults(0.15), (true, false, CHECKOUT_STABLE));
        assert_eq!(faults(0.25), (false, false, CHECKOUT_STABLE));
        assert_eq!(faults(0.35), (false, true, CHECKOUT_STABLE));
        assert_eq!(faults(0.60), (false, false, CHECKOUT_REGRESSED));
        assert_eq!(faults(0.75), (false, false, CHECKOUT_STABLE));
    }

    #[test]
    fn days_are_alike() {
        for step in 0..100 {
            let time = DAY.mul_f64(f64::from(step) / 100.0 + 0.003);
            let (today, later) = (conditions_at(time, DAY), conditions_at(time + 7 * DAY, DAY));
            assert!((today.load - later.load).abs() < 1e-6);
            assert_eq!(today.search_slow, later.search_slow);
            assert_eq!(today.checkout_version, later.checkout_version);
        }
    }

    #[test]
    fn the_load_rises_and_falls_around_one() {
        let loads: Vec<f64> = (0..1_000).map(|step| at(f64::from(step) / 1_000.0).load).collect();
        let mean = loads.iter().sum::<f64>() / loads.len() as f64;
        assert!((mean - 1.0).abs() < 0.01, "{mean}");
        assert!(loads.iter().all(|load| (0.2..2.0).contains(load)));
        assert!(loads.iter().copied().fold(0.0, f64::max) > 1.4);
        assert!(loads.iter().copied().fold(2.0, f64::min) < 0.6);
    }

    #[test]
    fn a_day_without_length_breaks_nothing() {
        assert!(conditions_at(DAY, Duration::ZERO).load.is_finite());
    }
}
