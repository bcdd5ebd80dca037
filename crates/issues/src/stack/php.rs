//! PHP's stacks: an exception as a string, its trace alone, and what its OpenTelemetry SDK writes, which has
//! Java's form.
//!
//! Invariants: the text has the cause first, and names the root's place before its trace. A line of PHP's
//! trace has the place of a call and the function that was called; here a frame has its own place and its own
//! function, as in all other languages.

use plimsoll_model::{Exception, Frame};

use super::chain::{Chain, Draft, Order};
use super::lines::Lines;
use super::place::{set_file, split_line};
use super::{heading, java};

pub(super) fn weight(line: &str) -> u32 {
    match line.as_bytes().first() {
        // More than Java gives such a line: it is in Java's form.
        Some(b'\t' | b' ') if java::is_php(line) => 3,
        Some(b'#') if call(line).is_some() => 2,
        Some(b'S') if line == "Stack trace:" => 1,
        _ => 0,
    }
}

pub(super) fn read(lines: &mut Lines<'_>) -> Vec<Exception> {
    let first = loop {
        match lines.peek() {
            Some("") => lines.next(),
            first => break first,
        };
    };
    let mut reader = Reader {
        chain: Chain::new(Order::CauseFirst),
        place: None,
        state: if first.is_some_and(|line| call(line).is_some()) {
            State::Trace
        } else {
            State::Start
        },
    };
    let mut is_java = false;
    let mut seen = Vec::new();
    // The form shows in the first line of the trace; what stands before it is the first heading.
    while seen.len() < super::limits::DETECT_LINES_MAX
        && let Some(line) = lines.next()
    {
        seen.push(line);
        is_java = java::is_php(line);
        if is_java || line == "Stack trace:" || call(line).is_some() {
            break;
        }
    }
    if is_java {
        return java::read_after(&seen, lines);
    }
    for line in seen {
        reader.take(line);
    }
    while let Some(line) = lines.next() {
        reader.take(line);
    }
    reader.end_trace();
    reader.chain.finish(false)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    Heading,
    Trace,
    /// The same is said again: PHP writes it to its log and to its output.
    Again,
}

struct Reader {
    chain: Chain,
    /// The place of the frame whose function the next line of the trace names.
    place: Option<Frame>,
    state: State,
}

impl Reader {
    fn take(&mut self, line: &str) {
        match self.state {
            State::Heading if line == "Stack trace:" => {
                self.place = Some(split_raised(self.chain.current()));
                self.state = State::Trace;
            }
            State::Heading => self.chain.current().add_message(line),
            State::Trace => self.take_trace(line),
            State::Start => self.take_start(line),
            State::Again => {}
        }
    }

    fn take_start(&mut self, line: &str) {
        let named = line.split_once("Uncaught ").map_or(line, |(_, named)| named);
        // Without a message the place follows the type at once.
        let split = heading::split(named).or_else(|| {
            let (kind, place) = named.split_once(" in ")?;
            (heading::is_kind(kind) && split_line(place).is_some())
                .then_some((kind, &named[kind.len()..]))
        });
        match split {
            Some((kind, message)) => {
                self.chain.push(Draft::new(kind, message));
                self.state = State::Heading;
            }
            None if line == "Stack trace:" => self.state = State::Trace,
            None => self.chain.current().add_text(line),
        }
    }

    fn take_trace(&mut self, line: &str) {
        if let Some(call) = call(line) {
            let mut frame = self.place.take().unwrap_or_default();
            call.name(&mut frame);
            self.chain.current().frames.push(frame);
            self.place = call.place();
        } else if let Some(rest) = line.strip_prefix("Next ") {
            self.end_trace();
            self.state = State::Start;
            self.take_start(rest);
        } else if line.contains("Fatal error: ") && line.contains("Uncaught ") {
            self.end_trace();
            self.state = State::Again;
        } else if !line.is_empty() && !line.starts_with("  thrown in ") && line != "Stack trace:" {
            self.chain.current().add_text(line);
        }
    }

    /// The trace ended without saying which function its last place is in.
    fn end_trace(&mut self) {
        if let Some(frame) = self.place.take().filter(|frame| !frame.file.is_empty()) {
            self.chain.current().frames.push(frame);
        }
    }
}

/// Takes the place where it was raised from the end of the message.
fn split_raised(draft: &mut Draft) -> Frame {
    let mut frame = Frame::default();
    if let Some((message, place)) = draft.message.rsplit_once(" in ")
        && let Some((file, line)) = split_line(place)
    {
        set_place(&mut frame, file, line);
        let message = message.to_owned();
        draft.message = message;
    }
    frame
}

/// Says where a frame is. Code that was evaluated is where `eval` was called: `main.php(14) : eval()'d code`.
fn set_place(frame: &mut Frame, file: &str, line: u32) {
    let evaluated = file.split_once(") : ").and_then(|(place, _)| {
        let (file, line) = place.rsplit_once('(')?;
        Some((file, line.parse().ok()?))
    });
    let (file, line) = evaluated.unwrap_or((file, line));
    set_file(frame, file);
    frame.line = line;
}

/// One line of a trace.
struct Call<'a> {
    file: &'a str,
    line: u32,
    function: &'a str,
}

impl Call<'_> {
    /// Says which function a frame is in.
    fn name(&self, frame: &mut Frame) {
        let name = function_name(self.function);
        let (module, function) =
            name.split_once("->").or_else(|| name.split_once("::")).unwrap_or(("", name));
        // The name of a class without one goes on with where it is, behind a null character.
        let module = module.split_once('\0').map_or(module, |(module, _)| module);
        module.clone_into(&mut frame.module);
        function.clone_into(&mut frame.function);
    }

    /// The frame of the caller, whose function the next line names.
    fn place(&self) -> Option<Frame> {
        let mut frame = Frame::default();
        if !self.file.is_empty() {
            set_place(&mut frame, self.file, self.line);
        }
        (self.function != "{main}").then_some(frame)
    }
}

/// The name without its arguments. A closure's may have brackets: `{closure:Cart::total():6}(Array)`.
fn function_name(call: &str) -> &str {
    let from =
        call.find("{closure").map_or(0, |at| call[at..].find('}').map_or(at, |end| at + end));
    call[from..].find('(').map_or(call, |at| &call[..from + at])
}

/// `#3 /srv/shop/Cart.php(6): Acme\Cart->total()`, `#4 [internal function]: …` and `#5 {main}`.
fn call(line: &str) -> Option<Call<'_>> {
    let (_, rest) = heading::number(line.strip_prefix('#')?)?;
    let rest = rest.strip_prefix(' ')?;
    if rest == "{main}" {
        return Some(Call { file: "", line: 0, function: rest });
    }
    if let Some(function) = rest.strip_prefix("[internal function]: ") {
        return Some(Call { file: "", line: 0, function });
    }
    let (place, function) = rest.split_once("): ")?;
    let (file, number) = place.rsplit_once('(')?;
    Some(Call { file, line: number.parse().ok()?, function })
}
