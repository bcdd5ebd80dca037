//! What one received request becomes: columns, table by table, and the builders that fill them.
//!
//! Invariants: a builder holds a few growing buffers a column and nothing a row; what was added
//! since the last commit can be rolled back; bytes given as text are checked to be UTF-8 once, over
//! the whole column, when the builder finishes.

mod attributes;
mod column;
mod logs;
mod metrics;
mod origin;
mod spans;

use arrow::array::RecordBatch;

pub use attributes::Attributes;
pub use logs::{LogBuilder, LogRow};
pub use metrics::{ExemplarRow, HistogramRow, MetricBuilder, SampleRow, SeriesRow};
pub use origin::{ResourceCopies, ResourceRow, ScopeRow};
pub use spans::{EventRow, LinkRow, SpanBuilder, SpanRow};

use crate::Table;

/// The accepted items of one request. At most one entry a table; an entry has at least one row and
/// exactly the columns of [`Table::schema`].
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// The rows, table by table.
    pub tables: Vec<(Table, RecordBatch)>,
}

impl Batch {
    /// Rows in all tables.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.tables.iter().map(|(_, rows)| rows.num_rows()).sum()
    }

    /// Bytes the columns hold in memory.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.tables.iter().map(|(_, rows)| rows.get_array_memory_size()).sum()
    }

    /// Whether nothing was accepted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tables.is_empty()
    }
}

/// Why columns could not be finished.
#[derive(Debug, thiserror::Error)]
pub enum FinishError {
    /// Some bytes given as text are not UTF-8; which row they belong to is not known here.
    #[error("a text column holds invalid UTF-8: {0}")]
    Text(arrow::error::ArrowError),
    /// The columns do not fit the table's schema: a defect of the builder.
    #[error("columns do not fit the table {0}: {1}")]
    Schema(&'static str, arrow::error::ArrowError),
}

/// What the bytes of a log record are. The numbers are on disk: never reuse one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum RecordKind {
    /// `opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest`, protobuf.
    OtlpTraces = 1,
    /// `opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest`, protobuf.
    OtlpMetrics = 2,
    /// `opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest`, protobuf.
    OtlpLogs = 3,
}

impl TryFrom<u8> for RecordKind {
    type Error = u8;

    fn try_from(byte: u8) -> Result<Self, u8> {
        match byte {
            1 => Ok(Self::OtlpTraces),
            2 => Ok(Self::OtlpMetrics),
            3 => Ok(Self::OtlpLogs),
            other => Err(other),
        }
    }
}
