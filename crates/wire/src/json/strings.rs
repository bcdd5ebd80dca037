//! Finds the end of a string, eight bytes at a time.

/// The inside of a string.
#[derive(Clone, Copy)]
pub(super) struct Inside {
    /// Where the closing quote is.
    pub(super) end: usize,
    /// Whether it has no escape and no control character: it is its own text.
    pub(super) is_text: bool,
}

const ONES: u64 = u64::from_le_bytes([1; 8]);
const HIGH: u64 = ONES << 7;

/// The high bit of each byte that is zero, and perhaps of bytes after one that is.
#[inline]
const fn zeros(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word & HIGH
}

/// Where in a word the first of the bytes is that a string's inside cannot have as they are.
#[inline]
const fn special(word: u64) -> u64 {
    const QUOTE: u64 = ONES * b'"' as u64;
    const BACKSLASH: u64 = ONES * b'\\' as u64;
    const SPACE: u64 = ONES * 0x20;
    zeros(word ^ QUOTE) | zeros(word ^ BACKSLASH) | (word.wrapping_sub(SPACE) & !word & HIGH)
}

/// The first quote, backslash or control character from `from` on, or the end.
#[inline]
pub(super) fn next_special(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk()) {
        let found = special(u64::from_le_bytes(*chunk));
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | ..0x20);
    // An escape may end after the text.
    let rest = bytes.get(at..).unwrap_or_default();
    rest.iter().position(is_special).map_or(bytes.len(), |found| at + found)
}

/// The inside of the string whose opening quote is before `from`; None where it has no end.
#[inline]
pub(super) fn inside(bytes: &[u8], from: usize) -> Option<Inside> {
    let (mut at, mut is_text) = (from, true);
    loop {
        at = next_special(bytes, at);
        match bytes.get(at)? {
            b'"' => return Some(Inside { end: at, is_text }),
            b'\\' => at += 2,
            _ => at += 1,
        }
        is_text = false;
    }
}
