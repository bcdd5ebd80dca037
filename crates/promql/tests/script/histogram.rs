//! Histograms as scripts write and compare them.
//!
//! Invariants: the crate's histograms are built and taken apart here only, in `Shape::build` and
//! `Shape::of`; all else works on `Shape`.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use plimsoll_promql::histogram::Buckets;
use plimsoll_promql::{Histogram, ResetHint};

use super::compare::almost_equal;

/// The schema of custom buckets.
pub(crate) const CUSTOM: i32 = -53;

/// Counts by bucket index.
pub(crate) type Counts = BTreeMap<i32, f64>;

/// A histogram laid open.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shape {
    pub(crate) schema: i32,
    pub(crate) zero_threshold: f64,
    pub(crate) zero_count: f64,
    pub(crate) count: f64,
    pub(crate) sum: f64,
    pub(crate) positive: Counts,
    pub(crate) negative: Counts,
    pub(crate) custom_bounds: Vec<f64>,
    pub(crate) hint: ResetHint,
}

impl Shape {
    /// As the crate's type.
    pub(crate) fn build(&self) -> Arc<Histogram> {
        let buckets = |counts: &Counts| {
            let mut next = 0;
            let span = |at: &i32| (at - std::mem::replace(&mut next, at + 1), 1);
            let spans: Vec<(i32, u32)> = counts.keys().map(span).collect();
            let counts: Vec<f64> = counts.values().copied().collect();
            Buckets::from_spans(&spans, &counts).expect("a span for each count")
        };
        Arc::new(Histogram {
            schema: self.schema,
            zero_threshold: self.zero_threshold,
            zero_count: self.zero_count,
            count: self.count,
            sum: self.sum,
            positive: buckets(&self.positive),
            negative: buckets(&self.negative),
            custom_bounds: self.custom_bounds.as_slice().into(),
            reset_hint: self.hint,
        })
    }

    /// From the crate's type.
    pub(crate) fn of(histogram: &Histogram) -> Self {
        Self {
            schema: histogram.schema,
            zero_threshold: histogram.zero_threshold,
            zero_count: histogram.zero_count,
            count: histogram.count,
            sum: histogram.sum,
            positive: histogram.positive.iter().collect(),
            negative: histogram.negative.iter().collect(),
            custom_bounds: histogram.custom_bounds.to_vec(),
            hint: histogram.reset_hint,
        }
    }

    /// Whether two are alike to within rounding; the hint counts only where asked for.
    #[expect(clippy::float_cmp, reason = "bounds are exact")]
    pub(crate) fn matches(&self, found: &Self, with_hint: bool) -> bool {
        self.schema == found.schema
            && almost_equal(self.count, found.count)
            && almost_equal(self.sum, found.sum)
            && (self.schema != CUSTOM || self.custom_bounds == found.custom_bounds)
            && self.zero_threshold == found.zero_threshold
            && almost_equal(self.zero_count, found.zero_count)
            && same_counts(&self.negative, &found.negative)
            && same_counts(&self.positive, &found.positive)
            && (!with_hint || self.hint == found.hint)
    }

    /// Adds another so many times.
    fn add(&mut self, other: &Self, factor: f64) -> Result<(), String> {
        self.check_addable(other)?;
        self.hint = joined_hint(self.hint, other.hint);
        self.zero_threshold = self.zero_threshold.max(other.zero_threshold);
        self.zero_count += factor * other.zero_count;
        self.count += factor * other.count;
        self.sum += factor * other.sum;
        let coarser = other.schema - self.schema;
        add_counts(&mut self.positive, &other.positive, coarser, factor);
        add_counts(&mut self.negative, &other.negative, coarser, factor);
        Ok(())
    }

    /// Refuses what scripts do not need: other custom bounds, a coarser increment, and zero buckets of
    /// different width where buckets would have to be taken in.
    #[expect(clippy::float_cmp, reason = "bounds are exact")]
    fn check_addable(&self, other: &Self) -> Result<(), String> {
        let custom = self.schema == CUSTOM || other.schema == CUSTOM;
        if custom && (self.schema != other.schema || self.custom_bounds != other.custom_bounds) {
            return Err("histograms of different custom bounds in a series".to_owned());
        }
        if self.schema > other.schema {
            return Err("a histogram series cannot become coarser".to_owned());
        }
        let narrow = if self.zero_threshold < other.zero_threshold { self } else { other };
        let has_buckets = !narrow.positive.is_empty() || !narrow.negative.is_empty();
        if self.zero_threshold != other.zero_threshold && has_buckets {
            return Err("histograms of different zero buckets in a series".to_owned());
        }
        Ok(())
    }
}

impl fmt::Display for Shape {
    /// Near to how scripts write it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { schema, count, sum, zero_count, zero_threshold, .. } = self;
        write!(f, "{{{{schema:{schema} count:{count} sum:{sum} z_bucket:{zero_count}")?;
        write!(f, " z_bucket_w:{zero_threshold} buckets:{:?}", self.positive)?;
        write!(f, " n_buckets:{:?} custom_values:{:?}", self.negative, self.custom_bounds)?;
        write!(f, " counter_reset_hint:{:?}}}}}", self.hint)
    }
}

/// The first histogram, and after it each with the increment added (or, by the sign, subtracted) once more.
pub(crate) fn histogram_series(
    first: Shape,
    increment: &Shape,
    times: usize,
    sign: f64,
) -> Result<Vec<Shape>, String> {
    let mut shapes = vec![first];
    for at in 0..times {
        let mut next = shapes[at].clone();
        next.add(increment, sign)?;
        shapes.push(next);
    }
    Ok(shapes)
}

/// What is known of a sum's hint.
fn joined_hint(a: ResetHint, b: ResetHint) -> ResetHint {
    if a == b {
        a
    } else if a == ResetHint::Gauge || b == ResetHint::Gauge {
        ResetHint::Gauge
    } else {
        ResetHint::Unknown
    }
}

/// Adds counts whose buckets are finer by so many schemas.
fn add_counts(counts: &mut Counts, others: &Counts, finer: i32, factor: f64) {
    for (index, count) in others {
        let index = ((index - 1) >> finer) + 1;
        *counts.entry(index).or_default() += factor * count;
    }
}

/// Compares what is in buckets that are not empty.
fn same_counts(a: &Counts, b: &Counts) -> bool {
    let filled = |counts: &Counts| -> Vec<(i32, f64)> {
        counts.iter().map(|(at, count)| (*at, *count)).filter(|(_, count)| *count != 0.0).collect()
    };
    let (a, b) = (filled(a), filled(b));
    a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| a.0 == b.0 && almost_equal(a.1, b.1))
}
