//! A few spans that stand for the others of their key, fast and slow ones.
//!
//! Invariant: at most one span of each region is kept, the newest among the slowest.

use crate::columns::Place;

/// Regions of durations: below half the mean, about it, up to eight times it, and beyond.
pub(crate) const REGIONS: usize = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Exemplar {
    /// When the span ended, Unix nanoseconds.
    pub(crate) end: i64,
    pub(crate) nanos: u64,
    /// Its bucket in full resolution.
    pub(crate) bucket: Option<i32>,
    pub(crate) place: Place,
}

#[derive(Clone, Debug)]
pub(crate) struct Exemplars {
    kept: [Option<Exemplar>; REGIONS],
    /// Where the second region and those after it begin, in nanoseconds.
    bounds: [u64; REGIONS - 1],
}

impl Exemplars {
    pub(crate) fn new(mean_nano: u64) -> Self {
        Self { kept: [None; REGIONS], bounds: bounds(mean_nano) }
    }

    pub(crate) fn offer(&mut self, exemplar: Exemplar) {
        let region = self.bounds.iter().filter(|bound| exemplar.nanos >= **bound).count();
        match &mut self.kept[region] {
            Some(kept) if kept.bucket > exemplar.bucket => {}
            kept => *kept = Some(exemplar),
        }
    }

    /// What was kept since the last time, the fastest first; regions follow the mean from here.
    pub(crate) fn take(&mut self, mean_nano: u64) -> impl Iterator<Item = Exemplar> + use<> {
        self.bounds = bounds(mean_nano);
        std::mem::take(&mut self.kept).into_iter().flatten()
    }
}

fn bounds(mean_nano: u64) -> [u64; REGIONS - 1] {
    [mean_nano / 2, mean_nano.saturating_mul(2), mean_nano.saturating_mul(8)]
}

#[cfg(test)]
mod tests {
    use super::{Exemplar, Exemplars};
    use crate::columns::Place;
    use crate::histogram::bucket;

    fn check(mean_nano: u64, offered: &[u64], kept: &[(u64, i64)]) {
        let mut exemplars = Exemplars::new(mean_nano);
        for (end, nanos) in (0..).zip(offered) {
            let bucket = bucket(*nanos);
            exemplars.offer(Exemplar { end, nanos: *nanos, bucket, place: Place::default() });
        }
        let taken: Vec<_> = exemplars.take(0).map(|kept| (kept.nanos, kept.end)).collect();
        assert_eq!(taken, kept, "{offered:?}");
        assert_eq!(exemplars.take(0).count(), 0);
    }

    #[test]
    fn each_region_keeps_the_newest_of_its_slowest() {
        check(100, &[], &[]);
        check(100, &[10, 100, 300, 900], &[(10, 0), (100, 1), (300, 2), (900, 3)]);
        check(100, &[90, 50, 100], &[(100, 2)]);
        // 1,000 and 1,010 share a bucket: the newer stays, though it is faster.
        check(100, &[1_010, 1_000], &[(1_000, 1)]);
        check(100, &[10_000, 1_000], &[(10_000, 0)]);
        check(0, &[0, 1], &[(1, 1)]);
        check(u64::MAX, &[u64::MAX], &[(u64::MAX, 0)]);
    }
}
