//! Takes records in: one thread writes what waits as one group, then everybody goes on.
//!
//! Invariants: a record is answered after its group is on the disk and its rows are in the buffers;
//! rows enter the buffers in the order of the log; bytes are charged before a record queues and given
//! back when its rows are in files, so the buffer's limit holds at every moment.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use arrow::array::{AsArray, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::datatypes::Int64Type;
use bytes::Bytes;
use plimsoll_model::batch::{Batch, RecordKind};
use plimsoll_model::{Table, TimeWindow};
use tokio::sync::{mpsc, oneshot};

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

/// Why a record was not kept. Nothing of it is stored; the same record may be sent again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// More waits in memory than the limit allows.
    #[error("the buffer is full: {buffered} of {limit} bytes wait to be written to disk")]
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
    done: oneshot::Sender<Result<(), AppendError>>,
}

/// The way to the log thread, and what is charged for the records on it and behind it.
pub(crate) struct Queue {
    sender: parking_lot::Mutex<Option<mpsc::UnboundedSender<Pending>>>,
    charged: AtomicUsize,
    disk_full: AtomicBool,
}

/// What the log thread reads from.
pub(crate) struct QueueEnd(mpsc::UnboundedReceiver<Pending>);

/// The queue is bounded by the bytes charged for what is in it, not by a count.
pub(crate) fn queue() -> (Queue, QueueEnd) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let queue = Queue {
        sender: parking_lot::Mutex::new(Some(sender)),
        charged: AtomicUsize::new(0),
        disk_full: AtomicBool::new(false),
    };
    (queue, QueueEnd(receiver))
}

impl Queue {
    /// Bytes of rows that wait for the log or for a file.
    pub(crate) fn charged(&self) -> usize {
        self.charged.load(Ordering::Relaxed)
    }

    pub(crate) fn charge(&self, bytes: usize) {
        self.charged.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(crate) fn give_back(&self, bytes: usize) {
        let before = self.charged.fetch_sub(bytes, Ordering::Relaxed);
        debug_assert!(before >= bytes, "gave back {bytes} of {before}");
    }

    /// Replaces what was charged for a batch by what its rows changed in the buffers.
    fn recharge(&self, charged: usize, kept: isize) {
        // Wrapping addition of a negative number is subtraction.
        self.charged.fetch_add(kept.cast_unsigned(), Ordering::Relaxed);
        self.give_back(charged);
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
    /// Dropping the future does not undo it.
    ///
    /// # Errors
    /// [`AppendError`]; nothing of the record is kept then.
    pub async fn append(&self, record: Record) -> Result<(), AppendError> {
        let inner = &self.inner;
        let bytes = charge_of(&record.batch);
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
        inner.queue.charge(bytes);
        let buffered = inner.queue.charged();
        let sent = if buffered > limit {
            inner.threads.wake_flush();
            Err(AppendError::Full { buffered: buffered - bytes, limit })
        } else {
            let (done, answer) = oneshot::channel();
            let sender = inner.queue.sender.lock().clone();
            match sender.map(|sender| sender.send(Pending { record, done })) {
                Some(Ok(())) => return answer.await.unwrap_or(Err(AppendError::Closed)),
                _ => Err(AppendError::Closed),
            }
        };
        inner.queue.give_back(bytes);
        sent
    }
}

/// What a batch is charged: the columns' bytes. The same for the same rows wherever it is asked.
pub(crate) fn charge_of(batch: &Batch) -> usize {
    batch.bytes()
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
    fn write_group(&self, group: &mut Vec<Pending>) {
        let mut log = self.log.lock();
        let records = group.iter().map(|pending| {
            let Record { kind, window, body, .. } = &pending.record;
            (Header { sequence: 0, kind: *kind, window: *window }, &body[..])
        });
        match log.append(records) {
            Ok(appended) => {
                self.counters.appended(appended.count, group_bytes(group));
                for Pending { record, done } in group.drain(..) {
                    let charged = charge_of(&record.batch);
                    self.insert(record.batch, charged, |_| true);
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
                for Pending { record, done } in group.drain(..) {
                    self.queue.give_back(charge_of(&record.batch));
                    let _ = done.send(Err(answer.clone()));
                }
            }
        }
        drop(log);
        if self.queue.charged() > self.options.buffer_bytes_max / 2 {
            self.threads.wake_flush();
        }
    }

    /// Puts rows that are durable into the buffers of the tables that `wanted` names. `charged` bytes
    /// were charged for all of them.
    pub(crate) fn insert(&self, batch: Batch, charged: usize, wanted: impl Fn(Table) -> bool) {
        let mut kept = 0_isize;
        for (table, rows) in batch.tables.into_iter().filter(|(table, _)| wanted(*table)) {
            let rows = match table {
                Table::Series => self.described.lock().only_new(rows),
                _ => rows,
            };
            if rows.num_rows() > 0 {
                let mut state = self.tables[table as usize].lock();
                kept += state.buffer.push(table, rows);
            }
        }
        self.queue.recharge(charged, kept);
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
pub(crate) struct Described(HashSet<(i64, i32)>);

/// Sixteen bytes each in the set, with its overhead some 24 MiB.
const DESCRIBED_MAX: usize = 1 << 20;

impl Described {
    fn only_new(&mut self, rows: RecordBatch) -> RecordBatch {
        if self.0.len() + rows.num_rows() > DESCRIBED_MAX {
            self.0 = HashSet::new();
        }
        let column = |name: &str| {
            let column = rows.column_by_name(name).expect("a column of the series table");
            column.as_primitive::<Int64Type>().values()
        };
        let times = column(plimsoll_model::schema::TIME);
        let new: BooleanArray = column("series_id")
            .iter()
            .zip(times)
            .map(|(id, time)| Some(self.0.insert((*id, day_of(*time)))))
            .collect();
        if new.true_count() == rows.num_rows() {
            return rows;
        }
        filter_record_batch(&rows, &new).expect("one flag a row")
    }
}
