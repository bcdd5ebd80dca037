//! Reads request bodies from the network under limits of size and time, charged chunk by chunk.
//!
//! Invariant: no more than one chunk beyond the limit, and none beyond the budget, is ever held.

use std::time::Duration;

use axum::body::Body;
use bytes::{Buf, Bytes, BytesMut};
use http_body_util::BodyExt;
use plimsoll_model::ErrorCode;
use tokio::time::Instant;

use super::admission::Charge;
use super::inflate::too_large;
use crate::config::format_duration;
use crate::problem::Problem;

/// Address space set aside at first for a body of declared length; pages come as bytes do.
const CAPACITY_MAX: usize = 16 << 20;

/// What a refused sender may still send before its connection is cut. Reading on lets clients that
/// look for an answer only after sending everything see why they were refused.
const DISCARD_BYTES_MAX: usize = 256 << 20;
const DISCARD_TIME_MAX: Duration = Duration::from_secs(5);

/// A complete body and what it is charged.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) bytes: Bytes,
    pub(crate) charge: Charge,
}

/// A body being read.
pub(crate) struct Reader {
    body: Body,
    charge: Charge,
    bytes: BytesMut,
    deadline: Instant,
    time_max: Duration,
}

impl Reader {
    pub(crate) fn new(body: Body, charge: Charge, time_max: Duration) -> Self {
        let deadline = Instant::now() + time_max;
        Self { body, charge, bytes: BytesMut::new(), deadline, time_max }
    }

    /// Reads to the end. `length` is what the sender declared.
    pub(crate) async fn read_to_end(
        &mut self,
        length: Option<u64>,
        bytes_max: usize,
    ) -> Result<(), Problem> {
        if length.is_some_and(|length| length > bytes_max as u64) {
            return Err(too_large(bytes_max));
        }
        let declared = length.and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
        self.bytes.reserve(declared.min(CAPACITY_MAX));
        while let Some(chunk) = self.chunk().await? {
            if self.bytes.len() + chunk.len() > bytes_max {
                return Err(too_large(bytes_max));
            }
            self.push(&chunk)?;
        }
        Ok(())
    }

    /// Reads until `count` bytes are held; `false` where the body ends before.
    pub(crate) async fn read_at_least(&mut self, count: usize) -> Result<bool, Problem> {
        while self.bytes.len() < count {
            let Some(chunk) = self.chunk().await? else { return Ok(false) };
            self.bytes.reserve(count.saturating_sub(self.bytes.len()).min(CAPACITY_MAX));
            self.push(&chunk)?;
        }
        Ok(true)
    }

    /// The bytes read so far.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The body without its first `skip` bytes.
    pub(crate) fn finish(self, skip: usize) -> Received {
        let mut bytes = self.bytes.freeze();
        bytes.advance(skip.min(bytes.len()));
        Received { bytes, charge: self.charge }
    }

    /// Reads on for nothing, so that the sender gets to see its answer.
    pub(crate) async fn discard(mut self) {
        drop(self.charge);
        self.bytes = BytesMut::new();
        let discard = async {
            let mut discarded = 0;
            while let Some(Ok(frame)) = self.body.frame().await {
                discarded += frame.data_ref().map_or(0, Bytes::len);
                if discarded > DISCARD_BYTES_MAX {
                    break;
                }
            }
        };
        // A sender that is still not done is cut off; that is what the time is for.
        let _ = tokio::time::timeout(DISCARD_TIME_MAX, discard).await;
    }

    fn push(&mut self, chunk: &Bytes) -> Result<(), Problem> {
        self.charge.grow(chunk.len())?;
        self.bytes.extend_from_slice(chunk);
        Ok(())
    }

    async fn chunk(&mut self) -> Result<Option<Bytes>, Problem> {
        loop {
            let frame = tokio::time::timeout_at(self.deadline, self.body.frame());
            match frame.await {
                Err(_) => return Err(too_slow(self.time_max)),
                Ok(None) => return Ok(None),
                Ok(Some(Err(_))) => {
                    let detail = "the connection broke before the body was complete";
                    return Err(Problem::new(ErrorCode::InvalidArgument, detail).location("body"));
                }
                Ok(Some(Ok(frame))) => {
                    if let Ok(data) = frame.into_data()
                        && !data.is_empty()
                    {
                        return Ok(Some(data));
                    }
                }
            }
        }
    }
}

fn too_slow(time_max: Duration) -> Problem {
    let limit = format_duration(time_max);
    Problem::new(ErrorCode::Unavailable, format!("the body did not arrive within {limit}"))
        .hint("send smaller batches over slow links, or raise otlp.body_timeout")
}
