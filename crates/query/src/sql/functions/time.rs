//! `to_time(bigint)`: Unix nanoseconds as a timestamp.

use arrow::compute::cast;
use arrow::datatypes::{DataType, TimeUnit};
use datafusion::error::Result;
use datafusion::logical_expr::interval_arithmetic::Interval;
use datafusion::logical_expr::sort_properties::{ExprProperties, SortProperties};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};

use super::mismatch;

pub(in crate::sql) const TO_TIME: &str = "to_time";

/// As `now()` has it.
fn timestamp() -> DataType {
    DataType::Timestamp(TimeUnit::Nanosecond, Some("+00:00".into()))
}

/// Unix nanoseconds as a timestamp.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct ToTime(Signature);

impl Default for ToTime {
    fn default() -> Self {
        Self(Signature::user_defined(Volatility::Immutable))
    }
}

impl ScalarUDFImpl for ToTime {
    fn name(&self) -> &str {
        TO_TIME
    }

    fn signature(&self) -> &Signature {
        &self.0
    }

    fn coerce_types(&self, found: &[DataType]) -> Result<Vec<DataType>> {
        match found {
            [kind] if kind.is_integer() || kind.is_null() => Ok(vec![DataType::Int64]),
            _ => Err(mismatch("to_time(bigint), Unix nanoseconds", found)),
        }
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(timestamp())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let nano = args.args[0].to_array(args.number_rows)?;
        Ok(ColumnarValue::Array(cast(&nano, &timestamp())?))
    }

    fn evaluate_bounds(&self, _: &[&Interval]) -> Result<Interval> {
        Interval::make_unbounded(&timestamp())
    }

    fn output_ordering(&self, inputs: &[ExprProperties]) -> Result<SortProperties> {
        Ok(inputs[0].sort_properties)
    }
}
