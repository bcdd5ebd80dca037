//! Merges small files of one day into larger ones, keeping the table's order.
//!
//! Invariants: a merge reads each input once, in slices, so its memory is bounded whatever the files'
//! size; the merged file replaces its inputs in one commit; ingest never waits for it.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::row::{RowConverter, Rows, SortField};
use parquet::arrow::arrow_reader::ParquetRecordBatchReader;
use plimsoll_model::Table;

use crate::data::{self, DataError, DataWriter};
use crate::delta::{Commit, Remove};
use crate::flush::remove_files;
use crate::gather::{Gatherer, RowPlace};
use crate::sort::{file_name, time_bounds};
use crate::{DataFile, Inner, StoreError};

/// Rows of a slice where memory allows.
const SLICE_ROWS_MAX: usize = 8 << 10;

/// What a row takes when it is decoded, generously: a slice's rows follow from it.
const ROW_BYTES: usize = 2 << 10;

impl Inner {
    /// Merges until nothing is left to merge. Returns how many files were replaced.
    pub(crate) fn compact(&self) -> Result<usize, StoreError> {
        let mut replaced = 0;
        for table in Table::ALL {
            loop {
                // Held for one merge at a time, so that retention gets its turn.
                let _guard = self.rewriting.lock();
                let files = self.tables[table as usize].lock().files.clone();
                let Some(inputs) = choose(&files, &self.options) else { break };
                self.merge(table, &inputs)?;
                replaced += inputs.len();
                if self.threads.stopping() {
                    return Ok(replaced);
                }
            }
        }
        Ok(replaced)
    }

    fn merge(&self, table: Table, inputs: &[Arc<DataFile>]) -> Result<(), StoreError> {
        let folder = self.table_folder(table);
        let name = file_name(inputs[0].date, &self.unique_name());
        let limit = self.options.writer_bytes_max;
        let writer = DataWriter::create(&folder, &name, inputs[0].date, table, limit)?;
        let slice = (limit / ROW_BYTES / (inputs.len() + 1)).clamp(128, SLICE_ROWS_MAX);
        let merged = Arc::new(write_merged(writer, table, inputs, slice)?);
        let time_ms = self.clock.now() / 1_000_000;
        let remove = inputs.iter().map(|file| removal(file, time_ms, false)).collect();
        let add = vec![merged.to_add(time_ms, false)];
        let commit = Commit { add, remove, log_position: None, operation: "OPTIMIZE", time_ms };
        let mut delta = self.deltas[table as usize].lock();
        if let Err(error) = delta.commit(commit) {
            if !delta.is_committed() {
                remove_files(&[merged]);
            }
            return Err(error.into());
        }
        drop(delta);
        self.replace_files(table, inputs, Some(merged));
        self.counters.compacted(inputs.len() as u64);
        Ok(())
    }
}

/// The action that takes a file out of its table.
pub(crate) fn removal(file: &DataFile, time_ms: i64, data_change: bool) -> Remove {
    Remove { path: file.name.clone(), deletion_timestamp: time_ms, data_change }
}

/// The files to merge next: the smallest of the day that has enough small ones.
fn choose(files: &[Arc<DataFile>], options: &crate::Options) -> Option<Vec<Arc<DataFile>>> {
    let mut small: Vec<_> =
        files.iter().filter(|file| file.bytes < options.compact_below_bytes).collect();
    small.sort_unstable_by_key(|file| (file.date, file.bytes, &file.name));
    small
        .chunk_by(|a, b| a.date == b.date)
        .filter(|day| day.len() >= options.compact_fan_in)
        .max_by_key(|day| day.len())
        .map(|day| day[..options.compact_fan_in].iter().map(|file| Arc::clone(file)).collect())
}

fn write_merged(
    mut writer: DataWriter,
    table: Table,
    inputs: &[Arc<DataFile>],
    slice_rows: usize,
) -> Result<DataFile, DataError> {
    let written = Merge::new(table, inputs, slice_rows).and_then(|mut merge| {
        while let Some(slice) = merge.next_slice()? {
            writer.write(&slice.rows, slice.time)?;
        }
        Ok(())
    });
    match written {
        Ok(()) => writer.finish(),
        Err(error) => {
            writer.abandon();
            Err(error)
        }
    }
}

/// A merge of sorted files, slice by slice.
struct Merge {
    table: Table,
    slice_rows: usize,
    converter: RowConverter,
    cursors: Vec<Cursor>,
}

/// Merged rows and the bounds of their times.
struct Slice {
    rows: RecordBatch,
    time: (i64, i64),
}

/// One input: its reader, the slice in memory, and the next row of it.
struct Cursor {
    reader: ParquetRecordBatchReader,
    batch: RecordBatch,
    keys: Rows,
    at: usize,
}

impl Merge {
    fn new(table: Table, inputs: &[Arc<DataFile>], slice_rows: usize) -> Result<Self, DataError> {
        let schema = table.schema();
        let fields = table.sort_columns().iter().map(|name| {
            let field = schema.field_with_name(name).expect("a sort column");
            SortField::new(field.data_type().clone())
        });
        let mut merge = Self {
            table,
            slice_rows,
            converter: RowConverter::new(fields.collect())?,
            cursors: Vec::with_capacity(inputs.len()),
        };
        for input in inputs {
            let reader = data::read(input, slice_rows)?;
            let batch = RecordBatch::new_empty(table.schema());
            let keys = merge.converter.empty_rows(0, 0);
            let mut cursor = Cursor { reader, batch, keys, at: 0 };
            if merge.refill(&mut cursor)? {
                merge.cursors.push(cursor);
            }
        }
        Ok(merge)
    }

    /// Reads a cursor's next slice; false where the file is at its end.
    fn refill(&self, cursor: &mut Cursor) -> Result<bool, DataError> {
        let Some(batch) = cursor.reader.next().transpose()? else { return Ok(false) };
        let keys: Vec<_> = self
            .table
            .sort_columns()
            .iter()
            .map(|name| Arc::clone(batch.column_by_name(name).expect("a sort column")))
            .collect();
        cursor.keys = self.converter.convert_columns(&keys)?;
        cursor.batch = batch;
        cursor.at = 0;
        Ok(true)
    }

    /// The next rows in order: as many as fit a slice, or fewer where an input's slice ended.
    fn next_slice(&mut self) -> Result<Option<Slice>, DataError> {
        if self.cursors.is_empty() {
            return Ok(None);
        }
        let mut places: Vec<RowPlace> = Vec::with_capacity(self.slice_rows);
        let mut ended = None;
        while places.len() < self.slice_rows && ended.is_none() {
            let least = self.least();
            let bound = self.least_but(least);
            let cursor = &mut self.cursors[least];
            // Runs of one input are long: compare with the runner-up until it is passed.
            while places.len() < self.slice_rows && cursor.at < cursor.keys.num_rows() {
                if let Some(bound) = &bound
                    && cursor.keys.row(cursor.at).data() > &bound[..]
                {
                    break;
                }
                places.push((least, cursor.at));
                cursor.at += 1;
            }
            if cursor.at == cursor.keys.num_rows() {
                ended = Some(least);
            }
        }
        let rows = {
            let batches: Vec<RecordBatch> = self.cursors.iter().map(|c| c.batch.clone()).collect();
            let rows = Gatherer::new(self.table.schema(), &batches).gather(&places)?;
            Slice { rows, time: time_bounds(&batches, &places) }
        };
        if let Some(ended) = ended {
            let mut cursor = self.cursors.swap_remove(ended);
            if self.refill(&mut cursor)? {
                self.cursors.push(cursor);
            }
        }
        Ok(Some(rows))
    }

    /// The cursor whose next row comes first.
    fn least(&self) -> usize {
        (0..self.cursors.len())
            .min_by(|a, b| self.next_key(*a).cmp(self.next_key(*b)))
            .expect("asked only while there are cursors")
    }

    /// The key of the first row of all others.
    fn least_but(&self, least: usize) -> Option<Vec<u8>> {
        (0..self.cursors.len())
            .filter(|at| *at != least)
            .map(|at| self.next_key(at))
            .min()
            .map(<[u8]>::to_vec)
    }

    fn next_key(&self, at: usize) -> &[u8] {
        self.cursors[at].keys.row(self.cursors[at].at).data()
    }
}
