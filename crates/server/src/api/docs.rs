//! The OpenAPI document, and a page that shows it. The page is ours and small, and loads nothing
//! from elsewhere.

use std::sync::LazyLock;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response, header};

use super::answer::{Answer, json_bytes};
use super::openapi::document;

static DOCUMENT: LazyLock<String> =
    LazyLock::new(|| document().to_json().expect("the document is plain data"));

/// This document.
#[utoipa::path(get, path = "/api/openapi.json", tag = "docs", operation_id = "openapi", security(()),
    responses((status = 200, description = "The OpenAPI document", body = serde_json::Value)))]
pub(super) async fn openapi(headers: HeaderMap) -> Answer {
    json_bytes(&headers, DOCUMENT.clone().into_bytes())
}

/// A page that shows this document.
#[utoipa::path(get, path = "/api/docs", tag = "docs", operation_id = "docs", security(()),
    responses((status = 200, description = "A page", body = String, content_type = "text/html")))]
pub(super) async fn page() -> Response<Body> {
    text("text/html; charset=utf-8", include_str!("docs/docs.html"))
}

pub(super) async fn script() -> Response<Body> {
    text("text/javascript; charset=utf-8", include_str!("docs/docs.js"))
}

pub(super) async fn style() -> Response<Body> {
    text("text/css; charset=utf-8", include_str!("docs/docs.css"))
}

fn text(content_type: &'static str, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}
