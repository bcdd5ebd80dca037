//! OTLP/JSON to protobuf: one pass over the text, driven by the table in `schema`.
//!
//! Invariants: no message is built in memory, only its bytes; what is written is at most five
//! times what was read; nesting is bounded by the JSON reader's 128 levels.

mod schema;
mod transcode;

use plimsoll_model::batch::RecordKind;

use super::limits::{BODY_BYTES_CAP, Limits};

/// Why a body is not OTLP/JSON.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot read OTLP/JSON at line {line}, column {column}{}: {problem}", in_path(.path))]
pub struct JsonError {
    /// Counted from 1; 0 where the body was not looked at.
    pub line: usize,
    /// Counted from 1, in bytes; 0 where nothing of the line was read.
    pub column: usize,
    /// In which field, `resourceSpans[0].scopeSpans[0].spans[3].traceId`; empty for the request.
    pub path: String,
    /// What was found and what was expected.
    pub problem: String,
}

fn in_path(path: &str) -> String {
    if path.is_empty() { String::new() } else { format!(", in {path}") }
}

/// Turns an OTLP/JSON export request into its protobuf bytes. Ids are hexadecimal, other bytes
/// base64; names are lowerCamelCase or as in the protobuf files; enums are numbers or names;
/// 64-bit integers are strings or numbers; unknown fields are skipped; `null` is absence.
///
/// # Errors
///
/// The text is no JSON, a field has a value of another type, or it is over
/// [`Limits::body_bytes_max`].
pub fn json_to_protobuf(
    kind: RecordKind,
    body: &[u8],
    limits: &Limits,
) -> Result<Vec<u8>, JsonError> {
    let most = limits.body_bytes_max.min(BODY_BYTES_CAP);
    if body.len() > most {
        let found = body.len();
        let problem =
            format!("it has {found} bytes, at most {most} are taken; send smaller batches");
        return Err(JsonError { line: 0, column: 0, path: String::new(), problem });
    }
    let message = match kind {
        RecordKind::OtlpTraces => &schema::TRACE_REQUEST,
        RecordKind::OtlpMetrics => &schema::METRICS_REQUEST,
        RecordKind::OtlpLogs => &schema::LOGS_REQUEST,
        RecordKind::Columns => {
            let problem = "columns are no OTLP request".to_owned();
            return Err(JsonError { line: 0, column: 0, path: String::new(), problem });
        }
    };
    transcode::transcode(message, body)
}
