//! Takes records in: one thread writes what waits as one group, then everybody goes on.
//!
//! Invariants: a record is answered after its group is on the disk and its rows are in the buffers;
//! rows enter the buffers in the order of the log; bytes are charged before a record queues and until
//! its rows are in files and no query reads them, so the limit holds at every moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arrow::array::{AsArray, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::datatypes::Int64Type;
use bytes::Bytes;
use foldhash::HashSet;
use plimsoll_model::batch::{Batch, RecordKind};
use plimsoll_model::{Table, TimeWindow};
use tokio::sync::{mpsc, oneshot};

use crate::charge::{Charge, Ledger};
use crate::sort::day_of;
use crate::wal::{Header, LogWriter};
use crate::{Inner, Store, disk};

/// One request to keep: its body for the log, its rows for the buffers.
#[derive(Debug)]
pub struct Record {
    /// How to decode the body.
    pub kind: RecordKind,
    /// With which bounds it was decoded.
    pub window: TimeWindow,
    /// The bytes that decode to `batch`.
    pub body: Bytes,
    /// The accepted rows.
    pub batch: Batch,
}

/// How long a record waits for room before it is refused: a flush or two.
const WAIT_MAX: Duration = Duration::from_secs(1);

/// Why a record was not kept. Nothing of it is stored; the same record may be sent again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// More waits in memory than the limit allows.
    #[error(
        "the buffer is full: {buffered} of {limit} bytes wait to be written to disk or are read by queries"
    )]
    Full {
        /// Bytes that wait.
        buffered: usize,
        /// The limit.
        limit: usize,
    },
    /// One record larger than the whole buffer: it can never be kept.
    #[error(
        "the batch takes {bytes} bytes in memory, more than the buffer's {limit}; send smaller batches"
    )]
    TooLarge {
        /// Its bytes in memory.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// The file system has less room than the reserve.
    #[error(
        "the disk is full: {free} bytes are free, {reserve} are kept in reserve; free some space or lower the retention"
    )]
    DiskFull {
        /// Bytes free.
        free: u64,
        /// Bytes left alone.
        reserve: u64,
    },
    /// The log could not be written.
    #[error("the write-ahead log could not be written: {0}")]
    Io(String),
    /// The store is closing or closed.
    #[error("the store is closed")]
    Closed,
}

impl AppendError {
    /// How long a sender should wait before the same record, in milliseconds; `None` where waiting
    /// does not help.
    #[must_use]
    pub fn retry_after_ms(&self) -> Option<u64> {
        match self {
            Self::Full { .. } => Some(1_000),
            Self::DiskFull { .. } => Some(30_000),
            Self::Io(_) | Self::Closed => Some(5_000),
            Self::TooLarge { .. } => None,
        }
    }
}

/// A record on its way to the log.
struct Pending {
    record: Record,
    charge: Charge,
    done: oneshot::Sender<Result<(), AppendError>>,
}

/// The way to the log thread, and what is charged for the records on it and behind it.
pub(crate) struct Queue {
    sender: parking_lot::Mutex<Option<mpsc::UnboundedSender<Pending>>>,
    ledger: Ledger,
    disk_full: AtomicBool,
}

/// What the log thread reads from.
pub(crate) struct QueueEnd(mpsc::UnboundedReceiver<Pending>);

/// The queue is bounded by the bytes charged for what is in it, not by a count.
pub(crate) fn queue() -> (Queue, QueueEnd) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let queue = Queue {
        sender: parking_lot::Mutex::new(Some(sender)),
        ledger: Ledger::default(),
        disk_full: AtomicBool::new(false),
    };
    (queue, QueueEnd(receiver))
}

impl Queue {
    /// Counts the bytes of rows that are on their way to the log or held behind it.
    pub(crate) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Takes no more records; the log thread ends when it has written those on their way.
    pub(crate) fn close(&self) {
        self.sender.lock().take();
    }

    pub(crate) fn set_disk_full(&self, full: bool) {
        self.disk_full.store(full, Ordering::Relaxed);
    }
}

impl Store {
    /// Keeps a record: when this returns `Ok`, its rows are on the disk and in every snapshot.
    ///
    /// Waits for room where the buffer is full, for a second at most. Dropping the future does not undo
    /// what was sent.
    ///
    /// # Errors
    /// [`AppendError`]; nothing of the record is kept then.
    pub async fn append(&self, record: Record) -> Result<(), AppendError> {
        let inner = &self.inner;
        let bytes = record.batch.bytes();
        let limit = inner.options.buffer_bytes_max;
        if record.batch.is_empty() {
            return Ok(());
        }
        if bytes > limit {
            return Err(AppendError::TooLarge { bytes, limit });
        }
        if inner.queue.disk_full.load(Ordering::Relaxed) {
            return Err(inner.disk_full());
        }
        let charge = match inner.queue.ledger.try_charge(bytes, limit) {
            Some(charge) => charge,
            None => inner.charge_later(bytes).await?,
        };
        let (done, answer) = oneshot::channel();
        let sender = inner.queue.sender.lock().clone().ok_or(AppendError::Closed)?;
        let pending = Pending { record, charge, done };
        sender.send(pending).map_err(|_| AppendError::Closed)?;
        answer.await.unwrap_or(Err(AppendError::Closed))
    }
}

/// Runs the log thread until the queue is closed and empty.
pub(crate) fn run_log(inner: &Arc<Inner>, mut end: QueueEnd) {
    let mut group = Vec::new();
    while let Some(first) = end.0.blocking_recv() {
        group.push(first);
        while let Ok(next) = end.0.try_recv() {
            group.push(next);
        }
        inner.write_group(&mut group);
    }
}

impl Inner {
    /// Charges for a record as soon as there is room for it.
    async fn charge_later(&self, bytes: usize) -> Result<Charge, AppendError> {
        let Queue { ledger, .. } = &self.queue;
        let limit = self.options.buffer_bytes_max;
        let deadline = tokio::time::Instant::now() + WAIT_MAX;
        loop {
            // Listens before it looks, so that no fall in between is missed.
            let fell = ledger.fell();
            if let Some(charge) = ledger.try_charge(bytes, limit) {
                return Ok(charge);
            }
            // Queries may hold most of it; many tiny files would not help.
            if self.active_bytes() > limit / 8 {
                self.threads.wake_flush();
            }
            let waited = tokio::time::timeout_at(deadline, fell).await;
            waited.map_err(|_| AppendError::Full { buffered: ledger.bytes(), limit })?;
        }
    }

    fn write_group(&self, group: &mut Vec<Pending>) {
        let mut log = self.log.lock();
        let records = group.iter().map(|pending| {
            let Record { kind, window, body, .. } = &pending.record;
            (Header { sequence: 0, kind: *kind, window: *window }, &body[..])
        });
        match log.append(records) {
            Ok(appended) => {
                self.counters.appended(appended.count, group_bytes(group));
                for Pending { record, charge, done } in group.drain(..) {
                    self.insert(record.batch, |_| true);
                    drop(charge);
                    // A sender that went away does not need the answer.
                    let _ = done.send(Ok(()));
                }
            }
            Err(error) => {
                tracing::error!(%error, "the write-ahead log could not be written");
                let answer = if disk::is_full(&error.source) {
                    self.queue.set_disk_full(true);
                    self.disk_full()
                } else {
                    AppendError::Io(error.source.to_string())
                };
                for pending in group.drain(..) {
                    let _ = pending.done.send(Err(answer.clone()));
                }
            }
        }
        drop(log);
        if self.flush_is_due() {
            self.threads.wake_flush();
        }
    }

    /// Whether half the limit waits for a file; the other half takes what comes meanwhile.
    pub(crate) fn flush_is_due(&self) -> bool {
        self.active_bytes() > self.options.buffer_bytes_max / 2
    }

    /// Bytes that the next flush would write.
    fn active_bytes(&self) -> usize {
        self.tables.iter().map(|table| table.lock().buffer.active_bytes()).sum()
    }

    /// Puts rows that are durable into the buffers of the tables that `wanted` names.
    pub(crate) fn insert(&self, batch: Batch, wanted: impl Fn(Table) -> bool) {
        for (table, rows) in batch.tables.into_iter().filter(|(table, _)| wanted(*table)) {
            let rows = match table {
                Table::Series => self.described.lock().only_new(rows),
                _ => rows,
            };
            if rows.num_rows() > 0 {
                let mut state = self.tables[table as usize].lock();
                state.buffer.push(table, rows, &self.queue.ledger);
            }
        }
    }

    fn disk_full(&self) -> AppendError {
        let free = disk::free_bytes(&self.options.folder).unwrap_or(0);
        AppendError::DiskFull { free, reserve: self.options.disk_reserve_bytes }
    }
}

fn group_bytes(group: &[Pending]) -> u64 {
    group.iter().map(|p| LogWriter::record_bytes(p.record.body.len()) as u64).sum()
}

/// Which series have a row for which day since the start, so that a description is kept once a day
/// and not once a request. Forgetting is harmless: rows of the `series` table may repeat.
#[derive(Default)]
pub(crate) struct Described {
    seen: HashSet<(i64, i32)>,
    /// How often there was no room.
    full: u32,
}

/// What fits 2^21 places of a hash set: sixteen bytes each and one of its own, 34 MiB.
const DESCRIBED_MAX: usize = (1 << 21) / 8 * 7;

/// Bits of a series id that are a hash of its labels, in `docs/format/tables.md`.
const HASHED_BITS: u32 = 43;

impl Described {
    fn only_new(&mut self, rows: RecordBatch) -> RecordBatch {
        if self.seen.len() + rows.num_rows() > DESCRIBED_MAX {
            self.forget_half();
        }
        let column = |name: &str| {
            let column = rows.column_by_name(name).expect("a column of the series table");
            column.as_primitive::<Int64Type>().values()
        };
        let times = column(plimsoll_model::schema::TIME);
        let new: BooleanArray = column("series_id")
            .iter()
            .zip(times)
            .map(|(id, time)| Some(self.seen.insert((*id, day_of(*time)))))
            .collect();
        if new.true_count() == rows.num_rows() {
            return rows;
        }
        filter_record_batch(&rows, &new).expect("one flag a row")
    }

    /// Half and not all: where there are more series than fit, some of them need no new row still. By
    /// another bit of the hash each time, so that no series is forgotten always.
    fn forget_half(&mut self) {
        let bit = self.full % HASHED_BITS;
        self.full = self.full.wrapping_add(1);
        self.seen.retain(|(id, _)| (id >> bit) & 1 == 0);
        if self.seen.len() > DESCRIBED_MAX / 4 * 3 {
            // Ids that agree in a bit are none of ours.
            self.seen.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int64Array};
    use arrow::datatypes::{DataType, Field, Schema};

    use super::*;

    fn series(ids: impl Iterator<Item = i64>, time: i64) -> RecordBatch {
        let ids: Int64Array = ids.collect();
        let times = Int64Array::from(vec![time; ids.len()]);
        let field = |name: &str| Field::new(name, DataType::Int64, false);
        let schema = Schema::new(vec![field("series_id"), field(plimsoll_model::schema::TIME)]);
        let columns: Vec<ArrayRef> = vec![Arc::new(ids), Arc::new(times)];
        RecordBatch::try_new(Arc::new(schema), columns).unwrap()
    }

    #[test]
    fn a_series_is_described_once_a_day() {
        let mut described = Described::default();
        let mut new =
            |ids: std::ops::Range<i64>, time| described.only_new(series(ids, time)).num_rows();
        assert_eq!(new(0..3, 0), 3);
        assert_eq!(new(0..5, plimsoll_model::DAY_NANO - 1), 2);
        assert_eq!(new(0..5, plimsoll_model::DAY_NANO), 5);
        assert_eq!(new(0..5, 0), 0);
    }

    #[test]
    fn more_series_than_fit_are_not_all_forgotten() {
        let mut described = Described::default();
        let count = DESCRIBED_MAX as i64 / 4 * 5;
        let mut new = [0; 4];
        for new in &mut new {
            for from in (0..count).step_by(10_000) {
                let rows = series(from..(from + 10_000).min(count), 0);
                *new += described.only_new(rows).num_rows() as i64;
            }
            assert!(described.seen.len() <= DESCRIBED_MAX);
        }
        assert_eq!(new[0], count);
        assert!(new[1..].iter().all(|new| *new < count / 4 * 3), "{new:?} of {count}");
    }
}
