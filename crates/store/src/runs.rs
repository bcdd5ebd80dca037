//! The order of a merge, from the sort columns of its inputs alone: of which input how many rows come next.
//!
//! Invariant: an input's rows keep their order, so runs of rows are all that an order of rows needs.

use std::cmp::Ordering;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray};
use arrow::buffer::ScalarBuffer;
use arrow::datatypes::Int64Type;
use arrow::error::ArrowError;
use arrow::row::{RowConverter, Rows, SortField};
use parquet::arrow::arrow_reader::ParquetRecordBatchReader;
use plimsoll_model::Table;

use crate::by_series::SERIES_AND_TIME;

/// The place of an input among those of a merge.
pub(crate) type InputIndex = u16;

/// Rows of one input that follow each other in the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// Whose they are.
    pub(crate) input: InputIndex,
    /// How many.
    pub(crate) rows: usize,
}

/// How many rows these are.
pub(crate) fn row_count(runs: &[Run]) -> usize {
    runs.iter().map(|run| run.rows).sum()
}

/// Cuts runs into lists of so many rows, the last of fewer.
pub(crate) fn slices(runs: &[Run], rows_max: usize) -> impl Iterator<Item = Vec<Run>> {
    let mut rest = runs.iter().copied();
    let mut cut: Option<Run> = None;
    std::iter::from_fn(move || {
        let mut slice = Vec::new();
        let mut room = rows_max;
        while room > 0 {
            let Some(run) = cut.take().or_else(|| rest.next()) else { break };
            let rows = run.rows.min(room);
            slice.push(Run { rows, ..run });
            if rows < run.rows {
                cut = Some(Run { rows: run.rows - rows, ..run });
            }
            room -= rows;
        }
        (!slice.is_empty()).then_some(slice)
    })
}

/// Inputs that are merged, and how far each has got.
pub(crate) struct Cursors {
    table: Table,
    converter: Option<RowConverter>,
    /// Those inputs that have rows left, in their order.
    cursors: Vec<Cursor>,
}

/// The sort columns of one input: some rows of them, and the next row.
struct Cursor {
    input: InputIndex,
    reader: ParquetRecordBatchReader,
    keys: Keys,
    at: usize,
}

/// Rows of sort columns, comparable.
enum Keys {
    /// Series and time.
    Numbers(ScalarBuffer<i64>, ScalarBuffer<i64>),
    Any(Rows),
}

/// One row of them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Numbers(i64, i64),
    Any(Vec<u8>),
}

impl Keys {
    fn rows(&self) -> usize {
        match self {
            Self::Numbers(series, _) => series.len(),
            Self::Any(rows) => rows.num_rows(),
        }
    }

    fn key(&self, at: usize) -> Key {
        match self {
            Self::Numbers(series, times) => Key::Numbers(series[at], times[at]),
            Self::Any(rows) => Key::Any(rows.row(at).data().to_vec()),
        }
    }

    fn compare(&self, at: usize, other: &Self, other_at: usize) -> Ordering {
        match (self, other) {
            (Self::Numbers(series, times), Self::Numbers(other_series, other_times)) => {
                let other = (other_series[other_at], other_times[other_at]);
                (series[at], times[at]).cmp(&other)
            }
            (Self::Any(rows), Self::Any(other)) => rows.row(at).cmp(&other.row(other_at)),
            _ => unreachable!("keys of one table are of one kind"),
        }
    }

    /// How many rows from `at` on, of no more than `max`, are not after a bound.
    fn until(&self, at: usize, max: usize, bound: Option<&Key>) -> usize {
        let rows = at..self.rows().min(at.saturating_add(max));
        let Some(bound) = bound else { return rows.len() };
        match (self, bound) {
            (Self::Numbers(series, times), Key::Numbers(last_series, last_time)) => {
                let last = (*last_series, *last_time);
                series[rows.clone()]
                    .iter()
                    .zip(&times[rows])
                    .take_while(|(series, time)| (**series, **time) <= last)
                    .count()
            }
            (Self::Any(keys), Key::Any(last)) => {
                rows.take_while(|row| keys.row(*row).data() <= &last[..]).count()
            }
            _ => unreachable!("keys of one table are of one kind"),
        }
    }
}

impl Cursors {
    /// Before the first of the rows of these readers, each of the sort columns of an input.
    pub(crate) fn new(
        table: Table,
        readers: impl Iterator<Item = (InputIndex, ParquetRecordBatchReader)>,
    ) -> Result<Self, ArrowError> {
        let schema = table.schema();
        let field = |name: &&str| {
            let field = schema.field_with_name(name).expect("a sort column");
            SortField::new(field.data_type().clone())
        };
        let fields = || table.sort_columns().iter().map(field).collect();
        let numbers = table.sort_columns() == SERIES_AND_TIME;
        let converter = (!numbers).then(|| RowConverter::new(fields())).transpose()?;
        let mut cursors = Self { table, converter, cursors: Vec::new() };
        for (input, reader) in readers {
            let keys = Keys::Numbers(Vec::new().into(), Vec::new().into());
            cursors.cursors.push(Cursor { input, reader, keys, at: 0 });
            cursors.refill(cursors.cursors.len() - 1)?;
        }
        Ok(cursors)
    }

    /// The next rows, `rows_max` of them where there are so many.
    pub(crate) fn next_runs(&mut self, rows_max: usize) -> Result<Vec<Run>, ArrowError> {
        let mut runs: Vec<Run> = Vec::new();
        let mut room = rows_max;
        while room > 0 && !self.cursors.is_empty() {
            let least = self.least();
            let bound = self.least_but(least);
            let cursor = &mut self.cursors[least];
            // Runs of one input are long: compare with the runner-up until it is passed.
            let rows = cursor.keys.until(cursor.at, room, bound.as_ref());
            cursor.at += rows;
            room -= rows;
            match runs.last_mut() {
                Some(last) if last.input == cursor.input => last.rows += rows,
                _ => runs.push(Run { input: cursor.input, rows }),
            }
            if cursor.at == cursor.keys.rows() {
                self.refill(least)?;
            }
        }
        Ok(runs)
    }

    /// Reads a cursor's next rows; takes it away where there are none.
    fn refill(&mut self, at: usize) -> Result<(), ArrowError> {
        let cursor = &mut self.cursors[at];
        let Some(rows) = cursor.reader.next().transpose()? else {
            self.cursors.remove(at);
            return Ok(());
        };
        let column = |name: &&str| Arc::clone(rows.column_by_name(name).expect("a sort column"));
        let columns: Vec<ArrayRef> = self.table.sort_columns().iter().map(column).collect();
        cursor.keys = match &self.converter {
            Some(converter) => Keys::Any(converter.convert_columns(&columns)?),
            None => {
                let numbers =
                    |column: &ArrayRef| column.as_primitive::<Int64Type>().values().clone();
                Keys::Numbers(numbers(&columns[0]), numbers(&columns[1]))
            }
        };
        cursor.at = 0;
        Ok(())
    }

    /// The cursor whose next row comes first; of equal ones the first.
    fn least(&self) -> usize {
        let cursors = 0..self.cursors.len();
        cursors.min_by(|a, b| self.compare(*a, *b)).expect("asked only while there are cursors")
    }

    /// The key of the first row of all others.
    fn least_but(&self, least: usize) -> Option<Key> {
        let others = (0..self.cursors.len()).filter(|at| *at != least);
        let next = others.min_by(|a, b| self.compare(*a, *b)).map(|at| &self.cursors[at])?;
        Some(next.keys.key(next.at))
    }

    fn compare(&self, a: usize, b: usize) -> Ordering {
        let (a, b) = (&self.cursors[a], &self.cursors[b]);
        a.keys.compare(a.at, &b.keys, b.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_cut_into_slices() {
        let check =
            |runs: &[(InputIndex, usize)], rows_max, expected: &[&[(InputIndex, usize)]]| {
                let run = |(input, rows): &(InputIndex, usize)| Run { input: *input, rows: *rows };
                let runs: Vec<Run> = runs.iter().map(run).collect();
                let expected: Vec<Vec<Run>> =
                    expected.iter().map(|slice| slice.iter().map(run).collect()).collect();
                assert_eq!(slices(&runs, rows_max).collect::<Vec<_>>(), expected);
            };
        check(&[], 3, &[]);
        check(&[(0, 2), (1, 1)], 3, &[&[(0, 2), (1, 1)]]);
        check(&[(0, 2), (1, 5), (0, 1)], 3, &[&[(0, 2), (1, 1)], &[(1, 3)], &[(1, 1), (0, 1)]]);
    }
}
