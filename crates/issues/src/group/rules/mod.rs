//! Rules of the server that say which occurrences are one issue, one a line.
//!
//! ```text
//! # matchers, an arrow, and the parts of a fingerprint
//! type:DatabaseTimeout service:checkout -> database-down, {{ transaction }}
//! !level:error message:"cannot reach *" -> {{ default }}, {{ tags.region }}
//! ```
//!
//! Invariants: the first rule all of whose matchers hold wins. Either all lines of a text are rules
//! or none is used, and everything that is wrong is told with its place. A matcher looks at every
//! exception of a chain and every frame of it, up to a bound.

mod glob;
mod parse;
#[cfg(test)]
mod tests;

use serde::Serialize;

use self::glob::Glob;
use super::Occurrence;
use super::kind;
use plimsoll_model::Frame;

/// What rules may have at most.
pub mod limits {
    /// Bytes of the text.
    pub const TEXT_BYTES_MAX: usize = 256 << 10;
    /// Rules.
    pub const RULES_MAX: usize = 1_000;
    /// Bytes of a line.
    pub const LINE_BYTES_MAX: usize = 4 << 10;
    /// Matchers of a rule.
    pub const MATCHERS_MAX: usize = 16;
    /// Problems that are told of.
    pub const PROBLEMS_MAX: usize = 100;
    /// Exceptions of an occurrence that are looked at, and frames of each.
    pub const EXCEPTIONS_MAX: usize = 16;
    /// Frames of an exception that are looked at.
    pub const FRAMES_MAX: usize = 256;
}

/// Rules in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    rules: Vec<Rule>,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its line, from 1.
    pub line: usize,
    /// As it was written.
    pub text: String,
    matchers: Vec<Matcher>,
    pub(super) fingerprint: Vec<String>,
}

/// Something wrong with a line. Its texts are for the person who wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("line {line}, column {column}: {message}; {hint}")]
pub struct Problem {
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: String,
}

/// What a matcher looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Subject {
    Type,
    Message,
    Function,
    Module,
    Path,
    Service,
    Level,
    Logger,
    Environment,
    Release,
    Transaction,
    Tag(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Matcher {
    negated: bool,
    subject: Subject,
    glob: Glob,
}

impl Rules {
    /// Reads rules; what is wrong with any of them otherwise.
    pub fn parse(text: &str) -> Result<Self, Vec<Problem>> {
        parse::parse(text).map(|rules| Self { rules })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The first rule that is for an occurrence.
    pub fn matching(&self, occurrence: &Occurrence<'_>) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.matchers.iter().all(|matcher| matcher.holds(occurrence)))
    }
}

impl Matcher {
    fn holds(&self, occurrence: &Occurrence<'_>) -> bool {
        self.finds(occurrence) != self.negated
    }

    fn finds(&self, occurrence: &Occurrence<'_>) -> bool {
        let glob = &self.glob;
        let exceptions =
            &occurrence.exceptions[..occurrence.exceptions.len().min(limits::EXCEPTIONS_MAX)];
        let any_frame = |matches: &dyn Fn(&Frame) -> bool| {
            exceptions.iter().any(|one| one.frames.iter().take(limits::FRAMES_MAX).any(matches))
        };
        match &self.subject {
            Subject::Type => exceptions
                .iter()
                .any(|one| glob.matches(&one.kind) || glob.matches(kind::simple(&one.kind))),
            Subject::Message => {
                exceptions.iter().any(|one| glob.matches(&one.message))
                    || glob.matches(occurrence.message)
            }
            Subject::Function => any_frame(&|frame| {
                glob.matches(&frame.function) || glob.matches(last_segment(&frame.function))
            }),
            Subject::Module => any_frame(&|frame| glob.matches(&frame.module)),
            Subject::Path => {
                any_frame(&|frame| glob.matches(&frame.file) || glob.matches(&frame.path))
            }
            Subject::Service => glob.matches(occurrence.service),
            Subject::Level => glob.matches(occurrence.level),
            Subject::Logger => glob.matches(occurrence.logger),
            Subject::Environment => glob.matches(occurrence.environment),
            Subject::Release => glob.matches(occurrence.release),
            Subject::Transaction => glob.matches(occurrence.transaction),
            Subject::Tag(key) => (occurrence.tags)(key).is_some_and(|value| glob.matches(value)),
        }
    }
}

/// The function without the module before it.
fn last_segment(function: &str) -> &str {
    function.rsplit(['.', ':', '#', '\\']).next().unwrap_or(function)
}
