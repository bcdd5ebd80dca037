//! Names and values within text: `password=…`, `"token": "…"`, `Authorization: Bearer …`,
//! `<secret>…`, `postgres://user:…@host`.
//!
//! Invariants: a key is looked for only a little before its sign, and a value is gone over once,
//! since what is found is left behind; so time is linear. Where a value ends is not certain in
//! free text: rather more than less is hidden.

use std::ops::Range;

use super::key::{self, Header};

const KEY_BYTES_MAX: usize = 64;
const SPACES_MAX: usize = 8;
const BACKSLASHES_MAX: usize = 32;

/// A key before a sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) range: Range<usize>,
    /// Whether it is in quotes or brackets.
    is_quoted: bool,
}

fn is_key_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-.$".contains(&byte) || byte >= 0x80
}

fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`')
}

/// The key that ends before the sign at `sign`.
pub(super) fn key_before(text: &[u8], sign: usize) -> Option<Key> {
    let before = |end: usize| end.checked_sub(1).map_or(0, |at| text[at]);
    let mut end = sign;
    while sign - end < SPACES_MAX && matches!(before(end), b' ' | b'\t') {
        end -= 1;
    }
    let unspaced = end;
    if before(end) == b']' {
        end -= 1;
    } else if text[..end].ends_with(b"%5D") || text[..end].ends_with(b"%5d") {
        end -= 3;
    }
    if is_quote(before(end)) {
        end -= 1;
        let backslashes = text[..end].iter().rev().take(BACKSLASHES_MAX);
        end -= backslashes.take_while(|&&byte| byte == b'\\').count();
    } else if text[..end].ends_with(b"%22") {
        end -= 3;
    }
    let bytes = text[..end].iter().rev().take(KEY_BYTES_MAX);
    let mut start = end - bytes.take_while(|&&byte| is_key_byte(byte)).count();
    // What is left of `%5B` and its like.
    if before(start) == b'%' && text[start..end].get(..2).is_some_and(is_hexadecimal) {
        start += 2;
    }
    // Alone in brackets is a label of ours, or a word.
    let is_element = match text[..start] {
        [.., before, b'['] => is_key_byte(before) || before == b']',
        [b'['] => false,
        _ => true,
    };
    let is_key = start < end && (is_element || before(unspaced) != b']');
    is_key.then_some(Key { range: start..end, is_quoted: end != unspaced })
}

fn is_hexadecimal(digits: &[u8]) -> bool {
    digits.iter().all(u8::is_ascii_hexdigit)
}

/// The word before a key of one word, for names that are written apart: `api key`.
pub(super) fn is_second_word(text: &[u8], key: &Key) -> bool {
    let [before @ .., b' '] = &text[..key.range.start] else { return false };
    let length = before.iter().rev().take(KEY_BYTES_MAX).take_while(|&&b| is_key_byte(b)).count();
    key::is_pair(&before[before.len() - length..], &text[key.range.clone()])
}

/// Whether a value may follow the sign at `sign`: known sooner than what the key is.
#[inline]
pub(super) fn may_have_value(text: &[u8], sign: usize) -> bool {
    let from = if text[sign] == b'>' { Some(sign + 1) } else { after_sign(text, sign) };
    from.is_some_and(|from| text.get(from).is_some_and(|&byte| byte != b'\n'))
}

/// The value after the sign at `sign`, which follows the key of a secret.
pub(super) fn value_after(text: &[u8], sign: usize, key: &Key) -> Option<Range<usize>> {
    if text[sign] == b'>' {
        return element(text, sign, key);
    }
    let from = after_sign(text, sign)?;
    let spaces = text[from..].iter().take(SPACES_MAX);
    let start = from + spaces.take_while(|&&byte| matches!(byte, b' ' | b'\t')).count();
    let name = &text[key.range.clone()];
    let value = match quote_at(text, start) {
        Some(quote) => quoted(text, quote.end, text[quote.end - 1], quote.len() - 1),
        None if matches!(text.get(start), Some(b'{' | b'[')) => {
            start..word_end(text, group(text, start).end)
        }
        None => match key::is_header(name) {
            Some(header) => start..header_end(text, start, key, header),
            None => start..word_end(text, start),
        },
    };
    let may_be_prose = text[sign] == b':' && start > from && !key.is_quoted;
    if may_be_prose && key::is_before_prose(name) && reads_as_prose(&text[value.clone()]) {
        return None;
    }
    (!is_placeholder(&text[value.clone()])).then_some(value)
}

/// Where the value may begin; None where the sign is a comparison, a path or the scheme of a URL.
fn after_sign(text: &[u8], sign: usize) -> Option<usize> {
    let before = sign.checked_sub(1).map_or(0, |at| text[at]);
    let after = text.get(sign + 1).copied().unwrap_or_default();
    match (text[sign], before, after) {
        (b'=', b'=' | b'!' | b'<' | b'>' | b'~' | b'+', _) | (b'=', _, b'=' | b'~') => None,
        (b':', b':', _) | (b':', _, b':') => None,
        (b':', _, b'/') if text.get(sign + 2) == Some(&b'/') => None,
        (b'=', _, b'>') | (b':', _, b'=') => Some(sign + 2),
        _ => Some(sign + 1),
    }
}

/// The opening quote at `at`, with backslashes, and a letter as Python's literals have it.
fn quote_at(text: &[u8], at: usize) -> Option<Range<usize>> {
    let is_prefixed = matches!(text.get(at), Some(b'b' | b'u' | b'r' | b'f'));
    let start = at + usize::from(is_prefixed && text.get(at + 1).is_some_and(|&b| is_quote(b)));
    let backslashes = text.get(start..)?.iter().take(BACKSLASHES_MAX);
    let quote = start + backslashes.take_while(|&&byte| byte == b'\\').count();
    is_quote(*text.get(quote)?).then_some(start..quote + 1)
}

/// From after an opening quote with backslashes to the closing one with as many, or to the end.
fn quoted(text: &[u8], start: usize, quote: u8, backslashes: usize) -> Range<usize> {
    let (mut at, mut run) = (start, 0);
    while let Some(&byte) = text.get(at) {
        if byte == quote && (run < backslashes || run % (2 * (backslashes + 1)) == backslashes) {
            return start..at - run.min(backslashes);
        }
        run = if byte == b'\\' { run + 1 } else { 0 };
        at += 1;
    }
    start..text.len()
}

/// From a bracket to the one that closes it, or to the end.
fn group(text: &[u8], start: usize) -> Range<usize> {
    let (mut at, mut depth) = (start, 0_usize);
    while let Some(&byte) = text.get(at) {
        at += 1;
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            b'"' => at = (quoted(text, at, b'"', 0).end + 1).min(text.len()),
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    start..at
}

/// The text of an XML element without attributes whose tag ends at `sign`.
fn element(text: &[u8], sign: usize, key: &Key) -> Option<Range<usize>> {
    let is_tag =
        key.range.end == sign && matches!(text[..key.range.start], [.., b'<'] | [.., b':']);
    if !is_tag {
        return None;
    }
    let start = sign + 1;
    let length = text[start..].iter().position(|&byte| byte == b'<')?;
    let value = start..start + length;
    (!is_placeholder(&text[value.clone()])).then_some(value)
}

fn word_end(text: &[u8], start: usize) -> usize {
    let ends = |(at, &byte): (usize, &u8)| match byte {
        b'&' | b';' | b'<' | b'>' | b')' | b']' | b'}' | b'|' => true,
        b',' => begins_member(&text[start + at + 1..]),
        b'\\' => matches!(text.get(start + at + 1), Some(b'n' | b'r' | b't' | b'"' | b'\'')),
        _ => byte.is_ascii_whitespace() || is_quote(byte),
    };
    let labels = label_length(&text[start..]);
    let rest = &text[start + labels..];
    rest.iter()
        .enumerate()
        .position(|(at, byte)| ends((at + labels, byte)))
        .map_or(text.len(), |length| start + labels + length)
}

/// Whether what follows a comma is the next of several pairs, so that the comma ends a value.
fn begins_member(rest: &[u8]) -> bool {
    let Some(&first) = rest.first() else { return true };
    if first.is_ascii_whitespace() || is_quote(first) || b"{}[]()".contains(&first) {
        return true;
    }
    let length = rest.iter().take(KEY_BYTES_MAX).take_while(|&&byte| is_key_byte(byte)).count();
    length > 0 && matches!(rest.get(length), Some(b'=' | b':'))
}

/// Where a header's value ends: its line, or the quote that encloses the whole header.
fn header_end(text: &[u8], start: usize, key: &Key, header: Header) -> usize {
    let enclosing = match text[..key.range.start] {
        [.., quote] if is_quote(quote) => quote,
        _ => 0,
    };
    let line = || {
        let rest = &text[start..];
        let ends = |(at, &byte): (usize, &u8)| match byte {
            b'\n' | b'\r' => true,
            b'\\' => matches!(rest.get(at + 1), Some(b'n' | b'r')),
            _ => byte == enclosing,
        };
        rest.iter().enumerate().position(ends).map_or(text.len(), |length| start + length)
    };
    if header == Header::Cookie {
        return line();
    }
    let end = word_end(text, start);
    match text[start..end].to_ascii_lowercase().as_slice() {
        b"bearer" | b"basic" | b"token" | b"negotiate" | b"ntlm" | b"apikey" | b"key" => {
            let spaces = text[end..].iter().take_while(|&&byte| byte == b' ').count();
            word_end(text, end + spaces)
        }
        b"digest" | b"hawk" | b"oauth" | b"aws4-hmac-sha256" => line(),
        _ => end,
    }
}

/// The length of a label of ours, which stands where something was hidden.
fn label_length(text: &[u8]) -> usize {
    const LABELS: &[&[u8]] = &[b"[scrubbed]", b"[token]", b"[card]", b"[email]", b"[ip]"];
    LABELS.iter().find(|label| text.starts_with(label)).map_or(0, |label| label.len())
}

/// Whether a value is none: empty, null, hidden already, or a parameter that stands for one.
fn is_placeholder(value: &[u8]) -> bool {
    let is_number = |digits: &[u8]| !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    match value {
        b"" | b"?" | b"%s" | b"{}" | b"[]" | b"null" | b"NULL" | b"None" | b"none" | b"nil"
        | b"undefined" => true,
        [b'$', digits @ ..] if is_number(digits) => true,
        _ if label_length(value) == value.len() => true,
        _ => value.iter().all(|&byte| byte == b'*'),
    }
}

/// Whether a value is no more than a word of a language, or a sign.
fn reads_as_prose(value: &[u8]) -> bool {
    const WORD_BYTES_MAX: usize = 16;
    value.len() < WORD_BYTES_MAX
        && (value.iter().all(|byte| byte.is_ascii_alphabetic() || b".,!".contains(byte))
            || !value.iter().any(u8::is_ascii_alphanumeric))
}

/// The password in a URL whose `//` ends at `at`.
pub(super) fn url_password(text: &[u8], at: usize) -> Option<Range<usize>> {
    let start = at + 1;
    let ends = |byte: &u8| byte.is_ascii_whitespace() || b"/?#\"'<>\\`".contains(byte);
    let length = text[start..].iter().position(ends).unwrap_or(text.len() - start);
    let authority = &text[start..start + length];
    let sign = authority.iter().rposition(|&byte| byte == b'@')?;
    let colon = authority[..sign].iter().position(|&byte| byte == b':')?;
    let password = start + colon + 1..start + sign;
    // A label and what is after it would be hidden bit by bit, each time that it is looked at.
    let is_hidden = label_length(&text[password.clone()]) > 0;
    (!is_hidden && !is_placeholder(&text[password.clone()])).then_some(password)
}
