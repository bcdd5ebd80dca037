//! The frames of a chain of exceptions as one stack: where the cause was raised, and who led there.
//!
//! Invariants: at most [`EXCEPTIONS_MAX`] exceptions and [`FRAMES_MAX`] frames of each are looked
//! at, those nearest to where each was raised. Names are made once a frame.

use plimsoll_model::Exception;

use super::kind::{self, Fault};
use super::name::{self, Name, Span};
use super::role::{Role, role};

/// Exceptions of a chain that are looked at.
const EXCEPTIONS_MAX: usize = 16;
/// Frames of an exception that are looked at.
const FRAMES_MAX: usize = 256;
/// Functions of a cycle that is found where it repeats.
const CYCLE_MAX: usize = 8;

/// A frame of the chain.
#[derive(Clone, Copy)]
struct Entry {
    name: Span,
    in_app: bool,
}

/// A chain with the names of its frames.
pub(super) struct Chain<'a> {
    exceptions: &'a [Exception],
    text: String,
    entries: Vec<Entry>,
    /// Where the frames of each exception begin, and after the last where they end.
    begins: [usize; EXCEPTIONS_MAX + 1],
}

/// A frame as it is looked at.
#[derive(Clone, Copy)]
pub(super) struct Called<'a> {
    pub(super) name: Name<'a>,
    pub(super) in_app: bool,
}

impl<'a> Chain<'a> {
    pub(super) fn of(exceptions: &'a [Exception]) -> Self {
        let exceptions = &exceptions[..exceptions.len().min(EXCEPTIONS_MAX)];
        let frames: usize = exceptions.iter().map(|one| one.frames.len().min(FRAMES_MAX)).sum();
        let mut chain = Self {
            exceptions,
            text: String::with_capacity(frames * 48),
            entries: Vec::with_capacity(frames),
            begins: [0; EXCEPTIONS_MAX + 1],
        };
        for (at, exception) in exceptions.iter().enumerate() {
            for frame in exception.frames.iter().take(FRAMES_MAX) {
                let name = name::write(frame, &mut chain.text);
                chain.entries.push(Entry { name, in_app: frame.in_app == Some(true) });
            }
            chain.begins[at + 1] = chain.entries.len();
        }
        chain
    }

    pub(super) fn exceptions(&self) -> &'a [Exception] {
        self.exceptions
    }

    /// The frames of one exception.
    pub(super) fn frames(&self, exception: usize) -> impl Iterator<Item = Called<'_>> {
        let entries = &self.entries[self.begins[exception]..self.begins[exception + 1]];
        entries.iter().map(|entry| Called { name: entry.name.of(&self.text), in_app: entry.in_app })
    }

    /// The exception that says what went wrong: the last cause, unless one before it is a mistake
    /// of its own (made while another error was dealt with), has overflown the stack, or its cause
    /// is only a signal, or lies within the library that puts it into its own words: a mistake
    /// there, or what made something unreadable.
    pub(super) fn decisive(&self) -> usize {
        let last = self.exceptions.len().saturating_sub(1);
        for (at, exception) in self.exceptions[..last].iter().enumerate() {
            let cause = &self.exceptions[at + 1];
            let mistake = kind::fault(exception) == Fault::Surely && self.is_direct(at);
            let internal = (kind::fault(cause) == Fault::Surely || kind::is_unreadable(exception))
                && self.is_of_library(at)
                && self.is_of_library(at + 1);
            if mistake || internal || kind::is_recursion(exception) || kind::is_signal(cause) {
                return at;
            }
        }
        last
    }

    /// Whether code of the service raised it, and no library that it called.
    fn is_direct(&self, exception: usize) -> bool {
        self.raiser(exception).is_some_and(|frame| frame.in_app)
    }

    fn is_of_library(&self, exception: usize) -> bool {
        self.raiser(exception).is_some_and(|frame| !frame.in_app)
    }

    /// The innermost function that did not only raise for another.
    fn raiser(&self, exception: usize) -> Option<Called<'_>> {
        self.frames(exception).find(|frame| frame.in_app || !only_raises(&frame.name))
    }

    /// The frames of an exception, and then the callers that only the exceptions around it still
    /// know: a language ends the stack of a cause where it was caught.
    pub(super) fn joined(&self, exception: usize) -> Vec<Called<'_>> {
        let mut joined: Vec<Called<'_>> = self.frames(exception).collect();
        for outer in (0..exception).rev() {
            let caught = joined.last().map(|frame| frame.name);
            let caught = caught.filter(|name| !name.whole.is_empty());
            let at = caught.and_then(|name| {
                self.frames(outer).position(|frame| frame.name.whole == name.whole)
            });
            joined.extend(self.frames(outer).skip(at.map_or(0, |at| at + 1)));
        }
        joined
    }
}

/// Whether a function of a library only raises for its caller: `unwrap_failed`, `requireNonNull`.
pub(super) fn only_raises(name: &Name<'_>) -> bool {
    matches!(role(name), Role::Raises | Role::Constructs)
}

/// Names in their order, without what repeats: a function that calls itself, two that call each
/// other.
pub(super) fn collapsed<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut kept: Vec<&str> = Vec::new();
    for name in names {
        kept.push(name);
        let length = kept.len();
        let repeats = |period: &usize| {
            let (before, again) = kept[length - 2 * period..].split_at(*period);
            again[period - 1] == before[period - 1] && again == before
        };
        let period = (1..=CYCLE_MAX.min(length / 2)).find(repeats);
        if let Some(period) = period {
            kept.truncate(length - period);
        }
    }
    kept
}

/// The functions that call each other until the stack is full, sorted.
pub(super) fn cycle<'a>(frames: &[Called<'a>]) -> Vec<&'a str> {
    let mut names: Vec<(&str, bool)> =
        frames.iter().map(|frame| (frame.name.whole, frame.in_app)).collect();
    names.sort_unstable();
    let counted: Vec<(&str, bool, usize)> =
        names.chunk_by(|a, b| a.0 == b.0).map(|same| (same[0].0, same[0].1, same.len())).collect();
    let most = |app: bool| {
        counted
            .iter()
            .filter(|(_, in_app, _)| *in_app || !app)
            .map(|(.., count)| *count)
            .max()
            .unwrap_or(0)
    };
    let app = most(true) >= 2;
    // A leaf that was being called when the stack was full appears once, a branch not taken each
    // time less.
    let least = (most(app) / 4).max(2);
    let member = |(name, in_app, count): &(&'a str, bool, usize)| {
        (*count >= least && (*in_app || !app) && !name.is_empty()).then_some(*name)
    };
    counted.iter().filter_map(member).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_repeats_is_kept_once() {
        for (names, expected) in [
            ("a a a b", "a b"),
            ("a b a b a b c", "a b c"),
            ("a b c a b c d", "a b c d"),
            ("a b a", "a b a"),
            ("", ""),
        ] {
            assert_eq!(collapsed(names.split_whitespace()).join(" "), expected, "of {names:?}");
        }
    }
}
