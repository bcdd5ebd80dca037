//! Sums and means of many histograms, over series and over time.
//!
//! Invariants: what rounding takes away is added at the end; a sum that overflows goes on as a mean; a histogram
//! that does not fit changes nothing.

use super::add::Reconciliation;
use super::{Histogram, HistogramError, ResetHint};

/// Which hints about resets have been seen.
#[derive(Clone, Copy, Debug, Default)]
struct Hints {
    reset: bool,
    not_reset: bool,
}

impl Hints {
    fn see(&mut self, histogram: &Histogram) {
        self.reset |= histogram.reset_hint == ResetHint::Reset;
        self.not_reset |= histogram.reset_hint == ResetHint::NotReset;
    }
}

/// A sum of histograms.
#[derive(Clone, Debug)]
pub struct HistogramSum {
    value: Histogram,
    rests: Option<Histogram>,
    hints: Hints,
}

impl HistogramSum {
    /// The sum of one histogram.
    #[must_use]
    pub fn new(first: &Histogram) -> Self {
        let mut hints = Hints::default();
        hints.see(first);
        Self { value: first.clone(), rests: None, hints }
    }

    /// Adds one more.
    ///
    /// # Errors
    ///
    /// When it has custom bounds and the sum has not, or the other way round.
    pub fn add(&mut self, histogram: &Histogram) -> Result<Reconciliation, HistogramError> {
        self.hints.see(histogram);
        self.value.kahan_add(histogram, &mut self.rests)
    }

    /// Whether some histograms follow a reset by their hint and others do not.
    #[must_use]
    pub fn reset_collision(&self) -> bool {
        self.hints.reset && self.hints.not_reset
    }

    /// The sum, with empty buckets.
    #[must_use]
    pub fn finish(self) -> Histogram {
        with_rests(self.value, self.rests.as_ref())
    }
}

/// A mean of histograms.
#[derive(Clone, Debug)]
pub struct HistogramMean {
    value: Histogram,
    rests: Option<Histogram>,
    count: f64,
    incremental: bool,
    hints: Hints,
}

impl HistogramMean {
    /// The mean of one histogram.
    #[must_use]
    pub fn new(first: &Histogram) -> Self {
        let HistogramSum { value, rests, hints } = HistogramSum::new(first);
        Self { value, rests, count: 1.0, incremental: false, hints }
    }

    /// Takes one more into the mean.
    ///
    /// # Errors
    ///
    /// When it has custom bounds and the mean has not, or the other way round.
    pub fn add(&mut self, histogram: &Histogram) -> Result<Reconciliation, HistogramError> {
        self.hints.see(histogram);
        let count = self.count + 1.0;
        if !self.incremental {
            let (mut value, mut rests) = (self.value.clone(), self.rests.clone());
            let reconciliation = value.kahan_add(histogram, &mut rests)?;
            if !value.has_overflow() {
                (self.value, self.rests, self.count) = (value, rests, count);
                return Ok(reconciliation);
            }
            self.incremental = true;
            self.value.div(self.count);
            if let Some(rests) = &mut self.rests {
                rests.div(self.count);
            }
        }
        let weight = (count - 1.0) / count;
        let mut part = histogram.clone();
        part.div(count);
        let mut value = self.value.clone();
        value.mul(weight);
        let mut rests = self.rests.clone();
        if let Some(rests) = &mut rests {
            rests.mul(weight);
        }
        let reconciliation = value.kahan_add(&part, &mut rests)?;
        (self.value, self.rests, self.count) = (value, rests, count);
        Ok(reconciliation)
    }

    /// Whether some histograms follow a reset by their hint and others do not.
    #[must_use]
    pub fn reset_collision(&self) -> bool {
        self.hints.reset && self.hints.not_reset
    }

    /// The mean, with empty buckets.
    #[must_use]
    pub fn finish(mut self) -> Histogram {
        if !self.incremental {
            self.value.div(self.count);
            if let Some(rests) = &mut self.rests {
                rests.div(self.count);
            }
        }
        with_rests(self.value, self.rests.as_ref())
    }
}

/// A histogram and what rounding had taken from it, which always have one kind of bounds.
fn with_rests(mut value: Histogram, rests: Option<&Histogram>) -> Histogram {
    let added = rests.map_or(Ok(Reconciliation::default()), |rests| value.add(rests));
    debug_assert!(added.is_ok(), "rests have the layout of their histogram");
    value
}

#[cfg(test)]
mod tests {
    use super::{HistogramMean, HistogramSum};
    use crate::histogram::{Buckets, CUSTOM_SCHEMA, Histogram, ResetHint};

    fn of(count: f64) -> Histogram {
        let positive = Buckets::dense(0, &[count]);
        Histogram { count, sum: count, positive, ..Histogram::default() }
    }

    #[test]
    fn sums_lose_nothing() {
        let mut sum = HistogramSum::new(&of(1.0));
        for count in [1e100, 1.0, -1e100] {
            sum.add(&of(count)).unwrap();
        }
        let sum = sum.finish();
        assert_eq!((sum.count, sum.sum, sum.positive.get(0)), (2.0, 2.0, Some(2.0)));
    }

    #[test]
    fn means_survive_overflow() {
        let mut mean = HistogramMean::new(&of(f64::MAX));
        mean.add(&of(f64::MAX)).unwrap();
        mean.add(&of(f64::MAX)).unwrap();
        let mean = mean.finish();
        assert!(!mean.has_overflow());
        assert!((mean.count / f64::MAX - 1.0).abs() < 1e-15);
    }

    #[test]
    fn plain_means() {
        let mut mean = HistogramMean::new(&of(1.0));
        mean.add(&of(2.0)).unwrap();
        mean.add(&of(6.0)).unwrap();
        let custom = Histogram { schema: CUSTOM_SCHEMA, ..Histogram::default() };
        assert!(mean.add(&custom).is_err());
        assert_eq!(mean.finish().positive.get(0), Some(3.0));
    }

    #[test]
    fn hints_that_contradict_are_noticed() {
        let hinted = |reset_hint| Histogram { reset_hint, ..of(1.0) };
        let mut sum = HistogramSum::new(&hinted(ResetHint::Reset));
        sum.add(&hinted(ResetHint::Unknown)).unwrap();
        assert!(!sum.reset_collision());
        sum.add(&hinted(ResetHint::NotReset)).unwrap();
        assert!(sum.reset_collision());
    }
}
