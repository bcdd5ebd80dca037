//! What one word is: letters, digits, `_`, `-` and `.` without anything else between.
//!
//! Invariants: a name stays a name. A word with digits is an identifier only where they cannot be
//! part of a technical name such as `sha256`, `utf-8`, `x86_64` or `int32`; when in doubt the word
//! is kept.

use std::ops::Range;

use super::Variable;

/// Names with digits that the shape of an identifier would take in.
const NAMES: &[&str] = &[
    "utf",
    "iso",
    "x86",
    "amd64",
    "arm64",
    "sha",
    "sha1",
    "sha2",
    "sha3",
    "md5",
    "aes",
    "rsa",
    "rfc",
    "ipv4",
    "ipv6",
    "http",
    "tls",
    "tlsv1",
    "ssl",
    "ssl3",
    "oauth",
    "base64",
    "cp",
    "gpt",
    "ucs",
    "win",
    "windows",
    "latin",
    "crc",
    "crc32",
    "ora",
    "pls",
    "tns",
    "err",
    "error",
    "sql",
    "cve",
    "pep",
    "es",
    "ts",
    "cs",
    "hmac",
    "ed25519",
    "secp256k1",
    "top",
    "level",
    "layer",
    "part",
    "p50",
    "p95",
    "p99",
    "gb",
    "gb18030",
    "koi8",
];

/// How many bytes of one word a text begins with.
pub(super) fn length(text: &str) -> usize {
    text.find(|character: char| {
        !(character.is_alphanumeric() || matches!(character, '_' | '-' | '.'))
    })
    .unwrap_or(text.len())
}

/// Whether there is a letter in it.
pub(super) fn has_letter(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// What a word is, and where in it, given the character before it.
pub(super) fn recognize(before: Option<char>, text: &str) -> Option<(Variable, Range<usize>)> {
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let signed =
        text.strip_prefix('-').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let core = text.trim_start_matches(['.', '-', '_']);
    let start = text.len() - core.len() - usize::from(signed && is_first_sign(text));
    let end = text.trim_end_matches(['.', '-', '_']).len();
    let core = &text[text.len() - core.len()..end];
    // `HTTP/1.1`, `Mozilla/5.0`: the version is part of the name.
    if before == Some('/') && is_dotted(core) {
        return None;
    }
    if before == Some('@') && is_hex(core) && core.len() >= 4 {
        return Some((Variable::Hex, start..end));
    }
    classify(core).map(|kind| (kind, start..end))
}

/// Whether a word begins with exactly one sign.
fn is_first_sign(text: &str) -> bool {
    !text[1..].starts_with(['.', '-', '_'])
}

fn classify(word: &str) -> Option<Variable> {
    if is_uuid(word) {
        Some(Variable::Uuid)
    } else if is_number(word) {
        Some(Variable::Number)
    } else if word.len() > 2
        && (word.starts_with("0x") || word.starts_with("0X"))
        && is_hex(&word[2..])
    {
        Some(Variable::Hex)
    } else if let Some(kind) = measure(word) {
        Some(kind)
    } else if is_version(word) {
        Some(Variable::Version)
    } else if is_hash(word) {
        Some(Variable::Hash)
    } else if is_identifier(word) {
        Some(Variable::Id)
    } else {
        None
    }
}

fn is_uuid(word: &str) -> bool {
    word.len() == 36
        && word.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// `42`, `1.5`, `1_000`, `1e-9`, `1.2.3`, `3-5`.
fn is_number(word: &str) -> bool {
    let mantissa = match word.find(['e', 'E']) {
        Some(at) => {
            let exponent = word[at + 1..].trim_start_matches('-');
            if exponent.is_empty() || !exponent.bytes().all(|byte| byte.is_ascii_digit()) {
                return false;
            }
            &word[..at]
        }
        None => word,
    };
    mantissa.starts_with(|first: char| first.is_ascii_digit())
        && mantissa.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'_' | b'-'))
}

fn is_dotted(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_digit())
        && word.contains('.')
        && word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

fn is_hex(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A number with the unit of a time or of an amount of memory, or several: `1h30m`.
fn measure(word: &str) -> Option<Variable> {
    let mut rest = word;
    let mut found = None;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
        let unit = &rest[digits..];
        let unit = &unit[..unit.find(|c: char| c.is_ascii_digit()).unwrap_or(unit.len())];
        let kind = unit_kind(unit).filter(|_| digits > 0)?;
        if found.is_some_and(|before| before != kind) {
            return None;
        }
        found = Some(kind);
        rest = &rest[digits + unit.len()..];
    }
    found
}

fn unit_kind(unit: &str) -> Option<Variable> {
    match unit {
        "ns" | "us" | "µs" | "μs" | "ms" | "s" | "sec" | "secs" | "m" | "min" | "mins" | "h"
        | "hr" | "hrs" | "d" | "days" | "w" => Some(Variable::Duration),
        "B" | "b" | "k" | "K" | "M" | "G" | "T" | "kB" | "KB" | "kb" | "MB" | "mb" | "GB"
        | "gb" | "TB" | "tb" | "Ki" | "Mi" | "Gi" | "Ti" | "KiB" | "MiB" | "GiB" | "TiB"
        | "bytes" => Some(Variable::Size),
        _ => None,
    }
}

fn is_version(word: &str) -> bool {
    word.strip_prefix(['v', 'V']).is_some_and(|rest| is_dotted(rest) && !rest.ends_with('.'))
}

/// Seven digits of a commit or more, letters among them.
fn is_hash(word: &str) -> bool {
    word.len() >= 7 && is_hex(word) && has_letter(word) && transitions(word.as_bytes()) >= 2
}

/// How often a digit follows a letter, or the other way round.
fn transitions(word: &[u8]) -> usize {
    word.windows(2).filter(|pair| pair[0].is_ascii_digit() != pair[1].is_ascii_digit()).count()
}

fn is_identifier(word: &str) -> bool {
    if !word.is_ascii() || !has_letter(word) || is_name(word) {
        return false;
    }
    let mut begin = 0;
    for end in word.bytes().enumerate().filter(|(_, byte)| b"-_.".contains(byte)).map(|(at, _)| at)
    {
        if is_variable_segment(word, begin..end) {
            return true;
        }
        begin = end + 1;
    }
    is_variable_segment(word, begin..word.len())
}

/// Whether a word begins with a name that has numbers after it for good.
fn is_name(word: &str) -> bool {
    let first = word.split(['-', '_', '.']).next().unwrap_or(word);
    let letters = first.trim_end_matches(|c: char| c.is_ascii_digit());
    let known = |name: &str| NAMES.iter().any(|known| known.eq_ignore_ascii_case(name));
    known(first) || (word.len() == first.len() && word.len() < letters.len() + 5 && known(letters))
}

/// Whether the part of a word between two signs varies by itself.
fn is_variable_segment(word: &str, at: Range<usize>) -> bool {
    let segment = word[at.clone()].as_bytes();
    let digits = segment.iter().filter(|byte| byte.is_ascii_digit()).count();
    if digits == 0 {
        return false;
    }
    if digits == segment.len() {
        let dashed = at.start > 0 && word.as_bytes()[at.start - 1] == b'-';
        return at.start > 0 && (dashed || digits >= 2) || digits >= 4;
    }
    let changes = transitions(segment);
    (changes == 1 && digits >= 4 && segment.len() >= 5)
        || (changes >= 2 && segment.len() >= 8)
        || (changes >= 4 && segment.len() >= 6)
        || (segment[0].is_ascii_digit() && segment.len() >= 6)
}
