//! The columns of `spans` that metrics are made of, row by row.
//!
//! Invariant: a text is cut where it is longer than a label should be; what is missing is empty.

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, Int8Array, Int64Array, RecordBatch, StringArray,
};
use arrow::compute::cast;
use arrow::datatypes::DataType;

/// Bytes of a service's or operation's name and the like; what follows is cut off.
pub(crate) const TEXT_BYTES_MAX: usize = 255;

/// Why rows cannot be read: they are not those of the table `spans`.
#[derive(Debug, thiserror::Error)]
#[error("the spans lack a column {name} of type {expected}")]
pub struct ColumnError {
    name: &'static str,
    expected: &'static str,
}

/// The 16 bytes of a trace id and the 8 of a span id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    pub(crate) trace: [u8; 16],
    pub(crate) span: [u8; 8],
}

/// What changes from one row to the next: rows of one service and operation mostly follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Change {
    Nothing,
    Name,
    Service,
}

pub(crate) struct Spans {
    rows: usize,
    changes: Vec<Change>,
    start: Int64Array,
    duration: Int64Array,
    trace: BinaryArray,
    span: BinaryArray,
    parent: BinaryArray,
    kind: Int8Array,
    status: Int8Array,
    name: StringArray,
    service: StringArray,
    namespace: StringArray,
    environment: StringArray,
    server_address: StringArray,
    db_system: StringArray,
    db_namespace: StringArray,
    messaging_system: StringArray,
    destination: StringArray,
}

impl Spans {
    pub(crate) fn new(batch: &RecordBatch) -> Result<Self, ColumnError> {
        let long = |name| column(batch, name, "int64", |a| a.as_primitive_opt().cloned());
        let byte = |name| column(batch, name, "int8", |a| a.as_primitive_opt().cloned());
        let binary = |name| column(batch, name, "binary", |a| a.as_binary_opt().cloned());
        let text = |name| column(batch, name, "string", text);
        let mut spans = Self {
            rows: batch.num_rows(),
            changes: vec![Change::Nothing; batch.num_rows()],
            start: long("time_unix_nano")?,
            duration: long("duration_nano")?,
            trace: binary("trace_id")?,
            span: binary("span_id")?,
            parent: binary("parent_span_id")?,
            kind: byte("kind")?,
            status: byte("status_code")?,
            name: text("name")?,
            service: text("service_name")?,
            namespace: text("service_namespace")?,
            environment: text("deployment_environment")?,
            server_address: text("server_address")?,
            db_system: text("db_system_name")?,
            db_namespace: text("db_namespace")?,
            messaging_system: text("messaging_system")?,
            destination: text("messaging_destination_name")?,
        };
        for texts in [&spans.service, &spans.namespace, &spans.environment] {
            note_changes(texts, Change::Service, &mut spans.changes);
        }
        note_changes(&spans.name, Change::Name, &mut spans.changes);
        if let Some(first) = spans.changes.first_mut() {
            *first = Change::Service;
        }
        Ok(spans)
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// What a row does not share with the one before it.
    #[inline]
    pub(crate) fn change(&self, row: usize) -> Change {
        self.changes[row]
    }

    /// Name, namespace and environment.
    pub(crate) fn service(&self, row: usize) -> [&str; 3] {
        [at(&self.service, row), at(&self.namespace, row), at(&self.environment, row)]
    }

    #[inline]
    pub(crate) fn name(&self, row: usize) -> &str {
        at(&self.name, row)
    }

    /// OTLP's number of the span kind, 0 where it is none.
    #[inline]
    pub(crate) fn kind(&self, row: usize) -> u8 {
        u8::try_from(self.kind.value(row)).ok().filter(|kind| *kind <= 5).unwrap_or_default()
    }

    /// OTLP's number of the status, 0 where it is none.
    #[inline]
    pub(crate) fn status(&self, row: usize) -> u8 {
        u8::try_from(self.status.value(row)).ok().filter(|status| *status <= 2).unwrap_or_default()
    }

    /// How long it took in nanoseconds, none where it ended before it began.
    #[inline]
    pub(crate) fn nanos(&self, row: usize) -> u64 {
        u64::try_from(self.duration.value(row)).unwrap_or_default()
    }

    /// When it ended, Unix nanoseconds.
    #[inline]
    pub(crate) fn end(&self, row: usize) -> i64 {
        self.start.value(row).saturating_add(self.duration.value(row).max(0))
    }

    /// Where it is; `None` where an id has another length than it should.
    #[inline]
    pub(crate) fn place(&self, row: usize) -> Option<Place> {
        let trace = self.trace.value(row).try_into().ok()?;
        Some(Place { trace, span: self.span.value(row).try_into().ok()? })
    }

    /// Whether it has no parent.
    #[inline]
    pub(crate) fn is_root(&self, row: usize) -> bool {
        self.parent.is_null(row)
    }

    /// Where its parent is, `None` of a root.
    #[inline]
    pub(crate) fn parent(&self, row: usize) -> Option<Place> {
        if self.is_root(row) {
            return None;
        }
        let trace = self.trace.value(row).try_into().ok()?;
        Some(Place { trace, span: self.parent.value(row).try_into().ok()? })
    }

    #[inline]
    pub(crate) fn server_address(&self, row: usize) -> &str {
        at(&self.server_address, row)
    }

    /// System and namespace.
    #[inline]
    pub(crate) fn database(&self, row: usize) -> [&str; 2] {
        [at(&self.db_system, row), at(&self.db_namespace, row)]
    }

    /// System and destination.
    #[inline]
    pub(crate) fn messaging(&self, row: usize) -> [&str; 2] {
        [at(&self.messaging_system, row), at(&self.destination, row)]
    }
}

fn column<T>(
    batch: &RecordBatch,
    name: &'static str,
    expected: &'static str,
    read: impl Fn(&ArrayRef) -> Option<T>,
) -> Result<T, ColumnError> {
    batch.column_by_name(name).and_then(read).ok_or(ColumnError { name, expected })
}

/// Texts, whatever their encoding.
fn text(column: &ArrayRef) -> Option<StringArray> {
    if let Some(plain) = column.as_string_opt::<i32>() {
        return Some(plain.clone());
    }
    let text = match column.data_type() {
        DataType::Dictionary(_, values) => values.as_ref(),
        other => other,
    };
    if !matches!(text, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View) {
        return None;
    }
    cast(column, &DataType::Utf8).ok()?.as_string_opt::<i32>().cloned()
}

/// Notes where the text of a row is not that of the row before it.
fn note_changes(texts: &StringArray, change: Change, changes: &mut [Change]) {
    let (offsets, data, nulls) = (texts.value_offsets(), texts.value_data(), texts.nulls());
    if offsets.first() == offsets.last() {
        return; // All of them are empty.
    }
    let null = |row| nulls.is_some_and(|nulls| nulls.is_null(row));
    for (row, (bounds, noted)) in offsets.windows(3).zip(changes.iter_mut().skip(1)).enumerate() {
        let &[start, middle, end] = bounds else { continue };
        if *noted >= change || start == middle && middle == end {
            continue;
        }
        let [before, now] = [start as usize..middle as usize, middle as usize..end as usize];
        let same = before.len() == now.len() && data[before] == data[now];
        if !same || null(row) != null(row + 1) {
            *noted = change;
        }
    }
}

#[inline]
fn at(texts: &StringArray, row: usize) -> &str {
    if texts.is_null(row) {
        return "";
    }
    let text = texts.value(row);
    if text.len() <= TEXT_BYTES_MAX {
        text
    } else {
        &text[..text.floor_char_boundary(TEXT_BYTES_MAX)]
    }
}
