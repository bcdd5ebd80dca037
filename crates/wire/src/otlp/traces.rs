//! Spans, straight into the columns of `spans`.
//!
//! Invariant: a span's scalars are committed after its last byte was read, so the last occurrence
//! of a field wins; attributes, events and links go to the columns as they come and are rolled back
//! if the span turns out bad.

use arrow::array::RecordBatch;
use plimsoll_model::batch::{
    EventRow, FinishError, LinkRow, ResourceRow, ScopeRow, SpanBuilder, SpanRow,
};
use plimsoll_model::{SpanId, Table, TraceId};

use super::context::Context;
use super::fault::{Fault, Within};
use super::origin::Origin;
use super::reader::{Known, Reader, fixed32, fixed64, len, varint};
use super::value::{Object, push_attribute};
use super::walk::Signal;

/// Bytes a row takes in the columns however short its span: offsets, numbers and ids.
const ROW_BYTES: usize = 360;
/// Likewise of an event and a link.
const EVENT_BYTES: usize = 24;
const LINK_BYTES: usize = 32;

pub(super) struct Traces {
    columns: SpanBuilder,
    /// Room for typed JSON, reused.
    json: Vec<u8>,
}

impl Signal for Traces {
    const REQUEST: &'static str = "ExportTraceServiceRequest";
    const FIELDS: [&'static str; 3] = ["resource_spans", "scope_spans", "spans"];

    fn with_capacity(items: usize) -> Self {
        Self { columns: SpanBuilder::with_capacity(items), json: Vec::new() }
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
        let pushed = self.push_span(item, cx);
        if pushed.is_err() {
            self.columns.rollback();
        }
        pushed
    }

    fn finish(self) -> Result<Vec<(Table, RecordBatch)>, FinishError> {
        self.columns.finish()
    }
}

/// The fields of a span that occur once.
#[derive(Default)]
struct Scalars<'a> {
    trace_id: &'a [u8],
    span_id: &'a [u8],
    parent_span_id: &'a [u8],
    trace_state: &'a [u8],
    name: &'a [u8],
    kind: i32,
    flags: u32,
    start: u64,
    end: u64,
    status_code: i32,
    status_message: &'a [u8],
    dropped_attributes: i32,
    dropped_events: i32,
    dropped_links: i32,
}

impl Traces {
    fn push_span(&mut self, message: &[u8], cx: &mut Context<'_>) -> Result<(), Fault> {
        const TRACE_ID: u32 = len(1);
        const SPAN_ID: u32 = len(2);
        const TRACE_STATE: u32 = len(3);
        const PARENT_SPAN_ID: u32 = len(4);
        const NAME: u32 = len(5);
        const KIND: u32 = varint(6);
        const START: u32 = fixed64(7);
        const END: u32 = fixed64(8);
        const ATTRIBUTES: u32 = len(9);
        const DROPPED_ATTRIBUTES: u32 = varint(10);
        const EVENTS: u32 = len(11);
        const DROPPED_EVENTS: u32 = varint(12);
        const LINKS: u32 = len(13);
        const DROPPED_LINKS: u32 = varint(14);
        const STATUS: u32 = len(15);
        const FLAGS: u32 = fixed32(16);
        const SPAN: Known = Known(0x1_fffe);
        let mut span = Scalars::default();
        let (mut attributes, mut events, mut links) = (0, 0, 0);
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
                TRACE_ID => span.trace_id = reader.bytes().within("trace_id")?,
                SPAN_ID => span.span_id = reader.bytes().within("span_id")?,
                TRACE_STATE => span.trace_state = reader.bytes().within("trace_state")?,
                PARENT_SPAN_ID => span.parent_span_id = reader.bytes().within("parent_span_id")?,
                NAME => span.name = reader.bytes().within("name")?,
                KIND => span.kind = reader.uint32_bits().within("kind")?,
                START => span.start = reader.fixed64().within("start_time_unix_nano")?,
                END => span.end = reader.fixed64().within("end_time_unix_nano")?,
                DROPPED_ATTRIBUTES => span.dropped_attributes = reader.uint32_bits()?,
                EVENTS => {
                    let message = reader.bytes().within_element("events", events)?;
                    self.push_event(message, cx).within_element("events", events)?;
                    events += 1;
                }
                DROPPED_EVENTS => span.dropped_events = reader.uint32_bits()?,
                LINKS => {
                    let message = reader.bytes().within_element("links", links)?;
                    self.push_link(message, cx).within_element("links", links)?;
                    links += 1;
                }
                DROPPED_LINKS => span.dropped_links = reader.uint32_bits()?,
                STATUS => {
                    let message = reader.bytes().within("status")?;
                    read_status(message, &mut span).within("status")?;
                }
                FLAGS => span.flags = reader.fixed32().within("flags")?,
                _ => reader.skip(tag, SPAN)?,
            }
        }
        self.columns.commit(&span.check(cx)?);
        Ok(())
    }

    fn push_event(&mut self, message: &[u8], cx: &mut Context<'_>) -> Result<(), Fault> {
        const TIME: u32 = fixed64(1);
        const NAME: u32 = len(2);
        const ATTRIBUTES: u32 = len(3);
        const DROPPED_ATTRIBUTES: u32 = varint(4);
        const EVENT: Known = Known::fields(&[1, 2, 3, 4]);
        let (mut time, mut name, mut dropped): (u64, &[u8], i32) = (0, b"", 0);
        self.json.clear();
        let mut object = Object::new(&mut self.json);
        let mut reader = Reader::new(message);
        while let Some(tag) = reader.tag()? {
            match tag {
                TIME => time = reader.fixed64().within("time_unix_nano")?,
                NAME => name = reader.bytes().within("name")?,
                ATTRIBUTES => {
                    let message = reader.bytes().within("attributes")?;
                    object.push_message("attributes", message, cx)?;
                }
                DROPPED_ATTRIBUTES => dropped = reader.uint32_bits()?,
                _ => reader.skip(tag, EVENT)?,
            }
        }
        object.finish();
        cx.expand(EVENT_BYTES)?;
        self.columns.push_event(&EventRow {
            time: cx.time(time).within("time_unix_nano")?,
            name: cx.text(name).within("name")?,
            attributes: &self.json,
            dropped_attributes_count: dropped,
        });
        Ok(())
    }

    fn push_link(&mut self, message: &[u8], cx: &mut Context<'_>) -> Result<(), Fault> {
        const TRACE_ID: u32 = len(1);
        const SPAN_ID: u32 = len(2);
        const TRACE_STATE: u32 = len(3);
        const ATTRIBUTES: u32 = len(4);
        const DROPPED_ATTRIBUTES: u32 = varint(5);
        const FLAGS: u32 = fixed32(6);
        const LINK: Known = Known::fields(&[1, 2, 3, 4, 5, 6]);
        let (mut trace_id, mut span_id, mut trace_state): (&[u8], &[u8], &[u8]) = (b"", b"", b"");
        let (mut dropped, mut flags) = (0, 0);
        self.json.clear();
        let mut object = Object::new(&mut self.json);
        let mut reader = Reader::new(message);
        while let Some(tag) = reader.tag()? {
            match tag {
                TRACE_ID => trace_id = reader.bytes().within("trace_id")?,
                SPAN_ID => span_id = reader.bytes().within("span_id")?,
                TRACE_STATE => trace_state = reader.bytes().within("trace_state")?,
                ATTRIBUTES => {
                    let message = reader.bytes().within("attributes")?;
                    object.push_message("attributes", message, cx)?;
                }
                DROPPED_ATTRIBUTES => dropped = reader.uint32_bits()?,
                FLAGS => flags = reader.fixed32().within("flags")? as i32,
                _ => reader.skip(tag, LINK)?,
            }
        }
        object.finish();
        cx.expand(LINK_BYTES)?;
        // A link may point nowhere: SDKs keep links of unsampled or unknown spans.
        cx.optional_id::<16>(trace_id).within("trace_id")?;
        cx.optional_id::<8>(span_id).within("span_id")?;
        self.columns.push_link(&LinkRow {
            trace_id,
            span_id,
            trace_state: cx.text(trace_state).within("trace_state")?,
            flags,
            attributes: &self.json,
            dropped_attributes_count: dropped,
        });
        Ok(())
    }
}

/// Reads a `Status` into the span's fields, over what an earlier occurrence said.
fn read_status<'a>(message: &'a [u8], span: &mut Scalars<'a>) -> Result<(), Fault> {
    const MESSAGE: u32 = len(2);
    const CODE: u32 = varint(3);
    const STATUS: Known = Known::fields(&[2, 3]);
    let mut reader = Reader::new(message);
    while let Some(tag) = reader.tag()? {
        match tag {
            MESSAGE => span.status_message = reader.bytes().within("message")?,
            CODE => span.status_code = reader.uint32_bits().within("code")?,
            _ => reader.skip(tag, STATUS)?,
        }
    }
    Ok(())
}

impl<'a> Scalars<'a> {
    fn check(self, cx: &Context<'_>) -> Result<SpanRow<'a>, Fault> {
        Ok(SpanRow {
            start: cx.item_time(self.start).within("start_time_unix_nano")?,
            end: cx.time(self.end).within("end_time_unix_nano")?,
            trace_id: TraceId(cx.required_id(self.trace_id).within("trace_id")?),
            span_id: SpanId(cx.required_id(self.span_id).within("span_id")?),
            parent_span_id: cx
                .optional_id(self.parent_span_id)
                .within("parent_span_id")?
                .map(SpanId),
            trace_state: cx.text(self.trace_state).within("trace_state")?,
            flags: self.flags as i32,
            name: cx.text(self.name).within("name")?,
            kind: cx.small_enum(self.kind).within("kind")?,
            status_code: cx.small_enum(self.status_code).within("status.code")?,
            status_message: cx.text(self.status_message).within("status.message")?,
            dropped_attributes_count: self.dropped_attributes,
            dropped_events_count: self.dropped_events,
            dropped_links_count: self.dropped_links,
        })
    }
}
