//! What the API says of services and of all that is collected.

use serde::Serialize;
use utoipa::ToSchema;

use crate::traces::SlowTrace;

/// All services.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ServiceList {
    /// RFC 3339.
    pub from: String,
    /// RFC 3339.
    pub to: String,
    /// Length of a step of the sparklines.
    pub step_seconds: i64,
    /// Most requests first.
    pub services: Vec<ServiceSummary>,
}

/// A service in a list.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ServiceSummary {
    /// Its name.
    pub name: String,
    /// The version seen last, empty where it has none.
    pub version: String,
    /// The environment seen last, empty where it has none.
    pub environment: String,
    /// How many requests it served.
    pub requests: u64,
    /// The same over the window.
    pub rate_per_second: f64,
    /// How many of them failed.
    pub errors: u64,
    /// Failed of all, 0 to 1.
    pub error_ratio: f64,
    /// Median duration; null without requests.
    pub p50_ms: Option<f64>,
    /// Nine in ten were faster.
    pub p90_ms: Option<f64>,
    /// Ninety-nine in a hundred were faster.
    pub p99_ms: Option<f64>,
    /// When its last span started, RFC 3339.
    pub last_seen: String,
    /// Requests a second, step by step.
    pub sparkline: Vec<f64>,
}

/// One service.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ServiceDetail {
    /// Its name.
    pub name: String,
    /// Versions seen.
    pub versions: Vec<String>,
    /// Environments seen.
    pub environments: Vec<String>,
    /// How many instances were seen.
    pub instances: usize,
    /// RFC 3339.
    pub from: String,
    /// RFC 3339.
    pub to: String,
    /// Length of a step of the series.
    pub step_seconds: i64,
    /// How many requests it served.
    pub requests: u64,
    /// The same over the window.
    pub rate_per_second: f64,
    /// How many of them failed.
    pub errors: u64,
    /// Failed of all, 0 to 1.
    pub error_ratio: f64,
    /// Median duration; null without requests.
    pub p50_ms: Option<f64>,
    /// Nine in ten were faster.
    pub p90_ms: Option<f64>,
    /// Ninety-nine in a hundred were faster.
    pub p99_ms: Option<f64>,
    /// Step by step.
    pub series: ServiceSeries,
    /// Most requests first, 100 at most.
    pub operations: Vec<OperationSummary>,
    /// The slowest requests.
    pub slow_traces: Vec<SlowTrace>,
}

/// A service step by step.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ServiceSeries {
    /// Where each step begins, Unix seconds.
    pub times: Vec<i64>,
    /// Requests a second.
    pub rate: Vec<f64>,
    /// Failed requests a second.
    pub errors: Vec<f64>,
    /// Null without requests, likewise below.
    pub p50_ms: Vec<Option<f64>>,
    /// Nine in ten were faster.
    pub p90_ms: Vec<Option<f64>>,
    /// Ninety-nine in a hundred were faster.
    pub p99_ms: Vec<Option<f64>>,
}

/// What a service is asked for.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct OperationSummary {
    /// The span's name.
    pub name: String,
    /// The span's kind.
    pub kind: &'static str,
    /// How many requests.
    pub requests: u64,
    /// The same over the window.
    pub rate_per_second: f64,
    /// How many of them failed.
    pub errors: u64,
    /// Failed of all, 0 to 1.
    pub error_ratio: f64,
    /// Median duration; null without requests.
    pub p50_ms: Option<f64>,
    /// Nine in ten were faster.
    pub p90_ms: Option<f64>,
    /// Ninety-nine in a hundred were faster.
    pub p99_ms: Option<f64>,
}

/// What an overview page needs.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Dashboard {
    /// RFC 3339.
    pub from: String,
    /// RFC 3339.
    pub to: String,
    /// Length of a step of the series.
    pub step_seconds: i64,
    /// Requests of all services.
    pub requests: RequestTotals,
    /// Failed requests of all services.
    pub errors: ErrorTotals,
    /// Durations of all requests.
    pub latency: LatencyTotals,
    /// Step by step.
    pub series: DashboardSeries,
    /// The slowest requests.
    pub slow_traces: Vec<SlowTrace>,
    /// Most requests first.
    pub services: Vec<ServiceSummary>,
    /// Environments seen.
    pub environments: Vec<String>,
    /// What fires now.
    pub alerts: DashboardAlerts,
    /// What failed last.
    pub recent_errors: Vec<RecentError>,
    /// What was received.
    pub signals: SignalCounts,
}

/// Requests of all services; before is the window of equal length that ended where this one begins.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct RequestTotals {
    /// How many.
    pub count: u64,
    /// The same over the window.
    pub rate_per_second: f64,
    /// The rate before.
    pub previous_rate_per_second: f64,
}

/// Failed requests of all services.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ErrorTotals {
    /// How many.
    pub count: u64,
    /// Failed of all, 0 to 1.
    pub ratio: f64,
    /// The ratio before.
    pub previous_ratio: f64,
}

/// Durations of all requests; null without requests.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct LatencyTotals {
    /// Median.
    pub p50_ms: Option<f64>,
    /// Ninety-nine in a hundred were faster.
    pub p99_ms: Option<f64>,
    /// The same before.
    pub previous_p99_ms: Option<f64>,
}

/// All services step by step.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct DashboardSeries {
    /// Where each step begins, Unix seconds.
    pub times: Vec<i64>,
    /// Requests a second.
    pub rate: Vec<f64>,
    /// Failed requests a second.
    pub errors: Vec<f64>,
    /// Null without requests, likewise below.
    pub p50_ms: Vec<Option<f64>>,
    /// Ninety-nine in a hundred were faster.
    pub p99_ms: Vec<Option<f64>>,
}

/// Alerts on the dashboard.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct DashboardAlerts {
    /// Those that fire now.
    pub firing: Vec<FiringAlert>,
}

/// An alert that fires.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FiringAlert {
    /// Its id.
    pub id: String,
    /// Its rule's name.
    pub name: String,
    /// How bad.
    pub severity: String,
    /// What is wrong.
    pub summary: String,
    /// Since when, RFC 3339.
    pub started_at: String,
}

/// Spans that failed alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RecentError {
    /// Where.
    pub service: String,
    /// The operation.
    pub name: String,
    /// The status' message; the attribute `error.type` where there is none.
    pub message: String,
    /// How many spans.
    pub count: u64,
    /// When the last of them started, RFC 3339.
    pub last_seen: String,
    /// The trace of the last of them.
    pub trace_id: String,
}

/// What was received, by the items' own times.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SignalCounts {
    /// Spans.
    pub spans: u64,
    /// Log records.
    pub logs: u64,
    /// Metric data points: samples and histograms.
    pub samples: u64,
}

/// What is collected, of what only rows tell.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Collected {
    /// Of each table.
    pub tables: Vec<TableTimes>,
    /// Different series.
    pub series: u64,
    /// Metrics by name, 10,000 at most.
    pub metrics: Vec<MetricSummary>,
}

/// When a table's rows are of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TableTimes {
    /// Its name.
    pub table: &'static str,
    /// The earliest time, RFC 3339; null where it is empty.
    pub oldest: Option<String>,
    /// The latest time, RFC 3339; null where it is empty.
    pub newest: Option<String>,
}

/// A metric.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MetricSummary {
    /// Its name.
    pub name: String,
    /// `gauge`, `sum`, `histogram`, `exponential_histogram` or `summary`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its unit, empty where it has none.
    pub unit: String,
    /// What it means, empty where nothing is said.
    pub description: String,
    /// Who sends it.
    pub services: Vec<String>,
    /// Different series of it.
    pub series: u64,
}
