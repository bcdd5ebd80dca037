//! Columns without a single value in a row group are made, not read: half the columns of a span are
//! promoted attributes that its service never sets, and each would cost a page and a decompressor.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, make_array, new_null_array};
use arrow::datatypes::{FieldRef, Fields, Schema, SchemaRef};
use arrow::error::ArrowError;

/// Columns that hold nothing: nulls, empty lists and empty maps.
pub(super) struct Absent {
    columns: Fields,
}

impl Absent {
    pub(super) fn new(columns: Vec<FieldRef>) -> Self {
        Self { columns: columns.into() }
    }

    /// Adds the columns to rows that were read without them.
    pub(super) fn add_to(&self, rows: RecordBatch) -> Result<RecordBatch, ArrowError> {
        if self.columns.is_empty() {
            return Ok(rows);
        }
        let (read, mut columns, count) = rows.into_parts();
        let fields = read.fields().iter().chain(&self.columns).cloned();
        let schema: SchemaRef = Arc::new(Schema::new(fields.collect::<Fields>()));
        for field in &self.columns {
            columns.push(nothing(field, count)?);
        }
        let options = RecordBatchOptions::new().with_row_count(Some(count));
        RecordBatch::try_new_with_options(schema, columns, &options)
    }
}

/// Rows without a value: null where the column may be, else empty.
fn nothing(field: &FieldRef, rows: usize) -> Result<ArrayRef, ArrowError> {
    let nulls = new_null_array(field.data_type(), rows);
    if field.is_nullable() {
        return Ok(nulls);
    }
    Ok(make_array(nulls.to_data().into_builder().nulls(None).build()?))
}

#[cfg(test)]
mod tests {
    use arrow::array::{Array, AsArray, Int64Array};
    use arrow::datatypes::{DataType, Field};
    use plimsoll_model::schema::{dictionary, map_of};

    use super::*;

    #[test]
    fn texts_are_null_and_maps_empty() {
        let number = Arc::new(Field::new("number", DataType::Int64, false));
        let values = Arc::new(Int64Array::from(vec![1, 2, 3]));
        let rows = RecordBatch::try_new(Arc::new(Schema::new(vec![number])), vec![values]).unwrap();
        let absent = Absent::new(vec![
            Arc::new(Field::new("text", dictionary(), true)),
            Arc::new(Field::new("map", map_of(DataType::Utf8), false)),
        ]);
        let rows = absent.add_to(rows).unwrap();
        assert_eq!(rows.num_columns(), 3);
        assert_eq!(rows.column_by_name("text").unwrap().null_count(), 3);
        let map = rows.column_by_name("map").unwrap().as_map();
        assert!((0..3).all(|row| map.is_valid(row) && map.value_length(row) == 0));
    }
}
