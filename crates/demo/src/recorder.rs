//! Finishes the spans of requests that failed: looks up their stack traces and keeps the exceptions.
//!
//! Looking up symbols takes milliseconds and more, so it is done after the answer, one at a time and
//! away from the async threads.
//!
//! Invariants: a failed request's span ends at the time it failed and not when its stack trace was
//! ready; the queue is bounded, and an exception that finds it full is kept without its stack.

use std::sync::Arc;
use std::time::SystemTime;

use opentelemetry::trace::TraceContextExt;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::failure::Failure;
use crate::work::Work;

const QUEUE_MAX: usize = 128;

/// A failed piece of work.
#[derive(Clone)]
struct Incident {
    work: Work,
    failure: Arc<Failure>,
    time: SystemTime,
}

#[derive(Clone, Debug)]
pub(crate) struct Recorder {
    queue: mpsc::Sender<Incident>,
}

impl Recorder {
    /// The task ends when the last recorder is gone and everything is recorded.
    pub(crate) fn start() -> (Self, JoinHandle<()>) {
        let (queue, mut queued) = mpsc::channel::<Incident>(QUEUE_MAX);
        let task = tokio::spawn(async move {
            while let Some(incident) = queued.recv().await {
                let failure = Arc::clone(&incident.failure);
                let trace = tokio::task::spawn_blocking(move || failure.stack_trace()).await;
                incident.finish(trace.ok().flatten());
            }
        });
        (Self { queue }, task)
    }

    /// Keeps the exception of this work and ends its span.
    pub(crate) fn record(&self, work: Work, failure: Arc<Failure>) {
        let incident = Incident { work, failure, time: SystemTime::now() };
        if let Err(full) = self.queue.try_send(incident) {
            full.into_inner().finish(None);
        }
    }
}

impl Incident {
    fn finish(self, stack_trace: Option<String>) {
        self.work.fail_with_exception(&self.failure, stack_trace, self.time);
        self.work.context.span().end_with_timestamp(self.time);
    }
}
