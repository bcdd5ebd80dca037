//! The rows of one table that are durable in the log but not yet in a file.
//!
//! Invariants: every row is in exactly one of `active` and `frozen`; small batches are merged as they
//! come, so that a thousand requests of one span do not cost a thousand sets of columns; every chunk
//! is charged for the bytes of its arrays, but for those it shares with all others.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use plimsoll_model::Table;

use crate::DataFile;
use crate::blank::share;
use crate::charge::{Charge, Ledger};

/// How many neighbours of one size are merged into one of the next.
const FAN_IN: usize = 32;

/// Batches of fewer rows are of size 0, then 1; those of more stay as they are.
const SIZE_ROWS: [usize; 2] = [32, 512];

/// A buffer and the files of the same table, changed together.
#[derive(Debug, Default)]
pub(crate) struct TableState {
    pub(crate) buffer: Buffer,
    pub(crate) files: Vec<Arc<DataFile>>,
}

/// Rows of one table, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Buffer {
    active: Vec<Chunk>,
    frozen: Vec<Chunk>,
}

#[derive(Debug)]
struct Chunk {
    rows: RecordBatch,
    charge: Arc<Charge>,
}

impl Chunk {
    fn new(rows: RecordBatch, ledger: &Ledger) -> Self {
        let (rows, bytes) = share(&rows);
        Self { rows, charge: Arc::new(ledger.charge(bytes)) }
    }

    fn size(&self) -> usize {
        SIZE_ROWS.iter().take_while(|rows| self.rows.num_rows() >= **rows).count()
    }
}

impl Buffer {
    /// Takes rows in, and charges for them.
    pub(crate) fn push(&mut self, table: Table, rows: RecordBatch, ledger: &Ledger) {
        self.active.push(Chunk::new(rows, ledger));
        for size in 0..SIZE_ROWS.len() {
            let tail = self.active.iter().rev().take_while(|chunk| chunk.size() == size).count();
            if tail < FAN_IN {
                break;
            }
            let from = self.active.len() - tail;
            let rows = self.active[from..].iter().map(|chunk| &chunk.rows);
            // Columns of one schema always fit together; were they not to, unmerged is right as well.
            let Ok(merged) = concat_batches(&table.schema(), rows) else { break };
            self.active.truncate(from);
            self.active.push(Chunk::new(merged, ledger));
        }
    }

    /// Moves what is there aside to be written. Only when nothing is aside already.
    pub(crate) fn freeze(&mut self) {
        debug_assert!(self.frozen.is_empty(), "one flush at a time");
        self.frozen = std::mem::take(&mut self.active);
    }

    /// What is being written.
    pub(crate) fn frozen(&self) -> Vec<RecordBatch> {
        self.frozen.iter().map(|chunk| chunk.rows.clone()).collect()
    }

    /// Forgets what was written.
    pub(crate) fn clear_frozen(&mut self) {
        self.frozen.clear();
    }

    /// All rows, oldest first, and what is charged for them.
    pub(crate) fn batches(&self) -> (Vec<RecordBatch>, Vec<Arc<Charge>>) {
        self.chunks().map(|chunk| (chunk.rows.clone(), Arc::clone(&chunk.charge))).unzip()
    }

    pub(crate) fn rows(&self) -> u64 {
        self.chunks().map(|chunk| chunk.rows.num_rows() as u64).sum()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.chunks().map(|chunk| chunk.charge.bytes()).sum()
    }

    /// Bytes that the next flush would write.
    pub(crate) fn active_bytes(&self) -> usize {
        self.active.iter().map(|chunk| chunk.charge.bytes()).sum()
    }

    fn chunks(&self) -> impl Iterator<Item = &Chunk> {
        self.frozen.iter().chain(&self.active)
    }
}
