//! Metrics of spans: rate, errors and duration of every operation, and the graph of who calls whom,
//! counted from all spans before any sampling.
//!
//! Where to start reading: [`SpanMetrics::observe`] counts, [`SpanMetrics::emit`] writes the values as
//! series of Prometheus' kind. `operations` counts durations, `graph` pairs spans into calls, `emission`
//! knows how a series begins and ends.
//!
//! Invariants: no I/O, no runtime and no clock; memory is bounded by [`Limits`] whatever is sent; all
//! values are exact counts of what was observed, whatever the order and batches.

mod columns;
mod emission;
mod exemplar;
mod graph;
mod histogram;
mod limits;
mod operations;
mod service;
mod slots;

use arrow::array::RecordBatch;
use plimsoll_model::batch::FinishError;
use plimsoll_model::{DAY_NANO, TimeWindow, UnixNano};
use plimsoll_wire::prometheus::{Admission, Built, MetadataKind, SeriesBuilder};

pub use columns::ColumnError;
pub use limits::Limits;

use columns::Spans;
use emission::{Emission, ZERO_AFTER_NANO};
use graph::{Graph, edge};
use operations::{DURATION, Operations};

/// What an operation or peer goes by that there is no room for.
pub(crate) const OTHER: &str = "(other)";

/// When something is observed.
#[derive(Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) now: UnixNano,
    /// When values were written the last time.
    pub(crate) emitted: UnixNano,
}

/// How much there is now, and was left out since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Keys of operations.
    pub keys: usize,
    /// Edges of the service graph.
    pub edges: usize,
    /// Spans that wait for the other side of their call.
    pub pending: usize,
    /// Spans of which the other side never came and was not named.
    pub unpaired: u64,
    /// Spans that waited less than they should have, for want of room.
    pub evicted: u64,
    /// Spans whose operation went by `(other)`.
    pub other_operations: u64,
    /// Spans not counted: there was no room even under `(other)`.
    pub dropped_spans: u64,
    /// Calls whose peer went by `(other)`.
    pub other_peers: u64,
    /// Calls not counted: there was no room for their edge.
    pub dropped_calls: u64,
}

/// Counts spans and writes what it counted.
pub struct SpanMetrics {
    limits: Limits,
    operations: Operations,
    graph: Graph,
    /// When values were written the last time, at first when counting began.
    emitted: UnixNano,
    /// The day when the metrics were last described: rows of older days may be deleted.
    described_day: Option<i64>,
}

impl SpanMetrics {
    /// Counts from `started`, Unix nanoseconds, with everything at zero.
    #[must_use]
    pub fn new(limits: Limits, started: UnixNano) -> Self {
        Self {
            limits,
            operations: Operations::new(limits),
            graph: Graph::new(limits),
            emitted: to_millis(started),
            described_day: None,
        }
    }

    /// Counts the rows of a batch of the table `spans`, received at `now`.
    ///
    /// # Errors
    ///
    /// A column is missing; nothing was counted then.
    pub fn observe(&mut self, spans: &RecordBatch, now: UnixNano) -> Result<(), ColumnError> {
        let spans = Spans::new(spans)?;
        let moment = Moment { now, emitted: self.emitted };
        self.graph.expire(moment);
        let graph = &mut self.graph;
        self.operations.observe(&spans, moment, |row, service| {
            graph.observe(&spans, row, service, moment);
        });
        Ok(())
    }

    /// When [`emit`](Self::emit) is to be called next: the first multiple of the interval after the last
    /// emission.
    #[must_use]
    pub fn next_emission(&self) -> UnixNano {
        let interval = self.limits.interval();
        let earliest = self.emitted.saturating_add(ZERO_AFTER_NANO + 1);
        earliest.saturating_add(interval - 1).div_euclid(interval).saturating_mul(interval)
    }

    /// The values of all keys and edges as of the last multiple of the interval. Nothing where one was
    /// written for it or a later one already, as after the clock was set back.
    ///
    /// What it returns is said only once: zeros, ends and descriptions are not repeated. Where it cannot be
    /// kept now, keep it later, before what comes after it.
    ///
    /// # Errors
    ///
    /// Columns do not fit their tables: a defect of ours.
    pub fn emit(
        &mut self,
        now: UnixNano,
        admission: &dyn Admission,
        window: TimeWindow,
    ) -> Result<Built, FinishError> {
        let time = now.saturating_sub(now.rem_euclid(self.limits.interval()));
        if time < self.next_emission() {
            return SeriesBuilder::new(admission, window, 0).finish();
        }
        self.emit_at(time, now, admission, window)
    }

    /// The last values, as of `now`, before the process ends: the next one counts from zero. Spans that
    /// wait for their other side are not told.
    ///
    /// # Errors
    ///
    /// As [`emit`](Self::emit).
    pub fn finish(
        &mut self,
        now: UnixNano,
        admission: &dyn Admission,
        window: TimeWindow,
    ) -> Result<Built, FinishError> {
        let earliest = self.emitted.saturating_add(2 * ZERO_AFTER_NANO);
        self.emit_at(to_millis(now).max(earliest), now, admission, window)
    }

    fn emit_at(
        &mut self,
        time: UnixNano,
        now: UnixNano,
        admission: &dyn Admission,
        window: TimeWindow,
    ) -> Result<Built, FinishError> {
        self.graph.expire(Moment { now, emitted: self.emitted });
        let mut emission = Emission::new(admission, window, self.emitted, time);
        let day = time.div_euclid(DAY_NANO);
        if self.described_day != Some(day) && self.operations.len() > 0 {
            describe(&mut emission);
            self.described_day = Some(day);
        }
        // What was seen since the last emission is said before it ends, however long ago that was.
        let idle_before = now.saturating_sub(self.limits.idle_nano).min(self.emitted);
        self.operations.emit(&mut emission, idle_before);
        self.graph.emit(&mut emission, idle_before);
        self.emitted = time;
        emission.finish()
    }

    /// How much there is, for the server's own metrics.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let graph = self.graph.counts();
        Stats {
            keys: self.operations.len(),
            edges: graph.edges,
            pending: graph.pending,
            unpaired: graph.unpaired,
            evicted: graph.evicted,
            other_operations: self.operations.other,
            dropped_spans: self.operations.dropped,
            other_peers: graph.other,
            dropped_calls: graph.dropped,
        }
    }
}

/// The last whole millisecond, which is how Prometheus counts time.
fn to_millis(time: UnixNano) -> UnixNano {
    time.saturating_sub(time.rem_euclid(1_000_000))
}

fn describe(emission: &mut Emission<'_>) {
    use MetadataKind::{Counter, Histogram};
    for (metric, kind, unit, help) in [
        (DURATION, Histogram, "seconds", "How long spans took"),
        (edge::TOTAL, Counter, "", "Calls from one service to another"),
        (edge::FAILED, Counter, "", "Calls of which either side has status error"),
        (edge::SERVER, Histogram, "seconds", "How long calls took as the server saw it"),
        (edge::CLIENT, Histogram, "seconds", "How long calls took as the client saw it"),
        (edge::UNPAIRED, Counter, "", "Spans of calls whose other side was never seen"),
    ] {
        emission.describe(metric, kind, unit, help);
    }
}
