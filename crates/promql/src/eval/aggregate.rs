//! Aggregations: many series become one for each group, or few of them are kept.

use std::sync::Arc;

use super::column::{Column, Steps};
use super::group::{Groups, Part};
use super::range_functions::{Mean, quantile};
use super::{Query, Span};
use crate::ast::{AggregateOp, Expr, ExprKind, Grouping};
use crate::histogram::Compensated;
use crate::{EvalError, Histogram, Labels, Point, is_stale};

/// Series that become one.
pub(super) struct Group {
    pub(super) labels: Labels,
    /// Their places among the input.
    pub(super) members: Vec<usize>,
    drop_name: bool,
}

/// The groups of series, in the order of their first ones.
pub(super) fn groups(grouping: &Grouping, columns: &[Column]) -> Vec<Group> {
    let mut known = Groups::new(Part::of(grouping));
    let mut groups: Vec<Group> = Vec::new();
    for (index, column) in columns.iter().enumerate() {
        let at = known.place(&column.labels);
        if at == groups.len() {
            let labels = known.labels(at);
            groups.push(Group { labels, members: Vec::new(), drop_name: false });
        }
        groups[at].members.push(index);
        groups[at].drop_name |= column.drop_name;
    }
    groups
}

/// An aggregation as it was written.
pub(super) struct Aggregation<'a> {
    pub(super) op: AggregateOp,
    pub(super) grouping: &'a Grouping,
    pub(super) param: Option<&'a Expr>,
    /// What is aggregated.
    pub(super) inner: &'a Expr,
    /// The whole of it.
    pub(super) whole: &'a Span,
}

impl Query<'_> {
    pub(super) fn aggregate(
        &self,
        aggregation: &Aggregation<'_>,
        steps: &Steps,
    ) -> Result<Vec<Column>, EvalError> {
        let Aggregation { op, grouping, param, inner: expr, .. } = *aggregation;
        if op == AggregateOp::CountValues {
            let Some(ExprKind::Text(label)) = param.map(|param| &super::unwrapped(param).kind)
            else {
                return Err(EvalError::failed("expected the name of a label"));
            };
            if label.is_empty() {
                return Err(EvalError::failed("invalid label name \"\""));
            }
            return self.count_values(label, grouping, &self.eval_vector(expr, steps)?, steps);
        }
        let place = param.map_or(&expr.span, |param| &param.span);
        let param = param.map(|param| self.eval_scalar(param, steps)).transpose()?;
        let columns = self.eval_vector(expr, steps)?;
        self.work(columns.len())?;
        let param = |step: usize| param.as_ref().map_or(f64::NAN, |values| values[step]);
        if matches!(
            op,
            AggregateOp::Topk
                | AggregateOp::Bottomk
                | AggregateOp::Limitk
                | AggregateOp::LimitRatio
        ) {
            return self.few(aggregation, &columns, steps, param);
        }
        if op == AggregateOp::Quantile {
            (0..steps.count)
                .for_each(|step| super::functions::check_quantile(self, param(step), place));
        }
        let mut results = Vec::new();
        for group in groups(grouping, &columns) {
            self.count(steps.count)?;
            let mut result = Column::new(group.labels, group.drop_name, steps.count);
            let members = || group.members.iter().map(|at| &columns[*at]);
            if members().all(|column| column.histograms.is_empty())
                && self.of_numbers(op, members(), &mut result.floats)?
            {
                results.push(result);
                continue;
            }
            for step in 0..steps.count {
                self.work(1 + group.members.len())?;
                let points =
                    members().filter_map(|column| Some((column.point(step)?, &column.labels)));
                if let Some(point) = self.one(aggregation, points, param(step)) {
                    self.put(&mut result, step, point)?;
                }
            }
            results.push(result);
        }
        results.retain(|column| !column.is_empty());
        Ok(results)
    }

    /// What a group's values at one step become.
    fn one<'p>(
        &self,
        aggregation: &Aggregation<'_>,
        points: impl Iterator<Item = (Point, &'p Labels)>,
        param: f64,
    ) -> Option<Point> {
        let (op, place) = (aggregation.op, &aggregation.inner.span);
        match op {
            AggregateOp::Sum | AggregateOp::Avg => return self.sum_or_average(op, points, place),
            AggregateOp::Count => {
                let count = points.count();
                return (count > 0).then_some(Point::Float(count as f64));
            }
            AggregateOp::Group => {
                let mut points = points;
                return points.next().map(|_| Point::Float(1.0));
            }
            _ => {}
        }
        let mut values = Vec::new();
        for (point, _) in points {
            match point {
                Point::Float(value) => values.push(value),
                Point::Histogram(_) => self.note_ignored(op, place),
            }
        }
        let (first, others) = values.split_first()?;
        let best = |beats: fn(f64, f64) -> bool| {
            let better = |best: f64, value: &f64| match beats(*value, best) || best.is_nan() {
                true => *value,
                false => best,
            };
            others.iter().fold(*first, better)
        };
        Some(Point::Float(match op {
            AggregateOp::Min => best(|value, best| value < best),
            AggregateOp::Max => best(|value, best| value > best),
            AggregateOp::Stdvar => variance(&values),
            AggregateOp::Stddev => variance(&values).sqrt(),
            _ => quantile(param, &mut values),
        }))
    }

    /// What the numbers of a group become, step by step, added series by series as they lie in memory. False
    /// where this aggregation needs all numbers of a step at once.
    fn of_numbers<'c>(
        &self,
        op: AggregateOp,
        members: impl Iterator<Item = &'c Column>,
        into: &mut [f64],
    ) -> Result<bool, EvalError> {
        match op {
            AggregateOp::Sum => self.folded(
                members,
                into,
                // The first begins the sum: minus zero stays minus zero.
                |sum: Option<Compensated>, value| match sum {
                    Some(sum) => sum.plus(value),
                    None => Compensated::of(value),
                },
                |sum| sum.total(),
            )?,
            AggregateOp::Avg => self.folded(
                members,
                into,
                |mean: Option<Mean>, value| {
                    let mut mean = mean.unwrap_or_default();
                    mean.add(value);
                    mean
                },
                |mean| mean.value(),
            )?,
            AggregateOp::Count => self.folded(
                members,
                into,
                |count, _| count.unwrap_or_default() + 1.0,
                |count| count,
            )?,
            AggregateOp::Group => self.folded(members, into, |_, _| 1.0, |one| one)?,
            AggregateOp::Min => {
                let least = |best: Option<f64>, value| {
                    best.filter(|best| !(value < *best || best.is_nan())).unwrap_or(value)
                };
                self.folded(members, into, least, |best| best)?;
            }
            AggregateOp::Max => {
                let most = |best: Option<f64>, value| {
                    best.filter(|best| !(value > *best || best.is_nan())).unwrap_or(value)
                };
                self.folded(members, into, most, |best| best)?;
            }
            AggregateOp::Stdvar => {
                self.folded(members, into, Spread::with, |spread| spread.variance())?;
            }
            AggregateOp::Stddev => {
                self.folded(members, into, Spread::with, |spread| spread.variance().sqrt())?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn folded<'c, S: Copy>(
        &self,
        members: impl Iterator<Item = &'c Column>,
        into: &mut [f64],
        add: impl Fn(Option<S>, f64) -> S,
        value: impl Fn(S) -> f64,
    ) -> Result<(), EvalError> {
        let mut states: Vec<Option<S>> = vec![None; into.len()];
        for column in members {
            self.work(column.floats.len())?;
            for (state, number) in states.iter_mut().zip(&column.floats) {
                if !is_stale(*number) {
                    *state = Some(add(*state, *number));
                }
            }
        }
        for (into, state) in into.iter_mut().zip(states) {
            if let Some(state) = state {
                *into = value(state);
            }
        }
        Ok(())
    }

    pub(super) fn note_ignored(&self, op: AggregateOp, place: &Span) {
        self.inform(place, format_args!("ignored histogram in {} aggregation", op.name()));
    }

    fn sum_or_average<'p>(
        &self,
        op: AggregateOp,
        points: impl Iterator<Item = (Point, &'p Labels)>,
        place: &Span,
    ) -> Option<Point> {
        let (mut sum, mut mean) = (Compensated::default(), Mean::default());
        let mut floats = 0;
        let mut histograms: Vec<(Arc<Histogram>, &Labels)> = Vec::new();
        for (point, labels) in points {
            match point {
                Point::Float(value) => {
                    floats += 1;
                    // The first begins the sum: minus zero stays minus zero.
                    sum = if floats == 1 { Compensated::of(value) } else { sum.plus(value) };
                    mean.add(value);
                }
                Point::Histogram(histogram) => histograms.push((histogram, labels)),
            }
        }
        if floats > 0 && !histograms.is_empty() {
            self.warn(place, "encountered a mix of histograms and floats for aggregation");
            return None;
        }
        if histograms.is_empty() {
            let value = if op == AggregateOp::Sum { sum.total() } else { mean.value() };
            return (floats > 0).then_some(Point::Float(value));
        }
        super::histograms::histograms_together(self, &histograms, op == AggregateOp::Avg, place)
    }

    fn count_values(
        &self,
        label: &str,
        grouping: &Grouping,
        columns: &[Column],
        steps: &Steps,
    ) -> Result<Vec<Column>, EvalError> {
        let mut known = Groups::new(Part::All);
        let mut results: Vec<Column> = Vec::new();
        // `by` keeps the new label whether it is named or not.
        let grouping = match grouping {
            Grouping::By(names) => {
                Grouping::By(names.iter().cloned().chain([label.to_owned()]).collect())
            }
            without => without.clone(),
        };
        for column in columns {
            let mut last: Option<(u64, usize)> = None;
            for step in 0..steps.count {
                self.work(8)?;
                let Some(point) = column.point(step) else { continue };
                let bits = match &point {
                    Point::Float(value) => Some(value.to_bits()),
                    Point::Histogram(_) => None,
                };
                // Values often stay what they are from step to step.
                let at = match last.filter(|(last, _)| Some(*last) == bits) {
                    Some((_, at)) => at,
                    None => {
                        let value = match point {
                            Point::Float(value) => super::labels::plain_number(value),
                            Point::Histogram(histogram) => histogram.to_string(),
                        };
                        self.budget.keep_text(value.len())?;
                        let labels = column.labels.with(label, &value);
                        let labels = Part::of(&grouping).labels(&labels);
                        let at = known.place(&labels);
                        if at == results.len() {
                            self.count(steps.count)?;
                            results.push(Column::new(labels, false, steps.count));
                        }
                        at
                    }
                };
                last = bits.map(|bits| (bits, at));
                let before = results[at].float(step).unwrap_or_default();
                results[at].floats[step] = before + 1.0;
            }
        }
        Ok(results)
    }
}

/// The spread of numbers around their mean, as they come one by one.
#[derive(Clone, Copy)]
struct Spread {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Spread {
    fn with(spread: Option<Self>, value: f64) -> Self {
        let Some(Self { count, mean, squares }) = spread else {
            let squares = if value.is_finite() { 0.0 } else { f64::NAN };
            return Self { count: 1.0, mean: value, squares };
        };
        let count = count + 1.0;
        let delta = value - mean;
        let mean = mean + delta / count;
        Self { count, mean, squares: squares + delta * (value - mean) }
    }

    fn variance(self) -> f64 {
        self.squares / self.count
    }
}

fn variance(values: &[f64]) -> f64 {
    let spread = values.iter().fold(None, |spread, value| Some(Spread::with(spread, *value)));
    spread.map_or(f64::NAN, Spread::variance)
}
