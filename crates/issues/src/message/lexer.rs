//! The walk over a text: white space, quotes, what is a placeholder already, and the chunks
//! between.
//!
//! Invariants: every byte is looked at a bounded number of times. That a quote is never closed is
//! found once per kind of quote. A placeholder stands for itself and splits what is beside it as
//! the text it replaced did, so that a second walk changes nothing.

use super::{Replaced, Variable, atom, chunk};

/// One walk.
pub(super) struct Lexer<'a, F> {
    text: &'a str,
    at: usize,
    out: &'a mut String,
    /// Where the output of this walk begins in the buffer, and where it has to end.
    begin: usize,
    end: usize,
    tell: F,
    /// Quotes of which none closes any more.
    unclosed: [bool; QUOTES.len()],
    full: bool,
}

/// What opens and closes a quotation. A straight apostrophe is one only between words.
const QUOTES: [(char, char); 6] = [
    ('"', '"'),
    ('\'', '\''),
    ('`', '`'),
    ('\u{201c}', '\u{201d}'),
    ('\u{2018}', '\u{2019}'),
    ('«', '»'),
];

impl<'a, F: FnMut(Replaced)> Lexer<'a, F> {
    /// A walk over a text, whose output takes at most as many bytes.
    pub(super) fn new(text: &'a str, bytes_max: usize, out: &'a mut String, tell: F) -> Self {
        let begin = out.len();
        let end = begin.saturating_add(bytes_max);
        Self { text, at: 0, out, begin, end, tell, unclosed: [false; QUOTES.len()], full: false }
    }

    /// Walks to the end of the text, or until the output is full.
    pub(super) fn run(mut self) {
        while !self.full {
            let Some(next) = self.text[self.at..].chars().next() else { break };
            if next.is_whitespace() {
                self.at += next.len_utf8();
                self.space();
            } else if !(self.placeholder() || self.quotation(next) || self.chunk()) {
                self.copy(next.len_utf8());
            }
        }
        if self.full {
            // What is cut ends with a whole word: the beginning of one may be read as something
            // else.
            let cut =
                self.out[self.begin..].rfind(' ').map_or(self.out.len(), |at| self.begin + at);
            self.out.truncate(cut);
        }
        let kept = self.out[self.begin..].trim_end().len();
        self.out.truncate(self.begin + kept);
    }

    fn space(&mut self) {
        if self.out.len() > self.begin && !self.out.ends_with(' ') {
            self.push(" ");
        }
    }

    /// A placeholder that stands in the text is kept.
    fn placeholder(&mut self) -> bool {
        let rest = &self.text[self.at..];
        if !rest.starts_with('<') {
            return false;
        }
        let known = Variable::ALL.iter().find(|kind| rest.starts_with(kind.placeholder()));
        let Some(kind) = known else { return false };
        self.at += kind.placeholder().len();
        self.put(*kind);
        true
    }

    fn quotation(&mut self, open: char) -> bool {
        let Some(kind) = QUOTES.iter().position(|quote| quote.0 == open) else { return false };
        let apostrophe = open == '\'';
        if self.unclosed[kind] || (apostrophe && self.text[..self.at].ends_with(in_word)) {
            return false;
        }
        let inside = self.at + open.len_utf8();
        let close = QUOTES[kind].1;
        let closed = self.text[inside..].match_indices(close).find(|(at, quote)| {
            !apostrophe || !self.text[inside + at + quote.len()..].starts_with(in_word)
        });
        let Some((length, quote)) = closed else {
            self.unclosed[kind] = true;
            return false;
        };
        self.replace(Variable::Quoted, inside + length + quote.len());
        true
    }

    /// What stands between white space, brackets and quotes: a whole, or atoms and signs.
    fn chunk(&mut self) -> bool {
        let rest = &self.text[self.at..];
        let fresh = !self.text[..self.at].ends_with('>');
        if fresh && let Some((kind, length)) = chunk::recognize(rest) {
            self.replace(kind, self.at + length);
            return true;
        }
        let end = self.at + chunk::length(rest);
        if end == self.at {
            return false;
        }
        while self.at < end && !self.full {
            let before = self.text[..self.at].chars().next_back();
            let length = atom::length(&self.text[self.at..end]);
            if length == 0 {
                let sign = self.text[self.at..].chars().next().map_or(1, char::len_utf8);
                self.copy(sign);
            } else {
                self.atom(before, length);
            }
        }
        true
    }

    fn atom(&mut self, before: Option<char>, length: usize) {
        let text = &self.text[self.at..self.at + length];
        let Some((kind, range)) = atom::recognize(before, text) else {
            self.copy(length);
            return;
        };
        self.copy(range.start);
        self.replace(kind, self.at + range.len());
        self.copy(length - range.end);
    }

    fn replace(&mut self, variable: Variable, end: usize) {
        (self.tell)(Replaced { variable, at: self.at..end });
        self.at = end;
        self.put(variable);
    }

    /// A date and the time that follows it are one.
    fn put(&mut self, variable: Variable) {
        let placeholder = variable.placeholder();
        let said = self.out[self.begin..].trim_end_matches(' ').ends_with(placeholder);
        if variable == Variable::Date && said {
            let kept = self.out.trim_end_matches(' ').len();
            self.out.truncate(kept);
        } else {
            self.push(placeholder);
        }
    }

    fn copy(&mut self, length: usize) {
        let text = self.text;
        self.push(&text[self.at..self.at + length]);
        self.at += length;
    }

    fn push(&mut self, piece: &str) {
        if self.out.len() + piece.len() > self.end {
            self.full = true;
        } else {
            self.out.push_str(piece);
        }
    }
}

/// Whether a character makes an apostrophe beside it part of a word. A placeholder counts as the
/// word that it replaced.
fn in_word(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '<' | '>')
}
