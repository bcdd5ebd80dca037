//! Counts of durations in buckets of constant relative width: 64 to each power of two, so that a
//! percentile is off by at most 1/128 (0.8 %) of its value. Recording is a few instructions, merging
//! an addition of counts.
//!
//! Invariant: memory grows with the spread of the values only; all `u64` fit into 3,776 buckets.

/// Buckets to a power of two.
const SUB: u64 = 64;
const SUB_BITS: u32 = SUB.trailing_zeros();

/// A histogram of non-negative numbers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Histogram {
    /// Bucket of the first count.
    first: usize,
    counts: Vec<u64>,
    total: u64,
}

/// Below 64 the value itself; above, 64 buckets to a power of two.
fn bucket(value: u64) -> usize {
    if value < SUB {
        return value as usize;
    }
    let shift = value.ilog2() - SUB_BITS;
    (u64::from(shift) * SUB + (value >> shift)) as usize
}

/// The middle of a bucket.
fn value(bucket: usize) -> f64 {
    let bucket = bucket as u64;
    if bucket < SUB {
        return bucket as f64;
    }
    let shift = bucket / SUB - 1;
    let low = (bucket - shift * SUB) as f64;
    (low + 0.5) * (shift as f64).exp2()
}

impl Histogram {
    /// Counts a value; what is negative counts as zero.
    pub(crate) fn record(&mut self, value: i64) {
        *self.slot(bucket(value.max(0).unsigned_abs())) += 1;
        self.total += 1;
    }

    /// The count of a bucket, after making room for it.
    fn slot(&mut self, bucket: usize) -> &mut u64 {
        if self.counts.is_empty() {
            self.first = bucket;
        }
        if bucket < self.first {
            let more = self.first - bucket;
            self.counts.splice(0..0, std::iter::repeat_n(0, more));
            self.first = bucket;
        }
        let at = bucket - self.first;
        if at >= self.counts.len() {
            self.counts.resize(at + 1, 0);
        }
        &mut self.counts[at]
    }

    /// Adds another's counts.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (i, &count) in other.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            *self.slot(other.first + i) += count;
        }
        self.total += other.total;
    }

    /// How many values were recorded.
    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    /// Bytes held besides the struct itself.
    pub(crate) fn bytes(&self) -> usize {
        self.counts.capacity() * size_of::<u64>()
    }

    /// The smallest recorded value that at least this part of all does not exceed (nearest rank);
    /// `None` where nothing was recorded.
    pub(crate) fn quantile(&self, part: f64) -> Option<f64> {
        let rank = ((part * self.total as f64).ceil() as u64).clamp(1, self.total.max(1));
        let mut seen = 0;
        self.counts.iter().enumerate().find_map(|(i, count)| {
            seen += count;
            (seen >= rank).then(|| value(self.first + i))
        })
    }

    /// A quantile of nanoseconds in milliseconds.
    pub(crate) fn quantile_ms(&self, part: f64) -> Option<f64> {
        self.quantile(part).map(|nano| crate::time::round(nano / 1e6))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn buckets_are_gapless_and_ordered() {
        let mut last = 0;
        for value in (0..100_000).chain((17..63).flat_map(|p| [(1_u64 << p) - 1, 1 << p])) {
            let at = bucket(value);
            assert!(at == last || at == last + 1 || value > 100_000, "{value}: {last} to {at}");
            last = at;
        }
        assert_eq!(bucket(u64::MAX), 59 * 64 - 1);
    }

    proptest! {
        #[test]
        fn quantiles_are_within_one_percent(
            mut values in prop::collection::vec(0..100_000_000_000_i64, 1..500),
            part in 0.0..1.0_f64,
            cut in any::<prop::sample::Index>(),
        ) {
            let (left, right) = values.split_at(cut.index(values.len()));
            let mut histogram = Histogram::default();
            let mut other = Histogram::default();
            left.iter().for_each(|v| histogram.record(*v));
            right.iter().for_each(|v| other.record(*v));
            histogram.merge(&other);
            values.sort_unstable();
            prop_assert_eq!(histogram.total(), values.len() as u64);
            let rank = ((part * values.len() as f64).ceil() as usize).clamp(1, values.len());
            let exact = values[rank - 1] as f64;
            let found = histogram.quantile(part).unwrap();
            prop_assert!((found - exact).abs() <= exact * 0.01, "{} for {}", found, exact);
        }
    }
}
