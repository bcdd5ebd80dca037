//! A table of the store as DataFusion scans it: a snapshot's rows in memory and its files, with the
//! virtual column `date`.
//!
//! Invariants: rows of one snapshot, each once; files and batches that filters on time rule out are
//! not in the plan; the plan keeps the files of the snapshot on disk.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Date32Array, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{DataType, Field, FieldRef, Int64Type, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::stats::Precision;
use datafusion::common::{ColumnStatistics, DataFusionError, ScalarValue, Statistics};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::datasource::physical_plan::{
    FileGroup, FileScanConfigBuilder, ParquetFileReaderFactory, ParquetSource,
};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::error::Result;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::union::UnionExec;
use plimsoll_model::Table;
use plimsoll_model::schema::TIME;

use super::filters::time_window;
use super::reader::Readers;
use super::stores::URL;
use crate::Window;
use crate::condition::Condition;
use crate::engine::Inner;
use crate::source::{Snapshot, SourceFile};

const DATE: &str = "date";

const DAY_NANO: i64 = 86_400_000_000_000;

/// A table at one moment.
#[derive(Debug)]
pub(super) struct TableRows {
    table: Table,
    schema: SchemaRef,
    snapshot: Snapshot,
    readers: Arc<Readers>,
    threads: usize,
}

fn date_field() -> FieldRef {
    Arc::new(Field::new(DATE, DataType::Date32, false))
}

impl TableRows {
    pub(super) fn new(inner: &Inner, table: Table) -> Self {
        let mut fields = table.schema().fields().to_vec();
        fields.push(date_field());
        Self {
            table,
            schema: Arc::new(Schema::new(fields)),
            snapshot: inner.source.snapshot(table),
            readers: Arc::new(Readers::new(&inner.cache, &inner.runtime_env.memory_pool)),
            threads: inner.limits.threads.max(1),
        }
    }

    /// A scan of the files that may hold rows of a window.
    fn files(
        &self,
        state: &dyn Session,
        window: &Window,
        projection: Option<&Vec<usize>>,
        limit: Option<usize>,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let mut files: Vec<_> = self.snapshot.files.iter().collect();
        files.retain(|file| window.overlaps(file.time_min, file.time_max));
        if files.is_empty() {
            return Ok(None);
        }
        // The newest first: what asks for the newest rows then finds them early.
        files.sort_by_key(|file| std::cmp::Reverse(file.time_max));
        let statistics = self.statistics_of(&files);
        let schema = TableSchema::builder(self.table.schema())
            .with_table_partition_cols(vec![date_field()])
            .build();
        let readers = Arc::clone(&self.readers) as Arc<dyn ParquetFileReaderFactory>;
        let source = ParquetSource::new(schema)
            .with_table_parquet_options(state.table_options().parquet.clone())
            .with_pushdown_filters(true)
            .with_reorder_filters(true)
            .with_parquet_file_reader_factory(readers);
        let groups = self.threads.min(files.len());
        let mut grouped: Vec<Vec<PartitionedFile>> = vec![Vec::new(); groups];
        for (i, file) in files.into_iter().enumerate() {
            grouped[i % groups].push(self.partitioned(file));
        }
        let url = ObjectStoreUrl::parse(URL)?;
        let config = FileScanConfigBuilder::new(url, Arc::new(source))
            .with_file_groups(grouped.into_iter().map(FileGroup::new).collect())
            .with_statistics(statistics)
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .build();
        Ok(Some(DataSourceExec::from_data_source(config)))
    }

    fn partitioned(&self, file: &Arc<SourceFile>) -> PartitionedFile {
        let name = file.path.file_name().map(|name| name.to_string_lossy().into_owned());
        let path = format!("{}/{}", self.table.name(), name.unwrap_or_default());
        PartitionedFile::new(path, file.bytes)
            .with_partition_values(vec![ScalarValue::Date32(Some(file.date))])
            .with_statistics(Arc::new(self.file_statistics(&[file])))
            .with_extension(Arc::clone(file))
    }

    /// What files say of themselves, for the columns they hold.
    fn file_statistics(&self, files: &[&Arc<SourceFile>]) -> Statistics {
        let mut statistics = Statistics::new_unknown(&self.table.schema());
        let rows: u64 = files.iter().map(|file| file.rows).sum();
        let bytes: u64 = files.iter().map(|file| file.bytes).sum();
        statistics.num_rows = Precision::Exact(rows as usize);
        statistics.total_byte_size = Precision::Inexact(bytes as usize);
        let bound = |value: Option<i64>| {
            value.map_or(Precision::Absent, |v| Precision::Exact(ScalarValue::Int64(Some(v))))
        };
        statistics.column_statistics[self.table.time_column()] = ColumnStatistics {
            null_count: Precision::Exact(0),
            min_value: bound(files.iter().map(|file| file.time_min).min()),
            max_value: bound(files.iter().map(|file| file.time_max).max()),
            ..ColumnStatistics::new_unknown()
        };
        statistics
    }

    fn statistics_of(&self, files: &[&Arc<SourceFile>]) -> Statistics {
        let mut statistics = self.file_statistics(files);
        statistics.column_statistics.push(ColumnStatistics::new_unknown());
        statistics
    }

    /// A scan of the rows in memory that lie within a window.
    fn batches(
        &self,
        window: &Window,
        projection: Option<&Vec<usize>>,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let schema = match projection {
            Some(columns) => Arc::new(self.schema.project(columns)?),
            None => Arc::clone(&self.schema),
        };
        let within = Condition::within(window);
        let mut partitions: Vec<Vec<RecordBatch>> = vec![Vec::new(); self.threads];
        for (i, batch) in self.snapshot.batches.iter().enumerate() {
            let mut rows = self.project(batch, &schema)?;
            if let Some(within) = &within {
                let passing = within
                    .test(batch)
                    .map_err(|error| DataFusionError::External(Box::new(error)))?;
                match passing.true_count() {
                    0 => continue,
                    all if all == rows.num_rows() => {}
                    _ => rows = filter_record_batch(&rows, &passing)?,
                }
            }
            partitions[i % self.threads].push(rows);
        }
        partitions.retain(|partition| !partition.is_empty());
        if partitions.is_empty() {
            return Ok(None);
        }
        Ok(Some(MemorySourceConfig::try_new_exec(&partitions, schema, None)?))
    }

    fn project(&self, batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
        let column = |field: &FieldRef| -> Result<ArrayRef> {
            if field.name() != DATE {
                return Ok(Arc::clone(batch.column(batch.schema_ref().index_of(field.name())?)));
            }
            let times = batch.column(self.table.time_column()).as_primitive::<Int64Type>();
            let day = |time: &i64| time.div_euclid(DAY_NANO) as i32;
            Ok(Arc::new(Date32Array::from_iter_values(times.values().iter().map(day))))
        };
        let columns = schema.fields().iter().map(column).collect::<Result<Vec<_>>>()?;
        let options =
            arrow::array::RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        Ok(RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)?)
    }
}

#[async_trait]
impl TableProvider for TableRows {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        // Whole files and batches are left out by time; rows are filtered above, or within files by
        // what the physical plan pushes down.
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let window = time_window(filters, TIME, DATE);
        let mut plans = Vec::new();
        plans.extend(self.batches(&window, projection)?);
        plans.extend(self.files(state, &window, projection, limit)?);
        match plans.len() {
            0 => {
                let schema = match projection {
                    Some(columns) => Arc::new(self.schema.project(columns)?),
                    None => Arc::clone(&self.schema),
                };
                Ok(MemorySourceConfig::try_new_exec(&[Vec::new()], schema, None)?)
            }
            1 => Ok(plans.remove(0)),
            _ => UnionExec::try_new(plans),
        }
    }
}
