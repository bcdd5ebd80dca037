//! Writes and reads data files: a table's rows as Parquet.
//!
//! Invariants: a file is durable before its name is returned; a failure leaves no file behind; memory
//! is bounded by one slice of rows and one row group of encoded pages.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::SortingColumn;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::schema::types::ColumnPath;
use plimsoll_model::Table;
use plimsoll_model::schema::TIME;

use crate::disk;
use crate::file::DataFile;

/// Rows in a row group: small enough that an id looked for reads little, large enough to compress.
pub(crate) const ROW_GROUP_ROWS_MAX: usize = 128 << 10;

/// Rows in a data page: the unit that the page index can skip.
const PAGE_ROWS_MAX: usize = 16 << 10;

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
    fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }

    fn parquet(path: &Path) -> impl FnOnce(ParquetError) -> Self {
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

/// How a table's files are encoded.
pub(crate) fn properties(table: Table) -> WriterProperties {
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
    let column = ColumnPath::from;
    let mut properties = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_created_by(concat!("plimsoll ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS_MAX))
        .set_data_page_row_count_limit(PAGE_ROWS_MAX)
        .set_sorting_columns(Some(sorting))
        .set_column_statistics_enabled(column(TIME), EnabledStatistics::Page);
    for name in table.sort_columns() {
        properties =
            properties.set_column_statistics_enabled(column(name), EnabledStatistics::Page);
    }
    let has = |name: &str| schema.field_with_name(name).is_ok();
    for name in [TIME, "duration_nano", "end_unix_nano", "start_time_unix_nano", "series_id"] {
        if has(name) {
            properties = properties
                .set_column_dictionary_enabled(column(name), name == "start_time_unix_nano")
                .set_column_encoding(column(name), Encoding::DELTA_BINARY_PACKED);
        }
    }
    for name in ["trace_id", "span_id", "parent_span_id"] {
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
    if table == Table::TraceTimes {
        let trace_id = column("trace_id");
        properties = properties.set_column_statistics_enabled(trace_id, EnabledStatistics::Page);
    }
    properties.build()
}

/// A data file being written.
pub(crate) struct DataWriter {
    folder: PathBuf,
    name: String,
    path: PathBuf,
    date: i32,
    rows: u64,
    time: (i64, i64),
    group_bytes_max: usize,
    writer: ArrowWriter<File>,
}

impl DataWriter {
    /// Begins the file `name` in the table's `folder`. A row group ends early when its encoded pages
    /// take `group_bytes_max`.
    pub(crate) fn create(
        folder: &Path,
        name: &str,
        date: i32,
        table: Table,
        group_bytes_max: usize,
    ) -> Result<Self, DataError> {
        let path = folder.join(name);
        if let Some(parent) = path.parent() {
            disk::create_folder(parent).map_err(DataError::io(parent))?;
        }
        let file = OpenOptions::new().write(true).create_new(true).open(&path);
        let file = file.map_err(DataError::io(&path))?;
        let writer = ArrowWriter::try_new(file, table.schema(), Some(properties(table)))
            .map_err(DataError::parquet(&path))?;
        Ok(Self {
            folder: folder.to_owned(),
            name: name.to_owned(),
            path,
            date,
            rows: 0,
            time: (i64::MAX, i64::MIN),
            group_bytes_max,
            writer,
        })
    }

    /// Appends rows whose times lie within `time`; rows come in the table's order.
    pub(crate) fn write(&mut self, rows: &RecordBatch, time: (i64, i64)) -> Result<(), DataError> {
        self.writer.write(rows).map_err(DataError::parquet(&self.path))?;
        if self.writer.in_progress_size() > self.group_bytes_max {
            self.writer.flush().map_err(DataError::parquet(&self.path))?;
        }
        self.rows += rows.num_rows() as u64;
        self.time = (self.time.0.min(time.0), self.time.1.max(time.1));
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

/// Reads a data file in batches of at most `rows_max` rows.
pub(crate) fn read(
    file: &DataFile,
    rows_max: usize,
) -> Result<ParquetRecordBatchReader, DataError> {
    let opened = File::open(&file.path).map_err(DataError::io(&file.path))?;
    ParquetRecordBatchReaderBuilder::try_new(opened)
        .and_then(|builder| builder.with_batch_size(rows_max.max(1)).build())
        .map_err(DataError::parquet(&file.path))
}
