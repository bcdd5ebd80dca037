//! Numbers as JSON spells them.

/// Digits that a number may have without its size being looked at: no double of fewer overflows.
const PLAIN_BYTES_MAX: usize = 300;

/// From here on a reader may find that a number is out of the range of doubles.
const MAGNITUDE_MAX: f64 = 1e308;

/// A number at the start of what is given.
pub(super) struct Number {
    /// How many bytes it takes.
    pub(super) bytes: usize,
    /// Whether every reader that keeps numbers as doubles can read it.
    pub(super) readable: bool,
}

/// Reads a number; the error is how far it could be read.
#[inline]
pub(super) fn read(text: &str) -> Result<Number, usize> {
    let bytes = text.as_bytes();
    let digits = |from: usize| {
        let rest = bytes.get(from..).unwrap_or_default();
        rest.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len())
    };
    let start = usize::from(bytes.first() == Some(&b'-'));
    let whole = digits(start);
    if whole == 0 {
        return Err(start);
    }
    if whole > 1 && bytes[start] == b'0' {
        return Err(start + 1);
    }
    let mut at = start + whole;
    if bytes.get(at) == Some(&b'.') {
        let fraction = digits(at + 1);
        if fraction == 0 {
            return Err(at + 1);
        }
        at += 1 + fraction;
    }
    let mut readable = at <= PLAIN_BYTES_MAX;
    if let Some(b'e' | b'E') = bytes.get(at) {
        let signed = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let exponent = digits(at + 1 + signed);
        if exponent == 0 {
            return Err(at + 1 + signed);
        }
        at += 1 + signed + exponent;
        readable = false;
    }
    // Parsing is linear, and every value that is not plain is parsed once.
    readable = readable || text[..at].parse().is_ok_and(|value: f64| value.abs() < MAGNITUDE_MAX);
    Ok(Number { bytes: at, readable })
}
