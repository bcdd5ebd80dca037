//! The `tracing` layer: spans and events of the server's own crates become items in a queue.

use std::borrow::Cow;
use std::fmt::{Debug, Write as _};
use std::sync::Arc;

use plimsoll_model::{Clock as _, SpanId, SystemClock, TraceId, UnixNano};
use tokio::sync::mpsc;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::Dropped;
use crate::trace::random_bytes;

/// Longest value that is kept of a field; the rest is cut off.
const VALUE_CHARS_MAX: usize = 1_024;

/// What these modules do is ingest itself.
const UNOBSERVED: [&str; 4] = [
    "plimsoll_server::ingest",
    "plimsoll_server::observe",
    "plimsoll_store::append",
    "plimsoll_store::wal",
];

/// An attribute's value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Text(String),
    Int(i64),
    Double(f64),
    Bool(bool),
}

/// A span or event on its way to the store.
pub(super) enum Item {
    Span(SpanItem),
    Log(LogItem),
}

/// A finished span.
#[derive(Clone, Debug)]
pub(super) struct SpanItem {
    pub(super) trace_id: TraceId,
    pub(super) span_id: SpanId,
    pub(super) parent: Option<SpanId>,
    pub(super) name: Cow<'static, str>,
    pub(super) is_server: bool,
    pub(super) failed: bool,
    pub(super) start: UnixNano,
    pub(super) end: UnixNano,
    pub(super) attributes: Vec<(&'static str, Value)>,
}

/// A log record.
#[derive(Clone, Debug)]
pub(super) struct LogItem {
    pub(super) time: UnixNano,
    pub(super) level: Level,
    pub(super) target: &'static str,
    pub(super) body: String,
    pub(super) span: Option<(TraceId, SpanId)>,
    pub(super) attributes: Vec<(&'static str, Value)>,
}

/// Turns spans and events into items; see the module.
pub struct ObserveLayer {
    items: mpsc::Sender<Item>,
    dropped: Arc<Dropped>,
}

impl ObserveLayer {
    pub(super) fn new(items: mpsc::Sender<Item>, dropped: Arc<Dropped>) -> Self {
        Self { items, dropped }
    }

    fn send(&self, item: Item) {
        if let Err(mpsc::error::TrySendError::Full(_)) = self.items.try_send(item) {
            self.dropped.add(1);
        }
    }
}

fn is_observed(metadata: &Metadata<'_>) -> bool {
    *metadata.level() <= Level::INFO
        && metadata.target().starts_with("plimsoll")
        && UNOBSERVED.iter().all(|module| !metadata.target().starts_with(module))
}

/// Fields of a span or event.
#[derive(Default)]
struct Fields {
    message: String,
    attributes: Vec<(&'static str, Value)>,
}

impl Fields {
    fn put(&mut self, field: &Field, value: Value) {
        match self.attributes.iter_mut().find(|(name, _)| *name == field.name()) {
            Some((_, found)) => *found = value,
            None => self.attributes.push((field.name(), value)),
        }
    }

    fn take_text(&mut self, name: &str) -> Option<String> {
        let index = self.attributes.iter().position(|(found, _)| *found == name)?;
        match self.attributes.remove(index).1 {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, Value::Double(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, Value::Int(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        match i64::try_from(value) {
            Ok(value) => self.put(field, Value::Int(value)),
            Err(_) => self.put(field, Value::Text(value.to_string())),
        }
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, Value::Bool(value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let value: String = value.chars().take(VALUE_CHARS_MAX).collect();
        match field.name() {
            "message" => self.message = value,
            _ => self.put(field, Value::Text(value)),
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let mut text = String::new();
        let _ = write!(text, "{value:?}");
        self.record_str(field, &text);
    }
}

impl<S> Layer<S> for ObserveLayer
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id).filter(|span| is_observed(span.metadata())) else {
            return;
        };
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let above = span.parent().and_then(|parent| {
            parent.extensions().get::<SpanItem>().map(|item| (item.trace_id, item.span_id))
        });
        let sent_trace = fields.take_text("trace_id").and_then(|text| text.parse().ok());
        let sent_parent = fields.take_text("parent_span_id").and_then(|text| text.parse().ok());
        let is_server = fields.take_text("otel.kind").is_some_and(|kind| kind == "server");
        let name = fields.take_text("otel.name").map(Cow::Owned);
        let item = SpanItem {
            trace_id: above
                .map(|(trace_id, _)| trace_id)
                .or(sent_trace)
                .unwrap_or_else(|| TraceId(random_bytes())),
            span_id: SpanId(random_bytes()),
            parent: above.map(|(_, span_id)| span_id).or(sent_parent),
            name: name.unwrap_or(Cow::Borrowed(span.metadata().name())),
            is_server,
            failed: false,
            start: SystemClock.now(),
            end: 0,
            attributes: fields.attributes,
        };
        span.extensions_mut().insert(item);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut extensions = span.extensions_mut();
        let Some(item) = extensions.get_mut::<SpanItem>() else { return };
        let mut fields =
            Fields { attributes: std::mem::take(&mut item.attributes), ..Fields::default() };
        values.record(&mut fields);
        item.attributes = fields.attributes;
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if !is_observed(event.metadata()) {
            return;
        }
        let mut fields = Fields::default();
        event.record(&mut fields);
        let span = context.event_span(event).and_then(|span| {
            let mut extensions = span.extensions_mut();
            let item = extensions.get_mut::<SpanItem>()?;
            item.failed |= *event.metadata().level() == Level::ERROR;
            Some((item.trace_id, item.span_id))
        });
        self.send(Item::Log(LogItem {
            time: SystemClock.now(),
            level: *event.metadata().level(),
            target: event.metadata().target(),
            body: fields.message,
            span,
            attributes: fields.attributes,
        }));
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        let Some(mut item) = span.extensions_mut().remove::<SpanItem>() else { return };
        item.end = SystemClock.now();
        let status = item.attributes.iter().find(|(name, _)| *name == "http.response.status_code");
        item.failed |= matches!(status, Some((_, Value::Int(500..)))); // As HTTP conventions say.
        self.send(Item::Span(item));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing_subscriber::layer::SubscriberExt as _;

    #[test]
    fn spans_and_events_become_items_and_ingest_stays_silent() {
        let (layer, mut observed) = super::super::observe();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            let span = tracing::info_span!(
                target: "plimsoll_server::trace",
                "request",
                otel.name = "GET /api/docs",
                otel.kind = "server",
                trace_id = "5f1c92ab7d0e4c6b5f1c92ab7d0e4c6b",
                http.response.status_code = tracing::field::Empty,
            );
            span.in_scope(|| tracing::warn!(target: "plimsoll_store::flush", files = 3, "slow"));
            span.record("http.response.status_code", 503_u16);
            drop(span);
            tracing::debug!(target: "plimsoll_store::flush", "too fine");
            tracing::error!(target: "plimsoll_server::ingest::http", "of ingest");
            tracing::error!(target: "hyper", "of others");
        });
        let mut items = Vec::new();
        while let Ok(item) = observed.items.try_recv() {
            items.push(item);
        }
        let [Item::Log(log), Item::Span(span)] = &items[..] else { panic!("two items") };
        assert_eq!((log.body.as_str(), log.level), ("slow", Level::WARN));
        assert_eq!(log.attributes, [("files", Value::Int(3))]);
        assert_eq!(log.span, Some((span.trace_id, span.span_id)));
        assert_eq!(span.trace_id.to_string(), "5f1c92ab7d0e4c6b5f1c92ab7d0e4c6b");
        assert_eq!(span.name, "GET /api/docs");
        assert!(span.is_server && span.failed && span.parent.is_none());
        assert_eq!(span.attributes, [("http.response.status_code", Value::Int(503))]);
    }

    #[test]
    fn a_full_queue_drops_and_counts() {
        let (layer, observed) = super::super::observe();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            for _ in 0..super::super::QUEUE_ITEMS_MAX + 7 {
                tracing::info!(target: "plimsoll_server::server", "again");
            }
        });
        assert_eq!(observed.dropped().count(), 7);
    }
}
