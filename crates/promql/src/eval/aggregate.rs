//! Aggregations: many series become one for each group, or few of them are kept.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use super::column::{Column, Steps};
use super::range_functions::{Mean, quantile};
use super::{Query, Span};
use crate::ast::{AggregateOp, Expr, ExprKind, Grouping};
use crate::histogram::Compensated;
use crate::{EvalError, Histogram, Labels, METRIC_NAME, Point};

/// The labels of the group that a series belongs to.
fn group_labels(grouping: &Grouping, labels: &Labels) -> Labels {
    match grouping {
        Grouping::By(names) => labels.filter(|name| names.iter().any(|n| n == name)),
        Grouping::Without(names) => {
            labels.filter(|name| name != METRIC_NAME && names.iter().all(|n| n != name))
        }
    }
}

/// Series that become one.
struct Group {
    labels: Labels,
    /// Their places among the input.
    members: Vec<usize>,
    drop_name: bool,
}

fn groups(grouping: &Grouping, columns: &[Column]) -> Vec<Group> {
    let mut known: HashMap<Labels, usize> = HashMap::new();
    let mut groups: Vec<Group> = Vec::new();
    for (index, column) in columns.iter().enumerate() {
        let labels = group_labels(grouping, &column.labels);
        let at = *known.entry(labels.clone()).or_insert_with(|| {
            groups.push(Group { labels, members: Vec::new(), drop_name: false });
            groups.len() - 1
        });
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
            return self.count_values(label, grouping, &self.eval_vector(expr, steps)?, steps);
        }
        let place = param.map_or(&expr.span, |param| &param.span);
        let param = param.map(|param| self.eval_scalar(param, steps)).transpose()?;
        let columns = self.eval_vector(expr, steps)?;
        self.count(columns.len())?;
        let param = |step: usize| param.as_ref().map_or(f64::NAN, |values| values[step]);
        match op {
            AggregateOp::Topk
            | AggregateOp::Bottomk
            | AggregateOp::Limitk
            | AggregateOp::LimitRatio => self.few(aggregation, columns, steps, param),
            _ => {
                if op == AggregateOp::Quantile {
                    (0..steps.count).for_each(|step| {
                        super::functions::check_quantile(self, param(step), place)
                    });
                }
                let mut results = Vec::new();
                for group in groups(grouping, &columns) {
                    self.count(steps.count)?;
                    let mut result = Column::new(group.labels, group.drop_name, steps.count);
                    for step in 0..steps.count {
                        let points = group.members.iter().filter_map(|at| {
                            Some((columns[*at].point(step)?, &columns[*at].labels))
                        });
                        if let Some(point) = self.one(aggregation, points, param(step)) {
                            result.set(step, point);
                        }
                    }
                    if !result.is_empty() {
                        results.push(result);
                    }
                }
                Ok(results)
            }
        }
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

    fn note_ignored(&self, op: AggregateOp, place: &Span) {
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

    /// The aggregations that keep series.
    fn few(
        &self,
        aggregation: &Aggregation<'_>,
        columns: Vec<Column>,
        steps: &Steps,
        param: impl Fn(usize) -> f64,
    ) -> Result<Vec<Column>, EvalError> {
        let Aggregation { op, grouping, .. } = *aggregation;
        let place = aggregation.param.map_or(aggregation.whole, |param| &param.span);
        let mut kept: Vec<Column> = columns
            .iter()
            .map(|column| Column::new(column.labels.clone(), column.drop_name, steps.count))
            .collect();
        // The order of the result of an instant query.
        let mut order = Vec::new();
        for step in 0..steps.count {
            let param = param(step);
            if op == AggregateOp::LimitRatio && !(-1.0..=1.0).contains(&param) {
                self.check_ratio(param, place)?;
            }
            if op != AggregateOp::LimitRatio {
                check_count(param)?;
            }
            for group in groups(grouping, &columns) {
                for at in self.chosen(aggregation, &group.members, &columns, step, param) {
                    if let Some(point) = columns[at].point(step) {
                        kept[at].set(step, point);
                        order.push(at);
                    }
                }
            }
        }
        if steps.count == 1 {
            return Ok(order.into_iter().map(|at| kept[at].clone()).collect());
        }
        kept.retain(|column| !column.is_empty());
        Ok(kept)
    }

    fn check_ratio(&self, ratio: f64, place: &Span) -> Result<(), EvalError> {
        if ratio.is_nan() {
            return Err(EvalError::failed("Ratio value is NaN"));
        }
        let capped = ratio.clamp(-1.0, 1.0);
        self.warn(
            place,
            format_args!(
                "ratio value should be between -1 and 1, got {ratio}, capping to {capped}"
            ),
        );
        Ok(())
    }

    /// Members that are kept at a step, in the order of the result.
    fn chosen(
        &self,
        aggregation: &Aggregation<'_>,
        members: &[usize],
        columns: &[Column],
        step: usize,
        param: f64,
    ) -> Vec<usize> {
        let op = aggregation.op;
        let present = members.iter().copied().filter(|at| columns[*at].has(step));
        let most = if param < 1.0 { 0 } else { param.min(columns.len() as f64) as usize };
        match op {
            AggregateOp::Limitk => present.take(most).collect(),
            AggregateOp::LimitRatio => {
                let ratio = param.clamp(-1.0, 1.0);
                present.filter(|at| in_ratio(ratio, &columns[*at].labels)).collect()
            }
            _ => {
                let mut numbers: Vec<(usize, f64)> = Vec::new();
                for at in present {
                    match columns[at].float(step) {
                        Some(value) => numbers.push((at, value)),
                        None if most > 0 => self.note_ignored(op, aggregation.whole),
                        None => {}
                    }
                }
                numbers.sort_by(|a, b| match (a.1.is_nan(), b.1.is_nan()) {
                    (false, false) if op == AggregateOp::Topk => compare(b.1, a.1),
                    (false, false) => compare(a.1, b.1),
                    (a, b) => a.cmp(&b),
                });
                numbers.truncate(most);
                numbers.into_iter().map(|(at, _)| at).collect()
            }
        }
    }

    fn count_values(
        &self,
        label: &str,
        grouping: &Grouping,
        columns: &[Column],
        steps: &Steps,
    ) -> Result<Vec<Column>, EvalError> {
        let mut known: HashMap<Labels, usize> = HashMap::new();
        let mut results: Vec<Column> = Vec::new();
        // `by` keeps the new label whether it is named or not.
        let grouping = match grouping {
            Grouping::By(names) => {
                Grouping::By(names.iter().cloned().chain([label.to_owned()]).collect())
            }
            without => without.clone(),
        };
        for step in 0..steps.count {
            for column in columns {
                let value = match column.point(step) {
                    None => continue,
                    Some(Point::Float(value)) => super::labels::plain_number(value),
                    Some(Point::Histogram(histogram)) => histogram.to_string(),
                };
                let labels = group_labels(&grouping, &column.labels.with(label, &value));
                let at = match known.get(&labels) {
                    Some(at) => *at,
                    None => {
                        self.count(steps.count)?;
                        known.insert(labels.clone(), results.len());
                        results.push(Column::new(labels, false, steps.count));
                        results.len() - 1
                    }
                };
                let before = results[at].float(step).unwrap_or_default();
                results[at].floats[step] = before + 1.0;
            }
        }
        Ok(results)
    }
}

fn check_count(param: f64) -> Result<(), EvalError> {
    if param.is_nan() {
        return Err(EvalError::failed("Parameter value is NaN"));
    }
    if param <= i64::MIN as f64 {
        return Err(EvalError::failed(format!("Scalar value {param} underflows int64")));
    }
    if param >= i64::MAX as f64 {
        return Err(EvalError::failed(format!("Scalar value {param} overflows int64")));
    }
    Ok(())
}

fn compare(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or(Ordering::Equal)
}

/// Whether a series is in a share of all: by a hash of its labels, so always the same ones; a negative
/// ratio takes those that its complement leaves.
fn in_ratio(ratio: f64, labels: &Labels) -> bool {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for (name, value) in labels.iter() {
        for byte in name.bytes().chain([0xff]).chain(value.bytes()).chain([0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    // The low bits of such a hash mix well, the high ones less.
    hash ^= hash >> 32;
    let place = (hash.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 11) as f64 / (1_u64 << 53) as f64;
    if ratio >= 0.0 { place < ratio } else { place >= 1.0 + ratio }
}

fn variance(values: &[f64]) -> f64 {
    if values.len() == 1 {
        return if values[0].is_finite() { 0.0 } else { f64::NAN };
    }
    let (mut mean, mut squares) = (values[0], if values[0].is_finite() { 0.0 } else { f64::NAN });
    for (index, value) in values.iter().enumerate().skip(1) {
        let delta = value - mean;
        mean += delta / (index + 1) as f64;
        squares += delta * (value - mean);
    }
    squares / values.len() as f64
}
