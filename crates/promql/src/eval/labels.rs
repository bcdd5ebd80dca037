//! Functions that change or compare labels.

use std::cmp::Ordering;

use super::Query;
use super::column::{Column, Steps};
use crate::ast::{Expr, ExprKind};
use crate::parse::anchored;
use crate::{EvalError, METRIC_NAME};

/// Functions within functions could double a value again and again.
const VALUE_BYTES_MAX: usize = 64 * 1024;

pub(super) fn text(expr: &Expr) -> Result<&str, EvalError> {
    match &super::unwrapped(expr).kind {
        ExprKind::Text(text) => Ok(text),
        _ => Err(EvalError::failed("expected a text")),
    }
}

impl Query<'_> {
    pub(super) fn label_replace(
        &self,
        args: &[Expr],
        steps: &Steps,
    ) -> Result<Vec<Column>, EvalError> {
        let [vector, target, replacement, source, pattern] = args else {
            return Err(EvalError::failed("expected five arguments in label_replace()"));
        };
        let (target, replacement) = (text(target)?, text(replacement)?);
        let (source, pattern) = (text(source)?, text(pattern)?);
        let regex = anchored(pattern).map_err(|_| {
            EvalError::failed(format!("invalid regular expression in label_replace(): {pattern}"))
        })?;
        check_name(target, "destination", "label_replace")?;
        let mut columns = self.eval_vector(vector, steps)?;
        for column in &mut columns {
            let text = column.labels.get(source);
            self.work(text.len())?;
            let Some(found) = regex.captures(text) else { continue };
            let mut value = String::new();
            found.expand(replacement, &mut value);
            self.set(column, target, &value)?;
        }
        self.joined(columns)
    }

    pub(super) fn label_join(
        &self,
        args: &[Expr],
        steps: &Steps,
    ) -> Result<Vec<Column>, EvalError> {
        let [vector, target, separator, sources @ ..] = args else {
            return Err(EvalError::failed("expected three arguments or more in label_join()"));
        };
        let (target, separator) = (text(target)?, text(separator)?);
        let sources: Vec<&str> = sources.iter().map(text).collect::<Result<_, _>>()?;
        for source in &sources {
            check_name(source, "source", "label_join")?;
        }
        check_name(target, "destination", "label_join")?;
        let mut columns = self.eval_vector(vector, steps)?;
        for column in &mut columns {
            let values: Vec<&str> = sources.iter().map(|name| column.labels.get(name)).collect();
            let value = values.join(separator);
            self.set(column, target, &value)?;
        }
        self.joined(columns)
    }

    pub(super) fn set(
        &self,
        column: &mut Column,
        name: &str,
        value: &str,
    ) -> Result<(), EvalError> {
        if value.len() > VALUE_BYTES_MAX {
            return Err(EvalError::Limit(format!(
                "label {name:?} would have a value of {} bytes, at most {VALUE_BYTES_MAX} are allowed",
                value.len()
            )));
        }
        self.budget.keep_text(value.len())?;
        column.labels = column.labels.with(name, value);
        if name == METRIC_NAME {
            column.drop_name = false;
        }
        Ok(())
    }
}

fn check_name(name: &str, which: &str, function: &str) -> Result<(), EvalError> {
    match name.is_empty() {
        true => {
            Err(EvalError::failed(format!("invalid {which} label name in {function}(): {name}")))
        }
        false => Ok(()),
    }
}

/// A number without an exponent, as the value of a label.
pub(super) fn plain_number(value: f64) -> String {
    match value {
        value if value.is_nan() => "NaN".to_owned(),
        f64::INFINITY => "+Inf".to_owned(),
        f64::NEG_INFINITY => "-Inf".to_owned(),
        value => value.to_string(),
    }
}

/// Compares texts so that numbers in them go by their value.
pub(super) fn natural(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a, b);
    loop {
        let (left, right) = (chunk(a), chunk(b));
        let order = match (left.parse::<u64>(), right.parse::<u64>()) {
            (Ok(l), Ok(r)) => l.cmp(&r).then_with(|| left.len().cmp(&right.len())),
            _ => left.cmp(right),
        };
        if order != Ordering::Equal || left.is_empty() {
            return order;
        }
        (a, b) = (&a[left.len()..], &b[right.len()..]);
    }
}

/// The digits, or the others, that a text begins with.
fn chunk(text: &str) -> &str {
    let digits = text.starts_with(|c: char| c.is_ascii_digit());
    let end = text.find(|c: char| c.is_ascii_digit() != digits).unwrap_or(text.len());
    &text[..end]
}
