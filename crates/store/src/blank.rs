//! Columns that say nothing take no memory: of rows that wait, a column of nulls or of zeros alone is a
//! view of one that all share.
//!
//! Invariant: the column is the same for whoever reads it.

use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, AsArray, Int32Array, RecordBatch, new_null_array};
use arrow::datatypes::{DataType, Int32Type};

/// Rows of the shared columns; a batch with more keeps its own.
const ROWS: usize = 64 << 10;

/// A null of each type that columns of many nulls have: two MiB together where all are used.
static NULLS: LazyLock<[ArrayRef; 5]> = LazyLock::new(|| {
    [DataType::Int32, DataType::Int64, DataType::Float64, DataType::Utf8, DataType::Binary]
        .map(|kind| new_null_array(&kind, ROWS))
});

static ZEROS: LazyLock<ArrayRef> = LazyLock::new(|| Arc::new(Int32Array::from(vec![0; ROWS])));

/// The same rows with shared columns where that is possible, and the bytes that they do not share.
pub(crate) fn share(rows: &RecordBatch) -> (RecordBatch, usize) {
    let mut own = 0;
    let share = |column: &ArrayRef| {
        shared(column).unwrap_or_else(|| {
            own += column.get_array_memory_size();
            Arc::clone(column)
        })
    };
    let columns = rows.columns().iter().map(share).collect();
    match RecordBatch::try_new(rows.schema(), columns) {
        Ok(shared) => (shared, own),
        // Columns of the same types and lengths always fit; were they not to, the rows are right as well.
        Err(_) => (rows.clone(), rows.get_array_memory_size()),
    }
}

fn shared(column: &ArrayRef) -> Option<ArrayRef> {
    let rows = column.len();
    if rows > ROWS {
        return None;
    }
    if column.null_count() == rows {
        let null = NULLS.iter().find(|null| null.data_type() == column.data_type());
        return null.map(|null| null.slice(0, rows));
    }
    let numbers = column.as_primitive_opt::<Int32Type>()?;
    let zero = numbers.null_count() == 0 && numbers.values().iter().all(|number| *number == 0);
    zero.then(|| ZEROS.slice(0, rows))
}

#[cfg(test)]
mod tests {
    use arrow::array::{Float64Array, Int64Array, StringArray};
    use arrow::datatypes::{Field, Schema};

    use super::*;

    #[test]
    fn columns_that_say_nothing_are_shared() {
        let check = |column: ArrayRef, free: bool| {
            let field = Field::new("column", column.data_type().clone(), true);
            let schema = Arc::new(Schema::new(vec![field]));
            let rows = RecordBatch::try_new(schema, vec![column]).unwrap();
            let (shared, bytes) = share(&rows);
            assert_eq!(shared, rows);
            assert_eq!(bytes, if free { 0 } else { rows.get_array_memory_size() });
        };
        check(Arc::new(Int64Array::new_null(3)), true);
        check(Arc::new(Int64Array::from(vec![None, Some(0)])), false);
        check(Arc::new(Int64Array::from(vec![0, 0])), false);
        check(Arc::new(Float64Array::new_null(ROWS)), true);
        check(Arc::new(Float64Array::new_null(ROWS + 1)), false);
        check(Arc::new(StringArray::new_null(7)), true);
        check(Arc::new(StringArray::from(vec![""])), false);
        check(Arc::new(Int32Array::from(vec![0, 0])), true);
        check(Arc::new(Int32Array::from(vec![0, 1])), false);
        check(Arc::new(Int32Array::from(vec![Some(0), None])), false);
    }
}
