//! Hands files to DataFusion: opened by their own path, footers from the shared cache.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use datafusion::common::DataFusionError;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::ParquetFileReaderFactory;
use datafusion::error::Result;
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use futures::FutureExt;
use futures::future::BoxFuture;
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::arrow::async_reader::AsyncFileReader;
use parquet::file::metadata::ParquetMetaData;
use parquet::file::reader::ChunkReader;

use crate::scan::{MetadataCache, OpenFile};
use crate::source::SourceFile;

/// Opens the files of a plan.
pub(super) struct Readers {
    cache: Arc<MetadataCache>,
}

impl Readers {
    pub(super) fn new(cache: &Arc<MetadataCache>) -> Self {
        Self { cache: Arc::clone(cache) }
    }
}

impl fmt::Debug for Readers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Readers")
    }
}

impl ParquetFileReaderFactory for Readers {
    fn create_reader(
        &self,
        _partition: usize,
        file: PartitionedFile,
        _metadata_size_hint: Option<usize>,
        _metrics: &ExecutionPlanMetricsSet,
    ) -> Result<Box<dyn AsyncFileReader + Send>> {
        let source = file.extension::<Arc<SourceFile>>().ok_or_else(|| {
            DataFusionError::Internal(format!("{} is no file of ours", file.path()))
        })?;
        let open = self.cache.open(source);
        let open = open.map_err(|error| DataFusionError::External(Box::new(error)))?;
        Ok(Box::new(Reader(open)))
    }
}

/// Reads at once, on the query's own thread: the files are local.
struct Reader(Arc<OpenFile>);

impl AsyncFileReader for Reader {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, parquet::errors::Result<Bytes>> {
        let bytes = self.0.reader.get_bytes(range.start, (range.end - range.start) as usize);
        async move { bytes }.boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        _options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, parquet::errors::Result<Arc<ParquetMetaData>>> {
        let metadata = Arc::clone(self.0.metadata.read.metadata());
        async move { Ok(metadata) }.boxed()
    }
}
