//! The exceptions of a text, while it is read.
//!
//! Invariant: a message, an unreadable text and a chain stay within [`limits`](super::limits), however much
//! is added to them; of a chain too long the causes farthest from the reported exception are left out.

use std::collections::VecDeque;

use plimsoll_model::Exception;

use super::frames::Frames;
use super::limits::{EXCEPTIONS_MAX, MESSAGE_BYTES_MAX, TEXT_BYTES_MAX};
use super::lines::cut;

/// One exception, while it is read.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) kind: String,
    pub(super) message: String,
    pub(super) text: String,
    pub(super) frames: Frames,
}

impl Draft {
    pub(super) fn new(kind: &str, message: &str) -> Self {
        let mut draft = Self::default();
        draft.set_heading(kind, message);
        draft
    }

    pub(super) fn set_heading(&mut self, kind: &str, message: &str) {
        kind.clone_into(&mut self.kind);
        cut(message, MESSAGE_BYTES_MAX).clone_into(&mut self.message);
    }

    /// Adds a line to the message.
    pub(super) fn add_message(&mut self, line: &str) {
        add_line(&mut self.message, line, MESSAGE_BYTES_MAX);
    }

    /// Adds a line that could not be read.
    pub(super) fn add_text(&mut self, line: &str) {
        add_line(&mut self.text, line, TEXT_BYTES_MAX);
    }

    /// Takes the heading back: it was text that stood before the stack.
    pub(super) fn heading_to_text(&mut self) {
        let kind = std::mem::take(&mut self.kind);
        let message = std::mem::take(&mut self.message);
        let heading = match (kind.is_empty(), message.is_empty()) {
            (true, _) => message,
            (false, true) => kind,
            (false, false) => format!("{kind}: {message}"),
        };
        for line in heading.lines() {
            self.add_text(line);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.kind.is_empty()
            && self.frames.is_empty()
            && self.message.trim().is_empty()
            && self.text.trim().is_empty()
    }

    /// `reversed` where the text begins with the outermost frame.
    pub(super) fn finish(self, reversed: bool) -> Exception {
        let (frames, frames_omitted) = self.frames.finish(reversed);
        let trimmed = |text: String, all: bool| {
            let kept = text.trim_end_matches(['\n', ' ', '\t', '\r']);
            let kept = if all { kept.trim_start_matches('\n') } else { kept };
            kept.to_owned()
        };
        Exception {
            kind: self.kind,
            message: trimmed(self.message, false),
            text: trimmed(self.text, true),
            frames,
            frames_omitted,
            ..Exception::default()
        }
    }
}

fn add_line(text: &mut String, line: &str, bytes_max: usize) {
    let left = bytes_max.saturating_sub(text.len());
    if left > 1 {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(cut(line, left - 1));
    }
}

/// Which exception of a chain a text begins with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// The reported one; each further one is the cause of the one before.
    ReportedFirst,
    /// The root cause; each further one was raised because of the one before.
    CauseFirst,
}

/// The exceptions of a text, in the order of the text.
pub(super) struct Chain {
    order: Order,
    drafts: VecDeque<Draft>,
    /// Takes what belongs to causes beyond the bound.
    beyond: Option<Draft>,
}

impl Chain {
    pub(super) fn new(order: Order) -> Self {
        Self { order, drafts: VecDeque::new(), beyond: None }
    }

    pub(super) fn len(&self) -> usize {
        self.drafts.len()
    }

    /// Begins the next exception of the text, and says its place in it.
    pub(super) fn push(&mut self, draft: Draft) -> usize {
        if self.drafts.len() < EXCEPTIONS_MAX {
            self.drafts.push_back(draft);
        } else if self.order == Order::CauseFirst {
            self.drafts.pop_front();
            self.drafts.push_back(draft);
        } else {
            self.beyond = Some(draft);
            return EXCEPTIONS_MAX;
        }
        self.drafts.len() - 1
    }

    /// The exception that was begun last; one is begun where there is none.
    pub(super) fn current(&mut self) -> &mut Draft {
        if self.beyond.is_some() {
            return self.beyond.get_or_insert_default();
        }
        if self.drafts.is_empty() {
            self.drafts.push_back(Draft::default());
        }
        let last = self.drafts.len() - 1;
        &mut self.drafts[last]
    }

    /// The exception of this place in the text; the last where there is none.
    pub(super) fn at(&mut self, index: usize) -> &mut Draft {
        if index < self.drafts.len() { &mut self.drafts[index] } else { self.current() }
    }

    /// The exceptions, the reported one first. `reversed` where the text begins with the outermost frame.
    pub(super) fn finish(self, reversed: bool) -> Vec<Exception> {
        let drafts = self.drafts.into_iter().filter(|draft| !draft.is_empty());
        let mut exceptions: Vec<_> = drafts.map(|draft| draft.finish(reversed)).collect();
        if self.order == Order::CauseFirst {
            exceptions.reverse();
        }
        exceptions
    }
}
