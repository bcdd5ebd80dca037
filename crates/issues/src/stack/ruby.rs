//! Ruby's stacks: a backtrace's lines, and `full_message` in both of its orders.
//!
//! Invariant: whichever order the text has, what is returned begins with the reported exception and the place
//! where it was raised.

use plimsoll_model::{Exception, Frame};

use super::chain::{Chain, Draft, Order};
use super::heading;
use super::lines::{Lines, indent};
use super::place::{set_file, split_line};

pub(super) fn weight(line: &str) -> u32 {
    u32::from(split_place(without_from(line.trim()).1).is_some()) * 2
}

pub(super) fn read(lines: &mut Lines<'_>) -> Vec<Exception> {
    let header = lines.peek().is_some_and(|line| line == "Traceback (most recent call last):");
    if header {
        lines.next();
    }
    let numbered = lines.peek().is_some_and(|line| without_from(line.trim()).0 == From::Numbered);
    if header && numbered { read_bottom(lines) } else { read_top(lines) }
}

/// The reported exception first, and of each the place where it was raised.
fn read_top(lines: &mut Lines<'_>) -> Vec<Exception> {
    let mut chain = Chain::new(Order::ReportedFirst);
    let mut is_message = false;
    while let Some(line) = lines.next() {
        let (from, rest) = without_from(line.trim());
        let place = split_place(rest);
        let draft = chain.current();
        match place {
            // The place of an exception, then what it says.
            Some((frame, Some(said))) if from == From::None && indent(line) == 0 => {
                if !draft.frames.is_empty() {
                    chain.push(Draft::default());
                }
                begin(chain.current(), frame, said);
                is_message = true;
            }
            Some((frame, None)) if !is_message || from != From::None || indent(line) > 0 => {
                is_message = false;
                draft.frames.push(frame);
            }
            _ => take_beside(draft, line, is_message),
        }
    }
    chain.finish(false)
}

/// The root cause first, and of each the outermost frame, numbered.
fn read_bottom(lines: &mut Lines<'_>) -> Vec<Exception> {
    let mut chain = Chain::new(Order::CauseFirst);
    let mut is_message = false;
    while let Some(line) = lines.next() {
        let (from, rest) = without_from(line.trim());
        let place = split_place(rest);
        match place {
            Some((frame, _)) if from == From::Numbered => {
                if is_message {
                    chain.push(Draft::default());
                    is_message = false;
                }
                chain.current().frames.push(frame);
            }
            Some((frame, Some(said))) if !is_message => {
                begin(chain.current(), frame, said);
                is_message = true;
            }
            _ => take_beside(chain.current(), line, is_message),
        }
    }
    chain.finish(true)
}

/// The line of an exception: where it was raised, what it says, and its type behind that.
fn begin(draft: &mut Draft, frame: Frame, said: &str) {
    draft.frames.push(frame);
    match said.strip_suffix(')').and_then(|said| said.rsplit_once('(')) {
        Some((message, kind)) if heading::is_kind(kind) => {
            draft.set_heading(kind, message.strip_suffix(' ').unwrap_or(message));
        }
        // So says the interpreter where a message is empty.
        _ if said == "unhandled exception" => draft.set_heading("RuntimeError", said),
        _ => draft.set_heading("", said),
    }
}

fn take_beside(draft: &mut Draft, line: &str, is_message: bool) {
    if let Some(count) = omitted_levels(line) {
        draft.frames.omit(count);
    } else if is_message {
        draft.add_message(line);
    } else if let Some((kind, message)) = heading::split(line)
        && draft.is_empty()
    {
        draft.set_heading(kind, message);
    } else if draft.frames.is_empty() && !draft.kind.is_empty() {
        draft.add_message(line);
    } else if !line.trim().is_empty() {
        draft.add_text(line);
    }
}

/// What stands before a frame's place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum From {
    None,
    /// `from `
    Plain,
    /// `7: from `
    Numbered,
}

fn without_from(line: &str) -> (From, &str) {
    if let Some(rest) = line.strip_prefix("from ") {
        return (From::Plain, rest);
    }
    let numbered = heading::number(line).and_then(|(_, rest)| rest.strip_prefix(": from "));
    numbered.map_or((From::None, line), |rest| (From::Numbered, rest))
}

/// ` ... 10067 levels...`
fn omitted_levels(line: &str) -> Option<u32> {
    let (count, rest) = heading::number(line.trim().strip_prefix("... ")?)?;
    (rest == " levels...").then_some(count)
}

/// ``cart.rb:8:in `total'``, `cart.rb:8:in 'Cart#total'` or `cart.rb:8`, and what is said behind it.
fn split_place(text: &str) -> Option<(Frame, Option<&str>)> {
    let at = text.find(":in `").or_else(|| text.find(":in '"));
    let Some(at) = at else {
        let (file, line) = split_line(text)?;
        let is_ruby = [".rb", ".ru", ".rake", ".erb"].iter().any(|end| file.ends_with(end));
        return (is_ruby && !file.contains(": ")).then(|| (frame(file, line, ""), None));
    };
    let (file, line) = split_line(&text[..at])?;
    let rest = &text[at + ":in `".len()..];
    // A label has no quotes; what is said behind it may.
    let (label, said) = rest.split_once('\'')?;
    let said = if said.is_empty() { None } else { Some(said.strip_prefix(": ")?) };
    Some((frame(file, line, label), said))
}

fn frame(file: &str, line: u32, function: &str) -> Frame {
    let mut frame = Frame { function: function.to_owned(), line, ..Frame::default() };
    set_file(&mut frame, file);
    frame
}
