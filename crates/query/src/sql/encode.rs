//! Rows of a result as JSON that loses nothing, written as they come: a row takes no more memory than
//! its text.

use std::fmt::Write as _;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{
    DataType, Date32Type, Date64Type, Field, Float16Type, Float32Type, Float64Type, Int8Type,
    Int16Type, Int32Type, Int64Type, Schema, TimeUnit, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::execution::memory_pool::MemoryReservation;
use plimsoll_model::ErrorCode;
use serde::Serialize;

use super::{SqlColumn, SqlRows};
use crate::QueryError;
use crate::attributes::{exact, hex, number};
use crate::rfc3339;

/// What a byte of text takes: itself, room for the text to grow, its copy in an answer.
const MEMORY_PER_BYTE: usize = 3;

/// Gathers rows up to a number and an amount of text.
pub(super) struct Encoder {
    columns: Vec<SqlColumn>,
    json: Json,
    rows: usize,
    rows_max: usize,
    bytes_max: usize,
    memory: MemoryReservation,
    truncated: bool,
}

impl Encoder {
    pub(super) fn new(
        schema: &Schema,
        rows_max: usize,
        bytes_max: usize,
        memory: MemoryReservation,
    ) -> Self {
        let column = |field: &Arc<Field>| SqlColumn {
            name: field.name().clone(),
            kind: kind(field.data_type()),
        };
        Self {
            columns: schema.fields().iter().map(column).collect(),
            json: Json(b"[".to_vec()),
            rows: 0,
            rows_max,
            bytes_max,
            memory,
            truncated: false,
        }
    }

    /// Takes rows; false where more would be cut off.
    pub(super) fn add(&mut self, batch: &RecordBatch) -> Result<bool, QueryError> {
        let room = self.rows_max - self.rows;
        if batch.num_rows() > room {
            self.truncated = true;
        }
        for row in 0..batch.num_rows().min(room) {
            if self.rows > 0 {
                self.json.raw(",");
            }
            self.json.items(ARRAY, batch.columns(), |json, column| json.value(column, row))?;
            self.rows += 1;
            if self.json.0.len() > self.bytes_max {
                return Err(QueryError::new(
                    ErrorCode::TooLarge,
                    format!("the result is larger than {} bytes", self.bytes_max),
                )
                .hint("select fewer columns or rows"));
            }
        }
        let needed = MEMORY_PER_BYTE * self.json.0.len();
        self.memory.try_resize(needed).map_err(QueryError::memory)?;
        Ok(!self.truncated)
    }

    /// The columns, the rows, how many they are, and whether some were cut off.
    pub(super) fn finish(mut self) -> Result<(Vec<SqlColumn>, SqlRows, usize, bool), QueryError> {
        self.json.raw("]");
        let rows = SqlRows::new(self.json.0, self.memory)?;
        Ok((self.columns, rows, self.rows, self.truncated))
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

const ARRAY: [&str; 2] = ["[", "]"];
const OBJECT: [&str; 2] = ["{", "}"];

/// JSON text that grows.
struct Json(Vec<u8>);

impl Json {
    fn raw(&mut self, text: &str) {
        self.0.extend_from_slice(text.as_bytes());
    }

    fn put(&mut self, value: impl Serialize) -> Result<(), QueryError> {
        serde_json::to_writer(&mut self.0, &value).map_err(QueryError::internal)
    }

    /// What `one` writes of each item, between brackets and with commas.
    fn items<T>(
        &mut self,
        [open, close]: [&str; 2],
        items: impl IntoIterator<Item = T>,
        mut one: impl FnMut(&mut Self, T) -> Result<(), QueryError>,
    ) -> Result<(), QueryError> {
        self.raw(open);
        for (at, item) in items.into_iter().enumerate() {
            if at > 0 {
                self.raw(",");
            }
            one(self, item)?;
        }
        self.raw(close);
        Ok(())
    }

    fn values(&mut self, values: &ArrayRef) -> Result<(), QueryError> {
        self.items(ARRAY, 0..values.len(), |json, at| json.value(values, at))
    }

    /// A key of an object: a string, whatever its type.
    fn key(&mut self, array: &ArrayRef, at: usize) -> Result<(), QueryError> {
        let mut key = Self(Vec::new());
        key.value(array, at)?;
        if key.0.first() == Some(&b'"') {
            self.0.append(&mut key.0);
            return Ok(());
        }
        self.put(String::from_utf8_lossy(&key.0))
    }

    fn value(&mut self, array: &ArrayRef, row: usize) -> Result<(), QueryError> {
        if array.is_null(row) {
            self.raw("null");
            return Ok(());
        }
        match array.data_type() {
            DataType::Null => self.put(()),
            DataType::Boolean => self.put(array.as_boolean().value(row)),
            DataType::Int8 => self.put(array.as_primitive::<Int8Type>().value(row)),
            DataType::Int16 => self.put(array.as_primitive::<Int16Type>().value(row)),
            DataType::Int32 => self.put(array.as_primitive::<Int32Type>().value(row)),
            DataType::Int64 => self.put(exact(array.as_primitive::<Int64Type>().value(row))),
            DataType::UInt8 => self.put(array.as_primitive::<UInt8Type>().value(row)),
            DataType::UInt16 => self.put(array.as_primitive::<UInt16Type>().value(row)),
            DataType::UInt32 => self.put(array.as_primitive::<UInt32Type>().value(row)),
            DataType::UInt64 => {
                let int = array.as_primitive::<UInt64Type>().value(row);
                match i64::try_from(int) {
                    Ok(int) => self.put(exact(int)),
                    Err(_) => self.put(int.to_string()),
                }
            }
            DataType::Float16 => {
                self.put(number(array.as_primitive::<Float16Type>().value(row).into()))
            }
            DataType::Float32 => {
                self.put(number(array.as_primitive::<Float32Type>().value(row).into()))
            }
            DataType::Float64 => self.put(number(array.as_primitive::<Float64Type>().value(row))),
            DataType::Utf8 => self.put(array.as_string::<i32>().value(row)),
            DataType::LargeUtf8 => self.put(array.as_string::<i64>().value(row)),
            DataType::Utf8View => self.put(array.as_string_view().value(row)),
            DataType::Binary => self.put(hex(array.as_binary::<i32>().value(row))),
            DataType::LargeBinary => self.put(hex(array.as_binary::<i64>().value(row))),
            DataType::BinaryView => self.put(hex(array.as_binary_view().value(row))),
            DataType::FixedSizeBinary(_) => self.put(hex(array.as_fixed_size_binary().value(row))),
            DataType::Timestamp(unit, _) => self.timestamp(array, row, *unit),
            DataType::Date32 => {
                let days = array.as_primitive::<Date32Type>().value(row);
                self.put(crate::time::date(i64::from(days)))
            }
            DataType::Date64 => {
                let ms = array.as_primitive::<Date64Type>().value(row);
                self.put(crate::time::date(ms.div_euclid(86_400_000)))
            }
            DataType::List(_) => self.values(&array.as_list::<i32>().value(row)),
            DataType::LargeList(_) => self.values(&array.as_list::<i64>().value(row)),
            DataType::FixedSizeList(..) => self.values(&array.as_fixed_size_list().value(row)),
            DataType::Struct(fields) => {
                let columns = fields.iter().zip(array.as_struct().columns());
                self.items(OBJECT, columns, |json, (field, column)| {
                    json.put(field.name())?;
                    json.raw(":");
                    json.value(column, row)
                })
            }
            DataType::Map(..) => {
                let map = array.as_map();
                let entries = map.offsets()[row] as usize..map.offsets()[row + 1] as usize;
                self.items(OBJECT, entries, |json, at| {
                    json.key(map.keys(), at)?;
                    json.raw(":");
                    json.value(map.values(), at)
                })
            }
            DataType::Dictionary(..) => {
                let one = array.slice(row, 1);
                let one = one.as_any_dictionary();
                self.value(one.values(), one.normalized_keys()[0])
            }
            _ => self.display(array, row),
        }
    }

    fn timestamp(
        &mut self,
        array: &ArrayRef,
        row: usize,
        unit: TimeUnit,
    ) -> Result<(), QueryError> {
        let factor: i64 = match unit {
            TimeUnit::Second => 1_000_000_000,
            TimeUnit::Millisecond => 1_000_000,
            TimeUnit::Microsecond => 1_000,
            TimeUnit::Nanosecond => 1,
        };
        let counts = arrow::compute::cast(&array.slice(row, 1), &DataType::Int64)?;
        match counts.as_primitive::<Int64Type>().value(0).checked_mul(factor) {
            Some(nano) => self.put(rfc3339(nano)),
            // What nanoseconds cannot count is shown as Arrow shows it.
            None => self.display(array, row),
        }
    }

    fn display(&mut self, array: &ArrayRef, row: usize) -> Result<(), QueryError> {
        let options = FormatOptions::default();
        let formatter = ArrayFormatter::try_new(array.as_ref(), &options)?;
        let mut text = String::new();
        write!(text, "{}", formatter.value(row)).map_err(QueryError::internal)?;
        self.put(text)
    }
}
