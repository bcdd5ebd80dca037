//! Compares an answer with what a script expects.
//!
//! Invariants: labels are compared exactly, numbers to within a millionth; every series found must be
//! expected and every one expected must be found.

use std::collections::HashSet;

use plimsoll_promql::{Labels, Point, is_stale};

use super::description::{Described, Item};
use super::expectations::{Expectations, Message, Outcome};
use super::histogram::Shape;
use super::{Answer, Steps, Value};

/// How far numbers may be apart, as a part of their sum.
const TOLERANCE: f64 = 1e-6;

/// Whether two numbers are the same but for rounding. No number is like any other that is none, and the
/// mark of an end is like itself only.
#[expect(clippy::float_cmp, reason = "equal numbers are alike whatever their size")]
pub(crate) fn almost_equal(a: f64, b: f64) -> bool {
    if is_stale(a) || is_stale(b) {
        return is_stale(a) && is_stale(b);
    }
    if a == b || (a.is_nan() && b.is_nan()) {
        return true;
    }
    let (sum, apart) = (a.abs() + b.abs(), (a - b).abs());
    if a == 0.0 || b == 0.0 || sum < f64::MIN_POSITIVE {
        return apart < TOLERANCE * f64::MIN_POSITIVE;
    }
    apart / sum.min(f64::MAX) < TOLERANCE
}

/// Compares an error with the expected one.
pub(crate) fn compare_error(expectations: &Expectations, error: &str) -> Result<(), String> {
    match &expectations.fail {
        None => Err(format!("failed: {error}")),
        Some(message) if message.accepts(error) => Ok(()),
        Some(message) => Err(format!("failed with {error:?} instead of {message:?}")),
    }
}

/// Compares warnings and remarks.
pub(crate) fn compare_messages(expectations: &Expectations, answer: &Answer) -> Result<(), String> {
    let Expectations { warn, info, no_warn, no_info, .. } = expectations;
    messages("warning", warn, *no_warn, &answer.warnings)?;
    messages("info", info, *no_info, &answer.infos)
}

/// Compares messages of one kind.
fn messages(kind: &str, expected: &[Message], none: bool, found: &[String]) -> Result<(), String> {
    if none && !found.is_empty() {
        return Err(format!("unexpected {kind}: {found:?}"));
    }
    for message in expected {
        if !found.iter().any(|one| message.accepts(one)) {
            return Err(format!("missing {kind}: {message:?}, found: {found:?}"));
        }
    }
    for one in found {
        if !expected.is_empty() && !expected.iter().any(|message| message.accepts(one)) {
            return Err(format!("unexpected {kind}: {one:?}"));
        }
    }
    Ok(())
}

/// Compares a result; steps are those of a matrix.
pub(crate) fn compare_value(
    expectations: &Expectations,
    steps: Option<Steps>,
    value: &Value,
) -> Result<(), String> {
    match (value, &expectations.outcome) {
        (Value::Scalar(found), Outcome::Scalar(expected)) => {
            same_float(*expected, *found).map_err(|why| format!("scalar: {why}"))
        }
        (Value::Text(found), Outcome::Text(expected)) => {
            let same = found == expected;
            if same { Ok(()) } else { Err(format!("expected {expected:?}, found {found:?}")) }
        }
        (Value::Vector(found), Outcome::Series(expected)) => {
            vector(expected, found, expectations.ordered)
        }
        (Value::Matrix(_), Outcome::Series(_)) if expectations.ordered => {
            Err("a matrix has no order to expect".to_owned())
        }
        (Value::Matrix(found), Outcome::Series(expected)) => matrix(expected, found, steps),
        (found, expected) => Err(format!("expected {expected:?}, found {found:?}")),
    }
}

/// Compares an instant vector.
fn vector(expected: &[Described], found: &[(Labels, Point)], ordered: bool) -> Result<(), String> {
    same_series(expected, found.iter().map(|(labels, _)| labels))?;
    for (at, (labels, point)) in found.iter().enumerate() {
        let Some(place) = expected.iter().position(|series| series.labels == *labels) else {
            continue;
        };
        if ordered && place != at {
            return Err(format!("{labels}: expected in place {place}, found in place {at}"));
        }
        let [item] = expected[place].values.as_slice() else {
            return Err(format!("{labels}: one value is needed in the script"));
        };
        same_point(item, point).map_err(|why| format!("{labels}: {why}"))?;
    }
    Ok(())
}

/// Compares a matrix.
fn matrix(
    expected: &[Described],
    found: &[(Labels, Vec<(i64, Point)>)],
    steps: Option<Steps>,
) -> Result<(), String> {
    check_sorted(found)?;
    same_series(expected, found.iter().map(|(labels, _)| labels))?;
    for series in expected {
        let points = found.iter().find(|(labels, _)| *labels == series.labels);
        let points = points.map_or(&[][..], |(_, points)| points);
        same_points(series, points, steps).map_err(|why| format!("{}: {why}", series.labels))?;
    }
    Ok(())
}

/// Compares the points of one series.
fn same_points(
    expected: &Described,
    found: &[(i64, Point)],
    steps: Option<Steps>,
) -> Result<(), String> {
    let steps = steps.ok_or("found a range vector without times for it in the script")?;
    let times = (0..).map(|at: i64| steps.from_ms + at * steps.step_ms);
    let last = times.clone().zip(&expected.values).last();
    if last.is_some_and(|(time, _)| time > steps.to_ms) {
        return Err("more values in the script than steps".to_owned());
    }
    let wanted = times.zip(&expected.values).filter(|(_, item)| !matches!(item, Item::Gap));
    let wanted: Vec<(i64, &Item)> = wanted.collect();
    for ((time, item), (found_time, point)) in wanted.iter().zip(found) {
        if time != found_time {
            return Err(format!("expected a value at {time}, found one at {found_time}"));
        }
        same_point(item, point).map_err(|why| format!("at {time}: {why}"))?;
    }
    if wanted.len() != found.len() {
        return Err(format!("expected {} values, found {}", wanted.len(), found.len()));
    }
    Ok(())
}

/// Compares which series there are.
fn same_series<'a>(
    expected: &[Described],
    found: impl Iterator<Item = &'a Labels>,
) -> Result<(), String> {
    let mut seen = HashSet::new();
    for labels in found {
        if !expected.iter().any(|series| series.labels == *labels) {
            return Err(format!("unexpected series: {labels}"));
        }
        if !seen.insert(labels) {
            return Err(format!("twice in the result: {labels}"));
        }
    }
    match expected.iter().find(|series| !seen.contains(&series.labels)) {
        Some(series) => Err(format!("missing series: {}", series.labels)),
        None => Ok(()),
    }
}

/// Refuses a matrix whose series are not in the order of their labels.
pub(crate) fn check_sorted(matrix: &[(Labels, Vec<(i64, Point)>)]) -> Result<(), String> {
    match matrix.windows(2).find(|pair| pair[0].0 > pair[1].0) {
        Some(pair) => Err(format!("not sorted: {} before {}", pair[0].0, pair[1].0)),
        None => Ok(()),
    }
}

/// Compares one value.
fn same_point(expected: &Item, found: &Point) -> Result<(), String> {
    match (expected, found) {
        (Item::Float(expected), Point::Float(found)) => same_float(*expected, *found),
        (Item::Histogram(expected, with_hint), Point::Histogram(found)) => {
            let found = Shape::of(found);
            if expected.matches(&found, *with_hint) {
                return Ok(());
            }
            Err(format!("expected {expected}, found {found}"))
        }
        (Item::Histogram(expected, _), Point::Float(found)) => {
            Err(format!("expected {expected}, found {found}"))
        }
        (Item::Float(expected), Point::Histogram(found)) => {
            Err(format!("expected {expected}, found {}", Shape::of(found)))
        }
        (Item::Gap, _) => Err("expected nothing, found a value".to_owned()),
    }
}

/// Compares one number.
fn same_float(expected: f64, found: f64) -> Result<(), String> {
    if almost_equal(expected, found) {
        return Ok(());
    }
    Err(format!("expected {expected}, found {found}"))
}
