//! One row group of one file: ruled out by its bounds and Bloom filters, or read page by page.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowPredicate, ArrowPredicateFn, ParquetRecordBatchReaderBuilder, RowFilter, RowSelection,
};
use parquet::file::metadata::{ColumnChunkMetaData, RowGroupMetaData};
use parquet::file::page_index::column_index::ColumnIndexMetaData;
use parquet::file::statistics::Statistics;
use plimsoll_model::schema::TIME;

use super::absent::Absent;
use super::cache::Metadata;
use super::reader::FileReader;
use super::{BATCH_ROWS, Fold, Piece, Scan, bloom, dictionary};
use crate::QueryError;
use crate::condition::{Condition, Needs, SERIES_ID};
use crate::context::Context;
use crate::source::SourceFile;

/// Decoded columns of conditions that are kept for the fold, a thread.
pub(crate) const PREDICATE_CACHE_BYTES: usize = 8 << 20;

/// How much larger a decoded dictionary is than in the file, about.
const DICTIONARY_RATIO: usize = 4;

/// A file being read.
pub(crate) struct OpenFile {
    /// Keeps the file on disk.
    pub(crate) source: Arc<SourceFile>,
    pub(crate) reader: FileReader,
    pub(crate) metadata: Arc<Metadata>,
}

impl OpenFile {
    pub(crate) fn groups(&self) -> usize {
        self.metadata.read.metadata().num_row_groups()
    }
}

/// A row group and what its file says about it.
pub(crate) struct Group<'a> {
    file: &'a OpenFile,
    index: usize,
    row_group: &'a RowGroupMetaData,
}

impl<'a> Group<'a> {
    fn new(file: &'a OpenFile, index: usize) -> Self {
        let row_group = file.metadata.read.metadata().row_group(index);
        Self { file, index, row_group }
    }

    fn statistics(&self, column: &str) -> Option<&'a Statistics> {
        let leaf = *self.file.metadata.leaves.get(column)?;
        self.row_group.column(leaf).statistics()
    }

    /// The least and the greatest value of a column of integers, where known.
    pub(crate) fn int_bounds(&self, column: &str) -> Option<(i64, i64)> {
        match self.statistics(column)? {
            Statistics::Int64(s) => Some((*s.min_opt()?, *s.max_opt()?)),
            Statistics::Int32(s) => Some((i64::from(*s.min_opt()?), i64::from(*s.max_opt()?))),
            _ => None,
        }
    }

    /// Whether a leaf has any value at all; true where that is not known.
    pub(crate) fn has_values(&self, path: &str) -> bool {
        self.file.metadata.leaves.get(path).is_none_or(|leaf| self.leaf_has_values(*leaf))
    }

    fn leaf_has_values(&self, leaf: usize) -> bool {
        let chunk = self.row_group.column(leaf);
        let nulls = chunk.statistics().and_then(Statistics::null_count_opt);
        nulls.is_none_or(|nulls| (nulls as i64) < chunk.num_values())
    }

    /// Splits columns into those to read and those that hold nothing.
    fn split(&self, columns: &[&'static str]) -> (Vec<&'static str>, Absent) {
        let metadata = &self.file.metadata;
        let holds = |column: &&'static str| {
            let mut leaves = metadata.columns.get(*column).cloned().unwrap_or_default();
            leaves.any(|leaf| self.leaf_has_values(leaf))
        };
        let (present, absent): (Vec<_>, Vec<_>) = columns.iter().copied().partition(holds);
        let field = |column| metadata.read.schema().fields().find(column);
        let absent = absent.into_iter().filter_map(field).map(|(_, field)| Arc::clone(field));
        (present, Absent::new(absent.collect()))
    }

    /// Whether a leaf of bytes may hold a value, going by its bounds and its Bloom filter.
    pub(crate) fn may_hold(&self, path: &str, value: &[u8]) -> bool {
        let Some(&leaf) = self.file.metadata.leaves.get(path) else { return true };
        let chunk = self.row_group.column(leaf);
        let bounds = chunk.statistics().and_then(|s| match s {
            Statistics::ByteArray(_) => Some((s.min_bytes_opt()?, s.max_bytes_opt()?)),
            _ => None,
        });
        bounds.is_none_or(|(least, most)| least <= value && value <= most)
            && bloom::may_hold(&self.file.reader, chunk, value)
    }

    /// All distinct texts of a leaf, where a dictionary has them all.
    pub(crate) fn texts(&self, path: &str) -> Option<Vec<String>> {
        let leaf = *self.file.metadata.leaves.get(path)?;
        let rows = self.row_group.num_rows() as usize;
        dictionary::texts(&self.file.reader, self.row_group.column(leaf), rows)
    }

    /// Whether some row may pass a condition, going by bounds and Bloom filters.
    fn may_pass(&self, condition: &Condition) -> bool {
        match condition.needs() {
            None => true,
            Some(needs @ (Needs::Int { .. } | Needs::AnyInt { .. })) => {
                let bounds = self.int_bounds(needs.column());
                bounds.is_none_or(|(least, most)| needs.overlaps(least, most))
            }
            Some(Needs::Bytes { column, any_of }) => {
                any_of.any(|value| self.may_hold(column, value))
            }
        }
    }

    /// What reading some columns takes at once: of each a page, decoded, and the dictionary.
    fn read_bytes(&self, columns: &ProjectionMask) -> usize {
        let metadata = self.file.metadata.read.metadata();
        let offsets = metadata.offset_index().and_then(|index| index.get(self.index));
        let chunks = self.row_group.columns().iter().enumerate();
        let column = |(leaf, chunk): (usize, &ColumnChunkMetaData)| {
            let pages = offsets.and_then(|o| o.get(leaf)).map_or(1, |o| o.page_locations().len());
            let page = chunk.uncompressed_size().max(0) as usize / pages.max(1);
            let dictionary = chunk
                .dictionary_page_offset()
                .map_or(0, |offset| (chunk.data_page_offset() - offset).max(0) as usize);
            2 * page + DICTIONARY_RATIO * dictionary
        };
        chunks.filter(|(leaf, _)| columns.leaf_included(*leaf)).map(column).sum()
    }

    /// The rows of the pages that may hold a row passing a condition; `None` where pages say nothing.
    fn pages(&self, condition: &Condition) -> Option<RowSelection> {
        let needs = condition.needs()?;
        let metadata = self.file.metadata.read.metadata();
        let leaf = *self.file.metadata.leaves.get(needs.column())?;
        let index = metadata.column_index()?.get(self.index)?.get(leaf)?;
        let offsets = metadata.offset_index()?.get(self.index)?.get(leaf)?.page_locations();
        let rows = self.row_group.num_rows() as usize;
        let page_rows = |page: usize| -> Range<usize> {
            let end = offsets.get(page + 1).map_or(rows, |next| next.first_row_index as usize);
            offsets[page].first_row_index as usize..end
        };
        let keep: Vec<bool> = match (index, needs) {
            (
                ColumnIndexMetaData::INT64(index),
                needs @ (Needs::Int { .. } | Needs::AnyInt { .. }),
            ) => {
                let bounds = index.min_values_iter().zip(index.max_values_iter());
                let long = bounds.map(|(least, most)| Some((*least?, *most?)));
                long.map(|bounds| overlaps(&needs, bounds)).collect()
            }
            (
                ColumnIndexMetaData::INT32(index),
                needs @ (Needs::Int { .. } | Needs::AnyInt { .. }),
            ) => {
                let bounds = index.min_values_iter().zip(index.max_values_iter());
                let long =
                    bounds.map(|(least, most)| Some((i64::from(*least?), i64::from(*most?))));
                long.map(|bounds| overlaps(&needs, bounds)).collect()
            }
            (ColumnIndexMetaData::BYTE_ARRAY(index), Needs::Bytes { any_of, .. }) => {
                let bounds = index.min_values_iter().zip(index.max_values_iter());
                let any = |bounds: (Option<&[u8]>, Option<&[u8]>)| {
                    any_of.any(|value| {
                        bounds.0.is_some_and(|least| least <= value)
                            && bounds.1.is_some_and(|most| value <= most)
                    })
                };
                bounds.map(any).collect()
            }
            _ => return None,
        };
        if keep.len() != offsets.len() || keep.iter().all(|keep| *keep) {
            return None;
        }
        let kept = keep.iter().enumerate().filter(|(_, keep)| **keep);
        let ranges = kept.map(|(page, _)| page_rows(page));
        Some(RowSelection::from_consecutive_ranges(ranges, rows))
    }
}

/// Whether a page may have a value that is needed; a page of nulls has none.
fn overlaps(needs: &Needs<'_>, bounds: Option<(i64, i64)>) -> bool {
    bounds.is_some_and(|(least, most)| needs.overlaps(least, most))
}

/// Where more rows than these are looked at for each series that is wanted, most are of others.
const SPARSE_ROWS: usize = 4 << 10;

/// What is to be read of a row group.
pub(super) struct Reading {
    file: Arc<OpenFile>,
    index: usize,
    conditions: Vec<Condition>,
    /// The rows of pages that may hold one that passes; `None` for all.
    selection: Option<RowSelection>,
}

impl Reading {
    /// `None` where no row can pass, or the fold does without.
    pub(super) fn of(
        scan: &Scan,
        file: Arc<OpenFile>,
        index: usize,
        fold: &impl Fold,
    ) -> Option<Self> {
        let group = Group::new(&file, index);
        if !fold.wants(&Piece::Group(&group)) {
            return None;
        }
        // Nothing to test where the whole row group lies within.
        let whole = group
            .int_bounds(TIME)
            .is_some_and(|(least, most)| scan.window.contains(least) && scan.window.contains(most));
        let window = Condition::within(&scan.window).filter(|_| !whole);
        let mut conditions = Vec::with_capacity(scan.conditions.len() + 1);
        for condition in window.iter().chain(&scan.conditions) {
            if !group.may_pass(condition) {
                return None;
            }
            conditions.push(condition.narrow(&group)?);
        }
        let mut selection: Option<RowSelection> = None;
        for condition in &conditions {
            let Some(pages) = group.pages(condition) else { continue };
            selection = Some(match selection {
                Some(before) => before.intersection(&pages),
                None => pages,
            });
        }
        if selection.as_ref().is_some_and(|selection| !selection.selects_any()) {
            return None;
        }
        Some(Self { file, index, conditions, selection })
    }

    /// How many rows are looked at.
    pub(super) fn rows(&self) -> usize {
        match &self.selection {
            Some(selection) => selection.row_count(),
            None => Group::new(&self.file, self.index).row_group.num_rows() as usize,
        }
    }

    /// Whether few of the rows are of series that are wanted.
    fn is_sparse(&self) -> bool {
        let ids = self.conditions.iter().find_map(|condition| match condition {
            Condition::AnyInt { column: SERIES_ID, values } => Some(values),
            _ => None,
        });
        let bounds = Group::new(&self.file, self.index).int_bounds(SERIES_ID);
        let (Some(ids), Some((least, most))) = (ids, bounds) else { return false };
        let wanted = ids.partition_point(|id| *id <= most) - ids.partition_point(|id| *id < least);
        self.rows() > wanted * SPARSE_ROWS
    }

    /// Reads the rows that pass.
    pub(super) fn read<F: Fold>(
        self,
        context: &Context,
        scan: &Scan,
        fold: &mut F,
    ) -> Result<(), QueryError> {
        let sparse = self.is_sparse();
        let Self { file, index, mut conditions, selection } = self;
        if !F::TESTED && !sparse {
            conditions.clear();
        }
        let group = Group::new(&file, index);
        let read = &file.metadata.read;
        let schema = read.parquet_schema();
        let (present, absent) = group.split(&scan.columns);
        let projection = ProjectionMask::columns(schema, present);
        let mut all = projection.clone();
        for condition in &conditions {
            all.union(&ProjectionMask::columns(schema, condition.columns()));
        }
        let _reserved = context.reserve(group.read_bytes(&all))?;
        let predicates = conditions.into_iter().map(|condition| {
            let mask = ProjectionMask::columns(schema, condition.columns());
            let test = move |rows: RecordBatch| {
                condition.test(&rows).map_err(|error| ArrowError::ExternalError(Box::new(error)))
            };
            Box::new(ArrowPredicateFn::new(mask, test)) as Box<dyn ArrowPredicate>
        });
        let mut builder =
            ParquetRecordBatchReaderBuilder::new_with_metadata(file.reader.clone(), read.clone())
                .with_row_groups(vec![index])
                .with_batch_size(BATCH_ROWS)
                .with_max_predicate_cache_size(PREDICATE_CACHE_BYTES)
                .with_projection(projection)
                .with_row_filter(RowFilter::new(predicates.collect()));
        if let Some(selection) = selection {
            builder = builder.with_row_selection(selection);
        }
        let unreadable = |error: &dyn std::fmt::Display| {
            QueryError::internal(format!("{}: {error}", file.source.path.display()))
        };
        for rows in builder.build().map_err(|error| unreadable(&error))? {
            context.check()?;
            let rows = rows.and_then(|rows| absent.add_to(rows));
            fold.rows(&rows.map_err(|error| unreadable(&error))?)?;
        }
        Ok(())
    }
}
