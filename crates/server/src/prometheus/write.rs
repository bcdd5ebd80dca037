//! Remote write, 1.0 and 2.0.
//!
//! Status codes as the specification has them: 204 where all was kept, 400 where something of it never will
//! be (the rest is kept), 415 for what is not spoken here, 429 and 503 to come back.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use plimsoll_model::ErrorCode;
use plimsoll_model::batch::RecordKind;
use plimsoll_wire::prometheus::RemoteWrite;

use crate::app::App;
use crate::ingest::{Compression, Encoding, Written, read_body, write_remote};
use crate::problem::Problem;

/// Takes a remote write: protobuf of 1.0 or 2.0, compressed with snappy or zstd.
#[utoipa::path(post, path = "/prometheus/api/v1/write", tag = "prometheus",
    operation_id = "remote_write",
    request_body(content = Vec<u8>, content_type = "application/x-protobuf"),
    responses(
        (status = 204, description = "Durable and queryable"),
        (status = 400, description = "Some or all of it will never be kept; the body says why"),
        (status = 415, description = "Another content type or encoding"),
        (status = 429, description = "Come back after the delay"),
    ))]
pub(super) async fn write(State(app): State<Arc<App>>, request: Request) -> Response<Body> {
    match try_write(&app, request).await {
        Ok((version, written)) => answer(version, &written),
        Err(problem) => problem.into_response(),
    }
}

async fn try_write(app: &Arc<App>, request: Request) -> Result<(RemoteWrite, Written), Problem> {
    let (head, body) = request.into_parts();
    let spoken = version(&head.headers).and_then(|v| Ok((v, compression(&head.headers)?)));
    let spoken = spoken.inspect_err(|problem| {
        app.ingest.refused(RecordKind::Columns, problem);
    });
    let (version, compression) = spoken?;
    let received = read_body(&app.ingest, RecordKind::Columns, &head, body, Encoding::Zstd).await?;
    Ok((version, write_remote(&app.ingest, version, compression, received).await?))
}

/// Which message the body is, by its content type: 1.0 where it does not say.
fn version(headers: &HeaderMap) -> Result<RemoteWrite, Problem> {
    let text = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    let text = String::from_utf8_lossy(&text[..text.len().min(200)]).to_ascii_lowercase();
    let (essence, parameters) = text.split_once(';').unwrap_or((&text, ""));
    let proto = parameters
        .split(';')
        .filter_map(|parameter| parameter.trim().strip_prefix("proto="))
        .map(|proto| proto.trim_matches('"').to_owned())
        .next();
    match (essence.trim(), proto.as_deref()) {
        ("application/x-protobuf" | "", None | Some("prometheus.writerequest")) => {
            Ok(RemoteWrite::V1)
        }
        ("application/x-protobuf", Some("io.prometheus.write.v2.request")) => Ok(RemoteWrite::V2),
        _ => Err(unsupported(
            "content-type",
            format!("content type {text:?} is not spoken here, expected application/x-protobuf"),
        )),
    }
}

fn compression(headers: &HeaderMap) -> Result<Compression, Problem> {
    let text = headers.get(header::CONTENT_ENCODING).map(HeaderValue::as_bytes);
    match text.unwrap_or(b"snappy").trim_ascii().to_ascii_lowercase().as_slice() {
        b"snappy" => Ok(Compression::Snappy),
        b"zstd" => Ok(Compression::Zstd),
        other => {
            let other = String::from_utf8_lossy(&other[..other.len().min(40)]).into_owned();
            let problem = format!("encoding {other:?} is not spoken here, expected snappy or zstd");
            Err(unsupported("content-encoding", problem))
        }
    }
}

fn unsupported(header: &str, problem: String) -> Problem {
    Problem::new(ErrorCode::UnsupportedMediaType, problem).location(format!("header {header}"))
}

fn answer(version: RemoteWrite, written: &Written) -> Response<Body> {
    let mut response = match written.message.is_empty() || written.rejected == 0 {
        true => StatusCode::NO_CONTENT.into_response(),
        false => {
            let detail = format!(
                "{} of {} samples are not kept: {}",
                written.rejected,
                written.rejected + written.samples,
                written.message
            );
            Problem::new(ErrorCode::InvalidArgument, detail)
                .hint("all others are kept; do not send the same request again")
                .into_response()
        }
    };
    if version == RemoteWrite::V2 {
        for (name, count) in [
            ("samples", written.samples - written.histograms),
            ("histograms", written.histograms),
            ("exemplars", written.exemplars),
        ] {
            let name = format!("x-prometheus-remote-write-{name}-written");
            if let Ok(name) = HeaderName::try_from(name) {
                response.headers_mut().insert(name, HeaderValue::from(count));
            }
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_and_encodings_are_told_by_headers() {
        let headers = |kind: &'static str, encoding: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
            headers
        };
        for (kind, expected) in [
            ("application/x-protobuf", Some(RemoteWrite::V1)),
            ("application/x-protobuf;proto=prometheus.WriteRequest", Some(RemoteWrite::V1)),
            ("application/x-protobuf;proto=io.prometheus.write.v2.Request", Some(RemoteWrite::V2)),
            ("application/x-protobuf;proto=io.prometheus.write.v3.Request", None),
            ("text/plain", None),
        ] {
            assert_eq!(version(&headers(kind, "snappy")).ok(), expected, "{kind}");
        }
        let encoding = |text| compression(&headers("", text)).ok();
        assert_eq!(encoding("snappy"), Some(Compression::Snappy));
        assert_eq!(encoding("zstd"), Some(Compression::Zstd));
        assert_eq!(encoding("gzip"), None);
    }
}
