//! What the Java virtual machine prints of a `Throwable`, and what others print in the same form.
//!
//! Invariants: `... 12 more` becomes the frames it stands for, as far as the enclosing stack holds them and
//! they together are no longer than the text itself; suppressed exceptions are kept as text, for a chain has
//! no branches.

use plimsoll_model::{Exception, Frame};

use super::chain::{Chain, Draft, Order};
use super::heading;
use super::lines::{Lines, indent};
use super::place::split_line;

const CAUSED_BY: &str = "Caused by: ";
const SUPPRESSED: &str = "Suppressed: ";

pub(super) fn weight(line: &str) -> u32 {
    let line = line.trim_start();
    match line.as_bytes().first() {
        Some(b'a') if frame(line).is_some_and(|frame| !frame.file.ends_with(".php")) => 2,
        Some(b'.') if common_frames(line).is_some() => 1,
        Some(b'C') if line.starts_with(CAUSED_BY) => 1,
        _ => 0,
    }
}

pub(super) fn read(lines: &mut Lines<'_>) -> Vec<Exception> {
    read_after(&[], lines)
}

/// As [`read`], of a text whose first lines were taken already.
pub(super) fn read_after(taken: &[&str], lines: &mut Lines<'_>) -> Vec<Exception> {
    let mut reader = Reader {
        chain: Chain::new(Order::ReportedFirst),
        enclosing: Vec::new(),
        is_text: false,
        copied_bytes_left: lines.text_bytes(),
    };
    for line in taken {
        reader.take(line);
    }
    while let Some(line) = lines.next() {
        reader.take(line);
    }
    reader.chain.finish(false)
}

struct Reader {
    chain: Chain,
    /// The outermost frames of the exception that the current one caused, the outermost first.
    enclosing: Vec<Frame>,
    /// Whether lines are of a suppressed exception.
    is_text: bool,
    copied_bytes_left: usize,
}

impl Reader {
    fn take(&mut self, line: &str) {
        let trimmed = line.trim();
        if let Some(rest) = line.strip_prefix(CAUSED_BY) {
            self.is_text = false;
            return self.begin_cause(rest);
        }
        if trimmed.starts_with(SUPPRESSED) && !self.chain.current().frames.is_empty() {
            self.is_text = true;
        }
        let draft = self.chain.current();
        if self.is_text {
            draft.add_text(line);
        } else if let Some(frame) = frame(trimmed) {
            draft.frames.push(frame);
        } else if let Some(count) = common_frames(trimmed) {
            self.add_enclosing(count);
        } else if !draft.frames.is_empty() {
            draft.add_text(line);
        } else if let Some(rest) = trimmed.strip_prefix(CAUSED_BY) {
            self.begin_cause(rest);
        } else {
            self.take_heading(line);
        }
    }

    fn take_heading(&mut self, line: &str) {
        let draft = self.chain.current();
        let named = line.strip_prefix("Exception in thread \"");
        let named = named.and_then(|rest| rest.split_once("\" ")).map_or(line, |(_, rest)| rest);
        match heading::split(named) {
            Some((kind, message)) if draft.message.is_empty() && draft.kind.is_empty() => {
                draft.set_heading(kind, message);
            }
            // A line of a log stands before the stack.
            Some((kind, message)) if heading::is_sure(kind) && !heading::is_sure(&draft.kind) => {
                draft.heading_to_text();
                draft.set_heading(kind, message);
            }
            _ => draft.add_message(line),
        }
    }

    fn begin_cause(&mut self, heading: &str) {
        let enclosing = self.chain.current();
        self.enclosing = enclosing.frames.tail().cloned().collect();
        let (kind, message) = heading::split(heading).unwrap_or(("", heading));
        if heading.starts_with("[CIRCULAR REFERENCE") {
            enclosing.add_text(heading);
            self.is_text = true;
        } else {
            let (kind, message) = kept(message).unwrap_or((kind, message));
            self.chain.push(Draft::new(kind, message));
        }
    }

    /// Adds the frames that a cause has in common with what it caused.
    fn add_enclosing(&mut self, count: u32) {
        let common = usize::try_from(count).unwrap_or(usize::MAX).min(self.enclosing.len());
        let draft = self.chain.current();
        let mut missing = count;
        for frame in self.enclosing[..common].iter().rev() {
            let bytes = frame.function.len() + frame.module.len() + frame.file.len();
            if bytes > self.copied_bytes_left {
                break;
            }
            self.copied_bytes_left -= bytes;
            missing -= 1;
            draft.frames.push(frame.clone());
        }
        draft.frames.omit(missing);
    }
}

/// `Exception shop.Empty: no rate [in thread "main"]`: what is kept of the error that stopped a class from
/// being initialised, for those who use the class later.
fn kept(message: &str) -> Option<(&str, &str)> {
    let (original, _) = message.strip_prefix("Exception ")?.rsplit_once(" [in thread \"")?;
    heading::split(original)
}

/// `at java.base/java.util.List.get(List.java:12)`, with or without what a logger adds behind it.
pub(super) fn frame(line: &str) -> Option<Frame> {
    let line = line.strip_prefix("at ")?.trim_end();
    let open = line.find('(')?;
    let close = open + line[open..].find(')')?;
    let behind = line[close + 1..].trim_start();
    let is_place = behind.is_empty() || behind.starts_with(['[', '~']);
    let (module, function) = without_loader(&line[..open]).rsplit_once('.').unwrap_or_else(|| {
        // PHP has functions without a class, in this form too.
        ("", &line[..open])
    });
    if !is_place || function.is_empty() || line[..open].contains(' ') {
        return None;
    }
    let mut frame =
        Frame { function: function.to_owned(), module: module.to_owned(), ..Frame::default() };
    match &line[open + 1..close] {
        "Native Method" | "Unknown Source" => {}
        place => {
            let (file, number) = split_line(place).unwrap_or((place, 0));
            let has_extension = file.rsplit_once('.').is_some_and(|(_, extension)| {
                !extension.is_empty() && extension.bytes().all(|byte| byte.is_ascii_alphanumeric())
            });
            if file.contains([' ', '/', ',', ':']) || !(has_extension || number > 0) {
                return None;
            }
            file.clone_into(&mut frame.file);
            frame.line = number;
        }
    }
    Some(frame)
}

/// Leaves out the class loader and the module: `app//`, `java.base@17.0.1/`. A hidden class has a slash too.
fn without_loader(mut name: &str) -> &str {
    for _ in 0..2 {
        match name.split_once('/') {
            Some((before, rest)) if !before.contains("$$Lambda") => name = rest,
            _ => break,
        }
    }
    name
}

/// `... 12 more`, or `... 12 common frames omitted` as a logger writes it.
fn common_frames(line: &str) -> Option<u32> {
    let (count, rest) = heading::number(line.trim().strip_prefix("... ")?)?;
    matches!(rest, " more" | " common frames omitted").then_some(count)
}

/// Whether a line is a frame of PHP in this form.
pub(super) fn is_php(line: &str) -> bool {
    indent(line) > 0 && frame(line.trim_start()).is_some_and(|frame| frame.file.ends_with(".php"))
}
