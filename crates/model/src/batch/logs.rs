//! Columns of the `logs` table.

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{Int8Type, Int32Type, Int64Type};

use super::FinishError;
use super::attributes::Attributes;
use super::column::{Sparse, SparseBytes, primitive};
use super::origin::{Origins, ResourceRow, ScopeRow};
use crate::{SpanId, Table, TraceId, UnixNano};

/// A log record without its attributes. Empty texts stand for absent ones.
#[derive(Clone, Copy, Debug)]
pub struct LogRow<'a> {
    /// When it happened; where unknown when it was observed, else when it was received.
    pub time: UnixNano,
    /// When it was observed.
    pub observed_time: Option<UnixNano>,
    /// OTLP's number of the severity.
    pub severity_number: i8,
    /// The sender's word for it.
    pub severity_text: &'a [u8],
    /// A string body as it is, any other as typed JSON, `None` where there is none.
    pub body: Option<&'a [u8]>,
    /// OTLP's field number of the body's type, 0 where there is none.
    pub body_type: i8,
    /// Name of the event the record is, if it is one.
    pub event_name: &'a [u8],
    /// The trace it was written in.
    pub trace_id: Option<TraceId>,
    /// The span it was written in.
    pub span_id: Option<SpanId>,
    /// W3C trace flags.
    pub flags: i32,
    /// How many attributes the sender dropped.
    pub dropped_attributes_count: i32,
}

/// Collects log records. Push a row's attributes, then commit it or roll it back.
pub struct LogBuilder {
    /// Attributes of the row being built.
    pub attributes: Attributes,
    origins: Origins,
    time: Vec<i64>,
    observed_time: Sparse<i64>,
    severity_number: Vec<i8>,
    severity_text: SparseBytes,
    body: SparseBytes,
    body_type: Vec<i8>,
    event_name: SparseBytes,
    trace_id: SparseBytes,
    span_id: SparseBytes,
    flags: Vec<i32>,
    dropped_attributes: Vec<i32>,
}

impl LogBuilder {
    /// A builder with room for this many records.
    #[must_use]
    pub fn with_capacity(rows: usize) -> Self {
        let mut builder = Self {
            attributes: Attributes::of_logs(),
            origins: Origins::default(),
            time: Vec::with_capacity(rows),
            observed_time: Sparse::default(),
            severity_number: Vec::with_capacity(rows),
            severity_text: SparseBytes::default(),
            body: SparseBytes::default(),
            body_type: Vec::with_capacity(rows),
            event_name: SparseBytes::default(),
            trace_id: SparseBytes::default(),
            span_id: SparseBytes::default(),
            flags: Vec::with_capacity(rows),
            dropped_attributes: Vec::with_capacity(rows),
        };
        builder.attributes.reserve(rows);
        builder
    }

    /// Committed rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.time.len()
    }

    /// The scopes that follow belong to this resource.
    pub fn begin_resource(&mut self, resource: &ResourceRow<'_>) {
        self.origins.begin_resource(resource);
    }

    /// The rows that follow belong to this scope of the last resource.
    pub fn begin_scope(&mut self, scope: &ScopeRow<'_>) {
        self.origins.begin_scope(self.time.len(), scope);
    }

    /// Closes the row.
    pub fn commit(&mut self, log: &LogRow<'_>) {
        let row = self.time.len();
        self.time.push(log.time);
        self.observed_time.set_some(row, log.observed_time);
        self.severity_number.push(log.severity_number);
        self.severity_text.set_unless_empty(row, log.severity_text);
        if let Some(body) = log.body {
            self.body.set(row, body);
        }
        self.body_type.push(log.body_type);
        self.event_name.set_unless_empty(row, log.event_name);
        if let Some(id) = log.trace_id {
            self.trace_id.set(row, &id.0);
        }
        if let Some(id) = log.span_id {
            self.span_id.set(row, &id.0);
        }
        self.flags.push(log.flags);
        self.attributes.commit();
        self.dropped_attributes.push(log.dropped_attributes_count);
    }

    /// Forgets attributes pushed since the last commit.
    pub fn rollback(&mut self) {
        self.attributes.rollback();
    }

    /// The table `logs`, none where there are no rows.
    ///
    /// # Errors
    ///
    /// A text column holds bytes that are not UTF-8.
    pub fn finish(self) -> Result<Vec<(Table, RecordBatch)>, FinishError> {
        let rows = self.time.len();
        if rows == 0 {
            return Ok(Vec::new());
        }
        let schema = Table::Logs.schema();
        let (service, origin) = self.origins.finish(rows)?;
        let mut columns: Vec<ArrayRef> = vec![
            primitive::<Int64Type>(self.time),
            self.observed_time.finish::<Int64Type>(rows),
            primitive::<Int8Type>(self.severity_number),
            self.severity_text.finish_text(rows)?,
            self.body.finish_text(rows)?,
            primitive::<Int8Type>(self.body_type),
            self.event_name.finish_text(rows)?,
            self.trace_id.finish_binary(rows),
            self.span_id.finish_binary(rows),
            primitive::<Int32Type>(self.flags),
        ];
        columns.extend(service);
        self.attributes.finish(&schema, &mut columns)?;
        columns.push(primitive::<Int32Type>(self.dropped_attributes));
        columns.extend(origin);
        let logs = RecordBatch::try_new(schema, columns)
            .map_err(|error| FinishError::Schema("logs", error))?;
        Ok(vec![(Table::Logs, logs)])
    }
}
