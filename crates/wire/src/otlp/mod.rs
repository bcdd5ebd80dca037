//! OTLP: export requests to columns, OTLP/JSON to protobuf, and the answers.
//!
//! Where to start reading: `walk` goes through a request and rejects bad items one by one;
//! `traces`, `logs` and `metrics` decode one item each; `value` decodes attributes; `context` has
//! the checks; `reader` is protobuf.
//!
//! Text is not checked to be UTF-8 value by value: the finished columns are, at the speed of
//! memory. Only where that finds something is the request decoded again, checking each value, to
//! learn which items to reject.

mod context;
pub(crate) mod fault;
mod json;
mod limits;
mod logs;
mod metrics;
mod origin;
mod points;
pub(crate) mod reader;
mod response;
mod series;
mod target_info;
mod text;
mod traces;
mod value;
mod walk;

use plimsoll_model::TimeWindow;
use plimsoll_model::batch::{Batch, FinishError, RecordKind};

pub use fault::DecodeError;
pub use json::{JsonError, json_to_protobuf};
pub use limits::Limits;
pub use response::{encode_response, encode_response_json, encode_status};
pub use target_info::{TARGET_INFO_KIND, sent_items, target_info_ids};

pub(crate) use series::{IDENTITY_BITS, NAME_BITS};
pub(crate) use text::{write_double, write_int, write_key, write_string};

use context::Context;
use walk::Signal;

/// What a request is called as long as nobody looked into it.
const REQUEST: &str = "an export request";

/// What an export request holds.
#[derive(Clone, Debug)]
pub struct Decoded {
    /// The accepted items.
    pub batch: Batch,
    /// How many spans, log records or data points were not accepted.
    pub rejected: u64,
    /// The first few reasons, each naming path and value; empty where there are none.
    pub message: String,
}

/// Decodes a protobuf export request of the given kind. Items that are bad by themselves are
/// rejected and counted; the others are accepted.
///
/// # Errors
///
/// The bytes are not such a request at all, or over [`Limits::body_bytes_max`].
pub fn decode(
    kind: RecordKind,
    body: &[u8],
    window: &TimeWindow,
    limits: &Limits,
) -> Result<Decoded, DecodeError> {
    limits.check_body(REQUEST, body.len())?;
    match decode_once(kind, body, Context::new(body.len(), window, limits, false)) {
        Ok(decoded) => Ok(decoded),
        Err(Failure::Decode(error)) => Err(error),
        Err(Failure::Finish(_)) => {
            match decode_once(kind, body, Context::new(body.len(), window, limits, true)) {
                Ok(decoded) => Ok(decoded),
                Err(Failure::Decode(error)) => Err(error),
                Err(Failure::Finish(error)) => Err(DecodeError::unfinished(REQUEST, &error)),
            }
        }
    }
}

enum Failure {
    Decode(DecodeError),
    Finish(FinishError),
}

fn decode_once(kind: RecordKind, body: &[u8], cx: Context<'_>) -> Result<Decoded, Failure> {
    match kind {
        RecordKind::OtlpTraces => run::<traces::Traces>(body, cx),
        RecordKind::OtlpLogs => run::<logs::Logs>(body, cx),
        RecordKind::OtlpMetrics => run::<metrics::Metrics>(body, cx),
        RecordKind::Columns => Err(Failure::Decode(DecodeError::columns())),
    }
}

fn run<S: Signal>(body: &[u8], mut cx: Context<'_>) -> Result<Decoded, Failure> {
    let signal = walk::walk::<S>(body, &mut cx)
        .map_err(|fault| Failure::Decode(DecodeError::new(body, S::REQUEST, fault)))?;
    let tables = signal.finish().map_err(Failure::Finish)?;
    let (rejected, message) = cx.into_rejected();
    Ok(Decoded { batch: Batch { tables }, rejected, message })
}
