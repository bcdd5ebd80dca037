//! Sums and differences of histograms.
//!
//! Invariants: the result has the coarser schema, the wider zero bucket and the common custom bounds of both;
//! the other histogram is never changed; when they do not go together nothing is.

use super::bounds::exponential_bound;
use super::custom::{Gathering, common_bounds};
use super::kahan::Compensated;
use super::resolution::{reduce, reduce_buckets};
use super::{Buckets, Histogram, HistogramError, MAX_SCHEMA, MIN_SCHEMA, ResetHint};

/// What had to be put aside so that two histograms go together; each is worth a word to the user.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Reconciliation {
    /// One said that it follows a reset and the other that it does not.
    pub reset_collision: bool,
    /// Custom bounds were different.
    pub bounds_reconciled: bool,
}

/// Whether the other histogram is added or taken away.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Sign {
    Plus,
    Minus,
}

impl Sign {
    fn of(self, count: f64) -> f64 {
        if self == Self::Minus { -count } else { count }
    }
}

impl Histogram {
    /// Adds another histogram. To take empty buckets away is left to the caller.
    ///
    /// # Errors
    ///
    /// When only one of them has custom bounds.
    pub fn add(&mut self, other: &Self) -> Result<Reconciliation, HistogramError> {
        self.combine(other, Sign::Plus)
    }

    /// Subtracts another histogram. For the operator, the result has to be marked as a gauge by the caller.
    ///
    /// # Errors
    ///
    /// When only one of them has custom bounds.
    pub fn sub(&mut self, other: &Self) -> Result<Reconciliation, HistogramError> {
        self.combine(other, Sign::Minus)
    }

    fn combine(&mut self, other: &Self, sign: Sign) -> Result<Reconciliation, HistogramError> {
        let reset_collision = self.meet(other)?;
        if !self.is_custom() {
            let zero = self.reconcile_zero(other, None);
            self.zero_count += sign.of(zero.sum);
        }
        self.count += sign.of(other.count);
        self.sum += sign.of(other.sum);
        let bounds_reconciled = self.is_custom() && self.custom_bounds != other.custom_bounds;
        if bounds_reconciled {
            self.gather(other, None, sign);
        } else {
            self.combine_buckets(other, sign);
        }
        Ok(Reconciliation { reset_collision, bounds_reconciled })
    }

    fn combine_buckets(&mut self, other: &Self, sign: Sign) {
        let schema = self.schema.min(other.schema);
        let own_schema = std::mem::replace(&mut self.schema, schema);
        let threshold = self.zero_threshold;
        let combined = |own: &Buckets, theirs: &Buckets| {
            let own = reduce_buckets(own, own_schema, schema);
            let mut theirs = reduce_buckets(theirs, other.schema, schema);
            theirs.for_each_count(|count| sign.of(count));
            let theirs = beyond_zero(theirs.entries(), schema, threshold);
            Buckets::from_ordered(merge(own.entries(), theirs, |own, their| own + their))
        };
        let positive = combined(&self.positive, &other.positive);
        if !self.is_custom() {
            self.negative = combined(&self.negative, &other.negative);
        }
        self.positive = positive;
    }

    /// Adds another histogram and keeps what rounding takes away. The rests start as `None`, are themselves
    /// something like a histogram, are scaled whenever this one is, and in the end are added to it.
    ///
    /// # Errors
    ///
    /// When only one of them has custom bounds.
    pub fn kahan_add(
        &mut self,
        other: &Self,
        rests: &mut Option<Self>,
    ) -> Result<Reconciliation, HistogramError> {
        let reset_collision = self.meet(other)?;
        let rests = rests.get_or_insert_with(|| self.without_counts());
        if !self.is_custom() {
            let theirs = self.reconcile_zero(other, Some(rests));
            let own = Compensated { sum: self.zero_count, rest: rests.zero_count };
            Compensated { sum: self.zero_count, rest: rests.zero_count } = own.absorb(theirs);
        }
        let count = Compensated { sum: self.count, rest: rests.count };
        Compensated { sum: self.count, rest: rests.count } = count.plus(other.count);
        let sum = Compensated { sum: self.sum, rest: rests.sum };
        Compensated { sum: self.sum, rest: rests.sum } = sum.plus(other.sum);
        let bounds_reconciled = self.is_custom() && self.custom_bounds != other.custom_bounds;
        if bounds_reconciled {
            self.gather(other, Some(rests), Sign::Plus);
        } else {
            self.kahan_add_buckets(other, rests);
        }
        Ok(Reconciliation { reset_collision, bounds_reconciled })
    }

    fn kahan_add_buckets(&mut self, other: &Self, rests: &mut Self) {
        let schema = self.schema.min(other.schema);
        let own_schema = std::mem::replace(&mut self.schema, schema);
        let threshold = self.zero_threshold;
        let added = |own: &Buckets, rests: &Buckets, theirs: &Buckets| {
            let own = own.with_rests(Some(rests));
            let own = reduce(&own, own_schema, schema, Compensated::absorb);
            let theirs =
                reduce(&theirs.with_rests(None), other.schema, schema, Compensated::absorb);
            let theirs = beyond_zero(&theirs, schema, threshold);
            Buckets::without_rests(&merge(&own, theirs, absorb_rest_if_any))
        };
        let (positive, positive_rests) = added(&self.positive, &rests.positive, &other.positive);
        if !self.is_custom() {
            let (negative, negative_rests) =
                added(&self.negative, &rests.negative, &other.negative);
            self.negative = negative;
            rests.negative = negative_rests;
        }
        self.positive = positive;
        rests.positive = positive_rests;
        rests.schema = schema;
        rests.zero_threshold = threshold;
    }

    /// Brings both under the custom bounds they share.
    fn gather(&mut self, other: &Self, rests: Option<&mut Self>, sign: Sign) {
        let bounds = common_bounds(&self.custom_bounds, &other.custom_bounds);
        let mut gathering = Gathering::under(&bounds);
        let own = self.positive.with_rests(rests.as_deref().map(|rests| &rests.positive));
        gathering.add(own.into_iter(), &self.custom_bounds);
        let theirs = other.positive.iter();
        let theirs = theirs.map(|(index, count)| (index, Compensated::of(sign.of(count))));
        gathering.add(theirs, &other.custom_bounds);
        let (positive, positive_rests) = Buckets::without_rests(&gathering.finish());
        self.positive = positive;
        if let Some(rests) = rests {
            rests.positive = positive_rests;
            rests.custom_bounds = bounds.clone();
        }
        self.custom_bounds = bounds;
    }

    /// Whether both can be combined, and what is then known about a reset. Returns whether they contradict
    /// each other in that.
    fn meet(&mut self, other: &Self) -> Result<bool, HistogramError> {
        if self.is_custom() != other.is_custom() {
            return Err(HistogramError::MixedSchemas);
        }
        let (own, theirs) = (self.reset_hint, other.reset_hint);
        self.reset_hint = match (own, theirs) {
            (ResetHint::Gauge, _) | (_, ResetHint::Gauge) => ResetHint::Gauge,
            _ if own == theirs => own,
            _ => ResetHint::Unknown,
        };
        Ok(matches!(
            (own, theirs),
            (ResetHint::Reset, ResetHint::NotReset) | (ResetHint::NotReset, ResetHint::Reset)
        ))
    }

    /// The same layout, with nothing in it.
    fn without_counts(&self) -> Self {
        Self {
            schema: self.schema,
            zero_threshold: self.zero_threshold,
            positive: self.positive.emptied(),
            negative: self.negative.emptied(),
            custom_bounds: self.custom_bounds.clone(),
            reset_hint: self.reset_hint,
            ..Self::default()
        }
    }
}

/// The entries that do not end inside the zero bucket.
fn beyond_zero<T>(entries: &[(i32, T)], schema: i32, threshold: f64) -> &[(i32, T)] {
    if !(MIN_SCHEMA..=MAX_SCHEMA).contains(&schema) {
        return entries;
    }
    let inside = |(index, _): &&(i32, T)| exponential_bound(i64::from(*index), schema) <= threshold;
    let first = entries.iter().take_while(inside).count();
    entries.get(first..).unwrap_or_default()
}

/// Entries of both, combined where both have one.
fn merge<T: Copy>(
    own: &[(i32, T)],
    theirs: &[(i32, T)],
    combine: impl Fn(T, T) -> T,
) -> Vec<(i32, T)> {
    let mut merged = Vec::with_capacity(own.len().max(theirs.len()));
    let mut own = own.iter().copied().peekable();
    for (index, count) in theirs.iter().copied() {
        merged.extend(std::iter::from_fn(|| own.next_if(|(before, _)| *before < index)));
        let met = own.next_if(|(same, _)| *same == index);
        merged.push((index, met.map_or(count, |(_, met)| combine(met, count))));
    }
    merged.extend(own);
    merged
}

/// A sum and another; a rest of nothing is not added, for that would change the sign of a zero.
fn absorb_rest_if_any(own: Compensated, theirs: Compensated) -> Compensated {
    let sum = own.plus(theirs.sum);
    if theirs.rest == 0.0 { sum } else { sum.plus(theirs.rest) }
}

#[cfg(test)]
mod tests {
    use crate::histogram::{
        Buckets, CUSTOM_SCHEMA, Histogram, HistogramError, Reconciliation, ResetHint,
    };

    fn exponential(schema: i32, offset: i32, counts: &[f64]) -> Histogram {
        Histogram {
            schema,
            count: counts.iter().sum(),
            sum: 1.0,
            positive: Buckets::dense(offset, counts),
            negative: Buckets::dense(offset, counts),
            ..Histogram::default()
        }
    }

    fn custom(bounds: &[f64], counts: &[f64]) -> Histogram {
        Histogram {
            schema: CUSTOM_SCHEMA,
            count: counts.iter().sum(),
            sum: 1.0,
            positive: Buckets::dense(0, counts),
            custom_bounds: bounds.into(),
            ..Histogram::default()
        }
    }

    fn counts(histogram: &Histogram) -> Vec<(i32, f64)> {
        histogram.positive.iter().collect()
    }

    #[test]
    fn the_same_layout_adds_bucket_by_bucket() {
        let mut sum = exponential(0, 0, &[1.0, 2.0]);
        let quiet = sum.add(&exponential(0, 1, &[3.0, 4.0])).unwrap();
        assert_eq!(quiet, Reconciliation::default());
        assert_eq!(counts(&sum), [(0, 1.0), (1, 5.0), (2, 4.0)]);
        assert_eq!((sum.count, sum.sum), (10.0, 2.0));
        sum.sub(&exponential(0, 1, &[3.0, 4.0])).unwrap();
        assert_eq!(counts(&sum), [(0, 1.0), (1, 2.0), (2, 0.0)]);
    }

    #[test]
    fn the_coarser_schema_wins() {
        let mut fine = exponential(1, 1, &[1.0, 2.0, 3.0]);
        let mut coarse = exponential(0, 1, &[10.0]);
        let copy = fine.clone();
        fine.add(&coarse).unwrap();
        coarse.add(&copy).unwrap();
        assert!(fine.equals(&coarse));
        assert_eq!(counts(&fine), [(1, 13.0), (2, 3.0)]);
    }

    #[test]
    fn the_wider_zero_bucket_swallows() {
        let mut narrow = exponential(0, 0, &[1.0, 2.0]);
        let wide = Histogram { zero_threshold: 1.0, zero_count: 5.0, ..Histogram::default() };
        narrow.add(&wide).unwrap();
        assert_eq!((narrow.zero_threshold, narrow.zero_count), (1.0, 7.0));
        assert_eq!(counts(&narrow), [(1, 2.0)]);
        let mut wide = wide;
        wide.add(&exponential(0, 0, &[1.0, 2.0])).unwrap();
        assert!(wide.positive.equals(&narrow.positive) && wide.zero_count == 7.0);
    }

    #[test]
    fn different_custom_bounds_meet_at_those_in_common() {
        let left = custom(&[1.0, 2.0, 3.0, 4.0], &[1.0, 2.0, 3.0, 4.0, 5.0]);
        let right = custom(&[2.0, 2.5, 4.0], &[10.0, 20.0, 30.0, 40.0]);
        let mut sum = left.clone();
        assert!(sum.add(&right).unwrap().bounds_reconciled);
        assert_eq!(*sum.custom_bounds, [2.0, 4.0]);
        assert_eq!(counts(&sum), [(0, 13.0), (1, 57.0), (2, 45.0)]);
        let (mut kahan, mut rests) = (left.clone(), None);
        assert!(kahan.kahan_add(&right, &mut rests).unwrap().bounds_reconciled);
        assert!(kahan.equals(&sum));
        assert_eq!(*rests.unwrap().custom_bounds, [2.0, 4.0]);
        let mut difference = left;
        difference.sub(&right).unwrap();
        assert_eq!(counts(&difference), [(0, -7.0), (1, -43.0), (2, -35.0)]);
    }

    #[test]
    fn no_common_bound_leaves_one_bucket() {
        let mut sum = custom(&[1.0], &[1.0, 2.0]);
        assert!(sum.add(&custom(&[2.0], &[3.0, 4.0])).unwrap().bounds_reconciled);
        assert_eq!(counts(&sum), [(0, 10.0)]);
        assert!(sum.custom_bounds.is_empty());
    }

    #[test]
    fn the_two_kinds_do_not_mix() {
        let mut sum = exponential(0, 0, &[1.0]);
        let before = sum.clone();
        assert_eq!(sum.add(&custom(&[], &[1.0])), Err(HistogramError::MixedSchemas));
        let kahan = sum.kahan_add(&custom(&[], &[1.0]), &mut None);
        assert_eq!(kahan, Err(HistogramError::MixedSchemas));
        assert!(sum.equals(&before));
    }

    #[test]
    fn hints_are_adjusted() {
        use ResetHint::{Gauge, NotReset, Reset, Unknown};
        let cases = [
            (Reset, Reset, Reset, false),
            (Gauge, Reset, Gauge, false),
            (NotReset, Gauge, Gauge, false),
            (Unknown, Reset, Unknown, false),
            (Reset, Unknown, Unknown, false),
            (Reset, NotReset, Unknown, true),
            (NotReset, Reset, Unknown, true),
        ];
        for (own, theirs, expected, collides) in cases {
            let mut sum = Histogram { reset_hint: own, ..Histogram::default() };
            let other = Histogram { reset_hint: theirs, ..Histogram::default() };
            assert_eq!(sum.add(&other).unwrap().reset_collision, collides);
            assert_eq!(sum.reset_hint, expected);
        }
    }

    #[test]
    fn rests_are_kept_per_bucket() {
        let parts = [1.0, 1e100, 1.0, -1e100].map(|count| exponential(1, 1, &[count, 0.0, 1.0]));
        let (mut sum, mut rests) = (parts[0].clone(), None);
        for part in &parts[1..3] {
            sum.kahan_add(part, &mut rests).unwrap();
        }
        sum.kahan_add(&parts[3].copy_to_schema(0).unwrap(), &mut rests).unwrap();
        assert_eq!(sum.schema, 0);
        assert_eq!(counts(&sum), [(1, 0.0), (2, 4.0)]);
        sum.add(&rests.unwrap()).unwrap();
        assert_eq!(counts(&sum), [(1, 2.0), (2, 4.0)]);
    }

    #[test]
    fn far_apart_buckets_stay_small() {
        let mut sum = exponential(8, i32::MIN + 2, &[1.0]);
        sum.add(&exponential(8, i32::MAX, &[1.0])).unwrap();
        assert_eq!(sum.positive.len(), 2);
    }
}
