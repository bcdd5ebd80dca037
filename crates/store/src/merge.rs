//! Merges sorted files of one day into one stream of row groups, column by column: first the order of
//! the rows, from the sort columns alone, then each column in that order. So the memory is that of one
//! column of the inputs, whatever their size and number of columns.
//!
//! Invariants: an input's rows keep their order, so an order of rows is a list of inputs; each row is
//! given out once.

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef};
use arrow::error::ArrowError;
use arrow::row::{RowConverter, Rows, SortField};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder,
};
use parquet::file::metadata::PageIndexPolicy;
use plimsoll_model::Table;

use crate::DataFile;
use crate::data::{DataError, Shape, TakeSlice, Width};
use crate::gather::{Column, RowPlace};

/// The place of an input among those of a merge.
pub(crate) type InputIndex = u16;

/// Sorted files, and how far the merge has got in each.
pub(crate) struct Merge {
    shape: Shape,
    inputs: Vec<Input>,
    keys: Keys,
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
        let shape = Shape::new(widest(&inputs), limit);
        let keys = Keys::new(table, &inputs, shape.slice_rows)?;
        Ok(Self { shape, inputs, keys })
    }

    /// From which input each row of the next row group comes; empty at the end.
    pub(crate) fn next_group(&mut self) -> Result<Vec<InputIndex>, DataError> {
        self.keys.next_group(self.shape.group_rows)
    }

    /// Gives out a column of a row group, slice by slice.
    pub(crate) fn column(
        &self,
        at: usize,
        group: &[InputIndex],
        take: &mut TakeSlice<'_>,
    ) -> Result<(), DataError> {
        let counts = self.counts(group);
        let batch_rows = (self.shape.slice_rows / self.inputs.len()).max(1);
        let mut values = Vec::with_capacity(self.inputs.len());
        for (input, count) in self.inputs.iter().zip(&counts) {
            values.push(Values { rows: input.read(&[at], *count, batch_rows)?, rest: None });
        }
        for slice in group.chunks(self.shape.slice_rows) {
            take(&gather(&mut values, &self.counts(slice), slice)?)?;
        }
        Ok(())
    }

    /// Ends a row group whose columns have all been given out.
    pub(crate) fn end_group(&mut self, group: &[InputIndex]) {
        let counts = self.counts(group);
        for (input, count) in self.inputs.iter_mut().zip(counts) {
            input.done += count;
        }
    }

    /// How many rows of each input these are.
    fn counts(&self, rows: &[InputIndex]) -> Vec<usize> {
        let mut counts = vec![0; self.inputs.len()];
        rows.iter().for_each(|input| counts[usize::from(*input)] += 1);
        counts
    }
}

/// The sort columns of the inputs.
struct Keys {
    table: Table,
    converter: RowConverter,
    /// Those inputs that have rows left, in their order.
    cursors: Vec<Cursor>,
}

/// The sort columns of one input: some rows of them, and the next row.
struct Cursor {
    input: InputIndex,
    reader: ParquetRecordBatchReader,
    keys: Rows,
    at: usize,
}

impl Keys {
    fn new(table: Table, inputs: &[Input], batch_rows: usize) -> Result<Self, DataError> {
        let schema = table.schema();
        let at = |name: &&str| schema.index_of(name).expect("a sort column");
        let columns: Vec<usize> = table.sort_columns().iter().map(at).collect();
        let field = |at: &usize| SortField::new(schema.field(*at).data_type().clone());
        let converter = RowConverter::new(columns.iter().map(field).collect())?;
        let mut keys = Self { table, converter, cursors: Vec::with_capacity(inputs.len()) };
        for (at, input) in inputs.iter().enumerate() {
            let Some(reader) = input.read(&columns, usize::MAX, batch_rows)? else { continue };
            let input = InputIndex::try_from(at).expect("a merge has few inputs");
            let empty = keys.converter.empty_rows(0, 0);
            keys.cursors.push(Cursor { input, reader, keys: empty, at: 0 });
            keys.refill(keys.cursors.len() - 1)?;
        }
        Ok(keys)
    }

    fn next_group(&mut self, rows_max: usize) -> Result<Vec<InputIndex>, DataError> {
        let mut order = Vec::new();
        while order.len() < rows_max && !self.cursors.is_empty() {
            let least = self.least();
            let bound = self.least_but(least);
            let cursor = &mut self.cursors[least];
            // Runs of one input are long: compare with the runner-up until it is passed.
            while order.len() < rows_max && cursor.at < cursor.keys.num_rows() {
                let next = cursor.keys.row(cursor.at);
                if bound.as_ref().is_some_and(|bound| next.data() > &bound[..]) {
                    break;
                }
                order.push(cursor.input);
                cursor.at += 1;
            }
            if cursor.at == cursor.keys.num_rows() {
                self.refill(least)?;
            }
        }
        Ok(order)
    }

    /// Reads a cursor's next rows; takes it away where there are none.
    fn refill(&mut self, at: usize) -> Result<(), DataError> {
        let cursor = &mut self.cursors[at];
        let Some(rows) = cursor.reader.next().transpose()? else {
            self.cursors.remove(at);
            return Ok(());
        };
        let column = |name: &&str| Arc::clone(rows.column_by_name(name).expect("a sort column"));
        let columns: Vec<ArrayRef> = self.table.sort_columns().iter().map(column).collect();
        cursor.keys = self.converter.convert_columns(&columns)?;
        cursor.at = 0;
        Ok(())
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

/// The next values of a column in the order of a slice.
fn gather(
    values: &mut [Values],
    counts: &[usize],
    slice: &[InputIndex],
) -> Result<ArrayRef, DataError> {
    let mut pieces: Vec<ArrayRef> = Vec::new();
    let mut next: Vec<RowPlace> = Vec::with_capacity(values.len());
    for (values, count) in values.iter_mut().zip(counts) {
        next.push((pieces.len(), 0));
        values.take(*count, &mut pieces)?;
    }
    let place = |input: &InputIndex| {
        let (piece, row) = &mut next[usize::from(*input)];
        if *row == pieces[*piece].len() {
            *piece += 1;
            *row = 0;
        }
        *row += 1;
        (*piece, *row - 1)
    };
    let places: Vec<RowPlace> = slice.iter().map(place).collect();
    Ok(Column::new(pieces.iter().map(|piece| &**piece).collect()).gather(&places)?)
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
