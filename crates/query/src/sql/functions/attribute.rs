//! `attribute(map, key)`: the value of a key in one of the typed attribute maps.

use arrow::array::{Array, ArrayRef, AsArray, UInt32Array};
use arrow::compute::take;
use arrow::datatypes::{DataType, Field};
use datafusion::common::exec_datafusion_err;
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};

use super::{constant, is_text, mismatch, text};

/// The first value of a key; null where there is none.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct AttributeOf(Signature);

impl Default for AttributeOf {
    fn default() -> Self {
        Self(Signature::user_defined(Volatility::Immutable))
    }
}

/// The type of a map's values.
fn value_of(map: &DataType) -> Option<&Field> {
    let DataType::Map(entry, _) = map else { return None };
    let DataType::Struct(fields) = entry.data_type() else { return None };
    fields.get(1).map(AsRef::as_ref)
}

impl ScalarUDFImpl for AttributeOf {
    fn name(&self) -> &str {
        "attribute"
    }

    fn signature(&self) -> &Signature {
        &self.0
    }

    fn coerce_types(&self, found: &[DataType]) -> Result<Vec<DataType>> {
        match found {
            [map @ DataType::Map(..), key] if is_text(key) => Ok(vec![map.clone(), DataType::Utf8]),
            _ => Err(mismatch("attribute(map, text)", found)),
        }
    }

    fn return_type(&self, found: &[DataType]) -> Result<DataType> {
        let value = found.first().and_then(value_of);
        value.map(|value| value.data_type().clone()).ok_or_else(|| mismatch("a map", found))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let array = args.args[0].to_array(args.number_rows)?;
        let map = array.as_map_opt().ok_or_else(|| exec_datafusion_err!("expected a map"))?;
        let keys = map.keys().as_string_opt::<i32>();
        let keys = keys.ok_or_else(|| exec_datafusion_err!("expected a map with keys of text"))?;
        let entry = |row: usize, key: &str| {
            let entries = map.offsets()[row] as u32..map.offsets()[row + 1] as u32;
            let mut entries = entries.filter(|_| map.is_valid(row));
            entries.find(|entry| keys.value(*entry as usize) == key)
        };
        let rows = 0..map.len();
        let found: UInt32Array = match constant(&args.args[1]) {
            Some(key) => rows.map(|row| entry(row, key)).collect(),
            None => {
                let wanted = text(&args.args[1], args.number_rows)?;
                rows.map(|row| wanted.is_valid(row).then(|| entry(row, wanted.value(row)))?)
                    .collect()
            }
        };
        let values: ArrayRef = take(map.values(), &found, None)?;
        Ok(ColumnarValue::Array(values))
    }
}
