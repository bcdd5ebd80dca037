//! Buckets with their bounds, one after another.
//!
//! Invariants: over all buckets, bounds grow, and what overlaps the zero bucket is cut off at its end.

use super::bounds::bound;
use super::{CUSTOM_SCHEMA, Histogram};

/// One bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bucket {
    /// Where it begins.
    pub lower: f64,
    /// Where it ends.
    pub upper: f64,
    /// Whether it contains its lower bound.
    pub lower_inclusive: bool,
    /// Whether it contains its upper bound.
    pub upper_inclusive: bool,
    /// How many observations are in it.
    pub count: f64,
    /// Its index on its side; zero for the zero bucket.
    pub index: i32,
}

impl Bucket {
    /// A bucket above zero, or a custom one.
    pub(super) fn positive(index: i32, count: f64, schema: i32, custom: &[f64]) -> Self {
        let lower = bound(i64::from(index) - 1, schema, custom);
        let upper = bound(i64::from(index), schema, custom);
        Self::between(lower, upper, index, count, schema)
    }

    /// A bucket below zero.
    fn negative(index: i32, count: f64, schema: i32) -> Self {
        let lower = -bound(i64::from(index), schema, &[]);
        let upper = -bound(i64::from(index) - 1, schema, &[]);
        Self::between(lower, upper, index, count, schema)
    }

    fn between(lower: f64, upper: f64, index: i32, count: f64, schema: i32) -> Self {
        let (lower_inclusive, upper_inclusive) =
            if schema == CUSTOM_SCHEMA { (index == 0, true) } else { (lower < 0.0, upper > 0.0) };
        Self { lower, upper, lower_inclusive, upper_inclusive, count, index }
    }

    /// The same bucket without the part that belongs to the zero bucket.
    fn outside_zero(mut self, threshold: f64) -> Self {
        if self.upper < 0.0 && self.upper > -threshold {
            self.upper = -threshold;
        }
        if self.lower > 0.0 && self.lower < threshold {
            self.lower = threshold;
        }
        self
    }
}

impl Histogram {
    /// Buckets above zero, away from it; all of them, ascending, when bounds are custom.
    pub fn positive_buckets(&self) -> impl DoubleEndedIterator<Item = Bucket> + '_ {
        self.positive
            .iter()
            .map(|(index, count)| Bucket::positive(index, count, self.schema, &self.custom_bounds))
    }

    /// Buckets below zero, away from it, which is descending.
    pub fn negative_buckets(&self) -> impl DoubleEndedIterator<Item = Bucket> + '_ {
        self.negative.iter().map(|(index, count)| Bucket::negative(index, count, self.schema))
    }

    /// The bucket around zero; there is none when bounds are custom.
    #[must_use]
    pub fn zero_bucket(&self) -> Option<Bucket> {
        (!self.is_custom()).then_some(Bucket {
            lower: -self.zero_threshold,
            upper: self.zero_threshold,
            lower_inclusive: true,
            upper_inclusive: true,
            count: self.zero_count,
            index: 0,
        })
    }

    /// All buckets, ascending; the zero bucket only if it counts something.
    pub fn all_buckets(&self) -> impl DoubleEndedIterator<Item = Bucket> + '_ {
        let threshold = self.zero_threshold;
        let below = self.negative_buckets().rev().map(move |bucket| bucket.outside_zero(threshold));
        let above = self.positive_buckets().map(move |bucket| bucket.outside_zero(threshold));
        let zero = self.zero_bucket().filter(|bucket| bucket.count > 0.0);
        below.chain(zero).chain(above)
    }

    /// All buckets, ascending, each beginning at negative infinity and counting all before it.
    pub fn cumulative_buckets(&self) -> impl Iterator<Item = Bucket> + '_ {
        self.all_buckets().scan(0.0, |total, bucket| {
            *total += bucket.count;
            let lower = f64::NEG_INFINITY;
            Some(Bucket { lower, lower_inclusive: true, count: *total, ..bucket })
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::histogram::{Buckets, CUSTOM_SCHEMA, Histogram};

    fn sides(histogram: &Histogram) -> Vec<(f64, f64, f64)> {
        histogram.all_buckets().map(|bucket| (bucket.lower, bucket.upper, bucket.count)).collect()
    }

    #[test]
    fn all_sides_ascend_and_end_at_the_zero_bucket() {
        let histogram = Histogram {
            zero_threshold: 0.75,
            zero_count: 2.0,
            positive: Buckets::dense(0, &[1.0, 3.0]),
            negative: Buckets::dense(0, &[4.0, 5.0]),
            ..Histogram::default()
        };
        let expected = [
            (-2.0, -1.0, 5.0),
            (-1.0, -0.75, 4.0),
            (-0.75, 0.75, 2.0),
            (0.75, 1.0, 1.0),
            (1.0, 2.0, 3.0),
        ];
        assert_eq!(sides(&histogram), expected);
        let mut back: Vec<_> = histogram.all_buckets().rev().map(|bucket| bucket.count).collect();
        back.reverse();
        assert_eq!(back, [5.0, 4.0, 2.0, 1.0, 3.0]);
        let totals: Vec<_> = histogram.cumulative_buckets().map(|bucket| bucket.count).collect();
        assert_eq!(totals, [5.0, 9.0, 11.0, 12.0, 15.0]);
    }

    #[test]
    fn custom_bounds_are_open_at_both_ends() {
        let histogram = Histogram {
            schema: CUSTOM_SCHEMA,
            positive: Buckets::dense(0, &[1.0, 2.0, 3.0]),
            custom_bounds: [1.0, 5.0].into(),
            ..Histogram::default()
        };
        let (low, high) = (f64::NEG_INFINITY, f64::INFINITY);
        assert_eq!(sides(&histogram), [(low, 1.0, 1.0), (1.0, 5.0, 2.0), (5.0, high, 3.0)]);
        assert!(histogram.zero_bucket().is_none());
    }
}
