//! What the API says of logs.

use serde::Serialize;
use utoipa::ToSchema;

use crate::Attribute;
use crate::traces::Scope;

/// A page of log records.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LogPage {
    /// Newest first.
    pub logs: Vec<LogRecord>,
    /// Asks for the next page; null at the end.
    pub next_cursor: Option<String>,
}

/// A log record.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct LogRecord {
    /// When it happened, RFC 3339; where the sender does not say, when it was observed or received.
    pub time: String,
    /// The same, Unix nanoseconds.
    pub time_unix_nano: String,
    /// When it was observed, RFC 3339.
    pub observed_time: Option<String>,
    /// 1 to 24 as OpenTelemetry numbers them, 0 for none.
    pub severity_number: i8,
    /// The sender's own name of the severity, empty where there is none.
    pub severity_text: String,
    /// The text; a body of another type as plain JSON.
    pub body: String,
    /// `string`, `bool`, `int`, `double`, `array`, `map`, `bytes` or `empty`.
    pub body_type: &'static str,
    /// The event's name, empty where it is none.
    pub event_name: String,
    /// Who logged it.
    pub service: String,
    /// 32 hex digits.
    pub trace_id: Option<String>,
    /// 16 hex digits.
    pub span_id: Option<String>,
    /// W3C trace flags.
    pub flags: u32,
    /// By key.
    pub attributes: Vec<Attribute>,
    /// How many the sender dropped.
    pub dropped_attributes_count: u32,
    /// Attributes of the resource.
    pub resource: Vec<Attribute>,
    /// The logger.
    pub scope: Scope,
}

/// How many log records there were, step by step.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct LogVolume {
    /// RFC 3339.
    pub from: String,
    /// RFC 3339.
    pub to: String,
    /// Length of a step.
    pub step_seconds: i64,
    /// Where each step begins, Unix seconds.
    pub times: Vec<i64>,
    /// Counts.
    pub by_severity: VolumeBySeverity,
}

/// Counts a step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct VolumeBySeverity {
    /// Errors and fatal errors.
    pub error: Vec<u64>,
    /// Warnings.
    pub warn: Vec<u64>,
    /// Information, and what has no severity.
    pub info: Vec<u64>,
    /// Debugging and tracing.
    pub debug: Vec<u64>,
}
