//! The functions of SQL: those of DataFusion that are listed, and a few of our own.

mod allowed;
mod attribute;
mod hex;
mod json;
mod time;

use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, StringArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use datafusion::common::{DataFusionError, plan_datafusion_err};
use datafusion::error::Result;
use datafusion::logical_expr::{AggregateUDF, ColumnarValue, ScalarUDF, WindowUDF};

pub(super) use hex::{HEX, decode_hex};
pub(super) use time::TO_TIME;

/// Functions of rows.
pub(super) fn scalar() -> Vec<Arc<ScalarUDF>> {
    static ALL: LazyLock<Vec<Arc<ScalarUDF>>> = LazyLock::new(|| {
        let theirs = datafusion::functions::all_default_functions().into_iter();
        let nested = datafusion::functions_nested::all_default_nested_functions();
        let allowed = |f: &Arc<ScalarUDF>| allowed::SCALAR.contains(&f.name());
        let mut all: Vec<_> = theirs.chain(nested).filter(allowed).collect();
        all.extend([
            Arc::new(ScalarUDF::new_from_impl(hex::Hex::default())),
            Arc::new(ScalarUDF::new_from_impl(hex::Unhex::default())),
            Arc::new(ScalarUDF::new_from_impl(time::ToTime::default())),
            Arc::new(ScalarUDF::new_from_impl(json::JsonGet::default())),
            Arc::new(ScalarUDF::new_from_impl(attribute::AttributeOf::default())),
        ]);
        all
    });
    ALL.clone()
}

/// Functions of groups.
pub(super) fn aggregate() -> Vec<Arc<AggregateUDF>> {
    let all = datafusion::functions_aggregate::all_default_aggregate_functions();
    all.into_iter().filter(|f| allowed::AGGREGATE.contains(&f.name())).collect()
}

/// Functions of windows of rows.
pub(super) fn window() -> Vec<Arc<WindowUDF>> {
    let all = datafusion::functions_window::all_default_window_functions();
    all.into_iter().filter(|f| allowed::WINDOW.contains(&f.name())).collect()
}

/// An argument as an array of text, whatever its encoding.
fn text(value: &ColumnarValue, rows: usize) -> Result<StringArray> {
    let array = cast(&value.to_array(rows)?, &DataType::Utf8)?;
    Ok(arrow::array::AsArray::as_string::<i32>(&array).clone())
}

/// The one text that an argument is, `None` where it differs from row to row.
fn constant(value: &ColumnarValue) -> Option<&str> {
    match value {
        ColumnarValue::Scalar(scalar) => scalar.try_as_str().flatten(),
        ColumnarValue::Array(_) => None,
    }
}

/// An answer with as many rows as were asked for.
fn column(array: impl Array + 'static) -> ColumnarValue {
    ColumnarValue::Array(Arc::new(array) as ArrayRef)
}

fn is_text(kind: &DataType) -> bool {
    match kind {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => true,
        DataType::Dictionary(_, value) => is_text(value),
        _ => false,
    }
}

/// The error of a call with arguments of other types.
fn mismatch(expected: &str, found: &[DataType]) -> DataFusionError {
    let found: Vec<String> = found.iter().map(ToString::to_string).collect();
    plan_datafusion_err!("expected {expected}, found ({})", found.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_function_exists_and_none_else_does() {
        let mut scalar: Vec<String> = scalar().iter().map(|f| f.name().to_owned()).collect();
        let ours = ["hex", "unhex", "to_time", "json_get", "attribute"];
        let mut listed: Vec<String> =
            allowed::SCALAR.iter().chain(&ours).map(|name| (*name).to_owned()).collect();
        scalar.sort();
        listed.sort();
        assert_eq!(scalar, listed);
        assert_eq!(aggregate().len(), allowed::AGGREGATE.len());
        assert_eq!(window().len(), allowed::WINDOW.len());
    }
}
