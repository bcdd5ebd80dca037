//! Hands files to DataFusion: opened by their own path, footers from the shared cache.
//!
//! Invariant: what was read of a file counts as memory of the queries until it is dropped.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use datafusion::common::DataFusionError;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::ParquetFileReaderFactory;
use datafusion::error::Result;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryPool, MemoryReservation};
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use futures::FutureExt;
use futures::future::BoxFuture;
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::arrow::async_reader::AsyncFileReader;
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;
use parquet::file::reader::ChunkReader;

use crate::QueryError;
use crate::scan::{MetadataCache, OpenFile};
use crate::source::SourceFile;

/// What a byte read takes: itself, and its page decoded.
const MEMORY_PER_BYTE: usize = 2;

/// Opens the files of a plan.
pub(super) struct Readers {
    cache: Arc<MetadataCache>,
    memory: MemoryReservation,
}

impl Readers {
    pub(super) fn new(cache: &Arc<MetadataCache>, pool: &Arc<dyn MemoryPool>) -> Self {
        let memory = MemoryConsumer::new("files").register(pool);
        Self { cache: Arc::clone(cache), memory }
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
        Ok(Box::new(Reader { file: open, memory: self.memory.new_empty() }))
    }
}

/// Reads at once, on the query's own thread: the files are local.
struct Reader {
    file: Arc<OpenFile>,
    memory: MemoryReservation,
}

impl Reader {
    fn read(&self, range: &Range<u64>) -> parquet::errors::Result<Bytes> {
        let len = (range.end - range.start) as usize;
        let memory = self.memory.new_empty();
        memory
            .try_grow(MEMORY_PER_BYTE * len)
            .map_err(|error| ParquetError::External(Box::new(QueryError::memory(error))))?;
        let bytes = self.file.reader.get_bytes(range.start, len)?;
        Ok(Bytes::from_owner(Counted { bytes, _memory: memory }))
    }
}

/// Bytes that count as memory of the queries.
struct Counted {
    bytes: Bytes,
    _memory: MemoryReservation,
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl AsyncFileReader for Reader {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, parquet::errors::Result<Bytes>> {
        let bytes = self.read(&range);
        async move { bytes }.boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        _options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, parquet::errors::Result<Arc<ParquetMetaData>>> {
        let metadata = Arc::clone(self.file.metadata.read.metadata());
        async move { Ok(metadata) }.boxed()
    }
}
