//! What functions and operators do with histograms, native and classic, and what they say of them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::budget::samples_of;
use super::column::{Column, Steps};
use super::group::{BOUND, Groups, Part};
use super::range_functions::Call;
use super::{Query, Span};
use crate::ast::{BinaryOp, Expr};
use crate::histogram::{
    HistogramError, HistogramMean, HistogramSum, NanEffect, Reconciliation, classic,
};
use crate::{EvalError, Histogram, Labels, METRIC_NAME, Point, ResetHint};

impl Query<'_> {
    fn warn_mixed_schemas(&self, name: &str, place: &Span) {
        self.warn(place, format_args!(
            "vector contains a mix of histograms with exponential and custom buckets schemas for metric name {name:?}"
        ));
    }

    fn inform_bounds(&self, reconciliation: Reconciliation, operation: &str, place: &Span) {
        if reconciliation.bounds_reconciled {
            self.inform(
                place,
                format_args!("mismatched custom buckets were reconciled during {operation}"),
            );
        }
    }

    fn warn_collision(&self, operation: &str, place: &Span) {
        self.warn(place, format_args!("conflicting counter resets during histogram {operation}"));
    }
}

/// `+` or `-` of two histograms.
pub(super) fn combine(
    query: &Query<'_>,
    op: BinaryOp,
    lhs: &Histogram,
    rhs: &Histogram,
    place: &Span,
) -> Option<Histogram> {
    let mut result = lhs.clone();
    let (done, operation) = match op {
        BinaryOp::Add => (result.add(rhs), "addition"),
        _ => (result.sub(rhs), "subtraction"),
    };
    let Ok(reconciliation) = done else {
        let op = op.symbol();
        query.warn(
            place,
            format_args!("incompatible bucket layout encountered for binary operator {op}"),
        );
        return None;
    };
    if op == BinaryOp::Sub {
        result.reset_hint = ResetHint::Gauge;
    }
    if reconciliation.reset_collision {
        query.warn_collision(operation, place);
    }
    query.inform_bounds(reconciliation, operation, place);
    result.compact(0);
    Some(result)
}

/// The sum or the mean of a group's histograms.
pub(super) fn histograms_together(
    query: &Query<'_>,
    histograms: &[(Arc<Histogram>, &Labels)],
    mean: bool,
    place: &Span,
) -> Option<Point> {
    let all = histograms.iter().map(|(histogram, labels)| (&**histogram, labels.get(METRIC_NAME)));
    together(query, all, mean, place)
}

/// The sum or the mean of a window's histograms.
pub(super) fn histograms_over_time(call: &Call<'_>, mean: bool) -> Option<Point> {
    let name = call.labels.get(METRIC_NAME);
    let all = call.window.histograms.iter().map(|(_, histogram)| (&**histogram, name));
    together(call.query, all, mean, call.place)
}

fn together<'h>(
    query: &Query<'_>,
    mut all: impl Iterator<Item = (&'h Histogram, &'h str)>,
    mean: bool,
    place: &Span,
) -> Option<Point> {
    let (first, _) = all.next()?;
    let mut adding: Box<dyn Adding> = match mean {
        true => Box::new(HistogramMean::new(first)),
        false => Box::new(HistogramSum::new(first)),
    };
    for (histogram, name) in all {
        match adding.add(histogram) {
            Ok(reconciliation) => query.inform_bounds(reconciliation, "aggregation", place),
            Err(_) => {
                query.warn_mixed_schemas(name, place);
                return None;
            }
        }
    }
    if adding.reset_collision() {
        query.warn_collision("aggregation", place);
    }
    let mut result = adding.finish();
    result.compact(0);
    Some(Point::Histogram(Arc::new(result)))
}

/// What a sum and a mean have in common.
trait Adding {
    fn add(&mut self, histogram: &Histogram) -> Result<Reconciliation, HistogramError>;
    fn reset_collision(&self) -> bool;
    fn finish(self: Box<Self>) -> Histogram;
}

impl Adding for HistogramSum {
    fn add(&mut self, histogram: &Histogram) -> Result<Reconciliation, HistogramError> {
        Self::add(self, histogram)
    }

    fn reset_collision(&self) -> bool {
        Self::reset_collision(self)
    }

    fn finish(self: Box<Self>) -> Histogram {
        Self::finish(*self)
    }
}

impl Adding for HistogramMean {
    fn add(&mut self, histogram: &Histogram) -> Result<Reconciliation, HistogramError> {
        Self::add(self, histogram)
    }

    fn reset_collision(&self) -> bool {
        Self::reset_collision(self)
    }

    fn finish(self: Box<Self>) -> Histogram {
        Self::finish(*self)
    }
}

fn warn_not_counter(call: &Call<'_>) {
    let name = call.labels.get(METRIC_NAME);
    let problem = format_args!("this native histogram metric is not a counter: {name:?}");
    call.query.warn(call.place, problem);
}

fn warn_not_gauge(call: &Call<'_>) {
    let name = call.labels.get(METRIC_NAME);
    let problem = format_args!("this native histogram metric is not a gauge: {name:?}");
    call.query.warn(call.place, problem);
}

/// By how much a window's histograms grew; of a counter, resets included.
pub(super) fn histogram_growth(call: &Call<'_>, counter: bool) -> Option<Histogram> {
    let points = call.window.histograms;
    let (first, last) = (&points.first()?.1, &points.last()?.1);
    let is_gauge = |histogram: &Histogram| histogram.reset_hint == ResetHint::Gauge;
    if counter && points.iter().any(|(_, histogram)| is_gauge(histogram)) {
        warn_not_counter(call);
    }
    if !(counter || is_gauge(first) && is_gauge(last)) {
        warn_not_gauge(call);
    }
    // A first one that a reset follows counts for nothing, whatever its buckets.
    let mut previous = Histogram::clone(first);
    if counter && points[1].1.detect_reset(first) {
        let second = &points[1].1;
        previous = Histogram {
            schema: second.schema,
            custom_bounds: Arc::clone(&second.custom_bounds),
            ..Histogram::default()
        };
    }
    let name = call.labels.get(METRIC_NAME);
    let relevant = if counter { &points[1..] } else { &points[points.len() - 1..] };
    if relevant.iter().any(|(_, histogram)| histogram.is_custom() != previous.is_custom()) {
        call.query.warn_mixed_schemas(name, call.place);
        return None;
    }
    let schemas = relevant.iter().map(|(_, histogram)| histogram.schema);
    let coarsest = schemas.fold(previous.schema, i32::min);
    let mixed = |_| call.query.warn_mixed_schemas(name, call.place);
    let mut growth = last.copy_to_schema(coarsest).map_err(mixed).ok()?;
    let done = growth.sub(&previous).map_err(mixed).ok()?;
    call.query.inform_bounds(done, "subtraction", call.place);
    if counter {
        let mut before = &previous;
        for (_, histogram) in &points[1..] {
            if histogram.detect_reset(before) {
                let done = growth.add(before).map_err(mixed).ok()?;
                call.query.inform_bounds(done, "addition", call.place);
            }
            before = histogram;
        }
    }
    growth.reset_hint = ResetHint::Gauge;
    growth.compact(0);
    Some(growth)
}

/// The difference of two neighbours; of a counter that was reset, the second alone.
pub(super) fn histogram_change(
    call: &Call<'_>,
    before: &Histogram,
    now: &Histogram,
    counter: bool,
) -> Option<Histogram> {
    let gauges = [before, now].map(|histogram| histogram.reset_hint == ResetHint::Gauge);
    if counter && gauges.contains(&true) {
        warn_not_counter(call);
    }
    if !counter && gauges.contains(&false) {
        warn_not_gauge(call);
    }
    let mut change = now.clone();
    if !counter || !now.detect_reset(before) {
        match change.sub(before) {
            Ok(done) => call.query.inform_bounds(done, "subtraction", call.place),
            Err(_) => {
                call.query.warn_mixed_schemas(call.labels.get(METRIC_NAME), call.place);
                return None;
            }
        }
    }
    change.reset_hint = ResetHint::Gauge;
    change.compact(0);
    Some(change)
}

/// A classic histogram: the series of its buckets.
struct Classic {
    labels: Labels,
    /// Upper bounds and places of their columns.
    buckets: Vec<(f64, usize)>,
}

/// What is asked of buckets.
#[derive(Clone, Copy)]
enum Asked {
    Quantile(f64),
    Fraction(f64, f64),
}

impl Query<'_> {
    /// `histogram_quantile`, `histogram_quantiles` and `histogram_fraction`.
    pub(super) fn of_buckets(
        &self,
        name: &str,
        args: &[Expr],
        steps: &Steps,
    ) -> Result<Vec<Column>, EvalError> {
        match name {
            "histogram_quantile" => {
                let quantiles = self.eval_scalar(&args[0], steps)?;
                let columns = self.eval_vector(&args[1], steps)?;
                quantiles
                    .iter()
                    .for_each(|q| super::functions::check_quantile(self, *q, &args[0].span));
                self.ask(&columns, &args[1].span, steps, |step| {
                    Some(Asked::Quantile(quantiles[step]))
                })
            }
            "histogram_fraction" => {
                let lower = self.eval_scalar(&args[0], steps)?;
                let upper = self.eval_scalar(&args[1], steps)?;
                let columns = self.eval_vector(&args[2], steps)?;
                self.ask(&columns, &args[2].span, steps, |step| {
                    Some(Asked::Fraction(lower[step], upper[step]))
                })
            }
            "histogram_quantiles" => {
                let columns = self.eval_vector(&args[0], steps)?;
                let label = super::labels::text(&args[1])?;
                let mut results = Vec::new();
                for quantile in &args[2..] {
                    let quantiles = self.eval_scalar(quantile, steps)?;
                    quantiles
                        .iter()
                        .for_each(|q| super::functions::check_quantile(self, *q, &quantile.span));
                    // It may be another one at each step, and so in another series.
                    let mut distinct: Vec<f64> = Vec::new();
                    for quantile in &quantiles {
                        self.work(distinct.len())?;
                        if distinct.iter().all(|other| other.to_bits() != quantile.to_bits()) {
                            distinct.push(*quantile);
                        }
                    }
                    for quantile in distinct {
                        let value = open_metrics_number(quantile);
                        let asked = |step: usize| {
                            (quantiles[step].to_bits() == quantile.to_bits())
                                .then_some(Asked::Quantile(quantile))
                        };
                        let found = self.ask(&columns, &args[0].span, steps, asked)?;
                        results.extend(found.into_iter().map(|mut column| {
                            column.labels = column.labels.with(label, &value);
                            column
                        }));
                    }
                }
                Ok(results)
            }
            _ => Err(EvalError::failed(format!("the function {name}() is not available"))),
        }
    }

    fn ask(
        &self,
        columns: &[Column],
        place: &Span,
        steps: &Steps,
        asked: impl Fn(usize) -> Option<Asked>,
    ) -> Result<Vec<Column>, EvalError> {
        let (known, classics) = self.classics(columns, place)?;
        let mut results = Vec::new();
        // A native histogram is not evaluated where a classic one has the same labels, nor is that.
        let present = |classic: &Classic, step| {
            classic.buckets.iter().any(|(_, at)| columns[*at].float(step).is_some())
        };
        let mut hidden: HashMap<usize, HashSet<usize>> = HashMap::new();
        for column in columns.iter().filter(|column| !column.histograms.is_empty()) {
            self.count(steps.count)?;
            let rival = known.find(&column.labels).filter(|_| column.labels.get(BOUND).is_empty());
            let mut result = Column::new(column.labels.clone(), true, steps.count);
            for step in 0..steps.count {
                let Some(histogram) = column.histogram(step) else { continue };
                let Some(asked) = asked(step) else { continue };
                self.work(1 + samples_of(histogram))?;
                if let Some(rival) = rival.filter(|rival| present(&classics[*rival], step)) {
                    let name = column.labels.get(METRIC_NAME);
                    self.warn(
                        place,
                        of_metric("vector contains a mix of classic and native histograms", name),
                    );
                    hidden.entry(rival).or_default().insert(step);
                    continue;
                }
                result.floats[step] = self.ask_native(histogram, asked, column, place);
            }
            results.push(result);
        }
        let mut buckets: Vec<(f64, f64)> = Vec::new();
        for (at, classic) in classics.iter().enumerate() {
            self.count(steps.count)?;
            let mut result = Column::new(classic.labels.clone(), true, steps.count);
            for step in 0..steps.count {
                self.work(1 + classic.buckets.len())?;
                if hidden.get(&at).is_some_and(|steps| steps.contains(&step)) {
                    continue;
                }
                let Some(asked) = asked(step) else { continue };
                let bucket = |(bound, at): &(f64, usize)| Some((*bound, columns[*at].float(step)?));
                buckets.clear();
                buckets.extend(classic.buckets.iter().filter_map(bucket));
                if !buckets.is_empty() {
                    let time = steps.time(step);
                    result.floats[step] =
                        self.ask_classic(&mut buckets, asked, &classic.labels, time, place);
                }
            }
            results.push(result);
        }
        results.retain(|column| !column.is_empty());
        Ok(results)
    }

    /// The classic histograms among series, and how to find them by their labels.
    fn classics(
        &self,
        columns: &[Column],
        place: &Span,
    ) -> Result<(Groups<'static>, Vec<Classic>), EvalError> {
        let mut known = Groups::new(Part::WithoutBound);
        let mut classics: Vec<Classic> = Vec::new();
        for (at, column) in columns.iter().enumerate() {
            self.work(1 + column.floats.len())?;
            if column.floats.iter().all(|value| crate::is_stale(*value)) {
                continue;
            }
            let bound = column.labels.get(BOUND);
            let Some(bound) = parse_bound(bound) else {
                let problem =
                    format!("bucket label \"le\" is missing or has a malformed value of {bound:?}");
                self.warn(place, of_metric(&problem, column.labels.get(METRIC_NAME)));
                continue;
            };
            let index = known.place(&column.labels);
            if index == classics.len() {
                classics.push(Classic { labels: known.labels(index), buckets: Vec::new() });
            }
            classics[index].buckets.push((bound, at));
        }
        for classic in &mut classics {
            classic.buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
        }
        Ok((known, classics))
    }

    fn ask_native(
        &self,
        histogram: &Histogram,
        asked: Asked,
        column: &Column,
        place: &Span,
    ) -> f64 {
        let name = column.labels.get(METRIC_NAME);
        match asked {
            Asked::Quantile(q) => {
                let (value, effect) = histogram.quantile(q);
                match effect {
                    NanEffect::Reached => self.inform(place, of_metric(
                        "input to histogram_quantile has NaN observations, result is NaN",
                        name,
                    )),
                    NanEffect::Skewed => self.inform(place, of_metric(
                        "input to histogram_quantile has NaN observations, result is skewed higher",
                        name,
                    )),
                    NanEffect::None => {}
                }
                value
            }
            Asked::Fraction(lower, upper) => {
                let (value, has_nan) = histogram.fraction(lower, upper);
                if has_nan {
                    self.inform(place, of_metric(
                        "input to histogram_fraction has NaN observations, which are excluded from all fractions",
                        name,
                    ));
                }
                value
            }
        }
    }

    fn ask_classic(
        &self,
        buckets: &mut Vec<(f64, f64)>,
        asked: Asked,
        labels: &Labels,
        time: i64,
        place: &Span,
    ) -> f64 {
        match asked {
            Asked::Quantile(q) => {
                let found = classic::classic_quantile(q, buckets);
                if found.repair.forced_monotonic {
                    let what = of_metric(
                        "input to histogram_quantile needed to be fixed for monotonicity (see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)",
                        labels.get(METRIC_NAME),
                    );
                    let place = self.line_and_column(place);
                    self.repairs.borrow_mut().add((what, place), &found.repair, time);
                }
                found.value
            }
            Asked::Fraction(lower, upper) => classic::classic_fraction(lower, upper, buckets),
        }
    }
}

/// A note that names a metric where there is a name.
fn of_metric(problem: &str, name: &str) -> String {
    match name.is_empty() {
        true => problem.to_owned(),
        false => format!("{problem} for metric name {name:?}"),
    }
}

fn parse_bound(text: &str) -> Option<f64> {
    match text {
        "+Inf" | "Inf" => Some(f64::INFINITY),
        _ => text.parse().ok(),
    }
}

/// A number as OpenMetrics writes the values of `le` and `quantile`.
fn open_metrics_number(value: f64) -> String {
    let plain = super::labels::plain_number(value);
    match value.is_finite() && value.fract() == 0.0 {
        true => format!("{plain}.0"),
        false => plain,
    }
}
