//! Batches of spans and logs, decoded from OTLP as the server does.

use arrow::array::{Array, RecordBatch};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList,
};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use plimsoll_model::batch::RecordKind;
use plimsoll_model::{Table, TimeWindow};
use plimsoll_wire::otlp::{Limits, decode};
use prost::Message;

use plimsoll_wire::scrub::{Privacy, Scrubber};

use super::{scrubber, strict};

const NOW: u64 = 1_763_800_000_000_000_000;
const CARD: i64 = 4_111_111_111_111_111;

fn any(value: Value) -> AnyValue {
    AnyValue { value: Some(value) }
}

fn attribute(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(any(value)), ..KeyValue::default() }
}

fn text(key: &str, value: &str) -> KeyValue {
    attribute(key, Value::StringValue(value.to_owned()))
}

fn list(values: &[&str]) -> Value {
    let values = values.iter().map(|value| any(Value::StringValue((*value).to_owned())));
    Value::ArrayValue(ArrayValue { values: values.collect() })
}

fn map(values: Vec<KeyValue>) -> Value {
    Value::KvlistValue(KeyValueList { values })
}

fn span(attributes: Vec<KeyValue>) -> Span {
    Span {
        trace_id: vec![1; 16],
        span_id: vec![2; 8],
        name: "GET /".to_owned(),
        start_time_unix_nano: NOW,
        end_time_unix_nano: NOW + 1,
        attributes,
        ..Span::default()
    }
}

fn rows_of(kind: RecordKind, table: Table, body: &[u8]) -> RecordBatch {
    let window = TimeWindow::unbounded(NOW as i64);
    let decoded = decode(kind, body, &window, &Limits::default()).expect("it is valid");
    assert_eq!(decoded.rejected, 0, "{}", decoded.message);
    decoded.batch.tables.into_iter().find(|(found, _)| *found == table).expect("it has rows").1
}

fn spans_of(resource: Vec<KeyValue>, spans: Vec<Span>) -> RecordBatch {
    let scope = InstrumentationScope {
        name: "scope".to_owned(),
        attributes: vec![text("token", "abc"), text("a", "b")],
        ..InstrumentationScope::default()
    };
    let scope = if resource.is_empty() { InstrumentationScope::default() } else { scope };
    let request = ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            resource: Some(Resource { attributes: resource, ..Resource::default() }),
            scope_spans: vec![ScopeSpans { scope: Some(scope), spans, ..ScopeSpans::default() }],
            ..ResourceSpans::default()
        }],
    };
    rows_of(RecordKind::OtlpTraces, Table::Spans, &request.encode_to_vec())
}

fn logs_of(log_records: Vec<LogRecord>) -> RecordBatch {
    let request = ExportLogsServiceRequest {
        resource_logs: vec![ResourceLogs {
            scope_logs: vec![ScopeLogs { log_records, ..ScopeLogs::default() }],
            ..ResourceLogs::default()
        }],
    };
    rows_of(RecordKind::OtlpLogs, Table::Logs, &request.encode_to_vec())
}

fn shown(rows: &RecordBatch, column: &str) -> Vec<String> {
    let options = FormatOptions::default().with_null("-");
    let column = rows.column_by_name(column).expect("the column exists");
    let formatter = ArrayFormatter::try_new(column.as_ref(), &options).expect("it is shown");
    (0..column.len()).map(|row| formatter.value(row).to_string()).collect()
}

/// Scrubs and compares the columns named; all others stay what they were.
#[track_caller]
fn check(table: Table, rows: &RecordBatch, expected: &[(&str, &[&str])]) {
    let changed = scrubber().rows(table, rows).expect("something was found");
    assert_eq!(changed.schema(), rows.schema());
    for (at, field) in rows.schema().fields().iter().enumerate() {
        match expected.iter().find(|(name, _)| name == field.name()) {
            Some((name, values)) => assert_eq!(shown(&changed, name), *values, "{name}"),
            None => assert_eq!(changed.column(at), rows.column(at), "{}", field.name()),
        }
    }
    assert!(scrubber().rows(table, &changed).is_none(), "again");
}

#[test]
fn rows_without_anything_to_hide_are_not_copied() {
    let clean = || {
        span(vec![
            text("url.path", "/api/v1/orders/17"),
            text("http.route", "/orders/{orderId}"),
            text("app.order.id", "00f067aa0ba902b7"),
            text("trace_id", "4111111111111111"),
            text("session.id", "session-4f1c92ab7d0e4c6b"),
            text("session.previous_id", "00112233"),
            attribute("gen_ai.usage.input_tokens", Value::IntValue(17)),
            attribute("created", Value::IntValue(NOW as i64)),
            attribute("ratio", Value::DoubleValue(0.5)),
            attribute("data", Value::BytesValue(b"4111111111111111".to_vec())),
            attribute("list", list(&["a", "b"])),
        ])
    };
    assert!(scrubber().rows(Table::Spans, &spans_of(vec![], vec![clean(), clean()])).is_none());
    assert!(scrubber().rows(Table::Spans, &spans_of(vec![], vec![span(vec![])])).is_none());
    assert!(scrubber().rows(Table::Logs, &logs_of(vec![LogRecord::default()])).is_none());
    let hidden = spans_of(vec![], vec![span(vec![text("password", "x")])]);
    assert!(scrubber().rows(Table::Series, &hidden).is_none());
}

/// The attribute of that very name only, and not where people say that it is one of theirs.
#[test]
fn sessions_of_other_names_are_hidden() {
    let named = |key| spans_of(vec![], vec![span(vec![text(key, "abc123")])]);
    for key in ["session_id", "my.session.id", "http.request.header.session.id"] {
        assert!(scrubber().rows(Table::Spans, &named(key)).is_some(), "{key}");
    }
    let keys = vec!["session id".to_owned()];
    let strict = Scrubber::new(&Privacy { keys, ..Privacy::default() });
    assert!(strict.rows(Table::Spans, &named("session.id")).is_some());
}

#[test]
fn attributes_of_each_type() {
    let first = span(vec![text("a", "b"), text("password", "x"), text("c", "token=1 é")]);
    let second = span(vec![
        text("d", ""),
        text("secret", ""),
        text("url.full", "https://u:p@h/?token=1"),
        text("e", "card 4111 1111 1111 1111"),
        attribute("pin", Value::IntValue(1234)),
        attribute("n", Value::IntValue(CARD)),
        attribute("m", Value::IntValue(5)),
        attribute("cvv", Value::DoubleValue(1.5)),
        attribute("o", Value::DoubleValue(CARD as f64)),
        attribute("p", Value::DoubleValue(1.25)),
        attribute("auth", Value::BoolValue(true)),
        attribute("q", Value::BoolValue(true)),
        attribute("http.request.header.authorization", list(&["Bearer x"])),
        attribute("r", map(vec![text("password", "x"), text("s", "t")])),
        attribute("u", list(&["a", "password=x"])),
    ]);
    check(
        Table::Spans,
        &spans_of(vec![], vec![first, span(vec![]), second]),
        &[
            (
                "attributes_string",
                &[
                    "{a: b, password: [scrubbed], c: token=[scrubbed] é}",
                    "{}",
                    "{d: , secret: , e: card [card]}",
                ],
            ),
            ("url_full", &["-", "-", "https://u:[scrubbed]@h/?token=[scrubbed]"]),
            ("attributes_int", &["{}", "{}", "{pin: 0, n: 0, m: 5}"]),
            ("attributes_double", &["{}", "{}", "{cvv: 0.0, o: 0.0, p: 1.25}"]),
            ("attributes_bool", &["{}", "{}", "{auth: false, q: true}"]),
            (
                "attributes_json",
                &[
                    "{}",
                    "{}",
                    "{http.request.header.authorization: \"[scrubbed]\", \
                     r: {\"password\":\"[scrubbed]\",\"s\":\"t\"}, \
                     u: [\"a\",\"password=[scrubbed]\"]}",
                ],
            ),
        ],
    );
}

#[test]
fn texts_events_links_and_origins() {
    let mut span = span(vec![]);
    span.name = "GET /?token=1".to_owned();
    span.status = Some(Status { code: 2, message: "bad password: x".to_owned() });
    span.events = vec![
        Event {
            name: "4111111111111111".to_owned(),
            attributes: vec![text("exception.message", "pwd=1"), text("$a", "b")],
            ..Event::default()
        },
        Event { name: "e".to_owned(), ..Event::default() },
    ];
    span.links = vec![Link {
        trace_id: vec![3; 16],
        span_id: vec![4; 8],
        attributes: vec![text("secret", "x")],
        ..Link::default()
    }];
    let resource = vec![text("service.name", "shop"), text("db.password", "x")];
    let zeros = "dropped_attributes_count: 0}";
    let events = format!(
        "[{{time_unix_nano: 0, name: [card], attributes: \
         {{\"exception.message\":\"pwd=[scrubbed]\",\"$$a\":\"b\"}}, {zeros}, \
         {{time_unix_nano: 0, name: e, attributes: -, {zeros}]"
    );
    let links = format!(
        "[{{trace_id: {}, span_id: {}, trace_state: -, flags: 0, attributes: \
         {{\"secret\":\"[scrubbed]\"}}, {zeros}]",
        "03".repeat(16),
        "04".repeat(8)
    );
    check(
        Table::Spans,
        &spans_of(resource, vec![span]),
        &[
            ("name", &["GET /?token=[scrubbed]"]),
            ("status_message", &["bad password: [scrubbed]"]),
            ("events", &[&events]),
            ("links", &[&links]),
            ("resource", &[r#"{"service.name":"shop","db.password":"[scrubbed]"}"#]),
            ("scope_attributes", &[r#"{"token":"[scrubbed]","a":"b"}"#]),
        ],
    );
}

#[test]
fn bodies_of_logs() {
    let record = |body: Option<Value>, attributes: Vec<KeyValue>| LogRecord {
        time_unix_nano: NOW,
        body: body.map(any),
        attributes,
        ..LogRecord::default()
    };
    let string = |text: &str| Some(Value::StringValue(text.to_owned()));
    let rows = logs_of(vec![
        record(string("paid by 4111111111111111"), vec![]),
        record(string("1234567"), vec![text("exception.message", "at postgres://u:p@h/")]),
        record(string("89012 345678"), vec![text("exception.stacktrace", "token=1\n at x")]),
        record(None, vec![]),
        record(Some(map(vec![text("password", "x"), text("a", "b")])), vec![]),
        record(string(r#"{"password": "x", "a": 1}"#), vec![]),
        record(string("login ok"), vec![]),
        record(string("4111-1111-1111-1111"), vec![]),
    ]);
    check(
        Table::Logs,
        &rows,
        &[
            (
                "body",
                &[
                    "paid by [card]",
                    "1234567",
                    "89012 345678",
                    "-",
                    r#"{"password":"[scrubbed]","a":"b"}"#,
                    r#"{"password":"[scrubbed]","a":1}"#,
                    "login ok",
                    "[card]",
                ],
            ),
            (
                "exception_message",
                &["-", "at postgres://u:[scrubbed]@h/", "-", "-", "-", "-", "-", "-"],
            ),
            (
                "exception_stacktrace",
                &["-", "-", "token=[scrubbed]\n at x", "-", "-", "-", "-", "-"],
            ),
        ],
    );
}

/// What is cut out of a batch shares its buffers.
#[test]
fn slices_of_batches_are_their_own() {
    let rows: Vec<Span> = (0..10)
        .map(|at| span(vec![text("n", &format!("token={at}x")), text("password", "x")]))
        .collect();
    let rows = spans_of(vec![], rows);
    let changed = scrubber().rows(Table::Spans, &rows.slice(3, 4)).unwrap();
    assert_eq!(changed.num_rows(), 4);
    assert_eq!(
        shown(&changed, "attributes_string"),
        ["{n: token=[scrubbed], password: [scrubbed]}"; 4]
    );
}

/// Values are looked over as one text: each must be judged as if it were alone, wherever it lies.
#[test]
fn every_value_is_judged_by_itself() {
    let pieces = [
        "",
        "a",
        "pass",
        "word=x",
        "password=x",
        "4111 1111",
        " 1111 1111",
        "4111111111111111",
        "ey",
        "{\"password\":1}",
        "{",
        "\"",
        "a@b",
        ".de",
        "a@b.de",
        "1.2.",
        "3.4",
        "1.2.3.4",
        "Bearer ",
        "Bearer abc123",
        "token",
        ": 1a",
        "é",
        "xx 4111-1111-1111-1111 yy",
        "://u:p@h",
        "at x://u:p@h",
    ];
    for shift in 0..pieces.len() {
        for step in [1, 3, 5] {
            let values: Vec<&str> =
                (0..pieces.len()).map(|at| pieces[(shift + at * step) % pieces.len()]).collect();
            let records = values.iter().map(|value| LogRecord {
                time_unix_nano: NOW,
                body: Some(any(Value::StringValue((*value).to_owned()))),
                ..LogRecord::default()
            });
            let rows = logs_of(records.collect());
            let changed = strict().rows(Table::Logs, &rows).expect("something was found");
            let alone: Vec<String> = values
                .iter()
                .map(|value| strict().text(value).unwrap_or_else(|| (*value).to_owned()))
                .collect();
            assert_eq!(shown(&changed, "body"), alone);
        }
    }
}
