//! What one received request becomes: columns, table by table, and the builders that fill them.
//!
//! Invariants: a builder holds a few growing buffers a column and nothing a row; what was added
//! since the last commit can be rolled back; bytes given as text are checked to be UTF-8 once, over
//! the whole column, when the builder finishes.

mod attributes;
mod column;
mod errors;
mod logs;
mod metrics;
mod origin;
mod spans;

use arrow::array::RecordBatch;

pub use attributes::Attributes;
pub use errors::{ErrorRow, Sender, SessionRow, errors_of, sessions_of};
pub use logs::{LogBuilder, LogRow};
pub use metrics::{ExemplarRow, HistogramRow, MetricBuilder, SampleRow, SeriesRow};
pub use origin::{ResourceCopies, ResourceRow, ScopeRow};
pub use spans::{EventRow, LinkRow, SpanBuilder, SpanRow};

use crate::Table;

/// The accepted items of one request. At most one entry a table; an entry has at least one row and
/// exactly the columns of [`Table::schema`].
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// The rows, table by table. A table comes before those whose rows refer to it: `series` before
    /// `samples`, `trace_times` before `spans`.
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
    /// Rows as columns: an Arrow IPC stream a table.
    Columns = 4,
}

impl TryFrom<u8> for RecordKind {
    type Error = u8;

    fn try_from(byte: u8) -> Result<Self, u8> {
        match byte {
            1 => Ok(Self::OtlpTraces),
            2 => Ok(Self::OtlpMetrics),
            3 => Ok(Self::OtlpLogs),
            4 => Ok(Self::Columns),
            other => Err(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use arrow::datatypes::{DataType, Field};

    use crate::Table;

    /// A type as `docs/format/tables.md` spells it.
    fn spell(kind: &DataType) -> String {
        match kind {
            DataType::Int64 => "int64".to_owned(),
            DataType::Int32 => "int32".to_owned(),
            DataType::Int8 => "int8".to_owned(),
            DataType::Float64 => "double".to_owned(),
            DataType::Boolean => "bool".to_owned(),
            DataType::Utf8 => "string".to_owned(),
            DataType::Binary => "binary".to_owned(),
            DataType::Dictionary(_, value) => format!("{} (dictionary)", spell(value)),
            DataType::List(element) => format!("list<{}>", spell(element.data_type())),
            DataType::Map(entry, _) => match entry.data_type() {
                DataType::Struct(pair) => {
                    format!("map<{}, {}>", spell(pair[0].data_type()), spell(pair[1].data_type()))
                }
                other => panic!("no map entry: {other}"),
            },
            DataType::Struct(fields) => {
                let field = |field: &Field| {
                    let optional = if field.is_nullable() { "?" } else { "" };
                    format!("{}: {}{optional}", field.name(), spell(field.data_type()))
                };
                let fields: Vec<String> = fields.iter().map(|f| field(f)).collect();
                format!("struct<{}>", fields.join(", "))
            }
            other => panic!("a type that tables.md has no word for: {other}"),
        }
    }

    #[test]
    fn tables_md_has_every_column_and_no_other() {
        let document = include_str!("../../../../docs/format/tables.md");
        for table in Table::ALL {
            let heading = format!("\n## `{}`\n", table.name());
            let (_, section) = document.split_once(&heading).expect("each table has a section");
            let section = section.split("\n## ").next().expect("it has text");
            let expected: Vec<String> = (table.schema().fields().iter())
                .map(|field| {
                    let null = if field.is_nullable() { "yes" } else { "no" };
                    format!("| `{}` | {} | {null}", field.name(), spell(field.data_type()))
                })
                .collect();
            let cut = |line: &str| line.split(" | ").take(3).collect::<Vec<_>>().join(" | ");
            let documented: Vec<String> =
                (section.lines()).filter(|line| line.starts_with("| `")).map(cut).collect();
            assert_eq!(documented, expected, "{}", table.name());
            let sorted = table.sort_columns().join("`, `");
            assert!(section.contains(&format!("Sorted by `{sorted}`.")), "{}", table.name());
        }
    }
}
