//! One trace, whole: `trace_times` says when it was, Bloom filters say where, and only the pages that
//! hold its spans are decoded.

use arrow::array::{Array, RecordBatch};
use plimsoll_model::schema::{SPAN_PROMOTED, TIME};
use plimsoll_model::{ErrorCode, Table, TraceId};

use super::origin::{ORIGIN_COLUMNS, Origins, row_structs};
use super::{Event, Link, Resource, STATUS_ERROR, Scope, Span, Status, Trace, kind_name, times};
use crate::attributes::{attribute_columns, hex, parse_attributes, row_attributes};
use crate::column::Columns;
use crate::condition::{Condition, Ids};
use crate::context::Context;
use crate::histogram::Histogram;
use crate::scan::{Fold, Scan, fold};
use crate::time::ms;
use crate::{Engine, QueryError, Window, rfc3339};

/// The span of time that `usual_p50_ms` looks at.
const USUAL_NANO: i64 = 3_600_000_000_000;

/// Requests that say what is usual.
const USUAL_ENOUGH: u64 = 2_000;

/// What a span takes in memory as an answer, roughly.
const SPAN_BYTES: usize = 2 << 10;

impl Engine {
    /// A trace with all its spans.
    ///
    /// # Errors
    ///
    /// There is no such trace, or a limit is reached.
    pub async fn trace(&self, id: TraceId) -> Result<Trace, QueryError> {
        self.run(move |context| trace(context, id)).await
    }
}

fn trace(context: &Context, id: TraceId) -> Result<Trace, QueryError> {
    // Before `trace_times`, so that every span seen here is in a time seen there.
    let snapshot = context.snapshot(Table::Spans);
    let window = times(context, &[id])?.unwrap_or(Window::ALL);
    let scan = Scan {
        window,
        columns: columns(),
        conditions: vec![Condition::Ids { column: "trace_id", ids: Ids::new([id.0]) }],
    };
    let make = || Spans { context, spans: Vec::new(), total: 0, origins: Origins::default() };
    let mut found = fold(context, &scan, snapshot, make)?;
    if found.spans.is_empty() {
        return Err(QueryError::new(ErrorCode::NotFound, format!("there is no trace {id}"))
            .hint("it may have been removed by retention, or its spans have not arrived yet"));
    }
    found.keep_earliest();
    let root = found.spans.iter().find(|found| found.span.parent_span_id.is_none());
    let root = root.unwrap_or(&found.spans[0]);
    let start = found.spans.iter().map(|found| found.start).min().unwrap_or_default();
    let end = found.spans.iter().map(|found| found.end).max().unwrap_or_default();
    let usual = usual_p50_ms(context, &root.span.service, &root.span.name, end)?;
    let mut services: Vec<_> = found.spans.iter().map(|f| f.span.service.clone()).collect();
    services.sort_unstable();
    services.dedup();
    Ok(Trace {
        trace_id: id.to_string(),
        start_unix_nano: start.to_string(),
        start: rfc3339(start),
        duration_ms: ms(end.saturating_sub(start)),
        services,
        errors: found.spans.iter().filter(|f| f.span.status.code == "error").count() as u64,
        usual_p50_ms: usual,
        truncated: found.total > found.spans.len(),
        resources: found.origins.resources.keys.iter().map(Resource::from).collect(),
        scopes: found.origins.scopes.keys.iter().map(Scope::from).collect(),
        spans: found.spans.into_iter().map(|found| found.span).collect(),
    })
}

fn columns() -> Vec<&'static str> {
    let mut columns = vec![
        TIME,
        "duration_nano",
        "span_id",
        "parent_span_id",
        "trace_state",
        "flags",
        "name",
        "kind",
        "status_code",
        "status_message",
        "service_name",
        "events",
        "dropped_events_count",
        "links",
        "dropped_links_count",
    ];
    columns.extend(attribute_columns(SPAN_PROMOTED));
    columns.extend(ORIGIN_COLUMNS);
    columns
}

struct Found {
    start: i64,
    end: i64,
    span: Span,
}

/// Gathers the spans of a trace.
struct Spans<'a> {
    context: &'a Context,
    spans: Vec<Found>,
    total: usize,
    origins: Origins,
}

impl Spans<'_> {
    /// Sorts, and forgets what an answer cannot hold.
    fn keep_earliest(&mut self) {
        self.spans.sort_by(|a, b| (a.start, &a.span.span_id).cmp(&(b.start, &b.span.span_id)));
        self.spans.truncate(self.context.limits.trace_spans_max);
    }
}

impl Fold for Spans<'_> {
    fn rows(&mut self, rows: &RecordBatch) -> Result<(), QueryError> {
        let spans_max = self.context.limits.trace_spans_max;
        for row in 0..rows.num_rows() {
            if self.spans.len() < 2 * spans_max {
                self.context.grow(SPAN_BYTES)?;
            } else {
                self.keep_earliest();
            }
            let origin = self.origins.of(rows, row)?;
            self.spans.push(span(rows, row, origin)?);
            self.total += 1;
        }
        Ok(())
    }

    fn merge(&mut self, other: Self) -> Result<(), QueryError> {
        let resources = self.origins.resources.merge(other.origins.resources);
        let scopes = self.origins.scopes.merge(other.origins.scopes);
        for mut found in other.spans {
            found.span.resource = resources[found.span.resource];
            found.span.scope = scopes[found.span.scope];
            self.spans.push(found);
        }
        self.total += other.total;
        Ok(())
    }
}

fn span(rows: &RecordBatch, row: usize, origin: (usize, usize)) -> Result<Found, QueryError> {
    let text =
        |name: &str| Ok::<_, QueryError>(rows.text(name)?.get(row).unwrap_or_default().to_owned());
    let (start, duration) = (rows.long(TIME)?.value(row), rows.long("duration_nano")?.value(row));
    let parents = rows.binary("parent_span_id")?;
    let code = match rows.byte("status_code")?.value(row) {
        1 => "ok",
        STATUS_ERROR => "error",
        _ => "unset",
    };
    let span = Span {
        span_id: hex(rows.binary("span_id")?.value(row)),
        parent_span_id: parents.is_valid(row).then(|| hex(parents.value(row))),
        name: text("name")?,
        kind: kind_name(rows.byte("kind")?.value(row)),
        service: text("service_name")?,
        start_unix_nano: start.to_string(),
        duration_nano: duration.to_string(),
        status: Status { code, message: text("status_message")? },
        trace_state: text("trace_state")?,
        flags: rows.unsigned("flags", row)?,
        attributes: row_attributes(rows, row, SPAN_PROMOTED)?,
        dropped_attributes_count: rows.unsigned("dropped_attributes_count", row)?,
        events: events(rows, row)?,
        dropped_events_count: rows.unsigned("dropped_events_count", row)?,
        links: links(rows, row)?,
        dropped_links_count: rows.unsigned("dropped_links_count", row)?,
        resource: origin.0,
        scope: origin.1,
    };
    Ok(Found { start, end: start.saturating_add(duration.max(0)), span })
}

fn events(rows: &RecordBatch, row: usize) -> Result<Vec<Event>, QueryError> {
    let events = row_structs(rows, "events", row)?;
    let event = |at: usize| {
        Ok(Event {
            time_unix_nano: events.long(TIME)?.value(at).to_string(),
            name: events.text("name")?.get(at).unwrap_or_default().to_owned(),
            attributes: parse_attributes(events.text("attributes")?.get(at)),
            dropped_attributes_count: events.unsigned("dropped_attributes_count", at)?,
        })
    };
    (0..events.len()).map(event).collect()
}

fn links(rows: &RecordBatch, row: usize) -> Result<Vec<Link>, QueryError> {
    let links = row_structs(rows, "links", row)?;
    let link = |at: usize| {
        Ok(Link {
            trace_id: hex(links.binary("trace_id")?.value(at)),
            span_id: hex(links.binary("span_id")?.value(at)),
            trace_state: links.text("trace_state")?.get(at).unwrap_or_default().to_owned(),
            flags: links.unsigned("flags", at)?,
            attributes: parse_attributes(links.text("attributes")?.get(at)),
            dropped_attributes_count: links.unsigned("dropped_attributes_count", at)?,
        })
    };
    (0..links.len()).map(link).collect()
}

/// The median duration of an operation's requests in the hour before `end`: of all, or of the newest
/// where they are many.
fn usual_p50_ms(
    context: &Context,
    service: &str,
    name: &str,
    end: i64,
) -> Result<Option<f64>, QueryError> {
    struct Durations(Histogram);
    impl Fold for Durations {
        fn rows(&mut self, rows: &RecordBatch) -> Result<(), QueryError> {
            rows.long("duration_nano")?.values().iter().for_each(|nano| self.0.record(*nano));
            Ok(())
        }

        fn merge(&mut self, other: Self) -> Result<(), QueryError> {
            self.0.merge(&other.0);
            Ok(())
        }

        fn enough(&self) -> bool {
            self.0.total() >= USUAL_ENOUGH
        }
    }
    let scan = Scan {
        window: Window { from: end.saturating_sub(USUAL_NANO), to: end.saturating_add(1) },
        columns: vec!["duration_nano"],
        conditions: vec![
            Condition::text("service_name", service),
            Condition::text("name", name),
            Condition::Entry,
        ],
    };
    let make = || Durations(Histogram::default());
    let durations = fold(context, &scan, context.snapshot(Table::Spans), make)?;
    Ok(durations.0.quantile_ms(0.5))
}
