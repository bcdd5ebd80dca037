//! The grammar of expressions: operators by strength, calls, aggregations.
//!
//! Invariants: neither the recursion nor the tree it builds is deeper than `MAX_DEPTH`; types are not looked
//! at here.

use std::ops::Range;

use super::lexer::{Token, TokenKind, tokens};
use super::{MAX_DEPTH, ParseError, function};
use crate::ast::{AggregateOp, Binary, BinaryOp, Expr, ExprKind, Group, Grouping};

/// An expression and how deep it is.
pub(super) struct Node {
    pub(crate) expr: Expr,
    pub(crate) height: usize,
}

/// What goes between an operator and its right operand.
struct Modifiers {
    return_bool: bool,
    matching: Grouping,
    group: Option<Group>,
}

/// Words that name no metric.
const RESERVED: [&str; 6] = ["atan2", "bool", "group_left", "group_right", "ignoring", "on"];

/// Whether an unquoted word names a metric.
pub(super) fn is_metric_word(word: &str) -> bool {
    let is = |reserved: &&str| word.eq_ignore_ascii_case(reserved);
    !RESERVED.iter().any(is) && special_number(word).is_none()
}

/// `Inf` and `NaN`.
pub(super) fn special_number(word: &str) -> Option<f64> {
    if word.eq_ignore_ascii_case("inf") {
        Some(f64::INFINITY)
    } else if word.eq_ignore_ascii_case("nan") {
        Some(f64::NAN)
    } else {
        None
    }
}

/// The tokens of a query and how far they are read.
pub(super) struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token<'a>>,
    at: usize,
}

impl<'a> Parser<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, tokens: tokens(text), at: 0 }
    }

    /// The whole text as an expression.
    pub(crate) fn query(mut self) -> Result<Expr, ParseError> {
        let node = self.expr(0, 0)?;
        self.end("an operator or the end of the query")?;
        Ok(node.expr)
    }

    /// Requires that nothing is left.
    pub(crate) fn end(&self, expected: &str) -> Result<(), ParseError> {
        match self.peek() {
            TokenKind::End => Ok(()),
            _ => Err(self.unexpected(expected)),
        }
    }

    /// The next token.
    pub(crate) fn peek(&self) -> &TokenKind<'a> {
        &self.token(0).kind
    }

    /// A token further on; the last one comes again and again.
    fn token(&self, ahead: usize) -> &Token<'a> {
        let last = self.tokens.len() - 1;
        &self.tokens[(self.at + ahead).min(last)]
    }

    /// Where the next token is.
    pub(crate) fn span(&self) -> Range<usize> {
        self.token(0).span.clone()
    }

    /// Where the last token that was read ends.
    pub(crate) fn read_to(&self) -> usize {
        self.at.checked_sub(1).map_or(0, |at| self.tokens[at].span.end)
    }

    pub(crate) fn advance(&mut self) {
        self.at = (self.at + 1).min(self.tokens.len() - 1);
    }

    pub(crate) fn is_symbol(&self, symbol: &str) -> bool {
        matches!(self.peek(), TokenKind::Symbol(found) if *found == symbol)
    }

    /// Whether the next token is a keyword, in small or large letters.
    pub(crate) fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), TokenKind::Word(found) if found.eq_ignore_ascii_case(word))
    }

    /// Reads a symbol if it is next.
    pub(crate) fn eat(&mut self, symbol: &str) -> bool {
        let found = self.is_symbol(symbol);
        if found {
            self.advance();
        }
        found
    }

    /// Reads a keyword if it is next.
    pub(crate) fn eat_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        if found {
            self.advance();
        }
        found
    }

    /// Reads a symbol that must be next.
    pub(crate) fn expect(&mut self, symbol: &str) -> Result<(), ParseError> {
        if self.eat(symbol) { Ok(()) } else { Err(self.unexpected(&format!("`{symbol}`"))) }
    }

    pub(crate) fn error(&self, span: Range<usize>, problem: impl Into<String>) -> ParseError {
        ParseError::new(self.text, span, problem)
    }

    /// The error that something else was expected here.
    pub(crate) fn unexpected(&self, expected: &str) -> ParseError {
        let found = match self.peek() {
            TokenKind::Bad(problem) => return self.error(self.span(), problem.clone()),
            TokenKind::Bytes => {
                let problem = "the escapes of this text give bytes that are not UTF-8";
                return self.error(self.span(), problem);
            }
            TokenKind::End => "the end of the query".to_owned(),
            TokenKind::Text(_) => "a text".to_owned(),
            _ => format!("`{}`", &self.text[self.span()]),
        };
        self.error(self.span(), format!("expected {expected}, found {found}"))
    }

    /// Puts an expression together and bounds its depth.
    pub(crate) fn node(
        &self,
        kind: ExprKind,
        span: Range<usize>,
        below: usize,
    ) -> Result<Node, ParseError> {
        self.bound(below, &span)?;
        Ok(Node { expr: Expr { kind, span }, height: below + 1 })
    }

    pub(crate) fn bound(&self, depth: usize, span: &Range<usize>) -> Result<(), ParseError> {
        if depth < MAX_DEPTH {
            return Ok(());
        }
        Err(self.error(span.clone(), format!("expressions are nested deeper than {MAX_DEPTH}")))
    }

    /// An expression of operators that bind at least this strongly.
    pub(crate) fn expr(&mut self, strength: u8, depth: usize) -> Result<Node, ParseError> {
        self.bound(depth, &self.span())?;
        let mut left = self.unary(depth)?;
        while let Some(op) = self.operator().filter(|op| op.strength() >= strength) {
            self.advance();
            left = self.binary(left, op, depth)?;
        }
        Ok(left)
    }

    fn operator(&self) -> Option<BinaryOp> {
        let written = match self.peek() {
            TokenKind::Symbol(symbol) => *symbol,
            TokenKind::Word(word) => *word,
            _ => return None,
        };
        BinaryOp::ALL.into_iter().find(|op| op.symbol().eq_ignore_ascii_case(written))
    }

    fn binary(&mut self, left: Node, op: BinaryOp, depth: usize) -> Result<Node, ParseError> {
        let Modifiers { return_bool, matching, group } = self.modifiers()?;
        let to_the_right = op == BinaryOp::Pow;
        let right = self.expr(op.strength() + u8::from(!to_the_right), depth + 1)?;
        let span = left.expr.span.start..right.expr.span.end;
        let below = left.height.max(right.height);
        let (lhs, rhs) = (left.expr, right.expr);
        let binary = Binary { op, lhs, rhs, return_bool, matching, group };
        self.node(ExprKind::Binary(Box::new(binary)), span, below)
    }

    fn modifiers(&mut self) -> Result<Modifiers, ParseError> {
        let return_bool = self.eat_word("bool");
        let matching = if self.eat_word("on") {
            Some(Grouping::By(self.label_list()?))
        } else if self.eat_word("ignoring") {
            Some(Grouping::Without(self.label_list()?))
        } else {
            None
        };
        let left = self.is_word("group_left");
        let mut group = None;
        if left || self.is_word("group_right") {
            if matching.is_none() {
                return Err(self.unexpected("`on` or `ignoring` before a group modifier"));
            }
            self.advance();
            let include = if self.is_symbol("(") { self.label_list()? } else { Vec::new() };
            group = Some(Group { left, include });
        }
        self.refuse_fill()?;
        let matching = matching.unwrap_or(Grouping::Without(Vec::new()));
        Ok(Modifiers { return_bool, matching, group })
    }

    fn refuse_fill(&self) -> Result<(), ParseError> {
        let fill = ["fill", "fill_left", "fill_right"].iter().any(|word| self.is_word(word));
        if fill && self.token(1).kind == TokenKind::Symbol("(") {
            return Err(self.error(self.span(), "fill modifiers are not supported"));
        }
        Ok(())
    }

    /// `(a, "b.c", )`.
    fn label_list(&mut self) -> Result<Vec<String>, ParseError> {
        self.expect("(")?;
        let mut labels = Vec::new();
        while !self.eat(")") {
            labels.push(self.grouping_label()?);
            if !self.eat(",") && !self.is_symbol(")") {
                return Err(self.unexpected("`,` or `)`"));
            }
        }
        Ok(labels)
    }

    fn grouping_label(&mut self) -> Result<String, ParseError> {
        let label = match self.peek() {
            TokenKind::Text(text) if text.is_empty() => {
                return Err(self.error(self.span(), "a label's name must not be empty"));
            }
            TokenKind::Text(text) => text.clone(),
            // This one keyword is left out by Prometheus, too.
            TokenKind::Word(word)
                if !word.eq_ignore_ascii_case("without") && special_number(word).is_none() =>
            {
                (*word).to_owned()
            }
            _ => return Err(self.unexpected("the name of a label")),
        };
        self.advance();
        Ok(label)
    }

    fn unary(&mut self, depth: usize) -> Result<Node, ParseError> {
        let start = self.span().start;
        let negative = self.is_symbol("-");
        if !negative && !self.is_symbol("+") {
            return self.postfix(depth);
        }
        self.advance();
        let operand = self.expr(BinaryOp::Pow.strength(), depth + 1)?;
        let span = start..operand.expr.span.end;
        if let ExprKind::Number { value, is_duration } = operand.expr.kind {
            let value = if negative { -value } else { value };
            let kind = ExprKind::Number { value, is_duration };
            return Ok(Node { expr: Expr { kind, span }, height: operand.height });
        }
        let expr = Box::new(operand.expr);
        self.node(ExprKind::Unary { negative, expr }, span, operand.height)
    }

    /// What stands alone, without what may follow it.
    pub(crate) fn primary(&mut self, depth: usize) -> Result<Node, ParseError> {
        let span = self.span();
        let kind = match self.peek() {
            TokenKind::Number(value, is_duration) => {
                ExprKind::Number { value: *value, is_duration: *is_duration }
            }
            TokenKind::Text(text) => ExprKind::Text(text.clone()),
            TokenKind::Symbol("(") => return self.paren(depth),
            TokenKind::Symbol("{") => return self.selector(),
            TokenKind::Word(word) => match special_number(word) {
                Some(value) => ExprKind::Number { value, is_duration: false },
                None => return self.word(word, depth),
            },
            _ => return Err(self.unexpected("an expression")),
        };
        self.advance();
        self.node(kind, span, 0)
    }

    fn paren(&mut self, depth: usize) -> Result<Node, ParseError> {
        let start = self.span().start;
        self.advance();
        let inner = self.expr(0, depth + 1)?;
        if !self.eat(")") {
            return Err(self.unexpected("an operator or `)`"));
        }
        let kind = ExprKind::Paren(Box::new(inner.expr));
        self.node(kind, start..self.read_to(), inner.height)
    }

    /// An aggregation, a call or a metric.
    fn word(&mut self, word: &str, depth: usize) -> Result<Node, ParseError> {
        let next = &self.token(1).kind;
        let called = *next == TokenKind::Symbol("(");
        let modified = matches!(next, TokenKind::Word(next)
            if next.eq_ignore_ascii_case("by") || next.eq_ignore_ascii_case("without"));
        if called || modified {
            let op = AggregateOp::ALL.into_iter().find(|op| op.name().eq_ignore_ascii_case(word));
            if let Some(op) = op {
                return self.aggregate(op, depth);
            }
        }
        if called && is_metric_word(word) { self.call(word, depth) } else { self.selector() }
    }

    fn call(&mut self, name: &str, depth: usize) -> Result<Node, ParseError> {
        let span = self.span();
        let Some(function) = function(name) else {
            return Err(self.error(span, format!("there is no function `{name}`")));
        };
        self.advance();
        let (args, below) = self.arguments(depth)?;
        self.node(ExprKind::Call { function, args }, span.start..self.read_to(), below)
    }

    /// `(a, b)`, and the height of the tallest.
    fn arguments(&mut self, depth: usize) -> Result<(Vec<Expr>, usize), ParseError> {
        self.expect("(")?;
        let mut args = Vec::new();
        let mut below = 0;
        if self.eat(")") {
            return Ok((args, below));
        }
        loop {
            let node = self.expr(0, depth + 1)?;
            below = below.max(node.height);
            args.push(node.expr);
            if self.eat(")") {
                return Ok((args, below));
            }
            if !self.eat(",") {
                return Err(self.unexpected("an operator, `,` or `)`"));
            }
            if self.is_symbol(")") {
                return Err(self.unexpected("another argument after `,`"));
            }
        }
    }

    fn aggregate(&mut self, op: AggregateOp, depth: usize) -> Result<Node, ParseError> {
        let start = self.span().start;
        self.advance();
        let before = self.grouping()?;
        let first = self.token(1);
        if op == AggregateOp::CountValues && first.kind == TokenKind::Bytes {
            let problem = format!("invalid label name {}", &self.text[first.span.clone()]);
            return Err(self.error(first.span.clone(), problem));
        }
        let (args, below) = self.arguments(depth)?;
        let grouping = match before {
            Some(grouping) => Some(grouping),
            None => self.grouping()?,
        };
        let span = start..self.read_to();
        let given = args.len();
        let mut args = args.into_iter();
        let param = op.param().and_then(|_| args.next()).map(Box::new);
        let (Some(expr), None) = (args.next(), args.next()) else {
            let expected = if op.param().is_some() { "2 arguments" } else { "1 argument" };
            let problem = format!("expected {expected} for `{}`, found {given}", op.name());
            return Err(self.error(span, problem));
        };
        let grouping = grouping.unwrap_or(Grouping::By(Vec::new()));
        let kind = ExprKind::Aggregate { op, grouping, param, expr: Box::new(expr) };
        self.node(kind, span, below)
    }

    fn grouping(&mut self) -> Result<Option<Grouping>, ParseError> {
        if self.eat_word("by") {
            return Ok(Some(Grouping::By(self.label_list()?)));
        }
        if self.eat_word("without") {
            return Ok(Some(Grouping::Without(self.label_list()?)));
        }
        Ok(None)
    }
}
