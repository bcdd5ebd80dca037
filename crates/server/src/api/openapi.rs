//! The OpenAPI document, generated from the handlers and the answers' types.
//!
//! Invariant: `tests/golden/openapi.json` is this document; a test says how to update it.

use utoipa::openapi::path::Operation;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, ResponseBuilder};
use utoipa::{Modify, OpenApi};

use super::{
    alerts, cardinality, dashboards, docs, logs, service_map, services, sql, summary, traces,
};
use crate::access::AccessApi;
use crate::health;
use crate::problem::{PROBLEM_JSON, ProblemDocument};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Plimsoll",
        description = "Watch, load, guard and debug a service. Times in requests are RFC 3339, Unix \
            seconds or relative to now (-1h); times in answers are RFC 3339 with nanoseconds, UTC. \
            Lists are paged: pass next_cursor as cursor until it is null.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    tags(
        (name = "monitoring", description = "What was received: traces, logs, services"),
        (name = "dashboards", description = "Dashboards, ready-made and saved"),
        (name = "query", description = "Query languages"),
        (name = "otlp", description = "Receiving telemetry"),
        (name = "auth", description = "Signing in and out"),
        (name = "admin", description = "Tokens and the audit log"),
        (name = "health", description = "For probes and Prometheus"),
        (name = "docs", description = "This document"),
    ),
    security(("token" = []), ("session" = [])),
    paths(
        summary::metrics,
        services::dashboard,
        services::services,
        services::service,
        traces::traces,
        traces::trace,
        logs::logs,
        logs::volume,
        alerts::alerts,
        cardinality::cardinality,
        service_map::service_map,
        dashboards::list,
        dashboards::create,
        dashboards::get,
        dashboards::update,
        dashboards::delete,
        dashboards::versions,
        dashboards::import,
        sql::sql,
        otlp_traces,
        otlp_metrics,
        otlp_logs,
        health::health,
        health::ready,
        health::metrics,
        docs::openapi,
        docs::page,
    ),
    components(schemas(ProblemDocument<'static>)),
    modifiers(&Problems),
)]
struct ServerApi;

/// The document.
#[must_use]
pub fn document() -> utoipa::openapi::OpenApi {
    let mut document = ServerApi::openapi();
    document.merge(AccessApi::openapi());
    document.merge(super::errors::ErrorsApi::openapi());
    document.merge(crate::sentry::SentryApi::openapi());
    document.merge(crate::prometheus::PrometheusApi::openapi());
    Problems.modify(&mut document);
    FormNames.modify(&mut document);
    document
}

/// Says of every operation how it fails: with a problem.
struct Problems;

impl Modify for Problems {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        for item in document.paths.paths.values_mut() {
            let operations =
                [&mut item.get, &mut item.post, &mut item.put, &mut item.delete, &mut item.patch];
            for operation in operations.into_iter().flatten() {
                add_problem(operation);
            }
        }
    }
}

/// Tells a form's operation from that of the same handler with its parameters in the address.
struct FormNames;

impl Modify for FormNames {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        for item in document.paths.paths.values_mut() {
            if let (Some(get), Some(post)) = (&item.get, &mut item.post)
                && get.operation_id == post.operation_id
                && let Some(id) = &mut post.operation_id
            {
                id.push_str("_form");
            }
        }
    }
}

fn add_problem(operation: &mut Operation) {
    let is_otlp = operation
        .tags
        .as_ref()
        .is_some_and(|tags| tags.iter().any(|tag| tag == "otlp" || tag == "sentry"));
    if is_otlp || operation.responses.responses.contains_key("default") {
        return;
    }
    let schema = Ref::from_schema_name("Problem");
    let content = ContentBuilder::new().schema(Some(schema)).build();
    let response = ResponseBuilder::new()
        .description("What was wrong, where, what was expected, what to do next")
        .content(PROBLEM_JSON, content)
        .build();
    operation.responses.responses.insert("default".to_owned(), RefOr::T(response));
}

/// Receives an OTLP `ExportTraceServiceRequest`, in protobuf or JSON, compressed or not.
#[utoipa::path(post, path = "/v1/traces", tag = "otlp", operation_id = "export_traces",
    request_body(content = Vec<u8>, content_type = "application/x-protobuf"),
    responses(
        (status = 200, description = "Durable and queryable; may name rejected items", content_type = "application/x-protobuf", body = Vec<u8>),
        (status = 400, description = "Undecodable; a google.rpc.Status"),
        (status = 413, description = "Too large; send smaller batches"),
        (status = 415, description = "Content type or encoding not spoken here"),
        (status = 429, description = "Out of memory for now; send again after Retry-After"),
        (status = 503, description = "Out of disk or stopping; send again after Retry-After"),
    ))]
#[expect(dead_code, reason = "documents a route whose handler is made from a table")]
fn otlp_traces() {}

/// Receives an OTLP `ExportMetricsServiceRequest`; answers as `/v1/traces` does.
#[utoipa::path(post, path = "/v1/metrics", tag = "otlp", operation_id = "export_metrics",
    request_body(content = Vec<u8>, content_type = "application/x-protobuf"),
    responses((status = 200, description = "Durable and queryable; may name rejected items", content_type = "application/x-protobuf", body = Vec<u8>)))]
#[expect(dead_code, reason = "documents a route whose handler is made from a table")]
fn otlp_metrics() {}

/// Receives an OTLP `ExportLogsServiceRequest`; answers as `/v1/traces` does.
#[utoipa::path(post, path = "/v1/logs", tag = "otlp", operation_id = "export_logs",
    request_body(content = Vec<u8>, content_type = "application/x-protobuf"),
    responses((status = 200, description = "Durable and queryable; may name rejected items", content_type = "application/x-protobuf", body = Vec<u8>)))]
#[expect(dead_code, reason = "documents a route whose handler is made from a table")]
fn otlp_logs() {}

#[cfg(test)]
mod tests {
    use super::*;

    const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/openapi.json");

    #[test]
    fn the_document_is_the_golden_one() {
        let document = document().to_pretty_json().unwrap() + "\n";
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(GOLDEN, &document).unwrap();
        }
        let golden = std::fs::read_to_string(GOLDEN).unwrap_or_default();
        assert!(
            golden == document,
            "the OpenAPI document changed; if that was meant, run \
             UPDATE_GOLDEN=1 cargo test -p plimsoll-server openapi"
        );
    }

    #[test]
    fn every_reference_is_defined() {
        let text = document().to_json().unwrap();
        let schemas = document().components.unwrap().schemas;
        for part in text.split("\"#/components/schemas/").skip(1) {
            let name = part.split('"').next().unwrap();
            assert!(schemas.contains_key(name), "{name}");
        }
    }
}
