//! Parts of a query that `@` makes the same at every step: evaluated at one of them.
//!
//! Invariant: what is repeated depends neither on the step's time nor on how many steps there are, in its
//! values as in what it notes.

use super::column::{Column, Steps};
use super::{Node, Query};
use crate::EvalError;
use crate::ast::{Expr, ExprKind};

/// Functions that look at the step's time besides their arguments, or at whether there are several steps.
const OF_THE_STEP: [&str; 14] = [
    "day_of_month",
    "day_of_week",
    "day_of_year",
    "days_in_month",
    "hour",
    "info",
    "minute",
    "month",
    "predict_linear",
    "start_timestamp",
    "time",
    "timestamp",
    "year",
    // Of `sort`, `sort_desc` and the like; see below.
    "sort",
];

/// Whether an expression with selectors gives the same at every step.
pub(super) fn is_fixed(expr: &Expr) -> bool {
    !matches!(expr.kind, ExprKind::Number { .. } | ExprKind::Text(_)) && is_same(expr)
}

fn is_same(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Number { .. } | ExprKind::Text(_) => true,
        ExprKind::Selector(selector) | ExprKind::Matrix { selector, .. } => {
            selector.when.at.is_some()
        }
        ExprKind::Subquery { when, .. } => when.at.is_some(),
        ExprKind::Call { function, args } => {
            let name = if function.name.starts_with("sort") { "sort" } else { function.name };
            !OF_THE_STEP.contains(&name) && args.iter().all(is_same)
        }
        ExprKind::Aggregate { param, expr, .. } => {
            is_same(expr) && param.as_deref().is_none_or(is_same)
        }
        ExprKind::Binary(binary) => is_same(&binary.lhs) && is_same(&binary.rhs),
        ExprKind::Unary { expr, .. } | ExprKind::Paren(expr) => is_same(expr),
    }
}

impl Query<'_> {
    /// The value at the first step, at all of them.
    pub(super) fn repeated(&self, expr: &Expr, steps: &Steps) -> Result<Node, EvalError> {
        Ok(match self.eval_node(expr, &Steps { count: 1, ..*steps })? {
            Node::Scalar(values) => Node::Scalar(vec![values[0]; steps.count]),
            Node::Text(text) => Node::Text(text),
            Node::Vector(columns) => {
                let mut repeated = Vec::with_capacity(columns.len());
                for column in columns {
                    self.count(column.samples().saturating_mul(steps.count))?;
                    repeated.push(Column {
                        floats: vec![column.floats[0]; steps.count],
                        histograms: match column.histograms.into_iter().next() {
                            Some(histogram) => vec![histogram; steps.count],
                            None => Vec::new(),
                        },
                        ..column
                    });
                }
                Node::Vector(repeated)
            }
        })
    }
}
