//! Samples of ranges: of stored series, or of a subquery's steps.
//!
//! Invariant: a step's range ends no earlier than that of the step before, so that all windows of a series
//! together are found in one walk over its samples.

use std::ops::Range;
use std::sync::Arc;

use super::column::Steps;
use super::{Query, Resets};
use crate::ast::{Expr, ExprKind, Selector, When};
use crate::series::is_stale;
use crate::{EvalError, Histogram, Labels, ResetHint};

/// One series' samples, without the ends of series among them.
pub(super) struct RangeSeries {
    pub(super) labels: Labels,
    pub(super) drop_name: bool,
    pub(super) floats: Vec<(i64, f64)>,
    histograms: Vec<(i64, Arc<Histogram>)>,
}

/// Series, and which of their samples a step sees.
pub(super) struct Ranges {
    pub(super) series: Vec<RangeSeries>,
    /// The last time of each step's range; the first, `range_ms` before, is not in it.
    ends: Vec<i64>,
    pub(super) range_ms: i64,
}

/// What a step sees of a series.
pub(super) struct Window<'a> {
    pub(super) floats: &'a [(i64, f64)],
    pub(super) histograms: &'a [(i64, Arc<Histogram>)],
    /// Where the numbers are among all of the series.
    pub(super) places: Range<usize>,
    /// Not in it.
    pub(super) start: i64,
    /// In it.
    pub(super) end: i64,
}

impl Window<'_> {
    pub(super) fn is_empty(&self) -> bool {
        self.floats.is_empty() && self.histograms.is_empty()
    }

    /// How many samples it has.
    pub(super) fn len(&self) -> usize {
        self.floats.len() + self.histograms.len()
    }
}

impl Ranges {
    /// The window of each step, in order.
    pub(super) fn windows<'a>(
        &'a self,
        series: &'a RangeSeries,
    ) -> impl Iterator<Item = Window<'a>> {
        let (mut floats, mut histograms) = (0..0, 0..0);
        self.ends.iter().map(move |end| {
            let start = end.saturating_sub(self.range_ms);
            slide(&mut floats, &series.floats, start, *end);
            slide(&mut histograms, &series.histograms, start, *end);
            Window {
                floats: &series.floats[floats.clone()],
                histograms: &series.histograms[histograms.clone()],
                places: floats.clone(),
                start,
                end: *end,
            }
        })
    }
}

/// Moves a window on, to the samples after `start`, up to and with `end`.
fn slide<T>(window: &mut Range<usize>, samples: &[(i64, T)], start: i64, end: i64) {
    while samples.get(window.end).is_some_and(|(time, _)| *time <= end) {
        window.end += 1;
    }
    while window.start < window.end && samples[window.start].0 <= start {
        window.start += 1;
    }
}

impl Query<'_> {
    /// The ranges of a matrix selector or a subquery.
    pub(super) fn ranges(&self, expr: &Expr, steps: &Steps) -> Result<Ranges, EvalError> {
        match &expr.kind {
            ExprKind::Paren(inner) => self.ranges(inner, steps),
            ExprKind::Matrix { selector, range_ms, .. } => {
                let ends = self.ends(&selector.when, steps);
                let series = self.matrix(selector, &ends, *range_ms)?;
                Ok(Ranges { series, ends, range_ms: *range_ms })
            }
            ExprKind::Subquery { expr, range_ms, step_ms, when, .. } => {
                let ends = self.ends(when, steps);
                let series = self.subquery(expr, &ends, *range_ms, *step_ms)?;
                Ok(Ranges { series, ends, range_ms: *range_ms })
            }
            _ => Err(EvalError::failed("expected a range")),
        }
    }

    fn ends(&self, when: &When, steps: &Steps) -> Vec<i64> {
        (0..steps.count).map(|step| self.at(when, steps.time(step))).collect()
    }

    fn matrix(
        &self,
        selector: &Selector,
        ends: &[i64],
        range_ms: i64,
    ) -> Result<Vec<RangeSeries>, EvalError> {
        let (from, to) = bounds(ends, range_ms);
        let mut series = Vec::new();
        for mut found in self.stored(selector, from.saturating_add(1), to)? {
            self.work(found.floats.len() + found.histograms.len())?;
            found.floats.retain(|(_, value)| !is_stale(*value));
            found.histograms.retain(|(_, histogram)| !is_stale(histogram.sum));
            series.push(RangeSeries {
                labels: found.labels,
                drop_name: false,
                floats: found.floats,
                histograms: found.histograms,
            });
        }
        Ok(series)
    }

    /// Evaluates at the multiples of the step that lie in the ranges.
    fn subquery(
        &self,
        expr: &Expr,
        ends: &[i64],
        range_ms: i64,
        step_ms: Option<i64>,
    ) -> Result<Vec<RangeSeries>, EvalError> {
        let step = step_ms.unwrap_or(self.engine.options.default_step_ms).max(1);
        let (from, to) = bounds(ends, range_ms);
        // The first multiple after the open start.
        let start = (from.div_euclid(step) + 1).saturating_mul(step);
        if start > to {
            return Ok(Vec::new());
        }
        let count = usize::try_from(to.saturating_sub(start) / step)
            .unwrap_or(usize::MAX)
            .saturating_add(1);
        self.count(count)?;
        let steps = Steps { start, step, count };
        let outside = self.resets.replace(Resets::Never);
        let node = self.eval(expr, &steps);
        self.resets.set(outside);
        let columns = match node? {
            super::Node::Vector(columns) => columns,
            super::Node::Scalar(floats) => vec![super::Column {
                labels: Labels::default(),
                drop_name: false,
                floats,
                histograms: Vec::new(),
            }],
            super::Node::Text(_) => return Err(EvalError::failed("a text has no range")),
        };
        let mut series = Vec::with_capacity(columns.len());
        for column in columns {
            // A sample has its time besides its value.
            self.count(count)?;
            let numbers = column.floats.iter().enumerate().filter(|(_, value)| !is_stale(**value));
            let histograms = column.histograms.iter().enumerate();
            series.push(RangeSeries {
                floats: numbers.map(|(at, value)| (steps.time(at), *value)).collect(),
                histograms: histograms
                    .filter_map(|(at, h)| Some((steps.time(at), unmarked(h.as_ref()?))))
                    .collect(),
                drop_name: column.drop_name,
                labels: column.labels,
            });
        }
        Ok(series)
    }
}

/// A histogram that says nothing of resets: those before it are not all among a subquery's steps.
fn unmarked(histogram: &Arc<Histogram>) -> Arc<Histogram> {
    if matches!(histogram.reset_hint, ResetHint::Unknown | ResetHint::Gauge) {
        return Arc::clone(histogram);
    }
    let mut histogram = Histogram::clone(histogram);
    histogram.reset_hint = ResetHint::Unknown;
    Arc::new(histogram)
}

/// The earliest start and the latest end of ranges.
fn bounds(ends: &[i64], range_ms: i64) -> (i64, i64) {
    let first = ends.first().copied().unwrap_or_default();
    let last = ends.last().copied().unwrap_or_default();
    (first.saturating_sub(range_ms), last)
}
