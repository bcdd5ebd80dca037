//! Evaluates expressions: every node for all steps at once, series by series.
//!
//! Invariants: a node gives each series once, with as many values as there are steps; what a node looks
//! at depends on its steps alone, so a subquery is the same evaluation over other steps; samples are
//! counted against a limit before they are held, and whoever loops asks the storage whether to go on.

mod aggregate;
mod binary;
mod budget;
mod column;
mod engine;
mod few;
mod fixed;
mod functions;
mod group;
mod histograms;
mod info;
mod labels;
mod losses;
mod range;
mod range_functions;
mod repairs;
mod select;
#[cfg(test)]
mod tests;
mod time;

use std::cell::{Cell, RefCell};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use crate::ast::{At, BinaryOp, Expr, ExprKind, Selector, When};
use crate::notes::Notes;
use crate::parse::Timing;
use crate::series::is_stale;
use crate::{Histogram, Labels, Point, ResetHint, Series};
use budget::{Budget, samples_of};
use column::{Column, Steps};
pub use engine::{Answer, Engine, EvalError, Options, Storage, Value};
pub(crate) use functions::{greater, lesser};
use group::{Groups, Part};
use repairs::Repairs;

/// A part of a query's text.
type Span = Range<usize>;

/// An expression without the parentheses around it.
fn unwrapped(expr: &Expr) -> &Expr {
    match &expr.kind {
        ExprKind::Paren(inner) => unwrapped(inner),
        _ => expr,
    }
}

/// What a node of the expression gives.
enum Node {
    Scalar(Vec<f64>),
    Text(String),
    Vector(Vec<Column>),
}

impl Node {
    /// How many samples it holds.
    fn samples(&self) -> usize {
        match self {
            Self::Scalar(values) => values.len(),
            Self::Text(_) => 0,
            Self::Vector(columns) => columns.iter().map(Column::samples).sum(),
        }
    }
}

/// One evaluation.
struct Query<'a> {
    engine: &'a Engine<'a>,
    text: &'a str,
    timing: Timing,
    notes: RefCell<Notes>,
    repairs: RefCell<Repairs>,
    budget: Budget<'a>,
    resets: Cell<Resets>,
}

/// Whether histograms tell of resets. As in Prometheus only the functions that need no buckets learn of
/// them; all else finds out by itself where it matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Resets {
    #[default]
    Hidden,
    Told,
    /// Whatever is further in.
    Never,
}

impl Resets {
    /// Within a node of the expression.
    fn within(self, expr: &Expr) -> Self {
        match &expr.kind {
            _ if self == Self::Never => self,
            ExprKind::Call { function, .. } => match function.name {
                "histogram_count" | "histogram_sum" | "histogram_avg" => Self::Told,
                "histogram_quantile" | "histogram_quantiles" | "histogram_fraction" => Self::Never,
                _ => self,
            },
            ExprKind::Binary(binary)
                if matches!(binary.op, BinaryOp::TrimUpper | BinaryOp::TrimLower) =>
            {
                Self::Never
            }
            _ => self,
        }
    }
}

impl<'a> Query<'a> {
    fn new(engine: &'a Engine<'a>, text: &'a str, timing: Timing) -> Self {
        Self {
            engine,
            text,
            timing,
            notes: RefCell::default(),
            repairs: RefCell::default(),
            budget: Budget::new(engine.storage, engine.options.samples_max),
            resets: Cell::default(),
        }
    }

    /// Notes a warning about a part of the query.
    fn warn(&self, place: &Span, text: impl fmt::Display) {
        self.notes.borrow_mut().warn(format!("{text} ({})", self.line_and_column(place)));
    }

    /// Notes a remark about a part of the query.
    fn inform(&self, place: &Span, text: impl fmt::Display) {
        self.notes.borrow_mut().inform(format!("{text} ({})", self.line_and_column(place)));
    }

    /// All that was noted.
    fn into_notes(self) -> Notes {
        let mut notes = self.notes.into_inner();
        self.repairs.into_inner().note(&mut notes);
        notes
    }

    fn line_and_column(&self, place: &Span) -> String {
        let before = self.text.get(..place.start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.len() - before.rfind('\n').map_or(0, |at| at + 1) + 1;
        format!("{line}:{column}")
    }

    /// Counts samples that are about to be held.
    fn count(&self, samples: usize) -> Result<(), EvalError> {
        self.budget.take(samples)
    }

    /// Counts work, and now and then asks whether to go on.
    fn work(&self, amount: usize) -> Result<(), EvalError> {
        self.budget.work(amount)
    }

    /// A node's value; what the nodes below it held is given back.
    fn eval(&self, expr: &Expr, steps: &Steps) -> Result<Node, EvalError> {
        self.budget.ask()?;
        let held = self.budget.held();
        let outside = self.resets.replace(self.resets.get().within(expr));
        let node = match steps.count > 1 && fixed::is_fixed(expr) {
            true => self.repeated(expr, steps),
            false => self.eval_node(expr, steps),
        };
        self.resets.set(outside);
        let node = node?;
        self.budget.hold(held.saturating_add(node.samples()))?;
        Ok(node)
    }

    /// All series that match, their histograms as told.
    fn stored(&self, selector: &Selector, from: i64, to: i64) -> Result<Vec<Series>, EvalError> {
        let mut found = self.engine.storage.select(&selector.matchers, from, to)?;
        self.count(found.iter().map(samples_in).sum())?;
        if self.resets.get() != Resets::Told {
            let histograms = found.iter_mut().flat_map(|series| &mut series.histograms);
            for (_, histogram) in histograms.filter(|(_, h)| h.reset_hint == ResetHint::Reset) {
                let mut hidden = Histogram::clone(histogram);
                hidden.reset_hint = ResetHint::Unknown;
                *histogram = Arc::new(hidden);
            }
        }
        Ok(found)
    }

    /// Each kind of node is a function of its own, so that the stack holds little for each level.
    fn eval_node(&self, expr: &Expr, steps: &Steps) -> Result<Node, EvalError> {
        match &expr.kind {
            ExprKind::Number { value, .. } => Ok(Node::Scalar(vec![*value; steps.count])),
            ExprKind::Text(text) => Ok(Node::Text(text.clone())),
            ExprKind::Paren(inner) => self.eval(inner, steps),
            ExprKind::Selector(selector) => self.select(selector, steps).map(Node::Vector),
            ExprKind::Unary { negative, expr } => self.unary(*negative, expr, steps),
            ExprKind::Binary(binary) => self.binary(binary, expr, steps),
            ExprKind::Aggregate { op, grouping, param, expr: inner } => {
                let aggregation = aggregate::Aggregation {
                    op: *op,
                    grouping,
                    param: param.as_deref(),
                    inner,
                    whole: &expr.span,
                };
                self.aggregate(&aggregation, steps).map(Node::Vector)
            }
            ExprKind::Call { function, args } => self.call(function.name, args, expr, steps),
            ExprKind::Matrix { .. } | ExprKind::Subquery { .. } => {
                Err(EvalError::failed("a range has no value at one time"))
            }
        }
    }

    fn eval_vector(&self, expr: &Expr, steps: &Steps) -> Result<Vec<Column>, EvalError> {
        match self.eval(expr, steps)? {
            Node::Vector(columns) => Ok(columns),
            _ => Err(EvalError::failed("expected a vector")),
        }
    }

    fn eval_scalar(&self, expr: &Expr, steps: &Steps) -> Result<Vec<f64>, EvalError> {
        match self.eval(expr, steps)? {
            Node::Scalar(values) => Ok(values),
            _ => Err(EvalError::failed("expected a scalar")),
        }
    }

    fn unary(&self, negative: bool, expr: &Expr, steps: &Steps) -> Result<Node, EvalError> {
        Ok(match self.eval(expr, steps)? {
            Node::Scalar(values) if negative => {
                Node::Scalar(values.into_iter().map(|value| -value).collect())
            }
            Node::Vector(mut columns) if negative => {
                for column in &mut columns {
                    self.work(column.samples())?;
                    column.drop_name = true;
                    for value in column.floats.iter_mut().filter(|value| !is_stale(**value)) {
                        *value = -*value;
                    }
                    for histogram in column.histograms.iter_mut().flatten() {
                        *histogram = functions::scaled(histogram, -1.0).into();
                    }
                }
                Node::Vector(columns)
            }
            other => other,
        })
    }

    /// The time that a selector looks at, at a step.
    fn at(&self, when: &When, time: i64) -> i64 {
        let time = match when.at {
            None => time,
            Some(At::Start) => self.timing.start,
            Some(At::End) => self.timing.end,
            Some(At::Time(at)) => at,
        };
        time.saturating_sub(when.offset_ms)
    }

    /// The samples of a range, as an answer.
    fn samples(&self, expr: &Expr, steps: &Steps) -> Result<Value, EvalError> {
        let ranges = self.ranges(expr, steps)?;
        let mut series = Vec::new();
        for range in &ranges.series {
            let Some(window) = ranges.windows(range).next() else { continue };
            self.count(2 * window.len())?;
            let floats = window.floats.iter().map(|(time, value)| (*time, Point::Float(*value)));
            let histograms =
                window.histograms.iter().map(|(time, h)| (*time, Point::Histogram(h.clone())));
            let mut points: Vec<(i64, Point)> = floats.chain(histograms).collect();
            points.sort_by_key(|(time, _)| *time);
            if !points.is_empty() {
                series.push((range.labels.clone(), points));
            }
        }
        series.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(Value::Matrix(series))
    }

    /// The vector of an instant query, in the order that its expression asks for.
    fn vector(&self, expr: &Expr, columns: Vec<Column>) -> Result<Value, EvalError> {
        let ordered = functions::is_ordered(unwrapped(expr));
        let mut series: Vec<(Labels, Point)> = self
            .finish(columns)?
            .into_iter()
            .filter_map(|column| Some((column.labels.clone(), column.point(0)?)))
            .collect();
        if !ordered {
            series.sort_by(|a, b| a.0.cmp(&b.0));
        }
        Ok(Value::Vector(series))
    }
}

/// How many samples a stored series has.
fn samples_in(series: &Series) -> usize {
    let histograms = series.histograms.iter().map(|(_, histogram)| samples_of(histogram));
    series.floats.len() + histograms.sum::<usize>()
}

impl Query<'_> {
    /// Drops names that are to go, and joins columns that are then the same series.
    fn finish(&self, mut columns: Vec<Column>) -> Result<Vec<Column>, EvalError> {
        for column in &mut columns {
            column.labels = column.final_labels();
            column.drop_name = false;
        }
        self.joined(columns)
    }

    /// Joins columns with equal labels, as a function must that changed them; two values at one step are
    /// an error.
    fn joined(&self, columns: Vec<Column>) -> Result<Vec<Column>, EvalError> {
        // Those that drop their name at the end are apart from those that keep it.
        let mut known = [Groups::new(Part::All), Groups::new(Part::All)];
        let mut places: [Vec<usize>; 2] = Default::default();
        let mut result: Vec<Column> = Vec::with_capacity(columns.len());
        for column in columns {
            self.work(1 + column.labels.len())?;
            let kind = usize::from(column.drop_name);
            let group = known[kind].place(&column.labels);
            if group == places[kind].len() {
                places[kind].push(result.len());
                result.push(column);
                continue;
            }
            let into = &mut result[places[kind][group]];
            self.work(column.floats.len())?;
            for step in 0..column.floats.len() {
                let Some(point) = column.point(step) else { continue };
                if into.has(step) {
                    return Err(EvalError::same_labels());
                }
                into.set(step, point);
            }
        }
        Ok(result)
    }

    /// Puts a value into a column, counting what it holds beyond the column's own numbers.
    #[inline]
    fn put(&self, column: &mut Column, step: usize, point: Point) -> Result<(), EvalError> {
        match point {
            Point::Float(value) => column.floats[step] = value,
            Point::Histogram(histogram) => {
                // One of a column's makes place for all.
                let place = if column.histograms.is_empty() { column.floats.len() } else { 0 };
                self.count(place + samples_of(&histogram))?;
                column.set(step, Point::Histogram(histogram));
            }
        }
        Ok(())
    }
}
