//! Log records, straight into the columns of `logs`.
//!
//! Invariant: as for spans, scalars are committed last and attributes rolled back on a fault.

use arrow::array::RecordBatch;
use plimsoll_model::batch::{FinishError, LogBuilder, LogRow, ResourceRow, ScopeRow};
use plimsoll_model::{SpanId, Table, TraceId};

use super::context::Context;
use super::fault::{Fault, Within};
use super::origin::Origin;
use super::reader::{Known, Reader, fixed32, fixed64, len, varint};
use super::value::{Parts, Value, any_value_in_general, push_attribute, write_value};
use super::walk::Signal;

/// Bytes a row takes in the columns however short its record.
const ROW_BYTES: usize = 200;

pub(super) struct Logs {
    columns: LogBuilder,
    /// Room for typed JSON, reused.
    json: Vec<u8>,
}

impl Signal for Logs {
    const REQUEST: &'static str = "ExportLogsServiceRequest";
    const FIELDS: [&'static str; 3] = ["resource_logs", "scope_logs", "log_records"];

    fn with_capacity(items: usize) -> Self {
        Self { columns: LogBuilder::with_capacity(items), json: Vec::new() }
    }

    fn begin_resource(&mut self, resource: &ResourceRow<'_>) {
        self.columns.begin_resource(resource);
    }

    fn begin_scope(&mut self, scope: &ScopeRow<'_>) {
        self.columns.begin_scope(scope);
    }

    fn push(
        &mut self,
        item: &[u8],
        origin: &Origin<'_>,
        cx: &mut Context<'_>,
    ) -> Result<(), Fault> {
        cx.expand(ROW_BYTES + origin.resource.bytes_per_row)?;
        let pushed = self.push_log(item, cx);
        if pushed.is_err() {
            self.columns.rollback();
        }
        pushed
    }

    fn finish(self) -> Result<Vec<(Table, RecordBatch)>, FinishError> {
        self.columns.finish()
    }
}

/// The fields of a record that occur once.
#[derive(Default)]
struct Scalars<'a> {
    time: u64,
    observed_time: u64,
    severity_number: i32,
    severity_text: &'a [u8],
    event_name: &'a [u8],
    trace_id: &'a [u8],
    span_id: &'a [u8],
    flags: u32,
    dropped_attributes: i32,
}

impl Logs {
    fn push_log(&mut self, message: &[u8], cx: &Context<'_>) -> Result<(), Fault> {
        const TIME: u32 = fixed64(1);
        const SEVERITY_NUMBER: u32 = varint(2);
        const SEVERITY_TEXT: u32 = len(3);
        const BODY: u32 = len(5);
        const ATTRIBUTES: u32 = len(6);
        const DROPPED_ATTRIBUTES: u32 = varint(7);
        const FLAGS: u32 = fixed32(8);
        const TRACE_ID: u32 = len(9);
        const SPAN_ID: u32 = len(10);
        const OBSERVED_TIME: u32 = fixed64(11);
        const EVENT_NAME: u32 = len(12);
        const LOG_RECORD: Known = Known::fields(&[1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12]);
        let mut log = Scalars::default();
        let mut body: Option<Parts<'_>> = None;
        let mut attributes = 0;
        let mut reader = Reader::new(message);
        while let Some(tag) = reader.tag()? {
            match tag {
                ATTRIBUTES => {
                    let message = reader.bytes().within_element("attributes", attributes)?;
                    push_attribute(&mut self.columns.attributes, message, &mut self.json, cx)
                        .within_element("attributes", attributes)?;
                    attributes += 1;
                    cx.attribute_count(attributes).within("attributes")?;
                }
                TIME => log.time = reader.fixed64().within("time_unix_nano")?,
                SEVERITY_NUMBER => log.severity_number = reader.uint32_bits()?,
                SEVERITY_TEXT => log.severity_text = reader.bytes().within("severity_text")?,
                BODY => {
                    let part = reader.bytes().within("body")?;
                    match &mut body {
                        None => body = Some(Parts::One(part)),
                        Some(parts) => parts.push(part),
                    }
                }
                DROPPED_ATTRIBUTES => log.dropped_attributes = reader.uint32_bits()?,
                FLAGS => log.flags = reader.fixed32().within("flags")?,
                TRACE_ID => log.trace_id = reader.bytes().within("trace_id")?,
                SPAN_ID => log.span_id = reader.bytes().within("span_id")?,
                OBSERVED_TIME => {
                    log.observed_time = reader.fixed64().within("observed_time_unix_nano")?;
                }
                EVENT_NAME => log.event_name = reader.bytes().within("event_name")?,
                _ => reader.skip(tag, LOG_RECORD)?,
            }
        }
        let body = match body {
            Some(parts) => any_value_in_general(parts.iter()).within("body")?,
            None => Value::Empty,
        };
        self.commit(&log, &body, cx)
    }

    fn commit(
        &mut self,
        log: &Scalars<'_>,
        body: &Value<'_>,
        cx: &Context<'_>,
    ) -> Result<(), Fault> {
        let text = match body {
            Value::Empty => None,
            Value::String(text) => Some(cx.text(text).within("body")?),
            other => {
                self.json.clear();
                write_value(&mut self.json, other, 0, cx).within("body")?;
                Some(&self.json[..])
            }
        };
        let observed = cx.time(log.observed_time).within("observed_time_unix_nano")?;
        let time = match (log.time, log.observed_time) {
            (0, 0) => cx.in_window(cx.window.received),
            (0, observed) => cx.item_time(observed).within("observed_time_unix_nano"),
            (time, _) => cx.item_time(time).within("time_unix_nano"),
        }?;
        self.columns.commit(&LogRow {
            time,
            observed_time: (observed != 0).then_some(observed),
            severity_number: cx.small_enum(log.severity_number).within("severity_number")?,
            severity_text: cx.text(log.severity_text).within("severity_text")?,
            body: text,
            body_type: body.type_number() as i8,
            event_name: cx.text(log.event_name).within("event_name")?,
            trace_id: cx.optional_id(log.trace_id).within("trace_id")?.map(TraceId),
            span_id: cx.optional_id(log.span_id).within("span_id")?.map(SpanId),
            flags: log.flags as i32,
            dropped_attributes_count: log.dropped_attributes,
        });
        Ok(())
    }
}
