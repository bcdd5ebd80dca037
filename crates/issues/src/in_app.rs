//! Which frames are code of the service itself, and not of a library, a framework or a runtime.
//!
//! Invariants: a rule decides over all else, the last that matches over those before it; then what the
//! source itself said, but for what the SDK of Rust only guessed; then paths and names, by language. Deciding is linear in the length of a frame's
//! names for each rule. A stack may have no frame of the service's own.

mod glob;
mod ours;
mod rules;
mod rust;

use plimsoll_model::{Exception, Frame};

pub use rules::{Problem, Rules, limits};

use crate::stack::Language;

/// Decides which frames are the service's own.
#[derive(Clone, Debug, Default)]
pub struct InApp {
    rules: Rules,
}

impl InApp {
    /// Decides by these rules first.
    pub fn new(rules: Rules) -> Self {
        Self { rules }
    }

    /// Whether a frame is the service's own. Where the language is not known, the name of the frame's file
    /// tells it.
    pub fn decide(&self, frame: &Frame, language: Option<Language>) -> bool {
        let said = || frame.in_app.filter(|own| !own || !ours::is_guessed_wrong(frame, language));
        let told = self.rules.decide(frame).or_else(said);
        told.unwrap_or_else(|| ours::is_ours(frame, language))
    }

    /// Says of each frame whether it is the service's own.
    pub fn mark(&self, exceptions: &mut [Exception], language: Option<Language>) {
        for Exception { frames, .. } in exceptions {
            let language = language.or_else(|| rust::is_stack(frames).then_some(Language::Rust));
            for frame in frames {
                frame.in_app = Some(self.decide(frame, language));
            }
        }
    }
}

#[cfg(test)]
mod tests;
