//! Moves rows from the buffers into files and lets the log go.
//!
//! The order is the promise: files are durable, then the commit that names them and the log position
//! they reach, then the rows leave the buffer and the files join the table in one step, and only when
//! every table has got there the log up to that position is deleted.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch};
use plimsoll_model::Table;

use crate::data::{DataError, DataWriter, Level, Shape, Width};
use crate::delta::Commit;
use crate::gather::{Gatherer, RowPlace};
use crate::sort::{file_name, sorted_by_day};
use crate::{DataFile, Inner, StoreError};

/// The log position of rows that are set aside and not all written: a flush that failed.
#[derive(Debug, Default)]
pub(crate) struct Unfinished(Option<u64>);

impl Inner {
    /// Writes every row that is in the buffers now.
    pub(crate) fn flush(&self) -> Result<(), StoreError> {
        let mut unfinished = self.flushing.lock();
        if let Some(position) = unfinished.0 {
            self.write_frozen(position)?;
            unfinished.0 = None;
        }
        let Some(position) = self.freeze() else { return Ok(()) };
        let _span = tracing::info_span!("flush").entered();
        unfinished.0 = Some(position);
        self.write_frozen(position)?;
        unfinished.0 = None;
        Ok(())
    }

    /// Sets all rows aside; returns the position of the last, or `None` where there are none.
    fn freeze(&self) -> Option<u64> {
        let log = self.log.lock();
        let mut any = false;
        for table in &self.tables {
            let mut state = table.lock();
            any |= state.buffer.rows() > 0;
            state.buffer.freeze();
        }
        any.then(|| log.next_sequence() - 1)
    }

    fn write_frozen(&self, position: u64) -> Result<(), StoreError> {
        for table in Table::ALL {
            let rows = self.tables[table as usize].lock().buffer.frozen();
            if rows.is_empty() {
                continue;
            }
            self.commit_rows(table, &rows, position)?;
        }
        let released = self.log.lock().release(position);
        released.map_err(|error| StoreError::Log(error.to_string()))?;
        self.counters.flushed();
        Ok(())
    }

    /// Writes a table's frozen rows into files and commits them; then they leave the buffer.
    fn commit_rows(
        &self,
        table: Table,
        rows: &[RecordBatch],
        position: u64,
    ) -> Result<(), StoreError> {
        let count: usize = rows.iter().map(RecordBatch::num_rows).sum();
        let _span = tracing::info_span!("write", table = table.name(), rows = count).entered();
        let mut delta = self.deltas[table as usize].lock();
        let time_ms = self.clock.now() / 1_000_000;
        let shape = Shape::new(table, widest(rows), self.options.writer_bytes_max);
        let mut files = Vec::new();
        for (day, places) in sorted_by_day(table, rows) {
            let name = file_name(day, &self.unique_name());
            let writer = DataWriter::create(delta.folder(), &name, day, table, Level::Fresh)?;
            match write_places(writer, shape, rows, &places) {
                Ok(file) => files.push(Arc::new(file)),
                Err(error) => {
                    remove_files(&files);
                    return Err(error.into());
                }
            }
        }
        let add = files.iter().map(|file| file.to_add(time_ms, true)).collect();
        let commit = Commit {
            add,
            log_position: Some(position),
            operation: "WRITE",
            time_ms,
            ..Commit::default()
        };
        if let Err(error) = delta.commit(commit) {
            if !delta.is_committed() {
                remove_files(&files);
            }
            return Err(error.into());
        }
        let mut state = self.tables[table as usize].lock();
        state.files.extend(files);
        state.buffer.clear_frozen();
        Ok(())
    }

    /// A file name that no file of this folder ever had, whatever the clock does.
    pub(crate) fn unique_name(&self) -> String {
        format!("{:016x}-{:08x}", self.run, self.counters.next_file())
    }
}

/// Files of a commit that never was.
pub(crate) fn remove_files(files: &[Arc<DataFile>]) {
    for file in files {
        // Start-up sweeps what cannot be removed now.
        let _ = std::fs::remove_file(&file.path);
    }
}

/// How much smaller values become when encoded, at least about; the buffer bounds them in any case.
const ENCODED_RATIO: usize = 4;

/// What a row takes in the widest column of these batches, on average.
fn widest(batches: &[RecordBatch]) -> Width {
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    let columns = batches.first().map_or(0, RecordBatch::num_columns);
    let bytes = |array: &ArrayRef| match array.data_type().primitive_width() {
        Some(width) => width * array.len(),
        None if array.null_count() == array.len() => 0,
        None => array.get_array_memory_size(),
    };
    let column = |at: usize| batches.iter().map(|batch| bytes(batch.column(at))).sum::<usize>();
    let values = (0..columns).map(column).max().unwrap_or(0) / rows.max(1);
    Width { values, encoded: values / ENCODED_RATIO }
}

fn write_places(
    mut writer: DataWriter,
    shape: Shape,
    batches: &[RecordBatch],
    places: &[RowPlace],
) -> Result<DataFile, DataError> {
    let gatherer = Gatherer::new(batches);
    let written = places.chunks(shape.group_rows).try_for_each(|group| {
        writer.write_group(group.len(), |column, take| {
            let mut slices = group.chunks(shape.slice_rows);
            slices.try_for_each(|slice| take(&gatherer.gather(column, slice)?))
        })
    });
    match written {
        Ok(()) => writer.finish(),
        Err(error) => {
            writer.abandon();
            Err(error)
        }
    }
}
