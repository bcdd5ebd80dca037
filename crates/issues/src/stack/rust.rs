//! Rust's stacks: what a panic prints, `std::backtrace`, and errors with their causes in `{:?}`.
//!
//! Invariants: what the runtime does after a panic began is left out, so that a stack is the same with
//! `RUST_BACKTRACE=1` and `full`; hashes behind names, which change with every build, are left out.

use plimsoll_model::{Exception, Frame};

use super::chain::{Chain, Draft, Order};
use super::heading;
use super::lines::{Lines, indent};
use super::place::{set_file, split_position};

pub(super) fn weight(line: &str) -> u32 {
    let trimmed = line.trim_start();
    if let Some(place) = trimmed.strip_prefix("at ") {
        let is_rust = split_position(place).is_some_and(|(file, _, _)| file.ends_with(".rs"));
        return u32::from(is_rust) * 3;
    }
    match trimmed.as_bytes().first() {
        Some(b'C') if line == "Caused by:" => 1,
        Some(b't') if panic_place(line).is_some() => 2,
        Some(b'0'..=b'9') if numbered(line).is_some_and(|name| name.contains("::")) => 1,
        _ => 0,
    }
}

pub(super) fn read(lines: &mut Lines<'_>) -> Vec<Exception> {
    let mut reader =
        Reader { chain: Chain::new(Order::ReportedFirst), state: State::Start, place: None };
    while let Some(line) = lines.next() {
        let is_followed = lines.peek().is_some_and(|next| next.trim_start().starts_with("at "));
        reader.take(line, is_followed);
    }
    let first = reader.chain.at(0);
    if let Some(place) = reader.place.take()
        && first.frames.is_empty()
    {
        first.frames.push(place);
    }
    reader.chain.finish(false)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    Message,
    Causes,
    /// Sections that reports of errors add behind the causes.
    Rest,
    Frames,
}

struct Reader {
    chain: Chain,
    state: State,
    /// Where a panic says it was raised: the only frame where no backtrace was taken.
    place: Option<Frame>,
}

impl Reader {
    fn take(&mut self, line: &str, is_followed: bool) {
        if let Some((place, message)) = panic_place(line) {
            if self.chain.len() > 0 {
                return self.chain.at(0).add_text(line);
            }
            self.chain.push(Draft::new("panic", message));
            self.place = place;
            self.state = State::Message;
            return;
        }
        match line.trim_end() {
            "stack backtrace:" | "Stack backtrace:" => return self.begin_frames(),
            "Caused by:" => return self.state = State::Causes,
            _ => {}
        }
        let is_first = is_followed && numbered(line).is_some();
        match self.state {
            State::Start | State::Message if is_first => {
                self.begin_frames();
                self.take_frame(line);
            }
            State::Start => self.take_heading(line),
            State::Message if line.starts_with("note: run with `RUST_BACKTRACE") => {}
            State::Message => self.chain.at(0).add_message(line),
            State::Rest => self.chain.at(0).add_text(line),
            State::Causes => self.take_cause(line),
            State::Frames => self.take_frame(line),
        }
    }

    fn take_heading(&mut self, line: &str) {
        if line.trim().is_empty() {
            return;
        }
        if numbered(line).is_some_and(|name| name.contains("::")) {
            self.begin_frames();
            return self.take_frame(line);
        }
        let message = line.strip_prefix("Error: ").unwrap_or(line);
        self.chain.push(Draft::new("", message));
        self.state = State::Message;
    }

    /// `    0: the message`, or without a number where there is one cause; deeper lines go on with it.
    fn take_cause(&mut self, line: &str) {
        match numbered(line) {
            _ if line.trim().is_empty() => self.state = State::Rest,
            None if self.chain.len() > 1 => self.chain.current().add_message(line.trim()),
            cause => {
                self.chain.push(Draft::new("", cause.unwrap_or(line.trim())));
            }
        }
    }

    /// A backtrace begins. One before it was that of the root cause, the panic's is the last.
    fn begin_frames(&mut self) {
        self.state = State::Frames;
        let first = std::mem::take(&mut self.chain.at(0).frames);
        if !first.is_empty() {
            if self.chain.len() == 1 {
                self.chain.push(Draft::default());
            }
            self.chain.current().frames = first;
        }
    }

    fn take_frame(&mut self, line: &str) {
        let draft = self.chain.at(0);
        let trimmed = line.trim();
        if let Some(place) = trimmed.strip_prefix("at ")
            && let Some((file, line, column)) = split_position(place)
        {
            // A place without a function is that of a frame which was left out.
            if let Some(frame) = draft.frames.last_mut().filter(|frame| frame.file.is_empty()) {
                set_file(frame, file);
                frame.line = line;
                frame.column = column;
            }
            return;
        }
        // A function that was inlined into the one before has no number of its own.
        let inlined = (indent(line) >= 6 && trimmed.contains("::")).then_some(trimmed);
        let Some(name) = numbered(line).or(inlined) else {
            if !trimmed.is_empty() && !trimmed.starts_with("note: ") {
                draft.add_text(line);
            }
            return;
        };
        let function = plain_name(name);
        if function.ends_with("rust_begin_unwind") {
            return draft.frames.clear();
        }
        let module = module_of(&function).to_owned();
        draft.frames.push(Frame { function, module, ..Frame::default() });
    }
}

/// `thread 'main' panicked at src/main.rs:3:5:`, and the older form with the message before the place.
fn panic_place(line: &str) -> Option<(Option<Frame>, &str)> {
    let (_, rest) = line.strip_prefix("thread '")?.split_once("panicked at ")?;
    let (message, place) = match rest.strip_prefix('\'') {
        Some(quoted) => quoted.rsplit_once("', ").unwrap_or((quoted, "")),
        None => ("", rest.trim_end().trim_end_matches(':')),
    };
    let place = split_position(place).map(|(file, line, column)| {
        let mut frame = Frame { line, column, ..Frame::default() };
        set_file(&mut frame, file);
        frame
    });
    Some((place, message))
}

/// `  12: name`
fn numbered(line: &str) -> Option<&str> {
    let (_, rest) = heading::number(line.trim_start())?;
    rest.strip_prefix(": ").map(str::trim)
}

/// The name without its address and the hashes of the compiler.
fn plain_name(name: &str) -> String {
    let name = match name.strip_prefix("0x").and_then(|rest| rest.split_once(" - ")) {
        Some((_, name)) => name,
        None => name,
    };
    let hash = name.rsplit_once("::h").filter(|(_, hash)| is_hash(hash));
    let name = hash.map_or(name, |(name, _)| name);
    let mut plain = String::with_capacity(name.len());
    let mut rest = name;
    while let Some((before, after)) = rest.split_once('[') {
        plain.push_str(before);
        match after.split_once(']') {
            Some((hash, behind)) if is_hash(hash) => rest = behind,
            _ => {
                plain.push('[');
                rest = after;
            }
        }
    }
    plain.push_str(rest);
    plain
}

fn is_hash(text: &str) -> bool {
    text.len() >= 14 && text.len() <= 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The path of a function without its last part: `shop::cart` of `shop::cart::total::{{closure}}`. A method
/// of a trait's implementation has none.
fn module_of(function: &str) -> &str {
    if let Some((module, _)) = function.split_once("::<impl ") {
        return module;
    }
    let plain = function.find(['<', '{']).map_or(function, |at| &function[..at]);
    let plain = if plain.len() < function.len() { plain.trim_end_matches(':') } else { plain };
    plain.rsplit_once("::").map_or("", |(module, _)| module)
}
