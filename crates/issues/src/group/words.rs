//! The words of an identifier: `unwrap_or_raise`, `assertPositive`, `HTTPClient2`.
//!
//! Invariants: words come in lower case, without digits and signs; one longer than
//! [`WORD_BYTES_MAX`] is cut, and none that matters is as long.

/// Bytes of a word that are looked at.
const WORD_BYTES_MAX: usize = 24;

/// A word in lower case.
#[derive(Clone, Copy)]
pub(super) struct Word {
    bytes: [u8; WORD_BYTES_MAX],
    length: usize,
}

impl Word {
    pub(super) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.length]).unwrap_or_default()
    }
}

/// The words of an identifier, in their order.
pub(super) fn words(identifier: &str) -> impl Iterator<Item = Word> + Clone + '_ {
    let bytes = identifier.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < bytes.len() && !is_letter(bytes[at]) {
            at += 1;
        }
        let start = at;
        while at < bytes.len() && is_letter(bytes[at]) && (at == start || !begins(bytes, at)) {
            at += 1;
        }
        (at > start).then(|| lower(&bytes[start..at]))
    })
}

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || !byte.is_ascii()
}

/// Whether a capital begins a word here: after a small letter, or as the last of several before
/// one.
fn begins(bytes: &[u8], at: usize) -> bool {
    bytes[at].is_ascii_uppercase()
        && (!bytes[at - 1].is_ascii_uppercase()
            || bytes.get(at + 1).is_some_and(|next| next.is_ascii_lowercase()))
}

fn lower(word: &[u8]) -> Word {
    let length = word.len().min(WORD_BYTES_MAX);
    let mut bytes = [0; WORD_BYTES_MAX];
    for (to, from) in bytes.iter_mut().zip(word) {
        *to = from.to_ascii_lowercase();
    }
    Word { bytes, length }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_has_words() {
        for (identifier, expected) in [
            ("unwrap_or_raise", "unwrap or raise"),
            ("assertPositive", "assert positive"),
            ("HTTPClient2", "http client"),
            ("_do__it", "do it"),
            ("__call__", "call"),
            ("requireNonNull", "require non null"),
            ("getURL", "get url"),
            ("X", "x"),
            ("", ""),
            ("123", ""),
        ] {
            let found: Vec<_> = words(identifier).map(|word| word.as_str().to_owned()).collect();
            assert_eq!(found.join(" "), expected, "of {identifier:?}");
        }
    }
}
