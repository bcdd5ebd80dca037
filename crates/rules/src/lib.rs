//! Prometheus' rule files: read, checked as `promtool check rules` does, and what to do with them when.
//!
//! Invariants: this crate does no I/O, has no clock and no runtime: it is given the text of a file, the
//! time and the answers of queries, and says what is wrong, when a group runs next and which samples to
//! write. Any text gives a file or problems, each with its place, within the bounds of [`limits`].
//!
//! Evaluating a group, in order, at the time its [`Schedule`] gives: for each rule the caller asks the
//! query at [`Slot::query_ms`], hands the value to [`State::evaluate`], writes the samples and the ends of
//! series at that same time, tells [`State::written`], and only then goes on to the next rule, which so
//! sees what the ones before it recorded. After the last rule it writes [`State::leftovers`].

mod check;
mod duration;
mod file;
mod lint;
mod place;
mod problem;
mod record;
mod report;
mod schedule;
mod yaml;

pub use check::check;
pub use file::{AlertingRule, Group, RecordingRule, Rule, RuleFile};
pub use place::Place;
pub use problem::{Problem, RuleName, Severity};
pub use record::{Outcome, RuleError, Sample, State};
pub use report::Report;
pub use schedule::{Schedule, Slot};

/// What a rule file may have at most. Prometheus has no such bounds; no rule file in use comes near these.
pub mod limits {
    /// Bytes of a file.
    pub const FILE_BYTES_MAX: usize = 4 << 20;
    /// Levels of nesting, aliases replaced; a rule file has seven.
    pub const DEPTH_MAX: usize = 32;
    /// Bytes of a file's nodes once each alias is replaced by what it stands for, a node being
    /// [`NODE_BYTES`] and its text: what an alias bomb runs into, and four times the largest file.
    pub const EXPANDED_BYTES_MAX: usize = 16 << 20;
    /// What a node counts beside its text.
    pub const NODE_BYTES: usize = 32;
    /// Groups of a file.
    pub const GROUPS_MAX: usize = 1_000;
    /// Rules of a file.
    pub const RULES_MAX: usize = 10_000;
    /// Bytes of an expression.
    pub const EXPR_BYTES_MAX: usize = 128 << 10;
    /// Labels, or annotations, of one group or rule.
    pub const LABELS_MAX: usize = 64;
    /// Bytes of the labels of one group or rule: those of a group go to each of its rules.
    pub const LABELS_BYTES_MAX: usize = 16 << 10;
    /// Problems that are told of; one more says that there are others.
    pub const PROBLEMS_MAX: usize = 200;
}
