//! Rows of spans and logs from real payloads and from odd ones.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Float64Type, Int8Type, Int32Type, Int64Type};
use plimsoll_model::batch::Batch;
use plimsoll_model::{Table, TimeWindow};
use plimsoll_wire::sentry::ItemType;
use plimsoll_wire::sentry::rows::{Logs, Origin, Outcome, Spans};

use crate::captures::{clean, payload};

const WINDOW: TimeWindow = TimeWindow {
    received: 1_800_000_000_000_000_000,
    oldest: 1_700_000_000_000_000_000,
    newest: 1_900_000_000_000_000_000,
};

/// A cell as text: bytes in hexadecimal, maps and lists as they nest; empty where there is nothing.
fn cell(column: &dyn Array, row: usize) -> String {
    if column.is_null(row) {
        return String::new();
    }
    match column.data_type() {
        DataType::Utf8 => column.as_string::<i32>().value(row).to_owned(),
        DataType::Int64 => column.as_primitive::<Int64Type>().value(row).to_string(),
        DataType::Int32 => column.as_primitive::<Int32Type>().value(row).to_string(),
        DataType::Int8 => column.as_primitive::<Int8Type>().value(row).to_string(),
        DataType::Float64 => format!("{:?}", column.as_primitive::<Float64Type>().value(row)),
        DataType::Boolean => column.as_boolean().value(row).to_string(),
        DataType::Binary => {
            column.as_binary::<i32>().value(row).iter().map(|byte| format!("{byte:02x}")).collect()
        }
        DataType::Dictionary(..) => {
            let column = column.as_dictionary::<Int32Type>();
            column.key(row).map_or_else(String::new, |at| cell(column.values(), at))
        }
        DataType::Map(..) => {
            let pairs = column.as_map().value(row);
            let pair = |at| format!("{}={}", cell(pairs.column(0), at), cell(pairs.column(1), at));
            (0..pairs.len()).map(pair).collect::<Vec<_>>().join(" ")
        }
        DataType::List(_) => {
            let list = column.as_list::<i32>().value(row);
            (0..list.len()).map(|at| cell(&list, at)).collect::<Vec<_>>().join(" ")
        }
        DataType::Struct(_) => {
            let fields = column.as_struct();
            let fields = fields.columns().iter().map(|field| cell(field, row));
            format!("({})", fields.collect::<Vec<_>>().join(","))
        }
        other => panic!("no text for {other}"),
    }
}

/// The rows of a table, each as `column: value` for the columns that have one, sorted columns as
/// they stand; numbers that are 0 are left out.
fn table(batch: &Batch, table: Table) -> Vec<String> {
    let Some((_, rows)) = batch.tables.iter().find(|(known, _)| *known == table) else {
        return Vec::new();
    };
    assert_eq!(rows.schema(), table.schema());
    (0..rows.num_rows()).map(|row| line(rows, row)).collect()
}

fn line(rows: &RecordBatch, row: usize) -> String {
    let schema = rows.schema();
    let cells = schema.fields().iter().zip(rows.columns()).filter_map(|(field, column)| {
        let value = cell(column, row);
        let shown = !value.is_empty() && value != "0";
        shown.then(|| format!("{}: {value}", field.name()))
    });
    cells.collect::<Vec<_>>().join("; ")
}

/// Checks that a row has these cells among others.
fn check(line: &str, cells: &[&str]) {
    let found: Vec<&str> = line.split("; ").collect();
    for cell in cells {
        assert!(found.contains(cell), "no {cell} in {line}");
    }
}

fn spans(push: impl FnOnce(&mut Spans<'_>) -> Outcome) -> (Vec<String>, Outcome) {
    let origin = Origin { service: "shop", environment: "staging", ..Origin::default() };
    let mut spans = Spans::new(origin, &WINDOW);
    let outcome = push(&mut spans);
    (table(&spans.finish().expect("columns"), Table::Spans), outcome)
}

fn transaction(json: &str) -> (Vec<String>, Outcome) {
    spans(|spans| {
        spans.push_transaction(&clean(json.as_bytes()).expect("JSON")).expect("an object")
    })
}

fn span(content_type: &str, json: &str) -> (Vec<String>, Outcome) {
    let json = clean(json.as_bytes()).expect("JSON");
    spans(|spans| spans.push_item(content_type, &json).expect("an object"))
}

fn logs(content_type: &str, json: &str) -> (Vec<String>, Outcome) {
    let origin = Origin { service: "shop", release: "other", ..Origin::default() };
    let mut logs = Logs::new(origin, &WINDOW);
    let outcome = logs.push_item(content_type, json).expect("an object");
    (table(&logs.finish().expect("columns"), Table::Logs), outcome)
}

const SPANS: &str = "application/vnd.sentry.items.span.v2+json";
const LOGS: &str = "application/vnd.sentry.items.log+json";

fn accepted(count: u64) -> Outcome {
    Outcome { accepted: count, ..Outcome::default() }
}

#[test]
fn a_transaction_of_python() {
    let json = payload("python-2.75.0-transaction", ItemType::Transaction);
    let (lines, outcome) = transaction(&json);
    assert_eq!(outcome, accepted(3));
    let resource = r#"resource: {"service.name":"shop","service.version":"shop@1.4.2","deployment.environment.name":"production","host.name":"web-1","sentry.dist":"42","telemetry.sdk.name":"sentry.python.flask","telemetry.sdk.version":"2.75.0","sentry.platform":"python"}"#;
    assert_eq!(
        lines[0],
        [
            "time_unix_nano: 1795523288877400000",
            "duration_nano: 24536000",
            "trace_id: 4d84f458dca94a409ef8cc61057a5f57",
            "span_id: 81181c02eec447d8",
            "name: orders",
            "kind: 2",
            "status_code: 2",
            "status_message: internal_error",
            "service_name: shop",
            "service_version: shop@1.4.2",
            "deployment_environment: production",
            "host_name: web-1",
            "http_request_method: GET",
            "http_response_status_code: 500",
            "url_full: http://localhost/orders/31",
            "attributes_string: process.runtime.name=CPython process.runtime.version=3.11.7 \
             thread.id=140211097598848 thread.name=MainThread sentry.origin=auto.http.flask \
             user_agent.original=Werkzeug/3.1.9 url.query=token=abc plan=gold \
             sentry.span.source=component user.id=u-17 user.email=ada@example.org user.name=ada \
             client.address=127.0.0.1 sentry.op=http.server",
            resource,
        ]
        .join("; ")
    );
    check(
        &lines[1],
        &[
            "parent_span_id: 81181c02eec447d8",
            "name: SELECT * FROM stock WHERE id = %s",
            "kind: 3",
            "db_system_name: postgresql",
            "db_query_text: SELECT * FROM stock WHERE id = %s",
            "attributes_int: rows=3",
            "attributes_double: ratio=0.5",
            "attributes_bool: hit=true",
            resource,
        ],
    );
    check(
        &lines[2],
        &[
            "name: orders",
            "kind: 4",
            "status_code: 2",
            "status_message: internal_error",
            "messaging_destination_name: orders",
        ],
    );
}

#[test]
fn transactions_of_node_and_rust() {
    let (lines, outcome) = transaction(&payload("node-11.12.0-transaction", ItemType::Transaction));
    assert_eq!(outcome, accepted(2));
    check(
        &lines[0],
        &["name: nightly job", "kind: 1", "status_code: 2", "status_message: internal_error"],
    );
    check(&lines[1], &["name: cart:31", "kind: 3", "status_code: 1", "host_name: web-1"]);
    let (lines, outcome) = transaction(&payload("rust-0.49.5-transaction", ItemType::Transaction));
    assert_eq!(outcome, accepted(2));
    check(
        &lines[0],
        &["name: GET /orders", "kind: 2", "attributes_string: plan=gold sentry.op=http.server"],
    );
    check(&lines[1], &["db_query_text: SELECT 1", "duration_nano: 2544", "attributes_int: rows=3"]);
}

#[test]
fn spans_of_node() {
    let (lines, outcome) = span(SPANS, &payload("node-11.12.0-spans", ItemType::Span));
    assert_eq!(outcome, accepted(4));
    check(
        &lines[0],
        &[
            "name: SELECT 1",
            "kind: 3",
            "status_code: 1",
            "service_name: shop",
            "service_version: shop@1.4.2",
            "deployment_environment: production",
            "db_system_name: postgresql",
            "attributes_int: rows=3 user.id=17",
            "attributes_double: ratio=0.5",
            "attributes_bool: hit=true sentry.is_localhost=true",
            r#"attributes_json: list=["a","b"]"#,
        ],
    );
    check(
        &lines[1],
        &[
            "name: GET",
            "kind: 2",
            "http_request_method: GET",
            "http_response_status_code: 200",
            "url_path: /orders/31",
            "server_address: 127.0.0.1",
        ],
    );
    check(&lines[2], &["name: GET 127.0.0.1", "kind: 3"]);
    check(&lines[3], &["kind: 1", "status_code: 2", "status_message: internal_error"]);
}

#[test]
fn logs_of_three_sdks() {
    let (lines, outcome) = logs(LOGS, &payload("python-2.75.0-logs", ItemType::Log));
    assert_eq!(outcome, accepted(2));
    check(
        &lines[0],
        &[
            "time_unix_nano: 1795523288878716200",
            "severity_number: 13",
            "severity_text: warn",
            "body: stock of tea is low: 0",
            "body_type: 1",
            "trace_id: 4d84f458dca94a409ef8cc61057a5f57",
            "span_id: 81181c02eec447d8",
            "service_version: shop@1.4.2",
            "host_name: web-1",
            "attributes_int: code.line.number=18 sentry.message.parameter.1=0",
        ],
    );
    check(
        &lines[1],
        &["severity_number: 21", "body: no attributes", r#"attributes_json: list=["a","b"]"#],
    );
    let (lines, outcome) = logs(LOGS, &payload("node-11.12.0-logs", ItemType::Log));
    assert_eq!(outcome, accepted(2));
    check(&lines[0], &["severity_number: 9", "attributes_int: order_id=31 user.id=17"]);
    let (lines, outcome) = logs(LOGS, &payload("rust-0.49.5-logs", ItemType::Log));
    assert_eq!(outcome, accepted(1));
    check(&lines[0], &["severity_number: 9", "body: order 31 placed", "span_id: 8faa7ce3511390ea"]);
}

const IDS: &str = r#""trace_id":"4d84f458dca94a409ef8cc61057a5f57","span_id":"81181c02eec447d8""#;

#[test]
fn a_single_span_is_mapped() {
    let json = format!(
        r#"{{{IDS},"parent_span_id":"81181c02eec447d9","op":"http.client","description":"GET /",
            "start_timestamp":1795523288.25,"timestamp":1795523289,"status":"not_found","exclusive_time":1.5,
            "is_segment":false,"origin":"auto",
            "data":{{"http.method":"GET","http.request.method":"POST","http.status_code":"404",
                "url":"http://a/b","n":{{"$a":[1.0,1]}},"otel.kind":"PRODUCER","none":null,
                "sentry.release":"from data"}},
            "tags":[["plan","gold"],["http.status_code","500"]],
            "measurements":{{"lcp":{{"value":3,"unit":"millisecond"}},"custom":7.5,"bad":"x"}},
            "links":[{{{IDS},"sampled":true,"attributes":{{"sentry.link.type":"previous_trace"}}}},{{}}]}}"#
    );
    let (lines, outcome) = span("application/json", &json);
    assert_eq!(outcome, accepted(1));
    check(
        &lines[0],
        &[
            "duration_nano: 750000000",
            "kind: 4",
            "status_code: 2",
            "status_message: not_found",
            "service_version: from data",
            "deployment_environment: staging",
            "http_request_method: GET",
            "http_response_status_code: 404",
            "url_full: http://a/b",
            "attributes_string: sentry.origin=auto plan=gold sentry.op=http.client",
            "attributes_double: sentry.exclusive_time=1.5 custom=7.5 browser.web_vital.lcp.value=3.0",
            r#"attributes_json: n={"$$a":[1.0,1]}"#,
            "links: (4d84f458dca94a409ef8cc61057a5f57,81181c02eec447d8,,1,\
             {\"sentry.link.type\":\"previous_trace\"},0)",
        ],
    );
}

#[test]
fn statuses() {
    let check_status = |status: &str, cells: &[&str], absent: &str| {
        let json = format!(r#"{{{IDS},"start_timestamp":1795523288,"status":{status}}}"#);
        let (lines, _) = span("", &json);
        check(&lines[0], cells);
        assert!(!lines[0].contains(absent), "{}", lines[0]);
    };
    check_status("\"ok\"", &["status_code: 1"], "status_message");
    check_status(
        "\"internal_error\"",
        &["status_code: 2", "status_message: internal_error"],
        "sentry.status",
    );
    check_status("\"error\"", &["status_code: 2"], "status_message");
    check_status("\"cancelled\"", &["attributes_string: sentry.status=cancelled"], "status_code");
    check_status("null", &["kind: 1"], "status");
    check_status("[1]", &["kind: 1"], "status");
}

#[test]
fn bad_spans_are_rejected_one_by_one() {
    let good = format!(r#"{{{IDS},"start_timestamp":1795523288,"description":"good"}}"#);
    let (lines, outcome) = transaction(&format!(
        r#"{{"contexts":{{"trace":{{{IDS}}}}},"start_timestamp":1795523288,"timestamp":1795523289,
            "transaction":"root","release":"r","spans":[
            {{"span_id":"81181c02eec447d7","start_timestamp":1795523288,"description":"inherits"}},
            {{"span_id":"xyz","start_timestamp":1795523288,"data":{{"a":"left nothing"}}}},
            {{"span_id":"81181c02eec447d7"}},
            {{"span_id":"81181c02eec447d7","start_timestamp":1}},
            7,null,{good}]}}"#
    ));
    let names: Vec<_> = lines
        .iter()
        .map(|line| line.split("; ").find(|cell| cell.starts_with("name: ")).unwrap())
        .collect();
    assert_eq!(names, ["name: root", "name: inherits", "name: good"]);
    check(&lines[1], &["trace_id: 4d84f458dca94a409ef8cc61057a5f57", "service_version: r"]);
    assert!(!lines.iter().any(|line| line.contains("left nothing")));
    assert_eq!((outcome.accepted, outcome.rejected), (3, 5));
    let expected = [
        "spans[1]: span_id: expected 16 hexadecimal digits, not all zero",
        "spans[2]: start_timestamp: expected seconds since 1970 or RFC 3339",
        "spans[3]: start_timestamp: expected Unix nanoseconds after 1700000000000000000, found \
         1000000000; check the sender's clock",
        "spans[4]: span_id: expected 16 hexadecimal digits, not all zero",
        "spans[5]: span_id: expected 16 hexadecimal digits, not all zero",
    ];
    assert_eq!(outcome.message, expected.join("; "));
}

#[test]
fn a_transaction_without_a_trace_costs_no_span_of_another() {
    let (lines, outcome) = transaction(&format!(
        r#"{{"transaction":"root","start_timestamp":1795523288,"spans":[{{{IDS},"start_timestamp":1795523288}}]}}"#
    ));
    assert_eq!((lines.len(), outcome.accepted, outcome.rejected), (1, 1, 1));
    let expected = "transaction: trace_id: expected 32 hexadecimal digits, not all zero";
    assert_eq!(outcome.message, expected);
}

#[test]
fn odd_containers_and_logs() {
    let (lines, outcome) = span(SPANS, r#"{"items":{"a":1},"version":2}"#);
    assert_eq!((lines.len(), outcome), (0, Outcome::default()));
    let (_, outcome) = span(SPANS, r#"{"items":[null,[],{"span_id":"81181c02eec447d7"}]}"#);
    assert_eq!((outcome.accepted, outcome.rejected), (0, 3));
    let items = r#"{"items":[{"body":"no time","level":"WARNING","trace_id":"0"},{"level":"info"},
        {"body":{"a":1},"timestamp":1795523288,"severity_number":99,"level":"fatal","attributes":{
            "sentry.release":{"value":"a","type":"string"},"plain":"text"}},
        {"body":"future","timestamp":4000000000}]}"#;
    let (lines, outcome) = logs(LOGS, items);
    assert_eq!((outcome.accepted, outcome.rejected), (2, 2));
    check(
        &lines[0],
        &["time_unix_nano: 1800000000000000000", "severity_number: 13", "service_version: other"],
    );
    check(
        &lines[1],
        &[
            r#"body: {"a":1}"#,
            "severity_number: 21",
            "service_version: a",
            "attributes_string: plain=text",
        ],
    );
    assert!(
        outcome
            .message
            .starts_with("items[1]: body: expected a text, found none; items[3]: timestamp")
    );
    let (lines, outcome) = logs("", r#"{"body":"single","timestamp":1795523288,"level":"trace"}"#);
    assert_eq!(outcome, accepted(1));
    check(&lines[0], &["severity_number: 1", "body: single"]);
    let mut none = Logs::new(Origin::default(), &WINDOW);
    assert!(none.push_item(LOGS, "[]").is_err());
}

#[test]
fn attributes_are_bounded() {
    let members: Vec<_> = (0..3_000).map(|at| format!(r#""k{at}":{at}"#)).collect();
    let json =
        format!(r#"{{{IDS},"start_timestamp":1795523288,"data":{{{}}}}}"#, members.join(","));
    let (lines, outcome) = span("", &json);
    assert_eq!(outcome, accepted(1));
    check(&lines[0], &["dropped_attributes_count: 1976"]);
}
