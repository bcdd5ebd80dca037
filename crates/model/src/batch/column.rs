//! The buffers behind every column: growing vectors that finish into Arrow arrays.
//!
//! Invariants: one push is one row, or for the sparse kinds one row that is not null (rows between
//! are null and cost nothing until the end). Offsets are `i32`: whoever fills a builder bounds a
//! column to 2 GiB before it starts.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, ArrowPrimitiveType, BinaryArray, BooleanArray, DictionaryArray, ListArray, MapArray,
    PrimitiveArray, StringArray, StructArray, new_null_array,
};
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{ArrowNativeType, DataType, Int32Type};
use arrow::error::ArrowError;

use super::FinishError;

/// Gives back what a buffer reserved and did not use, where that is a good part of it: the bytes a
/// batch holds count against the memory budget.
fn trim<T>(mut values: Vec<T>) -> Vec<T> {
    if values.capacity() - values.len() > values.len() / 4 {
        values.shrink_to_fit();
    }
    values
}

fn offsets(ends: Vec<i32>) -> OffsetBuffer<i32> {
    OffsetBuffer::new(ScalarBuffer::from(trim(ends)))
}

pub(super) fn primitive<T: ArrowPrimitiveType>(values: Vec<T::Native>) -> ArrayRef {
    Arc::new(PrimitiveArray::<T>::new(ScalarBuffer::from(trim(values)), None))
}

pub(super) fn boolean(values: Vec<bool>) -> ArrayRef {
    Arc::new(BooleanArray::new(BooleanBuffer::from(values), None))
}

/// Binary values that all have the same length.
pub(super) fn fixed_binary(width: usize, values: Vec<u8>) -> ArrayRef {
    let ends = (0..=values.len() / width).map(|row| (row * width) as i32).collect();
    Arc::new(BinaryArray::new(offsets(ends), Buffer::from_vec(trim(values)), None))
}

fn text(
    ends: Vec<i32>,
    values: Vec<u8>,
    nulls: Option<NullBuffer>,
) -> Result<StringArray, FinishError> {
    StringArray::try_new(offsets(ends), Buffer::from_vec(trim(values)), nulls)
        .map_err(FinishError::Text)
}

/// Appends one value `times` times, each copy twice as long as the one before.
fn extend_repeated(values: &mut Vec<u8>, ends: &mut Vec<i32>, value: &[u8], times: usize) {
    let start = values.len();
    let end = start + value.len() * times;
    values.reserve(end - start);
    if times > 0 {
        values.extend_from_slice(value);
    }
    while values.len() < end {
        let more = (values.len() - start).min(end - values.len());
        values.extend_from_within(start..start + more);
    }
    ends.extend((1..=times).map(|n| (start + n * value.len()) as i32));
}

/// A column of byte strings without nulls.
#[derive(Debug)]
pub(super) struct Bytes {
    ends: Vec<i32>,
    values: Vec<u8>,
}

impl Default for Bytes {
    fn default() -> Self {
        Self { ends: vec![0], values: Vec::new() }
    }
}

impl Bytes {
    pub(super) fn reserve(&mut self, rows: usize) {
        self.ends.reserve(rows);
    }

    pub(super) fn reserve_bytes(&mut self, bytes: usize) {
        self.values.reserve(bytes);
    }

    #[inline]
    pub(super) fn push(&mut self, value: &[u8]) {
        self.values.extend_from_slice(value);
        self.ends.push(self.values.len() as i32);
    }

    /// Pushes one value `times` times.
    pub(super) fn push_repeated(&mut self, value: &[u8], times: usize) {
        extend_repeated(&mut self.values, &mut self.ends, value, times);
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len() - 1
    }

    pub(super) fn get(&self, row: usize) -> &[u8] {
        &self.values[self.ends[row] as usize..self.ends[row + 1] as usize]
    }

    pub(super) fn truncate(&mut self, rows: usize) {
        if rows < self.len() {
            self.ends.truncate(rows + 1);
            self.values.truncate(self.ends[rows] as usize);
        }
    }

    pub(super) fn finish_text(self) -> Result<ArrayRef, FinishError> {
        Ok(Arc::new(text(self.ends, self.values, None)?))
    }

    pub(super) fn finish_binary(self) -> ArrayRef {
        Arc::new(BinaryArray::new(offsets(self.ends), Buffer::from_vec(trim(self.values)), None))
    }
}

fn validity(rows: &[u32], total: usize) -> Option<NullBuffer> {
    if rows.len() == total {
        return None;
    }
    let mut bits = vec![0u8; total.div_ceil(8)];
    for &row in rows {
        bits[row as usize / 8] |= 1 << (row % 8);
    }
    Some(NullBuffer::new(BooleanBuffer::new(Buffer::from_vec(bits), 0, total)))
}

/// A column of byte strings that is mostly null: only rows that have a value take room.
#[derive(Debug, Default)]
pub(super) struct SparseBytes {
    rows: Vec<u32>,
    ends: Vec<i32>,
    values: Vec<u8>,
}

impl SparseBytes {
    /// Values of one width, one after another, and the rows they belong to.
    pub(super) fn of_width(width: usize, rows: Vec<u32>, values: Vec<u8>) -> Self {
        let ends = (1..=rows.len()).map(|n| (n * width) as i32).collect();
        Self { rows, ends, values }
    }

    /// Sets the value of a row after every row set before.
    #[inline]
    pub(super) fn set(&mut self, row: usize, value: &[u8]) {
        debug_assert!(self.rows.last().is_none_or(|&last| (last as usize) < row));
        self.values.extend_from_slice(value);
        self.rows.push(row as u32);
        self.ends.push(self.values.len() as i32);
    }

    #[inline]
    pub(super) fn set_unless_empty(&mut self, row: usize, value: &[u8]) {
        if !value.is_empty() {
            self.set(row, value);
        }
    }

    /// Sets the value of `times` rows from `row` on.
    pub(super) fn set_repeated(&mut self, row: usize, value: &[u8], times: usize) {
        extend_repeated(&mut self.values, &mut self.ends, value, times);
        self.rows.extend(row as u32..(row + times) as u32);
    }

    /// Whether this, the newest row, has a value.
    #[inline]
    pub(super) fn is_set(&self, row: usize) -> bool {
        self.rows.last().is_some_and(|&last| last as usize == row)
    }

    /// The values by row, nulls included.
    pub(super) fn iter(&self, total: usize) -> impl Iterator<Item = Option<&[u8]>> {
        let mut next = 0;
        (0..total).map(move |row| {
            if self.rows.get(next).is_none_or(|&at| at as usize != row) {
                return None;
            }
            let start = if next == 0 { 0 } else { self.ends[next - 1] as usize };
            next += 1;
            Some(&self.values[start..self.ends[next - 1] as usize])
        })
    }

    pub(super) fn truncate(&mut self, rows: usize) {
        while self.rows.last().is_some_and(|&last| last as usize >= rows) {
            self.rows.pop();
            self.ends.pop();
        }
        self.values.truncate(self.ends.last().map_or(0, |&end| end as usize));
    }

    fn expand(self, total: usize) -> (Vec<i32>, Vec<u8>, Option<NullBuffer>) {
        let nulls = validity(&self.rows, total);
        let mut ends = Vec::with_capacity(total + 1);
        ends.push(0);
        let mut end = 0;
        for (&row, &next) in self.rows.iter().zip(&self.ends) {
            ends.resize(row as usize + 1, end);
            end = next;
            ends.push(end);
        }
        ends.resize(total + 1, end);
        (ends, self.values, nulls)
    }

    pub(super) fn finish_text(self, total: usize) -> Result<ArrayRef, FinishError> {
        if self.rows.is_empty() {
            return Ok(new_null_array(&DataType::Utf8, total));
        }
        let (ends, values, nulls) = self.expand(total);
        Ok(Arc::new(text(ends, values, nulls)?))
    }

    pub(super) fn finish_binary(self, total: usize) -> ArrayRef {
        let (ends, values, nulls) = self.expand(total);
        Arc::new(BinaryArray::new(offsets(ends), Buffer::from_vec(trim(values)), nulls))
    }
}

/// A column of numbers that is mostly null.
#[derive(Debug)]
pub(super) struct Sparse<T> {
    rows: Vec<u32>,
    values: Vec<T>,
}

impl<T> Default for Sparse<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), values: Vec::new() }
    }
}

impl<T: ArrowNativeType> Sparse<T> {
    /// Sets the value of a row after every row set before.
    #[inline]
    pub(super) fn set(&mut self, row: usize, value: T) {
        debug_assert!(self.rows.last().is_none_or(|&last| (last as usize) < row));
        self.rows.push(row as u32);
        self.values.push(value);
    }

    pub(super) fn set_some(&mut self, row: usize, value: Option<T>) {
        if let Some(value) = value {
            self.set(row, value);
        }
    }

    /// Whether this, the newest row, has a value.
    #[inline]
    pub(super) fn is_set(&self, row: usize) -> bool {
        self.rows.last().is_some_and(|&last| last as usize == row)
    }

    pub(super) fn truncate(&mut self, rows: usize) {
        while self.rows.last().is_some_and(|&last| last as usize >= rows) {
            self.rows.pop();
            self.values.pop();
        }
    }

    pub(super) fn finish<A: ArrowPrimitiveType<Native = T>>(self, total: usize) -> ArrayRef {
        let nulls = validity(&self.rows, total);
        let mut values = self.values;
        if nulls.is_some() {
            let mut all = vec![T::default(); total];
            for (&row, &value) in self.rows.iter().zip(&values) {
                all[row as usize] = value;
            }
            values = all;
        }
        Arc::new(PrimitiveArray::<A>::new(ScalarBuffer::from(trim(values)), nulls))
    }
}

/// Where each row's entries end in the columns of a list or map.
#[derive(Debug)]
pub(super) struct Entries(Vec<i32>);

impl Default for Entries {
    fn default() -> Self {
        Self(vec![0])
    }
}

impl Entries {
    pub(super) fn reserve(&mut self, rows: usize) {
        self.0.reserve(rows);
    }

    /// Closes a row: its entries end where `entries` do.
    #[inline]
    pub(super) fn commit(&mut self, entries: usize) {
        self.0.push(entries as i32);
    }

    /// Entries of the committed rows.
    pub(super) fn committed(&self) -> usize {
        self.0.last().map_or(0, |&end| end as usize)
    }

    /// A list column of these rows; `kind` is the column's type.
    pub(super) fn list(self, kind: &DataType, values: ArrayRef) -> Result<ArrayRef, ArrowError> {
        let DataType::List(element) = kind else { return Err(unexpected("list", kind)) };
        Ok(Arc::new(ListArray::try_new(Arc::clone(element), offsets(self.0), values, None)?))
    }

    /// A list of structs; `kind` is the column's type.
    pub(super) fn list_of_structs(
        self,
        kind: &DataType,
        columns: Vec<ArrayRef>,
    ) -> Result<ArrayRef, ArrowError> {
        let DataType::List(element) = kind else { return Err(unexpected("list", kind)) };
        let DataType::Struct(fields) = element.data_type() else {
            return Err(unexpected("struct", element.data_type()));
        };
        let structs = StructArray::try_new(fields.clone(), columns, None)?;
        self.list(kind, Arc::new(structs))
    }

    /// A map column of these rows; `kind` is the column's type.
    pub(super) fn map(
        self,
        kind: &DataType,
        keys: ArrayRef,
        values: ArrayRef,
    ) -> Result<ArrayRef, ArrowError> {
        let DataType::Map(entry, _) = kind else { return Err(unexpected("map", kind)) };
        let DataType::Struct(fields) = entry.data_type() else {
            return Err(unexpected("struct", entry.data_type()));
        };
        let structs = StructArray::try_new(fields.clone(), vec![keys, values], None)?;
        let map = MapArray::try_new(Arc::clone(entry), offsets(self.0), structs, None, false)?;
        Ok(Arc::new(map))
    }
}

fn unexpected(expected: &str, found: &DataType) -> ArrowError {
    ArrowError::SchemaError(format!("expected a {expected} type, found {found}"))
}

/// Distinct texts of a small table, to be repeated over the rows of a large one.
pub(super) struct Dictionary {
    /// For each row of the small table its key, `None` where it is null.
    keys: Vec<Option<i32>>,
    distinct: Bytes,
}

impl Dictionary {
    pub(super) fn new<'a>(values: impl Iterator<Item = Option<&'a [u8]>>) -> Self {
        let mut known: HashMap<&[u8], i32> = HashMap::new();
        let mut distinct = Bytes::default();
        let keys = values
            .map(|value| {
                let value = value?;
                Some(*known.entry(value).or_insert_with(|| {
                    distinct.push(value);
                    distinct.len() as i32 - 1
                }))
            })
            .collect();
        Self { keys, distinct }
    }

    /// The column of a large table: `runs` says how often which row of the small one is repeated.
    pub(super) fn finish(
        self,
        runs: impl Iterator<Item = (usize, usize)> + Clone,
    ) -> Result<ArrayRef, FinishError> {
        let total = runs.clone().map(|(_, times)| times).sum();
        let mut keys = Vec::with_capacity(total);
        let mut valid = None;
        for (row, times) in runs {
            let key = self.keys[row];
            if key.is_none() || valid.is_some() {
                let valid = valid.get_or_insert_with(|| vec![true; keys.len()]);
                valid.resize(keys.len() + times, key.is_some());
            }
            keys.resize(keys.len() + times, key.unwrap_or_default());
        }
        let nulls = valid.map(|valid| NullBuffer::new(BooleanBuffer::from(valid)));
        let keys = PrimitiveArray::<Int32Type>::new(ScalarBuffer::from(keys), nulls);
        let values = Arc::new(text(self.distinct.ends, self.distinct.values, None)?);
        DictionaryArray::try_new(keys, values)
            .map(|array| Arc::new(array) as ArrayRef)
            .map_err(|error| FinishError::Schema("dictionary", error))
    }
}
