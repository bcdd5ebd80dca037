//! Merges sorted files of one day into one stream of row groups, column by column: first the order of
//! the rows, from the sort columns alone, then each column in that order. So the memory is that of one
//! column of the inputs, whatever their size and number of columns.
//!
//! Invariant: each row is given out once.

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, new_null_array};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder,
};
use parquet::file::metadata::PageIndexPolicy;
use plimsoll_model::Table;

use crate::DataFile;
use crate::data::{DataError, Shape, TakeSlice, Width};
use crate::gather::{Column, RowRange};
use crate::runs::{Cursors, Run, row_count, slices};

/// Sorted files, and how far the merge has got in each.
pub(crate) struct Merge {
    shape: Shape,
    inputs: Vec<Input>,
    cursors: Cursors,
    schema: SchemaRef,
}

/// One input: its file, and how many of its rows are in earlier row groups.
struct Input {
    path: PathBuf,
    file: File,
    metadata: ArrowReaderMetadata,
    done: usize,
}

impl Merge {
    /// Opens the inputs. `limit` is the memory for the merge and its output.
    pub(crate) fn new(
        table: Table,
        files: &[Arc<DataFile>],
        limit: usize,
    ) -> Result<Self, DataError> {
        let open = |file: &Arc<DataFile>| Input::open(file);
        let inputs = files.iter().map(open).collect::<Result<Vec<_>, _>>()?;
        let shape = Shape::new(table, widest(&inputs), limit);
        let schema = table.schema();
        let at = |name: &&str| schema.index_of(name).expect("a sort column");
        let columns: Vec<usize> = table.sort_columns().iter().map(at).collect();
        let mut readers = Vec::with_capacity(inputs.len());
        for (at, input) in (0..).zip(&inputs) {
            let rows = input.read(&columns, usize::MAX, shape.slice_rows)?;
            readers.extend(rows.map(|rows| (at, rows)));
        }
        let cursors = Cursors::new(table, readers.into_iter())?;
        Ok(Self { shape, inputs, cursors, schema })
    }

    /// From which inputs the rows of the next row group come; empty at the end.
    pub(crate) fn next_group(&mut self) -> Result<Vec<Run>, DataError> {
        Ok(self.cursors.next_runs(self.shape.group_rows)?)
    }

    /// Gives out a column of a row group, slice by slice.
    pub(crate) fn column(
        &self,
        at: usize,
        group: &[Run],
        take: &mut TakeSlice<'_>,
    ) -> Result<(), DataError> {
        let field = self.schema.field(at);
        if !field.data_type().is_nested() && self.inputs.iter().all(|input| input.is_null(at)) {
            let mut slices = slices(group, self.shape.slice_rows);
            return slices
                .try_for_each(|slice| take(&new_null_array(field.data_type(), row_count(&slice))));
        }
        let batch_rows = (self.shape.slice_rows / self.inputs.len()).max(1);
        let mut values = Vec::with_capacity(self.inputs.len());
        for (input, count) in self.inputs.iter().zip(counts(group, self.inputs.len())) {
            values.push(Values { rows: input.read(&[at], count, batch_rows)?, rest: None });
        }
        for slice in slices(group, self.shape.slice_rows) {
            take(&gather(&mut values, &slice)?)?;
        }
        Ok(())
    }

    /// Ends a row group whose columns have all been given out.
    pub(crate) fn end_group(&mut self, group: &[Run]) {
        let counts = counts(group, self.inputs.len());
        for (input, count) in self.inputs.iter_mut().zip(counts) {
            input.done += count;
        }
    }
}

/// The next values of a column in the order of a slice.
fn gather(values: &mut [Values], slice: &[Run]) -> Result<ArrayRef, DataError> {
    let mut pieces: Vec<ArrayRef> = Vec::new();
    let mut next: Vec<(usize, usize)> = Vec::with_capacity(values.len());
    let counts = counts(slice, values.len());
    for (values, count) in values.iter_mut().zip(counts) {
        next.push((pieces.len(), 0));
        values.take(count, &mut pieces)?;
    }
    let mut ranges: Vec<RowRange> = Vec::with_capacity(slice.len());
    for run in slice {
        let (piece, row) = &mut next[usize::from(run.input)];
        let mut rows = run.rows;
        while rows > 0 {
            if *row == pieces[*piece].len() {
                *piece += 1;
                *row = 0;
            }
            let taken = rows.min(pieces[*piece].len() - *row);
            ranges.push((*piece, *row, *row + taken));
            *row += taken;
            rows -= taken;
        }
    }
    Ok(Column::new(pieces.iter().map(|piece| &**piece).collect()).gather_ranges(&ranges)?)
}

/// How many rows of each of so many inputs these are.
fn counts(runs: &[Run], inputs: usize) -> Vec<usize> {
    let mut counts = vec![0; inputs];
    runs.iter().for_each(|run| counts[usize::from(run.input)] += run.rows);
    counts
}

/// A column of one input, from some row on.
struct Values {
    rows: Option<ParquetRecordBatchReader>,
    /// What of the last batch was not taken yet.
    rest: Option<ArrayRef>,
}

impl Values {
    /// Takes the next `count` values, in one or more pieces.
    fn take(&mut self, mut count: usize, pieces: &mut Vec<ArrayRef>) -> Result<(), DataError> {
        while count > 0 {
            let values = match self.rest.take() {
                Some(values) => values,
                None => match self.rows.as_mut().and_then(Iterator::next).transpose()? {
                    Some(batch) => Arc::clone(batch.column(0)),
                    None => return Err(ends_early()),
                },
            };
            let taken = count.min(values.len());
            if taken > 0 {
                pieces.push(values.slice(0, taken));
            }
            if taken < values.len() {
                self.rest = Some(values.slice(taken, values.len() - taken));
            }
            count -= taken;
        }
        Ok(())
    }
}

fn ends_early() -> DataError {
    ArrowError::ParquetError("a column has fewer values than its file has rows".into()).into()
}

/// What a row takes in the widest column of these files, on average.
fn widest(inputs: &[Input]) -> Width {
    let mut rows = 0;
    let mut columns: Vec<(i64, i64)> = Vec::new();
    for input in inputs {
        let schema = input.metadata.parquet_schema();
        columns.resize(schema.root_schema().get_fields().len(), (0, 0));
        for group in input.metadata.metadata().row_groups() {
            rows += group.num_rows();
            for (leaf, chunk) in group.columns().iter().enumerate() {
                let (values, encoded) = &mut columns[schema.get_column_root_idx(leaf)];
                let plain = chunk.unencoded_byte_array_data_bytes();
                *values += plain.unwrap_or_else(|| 16 * chunk.num_values());
                *encoded += chunk.compressed_size();
            }
        }
    }
    let width = |total: Option<i64>| usize::try_from(total.unwrap_or(0) / rows.max(1)).unwrap_or(0);
    Width {
        values: width(columns.iter().map(|(values, _)| *values).max()),
        encoded: width(columns.iter().map(|(_, encoded)| *encoded).max()),
    }
}

impl Input {
    fn open(file: &DataFile) -> Result<Self, DataError> {
        let opened = File::open(&file.path).map_err(DataError::io(&file.path))?;
        let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Optional);
        let metadata =
            ArrowReaderMetadata::load(&opened, options).map_err(DataError::parquet(&file.path))?;
        Ok(Self { path: file.path.clone(), file: opened, metadata, done: 0 })
    }

    /// Whether a column that is not nested has no value in any row.
    fn is_null(&self, column: usize) -> bool {
        let schema = self.metadata.parquet_schema();
        let mut leaves = 0..schema.num_columns();
        let Some(leaf) = leaves.find(|leaf| schema.get_column_root_idx(*leaf) == column) else {
            return false;
        };
        self.metadata.metadata().row_groups().iter().all(|group| {
            let chunk = group.column(leaf);
            let nulls = chunk.statistics().and_then(|statistics| statistics.null_count_opt());
            nulls.is_some_and(|nulls| i64::try_from(nulls) == Ok(chunk.num_values()))
        })
    }

    /// Some columns of the `count` rows after those that are done, in batches; `None` for no rows.
    fn read(
        &self,
        columns: &[usize],
        count: usize,
        batch_rows: usize,
    ) -> Result<Option<ParquetRecordBatchReader>, DataError> {
        // Row groups before the first row would be opened only to be skipped.
        let mut first = 0;
        let mut groups = Vec::new();
        let mut offset = None;
        for (at, group) in self.metadata.metadata().row_groups().iter().enumerate() {
            let end = first + usize::try_from(group.num_rows()).unwrap_or(0);
            if end > self.done && first < self.done.saturating_add(count) {
                offset.get_or_insert(self.done.saturating_sub(first));
                groups.push(at);
            }
            first = end;
        }
        let Some(offset) = offset else { return Ok(None) };
        let file = self.file.try_clone().map_err(DataError::io(&self.path))?;
        let metadata = self.metadata.clone();
        let mask = ProjectionMask::roots(metadata.parquet_schema(), columns.iter().copied());
        let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata)
            .with_row_groups(groups)
            .with_projection(mask)
            .with_offset(offset)
            .with_limit(count)
            .with_batch_size(batch_rows)
            .build()
            .map_err(DataError::parquet(&self.path))?;
        Ok(Some(reader))
    }
}
