//! Log records: containers, `application/vnd.sentry.items.log+json`, and the single ones before
//! them.

use std::borrow::Cow;

use plimsoll_model::batch::{Batch, FinishError, LogBuilder, LogRow, ScopeRow};
use plimsoll_model::{SpanId, TimeWindow, TraceId, UnixNano};

use super::super::event::ShapeError;
use super::super::reader::{Kind, Reader};
use super::super::{id, time};
use super::attribute::{Row, Value};
use super::container::CONTAINER;
use super::origin::{Key, Origin, Resource, Stated};
use super::{Fault, Outcome, convention, in_window};

/// Collects log records of one envelope, for one batch.
pub struct Logs<'c> {
    columns: LogBuilder,
    row: Row,
    window: &'c TimeWindow,
    origin: Origin<'c>,
    /// Who sent the last row.
    sender: Option<Stated>,
}

/// What a record is besides its attributes.
#[derive(Debug, Default)]
struct Fields<'a> {
    time: Option<UnixNano>,
    trace_id: Option<TraceId>,
    span_id: Option<SpanId>,
    level: Cow<'a, str>,
    severity: Option<i64>,
    body: Option<Cow<'a, str>>,
}

impl<'c> Logs<'c> {
    /// None yet. What the envelope says of who sent it is in `origin`.
    #[must_use]
    pub fn new(origin: Origin<'c>, window: &'c TimeWindow) -> Self {
        let columns = LogBuilder::with_capacity(0);
        Self { columns, row: Row::default(), window, origin, sender: None }
    }

    /// Adds the records of an item of type `log`, a container or one record, whichever it is.
    ///
    /// # Errors
    ///
    /// The payload is no JSON object.
    pub fn push_item(&mut self, content_type: &str, json: &str) -> Result<Outcome, ShapeError> {
        let mut reader = ShapeError::check("log records", json)?;
        let mut outcome = Outcome::default();
        if !content_type.starts_with(CONTAINER) {
            outcome.add(self.push(&mut reader), || "log".to_owned());
            return Ok(outcome);
        }
        reader.object(|key, reader| {
            if key != "items" || reader.kind() != Kind::Array {
                return;
            }
            let mut at = 0;
            reader.array(|reader| {
                outcome.add(self.push(reader), || format!("items[{at}]"));
                at += 1;
            });
        });
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

    fn push(&mut self, reader: &mut Reader<'_>) -> Result<(), Fault> {
        self.row.clear();
        let mut fields = Fields::default();
        reader.object(|key, reader| match key {
            "timestamp" => fields.time = reader.parsed(time::unix_nano),
            "trace_id" => fields.trace_id = reader.parsed(id::trace).map(TraceId),
            "span_id" => fields.span_id = reader.parsed(id::trace).map(SpanId),
            "level" => fields.level = reader.text().unwrap_or_default(),
            "severity_number" => fields.severity = reader.integer(),
            "body" => fields.body = reader.text_or_json(),
            "attributes" => reader.object(|key, reader| {
                let Some(value) = Value::read_typed(reader) else { return };
                self.attribute(key, value, &mut fields);
            }),
            _ => {}
        });
        let committed = self.commit(&fields);
        if committed.is_err() {
            self.columns.rollback();
        }
        committed
    }

    /// An attribute, unless it is what a column of its own has.
    fn attribute(&mut self, key: &str, value: Value<'_>, fields: &mut Fields<'_>) {
        match (key, value) {
            ("sentry.severity_number", Value::Int(number)) => {
                fields.severity.get_or_insert(number);
            }
            ("sentry.severity_text", _) => {}
            // The span that was active, in SDKs that do not name it otherwise.
            ("parent_span_id" | "sentry.trace.parent_span_id", Value::Text(text)) => {
                fields.span_id = fields.span_id.or(id::trace(&text).map(SpanId));
            }
            // Of a log it is the host that wrote it.
            ("server.address", Value::Text(text)) => self.row.stated.set(Key::ServerName, &text),
            (key, value) => self.row.push(&mut self.columns.attributes, key, value),
        }
    }

    fn commit(&mut self, fields: &Fields<'_>) -> Result<(), Fault> {
        let body = fields.body.as_deref();
        let Some(body) = body else {
            return Err(Fault("body: expected a text, found none".to_owned()));
        };
        let time =
            in_window(self.window, "timestamp", fields.time.unwrap_or(self.window.received))?;
        let given = fields.severity.and_then(|number| i8::try_from(number).ok());
        let given = given.filter(|number| (1..=24).contains(number));
        if self.sender.as_ref() != Some(&self.row.stated) {
            let resource = Resource::new(&self.row.stated, &self.origin);
            self.columns.begin_resource(&resource.row());
            self.columns.begin_scope(&ScopeRow::default());
            self.sender = Some(self.row.stated.clone());
        }
        self.columns.commit(&LogRow {
            time,
            observed_time: None,
            severity_number: given.unwrap_or_else(|| convention::severity_of(&fields.level)),
            severity_text: fields.level.as_bytes(),
            body: Some(body.as_bytes()),
            body_type: 1,
            event_name: b"",
            trace_id: fields.trace_id,
            span_id: fields.span_id,
            flags: 0,
            dropped_attributes_count: self.row.dropped,
        });
        Ok(())
    }
}
