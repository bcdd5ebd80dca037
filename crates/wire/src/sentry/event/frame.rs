//! Stacks and their frames.
//!
//! Invariant: SDKs send the outermost caller first; here the frame that raised is first. Of a stack
//! too deep the innermost and the outermost half are kept.

use std::collections::VecDeque;

use plimsoll_model::{Frame, SourceLines};

use super::super::reader::{Kind, Reader};
use super::bounds;

/// A stack as far as it is kept.
#[derive(Debug, Default)]
pub(super) struct Stack {
    pub(super) frames: Vec<Frame>,
    pub(super) frames_omitted: u32,
}

impl Stack {
    /// Reads `{"frames": […]}`, or the array by itself.
    pub(super) fn read(reader: &mut Reader<'_>, omitted: &mut u32) -> Self {
        let mut stack = Self::default();
        if reader.kind() == Kind::Array {
            stack.read_frames(reader, omitted);
            return stack;
        }
        reader.object(|key, reader| {
            if key == "frames" {
                stack = Self::default();
                stack.read_frames(reader, omitted);
            }
        });
        stack
    }

    fn read_frames(&mut self, reader: &mut Reader<'_>, omitted: &mut u32) {
        const HALF: usize = bounds::FRAMES / 2;
        let mut outermost = Vec::new();
        let mut innermost = VecDeque::new();
        reader.array(|reader| {
            if reader.kind() != Kind::Object {
                return;
            }
            let frame = read_frame(reader, omitted);
            if outermost.len() < HALF {
                outermost.push(frame);
                return;
            }
            if innermost.len() == HALF {
                innermost.pop_front();
                self.frames_omitted = self.frames_omitted.saturating_add(1);
            }
            innermost.push_back(frame);
        });
        self.frames = innermost.into_iter().rev().chain(outermost.into_iter().rev()).collect();
    }
}

fn read_frame(reader: &mut Reader<'_>, omitted: &mut u32) -> Frame {
    let mut frame = Frame::default();
    let mut source = SourceLines::default();
    let (mut raw_function, mut package, mut address) = Default::default();
    reader.object(|key, reader| match key {
        "function" => frame.function = reader.string(),
        "raw_function" => raw_function = reader.string(),
        "module" => frame.module = reader.string(),
        "filename" => frame.file = reader.string(),
        "abs_path" => frame.path = reader.string(),
        "lineno" => frame.line = position(reader),
        "colno" => frame.column = position(reader),
        "in_app" => frame.in_app = reader.boolean(),
        "context_line" => source.line = reader.string(),
        "pre_context" => source.before = lines(reader, omitted),
        "post_context" => source.after = lines(reader, omitted),
        "vars" => frame.variables = variables(reader, omitted),
        "package" => package = reader.string(),
        "instruction_addr" => address = reader.string(),
        _ => {}
    });
    if frame.function.is_empty() {
        frame.function = raw_function;
    }
    if frame.module.is_empty() {
        frame.module = package;
    }
    // Nothing else tells the frames of a program without symbols apart.
    if frame.function.is_empty() && frame.file.is_empty() && frame.path.is_empty() {
        frame.function = address;
    }
    if source != SourceLines::default() {
        frame.source = Some(Box::new(source));
    }
    frame
}

fn position(reader: &mut Reader<'_>) -> u32 {
    reader.count().and_then(|number| u32::try_from(number).ok()).unwrap_or_default()
}

fn lines(reader: &mut Reader<'_>, omitted: &mut u32) -> Vec<String> {
    match reader.kind() {
        Kind::Null => Vec::new(),
        _ => reader.texts(bounds::SOURCE_LINES, omitted),
    }
}

/// Variables by name, or a list of them by number.
fn variables(reader: &mut Reader<'_>, omitted: &mut u32) -> Vec<(String, String)> {
    let mut variables = Vec::new();
    let mut push = |name: &dyn Fn(usize) -> String, reader: &mut Reader<'_>| {
        if variables.len() == bounds::VARIABLES {
            *omitted = omitted.saturating_add(1);
            return;
        }
        let value =
            reader.text_or_json().map_or_else(|| "null".to_owned(), |text| text.into_owned());
        variables.push((name(variables.len()), value));
    };
    match reader.kind() {
        Kind::Array => reader.array(|reader| push(&|at| at.to_string(), reader)),
        _ => reader.object(|key, reader| push(&|_| key.to_owned(), reader)),
    }
    variables
}
