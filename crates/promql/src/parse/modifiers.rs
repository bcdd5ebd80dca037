//! What follows an expression: ranges, subqueries, `offset` and `@`.
//!
//! Invariants: ranges and steps are greater than zero before they are rounded to milliseconds.

use super::ParseError;
use super::grammar::{Node, Parser, special_number};
use super::lexer::TokenKind;
use crate::ast::{At, ExprKind, When};

/// Seconds that still fit into nanoseconds of 64 bits.
const MAX_SECONDS: f64 = 9_223_372_036.854_776;

const CALCULATION: &str = "calculations with durations are not supported";

const EXPECTED_DURATION: &str = "a duration or a number of seconds";

impl Parser<'_> {
    /// What stands alone, with all that follows it.
    pub(crate) fn postfix(&mut self, depth: usize) -> Result<Node, ParseError> {
        let mut node = self.primary(depth)?;
        loop {
            node = if self.is_symbol("[") {
                self.range(node)?
            } else if self.eat("@") {
                self.fixed_time(node)?
            } else if self.eat_word("offset") {
                self.offset(node)?
            } else if self.is_word("anchored") || self.is_word("smoothed") {
                let problem = "`anchored` and `smoothed` are not supported";
                return Err(self.error(self.span(), problem));
            } else {
                return Ok(node);
            };
        }
    }

    /// `[5m]` or `[1h:5m]`.
    fn range(&mut self, node: Node) -> Result<Node, ParseError> {
        let bracket = self.span().start;
        self.advance();
        let range_ms = self.positive_duration()?;
        let start = node.expr.span.start;
        if self.eat("]") {
            let kind = self.matrix(node, range_ms, bracket)?;
            return self.node(kind, start..self.read_to(), 0);
        }
        if !self.eat(":") {
            return Err(self.unexpected("`]` or `:`"));
        }
        let mut step_ms = None;
        if !self.eat("]") {
            // A step that is rounded to nothing is the default one.
            step_ms = Some(self.positive_duration()?).filter(|step| *step > 0);
            if !self.eat("]") {
                return Err(self.unexpected("`]`"));
            }
        }
        let expr = Box::new(node.expr);
        let kind = ExprKind::Subquery { expr, range_ms, step_ms, when: When::default() };
        self.node(kind, start..self.read_to(), node.height)
    }

    fn matrix(&self, node: Node, range_ms: i64, bracket: usize) -> Result<ExprKind, ParseError> {
        let problem = match node.expr.kind {
            ExprKind::Selector(selector) => {
                if selector.when.offset_ms != 0 {
                    "`offset` goes after the range"
                } else if selector.when.at.is_some() {
                    "`@` goes after the range"
                } else {
                    return Ok(ExprKind::Matrix { selector, range_ms });
                }
            }
            _ => "only selectors have a range; of other expressions a subquery does, as `[5m:]`",
        };
        Err(self.error(bracket..self.read_to(), problem))
    }

    /// Refuses what would make a calculation of the duration just read.
    fn refuse_calculation(&self) -> Result<(), ParseError> {
        match self.peek() {
            TokenKind::Symbol("+" | "-" | "*" | "/" | "%" | "^") => {
                Err(self.error(self.span(), CALCULATION))
            }
            _ => Ok(()),
        }
    }

    fn positive_duration(&mut self) -> Result<i64, ParseError> {
        let start = self.span().start;
        let seconds = self.duration(EXPECTED_DURATION)?;
        self.refuse_calculation()?;
        let span = start..self.read_to();
        if seconds <= 0.0 {
            return Err(self.error(span, "a range or step must be greater than 0"));
        }
        Ok(milliseconds(seconds))
    }

    /// Seconds with any signs before them.
    fn duration(&mut self, expected: &str) -> Result<f64, ParseError> {
        let start = self.span().start;
        let mut sign = 1.0;
        while self.is_symbol("-") || self.is_symbol("+") {
            if self.is_symbol("-") {
                sign = -sign;
            }
            self.advance();
        }
        let seconds = sign * self.seconds(expected)?;
        if seconds.is_nan() || seconds.abs() > MAX_SECONDS {
            return Err(self.error(start..self.read_to(), "this duration is out of range"));
        }
        Ok(seconds)
    }

    fn seconds(&mut self, expected: &str) -> Result<f64, ParseError> {
        let value = match self.peek() {
            TokenKind::Number(value) => Some(*value),
            TokenKind::Word(word) => {
                if ["step", "range", "max_of", "min_of"].iter().any(|name| self.is_word(name)) {
                    return Err(self.error(self.span(), CALCULATION));
                }
                special_number(word)
            }
            TokenKind::Symbol("(") => {
                return Err(self.error(self.span(), CALCULATION));
            }
            _ => None,
        };
        let Some(value) = value else { return Err(self.unexpected(expected)) };
        self.advance();
        Ok(value)
    }

    fn offset(&mut self, node: Node) -> Result<Node, ParseError> {
        let offset_ms = milliseconds(self.duration(EXPECTED_DURATION)?);
        self.adjust(node, "offset", |when| {
            let first = when.offset_ms == 0;
            when.offset_ms = offset_ms;
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
        let seconds = self.seconds("a time in seconds, `start()` or `end()`")?;
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

/// Whole milliseconds of what is first rounded to nanoseconds.
fn milliseconds(seconds: f64) -> i64 {
    (seconds * 1e9).round() as i64 / 1_000_000
}
