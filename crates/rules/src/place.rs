//! Places in a file, and where a piece of a scalar's value stands in it.
//!
//! A YAML scalar's value is not its text: quotes, escapes, indentation and folding lie between. What both
//! share is their characters that are no blanks, in the same order; counting them leads from one to the
//! other in every style.

use serde::Serialize;

/// A place in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Place {
    /// The line, from 1.
    pub line: usize,
    /// The character of the line, from 1.
    pub column: usize,
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// As it is.
    Plain,
    /// `'text'`
    Single,
    /// `"text"`
    Double,
    /// `|` and `>`
    Block,
}

/// A file's text and where its lines begin.
pub(crate) struct Source<'a> {
    text: &'a str,
    /// Bytes.
    lines: Vec<usize>,
}

impl<'a> Source<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let bytes = text.as_bytes();
        let ends_line = |at: usize| match bytes[at] {
            b'\n' => true,
            b'\r' => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        };
        let starts = (0..bytes.len()).filter(|at| ends_line(*at)).map(|at| at + 1);
        Self { text, lines: std::iter::once(0).chain(starts).collect() }
    }

    /// Where the character at byte `offset` of a scalar's value stands. `start` is where the scalar, or the
    /// anchor or tag before it, begins. A blank, or the end of the value, is taken to stand right after the
    /// last character before it that is none.
    pub(crate) fn place_in(
        &self,
        start: Place,
        style: Style,
        value: &str,
        offset: usize,
    ) -> Option<Place> {
        let from = self.byte_of(start)?;
        let (before, rest) = value.split_at_checked(offset)?;
        let solid = |text: &str| text.chars().filter(|c| !c.is_whitespace()).count();
        let wanted = solid(before);
        let at_solid = rest.chars().next().is_some_and(|c| !c.is_whitespace());
        let mut raw = Raw { rest: content(&self.text[from..], style), style };
        let mut end = self.text.len() - raw.rest.len();
        let mut seen = 0;
        loop {
            if !at_solid && seen == wanted {
                return Some(self.place_of(end));
            }
            let at = self.text.len() - raw.rest.len();
            let Some(character) = raw.next() else { return Some(self.place_of(end)) };
            if !character.is_whitespace() {
                if at_solid && seen == wanted {
                    return Some(self.place_of(at));
                }
                seen += 1;
                end = self.text.len() - raw.rest.len();
            }
        }
    }

    fn byte_of(&self, place: Place) -> Option<usize> {
        let line = *self.lines.get(place.line.checked_sub(1)?)?;
        let rest = &self.text[line..];
        let column = place.column.checked_sub(1)?;
        let within = rest.char_indices().nth(column).map_or(rest.len(), |(at, _)| at);
        Some(line + within)
    }

    fn place_of(&self, byte: usize) -> Place {
        let line = self.lines.partition_point(|start| *start <= byte);
        let start = self.lines[line - 1];
        Place { line, column: self.text[start..byte].chars().count() + 1 }
    }
}

/// The text of a scalar from its first character on, or from the one after its opening quote.
fn content(text: &str, style: Style) -> &str {
    let mut rest = text;
    let mut has_properties = false;
    while rest.starts_with(['&', '!']) {
        has_properties = true;
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        rest = rest[end..].trim_start();
    }
    match style {
        Style::Plain => rest,
        Style::Single | Style::Double => rest.get(1..).unwrap_or_default(),
        // The header is part of the scalar only where an anchor or a tag stands before it.
        Style::Block if has_properties => rest.find(['\n', '\r']).map_or("", |at| &rest[at..]),
        Style::Block => rest,
    }
}

/// The characters of a scalar's value, read from its text; blanks may be more or fewer.
struct Raw<'a> {
    rest: &'a str,
    style: Style,
}

impl Raw<'_> {
    fn next(&mut self) -> Option<char> {
        let mut characters = self.rest.chars();
        let first = characters.next()?;
        if self.style == Style::Single && first == '\'' {
            characters.next()?;
        }
        if self.style == Style::Double && first == '\\' {
            let escape = characters.next()?;
            let digits = match escape {
                'x' => 2,
                'u' => 4,
                'U' => 8,
                _ => 0,
            };
            let code = characters.as_str().get(..digits)?;
            self.rest = &characters.as_str()[digits..];
            return Some(match escape {
                'n' | 't' | 'r' | 'v' | 'f' | 'N' | 'L' | 'P' | '_' => ' ',
                // Control characters: anything that is no blank.
                'a' | 'b' | 'e' | '0' => '0',
                'x' | 'u' | 'U' => char::from_u32(u32::from_str_radix(code, 16).ok()?)?,
                other => other,
            });
        }
        self.rest = characters.as_str();
        Some(first)
    }
}
