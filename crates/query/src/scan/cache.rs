//! Footers and page indexes of files, parsed once and kept within a budget of bytes.
//!
//! Invariant: files never change, so nothing here expires; what was used longest ago leaves first.

use std::collections::HashMap;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use parking_lot::Mutex;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::file::metadata::PageIndexPolicy;
use plimsoll_model::schema::dictionary;

use super::group::OpenFile;
use super::reader::FileReader;
use crate::QueryError;
use crate::source::SourceFile;

/// What is known of a file before its rows are read.
pub(crate) struct Metadata {
    /// Text columns come as dictionaries.
    pub(crate) read: ArrowReaderMetadata,
    /// Positions of the leaves, by path: a plain column's name, `map.key_value.key`.
    pub(crate) leaves: HashMap<String, usize>,
    /// Which leaves are a column's.
    pub(crate) columns: HashMap<String, Range<usize>>,
    bytes: usize,
}

struct Entry {
    metadata: Arc<Metadata>,
    used: u64,
}

#[derive(Default)]
struct Entries {
    by_path: HashMap<PathBuf, Entry>,
    bytes: usize,
    uses: u64,
}

/// Parsed footers.
pub(crate) struct MetadataCache {
    bytes_max: usize,
    entries: Mutex<Entries>,
}

impl MetadataCache {
    pub(crate) fn new(bytes_max: usize) -> Self {
        Self { bytes_max, entries: Mutex::default() }
    }

    /// A file ready to be read.
    pub(crate) fn open(&self, file: &Arc<SourceFile>) -> Result<Arc<OpenFile>, QueryError> {
        let unreadable = |error: &dyn std::fmt::Display| {
            QueryError::internal(format!("{}: {error}", file.path.display()))
        };
        let reader = FileReader::open(&file.path).map_err(|error| unreadable(&error))?;
        let metadata = match self.get(file) {
            Some(metadata) => metadata,
            None => {
                let loaded = Metadata::load(&reader).map_err(|error| unreadable(&error))?;
                self.insert(file, Arc::new(loaded))
            }
        };
        Ok(Arc::new(OpenFile { source: Arc::clone(file), reader, metadata }))
    }

    fn get(&self, file: &SourceFile) -> Option<Arc<Metadata>> {
        let mut entries = self.entries.lock();
        entries.uses += 1;
        let used = entries.uses;
        let entry = entries.by_path.get_mut(&file.path)?;
        entry.used = used;
        Some(Arc::clone(&entry.metadata))
    }

    fn insert(&self, file: &SourceFile, metadata: Arc<Metadata>) -> Arc<Metadata> {
        let mut entries = self.entries.lock();
        entries.uses += 1;
        let entry = Entry { metadata: Arc::clone(&metadata), used: entries.uses };
        entries.bytes += metadata.bytes;
        if let Some(before) = entries.by_path.insert(file.path.clone(), entry) {
            entries.bytes -= before.metadata.bytes;
        }
        while entries.bytes > self.bytes_max {
            let oldest = entries.by_path.iter().min_by_key(|(_, entry)| entry.used);
            let Some(path) = oldest.map(|(path, _)| path.clone()) else { break };
            if let Some(entry) = entries.by_path.remove(&path) {
                entries.bytes -= entry.metadata.bytes;
            }
        }
        metadata
    }

    /// Bytes held now.
    pub(crate) fn bytes(&self) -> usize {
        self.entries.lock().bytes
    }
}

impl Metadata {
    fn load(reader: &FileReader) -> Result<Self, parquet::errors::ParquetError> {
        let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Optional);
        let stored = ArrowReaderMetadata::load(reader, options.clone())?;
        let schema = with_dictionaries(stored.schema());
        let read = ArrowReaderMetadata::try_new(
            Arc::clone(stored.metadata()),
            options.with_schema(schema),
        )?;
        let mut leaves = HashMap::new();
        let mut columns: HashMap<String, Range<usize>> = HashMap::new();
        for (leaf, column) in read.parquet_schema().columns().iter().enumerate() {
            leaves.insert(column.path().string(), leaf);
            let root = column.path().parts()[0].clone();
            columns.entry(root).or_insert(leaf..leaf).end = leaf + 1;
        }
        let bytes = read.metadata().memory_size();
        Ok(Self { read, leaves, columns, bytes })
    }
}

/// Columns of text as dictionaries: equal texts are then compared and hashed once a batch.
fn with_dictionaries(schema: &Schema) -> SchemaRef {
    let field = |field: &Arc<Field>| match field.data_type() {
        DataType::Utf8 => Arc::new(field.as_ref().clone().with_data_type(dictionary())),
        _ => Arc::clone(field),
    };
    let fields: Vec<_> = schema.fields().iter().map(field).collect();
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}
