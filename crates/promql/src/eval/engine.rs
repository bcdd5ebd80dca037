//! What is asked of the evaluation from outside: where series come from, limits, and answers.
//!
//! Invariant: a query ends with an answer or an error, and with an error as soon as a limit is reached.

use super::column::{Column, Steps};
use super::{Node, Query, unwrapped};
use crate::ast::{ExprKind, Matcher};
use crate::notes::Notes;
use crate::parse::{Timing, resolve};
use crate::{Labels, ParseError, Point, Series, parse};

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
    /// The series it needs cannot be read.
    #[error("{0}")]
    Storage(String),
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
    pub(super) storage: &'a dyn Storage,
    pub(super) options: Options,
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
        let mut expr = parse(query)?;
        let timing = Timing { start: at, end: at, step: 0 };
        resolve(&mut expr, query, timing)?;
        let query = Query::new(self, query, timing);
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
        let mut expr = parse(query)?;
        let timing = Timing { start, end, step };
        resolve(&mut expr, query, timing)?;
        let query = Query::new(self, query, timing);
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
