//! Spans in the older form: those below a transaction, and those sent by themselves.
//!
//! Invariant: attributes go to the columns as they come, everything else of a span after its last
//! member was read; a span that turns out bad leaves nothing behind.

use std::borrow::Cow;

use plimsoll_model::batch::{Batch, FinishError, LinkRow, ScopeRow, SpanBuilder, SpanRow};
use plimsoll_model::{SpanId, TimeWindow, TraceId, UnixNano};

use super::super::event::{ShapeError, tags};
use super::super::reader::{Kind, Reader};
use super::super::{id, time};
use super::attribute::{Row, Value, write_members};
use super::origin::{Origin, Resource, Stated};
use super::{Fault, Outcome, convention, in_window, required};

/// Links of one span.
const LINKS_MAX: i32 = 128;

/// Collects spans of one envelope in any form, for one batch.
pub struct Spans<'c> {
    pub(super) columns: SpanBuilder,
    pub(super) row: Row,
    window: &'c TimeWindow,
    origin: Origin<'c>,
    /// Who sent the last row.
    sender: Option<Stated>,
    json: Vec<u8>,
}

/// What a span is besides its attributes.
#[derive(Debug, Default)]
pub(super) struct Fields<'a> {
    pub(super) trace_id: Option<TraceId>,
    pub(super) span_id: Option<SpanId>,
    pub(super) parent_span_id: Option<SpanId>,
    pub(super) name: Cow<'a, str>,
    pub(super) operation: Cow<'a, str>,
    pub(super) kind: Option<i8>,
    pub(super) status: Cow<'a, str>,
    /// What a tag says of it.
    pub(super) status_tag: String,
    pub(super) status_message: Cow<'a, str>,
    pub(super) start: Option<UnixNano>,
    pub(super) end: Option<UnixNano>,
    pub(super) dropped_links: i32,
    pub(super) links: i32,
}

impl<'c> Spans<'c> {
    /// None yet. What the envelope says of who sent it is in `origin`.
    #[must_use]
    pub fn new(origin: Origin<'c>, window: &'c TimeWindow) -> Self {
        Self {
            columns: SpanBuilder::with_capacity(0),
            row: Row::default(),
            window,
            origin,
            sender: None,
            json: Vec::new(),
        }
    }

    /// Adds the span of an item of type `span` that is no container.
    ///
    /// # Errors
    ///
    /// The payload is no JSON object.
    pub fn push_span(&mut self, json: &str) -> Result<Outcome, ShapeError> {
        let mut reader = ShapeError::check("a span", json)?;
        let mut outcome = Outcome::default();
        let inherited = Inherited::default();
        outcome.add(self.push_older(&mut reader, &inherited), || "span".to_owned());
        Ok(outcome)
    }

    /// The rows of all payloads so far.
    ///
    /// # Errors
    ///
    /// The columns do not fit the table, a defect.
    pub fn finish(self) -> Result<Batch, FinishError> {
        Ok(Batch { tables: self.columns.finish()? })
    }

    /// Adds a span that has the shape of a transaction's.
    pub(super) fn push_older<'a>(
        &mut self,
        reader: &mut Reader<'a>,
        inherited: &Inherited,
    ) -> Result<(), Fault> {
        self.begin(inherited);
        let mut fields = Fields { trace_id: inherited.trace_id, ..Fields::default() };
        let mut description = Cow::Borrowed("");
        reader.object(|key, reader| match key {
            "description" => description = reader.text().unwrap_or_default(),
            "start_timestamp" => fields.start = reader.parsed(time::unix_nano),
            "timestamp" => fields.end = reader.parsed(time::unix_nano),
            "tags" => self.push_tags(reader, &mut fields),
            "measurements" => self.push_measurements(reader),
            _ => self.common_member(key, reader, &mut fields),
        });
        if fields.operation.split('.').next() == Some("db") {
            self.row.push_missing(&mut self.columns.attributes, "db.query.text", &description);
        }
        fields.name = description;
        self.commit(&fields)
    }

    /// Begins a row.
    pub(super) fn begin(&mut self, inherited: &Inherited) {
        self.row.clear();
        self.row.stated.clone_from(&inherited.stated);
    }

    /// Members that spans have in common with the trace context of a transaction.
    pub(super) fn common_member<'a>(
        &mut self,
        key: &str,
        reader: &mut Reader<'a>,
        fields: &mut Fields<'a>,
    ) {
        let columns = &mut self.columns.attributes;
        match key {
            "trace_id" => {
                if let Some(id) = reader.parsed(id::trace) {
                    fields.trace_id = Some(TraceId(id));
                }
            }
            "span_id" => fields.span_id = reader.parsed(id::trace).map(SpanId),
            "parent_span_id" => fields.parent_span_id = reader.parsed(id::trace).map(SpanId),
            "op" => fields.operation = reader.text().unwrap_or_default(),
            "status" => fields.status = reader.text().unwrap_or_default(),
            "origin" => {
                let origin = reader.text().unwrap_or_default();
                self.row.push_missing(columns, "sentry.origin", &origin);
            }
            "data" => reader.object(|key, reader| {
                let Some(value) = Value::read(reader) else { return };
                self.attribute(key, value, fields);
            }),
            "exclusive_time" => {
                if let Some(ms) = reader.number().filter(|ms| *ms > 0.0) {
                    self.row.push(columns, "sentry.exclusive_time", Value::Double(ms));
                }
            }
            "links" => self.push_links(reader, fields, Value::read),
            _ => {}
        }
    }

    /// An attribute, unless it is what a column of its own has.
    pub(super) fn attribute<'a>(&mut self, key: &str, value: Value<'a>, fields: &mut Fields<'a>) {
        match (key, value) {
            ("sentry.op", Value::Text(text)) => fields.operation = text,
            ("sentry.status.message", Value::Text(text)) => fields.status_message = text,
            ("sentry.kind" | "otel.kind" | "span.kind", Value::Text(text)) => {
                fields.kind = convention::named_kind(&text);
            }
            ("sentry.origin", Value::Text(text)) => {
                self.row.push_missing(&mut self.columns.attributes, "sentry.origin", &text);
            }
            (key, value) => self.row.push(&mut self.columns.attributes, key, value),
        }
    }

    pub(super) fn push_tags(&mut self, reader: &mut Reader<'_>, fields: &mut Fields<'_>) {
        for (key, value) in tags(reader, &mut 0) {
            if key == "status" {
                fields.status_tag = value;
            } else if !self.row.is_taken(convention::current(&key)) {
                self.row.push(&mut self.columns.attributes, &key, Value::Text(value.into()));
            }
        }
    }

    /// `{"lcp": {"value": 1.5, "unit": "millisecond"}}`.
    pub(super) fn push_measurements(&mut self, reader: &mut Reader<'_>) {
        reader.object(|key, reader| {
            let mut value = None;
            match reader.kind() {
                Kind::Object => reader.object(|key, reader| {
                    if key == "value" {
                        value = reader.number();
                    }
                }),
                _ => value = reader.number(),
            }
            if let Some(value) = value {
                let key = convention::measurement(key);
                self.row.push(&mut self.columns.attributes, &key, Value::Double(value));
            }
        });
    }

    pub(super) fn push_links<'a>(
        &mut self,
        reader: &mut Reader<'a>,
        fields: &mut Fields<'a>,
        read: fn(&mut Reader<'a>) -> Option<Value<'a>>,
    ) {
        reader.array(|reader| {
            let (mut trace_id, mut span_id) = (None, None);
            let mut sampled = false;
            self.json.clear();
            reader.object(|key, reader| match key {
                "trace_id" => trace_id = reader.parsed(id::trace::<16>),
                "span_id" => span_id = reader.parsed(id::trace::<8>),
                "sampled" => sampled = reader.boolean().unwrap_or_default(),
                "attributes" => {
                    self.json.clear();
                    write_members(&mut self.json, reader, read);
                }
                _ => {}
            });
            let (Some(trace_id), Some(span_id)) = (trace_id, span_id) else { return };
            if fields.links == LINKS_MAX {
                fields.dropped_links = fields.dropped_links.saturating_add(1);
                return;
            }
            fields.links += 1;
            self.columns.push_link(&LinkRow {
                trace_id: &trace_id,
                span_id: &span_id,
                trace_state: b"",
                flags: i32::from(sampled),
                attributes: &self.json,
                dropped_attributes_count: 0,
            });
        });
    }

    /// Closes the row, or leaves nothing of it.
    pub(super) fn commit(&mut self, fields: &Fields<'_>) -> Result<(), Fault> {
        let committed = self.commit_checked(fields);
        if committed.is_err() {
            self.columns.rollback();
        }
        committed
    }

    fn commit_checked(&mut self, fields: &Fields<'_>) -> Result<(), Fault> {
        let trace_id = required("trace_id", 32, fields.trace_id)?;
        let span_id = required("span_id", 16, fields.span_id)?;
        let start = fields.start.ok_or_else(|| {
            Fault("start_timestamp: expected seconds since 1970 or RFC 3339".to_owned())
        })?;
        let start = in_window(self.window, "start_timestamp", start)?;
        let (operation, name) = (&*fields.operation, &*fields.name);
        let columns = &mut self.columns.attributes;
        if !operation.is_empty() {
            self.row.push(columns, "sentry.op", Value::Text(Cow::Borrowed(operation)));
        }
        let status = match &*fields.status {
            "" => &*fields.status_tag,
            status => status,
        };
        let (status_code, word) = convention::status_of(status);
        let message = if fields.status_message.is_empty() { word } else { &fields.status_message };
        if status_code == 0 && !matches!(status, "" | "unset") {
            self.row.push(columns, "sentry.status", Value::Text(Cow::Borrowed(status)));
        }
        self.begin_sender();
        self.columns.commit(&SpanRow {
            start,
            end: fields.end.unwrap_or(start),
            trace_id,
            span_id,
            parent_span_id: fields.parent_span_id,
            trace_state: b"",
            flags: 0,
            name: if name.is_empty() { operation } else { name }.as_bytes(),
            kind: fields.kind.unwrap_or_else(|| convention::kind_of(operation)),
            status_code,
            status_message: message.as_bytes(),
            dropped_attributes_count: self.row.dropped,
            dropped_events_count: 0,
            dropped_links_count: fields.dropped_links,
        });
        Ok(())
    }

    /// The row belongs to who its attributes say, and otherwise to who sent the envelope.
    fn begin_sender(&mut self) {
        if self.sender.as_ref() == Some(&self.row.stated) {
            return;
        }
        let resource = Resource::new(&self.row.stated, &self.origin);
        self.columns.begin_resource(&resource.row());
        self.columns.begin_scope(&ScopeRow::default());
        self.sender = Some(self.row.stated.clone());
    }
}

/// What the spans below a transaction have of it.
#[derive(Debug, Default)]
pub(super) struct Inherited {
    pub(super) trace_id: Option<TraceId>,
    pub(super) stated: Stated,
}
