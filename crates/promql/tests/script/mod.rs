//! Runs Prometheus' PromQL test scripts against an evaluator.
//!
//! Invariants: a script that cannot be read is an error, never a shorter script; what a script says of
//! values, labels, order and warnings is compared, or the eval counts as failed.

mod checks;
mod classic;
mod compare;
mod description;
mod expectations;
mod histogram;
mod parse;
mod run;
mod storage;
mod text;

pub(crate) use run::{Report, run};

use plimsoll_promql::{Labels, Point, Series};

use expectations::Expectations;

/// What answers a script's queries.
pub(crate) trait Evaluator {
    /// Evaluates at one time.
    fn instant(&self, query: &str, at_ms: i64) -> Result<Answer, String>;

    /// Evaluates at each step.
    fn range(&self, query: &str, steps: Steps) -> Result<Answer, String>;

    /// The query with every outermost selector and subquery that has no `@` fixed to a time; nothing where
    /// its result depends on the time of evaluation all the same. With it, instant queries are repeated at
    /// other times and must give the same.
    fn pinned(&self, _query: &str, _at_ms: i64) -> Option<String> {
        None
    }
}

/// The steps of a range, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Steps {
    /// The first.
    pub(crate) from_ms: i64,
    /// None is later.
    pub(crate) to_ms: i64,
    /// From one to the next.
    pub(crate) step_ms: i64,
}

/// What a query gives.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// The result.
    pub(crate) value: Value,
    /// Warnings, as shown to users.
    pub(crate) warnings: Vec<String>,
    /// Remarks, as shown to users.
    pub(crate) infos: Vec<String>,
}

/// A result. The scalar of a range query is a matrix of one series without labels.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    /// One number.
    Scalar(f64),
    /// A string.
    Text(String),
    /// One point for each series.
    Vector(Vec<(Labels, Point)>),
    /// Points with their times in milliseconds, for each series.
    Matrix(Vec<(Labels, Vec<(i64, Point)>)>),
}

/// One step of a script.
#[derive(Debug)]
enum Command {
    /// Adds series.
    Load(Load),
    /// Drops all series.
    Clear,
    /// Evaluates and compares.
    Eval(Eval),
}

/// Series to add.
#[derive(Debug)]
struct Load {
    line: usize,
    with_nhcb: bool,
    series: Vec<Series>,
}

/// A query and what is expected of it.
#[derive(Debug)]
struct Eval {
    line: usize,
    kind: Kind,
    expression: String,
    expectations: Expectations,
}

/// When a query is evaluated.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Instant { at_ms: i64 },
    Range(Steps),
}
