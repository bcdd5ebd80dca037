//! The web page: files built into the binary, compressed once, cached for ever where their names
//! carry a hash.
//!
//! Invariants: nothing is read from disk at run time; a path without a file answers the page itself
//! (its router takes it from there) to whom takes HTML, unless it is under `/api` or is where files
//! are: in `/assets`, or beside the page. Names further down are data, such as a service `app.js`.

use std::borrow::Cow;
use std::io::Write as _;
use std::sync::{Arc, OnceLock};

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, Uri, header};
use axum::response::IntoResponse;
use bytes::Bytes;
use rust_embed::RustEmbed;

use crate::problem::not_found;

#[derive(RustEmbed)]
#[folder = "../../ui/dist"]
#[allow_missing = true]
struct Files;

/// Names under this folder carry a hash of their content.
const HASHED: &str = "assets/";

/// What a binary without the page says.
const WITHOUT_PAGE: &str = include_str!("page/missing.html");
const WITHOUT_PAGE_STYLE: &str = include_str!("page/missing.css");

/// One file, ready to send.
struct File {
    content_type: &'static str,
    etag: HeaderValue,
    cache_control: &'static str,
    plain: Bytes,
    /// Smaller than `plain`, or absent.
    gzip: Option<Bytes>,
}

/// The files by path, sorted. Compressing them all takes a moment, so each waits for its first
/// reader.
type Slots = Vec<(Cow<'static, str>, OnceLock<Arc<File>>)>;

fn slots() -> &'static Slots {
    static SLOTS: OnceLock<Slots> = OnceLock::new();
    SLOTS.get_or_init(|| {
        let mut slots: Slots = Files::iter().map(|path| (path, OnceLock::new())).collect();
        slots.sort_by(|a, b| a.0.cmp(&b.0));
        slots
    })
}

fn file(path: &str) -> Option<Arc<File>> {
    let slots = slots();
    let index = slots.binary_search_by(|(name, _)| name.as_ref().cmp(path)).ok()?;
    let (name, slot) = &slots[index];
    if slot.get().is_none() {
        let loaded = Arc::new(load(name)?);
        // Another reader may have been first; both loaded the same bytes.
        let _ = slot.set(loaded);
    }
    slot.get().cloned()
}

fn load(path: &str) -> Option<File> {
    let embedded = Files::get(path)?;
    let hash = embedded.metadata.sha256_hash();
    let tag: String = hash[..12].iter().map(|byte| format!("{byte:02x}")).collect();
    let content_type = content_type(path);
    let plain = match embedded.data {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => Bytes::from(bytes),
    };
    let gzip = if is_compressible(content_type) { gzip(&plain) } else { None };
    let cache_control = match path.starts_with(HASHED) {
        true => "public, max-age=31536000, immutable",
        false => "no-cache",
    };
    let etag = HeaderValue::from_str(&format!("W/\"{tag}\"")).ok()?;
    Some(File { content_type, etag, cache_control, plain, gzip })
}

fn gzip(plain: &[u8]) -> Option<Bytes> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(plain).ok()?;
    let compressed = encoder.finish().ok()?;
    (compressed.len() < plain.len()).then(|| Bytes::from(compressed))
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "woff" => "font/woff",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        _ => "application/octet-stream",
    }
}

fn is_compressible(content_type: &str) -> bool {
    !matches!(content_type, "image/png" | "font/woff2" | "font/woff" | "application/octet-stream")
}

/// Whether the page was there when this binary was built.
pub(crate) fn is_built_in() -> bool {
    Files::get("index.html").is_some()
}

/// Answers `GET` and `HEAD` of a path outside the API.
pub(crate) fn serve(uri: &Uri, headers: &HeaderMap) -> Response<Body> {
    let path = uri.path().trim_start_matches('/');
    if let Some(file) = file(if path.is_empty() { "index.html" } else { path }) {
        return send(&file, headers);
    }
    if path == "missing.css" {
        return text("text/css; charset=utf-8", WITHOUT_PAGE_STYLE);
    }
    if !is_view(path) || !accepts_html(headers) {
        return not_found().into_response();
    }
    match file("index.html") {
        Some(file) => send(&file, headers),
        None => text("text/html; charset=utf-8", WITHOUT_PAGE),
    }
}

/// Folders in which there are no views of the page.
const NOT_VIEWS: [&str; 4] = [HASHED, "api/", "v1/", ".well-known/"];

/// Whether the page's router may know this path. A missing file must not be answered with a page.
fn is_view(path: &str) -> bool {
    let is_beside_page = !path.contains('/') && is_file_name(path);
    !is_beside_page && path != "api" && !NOT_VIEWS.iter().any(|folder| path.starts_with(folder))
}

/// Whether `Accept` takes HTML; without one everything is taken.
fn accepts_html(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(header::ACCEPT).iter().peekable();
    values.peek().is_none()
        || values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).any(
            |item| {
                let kind = item.split(';').next().unwrap_or_default().trim();
                matches!(kind.to_ascii_lowercase().as_str(), "text/html" | "text/*" | "*/*")
            },
        )
}

fn is_file_name(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, extension)| {
        matches!(
            extension,
            "js" | "mjs"
                | "css"
                | "map"
                | "svg"
                | "png"
                | "ico"
                | "woff"
                | "woff2"
                | "json"
                | "txt"
        )
    })
}

fn send(file: &File, headers: &HeaderMap) -> Response<Body> {
    let gzip = file.gzip.as_ref().filter(|_| accepts_gzip(headers));
    let mut response = Response::new(Body::empty());
    let out = response.headers_mut();
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static(file.content_type));
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static(file.cache_control));
    out.insert(header::ETAG, file.etag.clone());
    if file.gzip.is_some() {
        out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    }
    if is_unchanged(headers, &file.etag) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return response;
    }
    if gzip.is_some() {
        out.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    *response.body_mut() = Body::from(gzip.unwrap_or(&file.plain).clone());
    response
}

/// Whether `If-None-Match` names this tag. Weak comparison, as RFC 9110 asks for it.
pub(crate) fn is_unchanged(headers: &HeaderMap, etag: &HeaderValue) -> bool {
    let Some(etag) = etag.to_str().ok().map(|tag| tag.trim_start_matches("W/")) else {
        return false;
    };
    headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok()).any(
        |value| {
            let mut tags = value.split(',').map(|tag| tag.trim().trim_start_matches("W/"));
            tags.any(|tag| tag == "*" || tag == etag)
        },
    )
}

fn accepts_gzip(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT_ENCODING).iter();
    values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).any(|item| {
        let mut parts = item.split(';');
        let name = parts.next().unwrap_or_default().trim();
        let refused =
            parts.any(|part| matches!(part.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000"));
        (name.eq_ignore_ascii_case("gzip") || name == "*") && !refused
    })
}

fn text(content_type: &'static str, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: header::HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn gzip_is_sent_to_those_who_take_it() {
        for (value, expected) in [
            ("gzip, deflate, br", true),
            ("br;q=1.0, GZIP;q=0.8", true),
            ("*", true),
            ("gzip;q=0, *", true),
            ("gzip;q=0", false),
            ("identity", false),
        ] {
            assert_eq!(accepts_gzip(&headers(header::ACCEPT_ENCODING, value)), expected, "{value}");
        }
    }

    #[test]
    fn tags_compare_weakly() {
        let etag = HeaderValue::from_static("W/\"abc\"");
        for (value, expected) in
            [("\"abc\"", true), ("W/\"x\", W/\"abc\"", true), ("*", true), ("\"abcd\"", false)]
        {
            assert_eq!(is_unchanged(&headers(header::IF_NONE_MATCH, value), &etag), expected);
        }
    }

    #[test]
    fn views_get_the_page_and_missing_files_do_not() {
        for (path, status) in [
            ("/", 200),
            ("/services/checkout", 200),
            ("/services/app.js", 200),
            ("/services/checkout-2.7.0.json", 200),
            ("/assets/gone.js", 404),
            ("/assets/", 404),
            ("/gone.js", 404),
            ("/favicon.ico", 404),
            ("/.well-known/security.txt", 404),
            ("/api", 404),
            ("/api/v9/x", 404),
            ("/v1/traces", 404),
        ] {
            let response = serve(&Uri::from_static(path), &HeaderMap::new());
            assert_eq!(response.status(), status, "{path}");
        }
    }

    #[test]
    fn views_are_for_those_who_take_html() {
        for (value, status) in [
            ("text/html,application/xhtml+xml,*/*;q=0.8", 200),
            ("*/*", 200),
            ("TEXT/HTML", 200),
            ("application/json", 404),
            ("image/png, image/*", 404),
        ] {
            let accept = headers(header::ACCEPT, value);
            let response = serve(&Uri::from_static("/services/app.js"), &accept);
            assert_eq!(response.status(), status, "{value}");
        }
    }
}
