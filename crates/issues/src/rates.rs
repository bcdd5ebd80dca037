//! How often an issue occurs, lately and usually: two averages that fade, in constant memory.
//!
//! Each average halves in its half-life and gains one per occurrence, so divided by what a steady stream would
//! add up to it is a rate. A spike is a rate of minutes far above that of days.
//!
//! Invariant: time that runs backwards changes nothing but the counts.

use serde::{Deserialize, Serialize};

/// Half-life of what is lately, in seconds.
const SHORT_S: f64 = 300.0;
/// Half-life of what is usual, in seconds.
const LONG_S: f64 = 86_400.0;
/// How many times the usual is a spike.
const FACTOR: f64 = 5.0;
/// How many times the usual is calm again.
const CALM_FACTOR: f64 = 2.0;
/// Occurrences in the short average below which nothing is a spike: a few are no storm.
const SHORT_MIN: f64 = 20.0;
/// An issue younger than this has no usual rate, in seconds.
const AGE_MIN_S: f64 = 3_600.0;

/// How often an issue occurs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rates {
    short: f64,
    long: f64,
    /// When the first was counted, Unix nanoseconds.
    began: i64,
    /// When the last was counted.
    at: i64,
}

impl Rates {
    /// Of what never occurred.
    #[must_use]
    pub const fn new() -> Self {
        Self { short: 0.0, long: 0.0, began: 0, at: 0 }
    }

    /// Counts occurrences at a time, Unix nanoseconds.
    pub fn count(&mut self, count: u64, now: i64) {
        if self.at == 0 {
            (self.began, self.at) = (now, now);
        }
        let passed_s = seconds(now.saturating_sub(self.at).max(0));
        self.short = self.short * (-passed_s / SHORT_S).exp2() + count as f64;
        self.long = self.long * (-passed_s / LONG_S).exp2() + count as f64;
        self.at = self.at.max(now);
    }

    /// Whether it occurs far more often than usual.
    #[must_use]
    pub fn is_spike(&self) -> bool {
        let age_s = seconds(self.at - self.began);
        age_s >= AGE_MIN_S && self.short >= SHORT_MIN && self.times_usual(age_s) >= FACTOR
    }

    /// Whether a spike is over.
    #[must_use]
    pub fn is_calm(&self) -> bool {
        self.times_usual(seconds(self.at - self.began)) < CALM_FACTOR
    }

    fn times_usual(&self, age_s: f64) -> f64 {
        // What is lately is no part of what is usual.
        let usual = (self.long - self.short).max(0.0) / steady(LONG_S, age_s);
        self.short / steady(SHORT_S, age_s) / usual.max(1e-9)
    }
}

/// What one occurrence a second adds up to at an age.
fn steady(half_life_s: f64, age_s: f64) -> f64 {
    let tau = half_life_s / std::f64::consts::LN_2;
    tau * (1.0 - (-age_s / tau).exp()).max(1e-9)
}

fn seconds(nano: i64) -> f64 {
    nano as f64 / 1e9
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: i64 = 1_000_000_000;
    const START: i64 = 1_700_000_000 * S;

    /// Occurrences at even distances; whether one of them was a spike.
    fn stream(rates: &mut Rates, from_s: i64, for_s: i64, every_s: i64) -> bool {
        let mut spike = false;
        for at in (from_s..from_s + for_s).step_by(every_s as usize) {
            rates.count(1, START + at * S);
            spike |= rates.is_spike();
        }
        spike
    }

    #[test]
    fn a_steady_stream_is_no_spike_at_any_rate() {
        for every_s in [1, 10, 60, 600] {
            let mut rates = Rates::new();
            assert!(!stream(&mut rates, 0, 3 * 86_400, every_s), "{every_s}");
        }
    }

    #[test]
    fn ten_times_as_many_are_a_spike_and_calm_down() {
        let mut rates = Rates::new();
        assert!(!stream(&mut rates, 0, 2 * 86_400, 30));
        assert!(stream(&mut rates, 2 * 86_400, 1_800, 3));
        assert!(!rates.is_calm());
        stream(&mut rates, 2 * 86_400 + 1_800, 3_600, 30);
        assert!(rates.is_calm() && !rates.is_spike());
    }

    #[test]
    fn the_young_and_the_rare_never_spike() {
        let mut young = Rates::new();
        assert!(!stream(&mut young, 0, 3_500, 1));
        let mut rare = Rates::new();
        stream(&mut rare, 0, 10 * 86_400, 86_400);
        assert!(!stream(&mut rare, 10 * 86_400, 150, 10), "fifteen are no storm");
    }

    #[test]
    fn many_at_once_after_days_of_few_are_a_spike() {
        let mut rates = Rates::new();
        stream(&mut rates, 0, 2 * 86_400, 3_600);
        rates.count(500, START + 2 * 86_400 * S);
        assert!(rates.is_spike());
    }

    #[test]
    fn a_clock_that_jumps_back_does_no_harm() {
        let mut rates = Rates::new();
        rates.count(1, START);
        rates.count(1, START - 86_400 * S);
        rates.count(1, i64::MAX);
        rates.count(1, i64::MIN);
        assert!(rates.short.is_finite() && rates.long.is_finite() && !rates.is_spike());
    }
}
