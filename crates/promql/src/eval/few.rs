//! Aggregations that keep series as they are: some of each group.
//!
//! Invariant: which series a group keeps at a step depends on that step's values alone; of equal ones the
//! earlier is kept.

use std::cmp::Ordering;

use super::aggregate::{Aggregation, groups};
use super::column::{Column, Steps};
use super::{Query, Span};
use crate::ast::AggregateOp;
use crate::{EvalError, Labels};

impl Query<'_> {
    pub(super) fn few(
        &self,
        aggregation: &Aggregation<'_>,
        columns: &[Column],
        steps: &Steps,
        param: impl Fn(usize) -> f64,
    ) -> Result<Vec<Column>, EvalError> {
        let op = aggregation.op;
        let place = aggregation.param.map_or(aggregation.whole, |param| &param.span);
        for step in 0..steps.count {
            match op {
                AggregateOp::LimitRatio => self.check_ratio(param(step), place)?,
                _ => check_count(param(step))?,
            }
        }
        let offsets: Vec<f64> = match op {
            AggregateOp::LimitRatio => columns.iter().map(|c| ratio_offset(&c.labels)).collect(),
            _ => Vec::new(),
        };
        let mut kept: Vec<Option<Column>> = columns.iter().map(|_| None).collect();
        // The order of the result of an instant query.
        let mut order = Vec::new();
        let mut chosen = Vec::new();
        for group in groups(aggregation.grouping, columns) {
            for step in 0..steps.count {
                self.work(1 + group.members.len())?;
                let present = group.members.iter().copied().filter(|at| columns[*at].has(step));
                let param = param(step);
                chosen.clear();
                match op {
                    AggregateOp::Limitk => chosen.extend(present.take(most(param))),
                    AggregateOp::LimitRatio => {
                        let ratio = param.clamp(-1.0, 1.0);
                        chosen.extend(present.filter(|at| in_ratio(ratio, offsets[*at])));
                    }
                    _ => self.best(aggregation, columns, step, most(param), present, &mut chosen),
                }
                for at in &chosen {
                    let column = &columns[*at];
                    let Some(point) = column.point(step) else { continue };
                    if kept[*at].is_none() {
                        self.count(steps.count)?;
                        order.push(*at);
                    }
                    let empty =
                        || Column::new(column.labels.clone(), column.drop_name, steps.count);
                    self.put(kept[*at].get_or_insert_with(empty), step, point)?;
                }
            }
        }
        if steps.count > 1 {
            order.sort_unstable();
        }
        Ok(order.into_iter().filter_map(|at| kept[at].take()).collect())
    }

    fn check_ratio(&self, ratio: f64, place: &Span) -> Result<(), EvalError> {
        if ratio.is_nan() {
            return Err(EvalError::failed("Ratio value is NaN"));
        }
        let capped = ratio.clamp(-1.0, 1.0);
        if capped != ratio {
            self.warn(
                place,
                format_args!(
                    "ratio value should be between -1 and 1, got {ratio}, capping to {capped}"
                ),
            );
        }
        Ok(())
    }

    /// The members with the largest or the smallest numbers, in that order.
    fn best(
        &self,
        aggregation: &Aggregation<'_>,
        columns: &[Column],
        step: usize,
        most: usize,
        present: impl Iterator<Item = usize>,
        chosen: &mut Vec<usize>,
    ) {
        if most == 0 {
            return;
        }
        let mut numbers: Vec<(usize, f64)> = Vec::new();
        for at in present {
            match columns[at].float(step) {
                Some(value) => numbers.push((at, value)),
                None => self.note_ignored(aggregation.op, aggregation.whole),
            }
        }
        let largest = aggregation.op == AggregateOp::Topk;
        let order = |a: &(usize, f64), b: &(usize, f64)| {
            let by_value = match (a.1.is_nan(), b.1.is_nan()) {
                (false, false) if largest => compare(b.1, a.1),
                (false, false) => compare(a.1, b.1),
                (a, b) => a.cmp(&b),
            };
            by_value.then(a.0.cmp(&b.0))
        };
        if most < numbers.len() {
            numbers.select_nth_unstable_by(most, order);
            numbers.truncate(most);
        }
        numbers.sort_unstable_by(order);
        chosen.extend(numbers.into_iter().map(|(at, _)| at));
    }
}

/// How many series a parameter asks for.
fn most(param: f64) -> usize {
    if param < 1.0 { 0 } else { param as usize }
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

/// Where a series is between 0 and 1: by a hash of its labels, and so always at the same place, which is that
/// of Prometheus.
fn ratio_offset(labels: &Labels) -> f64 {
    labels.hash_64() as f64 / u64::MAX as f64
}

/// Whether a series is in a share of all; a negative ratio takes those that its complement leaves.
fn in_ratio(ratio: f64, offset: f64) -> bool {
    if ratio >= 0.0 { offset < ratio } else { offset >= 1.0 + ratio }
}
