//! JSON answers: with an `ETag`, so that a page that asks again for what did not change gets a few
//! bytes.

use std::hash::{DefaultHasher, Hasher as _};
use std::marker::PhantomData;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use plimsoll_model::ErrorCode;
use serde::Serialize;
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterIn};

use super::Params;
use crate::page::is_unchanged;
use crate::problem::Problem;

/// What a handler answers.
pub(super) type Answer = Result<Response<Body>, Problem>;

/// `value` as JSON, or 304 where the caller has it already.
pub(super) fn json(headers: &HeaderMap, value: &impl Serialize) -> Answer {
    let body = serde_json::to_vec(value).map_err(Problem::internal)?;
    json_bytes(headers, body)
}

/// JSON text, or 304 where the caller has it already.
pub(super) fn json_bytes(headers: &HeaderMap, body: Vec<u8>) -> Answer {
    check_accept(headers)?;
    // Not secret and not for ever: 64 bits tell two versions of one address apart.
    let mut hasher = DefaultHasher::new();
    hasher.write(&body);
    let etag = HeaderValue::from_str(&format!("W/\"{:016x}\"", hasher.finish()))
        .map_err(Problem::internal)?;
    let unchanged = is_unchanged(headers, &etag);
    let mut response = Response::new(Body::empty());
    let out = response.headers_mut();
    out.insert(header::ETAG, etag);
    // Kept by the browser that asked, and asked about again before each use.
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    out.insert(header::VARY, HeaderValue::from_static("cookie, authorization"));
    if unchanged {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return Ok(response);
    }
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    *response.body_mut() = Body::from(body);
    Ok(response)
}

/// Refuses callers that say they do not read JSON.
fn check_accept(headers: &HeaderMap) -> Result<(), Problem> {
    let mut values = headers.get_all(header::ACCEPT).iter().peekable();
    if values.peek().is_none() {
        return Ok(());
    }
    let reads_json = values.filter_map(|value| value.to_str().ok()).any(|value| {
        value.split(',').any(|range| {
            let mut parts = range.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default().to_ascii_lowercase();
            let refused = parts.any(|part| matches!(part, "q=0" | "q=0.0"));
            matches!(name.as_str(), "*/*" | "application/*" | "application/json") && !refused
        })
    });
    match reads_json {
        true => Ok(()),
        false => Err(Problem::new(
            ErrorCode::UnsupportedMediaType,
            "the Accept header excludes application/json, which is all there is here",
        )
        .location("header accept")
        .hint("send Accept: application/json, or none")),
    }
}

/// The parameters of `A` and of `B`.
pub(super) struct Both<A, B>(PhantomData<(A, B)>);

impl<A: IntoParams, B: IntoParams> IntoParams for Both<A, B> {
    fn into_params(place: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let mut parameters = A::into_params(&place);
        parameters.extend(B::into_params(&place));
        parameters
    }
}

/// The names of the parameters that `P` documents are the ones that are known.
pub(super) fn only<P: IntoParams>(params: &Params) -> Result<(), Problem> {
    let known = P::into_params(|| Some(ParameterIn::Query));
    let names: Vec<&str> = known.iter().map(|parameter| parameter.name.as_str()).collect();
    params.only(&names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(header::HeaderName, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap()))
            .collect()
    }

    #[test]
    fn what_did_not_change_is_not_sent_again() {
        let first = json(&HeaderMap::new(), &[1, 2]).unwrap();
        let etag = first.headers()[header::ETAG].to_str().unwrap().to_owned();
        let again = json(&headers(&[(header::IF_NONE_MATCH, &etag)]), &[1, 2]).unwrap();
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        let changed = json(&headers(&[(header::IF_NONE_MATCH, &etag)]), &[1, 3]).unwrap();
        assert_eq!(changed.status(), StatusCode::OK);
    }

    #[test]
    fn callers_who_do_not_read_json_are_told() {
        for (accept, expected) in [
            ("application/json", true),
            ("text/html, application/xhtml+xml, */*;q=0.8", true),
            ("application/*", true),
            ("text/html", false),
            ("application/json;q=0", false),
        ] {
            let answer = json(&headers(&[(header::ACCEPT, accept)]), &1);
            assert_eq!(answer.is_ok(), expected, "{accept}");
        }
    }
}
