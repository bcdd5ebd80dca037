//! Durations counted in exponential buckets, as Prometheus' native histograms have them.
//!
//! Invariants: a bucket's upper bound belongs to it; counts and sum are exact whatever the order; there
//! are never more than [`BUCKETS_MAX`] buckets, since resolution halves before.

use plimsoll_wire::prometheus::{BucketSpans, HistogramValue};

/// Eight buckets from a duration to twice of it: 9 % from bound to bound.
pub(crate) const SCHEMA: u8 = 3;

/// From first to last. At [`SCHEMA`] this reaches from 1 ms to 17 minutes, one step coarser from 1 µs
/// to 12 days.
pub(crate) const BUCKETS_MAX: usize = 160;

/// What lasts no longer counts as zero: one nanosecond, in seconds.
pub(crate) const ZERO_THRESHOLD: f64 = 1e-9;

/// Bits of a double's fraction.
const FRACTION: u64 = (1 << 52) - 1;

/// Fractions of 2^(1/8), 2^(2/8) … 2^(7/8), of a double between one and two.
const BOUNDS: [u64; 7] = [
    0.545_253_866_332_628_8_f64.to_bits() & FRACTION,
    0.594_603_557_501_360_5_f64.to_bits() & FRACTION,
    0.648_419_777_325_504_8_f64.to_bits() & FRACTION,
    std::f64::consts::FRAC_1_SQRT_2.to_bits() & FRACTION,
    0.771_105_412_703_970_4_f64.to_bits() & FRACTION,
    0.840_896_415_253_714_4_f64.to_bits() & FRACTION,
    0.917_004_043_204_671_2_f64.to_bits() & FRACTION,
];

/// The bucket of a duration at [`SCHEMA`]; `None` where it counts as zero.
#[inline]
pub(crate) fn bucket(nanos: u64) -> Option<i32> {
    if nanos <= 1 {
        return None;
    }
    let bits = (nanos as f64 / 1e9).to_bits();
    let exponent = (bits >> 52) as i32 - 1023;
    let fraction = bits & FRACTION;
    // Above a power of two the next bucket begins, above each bound within one more.
    let within = BOUNDS.iter().map(|bound| i32::from(fraction > *bound)).sum::<i32>();
    Some((exponent << SCHEMA) + i32::from(fraction > 0) + within)
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Histogram {
    /// How many times resolution was halved.
    coarser: u8,
    /// Bucket of the first count.
    first: i32,
    counts: Vec<u64>,
    zero: u64,
    count: u64,
    sum_nano: u128,
}

impl Histogram {
    /// The mean duration in nanoseconds, 0 where there is none.
    pub(crate) fn mean_nano(&self) -> u64 {
        let mean = self.sum_nano.checked_div(u128::from(self.count)).unwrap_or_default();
        u64::try_from(mean).unwrap_or(u64::MAX)
    }

    /// Counts a duration, `bucket` being what [`bucket`] says of it.
    #[inline]
    pub(crate) fn record(&mut self, nanos: u64, bucket: Option<i32>) {
        self.count += 1;
        self.sum_nano += u128::from(nanos);
        let Some(bucket) = bucket else {
            self.zero += 1;
            return;
        };
        let at = i64::from(coarse(bucket, self.coarser)) - i64::from(self.first);
        match usize::try_from(at).ok().and_then(|at| self.counts.get_mut(at)) {
            Some(count) => *count += 1,
            None => self.widen(bucket),
        }
    }

    /// Counts in a bucket that is not there yet.
    #[cold]
    fn widen(&mut self, bucket: i32) {
        if self.counts.is_empty() {
            self.first = coarse(bucket, self.coarser);
            self.counts.push(1);
            return;
        }
        let place = loop {
            let place = coarse(bucket, self.coarser);
            let last = self.first + self.counts.len() as i32 - 1;
            // At schema 1 all of 64 bits fit.
            if (last.max(place) - self.first.min(place)) < BUCKETS_MAX as i32 {
                break place;
            }
            self.halve();
        };
        if place < self.first {
            let more = (self.first - place) as usize;
            self.counts.splice(0..0, std::iter::repeat_n(0, more));
            self.first = place;
        }
        let at = (place - self.first) as usize;
        if at >= self.counts.len() {
            self.counts.resize(at + 1, 0);
        }
        self.counts[at] += 1;
    }

    /// Two buckets become one.
    fn halve(&mut self) {
        let first = coarse(self.first, 1);
        let last = coarse(self.first + self.counts.len() as i32 - 1, 1);
        let mut counts = vec![0; (last - first + 1) as usize];
        for (bucket, count) in (self.first..).zip(&self.counts) {
            counts[(coarse(bucket, 1) - first) as usize] += count;
        }
        (self.first, self.counts) = (first, counts);
        self.coarser += 1;
    }

    /// What Prometheus calls this, in seconds; `span` is room for its only run of buckets.
    pub(crate) fn value<'a>(&'a self, span: &'a mut [(i32, u32); 1]) -> HistogramValue<'a> {
        *span = [(self.first, self.counts.len() as u32)];
        HistogramValue {
            schema: i32::from(SCHEMA) - i32::from(self.coarser),
            count: self.count,
            sum: self.sum_nano as f64 / 1e9,
            zero_threshold: ZERO_THRESHOLD,
            zero_count: self.zero,
            positive: BucketSpans { spans: span, counts: &self.counts },
            ..HistogramValue::default()
        }
    }
}

/// The bucket that holds one of finer resolution.
#[inline]
fn coarse(bucket: i32, halvings: u8) -> i32 {
    ((bucket - 1) >> halvings) + 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{BUCKETS_MAX, Histogram, bucket};

    #[test]
    fn an_upper_bound_belongs_to_its_bucket() {
        for (nanos, expected) in [
            (0, None),
            (1, None),
            (2, Some(-231)),
            (125_000_000, Some(-24)),
            (125_000_001, Some(-23)),
            (500_000_000, Some(-8)),
            (500_000_001, Some(-7)),
            (999_999_999, Some(0)),
            (1_000_000_000, Some(0)),
            (1_000_000_001, Some(1)),
            (1_090_507_732, Some(1)),
            (1_090_507_733, Some(2)),
            (1_414_213_562, Some(4)),
            (1_414_213_563, Some(5)),
            (2_000_000_000, Some(8)),
            (2_000_000_001, Some(9)),
            (1_024_000_000_000, Some(80)),
            (u64::MAX, Some(273)),
        ] {
            assert_eq!(bucket(nanos), expected, "{nanos}");
        }
    }

    fn filled(histogram: &Histogram) -> (i32, Vec<(i32, u64)>) {
        let mut span = [(0, 0)];
        let value = histogram.value(&mut span);
        let [(first, _)] = value.positive.spans else { panic!("{value:?}") };
        let buckets = (*first..).zip(value.positive.counts.iter().copied());
        (value.schema, buckets.filter(|(_, count)| *count > 0).collect())
    }

    fn check(durations: &[u64], schema: i32, buckets: &[(i32, u64)]) {
        let mut histogram = Histogram::default();
        for nanos in durations {
            histogram.record(*nanos, bucket(*nanos));
        }
        assert_eq!(filled(&histogram), (schema, buckets.to_vec()), "{durations:?}");
    }

    #[test]
    fn resolution_halves_only_when_it_must() {
        const S: u64 = 1_000_000_000;
        check(&[S, 2 * S, 2 * S], 3, &[(0, 1), (8, 2)]);
        check(&[2 * S, S], 3, &[(0, 1), (8, 1)]);
        // Buckets 0 to 159 are 160, one more is too many.
        check(&[S, S << 19, (S << 20) - (S << 17)], 3, &[(0, 1), (152, 1), (159, 1)]);
        check(&[S, S << 20], 2, &[(0, 1), (80, 1)]);
        check(&[S << 20, S], 2, &[(0, 1), (80, 1)]);
        check(&[2, u64::MAX], 1, &[(-57, 1), (69, 1)]);
        check(&[u64::MAX, 2, S, 0], 1, &[(-57, 1), (0, 1), (69, 1)]);
    }

    proptest! {
        #[test]
        fn any_order_counts_the_same(
            mut durations in prop::collection::vec((0u32..64, any::<u64>()), 1..200)
        ) {
            let record = |durations: &[(u32, u64)]| {
                let mut histogram = Histogram::default();
                for (shift, nanos) in durations {
                    histogram.record(nanos >> shift, bucket(nanos >> shift));
                }
                histogram
            };
            let one = record(&durations);
            durations.reverse();
            let other = record(&durations);
            prop_assert_eq!(filled(&one), filled(&other));
            let sum: u128 = durations.iter().map(|(shift, nanos)| u128::from(nanos >> shift)).sum();
            prop_assert_eq!((one.sum_nano, one.count), (sum, durations.len() as u64));
            let (_, buckets) = filled(&one);
            let counted: u64 = buckets.iter().map(|(_, count)| count).sum();
            prop_assert_eq!(counted + one.zero, one.count);
            if let (Some((first, _)), Some((last, _))) = (buckets.first(), buckets.last()) {
                prop_assert!(last - first < BUCKETS_MAX as i32);
            }
        }

        #[test]
        fn a_bucket_lies_between_its_bounds(shift in 0u32..62, nanos in 2u64..) {
            let nanos = (nanos >> shift).max(2);
            let seconds = nanos as f64 / 1e9;
            let index = f64::from(bucket(nanos).unwrap());
            // Near a bound the plain power is off by a last bit.
            prop_assert!(seconds <= (index / 8.0).exp2() * (1.0 + 1e-14));
            prop_assert!(seconds > ((index - 1.0) / 8.0).exp2() * (1.0 - 1e-14));
        }
    }
}
