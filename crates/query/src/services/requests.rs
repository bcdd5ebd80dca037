//! Requests counted: how many, how many failed, how long they took; in total and step by step.

use crate::Window;
use crate::histogram::Histogram;
use crate::time::{Steps, round};

/// Requests of one kind.
#[derive(Clone, Debug, Default)]
pub(super) struct Requests {
    pub(super) count: u64,
    pub(super) errors: u64,
    pub(super) durations: Histogram,
}

impl Requests {
    pub(super) fn record(&mut self, duration_nano: i64, error: bool) {
        self.count += 1;
        self.errors += u64::from(error);
        self.durations.record(duration_nano);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.errors += other.errors;
        self.durations.merge(&other.durations);
    }

    pub(super) fn rate(&self, window: &Window) -> f64 {
        round(self.count as f64 / window.seconds())
    }

    pub(super) fn error_ratio(&self) -> f64 {
        if self.count == 0 { 0.0 } else { round(self.errors as f64 / self.count as f64) }
    }

    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>() + self.durations.bytes()
    }
}

/// Requests by the step they started in.
#[derive(Clone, Debug)]
pub(super) struct RequestSeries {
    pub(super) steps: Vec<Requests>,
}

impl RequestSeries {
    pub(super) fn new(steps: &Steps) -> Self {
        Self { steps: vec![Requests::default(); steps.count] }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.steps.iter_mut().zip(&other.steps).for_each(|(ours, theirs)| ours.merge(theirs));
    }

    pub(super) fn total(&self) -> Requests {
        let mut total = Requests::default();
        self.steps.iter().for_each(|step| total.merge(step));
        total
    }

    pub(super) fn rates(&self, steps: &Steps) -> Vec<f64> {
        steps.rates(&self.steps.iter().map(|step| step.count).collect::<Vec<_>>())
    }

    pub(super) fn error_rates(&self, steps: &Steps) -> Vec<f64> {
        steps.rates(&self.steps.iter().map(|step| step.errors).collect::<Vec<_>>())
    }

    pub(super) fn quantiles_ms(&self, part: f64) -> Vec<Option<f64>> {
        self.steps.iter().map(|step| step.durations.quantile_ms(part)).collect()
    }

    pub(super) fn bytes(&self) -> usize {
        self.steps.iter().map(Requests::bytes).sum()
    }
}
