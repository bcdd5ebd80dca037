//! Copies a column's values of many batches into one array, in any order.
//!
//! What `arrow`'s `interleave` does, but for the column types of our tables: a map's entries of a row lie
//! together, so they are copied together, and dictionaries are united once for all slices, not once a
//! slice. Other types go to `interleave`.
//!
//! Invariant: equal to `interleave` on every column; a property test holds it to that.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanBufferBuilder, DictionaryArray,
    GenericByteArray, Int32Array, MapArray, PrimitiveArray, RecordBatch, StringArray, StructArray,
    new_null_array,
};
use arrow::buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::compute::interleave;
use arrow::datatypes::{
    BinaryType, ByteArrayType, DataType, Float64Type, Int8Type, Int32Type, Int64Type, Utf8Type,
};
use arrow::error::ArrowError;

use crate::sort::place;

/// A row of a list of batches: which batch, which row.
pub(crate) type RowPlace = (u32, u32);

/// Rows of one of a list of batches that lie together: which batch, the first row, one past the last.
pub(crate) type RowRange = (usize, usize, usize);

/// Batches of one schema, ready to be gathered from.
pub(crate) struct Gatherer<'a> {
    columns: Vec<Column<'a>>,
}

/// One column of many batches, ready to be gathered from.
pub(crate) struct Column<'a> {
    /// The batches' arrays.
    arrays: Vec<&'a dyn Array>,
    /// For a dictionary column, all values once, and each batch's keys in terms of them.
    dictionary: Option<United>,
}

struct United {
    values: ArrayRef,
    keys: Vec<Int32Array>,
}

impl<'a> Gatherer<'a> {
    /// Prepares to gather rows of these batches, which all have the same columns.
    pub(crate) fn new(batches: &'a [RecordBatch]) -> Self {
        let columns = batches.first().map_or(0, RecordBatch::num_columns);
        let column = |at| Column::new(batches.iter().map(|batch| &**batch.column(at)).collect());
        Self { columns: (0..columns).map(column).collect() }
    }

    /// A column of the rows at these places, in this order.
    pub(crate) fn gather(
        &self,
        column: usize,
        places: &[RowPlace],
    ) -> Result<ArrayRef, ArrowError> {
        self.columns[column].gather(places)
    }
}

impl<'a> Column<'a> {
    /// Prepares to gather values of these arrays, which all have the same type.
    pub(crate) fn new(arrays: Vec<&'a dyn Array>) -> Self {
        let dictionary = match arrays.first().map(|array| array.data_type()) {
            Some(DataType::Dictionary(..)) => Some(unite(&arrays)),
            _ => None,
        };
        Self { arrays, dictionary }
    }

    /// The values at these places, in this order.
    pub(crate) fn gather(&self, places: &[RowPlace]) -> Result<ArrayRef, ArrowError> {
        match &self.dictionary {
            Some(united) => united.gather(places),
            None => gather_column(&self.arrays, places),
        }
    }

    /// The values of these ranges, in this order: faster than one by one where ranges are long.
    pub(crate) fn gather_ranges(&self, ranges: &[RowRange]) -> Result<ArrayRef, ArrowError> {
        let (arrays, total) = (&self.arrays, ranges.iter().map(|(_, from, to)| to - from).sum());
        Ok(match arrays[0].data_type() {
            kind if all_null(arrays) => new_null_array(kind, total),
            DataType::Int8 => Arc::new(numbers_of::<Int8Type>(arrays, ranges, total)),
            DataType::Int32 => Arc::new(numbers_of::<Int32Type>(arrays, ranges, total)),
            DataType::Int64 => Arc::new(numbers_of::<Int64Type>(arrays, ranges, total)),
            DataType::Float64 => Arc::new(numbers_of::<Float64Type>(arrays, ranges, total)),
            _ => {
                let rows = |(batch, from, to): &RowRange| {
                    let batch = *batch;
                    (*from..*to).map(move |row| place(batch, row))
                };
                let places: Vec<RowPlace> = ranges.iter().flat_map(rows).collect();
                self.gather(&places)?
            }
        })
    }
}

impl United {
    fn gather(&self, places: &[RowPlace]) -> Result<ArrayRef, ArrowError> {
        let keys: Vec<&dyn Array> = self.keys.iter().map(|keys| keys as &dyn Array).collect();
        let keys = primitive::<Int32Type>(&keys, places);
        Ok(Arc::new(DictionaryArray::try_new(keys, Arc::clone(&self.values))?))
    }
}

fn unite(arrays: &[&dyn Array]) -> United {
    let mut ids: HashMap<&str, i32> = HashMap::new();
    let mut distinct: Vec<&str> = Vec::new();
    let keys = arrays
        .iter()
        .map(|array| {
            let dictionary = array.as_dictionary::<Int32Type>();
            let values = dictionary.values().as_string::<i32>();
            let new: Vec<i32> = (0..values.len())
                .map(|at| {
                    *ids.entry(values.value(at)).or_insert_with(|| {
                        distinct.push(values.value(at));
                        i32::try_from(distinct.len() - 1).expect("memory holds fewer values")
                    })
                })
                .collect();
            let old = dictionary.keys();
            let mapped = old.values().iter().enumerate().map(|(row, key)| {
                if old.is_null(row) { 0 } else { new[usize::try_from(*key).unwrap_or(0)] }
            });
            Int32Array::new(mapped.collect(), old.nulls().cloned())
        })
        .collect();
    United { values: Arc::new(StringArray::from(distinct)), keys }
}

fn gather_column(arrays: &[&dyn Array], places: &[RowPlace]) -> Result<ArrayRef, ArrowError> {
    Ok(match arrays[0].data_type() {
        // A column that nobody set is the common case.
        kind if all_null(arrays) => new_null_array(kind, places.len()),
        DataType::Int8 => Arc::new(primitive::<Int8Type>(arrays, places)),
        DataType::Int32 => Arc::new(primitive::<Int32Type>(arrays, places)),
        DataType::Int64 => Arc::new(primitive::<Int64Type>(arrays, places)),
        DataType::Float64 => Arc::new(primitive::<Float64Type>(arrays, places)),
        DataType::Utf8 => bytes::<Utf8Type>(arrays, places)?,
        DataType::Binary => bytes::<BinaryType>(arrays, places)?,
        DataType::Map(..) => map(arrays, places)?,
        _ => {
            let places: Vec<_> =
                places.iter().map(|(batch, row)| (*batch as usize, *row as usize)).collect();
            interleave(arrays, &places)?
        }
    })
}

fn all_null(arrays: &[&dyn Array]) -> bool {
    arrays.iter().all(|array| array.null_count() == array.len())
}

/// The validity of the gathered rows, `None` where all are valid.
fn nulls(arrays: &[&dyn Array], places: &[RowPlace]) -> Option<NullBuffer> {
    if arrays.iter().all(|array| array.null_count() == 0) {
        return None;
    }
    let nulls: Vec<_> = arrays.iter().map(|array| array.nulls()).collect();
    let mut valid = BooleanBufferBuilder::new(places.len());
    for (batch, row) in places {
        let nulls = nulls[*batch as usize];
        valid.append(nulls.is_none_or(|nulls| nulls.is_valid(*row as usize)));
    }
    Some(NullBuffer::new(valid.finish()))
}

fn primitive<T: ArrowPrimitiveType>(
    arrays: &[&dyn Array],
    places: &[RowPlace],
) -> PrimitiveArray<T> {
    let values: Vec<&[T::Native]> =
        arrays.iter().map(|array| &**array.as_primitive::<T>().values()).collect();
    let value = |(batch, row): &RowPlace| values[*batch as usize][*row as usize];
    let gathered: Vec<T::Native> = places.iter().map(value).collect();
    PrimitiveArray::new(ScalarBuffer::from(gathered), nulls(arrays, places))
}

fn bytes<T: ByteArrayType<Offset = i32>>(
    arrays: &[&dyn Array],
    places: &[RowPlace],
) -> Result<ArrayRef, ArrowError> {
    let parts: Vec<(&[i32], &[u8])> = arrays
        .iter()
        .map(|array| {
            let array = array.as_bytes::<T>();
            (&**array.offsets() as &[i32], array.values().as_slice())
        })
        .collect();
    let rows = places.iter().map(|(batch, row)| {
        let (offsets, values) = parts[*batch as usize];
        (offsets[*row as usize], offsets[*row as usize + 1], values)
    });
    let (offsets, values) = concatenate(rows, places.len())?;
    let nulls = nulls(arrays, places);
    // The values are parts of valid strings, cut at their own offsets.
    Ok(Arc::new(GenericByteArray::<T>::try_new(offsets, values, nulls)?))
}

/// Joins byte ranges, with the offsets where each ends.
fn concatenate<'a>(
    ranges: impl Iterator<Item = (i32, i32, &'a [u8])> + Clone,
    count: usize,
) -> Result<(OffsetBuffer<i32>, Buffer), ArrowError> {
    let total: i64 = ranges.clone().map(|(from, to, _)| i64::from(to) - i64::from(from)).sum();
    if i32::try_from(total).is_err() {
        return Err(ArrowError::OffsetOverflowError(usize::try_from(total).unwrap_or(usize::MAX)));
    }
    let mut offsets = Vec::with_capacity(count + 1);
    let mut bytes = Vec::with_capacity(usize::try_from(total).unwrap_or(0));
    offsets.push(0);
    for (from, to, values) in ranges {
        bytes.extend_from_slice(&values[index(from)..index(to)]);
        offsets.push(i32::try_from(bytes.len()).unwrap_or(i32::MAX));
    }
    Ok((OffsetBuffer::new(ScalarBuffer::from(offsets)), Buffer::from_vec(bytes)))
}

fn index(offset: i32) -> usize {
    usize::try_from(offset).expect("arrow's offsets are never negative")
}

/// Maps: a row's entries are one range of the keys and values.
fn map(arrays: &[&dyn Array], places: &[RowPlace]) -> Result<ArrayRef, ArrowError> {
    let maps: Vec<&MapArray> = arrays.iter().map(|array| array.as_map()).collect();
    let DataType::Map(entry, ordered) = arrays[0].data_type() else {
        unreachable!("called for maps only")
    };
    let offsets: Vec<&[i32]> = maps.iter().map(|map| &**map.offsets() as &[i32]).collect();
    let mut ranges: Vec<RowRange> = Vec::with_capacity(places.len());
    let mut ends = Vec::with_capacity(places.len() + 1);
    let mut total = 0_i32;
    ends.push(0);
    for (batch, row) in places {
        let (batch, row) = (*batch as usize, *row as usize);
        let (from, to) = (offsets[batch][row], offsets[batch][row + 1]);
        total = total.checked_add(to - from).ok_or(ArrowError::OffsetOverflowError(usize::MAX))?;
        ends.push(total);
        if to > from {
            ranges.push((batch, index(from), index(to)));
        }
    }
    let child = |at: usize| -> Result<ArrayRef, ArrowError> {
        let children: Vec<&dyn Array> =
            maps.iter().map(|map| &**map.entries().column(at)).collect();
        ranges_of(&children, &ranges, index(total))
    };
    let DataType::Struct(fields) = entry.data_type() else {
        unreachable!("a map's entry is a pair")
    };
    let entries = StructArray::try_new(fields.clone(), vec![child(0)?, child(1)?], None)?;
    let offsets = OffsetBuffer::new(ScalarBuffer::from(ends));
    Ok(Arc::new(MapArray::try_new(Arc::clone(entry), offsets, entries, None, *ordered)?))
}

/// The elements of these ranges of arrays, joined; strings without nulls.
fn ranges_of(
    arrays: &[&dyn Array],
    ranges: &[RowRange],
    total: usize,
) -> Result<ArrayRef, ArrowError> {
    match arrays[0].data_type() {
        DataType::Utf8 => strings_of(arrays, ranges, total),
        DataType::Int64 => Ok(Arc::new(numbers_of::<Int64Type>(arrays, ranges, total))),
        DataType::Float64 => Ok(Arc::new(numbers_of::<Float64Type>(arrays, ranges, total))),
        _ => {
            let places: Vec<(usize, usize)> = ranges
                .iter()
                .flat_map(|(batch, from, to)| (*from..*to).map(|row| (*batch, row)))
                .collect();
            interleave(arrays, &places)
        }
    }
}

fn numbers_of<T: ArrowPrimitiveType>(
    arrays: &[&dyn Array],
    ranges: &[RowRange],
    total: usize,
) -> PrimitiveArray<T> {
    let values: Vec<&[T::Native]> =
        arrays.iter().map(|array| &**array.as_primitive::<T>().values()).collect();
    let mut gathered: Vec<T::Native> = Vec::with_capacity(total);
    for (batch, from, to) in ranges {
        gathered.extend_from_slice(&values[*batch][*from..*to]);
    }
    PrimitiveArray::new(ScalarBuffer::from(gathered), nulls_of(arrays, ranges, total))
}

/// The validity of the rows of these ranges, `None` where all are valid.
fn nulls_of(arrays: &[&dyn Array], ranges: &[RowRange], total: usize) -> Option<NullBuffer> {
    if arrays.iter().all(|array| array.null_count() == 0) {
        return None;
    }
    let nulls: Vec<_> = arrays.iter().map(|array| array.nulls()).collect();
    let mut valid = BooleanBufferBuilder::new(total);
    for (batch, from, to) in ranges {
        match nulls[*batch] {
            Some(nulls) => valid.append_buffer(&nulls.inner().slice(*from, to - from)),
            None => valid.append_n(to - from, true),
        }
    }
    Some(NullBuffer::new(valid.finish()))
}

fn strings_of(
    arrays: &[&dyn Array],
    ranges: &[RowRange],
    total: usize,
) -> Result<ArrayRef, ArrowError> {
    let parts: Vec<(&[i32], &[u8])> = arrays
        .iter()
        .map(|array| {
            let array = array.as_string::<i32>();
            (&**array.offsets() as &[i32], array.values().as_slice())
        })
        .collect();
    let whole = ranges.iter().map(|(batch, from, to)| {
        let (offsets, values) = parts[*batch];
        (offsets[*from], offsets[*to], values)
    });
    let bytes: i64 = whole.clone().map(|(from, to, _)| i64::from(to) - i64::from(from)).sum();
    let bytes = i32::try_from(bytes).map_err(|_| {
        ArrowError::OffsetOverflowError(usize::try_from(bytes).unwrap_or(usize::MAX))
    })?;
    let mut offsets = Vec::with_capacity(total + 1);
    let mut values = Vec::with_capacity(index(bytes));
    offsets.push(0);
    for (batch, from, to) in ranges {
        let (old, text) = parts[*batch];
        let shift = i32::try_from(values.len()).unwrap_or(i32::MAX) - old[*from];
        values.extend_from_slice(&text[index(old[*from])..index(old[*to])]);
        offsets.extend(old[*from + 1..=*to].iter().map(|end| end + shift));
    }
    let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
    Ok(Arc::new(StringArray::try_new(offsets, Buffer::from_vec(values), None)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Int64Builder, MapBuilder, StringBuilder};
    use arrow::compute::cast;
    use arrow::datatypes::{Field, Schema, SchemaRef};
    use plimsoll_model::schema::{dictionary, map_of};
    use proptest::prelude::*;

    type Row = (Option<String>, Option<i64>, Vec<(String, i64)>, Vec<(String, String)>);

    fn schema() -> SchemaRef {
        Arc::new(Schema::new(vec![
            Field::new("text", DataType::Utf8, true),
            Field::new("word", dictionary(), true),
            Field::new("number", DataType::Int64, true),
            Field::new("ints", map_of(DataType::Int64), false),
            Field::new("strings", map_of(DataType::Utf8), false),
        ]))
    }

    fn batch(rows: &[Row]) -> RecordBatch {
        let text: StringArray = rows.iter().map(|row| row.0.as_deref()).collect();
        let word = cast(&text, &dictionary()).unwrap();
        let mut ints = MapBuilder::new(None, StringBuilder::new(), Int64Builder::new());
        let mut strings = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
        for (_, _, i, s) in rows {
            for (key, value) in i {
                ints.keys().append_value(key);
                ints.values().append_value(*value);
            }
            ints.append(true).unwrap();
            for (key, value) in s {
                strings.keys().append_value(key);
                strings.values().append_value(value);
            }
            strings.append(true).unwrap();
        }
        let schema = schema();
        let retype = |map: MapArray, at: usize| -> ArrayRef {
            let DataType::Map(entry, _) = schema.field(at).data_type() else { unreachable!() };
            let (_, offsets, entries, ..) = map.into_parts();
            let DataType::Struct(fields) = entry.data_type() else { unreachable!() };
            let entries = StructArray::new(fields.clone(), entries.columns().to_vec(), None);
            Arc::new(MapArray::new(Arc::clone(entry), offsets, entries, None, false))
        };
        let number: arrow::array::Int64Array = rows.iter().map(|row| row.1).collect();
        let columns: Vec<ArrayRef> = vec![
            Arc::new(text),
            word,
            Arc::new(number),
            retype(ints.finish(), 3),
            retype(strings.finish(), 4),
        ];
        RecordBatch::try_new(schema, columns).unwrap()
    }

    fn row() -> impl Strategy<Value = Row> {
        (
            prop::option::of("[a-c]{0,2}"),
            prop::option::of(any::<i64>()),
            prop::collection::vec(("[a-c]?", any::<i64>()), 0..4),
            prop::collection::vec(("[a-c]?", "[a-cä]{0,3}"), 0..4),
        )
    }

    // Dictionaries may list their values in another order.
    fn plain(array: &ArrayRef) -> ArrayRef {
        match array.data_type() {
            DataType::Dictionary(..) => cast(array, &DataType::Utf8).unwrap(),
            _ => Arc::clone(array),
        }
    }

    fn check(batches: &[RecordBatch], at: usize, places: &[RowPlace], found: &ArrayRef) {
        let arrays: Vec<&dyn Array> = batches.iter().map(|b| &**b.column(at)).collect();
        let wide: Vec<_> = places.iter().map(|(b, r)| (*b as usize, *r as usize)).collect();
        let expected = interleave(&arrays, &wide).unwrap();
        assert_eq!(&plain(found), &plain(&expected));
    }

    type Index = prop::sample::Index;

    proptest! {
        #[test]
        fn as_interleave(
            batches in prop::collection::vec(prop::collection::vec(row(), 1..6), 1..4),
            picks in prop::collection::vec((any::<Index>(), any::<Index>(), any::<Index>()), 0..12),
        ) {
            let batches: Vec<RecordBatch> = batches.iter().map(|rows| batch(rows)).collect();
            let range = |(b, from, to): &(Index, Index, Index)| {
                let b = b.index(batches.len());
                let from = from.index(batches[b].num_rows());
                (b, from, from + to.index(batches[b].num_rows() + 1 - from))
            };
            let ranges: Vec<RowRange> = picks.iter().map(range).collect();
            let firsts = ranges.iter().map(|(b, from, _)| place(*b, *from));
            let firsts: Vec<RowPlace> = firsts.collect();
            let rows = ranges.iter().flat_map(|(b, from, to)| (*from..*to).map(|r| place(*b, r)));
            let rows: Vec<RowPlace> = rows.collect();
            let gatherer = Gatherer::new(&batches);
            for at in 0..schema().fields().len() {
                check(&batches, at, &firsts, &gatherer.gather(at, &firsts).unwrap());
                check(&batches, at, &rows, &gatherer.columns[at].gather_ranges(&ranges).unwrap());
            }
        }
    }
}
