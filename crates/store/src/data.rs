//! Writes data files: a table's rows as Parquet, a row group at a time and in it column by column.
//!
//! Invariants: a file is durable before its name is returned; a failure leaves no file behind; memory
//! is bounded by one slice of one column and that column's encoded pages.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use arrow::array::{ArrayRef, AsArray};
use arrow::datatypes::Int64Type;
use arrow::error::ArrowError;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::SortingColumn;
use parquet::file::properties::{
    EnabledStatistics, WriterProperties, WriterPropertiesBuilder, WriterVersion,
};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnPath;
use plimsoll_model::Table;
use plimsoll_model::schema::TIME;

use crate::disk;
use crate::file::DataFile;

/// Rows in a row group: small enough that an id looked for reads little, large enough to compress.
const GROUP_ROWS_MAX: usize = 128 << 10;

/// Rows of numbers are small, and a query of them skips by page: fewer groups cost less.
const NUMBER_GROUP_ROWS_MAX: usize = 512 << 10;

/// A smaller row group would cost more in its footer than it saves.
const GROUP_ROWS_MIN: usize = 1 << 10;

/// Rows handed to the encoder at once where memory allows.
const SLICE_ROWS_MAX: usize = 8 << 10;

const SLICE_ROWS_MIN: usize = 128;

/// Rows in a data page: the unit that the page index can skip.
const PAGE_ROWS_MAX: usize = 4 << 10;

/// Zstandard's level for merged samples: where scrapes are some milliseconds off, their times take a third less
/// than at level 1. All else is as small at level 1, lists of counts smaller.
const MERGED_SAMPLES_LEVEL: i32 = 3;

/// Distinct values of attributes that a Bloom filter of a row group makes room for; fewer take less.
const ATTRIBUTE_VALUES: u64 = 1 << 20;

/// Why a data file could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The file system refused.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The Parquet library refused.
    #[error("{path}: {source}")]
    Parquet {
        /// The file.
        path: PathBuf,
        /// What the library said.
        source: ParquetError,
    },
    /// Rows that do not fit together.
    #[error(transparent)]
    Arrow(#[from] ArrowError),
}

impl DataError {
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }

    pub(crate) fn parquet(path: &Path) -> impl FnOnce(ParquetError) -> Self {
        let path = path.to_owned();
        move |source| Self::Parquet { path, source }
    }

    /// Whether the disk was full.
    pub(crate) fn is_full(&self) -> bool {
        match self {
            Self::Io { source, .. } => disk::is_full(source),
            Self::Parquet { source: ParquetError::External(source), .. } => {
                source.downcast_ref::<io::Error>().is_some_and(disk::is_full)
            }
            // The library keeps only the text of some errors of the system.
            Self::Parquet { source, .. } => source.to_string().contains("No space left"),
            Self::Arrow(_) => false,
        }
    }
}

/// How many rows to take at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Rows of a row group.
    pub(crate) group_rows: usize,
    /// Rows of a column in memory.
    pub(crate) slice_rows: usize,
}

impl Shape {
    /// For rows whose widest column takes so many bytes a row, within a limit of memory: half of it
    /// for encoded pages, a quarter for a slice of values.
    pub(crate) fn new(table: Table, widest: Width, limit: usize) -> Self {
        let group_rows = limit / 2 / widest.encoded.max(1);
        let slice_rows = limit / 4 / widest.values.max(1);
        Self {
            group_rows: group_rows.clamp(GROUP_ROWS_MIN, group_rows_max(table)),
            slice_rows: slice_rows.clamp(SLICE_ROWS_MIN, SLICE_ROWS_MAX),
        }
    }
}

/// What a row takes in the widest column, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Width {
    /// Its values in memory.
    pub(crate) values: usize,
    /// Its part of the encoded pages.
    pub(crate) encoded: usize,
}

/// Takes one slice of a column.
pub(crate) type TakeSlice<'a> = dyn FnMut(&ArrayRef) -> Result<(), DataError> + 'a;

/// How much a file is worth to compress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// It will be merged with others soon.
    Fresh,
    Merged,
}

impl Level {
    fn zstd(self, table: Table) -> ZstdLevel {
        let level = match (self, table) {
            (Self::Merged, Table::Samples) => MERGED_SAMPLES_LEVEL,
            _ => 1,
        };
        ZstdLevel::try_new(level).unwrap_or_default()
    }
}

/// Rows in a row group of a table at most.
fn group_rows_max(table: Table) -> usize {
    match table {
        Table::Samples => NUMBER_GROUP_ROWS_MAX,
        _ => GROUP_ROWS_MAX,
    }
}

/// How a table's files are encoded.
pub(crate) fn properties(table: Table, level: Level) -> WriterProperties {
    let schema = table.schema();
    let position = |name: &str| {
        let at = schema.fields().iter().take_while(|field| field.name() != name);
        // Sort columns stand before every nested column, so leaves and fields count alike.
        at.count().try_into().expect("a table has few columns")
    };
    let sorting = table
        .sort_columns()
        .iter()
        .map(|name| SortingColumn {
            column_idx: position(name),
            descending: false,
            nulls_first: true,
        })
        .collect();
    let mut properties = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_created_by(concat!("plimsoll ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::ZSTD(level.zstd(table)))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_max_row_group_row_count(Some(group_rows_max(table)))
        .set_data_page_row_count_limit(PAGE_ROWS_MAX)
        .set_sorting_columns(Some(sorting))
        .set_column_statistics_enabled(column(TIME), EnabledStatistics::Page);
    for name in table.sort_columns() {
        properties =
            properties.set_column_statistics_enabled(column(name), EnabledStatistics::Page);
    }
    let has = |name: &str| schema.field_with_name(name).is_ok();
    let integers = [
        TIME,
        "duration_nano",
        "end_unix_nano",
        "start_time_unix_nano",
        "series_id",
        "fingerprint",
        RECEIVED,
    ];
    for name in integers {
        if has(name) {
            properties = properties
                .set_column_dictionary_enabled(column(name), name == "start_time_unix_nano")
                .set_column_encoding(column(name), Encoding::DELTA_BINARY_PACKED);
        }
    }
    properties = numbers(properties, table);
    for name in ["exceptions", "document"] {
        if has(name) {
            // Compression finds what a long text repeats of the one before; a dictionary would hold them all.
            properties = properties
                .set_column_dictionary_enabled(column(name), false)
                .set_column_statistics_enabled(column(name), EnabledStatistics::None);
        }
    }
    for name in ["trace_id", "span_id", "parent_span_id", "event_id", "session_id"] {
        if has(name) {
            // Random bytes: a dictionary or a bound would only cost.
            properties = properties
                .set_column_dictionary_enabled(column(name), false)
                .set_column_statistics_enabled(column(name), EnabledStatistics::None);
        }
    }
    if has("trace_id") && table != Table::TraceTimes {
        properties = properties.set_column_bloom_filter_enabled(column("trace_id"), true);
    }
    if has("event_id") {
        properties = properties.set_column_bloom_filter_enabled(column("event_id"), true);
    }
    if has("attributes_string") {
        // A row has many values, and a search looks for one of them.
        let values =
            ColumnPath::new(["attributes_string", "key_value", "value"].map(String::from).to_vec());
        properties = properties
            .set_column_bloom_filter_enabled(values.clone(), true)
            .set_column_bloom_filter_max_ndv(values, ATTRIBUTE_VALUES);
    }
    if table == Table::TraceTimes {
        let trace_id = column("trace_id");
        properties = properties.set_column_statistics_enabled(trace_id, EnabledStatistics::Page);
    }
    properties.build()
}

/// How the numbers of series are encoded. They grow, walk or stay: a dictionary of them is larger than they
/// are, and takes longer.
fn numbers(mut properties: WriterPropertiesBuilder, table: Table) -> WriterPropertiesBuilder {
    let (doubles, integers): (&[&str], &[&str]) = match table {
        Table::Samples => (&["value"], &["flags"]),
        Table::Exemplars => (&["value"], &[]),
        Table::Histograms => (&["sum", "min", "max"], &["count", "zero_count", "flags"]),
        _ => return properties,
    };
    // Neighbours are of one series and alike in their first bytes, whatever the last are.
    let doubles = doubles.iter().map(|name| (column(name), Encoding::BYTE_STREAM_SPLIT));
    // Compression finds the bytes of the row before.
    let integers = integers.iter().map(|name| (column(name), Encoding::PLAIN));
    let lists: &[&str] = match table {
        Table::Histograms => &["positive_counts", "negative_counts", "counts"],
        _ => &[],
    };
    let lists = lists.iter().map(|name| {
        let path = [name, "list", "element"].map(String::from).to_vec();
        (ColumnPath::new(path), Encoding::PLAIN)
    });
    for (path, encoding) in doubles.chain(integers).chain(lists) {
        properties = properties
            .set_column_dictionary_enabled(path.clone(), false)
            .set_column_encoding(path, encoding);
    }
    properties
}

/// When an occurrence was received.
const RECEIVED: &str = "received_unix_nano";

fn column(name: &str) -> ColumnPath {
    ColumnPath::from(name)
}

/// A data file being written.
pub(crate) struct DataWriter {
    folder: PathBuf,
    name: String,
    path: PathBuf,
    table: Table,
    date: i32,
    rows: u64,
    time: (i64, i64),
    groups: usize,
    writer: SerializedFileWriter<File>,
    columns: ArrowRowGroupWriterFactory,
}

impl DataWriter {
    /// Begins the file `name` in the table's `folder`.
    pub(crate) fn create(
        folder: &Path,
        name: &str,
        date: i32,
        table: Table,
        level: Level,
    ) -> Result<Self, DataError> {
        let path = folder.join(name);
        if let Some(parent) = path.parent() {
            disk::create_folder(parent).map_err(DataError::io(parent))?;
        }
        let file = OpenOptions::new().write(true).create_new(true).open(&path);
        let file = file.map_err(DataError::io(&path))?;
        let (writer, columns) =
            ArrowWriter::try_new(file, table.schema(), Some(properties(table, level)))
                .and_then(ArrowWriter::into_serialized_writer)
                .map_err(DataError::parquet(&path))?;
        Ok(Self {
            folder: folder.to_owned(),
            name: name.to_owned(),
            path,
            table,
            date,
            rows: 0,
            time: (i64::MAX, i64::MIN),
            groups: 0,
            writer,
            columns,
        })
    }

    /// Appends a row group of so many rows, in the table's order. `read` is asked for each column of the
    /// table in turn, and gives out its slices one by one.
    pub(crate) fn write_group(
        &mut self,
        rows: usize,
        mut read: impl FnMut(usize, &mut TakeSlice<'_>) -> Result<(), DataError>,
    ) -> Result<(), DataError> {
        let failed = |source| DataError::Parquet { path: self.path.clone(), source };
        let schema = self.table.schema();
        let leaves = self.writer.schema_descr();
        let roots: Vec<usize> =
            (0..leaves.num_columns()).map(|leaf| leaves.get_column_root_idx(leaf)).collect();
        let writers = self.columns.create_column_writers(self.groups).map_err(failed)?;
        let mut writers = writers.into_iter();
        let mut group = self.writer.next_row_group().map_err(failed)?;
        let time_column = self.table.time_column();
        for (at, field) in schema.fields().iter().enumerate() {
            let leaves = roots.iter().filter(|root| **root == at).count();
            let mut writers: Vec<ArrowColumnWriter> = writers.by_ref().take(leaves).collect();
            read(at, &mut |slice| {
                if at == time_column {
                    self.time = bounds(self.time, slice);
                }
                let leaves = compute_leaves(field, slice).map_err(failed)?;
                let mut pairs = writers.iter_mut().zip(&leaves);
                pairs.try_for_each(|(writer, leaf)| writer.write(leaf)).map_err(failed)
            })?;
            for writer in writers {
                let chunk = writer.close().map_err(failed)?;
                chunk.append_to_row_group(&mut group).map_err(failed)?;
            }
        }
        group.close().map_err(failed)?;
        self.groups += 1;
        self.rows += rows as u64;
        Ok(())
    }

    /// Ends the file and makes it durable.
    pub(crate) fn finish(mut self) -> Result<DataFile, DataError> {
        self.writer.finish().map_err(DataError::parquet(&self.path))?;
        let file = self.writer.inner();
        let bytes = file
            .sync_all()
            .and_then(|()| file.metadata())
            .map_err(DataError::io(&self.path))?
            .len();
        if let Some(parent) = self.path.parent() {
            disk::sync_folder(parent).map_err(DataError::io(parent))?;
        }
        Ok(DataFile {
            path: self.folder.join(&self.name),
            bytes,
            rows: self.rows,
            date: self.date,
            time_min: self.time.0,
            time_max: self.time.1,
            name: self.name.clone(),
        })
    }

    /// Removes what was begun.
    pub(crate) fn abandon(self) {
        let path = self.path.clone();
        drop(self);
        // Start-up sweeps what cannot be removed now.
        let _ = fs::remove_file(path);
    }
}

/// The first and last of these times and those before.
fn bounds(before: (i64, i64), times: &ArrayRef) -> (i64, i64) {
    let times = times.as_primitive::<Int64Type>().values();
    times.iter().fold(before, |(first, last), time| (first.min(*time), last.max(*time)))
}

#[cfg(test)]
mod tests {
    use parquet::arrow::ArrowSchemaConverter;

    use super::*;

    #[test]
    fn numbers_of_series_have_their_encodings() {
        let check = |table: Table, path: &str, expected: Encoding| {
            let schema = ArrowSchemaConverter::new().convert(&table.schema()).unwrap();
            let leaf = schema.columns().iter().find(|leaf| leaf.path().string() == path).unwrap();
            let properties = properties(table, Level::Fresh);
            assert_eq!(properties.encoding(leaf.path()), Some(expected), "{path}");
            assert!(!properties.dictionary_enabled(leaf.path()), "{path}");
        };
        check(Table::Samples, "series_id", Encoding::DELTA_BINARY_PACKED);
        check(Table::Samples, "value", Encoding::BYTE_STREAM_SPLIT);
        check(Table::Samples, "flags", Encoding::PLAIN);
        check(Table::Exemplars, "value", Encoding::BYTE_STREAM_SPLIT);
        check(Table::Histograms, "sum", Encoding::BYTE_STREAM_SPLIT);
        check(Table::Histograms, "count", Encoding::PLAIN);
        for list in ["positive_counts", "negative_counts", "counts"] {
            check(Table::Histograms, &format!("{list}.list.element"), Encoding::PLAIN);
        }
    }

    #[test]
    fn shapes_follow_the_widest_column() {
        let shape = |values, encoded| {
            let Shape { group_rows, slice_rows } =
                Shape::new(Table::Spans, Width { values, encoded }, 12 << 20);
            (group_rows, slice_rows)
        };
        assert_eq!(shape(8, 1), (GROUP_ROWS_MAX, SLICE_ROWS_MAX));
        assert_eq!(shape(0, 0), (GROUP_ROWS_MAX, SLICE_ROWS_MAX));
        assert_eq!(shape(1 << 10, 1 << 8), (24 << 10, 3 << 10));
        assert_eq!(shape(1 << 20, 1 << 20), (GROUP_ROWS_MIN, SLICE_ROWS_MIN));
    }
}
