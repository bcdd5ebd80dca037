//! Zero buckets of different widths, made one.
//!
//! Invariants: a zero bucket only grows, and never ends inside a populated bucket.

use super::kahan::Compensated;
use super::{Buckets, Histogram};

/// A bucket seen from zero.
struct Distant {
    index: i32,
    near: f64,
    far: f64,
    count: f64,
}

impl Histogram {
    /// What the zero bucket would count if it reached as far as `threshold`, and how far it then has to reach
    /// to end between buckets. Rests that rounding left are added up alongside.
    pub(super) fn widened_zero(&self, threshold: f64, rests: Option<&Self>) -> (Compensated, f64) {
        let mut threshold = threshold;
        let mut zero =
            Compensated { sum: self.zero_count, rest: rests.map_or(0.0, |rests| rests.zero_count) };
        if threshold == self.zero_threshold {
            return (zero, threshold);
        }
        loop {
            // As in the reference, a second pass starts the count again and not the rest.
            zero.sum = self.zero_count;
            let positive = rests.map(|rests| &rests.positive);
            if let Some(wider) = swallow(&mut zero, self.distant_positive(), threshold, positive) {
                threshold = wider;
            }
            let negative = rests.map(|rests| &rests.negative);
            match swallow(&mut zero, self.distant_negative(), threshold, negative) {
                Some(wider) => threshold = wider,
                None => return (zero, threshold),
            }
        }
    }

    fn distant_positive(&self) -> impl Iterator<Item = Distant> + '_ {
        self.positive_buckets().map(|bucket| Distant {
            index: bucket.index,
            near: bucket.lower,
            far: bucket.upper,
            count: bucket.count,
        })
    }

    fn distant_negative(&self) -> impl Iterator<Item = Distant> + '_ {
        self.negative_buckets().map(|bucket| Distant {
            index: bucket.index,
            near: -bucket.upper,
            far: -bucket.lower,
            count: bucket.count,
        })
    }

    /// Widens the own zero bucket until both have one width, and returns what the other's would count. Rests
    /// belong to the own counts.
    pub(super) fn reconcile_zero(
        &mut self,
        other: &Self,
        mut rests: Option<&mut Self>,
    ) -> Compensated {
        let mut theirs = Compensated::of(other.zero_count);
        let mut threshold = other.zero_threshold;
        while threshold != self.zero_threshold {
            if self.zero_threshold > threshold {
                (theirs, threshold) = other.widened_zero(self.zero_threshold, None);
            }
            if threshold > self.zero_threshold {
                let (own, wider) = self.widened_zero(threshold, rests.as_deref());
                self.zero_count = own.sum;
                self.zero_threshold = wider;
                if let Some(rests) = rests.as_deref_mut() {
                    rests.zero_count = own.rest;
                }
                self.drop_swallowed(rests.as_deref_mut());
            }
            if threshold.is_nan() || self.zero_threshold.is_nan() {
                break;
            }
        }
        theirs
    }

    /// Takes away the buckets that the zero bucket now counts, and empty ones.
    fn drop_swallowed(&mut self, rests: Option<&mut Self>) {
        let threshold = self.zero_threshold;
        let swallowed = |distant: &Distant| distant.near < threshold;
        let positive = self.distant_positive().take_while(swallowed).count();
        let negative = self.distant_negative().take_while(swallowed).count();
        let (positive_rests, negative_rests) = match rests {
            Some(rests) => (Some(&mut rests.positive), Some(&mut rests.negative)),
            None => (None, None),
        };
        drop_first(&mut self.positive, positive_rests, positive);
        drop_first(&mut self.negative, negative_rests, negative);
    }
}

/// Adds up the buckets nearer than a threshold; if it is inside a populated one, returns where that one ends.
fn swallow(
    zero: &mut Compensated,
    buckets: impl Iterator<Item = Distant>,
    threshold: f64,
    rests: Option<&Buckets>,
) -> Option<f64> {
    for bucket in buckets {
        if bucket.near >= threshold {
            break;
        }
        *zero = zero.plus(bucket.count);
        if let Some(rests) = rests {
            *zero = zero.plus(rests.get(bucket.index).unwrap_or(0.0));
        }
        if bucket.far > threshold {
            return (bucket.count != 0.0).then_some(bucket.far);
        }
    }
    None
}

/// Takes away the first buckets, and others that are empty and have no rest either.
fn drop_first(buckets: &mut Buckets, rests: Option<&mut Buckets>, first: usize) {
    let mut entries = buckets.with_rests(rests.as_deref());
    entries.drain(..first.min(entries.len()));
    entries.retain(|(_, count)| count.sum != 0.0 || count.rest != 0.0);
    let (left, left_rests) = Buckets::without_rests(&entries);
    *buckets = left;
    if let Some(rests) = rests {
        *rests = left_rests;
    }
}

#[cfg(test)]
mod tests {
    use crate::histogram::{Buckets, Histogram};

    fn sample() -> Histogram {
        Histogram {
            zero_threshold: 0.1,
            zero_count: 5.0,
            positive: Buckets::dense(0, &[1.0, 2.0, 4.0]),
            negative: Buckets::dense(1, &[8.0, 0.0, 16.0]),
            ..Histogram::default()
        }
    }

    #[test]
    fn a_threshold_inside_a_populated_bucket_moves_to_its_end() {
        let zero_at = |threshold| {
            let (zero, threshold) = sample().widened_zero(threshold, None);
            (zero.sum, threshold)
        };
        assert_eq!(zero_at(0.1), (5.0, 0.1));
        assert_eq!(zero_at(0.2), (5.0, 0.2));
        assert_eq!(zero_at(0.7), (6.0, 1.0));
        assert_eq!(zero_at(1.5), (16.0, 2.0));
        assert_eq!(zero_at(3.0), (20.0, 4.0));
        assert_eq!(zero_at(5.0), (36.0, 8.0));
    }

    #[test]
    fn both_end_up_with_one_width() {
        let mut wide = Histogram { zero_threshold: 1.5, zero_count: 1.0, ..Histogram::default() };
        assert_eq!(wide.reconcile_zero(&sample(), None).sum, 16.0);
        assert_eq!((wide.zero_threshold, wide.zero_count), (2.0, 1.0));
        let mut narrow = sample();
        assert_eq!(narrow.reconcile_zero(&wide, None).sum, 1.0);
        assert_eq!((narrow.zero_threshold, narrow.zero_count), (2.0, 16.0));
        assert_eq!(narrow.positive.iter().collect::<Vec<_>>(), [(2, 4.0)]);
        assert_eq!(narrow.negative.iter().collect::<Vec<_>>(), [(3, 16.0)]);
    }

    #[test]
    fn a_threshold_that_is_no_number_ends() {
        let mut odd = Histogram { zero_threshold: f64::NAN, ..sample() };
        odd.reconcile_zero(&sample(), None);
        sample().reconcile_zero(&odd, None);
    }
}
