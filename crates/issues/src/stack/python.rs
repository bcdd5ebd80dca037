//! Python's tracebacks, with their groups of exceptions.
//!
//! Invariants: the text has the cause first and the outermost frame first, what is returned the reverse of
//! both. Of a group, the first exception stands as the cause and the others are kept as text, as they are
//! where the group has a cause of its own: a chain has no branches.

use plimsoll_model::{Exception, Frame, SourceLines};

use super::chain::{Chain, Draft, Order};
use super::limits::{EXCEPTIONS_MAX, SOURCE_LINES_MAX};
use super::lines::{Lines, indent};
use super::place::set_file;
use super::{heading, limits};

const HEADER: &str = "Traceback (most recent call last):";
const GROUP_HEADER: &str = "Exception Group Traceback (most recent call last):";
const CAUSE: &str = "The above exception was the direct cause of the following exception:";
const CONTEXT: &str = "During handling of the above exception, another exception occurred:";

pub(super) fn weight(line: &str) -> u32 {
    let line = line.trim_start_matches([' ', '\t', '|', '+']);
    match line.as_bytes().first() {
        Some(b'F') if frame(line).is_some() => 2,
        Some(b'T') if line == HEADER => 1,
        Some(b'E') if line == GROUP_HEADER => 1,
        _ => 0,
    }
}

pub(super) fn read(lines: &mut Lines<'_>) -> Vec<Exception> {
    let mut reader = Reader::new();
    while let Some(line) = lines.next() {
        reader.take(line);
    }
    let chains = reader.levels.into_iter().flat_map(|chain| chain.finish(true));
    chains.take(EXCEPTIONS_MAX).collect()
}

/// What the line before was part of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing yet.
    Start,
    /// A sentence that says how the next exception follows from the one before.
    Between,
    Frames,
    Message,
}

/// A line of a group's margin.
enum Margin<'a> {
    /// A line of an exception: how deep it is, and the line without the margin.
    Line(usize, &'a str),
    /// The rule above an exception of a group: how deep that is, and its number.
    Rule(usize, u32),
    /// The rule at the end of a group's exceptions.
    End(usize),
}

struct Reader {
    /// The chains of groups within groups, the outermost first; without groups there is one.
    levels: Vec<Chain>,
    level: usize,
    /// From this depth on, lines are text of the group above.
    text_from: Option<usize>,
    state: State,
    /// Whether lines have margins: a group was begun.
    is_group: bool,
}

impl Reader {
    fn new() -> Self {
        Self {
            levels: vec![Chain::new(Order::CauseFirst)],
            level: 0,
            text_from: None,
            state: State::Start,
            is_group: false,
        }
    }

    fn take(&mut self, raw: &str) {
        if !self.is_group && raw.trim_start().strip_prefix("+ ") == Some(GROUP_HEADER) {
            self.is_group = true;
        }
        let margin = if self.is_group { split_margin(raw) } else { Margin::Line(0, raw) };
        match margin {
            Margin::Line(depth, line) => match self.text_from {
                Some(from) if depth >= from => self.add_text_above(from, raw),
                _ => {
                    self.text_from = None;
                    self.enter(depth);
                    self.take_line(line);
                }
            },
            Margin::Rule(depth, number) => self.take_rule(depth, number, raw),
            Margin::End(depth) => match self.text_from {
                Some(from) if depth > from => self.add_text_above(from, raw),
                _ => {
                    self.text_from = None;
                    self.enter(depth.saturating_sub(1));
                }
            },
        }
    }

    fn take_rule(&mut self, depth: usize, number: u32, raw: &str) {
        if let Some(from) = self.text_from
            && depth >= from
        {
            return self.add_text_above(from, raw);
        }
        self.text_from = None;
        let is_chain = number == 1
            && depth == self.levels.len()
            && depth < EXCEPTIONS_MAX
            && self.levels[depth - 1].len() == 1;
        if is_chain {
            self.levels.push(Chain::new(Order::CauseFirst));
            self.enter(depth);
        } else {
            self.text_from = Some(depth);
            self.add_text_above(depth, raw);
        }
    }

    /// Goes on with the exceptions of a depth.
    fn enter(&mut self, depth: usize) {
        let depth = depth.min(self.levels.len() - 1);
        if depth != self.level {
            self.level = depth;
            self.state = State::Start;
        }
    }

    fn add_text_above(&mut self, depth: usize, raw: &str) {
        let above = depth.saturating_sub(1).min(self.levels.len() - 1);
        self.levels[above].current().add_text(raw);
    }

    fn take_line(&mut self, line: &str) {
        let chain = &mut self.levels[self.level];
        if line == CAUSE || line == CONTEXT {
            self.state = State::Between;
        } else if line == HEADER || line == GROUP_HEADER {
            self.take_header(line);
        } else if self.state == State::Message {
            chain.current().add_message(line);
        } else if line.trim().is_empty() {
        } else if let Some(frame) = frame(line.trim_start()) {
            if self.state != State::Frames {
                self.begin();
            }
            self.levels[self.level].current().frames.push(frame);
        } else if self.state == State::Frames {
            self.take_beside_frames(line);
        } else if let Some((kind, message)) = heading::split(line) {
            chain.push(Draft::new(kind, message));
            self.state = State::Message;
        } else {
            chain.current().add_text(line);
        }
    }

    /// A traceback begins, unless its header is quoted in a message.
    fn take_header(&mut self, line: &str) {
        if self.state != State::Message {
            return self.begin();
        }
        let draft = self.levels[self.level].current();
        if draft.frames.is_empty() {
            draft.heading_to_text();
            self.state = State::Frames;
        } else {
            draft.add_message(line);
        }
    }

    fn begin(&mut self) {
        // What stood before the first traceback is text of its exception.
        let chain = &mut self.levels[self.level];
        if self.state == State::Between || chain.len() == 0 || !chain.current().frames.is_empty() {
            chain.push(Draft::default());
        }
        self.state = State::Frames;
    }

    fn take_beside_frames(&mut self, line: &str) {
        let draft = self.levels[self.level].current();
        if indent(line) >= 4 {
            if !is_marker(line) {
                add_source(draft, line.trim());
            }
        } else if let Some(repeated) = repeated(line) {
            draft.frames.omit(repeated);
        } else if indent(line) > 0 {
            draft.add_text(line);
        } else {
            match heading::split(line) {
                Some((kind, message)) => draft.set_heading(kind, message),
                None => draft.set_heading("", line),
            }
            self.state = State::Message;
        }
    }
}

/// `File "/srv/shop/cart.py", line 8, in total`, or without a function where source did not compile.
fn frame(line: &str) -> Option<Frame> {
    let (path, rest) = line.strip_prefix("File \"")?.rsplit_once("\", line ")?;
    let (number, rest) = heading::number(rest)?;
    let function = if rest.is_empty() { "" } else { rest.strip_prefix(", in ")? };
    let mut frame = Frame { function: function.to_owned(), line: number, ..Frame::default() };
    set_file(&mut frame, path);
    Some(frame)
}

/// Whether a line only underlines what stands above it.
fn is_marker(line: &str) -> bool {
    line.bytes().all(|byte| matches!(byte, b' ' | b'^' | b'~'))
        || (line.trim_start().starts_with("...<") && line.ends_with(">..."))
}

/// `[Previous line repeated 995 more times]`
fn repeated(line: &str) -> Option<u32> {
    let rest = line.trim_start().strip_prefix("[Previous line repeated ")?;
    let (number, rest) = heading::number(rest)?;
    rest.starts_with(" more time").then_some(number)
}

/// The source of the last frame; an expression of several lines goes on after the first.
fn add_source(draft: &mut Draft, line: &str) {
    let Some(frame) = draft.frames.last_mut() else { return draft.add_text(line) };
    match &mut frame.source {
        None => {
            let source = SourceLines { line: line.to_owned(), ..SourceLines::default() };
            frame.source = Some(Box::new(source));
        }
        Some(source) if source.after.len() < SOURCE_LINES_MAX => source.after.push(line.to_owned()),
        Some(_) => {}
    }
}

/// Reads the margin `  | ` of a group; each level of groups is two characters deeper. A line without a
/// margin is of the outermost chain.
fn split_margin(raw: &str) -> Margin<'_> {
    let spaces = raw.bytes().take_while(|byte| *byte == b' ').count();
    let depth = (spaces / 2).saturating_sub(1).min(limits::EXCEPTIONS_MAX);
    let rest = &raw[spaces..];
    if spaces < 2 || !spaces.is_multiple_of(2) {
        return Margin::Line(0, raw);
    }
    if let Some(line) = rest.strip_prefix('|') {
        return Margin::Line(depth, line.strip_prefix(' ').unwrap_or(line));
    }
    if let Some(line) = rest.strip_prefix("+ ") {
        return Margin::Line(depth, line);
    }
    let Some(rule) = rest.strip_prefix('+') else { return Margin::Line(0, raw) };
    // The first exception of a group has its own margin's corner in the rule above it.
    let (depth, rule) = match rule.strip_prefix("-+") {
        Some(rule) => (depth + 1, rule),
        None => (depth, rule),
    };
    if !rule.starts_with("----") {
        return Margin::Line(0, raw);
    }
    match heading::number(rule.trim_matches(['-', ' '])) {
        Some((number, "")) => Margin::Rule(depth, number),
        _ => Margin::End(depth),
    }
}
