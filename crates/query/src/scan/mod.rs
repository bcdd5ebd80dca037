//! Reads rows of a snapshot: what is in memory and what is in files, narrowed by time and conditions,
//! folded by several threads into one answer.
//!
//! Invariants: a fold sees each row that passes exactly once, and no other unless it asks for them; a row is decoded beyond the columns of a
//! condition only when all earlier conditions let it pass; a file is opened, a row group read and a
//! page decoded only when bounds, Bloom filters and the fold itself cannot rule it out.

mod absent;
mod bloom;
mod cache;
mod dictionary;
mod group;
mod reader;

use std::collections::VecDeque;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::filter_record_batch;
use parking_lot::Mutex;
use plimsoll_model::Table;
use plimsoll_model::schema::TIME;

pub(crate) use cache::MetadataCache;
use group::Reading;
pub(crate) use group::{Group, OpenFile, PREDICATE_CACHE_BYTES};

use crate::condition::Condition;
use crate::context::Context;
use crate::source::{Snapshot, SourceFile};
use crate::{QueryError, Window};

/// Rows handed to a fold at once.
const BATCH_ROWS: usize = 8 << 10;

/// Which rows and columns to read.
#[derive(Clone)]
pub(crate) struct Scan {
    /// Rows outside never pass.
    pub(crate) window: Window,
    /// Columns that the fold gets, at least one.
    pub(crate) columns: Vec<&'static str>,
    /// All must hold. Those that cost least come first.
    pub(crate) conditions: Vec<Condition>,
}

/// A part of the rows whose bounds are known before it is read.
pub(crate) enum Piece<'a> {
    File(&'a SourceFile),
    Group(&'a Group<'a>),
}

impl Piece<'_> {
    /// The least and the greatest value of a column of integers, where known.
    pub(crate) fn bounds(&self, column: &str) -> Option<(i64, i64)> {
        match self {
            Self::File(file) => (column == TIME).then_some((file.time_min, file.time_max)),
            Self::Group(group) => group.int_bounds(column),
        }
    }
}

/// Gathers rows into an answer. Each thread has one; in the end they are merged.
pub(crate) trait Fold: Send + Sized {
    /// Whether it takes only rows that pass. Else it may get all rows of a page in a file that can hold one that
    /// passes: cheaper where testing a row costs as much as taking it.
    const TESTED: bool = true;

    /// Takes rows that passed, with the columns of the scan.
    fn rows(&mut self, rows: &RecordBatch) -> Result<(), QueryError>;

    /// Takes what another thread gathered.
    fn merge(&mut self, other: Self) -> Result<(), QueryError>;

    /// Whether rows of a piece could still change the answer.
    fn wants(&self, _piece: &Piece<'_>) -> bool {
        true
    }

    /// Whether this thread need not read on.
    fn enough(&self) -> bool {
        false
    }
}

/// Values that one thread has read before another has started.
const VALUES_ALONE: usize = 64 << 10;

/// What is left to read. Files come in the order of their last row, newest first; row groups in order.
struct Queue {
    batches: Vec<RecordBatch>,
    files: VecDeque<Arc<SourceFile>>,
    open: Option<(Arc<OpenFile>, usize)>,
}

enum Part {
    Batch(RecordBatch),
    Group(Arc<OpenFile>, usize),
}

/// What a thread reads next.
enum Unit {
    Batch(RecordBatch),
    Group(Reading),
}

impl Unit {
    /// How many rows are looked at.
    fn rows(&self) -> usize {
        match self {
            Self::Batch(batch) => batch.num_rows(),
            Self::Group(reading) => reading.rows(),
        }
    }

    fn read(self, context: &Context, scan: &Scan, fold: &mut impl Fold) -> Result<(), QueryError> {
        match self {
            Self::Batch(batch) => read_batch(scan, &batch, fold),
            Self::Group(reading) => reading.read(context, scan, fold),
        }
    }
}

impl Queue {
    fn new(snapshot: Snapshot, window: &Window) -> Self {
        let mut files = snapshot.files;
        files.retain(|file| window.overlaps(file.time_min, file.time_max));
        files.sort_by_key(|file| std::cmp::Reverse(file.time_max));
        Self { batches: snapshot.batches, files: files.into(), open: None }
    }

    fn next(&mut self, context: &Context, fold: &impl Fold) -> Result<Option<Part>, QueryError> {
        if let Some(batch) = self.batches.pop() {
            return Ok(Some(Part::Batch(batch)));
        }
        loop {
            if let Some((file, group)) = &mut self.open {
                if *group < file.groups() {
                    let unit = Part::Group(Arc::clone(file), *group);
                    *group += 1;
                    return Ok(Some(unit));
                }
                self.open = None;
            }
            let Some(file) = self.files.pop_front() else { return Ok(None) };
            if fold.wants(&Piece::File(&file)) {
                self.open = Some((context.cache.open(&file)?, 0));
            }
        }
    }
}

/// Reads all rows of a snapshot that pass.
pub(crate) fn fold<F: Fold>(
    context: &Context,
    scan: &Scan,
    snapshot: Snapshot,
    make: impl Fn() -> F + Sync,
) -> Result<F, QueryError> {
    let queue = Mutex::new(Queue::new(snapshot, &scan.window));
    let next = |fold: &F| -> Result<Option<Unit>, QueryError> {
        while !fold.enough() {
            context.check()?;
            let part = queue.lock().next(context, fold)?;
            let unit = match part {
                None => return Ok(None),
                Some(Part::Batch(batch)) => Some(Unit::Batch(batch)),
                Some(Part::Group(file, group)) => {
                    Reading::of(scan, file, group, fold).map(Unit::Group)
                }
            };
            if unit.is_some() {
                return Ok(unit);
            }
        }
        Ok(None)
    };
    let read_on = |mut fold: F| -> Result<F, QueryError> {
        while let Some(unit) = next(&fold)? {
            unit.read(context, scan, &mut fold)?;
        }
        Ok(fold)
    };
    let mut fold = make();
    let mut alone = VALUES_ALONE;
    let heavy = loop {
        let Some(unit) = next(&fold)? else { return Ok(fold) };
        match alone.checked_sub(unit.rows().saturating_mul(scan.columns.len())) {
            Some(left) => alone = left,
            None => break unit,
        }
        unit.read(context, scan, &mut fold)?;
    };
    std::thread::scope(|scope| {
        // Where the system has no more threads, this one does all the work.
        let spawn = |_| {
            let thread = std::thread::Builder::new().name("query-scan".to_owned());
            thread.spawn_scoped(scope, || read_on(make())).ok()
        };
        let others: Vec<_> = (1..context.limits.threads).filter_map(spawn).collect();
        let mut fold = heavy.read(context, scan, &mut fold).and_then(|()| read_on(fold));
        for other in others {
            let other = other.join().map_err(|_| QueryError::internal("a scan panicked"));
            fold = match (fold, other.flatten()) {
                (Ok(mut fold), Ok(other)) => fold.merge(other).map(|()| fold),
                (Err(error), _) | (_, Err(error)) => Err(error),
            };
        }
        fold
    })
}

/// Rows in memory.
fn read_batch(scan: &Scan, batch: &RecordBatch, fold: &mut impl Fold) -> Result<(), QueryError> {
    let window = Condition::within(&scan.window);
    let conditions: Vec<&Condition> = window.iter().chain(&scan.conditions).collect();
    let mut columns = scan.columns.clone();
    columns.extend(conditions.iter().flat_map(|condition| condition.columns()));
    let mut rows = project(batch, &columns)?;
    for condition in conditions {
        // As in a file, a condition sees only what passed the ones before it.
        let passing = condition.test(&rows)?;
        match passing.true_count() {
            0 => return Ok(()),
            all if all == rows.num_rows() => {}
            _ => rows = filter_record_batch(&rows, &passing)?,
        }
    }
    let rows = project(&rows, &scan.columns)?;
    for start in (0..rows.num_rows()).step_by(BATCH_ROWS) {
        fold.rows(&rows.slice(start, BATCH_ROWS.min(rows.num_rows() - start)))?;
    }
    Ok(())
}

/// Some columns of a batch.
fn project(rows: &RecordBatch, names: &[&str]) -> Result<RecordBatch, QueryError> {
    let schema = rows.schema_ref();
    let mut columns: Vec<usize> =
        names.iter().map(|name| schema.index_of(name)).collect::<Result<_, _>>()?;
    columns.sort_unstable();
    columns.dedup();
    Ok(rows.project(&columns)?)
}

/// How many rows of a table lie within a window. Files and row groups wholly within are not read.
pub(crate) fn count(context: &Context, table: Table, window: Window) -> Result<u64, QueryError> {
    let mut snapshot = context.snapshot(table);
    let whole =
        |file: &Arc<SourceFile>| window.contains(file.time_min) && window.contains(file.time_max);
    let known: u64 = snapshot.files.iter().filter(|file| whole(file)).map(|file| file.rows).sum();
    snapshot.files.retain(|file| !whole(file));
    let scan = Scan { window, columns: vec![TIME], conditions: Vec::new() };
    Ok(known + fold(context, &scan, snapshot, Count::default)?.0)
}

#[derive(Default)]
struct Count(u64);

impl Fold for Count {
    fn rows(&mut self, rows: &RecordBatch) -> Result<(), QueryError> {
        self.0 += rows.num_rows() as u64;
        Ok(())
    }

    fn merge(&mut self, other: Self) -> Result<(), QueryError> {
        self.0 += other.0;
        Ok(())
    }
}
