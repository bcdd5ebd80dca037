//! Columns of the `spans` table, and of `trace_times`, which follows from them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{Int8Type, Int32Type, Int64Type};

use super::FinishError;
use super::attributes::{Attributes, column_of};
use super::column::{Bytes, Entries, SparseBytes, fixed_binary, primitive};
use super::origin::{Origins, ResourceRow, ScopeRow};
use crate::{SpanId, Table, TraceId, UnixNano};

/// A span without its attributes, events and links. Empty texts stand for absent ones.
#[derive(Clone, Copy, Debug)]
pub struct SpanRow<'a> {
    /// When it started.
    pub start: UnixNano,
    /// When it ended; may be before `start` where the sender says so.
    pub end: UnixNano,
    /// Its trace.
    pub trace_id: TraceId,
    /// Its own id.
    pub span_id: SpanId,
    /// Its parent's id, `None` for a root.
    pub parent_span_id: Option<SpanId>,
    /// W3C trace state.
    pub trace_state: &'a [u8],
    /// W3C trace flags and OTLP's bits.
    pub flags: i32,
    /// The operation.
    pub name: &'a [u8],
    /// OTLP's number of the span kind.
    pub kind: i8,
    /// OTLP's number of the status.
    pub status_code: i8,
    /// Why it failed.
    pub status_message: &'a [u8],
    /// How many attributes the sender dropped.
    pub dropped_attributes_count: i32,
    /// How many events the sender dropped.
    pub dropped_events_count: i32,
    /// How many links the sender dropped.
    pub dropped_links_count: i32,
}

/// Something that happened within a span.
#[derive(Clone, Copy, Debug)]
pub struct EventRow<'a> {
    /// When.
    pub time: UnixNano,
    /// What.
    pub name: &'a [u8],
    /// A typed JSON object; empty where there are no attributes.
    pub attributes: &'a [u8],
    /// How many the sender dropped.
    pub dropped_attributes_count: i32,
}

/// Another span that a span points to.
#[derive(Clone, Copy, Debug)]
pub struct LinkRow<'a> {
    /// Its trace, 16 bytes or empty.
    pub trace_id: &'a [u8],
    /// Its id, 8 bytes or empty.
    pub span_id: &'a [u8],
    /// W3C trace state.
    pub trace_state: &'a [u8],
    /// W3C trace flags and OTLP's bits.
    pub flags: i32,
    /// A typed JSON object; empty where there are no attributes.
    pub attributes: &'a [u8],
    /// How many the sender dropped.
    pub dropped_attributes_count: i32,
}

#[derive(Default)]
struct Events {
    rows: Entries,
    time: Vec<i64>,
    name: Bytes,
    attributes: SparseBytes,
    dropped: Vec<i32>,
}

#[derive(Default)]
struct Links {
    rows: Entries,
    trace_id: Bytes,
    span_id: Bytes,
    trace_state: SparseBytes,
    flags: Vec<i32>,
    attributes: SparseBytes,
    dropped: Vec<i32>,
}

/// First start and last end of each trace, in order of first appearance.
#[derive(Default)]
struct TraceTimes {
    at: HashMap<TraceId, usize>,
    last: usize,
    rows: Vec<(TraceId, i64, i64)>,
}

impl TraceTimes {
    fn see(&mut self, id: TraceId, start: i64, end: i64) {
        let end = end.max(start);
        if self.rows.get(self.last).is_none_or(|(last, ..)| *last != id) {
            match self.at.entry(id) {
                Entry::Occupied(at) => self.last = *at.get(),
                Entry::Vacant(free) => {
                    self.last = self.rows.len();
                    free.insert(self.last);
                    self.rows.push((id, start, end));
                    return;
                }
            }
        }
        let (_, first, last) = &mut self.rows[self.last];
        *first = start.min(*first);
        *last = end.max(*last);
    }

    fn finish(self) -> Result<RecordBatch, FinishError> {
        let ids = self.rows.iter().flat_map(|(id, ..)| id.0).collect();
        let columns = vec![
            fixed_binary(16, ids),
            primitive::<Int64Type>(self.rows.iter().map(|(_, first, _)| *first).collect()),
            primitive::<Int64Type>(self.rows.iter().map(|(_, _, last)| *last).collect()),
        ];
        RecordBatch::try_new(Table::TraceTimes.schema(), columns)
            .map_err(|error| FinishError::Schema("trace_times", error))
    }
}

/// Collects spans. Push a row's attributes, events and links, then commit it or roll it back.
pub struct SpanBuilder {
    /// Attributes of the row being built.
    pub attributes: Attributes,
    origins: Origins,
    time: Vec<i64>,
    duration: Vec<i64>,
    trace_id: Vec<u8>,
    span_id: Vec<u8>,
    parent: Vec<u8>,
    parent_rows: Vec<u32>,
    trace_state: SparseBytes,
    flags: Vec<i32>,
    name: Bytes,
    kind: Vec<i8>,
    status_code: Vec<i8>,
    status_message: SparseBytes,
    dropped_attributes: Vec<i32>,
    events: Events,
    dropped_events: Vec<i32>,
    links: Links,
    dropped_links: Vec<i32>,
    traces: TraceTimes,
}

impl SpanBuilder {
    /// A builder with room for this many spans.
    #[must_use]
    pub fn with_capacity(rows: usize) -> Self {
        let mut builder = Self {
            attributes: Attributes::of_spans(),
            origins: Origins::default(),
            time: Vec::with_capacity(rows),
            duration: Vec::with_capacity(rows),
            trace_id: Vec::with_capacity(rows * 16),
            span_id: Vec::with_capacity(rows * 8),
            parent: Vec::with_capacity(rows * 8),
            parent_rows: Vec::with_capacity(rows),
            trace_state: SparseBytes::default(),
            flags: Vec::with_capacity(rows),
            name: Bytes::default(),
            kind: Vec::with_capacity(rows),
            status_code: Vec::with_capacity(rows),
            status_message: SparseBytes::default(),
            dropped_attributes: Vec::with_capacity(rows),
            events: Events::default(),
            dropped_events: Vec::with_capacity(rows),
            links: Links::default(),
            dropped_links: Vec::with_capacity(rows),
            traces: TraceTimes::default(),
        };
        builder.attributes.reserve(rows);
        builder.name.reserve(rows);
        builder.events.rows.reserve(rows);
        builder.links.rows.reserve(rows);
        builder
    }

    /// Committed rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.time.len()
    }

    /// The scopes that follow belong to this resource.
    pub fn begin_resource(&mut self, resource: &ResourceRow<'_>) {
        self.origins.begin_resource(resource);
    }

    /// The rows that follow belong to this scope of the last resource.
    pub fn begin_scope(&mut self, scope: &ScopeRow<'_>) {
        self.origins.begin_scope(self.time.len(), scope);
    }

    /// Adds an event to the row being built.
    pub fn push_event(&mut self, event: &EventRow<'_>) {
        let at = self.events.time.len();
        self.events.time.push(event.time);
        self.events.name.push(event.name);
        self.events.attributes.set_unless_empty(at, event.attributes);
        self.events.dropped.push(event.dropped_attributes_count);
    }

    /// Adds a link to the row being built.
    pub fn push_link(&mut self, link: &LinkRow<'_>) {
        let at = self.links.flags.len();
        self.links.trace_id.push(link.trace_id);
        self.links.span_id.push(link.span_id);
        self.links.trace_state.set_unless_empty(at, link.trace_state);
        self.links.flags.push(link.flags);
        self.links.attributes.set_unless_empty(at, link.attributes);
        self.links.dropped.push(link.dropped_attributes_count);
    }

    /// Closes the row.
    pub fn commit(&mut self, span: &SpanRow<'_>) {
        let row = self.time.len();
        self.time.push(span.start);
        self.duration.push(span.end.saturating_sub(span.start));
        self.trace_id.extend_from_slice(&span.trace_id.0);
        self.span_id.extend_from_slice(&span.span_id.0);
        if let Some(parent) = span.parent_span_id {
            self.parent.extend_from_slice(&parent.0);
            self.parent_rows.push(row as u32);
        }
        self.trace_state.set_unless_empty(row, span.trace_state);
        self.flags.push(span.flags);
        self.name.push(span.name);
        self.kind.push(span.kind);
        self.status_code.push(span.status_code);
        self.status_message.set_unless_empty(row, span.status_message);
        self.attributes.commit();
        self.dropped_attributes.push(span.dropped_attributes_count);
        self.events.rows.commit(self.events.time.len());
        self.dropped_events.push(span.dropped_events_count);
        self.links.rows.commit(self.links.flags.len());
        self.dropped_links.push(span.dropped_links_count);
        self.traces.see(span.trace_id, span.start, span.end);
    }

    /// Forgets attributes, events and links pushed since the last commit.
    pub fn rollback(&mut self) {
        self.attributes.rollback();
        let events = self.events.rows.committed();
        self.events.time.truncate(events);
        self.events.name.truncate(events);
        self.events.attributes.truncate(events);
        self.events.dropped.truncate(events);
        let links = self.links.rows.committed();
        self.links.trace_id.truncate(links);
        self.links.span_id.truncate(links);
        self.links.trace_state.truncate(links);
        self.links.flags.truncate(links);
        self.links.attributes.truncate(links);
        self.links.dropped.truncate(links);
    }

    /// The tables `trace_times` and `spans`, none where there are no rows.
    ///
    /// # Errors
    ///
    /// A text column holds bytes that are not UTF-8.
    pub fn finish(self) -> Result<Vec<(Table, RecordBatch)>, FinishError> {
        let rows = self.time.len();
        if rows == 0 {
            return Ok(Vec::new());
        }
        let schema = Table::Spans.schema();
        let (service, origin) = self.origins.finish(rows)?;
        let mut columns: Vec<ArrayRef> = vec![
            primitive::<Int64Type>(self.time),
            primitive::<Int64Type>(self.duration),
            fixed_binary(16, self.trace_id),
            fixed_binary(8, self.span_id),
            SparseBytes::of_width(8, self.parent_rows, self.parent).finish_binary(rows),
            self.trace_state.finish_text(rows)?,
            primitive::<Int32Type>(self.flags),
            self.name.finish_text()?,
            primitive::<Int8Type>(self.kind),
            primitive::<Int8Type>(self.status_code),
            self.status_message.finish_text(rows)?,
        ];
        columns.extend(service);
        self.attributes.finish(&schema, &mut columns)?;
        columns.push(primitive::<Int32Type>(self.dropped_attributes));
        let events = vec![
            primitive::<Int64Type>(self.events.time),
            self.events.name.finish_text()?,
            self.events.attributes.finish_text(self.events.dropped.len())?,
            primitive::<Int32Type>(self.events.dropped),
        ];
        let rows_of_events = self.events.rows;
        columns.push(column_of(&schema, "events", |kind| {
            rows_of_events.list_of_structs(kind, events)
        })?);
        columns.push(primitive::<Int32Type>(self.dropped_events));
        let count = self.links.flags.len();
        let links = vec![
            self.links.trace_id.finish_binary(),
            self.links.span_id.finish_binary(),
            self.links.trace_state.finish_text(count)?,
            primitive::<Int32Type>(self.links.flags),
            self.links.attributes.finish_text(count)?,
            primitive::<Int32Type>(self.links.dropped),
        ];
        let rows_of_links = self.links.rows;
        columns
            .push(column_of(&schema, "links", |kind| rows_of_links.list_of_structs(kind, links))?);
        columns.push(primitive::<Int32Type>(self.dropped_links));
        columns.extend(origin);
        let spans = RecordBatch::try_new(schema, columns)
            .map_err(|error| FinishError::Schema("spans", error))?;
        // Whoever sees the spans must find their times.
        Ok(vec![(Table::TraceTimes, self.traces.finish()?), (Table::Spans, spans)])
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{Array, AsArray};

    use super::*;
    use crate::batch::ResourceCopies;

    fn row(number: u8) -> SpanRow<'static> {
        SpanRow {
            start: 100 + i64::from(number),
            end: 150,
            trace_id: TraceId([1; 16]),
            span_id: SpanId([number; 8]),
            parent_span_id: (number > 1).then_some(SpanId([1; 8])),
            trace_state: b"",
            flags: 0,
            name: b"GET /",
            kind: 2,
            status_code: 0,
            status_message: b"",
            dropped_attributes_count: 0,
            dropped_events_count: 0,
            dropped_links_count: 0,
        }
    }

    fn builder() -> SpanBuilder {
        let mut builder = SpanBuilder::with_capacity(4);
        let mut copies = ResourceCopies::default();
        copies.see(b"service.name", b"shop");
        builder.begin_resource(&ResourceRow { copies, attributes: b"{}", ..Default::default() });
        builder.begin_scope(&ScopeRow { name: b"lib", ..Default::default() });
        builder
    }

    /// Fills one entry of everything a row can have.
    fn fill(builder: &mut SpanBuilder) {
        let attributes = &mut builder.attributes;
        attributes.push_string(b"http.route", b"/a");
        attributes.push_string(b"http.route", b"/b");
        attributes.push_string(b"k", b"v");
        attributes.push_int(b"server.port", 80);
        attributes.push_int(b"k", 1);
        attributes.push_double(b"k", 1.5);
        attributes.push_bool(b"k", true);
        attributes.push_json(b"k", b"[]");
        let event =
            EventRow { time: 1, name: b"e", attributes: b"{}", dropped_attributes_count: 0 };
        builder.push_event(&event);
        builder.push_link(&LinkRow {
            trace_id: &[1; 16],
            span_id: &[],
            trace_state: b"t",
            flags: 1,
            attributes: b"",
            dropped_attributes_count: 0,
        });
    }

    #[test]
    fn what_is_rolled_back_leaves_no_trace() {
        let mut clean = builder();
        let mut rolled_back = builder();
        for number in 1..=3 {
            fill(&mut rolled_back);
            rolled_back.rollback();
            for builder in [&mut clean, &mut rolled_back] {
                fill(builder);
                builder.commit(&row(number));
            }
        }
        fill(&mut rolled_back);
        rolled_back.rollback();
        let (clean, rolled_back) = (clean.finish().unwrap(), rolled_back.finish().unwrap());
        assert_eq!(clean, rolled_back);
        let spans = &clean[1].1;
        assert_eq!(spans.schema(), Table::Spans.schema());
        assert_eq!(spans.num_rows(), 3);
        let route = spans.column_by_name("http_route").unwrap().as_string::<i32>();
        assert_eq!(route.value(2), "/a");
        let parents = spans.column_by_name("parent_span_id").unwrap();
        assert!(parents.is_null(0) && parents.is_valid(1));
    }

    #[test]
    fn a_trace_has_one_row_of_times() {
        let mut builder = builder();
        for number in [3, 1, 2] {
            builder.commit(&row(number));
        }
        builder.commit(&SpanRow { trace_id: TraceId([2; 16]), start: 9, end: 5, ..row(4) });
        builder.commit(&SpanRow { start: 7, end: 500, ..row(5) });
        let tables = builder.finish().unwrap();
        let (table, times) = &tables[0];
        assert_eq!(*table, Table::TraceTimes);
        let column = |at: usize| times.column(at).as_primitive::<Int64Type>().values().to_vec();
        assert_eq!((column(1), column(2)), (vec![7, 9], vec![500, 9]));
    }

    #[test]
    fn no_rows_are_no_tables() {
        let mut builder = builder();
        fill(&mut builder);
        builder.rollback();
        assert!(builder.finish().unwrap().is_empty());
    }

    #[test]
    fn invalid_text_is_found_when_finishing() {
        let mut builder = builder();
        builder.attributes.push_string(b"k", b"\xff");
        builder.commit(&row(1));
        assert!(matches!(builder.finish(), Err(FinishError::Text(_))));
        // Two halves of one character in neighbouring rows.
        let mut builder = self::builder();
        for half in [b"\xc3", b"\xa9"] {
            builder.attributes.push_string(b"http.route", half);
            builder.commit(&row(1));
        }
        assert!(matches!(builder.finish(), Err(FinishError::Text(_))));
    }

    #[test]
    fn rows_know_the_resource_and_scope_they_came_after() {
        let mut builder = builder();
        builder.commit(&row(1));
        builder.begin_scope(&ScopeRow::default());
        builder.begin_scope(&ScopeRow { name: b"other", ..Default::default() });
        builder.commit(&row(2));
        builder.commit(&row(3));
        builder.begin_resource(&ResourceRow { attributes: b"{}", ..Default::default() });
        builder.begin_scope(&ScopeRow { name: b"lib", ..Default::default() });
        builder.commit(&row(4));
        let spans = builder.finish().unwrap().remove(1).1;
        let names = spans.column_by_name("scope_name").unwrap();
        let names = names.as_dictionary::<Int32Type>();
        assert_eq!(names.keys().values(), &[0, 1, 1, 0]);
        let services = spans.column_by_name("service_name").unwrap().as_string::<i32>();
        let services: Vec<_> = services.iter().flatten().collect();
        assert_eq!(services, ["shop", "shop", "shop", "unknown_service"]);
        let resource = spans.column_by_name("resource").unwrap();
        assert_eq!(resource.as_dictionary::<Int32Type>().values().len(), 1);
    }
}
