//! .NET's stacks, as `Exception.ToString` writes them, and Mono's.
//!
//! Invariants: the headings come from the outermost exception to the innermost, the stacks the other way
//! round, and each goes to its own. The further exceptions of an `AggregateException` are kept as text.

use plimsoll_model::{Exception, Frame};

use super::chain::{Chain, Draft, Order};
use super::heading;
use super::lines::Lines;
use super::place::{set_file, split_line};

const ARROW: &str = " ---> ";
const FURTHER: &str = "---> (Inner Exception #";

pub(super) fn weight(line: &str) -> u32 {
    let line = line.trim();
    match line.as_bytes().first() {
        Some(b'a') if frame(line).is_some() => 2,
        Some(b'-') if line.starts_with("--- End of ") || line.starts_with("---> ") => 1,
        _ => 0,
    }
}

pub(super) fn read(lines: &mut Lines<'_>) -> Vec<Exception> {
    let mut reader = Reader {
        chain: Chain::new(Order::ReportedFirst),
        headings: 0,
        ended: 0,
        further: 0,
        has_frames: false,
    };
    while let Some(line) = lines.next() {
        reader.take(line);
    }
    reader.chain.finish(false)
}

struct Reader {
    chain: Chain,
    headings: usize,
    /// How many of the innermost stacks have ended.
    ended: usize,
    /// How many further exceptions of aggregates are open.
    further: usize,
    has_frames: bool,
}

impl Reader {
    fn take(&mut self, line: &str) {
        let trimmed = line.trim();
        let index = self.headings.saturating_sub(self.ended + 1);
        if self.further > 0 || trimmed.starts_with(FURTHER) {
            self.chain.at(index).add_text(line);
            self.further += usize::from(trimmed.starts_with(FURTHER));
            self.further -= usize::from(trimmed.ends_with("<---"));
        } else if let Some(frame) = frame(trimmed) {
            self.has_frames = true;
            self.chain.at(index).frames.push(frame);
        } else if trimmed.starts_with("--- End of inner ") {
            self.has_frames = true;
            self.ended = (self.ended + 1).min(self.headings.saturating_sub(1));
        } else if trimmed.starts_with("--- End of stack trace from previous location") {
        } else if self.has_frames {
            self.take_beside_frames(index, line);
        } else {
            self.take_headings(line);
        }
    }

    fn take_beside_frames(&mut self, index: usize, line: &str) {
        if !line.trim().is_empty() {
            self.chain.at(index).add_text(line);
        }
    }

    /// A line before all stacks: of a heading, or of several that arrows join.
    fn take_headings(&mut self, line: &str) {
        let mut rest = line;
        let mut is_new = self.headings == 0;
        if let Some(inner) = line.trim_start().strip_prefix("---> ") {
            rest = inner;
            is_new = true;
        }
        loop {
            let (text, next) = split_arrow(rest);
            self.take_heading(text, is_new);
            let Some(next) = next else { return };
            rest = next;
            is_new = true;
        }
    }

    fn take_heading(&mut self, text: &str, is_new: bool) {
        let text = if self.headings == 0 { without_title(text) } else { text };
        let split = split_heading(text);
        if is_new && (self.headings > 0 || split.is_some()) {
            let text_before = self.headings == 0 && self.chain.len() > 0;
            let (kind, message) = split.unwrap_or(("", text));
            if text_before {
                self.chain.current().set_heading(kind, message);
            } else {
                self.chain.push(Draft::new(kind, message));
            }
            self.headings += 1;
        } else if self.headings == 0 {
            if !text.is_empty() {
                self.chain.current().add_text(text);
            }
        } else {
            self.chain.current().add_message(text);
        }
    }
}

/// Leaves out what the runtime says of an exception that nothing caught.
fn without_title(line: &str) -> &str {
    let titles = [
        "Unhandled exception. ",
        "Unhandled Exception: ",
        "Unhandled Exception:",
        "[ERROR] FATAL UNHANDLED EXCEPTION: ",
    ];
    titles.iter().find_map(|title| line.strip_prefix(title)).unwrap_or(line)
}

/// `Type: message`, the type with or without a number: `System.IO.IOException (0x80131620): …`.
fn split_heading(text: &str) -> Option<(&str, &str)> {
    if let Some((kind, rest)) = text.split_once(" (0x")
        && let Some((_, message)) = rest.split_once("): ")
        && heading::is_kind(kind)
    {
        return Some((kind, message));
    }
    heading::split(text)
}

/// Splits at the first arrow that a type's heading follows.
fn split_arrow(text: &str) -> (&str, Option<&str>) {
    let mut from = 0;
    while let Some(at) = text[from..].find(ARROW) {
        let after = from + at + ARROW.len();
        let word_end = text[after..].find([' ', ':']).map_or(text.len(), |end| after + end);
        let word = &text[after..word_end];
        if heading::is_kind(word) && heading::is_sure(word) {
            return (&text[..from + at], Some(&text[after..]));
        }
        from = after;
    }
    (text, None)
}

/// `at Acme.Shop.Cart.Total(Int32 i) in /srv/shop/Cart.cs:line 7`, and Mono's
/// `at Acme.Shop.Cart.Total (System.Int32 i) [0x0002c] in /srv/shop/Cart.cs:7`.
fn frame(line: &str) -> Option<Frame> {
    let line = line.strip_prefix("at ")?.trim_end();
    let line = line.strip_suffix("<---").unwrap_or(line).trim_end();
    let open = line.find('(')?;
    let is_mono = line.contains(") [0x");
    let name = if is_mono { line[..open].trim_end() } else { &line[..open] };
    if name.is_empty() || name.contains([' ', '/', ':', '"', '@']) {
        return None;
    }
    let (arguments, place) = match line.split_once(") in ").or_else(|| line.split_once("] in ")) {
        Some((before, place)) => (&before[open + 1..], place),
        None => (line[open + 1..].strip_suffix(')')?, ""),
    };
    // Arguments have types and names, which tells them from the files of other languages.
    let is_named = arguments.split(',').all(|argument| argument.trim_start().contains(' '));
    let is_java = matches!(arguments, "Native Method" | "Unknown Source");
    if is_java || !(arguments.is_empty() || is_named) {
        return None;
    }
    let (module, function) = split_method(name);
    let mut frame =
        Frame { function: function.to_owned(), module: module.to_owned(), ..Frame::default() };
    let place = place.replace(":line ", ":");
    if let Some((file, number)) = split_line(&place)
        && !file.starts_with('<')
    {
        set_file(&mut frame, file);
        frame.line = number;
    }
    Some(frame)
}

/// Splits the type from the method: the last dot does, save that of `.ctor`. A method's type parameters
/// are left out: `Acme.Shop.Cart.Find[T]`.
fn split_method(name: &str) -> (&str, &str) {
    let plain = match name.strip_suffix(']').and_then(|_| name.rfind(['.', '['])) {
        Some(_) => {
            name.find('[').filter(|at| !name[*at..].contains("].")).map_or(name, |at| &name[..at])
        }
        None => name,
    };
    let dot = plain.rfind('.').unwrap_or(0);
    let dot = if dot > 0 && plain[..dot].ends_with('.') { dot - 1 } else { dot };
    if dot == 0 { ("", plain) } else { (&plain[..dot], &plain[dot + 1..]) }
}
