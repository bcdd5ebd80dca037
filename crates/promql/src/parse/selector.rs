//! Selectors: a metric's name and conditions on labels.
//!
//! Invariants: every pattern is compiled; a metric's name is given once where it stands before the braces.

use std::ops::Range;

use super::grammar::{Node, Parser, is_metric_word};
use super::lexer::TokenKind;
use super::{ParseError, anchored};
use crate::METRIC_NAME;
use crate::ast::{ExprKind, MatchOp, Matcher, Selector, When};

impl Parser<'_> {
    /// The whole text as a selector.
    pub(crate) fn lone_selector(mut self) -> Result<(Vec<Matcher>, Range<usize>), ParseError> {
        let selector = self.matchers()?;
        self.end("the end of the selector")?;
        Ok(selector)
    }

    /// A selector as an expression.
    pub(crate) fn selector(&mut self) -> Result<Node, ParseError> {
        let named = matches!(self.peek(), TokenKind::Word(_));
        let (matchers, span) = self.matchers()?;
        let kind = ExprKind::Selector(Selector { matchers, named, when: When::default() });
        self.node(kind, span, 0)
    }

    fn matchers(&mut self) -> Result<(Vec<Matcher>, Range<usize>), ParseError> {
        let start = self.span().start;
        let mut matchers = Vec::new();
        match self.peek() {
            TokenKind::Word(word) if is_metric_word(word) => {
                matchers.push(named(word));
                self.advance();
                if self.is_symbol("{") {
                    self.braces(&mut matchers)?;
                }
            }
            TokenKind::Symbol("{") => self.braces(&mut matchers)?,
            _ => return Err(self.unexpected("a metric's name or `{`")),
        }
        Ok((matchers, start..self.read_to()))
    }

    fn braces(&mut self, matchers: &mut Vec<Matcher>) -> Result<(), ParseError> {
        let has_name = !matchers.is_empty();
        self.expect("{")?;
        while !self.eat("}") {
            let start = self.span().start;
            let matcher = self.matcher()?;
            if has_name && matcher.name == METRIC_NAME {
                let problem = format!(
                    "the metric's name is given twice, as `{}` and as `{}`",
                    matchers[0].value, matcher.value
                );
                return Err(self.error(start..self.read_to(), problem));
            }
            matchers.push(matcher);
            if !self.eat(",") && !self.is_symbol("}") {
                return Err(self.unexpected("`,` or `}`"));
            }
        }
        Ok(())
    }

    /// `job="a"`, `"my.label"="a"` or `"my.metric"`.
    fn matcher(&mut self) -> Result<Matcher, ParseError> {
        let start = self.span().start;
        let (name, quoted) = match self.peek() {
            TokenKind::Word(word) if !word.contains(':') => ((*word).to_owned(), false),
            TokenKind::Text(text) => (text.clone(), true),
            _ => return Err(self.unexpected("the name of a label or `}`")),
        };
        self.advance();
        let TokenKind::Symbol(op @ ("=" | "!=" | "=~" | "!~")) = *self.peek() else {
            if quoted && (self.is_symbol(",") || self.is_symbol("}")) {
                return Ok(named(&name));
            }
            return Err(self.unexpected("`=`, `!=`, `=~` or `!~`"));
        };
        self.advance();
        let TokenKind::Text(value) = self.peek() else {
            return Err(self.unexpected("a text in quotes"));
        };
        let value = value.clone();
        self.advance();
        let pattern = |value: &str| {
            anchored(value).map_err(|problem| self.error(start..self.read_to(), problem))
        };
        let op = match op {
            "=" => MatchOp::Equal,
            "!=" => MatchOp::NotEqual,
            "=~" => MatchOp::Matches(pattern(&value)?),
            _ => MatchOp::NotMatches(pattern(&value)?),
        };
        Ok(Matcher { name, op, value })
    }
}

/// The condition that a metric has this name.
fn named(name: &str) -> Matcher {
    Matcher { name: METRIC_NAME.to_owned(), op: MatchOp::Equal, value: name.to_owned() }
}
