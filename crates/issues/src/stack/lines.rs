//! A text's lines, one after another.
//!
//! Invariants: each line is searched for once, so a reader that only goes forward is linear; a line is cut at
//! [`LINE_BYTES_MAX`], at the border of a character.

use super::limits::LINE_BYTES_MAX;

/// A cursor over the lines of a text. The ends of lines, `\n` or `\r\n`, are not part of them.
pub(super) struct Lines<'a> {
    rest: &'a str,
    peeked: Option<&'a str>,
    bytes: usize,
    visited: usize,
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text, peeked: None, bytes: text.len(), visited: 0 }
    }

    /// The next line.
    pub(super) fn next(&mut self) -> Option<&'a str> {
        self.peeked.take().or_else(|| self.advance())
    }

    /// The next line, which stays the next one.
    pub(super) fn peek(&mut self) -> Option<&'a str> {
        if self.peeked.is_none() {
            self.peeked = self.advance();
        }
        self.peeked
    }

    /// How many lines were searched for so far.
    pub(super) fn visited(&self) -> usize {
        self.visited
    }

    /// The length of the whole text.
    pub(super) fn text_bytes(&self) -> usize {
        self.bytes
    }

    fn advance(&mut self) -> Option<&'a str> {
        if self.rest.is_empty() {
            return None;
        }
        self.visited += 1;
        let (line, rest) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
        self.rest = rest;
        Some(cut(line.strip_suffix('\r').unwrap_or(line), LINE_BYTES_MAX))
    }
}

/// The first bytes of a text, ending with a whole character.
pub(super) fn cut(text: &str, bytes_max: usize) -> &str {
    &text[..text.floor_char_boundary(bytes_max)]
}

/// How many characters of white space a line begins with.
pub(super) fn indent(line: &str) -> usize {
    line.bytes().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}
