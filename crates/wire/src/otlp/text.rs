//! Typed JSON (`docs/format/attributes.md`): attribute values and whole attribute objects as text
//! from which their OTel types can be told exactly.
//!
//! Invariant: what is written is valid JSON whenever its strings are UTF-8, and invalid UTF-8
//! otherwise, since only ASCII is added around them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// For each byte what follows the backslash in JSON: 0 where it stands for itself, `u` where it
/// takes four hexadecimal digits.
const ESCAPES: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 0x20 {
        table[byte] = b'u';
        byte += 1;
    }
    table[b'"' as usize] = b'"';
    table[b'\\' as usize] = b'\\';
    table[b'\n' as usize] = b'n';
    table[b'\r' as usize] = b'r';
    table[b'\t' as usize] = b't';
    table[0x08] = b'b';
    table[0x0c] = b'f';
    table
};

pub(crate) fn write_string(out: &mut Vec<u8>, text: &[u8]) {
    out.push(b'"');
    write_escaped(out, text);
    out.push(b'"');
}

fn write_escaped(out: &mut Vec<u8>, text: &[u8]) {
    let mut rest = text;
    while let Some(at) = rest.iter().position(|&byte| ESCAPES[byte as usize] != 0) {
        out.extend_from_slice(&rest[..at]);
        let byte = rest[at];
        out.extend_from_slice(&[b'\\', ESCAPES[byte as usize]]);
        if ESCAPES[byte as usize] == b'u' {
            const DIGITS: &[u8; 16] = b"0123456789abcdef";
            out.extend_from_slice(b"00");
            out.extend_from_slice(&[DIGITS[byte as usize >> 4], DIGITS[byte as usize & 15]]);
        }
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
}

/// Writes an object's key and the colon. A `$` at its start is doubled, so that no key is taken
/// for one of the format's own.
pub(crate) fn write_key(out: &mut Vec<u8>, key: &[u8]) {
    out.push(b'"');
    if key.first() == Some(&b'$') {
        out.push(b'$');
    }
    write_escaped(out, key);
    out.extend_from_slice(b"\":");
}

pub(crate) fn write_int(out: &mut Vec<u8>, value: i64) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// The shortest text that reads back as the same double, with a point or an exponent.
pub(crate) fn write_double(out: &mut Vec<u8>, value: f64) {
    if value.is_finite() {
        out.extend_from_slice(ryu::Buffer::new().format_finite(value).as_bytes());
    } else {
        out.extend_from_slice(b"{\"$double\":\"");
        out.extend_from_slice(name_of_non_finite(value).as_bytes());
        out.extend_from_slice(b"\"}");
    }
}

pub(super) fn name_of_non_finite(value: f64) -> &'static str {
    if value.is_nan() {
        "NaN"
    } else if value > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    }
}

pub(super) fn write_bytes(out: &mut Vec<u8>, value: &[u8]) {
    out.extend_from_slice(b"{\"$bytes\":\"");
    let start = out.len();
    out.resize(start + value.len().div_ceil(3) * 4, 0);
    let written =
        STANDARD.encode_slice(value, &mut out[start..]).expect("four bytes for three fit");
    out.truncate(start + written);
    out.extend_from_slice(b"\"}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(write: impl FnOnce(&mut Vec<u8>), expected: &str) {
        let mut out = Vec::new();
        write(&mut out);
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn strings_and_keys_are_escaped() {
        check(|out| write_string(out, b"plain"), r#""plain""#);
        check(
            |out| write_string(out, b"a\"b\\c\n\r\t\x08\x0c\x01\x1f/"),
            r#""a\"b\\c\n\r\t\b\f\u0001\u001f/""#,
        );
        check(|out| write_string(out, "é\u{7f}\u{2028}".as_bytes()), "\"é\u{7f}\u{2028}\"");
        check(|out| write_key(out, b"$bytes"), r#""$$bytes":"#);
        check(|out| write_key(out, b"a$"), r#""a$":"#);
        check(|out| write_key(out, b""), r#""":"#);
    }

    #[test]
    fn doubles_are_told_from_integers() {
        check(|out| write_double(out, 1.0), "1.0");
        check(|out| write_double(out, -0.0), "-0.0");
        check(|out| write_double(out, 1e300), "1e300");
        check(|out| write_double(out, 0.1), "0.1");
        check(|out| write_double(out, f64::NAN), r#"{"$double":"NaN"}"#);
        check(|out| write_double(out, f64::NEG_INFINITY), r#"{"$double":"-Infinity"}"#);
        check(|out| write_int(out, i64::MIN), "-9223372036854775808");
        for value in [f64::MIN_POSITIVE, f64::MAX, 5e-324, 123_456_789_012_345_680.0, 1e16] {
            let mut out = Vec::new();
            write_double(&mut out, value);
            let text = String::from_utf8(out).unwrap();
            assert!(text.contains(['.', 'e']), "{text}");
            assert_eq!(text.parse::<f64>().unwrap(), value);
        }
    }

    #[test]
    fn bytes_are_base64() {
        check(|out| write_bytes(out, b""), r#"{"$bytes":""}"#);
        check(|out| write_bytes(out, &[0xfb, 0xff, 0]), r#"{"$bytes":"+/8A"}"#);
        check(|out| write_bytes(out, &[1]), r#"{"$bytes":"AQ=="}"#);
    }
}
