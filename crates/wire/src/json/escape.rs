//! The inside of JSON strings: from escapes to text and back.
//!
//! Invariant: text that was encoded decodes to itself, and is encoded the same way again.

use super::strings::next_special;

/// The character that takes the place of what is none.
const REPLACEMENT: char = char::REPLACEMENT_CHARACTER;

/// Appends the text of a string's inside; returns how much of it had to be repaired.
pub(super) fn decode(raw: &str, out: &mut String) -> u32 {
    let bytes = raw.as_bytes();
    let (mut at, mut keep, mut repaired) = (0, 0, 0);
    loop {
        let next = next_special(bytes, at);
        out.push_str(&raw[keep..next]);
        let (end, sound) = match bytes.get(next) {
            None => return repaired,
            Some(b'\\') => decode_escape(raw, next, out),
            Some(0) => {
                out.push(REPLACEMENT);
                (next + 1, false)
            }
            // A control character that was not escaped is meant.
            Some(&control) => {
                out.push(char::from(control));
                (next + 1, false)
            }
        };
        repaired += u32::from(!sound);
        at = end;
        keep = end;
    }
}

/// Decodes the escape at `at`; returns where it ends and whether it was a valid one. Of one that
/// is not, the backslash stands for itself.
fn decode_escape(raw: &str, at: usize, out: &mut String) -> (usize, bool) {
    let bytes = raw.as_bytes();
    let character = match bytes.get(at + 1) {
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(&byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
        Some(b'u') => return decode_unit(bytes, at, out),
        _ => {
            out.push('\\');
            return (at + 1, false);
        }
    };
    out.push(character);
    (at + 2, true)
}

fn decode_unit(bytes: &[u8], at: usize, out: &mut String) -> (usize, bool) {
    let Some(first) = unit(bytes, at) else {
        out.push('\\');
        return (at + 1, false);
    };
    let second = matches!(first, 0xd800..0xdc00).then(|| unit(bytes, at + 6)).flatten();
    match (char::from_u32(first), second) {
        (Some('\0'), _) => {
            out.push(REPLACEMENT);
            (at + 6, false)
        }
        (Some(character), _) => {
            out.push(character);
            (at + 6, true)
        }
        (None, Some(second @ 0xdc00..0xe000)) => {
            let code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
            out.push(char::from_u32(code).unwrap_or(REPLACEMENT));
            (at + 12, true)
        }
        (None, _) => {
            out.push(REPLACEMENT);
            (at + 6, false)
        }
    }
}

/// The UTF-16 unit that `\uXXXX` at `at` says.
fn unit(bytes: &[u8], at: usize) -> Option<u32> {
    let escape = bytes.get(at..at + 6)?;
    if !escape.starts_with(b"\\u") {
        return None;
    }
    escape[2..].iter().try_fold(0, |unit, &digit| Some(unit << 4 | char::from(digit).to_digit(16)?))
}

/// Appends text as the inside of a string.
pub(super) fn encode(text: &str, out: &mut String) {
    let mut keep = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escape = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0x08 => "\\b",
            0x0c => "\\f",
            0 => "\u{fffd}",
            1..0x20 => "",
            _ => continue,
        };
        out.push_str(&text[keep..at]);
        keep = at + 1;
        out.push_str(escape);
        if escape.is_empty() {
            out.push_str("\\u00");
            out.push(if byte < 0x10 { '0' } else { '1' });
            out.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or('0'));
        }
    }
    out.push_str(&text[keep..]);
}

/// Cuts text that is longer than `bytes_max`, so that with the sign that says so it is not.
pub(super) fn cut(text: &mut String, bytes_max: usize) -> bool {
    const SIGN: char = '…';
    if text.len() <= bytes_max {
        return false;
    }
    text.truncate(text.floor_char_boundary(bytes_max.saturating_sub(SIGN.len_utf8())));
    if bytes_max >= SIGN.len_utf8() {
        text.push(SIGN);
    }
    true
}
