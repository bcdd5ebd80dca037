//! Reads queries: text to tokens, tokens to an expression, and a check of its types.
//!
//! Invariants: any text gives an expression or an error with its place, never a panic; no expression is
//! nested deeper than `MAX_DEPTH`, so that whoever walks one may recurse.

mod check;
#[cfg(test)]
mod conformance;
mod display;
mod durations;
pub(crate) mod functions;
mod grammar;
mod json;
mod lexer;
mod modifiers;
mod pattern;
mod pretty;
mod selector;
#[cfg(test)]
mod tests;

use std::ops::Range;

use crate::ast::{Expr, Function, Matcher};
pub use display::Quoted;
pub(crate) use durations::{Timing, resolve};
use functions::function;
pub use json::to_json;
pub use pattern::anchored;
pub use pretty::format;

/// How deeply expressions may be nested; a chain of operators nests as often as it has operators.
pub(crate) const MAX_DEPTH: usize = 200;

/// Why a text is no query.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {problem}")]
pub struct ParseError {
    /// The bytes of the query that it is about.
    pub span: Range<usize>,
    /// The line where they begin, from 1.
    pub line: usize,
    /// The character of the line where they begin, from 1.
    pub column: usize,
    /// What is wrong, and what was expected.
    pub problem: String,
}

impl ParseError {
    fn new(text: &str, span: Range<usize>, problem: impl Into<String>) -> Self {
        let before = text.get(..span.start).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Self {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            problem: problem.into(),
            span,
        }
    }
}

/// All functions of the language, in the order of their names; aggregations are [`AggregateOp::ALL`].
///
/// [`AggregateOp::ALL`]: crate::ast::AggregateOp::ALL
#[must_use]
pub fn functions() -> &'static [Function] {
    functions::FUNCTIONS
}

/// Reads a query and checks its types.
pub fn parse(query: &str) -> Result<Expr, ParseError> {
    let mut expr = grammar::Parser::new(query).query()?;
    check::check(&mut expr, query)?;
    Ok(expr)
}

/// Reads a selector alone, as `up{job="a"}`, without `offset` and `@`.
pub fn parse_selector(query: &str) -> Result<Vec<Matcher>, ParseError> {
    let (matchers, span) = grammar::Parser::new(query).lone_selector()?;
    check::require_matcher(&matchers, query, &span)?;
    Ok(matchers)
}
