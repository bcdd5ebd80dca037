//! Puts the rows of many batches in a table's order without copying them first.
//!
//! Invariant: the order is total and depends on the rows alone, ties included (by batch, then row).

use std::collections::HashMap;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Int64Type};
use plimsoll_model::Table;

use crate::by_series::{SERIES_AND_TIME, by_series};
use crate::file::{PARTITION, date_text};
use crate::gather::RowPlace;

/// Sort columns a table has at most.
const COLUMNS_MAX: usize = 3;

/// The rows of `batches` by day, each day's in the table's order.
pub(crate) fn sorted_by_day(table: Table, batches: &[RecordBatch]) -> Vec<(i32, Vec<RowPlace>)> {
    if table.sort_columns() == SERIES_AND_TIME {
        return by_series(batches);
    }
    let keys: Vec<Vec<Vec<u64>>> =
        table.sort_columns().iter().map(|name| column_keys(batches, name)).collect();
    let mut rows: Vec<(i32, [u64; COLUMNS_MAX], RowPlace)> =
        Vec::with_capacity(batches.iter().map(RecordBatch::num_rows).sum());
    let time_column = table.time_column();
    for (b, batch) in batches.iter().enumerate() {
        let times = batch.column(time_column).as_primitive::<Int64Type>().values();
        for (r, time) in times.iter().enumerate() {
            let mut key = [0; COLUMNS_MAX];
            for (part, column) in key.iter_mut().zip(&keys) {
                *part = column[b][r];
            }
            rows.push((day_of(*time), key, place(b, r)));
        }
    }
    rows.sort_unstable();
    let mut days: Vec<(i32, Vec<RowPlace>)> = Vec::new();
    for (day, _, place) in rows {
        if days.last().is_none_or(|(last, _)| *last != day) {
            days.push((day, Vec::new()));
        }
        if let Some((_, places)) = days.last_mut() {
            places.push(place);
        }
    }
    days
}

/// The place of a row of a batch.
pub(crate) fn place(batch: usize, row: usize) -> RowPlace {
    let narrow = |at: usize| u32::try_from(at).expect("memory holds fewer than 2^32 rows");
    (narrow(batch), narrow(row))
}

/// The UTC day of a time, the partition it belongs to.
pub(crate) fn day_of(time: i64) -> i32 {
    i32::try_from(time.div_euclid(plimsoll_model::DAY_NANO)).expect("292 years have few days")
}

/// For each batch and row, a number that orders as the column's value does.
fn column_keys(batches: &[RecordBatch], name: &str) -> Vec<Vec<u64>> {
    let columns: Vec<&dyn Array> =
        batches.iter().map(|batch| &**batch.column_by_name(name).expect("a sort column")).collect();
    match columns.first().map(|column| column.data_type()) {
        Some(DataType::Utf8) => string_ranks(&columns),
        Some(DataType::Int64) => columns
            .iter()
            .map(|c| c.as_primitive::<Int64Type>().values().iter().map(|v| ordered(*v)).collect())
            .collect(),
        Some(DataType::Binary) => columns
            .iter()
            .map(|c| c.as_binary::<i32>().iter().map(|v| prefix(v.unwrap_or_default())).collect())
            .collect(),
        Some(other) => unreachable!("no table is sorted by a column of type {other}"),
        None => Vec::new(),
    }
}

/// Maps signed to unsigned, keeping order.
fn ordered(value: i64) -> u64 {
    value.cast_unsigned() ^ (1 << 63)
}

/// The first eight bytes as a number: all the order that ids need.
fn prefix(bytes: &[u8]) -> u64 {
    let mut first = [0; 8];
    let length = bytes.len().min(8);
    first[..length].copy_from_slice(&bytes[..length]);
    u64::from_be_bytes(first)
}

/// Each string's rank among the distinct strings.
fn string_ranks(columns: &[&dyn Array]) -> Vec<Vec<u64>> {
    let mut ids: HashMap<&str, usize> = HashMap::new();
    let mut distinct: Vec<&str> = Vec::new();
    let mut found: Vec<Vec<u64>> = Vec::with_capacity(columns.len());
    for column in columns {
        let strings = column.as_string::<i32>();
        let mut last: Option<(&str, usize)> = None;
        found.push(
            (0..strings.len())
                .map(|row| {
                    let text = strings.value(row);
                    // Neighbours are often equal: one comparison instead of one hash.
                    let id = match last {
                        Some((same, id)) if same == text => id,
                        _ => *ids.entry(text).or_insert_with(|| {
                            distinct.push(text);
                            distinct.len() - 1
                        }),
                    };
                    last = Some((text, id));
                    id as u64
                })
                .collect(),
        );
    }
    let mut order: Vec<usize> = (0..distinct.len()).collect();
    order.sort_unstable_by_key(|id| distinct[*id]);
    let mut rank = vec![0_u64; distinct.len()];
    for (position, id) in order.into_iter().enumerate() {
        rank[id] = position as u64;
    }
    for key in found.iter_mut().flatten() {
        *key = rank[usize::try_from(*key).expect("an index")];
    }
    found
}

/// The folder, relative to its table's, and a fresh name for a file of this day.
pub(crate) fn file_name(day: i32, unique: &str) -> String {
    format!("{PARTITION}={}/{unique}.parquet", date_text(day))
}
