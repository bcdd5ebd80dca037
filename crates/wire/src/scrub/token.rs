//! Tokens that are known by their shape: what issuers put in front of them.
//!
//! Invariant: a prefix counts only where a word begins, and only with a body as long as the issuer
//! makes it, so that names which look alike stay.

use std::ops::Range;

use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::look::{Table, family};

#[derive(Clone, Copy)]
enum Body {
    /// Letters and digits.
    Alphanumeric,
    /// Letters, digits and `_`.
    Word,
    /// Letters, digits, `_` and `-`.
    Url,
    /// Letters, digits, `_`, `-` and `.`.
    Dotted,
    /// Capital letters and digits.
    Capital,
}

impl Body {
    fn has(self, byte: u8) -> bool {
        match self {
            Self::Alphanumeric => byte.is_ascii_alphanumeric(),
            Self::Word => byte.is_ascii_alphanumeric() || byte == b'_',
            Self::Url => is_url_safe(byte),
            Self::Dotted => is_url_safe(byte) || byte == b'.',
            Self::Capital => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
        }
    }
}

fn is_url_safe(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

struct Shape {
    prefix: &'static str,
    body: Body,
    /// Bytes of the body.
    bytes_min: usize,
}

const fn shape(prefix: &'static str, body: Body, bytes_min: usize) -> Shape {
    Shape { prefix, body, bytes_min }
}

#[rustfmt::skip]
const SHAPES: &[Shape] = &[
    shape("AKIA", Body::Capital, 16), // AWS, long-lived and temporary
    shape("ASIA", Body::Capital, 16),
    shape("ghp_", Body::Alphanumeric, 30), // GitHub
    shape("gho_", Body::Alphanumeric, 30),
    shape("ghu_", Body::Alphanumeric, 30),
    shape("ghs_", Body::Dotted, 30),
    shape("ghr_", Body::Alphanumeric, 30),
    shape("github_pat_", Body::Word, 22),
    shape("glpat-", Body::Dotted, 20), // GitLab
    shape("gldt-", Body::Url, 20),
    shape("glrt-", Body::Dotted, 20),
    shape("glcbt-", Body::Url, 20),
    shape("glptt-", Body::Url, 20),
    shape("glft-", Body::Url, 20),
    shape("glsoat-", Body::Url, 20),
    shape("xoxb-", Body::Url, 10), // Slack
    shape("xoxp-", Body::Url, 10),
    shape("xoxa-", Body::Url, 10),
    shape("xoxr-", Body::Url, 10),
    shape("xoxs-", Body::Url, 10),
    shape("xoxe-", Body::Url, 10),
    shape("xoxe.xoxp-", Body::Url, 10),
    shape("xapp-", Body::Url, 10),
    shape("sk_live_", Body::Alphanumeric, 16), // Stripe
    shape("sk_test_", Body::Alphanumeric, 16),
    shape("rk_live_", Body::Alphanumeric, 16),
    shape("rk_test_", Body::Alphanumeric, 16),
    shape("whsec_", Body::Alphanumeric, 16),
    shape("AIza", Body::Url, 35), // Google
    shape("ya29.", Body::Dotted, 20),
    shape("GOCSPX-", Body::Url, 20),
    shape("npm_", Body::Alphanumeric, 36),
    shape("pypi-", Body::Url, 40),
    shape(AMBIGUOUS, Body::Url, 20), // OpenAI, Anthropic
    shape("hf_", Body::Alphanumeric, 30), // Hugging Face
    shape("dop_v1_", Body::Alphanumeric, 64), // DigitalOcean
    shape("shpat_", Body::Alphanumeric, 32), // Shopify
    shape("shpss_", Body::Alphanumeric, 32),
    shape("SG.", Body::Dotted, 40), // SendGrid
    shape("hvs.", Body::Url, 24), // Vault
    shape("glsa_", Body::Word, 32), // Grafana
    shape("sntrys_", Body::Word, 32), // Sentry
    shape("sntryu_", Body::Word, 32),
    shape("pls_", Body::Word, 64), // ours
];

/// A prefix so short that a body without digits is taken for words.
const AMBIGUOUS: &str = "sk-";

/// The beginning of `{"` in base64, as JSON web tokens have it.
const WEB_TOKEN: &str = "eyJ";

/// Longest text after `Basic` that is decoded.
const BASIC_BYTES_MAX: usize = 1 << 10;

/// Tells the table what begins a token.
pub(super) fn add_to(table: &mut Table) {
    for prefix in SHAPES.iter().map(|shape| shape.prefix).chain([WEB_TOKEN]) {
        let Some(&tail) = prefix.as_bytes().last_chunk() else { continue };
        table.add_tail(family_of(tail[2]), tail);
    }
    table.add(family::SCHEME, [b"bB", b"eEaA", b"aAsS"]);
    table.add(family::PEM, [b"-", b"-", b"B"]);
}

fn family_of(last: u8) -> u16 {
    match last {
        b'_' => family::UNDERSCORED,
        b'-' => family::DASHED,
        b'.' => family::DOTTED,
        _ => family::LETTERED,
    }
}

/// The token whose prefix ends with the byte at `at`.
pub(super) fn after_prefix(text: &[u8], at: usize) -> Option<Range<usize>> {
    let body = at + 1;
    let before = &text[..body];
    if before.ends_with(WEB_TOKEN.as_bytes()) {
        return web_token(text, body - WEB_TOKEN.len());
    }
    let tail: &[u8; 3] = before.last_chunk()?;
    let begins = |shape: &&Shape| {
        if shape.prefix.as_bytes().last_chunk() != Some(tail)
            || !before.ends_with(shape.prefix.as_bytes())
        {
            return false;
        }
        let start = body - shape.prefix.len();
        // Bodies of this one may hold its prefix, which must not begin others.
        let is_ambiguous = shape.prefix == AMBIGUOUS;
        if is_ambiguous { begins_url_part(text, start) } else { is_word_start(text, start) }
    };
    let shape = SHAPES.iter().rev().find(begins)?;
    let length = text[body..].iter().take_while(|&&byte| shape.body.has(byte)).count();
    // A full stop after a token is not of it.
    let token = text[body..body + length].trim_ascii_end();
    let dots = token.iter().rev().take_while(|&&byte| byte == b'.').count();
    let token = &token[..token.len() - dots];
    let is_whole = !matches!(shape.body, Body::Capital) || {
        token.len() == shape.bytes_min && text.get(body + length).is_none_or(|&b| !is_url_safe(b))
    };
    let found = token.len() >= shape.bytes_min
        && is_whole
        && (shape.prefix != AMBIGUOUS || token.iter().any(u8::is_ascii_digit));
    found.then(|| body - shape.prefix.len()..body + token.len())
}

fn is_word_start(text: &[u8], at: usize) -> bool {
    at == 0 || !text[at - 1].is_ascii_alphanumeric()
}

fn begins_url_part(text: &[u8], at: usize) -> bool {
    at == 0 || !is_url_safe(text[at - 1])
}

/// A JSON web token: a header, what it claims, and mostly a signature.
fn web_token(text: &[u8], start: usize) -> Option<Range<usize>> {
    const PARTS_MAX: usize = 5;
    const HEADER_BYTES_MIN: usize = 12;
    if !begins_url_part(text, start) {
        return None;
    }
    let part = |from: usize| from + text[from..].iter().take_while(|&&b| is_url_safe(b)).count();
    let header = part(start);
    if header - start < HEADER_BYTES_MIN || text.get(header) != Some(&b'.') {
        return None;
    }
    let (mut end, mut parts) = (header, 1);
    while parts < PARTS_MAX && text.get(end) == Some(&b'.') {
        let next = part(end + 1);
        // Without a signature, or encrypted without a key, a part is empty.
        if next == end + 1 && parts == 1 && text.get(next) != Some(&b'.') {
            break;
        }
        (end, parts) = (next, parts + 1);
    }
    let claims = text.get(header + 1..end)?;
    (parts >= 3 || claims.starts_with(WEB_TOKEN.as_bytes())).then_some(start..end)
}

/// What follows `Bearer` or `Basic`, whose third letter is at `at`.
pub(super) fn after_scheme(text: &[u8], at: usize) -> Option<Range<usize>> {
    let start = at.checked_sub(2)?;
    if !is_word_start(text, start) {
        return None;
    }
    let is_bearer = has_word(text, start, b"bearer");
    if !is_bearer && !has_word(text, start, b"basic") {
        return None;
    }
    let word_end = start + if is_bearer { 6 } else { 5 };
    let spaces = text[word_end..].iter().take_while(|&&byte| byte == b' ').count();
    if spaces == 0 {
        return None;
    }
    let from = word_end + spaces;
    let is_part = |byte: u8| is_url_safe(byte) || b".~+/=".contains(&byte);
    let length = text[from..].iter().take_while(|&&byte| is_part(byte)).count();
    let value = &text[from..from + length];
    let dots = value.iter().rev().take_while(|&&byte| byte == b'.').count();
    let value = &value[..length - dots];
    let found = if is_bearer { is_bearer_token(value) } else { is_basic(value) };
    found.then_some(from..from + value.len())
}

fn has_word(text: &[u8], at: usize, word: &[u8]) -> bool {
    text.get(at..at + word.len()).is_some_and(|found| found.eq_ignore_ascii_case(word))
}

/// Whether a word after `Bearer` is no word of a language.
fn is_bearer_token(value: &[u8]) -> bool {
    const WORD_BYTES_MAX: usize = 20;
    if value.len() < 6 {
        return false;
    }
    let rest = value.iter().skip(1);
    value.len() > WORD_BYTES_MAX
        || value.iter().any(u8::is_ascii_digit)
        || rest.clone().any(u8::is_ascii_uppercase) && rest.clone().any(u8::is_ascii_lowercase)
        || value.iter().any(|byte| b"._~+/".contains(byte))
}

/// Whether base64 holds a name, a colon and a password.
fn is_basic(value: &[u8]) -> bool {
    const ENGINE: GeneralPurpose = GeneralPurpose::new(
        &base64::alphabet::STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::Indifferent)
            .with_decode_allow_trailing_bits(true),
    );
    let whole = value.len().min(BASIC_BYTES_MAX);
    let start = if whole == value.len() { value } else { &value[..whole / 4 * 4] };
    let decoded = ENGINE.decode(start).unwrap_or_default();
    decoded.contains(&b':') && decoded.iter().all(|&byte| byte >= b' ')
}

/// A private key in PEM, whose `BEGIN` begins at `at`.
pub(super) fn private_key(text: &[u8], at: usize) -> Option<Range<usize>> {
    const DASHES: &[u8] = b"-----";
    const LABEL_BYTES_MAX: usize = 48;
    let start = at.checked_sub(DASHES.len())?;
    if !text[start..].starts_with(b"-----BEGIN ") {
        return None;
    }
    let label = start + b"-----BEGIN ".len();
    let head = &text[label..text.len().min(label + LABEL_BYTES_MAX)];
    let label_end = label + position(head, DASHES)?;
    position(&text[label..label_end], b"PRIVATE KEY")?;
    let body = label_end + DASHES.len();
    let end = position(&text[body..], b"-----END ").and_then(|end| {
        let label = body + end + b"-----END ".len();
        Some(label + position(&text[label..], DASHES)? + DASHES.len())
    });
    Some(start..end.unwrap_or(text.len()))
}

fn position(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}
