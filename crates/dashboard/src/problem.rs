//! What is wrong with a document, and where.

use serde::Serialize;
use utoipa::ToSchema;

/// One thing that is wrong with a document. Its texts are for the person who wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, thiserror::Error)]
#[error("{place}: found {found}, expected {expected}")]
#[schema(as = DashboardProblem)]
pub struct Problem {
    /// Where, as a JSON pointer (RFC 6901); empty for the whole document.
    pub place: String,
    /// What stands there.
    pub found: String,
    /// What may stand there.
    pub expected: String,
    /// What to do.
    pub hint: String,
}

impl Problem {
    /// A problem at a place.
    pub(crate) fn new(
        place: impl Into<String>,
        found: impl Into<String>,
        expected: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self {
            place: place.into(),
            found: found.into(),
            expected: expected.into(),
            hint: hint.into(),
        }
    }
}

/// The beginning of a text that is quoted in a message.
pub(crate) fn excerpt(text: &str, characters_max: usize) -> String {
    match text.char_indices().nth(characters_max) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
