//! Quantiles, fractions and variances of native histograms.
//!
//! Invariants: inside an exponential bucket observations are taken to be spread evenly over the logarithm of
//! values, inside the zero bucket and custom ones evenly over values. Observations that are no number are
//! counted but in no bucket.

use super::kahan::Compensated;
use super::logarithm::{exp2, log2};
use super::{Bucket, Histogram};

/// What observations that are no number have done to a quantile.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum NanEffect {
    /// Nothing, or there are none.
    #[default]
    None,
    /// They count as infinite, so the quantile is too high.
    Skewed,
    /// The quantile is one of them, so it is no number.
    Reached,
}

impl Bucket {
    /// The part of the bucket's width below a value inside it; its bounds are finite.
    pub(super) fn fraction_below(&self, value: f64, linear: bool) -> f64 {
        if linear {
            return (value - self.lower) / (self.upper - self.lower);
        }
        let lower = log2(self.lower.abs());
        let upper = log2(self.upper.abs());
        let place = log2(value.abs());
        if value > 0.0 {
            (place - lower) / (upper - lower)
        } else {
            1.0 - ((place - upper) / (lower - upper))
        }
    }

    /// The value below which a fraction of the bucket lies.
    fn value_at(&self, fraction: f64, linear: bool) -> f64 {
        if linear {
            return self.lower + (self.upper - self.lower) * fraction;
        }
        let lower = log2(self.lower.abs());
        let upper = log2(self.upper.abs());
        if self.lower > 0.0 {
            exp2(lower + (upper - lower) * fraction)
        } else {
            -exp2(upper + (lower - upper) * (1.0 - fraction))
        }
    }

    fn spans_zero(&self) -> bool {
        self.lower <= 0.0 && self.upper >= 0.0
    }
}

impl Histogram {
    /// The value below which a part `q` of all observations lies.
    #[must_use]
    pub fn quantile(&self, q: f64) -> (f64, NanEffect) {
        if q < 0.0 {
            return (f64::NEG_INFINITY, NanEffect::None);
        }
        if q > 1.0 {
            return (f64::INFINITY, NanEffect::None);
        }
        if self.count == 0.0 || q.is_nan() {
            return (f64::NAN, NanEffect::None);
        }
        // From the nearer end, but never from the end that lacks what is no number.
        if self.sum.is_nan() || q < 0.5 {
            self.quantile_from(self.all_buckets(), q * self.count, true)
        } else {
            self.quantile_from(self.all_buckets().rev(), (1.0 - q) * self.count, false)
        }
    }

    fn quantile_from(
        &self,
        mut buckets: impl Iterator<Item = Bucket>,
        rank: f64,
        ascending: bool,
    ) -> (f64, NanEffect) {
        let mut bucket = Bucket::default();
        let mut count = 0.0;
        for next in buckets.by_ref() {
            bucket = next;
            if bucket.count == 0.0 {
                continue;
            }
            count += bucket.count;
            if count >= rank {
                break;
            }
        }
        if self.is_custom() {
            if bucket.lower == f64::NEG_INFINITY {
                if bucket.upper <= 0.0 {
                    return (bucket.upper, NanEffect::None);
                }
                bucket.lower = 0.0;
            } else if bucket.upper == f64::INFINITY {
                return (bucket.lower, NanEffect::None);
            }
        } else if bucket.lower < 0.0 && bucket.upper > 0.0 {
            self.narrow_zero(&mut bucket);
        }
        if count > self.count {
            count = self.count;
        }
        if count < rank {
            return if self.sum.is_nan() {
                (f64::NAN, NanEffect::Reached)
            } else {
                (bucket.upper, NanEffect::None)
            };
        }
        let rank = if ascending { rank - (count - bucket.count) } else { count - rank };
        let mut effect = NanEffect::None;
        if self.sum.is_nan() {
            // As in the reference, the quantile is then looked up in the last bucket of all.
            for next in buckets {
                bucket = next;
                count += bucket.count;
            }
            if count < self.count {
                effect = NanEffect::Skewed;
            }
        }
        let linear = self.is_custom() || bucket.spans_zero();
        (bucket.value_at(rank / bucket.count, linear), effect)
    }

    /// Takes away the side of the zero bucket on which there are no buckets, if there are on the other.
    fn narrow_zero(&self, bucket: &mut Bucket) {
        match (self.negative.is_empty(), self.positive.is_empty()) {
            (true, false) => bucket.lower = 0.0,
            (false, true) => bucket.upper = 0.0,
            _ => {}
        }
    }

    /// The part of all observations between two values, and whether some are missing from it because they are
    /// no number.
    #[must_use]
    pub fn fraction(&self, lower: f64, upper: f64) -> (f64, bool) {
        if self.count == 0.0 || lower.is_nan() || upper.is_nan() {
            return (f64::NAN, false);
        }
        if lower >= upper {
            return (0.0, false);
        }
        let mut lower_rank = None;
        let mut upper_rank = None;
        let mut rank = 0.0;
        let mut count = 0.0;
        for mut bucket in self.all_buckets() {
            count += bucket.count;
            if lower_rank.is_some() && upper_rank.is_some() {
                continue;
            }
            let around_zero = bucket.spans_zero();
            if around_zero {
                self.narrow_zero(&mut bucket);
            }
            let linear = self.is_custom() || around_zero;
            lower_rank = lower_rank.or_else(|| rank_in(&bucket, lower, rank, linear));
            upper_rank = upper_rank.or_else(|| rank_in(&bucket, upper, rank, linear));
            rank += bucket.count;
        }
        let missing = self.sum.is_nan() && count < self.count;
        let all = if self.sum.is_nan() { count } else { self.count };
        let limited =
            |rank: Option<f64>| rank.map_or(all, |rank| if rank > all { all } else { rank });
        ((limited(upper_rank) - limited(lower_rank)) / self.count, missing)
    }

    /// The variance, each observation taken to be in the middle of its bucket.
    #[must_use]
    pub fn variance(&self) -> f64 {
        let mean = self.sum / self.count;
        let mut total = Compensated::default();
        for bucket in self.all_buckets() {
            if bucket.count == 0.0 {
                continue;
            }
            let distance = self.middle(&bucket) - mean;
            total = total.plus(bucket.count * distance * distance);
        }
        total.total() / self.count
    }

    /// The standard deviation: the root of the variance.
    #[must_use]
    pub fn standard_deviation(&self) -> f64 {
        self.variance().sqrt()
    }

    fn middle(&self, bucket: &Bucket) -> f64 {
        if self.is_custom() {
            (bucket.upper + bucket.lower) / 2.0
        } else if bucket.spans_zero() {
            0.0
        } else {
            let middle = (bucket.upper * bucket.lower).sqrt();
            if bucket.upper < 0.0 { -middle } else { middle }
        }
    }
}

/// How many observations lie below a value, `rank` of which lie below the bucket; nothing if the value is above
/// the bucket. A bucket without an end on its lower side counts as a whole.
fn rank_in(bucket: &Bucket, value: f64, rank: f64, linear: bool) -> Option<f64> {
    if bucket.lower >= value {
        return Some(rank);
    }
    if !(bucket.lower < value && bucket.upper > value) {
        return None;
    }
    if linear && bucket.lower == f64::NEG_INFINITY {
        return Some(bucket.count);
    }
    Some(rank + bucket.count * bucket.fraction_below(value, linear))
}

#[cfg(test)]
mod tests {
    use super::NanEffect;
    use crate::histogram::{Buckets, CUSTOM_SCHEMA, Histogram};

    const INFINITY: f64 = f64::INFINITY;

    fn close(actual: f64, expected: f64) {
        let same = actual == expected || (actual / expected - 1.0).abs() < 1e-12;
        assert!(same || (actual - expected).abs() < 1e-15, "{actual} is not {expected}");
    }

    fn counted(count: f64, sum: f64, positive: &[f64], negative: &[f64]) -> Histogram {
        Histogram {
            count,
            sum,
            positive: Buckets::dense(0, positive),
            negative: Buckets::dense(0, negative),
            ..Histogram::default()
        }
    }

    fn custom(bounds: &[f64], counts: &[f64]) -> Histogram {
        Histogram {
            schema: CUSTOM_SCHEMA,
            custom_bounds: bounds.into(),
            ..counted(counts.iter().sum(), 1.0, counts, &[])
        }
    }

    fn check(histogram: &Histogram, cases: &[(f64, f64)]) {
        for (q, expected) in cases {
            let (value, effect) = histogram.quantile(*q);
            close(value, *expected);
            assert_eq!(effect, NanEffect::None);
        }
    }

    #[test]
    fn quantiles_of_positive_buckets() {
        let histogram = Histogram {
            zero_count: 2.0,
            zero_threshold: 0.001,
            ..counted(12.0, 100.0, &[2.0, 3.0, 0.0, 1.0, 4.0], &[])
        };
        let cases = [
            (1.001, INFINITY),
            (1.0, 16.0),
            (0.99, 15.67072476139083),
            (0.9, 12.99603834169977),
            (0.6, 4.594793419988138),
            (0.5, 1.5874010519681994),
            (0.1, 0.0006),
            (0.0, 0.0),
            (-1.0, -INFINITY),
        ];
        check(&histogram, &cases);
        let mirrored = Histogram {
            positive: Buckets::default(),
            negative: histogram.positive.clone(),
            ..histogram
        };
        let mirrored_cases = [
            (1.0, 0.0),
            (0.99, -0.00006),
            (0.9, -0.0006),
            (0.5, -1.5874010519681996),
            (0.0, -16.0),
        ];
        check(&mirrored, &mirrored_cases);
    }

    #[test]
    fn quantiles_of_both_sides() {
        let side = [2.0, 3.0, 0.0, 1.0, 4.0];
        let histogram = Histogram {
            zero_count: 4.0,
            zero_threshold: 0.001,
            ..counted(24.0, 100.0, &side, &side)
        };
        let cases = [
            (0.99, 15.34822590920423),
            (0.9, 10.556063286183155),
            (0.7, 1.2030250360821164),
            (0.55, 0.0006),
            (0.5, 0.0),
            (0.45, -0.0006),
            (0.3, -1.2030250360821169),
            (0.01, -15.34822590920423),
        ];
        check(&histogram, &cases);
    }

    #[test]
    fn quantiles_of_custom_bounds() {
        let histogram = custom(&[5.0, 10.0], &[4.0, 4.0, 2.0]);
        check(&histogram, &[(0.2, 2.5), (0.4, 5.0), (0.6, 7.5), (0.9, 10.0), (1.0, 10.0)]);
        check(&custom(&[-2.0, 3.0], &[1.0, 0.0, 0.0]), &[(0.0, -2.0), (0.5, -2.0), (1.0, -2.0)]);
    }

    #[test]
    fn no_observation_has_no_quantile() {
        assert!(Histogram::default().quantile(0.5).0.is_nan());
        assert!(counted(1.0, 1.0, &[1.0], &[]).quantile(f64::NAN).0.is_nan());
        assert!(Histogram::default().fraction(-INFINITY, INFINITY).0.is_nan());
    }

    #[test]
    fn what_is_no_number_is_told() {
        let skewed = counted(4.0, f64::NAN, &[1.0, 2.0], &[]);
        let (value, effect) = skewed.quantile(0.75);
        assert_eq!((value, effect), (2.0, NanEffect::Skewed));
        let (value, effect) = skewed.quantile(0.9);
        assert!(value.is_nan());
        assert_eq!(effect, NanEffect::Reached);
        let infinities = counted(3.0, f64::NAN, &[1.0, 2.0], &[]);
        assert_eq!(infinities.quantile(1.0), (2.0, NanEffect::None));
        assert_eq!(skewed.fraction(-INFINITY, INFINITY), (0.75, true));
        assert_eq!(skewed.fraction(0.0, 1.0), (0.25, true));
        assert_eq!(infinities.fraction(-INFINITY, INFINITY), (1.0, false));
    }

    #[test]
    fn fractions_between_values() {
        let single = counted(4.0, 5.0, &[1.0, 2.0, 1.0], &[]);
        assert_eq!(single.fraction(1.0, 2.0), (0.5, false));
        assert_eq!(single.fraction(0.0, 8.0), (1.0, false));
        assert_eq!(single.fraction(2.0, 1.0), (0.0, false));
        close(single.fraction(-INFINITY, std::f64::consts::SQRT_2).0, 0.5);
        let negative = counted(4.0, -5.0, &[], &[1.0, 2.0, 1.0]);
        assert_eq!(negative.fraction(-2.0, -1.0), (0.5, false));
        close(negative.fraction(-std::f64::consts::SQRT_2, 0.0).0, 0.5);
        let zero =
            Histogram { zero_count: 1.0, zero_threshold: 0.5, ..counted(1.0, 0.2, &[], &[]) };
        assert_eq!(zero.fraction(-0.5, 0.25), (0.75, false));
        let bounds = custom(&[5.0, 10.0], &[4.0, 4.0, 2.0]);
        close(bounds.fraction(5.0, 7.5).0, 0.2);
        close(bounds.fraction(-1.0, 7.5).0, 0.6);
        close(bounds.fraction(-INFINITY, 12.0).0, 0.8);
        let below_zero = custom(&[-2.0, 3.0], &[1.0, 2.0, 1.0]);
        close(below_zero.fraction(-INFINITY, -3.0).0, 0.25);
        close(below_zero.fraction(-3.0, 3.0).0, 0.5);
    }

    #[test]
    fn variances() {
        let coarse = Histogram {
            schema: 2,
            ..counted(4.0, 10.0, &[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 1.0], &[])
        };
        close(coarse.variance(), 1.163807968526718);
        close(coarse.standard_deviation(), 1.0787993180043811);
        let fine = Histogram { schema: 8, ..counted(10.0, 10.0, &[1.0, 2.0, 3.0, 4.0], &[]) };
        close(fine.variance(), 2.3971123370139447e-05);
        let negative = counted(10.0, -100.0, &[], &[0.0, 0.0, 0.0, 0.0, 10.0]);
        close(negative.variance(), 1.725830020304794);
        assert!(Histogram { sum: f64::NAN, ..fine }.variance().is_nan());
    }
}
