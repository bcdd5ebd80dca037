//! Traces there and back.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::Status;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use plimsoll_model::Table;
use plimsoll_model::batch::Batch;
use plimsoll_model::schema::SPAN_PROMOTED;
use std::collections::BTreeMap;

use super::columns::{Rows, object_or_none};
use super::expected::{
    Outcome, Rules, none_if_zero, normalize_attributes, optional_id, origin, required_id, service,
    small_enum, sort_by_column,
};

fn is_good(span: &Span, rules: &Rules<'_>) -> bool {
    let status = span.status.clone().unwrap_or_default();
    required_id(&span.trace_id, 16)
        && required_id(&span.span_id, 8)
        && optional_id(&span.parent_span_id, 8)
        && rules.item_time(span.start_time_unix_nano)
        && rules.time(span.end_time_unix_nano)
        && small_enum(span.kind)
        && small_enum(status.code)
        && [&span.name, &span.trace_state, &status.message].iter().all(|text| rules.text(text))
        && rules.attributes(&span.attributes)
        && span.events.iter().all(|event| {
            rules.time(event.time_unix_nano)
                && rules.text(&event.name)
                && rules.attributes(&event.attributes)
        })
        && span.links.iter().all(|link| {
            optional_id(&link.trace_id, 16)
                && optional_id(&link.span_id, 8)
                && rules.text(&link.trace_state)
                && rules.attributes(&link.attributes)
        })
}

fn normalize(mut span: Span) -> Span {
    none_if_zero(&mut span.parent_span_id);
    span.status.get_or_insert_default();
    normalize_attributes(&mut span.attributes);
    span.attributes = sort_by_column(span.attributes, SPAN_PROMOTED);
    span.events.iter_mut().for_each(|event| normalize_attributes(&mut event.attributes));
    span.links.iter_mut().for_each(|link| normalize_attributes(&mut link.attributes));
    span
}

pub(crate) fn expect(request: &ExportTraceServiceRequest, rules: &Rules<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    for group in &request.resource_spans {
        for scope_spans in &group.scope_spans {
            let origin = origin(
                &group.resource,
                &group.schema_url,
                &scope_spans.scope,
                &scope_spans.schema_url,
            );
            let good_origin =
                rules.resource(&origin.0, &origin.1) && rules.scope(&origin.2, &origin.3);
            for span in &scope_spans.spans {
                if good_origin && is_good(span, rules) {
                    let span = normalize(span.clone());
                    outcome.items.push(format!("{:?}", (service(&origin.0), &origin, span)));
                } else {
                    outcome.rejected += 1;
                }
            }
        }
    }
    outcome
}

pub(crate) fn read_back(batch: &Batch) -> Vec<String> {
    let Some((_, spans)) = batch.tables.iter().find(|(table, _)| *table == Table::Spans) else {
        assert!(batch.is_empty());
        return Vec::new();
    };
    let rows = Rows(spans);
    let spans: Vec<Span> = (0..rows.0.num_rows()).map(|row| span(&rows, row)).collect();
    check_trace_times(batch, &spans);
    let describe = |(row, span)| format!("{:?}", (rows.service(row), rows.origin(row), span));
    spans.into_iter().enumerate().map(describe).collect()
}

fn span(rows: &Rows<'_>, row: usize) -> Span {
    let text = |name| rows.text(name, row).unwrap_or_default();
    let start = rows.int64("time_unix_nano", row).expect("a time");
    let end = start + rows.int64("duration_nano", row).expect("a duration");
    let events = rows.structs("events", row);
    let links = rows.structs("links", row);
    Span {
        trace_id: rows.binary("trace_id", row).expect("an id"),
        span_id: rows.binary("span_id", row).expect("an id"),
        trace_state: text("trace_state"),
        parent_span_id: rows.binary("parent_span_id", row).unwrap_or_default(),
        flags: rows.count("flags", row),
        name: text("name"),
        kind: rows.int8("kind", row).into(),
        start_time_unix_nano: start as u64,
        end_time_unix_nano: end as u64,
        attributes: rows.attributes(row, SPAN_PROMOTED),
        dropped_attributes_count: rows.count("dropped_attributes_count", row),
        events: (0..events.num_rows()).map(|at| event(&Rows(&events), at)).collect(),
        dropped_events_count: rows.count("dropped_events_count", row),
        links: (0..links.num_rows()).map(|at| link(&Rows(&links), at)).collect(),
        dropped_links_count: rows.count("dropped_links_count", row),
        status: Some(Status {
            code: rows.int8("status_code", row).into(),
            message: text("status_message"),
        }),
    }
}

fn event(rows: &Rows<'_>, row: usize) -> Event {
    Event {
        time_unix_nano: rows.int64("time_unix_nano", row).expect("a time") as u64,
        name: rows.text("name", row).expect("a name"),
        attributes: object_or_none(rows.text("attributes", row)),
        dropped_attributes_count: rows.count("dropped_attributes_count", row),
    }
}

fn link(rows: &Rows<'_>, row: usize) -> Link {
    Link {
        trace_id: rows.binary("trace_id", row).expect("an id"),
        span_id: rows.binary("span_id", row).expect("an id"),
        trace_state: rows.text("trace_state", row).unwrap_or_default(),
        attributes: object_or_none(rows.text("attributes", row)),
        dropped_attributes_count: rows.count("dropped_attributes_count", row),
        flags: rows.count("flags", row),
    }
}

/// The table of trace times says of each trace when its spans began and ended.
fn check_trace_times(batch: &Batch, spans: &[Span]) {
    let (_, times) = (batch.tables.iter())
        .find(|(table, _)| *table == Table::TraceTimes)
        .expect("trace times come with spans");
    let rows = Rows(times);
    let mut found = BTreeMap::new();
    for row in 0..times.num_rows() {
        let times = (rows.int64("time_unix_nano", row), rows.int64("end_unix_nano", row));
        assert!(found.insert(rows.binary("trace_id", row), times).is_none(), "a trace once");
    }
    let mut expected = BTreeMap::new();
    for span in spans {
        let (start, end) = (span.start_time_unix_nano as i64, span.end_time_unix_nano as i64);
        let times =
            expected.entry(Some(span.trace_id.clone())).or_insert((Some(start), Some(start)));
        times.0 = times.0.min(Some(start));
        times.1 = times.1.max(Some(start.max(end)));
    }
    assert_eq!(found, expected);
}
