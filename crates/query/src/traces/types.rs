//! What the API says of traces.

use serde::Serialize;
use utoipa::ToSchema;

use crate::Attribute;

/// A page of traces.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TracePage {
    /// In the order asked for.
    pub traces: Vec<TraceSummary>,
    /// Asks for the next page; null at the end.
    pub next_cursor: Option<String>,
}

/// A trace in a list.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct TraceSummary {
    /// 32 hex digits.
    pub trace_id: String,
    /// The service of the root; of the earliest span while the root has not arrived.
    pub root_service: String,
    /// The operation of that span.
    pub root_name: String,
    /// When its first span started, RFC 3339.
    pub start: String,
    /// From its first start to its last end.
    pub duration_ms: f64,
    /// How many spans it has.
    pub spans: u64,
    /// How many of them failed.
    pub errors: u64,
    /// Who took part, most spans first.
    pub services: Vec<ServiceShare>,
    /// The span that the search found it by.
    pub matched: Matched,
}

/// A service's part in a trace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ServiceShare {
    /// The service.
    pub name: String,
    /// Its spans in the trace.
    pub spans: u64,
    /// How many of them failed.
    pub errors: u64,
}

/// A span that a search found.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Matched {
    /// 16 hex digits.
    pub span_id: String,
    /// Its service.
    pub service: String,
    /// Its operation.
    pub name: String,
    /// How long it took.
    pub duration_ms: f64,
    /// Whether it failed.
    pub error: bool,
}

/// A slow request.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct SlowTrace {
    /// 32 hex digits.
    pub trace_id: String,
    /// When the request started, RFC 3339.
    pub time: String,
    /// How long it took.
    pub duration_ms: f64,
    /// Who served it.
    pub service: String,
    /// The operation.
    pub name: String,
    /// Whether it failed.
    pub error: bool,
}

/// A whole trace.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Trace {
    /// 32 hex digits.
    pub trace_id: String,
    /// When its first span started, Unix nanoseconds.
    pub start_unix_nano: String,
    /// The same, RFC 3339.
    pub start: String,
    /// From its first start to its last end.
    pub duration_ms: f64,
    /// Who took part, by name.
    pub services: Vec<String>,
    /// How many spans failed.
    pub errors: u64,
    /// The median duration of the root's operation in the hour before the trace ended, of its newest
    /// requests where they are many.
    pub usual_p50_ms: Option<f64>,
    /// Whether the trace has more spans than are shown: the earliest are.
    pub truncated: bool,
    /// What the spans' `resource` counts into.
    pub resources: Vec<Resource>,
    /// What the spans' `scope` counts into.
    pub scopes: Vec<Scope>,
    /// By start.
    pub spans: Vec<Span>,
}

/// Who sent spans or log records.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Resource {
    /// In the order sent.
    pub attributes: Vec<Attribute>,
    /// The schema of the attributes.
    pub schema_url: Option<String>,
    /// How many the sender dropped.
    pub dropped_attributes_count: u32,
}

/// The instrumentation that made spans or log records.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Scope {
    /// Its name, empty where it has none.
    pub name: String,
    /// Its version, empty where it has none.
    pub version: String,
    /// In the order sent.
    pub attributes: Vec<Attribute>,
    /// The schema of what it makes.
    pub schema_url: Option<String>,
    /// How many attributes the sender dropped.
    pub dropped_attributes_count: u32,
}

/// A span.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Span {
    /// 16 hex digits.
    pub span_id: String,
    /// 16 hex digits; null for a root.
    pub parent_span_id: Option<String>,
    /// The operation.
    pub name: String,
    /// `internal`, `server`, `client`, `producer`, `consumer` or `unspecified`.
    pub kind: &'static str,
    /// The service.
    pub service: String,
    /// When it started.
    pub start_unix_nano: String,
    /// How long it took; negative where the sender says so.
    pub duration_nano: String,
    /// How it went.
    pub status: Status,
    /// W3C trace state, empty where there is none.
    pub trace_state: String,
    /// W3C trace flags and OTLP's bits.
    pub flags: u32,
    /// By key.
    pub attributes: Vec<Attribute>,
    /// How many the sender dropped.
    pub dropped_attributes_count: u32,
    /// In the order sent.
    pub events: Vec<Event>,
    /// How many the sender dropped.
    pub dropped_events_count: u32,
    /// In the order sent.
    pub links: Vec<Link>,
    /// How many the sender dropped.
    pub dropped_links_count: u32,
    /// Its place in the trace's `resources`.
    pub resource: usize,
    /// Its place in the trace's `scopes`.
    pub scope: usize,
}

/// How a span went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Status {
    /// `unset`, `ok` or `error`.
    pub code: &'static str,
    /// Why it failed, empty where nothing is said.
    pub message: String,
}

/// Something that happened within a span.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Event {
    /// When.
    pub time_unix_nano: String,
    /// What.
    pub name: String,
    /// In the order sent.
    pub attributes: Vec<Attribute>,
    /// How many the sender dropped.
    pub dropped_attributes_count: u32,
}

/// Another span that a span points to.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Link {
    /// 32 hex digits.
    pub trace_id: String,
    /// 16 hex digits.
    pub span_id: String,
    /// W3C trace state, empty where there is none.
    pub trace_state: String,
    /// W3C trace flags and OTLP's bits.
    pub flags: u32,
    /// In the order sent.
    pub attributes: Vec<Attribute>,
    /// How many the sender dropped.
    pub dropped_attributes_count: u32,
}
