//! The server's own traces, metrics and logs, kept in its own store if asked.
//!
//! `tracing` spans and events go through a bounded queue to one task, which sends them through the
//! same ingest as everybody's telemetry, in process.
//!
//! Invariants: nothing here waits on a full queue, it drops and counts; what ingest itself does is
//! never observed (its routes have no spans, [`layer`] ignores its modules and the store's log, and
//! the task runs without a subscriber), so that observing cannot feed itself.

mod encode;
mod layer;
mod metrics;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use plimsoll_model::batch::RecordKind;
use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use tracing::instrument::WithSubscriber as _;
use tracing::subscriber::NoSubscriber;

use crate::app::App;
pub use layer::ObserveLayer;
use layer::{Item, LogItem, SpanItem};

/// Spans and log records that wait, at most: some 500 bytes each, so 2 MiB.
const QUEUE_ITEMS_MAX: usize = 4_096;
/// Items of one batch; small enough to be decoded where it is sent from.
const BATCH_ITEMS_MAX: usize = 100;
/// Items wait no longer than this.
const BATCH_INTERVAL: Duration = Duration::from_secs(1);
/// Metrics are taken this often.
const METRICS_INTERVAL: Duration = Duration::from_secs(15);

/// Makes the `tracing` layer, and what takes its items to a server.
#[must_use]
pub fn observe() -> (ObserveLayer, Observed) {
    let (sender, items) = mpsc::channel(QUEUE_ITEMS_MAX);
    let dropped = Dropped::none();
    (ObserveLayer::new(sender, Arc::clone(&dropped)), Observed { items, dropped })
}

/// How many items found no room.
#[derive(Debug, Default)]
pub(crate) struct Dropped(AtomicU64);

impl Dropped {
    pub(crate) fn none() -> Arc<Self> {
        Arc::default()
    }

    pub(crate) fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn add(&self, items: usize) {
        self.0.fetch_add(items as u64, Ordering::Relaxed);
    }
}

/// The receiving end of the layer.
pub struct Observed {
    items: mpsc::Receiver<Item>,
    dropped: Arc<Dropped>,
}

impl Observed {
    pub(crate) fn dropped(&self) -> Arc<Dropped> {
        Arc::clone(&self.dropped)
    }

    /// Keeps items until the server stops, and those that came before it did.
    pub(crate) async fn run(mut self, app: Arc<App>, stopping: CancellationToken) {
        let run = async {
            let mut metrics_due = tokio::time::interval(METRICS_INTERVAL);
            metrics_due.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let mut batch = Batch::default();
            loop {
                let batch_due = tokio::time::sleep(BATCH_INTERVAL);
                let mut batch_due = std::pin::pin!(batch_due);
                while batch.items() < BATCH_ITEMS_MAX {
                    tokio::select! {
                        () = stopping.cancelled() => {
                            self.items.close();
                            while let Ok(item) = self.items.try_recv() {
                                batch.push(item);
                            }
                            return self.send(&app, std::mem::take(&mut batch)).await;
                        }
                        _ = metrics_due.tick() => {
                            // Refused, they come again with the next ones.
                            if let Some(built) = metrics::build(&app) {
                                let _ = app.ingest.keep_built(&built).await;
                            }
                        }
                        () = &mut batch_due => break,
                        Some(item) = self.items.recv() => batch.push(item),
                    }
                }
                self.send(&app, std::mem::take(&mut batch)).await;
            }
        };
        run.with_subscriber(NoSubscriber::default()).await;
    }

    async fn send(&self, app: &App, batch: Batch) {
        if !batch.spans.is_empty() {
            let body = encode::traces(&batch.spans);
            self.keep(app, RecordKind::OtlpTraces, body, batch.spans.len()).await;
        }
        if !batch.logs.is_empty() {
            let body = encode::logs(&batch.logs);
            self.keep(app, RecordKind::OtlpLogs, body, batch.logs.len()).await;
        }
    }

    /// A refusal drops: the server has other worries then.
    async fn keep(&self, app: &App, kind: RecordKind, body: Vec<u8>, items: usize) {
        if app.ingest.accept_own(kind, Bytes::from(body)).await.is_err() {
            self.dropped.add(items);
        }
    }
}

#[derive(Default)]
struct Batch {
    spans: Vec<SpanItem>,
    logs: Vec<LogItem>,
}

impl Batch {
    fn items(&self) -> usize {
        self.spans.len() + self.logs.len()
    }

    fn push(&mut self, item: Item) {
        match item {
            Item::Span(span) => self.spans.push(span),
            Item::Log(log) => self.logs.push(log),
        }
    }
}
