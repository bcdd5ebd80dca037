//! Binary operators: numbers, series with a number, series with series, sets of series.

use std::collections::HashMap;
use std::sync::Arc;

use super::column::{Column, Steps, is_metadata};
use super::functions::scaled;
use super::group::{Groups, Part};
use super::{Node, Query, Span};
use crate::ast::{Binary, BinaryOp, Expr, Grouping};
use crate::series::{ABSENT, is_stale};
use crate::{EvalError, Histogram, Labels, Point};

/// What an operator makes of two values.
enum Outcome {
    /// A value; of a comparison, that of the left side if it holds.
    Value(Point),
    /// A comparison that does not hold.
    Dropped,
    /// Nothing: the two do not go together.
    None,
}

impl Query<'_> {
    pub(super) fn binary(
        &self,
        binary: &Binary,
        expr: &Expr,
        steps: &Steps,
    ) -> Result<Node, EvalError> {
        let lhs = self.eval(&binary.lhs, steps)?;
        let rhs = self.eval(&binary.rhs, steps)?;
        match (lhs, rhs) {
            (Node::Scalar(lhs), Node::Scalar(rhs)) => {
                let pairs = lhs.into_iter().zip(rhs);
                Ok(Node::Scalar(pairs.map(|(l, r)| of_numbers(binary.op, l, r)).collect()))
            }
            (Node::Vector(columns), Node::Scalar(scalar)) => {
                Ok(Node::Vector(self.with_scalar(binary, &expr.span, columns, &scalar, false)?))
            }
            (Node::Scalar(scalar), Node::Vector(columns)) => {
                Ok(Node::Vector(self.with_scalar(binary, &expr.span, columns, &scalar, true)?))
            }
            (Node::Vector(lhs), Node::Vector(rhs)) => match binary.op.is_set() {
                true => Ok(Node::Vector(self.sets(binary, lhs, rhs, steps)?)),
                false => Ok(Node::Vector(self.matched(binary, &expr.span, lhs, rhs, steps)?)),
            },
            _ => Err(EvalError::failed("a text has no operators")),
        }
    }

    fn with_scalar(
        &self,
        binary: &Binary,
        place: &Span,
        columns: Vec<Column>,
        scalar: &[f64],
        scalar_left: bool,
    ) -> Result<Vec<Column>, EvalError> {
        let mut result = Vec::with_capacity(columns.len());
        let drops_name = binary.return_bool || changes_meaning(binary.op);
        for mut column in columns {
            column.drop_name |= drops_name;
            if column.histograms.is_empty() && !trims(binary.op) {
                self.work(column.floats.len())?;
                numbers_with_scalar(binary, &mut column.floats, scalar, scalar_left);
            } else {
                column = self.points_with_scalar(binary, place, column, scalar, scalar_left)?;
            }
            if !column.is_empty() {
                result.push(column);
            }
        }
        Ok(result)
    }

    fn points_with_scalar(
        &self,
        binary: &Binary,
        place: &Span,
        column: Column,
        scalar: &[f64],
        scalar_left: bool,
    ) -> Result<Column, EvalError> {
        let op = binary.op;
        self.count(scalar.len())?;
        let mut made = Column::new(column.labels.clone(), column.drop_name, scalar.len());
        for (step, number) in scalar.iter().enumerate() {
            let Some(point) = column.point(step) else { continue };
            let number = Point::Float(*number);
            let outcome = match scalar_left {
                true => self.operate(op, &number, &point, place),
                false => self.operate(op, &point, &number, place),
            };
            let point = match outcome {
                Outcome::None => continue,
                Outcome::Value(_) if binary.return_bool => Point::Float(1.0),
                Outcome::Dropped if binary.return_bool => Point::Float(0.0),
                Outcome::Dropped => continue,
                // The series keeps its value, whichever side it is on.
                Outcome::Value(_) if op.is_comparison() => point,
                Outcome::Value(value) => value,
            };
            self.put(&mut made, step, point)?;
        }
        self.budget.give_back(column.samples());
        Ok(made)
    }

    fn matched(
        &self,
        binary: &Binary,
        place: &Span,
        lhs: Vec<Column>,
        rhs: Vec<Column>,
        steps: &Steps,
    ) -> Result<Vec<Column>, EvalError> {
        // The side that may have many series for one of the other.
        let many_right = binary.group.as_ref().is_some_and(|group| !group.left);
        let (many, one) = if many_right { (rhs, lhs) } else { (lhs, rhs) };
        let mut keys = Groups::new(Part::of(&binary.matching));
        let ones = self.by_key(&mut keys, &one)?;
        // Where the other side has nothing, nothing is matched, and nothing is ambiguous.
        let ambiguous = ones.iter().any(|indices| indices.len() > 1);
        let asked: Vec<bool> = match ambiguous {
            true => (0..steps.count).map(|step| many.iter().any(|c| c.has(step))).collect(),
            false => Vec::new(),
        };
        for (key, indices) in ones.iter().enumerate() {
            self.work(steps.count.saturating_mul(indices.len()))?;
            if let Some((a, b)) = collision(&one, indices, &asked) {
                return Err(duplicates(&keys.labels(key), &one[a], &one[b], many_right));
            }
        }
        let drop_name = binary.return_bool;
        let mut results: Vec<Column> = Vec::new();
        // Results by their labels, and the steps taken by what they were matched on.
        let mut known = Groups::new(Part::All);
        let mut taken: HashMap<(usize, Option<usize>), Vec<bool>> = HashMap::new();
        for left in &many {
            self.work(1 + left.labels.len())?;
            let Some(key) = keys.find(&left.labels) else { continue };
            for index in &ones[key] {
                let right = &one[*index];
                self.work(steps.count)?;
                if !(0..steps.count).any(|step| left.has(step) && right.has(step)) {
                    continue;
                }
                let labels = result_labels(binary, &left.labels, &right.labels);
                let at = known.place(&labels);
                if at == results.len() {
                    // A value and the mark that it is taken.
                    self.count(2 * steps.count)?;
                    let drop_name = drop_name || left.drop_name;
                    results.push(Column::new(labels, drop_name, steps.count));
                }
                let unique = (key, binary.group.as_ref().map(|_| at));
                let taken = taken.entry(unique).or_insert_with(|| vec![false; steps.count]);
                let sides = if many_right { (right, left) } else { (left, right) };
                self.pair(binary, place, sides, taken, &mut results[at])?;
            }
        }
        results.retain(|column| !column.is_empty());
        Ok(results)
    }

    /// An operation on two series that match; no step may be taken already.
    fn pair(
        &self,
        binary: &Binary,
        place: &Span,
        (left, right): (&Column, &Column),
        taken: &mut [bool],
        into: &mut Column,
    ) -> Result<(), EvalError> {
        for (step, taken) in taken.iter_mut().enumerate() {
            let (Some(l), Some(r)) = (left.point(step), right.point(step)) else { continue };
            let outcome = self.operate(binary.op, &l, &r, place);
            if matches!(outcome, Outcome::None) {
                continue;
            }
            if std::mem::replace(taken, true) {
                return Err(EvalError::failed(match &binary.group {
                    None => {
                        "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)"
                    }
                    Some(_) => {
                        "multiple matches for labels: grouping labels must ensure unique matches"
                    }
                }));
            }
            let point = match outcome {
                Outcome::Value(_) if binary.return_bool => Point::Float(1.0),
                Outcome::Dropped if binary.return_bool => Point::Float(0.0),
                Outcome::Value(point) => point,
                Outcome::Dropped | Outcome::None => continue,
            };
            if into.has(step) {
                return Err(EvalError::same_labels());
            }
            self.put(into, step, point)?;
        }
        Ok(())
    }

    /// One operation on two values.
    fn operate(&self, op: BinaryOp, lhs: &Point, rhs: &Point, place: &Span) -> Outcome {
        let held = |holds: bool, point: &Point| match holds {
            true => Outcome::Value(point.clone()),
            false => Outcome::Dropped,
        };
        let histogram = |histogram| Outcome::Value(Point::Histogram(Arc::new(histogram)));
        match (lhs, rhs) {
            (Point::Float(l), Point::Float(r)) => match op {
                BinaryOp::TrimUpper | BinaryOp::TrimLower => {
                    self.mismatch(op, "float", "float", place)
                }
                _ if op.is_comparison() => held(of_numbers(op, *l, *r) == 1.0, lhs),
                _ => Outcome::Value(Point::Float(of_numbers(op, *l, *r))),
            },
            (Point::Float(l), Point::Histogram(r)) => match op {
                BinaryOp::Mul => histogram(scaled(r, *l)),
                _ => self.mismatch(op, "float", "histogram", place),
            },
            (Point::Histogram(l), Point::Float(r)) => match op {
                BinaryOp::Mul => histogram(scaled(l, *r)),
                BinaryOp::Div => histogram(super::functions::divided(l, *r)),
                BinaryOp::TrimUpper => histogram(changed(l, |l| l.trim_upper(*r))),
                BinaryOp::TrimLower => histogram(changed(l, |l| l.trim_lower(*r))),
                _ => self.mismatch(op, "histogram", "float", place),
            },
            (Point::Histogram(l), Point::Histogram(r)) => match op {
                BinaryOp::Add | BinaryOp::Sub => {
                    match super::histograms::combine(self, op, l, r, place) {
                        Some(result) => histogram(result),
                        None => Outcome::None,
                    }
                }
                BinaryOp::Equal => held(l.equals(r), lhs),
                BinaryOp::NotEqual => held(!l.equals(r), lhs),
                _ => self.mismatch(op, "histogram", "histogram", place),
            },
        }
    }

    fn mismatch(&self, op: BinaryOp, lhs: &str, rhs: &str, place: &Span) -> Outcome {
        let op = op.symbol();
        self.inform(
            place,
            format_args!(
                "incompatible sample types encountered for binary operator {op:?}: {lhs} {op} {rhs}"
            ),
        );
        Outcome::None
    }
}

/// A histogram with a change.
fn changed(histogram: &Histogram, change: impl FnOnce(&mut Histogram)) -> Histogram {
    let mut histogram = histogram.clone();
    change(&mut histogram);
    histogram
}

fn of_numbers(op: BinaryOp, l: f64, r: f64) -> f64 {
    let truth = |holds: bool| f64::from(u8::from(holds));
    match op {
        BinaryOp::Add => l + r,
        BinaryOp::Sub => l - r,
        BinaryOp::Mul => l * r,
        BinaryOp::Div => l / r,
        BinaryOp::Mod => l % r,
        BinaryOp::Pow => l.powf(r),
        BinaryOp::Atan2 => l.atan2(r),
        BinaryOp::Equal => truth(l == r),
        BinaryOp::NotEqual => truth(l != r),
        BinaryOp::Greater => truth(l > r),
        BinaryOp::Less => truth(l < r),
        BinaryOp::GreaterEqual => truth(l >= r),
        BinaryOp::LessEqual => truth(l <= r),
        // Parsing refuses the others between numbers.
        _ => ABSENT,
    }
}

/// Two columns that have a value at the same step, of those that are asked for.
fn collision(columns: &[Column], indices: &[usize], asked: &[bool]) -> Option<(usize, usize)> {
    if indices.len() < 2 {
        return None;
    }
    (0..asked.len()).filter(|step| asked[*step]).find_map(|step| {
        let mut with = indices.iter().copied().filter(|index| columns[*index].has(step));
        Some((with.next()?, with.next()?))
    })
}

fn duplicates(matched: &Labels, a: &Column, b: &Column, one_left: bool) -> EvalError {
    let side = if one_left { "left" } else { "right" };
    let (mut a, mut b) = (braced(&a.labels), braced(&b.labels));
    if a > b {
        std::mem::swap(&mut a, &mut b);
    }
    EvalError::failed(format!(
        "found duplicate series for the match group {matched} on the {side} hand-side of the operation: \
         [{a}, {b}];many-to-many matching not allowed: matching labels must be unique on one side"
    ))
}

/// An operator with a number, on numbers where they are.
fn numbers_with_scalar(binary: &Binary, numbers: &mut [f64], scalar: &[f64], scalar_left: bool) {
    let op = binary.op;
    for (number, scalar) in numbers.iter_mut().zip(scalar) {
        if is_stale(*number) {
            continue;
        }
        let (l, r) = if scalar_left { (*scalar, *number) } else { (*number, *scalar) };
        let value = of_numbers(op, l, r);
        if !op.is_comparison() || binary.return_bool {
            *number = value;
        } else if value != 1.0 {
            *number = ABSENT;
        }
    }
}

/// Whether an operator cuts histograms.
fn trims(op: BinaryOp) -> bool {
    matches!(op, BinaryOp::TrimUpper | BinaryOp::TrimLower)
}

/// Whether a result is something else than what its metric's name says.
fn changes_meaning(op: BinaryOp) -> bool {
    !(op.is_comparison() || op.is_set() || trims(op))
}

/// All labels within braces, the name among them.
fn braced(labels: &Labels) -> String {
    let pairs: Vec<String> =
        labels.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
    format!("{{{}}}", pairs.join(", "))
}

/// Labels of a result of two series; `many` is the side that may have several.
fn result_labels(binary: &Binary, many: &Labels, one: &Labels) -> Labels {
    let mut labels = match changes_meaning(binary.op) {
        true => many.filter(|name| !is_metadata(name)),
        false => many.clone(),
    };
    let Some(group) = &binary.group else {
        return match &binary.matching {
            Grouping::By(names) => labels.filter(|name| names.iter().any(|n| n == name)),
            Grouping::Without(names) => labels.filter(|name| names.iter().all(|n| n != name)),
        };
    };
    for name in &group.include {
        labels = labels.with(name, one.get(name));
    }
    labels
}

impl Query<'_> {
    /// Series by what they are matched on.
    fn by_key(
        &self,
        keys: &mut Groups<'_>,
        columns: &[Column],
    ) -> Result<Vec<Vec<usize>>, EvalError> {
        let mut members: Vec<Vec<usize>> = Vec::new();
        for (index, column) in columns.iter().enumerate() {
            self.work(1 + column.labels.len())?;
            let key = keys.place(&column.labels);
            if key == members.len() {
                members.push(Vec::new());
            }
            members[key].push(index);
        }
        Ok(members)
    }

    fn sets(
        &self,
        binary: &Binary,
        mut lhs: Vec<Column>,
        mut rhs: Vec<Column>,
        steps: &Steps,
    ) -> Result<Vec<Column>, EvalError> {
        match binary.op {
            BinaryOp::And => self.keep(binary, &mut lhs, &rhs, true, steps)?,
            BinaryOp::Unless => self.keep(binary, &mut lhs, &rhs, false, steps)?,
            _ => {
                self.keep(binary, &mut rhs, &lhs, false, steps)?;
                lhs.append(&mut rhs);
            }
        }
        Ok(lhs)
    }

    /// Keeps values at the steps at which a matching series of others has one, or has none.
    fn keep(
        &self,
        binary: &Binary,
        columns: &mut Vec<Column>,
        others: &[Column],
        wanted: bool,
        steps: &Steps,
    ) -> Result<(), EvalError> {
        let mut keys = Groups::new(Part::of(&binary.matching));
        let members = self.by_key(&mut keys, others)?;
        self.count(members.len().saturating_mul(steps.count))?;
        let mut present = vec![Vec::new(); members.len()];
        for (present, members) in present.iter_mut().zip(&members) {
            *present = vec![false; steps.count];
            for column in members.iter().map(|at| &others[*at]) {
                self.work(steps.count)?;
                present.iter_mut().enumerate().for_each(|(step, at)| *at |= column.has(step));
            }
        }
        for column in columns.iter_mut() {
            self.work(steps.count)?;
            let other = keys.find(&column.labels).map(|key| &present[key]);
            for step in 0..steps.count {
                if other.is_some_and(|other| other[step]) != wanted {
                    column.floats[step] = ABSENT;
                    if let Some(histogram) = column.histograms.get_mut(step) {
                        *histogram = None;
                    }
                }
            }
        }
        columns.retain(|column| !column.is_empty());
        Ok(())
    }
}
