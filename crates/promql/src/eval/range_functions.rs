//! Functions of ranges: what one window of one series gives.

use std::sync::Arc;

use super::column::{Column, Steps};
use super::losses::Losses;
use super::range::Window;
use super::{Query, Span};
use crate::ast::Expr;
use crate::histogram::Compensated;
use crate::{EvalError, Histogram, Labels, METRIC_NAME, Point};

/// A window, and what its function may need to know besides.
pub(super) struct Call<'a> {
    pub(super) query: &'a Query<'a>,
    pub(super) window: Window<'a>,
    pub(super) range_ms: i64,
    /// The step's own time.
    pub(super) now: i64,
    pub(super) labels: &'a Labels,
    /// The argument that is the range.
    pub(super) place: &'a Span,
    /// The scalar arguments at this step, in order.
    pub(super) scalars: &'a [f64],
    /// What a counter's numbers lost by resets within the window.
    pub(super) lost: f64,
}

pub(super) type Function = fn(&Call<'_>) -> Option<Point>;

/// A function of ranges, and whether its result keeps the metric's name.
pub(super) fn find(name: &str) -> Option<(Function, bool)> {
    let function: Function = match name {
        "rate" => |call| call.extrapolated(true, true),
        "increase" => |call| call.extrapolated(true, false),
        "delta" => |call| call.extrapolated(false, false),
        "irate" => |call| call.last_two(true),
        "idelta" => |call| call.last_two(false),
        "avg_over_time" => |call| call.average(),
        "sum_over_time" => |call| call.sum(),
        "count_over_time" => {
            |call| float((call.window.floats.len() + call.window.histograms.len()) as f64)
        }
        "min_over_time" => |call| call.extreme(|value, least| value < least, false),
        "max_over_time" => |call| call.extreme(|value, most| value > most, false),
        "ts_of_min_over_time" => |call| call.extreme(|value, least| value <= least, true),
        "ts_of_max_over_time" => |call| call.extreme(|value, most| value >= most, true),
        "first_over_time" => |call| call.first(),
        "last_over_time" => |call| call.last(),
        "ts_of_first_over_time" => |call| float(call.edge(true)? as f64 / 1e3),
        "ts_of_last_over_time" => |call| float(call.edge(false)? as f64 / 1e3),
        "present_over_time" | "absent_over_time" => |_| float(1.0),
        "stddev_over_time" => |call| float(call.variance()?.sqrt()),
        "stdvar_over_time" => |call| float(call.variance()?),
        "quantile_over_time" => |call| call.quantile(),
        "mad_over_time" => |call| call.median_deviation(),
        "changes" => |call| {
            call.pairs(
                |before, after| before != after && !(before.is_nan() && after.is_nan()),
                |before, after| !before.equals(after),
            )
        },
        "resets" => |call| {
            call.pairs(|before, after| after < before, |before, after| after.detect_reset(before))
        },
        "deriv" => |call| call.derivative(),
        "predict_linear" => |call| call.predicted(),
        "double_exponential_smoothing" | "holt_winters" => |call| call.smoothed(),
        _ => return None,
    };
    Some((function, matches!(name, "first_over_time" | "last_over_time")))
}

fn float(value: f64) -> Option<Point> {
    Some(Point::Float(value))
}

/// A mean that does not overflow where its sum would.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mean {
    sum: Compensated,
    count: f64,
    incremental: bool,
}

impl Mean {
    pub(super) fn add(&mut self, value: f64) {
        self.count += 1.0;
        if self.count == 1.0 {
            self.sum.sum = value;
            return;
        }
        if !self.incremental {
            let next = self.sum.plus(value);
            if next.sum.is_finite() || next.sum.is_nan() {
                self.sum = next;
                return;
            }
            self.incremental = true;
            self.sum.sum /= self.count - 1.0;
            self.sum.rest /= self.count - 1.0;
        }
        let kept = (self.count - 1.0) / self.count;
        let before = Compensated { sum: self.sum.sum * kept, rest: self.sum.rest * kept };
        self.sum = before.plus(value / self.count);
    }

    pub(super) fn value(&self) -> f64 {
        match self.incremental {
            true => self.sum.total(),
            false => self.sum.sum / self.count + self.sum.rest / self.count,
        }
    }
}

/// A quantile of values, which are put in another order; NaN counts as the least.
pub(super) fn quantile(q: f64, values: &mut [f64]) -> f64 {
    if values.is_empty() || q.is_nan() {
        return f64::NAN;
    }
    if q < 0.0 {
        return f64::NEG_INFINITY;
    }
    if q > 1.0 {
        return f64::INFINITY;
    }
    let order = |a: &f64, b: &f64| match (a.is_nan(), b.is_nan()) {
        (false, false) => a.total_cmp(b),
        (a, b) => b.cmp(&a),
    };
    let last = values.len() - 1;
    let rank = q * last as f64;
    let below = (rank.floor().max(0.0) as usize).min(last);
    let weight = rank - rank.floor();
    let (_, below, greater) = values.select_nth_unstable_by(below, order);
    let above = greater.iter().copied().min_by(order).unwrap_or(*below);
    *below * (1.0 - weight) + above * weight
}

impl Call<'_> {
    fn name(&self) -> &str {
        self.labels.get(METRIC_NAME)
    }

    fn mixed(&self) -> bool {
        !self.window.floats.is_empty() && !self.window.histograms.is_empty()
    }

    fn warn_mixed(&self) {
        let name = self.name();
        self.query.warn(
            self.place,
            format_args!("encountered a mix of histograms and floats for metric name {name:?}"),
        );
    }

    /// The numbers; says so where histograms among them are left out.
    fn numbers(&self) -> Option<&[(i64, f64)]> {
        if self.window.floats.is_empty() {
            return None;
        }
        self.note_ignored();
        Some(self.window.floats)
    }

    /// The numbers where there are two or more; says so where histograms among them are left out.
    fn some_numbers(&self) -> Option<&[(i64, f64)]> {
        self.numbers().filter(|numbers| numbers.len() > 1)
    }

    fn note_ignored(&self) {
        if !self.window.histograms.is_empty() {
            self.query.inform(self.place, format_args!(
                "ignored histograms in a range containing both floats and histograms for metric name {:?}",
                self.name()
            ));
        }
    }

    fn extrapolated(&self, counter: bool, per_second: bool) -> Option<Point> {
        if self.mixed() {
            self.warn_mixed();
            return None;
        }
        let floats = self.window.floats;
        let (first, last, count, growth, zero) = match (floats, self.window.histograms) {
            ([first, .., last], _) => {
                let mut growth = last.1 - first.1;
                if counter {
                    growth += self.lost;
                }
                let zero = (growth > 0.0 && first.1 >= 0.0).then(|| first.1 / growth);
                (first.0, last.0, floats.len(), Point::Float(growth), zero)
            }
            ([], [first, .., last]) => {
                let growth = super::histograms::histogram_growth(self, counter)?;
                let start = first.1.count;
                let zero = (growth.count > 0.0 && start >= 0.0).then(|| start / growth.count);
                let count = self.window.histograms.len();
                (first.0, last.0, count, Point::Histogram(Arc::new(growth)), zero)
            }
            _ => return None,
        };
        let seconds = |ms: i64| ms as f64 / 1e3;
        let sampled = seconds(last.saturating_sub(first));
        let average = sampled / (count - 1) as f64;
        // A sample that is missing this near to an end of the range is taken to be beyond it.
        let near = average * 1.1;
        let mut to_start = seconds(first.saturating_sub(self.window.start));
        let mut to_end = seconds(self.window.end.saturating_sub(last));
        if to_start >= near {
            to_start = average / 2.0;
        }
        if let Some(share) = zero.filter(|_| counter) {
            // A counter did not begin below zero.
            to_start = to_start.min(sampled * share);
        }
        if to_end >= near {
            to_end = average / 2.0;
        }
        let mut factor = (sampled + to_start + to_end) / sampled;
        if per_second {
            factor /= seconds(self.range_ms);
        }
        Some(match growth {
            Point::Float(growth) => Point::Float(growth * factor),
            Point::Histogram(growth) => {
                Point::Histogram(Arc::new(super::functions::scaled(&growth, factor)))
            }
        })
    }

    /// The difference of the two newest samples.
    fn last_two(&self, rate: bool) -> Option<Point> {
        let mut samples: Vec<(i64, Point)> = Vec::with_capacity(4);
        let tail = |length: usize| length.saturating_sub(2);
        let (floats, histograms) = (self.window.floats, self.window.histograms);
        samples.extend(floats[tail(floats.len())..].iter().map(|(t, v)| (*t, Point::Float(*v))));
        samples.extend(
            histograms[tail(histograms.len())..]
                .iter()
                .map(|(t, h)| (*t, Point::Histogram(Arc::clone(h)))),
        );
        samples.sort_by_key(|(time, _)| *time);
        let [.., (before_at, before), (at, now)] = &samples[..] else { return None };
        let interval = at.saturating_sub(*before_at) as f64 / 1e3;
        if interval == 0.0 {
            return None;
        }
        let seconds = if rate { interval } else { 1.0 };
        match (before, now) {
            (Point::Float(before), Point::Float(now)) => {
                let reset = rate && now < before;
                float(if reset { *now } else { now - before } / seconds)
            }
            (Point::Histogram(before), Point::Histogram(now)) => {
                let change = super::histograms::histogram_change(self, before, now, rate)?;
                Some(Point::Histogram(Arc::new(super::functions::scaled(&change, 1.0 / seconds))))
            }
            _ => {
                self.warn_mixed();
                None
            }
        }
    }

    fn average(&self) -> Option<Point> {
        if self.mixed() {
            self.warn_mixed();
            return None;
        }
        if self.window.floats.is_empty() {
            return super::histograms::histograms_over_time(self, true);
        }
        let mut mean = Mean::default();
        self.window.floats.iter().for_each(|(_, value)| mean.add(*value));
        float(mean.value())
    }

    fn sum(&self) -> Option<Point> {
        if self.mixed() {
            self.warn_mixed();
            return None;
        }
        if self.window.floats.is_empty() {
            return super::histograms::histograms_over_time(self, false);
        }
        let add = |sum: Compensated, sample: &(i64, f64)| sum.plus(sample.1);
        let sum = self.window.floats.iter().fold(Compensated::default(), add);
        float(if sum.sum.is_infinite() { sum.sum } else { sum.total() })
    }

    fn extreme(&self, beats: fn(f64, f64) -> bool, time: bool) -> Option<Point> {
        let numbers = self.numbers()?;
        let mut best = numbers[0];
        for sample in numbers {
            if beats(sample.1, best.1) || best.1.is_nan() {
                best = *sample;
            }
        }
        float(if time { best.0 as f64 / 1e3 } else { best.1 })
    }

    fn first(&self) -> Option<Point> {
        let float = self.window.floats.first();
        match self.window.histograms.first() {
            Some((time, histogram)) if float.is_none_or(|float| float.0 >= *time) => {
                Some(Point::Histogram(Arc::clone(histogram)))
            }
            _ => float.map(|float| Point::Float(float.1)),
        }
    }

    fn last(&self) -> Option<Point> {
        let float = self.window.floats.last();
        match self.window.histograms.last() {
            Some((time, histogram)) if float.is_none_or(|float| float.0 <= *time) => {
                Some(Point::Histogram(Arc::clone(histogram)))
            }
            _ => float.map(|float| Point::Float(float.1)),
        }
    }

    /// The time of the first or the last sample.
    fn edge(&self, first: bool) -> Option<i64> {
        let floats = self.window.floats.iter().map(|(time, _)| *time);
        let times = floats.chain(self.window.histograms.iter().map(|(time, _)| *time));
        if first { times.min() } else { times.max() }
    }

    fn variance(&self) -> Option<f64> {
        let numbers = self.numbers()?;
        let (mut mean, mut squares) = (Compensated::default(), Compensated::default());
        for (index, (_, value)) in numbers.iter().enumerate() {
            let delta = value - mean.total();
            mean = mean.plus(delta / (index + 1) as f64);
            squares = squares.plus(delta * (value - mean.total()));
        }
        Some(squares.total() / numbers.len() as f64)
    }

    fn quantile(&self) -> Option<Point> {
        let q = self.scalars[0];
        if self.window.floats.is_empty() {
            return None;
        }
        super::functions::check_quantile(self.query, q, self.place);
        let mut values: Vec<f64> = self.numbers()?.iter().map(|(_, value)| *value).collect();
        float(quantile(q, &mut values))
    }

    fn median_deviation(&self) -> Option<Point> {
        let mut values: Vec<f64> = self.numbers()?.iter().map(|(_, value)| *value).collect();
        if values.iter().any(|value| value.is_nan()) {
            return float(f64::NAN);
        }
        let median = quantile(0.5, &mut values);
        values.iter_mut().for_each(|value| *value = (*value - median).abs());
        float(quantile(0.5, &mut values))
    }

    /// How many neighbours differ in the given way; a change of kind always does.
    fn pairs(
        &self,
        floats: fn(f64, f64) -> bool,
        histograms: fn(&Histogram, &Histogram) -> bool,
    ) -> Option<Point> {
        if self.window.is_empty() {
            return None;
        }
        if self.window.histograms.is_empty() {
            let pairs = self.window.floats.windows(2);
            return float(pairs.filter(|pair| floats(pair[0].1, pair[1].1)).count() as f64);
        }
        let numbers = self.window.floats.iter().map(|(t, v)| (*t, Point::Float(*v)));
        let others =
            self.window.histograms.iter().map(|(t, h)| (*t, Point::Histogram(Arc::clone(h))));
        let mut samples: Vec<(i64, Point)> = numbers.chain(others).collect();
        samples.sort_by_key(|(time, _)| *time);
        let differ = |pair: &&[(i64, Point)]| match (&pair[0].1, &pair[1].1) {
            (Point::Float(before), Point::Float(after)) => floats(*before, *after),
            (Point::Histogram(before), Point::Histogram(after)) => histograms(before, after),
            _ => true,
        };
        float(samples.windows(2).filter(differ).count() as f64)
    }

    /// Slope a second, and the value at a time, of the line through the numbers.
    fn line(&self, at: i64) -> Option<(f64, f64)> {
        let numbers = self.some_numbers()?;
        let first = numbers[0].1;
        if numbers.iter().all(|(_, value)| *value == first) {
            return Some(match first.is_infinite() {
                true => (f64::NAN, f64::NAN),
                false => (0.0, first),
            });
        }
        // Sums of x, y, x·y and x².
        let mut sums = [Compensated::default(); 4];
        for (time, value) in numbers {
            let seconds = time.saturating_sub(at) as f64 / 1e3;
            let terms = [seconds, *value, seconds * value, seconds * seconds];
            sums.iter_mut().zip(terms).for_each(|(sum, term)| *sum = sum.plus(term));
        }
        let n = numbers.len() as f64;
        let [x, y, xy, xx] = sums.map(Compensated::total);
        let slope = (xy - x * y / n) / (xx - x * x / n);
        Some((slope, y / n - slope * x / n))
    }

    fn derivative(&self) -> Option<Point> {
        // A time near the samples', for the sake of precision.
        let at = self.window.floats.first().map_or(0, |(time, _)| *time);
        float(self.line(at)?.0)
    }

    fn predicted(&self) -> Option<Point> {
        let (slope, value) = self.line(self.now)?;
        float(slope * self.scalars[0] + value)
    }

    /// Holt's linear trend: smoothing factor, then trend factor.
    fn smoothed(&self) -> Option<Point> {
        let [level, trend] = self.scalars else { return None };
        let numbers = self.some_numbers()?;
        let (mut before, mut value) = (0.0, numbers[0].1);
        let mut slope = numbers[1].1 - numbers[0].1;
        for (index, (_, number)) in numbers.iter().enumerate().skip(1) {
            if index > 1 {
                slope = trend * (value - before) + (1.0 - trend) * slope;
            }
            before = value;
            value = level * number + (1.0 - level) * (value + slope);
        }
        float(value)
    }
}

impl Query<'_> {
    /// A function of a range, over all its series and steps.
    pub(super) fn call_range(
        &self,
        name: &str,
        (function, keeps_name): (Function, bool),
        args: &[Expr],
        steps: &Steps,
    ) -> Result<Vec<Column>, EvalError> {
        let is_range = |arg: &&Expr| super::functions::is_range(arg);
        let range = args.iter().find(is_range);
        let range = range.ok_or_else(|| EvalError::failed("expected a range"))?;
        let scalars = args.iter().filter(|arg| !super::functions::is_range(arg));
        let scalars: Vec<Vec<f64>> =
            scalars.map(|arg| self.eval_scalar(arg, steps)).collect::<Result<_, _>>()?;
        if matches!(name, "double_exponential_smoothing" | "holt_winters") {
            for (values, what) in scalars.iter().zip(["smoothing", "trend"]) {
                if let Some(wrong) = values.iter().find(|value| !(**value > 0.0 && **value < 1.0)) {
                    return Err(EvalError::failed(format!(
                        "invalid {what} factor. Expected: 0 < factor < 1, got: {wrong}"
                    )));
                }
            }
        }
        let ranges = self.ranges(range, steps)?;
        let mut columns = Vec::with_capacity(ranges.series.len());
        let mut now = vec![0.0; scalars.len()];
        for series in &ranges.series {
            self.count(steps.count)?;
            let drop_name = series.drop_name || !keeps_name;
            let mut column = Column::new(series.labels.clone(), drop_name, steps.count);
            let counter = matches!(name, "rate" | "increase");
            let mut losses = counter.then(|| Losses::of(&series.floats));
            let mut found = false;
            for (step, window) in ranges.windows(series).enumerate() {
                // A histogram is as much work as a few dozen numbers.
                self.work(1 + window.floats.len() + 32 * window.histograms.len())?;
                let lost = losses.as_mut().map_or(0.0, |losses| losses.within(&window.places));
                if window.is_empty() {
                    continue;
                }
                now.iter_mut().zip(&scalars).for_each(|(now, scalar)| *now = scalar[step]);
                let call = Call {
                    query: self,
                    window,
                    range_ms: ranges.range_ms,
                    now: steps.time(step),
                    labels: &series.labels,
                    place: &range.span,
                    scalars: &now,
                    lost,
                };
                if let Some(point) = function(&call) {
                    self.put(&mut column, step, point)?;
                    found = true;
                }
            }
            if found {
                columns.push(column);
            }
        }
        Ok(columns)
    }
}
