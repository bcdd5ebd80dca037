//! From a received body to durable rows: the one path every request takes, whatever protocol it
//! came by.
//!
//! Invariants: an `Ok` is given only after the store's append returned; a refusal means that
//! nothing of the request was kept; bodies and columns are charged from arrival to append.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use plimsoll_model::batch::{Batch, RecordKind};
use plimsoll_model::{Clock, ErrorCode, Table, TimeWindow};
use plimsoll_series::Index;
use plimsoll_store::{AppendError, Record, Store};
use plimsoll_wire::scrub::Scrubber;
use plimsoll_wire::{columns, otlp};
use tokio::sync::Semaphore;

use super::admission::{Admission, Charge};
use super::body::Received;
use super::counters::Counters;
use super::inflate::{Encoding, inflate, too_large};
use crate::config::{Config, IN_FLIGHT_PER_BODY_BYTE, OtlpConfig, RetentionConfig};
use crate::errors::{Errors, Job};
use crate::problem::Problem;
use crate::span_metrics::Derived;

/// Bodies up to this size are decoded where they arrived: at 500 MB/s a thread's hop costs more.
const INLINE_BYTES_MAX: usize = 64 << 10;

/// In-flight bytes per byte of JSON: the text, the protobuf made of it, its columns. The factor of
/// protobuf covers it, since JSON is twice as long as the protobuf it says.
const PER_BYTE: usize = IN_FLIGHT_PER_BODY_BYTE as usize;

/// How the items of a body are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Protobuf,
    Json,
}

/// What became of a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Accepted {
    /// Items that were not kept, and never will be.
    pub(crate) rejected: u64,
    /// Why, the first few; empty where none.
    pub(crate) message: String,
}

/// Takes requests in. One for the whole server.
pub(crate) struct Ingest {
    store: Store,
    /// Which series there are.
    pub(super) index: Arc<Index>,
    /// Counts spans.
    derived: Arc<Derived>,
    /// Takes exceptions.
    pub(super) errors: Arc<Errors>,
    scrubber: Arc<Scrubber>,
    clock: Arc<dyn Clock>,
    pub(crate) admission: Admission,
    /// One decoding a core: more would only hold more memory.
    pub(crate) cores: Arc<Semaphore>,
    otlp: OtlpConfig,
    retention: RetentionConfig,
    pub(super) limits: otlp::Limits,
    counters: Counters,
}

impl Ingest {
    pub(crate) fn new(
        store: Store,
        index: Arc<Index>,
        derived: Arc<Derived>,
        errors: Arc<Errors>,
        scrubber: Arc<Scrubber>,
        clock: Arc<dyn Clock>,
        config: &Config,
    ) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Self {
            store,
            index,
            derived,
            errors,
            scrubber,
            clock,
            admission: Admission::new(config.memory.ingest_bytes),
            cores: Arc::new(Semaphore::new(cores)),
            otlp: config.otlp,
            retention: config.retention,
            limits: otlp::Limits::default(),
            counters: Counters::default(),
        }
    }

    /// Which series there are.
    pub(crate) fn index(&self) -> Arc<Index> {
        Arc::clone(&self.index)
    }

    pub(crate) fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Bytes of requests in flight.
    pub(crate) fn held_bytes(&self) -> usize {
        self.admission.held_bytes()
    }

    /// The charge of a body about to be read.
    pub(crate) fn read_charge(&self) -> Charge {
        self.admission.read()
    }

    pub(crate) fn body_timeout(&self) -> Duration {
        self.otlp.body_timeout
    }

    /// Most bytes of a body as sent.
    pub(crate) fn sent_bytes_max(&self, encoding: Encoding) -> usize {
        let bytes = match encoding {
            Encoding::Identity => self.otlp.body_bytes_max,
            _ => self.otlp.compressed_bytes_max.min(self.otlp.body_bytes_max),
        };
        usize::try_from(bytes).unwrap_or(usize::MAX)
    }

    pub(crate) fn body_bytes_max(&self) -> usize {
        usize::try_from(self.otlp.body_bytes_max).unwrap_or(usize::MAX)
    }

    /// Takes one request: decompress, decode, append.
    pub(crate) async fn accept(
        &self,
        kind: RecordKind,
        encoding: Encoding,
        format: Format,
        received: Received,
    ) -> Result<Accepted, Problem> {
        let sent_bytes = received.bytes.len();
        let result = self.accept_uncounted(kind, encoding, format, received).await;
        match &result {
            Ok((accepted, items)) => {
                self.counters.accepted(kind, sent_bytes, *items, accepted.rejected);
            }
            Err(problem) => self.counters.refused(kind, problem.code),
        }
        result.map(|(accepted, _)| accepted)
    }

    /// Takes telemetry of the server itself, uncounted.
    pub(crate) async fn accept_own(&self, kind: RecordKind, body: Bytes) -> Result<(), Problem> {
        let mut charge = self.admission.read();
        charge.grow(body.len())?;
        let received = Received { bytes: body, charge };
        self.accept_uncounted(kind, Encoding::Identity, Format::Protobuf, received).await?;
        Ok(())
    }

    /// Counts a request that was refused before it was complete.
    pub(crate) fn refused(&self, kind: RecordKind, problem: &Problem) {
        self.counters.refused(kind, problem.code);
    }

    async fn accept_uncounted(
        &self,
        kind: RecordKind,
        encoding: Encoding,
        format: Format,
        received: Received,
    ) -> Result<(Accepted, u64), Problem> {
        let expected = encoding.expected_bytes(&received.bytes).min(self.body_bytes_max());
        let charge = self.admission.decode(expected * PER_BYTE).await?;
        let work = Work {
            kind,
            encoding,
            format,
            received,
            charge,
            window: self.window(kind),
            limits: self.limits.clone(),
            body_bytes_max: self.body_bytes_max(),
            index: Arc::clone(&self.index),
            scrubber: Arc::clone(&self.scrubber),
            errors: Arc::clone(&self.errors),
        };
        // Source maps are read from files, and may be large.
        let small = expected <= INLINE_BYTES_MAX && self.errors.source_maps().is_empty();
        let decoded = if small && format == Format::Protobuf {
            work.run()?
        } else {
            let core = Arc::clone(&self.cores).acquire_owned().await;
            tokio::task::spawn_blocking(move || {
                let _core = core;
                work.run()
            })
            .await
            .map_err(Problem::internal)??
        };
        let Decoded { record, exceptions, accepted, charge } = decoded;
        let items = otlp::sent_items(&record.batch);
        // First, so that whoever sends again after a failure is known to: a twin is counted once.
        self.errors.take(exceptions).await?;
        self.keep(record).await?;
        drop(charge);
        Ok((accepted, items))
    }

    /// Makes a record durable; then its series are known.
    pub(crate) async fn keep(&self, record: Record) -> Result<(), Problem> {
        let table = |table: Table| {
            let found = record.batch.tables.iter().find(|(found, _)| *found == table);
            found.map(|(_, rows)| rows.clone())
        };
        let (series, spans) = (table(Table::Series), table(Table::Spans));
        self.store.append(record).await.map_err(append_problem)?;
        if let Some(spans) = spans {
            self.derived.observe(&spans);
        }
        match series.map(|rows| self.index.insert(&rows)) {
            Some(Err(error)) => Err(Problem::internal(error)),
            _ => Ok(()),
        }
    }

    /// The item times accepted now.
    pub(crate) fn window(&self, kind: RecordKind) -> TimeWindow {
        let age = match kind {
            RecordKind::OtlpTraces => self.retention.traces,
            RecordKind::OtlpLogs => self.retention.logs,
            RecordKind::OtlpMetrics | RecordKind::Columns => self.retention.metrics,
        };
        TimeWindow::around(self.clock.now(), age, self.otlp.future_max)
    }
}

/// The part of a request's way that is computing, in one piece for a thread that may block.
struct Work {
    kind: RecordKind,
    encoding: Encoding,
    format: Format,
    received: Received,
    charge: Charge,
    window: TimeWindow,
    limits: otlp::Limits,
    body_bytes_max: usize,
    index: Arc<Index>,
    scrubber: Arc<Scrubber>,
    errors: Arc<Errors>,
}

struct Decoded {
    record: Record,
    /// The exceptions among its rows.
    exceptions: Job,
    accepted: Accepted,
    /// Held until the append is done.
    charge: (Charge, Charge),
}

impl Work {
    fn run(mut self) -> Result<Decoded, Problem> {
        let body = self.protobuf()?;
        let decoded = otlp::decode(self.kind, &body, &self.window, &self.limits)
            .map_err(|error| undecodable(self.kind, "protobuf", &error))?;
        let otlp::Decoded { mut batch, mut rejected, mut message } = decoded;
        let (mut kind, mut body) = (self.kind, body);
        if let Some((points, reason)) = self.refuse_new_series(&mut batch)? {
            // What is logged is what is kept.
            rejected += points;
            message = if message.is_empty() { reason } else { format!("{message}; {reason}") };
            kind = RecordKind::Columns;
            body = columns::encode(&batch).map_err(Problem::internal)?.into();
        }
        if self.scrub(&mut batch) {
            kind = RecordKind::Columns;
            body = columns::encode(&batch).map_err(Problem::internal)?.into();
        }
        Ok(Decoded {
            exceptions: self.errors.of_otlp(&batch),
            record: Record { kind, window: self.window, body, batch },
            accepted: Accepted { rejected, message },
            charge: (self.received.charge, self.charge),
        })
    }

    /// Hides what must not be kept; whether there was any.
    fn scrub(&self, batch: &mut Batch) -> bool {
        let mut found = false;
        for (table, rows) in &mut batch.tables {
            if matches!(table, Table::Spans | Table::Logs)
                && let Some(scrubbed) = self.scrubber.rows(*table, rows)
            {
                (*rows, found) = (scrubbed, true);
            }
        }
        found
    }

    fn refuse_new_series(&self, batch: &mut Batch) -> Result<Option<(u64, String)>, Problem> {
        match self.kind {
            RecordKind::OtlpMetrics => self.index.admit(batch).map_err(Problem::internal),
            _ => Ok(None),
        }
    }

    fn protobuf(&mut self) -> Result<Bytes, Problem> {
        let sent = std::mem::take(&mut self.received.bytes);
        let body = match self.encoding {
            Encoding::Identity if sent.len() > self.body_bytes_max => {
                return Err(too_large(self.body_bytes_max));
            }
            Encoding::Identity => sent,
            encoding => {
                let max = self.body_bytes_max;
                Bytes::from(inflate(encoding, &sent, max, &mut self.charge, PER_BYTE)?)
            }
        };
        match self.format {
            Format::Protobuf => Ok(body),
            Format::Json => otlp::json_to_protobuf(self.kind, &body, &self.limits)
                .map(Bytes::from)
                .map_err(|error| undecodable(self.kind, "JSON", &error)),
        }
    }
}

fn undecodable(kind: RecordKind, format: &str, error: &dyn std::fmt::Display) -> Problem {
    let message = match kind {
        RecordKind::OtlpTraces => "ExportTraceServiceRequest",
        RecordKind::OtlpMetrics | RecordKind::Columns => "ExportMetricsServiceRequest",
        RecordKind::OtlpLogs => "ExportLogsServiceRequest",
    };
    Problem::new(ErrorCode::InvalidArgument, format!("body is no OTLP {format} {message}: {error}"))
        .location("body")
}

/// Why nothing was kept, for the sender.
pub(crate) fn append_problem(error: AppendError) -> Problem {
    let code = match &error {
        AppendError::Full { .. } => ErrorCode::ResourceExhausted,
        AppendError::TooLarge { .. } => ErrorCode::TooLarge,
        AppendError::DiskFull { .. } | AppendError::Io(_) | AppendError::Closed => {
            ErrorCode::Unavailable
        }
    };
    let problem = Problem::new(code, format!("nothing of this request was kept: {error}"));
    match error.retry_after_ms() {
        Some(delay_ms) => problem.retry_after(Duration::from_millis(delay_ms)),
        None => problem,
    }
}
