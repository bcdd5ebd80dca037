//! Asks the Bloom filter of a column chunk with one read of one block of 32 bytes, where reading the
//! whole filter would move hundreds of KiB.
//!
//! Specification: <https://parquet.apache.org/docs/file-format/bloomfilter/>.

use parquet::bloom_filter::Sbbf;
use parquet::file::metadata::ColumnChunkMetaData;
use twox_hash::XxHash64;

use super::reader::FileReader;

const BLOCK_BYTES: u64 = 32;

/// The header begins with field 1, an i32: type and number in a byte, then a zigzag varint.
const NUM_BYTES_FIELD: u8 = 0x15;

/// Whether a chunk may hold a value. True where there is no filter or it cannot be read.
pub(super) fn may_hold(reader: &FileReader, chunk: &ColumnChunkMetaData, value: &[u8]) -> bool {
    probe(reader, chunk, value).unwrap_or(true)
}

fn probe(reader: &FileReader, chunk: &ColumnChunkMetaData, value: &[u8]) -> Option<bool> {
    let offset = u64::try_from(chunk.bloom_filter_offset()?).ok()?;
    let length = u64::try_from(chunk.bloom_filter_length()?).ok()?;
    let mut header = [0; 6];
    reader.read_at(&mut header, offset).ok()?;
    let bytes = filter_bytes(&header)?;
    let header_bytes = length.checked_sub(bytes)?;
    let blocks = bytes / BLOCK_BYTES;
    let block = ((XxHash64::oneshot(0, value) >> 32) * blocks) >> 32;
    let mut bits = [0; BLOCK_BYTES as usize];
    reader.read_at(&mut bits, offset + header_bytes + block * BLOCK_BYTES).ok()?;
    // A filter of one block maps every value to that block.
    Some(Sbbf::new(&bits).check(value))
}

/// The size of the bit set that a header announces.
fn filter_bytes(header: &[u8; 6]) -> Option<u64> {
    if header[0] != NUM_BYTES_FIELD {
        return None;
    }
    let mut zigzag = 0_u64;
    for (i, byte) in header[1..].iter().enumerate() {
        zigzag |= u64::from(byte & 0x7f) << (7 * i);
        if byte & 0x80 == 0 {
            let bytes = zigzag >> 1;
            let whole = bytes > 0 && bytes.is_multiple_of(BLOCK_BYTES) && zigzag & 1 == 0;
            return whole.then_some(bytes);
        }
    }
    None
}
