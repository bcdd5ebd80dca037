//! Reads what was kept back from the columns: one line of text a row.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Float64Type, Int32Type, Int64Type};
use plimsoll_model::Table;
use plimsoll_model::batch::Batch;

/// The rows of a batch as sorted lines.
pub(crate) fn lines(batch: &Batch) -> Vec<String> {
    let mut lines = Vec::new();
    for (table, rows) in &batch.tables {
        assert_eq!(rows.schema(), table.schema());
        assert!(rows.num_rows() > 0);
        let line: fn(&RecordBatch, usize) -> String = match table {
            Table::Series => series,
            Table::Samples => sample,
            Table::Histograms => histogram,
            Table::Exemplars => exemplar,
            other => panic!("no table of metrics: {}", other.name()),
        };
        lines.extend((0..rows.num_rows()).map(|row| line(rows, row)));
    }
    lines.sort();
    lines
}

fn column<'a>(rows: &'a RecordBatch, name: &str) -> &'a dyn Array {
    rows.column_by_name(name).unwrap_or_else(|| panic!("no column {name}"))
}

fn int(rows: &RecordBatch, name: &str, row: usize) -> Option<i64> {
    let column = column(rows, name).as_primitive::<Int64Type>();
    column.is_valid(row).then(|| column.value(row))
}

fn whole(rows: &RecordBatch, name: &str, row: usize) -> i64 {
    int(rows, name, row).unwrap_or_else(|| panic!("{name} is null"))
}

fn small(rows: &RecordBatch, name: &str, row: usize) -> Option<i32> {
    let column = column(rows, name).as_primitive::<Int32Type>();
    column.is_valid(row).then(|| column.value(row))
}

fn bits(rows: &RecordBatch, name: &str, row: usize) -> u64 {
    column(rows, name).as_primitive::<Float64Type>().value(row).to_bits()
}

fn text<'a>(rows: &'a RecordBatch, name: &str, row: usize) -> &'a str {
    let column = column(rows, name).as_string::<i32>();
    if column.is_valid(row) { column.value(row) } else { "" }
}

fn hex(rows: &RecordBatch, name: &str, row: usize) -> String {
    let column = column(rows, name).as_binary::<i32>();
    let bytes = if column.is_valid(row) { column.value(row) } else { &[] };
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn list(rows: &RecordBatch, name: &str, row: usize) -> Vec<i64> {
    column(rows, name).as_list::<i32>().value(row).as_primitive::<Int64Type>().values().to_vec()
}

fn series(rows: &RecordBatch, row: usize) -> String {
    let map = column(rows, "labels").as_map().value(row);
    let [keys, values] = [0, 1].map(|at| map.column(at).as_string::<i32>().clone());
    let labels: Vec<(&str, &str)> =
        (0..map.len()).map(|at| (keys.value(at), values.value(at))).collect();
    assert_eq!(text(rows, "attributes", row), "{}");
    assert!(labels.is_sorted_by(|a, b| a.0 < b.0));
    format!(
        "series {} {} {:?} {} {:?} {:?} {labels:?} {} {:?}",
        whole(rows, "series_id", row),
        whole(rows, "time_unix_nano", row).div_euclid(86_400_000_000_000),
        text(rows, "metric", row),
        text(rows, "type", row),
        text(rows, "unit", row),
        text(rows, "description", row),
        text(rows, "service_name", row),
        text(rows, "service_instance_id", row),
    )
}

fn sample(rows: &RecordBatch, row: usize) -> String {
    assert_eq!((int(rows, "value_int", row), small(rows, "flags", row)), (None, Some(0)));
    format!(
        "sample {} {} {:?} {:x}",
        whole(rows, "series_id", row),
        whole(rows, "time_unix_nano", row),
        int(rows, "start_time_unix_nano", row),
        bits(rows, "value", row),
    )
}

fn histogram(rows: &RecordBatch, row: usize) -> String {
    let bounds = column(rows, "bounds").as_list::<i32>().value(row);
    let bounds: Vec<String> = bounds
        .as_primitive::<Float64Type>()
        .values()
        .iter()
        .map(|bound| bound.to_string())
        .collect();
    format!(
        "histogram {} {} {:?} {} {:x} {:?} {} {:x} {} {:?} {} {:?} {bounds:?} {:?} {}",
        whole(rows, "series_id", row),
        whole(rows, "time_unix_nano", row),
        int(rows, "start_time_unix_nano", row),
        whole(rows, "count", row),
        bits(rows, "sum", row),
        small(rows, "scale", row),
        whole(rows, "zero_count", row),
        bits(rows, "zero_threshold", row),
        small(rows, "positive_offset", row).expect("it is never null"),
        list(rows, "positive_counts", row),
        small(rows, "negative_offset", row).expect("it is never null"),
        list(rows, "negative_counts", row),
        list(rows, "counts", row).iter().map(|count| count.cast_unsigned()).collect::<Vec<u64>>(),
        small(rows, "flags", row).expect("it is never null"),
    )
}

fn exemplar(rows: &RecordBatch, row: usize) -> String {
    format!(
        "exemplar {} {} {:x} {} {} {}",
        whole(rows, "series_id", row),
        whole(rows, "time_unix_nano", row),
        bits(rows, "value", row),
        hex(rows, "trace_id", row),
        hex(rows, "span_id", row),
        text(rows, "attributes", row),
    )
}
