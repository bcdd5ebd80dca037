//! What a histogram has below or above a value.
//!
//! Invariants: a bucket the value cuts keeps its part by interpolation; the sum is then estimated anew from the
//! middles of what is kept; a histogram that loses nothing keeps its sum.

use super::{Bucket, Buckets, Histogram};

/// The side of the value that is kept.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Keep {
    Below,
    Above,
}

/// What is kept of a bucket, and where its middle is.
struct Kept {
    count: f64,
    middle: f64,
}

/// One trimming.
struct Trim {
    limit: f64,
    keep: Keep,
    custom: bool,
    count: f64,
    sum: f64,
    changed: bool,
}

impl Histogram {
    /// Keeps the observations below a value.
    pub fn trim_upper(&mut self, limit: f64) {
        self.trim(limit, Keep::Below);
    }

    /// Keeps the observations above a value.
    pub fn trim_lower(&mut self, limit: f64) {
        self.trim(limit, Keep::Above);
    }

    fn trim(&mut self, limit: f64, keep: Keep) {
        let custom = self.is_custom();
        let mut trim = Trim { limit, keep, custom, count: 0.0, sum: 0.0, changed: false };
        let has_positive = self.positive.iter().any(|(_, count)| count != 0.0);
        let has_negative = self.negative.iter().any(|(_, count)| count != 0.0);
        let positive = trim.side(self.positive_buckets(), true);
        let negative = trim.side(self.negative_buckets(), false);
        self.positive = positive;
        self.negative = negative;
        if let Some(mut zero) = self.zero_bucket().filter(|zero| zero.count > 0.0) {
            match (has_negative, has_positive) {
                (true, false) => zero.upper = 0.0,
                (false, true) => zero.lower = 0.0,
                _ => {}
            }
            let kept = trim.zero(&zero);
            trim.changed |= self.zero_count != kept.count;
            self.zero_count = kept.count;
            trim.sum += kept.middle * kept.count;
            trim.count += kept.count;
        }
        if trim.changed {
            self.count = trim.count;
            self.sum = trim.sum;
            self.compact(0);
        }
    }
}

impl Trim {
    fn side(&mut self, buckets: impl Iterator<Item = Bucket>, positive: bool) -> Buckets {
        let kept = buckets.map(|bucket| (bucket.index, self.keep_of(&bucket, positive)));
        Buckets::from_ordered(kept.collect())
    }

    /// The count of a bucket that is kept; count and sum of all are added up on the way.
    fn keep_of(&mut self, bucket: &Bucket, positive: bool) -> f64 {
        if bucket.count == 0.0 {
            return bucket.count;
        }
        let (whole, part) = match self.keep {
            Keep::Below => (bucket.upper <= self.limit, bucket.lower < self.limit),
            Keep::Above => (bucket.lower >= self.limit, bucket.upper > self.limit),
        };
        let kept = if whole {
            let middle = self.middle(bucket.lower, bucket.upper, positive);
            Kept { count: bucket.count, middle }
        } else if part {
            self.cut(bucket, positive)
        } else {
            self.changed = true;
            return 0.0;
        };
        self.count += kept.count;
        self.sum += kept.middle * kept.count;
        self.changed |= !whole && kept.count != bucket.count;
        kept.count
    }

    /// A bucket with the value inside.
    fn cut(&self, bucket: &Bucket, positive: bool) -> Kept {
        if bucket.lower == f64::NEG_INFINITY {
            return self.cut_without_lower_end(bucket);
        }
        if bucket.upper == f64::INFINITY {
            return self.cut_without_upper_end(bucket);
        }
        let below = self.count_below(bucket);
        match self.keep {
            Keep::Below => {
                Kept { count: below, middle: self.middle(bucket.lower, self.limit, positive) }
            }
            Keep::Above => Kept {
                count: bucket.count - below,
                middle: self.middle(self.limit, bucket.upper, positive),
            },
        }
    }

    fn count_below(&self, bucket: &Bucket) -> f64 {
        if self.limit <= bucket.lower {
            0.0
        } else if self.limit >= bucket.upper {
            bucket.count
        } else {
            bucket.count * bucket.fraction_below(self.limit, self.custom)
        }
    }

    /// A bucket that goes down for ever; one that ends above zero is taken to begin there.
    fn cut_without_lower_end(&self, bucket: &Bucket) -> Kept {
        let Bucket { lower, upper, count, .. } = *bucket;
        let limit = self.limit;
        let nothing = Kept { count: 0.0, middle: finite_or_zero(upper) };
        match self.keep {
            Keep::Below if limit >= upper => Kept { count, middle: 0.0 },
            Keep::Below if limit > 0.0 && upper > 0.0 && upper < f64::INFINITY => {
                Kept { count: count * limit / upper, middle: limit / 2.0 }
            }
            Keep::Below if upper <= 0.0 => Kept { count, middle: limit },
            Keep::Above if limit <= lower => Kept { count, middle: 0.0 },
            Keep::Above if limit >= 0.0 && upper > limit && upper < f64::INFINITY => {
                Kept { count: count * (1.0 - limit / upper), middle: (limit + upper) / 2.0 }
            }
            Keep::Below | Keep::Above => nothing,
        }
    }

    /// A bucket that goes up for ever: nothing is known to be below a value in it, and all may be above.
    fn cut_without_upper_end(&self, bucket: &Bucket) -> Kept {
        if self.keep == Keep::Above && self.limit >= bucket.lower {
            return Kept { count: bucket.count, middle: self.limit };
        }
        Kept { count: 0.0, middle: finite_or_zero(bucket.lower) }
    }

    /// The zero bucket, in which observations are spread evenly.
    fn zero(&self, bucket: &Bucket) -> Kept {
        let Bucket { lower, upper, count, .. } = *bucket;
        let limit = self.limit;
        let whole = Kept { count, middle: (lower + upper) / 2.0 };
        let nothing = Kept { count: 0.0, middle: 0.0 };
        let width = upper - lower;
        match self.keep {
            Keep::Below if limit <= lower => nothing,
            Keep::Below if limit >= upper => whole,
            Keep::Below => {
                Kept { count: count * ((limit - lower) / width), middle: (lower + limit) / 2.0 }
            }
            Keep::Above if limit <= lower => whole,
            Keep::Above if limit >= upper => nothing,
            Keep::Above => {
                Kept { count: count * ((upper - limit) / width), middle: (limit + upper) / 2.0 }
            }
        }
    }

    /// The middle of what is kept: the arithmetic one of custom buckets, else the geometric one.
    fn middle(&self, lower: f64, upper: f64, positive: bool) -> f64 {
        if lower.is_infinite() {
            return match upper {
                _ if upper.is_infinite() => 0.0,
                _ if upper > 0.0 => upper / 2.0,
                _ => upper,
            };
        }
        if upper.is_infinite() {
            return lower;
        }
        if self.custom {
            return (lower + upper) / 2.0;
        }
        let middle = (lower * upper).abs().sqrt();
        if positive { middle } else { -middle }
    }
}

fn finite_or_zero(value: f64) -> f64 {
    if value.is_infinite() { 0.0 } else { value }
}

#[cfg(test)]
mod tests {
    use crate::histogram::{Buckets, CUSTOM_SCHEMA, Histogram};

    const INFINITY: f64 = f64::INFINITY;

    fn close(actual: f64, expected: f64) {
        assert!((actual - expected).abs() <= 1e-9 * expected.abs() + 1e-12, "{actual} {expected}");
    }

    /// Trims upwards or downwards, and checks count, sum, zero bucket and the counts that are left.
    fn check(
        (histogram, upper, limit): (&Histogram, bool, f64),
        (count, sum, zero): (f64, f64, f64),
        positive: &[(i32, f64)],
        negative: &[(i32, f64)],
    ) {
        let mut trimmed = histogram.clone();
        if upper {
            trimmed.trim_upper(limit)
        } else {
            trimmed.trim_lower(limit)
        }
        close(trimmed.count, count);
        close(trimmed.sum, sum);
        close(trimmed.zero_count, zero);
        for (buckets, expected) in [(&trimmed.positive, positive), (&trimmed.negative, negative)] {
            assert_eq!(buckets.len(), expected.len());
            for ((index, count), (expected_index, expected_count)) in buckets.iter().zip(expected) {
                assert_eq!(index, *expected_index);
                close(count, *expected_count);
            }
        }
    }

    fn both_sides() -> Histogram {
        Histogram {
            count: 34.0,
            sum: 123.75,
            zero_count: 1.0,
            zero_threshold: 0.001,
            positive: Buckets::dense(0, &[2.0, 4.0, 8.0, 16.0]),
            negative: Buckets::dense(0, &[1.0, 2.0]),
            ..Histogram::default()
        }
    }

    #[test]
    fn exponential_buckets() {
        let histogram = &both_sides();
        let all = [(0, 2.0), (1, 4.0), (2, 8.0), (3, 16.0)];
        let below = [(0, 1.0), (1, 2.0)];
        check((histogram, false, -INFINITY), (34.0, 123.75, 1.0), &all, &below);
        check((histogram, true, INFINITY), (34.0, 123.75, 1.0), &all, &below);
        check((histogram, false, INFINITY), (0.0, 0.0, 0.0), &[], &[]);
        check((histogram, true, -INFINITY), (0.0, 0.0, 0.0), &[], &[]);
        check((histogram, false, 0.0), (30.5, 120.20840280171308, 0.5), &all, &[]);
        check((histogram, true, 0.0), (3.5, -3.535783905932738, 0.5), &[], &below);
        check((histogram, true, 2.0), (10.0, 3.5355339059327373, 1.0), &all[..2], &below);
        check((histogram, false, 2.0), (24.0, 113.13708498984761, 0.0), &all[2..], &[]);
        check((histogram, true, -1.0), (2.0, -2.8284271247461903, 0.0), &[], &below[1..]);
        let fine = Histogram {
            schema: 2,
            count: 28.0,
            positive: Buckets::dense(0, &[1.0, 2.0, 4.0, 7.0, 3.0]),
            negative: Buckets::dense(0, &[1.0, 5.0, 3.0, 1.0]),
            ..both_sides()
        };
        let below = [(2, 1.45786052095524), (3, 1.0)];
        check((&fine, true, -1.3), (2.45786052095524, -3.5189307983595066, 0.0), &[], &below);
        let above = [(1, 0.589417818876296), (2, 4.0), (3, 7.0), (4, 3.0)];
        check((&fine, false, 1.13), (14.589417818876296, 22.168126492693734, 0.0), &above, &[]);
    }

    #[test]
    fn the_zero_bucket_leans_to_where_buckets_are() {
        let positive = Histogram {
            count: 12.0,
            sum: 8.0,
            zero_count: 2.0,
            zero_threshold: 0.5,
            positive: Buckets::dense(0, &[10.0]),
            ..Histogram::default()
        };
        check((&positive, false, 0.1), (11.6, 7.551067811865476, 1.6), &[(0, 10.0)], &[]);
        check((&positive, true, 0.1), (0.4, 0.02, 0.4), &[], &[]);
        check((&positive, false, 0.0), (12.0, 8.0, 2.0), &[(0, 10.0)], &[]);
        let alone = Histogram { count: 2.0, sum: 0.0, positive: Buckets::default(), ..positive };
        check((&alone, true, 0.25), (1.5, -0.1875, 1.5), &[], &[]);
        check((&alone, false, 0.25), (0.5, 0.1875, 0.5), &[], &[]);
    }

    fn custom(bounds: &[f64], sum: f64, counts: &[f64]) -> Histogram {
        Histogram {
            schema: CUSTOM_SCHEMA,
            count: counts.iter().sum(),
            sum,
            positive: Buckets::dense(0, counts),
            custom_bounds: bounds.into(),
            ..Histogram::default()
        }
    }

    #[test]
    fn custom_buckets() {
        let histogram = &custom(&[5.0, 10.0, 15.0, 20.0], 172.5, &[1.0, 6.0, 4.0, 3.0, 1.0]);
        let all = [(0, 1.0), (1, 6.0), (2, 4.0), (3, 3.0), (4, 1.0)];
        check((histogram, true, 15.0), (11.0, 97.5, 0.0), &all[..3], &[]);
        check((histogram, false, 15.0), (4.0, 72.5, 0.0), &all[3..], &[]);
        check((histogram, true, 13.0), (9.4, 75.1, 0.0), &[(0, 1.0), (1, 6.0), (2, 2.4)], &[]);
        check((histogram, false, 13.0), (5.6, 94.9, 0.0), &[(2, 1.6), (3, 3.0), (4, 1.0)], &[]);
        check((histogram, true, 50.0), (14.0, 150.0, 0.0), &all[..4], &[]);
        check((histogram, true, INFINITY), (15.0, 172.5, 0.0), &all, &[]);
        check((histogram, false, 0.0), (15.0, 172.5, 0.0), &all, &[]);
        check((histogram, true, 0.0), (0.0, 0.0, 0.0), &[], &[]);
    }

    #[test]
    fn custom_buckets_without_ends() {
        let one = custom(&[], 100.0, &[100.0]);
        check((&one, true, 10.0), (0.0, 0.0, 0.0), &[], &[]);
        check((&one, false, 10.0), (0.0, 0.0, 0.0), &[], &[]);
        check((&one, true, INFINITY), (100.0, 100.0, 0.0), &[(0, 100.0)], &[]);
        let positive = custom(&[5.0], 33.0, &[1.0, 100.0]);
        check((&positive, true, 2.0), (0.4, 0.4, 0.0), &[(0, 0.4)], &[]);
        check((&positive, false, 2.0), (100.6, 502.1, 0.0), &[(0, 0.6), (1, 100.0)], &[]);
        check((&positive, false, 10.0), (100.0, 1000.0, 0.0), &[(1, 100.0)], &[]);
        let negative = custom(&[-5.0], 33.0, &[1.0, 100.0]);
        check((&negative, true, -10.0), (1.0, -10.0, 0.0), &[(0, 1.0)], &[]);
        check((&negative, true, 10.0), (1.0, -5.0, 0.0), &[(0, 1.0)], &[]);
        check((&negative, false, -10.0), (100.0, -500.0, 0.0), &[(1, 100.0)], &[]);
    }
}
