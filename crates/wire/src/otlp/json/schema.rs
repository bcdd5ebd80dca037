//! The messages of OTLP: their fields' names, numbers and types, and nothing else.

use super::super::reader::{fixed32, fixed64, len, varint};

/// How a field is written in JSON and in protobuf.
#[derive(Clone, Copy)]
pub(super) enum Type {
    Message(&'static Message),
    String,
    /// Bytes that JSON gives as base64.
    Bytes,
    /// Bytes that JSON gives as hexadecimal.
    Id,
    Bool,
    Int32,
    Int64,
    Uint32,
    Uint64,
    Sint32,
    Fixed32,
    Fixed64,
    Sfixed64,
    Double,
    /// The names by number.
    Enum(&'static [&'static str]),
}

pub(super) struct Field {
    pub(super) number: u32,
    /// As in the protobuf files.
    pub(super) name: &'static str,
    pub(super) kind: Type,
    pub(super) repeated: bool,
}

pub(super) struct Message {
    pub(super) name: &'static str,
    pub(super) fields: &'static [Field],
}

impl Field {
    /// The tag of one value of the field; packed repeated numbers use the length-delimited one.
    pub(super) fn tag(&self) -> u32 {
        match self.kind {
            Type::Message(_) | Type::String | Type::Bytes | Type::Id => len(self.number),
            Type::Bool | Type::Int32 | Type::Int64 | Type::Uint32 | Type::Uint64 => {
                varint(self.number)
            }
            Type::Sint32 | Type::Enum(_) => varint(self.number),
            Type::Fixed32 => fixed32(self.number),
            Type::Fixed64 | Type::Sfixed64 | Type::Double => fixed64(self.number),
        }
    }

    /// Whether a JSON key names this field, in either spelling.
    fn is_named(&self, key: &str) -> bool {
        if key == self.name {
            return true;
        }
        let mut key = key.bytes();
        let mut upper = false;
        for byte in self.name.bytes() {
            if byte == b'_' {
                upper = true;
                continue;
            }
            let expected = if upper { byte.to_ascii_uppercase() } else { byte };
            upper = false;
            if key.next() != Some(expected) {
                return false;
            }
        }
        key.next().is_none()
    }

    /// The field's name as OTLP/JSON spells it.
    pub(super) fn json_name(&self) -> String {
        let mut parts = self.name.split('_');
        let mut name = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            name.extend(part.chars().take(1).map(|first| first.to_ascii_uppercase()));
            name.extend(part.chars().skip(1));
        }
        name
    }
}

impl Message {
    pub(super) fn field(&'static self, key: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.is_named(key))
    }
}

const fn one(number: u32, name: &'static str, kind: Type) -> Field {
    Field { number, name, kind, repeated: false }
}

const fn many(number: u32, name: &'static str, kind: Type) -> Field {
    Field { number, name, kind, repeated: true }
}

use Type::{
    Bool, Bytes, Double, Enum, Fixed32, Fixed64, Id, Int32, Int64, Message as Nested, Sfixed64,
    Sint32, String as Text, Uint32, Uint64,
};

macro_rules! message {
    ($static:ident, $name:literal, [$($field:expr),* $(,)?]) => {
        pub(super) static $static: Message = Message { name: $name, fields: &[$($field),*] };
    };
}

message!(
    TRACE_REQUEST,
    "ExportTraceServiceRequest",
    [many(1, "resource_spans", Nested(&RESOURCE_SPANS)),]
);
message!(
    LOGS_REQUEST,
    "ExportLogsServiceRequest",
    [many(1, "resource_logs", Nested(&RESOURCE_LOGS)),]
);
message!(
    METRICS_REQUEST,
    "ExportMetricsServiceRequest",
    [many(1, "resource_metrics", Nested(&RESOURCE_METRICS)),]
);

message!(
    ANY_VALUE,
    "AnyValue",
    [
        one(1, "string_value", Text),
        one(2, "bool_value", Bool),
        one(3, "int_value", Int64),
        one(4, "double_value", Double),
        one(5, "array_value", Nested(&ARRAY_VALUE)),
        one(6, "kvlist_value", Nested(&KEY_VALUE_LIST)),
        one(7, "bytes_value", Bytes),
        one(8, "string_value_strindex", Int32),
    ]
);
message!(ARRAY_VALUE, "ArrayValue", [many(1, "values", Nested(&ANY_VALUE))]);
message!(KEY_VALUE_LIST, "KeyValueList", [many(1, "values", Nested(&KEY_VALUE))]);
message!(
    KEY_VALUE,
    "KeyValue",
    [one(1, "key", Text), one(2, "value", Nested(&ANY_VALUE)), one(3, "key_strindex", Int32),]
);
message!(
    SCOPE,
    "InstrumentationScope",
    [
        one(1, "name", Text),
        one(2, "version", Text),
        many(3, "attributes", Nested(&KEY_VALUE)),
        one(4, "dropped_attributes_count", Uint32),
    ]
);
message!(
    ENTITY_REF,
    "EntityRef",
    [
        one(1, "schema_url", Text),
        one(2, "type", Text),
        many(3, "id_keys", Text),
        many(4, "description_keys", Text),
    ]
);
message!(
    RESOURCE,
    "Resource",
    [
        many(1, "attributes", Nested(&KEY_VALUE)),
        one(2, "dropped_attributes_count", Uint32),
        many(3, "entity_refs", Nested(&ENTITY_REF)),
    ]
);

message!(
    RESOURCE_SPANS,
    "ResourceSpans",
    [
        one(1, "resource", Nested(&RESOURCE)),
        many(2, "scope_spans", Nested(&SCOPE_SPANS)),
        one(3, "schema_url", Text),
    ]
);
message!(
    SCOPE_SPANS,
    "ScopeSpans",
    [one(1, "scope", Nested(&SCOPE)), many(2, "spans", Nested(&SPAN)), one(3, "schema_url", Text),]
);
message!(
    SPAN,
    "Span",
    [
        one(1, "trace_id", Id),
        one(2, "span_id", Id),
        one(3, "trace_state", Text),
        one(4, "parent_span_id", Id),
        one(5, "name", Text),
        one(
            6,
            "kind",
            Enum(&[
                "SPAN_KIND_UNSPECIFIED",
                "SPAN_KIND_INTERNAL",
                "SPAN_KIND_SERVER",
                "SPAN_KIND_CLIENT",
                "SPAN_KIND_PRODUCER",
                "SPAN_KIND_CONSUMER",
            ])
        ),
        one(7, "start_time_unix_nano", Fixed64),
        one(8, "end_time_unix_nano", Fixed64),
        many(9, "attributes", Nested(&KEY_VALUE)),
        one(10, "dropped_attributes_count", Uint32),
        many(11, "events", Nested(&EVENT)),
        one(12, "dropped_events_count", Uint32),
        many(13, "links", Nested(&LINK)),
        one(14, "dropped_links_count", Uint32),
        one(15, "status", Nested(&STATUS)),
        one(16, "flags", Fixed32),
    ]
);
message!(
    EVENT,
    "Event",
    [
        one(1, "time_unix_nano", Fixed64),
        one(2, "name", Text),
        many(3, "attributes", Nested(&KEY_VALUE)),
        one(4, "dropped_attributes_count", Uint32),
    ]
);
message!(
    LINK,
    "Link",
    [
        one(1, "trace_id", Id),
        one(2, "span_id", Id),
        one(3, "trace_state", Text),
        many(4, "attributes", Nested(&KEY_VALUE)),
        one(5, "dropped_attributes_count", Uint32),
        one(6, "flags", Fixed32),
    ]
);
message!(
    STATUS,
    "Status",
    [
        one(2, "message", Text),
        one(3, "code", Enum(&["STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"])),
    ]
);

message!(
    RESOURCE_LOGS,
    "ResourceLogs",
    [
        one(1, "resource", Nested(&RESOURCE)),
        many(2, "scope_logs", Nested(&SCOPE_LOGS)),
        one(3, "schema_url", Text),
    ]
);
message!(
    SCOPE_LOGS,
    "ScopeLogs",
    [
        one(1, "scope", Nested(&SCOPE)),
        many(2, "log_records", Nested(&LOG_RECORD)),
        one(3, "schema_url", Text),
    ]
);
message!(
    LOG_RECORD,
    "LogRecord",
    [
        one(1, "time_unix_nano", Fixed64),
        one(
            2,
            "severity_number",
            Enum(&[
                "SEVERITY_NUMBER_UNSPECIFIED",
                "SEVERITY_NUMBER_TRACE",
                "SEVERITY_NUMBER_TRACE2",
                "SEVERITY_NUMBER_TRACE3",
                "SEVERITY_NUMBER_TRACE4",
                "SEVERITY_NUMBER_DEBUG",
                "SEVERITY_NUMBER_DEBUG2",
                "SEVERITY_NUMBER_DEBUG3",
                "SEVERITY_NUMBER_DEBUG4",
                "SEVERITY_NUMBER_INFO",
                "SEVERITY_NUMBER_INFO2",
                "SEVERITY_NUMBER_INFO3",
                "SEVERITY_NUMBER_INFO4",
                "SEVERITY_NUMBER_WARN",
                "SEVERITY_NUMBER_WARN2",
                "SEVERITY_NUMBER_WARN3",
                "SEVERITY_NUMBER_WARN4",
                "SEVERITY_NUMBER_ERROR",
                "SEVERITY_NUMBER_ERROR2",
                "SEVERITY_NUMBER_ERROR3",
                "SEVERITY_NUMBER_ERROR4",
                "SEVERITY_NUMBER_FATAL",
                "SEVERITY_NUMBER_FATAL2",
                "SEVERITY_NUMBER_FATAL3",
                "SEVERITY_NUMBER_FATAL4",
            ])
        ),
        one(3, "severity_text", Text),
        one(5, "body", Nested(&ANY_VALUE)),
        many(6, "attributes", Nested(&KEY_VALUE)),
        one(7, "dropped_attributes_count", Uint32),
        one(8, "flags", Fixed32),
        one(9, "trace_id", Id),
        one(10, "span_id", Id),
        one(11, "observed_time_unix_nano", Fixed64),
        one(12, "event_name", Text),
    ]
);

message!(
    RESOURCE_METRICS,
    "ResourceMetrics",
    [
        one(1, "resource", Nested(&RESOURCE)),
        many(2, "scope_metrics", Nested(&SCOPE_METRICS)),
        one(3, "schema_url", Text),
    ]
);
message!(
    SCOPE_METRICS,
    "ScopeMetrics",
    [
        one(1, "scope", Nested(&SCOPE)),
        many(2, "metrics", Nested(&METRIC)),
        one(3, "schema_url", Text),
    ]
);
message!(
    METRIC,
    "Metric",
    [
        one(1, "name", Text),
        one(2, "description", Text),
        one(3, "unit", Text),
        one(5, "gauge", Nested(&GAUGE)),
        one(7, "sum", Nested(&SUM)),
        one(9, "histogram", Nested(&HISTOGRAM)),
        one(10, "exponential_histogram", Nested(&EXPONENTIAL_HISTOGRAM)),
        one(11, "summary", Nested(&SUMMARY)),
        many(12, "metadata", Nested(&KEY_VALUE)),
    ]
);
const TEMPORALITY: Type = Enum(&[
    "AGGREGATION_TEMPORALITY_UNSPECIFIED",
    "AGGREGATION_TEMPORALITY_DELTA",
    "AGGREGATION_TEMPORALITY_CUMULATIVE",
]);
message!(GAUGE, "Gauge", [many(1, "data_points", Nested(&NUMBER_DATA_POINT))]);
message!(
    SUM,
    "Sum",
    [
        many(1, "data_points", Nested(&NUMBER_DATA_POINT)),
        one(2, "aggregation_temporality", TEMPORALITY),
        one(3, "is_monotonic", Bool),
    ]
);
message!(
    HISTOGRAM,
    "Histogram",
    [
        many(1, "data_points", Nested(&HISTOGRAM_DATA_POINT)),
        one(2, "aggregation_temporality", TEMPORALITY),
    ]
);
message!(
    EXPONENTIAL_HISTOGRAM,
    "ExponentialHistogram",
    [
        many(1, "data_points", Nested(&EXPONENTIAL_HISTOGRAM_DATA_POINT)),
        one(2, "aggregation_temporality", TEMPORALITY),
    ]
);
message!(SUMMARY, "Summary", [many(1, "data_points", Nested(&SUMMARY_DATA_POINT))]);
message!(
    NUMBER_DATA_POINT,
    "NumberDataPoint",
    [
        one(2, "start_time_unix_nano", Fixed64),
        one(3, "time_unix_nano", Fixed64),
        one(4, "as_double", Double),
        many(5, "exemplars", Nested(&EXEMPLAR)),
        one(6, "as_int", Sfixed64),
        many(7, "attributes", Nested(&KEY_VALUE)),
        one(8, "flags", Uint32),
    ]
);
message!(
    HISTOGRAM_DATA_POINT,
    "HistogramDataPoint",
    [
        one(2, "start_time_unix_nano", Fixed64),
        one(3, "time_unix_nano", Fixed64),
        one(4, "count", Fixed64),
        one(5, "sum", Double),
        many(6, "bucket_counts", Fixed64),
        many(7, "explicit_bounds", Double),
        many(8, "exemplars", Nested(&EXEMPLAR)),
        many(9, "attributes", Nested(&KEY_VALUE)),
        one(10, "flags", Uint32),
        one(11, "min", Double),
        one(12, "max", Double),
    ]
);
message!(
    EXPONENTIAL_HISTOGRAM_DATA_POINT,
    "ExponentialHistogramDataPoint",
    [
        many(1, "attributes", Nested(&KEY_VALUE)),
        one(2, "start_time_unix_nano", Fixed64),
        one(3, "time_unix_nano", Fixed64),
        one(4, "count", Fixed64),
        one(5, "sum", Double),
        one(6, "scale", Sint32),
        one(7, "zero_count", Fixed64),
        one(8, "positive", Nested(&BUCKETS)),
        one(9, "negative", Nested(&BUCKETS)),
        one(10, "flags", Uint32),
        many(11, "exemplars", Nested(&EXEMPLAR)),
        one(12, "min", Double),
        one(13, "max", Double),
        one(14, "zero_threshold", Double),
    ]
);
message!(BUCKETS, "Buckets", [one(1, "offset", Sint32), many(2, "bucket_counts", Uint64),]);
message!(
    SUMMARY_DATA_POINT,
    "SummaryDataPoint",
    [
        one(2, "start_time_unix_nano", Fixed64),
        one(3, "time_unix_nano", Fixed64),
        one(4, "count", Fixed64),
        one(5, "sum", Double),
        many(6, "quantile_values", Nested(&VALUE_AT_QUANTILE)),
        many(7, "attributes", Nested(&KEY_VALUE)),
        one(8, "flags", Uint32),
    ]
);
message!(
    VALUE_AT_QUANTILE,
    "ValueAtQuantile",
    [one(1, "quantile", Double), one(2, "value", Double),]
);
message!(
    EXEMPLAR,
    "Exemplar",
    [
        one(2, "time_unix_nano", Fixed64),
        one(3, "as_double", Double),
        one(4, "span_id", Id),
        one(5, "trace_id", Id),
        one(6, "as_int", Sfixed64),
        many(7, "filtered_attributes", Nested(&KEY_VALUE)),
    ]
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_by_either_spelling_and_no_other() {
        let number = |key| SPAN.field(key).map(|field| field.number);
        assert_eq!(number("startTimeUnixNano"), Some(7));
        assert_eq!(number("start_time_unix_nano"), Some(7));
        for key in ["StartTimeUnixNano", "starttimeunixnano", "startTimeUnixNan", "", "spanid"] {
            assert_eq!(number(key), None, "{key}");
        }
        assert_eq!(SPAN.fields[0].json_name(), "traceId");
    }
}
