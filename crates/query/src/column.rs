//! Typed access to the columns of a batch by name. Text comes plain from memory and as a dictionary
//! from files; readers here do not see the difference.
//!
//! Invariant: a column that is missing or of another type is a defect, never a panic.

use arrow::array::{
    Array, AsArray, BinaryArray, BooleanArray, Float64Array, Int8Array, Int32Array, Int64Array,
    ListArray, MapArray, RecordBatch, StringArray,
};
use arrow::datatypes::{Float64Type, Int8Type, Int32Type, Int64Type};

use crate::QueryError;

/// A column of text.
#[derive(Clone, Copy)]
pub(crate) enum Text<'a> {
    Plain(&'a StringArray),
    Dictionary { keys: &'a Int32Array, values: &'a StringArray },
}

impl<'a> Text<'a> {
    /// `None` where the array is no text.
    pub(crate) fn of(array: &'a dyn Array) -> Option<Self> {
        if let Some(plain) = array.as_string_opt() {
            return Some(Self::Plain(plain));
        }
        let dictionary = array.as_dictionary_opt::<Int32Type>()?;
        Some(Self::Dictionary {
            keys: dictionary.keys(),
            values: dictionary.values().as_string_opt()?,
        })
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Plain(plain) => plain.len(),
            Self::Dictionary { keys, .. } => keys.len(),
        }
    }

    pub(crate) fn get(&self, row: usize) -> Option<&'a str> {
        match self {
            Self::Plain(plain) => plain.is_valid(row).then(|| plain.value(row)),
            Self::Dictionary { keys, values } => {
                let key = keys.is_valid(row).then(|| keys.value(row) as usize)?;
                values.is_valid(key).then(|| values.value(key))
            }
        }
    }

    /// Which rows hold a text that passes; a dictionary's texts are tested once each.
    pub(crate) fn test(&self, mut passes: impl FnMut(&str) -> bool) -> BooleanArray {
        match self {
            Self::Plain(plain) => {
                let row = |row| plain.is_valid(row) && passes(plain.value(row));
                (0..plain.len()).map(row).map(Some).collect()
            }
            Self::Dictionary { keys, values } => {
                // Values are tested when first met: a batch may use few of a large dictionary.
                let mut known: Vec<Option<bool>> = vec![None; values.len()];
                let row = |row: usize| {
                    if keys.is_null(row) {
                        return false;
                    }
                    let key = keys.value(row) as usize;
                    *known[key]
                        .get_or_insert_with(|| values.is_valid(key) && passes(values.value(key)))
                };
                (0..keys.len()).map(row).map(Some).collect()
            }
        }
    }
}

fn defect(name: &str) -> QueryError {
    QueryError::internal(format!("column {name} is missing or has another type"))
}

/// Columns by name and type.
pub(crate) trait Columns {
    fn array(&self, name: &str) -> Result<&dyn Array, QueryError>;

    fn text(&self, name: &str) -> Result<Text<'_>, QueryError> {
        Text::of(self.array(name)?).ok_or_else(|| defect(name))
    }

    fn long(&self, name: &str) -> Result<&Int64Array, QueryError> {
        self.array(name)?.as_primitive_opt::<Int64Type>().ok_or_else(|| defect(name))
    }

    fn double(&self, name: &str) -> Result<&Float64Array, QueryError> {
        self.array(name)?.as_primitive_opt::<Float64Type>().ok_or_else(|| defect(name))
    }

    fn int(&self, name: &str) -> Result<&Int32Array, QueryError> {
        self.array(name)?.as_primitive_opt::<Int32Type>().ok_or_else(|| defect(name))
    }

    /// A number that was unsigned when it was sent: the columns keep its bits.
    fn unsigned(&self, name: &str, row: usize) -> Result<u32, QueryError> {
        Ok(self.int(name)?.value(row).cast_unsigned())
    }

    fn byte(&self, name: &str) -> Result<&Int8Array, QueryError> {
        self.array(name)?.as_primitive_opt::<Int8Type>().ok_or_else(|| defect(name))
    }

    fn binary(&self, name: &str) -> Result<&BinaryArray, QueryError> {
        self.array(name)?.as_binary_opt().ok_or_else(|| defect(name))
    }

    fn map(&self, name: &str) -> Result<&MapArray, QueryError> {
        self.array(name)?.as_map_opt().ok_or_else(|| defect(name))
    }

    fn list(&self, name: &str) -> Result<&ListArray, QueryError> {
        self.array(name)?.as_list_opt().ok_or_else(|| defect(name))
    }
}

impl Columns for RecordBatch {
    fn array(&self, name: &str) -> Result<&dyn Array, QueryError> {
        self.column_by_name(name).map(AsRef::as_ref).ok_or_else(|| defect(name))
    }
}

impl Columns for arrow::array::StructArray {
    fn array(&self, name: &str) -> Result<&dyn Array, QueryError> {
        self.column_by_name(name).map(AsRef::as_ref).ok_or_else(|| defect(name))
    }
}

/// The first bytes of an id of N bytes, zeros where it is shorter.
pub(crate) fn id<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut id = [0; N];
    let len = bytes.len().min(N);
    id[..len].copy_from_slice(&bytes[..len]);
    id
}
