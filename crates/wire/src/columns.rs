//! Rows as bytes of the log: what did not come as a request that could be decoded again.
//!
//! A body is a checksum (eight bytes) of what follows it, a run of tables, each: its number (one byte),
//! the length of what follows (four bytes), and an Arrow IPC stream with the columns of its schema.
//! Integers are little-endian (`docs/format/wal.md`).
//!
//! Invariant: bytes that `encode` did not make are refused by their checksum before Arrow sees them:
//! it takes lengths at their word, and panics on some.

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::error::ArrowError;
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use plimsoll_model::Table;
use plimsoll_model::batch::Batch;
use twox_hash::XxHash3_128;

/// Why bytes are no rows.
#[derive(Debug, thiserror::Error)]
pub enum ColumnsError {
    /// The checksum.
    #[error("the checksum of {0} bytes of rows is not that of their content")]
    Checksum(usize),
    /// The framing around the streams.
    #[error("a table at byte {0} is cut off or has an unknown number")]
    Framing(usize),
    /// A stream.
    #[error("the rows of table {table} cannot be read: {source}")]
    Stream {
        /// The table.
        table: &'static str,
        /// What is wrong.
        source: ArrowError,
    },
    /// Rows of another version.
    #[error("the rows of table {0} have other columns than this version's")]
    Schema(&'static str),
}

/// The bytes of a batch.
///
/// # Errors
///
/// The columns are larger than a stream can be.
pub fn encode(batch: &Batch) -> Result<Vec<u8>, ArrowError> {
    let mut body = Vec::with_capacity(batch.bytes() + 1024);
    body.extend_from_slice(&[0; CHECKSUM_BYTES]);
    for (table, rows) in &batch.tables {
        body.push(*table as u8);
        let start = body.len();
        body.extend_from_slice(&[0; 4]);
        let mut writer = StreamWriter::try_new(&mut body, &table.schema())?;
        writer.write(rows)?;
        writer.finish()?;
        let length = u32::try_from(body.len() - start - 4)
            .map_err(|_| ArrowError::IpcError("a table of over 4 GiB".to_owned()))?;
        body[start..start + 4].copy_from_slice(&length.to_le_bytes());
    }
    let sum = checksum(&body[CHECKSUM_BYTES..]);
    body[..CHECKSUM_BYTES].copy_from_slice(&sum);
    Ok(body)
}

const CHECKSUM_BYTES: usize = 8;

fn checksum(bytes: &[u8]) -> [u8; CHECKSUM_BYTES] {
    (XxHash3_128::oneshot(bytes) as u64).to_le_bytes()
}

/// The batch of these bytes.
///
/// # Errors
///
/// [`ColumnsError`].
pub fn decode(body: &[u8]) -> Result<Batch, ColumnsError> {
    match body.split_first_chunk::<CHECKSUM_BYTES>() {
        Some((sum, rest)) if *sum == checksum(rest) => {}
        _ => return Err(ColumnsError::Checksum(body.len())),
    }
    let mut tables = Vec::new();
    let mut at = CHECKSUM_BYTES;
    while at < body.len() {
        let framing = ColumnsError::Framing(at);
        let (Some(&number), Some(length)) = (body.get(at), body.get(at + 1..at + 5)) else {
            return Err(framing);
        };
        let table = Table::ALL.get(usize::from(number)).copied();
        let length = u32::from_le_bytes(length.try_into().unwrap_or_default()) as usize;
        let (Some(table), Some(stream)) = (table, body.get(at + 5..at + 5 + length)) else {
            return Err(framing);
        };
        tables.push((table, read(table, stream)?));
        at += 5 + length;
    }
    Ok(Batch { tables })
}

fn read(table: Table, stream: &[u8]) -> Result<RecordBatch, ColumnsError> {
    let failed = |source| ColumnsError::Stream { table: table.name(), source };
    let reader = StreamReader::try_new(stream, None).map_err(failed)?;
    if reader.schema() != table.schema() {
        return Err(ColumnsError::Schema(table.name()));
    }
    let batches = reader.collect::<Result<Vec<_>, _>>().map_err(failed)?;
    if let [rows] = batches.as_slice() {
        return Ok(rows.clone());
    }
    concat_batches(&table.schema(), &batches).map_err(failed)
}
