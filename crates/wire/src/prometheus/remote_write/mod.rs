//! Remote write, 1.0 (`prometheus.WriteRequest`) and 2.0 (`io.prometheus.write.v2.Request`), as
//! protobuf without its compression.
//!
//! Where to start reading: `walk` goes through the series of a request, which both versions have
//! much alike; `labels` has what they differ in most; `histogram` reads a native histogram.
//!
//! Invariants: fields come in any order; what is bad by itself is rejected by itself, only broken
//! framing refuses the request; nothing is allocated a series or a point but in the columns, and
//! no scratch space grows beyond what one series may have.

pub(super) mod histogram;
mod labels;
mod metadata;
mod walk;

use plimsoll_model::TimeWindow;

use super::{Admission, Built, SeriesBuilder};
use crate::otlp::{DecodeError, Limits};

/// Which of its messages a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemoteWrite {
    /// `prometheus.WriteRequest`: labels written out.
    V1,
    /// `io.prometheus.write.v2.Request`: labels by numbers of a table of texts.
    V2,
}

impl RemoteWrite {
    fn message(self) -> &'static str {
        match self {
            Self::V1 => "prometheus.WriteRequest",
            Self::V2 => "io.prometheus.write.v2.Request",
        }
    }
}

/// Decodes a request. Of the limits those of a body's size and of its expansion count.
///
/// # Errors
///
/// The bytes are not such a request at all, or over [`Limits::body_bytes_max`].
pub fn decode_remote_write(
    version: RemoteWrite,
    body: &[u8],
    admission: &dyn Admission,
    window: &TimeWindow,
    limits: &Limits,
) -> Result<Built, DecodeError> {
    let message = version.message();
    limits.check_body(message, body.len())?;
    let mut builder = SeriesBuilder::new(admission, *window, limits.expansion_bytes(body.len()));
    walk::walk(version, body, &mut builder)
        .map_err(|fault| DecodeError::new(body, message, fault))?;
    builder.finish().map_err(|error| DecodeError::unfinished(message, &error))
}
