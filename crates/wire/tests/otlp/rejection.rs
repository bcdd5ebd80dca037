//! Every way an item can be bad: it alone is rejected, and the message says what and where.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{
    Exemplar, Gauge, Histogram, HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics,
    ScopeMetrics, Summary, SummaryDataPoint, exemplar, number_data_point,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use plimsoll_model::Table;
use plimsoll_model::batch::RecordKind;
use plimsoll_wire::otlp::{Decoded, Limits, decode};
use prost::Message;

use super::agree::{Verdict, WINDOW, agree_within};
use super::arbitrary::TIME;

fn limits() -> Limits {
    Limits { attributes_per_item_max: 4, value_bytes_max: 100, nesting_max: 3, ..Limits::default() }
}

/// Rows of a table.
fn rows(found: &Decoded, wanted: Table) -> usize {
    let table = found.batch.tables.iter().find(|(table, _)| *table == wanted);
    table.map_or(0, |(_, rows)| rows.num_rows())
}

fn decoded(kind: RecordKind, body: &[u8]) -> Decoded {
    decode(kind, body, &WINDOW, &limits()).expect("decodable")
}

fn good_span() -> Span {
    Span {
        trace_id: vec![1; 16],
        span_id: vec![2; 8],
        name: "good".to_owned(),
        start_time_unix_nano: TIME,
        end_time_unix_nano: TIME + 5,
        ..Span::default()
    }
}

fn traces_of(spans: Vec<Span>) -> ExportTraceServiceRequest {
    let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }],
    }
}

fn pair(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }), key_strindex: 0 }
}

fn nested(levels: usize) -> Value {
    (0..levels).fold(Value::IntValue(1), |value, _| {
        Value::ArrayValue(ArrayValue { values: vec![AnyValue { value: Some(value) }] })
    })
}

/// A request of a good, a bad and a good span: the bad one is rejected for this reason.
fn check_span(reason: &str, spoil: impl FnOnce(&mut Span)) {
    let mut bad = good_span();
    // Something in the columns to be rolled back.
    bad.attributes = vec![
        pair("http.route", Value::StringValue("/x".to_owned())),
        pair("n", Value::IntValue(1)),
    ];
    spoil(&mut bad);
    let body = traces_of(vec![good_span(), bad, good_span()]).encode_to_vec();
    let found = decoded(RecordKind::OtlpTraces, &body);
    assert_eq!(found.message, format!("resource_spans[0].scope_spans[0].spans[1].{reason}"));
    assert_eq!((found.rejected, rows(&found, Table::Spans)), (1, 2));
    let verdict = agree_within(RecordKind::OtlpTraces, &body, &WINDOW, &limits());
    assert_eq!(verdict, Verdict::Same);
}

#[test]
fn spans() {
    check_span("trace_id: expected 16 bytes, found 3 (010203)", |span| {
        span.trace_id = vec![1, 2, 3]
    });
    check_span("trace_id: expected 16 bytes, found 0 ()", |span| span.trace_id.clear());
    check_span("trace_id: expected 16 bytes, not all zero, found zeros", |span| {
        span.trace_id = vec![0; 16];
    });
    check_span("span_id: expected 8 bytes, found 9 (010101010101010101)", |span| {
        span.span_id = vec![1; 9];
    });
    check_span("span_id: expected 8 bytes, not all zero, found zeros", |span| {
        span.span_id = vec![0; 8]
    });
    check_span("parent_span_id: expected 8 bytes, found 1 (07)", |span| {
        span.parent_span_id = vec![7]
    });
    check_span(
        "start_time_unix_nano: expected nanoseconds before the year 2262, found 9223372036854775808",
        |span| span.start_time_unix_nano = 1 << 63,
    );
    check_span(
        "end_time_unix_nano: expected nanoseconds before the year 2262, found 18446744073709551615",
        |span| span.end_time_unix_nano = u64::MAX,
    );
    check_span(
        "start_time_unix_nano: expected Unix nanoseconds after 1750000000000000000, found 0; check the sender's clock",
        |span| span.start_time_unix_nano = 0,
    );
    check_span(
        "start_time_unix_nano: expected Unix nanoseconds before 1780000000000000000, found 1780000000000000001; check the sender's clock",
        |span| span.start_time_unix_nano = 1_780_000_000_000_000_001,
    );
    check_span("kind: expected a number below 128, found 1000", |span| span.kind = 1000);
    check_span("status.code: expected a number below 128, found -200", |span| {
        span.status = Some(Status { code: -200, message: String::new() });
    });
    check_span("attributes: over 4 attributes; send fewer", |span| {
        span.attributes = (0..5).map(|n| pair("k", Value::IntValue(n))).collect();
    });
    let long = "it has 101 bytes, at most 100 are taken; it begins \"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\"…";
    check_span(&format!("name: {long}"), |span| span.name = "y".repeat(101));
    check_span(&format!("attributes[2].key: {long}"), |span| {
        span.attributes.push(pair(&"y".repeat(101), Value::BoolValue(true)));
    });
    check_span(&format!("attributes[2].value: {long}"), |span| {
        span.attributes.push(pair("http.request.method", Value::StringValue("y".repeat(101))));
    });
    check_span(&format!("attributes[2].value: {long}"), |span| {
        span.attributes.push(pair("b", Value::BytesValue(vec![b'y'; 101])));
    });
    check_span(
        "attributes[2].value.array_value.values[0].array_value.values[0].array_value.values[0]: arrays and maps nest over 3 deep; send fewer levels, or the value as text",
        |span| span.attributes.push(pair("deep", nested(4))),
    );
    check_span(
        "events[1].time_unix_nano: expected nanoseconds before the year 2262, found 18446744073709551615",
        |span| {
            let bad = Event { time_unix_nano: u64::MAX, ..Event::default() };
            span.events = vec![Event::default(), bad];
        },
    );
    check_span("links[0].span_id: expected 8 bytes, found 2 (0102)", |span| {
        let bad = Link { span_id: vec![1, 2], ..Link::default() };
        span.links = vec![bad];
    });
}

#[test]
fn values_at_the_limits_are_accepted() {
    let mut span = good_span();
    span.name = "y".repeat(100);
    span.attributes = (0..3).map(|n| pair("k", Value::IntValue(n))).collect();
    span.attributes.push(pair("deep", nested(3)));
    span.links = vec![Link::default(), Link { trace_id: vec![0; 16], ..Link::default() }];
    span.start_time_unix_nano = 1_750_000_000_000_000_000;
    span.end_time_unix_nano = i64::MAX as u64;
    let found = decoded(RecordKind::OtlpTraces, &traces_of(vec![span]).encode_to_vec());
    assert_eq!((found.rejected, &*found.message), (0, ""));
}

/// Bytes that are no UTF-8, put in place of a marker of the same length after encoding.
fn with_invalid_utf8(body: Vec<u8>) -> Vec<u8> {
    let mut body = body;
    let marker = b"BAD!";
    let places: Vec<usize> = (body.windows(4).enumerate())
        .filter(|(_, window)| window == marker)
        .map(|(at, _)| at)
        .collect();
    assert!(!places.is_empty());
    for at in places {
        body[at..at + 4].copy_from_slice(b"\xc3\x28ab");
    }
    body
}

#[test]
fn text_that_is_not_utf8() {
    type Spoil = fn(&mut Span);
    let cases: [(&str, Spoil); 9] = [
        ("name", |span| span.name = "xBAD!".to_owned()),
        ("trace_state", |span| span.trace_state = "xBAD!".to_owned()),
        ("status.message", |span| {
            span.status = Some(Status { code: 2, message: "xBAD!".to_owned() });
        }),
        ("attributes[0].key", |span| span.attributes = vec![pair("xBAD!", Value::BoolValue(true))]),
        ("attributes[0].value", |span| {
            span.attributes = vec![pair("http.route", Value::StringValue("xBAD!".to_owned()))];
        }),
        ("attributes[0].value", |span| {
            span.attributes = vec![pair("k", Value::StringValue("xBAD!".to_owned()))];
        }),
        ("attributes[0].value.array_value.values[0]", |span| {
            let values = vec![AnyValue { value: Some(Value::StringValue("xBAD!".to_owned())) }];
            span.attributes = vec![pair("k", Value::ArrayValue(ArrayValue { values }))];
        }),
        ("events[0].name", |span| {
            span.events = vec![Event { name: "xBAD!".to_owned(), ..Event::default() }];
        }),
        ("links[0].attributes[0].key", |span| {
            let attributes = vec![pair("xBAD!", Value::BoolValue(true))];
            span.links = vec![Link { attributes, ..Link::default() }];
        }),
    ];
    for (place, spoil) in cases {
        let mut bad = good_span();
        spoil(&mut bad);
        let body = traces_of(vec![good_span(), bad, good_span()]).encode_to_vec();
        let found = decoded(RecordKind::OtlpTraces, &with_invalid_utf8(body));
        let path = format!("resource_spans[0].scope_spans[0].spans[1].{place}");
        let reason = "expected UTF-8, found other bytes at 1 of \"x�(ab\"";
        assert_eq!(found.message, format!("{path}: {reason}"));
        assert_eq!((found.rejected, rows(&found, Table::Spans)), (1, 2));
    }
}

#[test]
fn halves_of_a_character_in_neighbouring_values_do_not_make_it_whole() {
    // "é" is two bytes; one ends the first name, the other begins the second.
    let names = ["abcX", "Ydef"].map(|name| Span { name: name.to_owned(), ..good_span() });
    let mut body = traces_of(names.to_vec()).encode_to_vec();
    for (marker, byte) in [(b"abcX", 0xc3), (b"Ydef", 0xa9)] {
        let at = body.windows(4).position(|window| window == marker).expect("it is there");
        let offset = if byte == 0xc3 { 3 } else { 0 };
        body[at + offset] = byte;
    }
    assert_eq!(decoded(RecordKind::OtlpTraces, &body).rejected, 2);
}

#[test]
fn a_bad_resource_or_scope_rejects_what_is_below_it_only() {
    let mut request = traces_of(vec![good_span(), good_span()]);
    request.resource_spans.push(request.resource_spans[0].clone());
    let attributes = vec![pair("host.name", Value::StringValue("y".repeat(101)))];
    request.resource_spans[0].resource = Some(Resource { attributes, ..Resource::default() });
    let found = decoded(RecordKind::OtlpTraces, &request.encode_to_vec());
    assert_eq!((found.rejected, rows(&found, Table::Spans)), (2, 2));
    assert!(
        found
            .message
            .starts_with("resource_spans[0].resource.attributes[0].value: it has 101 bytes"),
        "{}",
        found.message
    );

    let mut request = traces_of(vec![good_span(), good_span()]);
    let mut scope = request.resource_spans[0].scope_spans[0].clone();
    scope.schema_url = "y".repeat(101);
    request.resource_spans[0].scope_spans.push(scope);
    let found = decoded(RecordKind::OtlpTraces, &request.encode_to_vec());
    assert_eq!((found.rejected, rows(&found, Table::Spans)), (2, 2));
    assert!(
        found.message.starts_with("resource_spans[0].scope_spans[1].schema_url: it has"),
        "{}",
        found.message
    );
}

#[test]
fn the_first_five_reasons_are_given() {
    let spans = (0..20).map(|n| Span { trace_id: vec![n], ..good_span() }).collect();
    let found = decoded(RecordKind::OtlpTraces, &traces_of(spans).encode_to_vec());
    assert_eq!(found.rejected, 20);
    let reasons: Vec<&str> = found.message.split("; ").collect();
    assert_eq!(reasons.len(), 5);
    assert!(reasons[4].contains("spans[4].trace_id: expected 16 bytes, found 1 (04)"));
    assert!(found.batch.is_empty());
}

#[test]
fn log_records() {
    let check = |reason: &str, bad: LogRecord| {
        let good = LogRecord { time_unix_nano: TIME, ..LogRecord::default() };
        let scope_logs = vec![ScopeLogs { log_records: vec![good, bad], ..ScopeLogs::default() }];
        let resource_logs = vec![ResourceLogs { scope_logs, ..ResourceLogs::default() }];
        let body = ExportLogsServiceRequest { resource_logs }.encode_to_vec();
        let found = decoded(RecordKind::OtlpLogs, &body);
        assert_eq!(
            found.message,
            format!("resource_logs[0].scope_logs[0].log_records[1].{reason}")
        );
        assert_eq!((found.rejected, rows(&found, Table::Logs)), (1, 1));
        assert_eq!(agree_within(RecordKind::OtlpLogs, &body, &WINDOW, &limits()), Verdict::Same);
    };
    let log = || LogRecord { time_unix_nano: TIME, ..LogRecord::default() };
    check("trace_id: expected 16 bytes, found 1 (01)", LogRecord { trace_id: vec![1], ..log() });
    check("span_id: expected 8 bytes, found 2 (0102)", LogRecord { span_id: vec![1, 2], ..log() });
    check(
        "severity_number: expected a number below 128, found 128",
        LogRecord { severity_number: 128, ..log() },
    );
    check(
        "observed_time_unix_nano: expected Unix nanoseconds after 1750000000000000000, found 5; check the sender's clock",
        LogRecord { time_unix_nano: 0, observed_time_unix_nano: 5, ..log() },
    );
    check(
        "body: it has 101 bytes, at most 100 are taken; it begins \"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\"…",
        LogRecord {
            body: Some(AnyValue { value: Some(Value::StringValue("y".repeat(101))) }),
            ..log()
        },
    );
}

fn metrics_of(metrics: Vec<Metric>) -> Vec<u8> {
    let scope_metrics = vec![ScopeMetrics { metrics, ..ScopeMetrics::default() }];
    let resource_metrics = vec![ResourceMetrics { scope_metrics, ..ResourceMetrics::default() }];
    ExportMetricsServiceRequest { resource_metrics }.encode_to_vec()
}

fn metric(data: Data) -> Metric {
    Metric { name: "m".to_owned(), data: Some(data), ..Metric::default() }
}

fn number() -> NumberDataPoint {
    NumberDataPoint {
        time_unix_nano: TIME,
        value: Some(number_data_point::Value::AsInt(1)),
        ..NumberDataPoint::default()
    }
}

fn check_metric(reason: &str, rejected: u64, bad: Metric) {
    let good = metric(Data::Gauge(Gauge { data_points: vec![number()] }));
    let body = metrics_of(vec![good, bad]);
    let found = decoded(RecordKind::OtlpMetrics, &body);
    assert_eq!(found.message, format!("resource_metrics[0].scope_metrics[0].metrics[1].{reason}"));
    assert_eq!(found.rejected, rejected);
    assert_eq!(agree_within(RecordKind::OtlpMetrics, &body, &WINDOW, &limits()), Verdict::Same);
}

#[test]
fn data_points() {
    let gauge = |point| metric(Data::Gauge(Gauge { data_points: vec![number(), point] }));
    check_metric(
        "name: expected a name, found none",
        2,
        Metric { name: String::new(), ..gauge(number()) },
    );
    check_metric(
        "gauge.data_points[1].value: expected as_double, as_int or the flag of no recorded value, found none",
        1,
        gauge(NumberDataPoint { value: None, ..number() }),
    );
    check_metric(
        "gauge.data_points[1].time_unix_nano: expected Unix nanoseconds after 1750000000000000000, found 0; check the sender's clock",
        1,
        gauge(NumberDataPoint { time_unix_nano: 0, ..number() }),
    );
    check_metric(
        "gauge.data_points[1].exemplars[0].value: expected as_double or as_int, found neither",
        1,
        gauge(NumberDataPoint { exemplars: vec![Exemplar::default()], ..number() }),
    );
    let histogram = |bucket_counts, explicit_bounds| {
        let point = HistogramDataPoint {
            time_unix_nano: TIME,
            bucket_counts,
            explicit_bounds,
            ..HistogramDataPoint::default()
        };
        metric(Data::Histogram(Histogram { data_points: vec![point], aggregation_temporality: 2 }))
    };
    check_metric(
        "histogram.data_points[0].bucket_counts: expected one count more than there are bounds, found 2 and 2",
        1,
        histogram(vec![1, 2], vec![1.0, 2.0]),
    );
    check_metric(
        "histogram.data_points[0].explicit_bounds: expected bounds in strictly increasing order",
        1,
        histogram(vec![1, 2, 3], vec![1.0, 1.0]),
    );
    check_metric(
        "summary.data_points[0].count: expected a count below 2^63, found 18446744073709551615",
        1,
        metric(Data::Summary(Summary {
            data_points: vec![SummaryDataPoint {
                time_unix_nano: TIME,
                count: u64::MAX,
                ..SummaryDataPoint::default()
            }],
        })),
    );
}

#[test]
fn an_old_exemplar_is_left_out_and_its_point_kept() {
    let exemplar = |time_unix_nano| Exemplar {
        time_unix_nano,
        value: Some(exemplar::Value::AsDouble(1.0)),
        ..Exemplar::default()
    };
    let point = NumberDataPoint { exemplars: vec![exemplar(5), exemplar(TIME)], ..number() };
    let body = metrics_of(vec![metric(Data::Gauge(Gauge { data_points: vec![point] }))]);
    let found = decoded(RecordKind::OtlpMetrics, &body);
    assert_eq!(found.rejected, 0);
    assert_eq!(
        found.message,
        "resource_metrics[0].scope_metrics[0].metrics[0].gauge.data_points[0].exemplars.time_unix_nano: \
         expected Unix nanoseconds after 1750000000000000000, found 5; check the sender's clock"
    );
    assert_eq!(found.batch.tables.len(), 3, "samples, series and one exemplar");
}

/// Rows repeat what the request says once; a request made to exploit that is cut off.
#[test]
fn repetition_is_bounded() {
    let value = Value::StringValue("h".repeat(1 << 20));
    let mut request = traces_of(vec![good_span(); 100_000]);
    request.resource_spans[0].resource =
        Some(Resource { attributes: vec![pair("host.name", value)], ..Resource::default() });
    let body = request.encode_to_vec();
    let found =
        decode(RecordKind::OtlpTraces, &body, &WINDOW, &Limits::default()).expect("decodable");
    assert!(found.batch.bytes() < body.len() * 40, "{}", found.batch.bytes());
    assert!(found.rejected > 99_000, "{}", found.rejected);
    assert!(found.message.contains("the request takes too much more memory"), "{}", found.message);

    // The smallest log records there are: two bytes each.
    let scope_logs =
        ScopeLogs { log_records: vec![LogRecord::default(); 1_000_000], ..ScopeLogs::default() };
    let resource_logs =
        vec![ResourceLogs { scope_logs: vec![scope_logs], ..ResourceLogs::default() }];
    let body = ExportLogsServiceRequest { resource_logs }.encode_to_vec();
    let found =
        decode(RecordKind::OtlpLogs, &body, &WINDOW, &Limits::default()).expect("decodable");
    assert!(found.batch.bytes() < body.len() * 40, "{}", found.batch.bytes());
    assert!(found.rejected > 500_000, "{}", found.rejected);
}

#[test]
fn broken_framing_says_where() {
    let body = traces_of(vec![good_span(), good_span()]).encode_to_vec();
    let cut = &body[..body.len() - 3];
    let error = decode(RecordKind::OtlpTraces, cut, &WINDOW, &limits()).expect_err("cut short");
    let left = body.len() - 2 - 3;
    let text = error.to_string();
    assert!(
        text.starts_with(
            "cannot decode ExportTraceServiceRequest at byte 2 in resource_spans[0]: expected "
        ),
        "{text}"
    );
    assert!(text.ends_with(&format!("more bytes, found {left}")), "{text}");

    // A span whose name is said to have varint type.
    let mut span = good_span().encode_to_vec();
    span.extend([5 << 3, 1]);
    let mut scope = vec![0x12, span.len() as u8];
    scope.extend(span);
    let mut resource = vec![0x12, scope.len() as u8];
    resource.extend(scope);
    let mut body = vec![0x0a, resource.len() as u8];
    body.extend(resource);
    let error =
        decode(RecordKind::OtlpTraces, &body, &WINDOW, &limits()).expect_err("a wrong type");
    assert_eq!(error.path, "resource_spans[0].scope_spans[0].spans[0]");
    assert_eq!(error.offset, body.len() - 1);
    assert_eq!(error.problem, "field 5 has wire type 0, which is not its own");

    let error = decode(RecordKind::OtlpTraces, &[0x0b], &WINDOW, &limits()).expect_err("a group");
    assert!(error.problem.contains("wire type 3"), "{error}");
    let error = decode(RecordKind::OtlpTraces, &[0x7b], &WINDOW, &limits()).expect_err("a group");
    assert_eq!(error.problem, "field 15 is a group");

    let large = Limits { body_bytes_max: 3, ..limits() };
    let error = decode(RecordKind::OtlpTraces, &[0; 4], &WINDOW, &large).expect_err("too large");
    assert!(error.to_string().contains("it has 4 bytes, at most 3 are taken"), "{error}");
}
