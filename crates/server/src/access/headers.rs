//! The security headers on every answer.
//!
//! Invariants: no answer can be framed, sniffed or loaded by another origin; a page may load only
//! what this server serves, and runs no inline script; anything that is no page may load nothing.

use axum::http::header::{self, Entry};
use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// For a page: its own scripts, styles, fonts and pictures, and its own API.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// For everything else: data, to be looked at and not run.
const DATA_POLICY: &str =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const FIXED: [(HeaderName, &str); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
];

/// A year; a browser that saw HTTPS once does not fall back.
const HSTS: &str = "max-age=31536000";

/// Completes the headers of an answer. A content security policy that a handler set, which knows
/// its page better, stays.
pub(super) fn secure(headers: &mut HeaderMap, api: bool, tls: bool) {
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let page = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"text/html"));
    if let Entry::Vacant(policy) = headers.entry(header::CONTENT_SECURITY_POLICY) {
        policy.insert(HeaderValue::from_static(if page { PAGE_POLICY } else { DATA_POLICY }));
    }
    if tls {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HSTS));
    }
    // What the API answers depends on who asks; nobody else's cache may keep it.
    if api && !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}
