//! The body of the endpoint before envelopes, `/api/{project}/store/`: one event as JSON, and in
//! old SDKs compressed and written as base64.
//!
//! Invariant: nothing is inflated here; the bytes returned are no more than those given.

use std::borrow::Cow;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Padding is often left out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What a body is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body<'a> {
    /// An event as JSON.
    Json(Cow<'a, [u8]>),
    /// An event as JSON, to be inflated as zlib (RFC 1950).
    Zlib(Cow<'a, [u8]>),
    /// An event as JSON, to be inflated as gzip (RFC 1952).
    Gzip(Cow<'a, [u8]>),
}

/// A body that is none of them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot read the event: expected JSON, or compressed JSON as base64, found {0:?}")]
pub struct StoreError(String);

/// Tells what a body is, and undoes base64.
///
/// # Errors
///
/// The body is none of the forms.
pub fn unwrap(body: &[u8]) -> Result<Body<'_>, StoreError> {
    if let Some(plain) = told(Cow::Borrowed(body)) {
        return Ok(plain);
    }
    let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=-_".contains(byte);
    let mut digits = Vec::with_capacity(body.len());
    for byte in body.iter().filter(|byte| !byte.is_ascii_whitespace()) {
        match byte {
            b'-' => digits.push(b'+'),
            b'_' => digits.push(b'/'),
            byte if is_digit(byte) => digits.push(*byte),
            _ => return Err(unknown(body)),
        }
    }
    let decoded = BASE64.decode(&digits).map_err(|_| unknown(body))?;
    told(Cow::Owned(decoded)).ok_or_else(|| unknown(body))
}

/// What bytes are by how they begin.
fn told(bytes: Cow<'_, [u8]>) -> Option<Body<'_>> {
    match bytes.trim_ascii_start() {
        [b'{', ..] => Some(Body::Json(bytes)),
        [0x1f, 0x8b, ..] => Some(Body::Gzip(bytes)),
        // RFC 1950: the first two bytes are a multiple of 31, the method is deflate.
        [first, second, ..] if first & 0x8f == 0x08 && is_checked(*first, *second) => {
            Some(Body::Zlib(bytes))
        }
        _ => None,
    }
}

fn is_checked(first: u8, second: u8) -> bool {
    (u16::from(first) << 8 | u16::from(second)) % 31 == 0
}

fn unknown(body: &[u8]) -> StoreError {
    StoreError(String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_told_by_how_they_begin() {
        let check = |body: &[u8], expected: Option<Body<'_>>| {
            assert_eq!(unwrap(body).ok(), expected, "{body:?}");
        };
        let json = b" {\"message\":\"x\"}";
        check(json, Some(Body::Json(Cow::Borrowed(json))));
        // What zlib makes of `{"message":"x"}`.
        let zlib: &[u8] = &[
            0x78, 0x9c, 0xab, 0x56, 0xca, 0x4d, 0x2d, 0x2e, 0x4e, 0x4c, 0x4f, 0x55, 0xb2, 0x52,
            0xaa, 0x50, 0xaa, 0x05, 0x00, 0x27, 0xdd, 0x05, 0x24,
        ];
        check(zlib, Some(Body::Zlib(Cow::Borrowed(zlib))));
        let text = b"eJyrVspNLS5OTE9VslKqUKoFACfdBSQ=";
        check(text, Some(Body::Zlib(Cow::Borrowed(zlib))));
        check(b"eJyrVspNLS5OTE9V\r\nslKqUKoFACfdBSQ\n", Some(Body::Zlib(Cow::Borrowed(zlib))));
        check(b"eyJhIjoxfQ", Some(Body::Json(Cow::Borrowed(b"{\"a\":1}"))));
        check(b"\x1f\x8b\x08\0", Some(Body::Gzip(Cow::Borrowed(b"\x1f\x8b\x08\0"))));
        for body in [&b""[..], b"hello", b"[1]", b"aGVsbG8=", b"sentry_data=x", b"\xff\xfe", b"e"] {
            check(body, None);
        }
    }
}
