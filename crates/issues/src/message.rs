//! A message without what varies from one occurrence to the next: `order <number> of <email>
//! failed`.
//!
//! Invariants: one pass over at most [`Limits::bytes`] of the text, linear whatever it says;
//! nothing that comes out is longer than that bound; a text that was parameterised and not cut
//! comes out as it went in.

mod atom;
mod chunk;
mod lexer;
#[cfg(test)]
mod tests;

use std::ops::Range;

use serde::Serialize;

/// How much of a message is read, and how much comes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes that are read, and bytes that come out.
    pub bytes: usize,
    /// Lines that are read; empty ones do not count.
    pub lines: usize,
}

impl Limits {
    /// What titles and lists show, and what grouping looks at: the first line that says something.
    pub const LINE: Self = Self { bytes: 512, lines: 1 };
    /// The whole of a message of ordinary length.
    pub const TEXT: Self = Self { bytes: 4 << 10, lines: 64 };
}

/// What a variable part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Variable {
    /// `0a6f…-…`, RFC 9562.
    Uuid,
    /// A digest or a commit: hexadecimal, letters and digits mixed.
    Hash,
    /// An IPv4 or IPv6 address, with its port or its prefix length.
    Ip,
    /// Anything with a scheme and `://`.
    Url,
    /// A mail address.
    Email,
    /// A date, a time of day, or both.
    Date,
    /// `30s`, `1h30m`.
    Duration,
    /// `512MiB`.
    Size,
    /// `42`, `-1.5e3`, `1,000`.
    Number,
    /// `v1.2.3`.
    Version,
    /// Anything between quotes.
    Quoted,
    /// `0x7ffd`, and the identity of an object after its `@`.
    Hex,
    /// A file, or the path of a request.
    Path,
    /// A token that mixes letters and digits: `user-1971`, `cus_9s6XKzkNRiz8i3`.
    Id,
}

impl Variable {
    const ALL: [Self; 14] = [
        Self::Uuid,
        Self::Hash,
        Self::Ip,
        Self::Url,
        Self::Email,
        Self::Date,
        Self::Duration,
        Self::Size,
        Self::Number,
        Self::Version,
        Self::Quoted,
        Self::Hex,
        Self::Path,
        Self::Id,
    ];

    /// What stands in its place.
    pub const fn placeholder(self) -> &'static str {
        match self {
            Self::Uuid => "<uuid>",
            Self::Hash => "<hash>",
            Self::Ip => "<ip>",
            Self::Url => "<url>",
            Self::Email => "<email>",
            Self::Date => "<date>",
            Self::Duration => "<duration>",
            Self::Size => "<size>",
            Self::Number => "<number>",
            Self::Version => "<version>",
            Self::Quoted => "<quoted>",
            Self::Hex => "<hex>",
            Self::Path => "<path>",
            Self::Id => "<id>",
        }
    }
}

/// A part that was replaced: what it is, and where it stood in the text that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Replaced {
    /// What it is.
    pub variable: Variable,
    /// Its bytes in the text.
    pub at: Range<usize>,
}

/// The text with placeholders where it varies, its white space made single spaces.
pub fn parameterize(text: &str, limits: Limits) -> String {
    let mut out = String::with_capacity(text.len().min(limits.bytes));
    parameterize_into(text, limits, &mut out, |_| ());
    out
}

/// The same, and what was replaced, in order.
pub fn parameterize_telling(text: &str, limits: Limits) -> (String, Vec<Replaced>) {
    let (mut out, mut replaced) = (String::new(), Vec::new());
    parameterize_into(text, limits, &mut out, |part| replaced.push(part));
    (out, replaced)
}

/// Appends the text with placeholders to a buffer, and tells of each part that was replaced.
pub(crate) fn parameterize_into(
    text: &str,
    limits: Limits,
    out: &mut String,
    tell: impl FnMut(Replaced),
) {
    lexer::Lexer::new(limited(text, limits), limits.bytes, out, tell).run();
}

/// The part of a text that is read: whole lines, and whole words where it is cut.
fn limited(text: &str, limits: Limits) -> &str {
    let whole = text;
    let text = &text[..text.floor_char_boundary(limits.bytes)];
    let mut lines = 0;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        start += line.len();
        lines += usize::from(!line.trim().is_empty());
        if lines >= limits.lines {
            break;
        }
    }
    let inside_word = start == text.len() && !whole[start..].is_empty();
    match text[..start].rfind(char::is_whitespace) {
        Some(space) if inside_word && !whole[start..].starts_with(char::is_whitespace) => {
            &text[..space]
        }
        _ => &text[..start],
    }
}
