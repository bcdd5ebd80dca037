//! What a message says whoever it is about: its words, without values, names and details.
//!
//! Invariants: what comes out is shorter than what was parameterised, and says so in a fixed form.
//! It is only used beside a place in the code; by itself a message counts with all its words.

use crate::message::{Limits, parameterize_into};

/// Bytes of a message that are read.
const LIMITS: Limits = Limits { bytes: 256, lines: 1 };

/// Writes the gist of a message to the end of a text.
pub(super) fn write(message: &str, out: &mut String) {
    let mut text = String::with_capacity(LIMITS.bytes);
    parameterize_into(message, LIMITS, &mut text, |_| ());
    // One word after a colon is a value: `unknown currency: XYZ`.
    let (said, value) = match text.rsplit_once(": ") {
        Some((said, value)) if !value.contains(' ') && said.contains(' ') => (said, " <value>"),
        _ => (text.as_str(), ""),
    };
    let start = out.len();
    for (at, word) in said.split(' ').enumerate() {
        let name = at > 0 && is_name(word);
        if name && out[start..].ends_with("<name>") {
            continue;
        }
        if at > 0 {
            out.push(' ');
        }
        out.push_str(if name { "<name>" } else { word });
    }
    out.push_str(value);
}

/// A word with a capital, or one of nothing but capitals and digits: who or what it is about.
fn is_name(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric());
    word.starts_with(|first: char| first.is_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_a_gist() {
        for (message, expected) in [
            ("amount must be positive", "amount must be positive"),
            ("Customer Alice Smith not found", "Customer <name> not found"),
            ("Unknown currency: xyz", "Unknown currency <value>"),
            ("currency EUR is not supported", "currency <name> is not supported"),
            ("assertion failed: amount > 0", "assertion failed: amount > <number>"),
            ("order 5 of 'a' failed\nin detail", "order <number> of <quoted> failed"),
            ("timeout: 5", "timeout: <number>"),
            ("", ""),
        ] {
            let mut found = String::new();
            write(message, &mut found);
            assert_eq!(found, expected, "of {message:?}");
        }
    }
}
