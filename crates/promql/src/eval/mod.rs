//! Evaluates expressions: every node for all steps at once, series by series.
//!
//! Invariants: a node gives each series once, with as many values as there are steps; what a node looks
//! at depends on its steps alone, so a subquery is the same evaluation over other steps; samples are
//! counted against a limit before they are held, and whoever loops asks the storage whether to go on.

mod aggregate;
mod binary;
mod budget;
mod column;
mod few;
mod fixed;
mod functions;
mod group;
mod histograms;
mod labels;
mod range;
mod range_functions;
mod repairs;
mod select;
mod time;

use std::cell::{Cell, RefCell};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use crate::ast::{At, BinaryOp, Expr, ExprKind, Matcher, Selector, When};
use crate::notes::Notes;
use crate::series::is_stale;
use crate::{Histogram, Labels, ParseError, Point, ResetHint, Series, parse};
use budget::{Budget, samples_of};
use column::{Column, Steps};
use group::{Groups, Part};
use repairs::Repairs;

/// A part of a query's text.
type Span = Range<usize>;

/// Where series come from.
pub trait Storage {
    /// All series that match, with their samples from `from` to `to`, both included, in milliseconds since
    /// 1970.
    ///
    /// # Errors
    ///
    /// The storage cannot be read, or a limit of it is reached.
    fn select(&self, matchers: &[Matcher], from: i64, to: i64) -> Result<Vec<Series>, EvalError>;

    /// Whether the evaluation is to go on; asked at every node of an expression and every few thousand
    /// values. An error ends the query and is its answer.
    ///
    /// # Errors
    ///
    /// The query's time is over, or whoever asked no longer waits: best an [`EvalError::Stopped`].
    fn check(&self) -> Result<(), EvalError> {
        Ok(())
    }
}

/// How queries are evaluated.
#[derive(Clone, Debug)]
pub struct Options {
    /// How long a sample stands for its series, in milliseconds.
    pub lookback_ms: i64,
    /// The step of subqueries that name none, in milliseconds.
    pub default_step_ms: i64,
    /// Samples that a query may hold in memory at once, read or made; of 16 bytes each, so that a histogram
    /// counts for several.
    pub samples_max: usize,
    /// Steps that a query may have.
    pub steps_max: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            lookback_ms: 300_000,
            default_step_ms: 60_000,
            samples_max: 50_000_000,
            steps_max: 11_000,
        }
    }
}

/// Why a query has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvalError {
    /// It is not an expression.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// It cannot be answered.
    #[error("{0}")]
    Failed(String),
    /// It takes more than it may.
    #[error("{0}")]
    Limit(String),
    /// It was ended from outside: its time is over, or nobody waits for it.
    #[error("{0}")]
    Stopped(String),
}

impl EvalError {
    pub(crate) fn failed(problem: impl Into<String>) -> Self {
        Self::Failed(problem.into())
    }

    pub(crate) fn same_labels() -> Self {
        Self::failed("vector cannot contain metrics with the same labelset")
    }
}

/// A value of a query.
#[derive(Clone, Debug)]
pub enum Value {
    /// A number at one time.
    Scalar(f64),
    /// A text.
    Text(String),
    /// A value for each series at one time.
    Vector(Vec<(Labels, Point)>),
    /// Values of each series at several times, in milliseconds since 1970.
    Matrix(Vec<(Labels, Vec<(i64, Point)>)>),
}

/// What a query is answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The value.
    pub value: Value,
    /// What its author should know.
    pub notes: Notes,
}

/// Answers queries over a storage.
pub struct Engine<'a> {
    storage: &'a dyn Storage,
    options: Options,
}

impl<'a> Engine<'a> {
    /// An engine over a storage.
    #[must_use]
    pub fn new(storage: &'a dyn Storage, options: Options) -> Self {
        Self { storage, options }
    }

    /// A query at one time, in milliseconds since 1970.
    ///
    /// # Errors
    ///
    /// See [`EvalError`].
    pub fn instant(&self, query: &str, at: i64) -> Result<Answer, EvalError> {
        let steps = Steps { start: at, step: 1, count: 1 };
        let expr = parse(query)?;
        let query = Query::new(self, query, steps);
        let value = match &unwrapped(&expr).kind {
            ExprKind::Matrix { .. } | ExprKind::Subquery { .. } => query.samples(&expr, &steps)?,
            _ => match query.eval(&expr, &steps)? {
                Node::Scalar(values) => Value::Scalar(values[0]),
                Node::Text(text) => Value::Text(text),
                Node::Vector(columns) => query.vector(&expr, columns)?,
            },
        };
        Ok(Answer { value, notes: query.into_notes() })
    }

    /// A query at every step from `start` to `end`, both included, in milliseconds.
    ///
    /// # Errors
    ///
    /// See [`EvalError`]; the steps are none or too many, or the expression is neither a scalar nor a vector.
    pub fn range(&self, query: &str, start: i64, end: i64, step: i64) -> Result<Answer, EvalError> {
        if step <= 0 || end < start {
            return Err(EvalError::failed(
                "expected a positive step and an end not before the start",
            ));
        }
        let count = usize::try_from(end.saturating_sub(start) / step)
            .unwrap_or(usize::MAX)
            .saturating_add(1);
        if count > self.options.steps_max {
            let most = self.options.steps_max;
            let problem = format!("the query has {count} steps, at most {most} are allowed");
            return Err(EvalError::Limit(problem));
        }
        let steps = Steps { start, step, count };
        let expr = parse(query)?;
        let query = Query::new(self, query, steps);
        let columns = match query.eval(&expr, &steps)? {
            Node::Scalar(floats) => {
                let labels = Labels::default();
                vec![Column { labels, drop_name: false, floats, histograms: Vec::new() }]
            }
            Node::Vector(columns) => query.finish(columns)?,
            Node::Text(_) => {
                return Err(EvalError::failed("a text has no values over time"));
            }
        };
        let mut series = Vec::with_capacity(columns.len());
        for column in columns {
            query.work(steps.count)?;
            let points = column.points(&steps);
            if !points.is_empty() {
                series.push((column.labels, points));
            }
        }
        series.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(Answer { value: Value::Matrix(series), notes: query.into_notes() })
    }
}

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
    /// The steps of the query itself, which `@ start()` and `@ end()` mean.
    steps: Steps,
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
    fn new(engine: &'a Engine<'a>, text: &'a str, steps: Steps) -> Self {
        Self {
            engine,
            text,
            steps,
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

    fn eval_node(&self, expr: &Expr, steps: &Steps) -> Result<Node, EvalError> {
        Ok(match &expr.kind {
            ExprKind::Number(number) => Node::Scalar(vec![*number; steps.count]),
            ExprKind::Text(text) => Node::Text(text.clone()),
            ExprKind::Paren(inner) => self.eval(inner, steps)?,
            ExprKind::Selector(selector) => Node::Vector(self.select(selector, steps)?),
            ExprKind::Unary { negative, expr } => self.unary(*negative, self.eval(expr, steps)?)?,
            ExprKind::Binary(binary) => self.binary(binary, expr, steps)?,
            ExprKind::Aggregate { op, grouping, param, expr: inner } => {
                Node::Vector(self.aggregate(
                    &aggregate::Aggregation {
                        op: *op,
                        grouping,
                        param: param.as_deref(),
                        inner,
                        whole: &expr.span,
                    },
                    steps,
                )?)
            }
            ExprKind::Call { function, args } => self.call(function, args, expr, steps)?,
            ExprKind::Matrix { .. } | ExprKind::Subquery { .. } => {
                return Err(EvalError::failed("a range has no value at one time"));
            }
        })
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

    fn unary(&self, negative: bool, node: Node) -> Result<Node, EvalError> {
        Ok(match node {
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
            Some(At::Start) => self.steps.start,
            Some(At::End) => self.steps.end(),
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
    fn put(&self, column: &mut Column, step: usize, point: Point) -> Result<(), EvalError> {
        if let Point::Histogram(histogram) = &point {
            self.count(samples_of(histogram))?;
        }
        column.set(step, point);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Ten;

    impl Storage for Ten {
        fn select(&self, _: &[Matcher], _: i64, _: i64) -> Result<Vec<Series>, EvalError> {
            let floats = (0..10).map(|at| (at * 1_000, at as f64)).collect();
            let labels = Labels::new([("__name__", "x")]);
            Ok(vec![Series { labels, floats, ..Series::default() }])
        }
    }

    #[test]
    fn limits_are_kept() {
        let engine = Engine::new(&Ten, Options { samples_max: 25, ..Options::default() });
        assert!(engine.instant("x", 9_000).is_ok());
        let many = engine.range("x", 0, 100_000, 1_000);
        assert!(matches!(many, Err(EvalError::Limit(_))), "{many:?}");
        let long = engine.range("x", 0, i64::MAX, 1);
        assert!(matches!(long, Err(EvalError::Limit(_))), "{long:?}");
        let wide = engine.instant("max_over_time(x[1h:1ms])", 9_000);
        assert!(matches!(wide, Err(EvalError::Limit(_))), "{wide:?}");
        assert!(engine.range("x", 1, 0, 1).is_err());
        assert!(engine.range("x", 0, 1, 0).is_err());
    }

    #[test]
    fn times_at_the_ends_of_time_do_not_overflow() {
        let engine = Engine::new(&Ten, Options::default());
        for query in ["x", "x offset 290y", "rate(x[290y])", "x @ 9e15", "max_over_time(x[1y:1y])"]
        {
            for at in [i64::MIN, 0, i64::MAX] {
                let _ = engine.instant(query, at);
            }
        }
    }
}
