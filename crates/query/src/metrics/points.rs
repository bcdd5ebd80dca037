//! Rows of `samples` and `histograms`, gathered by series.
//!
//! Invariants: memory is charged before it is taken; rows of other series cost a comparison; rows of one series
//! that come together are in order of time, or all within the window.

use std::hash::BuildHasherDefault;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, AsArray, ListArray, RecordBatch};
use arrow::datatypes::{Float64Type, Int64Type};
use plimsoll_model::Table;
use plimsoll_model::schema::TIME;

use super::MS;
use crate::column::Columns;
use crate::condition::{Condition, SERIES_ID};
use crate::context::Context;
use crate::scan::{Fold, Scan, fold};
use crate::{QueryError, Window};

/// Ids that are looked for one by one; of more only their bounds narrow what is read.
const IDS_MAX: usize = 4_096;

/// A stored number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    /// Unix nanoseconds.
    pub(super) time: i64,
    pub(super) value: f64,
    /// Since when it counts, where it says so.
    pub(super) start: Option<i64>,
}

/// A stored histogram.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    /// Unix nanoseconds.
    pub(super) time: i64,
    pub(super) start: Option<i64>,
    pub(super) count: i64,
    pub(super) sum: Option<f64>,
    /// `None` where bounds are explicit.
    pub(super) scale: Option<i32>,
    pub(super) zero_count: i64,
    pub(super) zero_threshold: f64,
    pub(super) positive: (i32, Vec<i64>),
    pub(super) negative: (i32, Vec<i64>),
    pub(super) bounds: Vec<f64>,
    pub(super) counts: Vec<i64>,
    pub(super) flags: i32,
}

/// Series ids are hashes already.
#[derive(Default)]
pub(super) struct IdHasher(u64);

impl std::hash::Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_i64(&mut self, id: i64) {
        // The high bits are those of the metric, equal for many.
        self.0 = id.cast_unsigned().wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

/// Where the points of each series go.
pub(super) struct Places {
    ids: Arc<[i64]>,
    by_id: hashbrown::HashMap<i64, u32, BuildHasherDefault<IdHasher>>,
}

impl Places {
    /// Places for these ids, which may repeat.
    pub(super) fn new(mut ids: Vec<i64>) -> Self {
        ids.sort_unstable();
        ids.dedup();
        let by_id = ids.iter().zip(0_u32..).map(|(id, at)| (*id, at)).collect();
        Self { ids: ids.into(), by_id }
    }

    pub(super) fn get(&self, id: i64) -> Option<usize> {
        self.by_id.get(&id).map(|at| *at as usize)
    }

    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    pub(super) fn scan(&self, window: Window, columns: &[&'static str]) -> Scan {
        let mut columns = columns.to_vec();
        columns.extend([SERIES_ID, TIME]);
        let (min, max) = match (self.ids.first(), self.ids.last()) {
            (Some(first), Some(last)) => (*first, *last),
            _ => (0, -1),
        };
        let mut conditions = vec![Condition::Int { column: SERIES_ID, min, max }];
        if self.ids.len() <= IDS_MAX {
            let values = Arc::clone(&self.ids);
            conditions.push(Condition::AnyInt { column: SERIES_ID, values });
        }
        Scan { window, columns, conditions }
    }

    /// Runs of rows of one series that is wanted: its place and the rows.
    pub(super) fn runs<'a>(
        &'a self,
        ids: &'a [i64],
    ) -> impl Iterator<Item = (usize, Range<usize>)> + 'a {
        let mut at = 0;
        std::iter::from_fn(move || {
            while at < ids.len() {
                let start = at;
                let id = ids[start];
                while at < ids.len() && ids[at] == id {
                    at += 1;
                }
                if let Some(place) = self.get(id) {
                    return Some((place, start..at));
                }
            }
            None
        })
    }
}

/// The numbers of each series as the evaluator takes them, in no order: milliseconds and value.
pub(super) fn numbers(
    context: &Context,
    places: &Places,
    window: Window,
) -> Result<Vec<Vec<(i64, f64)>>, QueryError> {
    let scan = places.scan(window, &["value"]);
    let make = || Numbers { context, places, window, found: vec![Vec::new(); places.len()] };
    Ok(fold(context, &scan, context.snapshot(Table::Samples), make)?.found)
}

struct Numbers<'a> {
    context: &'a Context,
    places: &'a Places,
    window: Window,
    found: Vec<Vec<(i64, f64)>>,
}

impl Fold for Numbers<'_> {
    const TESTED: bool = false;

    fn rows(&mut self, rows: &RecordBatch) -> Result<(), QueryError> {
        let ids = rows.long(SERIES_ID)?.values();
        let times = rows.long(TIME)?.values();
        let values = rows.double("value")?.values();
        let mut room = 0;
        for (place, run) in self.places.runs(ids) {
            let run = part_within(times, run, self.window);
            let found = &mut self.found[place];
            let before = found.capacity();
            found.extend(run.map(|row| (times[row].div_euclid(MS), values[row])));
            room += found.capacity() - before;
        }
        self.context.grow(room * size_of::<(i64, f64)>())
    }

    fn merge(&mut self, other: Self) -> Result<(), QueryError> {
        merge(&mut self.found, other.found);
        Ok(())
    }
}

/// The rows of a run that lie within a window.
fn part_within(times: &[i64], run: Range<usize>, window: Window) -> Range<usize> {
    let of_run = &times[run.clone()];
    let start = of_run.partition_point(|time| *time < window.from);
    let end = start + of_run[start..].partition_point(|time| *time < window.to);
    run.start + start..run.start + end
}

/// Puts what another thread found to what this one has.
fn merge<T>(ours: &mut [Vec<T>], theirs: Vec<Vec<T>>) {
    for (ours, theirs) in ours.iter_mut().zip(theirs) {
        match ours.is_empty() {
            true => *ours = theirs,
            false => ours.extend(theirs),
        }
    }
}

/// The numbers of each series with the times since when they count, in no order.
pub(super) fn samples(
    context: &Context,
    places: &Places,
    window: Window,
) -> Result<Vec<Vec<Sample>>, QueryError> {
    let scan = places.scan(window, &["value", "start_time_unix_nano"]);
    let make = || Samples { context, places, window, found: vec![Vec::new(); places.len()] };
    Ok(fold(context, &scan, context.snapshot(Table::Samples), make)?.found)
}

struct Samples<'a> {
    context: &'a Context,
    places: &'a Places,
    window: Window,
    found: Vec<Vec<Sample>>,
}

impl Fold for Samples<'_> {
    const TESTED: bool = false;

    fn rows(&mut self, rows: &RecordBatch) -> Result<(), QueryError> {
        let ids = rows.long(SERIES_ID)?.values();
        let times = rows.long(TIME)?.values();
        let values = rows.double("value")?.values();
        let starts = rows.long("start_time_unix_nano")?;
        let mut taken = 0;
        for (place, run) in self.places.runs(ids) {
            let run = part_within(times, run, self.window);
            taken += run.len();
            self.found[place].extend(run.map(|row| Sample {
                time: times[row],
                value: values[row],
                start: starts.is_valid(row).then(|| starts.value(row)),
            }));
        }
        // The sample, and what the engine makes of it.
        self.context.grow(taken * (size_of::<Sample>() + 16))
    }

    fn merge(&mut self, other: Self) -> Result<(), QueryError> {
        merge(&mut self.found, other.found);
        Ok(())
    }
}

const HISTOGRAM_COLUMNS: [&str; 13] = [
    "start_time_unix_nano",
    "count",
    "sum",
    "scale",
    "zero_count",
    "zero_threshold",
    "positive_offset",
    "positive_counts",
    "negative_offset",
    "negative_counts",
    "bounds",
    "counts",
    "flags",
];

/// The histograms of each series, in no order.
pub(super) fn histograms(
    context: &Context,
    places: &Places,
    window: Window,
) -> Result<Vec<Vec<Stored>>, QueryError> {
    let scan = places.scan(window, &HISTOGRAM_COLUMNS);
    let make = || Histograms { context, places, found: vec![Vec::new(); places.len()] };
    Ok(fold(context, &scan, context.snapshot(Table::Histograms), make)?.found)
}

struct Histograms<'a> {
    context: &'a Context,
    places: &'a Places,
    found: Vec<Vec<Stored>>,
}

impl Fold for Histograms<'_> {
    fn rows(&mut self, rows: &RecordBatch) -> Result<(), QueryError> {
        let ids = rows.long(SERIES_ID)?.values();
        let times = rows.long(TIME)?.values();
        let starts = rows.long("start_time_unix_nano")?;
        let counts = rows.long("count")?.values();
        let sums = rows.double("sum")?;
        let scales = rows.int("scale")?;
        let zero_counts = rows.long("zero_count")?.values();
        let zero_thresholds = rows.double("zero_threshold")?.values();
        let positive_offsets = rows.int("positive_offset")?.values();
        let positive_counts = rows.list("positive_counts")?;
        let negative_offsets = rows.int("negative_offset")?.values();
        let negative_counts = rows.list("negative_counts")?;
        let bounds = rows.list("bounds")?;
        let bucket_counts = rows.list("counts")?;
        let flags = rows.int("flags")?.values();
        for (place, run) in self.places.runs(ids) {
            for row in run {
                let stored = Stored {
                    time: times[row],
                    start: starts.is_valid(row).then(|| starts.value(row)),
                    count: counts[row],
                    sum: sums.is_valid(row).then(|| sums.value(row)),
                    scale: scales.is_valid(row).then(|| scales.value(row)),
                    zero_count: zero_counts[row],
                    zero_threshold: zero_thresholds[row],
                    positive: (positive_offsets[row], ints(positive_counts, row)),
                    negative: (negative_offsets[row], ints(negative_counts, row)),
                    bounds: doubles(bounds, row),
                    counts: ints(bucket_counts, row),
                    flags: flags[row],
                };
                let buckets = stored.positive.1.len()
                    + stored.negative.1.len()
                    + stored.bounds.len()
                    + stored.counts.len();
                // As often again for the histogram that becomes of it.
                self.context.grow(2 * (size_of::<Stored>() + 8 * buckets))?;
                self.found[place].push(stored);
            }
        }
        Ok(())
    }

    fn merge(&mut self, other: Self) -> Result<(), QueryError> {
        merge(&mut self.found, other.found);
        Ok(())
    }
}

fn ints(list: &ListArray, row: usize) -> Vec<i64> {
    list.value(row).as_primitive_opt::<Int64Type>().map_or_else(Vec::new, |v| v.values().to_vec())
}

fn doubles(list: &ListArray, row: usize) -> Vec<f64> {
    list.value(row).as_primitive_opt::<Float64Type>().map_or_else(Vec::new, |v| v.values().to_vec())
}
