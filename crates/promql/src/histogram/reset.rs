//! Whether counting has begun anew between two histograms.
//!
//! Invariants: a histogram that could not have come from the one before by observing more follows a reset.

use super::bounds::exponential_bound;
use super::custom::common_bounds;
use super::resolution::reduce_buckets;
use super::{Bucket, Buckets, Histogram, ResetHint};

impl Histogram {
    /// Whether this histogram follows a reset, given the one before it. A hint is believed; for gauges one
    /// looks as if they were counters.
    #[must_use]
    pub fn detect_reset(&self, previous: &Self) -> bool {
        match self.reset_hint {
            ResetHint::Reset => return true,
            ResetHint::NotReset => return false,
            ResetHint::Unknown | ResetHint::Gauge => {}
        }
        if self.count < previous.count {
            return true;
        }
        if self.is_custom() && previous.is_custom() {
            if self.custom_bounds != previous.custom_bounds {
                return self.falls_at_common_bounds(previous);
            }
        } else if self.is_custom() {
            return true;
        }
        if self.schema > previous.schema || self.zero_threshold < previous.zero_threshold {
            return true;
        }
        let (zero, threshold) = previous.widened_zero(self.zero_threshold, None);
        threshold != self.zero_threshold
            || self.zero_count < zero.sum
            || self.has_fallen(&self.positive, &previous.positive, previous.schema)
            || self.has_fallen(&self.negative, &previous.negative, previous.schema)
    }

    /// Whether a bucket outside the zero bucket counts less than before, or a populated one is gone.
    fn has_fallen(&self, own: &Buckets, previous: &Buckets, schema: i32) -> bool {
        let previous = reduce_buckets(previous, schema, self.schema);
        let outside = |index: i32| {
            self.is_custom()
                || self.zero_threshold == 0.0
                || exponential_bound(i64::from(index), self.schema) > self.zero_threshold
        };
        previous
            .iter()
            .filter(|(index, _)| outside(*index))
            .any(|(index, before)| own.get(index).map_or(before != 0.0, |now| now < before))
    }

    /// Whether what lies between two bounds that both have counts less than before.
    fn falls_at_common_bounds(&self, previous: &Self) -> bool {
        let common = common_bounds(&self.custom_bounds, &previous.custom_bounds);
        let mut now = self.positive_buckets().peekable();
        let mut before = previous.positive_buckets().peekable();
        common
            .iter()
            .chain([&f64::INFINITY])
            .any(|bound| count_up_to(&mut now, *bound) < count_up_to(&mut before, *bound))
    }
}

/// What the next buckets count that end at a bound or before it.
fn count_up_to(buckets: &mut std::iter::Peekable<impl Iterator<Item = Bucket>>, bound: f64) -> f64 {
    let mut count = 0.0;
    while let Some(bucket) = buckets.next_if(|bucket| bucket.upper <= bound) {
        count += bucket.count;
    }
    count
}

#[cfg(test)]
mod tests {
    use crate::histogram::{Buckets, CUSTOM_SCHEMA, Histogram, ResetHint};

    fn of(offset: i32, counts: &[f64]) -> Histogram {
        Histogram { count: 100.0, positive: Buckets::dense(offset, counts), ..Histogram::default() }
    }

    fn custom(bounds: &[f64], counts: &[f64]) -> Histogram {
        let custom_bounds = bounds.into();
        Histogram { schema: CUSTOM_SCHEMA, custom_bounds, ..of(0, counts) }
    }

    #[test]
    fn buckets_may_only_grow() {
        let before = of(0, &[1.0, 0.0, 3.0]);
        assert!(!before.detect_reset(&before));
        assert!(!of(0, &[1.0, 1.0, 3.0, 4.0]).detect_reset(&before));
        assert!(!before.detect_reset(&of(-1, &[0.0, 1.0])));
        assert!(of(0, &[1.0, 1.0, 2.0]).detect_reset(&before));
        assert!(of(0, &[1.0, 1.0]).detect_reset(&before));
        assert!(of(1, &[1.0, 3.0]).detect_reset(&before));
        let fewer = Histogram { count: 99.0, ..before.clone() };
        assert!(fewer.detect_reset(&before));
        let mirrored = Histogram { negative: Buckets::dense(0, &[1.0]), ..before.clone() };
        assert!(before.detect_reset(&mirrored));
    }

    #[test]
    fn hints_are_believed() {
        let before = of(0, &[5.0]);
        let hinted = |reset_hint, count| Histogram { reset_hint, ..of(0, &[count]) };
        assert!(hinted(ResetHint::Reset, 6.0).detect_reset(&before));
        assert!(!hinted(ResetHint::NotReset, 4.0).detect_reset(&before));
        assert!(hinted(ResetHint::Gauge, 4.0).detect_reset(&before));
    }

    #[test]
    fn resolution_may_fall_and_not_rise() {
        let fine = Histogram { schema: 1, ..of(1, &[1.0, 2.0]) };
        assert!(!of(1, &[3.0]).detect_reset(&fine));
        assert!(of(1, &[2.0]).detect_reset(&fine));
        assert!(fine.detect_reset(&of(1, &[1.0])));
    }

    #[test]
    fn the_zero_bucket_may_grow_and_not_shrink() {
        let before = of(0, &[1.0, 2.0]);
        let zero = |zero_threshold, zero_count, counts: &[f64]| Histogram {
            zero_threshold,
            zero_count,
            ..of(1, counts)
        };
        assert!(!zero(1.0, 1.0, &[2.0]).detect_reset(&before));
        assert!(zero(1.0, 0.0, &[2.0]).detect_reset(&before));
        assert!(zero(1.5, 3.0, &[2.0]).detect_reset(&before));
        assert!(before.detect_reset(&zero(1.0, 0.0, &[])));
    }

    #[test]
    fn custom_bounds_are_compared_where_they_meet() {
        let before = custom(&[2.0, 4.0], &[3.0, 4.0, 5.0]);
        assert!(!custom(&[1.0, 2.0, 4.0], &[1.0, 2.0, 4.0, 5.0]).detect_reset(&before));
        assert!(custom(&[1.0, 2.0, 4.0], &[1.0, 1.0, 9.0, 5.0]).detect_reset(&before));
        assert!(!custom(&[4.0], &[7.0, 5.0]).detect_reset(&before));
        assert!(custom(&[4.0], &[7.0, 4.0]).detect_reset(&before));
        assert!(!custom(&[], &[12.0]).detect_reset(&before));
        assert!(custom(&[2.0, 4.0], &[3.0, 3.0, 5.0]).detect_reset(&before));
    }

    #[test]
    fn a_change_of_kind_is_a_reset() {
        assert!(custom(&[], &[1.0]).detect_reset(&of(0, &[])));
        assert!(of(0, &[]).detect_reset(&custom(&[], &[1.0])));
    }
}
