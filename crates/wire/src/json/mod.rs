//! JSON of any origin made valid, bounded and compact, in one pass over its bytes.
//!
//! Invariants: what is returned is RFC 8259 and read by `serde_json` whatever came in; it is at
//! most [`EXPANSION_MAX`] times as long as the input; depth of the input costs neither stack nor
//! more than a bit of memory a level; time is linear. What needs no change is copied in runs, so
//! escapes and the spelling of numbers stay as they were.

mod cursor;
mod error;
mod escape;
mod frame;
mod number;
mod rewrite;
mod strings;

use std::ops::Range;

pub use error::JsonError;
pub(crate) use rewrite::rewrite;

/// Longest output, in times of the input: a control character takes six bytes, `[[],[]]` that is
/// too deep takes twelve for each two, a number that is a secret takes twelve for two.
pub const EXPANSION_MAX: usize = 8;

/// Stands where a container was nested too deep.
pub const TOO_DEEP: &str = "[too deep]";

/// Stands where the value of a secret key was.
pub const SCRUBBED: &str = "[scrubbed]";

/// Longest text under the key of an id that is kept unseen.
pub(crate) const ID_BYTES_MAX: usize = 256;

/// Bounds on what is kept; what is beyond is left out or cut and counts as repaired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Containers within each other: 64. One that is deeper becomes the string `[too deep]`.
    pub depth_max: usize,
    /// Members of one object or array: 10,000. Those after are left out.
    pub members_max: usize,
    /// Bytes of a string, not counting escapes: 64 KiB. The rest is cut, and `…` says so.
    pub string_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth_max: 64, members_max: 10_000, string_bytes_max: 64 << 10 }
    }
}

impl Limits {
    /// For JSON that is bounded already. Deeper than this `serde_json` does not read.
    pub(crate) const NONE: Self =
        Self { depth_max: 120, members_max: usize::MAX, string_bytes_max: usize::MAX };
}

/// JSON that may be kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cleaned {
    /// Valid and without white space between tokens.
    pub json: String,
    /// Where in `json` the members of the outermost object are, in order, repeated ones too; none
    /// where it is no object. First the key without its quotes, escaped as it stands there, then
    /// the value, with quotes where it is a string.
    pub members: Vec<(Range<usize>, Range<usize>)>,
    /// Values and parts of values that were hidden.
    pub scrubbed: u32,
    /// What was not valid or beyond a limit: bytes that are no UTF-8, lone surrogates, control
    /// characters, NUL, unknown escapes, numbers that no double holds, cut strings, members that
    /// were left out.
    pub repaired: u32,
}

/// What is under a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyKind {
    /// Anything: its texts are looked at.
    Plain,
    /// A secret: the value is hidden whatever it is.
    Secret,
    /// Anything, and the key itself has something to hide.
    Telling,
    /// An id or a version, which only looks like something else: kept as it is where it is short.
    Id,
    /// What nobody asks for: `null` stands for it.
    LeftOut,
}

/// Decides what of JSON is hidden. Texts come without escapes.
pub(crate) trait Filter {
    /// What is under a key.
    fn kind(&mut self, key: &str) -> KeyKind;
    /// Whether what is under a key is left out; the outermost object's keys are at depth 1.
    fn leaves_out(&mut self, _key: &str, _depth: usize) -> bool {
        false
    }
    /// The text of a key or a value with what is hidden in it, None where nothing is.
    fn text(&self, text: &str) -> Option<String>;
    /// What stands for a number, None where it is kept.
    fn number(&self, digits: &str) -> Option<&'static str>;
}
