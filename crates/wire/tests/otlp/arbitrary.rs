//! Arbitrary export requests: mostly good, with every way of being bad now and then.

use std::cell::Cell;

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, EntityRef, InstrumentationScope, KeyValue, KeyValueList,
};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::summary_data_point::ValueAtQuantile;
use opentelemetry_proto::tonic::metrics::v1::{
    Exemplar, ExponentialHistogram, ExponentialHistogramDataPoint, Gauge, Histogram,
    HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum, Summary,
    SummaryDataPoint, exemplar, number_data_point,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

/// Inside the window of [`super::WINDOW`].
pub(crate) const TIME: u64 = 1_763_800_000_000_000_000;

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => select(vec!["", "GET", "/orders/{id}", "a\"b\\c\n", "naïve ☃ 🦀", "\u{0}\u{1f}"])
            .prop_map(str::to_owned),
        2 => vec(any::<char>(), 0..6).prop_map(|chars| chars.into_iter().collect()),
        // A length of two bytes.
        1 => (100_usize..300).prop_map(|length| "x".repeat(length)),
    ]
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => select(vec![
            "http.request.method", "http.response.status_code", "http.route", "server.port",
            "error.type", "exception.type", "exception.stacktrace", "service.name",
            "service.version", "deployment.environment", "deployment.environment.name",
            "service.namespace", "service.instance.id", "instance", "host.name", "quantile", "le", "zone", "$bytes", "$", "$$double", "$entity_refs",
        ]).prop_map(str::to_owned),
        1 => text(),
    ]
}

thread_local! {
    static FINITE: Cell<bool> = const { Cell::new(false) };
}

/// Makes strategies whose doubles are all finite: the reference's JSON knows no others.
pub(crate) fn finite<S>(strategy: impl FnOnce() -> S) -> S {
    FINITE.set(true);
    let strategy = strategy();
    FINITE.set(false);
    strategy
}

fn double() -> impl Strategy<Value = f64> {
    let finite = FINITE.get();
    any_double().prop_map(move |value| if finite && !value.is_finite() { 0.5 } else { value })
}

fn any_double() -> impl Strategy<Value = f64> {
    prop_oneof![
        Just(0.0),
        Just(-0.0),
        Just(1.0),
        Just(0.99),
        Just(f64::NAN),
        Just(f64::INFINITY),
        Just(f64::NEG_INFINITY),
        proptest::num::f64::ANY
    ]
}

fn int() -> impl Strategy<Value = i64> {
    prop_oneof![Just(0), Just(200), Just(-1), Just((1 << 53) + 1), Just(i64::MAX), any::<i64>()]
}

pub(crate) fn any_value() -> impl Strategy<Value = AnyValue> {
    let leaf = prop_oneof![
        1 => Just(None),
        4 => text().prop_map(|text| Some(Value::StringValue(text))),
        2 => int().prop_map(|value| Some(Value::IntValue(value))),
        2 => double().prop_map(|value| Some(Value::DoubleValue(value))),
        1 => any::<bool>().prop_map(|value| Some(Value::BoolValue(value))),
        1 => vec(any::<u8>(), 0..5).prop_map(|bytes| Some(Value::BytesValue(bytes))),
    ]
    .prop_map(|value| AnyValue { value });
    leaf.prop_recursive(4, 12, 3, |value| {
        let array =
            vec(value.clone(), 0..3).prop_map(|values| Value::ArrayValue(ArrayValue { values }));
        let pair = (key(), option::of(value)).prop_map(|(key, value)| pair(key, value));
        let map = vec(pair, 0..3).prop_map(|values| Value::KvlistValue(KeyValueList { values }));
        prop_oneof![array, map].prop_map(|value| AnyValue { value: Some(value) })
    })
}

fn pair(key: String, value: Option<AnyValue>) -> KeyValue {
    KeyValue { key, value, key_strindex: 0 }
}

fn attributes() -> impl Strategy<Value = Vec<KeyValue>> {
    let value = prop_oneof![1 => Just(None), 20 => any_value().prop_map(Some)];
    vec((key(), value).prop_map(|(key, value)| pair(key, value)), 0..7)
}

fn id(length: usize) -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        60 => vec(1_u8.., length),
        1 => vec(any::<u8>(), 0..20),
        1 => Just(vec![0; length]),
    ]
}

fn optional_id(length: usize) -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![1 => Just(Vec::new()), 2 => id(length)]
}

fn time() -> impl Strategy<Value = u64> {
    prop_oneof![
        50 => (0..1_000_000_000_u64).prop_map(|offset| TIME + offset),
        10 => (0..600_u64).prop_map(|seconds| TIME + seconds * 1_000_000_000),
        1 => Just(0),
        1 => any::<u64>(),
    ]
}

fn start_time() -> impl Strategy<Value = u64> {
    prop_oneof![1 => Just(0), 3 => time()]
}

fn count() -> impl Strategy<Value = u32> {
    prop_oneof![4 => Just(0), 1 => any::<u32>()]
}

fn small_number(known: i32) -> impl Strategy<Value = i32> {
    prop_oneof![60 => 0..known, 1 => any::<i32>(), 1 => -5..130]
}

fn resource() -> impl Strategy<Value = Option<Resource>> {
    let entity = (text(), text(), vec(key(), 0..3), vec(key(), 0..2)).prop_map(
        |(schema_url, r#type, id_keys, description_keys)| EntityRef {
            schema_url,
            r#type,
            id_keys,
            description_keys,
        },
    );
    let entities = prop_oneof![4 => Just(Vec::new()), 1 => vec(entity, 0..3)];
    let resource = (attributes(), count(), entities).prop_map(
        |(attributes, dropped_attributes_count, entity_refs)| Resource {
            attributes,
            dropped_attributes_count,
            entity_refs,
        },
    );
    option::of(resource)
}

fn scope() -> impl Strategy<Value = Option<InstrumentationScope>> {
    let scope = (text(), text(), attributes(), count()).prop_map(
        |(name, version, attributes, dropped_attributes_count)| InstrumentationScope {
            name,
            version,
            attributes,
            dropped_attributes_count,
        },
    );
    option::of(scope)
}

fn event() -> impl Strategy<Value = Event> {
    (time(), text(), attributes(), count()).prop_map(
        |(time_unix_nano, name, attributes, dropped_attributes_count)| Event {
            time_unix_nano,
            name,
            attributes,
            dropped_attributes_count,
        },
    )
}

fn link() -> impl Strategy<Value = Link> {
    (optional_id(16), optional_id(8), text(), attributes(), count(), any::<u32>()).prop_map(
        |(trace_id, span_id, trace_state, attributes, dropped_attributes_count, flags)| Link {
            trace_id,
            span_id,
            trace_state,
            attributes,
            dropped_attributes_count,
            flags,
        },
    )
}

fn span() -> impl Strategy<Value = Span> {
    let status = (text(), small_number(3)).prop_map(|(message, code)| Status { message, code });
    let ids = (id(16), id(8), optional_id(8), text(), any::<u32>());
    let what = (text(), small_number(6), time(), time(), option::of(status));
    let counts = (count(), count(), count());
    (ids, what, attributes(), vec(event(), 0..3), vec(link(), 0..3), counts).prop_map(
        |(ids, what, attributes, events, links, counts)| Span {
            trace_id: ids.0,
            span_id: ids.1,
            trace_state: ids.3,
            parent_span_id: ids.2,
            flags: ids.4,
            name: what.0,
            kind: what.1,
            start_time_unix_nano: what.2,
            end_time_unix_nano: what.3,
            attributes,
            dropped_attributes_count: counts.0,
            events,
            dropped_events_count: counts.1,
            links,
            dropped_links_count: counts.2,
            status: what.4,
        },
    )
}

pub(crate) fn traces() -> impl Strategy<Value = ExportTraceServiceRequest> {
    let scope_spans = (scope(), vec(span(), 0..4), text())
        .prop_map(|(scope, spans, schema_url)| ScopeSpans { scope, spans, schema_url });
    let resource_spans = (resource(), vec(scope_spans, 0..3), text()).prop_map(
        |(resource, scope_spans, schema_url)| ResourceSpans { resource, scope_spans, schema_url },
    );
    vec(resource_spans, 0..3)
        .prop_map(|resource_spans| ExportTraceServiceRequest { resource_spans })
}

fn log() -> impl Strategy<Value = LogRecord> {
    let when = (start_time(), start_time());
    let what = (small_number(25), text(), option::of(any_value()), text());
    let ids = (optional_id(16), optional_id(8), any::<u32>());
    (when, what, attributes(), count(), ids).prop_map(
        |(when, what, attributes, dropped_attributes_count, ids)| LogRecord {
            time_unix_nano: when.0,
            observed_time_unix_nano: when.1,
            severity_number: what.0,
            severity_text: what.1,
            body: what.2,
            attributes,
            dropped_attributes_count,
            flags: ids.2,
            trace_id: ids.0,
            span_id: ids.1,
            event_name: what.3,
        },
    )
}

pub(crate) fn logs() -> impl Strategy<Value = ExportLogsServiceRequest> {
    let scope_logs = (scope(), vec(log(), 0..5), text())
        .prop_map(|(scope, log_records, schema_url)| ScopeLogs { scope, log_records, schema_url });
    let resource_logs = (resource(), vec(scope_logs, 0..3), text()).prop_map(
        |(resource, scope_logs, schema_url)| ResourceLogs { resource, scope_logs, schema_url },
    );
    vec(resource_logs, 0..3).prop_map(|resource_logs| ExportLogsServiceRequest { resource_logs })
}

fn exemplar() -> impl Strategy<Value = Exemplar> {
    let value = prop_oneof![
        10 => double().prop_map(|value| Some(exemplar::Value::AsDouble(value))),
        10 => int().prop_map(|value| Some(exemplar::Value::AsInt(value))),
        1 => Just(None),
    ];
    (attributes(), time(), optional_id(8), optional_id(16), value).prop_map(
        |(filtered_attributes, time_unix_nano, span_id, trace_id, value)| Exemplar {
            filtered_attributes,
            time_unix_nano,
            span_id,
            trace_id,
            value,
        },
    )
}

/// Few and short, so that points share series.
fn point_attributes() -> impl Strategy<Value = Vec<KeyValue>> {
    prop_oneof![
        3 => select(vec!["a", "b"]).prop_map(|zone| {
            let value = Some(Value::StringValue(zone.to_owned()));
            vec![pair("zone".to_owned(), Some(AnyValue { value }))]
        }),
        1 => attributes(),
    ]
}

fn number_point() -> impl Strategy<Value = NumberDataPoint> {
    let value = prop_oneof![
        10 => double().prop_map(|value| Some(number_data_point::Value::AsDouble(value))),
        10 => int().prop_map(|value| Some(number_data_point::Value::AsInt(value))),
        1 => Just(None),
    ];
    let when = (start_time(), time());
    (point_attributes(), when, vec(exemplar(), 0..2), 0_u32..3, value).prop_map(
        |(attributes, when, exemplars, flags, value)| NumberDataPoint {
            attributes,
            start_time_unix_nano: when.0,
            time_unix_nano: when.1,
            exemplars,
            flags,
            value,
        },
    )
}

fn histogram_point() -> impl Strategy<Value = HistogramDataPoint> {
    let buckets = prop_oneof![
        10 => (0_usize..5).prop_flat_map(|bounds| {
            let counts = vec(any::<u64>(), bounds + 1);
            let bounds = (0..bounds).map(|at| at as f64 * 2.5).collect::<Vec<_>>();
            (counts, Just(bounds))
        }),
        1 => Just((Vec::new(), Vec::new())),
        1 => (vec(any::<u64>(), 0..3), vec(double(), 0..3)),
    ];
    let stats = (any::<u64>(), option::of(double()), option::of(double()), option::of(double()));
    let when = (start_time(), time(), 0_u32..3);
    (point_attributes(), when, stats, buckets, vec(exemplar(), 0..2)).prop_map(
        |(attributes, when, stats, buckets, exemplars)| HistogramDataPoint {
            attributes,
            start_time_unix_nano: when.0,
            time_unix_nano: when.1,
            count: stats.0,
            sum: stats.1,
            bucket_counts: buckets.0,
            explicit_bounds: buckets.1,
            exemplars,
            flags: when.2,
            min: stats.2,
            max: stats.3,
        },
    )
}

fn exponential_point() -> impl Strategy<Value = ExponentialHistogramDataPoint> {
    let buckets = || {
        let buckets = (any::<i32>(), vec(any::<u64>(), 0..5))
            .prop_map(|(offset, bucket_counts)| Buckets { offset, bucket_counts });
        option::of(buckets)
    };
    let stats = (any::<u64>(), option::of(double()), option::of(double()), option::of(double()));
    let when = (start_time(), time(), 0_u32..3);
    let shape = (any::<i32>(), any::<u64>(), double(), buckets(), buckets());
    (point_attributes(), when, stats, shape, vec(exemplar(), 0..2)).prop_map(
        |(attributes, when, stats, shape, exemplars)| ExponentialHistogramDataPoint {
            attributes,
            start_time_unix_nano: when.0,
            time_unix_nano: when.1,
            count: stats.0,
            sum: stats.1,
            scale: shape.0,
            zero_count: shape.1,
            positive: shape.3,
            negative: shape.4,
            flags: when.2,
            exemplars,
            min: stats.2,
            max: stats.3,
            zero_threshold: shape.2,
        },
    )
}

fn summary_point() -> impl Strategy<Value = SummaryDataPoint> {
    let quantile =
        (double(), double()).prop_map(|(quantile, value)| ValueAtQuantile { quantile, value });
    let when = (start_time(), time(), 0_u32..3);
    let count = prop_oneof![10 => 0..1_u64 << 60, 1 => any::<u64>()];
    (point_attributes(), when, count, double(), vec(quantile, 0..4)).prop_map(
        |(attributes, when, count, sum, quantile_values)| SummaryDataPoint {
            attributes,
            start_time_unix_nano: when.0,
            time_unix_nano: when.1,
            count,
            sum,
            quantile_values,
            flags: when.2,
        },
    )
}

fn data() -> impl Strategy<Value = Data> {
    let temporality = || small_number(3);
    prop_oneof![
        vec(number_point(), 0..4).prop_map(|data_points| Data::Gauge(Gauge { data_points })),
        (vec(number_point(), 0..4), temporality(), any::<bool>()).prop_map(
            |(data_points, aggregation_temporality, is_monotonic)| {
                Data::Sum(Sum { data_points, aggregation_temporality, is_monotonic })
            }
        ),
        (vec(histogram_point(), 0..4), temporality()).prop_map(
            |(data_points, aggregation_temporality)| {
                Data::Histogram(Histogram { data_points, aggregation_temporality })
            }
        ),
        (vec(exponential_point(), 0..4), temporality()).prop_map(
            |(data_points, aggregation_temporality)| {
                Data::ExponentialHistogram(ExponentialHistogram {
                    data_points,
                    aggregation_temporality,
                })
            }
        ),
        vec(summary_point(), 0..3).prop_map(|data_points| Data::Summary(Summary { data_points })),
    ]
}

fn metric() -> impl Strategy<Value = Metric> {
    let name = prop_oneof![
        6 => select(vec!["http.server.duration", "queue", "target_info"]).prop_map(str::to_owned),
        1 => text(),
    ];
    let metadata = prop_oneof![2 => Just(Vec::new()), 1 => attributes()];
    let unit = select(vec!["", "s"]).prop_map(str::to_owned);
    let data = prop_oneof![1 => Just(None), 12 => data().prop_map(Some)];
    (name, text(), unit, metadata, data).prop_map(|(name, description, unit, metadata, data)| {
        Metric { name, description, unit, metadata, data }
    })
}

pub(crate) fn metrics() -> impl Strategy<Value = ExportMetricsServiceRequest> {
    let scope_metrics = (scope(), vec(metric(), 0..4), text())
        .prop_map(|(scope, metrics, schema_url)| ScopeMetrics { scope, metrics, schema_url });
    let resource_metrics = (resource(), vec(scope_metrics, 0..3), text()).prop_map(
        |(resource, scope_metrics, schema_url)| ResourceMetrics {
            resource,
            scope_metrics,
            schema_url,
        },
    );
    let one_resource = prop_oneof![1 => Just(true), 3 => Just(false)];
    (vec(resource_metrics, 0..3), one_resource).prop_map(|(mut resource_metrics, one_resource)| {
        if one_resource && let [first, others @ ..] = &mut resource_metrics[..] {
            others.iter_mut().for_each(|other| other.resource.clone_from(&first.resource));
        }
        ExportMetricsServiceRequest { resource_metrics }
    })
}
