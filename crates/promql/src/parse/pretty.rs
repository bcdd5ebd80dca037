//! Expressions over several lines, as `promtool promql format` lays them out.
//!
//! Invariant: an expression that fits into a line stays on one, whatever is around it.

use super::display::{aggregation, brackets, operation};
use super::{ParseError, parse};
use crate::ast::{Expr, ExprKind};

/// Bytes that a line may have before its expression is split.
const LINE_MAX: usize = 100;

/// A query in Prometheus' layout: of one line, or of several with two spaces for each level where it is longer
/// than 100 bytes. Comments are left out.
///
/// # Errors
///
/// It is no query.
pub fn format(query: &str) -> Result<String, ParseError> {
    Ok(pretty(&parse(query)?, 0, LINE_MAX))
}

fn pretty(expr: &Expr, level: usize, most: usize) -> String {
    let indent = "  ".repeat(level);
    let text = expr.to_string();
    let fits = text.len() <= most;
    let inner = |expr: &Expr| pretty(expr, level + 1, most);
    match &expr.kind {
        // Its own expression has the indent, if anything has.
        ExprKind::Subquery { .. } if fits => text,
        ExprKind::Subquery { expr: inner, .. } => {
            format!("{}{}", pretty(inner, level, most), brackets(expr))
        }
        ExprKind::Unary { negative, expr } => {
            let sign = if *negative { '-' } else { '+' };
            format!("{indent}{sign}{}", pretty(expr, level, most).trim())
        }
        _ if fits => format!("{indent}{text}"),
        ExprKind::Aggregate { op, grouping, param, expr } => {
            let param = param.as_deref().map(|param| format!("{},\n", inner(param)));
            format!(
                "{indent}{}(\n{}{}\n{indent})",
                aggregation(*op, grouping),
                param.unwrap_or_default(),
                inner(expr)
            )
        }
        ExprKind::Binary(binary) => {
            let (lhs, rhs) = (inner(&binary.lhs), inner(&binary.rhs));
            format!("{lhs}\n{indent}{}\n{rhs}", operation(binary))
        }
        ExprKind::Call { function, args } => {
            let args: Vec<String> = args.iter().map(inner).collect();
            format!("{indent}{}(\n{}\n{indent})", function.name, args.join(",\n"))
        }
        ExprKind::Paren(expr) => format!("{indent}(\n{}\n{indent})", inner(expr)),
        ExprKind::Number { .. }
        | ExprKind::Text(_)
        | ExprKind::Selector(_)
        | ExprKind::Matrix { .. } => format!("{indent}{text}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(query: &str, expected: &str) {
        let expr = parse(query).unwrap_or_else(|error| panic!("{query}: {error}"));
        // Short lines, so that short queries are split.
        let found = pretty(&expr, 0, 10);
        assert_eq!(found, expected, "{query}");
        let again = parse(&found).unwrap_or_else(|error| panic!("{found}: {error}"));
        assert_eq!(again.to_string(), expr.to_string(), "{query}");
    }

    #[test]
    fn what_is_long_is_split() {
        check("a+b", "a + b");
        check("left+right", "  left\n+\n  right");
        check("up_a + up_b*up_c", "  up_a\n+\n    up_b\n  *\n    up_c");
        check("aa == bool on(job) bb", "  aa\n== bool on (job)\n  bb");
        check("sum(requests) by (job)", "sum by (job) (\n  requests\n)");
        check("topk(10, requests)", "topk(\n  10,\n  requests\n)");
        check("rate(x[5m])", "rate(\n  x[5m]\n)");
        check("(requests_a)", "(\n  requests_a\n)");
        check("-rate(x[5m])", "-rate(\n  x[5m]\n)");
        check("1 + -(requests_a)", "  1\n+\n  -(\n    requests_a\n  )");
        check("requests{job=\"api\",b=\"c\"}", "requests{b=\"c\",job=\"api\"}");
        check(
            "max_over_time(rate(requests[5m])[1h:] offset 1d)",
            "max_over_time(\n  rate(\n    requests[5m]\n  )[1h:] offset 1d\n)",
        );
    }

    #[test]
    fn what_fits_stays_on_a_line() {
        let query = "sum by (job) (rate(requests_total{code=~\"5..\"}[5m])) / 3";
        assert_eq!(format(query).unwrap(), query);
        let long = format!("{query} > {query}");
        let expected = format!("  {query}\n>\n  {query}");
        // `>` binds less strongly than `/`.
        assert_eq!(format(&long).unwrap(), expected);
        assert!(format("sum(").is_err());
    }
}
