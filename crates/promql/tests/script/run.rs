//! Runs a script and counts what passes.
//!
//! Invariants: evals are independent, so that one that fails, even by a panic, does not hide the next; an
//! instant query passes only if a range query around its time gives the same there.

use std::panic::{AssertUnwindSafe, catch_unwind};

use plimsoll_promql::Series;
use regex::Regex;

use super::compare::{check_sorted, compare_error, compare_messages, compare_value};
use super::expectations::{Expectations, Outcome};
use super::parse::parse;
use super::storage::Storage;
use super::{Answer, Command, Eval, Evaluator, Kind, Steps, Value};

/// How far a range query goes to both sides of an instant one.
const AROUND_MS: i64 = 60_000;

/// Functions whose result is another in a range query.
const OF_THE_RANGE: &str = r"(start|end|range|step)\(\)";

/// How a script went.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) evals: usize,
    pub(crate) passed: usize,
    pub(crate) failures: Vec<Failure>,
}

/// What failed.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) line: usize,
    pub(crate) expression: String,
    pub(crate) reason: String,
}

/// Runs a script; the evaluator is made anew whenever the series have changed.
pub(crate) fn run<E: Evaluator>(
    script: &str,
    evaluator_of: impl Fn(&[Series]) -> E,
) -> Result<Report, String> {
    let of_the_range = Regex::new(OF_THE_RANGE).map_err(|error| error.to_string())?;
    let mut report = Report::default();
    let mut storage = Storage::default();
    let mut evaluator = evaluator_of(storage.series());
    for command in parse(script)? {
        match command {
            Command::Clear => storage.clear(),
            Command::Load(load) => {
                if let Err(reason) = storage.load(&load) {
                    report.fail(load.line, "load", reason);
                }
            }
            Command::Eval(eval) => {
                let checked = || check(&eval, &evaluator, &of_the_range);
                report.evals += 1;
                match catch_unwind(AssertUnwindSafe(checked)) {
                    Ok(Ok(())) => report.passed += 1,
                    Ok(Err(reason)) => report.fail(eval.line, &eval.expression, reason),
                    Err(_) => report.fail(eval.line, &eval.expression, "panicked".to_owned()),
                }
                continue;
            }
        }
        evaluator = evaluator_of(storage.series());
    }
    Ok(report)
}

impl Report {
    fn fail(&mut self, line: usize, expression: &str, reason: String) {
        let expression = expression.to_owned();
        self.failures.push(Failure { line, expression, reason });
    }
}

/// Evaluates and compares.
fn check(eval: &Eval, evaluator: &impl Evaluator, of_the_range: &Regex) -> Result<(), String> {
    let expression = &eval.expression;
    let at_ms = match eval.kind {
        Kind::Range(steps) => {
            let answer = evaluator.range(expression, steps);
            return compare(&eval.expectations, Some(steps), answer).map(|_| ());
        }
        Kind::Instant { at_ms } => at_ms,
    };
    let in_range = |query: &str| !of_the_range.is_match(query);
    check_instant(eval, evaluator, expression, at_ms, in_range(expression))?;
    if let Some(pinned) = evaluator.pinned(expression, at_ms) {
        for other_ms in other_times(at_ms) {
            check_instant(eval, evaluator, &pinned, other_ms, in_range(&pinned))
                .map_err(|why| format!("as {pinned} at {other_ms}: {why}"))?;
        }
    }
    Ok(())
}

/// Times at which a query with all its times fixed must give the same.
fn other_times(at_ms: i64) -> Vec<i64> {
    if at_ms == 0 {
        return vec![-1000, 0, 1000];
    }
    vec![-10 * at_ms, 0, at_ms / 5, at_ms, 10 * at_ms]
}

/// Evaluates at one time, and then around it.
fn check_instant(
    eval: &Eval,
    evaluator: &impl Evaluator,
    query: &str,
    at_ms: i64,
    in_range: bool,
) -> Result<(), String> {
    let expectations = &eval.expectations;
    let answer = evaluator.instant(query, at_ms);
    let Some(answer) = compare(expectations, expectations.range_vector, answer)? else {
        return Ok(());
    };
    let is_text = matches!(expectations.outcome, Outcome::Text(_));
    if !in_range || is_text || expectations.range_vector.is_some() {
        return Ok(());
    }
    let steps = Steps { from_ms: at_ms - AROUND_MS, to_ms: at_ms + AROUND_MS, step_ms: AROUND_MS };
    let is_scalar = matches!(answer.value, Value::Scalar(_));
    let around = evaluator.range(query, steps);
    compare_around(expectations, at_ms, is_scalar, around)
        .map_err(|why| format!("in a range query: {why}"))
}

/// Compares what came; gives the answer unless the expected error came.
fn compare(
    expectations: &Expectations,
    steps: Option<Steps>,
    answer: Result<Answer, String>,
) -> Result<Option<Answer>, String> {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return compare_error(expectations, &error).map(|()| None),
    };
    if let Some(message) = &expectations.fail {
        return Err(format!("expected to fail: {message:?}"));
    }
    compare_messages(expectations, &answer)?;
    compare_value(expectations, steps, &answer.value)?;
    Ok(Some(answer))
}

/// Compares the middle of a range query; where an order is expected it only must not fail.
fn compare_around(
    expectations: &Expectations,
    at_ms: i64,
    is_scalar: bool,
    answer: Result<Answer, String>,
) -> Result<(), String> {
    let Value::Matrix(matrix) = answer?.value else {
        return Err("no matrix".to_owned());
    };
    if expectations.ordered {
        return Ok(());
    }
    check_sorted(&matrix)?;
    let middle = matrix.into_iter().filter_map(|(labels, points)| {
        let (_, point) = points.into_iter().find(|(time, _)| *time == at_ms)?;
        Some((labels, point))
    });
    let middle: Vec<_> = middle.collect();
    let value = match middle.as_slice() {
        [(labels, plimsoll_promql::Point::Float(value))] if is_scalar && labels.is_empty() => {
            Value::Scalar(*value)
        }
        _ => Value::Vector(middle),
    };
    compare_value(expectations, None, &value)
}
