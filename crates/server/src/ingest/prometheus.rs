//! What comes by Prometheus' protocols, and what the server makes itself, on its way to the store: logged
//! as columns.
//!
//! Invariant: a sample counts as known only after it is durable, so that one sent again after a failure is
//! taken again.

use std::sync::Arc;

use bytes::Bytes;
use plimsoll_model::ErrorCode;
use plimsoll_model::batch::RecordKind;
use plimsoll_store::Record;
use plimsoll_wire::columns;
use plimsoll_wire::prometheus::{Built, RemoteWrite, decode_remote_write};

use super::body::Received;
use super::inflate::{Encoding, inflate, too_large};
use super::pipeline::Ingest;
use crate::config::IN_FLIGHT_PER_BODY_BYTE;
use crate::problem::Problem;

const PER_BYTE: usize = IN_FLIGHT_PER_BODY_BYTE as usize;

/// How a remote write is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compression {
    Snappy,
    Zstd,
}

/// What was kept of a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Written {
    /// Numbers and histograms kept.
    pub(crate) samples: u64,
    /// Histograms among them.
    pub(crate) histograms: u64,
    pub(crate) exemplars: u64,
    /// Numbers and histograms not kept.
    pub(crate) rejected: u64,
    /// Why; empty where all was kept.
    pub(crate) message: String,
}

/// Takes a remote write: decompress, decode, append.
pub(crate) async fn write_remote(
    ingest: &Arc<Ingest>,
    version: RemoteWrite,
    compression: Compression,
    received: Received,
) -> Result<Written, Problem> {
    let sent_bytes = received.bytes.len();
    let result = write_uncounted(ingest, version, compression, received).await;
    let counters = ingest.counters();
    match &result {
        Ok(written) => {
            let kept = written.samples;
            counters.accepted(RecordKind::Columns, sent_bytes, kept, written.rejected);
        }
        Err(problem) => counters.refused(RecordKind::Columns, problem.code),
    }
    result
}

async fn write_uncounted(
    ingest: &Arc<Ingest>,
    version: RemoteWrite,
    compression: Compression,
    received: Received,
) -> Result<Written, Problem> {
    let bytes_max = ingest.body_bytes_max();
    let expected = expected_bytes(compression, &received.bytes)?.min(bytes_max);
    let charge = ingest.admission.decode(expected * PER_BYTE).await?;
    let core = Arc::clone(&ingest.cores).acquire_owned().await;
    let window = ingest.window(RecordKind::Columns);
    let (taker, mut charge) = (Arc::clone(ingest), charge);
    let decode = move || {
        let _core = core;
        let body = match compression {
            Compression::Snappy => unsnap(&received.bytes, bytes_max)?,
            Compression::Zstd => {
                inflate(Encoding::Zstd, &received.bytes, bytes_max, &mut charge, PER_BYTE)?
            }
        };
        let admission = taker.index.admission();
        let decode =
            |version| decode_remote_write(version, &body, &admission, &window, &taker.limits);
        let built = decode(version).map_err(|error| {
            Problem::new(
                ErrorCode::InvalidArgument,
                format!("the body is no remote write: {error}"),
            )
            .location("body")
        })?;
        // A body of the other version reads as one that says nothing.
        let other = if version == RemoteWrite::V1 { RemoteWrite::V2 } else { RemoteWrite::V1 };
        if says_nothing(&built) && decode(other).is_ok_and(|built| !says_nothing(&built)) {
            let problem =
                format!("the body is a remote write of version {other:?}, not {version:?}");
            return Err(Problem::new(ErrorCode::InvalidArgument, problem)
                .location("header content-type")
                .hint("name the message of the body in the content type"));
        }
        Ok::<_, Problem>((built, (charge, received.charge)))
    };
    let (built, charges) =
        tokio::task::spawn_blocking(decode).await.map_err(Problem::internal)??;
    let written = ingest.keep_built(&built).await?;
    drop(charges);
    Ok(written)
}

impl Ingest {
    /// Makes what was built durable and known.
    pub(crate) async fn keep_built(&self, built: &Built) -> Result<Written, Problem> {
        if !built.batch.is_empty() {
            let batch = built.batch.clone();
            let body = Bytes::from(columns::encode(&batch).map_err(Problem::internal)?);
            let window = self.window(RecordKind::Columns);
            self.keep(Record { kind: RecordKind::Columns, window, body, batch }).await?;
            self.index.note(&built.noted);
            self.index.note_described(&built.described);
        }
        Ok(Written {
            samples: built.samples,
            histograms: built.histograms,
            exemplars: built.exemplars,
            rejected: built.rejected,
            message: built.message.clone(),
        })
    }
}

/// Whether a request has no sample at all, neither kept nor refused.
fn says_nothing(built: &Built) -> bool {
    built.samples == 0 && built.rejected == 0 && built.exemplars == 0
}

/// What the body says of its size.
fn expected_bytes(compression: Compression, body: &[u8]) -> Result<usize, Problem> {
    match compression {
        Compression::Snappy => snap::raw::decompress_len(body).map_err(|error| not_snappy(&error)),
        Compression::Zstd => Ok(Encoding::Zstd.expected_bytes(body)),
    }
}

/// Snappy's block format: says its size first.
fn unsnap(body: &[u8], bytes_max: usize) -> Result<Vec<u8>, Problem> {
    let length = snap::raw::decompress_len(body).map_err(|error| not_snappy(&error))?;
    if length > bytes_max {
        return Err(too_large(bytes_max));
    }
    snap::raw::Decoder::new().decompress_vec(body).map_err(|error| not_snappy(&error))
}

fn not_snappy(error: &snap::Error) -> Problem {
    let problem = format!("the body is not compressed with snappy's block format: {error}");
    Problem::new(ErrorCode::InvalidArgument, problem).location("body")
}
