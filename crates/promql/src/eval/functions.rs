//! Functions of vectors and scalars, and the way to all others.

use std::cmp::Ordering;

use super::column::{Column, Steps};
use super::labels::{natural, text};
use super::{Node, Query, Span, range_functions, time};
use crate::ast::{Expr, ExprKind, MatchOp, Matcher};
use crate::{EvalError, Histogram, Labels, METRIC_NAME};

/// A histogram, multiplied.
pub(super) fn scaled(histogram: &Histogram, factor: f64) -> Histogram {
    let mut result = histogram.clone();
    result.mul(factor);
    result.compact(0);
    result
}

/// A histogram, divided.
pub(super) fn divided(histogram: &Histogram, divisor: f64) -> Histogram {
    let mut result = histogram.clone();
    result.div(divisor);
    result.compact(0);
    result
}

pub(super) fn is_range(expr: &Expr) -> bool {
    matches!(super::unwrapped(expr).kind, ExprKind::Matrix { .. } | ExprKind::Subquery { .. })
}

/// Whether an expression puts its vector in an order of its own.
pub(super) fn is_ordered(expr: &Expr) -> bool {
    use crate::ast::AggregateOp::{Bottomk, Limitk, Topk};
    match &expr.kind {
        ExprKind::Call { function, .. } => function.name.starts_with("sort"),
        ExprKind::Aggregate { op, .. } => matches!(op, Topk | Bottomk | Limitk),
        _ => false,
    }
}

pub(super) fn check_quantile(query: &Query<'_>, q: f64, place: &Span) {
    if q.is_nan() || !(0.0..=1.0).contains(&q) {
        let q = super::labels::plain_number(q);
        query.warn(place, format_args!("quantile value should be between 0 and 1, got {q}"));
    }
}

/// Functions of one number.
fn of_number(name: &str) -> Option<fn(f64) -> f64> {
    Some(match name {
        "abs" => f64::abs,
        "ceil" => f64::ceil,
        "floor" => f64::floor,
        "exp" => f64::exp,
        "sqrt" => f64::sqrt,
        "ln" => f64::ln,
        "log2" => f64::log2,
        "log10" => f64::log10,
        "sin" => f64::sin,
        "cos" => f64::cos,
        "tan" => f64::tan,
        "asin" => f64::asin,
        "acos" => f64::acos,
        "atan" => f64::atan,
        "sinh" => f64::sinh,
        "cosh" => f64::cosh,
        "tanh" => f64::tanh,
        "asinh" => f64::asinh,
        "acosh" => f64::acosh,
        "atanh" => f64::atanh,
        "rad" => f64::to_radians,
        "deg" => f64::to_degrees,
        "sgn" => |value| match value.partial_cmp(&0.0) {
            Some(Ordering::Less) => -1.0,
            Some(Ordering::Greater) => 1.0,
            _ => value,
        },
        _ => return None,
    })
}

/// The greater of two, NaN where either is.
pub(crate) fn greater(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::NAN } else { a.max(b) }
}

/// The lesser of two, NaN where either is.
pub(crate) fn lesser(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::NAN } else { a.min(b) }
}

impl Query<'_> {
    /// A function's value. Like `eval_node` it only leads on.
    pub(super) fn call(
        &self,
        name: &str,
        args: &[Expr],
        expr: &Expr,
        steps: &Steps,
    ) -> Result<Node, EvalError> {
        let vector = match name {
            "absent_over_time" => self.absent_over_time(args, steps),
            "absent" => self.absent(&args[0], steps),
            "info" => self.info(args, steps),
            "label_replace" => self.label_replace(args, steps),
            "label_join" => self.label_join(args, steps),
            "sort" | "sort_desc" | "sort_by_label" | "sort_by_label_desc" => {
                self.sort(name, args, &expr.span, steps)
            }
            "vector" => self.vector_of(&args[0], steps),
            // As where Prometheus does not look at start timestamps, which series do not have here.
            "start_timestamp" => self.eval_vector(&args[0], steps).map(|_| Vec::new()),
            _ if name.starts_with("histogram_") => self.of_histograms(name, args, steps),
            _ => match range_functions::find(name) {
                Some(function) => self.call_range(name, function, args, steps),
                None => return self.call_plain(name, args, steps),
            },
        };
        vector.map(Node::Vector)
    }

    /// Functions of numbers, times and scalars.
    fn call_plain(&self, name: &str, args: &[Expr], steps: &Steps) -> Result<Node, EvalError> {
        if let Some(of_number) = of_number(name) {
            return self.map(&args[0], steps, |value, _| of_number(value));
        }
        if let Some(of_date) = time::find(name) {
            return match args {
                [] => Ok(Node::Vector(vec![
                    self.of_steps(steps, |time| of_date(time.div_euclid(1000) as f64)),
                ])),
                [vector, ..] => self.map(vector, steps, |value, _| of_date(value)),
            };
        }
        match name {
            "max_of" => self.chosen(greater, args, steps),
            "min_of" => self.chosen(lesser, args, steps),
            "scalar" => self.scalar_of(&args[0], steps),
            "clamp" | "clamp_min" | "clamp_max" => self.clamp(name, args, steps),
            "round" => self.round(args, steps),
            "timestamp" => self.timestamp(&args[0], steps),
            _ => self.of_the_times(name, steps).ok_or_else(|| {
                EvalError::failed(format!("the function {name}() is not available"))
            }),
        }
    }

    fn chosen(
        &self,
        choose: fn(f64, f64) -> f64,
        args: &[Expr],
        steps: &Steps,
    ) -> Result<Node, EvalError> {
        let (a, b) = (self.eval_scalar(&args[0], steps)?, self.eval_scalar(&args[1], steps)?);
        Ok(Node::Scalar(a.into_iter().zip(b).map(|(a, b)| choose(a, b)).collect()))
    }

    fn vector_of(&self, scalar: &Expr, steps: &Steps) -> Result<Vec<Column>, EvalError> {
        let floats = self.eval_scalar(scalar, steps)?;
        let labels = Labels::default();
        Ok(vec![Column { labels, drop_name: false, floats, histograms: Vec::new() }])
    }

    fn scalar_of(&self, vector: &Expr, steps: &Steps) -> Result<Node, EvalError> {
        let columns = self.eval_vector(vector, steps)?;
        self.work(steps.count.saturating_mul(1 + columns.len()))?;
        let at = |step| {
            let mut values = columns.iter().filter_map(|column| column.float(step));
            match (values.next(), values.next()) {
                (Some(value), None) => value,
                _ => f64::NAN,
            }
        };
        Ok(Node::Scalar((0..steps.count).map(at).collect()))
    }

    fn round(&self, args: &[Expr], steps: &Steps) -> Result<Node, EvalError> {
        let nearest = match args.get(1) {
            Some(nearest) => self.eval_scalar(nearest, steps)?,
            None => vec![1.0; steps.count],
        };
        self.map(&args[0], steps, |value, step| {
            let inverse = 1.0 / nearest[step];
            (value * inverse + 0.5).floor() / inverse
        })
    }

    /// Functions that have no arguments.
    fn of_the_times(&self, name: &str, steps: &Steps) -> Option<Node> {
        let times = 0..steps.count;
        Some(match name {
            "time" => Node::Scalar(times.map(|step| steps.time(step) as f64 / 1e3).collect()),
            "pi" => Node::Scalar(vec![std::f64::consts::PI; steps.count]),
            "start" => self.constant(self.timing.start, steps),
            "end" => self.constant(self.timing.end, steps),
            "range" => self.constant(self.timing.end.saturating_sub(self.timing.start), steps),
            "step" => self.constant(self.timing.step, steps),
            _ => return None,
        })
    }

    fn constant(&self, milliseconds: i64, steps: &Steps) -> Node {
        Node::Scalar(vec![milliseconds as f64 / 1e3; steps.count])
    }

    fn of_steps(&self, steps: &Steps, value: impl Fn(i64) -> f64) -> Column {
        let floats = (0..steps.count).map(|step| value(steps.time(step))).collect();
        Column { labels: Labels::default(), drop_name: false, floats, histograms: Vec::new() }
    }

    /// Changes each number of a vector; histograms are left out.
    fn map(
        &self,
        vector: &Expr,
        steps: &Steps,
        change: impl Fn(f64, usize) -> f64,
    ) -> Result<Node, EvalError> {
        let mut columns = self.eval_vector(vector, steps)?;
        for column in &mut columns {
            self.work(steps.count)?;
            column.drop_name = true;
            column.histograms.clear();
            for step in 0..steps.count {
                if let Some(value) = column.float(step) {
                    column.floats[step] = change(value, step);
                }
            }
        }
        columns.retain(|column| !column.is_empty());
        Ok(Node::Vector(columns))
    }

    fn clamp(&self, name: &str, args: &[Expr], steps: &Steps) -> Result<Node, EvalError> {
        let bound = |at: usize| self.eval_scalar(&args[at], steps);
        let (least, most) = match name {
            "clamp_min" => (bound(1)?, vec![f64::INFINITY; steps.count]),
            "clamp_max" => (vec![f64::NEG_INFINITY; steps.count], bound(1)?),
            _ => (bound(1)?, bound(2)?),
        };
        self.map(&args[0], steps, |value, step| match most[step] < least[step] {
            true => crate::ABSENT,
            false => greater(least[step], lesser(most[step], value)),
        })
    }

    fn timestamp(&self, arg: &Expr, steps: &Steps) -> Result<Node, EvalError> {
        let mut columns = match &super::unwrapped(arg).kind {
            ExprKind::Selector(selector) => self.select_times(selector, steps)?,
            _ => {
                let mut columns = self.eval_vector(arg, steps)?;
                for column in &mut columns {
                    self.work(steps.count)?;
                    for step in 0..steps.count {
                        if column.has(step) {
                            column.floats[step] = steps.time(step) as f64 / 1e3;
                        }
                    }
                    column.histograms.clear();
                }
                columns
            }
        };
        columns.iter_mut().for_each(|column| column.drop_name = true);
        Ok(Node::Vector(columns))
    }

    fn absent(&self, arg: &Expr, steps: &Steps) -> Result<Vec<Column>, EvalError> {
        let columns = self.eval_vector(arg, steps)?;
        let mut column = Column::new(absent_labels(arg), false, steps.count);
        for step in 0..steps.count {
            self.work(1 + columns.len())?;
            if !columns.iter().any(|column| column.has(step)) {
                column.floats[step] = 1.0;
            }
        }
        Ok(if column.is_empty() { Vec::new() } else { vec![column] })
    }

    fn absent_over_time(&self, args: &[Expr], steps: &Steps) -> Result<Vec<Column>, EvalError> {
        let ranges = self.ranges(&args[0], steps)?;
        let mut column = Column::new(absent_labels(&args[0]), false, steps.count);
        column.floats.fill(1.0);
        for series in &ranges.series {
            self.work(steps.count)?;
            for (step, window) in ranges.windows(series).enumerate() {
                if !window.is_empty() {
                    column.floats[step] = crate::ABSENT;
                }
            }
        }
        Ok(if column.is_empty() { Vec::new() } else { vec![column] })
    }

    fn sort(
        &self,
        name: &str,
        args: &[Expr],
        place: &Span,
        steps: &Steps,
    ) -> Result<Vec<Column>, EvalError> {
        let mut columns = self.eval_vector(&args[0], steps)?;
        if steps.count > 1 {
            self.warn(
                place,
                "sort is ineffective for range queries since results are always ordered by labels",
            );
        }
        if name.starts_with("sort_by_label") {
            let names: Vec<&str> = args[1..].iter().map(text).collect::<Result<_, _>>()?;
            columns.sort_by(|a, b| {
                let by_name = |name: &&str| natural(a.labels.get(name), b.labels.get(name));
                let order = names.iter().map(by_name).find(|order| order.is_ne());
                order.unwrap_or_else(|| a.labels.cmp(&b.labels))
            });
            if name.ends_with("desc") {
                columns.reverse();
            }
            return Ok(columns);
        }
        columns.iter_mut().for_each(|column| column.histograms.clear());
        columns.retain(|column| !column.is_empty());
        if steps.count == 1 {
            let descending = name.ends_with("desc");
            columns.sort_by(|a, b| {
                let (a, b) = (a.floats[0], b.floats[0]);
                match (a.is_nan(), b.is_nan()) {
                    (false, false) if descending => b.total_cmp(&a),
                    (false, false) => a.total_cmp(&b),
                    (a, b) => a.cmp(&b),
                }
            });
        }
        Ok(columns)
    }

    fn of_histograms(
        &self,
        name: &str,
        args: &[Expr],
        steps: &Steps,
    ) -> Result<Vec<Column>, EvalError> {
        let of_one: fn(&Histogram) -> f64 = match name {
            "histogram_count" => |histogram| histogram.count,
            "histogram_sum" => |histogram| histogram.sum,
            "histogram_avg" => |histogram| histogram.sum / histogram.count,
            "histogram_stdvar" => Histogram::variance,
            "histogram_stddev" => Histogram::standard_deviation,
            _ => return self.of_buckets(name, args, steps),
        };
        let mut columns = Vec::new();
        for column in self.eval_vector(&args[0], steps)? {
            self.count(steps.count)?;
            let mut result = Column::new(column.labels.clone(), true, steps.count);
            for step in 0..steps.count {
                if let Some(histogram) = column.histogram(step) {
                    self.work(1 + super::samples_of(histogram))?;
                    result.floats[step] = of_one(histogram);
                }
            }
            if !result.is_empty() {
                columns.push(result);
            }
        }
        Ok(columns)
    }
}

/// The labels that an absent series would surely have.
fn absent_labels(expr: &Expr) -> Labels {
    let matchers: &[Matcher] = match &super::unwrapped(expr).kind {
        ExprKind::Selector(selector) | ExprKind::Matrix { selector, .. } => &selector.matchers,
        _ => &[],
    };
    let named = |name: &str| matchers.iter().filter(|matcher| matcher.name == name).count();
    let sure = matchers.iter().filter(|matcher| {
        matcher.name != METRIC_NAME
            && matches!(matcher.op, MatchOp::Equal)
            && named(&matcher.name) == 1
    });
    Labels::new(sure.map(|matcher| (matcher.name.as_str(), matcher.value.as_str())))
}
