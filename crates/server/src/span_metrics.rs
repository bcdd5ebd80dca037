//! Metrics of spans: fed with every span that was made durable, written every few seconds.
//!
//! Invariant: what was counted is written in order, once; where it cannot be written now it waits, within a
//! bound, and what comes after it waits behind it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::RecordBatch;
use parking_lot::Mutex;
use plimsoll_model::batch::RecordKind;
use plimsoll_model::{Clock, UnixNano};
use plimsoll_spanmetrics::{Limits, SpanMetrics, Stats};
use plimsoll_wire::prometheus::Built;
use tokio_util::sync::CancellationToken;

use crate::app::App;

/// Emissions that may wait to be written: ten minutes of them. Values are cumulative, so what a lost one
/// said is in the next.
const WAITING_MAX: usize = 40;

/// Counts spans for the whole server.
pub(crate) struct Derived {
    clock: Arc<dyn Clock>,
    enabled: bool,
    metrics: Mutex<SpanMetrics>,
}

impl Derived {
    /// `memory_bytes` is the budget of the whole process, of which this may take some six percent: an operation
    /// up to two kilobytes, an edge three, a span that waits for the other side of its call a fifth of one.
    pub(crate) fn new(clock: Arc<dyn Clock>, enabled: bool, memory_bytes: u64) -> Self {
        let at_most = |most: usize, bytes: u64| {
            usize::try_from(memory_bytes / bytes).unwrap_or(usize::MAX).min(most)
        };
        let usual = Limits::default();
        let limits = Limits {
            keys_max: at_most(usual.keys_max, 128 << 10),
            edges_max: at_most(usual.edges_max, 256 << 10),
            pending_max: at_most(usual.pending_max, 8 << 10),
            ..usual
        };
        let metrics = SpanMetrics::new(limits, clock.now());
        Self { clock, enabled, metrics: Mutex::new(metrics) }
    }

    /// Counts spans that are durable.
    pub(crate) fn observe(&self, spans: &RecordBatch) {
        if !self.enabled {
            return;
        }
        if let Err(error) = self.metrics.lock().observe(spans, self.clock.now()) {
            tracing::error!(%error, "spans could not be counted");
        }
    }

    pub(crate) fn stats(&self) -> Stats {
        self.metrics.lock().stats()
    }

    /// Writes what was counted, until told to stop, and then once more.
    pub(crate) async fn run(self: Arc<Self>, app: Arc<App>, stopping: CancellationToken) {
        if !self.enabled {
            return;
        }
        let mut waiting = VecDeque::new();
        loop {
            let next = self.metrics.lock().next_emission();
            tokio::select! {
                biased;
                () = stopping.cancelled() => break,
                () = tokio::time::sleep(until(next, app.clock.now())) => {}
            }
            waiting.extend(self.emit(&app, false));
            write(&app, &mut waiting).await;
        }
        waiting.extend(self.emit(&app, true));
        write(&app, &mut waiting).await;
    }

    fn emit(&self, app: &App, last: bool) -> Option<Built> {
        let window = app.ingest.window(RecordKind::Columns);
        let index = app.metrics.index();
        let mut metrics = self.metrics.lock();
        let now = app.clock.now();
        let built = match last {
            true => metrics.finish(now, &**index, window),
            false => metrics.emit(now, &**index, window),
        };
        built.inspect_err(|error| tracing::error!(%error, "metrics of spans are lost")).ok()
    }
}

fn until(next: UnixNano, now: UnixNano) -> Duration {
    Duration::from_nanos(u64::try_from(next - now).unwrap_or(0).max(1_000_000))
}

async fn write(app: &App, waiting: &mut VecDeque<Built>) {
    while let Some(built) = waiting.front() {
        if let Err(problem) = app.ingest.keep_built(built).await {
            tracing::warn!(problem = problem.detail, "metrics of spans wait to be written");
            if waiting.len() > WAITING_MAX {
                waiting.pop_front();
            }
            return;
        }
        waiting.pop_front();
    }
}
