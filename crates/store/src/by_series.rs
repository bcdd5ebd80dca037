//! Puts the rows of tables that are sorted by series and time in their order.
//!
//! Requests repeat: the same series come in the same order, later each time. So rows are counted into
//! their series instead of compared, the series that follows is guessed before it is looked up, and a
//! series' rows are sorted only where some came late.
//!
//! Invariant: the order is that of a stable sort by series, then time.

use std::collections::BTreeMap;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use foldhash::HashMap;
use plimsoll_model::DAY_NANO;
use plimsoll_model::schema::TIME;

use crate::gather::RowPlace;
use crate::sort::{day_of, place};

/// The sort columns of such tables.
pub(crate) const SERIES_AND_TIME: &[&str] = &["series_id", TIME];

/// Series ids and times of one batch.
type Keys<'a> = (&'a [i64], &'a [i64]);

/// A series among the rows.
struct Series {
    id: i64,
    /// The latest time so far.
    latest: i64,
    /// How many rows it has; then where the next of them goes.
    rows: usize,
    /// Which series came after it the last time.
    follower: u32,
    /// Whether its rows came in order of time.
    in_order: bool,
}

/// The rows by day, each day's by series, then time.
pub(crate) fn by_series(batches: &[RecordBatch]) -> Vec<(i32, Vec<RowPlace>)> {
    let column = |batch: &'_ RecordBatch, name: &str| {
        let column = batch.column_by_name(name).expect("a sort column");
        column.as_primitive::<Int64Type>().values().clone()
    };
    let columns: Vec<_> =
        batches.iter().map(|batch| (column(batch, "series_id"), column(batch, TIME))).collect();
    let keys: Vec<Keys<'_>> = columns.iter().map(|(ids, times)| (&**ids, &**times)).collect();
    by_day(ordered(&keys), &keys)
}

/// All rows by series, then time.
fn ordered(keys: &[Keys<'_>]) -> Vec<RowPlace> {
    let total = keys.iter().map(|(ids, _)| ids.len()).sum();
    let (mut series, series_of_rows) = count(keys, total);
    let mut order: Vec<u32> = (0_u32..).take(series.len()).collect();
    order.sort_unstable_by_key(|at| series[*at as usize].id);
    let mut start = 0;
    for at in &order {
        let rows = &mut series[*at as usize].rows;
        start += std::mem::replace(rows, start);
    }
    let mut places = vec![(0, 0); total];
    let mut of_row = series_of_rows.into_iter();
    for (batch, (ids, _)) in keys.iter().enumerate() {
        for (row, at) in (0..ids.len()).zip(&mut of_row) {
            let next = &mut series[at as usize].rows;
            places[*next] = place(batch, row);
            *next += 1;
        }
    }
    let mut start = 0;
    for at in order {
        let Series { rows: end, in_order, .. } = series[at as usize];
        if !in_order {
            places[start..end].sort_by_key(|(batch, row)| keys[*batch as usize].1[*row as usize]);
        }
        start = end;
    }
    places
}

/// The series there are, with the number of their rows, and which one each row belongs to.
fn count(keys: &[Keys<'_>], total: usize) -> (Vec<Series>, Vec<u32>) {
    let mut known: HashMap<i64, u32> = HashMap::default();
    let mut series: Vec<Series> = Vec::new();
    let mut of_rows = Vec::with_capacity(total);
    let mut before = 0;
    for (id, time) in keys.iter().flat_map(|(ids, times)| ids.iter().zip(*times)) {
        let guess = series.get(before).map_or(0, |before| before.follower);
        let at = match series.get(guess as usize) {
            Some(guessed) if guessed.id == *id => guess,
            _ => *known.entry(*id).or_insert_with(|| {
                let (latest, follower) = (i64::MIN, 0);
                series.push(Series { id: *id, latest, rows: 0, follower, in_order: true });
                u32::try_from(series.len() - 1).expect("memory holds fewer than 2^32 series")
            }),
        };
        series[before].follower = at;
        before = at as usize;
        let found = &mut series[before];
        found.in_order &= found.latest <= *time;
        found.latest = *time;
        found.rows += 1;
        of_rows.push(at);
    }
    (series, of_rows)
}

/// Sorted rows by day, with their order kept.
fn by_day(places: Vec<RowPlace>, keys: &[Keys<'_>]) -> Vec<(i32, Vec<RowPlace>)> {
    let times = || keys.iter().flat_map(|(_, times)| times.iter().copied());
    let Some(first) = times().min() else { return Vec::new() };
    let day = day_of(first);
    let end = i64::from(day + 1).saturating_mul(DAY_NANO);
    if times().all(|time| time < end) {
        return vec![(day, places)];
    }
    let mut days: BTreeMap<i32, Vec<RowPlace>> = BTreeMap::new();
    for (batch, row) in places {
        let time = keys[batch as usize].1[row as usize];
        days.entry(day_of(time)).or_default().push((batch, row));
    }
    days.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int64Array};
    use arrow::datatypes::{DataType, Field, Schema};
    use proptest::prelude::*;

    use super::*;

    fn batch(rows: &[(i64, i64)]) -> RecordBatch {
        let field = |name: &str| Field::new(name, DataType::Int64, false);
        let column = |values: Vec<i64>| Arc::new(Int64Array::from(values)) as ArrayRef;
        let columns = vec![
            column(rows.iter().map(|row| row.0).collect()),
            column(rows.iter().map(|row| row.1).collect()),
        ];
        let fields: Vec<Field> = SERIES_AND_TIME.iter().map(|name| field(name)).collect();
        RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
    }

    /// A stable sort by day, series and time.
    fn check(batches: &[Vec<(i64, i64)>]) {
        let found = by_series(&batches.iter().map(|rows| batch(rows)).collect::<Vec<_>>());
        let mut expected: BTreeMap<i32, Vec<(i64, i64, RowPlace)>> = BTreeMap::new();
        for (b, rows) in batches.iter().enumerate() {
            for (r, (id, time)) in rows.iter().enumerate() {
                expected.entry(day_of(*time)).or_default().push((*id, *time, place(b, r)));
            }
        }
        let sorted = expected.into_iter().map(|(day, mut rows)| {
            rows.sort_unstable();
            (day, rows.into_iter().map(|(.., place)| place).collect::<Vec<_>>())
        });
        assert_eq!(found, sorted.collect::<Vec<_>>());
    }

    #[test]
    fn rows_are_by_day_series_and_time() {
        check(&[]);
        check(&[vec![]]);
        check(&[vec![(2, 5), (1, 5)], vec![(2, 6), (1, 6)], vec![(2, 7), (3, 7), (1, 7)]]);
        check(&[vec![(1, 9), (1, 3), (1, 9)], vec![(1, 3)]]);
        check(&[vec![(1, -1), (1, 0), (i64::MAX, DAY_NANO), (i64::MIN, DAY_NANO - 1)]]);
        check(&[vec![(1, i64::MAX), (1, i64::MIN)], vec![(0, i64::MAX - 1)]]);
    }

    proptest! {
        #[test]
        fn as_a_stable_sort(
            batches in prop::collection::vec(
                prop::collection::vec((0..6_i64, -2 * DAY_NANO..2 * DAY_NANO), 0..12), 0..6),
        ) {
            check(&batches);
            let coarse = |rows: &Vec<(i64, i64)>| {
                rows.iter().map(|(id, time)| (*id, time / DAY_NANO)).collect::<Vec<_>>()
            };
            check(&batches.iter().map(coarse).collect::<Vec<_>>());
        }
    }
}
