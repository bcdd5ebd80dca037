//! What a version of the grouping is.

use super::tree::Sink;
use super::{Occurrence, Outline};

/// One version. Once occurrences were grouped by it, it never changes: a better one is another
/// version.
pub trait Algorithm: Send + Sync {
    /// Its number; later ones are larger.
    fn version(&self) -> u16;

    /// Writes what makes the fingerprint, and says what the occurrence is about.
    fn decide(&self, occurrence: &Occurrence<'_>, sink: &mut dyn Sink) -> Decided;
}

/// What an algorithm says beside the fingerprint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decided {
    /// What the occurrence is about.
    pub outline: Outline,
    /// A finer hash, by which an issue can be split.
    pub variant: i64,
}
