//! Native histograms, exponential and with custom bounds, and the buckets of classic ones.
//!
//! Invariants: a histogram with custom bounds has neither a zero bucket nor negative buckets, and its indices
//! start at zero; an exponential one has no custom bounds. Nothing here panics or loops for a histogram that
//! breaks these. Every operation adds in the order the reference adds, so that rounding is the same.

mod add;
mod aggregate;
mod bounds;
mod buckets;
pub mod classic;
mod custom;
mod display;
mod iterate;
mod kahan;
mod logarithm;
#[cfg(test)]
mod properties;
mod quantile;
mod reset;
mod resolution;
mod trim;
mod zero;

use std::sync::Arc;

pub use add::Reconciliation;
pub use aggregate::{HistogramMean, HistogramSum};
pub use buckets::Buckets;
pub use iterate::Bucket;
pub use kahan::Compensated;
pub use quantile::NanEffect;

/// The schema that says bounds are custom.
pub const CUSTOM_SCHEMA: i32 = -53;
/// The coarsest exponential schema.
pub const MIN_SCHEMA: i32 = -4;
/// The finest exponential schema.
pub const MAX_SCHEMA: i32 = 8;

/// What a histogram says about the one before it in its series.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum ResetHint {
    /// Nothing: one has to look.
    #[default]
    Unknown,
    /// Counting has begun anew.
    Reset,
    /// Counting has gone on.
    NotReset,
    /// It is not a counter.
    Gauge,
}

/// Why two histograms, or one and its parts, do not go together.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum HistogramError {
    /// One has exponential buckets and the other has custom ones.
    #[error("one histogram has exponential buckets and the other has custom ones")]
    MixedSchemas,
    /// A resolution cannot be made from another.
    #[error("a histogram of schema {from} cannot be brought to schema {to}")]
    Resolution {
        /// What it has.
        from: i32,
        /// What was asked for.
        to: i32,
    },
    /// Spans and counts do not fit.
    #[error("the spans of a histogram do not fit its counts")]
    Spans,
}

/// A distribution of observations over buckets; counts are absolute and may be fractions.
#[derive(Clone, Debug, Default)]
pub struct Histogram {
    /// The resolution, `-4..=8`: bounds grow by `2^(2^-schema)`; or that bounds are custom, `-53`.
    pub schema: i32,
    /// How far the zero bucket reaches on both sides.
    pub zero_threshold: f64,
    /// What the zero bucket counts.
    pub zero_count: f64,
    /// How many observations there are.
    pub count: f64,
    /// What they add up to.
    pub sum: f64,
    /// Buckets above zero, or all of them when bounds are custom.
    pub positive: Buckets,
    /// Buckets below zero; the same index means the same distance from zero.
    pub negative: Buckets,
    /// Upper bounds, growing and finite, when they are custom.
    pub custom_bounds: Arc<[f64]>,
    /// What is known about the histogram before.
    pub reset_hint: ResetHint,
}

impl Histogram {
    /// Whether bounds are custom.
    #[must_use]
    pub fn is_custom(&self) -> bool {
        self.schema == CUSTOM_SCHEMA
    }

    /// Multiplies everything that is counted, and the sum. A negative factor makes a gauge.
    pub fn mul(&mut self, factor: f64) {
        self.change_counts(|count| count * factor);
        if factor < 0.0 {
            self.reset_hint = ResetHint::Gauge;
        }
    }

    /// Divides everything that is counted, and the sum. A negative divisor makes a gauge; zero leaves no
    /// buckets but the zero bucket.
    pub fn div(&mut self, divisor: f64) {
        if divisor == 0.0 {
            self.positive.clear();
            self.negative.clear();
        }
        self.change_counts(|count| count / divisor);
        if divisor < 0.0 {
            self.reset_hint = ResetHint::Gauge;
        }
    }

    fn change_counts(&mut self, change: impl Fn(f64) -> f64) {
        self.zero_count = change(self.zero_count);
        self.count = change(self.count);
        self.sum = change(self.sum);
        self.positive.for_each_count(&change);
        self.negative.for_each_count(&change);
    }

    /// Takes empty buckets away but for at most `max_empty` in a row between populated ones, which are put
    /// there if they are missing: only a small number keeps far-apart buckets cheap.
    pub fn compact(&mut self, max_empty: u32) {
        self.positive.compact(max_empty);
        self.negative.compact(max_empty);
    }

    /// Whether both have the same layout and the same bits in every count and the sum. Reset hints do not
    /// matter, empty buckets do.
    #[must_use]
    pub fn equals(&self, other: &Self) -> bool {
        let same_bits = |left: f64, right: f64| left.to_bits() == right.to_bits();
        self.schema == other.schema
            && same_bits(self.count, other.count)
            && same_bits(self.sum, other.sum)
            && (!self.is_custom() || self.custom_bounds == other.custom_bounds)
            && self.zero_threshold == other.zero_threshold
            && same_bits(self.zero_count, other.zero_count)
            && self.negative.equals(&other.negative)
            && self.positive.equals(&other.positive)
    }

    /// Whether anything has become infinite.
    #[must_use]
    pub fn has_overflow(&self) -> bool {
        [self.zero_count, self.count, self.sum].into_iter().any(f64::is_infinite)
            || self
                .positive
                .iter()
                .chain(self.negative.iter())
                .any(|(_, count)| count.is_infinite())
            || self.custom_bounds.iter().any(|bound| bound.is_infinite())
    }

    /// The bytes the reference counts for a histogram, by which it limits how much a query loads.
    #[must_use]
    pub fn size(&self) -> usize {
        const FIXED: usize = 168;
        let parts = self.positive.spans().len()
            + self.negative.spans().len()
            + self.positive.len()
            + self.negative.len()
            + self.custom_bounds.len();
        FIXED + 8 * parts
    }
}

#[cfg(test)]
mod tests {
    use super::{Buckets, Histogram, ResetHint};

    fn sample() -> Histogram {
        Histogram {
            zero_threshold: 0.01,
            zero_count: 11.0,
            count: 30.0,
            sum: 23.0,
            positive: Buckets::dense(-2, &[1.0, 0.0, 3.0]),
            negative: Buckets::dense(3, &[3.0, 4.0]),
            ..Histogram::default()
        }
    }

    #[test]
    fn scaling_reaches_everything() {
        let mut histogram = sample();
        histogram.mul(-2.0);
        let expected = "{count:-60, sum:-46, [-16,-8):-8, [-8,-4):-6, [-0.01,0.01]:-22, \
            (0.125,0.25]:-2, (0.5,1]:-6}";
        assert_eq!(histogram.to_string(), expected);
        assert_eq!(histogram.reset_hint, ResetHint::Gauge);
        histogram.div(-2.0);
        assert!(histogram.equals(&sample()));
    }

    #[test]
    fn dividing_by_zero_leaves_infinities_without_buckets() {
        let mut histogram = sample();
        histogram.sum = 0.0;
        histogram.div(0.0);
        assert_eq!(histogram.count, f64::INFINITY);
        assert_eq!(histogram.zero_count, f64::INFINITY);
        assert!(histogram.sum.is_nan());
        assert!(histogram.positive.is_empty() && histogram.negative.is_empty());
        assert!(histogram.has_overflow());
        assert_eq!(histogram.reset_hint, ResetHint::Unknown);
    }

    #[test]
    fn equality_sees_empty_buckets_and_not_hints() {
        let mut other = sample();
        other.reset_hint = ResetHint::Reset;
        assert!(sample().equals(&other));
        other.compact(0);
        assert!(!sample().equals(&other));
        other.compact(1);
        assert!(sample().equals(&other));
        other.sum = f64::NAN;
        assert!(other.equals(&other.clone()));
    }

    #[test]
    fn size_counts_spans_buckets_and_bounds() {
        assert_eq!(Histogram::default().size(), 168);
        assert_eq!(sample().size(), 168 + 8 * (2 + 5));
    }
}
