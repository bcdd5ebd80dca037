//! A source that tests fill: batches, and Parquet files in a temporary folder with small row groups
//! and pages, so that pruning has something to prune.

use std::collections::HashMap;
use std::fs::File;
use std::sync::{Arc, Mutex};

use arrow::array::{AsArray, RecordBatch};
use arrow::compute::{SortColumn, concat_batches, lexsort_to_indices, take_record_batch};
use arrow::datatypes::Int64Type;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use plimsoll_model::Table;
use plimsoll_query::{Engine, Keep, Limits, Snapshot, Source, SourceFile};

const DAY_NANO: i64 = 86_400_000_000_000;

/// Tables that tests add to. Clones share them.
#[derive(Clone)]
pub struct TestSource {
    folder: Arc<tempfile::TempDir>,
    tables: Arc<Mutex<HashMap<Table, Snapshot>>>,
    files: Arc<Mutex<usize>>,
}

impl Default for TestSource {
    fn default() -> Self {
        Self {
            folder: Arc::new(tempfile::tempdir().unwrap()),
            tables: Arc::default(),
            files: Arc::default(),
        }
    }
}

impl Source for TestSource {
    fn snapshot(&self, table: Table) -> Snapshot {
        self.tables.lock().unwrap().get(&table).cloned().unwrap_or_default()
    }
}

impl TestSource {
    pub fn engine(&self) -> Engine {
        let mut limits = Limits::new(256 << 20);
        limits.spill_folder = Some(self.folder.path().join("spill"));
        self.engine_with(limits)
    }

    pub fn engine_with(&self, mut limits: Limits) -> Engine {
        limits.threads = 2;
        Engine::new(self.clone(), limits).unwrap()
    }

    /// Rows that are not flushed.
    pub fn add_batches(&self, tables: &[(Table, RecordBatch)]) {
        let mut all = self.tables.lock().unwrap();
        for (table, rows) in tables {
            all.entry(*table).or_default().batches.push(rows.clone());
        }
    }

    /// Rows in files, one a table and day.
    pub fn add_files(&self, tables: &[(Table, RecordBatch)]) {
        for (table, rows) in tables {
            for (date, rows) in by_day(*table, rows) {
                let file = self.write(*table, date, &rows);
                let mut all = self.tables.lock().unwrap();
                all.entry(*table).or_default().files.push(Arc::new(file));
            }
        }
    }

    /// Writes all rows in memory to files, as a flush does.
    pub fn flush(&self) {
        for table in Table::ALL {
            let batches = {
                let mut all = self.tables.lock().unwrap();
                std::mem::take(&mut all.entry(table).or_default().batches)
            };
            if !batches.is_empty() {
                let rows = concat_batches(&batches[0].schema(), &batches).unwrap();
                self.add_files(&[(table, rows)]);
            }
        }
    }

    fn write(&self, table: Table, date: i32, rows: &RecordBatch) -> SourceFile {
        let number = {
            let mut files = self.files.lock().unwrap();
            *files += 1;
            *files
        };
        let path = self.folder.path().join(format!("{}-{number}.parquet", table.name()));
        let mut properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(Default::default()))
            .set_max_row_group_row_count(Some(64))
            .set_data_page_row_count_limit(16)
            .set_write_batch_size(16)
            .set_statistics_enabled(EnabledStatistics::Page);
        if table.schema().index_of("trace_id").is_ok() {
            properties = properties
                .set_column_bloom_filter_enabled(ColumnPath::from("trace_id"), true)
                .set_column_dictionary_enabled(ColumnPath::from("trace_id"), false);
        }
        let file = File::create(&path).unwrap();
        let mut writer =
            ArrowWriter::try_new(file, table.schema(), Some(properties.build())).unwrap();
        writer.write(&sort(table, rows)).unwrap();
        writer.close().unwrap();
        let times = rows.column(table.time_column()).as_primitive::<Int64Type>();
        SourceFile {
            bytes: std::fs::metadata(&path).unwrap().len(),
            path,
            rows: rows.num_rows() as u64,
            date,
            time_min: arrow::compute::min(times).unwrap(),
            time_max: arrow::compute::max(times).unwrap(),
            keep: Keep(Arc::clone(&self.folder) as _),
        }
    }
}

fn sort(table: Table, rows: &RecordBatch) -> RecordBatch {
    let column = |name: &&str| SortColumn {
        values: Arc::clone(rows.column_by_name(name).unwrap()),
        options: None,
    };
    let columns: Vec<_> = table.sort_columns().iter().map(column).collect();
    let order = lexsort_to_indices(&columns, None).unwrap();
    take_record_batch(rows, &order).unwrap()
}

fn by_day(table: Table, rows: &RecordBatch) -> Vec<(i32, RecordBatch)> {
    let times = rows.column(table.time_column()).as_primitive::<Int64Type>();
    let days: Vec<i32> =
        times.values().iter().map(|time| time.div_euclid(DAY_NANO) as i32).collect();
    let mut distinct = days.clone();
    distinct.sort_unstable();
    distinct.dedup();
    let of = |day: i32| {
        let of_day = days.iter().map(|d| Some(*d == day)).collect();
        (day, arrow::compute::filter_record_batch(rows, &of_day).unwrap())
    };
    distinct.into_iter().map(of).collect()
}
