//! `hex(binary)` and `unhex(text)`.

use arrow::array::{ArrayRef, AsArray, BinaryArray, StringArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use datafusion::common::exec_datafusion_err;
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};

use super::{column, is_text, mismatch, text};

pub(in crate::sql) const HEX: &str = "hex";

/// The bytes that hex digits, in either case, stand for.
pub(in crate::sql) fn decode_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| match pair {
            [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            _ => None,
        })
        .collect()
}

/// Bytes as lower-case hex digits.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Hex(Signature);

impl Default for Hex {
    fn default() -> Self {
        Self(Signature::user_defined(Volatility::Immutable))
    }
}

impl ScalarUDFImpl for Hex {
    fn name(&self) -> &str {
        HEX
    }

    fn signature(&self) -> &Signature {
        &self.0
    }

    fn coerce_types(&self, found: &[DataType]) -> Result<Vec<DataType>> {
        match found {
            [
                DataType::Binary
                | DataType::LargeBinary
                | DataType::BinaryView
                | DataType::FixedSizeBinary(_)
                | DataType::Null,
            ] => Ok(vec![DataType::Binary]),
            _ => Err(mismatch("hex(binary)", found)),
        }
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let array: ArrayRef = cast(&args.args[0].to_array(args.number_rows)?, &DataType::Binary)?;
        let texts = array.as_binary::<i32>().iter().map(|bytes| bytes.map(crate::attributes::hex));
        Ok(column(texts.collect::<StringArray>()))
    }
}

/// The bytes that hex digits stand for.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Unhex(Signature);

impl Default for Unhex {
    fn default() -> Self {
        Self(Signature::user_defined(Volatility::Immutable))
    }
}

impl ScalarUDFImpl for Unhex {
    fn name(&self) -> &str {
        "unhex"
    }

    fn signature(&self) -> &Signature {
        &self.0
    }

    fn coerce_types(&self, found: &[DataType]) -> Result<Vec<DataType>> {
        match found {
            [kind] if is_text(kind) => Ok(vec![DataType::Utf8]),
            _ => Err(mismatch("unhex(text)", found)),
        }
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Binary)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let texts = text(&args.args[0], args.number_rows)?;
        let bytes = texts.iter().map(|text| match text {
            None => Ok(None),
            Some(text) => decode_hex(text).map(Some).ok_or_else(|| {
                let found: String = text.chars().take(64).collect();
                exec_datafusion_err!("unhex expects pairs of hex digits, found {found:?}")
            }),
        });
        Ok(column(bytes.collect::<Result<BinaryArray>>()?))
    }
}
