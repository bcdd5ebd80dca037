//! The types of expressions, and what operators and functions ask of their operands.
//!
//! Invariants: what passes has only operands of types that can be evaluated; only operations between two
//! vectors have a matching.

use std::ops::Range;

use super::ParseError;
use crate::ast::ValueType::{self, Scalar, Vector};
use crate::ast::{AggregateOp, Binary, Expr, ExprKind, Function, Grouping, Matcher};

type Checked = Result<(), ParseError>;

/// Checks an expression and all below it.
pub(super) fn check(expr: &mut Expr, text: &str) -> Checked {
    let span = expr.span.clone();
    match &mut expr.kind {
        ExprKind::Number { .. } | ExprKind::Text(_) => Ok(()),
        ExprKind::Selector(selector) | ExprKind::Matrix { selector, .. } => {
            require_matcher(&selector.matchers, text, &span)
        }
        ExprKind::Subquery { expr, .. } => {
            check(expr, text)?;
            require(expr, Vector, "a subquery", text)
        }
        ExprKind::Call { function, args } => call(function, args, text, &span),
        ExprKind::Aggregate { op, param, expr, .. } => {
            aggregate(*op, param.as_deref_mut(), expr, text)
        }
        ExprKind::Binary(binary) => self::binary(binary, text, &span),
        ExprKind::Unary { expr, .. } => {
            check(expr, text)?;
            require_values(expr, "the operand of a sign", text)
        }
        ExprKind::Paren(expr) => check(expr, text),
    }
}

/// Refuses selectors that ask for everything.
pub(super) fn require_matcher(matchers: &[Matcher], text: &str, span: &Range<usize>) -> Checked {
    if matchers.iter().any(|matcher| !matcher.matches("")) {
        return Ok(());
    }
    let problem = "a selector needs at least one matcher that does not match the empty text";
    Err(ParseError::new(text, span.clone(), problem))
}

fn require(expr: &Expr, wanted: ValueType, place: &str, text: &str) -> Checked {
    let found = expr.value_type();
    if found == wanted {
        return Ok(());
    }
    let problem = format!("expected type {} in {place}, found {}", wanted.name(), found.name());
    Err(ParseError::new(text, expr.span.clone(), problem))
}

fn require_values(expr: &Expr, place: &str, text: &str) -> Checked {
    let found = expr.value_type();
    if matches!(found, Scalar | Vector) {
        return Ok(());
    }
    let problem =
        format!("expected type scalar or instant vector as {place}, found {}", found.name());
    Err(ParseError::new(text, expr.span.clone(), problem))
}

fn aggregate(op: AggregateOp, param: Option<&mut Expr>, expr: &mut Expr, text: &str) -> Checked {
    check(expr, text)?;
    require(expr, Vector, &format!("aggregation `{}`", op.name()), text)?;
    if let (Some(param), Some(wanted)) = (param, op.param()) {
        check(param, text)?;
        require(param, wanted, &format!("the parameter of `{}`", op.name()), text)?;
    }
    Ok(())
}

fn call(function: &Function, args: &mut [Expr], text: &str, span: &Range<usize>) -> Checked {
    let most = function.args.len();
    let least = most - function.optional.unwrap_or(1);
    let given = args.len();
    if given < least || function.optional.is_some() && given > most {
        let expected = match function.optional {
            Some(0) if most == 1 => "1 argument".to_owned(),
            Some(0) => format!("{most} arguments"),
            Some(_) => format!("{least} to {most} arguments"),
            None => format!("at least {least} arguments"),
        };
        let problem = format!("expected {expected} in call to `{}`, found {given}", function.name);
        return Err(ParseError::new(text, span.clone(), problem));
    }
    let place = format!("call to function `{}`", function.name);
    for (at, arg) in args.iter_mut().enumerate() {
        let Some(wanted) = function.args.get(at).or(function.args.last()) else { continue };
        if function.name == "info" && at == 1 {
            label_selector(arg, &place, text)?;
            continue;
        }
        check(arg, text)?;
        require(arg, *wanted, &place, text)?;
    }
    Ok(())
}

/// The second argument of `info`: conditions on labels in braces, which may be none.
fn label_selector(arg: &Expr, place: &str, text: &str) -> Checked {
    require(arg, Vector, place, text)?;
    let braces_only = text[arg.span.start..].starts_with('{');
    if braces_only && matches!(arg.kind, ExprKind::Selector(_)) {
        return Ok(());
    }
    let problem = format!("expected only matchers in braces in {place}");
    Err(ParseError::new(text, arg.span.clone(), problem))
}

fn binary(binary: &mut Binary, text: &str, span: &Range<usize>) -> Checked {
    check(&mut binary.lhs, text)?;
    check(&mut binary.rhs, text)?;
    let symbol = binary.op.symbol();
    let refuse = |problem: String| Err(ParseError::new(text, span.clone(), problem));
    if binary.return_bool && !binary.op.is_comparison() {
        return refuse(format!("`bool` goes with comparisons only, not with `{symbol}`"));
    }
    let types = (binary.lhs.value_type(), binary.rhs.value_type());
    if types == (Scalar, Scalar) && binary.op.is_comparison() && !binary.return_bool {
        return refuse(format!("a comparison of scalars needs `bool`: `{symbol} bool`"));
    }
    if let Some(label) = doubled_label(binary) {
        return refuse(format!("label `{label}` must not be in `on` and in the group modifier"));
    }
    let place = format!("an operand of `{symbol}`");
    require_values(&binary.lhs, &place, text)?;
    require_values(&binary.rhs, &place, text)?;
    if types == (Vector, Vector) {
        if binary.op.is_set() && binary.group.is_some() {
            return refuse(format!("`{symbol}` does not go with `group_left` and `group_right`"));
        }
        return Ok(());
    }
    if binary.op.is_set() {
        return refuse(format!("`{symbol}` needs an instant vector on both sides"));
    }
    let (Grouping::By(labels) | Grouping::Without(labels)) = &binary.matching;
    if !labels.is_empty() {
        return refuse("series are matched between instant vectors only".into());
    }
    binary.matching = Grouping::Without(Vec::new());
    binary.group = None;
    Ok(())
}

/// A label that is both in `on` and in the group modifier.
fn doubled_label(binary: &Binary) -> Option<&str> {
    let Grouping::By(labels) = &binary.matching else { return None };
    let group = binary.group.as_ref()?;
    labels.iter().find(|label| group.include.contains(label)).map(|label| &**label)
}
