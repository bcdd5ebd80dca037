//! Receiving telemetry: OTLP over HTTP and over gRPC, on every port that takes it.
//!
//! Invariants: both protocols go through [`pipeline::Ingest::accept`]; whoever refuses, the sender
//! is answered in its own protocol.

mod admission;
mod body;
mod counters;
mod grpc;
mod http;
mod inflate;
mod pipeline;
mod prometheus;

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::Response;
use axum::middleware::Next;
use axum::response::IntoResponse;
use plimsoll_model::batch::RecordKind;

pub(crate) use admission::Charge;
pub(crate) use body::Received;
pub(crate) use inflate::{Encoding, inflate};

use crate::problem::{self, Problem};

pub(crate) use counters::{KINDS, Signal};
pub(crate) use grpc::{METHODS as GRPC_METHODS, is_grpc};
pub(crate) use pipeline::{Ingest, append_problem};
pub(crate) use prometheus::{Compression, Written, write_remote};

/// The paths of OTLP/HTTP.
pub(crate) const HTTP_PATHS: [(&str, RecordKind); 3] = [
    ("/v1/traces", RecordKind::OtlpTraces),
    ("/v1/metrics", RecordKind::OtlpMetrics),
    ("/v1/logs", RecordKind::OtlpLogs),
];

/// Answers one OTLP/HTTP request.
pub(crate) async fn export_http(
    ingest: Arc<Ingest>,
    kind: RecordKind,
    request: Request,
) -> Response<Body> {
    http::export(ingest, kind, request).await.into_response()
}

/// Answers one OTLP/gRPC call.
pub(crate) async fn export_grpc(
    ingest: Arc<Ingest>,
    kind: RecordKind,
    request: Request,
) -> Response<Body> {
    grpc::export(ingest, kind, request).await.into_response()
}

/// Reads the body of a request of another protocol, or refuses it.
pub(crate) async fn read_body(
    ingest: &Ingest,
    kind: RecordKind,
    head: &axum::http::request::Parts,
    body: Body,
    encoding: Encoding,
) -> Result<body::Received, Problem> {
    http::read_body(ingest, kind, head, body, encoding).await
}

/// Middleware around the OTLP routes: whatever refused a request, access included, its sender
/// hears it in its own protocol.
pub(crate) async fn answer_in_kind(request: Request, next: Next) -> Response<Body> {
    if is_grpc(request.headers()) {
        return grpc::answer_problem(problem::from_bare(next.run(request).await));
    }
    let format = http::refusal_format(request.headers());
    http::answer_problem(format, problem::from_bare(next.run(request).await))
}

/// The answer to a gRPC call of an unknown method.
pub(crate) fn unknown_grpc_method(path: &str) -> Response<Body> {
    grpc::unknown_method(path)
}
