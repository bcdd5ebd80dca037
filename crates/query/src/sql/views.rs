//! Views for people: readable times, hex ids, names for numbers. Their SQL is ours, constant, and
//! part of `docs/sql.md`.

use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::datasource::ViewTable;
use datafusion::execution::session_state::SessionState;

use super::error;
use crate::QueryError;

/// A view and its definition.
pub(super) struct View {
    pub(super) name: &'static str,
    sql: &'static str,
}

impl View {
    pub(super) async fn plan(
        &self,
        state: &SessionState,
    ) -> Result<Arc<dyn TableProvider>, QueryError> {
        let plan = state.create_logical_plan(self.sql).await.map_err(error::from)?;
        Ok(Arc::new(ViewTable::new(plan, Some(self.sql.to_owned()))))
    }
}

/// All views.
pub(super) const ALL: [View; 5] = [
    View {
        name: "spans_readable",
        sql: "SELECT to_time(time_unix_nano) AS time, \
              duration_nano / 1e6 AS duration_ms, \
              hex(trace_id) AS trace_id, hex(span_id) AS span_id, \
              hex(parent_span_id) AS parent_span_id, \
              service_name, name, \
              CASE kind WHEN 1 THEN 'internal' WHEN 2 THEN 'server' WHEN 3 THEN 'client' \
              WHEN 4 THEN 'producer' WHEN 5 THEN 'consumer' ELSE 'unspecified' END AS kind, \
              CASE status_code WHEN 1 THEN 'ok' WHEN 2 THEN 'error' ELSE 'unset' END AS status, \
              status_message, deployment_environment, service_version, \
              http_request_method, http_route, http_response_status_code, url_path, \
              rpc_service, rpc_method, db_system_name, db_operation_name, db_collection_name, \
              db_query_text, messaging_destination_name, error_type, \
              attributes_string, attributes_int, attributes_double, attributes_bool, \
              attributes_json, resource, scope_name, date \
              FROM spans",
    },
    View {
        name: "logs_readable",
        sql: "SELECT to_time(time_unix_nano) AS time, \
              CASE WHEN severity_number >= 21 THEN 'fatal' WHEN severity_number >= 17 THEN 'error' \
              WHEN severity_number >= 13 THEN 'warn' WHEN severity_number >= 9 THEN 'info' \
              WHEN severity_number >= 5 THEN 'debug' WHEN severity_number >= 1 THEN 'trace' \
              ELSE 'unspecified' END AS severity, \
              service_name, body, hex(trace_id) AS trace_id, hex(span_id) AS span_id, \
              event_name, exception_type, exception_message, exception_stacktrace, \
              deployment_environment, service_version, \
              attributes_string, attributes_int, attributes_double, attributes_bool, \
              attributes_json, resource, scope_name, date \
              FROM logs",
    },
    View {
        name: "errors_readable",
        sql: "SELECT to_time(time_unix_nano) AS time, level, service_name, exception_type, message, \
              culprit, count, service_version AS release, deployment_environment AS environment, \
              user_id, transaction, handled, hex(event_id) AS event_id, \
              hex(trace_id) AS trace_id, hex(span_id) AS span_id, source, platform, logger, tags, \
              exceptions, document, fingerprint, variant, date \
              FROM errors",
    },
    View {
        name: "series_distinct",
        sql: "SELECT series_id, max(metric) AS metric, max(type) AS type, max(unit) AS unit, \
              max(description) AS description, max(temporality) AS temporality, \
              bool_or(monotonic) AS monotonic, max(service_name) AS service_name, \
              max(attributes) AS attributes \
              FROM series GROUP BY series_id",
    },
    View {
        name: "samples_readable",
        sql: "SELECT to_time(samples.time_unix_nano) AS time, s.metric, s.service_name, \
              samples.value, s.unit, s.type, s.attributes, samples.series_id, samples.date \
              FROM samples JOIN (SELECT series_id, max(metric) AS metric, \
              max(service_name) AS service_name, max(unit) AS unit, max(type) AS type, \
              max(attributes) AS attributes FROM series GROUP BY series_id) AS s \
              ON samples.series_id = s.series_id",
    },
];
