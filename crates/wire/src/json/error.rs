//! Why bytes are not JSON, and where.

use std::fmt::{Display, Formatter, Result as FmtResult};

/// The first byte at which the input stops being JSON.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not JSON at byte {at}: expected {expected}, found {}", Shown(.found))]
pub struct JsonError {
    /// Offset into the input as it was given.
    pub at: usize,
    /// What could have stood there.
    pub expected: &'static str,
    /// What stands there; None where the input ends.
    pub found: Option<char>,
}

struct Shown<'a>(&'a Option<char>);

impl Display for Shown<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> FmtResult {
        match self.0 {
            Some(character) => write!(out, "{character:?}"),
            None => out.write_str("the end"),
        }
    }
}

/// The offset into `input` of what is at `at` after invalid UTF-8 in it was replaced.
pub(super) fn original_offset(input: &[u8], at: usize) -> usize {
    let (mut original, mut replaced) = (0, 0);
    for chunk in input.utf8_chunks() {
        let valid = chunk.valid().len();
        if at <= replaced + valid {
            return original + (at - replaced);
        }
        replaced += valid + char::REPLACEMENT_CHARACTER.len_utf8();
        original += valid + chunk.invalid().len();
    }
    original
}
