//! The tables, their Arrow schemas, sort orders and time columns. `docs/format/tables.md` is the
//! specification for readers of the files; a test pins the two together.
//!
//! Invariants: no timestamp type appears (Delta's are microseconds; ours are `Int64` nanoseconds),
//! no fixed-size binary (Delta has none), and every map and list uses Parquet's standard names.

use std::sync::{Arc, LazyLock};

use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};

/// A table of the store: one Delta table on disk, partitioned by `date` (UTC) of its time column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Table {
    /// One row a span.
    Spans,
    /// One row a log record.
    Logs,
    /// One row a number: series id, time, value.
    Samples,
    /// One row a histogram, exponential or with explicit bounds: series id, time, buckets.
    Histograms,
    /// One row a series and day: what a series id stands for. Repeats are allowed and equal.
    Series,
    /// One row an exemplar: series id, time, value, trace and span.
    Exemplars,
    /// One row a trace and flush: first and last time of its spans there. A hint for reading only
    /// the files that can hold the trace; repeats are allowed.
    TraceTimes,
    /// One row an occurrence of an error, or several alike that were counted together.
    Errors,
    /// One row what an SDK said of a session of a user, or of many together.
    Sessions,
}

impl Table {
    /// How many tables there are.
    pub const COUNT: usize = 9;

    /// Every table there is.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Spans,
        Self::Logs,
        Self::Samples,
        Self::Histograms,
        Self::Series,
        Self::Exemplars,
        Self::TraceTimes,
        Self::Errors,
        Self::Sessions,
    ];

    /// The name in SQL and of the folder on disk.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Spans => "spans",
            Self::Logs => "logs",
            Self::Samples => "samples",
            Self::Histograms => "histograms",
            Self::Series => "series",
            Self::Exemplars => "exemplars",
            Self::TraceTimes => "trace_times",
            Self::Errors => "errors",
            Self::Sessions => "sessions",
        }
    }

    /// The columns of a batch and of a file. The partition column `date` is in neither.
    #[must_use]
    pub fn schema(self) -> SchemaRef {
        static SCHEMAS: LazyLock<[SchemaRef; Table::COUNT]> =
            LazyLock::new(|| Table::ALL.map(|table| Arc::new(Schema::new(table.fields()))));
        Arc::clone(&SCHEMAS[self as usize])
    }

    fn fields(self) -> Vec<FieldRef> {
        match self {
            Self::Spans => spans(),
            Self::Logs => logs(),
            Self::Samples => samples(),
            Self::Histograms => histograms(),
            Self::Series => series(),
            Self::Exemplars => exemplars(),
            Self::TraceTimes => trace_times(),
            Self::Errors => errors(),
            Self::Sessions => sessions(),
        }
    }

    /// The order of rows within a file, most significant first, all ascending.
    #[must_use]
    pub const fn sort_columns(self) -> &'static [&'static str] {
        match self {
            Self::Spans => &["service_name", "name", "time_unix_nano"],
            Self::Logs => &["service_name", "time_unix_nano"],
            Self::Samples | Self::Histograms | Self::Exemplars => &["series_id", "time_unix_nano"],
            Self::Series => &["metric", "series_id"],
            Self::TraceTimes => &["trace_id"],
            Self::Errors => &["fingerprint", "time_unix_nano"],
            Self::Sessions => &["service_name", "time_unix_nano"],
        }
    }

    /// The position of the column that places a row in time: `time_unix_nano` everywhere.
    #[must_use]
    pub fn time_column(self) -> usize {
        self.schema().index_of(TIME).expect("every table has a time column")
    }
}

/// Name of every table's time column, `Int64` Unix nanoseconds.
pub const TIME: &str = "time_unix_nano";

/// What a promoted attribute holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PromotedType {
    /// A UTF-8 string.
    String,
    /// A 64-bit signed integer.
    Int,
}

/// An attribute that has a column of its own. An attribute of this key *and* this type is stored in
/// the column and not in the typed maps; of any other type it stays in the maps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Promoted {
    /// The semantic-convention key, `http.route`.
    pub key: &'static str,
    /// The column's name, `http_route`.
    pub column: &'static str,
    /// The only type the column holds.
    pub kind: PromotedType,
}

const fn string(key: &'static str, column: &'static str) -> Promoted {
    Promoted { key, column, kind: PromotedType::String }
}

const fn int(key: &'static str, column: &'static str) -> Promoted {
    Promoted { key, column, kind: PromotedType::Int }
}

/// Span attributes with a column of their own, in column order.
pub const SPAN_PROMOTED: &[Promoted] = &[
    string("http.request.method", "http_request_method"),
    int("http.response.status_code", "http_response_status_code"),
    string("http.route", "http_route"),
    string("url.path", "url_path"),
    string("url.full", "url_full"),
    string("server.address", "server_address"),
    int("server.port", "server_port"),
    string("rpc.system", "rpc_system"),
    string("rpc.service", "rpc_service"),
    string("rpc.method", "rpc_method"),
    string("db.system.name", "db_system_name"),
    string("db.namespace", "db_namespace"),
    string("db.operation.name", "db_operation_name"),
    string("db.collection.name", "db_collection_name"),
    string("db.query.text", "db_query_text"),
    string("messaging.system", "messaging_system"),
    string("messaging.destination.name", "messaging_destination_name"),
    string("error.type", "error_type"),
];

/// Log attributes with a column of their own, in column order.
pub const LOG_PROMOTED: &[Promoted] = &[
    string("exception.type", "exception_type"),
    string("exception.message", "exception_message"),
    string("exception.stacktrace", "exception_stacktrace"),
];

/// Resource attributes copied into a column of their own. The `resource` column keeps all of them;
/// these copies are for filtering, grouping and pruning. Where two keys share a column, the first
/// present wins.
pub const RESOURCE_COPIED: &[(&str, &str)] = &[
    ("service.namespace", "service_namespace"),
    ("service.version", "service_version"),
    ("service.instance.id", "service_instance_id"),
    ("deployment.environment.name", "deployment_environment"),
    ("deployment.environment", "deployment_environment"),
    ("host.name", "host_name"),
    ("k8s.namespace.name", "k8s_namespace_name"),
    ("k8s.pod.name", "k8s_pod_name"),
];

/// `service_name` of a resource without `service.name`, as OpenTelemetry prescribes.
pub const UNKNOWN_SERVICE: &str = "unknown_service";

/// A string column of few distinct values, long enough to be worth a dictionary.
#[must_use]
pub fn dictionary() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

/// A map from attribute key to a value of one type, entries in the order sent.
#[must_use]
pub fn map_of(value: DataType) -> DataType {
    let entry =
        DataType::Struct(vec![required("key", DataType::Utf8), required("value", value)].into());
    DataType::Map(Arc::new(Field::new("key_value", entry, false)), false)
}

/// A list without null elements.
#[must_use]
pub fn list_of(element: DataType) -> DataType {
    DataType::List(Arc::new(Field::new("element", element, false)))
}

fn required(name: &str, kind: DataType) -> FieldRef {
    Arc::new(Field::new(name, kind, false))
}

fn optional(name: &str, kind: DataType) -> FieldRef {
    Arc::new(Field::new(name, kind, true))
}

/// Columns that describe who sent a row: the copies of [`RESOURCE_COPIED`] without repeats.
fn service_fields() -> Vec<FieldRef> {
    let mut fields = vec![required("service_name", DataType::Utf8)];
    for (_, column) in RESOURCE_COPIED {
        if fields.iter().all(|field| field.name() != column) {
            fields.push(optional(column, DataType::Utf8));
        }
    }
    fields
}

fn promoted_fields(promoted: &[Promoted]) -> impl Iterator<Item = FieldRef> {
    promoted.iter().map(|p| match p.kind {
        PromotedType::String => optional(p.column, DataType::Utf8),
        PromotedType::Int => optional(p.column, DataType::Int64),
    })
}

/// The typed attribute maps, then how many attributes the sender dropped.
fn attribute_fields() -> [FieldRef; 6] {
    [
        required("attributes_string", map_of(DataType::Utf8)),
        required("attributes_int", map_of(DataType::Int64)),
        required("attributes_double", map_of(DataType::Float64)),
        required("attributes_bool", map_of(DataType::Boolean)),
        // Arrays, nested maps, bytes and empty values, as typed JSON (docs/format/attributes.md).
        required("attributes_json", map_of(DataType::Utf8)),
        required("dropped_attributes_count", DataType::Int32),
    ]
}

/// Resource and scope, complete: attributes as typed JSON objects, so nothing sent is lost.
fn origin_fields() -> [FieldRef; 8] {
    [
        required("resource", dictionary()),
        required("resource_dropped_attributes_count", DataType::Int32),
        optional("resource_schema_url", dictionary()),
        optional("scope_name", dictionary()),
        optional("scope_version", dictionary()),
        optional("scope_attributes", dictionary()),
        required("scope_dropped_attributes_count", DataType::Int32),
        optional("scope_schema_url", dictionary()),
    ]
}

fn spans() -> Vec<FieldRef> {
    let event = DataType::Struct(
        vec![
            required(TIME, DataType::Int64),
            required("name", DataType::Utf8),
            optional("attributes", DataType::Utf8),
            required("dropped_attributes_count", DataType::Int32),
        ]
        .into(),
    );
    let link = DataType::Struct(
        vec![
            required("trace_id", DataType::Binary),
            required("span_id", DataType::Binary),
            optional("trace_state", DataType::Utf8),
            required("flags", DataType::Int32),
            optional("attributes", DataType::Utf8),
            required("dropped_attributes_count", DataType::Int32),
        ]
        .into(),
    );
    let mut fields = vec![
        required(TIME, DataType::Int64),
        required("duration_nano", DataType::Int64),
        required("trace_id", DataType::Binary),
        required("span_id", DataType::Binary),
        optional("parent_span_id", DataType::Binary),
        optional("trace_state", DataType::Utf8),
        required("flags", DataType::Int32),
        required("name", DataType::Utf8),
        required("kind", DataType::Int8),
        required("status_code", DataType::Int8),
        optional("status_message", DataType::Utf8),
    ];
    fields.extend(service_fields());
    fields.extend(promoted_fields(SPAN_PROMOTED));
    fields.extend(attribute_fields());
    fields.extend([
        required("events", list_of(event)),
        required("dropped_events_count", DataType::Int32),
        required("links", list_of(link)),
        required("dropped_links_count", DataType::Int32),
    ]);
    fields.extend(origin_fields());
    fields
}

fn logs() -> Vec<FieldRef> {
    let mut fields = vec![
        // The record's time; where it has none its observed time; where neither, when received.
        required(TIME, DataType::Int64),
        optional("observed_time_unix_nano", DataType::Int64),
        required("severity_number", DataType::Int8),
        optional("severity_text", DataType::Utf8),
        // A string body as it is; any other as typed JSON. `body_type` is the AnyValue's field
        // number: 1 string, 2 bool, 3 int, 4 double, 5 array, 6 map, 7 bytes; 0 where there is none.
        optional("body", DataType::Utf8),
        required("body_type", DataType::Int8),
        optional("event_name", DataType::Utf8),
        optional("trace_id", DataType::Binary),
        optional("span_id", DataType::Binary),
        required("flags", DataType::Int32),
    ];
    fields.extend(service_fields());
    fields.extend(promoted_fields(LOG_PROMOTED));
    fields.extend(attribute_fields());
    fields.extend(origin_fields());
    fields
}

fn samples() -> Vec<FieldRef> {
    vec![
        required("series_id", DataType::Int64),
        required(TIME, DataType::Int64),
        optional("start_time_unix_nano", DataType::Int64),
        required("value", DataType::Float64),
        // The exact integer where `value` cannot hold it (beyond 2^53), else null.
        optional("value_int", DataType::Int64),
        required("flags", DataType::Int32),
    ]
}

fn histograms() -> Vec<FieldRef> {
    vec![
        required("series_id", DataType::Int64),
        required(TIME, DataType::Int64),
        optional("start_time_unix_nano", DataType::Int64),
        // Counts are the bits of unsigned 64-bit integers.
        required("count", DataType::Int64),
        optional("sum", DataType::Float64),
        optional("min", DataType::Float64),
        optional("max", DataType::Float64),
        // Exponential: scale, zero bucket, and counts from an offset. Null and empty otherwise.
        optional("scale", DataType::Int32),
        required("zero_count", DataType::Int64),
        required("zero_threshold", DataType::Float64),
        required("positive_offset", DataType::Int32),
        required("positive_counts", list_of(DataType::Int64)),
        required("negative_offset", DataType::Int32),
        required("negative_counts", list_of(DataType::Int64)),
        // Explicit: upper bounds and one count more than bounds. Empty otherwise.
        required("bounds", list_of(DataType::Float64)),
        required("counts", list_of(DataType::Int64)),
        required("flags", DataType::Int32),
    ]
}

fn series() -> Vec<FieldRef> {
    let mut fields = vec![
        required("series_id", DataType::Int64),
        // When the series was first seen in this flush; places the row in a day.
        required(TIME, DataType::Int64),
        required("metric", DataType::Utf8),
        // gauge, sum, histogram, exponential_histogram, summary.
        required("type", DataType::Utf8),
        optional("unit", DataType::Utf8),
        optional("description", DataType::Utf8),
        // 0 unspecified, 1 delta, 2 cumulative, as OTLP numbers them.
        required("temporality", DataType::Int8),
        required("monotonic", DataType::Boolean),
        // Whether the points are integers.
        required("integer", DataType::Boolean),
        // Point attributes as strings, sorted by key: what label matchers see.
        required("labels", map_of(DataType::Utf8)),
        // Point attributes as typed JSON, exactly as sent.
        required("attributes", DataType::Utf8),
        // Metric metadata as typed JSON, null where there is none.
        optional("metadata", DataType::Utf8),
    ];
    fields.extend(service_fields());
    fields.extend(origin_fields());
    fields
}

fn exemplars() -> Vec<FieldRef> {
    vec![
        required("series_id", DataType::Int64),
        required(TIME, DataType::Int64),
        required("value", DataType::Float64),
        optional("value_int", DataType::Int64),
        optional("trace_id", DataType::Binary),
        optional("span_id", DataType::Binary),
        optional("attributes", DataType::Utf8),
    ]
}

fn trace_times() -> Vec<FieldRef> {
    vec![
        required("trace_id", DataType::Binary),
        // First start and last end of the trace's spans in one flush.
        required(TIME, DataType::Int64),
        required("end_unix_nano", DataType::Int64),
    ]
}

fn errors() -> Vec<FieldRef> {
    let mut fields = vec![
        required("fingerprint", DataType::Int64),
        required(TIME, DataType::Int64),
        // When it was received: rises from row to row over the life of the data, so it tells rows apart.
        required("received_unix_nano", DataType::Int64),
        required("variant", DataType::Int64),
        required("grouping_version", DataType::Int32),
        // How many occurrences the row stands for. 0: one that another row counts already.
        required("count", DataType::Int64),
        optional("event_id", DataType::Binary),
        required("source", dictionary()),
        required("level", dictionary()),
        optional("platform", dictionary()),
        optional("exception_type", DataType::Utf8),
        optional("message", DataType::Utf8),
        optional("culprit", DataType::Utf8),
        optional("logger", DataType::Utf8),
        optional("transaction", DataType::Utf8),
        optional("handled", DataType::Boolean),
        optional("trace_id", DataType::Binary),
        optional("span_id", DataType::Binary),
        optional("user_id", DataType::Utf8),
        optional("dist", DataType::Utf8),
    ];
    fields.extend(service_fields());
    fields.extend([
        required("tags", map_of(DataType::Utf8)),
        // The chain of exceptions and everything else that was sent, as JSON; null where the row only counts.
        optional("exceptions", DataType::Utf8),
        optional("document", DataType::Utf8),
    ]);
    fields
}

fn sessions() -> Vec<FieldRef> {
    let mut fields = vec![
        required(TIME, DataType::Int64),
        // One session that may have several rows; null where the row counts many.
        optional("session_id", DataType::Binary),
        optional("user_id", DataType::Utf8),
        required("started", DataType::Int64),
        required("errored", DataType::Int64),
        required("abnormal", DataType::Int64),
        required("crashed", DataType::Int64),
        optional("duration_nano", DataType::Int64),
    ];
    fields.extend(service_fields());
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sort_and_time_columns_exist_and_names_are_unique() {
        for table in Table::ALL {
            let schema = table.schema();
            for column in table.sort_columns() {
                assert!(schema.index_of(column).is_ok(), "{}.{column}", table.name());
            }
            assert_eq!(schema.field(table.time_column()).data_type(), &DataType::Int64);
            let mut names: Vec<_> = schema.fields().iter().map(|f| f.name()).collect();
            names.sort();
            names.dedup();
            assert_eq!(names.len(), schema.fields().len(), "{}", table.name());
        }
    }
}
