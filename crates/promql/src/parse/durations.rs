//! Durations and what is calculated with them: read, and resolved once a query's steps are known.
//!
//! Invariants: calculations are no deeper than `MAX_DEPTH`; what is read without a calculation is a number
//! within the range of durations.

use super::ParseError;
use super::grammar::{Parser, special_number};
use super::lexer::TokenKind;
use crate::ast::{BinaryOp, DurationExpr, Expr, ExprKind};

/// Seconds that still fit into nanoseconds of 64 bits.
const MAX_SECONDS: f64 = 9_223_372_036.854_776;

/// What is said to be expected where there is no duration.
pub(super) const EXPECTED: &str = "a duration or a number of seconds";

const OPERATORS: [BinaryOp; 6] =
    [BinaryOp::Add, BinaryOp::Sub, BinaryOp::Mul, BinaryOp::Div, BinaryOp::Mod, BinaryOp::Pow];

/// A calculation and how deep it is.
pub(super) struct Duration {
    pub(super) expr: DurationExpr,
    height: usize,
}

impl Duration {
    fn leaf(expr: DurationExpr) -> Self {
        Self { expr, height: 1 }
    }

    fn negative(self) -> Self {
        match self.expr {
            DurationExpr::Number { seconds, is_duration } => {
                Self::leaf(DurationExpr::Number { seconds: -seconds, is_duration })
            }
            expr => Self { height: self.height + 1, expr: DurationExpr::Negative(Box::new(expr)) },
        }
    }
}

impl Parser<'_> {
    /// A calculation of operators that bind at least this strongly.
    pub(super) fn duration_expr(
        &mut self,
        strength: u8,
        depth: usize,
    ) -> Result<Duration, ParseError> {
        self.bound(depth, &self.span())?;
        let mut left = self.signed_duration(BinaryOp::Pow.strength(), depth)?;
        while let Some(op) = self.duration_operator().filter(|op| op.strength() >= strength) {
            let span = self.span();
            self.advance();
            let to_the_right = op == BinaryOp::Pow;
            let right = self.duration_expr(op.strength() + u8::from(!to_the_right), depth + 1)?;
            let by_zero =
                matches!(right.expr, DurationExpr::Number { seconds, .. } if seconds == 0.0);
            if by_zero && matches!(op, BinaryOp::Div | BinaryOp::Mod) {
                return Err(self.error(span, "division by zero"));
            }
            let height = left.height.max(right.height) + 1;
            self.bound(height.saturating_sub(1), &span)?;
            let (lhs, rhs) = (Box::new(left.expr), Box::new(right.expr));
            left = Duration { expr: DurationExpr::Binary { op, lhs, rhs }, height };
        }
        Ok(left)
    }

    /// The duration of `offset`, where operators go on with the whole selector instead.
    pub(super) fn offset_duration(&mut self, depth: usize) -> Result<Duration, ParseError> {
        self.bound(depth, &self.span())?;
        self.signed_duration(u8::MAX, depth)
    }

    fn duration_operator(&self) -> Option<BinaryOp> {
        let TokenKind::Symbol(symbol) = self.peek() else { return None };
        OPERATORS.into_iter().find(|op| op.symbol() == *symbol)
    }

    /// Signs, and what they are of: all that binds at least as strongly as given.
    fn signed_duration(&mut self, strength: u8, depth: usize) -> Result<Duration, ParseError> {
        let start = self.span().start;
        let negative = self.is_symbol("-");
        if !negative && !self.is_symbol("+") {
            return self.single_duration(depth);
        }
        self.advance();
        let operand = match strength {
            u8::MAX => self.offset_duration(depth + 1)?,
            _ => self.duration_expr(strength, depth + 1)?,
        };
        let duration = if negative { operand.negative() } else { operand };
        self.bound(duration.height.saturating_sub(1), &(start..self.read_to()))?;
        Ok(duration)
    }

    fn single_duration(&mut self, depth: usize) -> Result<Duration, ParseError> {
        let start = self.span().start;
        if self.eat("(") {
            let Duration { expr, height } = self.duration_expr(0, depth + 1)?;
            self.expect(")")?;
            let expr = match expr {
                paren @ DurationExpr::Paren(_) => paren,
                expr => DurationExpr::Paren(Box::new(expr)),
            };
            self.bound(height, &(start..self.read_to()))?;
            return Ok(Duration { expr, height: height + 1 });
        }
        for (word, expr) in [("step", DurationExpr::Step), ("range", DurationExpr::Range)] {
            if self.eat_word(word) {
                self.expect("(")?;
                self.expect(")")?;
                return Ok(Duration::leaf(expr));
            }
        }
        let least = self.is_word("min_of");
        if least || self.is_word("max_of") {
            self.advance();
            self.expect("(")?;
            let a = self.duration_expr(0, depth + 1)?;
            self.expect(",")?;
            let b = self.duration_expr(0, depth + 1)?;
            self.expect(")")?;
            let height = a.height.max(b.height) + 1;
            self.bound(height.saturating_sub(1), &(start..self.read_to()))?;
            let (a, b) = (Box::new(a.expr), Box::new(b.expr));
            let expr = if least { DurationExpr::MinOf(a, b) } else { DurationExpr::MaxOf(a, b) };
            return Ok(Duration { expr, height });
        }
        let (seconds, is_duration) = self.literal(EXPECTED)?;
        if seconds.is_nan() || seconds.abs() > MAX_SECONDS {
            return Err(self.error(start..self.read_to(), "this duration is out of range"));
        }
        Ok(Duration::leaf(DurationExpr::Number { seconds, is_duration }))
    }

    /// A number, and whether it is written as a duration.
    pub(super) fn literal(&mut self, expected: &str) -> Result<(f64, bool), ParseError> {
        let literal = match self.peek() {
            TokenKind::Number(value, is_duration) => Some((*value, *is_duration)),
            TokenKind::Word(word) => special_number(word).map(|value| (value, false)),
            _ => None,
        };
        let Some(literal) = literal else { return Err(self.unexpected(expected)) };
        self.advance();
        Ok(literal)
    }
}

/// Whole milliseconds of what is first rounded to nanoseconds.
pub(super) fn milliseconds(seconds: f64) -> i64 {
    (seconds * 1e9).round() as i64 / 1_000_000
}

/// When a query is evaluated, in milliseconds: what `start()`, `end()`, `range()` and `step()` mean.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timing {
    /// Its first step.
    pub(crate) start: i64,
    /// No step is later.
    pub(crate) end: i64,
    /// Between two steps; 0 where there is one time only.
    pub(crate) step: i64,
}

/// Gives every calculated duration of an expression its value.
pub(crate) fn resolve(expr: &mut Expr, text: &str, timing: Timing) -> Result<(), ParseError> {
    let span = expr.span.clone();
    let value = |calculated: &Option<Box<DurationExpr>>, signed| {
        let Some(calculated) = calculated else { return Ok(None) };
        let resolved = resolved(calculated, timing, signed);
        resolved.map(Some).map_err(|problem| {
            ParseError::new(text, span.clone(), format!("{problem}, in `{calculated}`"))
        })
    };
    match &mut expr.kind {
        ExprKind::Selector(selector) => {
            let when = &mut selector.when;
            when.offset_ms = value(&when.offset, true)?.unwrap_or(when.offset_ms);
        }
        ExprKind::Matrix { selector, range_ms, range } => {
            let when = &mut selector.when;
            when.offset_ms = value(&when.offset, true)?.unwrap_or(when.offset_ms);
            *range_ms = value(range, false)?.unwrap_or(*range_ms);
        }
        ExprKind::Subquery { range_ms, range, step_ms, step, when, .. } => {
            when.offset_ms = value(&when.offset, true)?.unwrap_or(when.offset_ms);
            *range_ms = value(range, false)?.unwrap_or(*range_ms);
            *step_ms = value(step, false)?.or(*step_ms).filter(|step| *step > 0);
        }
        _ => {}
    }
    expr.children_mut().into_iter().try_for_each(|child| resolve(child, text, timing))
}

/// Whole milliseconds.
fn resolved(expr: &DurationExpr, timing: Timing, signed: bool) -> Result<i64, &'static str> {
    let seconds = seconds(expr, timing)?;
    if !seconds.is_finite() {
        return Err("a duration is infinite or no number");
    }
    if seconds <= 0.0 && !signed {
        return Err("a range or step must be greater than 0");
    }
    if seconds.abs() > MAX_SECONDS {
        return Err("a duration is out of range");
    }
    Ok((seconds * 1e3) as i64)
}

fn seconds(expr: &DurationExpr, timing: Timing) -> Result<f64, &'static str> {
    let of = |expr: &DurationExpr| seconds(expr, timing);
    Ok(match expr {
        DurationExpr::Number { seconds, .. } => *seconds,
        DurationExpr::Step => timing.step as f64 / 1e3,
        DurationExpr::Range => timing.end.saturating_sub(timing.start) as f64 / 1e3,
        DurationExpr::MinOf(a, b) => crate::eval::lesser(of(a)?, of(b)?),
        DurationExpr::MaxOf(a, b) => crate::eval::greater(of(a)?, of(b)?),
        DurationExpr::Negative(expr) => -of(expr)?,
        DurationExpr::Paren(expr) => of(expr)?,
        DurationExpr::Binary { op, lhs, rhs } => match (op, of(lhs)?, of(rhs)?) {
            (BinaryOp::Div | BinaryOp::Mod, _, 0.0) => return Err("division by zero"),
            (BinaryOp::Sub, l, r) => l - r,
            (BinaryOp::Mul, l, r) => l * r,
            (BinaryOp::Div, l, r) => l / r,
            (BinaryOp::Mod, l, r) => l % r,
            (BinaryOp::Pow, l, r) => l.powf(r),
            (_, l, r) => l + r,
        },
    })
}
