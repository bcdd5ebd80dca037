//! A summary of what is collected, for viewers.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use plimsoll_query::{Collected, MetricSummary};
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::{Answer, json};
use super::{Params, query_problem};
use crate::app::App;
use crate::own_metrics::Process;

/// What is collected, and what it takes.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Summary {
    /// Table by table.
    signals: Vec<SignalSummary>,
    /// Since the start of the server.
    ingest: IngestSummary,
    /// Series of all metrics.
    series: u64,
    /// Every metric.
    metrics: Vec<MetricSummary>,
    memory: MemorySummary,
    disk: DiskSummary,
}

/// One table of the store.
#[derive(Debug, Serialize, ToSchema)]
struct SignalSummary {
    table: String,
    /// Rows not yet in a file.
    rows_buffered: u64,
    rows_on_disk: u64,
    bytes_buffered: u64,
    bytes_on_disk: u64,
    files: u64,
    /// The earliest row.
    oldest: Option<String>,
    /// The latest row.
    newest: Option<String>,
}

/// Requests to the OTLP endpoints.
#[derive(Debug, Serialize, ToSchema)]
struct IngestSummary {
    /// Requests acknowledged.
    requests: u64,
    /// Spans, log records and data points kept.
    items: u64,
    /// Items of acknowledged requests that were not kept.
    rejected: u64,
    /// Requests told to come back.
    refused: u64,
    /// Requests that were wrong.
    failed: u64,
    /// Bytes acknowledged, as sent.
    bytes: u64,
}

/// The process's memory.
#[derive(Debug, Serialize, ToSchema)]
struct MemorySummary {
    budget_bytes: u64,
    /// Resident memory.
    used_bytes: u64,
}

/// The data folder's file system.
#[derive(Debug, Serialize, ToSchema)]
struct DiskSummary {
    /// Bytes of all files of all tables.
    used_bytes: u64,
    free_bytes: u64,
    /// The budget; null where there is none.
    budget_bytes: Option<u64>,
}

/// A summary of what is collected.
#[utoipa::path(get, path = "/api/v1/monitoring/metrics", tag = "monitoring",
    operation_id = "metrics_summary",
    responses((status = 200, description = "The summary", body = Summary)))]
pub(super) async fn metrics(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    params: Params,
) -> Answer {
    params.only(&[])?;
    let collected = app.engine.collected().await.map_err(query_problem)?;
    json(&headers, &summary(&app, collected))
}

fn summary(app: &App, collected: Collected) -> Summary {
    let stats = app.store.stats();
    let counters = app.ingest.counters();
    let signals: Vec<_> = stats
        .tables
        .iter()
        .map(|table| (table, collected.tables.iter().find(|found| found.table == table.table)))
        .map(|(table, times)| SignalSummary {
            table: table.table.to_owned(),
            rows_buffered: table.rows_buffered,
            rows_on_disk: table.rows_on_disk,
            bytes_buffered: table.bytes_buffered,
            bytes_on_disk: table.bytes_on_disk,
            files: table.files,
            oldest: times.and_then(|times| times.oldest.clone()),
            newest: times.and_then(|times| times.newest.clone()),
        })
        .collect();
    Summary {
        ingest: IngestSummary {
            requests: counters.sum(|signal| &signal.requests),
            items: counters.sum(|signal| &signal.items),
            rejected: counters.sum(|signal| &signal.rejected),
            refused: counters.sum(|signal| &signal.refused),
            failed: counters.sum(|signal| &signal.failed),
            bytes: counters.sum(|signal| &signal.bytes),
        },
        series: collected.series,
        metrics: collected.metrics,
        memory: MemorySummary {
            budget_bytes: app.config.memory.total_bytes,
            used_bytes: Process::read().resident_bytes,
        },
        disk: DiskSummary {
            used_bytes: signals.iter().map(|signal| signal.bytes_on_disk).sum(),
            free_bytes: stats.disk_free_bytes,
            budget_bytes: app.config.retention.disk_bytes_max,
        },
        signals,
    }
}
