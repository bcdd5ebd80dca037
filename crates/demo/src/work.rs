//! A piece of a service's work within a trace: its span, its log records, its calls.
//!
//! Invariant: a span ends when the last handle to its work is dropped, so an abandoned request
//! leaves no open span behind.

use std::sync::Arc;
use std::time::SystemTime;

use opentelemetry::logs::{AnyValue, LogRecord, Logger, Severity};
use opentelemetry::trace::{Link, SpanContext, SpanKind, Status, TraceContextExt, Tracer};
use opentelemetry::{Context, KeyValue};

use crate::failure::Failure;
use crate::service::Service;

/// Exception types and routes go into attributes under this key.
pub(crate) const ERROR_TYPE: &str = "error.type";

#[derive(Clone)]
pub(crate) struct Work {
    pub(crate) service: Arc<Service>,
    pub(crate) context: Context,
}

impl Work {
    /// Begins a span under `parent`, which may be the context of another process.
    pub(crate) fn begin(
        service: Arc<Service>,
        parent: &Context,
        kind: SpanKind,
        name: impl Into<std::borrow::Cow<'static, str>>,
        attributes: Vec<KeyValue>,
        links: Vec<Link>,
    ) -> Self {
        let tracer = &service.telemetry.tracer;
        let span = tracer
            .span_builder(name)
            .with_kind(kind)
            .with_attributes(attributes)
            .with_links(links)
            .start_with_context(tracer, parent);
        let context = parent.with_span(span);
        Self { service, context }
    }

    /// Begins a span within this one.
    pub(crate) fn child(
        &self,
        kind: SpanKind,
        name: impl Into<std::borrow::Cow<'static, str>>,
        attributes: Vec<KeyValue>,
    ) -> Self {
        Self::begin(Arc::clone(&self.service), &self.context, kind, name, attributes, Vec::new())
    }

    pub(crate) fn span_context(&self) -> SpanContext {
        self.context.span().span_context().clone()
    }

    pub(crate) fn set(&self, attribute: KeyValue) {
        self.context.span().set_attribute(attribute);
    }

    pub(crate) fn event(&self, name: &'static str, attributes: Vec<KeyValue>) {
        self.context.span().add_event(name, attributes);
    }

    /// Marks the span as failed.
    pub(crate) fn fail(&self, kind: impl Into<opentelemetry::Value>, message: &str) {
        let span = self.context.span();
        span.set_attribute(KeyValue::new(ERROR_TYPE, kind));
        span.set_status(Status::error(message.to_owned()));
    }

    /// Marks the span as failed and keeps the exception, in the span and in a log record.
    pub(crate) fn fail_with_exception(
        &self,
        failure: &Failure,
        stack_trace: Option<String>,
        time: SystemTime,
    ) {
        self.fail(failure.kind, &failure.message);
        let mut attributes = vec![
            KeyValue::new("exception.type", failure.kind),
            KeyValue::new("exception.message", failure.message.clone()),
        ];
        attributes.extend(stack_trace.map(|text| KeyValue::new("exception.stacktrace", text)));
        self.context.span().add_event_with_timestamp("exception", time, attributes.clone());
        let body = format!("{}: {}", failure.kind, failure.message);
        self.log_at(time, Severity::Error, body, attributes);
    }

    pub(crate) fn info(&self, body: impl Into<String>, attributes: Vec<KeyValue>) {
        self.log(Severity::Info, body.into(), attributes);
    }

    pub(crate) fn warn(&self, body: impl Into<String>, attributes: Vec<KeyValue>) {
        self.log(Severity::Warn, body.into(), attributes);
    }

    /// Writes a log record with the ids of this span.
    pub(crate) fn log(&self, severity: Severity, body: String, attributes: Vec<KeyValue>) {
        self.log_at(SystemTime::now(), severity, body, attributes);
    }

    fn log_at(
        &self,
        time: SystemTime,
        severity: Severity,
        body: String,
        attributes: Vec<KeyValue>,
    ) {
        let logger = &self.service.telemetry.logger;
        let mut record = logger.create_log_record();
        record.set_timestamp(time);
        record.set_observed_timestamp(SystemTime::now());
        record.set_severity_number(severity);
        record.set_severity_text(severity.name());
        record.set_body(AnyValue::from(body));
        for attribute in attributes {
            record.add_attribute(attribute.key, log_value(attribute.value));
        }
        let span = self.context.span();
        let context = span.span_context();
        if context.is_valid() {
            let flags = Some(context.trace_flags());
            record.set_trace_context(context.trace_id(), context.span_id(), flags);
        }
        logger.emit(record);
    }
}

fn log_value(value: opentelemetry::Value) -> AnyValue {
    match value {
        opentelemetry::Value::Bool(flag) => AnyValue::Boolean(flag),
        opentelemetry::Value::I64(number) => AnyValue::Int(number),
        opentelemetry::Value::F64(number) => AnyValue::Double(number),
        opentelemetry::Value::String(text) => AnyValue::String(text),
        other => AnyValue::from(other.to_string()),
    }
}
