//! The mailer: takes requests for mails into a queue and works on them later, in traces of their
//! own that link back to the request.
//!
//! Invariants: the queue is bounded, and a full one refuses; when the service stops, what is queued
//! is still worked on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::routing::post;
use axum::{Extension, Json, Router};
use opentelemetry::trace::{Link, SpanContext, SpanKind};
use opentelemetry::{Context, KeyValue};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::failure::Failure;
use crate::service::Service;
use crate::services::{DONE, Done};
use crate::work::Work;

pub(crate) const NAME: &str = "mailer";
pub(crate) const VERSION: &str = "0.9.1";

const QUEUE: &str = "mails";
const QUEUE_MAX: usize = 200;
const BOUNCED_SHARE: f64 = 0.04;

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Mail {
    pub(crate) customer: String,
    pub(crate) order: String,
}

/// A mail and the span that asked for it.
type Queued = (Mail, SpanContext);

struct Outbox {
    queue: mpsc::Sender<Queued>,
    length: Arc<AtomicU64>,
}

pub(crate) fn routes(service: &Arc<Service>) -> (Router, Option<JoinHandle<()>>) {
    let (queue, queued) = mpsc::channel(QUEUE_MAX);
    let length = Arc::new(AtomicU64::new(0));
    let observed = Arc::clone(&length);
    service
        .telemetry
        .meter
        .u64_observable_gauge("shop.mail.queue.length")
        .with_unit("{mail}")
        .with_description("Mails waiting to be sent.")
        .with_callback(move |gauge| gauge.observe(observed.load(Ordering::Relaxed), &[]))
        .build();
    let worker = tokio::spawn(deliver_all(Arc::clone(service), queued, Arc::clone(&length)));
    let outbox = Arc::new(Outbox { queue, length });
    (Router::new().route("/mails", post(accept)).layer(Extension(outbox)), Some(worker))
}

async fn accept(
    Extension(work): Extension<Work>,
    Extension(outbox): Extension<Arc<Outbox>>,
    Json(mail): Json<Mail>,
) -> Result<Json<Done>, Failure> {
    let span = work.child(SpanKind::Producer, format!("send {QUEUE}"), attributes("send", &mail));
    outbox.length.fetch_add(1, Ordering::Relaxed);
    outbox.queue.try_send((mail, span.span_context())).map_err(|_| {
        outbox.length.fetch_sub(1, Ordering::Relaxed);
        let message = format!("{QUEUE_MAX} mails are waiting already");
        Failure::unavailable("QueueFull", message)
    })?;
    Ok(Json(DONE))
}

/// Ends when the routes are gone and the queue is empty.
async fn deliver_all(
    service: Arc<Service>,
    mut queued: mpsc::Receiver<Queued>,
    length: Arc<AtomicU64>,
) {
    while let Some((mail, asked_by)) = queued.recv().await {
        length.fetch_sub(1, Ordering::Relaxed);
        let work = Work::begin(
            Arc::clone(&service),
            &Context::new(),
            SpanKind::Consumer,
            format!("process {QUEUE}"),
            attributes("process", &mail),
            vec![Link::with_context(asked_by)],
        );
        deliver(&work, &mail).await;
    }
}

async fn deliver(work: &Work, mail: &Mail) {
    let render = work.child(SpanKind::Internal, "render template", Vec::new());
    work.service.compute(8.0).await;
    drop(render);
    work.service.compute(25.0).await;
    let label = vec![KeyValue::new("app.order.id", mail.order.clone())];
    if work.service.random.chance(BOUNCED_SHARE) {
        let message = format!("550 mailbox of {} is full", mail.customer);
        let failure = Failure::internal("MailBounced", message);
        work.service.recorder.record(work.clone(), Arc::new(failure));
        return;
    }
    work.info(format!("confirmation of order {} sent", mail.order), label);
}

fn attributes(operation: &'static str, mail: &Mail) -> Vec<KeyValue> {
    vec![
        KeyValue::new("messaging.system", "in_process"),
        KeyValue::new("messaging.destination.name", QUEUE),
        KeyValue::new("messaging.operation.name", operation),
        KeyValue::new("messaging.operation.type", operation),
        KeyValue::new("messaging.message.conversation_id", mail.order.clone()),
    ]
}
