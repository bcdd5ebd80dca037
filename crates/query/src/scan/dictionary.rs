//! The distinct texts of a column chunk, read from its dictionary page alone: a few KiB where the
//! chunk has megabytes.

use std::sync::Arc;

use parquet::basic::Encoding;
use parquet::column::page::{Page, PageReader};
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::serialized_reader::SerializedPageReader;

use super::reader::FileReader;

/// All distinct texts of a chunk. `None` where some of its values are not in its dictionary, or that
/// cannot be read.
pub(super) fn texts(
    reader: &FileReader,
    chunk: &ColumnChunkMetaData,
    rows: usize,
) -> Option<Vec<String>> {
    let dictionary = [Encoding::RLE_DICTIONARY, Encoding::PLAIN_DICTIONARY];
    let whole = match chunk.page_encoding_stats_mask() {
        Some(mask) => dictionary.iter().any(|encoding| mask.is_only(*encoding)),
        None => false,
    };
    chunk.dictionary_page_offset().filter(|_| whole)?;
    let mut pages = SerializedPageReader::new(Arc::new(reader.clone()), chunk, rows, None).ok()?;
    match pages.get_next_page().ok()?? {
        Page::DictionaryPage { buf, num_values, .. } => plain_texts(&buf, num_values as usize),
        _ => None,
    }
}

/// Plain encoding: each text after its length, four bytes little-endian.
fn plain_texts(mut bytes: &[u8], count: usize) -> Option<Vec<String>> {
    let mut texts = Vec::new();
    for _ in 0..count {
        let (len, rest) = bytes.split_first_chunk::<4>()?;
        let (text, rest) = rest.split_at_checked(u32::from_le_bytes(*len) as usize)?;
        texts.push(std::str::from_utf8(text).ok()?.to_owned());
        bytes = rest;
    }
    Some(texts)
}
