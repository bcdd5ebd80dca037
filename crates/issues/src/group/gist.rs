//! What a message says whoever it is about: its words, without values, names and details.
//!
//! Invariants: a message that says something has a gist that is not empty. What it leaves out is in
//! the variant.

use crate::message::{Limits, parameterize};

/// Bytes of a message that are read.
const LIMITS: Limits = Limits { bytes: 512, lines: 1 };

/// The gist of a message.
pub(super) fn of(message: &str) -> String {
    let text = parameterize(message, LIMITS);
    // One word after a colon is a value: `unknown currency: XYZ`.
    let (said, value) = match text.rsplit_once(": ") {
        Some((said, value)) if !value.contains(' ') && said.contains(' ') => (said, " <value>"),
        _ => (text.as_str(), ""),
    };
    let mut out = String::with_capacity(text.len());
    // How many brackets are open: a list, an object, the fields of a structure are values.
    let mut open = 0usize;
    for word in said.split(' ') {
        let inside = open > 0;
        open += word.matches(['{', '[']).count();
        open = open.saturating_sub(word.matches(['}', ']']).count());
        let word = &word[..word.find(['{', '[']).unwrap_or(word.len())];
        let name = !out.is_empty() && is_name(word);
        if inside || word.is_empty() || (name && out.ends_with("<name>")) {
            continue;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        match word.split_once('=') {
            _ if name => out.push_str("<name>"),
            Some((key, value)) if !key.is_empty() && !value.is_empty() => {
                out.push_str(key);
                out.push_str("=<value>");
            }
            _ => out.push_str(word),
        }
    }
    if open > 0 || out.is_empty() {
        return text;
    }
    out.push_str(value);
    out
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
            ("limit of user=ada is 5", "limit of user=<value> is <number>"),
            ("cannot send [a, b c] now", "cannot send now"),
            ("an `Err` value: Bad { kind: Empty }", "an <quoted> value: <name>"),
            ("expected [ here", "expected [ here"),
            ("{\"order\": 5}", "{<quoted>: <number>}"),
            ("", ""),
        ] {
            assert_eq!(of(message), expected, "of {message:?}");
        }
    }
}
