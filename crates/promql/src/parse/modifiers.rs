//! What follows an expression: ranges, subqueries, `offset` and `@`.
//!
//! Invariants: a range or step that is not calculated is greater than zero before it is rounded to
//! milliseconds.

use super::ParseError;
use super::durations::{Duration, milliseconds};
use super::grammar::{Node, Parser};
use crate::ast::{At, DurationExpr, ExprKind, When};

impl Parser<'_> {
    /// What stands alone, with all that follows it.
    pub(crate) fn postfix(&mut self, depth: usize) -> Result<Node, ParseError> {
        let mut node = self.primary(depth)?;
        loop {
            node = if self.is_symbol("[") {
                self.range(node, depth)?
            } else if self.eat("@") {
                self.fixed_time(node)?
            } else if self.eat_word("offset") {
                self.offset(node, depth)?
            } else if self.is_word("anchored") || self.is_word("smoothed") {
                let problem = "`anchored` and `smoothed` are not supported";
                return Err(self.error(self.span(), problem));
            } else {
                return Ok(node);
            };
        }
    }

    /// `[5m]` or `[1h:5m]`.
    fn range(&mut self, node: Node, depth: usize) -> Result<Node, ParseError> {
        let bracket = self.span().start;
        self.advance();
        let (range_ms, range) = self.positive_duration(depth)?;
        let start = node.expr.span.start;
        if self.eat("]") {
            let kind = self.matrix(node, range_ms, range, bracket)?;
            return self.node(kind, start..self.read_to(), 0);
        }
        if !self.eat(":") {
            return Err(self.unexpected("`]` or `:`"));
        }
        let (mut step_ms, mut step) = (None, None);
        if !self.eat("]") {
            let (milliseconds, calculated) = self.positive_duration(depth)?;
            // A step that is rounded to nothing is the default one.
            step_ms = Some(milliseconds).filter(|step| *step > 0);
            step = calculated;
            if !self.eat("]") {
                return Err(self.unexpected("`]`"));
            }
        }
        let expr = Box::new(node.expr);
        let when = When::default();
        let kind = ExprKind::Subquery { expr, range_ms, range, step_ms, step, when };
        self.node(kind, start..self.read_to(), node.height)
    }

    fn matrix(
        &self,
        node: Node,
        range_ms: i64,
        range: Option<Box<DurationExpr>>,
        bracket: usize,
    ) -> Result<ExprKind, ParseError> {
        let problem = match node.expr.kind {
            ExprKind::Selector(selector) => {
                if selector.when.offset_ms != 0 || selector.when.offset.is_some() {
                    "`offset` goes after the range"
                } else if selector.when.at.is_some() {
                    "`@` goes after the range"
                } else {
                    return Ok(ExprKind::Matrix { selector, range_ms, range });
                }
            }
            _ => "only selectors have a range; of other expressions a subquery does, as `[5m:]`",
        };
        Err(self.error(bracket..self.read_to(), problem))
    }

    /// Milliseconds, or 0 and how they are calculated.
    fn positive_duration(
        &mut self,
        depth: usize,
    ) -> Result<(i64, Option<Box<DurationExpr>>), ParseError> {
        let start = self.span().start;
        match self.duration_expr(0, depth)?.expr {
            DurationExpr::Number { seconds, .. } if seconds <= 0.0 => {
                Err(self.error(start..self.read_to(), "a range or step must be greater than 0"))
            }
            DurationExpr::Number { seconds, .. } => Ok((milliseconds(seconds), None)),
            expr => Ok((0, Some(Box::new(expr)))),
        }
    }

    fn offset(&mut self, node: Node, depth: usize) -> Result<Node, ParseError> {
        let Duration { expr, .. } = self.offset_duration(depth)?;
        self.adjust(node, "offset", |when| {
            let first = when.offset_ms == 0 && when.offset.is_none();
            match expr {
                DurationExpr::Number { seconds, .. } => when.offset_ms = milliseconds(seconds),
                expr => when.offset = Some(Box::new(expr)),
            }
            first
        })
    }

    fn fixed_time(&mut self, node: Node) -> Result<Node, ParseError> {
        let at = if self.is_word("start") || self.is_word("end") {
            let at = if self.is_word("start") { At::Start } else { At::End };
            self.advance();
            self.expect("(")?;
            self.expect(")")?;
            at
        } else {
            self.timestamp()?
        };
        self.adjust(node, "@", |when| when.at.replace(at).is_none())
    }

    fn timestamp(&mut self) -> Result<At, ParseError> {
        let start = self.span().start;
        let negative = self.eat("-");
        if !negative {
            self.eat("+");
        }
        let (seconds, _) = self.literal("a time in seconds, `start()` or `end()`")?;
        if !seconds.is_finite() || seconds >= i64::MAX as f64 {
            return Err(self.error(start..self.read_to(), "this time is out of range"));
        }
        let milliseconds = (seconds * 1000.0).round() as i64;
        Ok(At::Time(if negative { -milliseconds } else { milliseconds }))
    }

    /// Sets the time of a selector, once.
    fn adjust(
        &self,
        mut node: Node,
        modifier: &str,
        set: impl FnOnce(&mut When) -> bool,
    ) -> Result<Node, ParseError> {
        let when = match &mut node.expr.kind {
            ExprKind::Selector(selector) | ExprKind::Matrix { selector, .. } => &mut selector.when,
            ExprKind::Subquery { when, .. } => when,
            _ => {
                let problem = format!("`{modifier}` goes after a selector or a subquery only");
                return Err(self.error(node.expr.span, problem));
            }
        };
        node.expr.span.end = self.read_to();
        if set(when) {
            return Ok(node);
        }
        Err(self.error(node.expr.span, format!("`{modifier}` is given twice")))
    }
}
