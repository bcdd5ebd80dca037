//! The stack of the thread that an event is about, for exceptions and messages that have none.

use plimsoll_model::Exception;

use super::super::reader::{Kind, Reader};
use super::Event;
use super::frame::Stack;

/// How well a thread fits: a thread alone, the current one, the one that crashed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    #[default]
    Other,
    Current,
    Crashed,
}

/// The best stack so far, as JSON: that it is needed shows only at the end.
#[derive(Debug, Default)]
pub(super) struct Threads<'a> {
    count: usize,
    fit: Fit,
    stack: &'a str,
    /// A stack of the event itself, which old SDKs send.
    own_stack: &'a str,
}

impl<'a> Threads<'a> {
    pub(super) fn read_stack(&mut self, reader: &mut Reader<'a>) {
        self.own_stack = reader.raw();
    }

    pub(super) fn read(&mut self, reader: &mut Reader<'a>) {
        reader.values(|reader| {
            let (mut fit, mut stack) = (Fit::Other, "");
            if reader.kind() != Kind::Object {
                return;
            }
            reader.object(|key, reader| match key {
                "crashed" if reader.boolean() == Some(true) => fit = Fit::Crashed,
                "current" if reader.boolean() == Some(true) => fit = fit.max(Fit::Current),
                "stacktrace" => stack = reader.raw(),
                _ => {}
            });
            self.count += 1;
            if (self.stack.is_empty() || fit > self.fit) && stack.starts_with(['{', '[']) {
                self.fit = fit;
                self.stack = stack;
            }
        });
    }

    /// Gives the stack to the reported exception where no exception has one, or to an exception of
    /// no type that says what the message does where there is none.
    pub(super) fn add_stack(self, event: &mut Event) {
        if event.exceptions.iter().any(|exception| !exception.frames.is_empty()) {
            return;
        }
        let fits = self.fit > Fit::Other || self.count == 1;
        let json = match (self.own_stack.is_empty(), fits) {
            (false, _) => self.own_stack,
            (true, true) => self.stack,
            (true, false) => return,
        };
        let mut reader = Reader::new(json);
        let stack = Stack::read(&mut reader, &mut event.omitted);
        event.misfits = event.misfits.saturating_add(reader.misfits());
        if stack.frames.is_empty() {
            return;
        }
        if event.exceptions.is_empty() {
            let message = event.message.clone();
            event.exceptions.push(Exception { message, ..Exception::default() });
        }
        if let Some(reported) = event.exceptions.first_mut() {
            reported.frames = stack.frames;
            reported.frames_omitted = stack.frames_omitted;
        }
    }
}
