//! Native histograms: what makes one whole, and its buckets as the tables keep them.
//!
//! Invariant: what is laid out has as many buckets as its spans say, none of them negative, and
//! integer counts add up.

use thiserror::Error;

/// Buckets that a histogram may span, empty ones included, on each side of zero.
pub(super) const BUCKETS_MAX: usize = 16 << 10;

/// The schema that says bounds are custom.
pub(super) const CUSTOM_SCHEMA: i32 = -53;

/// Flag of a histogram: counts are the bits of doubles.
pub const FLAG_FLOAT: i32 = 1 << 16;

/// Where in the flags of a histogram its reset hint is, two bits.
pub const RESET_HINT_SHIFT: i32 = 17;

/// The buckets of one sign.
#[derive(Clone, Copy, Debug, Default)]
pub struct BucketSpans<'a> {
    /// Runs of buckets: how far from the end of the run before, of the first its index, and how
    /// many.
    pub spans: &'a [(i32, u32)],
    /// The counts of all runs, not differences; the bits of `u64` or of doubles.
    pub counts: &'a [u64],
}

/// A native histogram as Prometheus has it, with the bits of `u64` or of doubles for counts.
#[derive(Clone, Copy, Debug, Default)]
pub struct HistogramValue<'a> {
    /// Resolution, `-4..=8`, or `-53` where bounds are custom.
    pub schema: i32,
    /// Whether counts are the bits of doubles, not of integers.
    pub float: bool,
    /// How many observations.
    pub count: u64,
    /// Their sum; the mark of an ended series makes the whole a mark.
    pub sum: f64,
    /// How far the zero bucket reaches.
    pub zero_threshold: f64,
    /// What it counts.
    pub zero_count: u64,
    /// Buckets above zero; of custom bounds all buckets, the index that of their upper bound.
    pub positive: BucketSpans<'a>,
    /// Buckets below zero.
    pub negative: BucketSpans<'a>,
    /// Upper bounds where they are custom.
    pub custom_bounds: &'a [f64],
    /// 0 unknown, 1 reset, 2 no reset, 3 a gauge: the numbers of remote write.
    pub reset_hint: u8,
}

/// Why a histogram is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
pub(super) enum HistogramProblem {
    #[error("its schema is {0}, expected -4 to 8 or -53")]
    Schema(i32),
    #[error("its spans need {needed} buckets, it has {found}")]
    Spans { needed: u64, found: usize },
    #[error("a span goes back by {0}")]
    Back(i64),
    #[error("it spans more than {BUCKETS_MAX} buckets, use a coarser resolution")]
    Wide,
    #[error("the index of a bucket is {0}, beyond 32 bits")]
    Index(i64),
    #[error("a count is negative")]
    Negative,
    #[error("its buckets count {found} observations, it says it has {said}")]
    Count { found: u128, said: u64 },
    #[error("it has custom bounds and a zero bucket or negative buckets")]
    CustomSides,
    #[error("it has {0} custom bounds, at most {BUCKETS_MAX} are taken")]
    ManyBounds(usize),
    #[error("custom bounds must grow, be numbers and leave the last bucket open")]
    Bounds,
    #[error("it has custom bounds and schema {0}, expected -53")]
    NotCustom(i32),
    #[error("its buckets reach beyond its {0} custom bounds")]
    BeyondBounds(usize),
}

/// Buckets without gaps.
#[derive(Debug, Default)]
pub(super) struct Dense {
    /// Index of the first, 1 where there are none.
    pub(super) first: i32,
    pub(super) counts: Vec<i64>,
}

impl Dense {
    fn lay_out(&mut self, buckets: BucketSpans<'_>) -> Result<(), HistogramProblem> {
        self.first = 1;
        self.counts.clear();
        let (found, needed) = (
            buckets.counts.len(),
            buckets.spans.iter().map(|(_, length)| u64::from(*length)).sum(),
        );
        if found as u64 != needed {
            return Err(HistogramProblem::Spans { needed, found });
        }
        let mut index = 0_i64;
        let mut rest = buckets.counts;
        for (at, &(offset, length)) in buckets.spans.iter().enumerate() {
            if at > 0 && offset < 0 {
                return Err(HistogramProblem::Back(i64::from(offset)));
            }
            index += i64::from(offset);
            let (run, after) = rest.split_at(length as usize);
            rest = after;
            if run.is_empty() {
                continue;
            }
            if self.counts.is_empty() {
                // One below is kept, too: an OpenTelemetry offset is one less.
                let least = i64::from(i32::MIN) + 1;
                self.first = i32::try_from(index.max(least))
                    .ok()
                    .filter(|first| i64::from(*first) == index)
                    .ok_or(HistogramProblem::Index(index))?;
            }
            let start = (index - i64::from(self.first)) as usize;
            index += i64::from(length);
            if start.saturating_add(run.len()) > BUCKETS_MAX {
                return Err(HistogramProblem::Wide);
            }
            if index > i64::from(i32::MAX) {
                return Err(HistogramProblem::Index(index));
            }
            self.counts.resize(start, 0);
            self.counts.extend(run.iter().map(|count| count.cast_signed()));
        }
        Ok(())
    }

    /// Fills up to one bucket more than bounds, from the lowest on.
    fn fill(&mut self, bounds: usize) -> Result<(), HistogramProblem> {
        if !self.counts.is_empty() {
            let first = i64::from(self.first);
            let before = usize::try_from(first).map_err(|_| HistogramProblem::Back(first))?;
            if before.saturating_add(self.counts.len()) > bounds + 1 {
                return Err(HistogramProblem::BeyondBounds(bounds));
            }
            self.counts.splice(0..0, std::iter::repeat_n(0, before));
        }
        self.counts.resize(bounds + 1, 0);
        Ok(())
    }
}

impl HistogramValue<'_> {
    /// Whether bounds are custom.
    pub(super) fn is_custom(&self) -> bool {
        self.schema == CUSTOM_SCHEMA
    }

    /// Checks it and lays its buckets out, positive ones first. Of custom bounds the first are all
    /// buckets.
    pub(super) fn lay_out(&self, sides: &mut [Dense; 2]) -> Result<(), HistogramProblem> {
        if !self.is_custom() && !(-4..=8).contains(&self.schema) {
            return Err(HistogramProblem::Schema(self.schema));
        }
        let [positive, negative] = sides;
        positive.lay_out(self.positive)?;
        negative.lay_out(self.negative)?;
        self.check_counts()?;
        if self.is_custom() {
            self.check_custom()?;
            positive.fill(self.custom_bounds.len())?;
        } else if !self.custom_bounds.is_empty() {
            return Err(HistogramProblem::NotCustom(self.schema));
        }
        Ok(())
    }

    fn check_counts(&self) -> Result<(), HistogramProblem> {
        let counts = || self.positive.counts.iter().chain(self.negative.counts).copied();
        if self.float {
            let mut all = counts().chain([self.count, self.zero_count]).map(f64::from_bits);
            return if all.any(|count| count < 0.0) {
                Err(HistogramProblem::Negative)
            } else {
                Ok(())
            };
        }
        // What is not a number counts in no bucket.
        let found = counts().map(u128::from).sum::<u128>() + u128::from(self.zero_count);
        let said = u128::from(self.count);
        if found > said || found < said && !self.sum.is_nan() {
            return Err(HistogramProblem::Count { found, said: self.count });
        }
        Ok(())
    }

    fn check_custom(&self) -> Result<(), HistogramProblem> {
        let bounds = self.custom_bounds;
        let empty = self.negative.spans.is_empty() && self.zero_threshold == 0.0;
        let zero =
            if self.float { f64::from_bits(self.zero_count) == 0.0 } else { self.zero_count == 0 };
        if !empty || !zero {
            return Err(HistogramProblem::CustomSides);
        }
        if bounds.len() >= BUCKETS_MAX {
            return Err(HistogramProblem::ManyBounds(bounds.len()));
        }
        let open = bounds.last().is_none_or(|last| *last < f64::INFINITY);
        if !open || !bounds.is_sorted_by(|a, b| a < b) || bounds.iter().any(|bound| bound.is_nan())
        {
            return Err(HistogramProblem::Bounds);
        }
        Ok(())
    }

    /// The flags of its row.
    pub(super) fn flags(&self) -> i32 {
        let hint = i32::from(self.reset_hint & 3) << RESET_HINT_SHIFT;
        hint | if self.float { FLAG_FLOAT } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Side<'a> = (&'a [(i32, u32)], &'a [u64]);

    fn side<'a>((spans, counts): Side<'a>) -> BucketSpans<'a> {
        BucketSpans { spans, counts }
    }

    fn dense(buckets: Side<'_>) -> Result<(i32, Vec<i64>), HistogramProblem> {
        let mut dense = Dense::default();
        dense.lay_out(side(buckets))?;
        Ok((dense.first, dense.counts))
    }

    #[test]
    fn spans_become_buckets_without_gaps() {
        assert_eq!(dense((&[], &[])), Ok((1, vec![])));
        assert_eq!(dense((&[(3, 2)], &[7, 8])), Ok((3, vec![7, 8])));
        assert_eq!(dense((&[(-3, 1), (2, 1), (0, 1)], &[1, 2, 3])), Ok((-3, vec![1, 0, 0, 2, 3])));
        // Spans of none move on, before the first bucket, too.
        assert_eq!(dense((&[(5, 0), (3, 1), (1, 0), (1, 1)], &[1, 2])), Ok((8, vec![1, 0, 0, 2])));
        assert_eq!(dense((&[(i32::MIN + 1, 1)], &[1])), Ok((i32::MIN + 1, vec![1])));
        assert_eq!(dense((&[(i32::MAX - 1, 1)], &[1])), Ok((i32::MAX - 1, vec![1])));
        // Nothing is laid out for a gap that no bucket follows.
        assert_eq!(dense((&[(1, 1), (i32::MAX, 0)], &[1])), Ok((1, vec![1])));
    }

    #[test]
    fn spans_that_do_not_fit_are_told() {
        let check = |buckets, problem| assert_eq!(dense(buckets), Err(problem));
        check((&[(0, 2)], &[1]), HistogramProblem::Spans { needed: 2, found: 1 });
        check((&[], &[1]), HistogramProblem::Spans { needed: 0, found: 1 });
        let needed = 2 * u64::from(u32::MAX);
        check((&[(0, u32::MAX); 2], &[1]), HistogramProblem::Spans { needed, found: 1 });
        check((&[(0, 1), (-1, 1)], &[1, 2]), HistogramProblem::Back(-1));
        check((&[(0, 1), (BUCKETS_MAX as i32, 1)], &[1, 2]), HistogramProblem::Wide);
        check((&[(i32::MIN, 1)], &[1]), HistogramProblem::Index(i64::from(i32::MIN)));
        let beyond = i64::from(i32::MAX) * 2;
        check((&[(i32::MAX, 0), (i32::MAX, 1)], &[1]), HistogramProblem::Index(beyond));
        check((&[(i32::MAX, 2)], &[1, 2]), HistogramProblem::Index(i64::from(i32::MAX) + 2));
    }

    fn check(value: &HistogramValue<'_>, expected: Result<(), HistogramProblem>) {
        assert_eq!(value.lay_out(&mut Default::default()), expected, "{value:?}");
    }

    #[test]
    fn integer_counts_add_up() {
        let three = HistogramValue {
            count: 6,
            zero_count: 1,
            positive: side((&[(1, 2)], &[1, 2])),
            negative: side((&[(1, 1)], &[2])),
            ..HistogramValue::default()
        };
        check(&three, Ok(()));
        let wrong = |said| Err(HistogramProblem::Count { found: 6, said });
        check(&HistogramValue { count: 7, ..three }, wrong(7));
        check(&HistogramValue { count: 7, sum: f64::NAN, ..three }, Ok(()));
        check(&HistogramValue { count: 5, sum: f64::NAN, ..three }, wrong(5));
        let most = side((&[(0, 2)], &[u64::MAX, u64::MAX]));
        let found = 2 * u128::from(u64::MAX) + 3;
        check(
            &HistogramValue { positive: most, ..three },
            Err(HistogramProblem::Count { found, said: 6 }),
        );
    }

    #[test]
    fn float_counts_need_not_add_up_but_are_not_negative() {
        let bits = [1.5_f64.to_bits(), f64::NAN.to_bits()];
        let spans: &[(i32, u32)] = &[(1, 2)];
        let float = HistogramValue {
            float: true,
            count: 9.0_f64.to_bits(),
            positive: side((spans, &bits)),
            ..HistogramValue::default()
        };
        check(&float, Ok(()));
        let minus = (-1.0_f64).to_bits();
        for bad in [
            HistogramValue { count: minus, ..float },
            HistogramValue { zero_count: minus, ..float },
            HistogramValue { positive: side((spans, &[minus, 0])), ..float },
            HistogramValue { negative: side((spans, &[0, minus])), ..float },
        ] {
            check(&bad, Err(HistogramProblem::Negative));
        }
    }

    #[test]
    fn custom_bounds_have_a_bucket_each_and_one_more() {
        let custom = HistogramValue {
            schema: CUSTOM_SCHEMA,
            count: 3,
            positive: side((&[(1, 1), (1, 1)], &[1, 2])),
            custom_bounds: &[1.0, 2.0, 3.0],
            ..HistogramValue::default()
        };
        let mut sides: [Dense; 2] = Default::default();
        custom.lay_out(&mut sides).unwrap();
        assert_eq!(sides[0].counts, [0, 1, 0, 2]);
        let few = HistogramValue { custom_bounds: &[1.0, 2.0], ..custom };
        check(&few, Err(HistogramProblem::BeyondBounds(2)));
        let none = BucketSpans::default();
        check(&HistogramValue { custom_bounds: &[], count: 0, positive: none, ..custom }, Ok(()));
        let low = HistogramValue { custom_bounds: &[f64::NEG_INFINITY, 1.0, 2.0], ..custom };
        check(&low, Ok(()));
        for bounds in [
            &[1.0, 1.0, 2.0][..],
            &[2.0, 1.0, 3.0],
            &[1.0, f64::NAN, 3.0],
            &[f64::NAN],
            &[1.0, 2.0, f64::INFINITY],
        ] {
            let bad = HistogramValue { custom_bounds: bounds, ..custom };
            check(&bad, Err(HistogramProblem::Bounds));
        }
        let below = side((&[(-1, 1), (1, 1)], &[1, 2]));
        check(&HistogramValue { positive: below, ..custom }, Err(HistogramProblem::Back(-1)));
        for bad in [
            HistogramValue { zero_count: 1, count: 4, ..custom },
            HistogramValue { zero_threshold: 0.1, ..custom },
            HistogramValue { negative: side((&[(0, 1)], &[0])), ..custom },
        ] {
            check(&bad, Err(HistogramProblem::CustomSides));
        }
        let many: Vec<f64> = (0..BUCKETS_MAX).map(|at| at as f64).collect();
        let many = HistogramValue { custom_bounds: &many, ..custom };
        check(&many, Err(HistogramProblem::ManyBounds(BUCKETS_MAX)));
    }

    #[test]
    fn schemas_are_those_of_prometheus() {
        let of = |schema| HistogramValue { schema, ..HistogramValue::default() };
        (-4..=8).for_each(|schema| check(&of(schema), Ok(())));
        check(&of(CUSTOM_SCHEMA), Ok(()));
        for schema in [-5, 9, 52, i32::MIN, i32::MAX] {
            check(&of(schema), Err(HistogramProblem::Schema(schema)));
        }
        let bounds = HistogramValue { custom_bounds: &[1.0], ..of(3) };
        check(&bounds, Err(HistogramProblem::NotCustom(3)));
    }

    #[test]
    fn flags_say_float_and_hint() {
        let value = HistogramValue { float: true, reset_hint: 3, ..HistogramValue::default() };
        assert_eq!(value.flags(), 0x7_0000);
        let value = HistogramValue { reset_hint: 2, ..HistogramValue::default() };
        assert_eq!(value.flags() >> RESET_HINT_SHIFT & 3, 2);
    }
}
