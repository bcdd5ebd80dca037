//! The frames of one stack, while it is read.
//!
//! Invariant: no more than [`FRAMES_KEPT`] of each end are held; all others are counted.

use std::collections::VecDeque;

use plimsoll_model::Frame;

use super::limits::FRAMES_KEPT;

/// Frames in the order of the text.
#[derive(Default)]
pub(super) struct Frames {
    first: Vec<Frame>,
    last: VecDeque<Frame>,
    omitted: u32,
}

impl Frames {
    pub(super) fn is_empty(&self) -> bool {
        self.first.is_empty()
    }

    pub(super) fn push(&mut self, frame: Frame) {
        if self.first.len() < FRAMES_KEPT {
            self.first.push(frame);
            return;
        }
        if self.last.len() == FRAMES_KEPT {
            self.last.pop_front();
            self.omit(1);
        }
        self.last.push_back(frame);
    }

    /// Counts frames that the text itself leaves out.
    pub(super) fn omit(&mut self, frames: u32) {
        self.omitted = self.omitted.saturating_add(frames);
    }

    /// Forgets all frames so far: they turned out to be of what handled the error.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(super) fn first_mut(&mut self) -> Option<&mut Frame> {
        self.first.first_mut()
    }

    /// The frame that was pushed last.
    pub(super) fn last_mut(&mut self) -> Option<&mut Frame> {
        self.last.back_mut().or(self.first.last_mut())
    }

    /// The last frames, the outermost first in what is returned, as far as they are held without a gap.
    pub(super) fn tail(&self) -> impl Iterator<Item = &Frame> {
        let without_gap = if self.omitted == 0 { self.first.len() } else { 0 };
        self.last.iter().rev().chain(self.first.iter().rev().take(without_gap))
    }

    /// The frames, and how many were left out. `reversed` where the text begins with the outermost.
    pub(super) fn finish(self, reversed: bool) -> (Vec<Frame>, u32) {
        let mut frames = self.first;
        frames.extend(self.last);
        if reversed {
            frames.reverse();
        }
        (frames, self.omitted)
    }
}
