//! Quantiles and fractions of classic histograms, whose buckets are series of their own.
//!
//! Invariants: buckets are upper bounds and cumulative counts; they come in any order and are sorted, joined
//! and made monotonic here; without one that ends at infinity there is no result.

use crate::is_stale;

/// An upper bound, and how many observations are at or below it.
pub type ClassicBucket = (f64, f64);

/// How much neighbours may differ by nothing but rounding, relative to their sum.
const ROUNDING: f64 = 1e-12;

/// A quantile, and what had to be done to the buckets for it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ClassicQuantile {
    /// The quantile.
    pub value: f64,
    /// How the counts were made to grow.
    pub repair: Repair,
}

/// What was wrong with cumulative counts.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Repair {
    /// Some counts fell and were lifted.
    pub forced_monotonic: bool,
    /// Some counts differed by rounding and were made equal.
    pub fixed_precision: bool,
    /// The lowest upper bound of a lifted bucket, infinite if there is none.
    pub min_bucket: f64,
    /// The highest upper bound of a lifted bucket, negatively infinite if there is none.
    pub max_bucket: f64,
    /// The most by which a bucket was lifted.
    pub max_difference: f64,
}

/// The value below which a part `q` of all observations lies, values being spread evenly over a bucket.
#[must_use]
pub fn classic_quantile(q: f64, buckets: &mut Vec<ClassicBucket>) -> ClassicQuantile {
    let plain = |value| ClassicQuantile { value, repair: Repair::default() };
    if q.is_nan() {
        return plain(f64::NAN);
    }
    if q < 0.0 {
        return plain(f64::NEG_INFINITY);
    }
    if q > 1.0 {
        return plain(f64::INFINITY);
    }
    if !sort_and_join(buckets) {
        return plain(f64::NAN);
    }
    let repair = make_monotonic(buckets);
    ClassicQuantile { value: interpolate(q, buckets), repair }
}

/// The quantile among buckets in order.
fn interpolate(q: f64, buckets: &[ClassicBucket]) -> f64 {
    let Some(((_, observations), finite)) = buckets.split_last() else { return f64::NAN };
    let Some((highest, _)) = finite.last() else { return f64::NAN };
    if *observations == 0.0 {
        return f64::NAN;
    }
    let rank = q * observations;
    let place = first_reaching(rank, finite);
    let Some((end, count)) = finite.get(place) else { return *highest };
    match place.checked_sub(1).and_then(|before| finite.get(before)) {
        Some((start, below)) => start + (end - start) * ((rank - below) / (count - below)),
        None if *end <= 0.0 => *end,
        None => end * (rank / count),
    }
}

/// The first bucket that counts as much as a rank. Halving is spelled out so that counts that are no number
/// lead where they lead in the reference.
fn first_reaching(rank: f64, buckets: &[ClassicBucket]) -> usize {
    let (mut low, mut high) = (0, buckets.len());
    while low < high {
        let middle = low.midpoint(high);
        if buckets.get(middle).is_some_and(|(_, count)| *count >= rank) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

/// The part of all observations between two values.
#[must_use]
pub fn classic_fraction(lower: f64, upper: f64, buckets: &mut Vec<ClassicBucket>) -> f64 {
    if !sort_and_join(buckets) {
        return f64::NAN;
    }
    let all = buckets.last().map_or(0.0, |(_, count)| *count);
    if all == 0.0 || lower.is_nan() || upper.is_nan() {
        return f64::NAN;
    }
    if lower >= upper {
        return 0.0;
    }
    let limited = |rank: Option<f64>| rank.map_or(all, |rank| if rank > all { all } else { rank });
    (limited(rank_of(upper, buckets)) - limited(rank_of(lower, buckets))) / all
}

/// How many observations lie below a value; nothing if it is above all buckets.
fn rank_of(value: f64, buckets: &[ClassicBucket]) -> Option<f64> {
    let mut rank = 0.0;
    let mut start = match buckets.first() {
        Some((end, _)) if *end <= 0.0 => f64::NEG_INFINITY,
        _ => 0.0,
    };
    for (end, count) in buckets {
        if start >= value {
            return Some(rank);
        }
        if start < value && *end > value {
            return Some(if start == f64::NEG_INFINITY {
                *count
            } else {
                rank + (count - rank) * (value - start) / (end - start)
            });
        }
        rank = *count;
        start = *end;
    }
    None
}

/// Brings buckets in order and joins those of one bound. Returns whether the last ends at infinity.
fn sort_and_join(buckets: &mut Vec<ClassicBucket>) -> bool {
    buckets.sort_by(|left, right| left.0.total_cmp(&right.0));
    let complete = buckets.last().is_some_and(|(bound, _)| *bound == f64::INFINITY);
    buckets.dedup_by(|later, earlier| {
        let same = later.0 == earlier.0;
        if same {
            earlier.1 += later.1;
        }
        same
    });
    complete
}

/// Lifts counts that fall, and evens out those that differ by rounding.
fn make_monotonic(buckets: &mut [ClassicBucket]) -> Repair {
    let (min_bucket, max_bucket) = (f64::INFINITY, f64::NEG_INFINITY);
    let mut repair = Repair { min_bucket, max_bucket, ..Repair::default() };
    let Some(((_, first), rest)) = buckets.split_first_mut() else { return repair };
    let mut before = *first;
    for (bound, count) in rest {
        if *count == before {
            continue;
        }
        if almost_equal(before, *count, ROUNDING) {
            *count = before;
            repair.fixed_precision = true;
        } else if *count < before {
            repair.lifted(*bound, before - *count);
            *count = before;
        } else {
            before = *count;
        }
    }
    repair
}

impl Repair {
    fn lifted(&mut self, bound: f64, difference: f64) {
        self.forced_monotonic = true;
        if bound < self.min_bucket {
            self.min_bucket = bound;
        }
        if bound > self.max_bucket {
            self.max_bucket = bound;
        }
        if difference > self.max_difference {
            self.max_difference = difference;
        }
    }
}

/// Whether two numbers differ by less than a part of their sum. Marks of an end are only like each other,
/// other values that are no number too.
fn almost_equal(left: f64, right: f64, tolerance: f64) -> bool {
    if is_stale(left) || is_stale(right) {
        return is_stale(left) && is_stale(right);
    }
    if left == right || (left.is_nan() && right.is_nan()) {
        return true;
    }
    let sum = left.abs() + right.abs();
    let difference = (left - right).abs();
    if left == 0.0 || right == 0.0 || sum < f64::MIN_POSITIVE {
        return difference < tolerance * f64::MIN_POSITIVE;
    }
    difference / sum.min(f64::MAX) < tolerance
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Repair, classic_fraction, classic_quantile};

    const INFINITY: f64 = f64::INFINITY;

    fn quantile(q: f64, buckets: &[(f64, f64)]) -> (f64, Repair) {
        let result = classic_quantile(q, &mut buckets.to_vec());
        (result.value, result.repair)
    }

    fn close(actual: f64, expected: f64) {
        assert!((actual - expected).abs() <= 1e-12 * expected.abs(), "{actual} is not {expected}");
    }

    #[test]
    fn interpolation_in_order() {
        let buckets = [(20.0, 15.0), (INFINITY, 15.0), (10.0, 10.0), (15.0, 15.0), (30.0, 15.0)];
        for (q, expected) in [(1.0, 15.0), (0.99, 14.85), (0.9, 13.5), (0.5, 7.5)] {
            let (value, repair) = quantile(q, &buckets);
            close(value, expected);
            assert!(!repair.forced_monotonic && !repair.fixed_precision);
        }
        assert_eq!(quantile(-0.1, &buckets).0, -INFINITY);
        assert_eq!(quantile(1.1, &buckets).0, INFINITY);
        assert!(quantile(f64::NAN, &buckets).0.is_nan());
    }

    #[test]
    fn rounding_is_evened_out() {
        let buckets =
            [(10.0, 10.0), (15.0, 15.0), (20.0, 15.00000000001), (30.0, 15.0), (INFINITY, 15.0)];
        let (value, repair) = quantile(0.99, &buckets);
        close(value, 14.85);
        assert!(repair.fixed_precision && !repair.forced_monotonic);
        assert_eq!((repair.min_bucket, repair.max_bucket), (INFINITY, -INFINITY));
    }

    #[test]
    fn falling_counts_are_lifted_and_told() {
        let buckets =
            [(1.0, 5.0), (2.0, 9.0), (3.0, 7.0), (4.0, 10.0), (5.0, 6.0), (INFINITY, 12.0)];
        let (value, repair) = quantile(0.75, &buckets);
        close(value, 2.0);
        assert!(repair.forced_monotonic && !repair.fixed_precision);
        let told = (repair.min_bucket, repair.max_bucket, repair.max_difference);
        assert_eq!(told, (3.0, 5.0, 4.0));
    }

    #[test]
    fn ends() {
        assert_eq!(quantile(0.9, &[(1.0, 1.0), (2.0, 2.0), (INFINITY, 10.0)]).0, 2.0);
        assert_eq!(quantile(0.1, &[(-1.0, 5.0), (2.0, 6.0), (INFINITY, 6.0)]).0, -1.0);
        assert_eq!(quantile(0.5, &[(1.0, 1.0), (1.0, 1.0), (INFINITY, 4.0)]).0, 1.0);
        for buckets in [&[][..], &[(INFINITY, 1.0)], &[(1.0, 1.0), (2.0, 1.0)]] {
            assert!(quantile(0.5, buckets).0.is_nan());
        }
        assert!(quantile(0.5, &[(1.0, 0.0), (INFINITY, 0.0)]).0.is_nan());
    }

    #[test]
    fn fractions() {
        let of = |lower, upper, buckets: &[(f64, f64)]| {
            classic_fraction(lower, upper, &mut buckets.to_vec())
        };
        let buckets = [(10.0, 10.0), (15.0, 15.0), (INFINITY, 20.0)];
        close(of(-INFINITY, INFINITY, &buckets), 1.0);
        close(of(0.0, 5.0, &buckets), 0.25);
        close(of(-7.0, 12.0, &buckets), 0.6);
        close(of(12.0, 100.0, &buckets), 0.15);
        assert_eq!(of(5.0, 5.0, &buckets), 0.0);
        let negative = [(-5.0, 2.0), (0.0, 4.0), (INFINITY, 4.0)];
        close(of(-INFINITY, -6.0, &negative), 0.5);
        close(of(-2.5, 0.0, &negative), 0.25);
        assert!(of(0.0, f64::NAN, &buckets).is_nan());
        assert!(of(0.0, 1.0, &[]).is_nan());
        assert!(of(0.0, 1.0, &[(1.0, 2.0)]).is_nan());
    }

    proptest! {
        #[test]
        fn quantiles_grow(counts in prop::collection::vec(0_u32..50, 2..9), steps in 2_u32..20) {
            let mut total = 0.0;
            let mut buckets: Vec<(f64, f64)> = counts.iter().zip(-2_i32..).map(|(count, bound)| {
                total += f64::from(*count);
                (f64::from(bound), total)
            }).collect();
            buckets.push((INFINITY, total + 1.0));
            let values: Vec<f64> =
                (0..=steps).map(|step| quantile(f64::from(step) / f64::from(steps), &buckets).0).collect();
            // A quantile of zero has no place in an empty first bucket.
            prop_assert!(values.iter().skip(1).is_sorted(), "{:?}", values);
        }

        #[test]
        fn nothing_panics(mut buckets: Vec<(f64, f64)>, q: f64, lower: f64, upper: f64) {
            buckets.push((INFINITY, 1.0));
            let _ = classic_quantile(q, &mut buckets.clone());
            let _ = classic_fraction(lower, upper, &mut buckets);
        }
    }
}
