//! Columns of the `errors` and `sessions` tables.
//!
//! Invariant: a row has all its columns or is not there; what is text is UTF-8 already.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryBuilder, BooleanBuilder, Int32Builder, Int64Builder, MapBuilder, MapFieldNames,
    RecordBatch, StringBuilder, StringDictionaryBuilder,
};
use arrow::datatypes::{DataType, Field, Int32Type};

use super::FinishError;
use crate::schema::UNKNOWN_SERVICE;
use crate::{SpanId, Table, TraceId, UnixNano};

/// Who sent a row, as the columns of every table that names services. Empty texts stand for absent ones.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Sender {
    /// `service.name`.
    pub service: String,
    /// `service.namespace`.
    pub namespace: String,
    /// `service.version`, the release.
    pub version: String,
    /// `service.instance.id`.
    pub instance: String,
    /// `deployment.environment.name`.
    pub environment: String,
    /// `host.name`.
    pub host: String,
    /// `k8s.namespace.name`.
    pub k8s_namespace: String,
    /// `k8s.pod.name`.
    pub k8s_pod: String,
}

/// One row of `errors`. Empty texts stand for absent ones.
#[derive(Clone, Debug, Default)]
pub struct ErrorRow {
    /// What it is grouped by.
    pub fingerprint: i64,
    /// When it happened.
    pub time: UnixNano,
    /// When it was received: rises from row to row.
    pub received: UnixNano,
    /// A finer group within the fingerprint.
    pub variant: i64,
    /// The version of the grouping.
    pub grouping_version: i32,
    /// Occurrences that the row stands for.
    pub count: i64,
    /// The id that the sender gave it, or one of ours.
    pub event_id: Option<[u8; 16]>,
    /// How it came: `sentry`, `otel_log`, `otel_span`, `service`.
    pub source: &'static str,
    /// `fatal`, `error`, `warning`, `info` or `debug`.
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
    /// The trace it happened in.
    pub trace_id: Option<TraceId>,
    /// The span it happened in.
    pub span_id: Option<SpanId>,
    /// Whom it hit.
    pub user_id: String,
    /// The build of the release.
    pub dist: String,
    /// Who sent it.
    pub sender: Arc<Sender>,
    /// Its tags.
    pub tags: Vec<(String, String)>,
    /// The chain of exceptions as JSON; absent where the row only counts.
    pub exceptions: Option<String>,
    /// What else was sent, as a JSON object; absent where the row only counts.
    pub document: Option<String>,
}

impl ErrorRow {
    /// Bytes that the row takes in memory, nearly.
    #[must_use]
    pub fn bytes(&self) -> usize {
        /// Its numbers, and the ends of its texts.
        const FIXED: usize = 300;
        let long = [&self.exceptions, &self.document].into_iter().flatten();
        let tags = self.tags.iter().map(|(key, value)| key.len() + value.len() + 8);
        FIXED + long.map(String::len).sum::<usize>() + tags.sum::<usize>() + self.message.len()
    }
}

/// The columns of a [`Sender`].
#[derive(Default)]
struct Senders {
    service: StringBuilder,
    copied: [StringBuilder; 7],
}

impl Senders {
    fn push(&mut self, sender: &Sender) {
        let service = Some(sender.service.as_str()).filter(|name| !name.is_empty());
        self.service.append_value(service.unwrap_or(UNKNOWN_SERVICE));
        let values = [
            &sender.namespace,
            &sender.version,
            &sender.instance,
            &sender.environment,
            &sender.host,
            &sender.k8s_namespace,
            &sender.k8s_pod,
        ];
        for (column, value) in self.copied.iter_mut().zip(values) {
            text(column, value);
        }
    }

    fn finish(&mut self, columns: &mut Vec<ArrayRef>) {
        columns.push(Arc::new(self.service.finish()));
        let copied = self.copied.iter_mut().map(|column| Arc::new(column.finish()) as ArrayRef);
        columns.extend(copied);
    }
}

fn text(column: &mut StringBuilder, value: &str) {
    column.append_option(Some(value).filter(|value| !value.is_empty()));
}

type Words = StringDictionaryBuilder<Int32Type>;

/// The table `errors`, none where there are no rows.
///
/// # Errors
///
/// The columns do not fit the schema: a defect.
pub fn errors_of(rows: &[ErrorRow]) -> Result<Option<RecordBatch>, FinishError> {
    if rows.is_empty() {
        return Ok(None);
    }
    let mut columns: Vec<ArrayRef> = Vec::with_capacity(40);
    let long = |value: fn(&ErrorRow) -> i64| -> ArrayRef {
        let mut column = Int64Builder::with_capacity(rows.len());
        rows.iter().for_each(|row| column.append_value(value(row)));
        Arc::new(column.finish())
    };
    let words = |value: fn(&ErrorRow) -> &str| -> ArrayRef {
        let mut column = Words::new();
        let value = |row| Some(value(row)).filter(|value: &&str| !value.is_empty());
        rows.iter().for_each(|row| column.append_option(value(row)));
        Arc::new(column.finish())
    };
    let texts = |value: fn(&ErrorRow) -> &str| -> ArrayRef {
        let mut column = StringBuilder::new();
        rows.iter().for_each(|row| text(&mut column, value(row)));
        Arc::new(column.finish())
    };
    let bytes = |value: fn(&ErrorRow) -> Option<&[u8]>| -> ArrayRef {
        let mut column = BinaryBuilder::new();
        rows.iter().for_each(|row| column.append_option(value(row)));
        Arc::new(column.finish())
    };
    let documents = |value: fn(&ErrorRow) -> Option<&str>| -> ArrayRef {
        let total = rows.iter().filter_map(value).map(str::len).sum();
        let mut column = StringBuilder::with_capacity(rows.len(), total);
        rows.iter().for_each(|row| column.append_option(value(row)));
        Arc::new(column.finish())
    };
    columns.extend([long(|r| r.fingerprint), long(|r| r.time), long(|r| r.received)]);
    columns.push(long(|r| r.variant));
    let mut versions = Int32Builder::with_capacity(rows.len());
    rows.iter().for_each(|row| versions.append_value(row.grouping_version));
    columns.push(Arc::new(versions.finish()));
    columns.push(long(|r| r.count));
    columns.push(bytes(|r| r.event_id.as_ref().map(|id| &id[..])));
    columns.extend([words(|r| r.source), words(|r| &r.level), words(|r| &r.platform)]);
    columns.extend([texts(|r| &r.exception_type), texts(|r| &r.message), texts(|r| &r.culprit)]);
    columns.extend([texts(|r| &r.logger), texts(|r| &r.transaction)]);
    let mut handled = BooleanBuilder::with_capacity(rows.len());
    rows.iter().for_each(|row| handled.append_option(row.handled));
    columns.push(Arc::new(handled.finish()));
    columns.push(bytes(|r| r.trace_id.as_ref().map(|id| &id.0[..])));
    columns.push(bytes(|r| r.span_id.as_ref().map(|id| &id.0[..])));
    columns.extend([texts(|r| &r.user_id), texts(|r| &r.dist)]);
    let mut senders = Senders::default();
    rows.iter().for_each(|row| senders.push(&row.sender));
    senders.finish(&mut columns);
    columns.push(tags(rows)?);
    columns.extend([documents(|r| r.exceptions.as_deref()), documents(|r| r.document.as_deref())]);
    let table = RecordBatch::try_new(Table::Errors.schema(), columns);
    table.map(Some).map_err(|error| FinishError::Schema("errors", error))
}

fn tags(rows: &[ErrorRow]) -> Result<ArrayRef, FinishError> {
    let names = MapFieldNames {
        entry: "key_value".to_owned(),
        key: "key".to_owned(),
        value: "value".to_owned(),
    };
    let mut column = MapBuilder::new(Some(names), StringBuilder::new(), StringBuilder::new())
        .with_values_field(Field::new("value", DataType::Utf8, false));
    for row in rows {
        for (key, value) in &row.tags {
            column.keys().append_value(key);
            column.values().append_value(value);
        }
        column.append(true).map_err(|error| FinishError::Schema("errors", error))?;
    }
    Ok(Arc::new(column.finish()))
}

/// One row of `sessions`.
#[derive(Clone, Debug, Default)]
pub struct SessionRow {
    /// When it began, or the interval that was counted.
    pub time: UnixNano,
    /// Which; none where the row counts many.
    pub session_id: Option<[u8; 16]>,
    /// Whose; empty where unknown.
    pub user_id: String,
    /// Sessions that began.
    pub started: i64,
    /// Sessions with a handled error.
    pub errored: i64,
    /// Sessions that ended as they should not.
    pub abnormal: i64,
    /// Sessions that crashed.
    pub crashed: i64,
    /// How long it took.
    pub duration_nano: Option<i64>,
    /// Who sent it.
    pub sender: Arc<Sender>,
}

/// The table `sessions`, none where there are no rows.
///
/// # Errors
///
/// The columns do not fit the schema: a defect.
pub fn sessions_of(rows: &[SessionRow]) -> Result<Option<RecordBatch>, FinishError> {
    if rows.is_empty() {
        return Ok(None);
    }
    let mut ids = BinaryBuilder::new();
    let mut users = StringBuilder::new();
    let mut durations = Int64Builder::new();
    let mut senders = Senders::default();
    for row in rows {
        ids.append_option(row.session_id);
        text(&mut users, &row.user_id);
        durations.append_option(row.duration_nano);
        senders.push(&row.sender);
    }
    let long = |value: fn(&SessionRow) -> i64| -> ArrayRef {
        let mut column = Int64Builder::with_capacity(rows.len());
        rows.iter().for_each(|row| column.append_value(value(row)));
        Arc::new(column.finish())
    };
    let mut columns: Vec<ArrayRef> =
        vec![long(|r| r.time), Arc::new(ids.finish()), Arc::new(users.finish())];
    columns.extend([long(|r| r.started), long(|r| r.errored)]);
    columns.extend([long(|r| r.abnormal), long(|r| r.crashed), Arc::new(durations.finish())]);
    senders.finish(&mut columns);
    let table = RecordBatch::try_new(Table::Sessions.schema(), columns);
    table.map(Some).map_err(|error| FinishError::Schema("sessions", error))
}

#[cfg(test)]
mod tests {
    use arrow::array::{Array, AsArray};

    use super::*;

    #[test]
    fn rows_fit_the_tables() {
        assert!(errors_of(&[]).unwrap().is_none() && sessions_of(&[]).unwrap().is_none());
        let kept = ErrorRow {
            count: 1,
            source: "sentry",
            level: "error".to_owned(),
            tags: vec![("a".to_owned(), "b".to_owned())],
            document: Some("{}".to_owned()),
            sender: Arc::new(Sender { version: "1.4".to_owned(), ..Sender::default() }),
            ..ErrorRow::default()
        };
        let counted = ErrorRow { count: 7, source: "otel_log", ..ErrorRow::default() };
        let counted = ErrorRow { level: "error".to_owned(), ..counted };
        let rows = errors_of(&[kept, counted]).unwrap().unwrap();
        assert_eq!(rows.num_rows(), 2);
        let document = rows.column_by_name("document").unwrap();
        assert!(document.is_valid(0) && document.is_null(1));
        let service = rows.column_by_name("service_name").unwrap().as_string::<i32>();
        assert_eq!(service.value(0), UNKNOWN_SERVICE);
        let version = rows.column_by_name("service_version").unwrap().as_string::<i32>();
        assert_eq!((version.value(0), version.is_null(1)), ("1.4", true));

        let session = SessionRow { started: 1, session_id: Some([7; 16]), ..SessionRow::default() };
        let rows = sessions_of(&[session, SessionRow::default()]).unwrap().unwrap();
        assert_eq!(rows.num_rows(), 2);
    }
}
