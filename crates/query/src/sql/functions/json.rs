//! `json_get(json, key)`: an attribute out of typed JSON, as text.

use arrow::array::StringArray;
use arrow::datatypes::DataType;
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};

use super::{column, constant, is_text, mismatch, text};
use crate::attributes::{Typed, parse_pairs};

/// The value of a key: text as it is, anything else as plain JSON; null where there is none.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct JsonGet(Signature);

impl Default for JsonGet {
    fn default() -> Self {
        Self(Signature::user_defined(Volatility::Immutable))
    }
}

fn get(json: &str, key: &str) -> Option<String> {
    let (_, value) = parse_pairs(json).into_iter().find(|(found, _)| found == key)?;
    (value != Typed::Empty).then(|| value.text())
}

impl ScalarUDFImpl for JsonGet {
    fn name(&self) -> &str {
        "json_get"
    }

    fn signature(&self) -> &Signature {
        &self.0
    }

    fn coerce_types(&self, found: &[DataType]) -> Result<Vec<DataType>> {
        match found {
            [json, key] if is_text(json) && is_text(key) => {
                Ok(vec![DataType::Utf8, DataType::Utf8])
            }
            _ => Err(mismatch("json_get(text, text)", found)),
        }
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let json = text(&args.args[0], args.number_rows)?;
        let found: StringArray = match constant(&args.args[1]) {
            Some(key) => {
                // Rows of one sender stand together and have equal resources.
                let mut last: Option<(&str, Option<String>)> = None;
                let mut values = Vec::with_capacity(args.number_rows);
                for text in &json {
                    let Some(text) = text else {
                        values.push(None);
                        continue;
                    };
                    if last.as_ref().is_none_or(|(before, _)| *before != text) {
                        last = Some((text, get(text, key)));
                    }
                    values.push(last.as_ref().and_then(|(_, value)| value.clone()));
                }
                values.into_iter().collect()
            }
            None => {
                let keys = text(&args.args[1], args.number_rows)?;
                json.iter().zip(&keys).map(|(json, key)| get(json?, key?)).collect()
            }
        };
        Ok(column(found))
    }
}
