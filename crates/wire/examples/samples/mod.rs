//! Requests to measure with. The spans have 20 attributes and about 770 bytes, a third of the
//! attributes in columns of their own, as auto-instrumented HTTP services send them.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::metrics::v1::{
    Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum, metric, number_data_point,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use prost::Message;

pub(crate) const ITEMS: u64 = 1_000;
pub(crate) const START: u64 = 1_763_800_000_000_000_000;

/// Well mixed bits of a number, so that texts and ids differ as real ones do.
fn mix(number: u64) -> u64 {
    let mut bits = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits ^= bits >> 29;
    bits.wrapping_mul(0xbf58_476d_1ce4_e5b9)
}

fn attribute(key: &str, value: Value) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue { value: Some(value) }),
        ..KeyValue::default()
    }
}

fn text(key: &str, value: impl Into<String>) -> KeyValue {
    attribute(key, Value::StringValue(value.into()))
}

fn resource() -> Resource {
    Resource {
        attributes: vec![
            text("service.name", "checkout"),
            text("service.version", "2.14.3"),
            text("service.instance.id", "checkout-7d9f8b6c5-x2x4z"),
            text("deployment.environment.name", "production"),
            text("host.name", "node-17.eu-west-1.example.com"),
            text("telemetry.sdk.language", "java"),
            text("telemetry.sdk.name", "opentelemetry"),
            text("telemetry.sdk.version", "1.44.1"),
            attribute("process.pid", Value::IntValue(4711)),
        ],
        ..Resource::default()
    }
}

fn scope() -> InstrumentationScope {
    InstrumentationScope {
        name: "io.opentelemetry.tomcat-10.0".to_owned(),
        version: "2.9.0-alpha".to_owned(),
        ..InstrumentationScope::default()
    }
}

fn span(number: u64) -> Span {
    let id = |salt: u64| mix(number * 31 + salt).to_be_bytes();
    let order = mix(number) % 1_000_000;
    Span {
        trace_id: [mix(number / 8).to_be_bytes(), mix(number / 8 + 1).to_be_bytes()].concat(),
        span_id: id(1).to_vec(),
        parent_span_id: id(2).to_vec(),
        name: "GET /api/v1/orders/{orderId}".to_owned(),
        kind: 2,
        flags: 257,
        start_time_unix_nano: START + number * 1_000_000,
        end_time_unix_nano: START + number * 1_000_000 + mix(number) % 100_000_000,
        attributes: vec![
            text("http.request.method", "GET"),
            attribute("http.response.status_code", Value::IntValue(200)),
            text("http.route", "/api/v1/orders/{orderId}"),
            text("url.path", format!("/api/v1/orders/{order}")),
            text("url.scheme", "https"),
            text("server.address", "checkout.example.com"),
            attribute("server.port", Value::IntValue(8443)),
            text("network.protocol.version", "1.1"),
            text("network.peer.address", format!("10.2.{}.{}", number % 250, order % 250)),
            attribute("network.peer.port", Value::IntValue((order % 60_000) as i64)),
            text("client.address", format!("192.0.2.{}", number % 250)),
            text("user_agent.original", "okhttp/4.12.0"),
            text("thread.name", format!("https-jsse-nio-8443-exec-{}", number % 64)),
            attribute("thread.id", Value::IntValue((number % 64) as i64)),
            text("app.customer.tier", ["gold", "silver", "bronze"][(number % 3) as usize]),
            text("app.order.id", format!("{:016x}", mix(order))),
            attribute("app.order.items", Value::IntValue((order % 12) as i64)),
            attribute("app.order.total", Value::DoubleValue(order as f64 / 100.0)),
            attribute("app.cache.hit", Value::BoolValue(number.is_multiple_of(3))),
            text("app.feature.flag", "new-checkout"),
        ],
        status: Some(Status::default()),
        ..Span::default()
    }
}

pub(crate) fn traces() -> Vec<u8> {
    let spans = (0..ITEMS).map(span).collect();
    let scope_spans = ScopeSpans { scope: Some(scope()), spans, ..ScopeSpans::default() };
    let resource_spans = ResourceSpans {
        resource: Some(resource()),
        scope_spans: vec![scope_spans],
        ..ResourceSpans::default()
    };
    ExportTraceServiceRequest { resource_spans: vec![resource_spans] }.encode_to_vec()
}

pub(crate) fn logs() -> Vec<u8> {
    let log_records = (0..ITEMS)
        .map(|number| LogRecord {
            time_unix_nano: START + number,
            observed_time_unix_nano: START + number + 1_000,
            severity_number: 9,
            severity_text: "INFO".to_owned(),
            body: Some(AnyValue {
                value: Some(Value::StringValue(format!(
                    "order {} paid by card ending {:04} in {} ms",
                    mix(number) % 1_000_000,
                    number % 10_000,
                    number % 300
                ))),
            }),
            attributes: vec![
                text("logger.name", "com.example.checkout.PaymentService"),
                text("thread.name", format!("worker-{}", number % 32)),
                attribute("order.id", Value::IntValue(mix(number) as i64 >> 32)),
            ],
            trace_id: [mix(number).to_be_bytes(), mix(number + 1).to_be_bytes()].concat(),
            span_id: mix(number + 2).to_be_bytes().to_vec(),
            flags: 1,
            ..LogRecord::default()
        })
        .collect();
    let scope_logs = ScopeLogs { scope: Some(scope()), log_records, ..ScopeLogs::default() };
    let resource_logs = ResourceLogs {
        resource: Some(resource()),
        scope_logs: vec![scope_logs],
        ..ResourceLogs::default()
    };
    ExportLogsServiceRequest { resource_logs: vec![resource_logs] }.encode_to_vec()
}

pub(crate) fn metrics() -> Vec<u8> {
    let data_points = (0..ITEMS)
        .map(|number| NumberDataPoint {
            attributes: vec![
                text("http.request.method", "GET"),
                text("http.route", format!("/api/v1/route/{}", number % 100)),
                attribute("http.response.status_code", Value::IntValue(200 + number as i64 % 5)),
            ],
            start_time_unix_nano: START,
            time_unix_nano: START + number,
            value: Some(number_data_point::Value::AsInt(number as i64)),
            ..NumberDataPoint::default()
        })
        .collect();
    let sum = Sum { data_points, aggregation_temporality: 2, is_monotonic: true };
    let metric = Metric {
        name: "http.server.requests".to_owned(),
        unit: "{request}".to_owned(),
        description: "Requests answered".to_owned(),
        data: Some(metric::Data::Sum(sum)),
        ..Metric::default()
    };
    let scope_metrics =
        ScopeMetrics { scope: Some(scope()), metrics: vec![metric], ..ScopeMetrics::default() };
    let resource_metrics = ResourceMetrics {
        resource: Some(resource()),
        scope_metrics: vec![scope_metrics],
        ..ResourceMetrics::default()
    };
    ExportMetricsServiceRequest { resource_metrics: vec![resource_metrics] }.encode_to_vec()
}
