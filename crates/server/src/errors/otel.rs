//! Exceptions that come by OpenTelemetry: in log records, and in the older events of spans.
//!
//! Invariant: rows without an exception cost a look at a few columns and nothing more.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::{Array, AsArray, RecordBatch, StringArray, StructArray};
use arrow::datatypes::{Int8Type, Int32Type, Int64Type};
use plimsoll_issues::stack::{self, Language};
use plimsoll_model::batch::{Batch, Sender};
use plimsoll_model::schema::TIME;
use plimsoll_model::{SpanId, Table, TraceId};
use serde_json::{Map, Value, json};
use twox_hash::XxHash3_128;

use super::grouped::Report;
use super::{Errors, Job};

/// Exceptions of one request that become occurrences; a request has more only by mistake, and its rows are all
/// kept.
const EXCEPTIONS_MAX: usize = 10_000;

/// Keys of attributes that say whom a request was for.
const USER_KEYS: [&str; 4] = ["user.id", "enduser.id", "user.email", "user.name"];

impl Errors {
    /// The exceptions of a request.
    pub(crate) fn of_otlp(&self, batch: &Batch) -> Job {
        let mut reports = Vec::new();
        for (table, rows) in &batch.tables {
            match table {
                Table::Logs => of_logs(rows, &mut reports),
                Table::Spans => of_spans(rows, &mut reports),
                _ => {}
            }
        }
        let errors = reports.into_iter().map(|report| self.grouped(report)).collect();
        Job { errors, sessions: Vec::new() }
    }
}

/// Typed columns of a batch; all of them exist by the table's schema.
struct Columns<'a>(&'a RecordBatch);

impl<'a> Columns<'a> {
    fn array(&self, name: &str) -> &'a dyn Array {
        self.0.column_by_name(name).expect("a column of the table's schema").as_ref()
    }

    fn text(&self, name: &str, row: usize) -> &'a str {
        text_of(self.array(name), row)
    }

    fn bytes(&self, name: &str, row: usize) -> Option<&'a [u8]> {
        let array = self.array(name).as_binary::<i32>();
        array.is_valid(row).then(|| array.value(row))
    }

    fn long(&self, name: &str, row: usize) -> i64 {
        self.array(name).as_primitive::<Int64Type>().value(row)
    }

    fn trace_id(&self, row: usize) -> Option<TraceId> {
        self.bytes("trace_id", row).and_then(|id| TraceId::try_from(id).ok())
    }

    fn span_id(&self, row: usize) -> Option<SpanId> {
        self.bytes("span_id", row).and_then(|id| SpanId::try_from(id).ok())
    }

    fn sender(&self, row: usize) -> Sender {
        let text = |name| self.text(name, row).to_owned();
        Sender {
            service: text("service_name"),
            namespace: text("service_namespace"),
            version: text("service_version"),
            instance: text("service_instance_id"),
            environment: text("deployment_environment"),
            host: text("host_name"),
            k8s_namespace: text("k8s_namespace_name"),
            k8s_pod: text("k8s_pod_name"),
        }
    }

    /// Attributes of the row as plain JSON, promoted ones apart.
    fn attributes(&self, row: usize) -> Map<String, Value> {
        let mut attributes = Map::new();
        for name in ["attributes_string", "attributes_int", "attributes_double", "attributes_bool"]
        {
            let map = self.array(name).as_map();
            let keys = map.keys().as_string::<i32>();
            let (from, to) = (map.offsets()[row] as usize, map.offsets()[row + 1] as usize);
            for at in from..to {
                let value = value_of(map.values().as_ref(), at);
                attributes.insert(keys.value(at).to_owned(), value);
            }
        }
        let map = self.array("attributes_json").as_map();
        let (keys, values) = (map.keys().as_string::<i32>(), map.values().as_string::<i32>());
        for at in map.offsets()[row] as usize..map.offsets()[row + 1] as usize {
            let value = serde_json::from_str(values.value(at)).unwrap_or(Value::Null);
            attributes.insert(keys.value(at).to_owned(), value);
        }
        attributes
    }
}

fn text_of(array: &dyn Array, row: usize) -> &str {
    if array.is_null(row) {
        return "";
    }
    match array.as_dictionary_opt::<Int32Type>() {
        Some(words) => match words.key(row) {
            Some(key) => words.values().as_string::<i32>().value(key),
            None => "",
        },
        None => array.as_string::<i32>().value(row),
    }
}

fn value_of(values: &dyn Array, at: usize) -> Value {
    if let Some(text) = values.as_string_opt::<i32>() {
        return text.value(at).into();
    }
    if let Some(long) = values.as_primitive_opt::<Int64Type>() {
        return long.value(at).into();
    }
    match values.as_boolean_opt() {
        Some(boolean) => boolean.value(at).into(),
        None => values.as_primitive::<arrow::datatypes::Float64Type>().value(at).into(),
    }
}

/// An object of typed JSON.
fn object(json: &str) -> Map<String, Value> {
    match serde_json::from_str(json) {
        Ok(Value::Object(object)) => object,
        _ => Map::new(),
    }
}

/// Takes a text out of attributes.
fn take(attributes: &mut Map<String, Value>, key: &str) -> String {
    match attributes.remove(key) {
        Some(Value::String(text)) => text,
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    }
}

/// What an exception says of itself.
struct Raised {
    kind: String,
    message: String,
    stacktrace: String,
    escaped: Option<bool>,
}

impl Raised {
    fn take(attributes: &mut Map<String, Value>) -> Self {
        let escaped = take(attributes, "exception.escaped");
        Self {
            kind: take(attributes, "exception.type"),
            message: take(attributes, "exception.message"),
            stacktrace: take(attributes, "exception.stacktrace"),
            escaped: match escaped.to_ascii_lowercase().as_str() {
                "true" => Some(true),
                _ => None,
            },
        }
    }
}

fn of_logs(rows: &RecordBatch, reports: &mut Vec<Report>) {
    let columns = Columns(rows);
    let raised = ["exception_type", "exception_message", "exception_stacktrace"];
    let arrays = raised.map(|name| columns.array(name));
    if arrays.iter().all(|array| array.null_count() == array.len()) {
        return;
    }
    for row in 0..rows.num_rows() {
        if arrays.iter().all(|array| array.is_null(row)) || reports.len() >= EXCEPTIONS_MAX {
            continue;
        }
        let mut attributes = columns.attributes(row);
        let raised = Raised {
            kind: columns.text("exception_type", row).to_owned(),
            message: columns.text("exception_message", row).to_owned(),
            stacktrace: columns.text("exception_stacktrace", row).to_owned(),
            ..Raised::take(&mut attributes)
        };
        let severity = columns.array("severity_number").as_primitive::<Int8Type>().value(row);
        let body = columns.text("body", row);
        if !body.is_empty() && body != raised.message {
            attributes.insert("log message".to_owned(), body.into());
        }
        let report = Report {
            source: "otel_log",
            level: level_of(severity).to_owned(),
            logger: columns.text("scope_name", row).to_owned(),
            ..Report::default()
        };
        reports.push(report_of(&columns, row, columns.long(TIME, row), raised, attributes, report));
    }
}

fn of_spans(rows: &RecordBatch, reports: &mut Vec<Report>) {
    let columns = Columns(rows);
    let events = columns.array("events").as_list::<i32>();
    let all = events.values().as_struct();
    let names = field::<StringArray>(all, "name");
    // Most spans have no event, and most events are no exception: all names lie in one buffer.
    if !names.iter().flatten().any(|name| name == "exception") {
        return;
    }
    let attributes = field::<StringArray>(all, "attributes");
    let times = all.column_by_name(TIME).expect("a field").as_primitive::<Int64Type>();
    for row in 0..rows.num_rows() {
        let (from, to) = (events.offsets()[row] as usize, events.offsets()[row + 1] as usize);
        for at in (from..to).filter(|at| names.value(*at) == "exception") {
            if attributes.is_null(at) || reports.len() >= EXCEPTIONS_MAX {
                continue;
            }
            let mut of_event = object(attributes.value(at));
            let raised = Raised::take(&mut of_event);
            if raised.kind.is_empty() && raised.message.is_empty() && raised.stacktrace.is_empty() {
                continue;
            }
            let mut attributes = columns.attributes(row);
            attributes.extend(of_event);
            let report = Report {
                source: "otel_span",
                level: "error".to_owned(),
                transaction: columns.text("name", row).to_owned(),
                tags: request_tags(&columns, row),
                ..Report::default()
            };
            reports.push(report_of(&columns, row, times.value(at), raised, attributes, report));
        }
    }
}

fn field<'a, T: Array + 'static>(of: &'a StructArray, name: &str) -> &'a T {
    let column = of.column_by_name(name).expect("a field of the table's schema");
    column.as_any().downcast_ref().expect("the type of the table's schema")
}

/// What the span says of the request it serves.
fn request_tags(columns: &Columns<'_>, row: usize) -> Vec<(String, String)> {
    let mut tags = Vec::new();
    for (key, column) in [("http.method", "http_request_method"), ("http.route", "http_route")] {
        let value = columns.text(column, row);
        if !value.is_empty() {
            tags.push((key.to_owned(), value.to_owned()));
        }
    }
    let status = columns.array("http_response_status_code").as_primitive::<Int64Type>();
    if status.is_valid(row) {
        tags.push(("http.status_code".to_owned(), status.value(row).to_string()));
    }
    tags
}

/// Completes a report by what logs and spans have in common.
fn report_of(
    columns: &Columns<'_>,
    row: usize,
    time: i64,
    raised: Raised,
    attributes: Map<String, Value>,
    report: Report,
) -> Report {
    let mut resource = object(columns.text("resource", row));
    let told = take(&mut resource, "telemetry.sdk.language");
    let read = stack::parse(&raised.stacktrace, Language::from_sdk(&told));
    let mut exceptions = read.exceptions;
    stack::complete(&mut exceptions, &raised.kind, &raised.message);
    if let (Some(first), Some(true)) = (exceptions.first_mut(), raised.escaped) {
        first.handled = Some(false);
    }
    let platform = read.language.map_or(told, |language| language.as_str().to_owned());
    let user = USER_KEYS.iter().find_map(|key| attributes.get(*key)?.as_str());
    let user_id = user.unwrap_or_default().to_owned();
    let request = json!({
        "method": text_or_null(columns, "http_request_method", row),
        "url": text_or_null(columns, "url_full", row),
    });
    let has_request = request.as_object().is_some_and(|r| r.values().any(|v| !v.is_null()));
    let mut document = json!({
        "extra": attributes,
        "stacktrace": raised.stacktrace,
        "contexts": { "resource": resource, "scope": { "name": columns.text("scope_name", row) } },
    });
    if has_request {
        document["request"] = request;
    }
    Report {
        time,
        event_id: new_id(&raised.stacktrace, time),
        platform,
        exceptions,
        trace_id: columns.trace_id(row),
        span_id: columns.span_id(row),
        user_id,
        sender: Arc::new(columns.sender(row)),
        document: document.to_string(),
        ..report
    }
}

fn text_or_null(columns: &Columns<'_>, name: &str, row: usize) -> Value {
    let text = match columns.0.column_by_name(name) {
        Some(array) => text_of(array.as_ref(), row),
        None => "",
    };
    if text.is_empty() { Value::Null } else { text.into() }
}

/// The level of a severity's number.
fn level_of(severity: i8) -> &'static str {
    match severity {
        21.. => "fatal",
        // What has an exception and no severity is an error.
        17..=20 | i8::MIN..=0 => "error",
        13..=16 => "warning",
        9..=12 => "info",
        _ => "debug",
    }
}

/// An id for what came without one.
pub(crate) fn new_id(text: &str, time: i64) -> [u8; 16] {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let seed = NUMBER.fetch_add(1, Ordering::Relaxed) ^ time.cast_unsigned().rotate_left(20);
    XxHash3_128::oneshot_with_seed(seed, text.as_bytes()).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_follow_severities() {
        for (severity, level) in
            [(0, "error"), (1, "debug"), (9, "info"), (13, "warning"), (17, "error"), (24, "fatal")]
        {
            assert_eq!(level_of(severity), level, "{severity}");
        }
    }

    #[test]
    fn ids_differ() {
        assert_ne!(new_id("a", 1), new_id("a", 1));
    }
}
