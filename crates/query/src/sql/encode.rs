//! Rows of a result as JSON that loses nothing.

use std::fmt::Write as _;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{
    DataType, Date32Type, Date64Type, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type,
    Int32Type, Int64Type, Schema, TimeUnit, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use plimsoll_model::ErrorCode;
use serde_json::{Map, Value};

use super::SqlColumn;
use crate::QueryError;
use crate::attributes::{exact, hex, number};
use crate::rfc3339;

/// What a value takes in memory besides its text.
const VALUE_BYTES: usize = 32;

/// Gathers rows up to a number and an amount of memory.
pub(super) struct Encoder {
    columns: Vec<SqlColumn>,
    rows: Vec<Vec<Value>>,
    rows_max: usize,
    bytes: usize,
    bytes_max: usize,
    truncated: bool,
}

impl Encoder {
    pub(super) fn new(schema: &Schema, rows_max: usize, bytes_max: usize) -> Self {
        let column = |field: &std::sync::Arc<arrow::datatypes::Field>| SqlColumn {
            name: field.name().clone(),
            kind: kind(field.data_type()),
        };
        Self {
            columns: schema.fields().iter().map(column).collect(),
            rows: Vec::new(),
            rows_max,
            bytes: 0,
            bytes_max,
            truncated: false,
        }
    }

    /// Takes rows; false where more would be cut off.
    pub(super) fn add(&mut self, batch: &RecordBatch) -> Result<bool, QueryError> {
        let room = self.rows_max - self.rows.len();
        if batch.num_rows() > room {
            self.truncated = true;
        }
        for row in 0..batch.num_rows().min(room) {
            let mut values = Vec::with_capacity(self.columns.len());
            for column in batch.columns() {
                let value = value(column, row)?;
                self.bytes += size(&value);
                values.push(value);
            }
            if self.bytes > self.bytes_max {
                return Err(QueryError::new(
                    ErrorCode::TooLarge,
                    format!("the result is larger than {} bytes", self.bytes_max),
                )
                .hint("select fewer columns or rows"));
            }
            self.rows.push(values);
        }
        Ok(!self.truncated)
    }

    pub(super) fn finish(self) -> (Vec<SqlColumn>, Vec<Vec<Value>>, bool) {
        (self.columns, self.rows, self.truncated)
    }
}

/// What a value takes in memory, roughly.
fn size(value: &Value) -> usize {
    VALUE_BYTES
        + match value {
            Value::String(text) => text.len(),
            Value::Array(values) => values.iter().map(size).sum(),
            Value::Object(map) => map.iter().map(|(key, value)| 64 + key.len() + size(value)).sum(),
            Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        }
}

/// The name of a type.
fn kind(data_type: &DataType) -> String {
    let name = match data_type {
        DataType::Null => "null",
        DataType::Boolean => "boolean",
        DataType::Int8 => "tinyint",
        DataType::Int16 => "smallint",
        DataType::Int32 => "integer",
        DataType::Int64 => "bigint",
        DataType::UInt8 | DataType::UInt16 | DataType::UInt32 | DataType::UInt64 => "unsigned",
        DataType::Float16 | DataType::Float32 | DataType::Float64 => "double",
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "text",
        DataType::Binary
        | DataType::LargeBinary
        | DataType::BinaryView
        | DataType::FixedSizeBinary(_) => "binary",
        DataType::Timestamp(..) => "timestamp",
        DataType::Date32 | DataType::Date64 => "date",
        DataType::Time32(_) | DataType::Time64(_) => "time",
        DataType::Interval(_) | DataType::Duration(_) => "interval",
        DataType::Struct(_) => "struct",
        DataType::Map(..) => "map",
        DataType::Dictionary(_, value) => return kind(value),
        DataType::RunEndEncoded(_, values) => return kind(values.data_type()),
        DataType::List(element)
        | DataType::LargeList(element)
        | DataType::FixedSizeList(element, _)
        | DataType::ListView(element)
        | DataType::LargeListView(element) => {
            return format!("list of {}", kind(element.data_type()));
        }
        DataType::Decimal32(..)
        | DataType::Decimal64(..)
        | DataType::Decimal128(..)
        | DataType::Decimal256(..) => "decimal",
        DataType::Union(..) => "union",
    };
    name.to_owned()
}

fn list(values: &ArrayRef) -> Result<Value, QueryError> {
    let values = (0..values.len()).map(|at| value(values, at)).collect::<Result<Vec<_>, _>>()?;
    Ok(Value::Array(values))
}

/// A key of a JSON object.
fn key(array: &ArrayRef, at: usize) -> Result<String, QueryError> {
    Ok(match value(array, at)? {
        Value::String(text) => text,
        other => other.to_string(),
    })
}

fn value(array: &ArrayRef, row: usize) -> Result<Value, QueryError> {
    if array.is_null(row) {
        return Ok(Value::Null);
    }
    Ok(match array.data_type() {
        DataType::Null => Value::Null,
        DataType::Boolean => Value::Bool(array.as_boolean().value(row)),
        DataType::Int8 => Value::from(array.as_primitive::<Int8Type>().value(row)),
        DataType::Int16 => Value::from(array.as_primitive::<Int16Type>().value(row)),
        DataType::Int32 => Value::from(array.as_primitive::<Int32Type>().value(row)),
        DataType::Int64 => exact(array.as_primitive::<Int64Type>().value(row)),
        DataType::UInt8 => Value::from(array.as_primitive::<UInt8Type>().value(row)),
        DataType::UInt16 => Value::from(array.as_primitive::<UInt16Type>().value(row)),
        DataType::UInt32 => Value::from(array.as_primitive::<UInt32Type>().value(row)),
        DataType::UInt64 => {
            let int = array.as_primitive::<UInt64Type>().value(row);
            i64::try_from(int).map_or_else(|_| Value::String(int.to_string()), exact)
        }
        DataType::Float16 => number(array.as_primitive::<Float16Type>().value(row).into()),
        DataType::Float32 => number(array.as_primitive::<Float32Type>().value(row).into()),
        DataType::Float64 => number(array.as_primitive::<Float64Type>().value(row)),
        DataType::Utf8 => Value::from(array.as_string::<i32>().value(row)),
        DataType::LargeUtf8 => Value::from(array.as_string::<i64>().value(row)),
        DataType::Utf8View => Value::from(array.as_string_view().value(row)),
        DataType::Binary => Value::String(hex(array.as_binary::<i32>().value(row))),
        DataType::LargeBinary => Value::String(hex(array.as_binary::<i64>().value(row))),
        DataType::BinaryView => Value::String(hex(array.as_binary_view().value(row))),
        DataType::FixedSizeBinary(_) => Value::String(hex(array.as_fixed_size_binary().value(row))),
        DataType::Timestamp(unit, _) => timestamp(array, row, *unit)?,
        DataType::Date32 => {
            let days = array.as_primitive::<Date32Type>().value(row);
            Value::String(crate::time::date(i64::from(days)))
        }
        DataType::Date64 => {
            let ms = array.as_primitive::<Date64Type>().value(row);
            Value::String(crate::time::date(ms.div_euclid(86_400_000)))
        }
        DataType::List(_) => list(&array.as_list::<i32>().value(row))?,
        DataType::LargeList(_) => list(&array.as_list::<i64>().value(row))?,
        DataType::FixedSizeList(..) => list(&array.as_fixed_size_list().value(row))?,
        DataType::Struct(fields) => {
            let columns = fields.iter().zip(array.as_struct().columns());
            let pairs =
                columns.map(|(field, column)| Ok((field.name().clone(), value(column, row)?)));
            Value::Object(pairs.collect::<Result<Map<_, _>, QueryError>>()?)
        }
        DataType::Map(..) => {
            let map = array.as_map();
            let entries = map.offsets()[row] as usize..map.offsets()[row + 1] as usize;
            let pairs = entries.map(|at| Ok((key(map.keys(), at)?, value(map.values(), at)?)));
            Value::Object(pairs.collect::<Result<Map<_, _>, QueryError>>()?)
        }
        DataType::Dictionary(..) => {
            let dictionary = array.as_any_dictionary();
            value(dictionary.values(), dictionary.normalized_keys()[row])?
        }
        _ => display(array, row)?,
    })
}

fn timestamp(array: &ArrayRef, row: usize, unit: TimeUnit) -> Result<Value, QueryError> {
    let factor: i64 = match unit {
        TimeUnit::Second => 1_000_000_000,
        TimeUnit::Millisecond => 1_000_000,
        TimeUnit::Microsecond => 1_000,
        TimeUnit::Nanosecond => 1,
    };
    let counts = arrow::compute::cast(&array.slice(row, 1), &DataType::Int64)?;
    let nano = counts.as_primitive::<Int64Type>().value(0).checked_mul(factor);
    // What nanoseconds cannot count is shown as Arrow shows it.
    nano.map_or_else(|| display(array, row), |nano| Ok(Value::String(rfc3339(nano))))
}

fn display(array: &ArrayRef, row: usize) -> Result<Value, QueryError> {
    let options = FormatOptions::default();
    let formatter = ArrayFormatter::try_new(array.as_ref(), &options)?;
    let mut text = String::new();
    write!(text, "{}", formatter.value(row)).map_err(QueryError::internal)?;
    Ok(Value::String(text))
}
