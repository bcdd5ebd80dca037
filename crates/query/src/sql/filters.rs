//! Filters that are written for people, turned into filters that rule rows out unread:
//! `to_time(time_unix_nano) >= …` and `hex(trace_id) = …` become comparisons of the stored columns,
//! and comparisons of the time become a window.

use datafusion::common::ScalarValue;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::error::Result;
use datafusion::logical_expr::expr::InList;
use datafusion::logical_expr::{BinaryExpr, Expr, LogicalPlan, Operator, lit};
use datafusion::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};

use super::functions::{HEX, TO_TIME, decode_hex};
use crate::Window;

/// Rewrites comparisons of readable values with constants.
#[derive(Debug)]
pub(super) struct ReadableFilters;

impl OptimizerRule for ReadableFilters {
    fn name(&self) -> &str {
        "readable_filters"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::TopDown)
    }

    fn rewrite(
        &self,
        plan: LogicalPlan,
        _config: &dyn OptimizerConfig,
    ) -> Result<Transformed<LogicalPlan>> {
        match plan {
            // Elsewhere an expression's name may be a column's name: leave those alone.
            LogicalPlan::Filter(_) | LogicalPlan::TableScan(_) => {
                plan.map_expressions(|expr| expr.transform_up(stored))
            }
            other => Ok(Transformed::no(other)),
        }
    }
}

/// A comparison of the stored column, where there is an equal one.
fn stored(expr: Expr) -> Result<Transformed<Expr>> {
    let rewritten = match &expr {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => {
            let (call, constant, op) = match (left.as_ref(), right.as_ref()) {
                (call, Expr::Literal(constant, _)) => (call, constant, Some(*op)),
                (Expr::Literal(constant, _), call) => (call, constant, op.swap()),
                _ => return Ok(Transformed::no(expr)),
            };
            argument(call).zip(op).and_then(|((name, column), op)| {
                let constant = stored_constant(name, constant, op)?;
                let (left, right) = (Box::new(column.clone()), Box::new(lit(constant)));
                Some(Expr::BinaryExpr(BinaryExpr { left, op, right }))
            })
        }
        Expr::InList(InList { expr: call, list, negated }) => {
            argument(call).and_then(|(name, column)| {
                let constant = |item: &Expr| match item {
                    Expr::Literal(constant, _) => {
                        stored_constant(name, constant, Operator::Eq).map(lit)
                    }
                    _ => None,
                };
                let list = list.iter().map(constant).collect::<Option<Vec<_>>>()?;
                let expr = Box::new(column.clone());
                Some(Expr::InList(InList { expr, list, negated: *negated }))
            })
        }
        _ => None,
    };
    Ok(rewritten.map_or_else(|| Transformed::no(expr), Transformed::yes))
}

/// The function and argument of a call of ours.
fn argument(call: &Expr) -> Option<(&str, &Expr)> {
    let Expr::ScalarFunction(function) = call else { return None };
    let name = function.name();
    match function.args.as_slice() {
        [argument] if name == HEX || name == TO_TIME => Some((name, argument)),
        _ => None,
    }
}

fn stored_constant(name: &str, constant: &ScalarValue, op: Operator) -> Option<ScalarValue> {
    match (name, constant) {
        (TO_TIME, ScalarValue::TimestampNanosecond(Some(time), _)) if is_order(op) => {
            Some(ScalarValue::Int64(Some(*time)))
        }
        // Text orders as its bytes do, but only equality also holds for texts that are no hex.
        (HEX, ScalarValue::Utf8(Some(text))) if matches!(op, Operator::Eq | Operator::NotEq) => {
            // `hex` writes lower case: other text equals none of its results.
            let lower = !text.bytes().any(|byte| byte.is_ascii_uppercase());
            lower.then(|| decode_hex(text)).flatten().map(|b| ScalarValue::Binary(Some(b)))
        }
        _ => None,
    }
}

fn is_order(op: Operator) -> bool {
    use Operator::{Eq, Gt, GtEq, Lt, LtEq, NotEq};
    matches!(op, Eq | NotEq | Lt | LtEq | Gt | GtEq)
}

/// The window that filters, all of which must hold, leave for a table's time. `time` is its column of
/// nanoseconds, `date` that of days.
pub(super) fn time_window(filters: &[Expr], time: &str, date: &str) -> Window {
    const DAY_NANO: i64 = 86_400_000_000_000;
    let mut window = Window::ALL;
    // Inclusive bounds of a comparison `column op constant`, in nanoseconds.
    let bounds = |op: Operator, first: i64, last: i64| match op {
        Operator::Eq => Some((first, last)),
        Operator::Lt => Some((i64::MIN, first.saturating_sub(1))),
        Operator::LtEq => Some((i64::MIN, last)),
        Operator::Gt => Some((last.saturating_add(1), i64::MAX)),
        Operator::GtEq => Some((first, i64::MAX)),
        _ => None,
    };
    let mut narrow = |column: &str, constant: &ScalarValue, op: Operator| {
        let range = match constant {
            ScalarValue::Int64(Some(nano)) if column == time => Some((*nano, *nano)),
            ScalarValue::Date32(Some(day)) if column == date => {
                let first = i64::from(*day).saturating_mul(DAY_NANO);
                Some((first, first.saturating_add(DAY_NANO - 1)))
            }
            _ => None,
        };
        if let Some((first, last)) = range.and_then(|(first, last)| bounds(op, first, last)) {
            window.from = window.from.max(first);
            window.to = window.to.min(last.saturating_add(1));
        }
    };
    for filter in filters.iter().flat_map(datafusion::logical_expr::utils::split_conjunction) {
        match filter {
            Expr::BinaryExpr(BinaryExpr { left, op, right }) => {
                match (left.as_ref(), right.as_ref()) {
                    (Expr::Column(column), Expr::Literal(constant, _)) => {
                        narrow(&column.name, constant, *op);
                    }
                    (Expr::Literal(constant, _), Expr::Column(column)) => {
                        if let Some(op) = op.swap() {
                            narrow(&column.name, constant, op);
                        }
                    }
                    _ => {}
                }
            }
            Expr::Between(between) if !between.negated => {
                if let Expr::Column(column) = between.expr.as_ref() {
                    if let Expr::Literal(low, _) = between.low.as_ref() {
                        narrow(&column.name, low, Operator::GtEq);
                    }
                    if let Expr::Literal(high, _) = between.high.as_ref() {
                        narrow(&column.name, high, Operator::LtEq);
                    }
                }
            }
            _ => {}
        }
    }
    window
}
