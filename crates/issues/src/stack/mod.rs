//! The text of a stack, as the runtime of each language writes it, read into exceptions and frames.
//!
//! Invariants: any text gives an answer, in time and memory linear in its length; what is read of it is
//! bounded by [`limits`]; no readable frame is lost to an unreadable line beside it; the first exception is
//! the one that was reported and its first frame the place where it was raised, in whatever order the
//! language writes them. What could not be read is kept as text.
//!
//! Each language has a file with two functions: `weight` says how much one line looks like that language's,
//! and `read` reads a whole text. The weights decide which `read` is asked.

mod chain;
mod dotnet;
mod frames;
mod go;
mod heading;
mod java;
mod javascript;
mod language;
mod lines;
mod php;
mod place;
mod python;
mod ruby;
mod rust;

use std::borrow::Cow;

use plimsoll_model::Exception;

pub use language::Language;
use lines::Lines;

/// What is kept of one text.
pub mod limits {
    /// Frames that are kept of each end of a stack; those between are counted.
    pub const FRAMES_KEPT: usize = 125;
    /// Exceptions of a chain. The causes farthest from what was reported are left out.
    pub const EXCEPTIONS_MAX: usize = 32;
    /// Bytes of a line; the rest of a longer one is not read.
    pub const LINE_BYTES_MAX: usize = 8 << 10;
    /// Bytes of a message.
    pub const MESSAGE_BYTES_MAX: usize = 16 << 10;
    /// Bytes of an exception's unreadable lines.
    pub const TEXT_BYTES_MAX: usize = 64 << 10;
    /// Lines of source beside the one of a frame.
    pub const SOURCE_LINES_MAX: usize = 16;
    /// Lines that are looked at to tell the language. A message longer than that hides it.
    pub const DETECT_LINES_MAX: usize = 4096;
}

/// What a text of a stack says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stack {
    /// The language whose stack it is; none where no line could be read as one's.
    pub language: Option<Language>,
    /// The exception that was reported, then its causes. Empty only where the text is blank.
    pub exceptions: Vec<Exception>,
}

/// Reads the text of a stack. The hint is the language that its sender says it is written in: it is believed
/// where the text could be that language's, because senders relay the stacks of others.
pub fn parse(text: &str, hint: Option<Language>) -> Stack {
    parse_counted(text, hint).0
}

/// As [`parse`], and how many lines were visited: the measure of work that tests hold to be linear.
fn parse_counted(text: &str, hint: Option<Language>) -> (Stack, usize) {
    let text = without_colours(text);
    if text.trim().is_empty() {
        return (Stack::default(), 0);
    }
    let (told, mut visited) = detect(&text, hint);
    if let Some(language) = told.or(hint) {
        let mut lines = Lines::new(&text);
        let exceptions = language.read(&mut lines);
        visited += lines.visited();
        // A hint alone is too little: the text must at least name a type the way that language does.
        let is_read =
            |exception: &Exception| !exception.frames.is_empty() || !exception.kind.is_empty();
        if exceptions.len() > 1 || exceptions.iter().any(is_read) {
            return (Stack { language: Some(language), exceptions }, visited);
        }
    }
    let mut lines = Lines::new(&text);
    let mut draft = chain::Draft::default();
    while let Some(line) = lines.next() {
        draft.add_text(line);
    }
    (Stack { language: None, exceptions: vec![draft.finish(false)] }, visited + lines.visited())
}

/// The language most lines look like, the hinted one where it is at least half as likely.
fn detect(text: &str, hint: Option<Language>) -> (Option<Language>, usize) {
    let mut weights = [0_u32; Language::ALL.len()];
    let mut lines = Lines::new(text);
    while lines.visited() < limits::DETECT_LINES_MAX
        && let Some(line) = lines.next()
    {
        for (weight, language) in weights.iter_mut().zip(Language::ALL) {
            *weight += language.weight(line);
        }
    }
    let best = weights.iter().copied().max().unwrap_or(0);
    let of = |language: Language| {
        Language::ALL.iter().zip(weights).find(|(one, _)| **one == language).map_or(0, |(_, w)| w)
    };
    let hinted = hint.filter(|language| of(*language) > 0 && of(*language) * 2 >= best);
    let told = hinted.or_else(|| Language::ALL.into_iter().find(|one| of(*one) == best));
    (told.filter(|_| best > 0), lines.visited())
}

/// The text without the escape sequences by which a terminal shows colours.
fn without_colours(text: &str) -> Cow<'_, str> {
    if !text.contains("\u{1b}[") {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    for (number, part) in text.split("\u{1b}[").enumerate() {
        let end = part.find(|c: char| !c.is_ascii_digit() && c != ';');
        match end {
            Some(end) if number > 0 && part[end..].starts_with('m') => {
                plain.push_str(&part[end + 1..]);
            }
            _ if number > 0 => {
                plain.push_str("\u{1b}[");
                plain.push_str(part);
            }
            _ => plain.push_str(part),
        }
    }
    Cow::Owned(plain)
}

/// Gives the reported exception the type and message that came beside its stack. They are exact where the
/// text is not: a type may be written short in one and qualified in the other, and a message in the text may
/// go on with notes, which are kept as text.
pub fn complete(exceptions: &mut Vec<Exception>, kind: &str, message: &str) {
    if kind.is_empty() && message.is_empty() {
        return;
    }
    if exceptions.is_empty() {
        exceptions.push(Exception::default());
    }
    let Some(first) = exceptions.first_mut() else { return };
    if !kind.is_empty() {
        kind.clone_into(&mut first.kind);
    }
    let message = lines::cut(message, limits::MESSAGE_BYTES_MAX);
    if message.is_empty() || first.message == message {
        return;
    }
    let rest = first.message.strip_prefix(message).and_then(|rest| rest.strip_prefix('\n'));
    if let Some(rest) = rest.map(|rest| rest.trim_matches('\n')).filter(|rest| !rest.is_empty()) {
        let mut text = rest.to_owned();
        if !first.text.is_empty() {
            text.push('\n');
            text.push_str(&first.text);
        }
        lines::cut(&text, limits::TEXT_BYTES_MAX).clone_into(&mut first.text);
    }
    message.clone_into(&mut first.message);
}

#[cfg(test)]
mod tests;
