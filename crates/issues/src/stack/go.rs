//! Go's stacks: what a panic prints, `runtime/debug.Stack`, and errors that carry a stack in `%+v`.
//!
//! Invariants: the stack is that of the goroutine that failed; others are kept as text. The first frame is
//! where the first panic was raised: what recovered it, and what recorded it, ran on top and is left out.

use plimsoll_model::{Exception, Frame};

use super::chain::{Chain, Draft, Order};
use super::heading;
use super::lines::Lines;
use super::place::{set_file, split_line};

pub(super) fn weight(line: &str) -> u32 {
    match line.as_bytes().first() {
        Some(b'\t' | b' ') if place(line).is_some() => 2,
        Some(b'g') if is_goroutine(line) => 1,
        _ => 0,
    }
}

pub(super) fn read(lines: &mut Lines<'_>) -> Vec<Exception> {
    let mut reader =
        Reader { chain: Chain::new(Order::CauseFirst), is_panic: false, goroutines: 0 };
    while let Some(line) = lines.next() {
        let place = lines.peek().and_then(place);
        if let Some((file, number)) = place
            && !line.starts_with([' ', '\t'])
            && !line.is_empty()
            && reader.goroutines <= 1
        {
            lines.next();
            reader.take_frame(line, file, number);
        } else {
            reader.take(line);
        }
    }
    reader.chain.finish(false)
}

struct Reader {
    chain: Chain,
    /// Whether the text is of a panic or of a goroutine, and not of an error with its stack.
    is_panic: bool,
    goroutines: usize,
}

impl Reader {
    fn take(&mut self, line: &str) {
        if is_goroutine(line) {
            self.is_panic = true;
            self.goroutines += 1;
            if self.goroutines == 1 {
                return;
            }
        }
        if self.goroutines > 1 {
            return self.chain.current().add_text(line);
        }
        let message = line.trim_start_matches('\t');
        if let Some((kind, message)) = fault(message).filter(|_| self.goroutines == 0) {
            self.is_panic = true;
            self.chain.push(Draft::new(kind, without_mark(message)));
            return;
        }
        let draft = self.chain.current();
        if let Some(count) = elided(line) {
            draft.frames.omit(count);
        } else if line.starts_with("[signal ") || line.starts_with("exit status ") {
            draft.add_text(line);
        } else if draft.frames.is_empty() && self.goroutines == 0 {
            draft.add_message(without_mark(line));
        } else if line.trim().is_empty() {
        } else if self.is_panic {
            draft.add_text(line);
        } else {
            // The next error of a chain, which wraps the one before.
            self.chain.push(Draft::new("", line));
        }
    }

    fn take_frame(&mut self, line: &str, file: &str, number: u32) {
        let frames = &mut self.chain.current().frames;
        let line = line.strip_prefix("created by ").unwrap_or(line);
        let line = line.split_once(" in goroutine ").map_or(line, |(line, _)| line);
        let name = without_arguments(line);
        if matches!(name, "panic" | "runtime.gopanic") {
            return frames.clear();
        }
        let is_recorder = name == "runtime/debug.Stack"
            || name.starts_with("go.opentelemetry.io/otel/sdk/trace.");
        if is_recorder && frames.is_empty() {
            return;
        }
        let (module, function) = split_package(name);
        let mut frame = Frame {
            function: function.to_owned(),
            module: module.replace("%2e", "."),
            line: number,
            ..Frame::default()
        };
        set_file(&mut frame, file);
        frames.push(frame);
    }
}

fn fault(line: &str) -> Option<(&str, &str)> {
    let message = |kind: &'static str| Some((kind, line.strip_prefix(kind)?.strip_prefix(": ")?));
    message("panic").or_else(|| message("fatal error"))
}

/// Leaves out that a panic was recovered, which the next panic's line shows.
fn without_mark(message: &str) -> &str {
    let message = message.strip_suffix(" [recovered]").unwrap_or(message);
    message.strip_suffix(" [recovered, repanicked]").unwrap_or(message)
}

/// `goroutine 17 [running]:`
fn is_goroutine(line: &str) -> bool {
    let number = line.strip_prefix("goroutine ").and_then(heading::number);
    number.is_some_and(|(_, rest)| rest.starts_with(" [") && rest.ends_with("]:"))
}

/// `...23 frames elided...`, or as older versions say it without a number.
fn elided(line: &str) -> Option<u32> {
    let inner = line.strip_prefix("...")?.strip_suffix("...")?;
    if inner == "additional frames elided" {
        return Some(1);
    }
    let (count, rest) = heading::number(inner)?;
    rest.ends_with("frames elided").then_some(count)
}

/// `\t/srv/shop/cart.go:7 +0x1d`
fn place(line: &str) -> Option<(&str, u32)> {
    let place = line.strip_prefix(['\t', ' '])?.trim();
    let place = place.split_once(" +0x").map_or(place, |(place, _)| place);
    let (file, number) = split_line(place)?;
    let is_go = file.ends_with(".go") || file.ends_with(".s") || file.ends_with("_cgo_export.c");
    is_go.then_some((file, number))
}

/// Leaves out the arguments, which are the last brackets: `shop.(*Cart).Total({0x1, 0x2}, 0x3)`.
fn without_arguments(line: &str) -> &str {
    let line = line.trim_end();
    if !line.ends_with(')') {
        return line;
    }
    let mut open = 0_usize;
    for (at, byte) in line.bytes().enumerate().rev() {
        match byte {
            b')' => open += 1,
            b'(' => open -= 1,
            _ => {}
        }
        if open == 0 {
            return &line[..at];
        }
    }
    line
}

/// The package ends at the first dot behind the last slash. The names of generic types may have slashes.
fn split_package(name: &str) -> (&str, &str) {
    let plain = name.find(['[', '(']).map_or(name, |at| &name[..at]);
    let from = plain.rfind('/').map_or(0, |slash| slash + 1);
    match name[from..].find('.') {
        Some(dot) => (&name[..from + dot], &name[from + dot + 1..]),
        None => ("", name),
    }
}
