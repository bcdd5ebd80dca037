//! One occurrence, as a line of a list and in full.

use arrow::array::{Array, AsArray, RecordBatch};
use plimsoll_model::schema::TIME;
use serde::Serialize;
use utoipa::ToSchema;

use crate::attributes::hex;
use crate::column::Columns;
use crate::{QueryError, rfc3339};

/// A line of the list of an issue's occurrences.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Occurrence {
    /// 32 hex digits; null where the row counts occurrences that were not kept.
    pub id: Option<String>,
    /// When it happened.
    pub time: String,
    /// What it says.
    pub message: String,
    /// Whom it hit.
    pub user: Option<String>,
    /// The release.
    pub release: Option<String>,
    /// The deployment environment.
    pub environment: Option<String>,
    /// The service.
    pub service: String,
    /// The operation under way.
    pub transaction: Option<String>,
    /// 32 hex digits.
    pub trace_id: Option<String>,
    /// 16 hex digits.
    pub span_id: Option<String>,
    /// How it came: `sentry`, `otel_log`, `otel_span` or `service`.
    pub source: String,
    /// How many occurrences the row stands for.
    pub count: i64,
    /// Whether there is more to see of it.
    pub kept: bool,
}

/// The columns of [`Occurrence`] and those that place it.
pub(super) const COLUMNS: [&str; 15] = [
    "fingerprint",
    TIME,
    "received_unix_nano",
    "variant",
    "count",
    "event_id",
    "source",
    "message",
    "transaction",
    "trace_id",
    "span_id",
    "user_id",
    "service_name",
    "service_version",
    "deployment_environment",
];

/// What only [`FullOccurrence`] has.
pub(super) const FURTHER: [&str; 13] = [
    "grouping_version",
    "level",
    "platform",
    "exception_type",
    "culprit",
    "logger",
    "handled",
    "dist",
    "host_name",
    "service_instance_id",
    "tags",
    "exceptions",
    "document",
];

/// Everything that is stored of an occurrence.
#[derive(Clone, Debug, Default)]
pub struct FullOccurrence {
    /// What it is grouped by.
    pub fingerprint: i64,
    /// The finer group.
    pub variant: i64,
    /// The version of the grouping.
    pub grouping_version: i32,
    /// When it happened, Unix nanoseconds.
    pub time: i64,
    /// When it was received, Unix nanoseconds.
    pub received: i64,
    /// Occurrences the row stands for.
    pub count: i64,
    /// The id that the sender gave it.
    pub event_id: [u8; 16],
    /// How it came.
    pub source: String,
    /// How bad.
    pub level: String,
    /// The language or platform.
    pub platform: String,
    /// The type of the exception that was reported.
    pub exception_type: String,
    /// What it says.
    pub message: String,
    /// Where it happened, in one line.
    pub culprit: String,
    /// Who logged it.
    pub logger: String,
    /// The operation under way.
    pub transaction: String,
    /// Whether the program caught it.
    pub handled: Option<bool>,
    /// 32 hex digits, or empty.
    pub trace_id: String,
    /// 16 hex digits, or empty.
    pub span_id: String,
    /// Whom it hit.
    pub user_id: String,
    /// The build of the release.
    pub dist: String,
    /// The service.
    pub service: String,
    /// The release.
    pub release: String,
    /// The deployment environment.
    pub environment: String,
    /// The host.
    pub host: String,
    /// The instance of the service.
    pub instance: String,
    /// Its tags.
    pub tags: Vec<(String, String)>,
    /// The chain of exceptions, JSON; empty where the row only counts.
    pub exceptions: String,
    /// Everything else, JSON; empty where the row only counts.
    pub document: String,
}

/// Reads a line.
pub(super) fn occurrence(
    rows: &RecordBatch,
    row: usize,
    kept: bool,
) -> Result<Occurrence, QueryError> {
    let text = |name: &str| Ok::<_, QueryError>(rows.text(name)?.get(row).map(str::to_owned));
    let id = |name: &str| {
        let ids = rows.binary(name)?;
        Ok::<_, QueryError>(ids.is_valid(row).then(|| hex(ids.value(row))))
    };
    Ok(Occurrence {
        id: id("event_id")?,
        time: rfc3339(rows.long(TIME)?.value(row)),
        message: text("message")?.unwrap_or_default(),
        user: text("user_id")?,
        release: text("service_version")?,
        environment: text("deployment_environment")?,
        service: text("service_name")?.unwrap_or_default(),
        transaction: text("transaction")?,
        trace_id: id("trace_id")?,
        span_id: id("span_id")?,
        source: text("source")?.unwrap_or_default(),
        count: rows.long("count")?.value(row),
        kept,
    })
}

/// Reads all of a row.
pub(super) fn full(rows: &RecordBatch, row: usize) -> Result<FullOccurrence, QueryError> {
    let text =
        |name: &str| Ok::<_, QueryError>(rows.text(name)?.get(row).unwrap_or_default().to_owned());
    let id = |name: &str| {
        let ids = rows.binary(name)?;
        let id = ids.is_valid(row).then(|| hex(ids.value(row)));
        Ok::<_, QueryError>(id.unwrap_or_default())
    };
    // Lists go without what is long.
    let long_text = |name: &str| match rows.column_by_name(name) {
        Some(_) => text(name),
        None => Ok(String::new()),
    };
    let long = |name: &str| Ok::<_, QueryError>(rows.long(name)?.value(row));
    let ids = rows.binary("event_id")?;
    let event_id = if ids.is_valid(row) { ids.value(row) } else { &[] };
    let handled = rows.array("handled")?.as_boolean();
    Ok(FullOccurrence {
        fingerprint: long("fingerprint")?,
        variant: long("variant")?,
        grouping_version: rows.int("grouping_version")?.value(row),
        time: long(TIME)?,
        received: long("received_unix_nano")?,
        count: long("count")?,
        event_id: crate::column::id(event_id),
        source: text("source")?,
        level: text("level")?,
        platform: text("platform")?,
        exception_type: text("exception_type")?,
        message: text("message")?,
        culprit: text("culprit")?,
        logger: text("logger")?,
        transaction: text("transaction")?,
        handled: handled.is_valid(row).then(|| handled.value(row)),
        trace_id: id("trace_id")?,
        span_id: id("span_id")?,
        user_id: text("user_id")?,
        dist: text("dist")?,
        service: text("service_name")?,
        release: text("service_version")?,
        environment: text("deployment_environment")?,
        host: text("host_name")?,
        instance: text("service_instance_id")?,
        tags: tags(rows, row)?,
        exceptions: long_text("exceptions")?,
        document: long_text("document")?,
    })
}

/// The tags of a row.
pub(super) fn tags(rows: &RecordBatch, row: usize) -> Result<Vec<(String, String)>, QueryError> {
    let map = rows.map("tags")?;
    let offsets = map.offsets();
    let (from, to) = (offsets[row] as usize, offsets[row + 1] as usize);
    let defect = || QueryError::internal("the tags are no texts");
    let keys = crate::column::Text::of(map.keys().as_ref()).ok_or_else(defect)?;
    let values = crate::column::Text::of(map.values().as_ref()).ok_or_else(defect)?;
    let entry = |at| {
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        (text(keys.get(at)), text(values.get(at)))
    };
    Ok((from..to).map(entry).collect())
}
