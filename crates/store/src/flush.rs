//! Moves rows from the buffers into files and lets the log go.
//!
//! The order is the promise: files are durable, then the commit that names them and the log position
//! they reach, then the rows leave the buffer and the files join the table in one step, and only when
//! every table has got there the log up to that position is deleted.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BinaryArray, Int64Array, RecordBatch};
use arrow::datatypes::Int64Type;
use plimsoll_model::Table;
use plimsoll_model::schema::TIME;

use crate::data::{DataError, DataWriter};
use crate::delta::Commit;
use crate::gather::{Gatherer, RowPlace};
use crate::sort::{file_name, sorted_by_day, time_bounds};
use crate::{DataFile, Inner, StoreError};

/// Rows gathered and handed to the writer at once: about 8 MiB of spans.
const SLICE_ROWS: usize = 8 << 10;

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
            if table == Table::Spans {
                // Before the spans: a crash in between leaves hints too many, never too few.
                self.commit_rows(Table::TraceTimes, &[trace_times(&rows)?], None)?;
            }
            self.commit_rows(table, &rows, Some(position))?;
        }
        let released = self.log.lock().release(position);
        released.map_err(|error| StoreError::Log(error.to_string()))?;
        self.counters.flushed();
        Ok(())
    }

    /// Writes rows into files of a table and commits them. With a position the rows are the table's
    /// frozen ones, and leave the buffer.
    fn commit_rows(
        &self,
        table: Table,
        rows: &[RecordBatch],
        position: Option<u64>,
    ) -> Result<(), StoreError> {
        let mut delta = self.deltas[table as usize].lock();
        let time_ms = self.clock.now() / 1_000_000;
        let mut files = Vec::new();
        for (day, places) in sorted_by_day(table, rows) {
            let name = file_name(day, &self.unique_name());
            let limit = self.options.writer_bytes_max;
            let writer = DataWriter::create(delta.folder(), &name, day, table, limit)?;
            match write_places(writer, table, rows, &places) {
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
            log_position: position,
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
        if position.is_some() {
            self.queue.give_back(state.buffer.clear_frozen());
        }
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

fn write_places(
    mut writer: DataWriter,
    table: Table,
    batches: &[RecordBatch],
    places: &[RowPlace],
) -> Result<DataFile, DataError> {
    let gatherer = Gatherer::new(table.schema(), batches);
    let written = places
        .chunks(SLICE_ROWS)
        .try_for_each(|slice| writer.write(&gatherer.gather(slice)?, time_bounds(batches, slice)));
    match written {
        Ok(()) => writer.finish(),
        Err(error) => {
            writer.abandon();
            Err(error)
        }
    }
}

/// For each trace of these spans its first start and last end.
fn trace_times(spans: &[RecordBatch]) -> Result<RecordBatch, DataError> {
    let mut times: HashMap<&[u8], (i64, i64)> = HashMap::new();
    for batch in spans {
        let column = |name: &str| batch.column_by_name(name).expect("a column of the spans table");
        let ids = column("trace_id").as_binary::<i32>();
        let starts = column(TIME).as_primitive::<Int64Type>().values();
        let durations = column("duration_nano").as_primitive::<Int64Type>().values();
        for ((id, start), duration) in ids.iter().zip(starts).zip(durations) {
            let end = start.saturating_add(*duration).max(*start);
            let entry = times.entry(id.unwrap_or_default()).or_insert((*start, end));
            *entry = (entry.0.min(*start), entry.1.max(end));
        }
    }
    let columns: Vec<ArrayRef> = vec![
        Arc::new(BinaryArray::from_iter_values(times.keys())),
        Arc::new(times.values().map(|(first, _)| *first).collect::<Int64Array>()),
        Arc::new(times.values().map(|(_, last)| *last).collect::<Int64Array>()),
    ];
    Ok(RecordBatch::try_new(Table::TraceTimes.schema(), columns)?)
}
