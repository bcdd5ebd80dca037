//! JavaScript's stacks: V8's, as Node and Chrome write them, and those of Firefox and Safari.
//!
//! Invariants: code that was evaluated is where `eval` was called, in every engine. Of an `AggregateError`
//! the first error stands as the cause; further ones, and the properties that Node prints behind a stack,
//! are kept as text.

use plimsoll_model::{Exception, Frame, SourceLines};

use super::chain::{Chain, Draft, Order};
use super::heading;
use super::lines::{Lines, indent};
use super::place::{set_file, split_line, split_position};

/// The line before an aggregate's errors.
const ERRORS: &str = "[errors]: [";
/// How much deeper than its heading a frame is written.
const FRAME_INDENT: usize = 4;

pub(super) fn weight(line: &str) -> u32 {
    let line = line.trim();
    if line.starts_with("at ") {
        // Rust writes the place of a frame on a line of its own.
        return if v8_frame(line).is_some_and(|frame| !frame.file.ends_with(".rs")) {
            2
        } else {
            0
        };
    }
    if line.contains('@') && gecko_frame(line).is_some() { 2 } else { 0 }
}

pub(super) fn read(lines: &mut Lines<'_>) -> Vec<Exception> {
    let mut reader = Reader {
        chain: Chain::new(Order::ReportedFirst),
        open: vec![Open { indent: 0, index: 0 }],
        errors: Errors::None,
        crash: None,
    };
    if let Some((file, line)) = lines.peek().and_then(crash_place) {
        let raw = lines.next().unwrap_or_default();
        reader.crash = Some(Crash { file, line, source: lines.next().unwrap_or_default() });
        if lines.peek().is_some_and(|marker| marker.trim_start().starts_with('^')) {
            lines.next();
        } else if let Some(crash) = reader.crash.take()
            && !crash.source.is_empty()
        {
            reader.chain.current().add_text(raw);
            reader.take(crash.source);
        }
    }
    while let Some(line) = lines.next() {
        reader.take(line);
    }
    reader.chain.finish(false)
}

/// Where Node says that it was when nothing caught an error.
struct Crash<'a> {
    file: &'a str,
    line: u32,
    source: &'a str,
}

/// An exception whose braces are not closed yet.
struct Open {
    indent: usize,
    index: usize,
}

/// Where a line stands to the list of an aggregate's errors.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Errors {
    None,
    /// The next line names the first one.
    Begun,
    /// Lines are of the first one, which is this deep.
    First(usize),
    /// Lines are of a further one, or after the bracket, until a line is no deeper than this.
    Text(usize),
}

struct Reader<'a> {
    chain: Chain,
    open: Vec<Open>,
    errors: Errors,
    crash: Option<Crash<'a>>,
}

impl Reader<'_> {
    fn take(&mut self, line: &str) {
        let trimmed = line.trim();
        let depth = indent(line);
        if let Errors::Text(end) = self.errors {
            if depth > end {
                return self.chain.at(0).add_text(line);
            }
            self.errors = Errors::None;
            if trimmed == "]" || trimmed == "}" {
                return;
            }
        }
        if self.errors == Errors::Begun {
            self.errors = Errors::First(depth);
            return self.begin(depth, trimmed);
        }
        let index = self.open.last().map_or(0, |open| open.index);
        // Once another began, there is no more of a heading.
        let is_last = index + 1 >= self.chain.len();
        let draft = self.chain.at(index);
        if let Some(frame) = v8_frame(trimmed).or_else(|| gecko_frame(trimmed)) {
            draft.frames.push(frame);
            self.add_crash_source();
            // The frames of its causes are deeper than its own.
            if let Errors::First(first) = self.errors
                && trimmed.ends_with(',')
                && depth <= first + FRAME_INDENT
            {
                self.close_errors(first);
            }
        } else if let Some(rest) = cause(trimmed) {
            self.begin(depth, rest);
            if rest.ends_with(']') && rest.starts_with('[') {
                self.open.pop();
            }
        } else if let Some(count) = matching_frames(trimmed) {
            draft.frames.omit(count);
        } else if draft.frames.is_empty() && is_last && trimmed != ERRORS {
            take_heading(draft, line);
        } else {
            self.take_behind_frames(index, depth, line);
        }
    }

    /// A property, a brace, or what Node says at the end.
    fn take_behind_frames(&mut self, index: usize, depth: usize, line: &str) {
        match line.trim() {
            "" => {}
            "}," if self.errors == Errors::First(depth) => self.close_errors(depth),
            "}" | "]" | "}," if self.close(depth) => {}
            ERRORS => {
                let is_first = self.chain.len() == 1;
                self.errors = if is_first { Errors::Begun } else { Errors::Text(depth) };
            }
            version if version.starts_with("Node.js v") => {}
            _ => self.chain.at(index).add_text(line),
        }
    }

    fn begin(&mut self, depth: usize, heading: &str) {
        let index = self.chain.push(Draft::default());
        take_heading(self.chain.current(), heading);
        self.open.push(Open { indent: depth, index });
    }

    /// The first error of an aggregate ended.
    fn close_errors(&mut self, depth: usize) {
        self.open.truncate(1);
        self.errors = Errors::Text(depth.saturating_sub(1));
    }

    /// Whether a brace at this depth closes an exception; causes without braces end with it.
    fn close(&mut self, depth: usize) -> bool {
        let is_closing = self.open.last().is_some_and(|open| open.indent >= depth);
        while self.open.len() > 1 && self.open.last().is_some_and(|open| open.indent >= depth) {
            self.open.pop();
        }
        is_closing
    }

    /// Gives the first frame the source that Node printed above the stack, where it is of that line.
    fn add_crash_source(&mut self) {
        let Some(crash) = self.crash.take() else { return };
        let Some(frame) = self.chain.at(0).frames.first_mut() else { return };
        if frame.line == crash.line && frame.file == crash.file {
            let line = crash.source.trim().to_owned();
            frame.source = Some(Box::new(SourceLines { line, ..SourceLines::default() }));
        }
    }
}

/// `/srv/shop/main.js:9`, the first line of what Node prints when it ends by an error.
fn crash_place(line: &str) -> Option<(&str, u32)> {
    let (file, number) = split_line(line)?;
    (!line.contains('@') && !line.contains(": ") && !line.starts_with([' ', '\t'])).then_some(())?;
    Some((file, number))
}

fn take_heading(draft: &mut Draft, line: &str) {
    if !draft.kind.is_empty() {
        return draft.add_message(line);
    }
    let named = line.strip_prefix("Uncaught ").unwrap_or(line);
    let named = without_brackets(named.strip_prefix("(in promise) ").unwrap_or(named));
    if let Some((kind, message)) = heading::split(named) {
        if draft.message.is_empty() || heading::is_sure(kind) {
            draft.heading_to_text();
            draft.set_heading(kind, message);
            return;
        }
    } else if let Some((kind, rest)) = named.split_once(" [")
        && let Some((code, message)) = rest.split_once(']')
        && heading::is_kind(kind)
    {
        draft.set_heading(kind, message.strip_prefix(": ").unwrap_or(message));
        return draft.add_text(&format!("code: {code}"));
    }
    if !line.trim().is_empty() || !draft.message.is_empty() {
        draft.add_message(line);
    }
}

/// An error that has no stack, or lies too deep for it to be shown, stands in brackets.
fn without_brackets(heading: &str) -> &str {
    let inside = heading.trim().strip_prefix('[');
    let inside = inside.and_then(|rest| rest.trim_end_matches([' ', '{', ',']).strip_suffix(']'));
    inside.unwrap_or(heading)
}

fn cause(line: &str) -> Option<&str> {
    ["[cause]: ", "Caused by: ", "caused by: "].iter().find_map(|name| line.strip_prefix(name))
}

/// `... 4 lines matching cause stack trace ...`
fn matching_frames(line: &str) -> Option<u32> {
    let (count, rest) = heading::number(line.strip_prefix("... ")?)?;
    rest.starts_with(" lines matching").then_some(count)
}

/// `at async Cart.total [as x] (/srv/shop/cart.js:4:31)`, `at /srv/shop/cart.js:4:31`
fn v8_frame(line: &str) -> Option<Frame> {
    let line = line.strip_prefix("at ")?;
    let line = line.trim_end_matches(['{', ' ', ',']);
    let line = line.strip_prefix("async ").unwrap_or(line);
    let (name, place) = match line.strip_suffix(')').and_then(|named| named.split_once(" (")) {
        Some(named) => named,
        None => ("", line),
    };
    let name = name.split_once(" [as ").map_or(name, |(name, _)| name);
    let mut frame = Frame { function: name.to_owned(), ..Frame::default() };
    match place {
        "<anonymous>" | "native" | "unknown location" => return Some(frame),
        _ if place.starts_with("index ") && !name.is_empty() => return Some(frame),
        _ => {}
    }
    let place = match place.strip_prefix("eval at ") {
        // The innermost brackets have the call of `eval` that stands in a file.
        Some(evaluated) => evaluated.rsplit_once(" (")?.1.split_once(')')?.0,
        None => place,
    };
    // Mono's frames end in a position as well.
    if name.is_empty() && (place.contains("[0x") || place.contains(") in ")) {
        return None;
    }
    match split_position(place) {
        Some((file, line, column)) => {
            set_file(&mut frame, file);
            frame.line = line;
            frame.column = column;
        }
        None if place.starts_with("wasm://") => set_file(&mut frame, place),
        None => return None,
    }
    Some(frame)
}

/// `total@https://shop.example/cart.js:4:31`, and Safari's `global code@…` and `[native code]`.
fn gecko_frame(line: &str) -> Option<Frame> {
    let (name, place) = line.split_once('@')?;
    let name = name.strip_prefix("async*").unwrap_or(name);
    // An `@` in a path has slashes before it; Firefox names functions within others `outer/inner<`.
    if name.starts_with('/') || name.contains([':', '\\']) {
        return None;
    }
    if name.contains(' ') && !name.ends_with(" code") {
        return None;
    }
    let mut frame = Frame { function: name.to_owned(), ..Frame::default() };
    if place == "[native code]" {
        return Some(frame);
    }
    // Code that was evaluated: `cart.js line 9 > eval:1:1`.
    let evaluated = place.split_once(" line ").filter(|(_, rest)| rest.contains(" > "));
    let (file, line, column) = match evaluated {
        Some((file, rest)) => (file, heading::number(rest)?.0, 0),
        None => split_position(place)?,
    };
    let is_file = file.contains('/') || file.contains(".js") || column > 0;
    (is_file && !file.contains(' ')).then_some(())?;
    set_file(&mut frame, file);
    frame.line = line;
    frame.column = column;
    Some(frame)
}
