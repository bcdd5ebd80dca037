//! The write-ahead log: what is acknowledged is here until it is in a table.
//!
//! A folder of segments, each a header and a run of records; `docs/format/wal.md` has the bytes. A
//! record is one request's body as it was decoded, with what is needed to decode it again to the same
//! rows. One thread appends; one `fdatasync` serves all that wait.
//!
//! Invariants: sequence numbers rise by one from record to record, over segments and restarts; a
//! segment is deleted only when every row of every record in it is committed to its table.

mod reader;
mod record;
mod writer;

pub(crate) use reader::{Damage, replay};
pub(crate) use record::{Header, RECORD_HEADER_BYTES};
pub(crate) use writer::LogWriter;

use std::path::{Path, PathBuf};

/// The first bytes of every segment: name and version of the format.
pub(crate) const MAGIC: &[u8; 8] = b"PLMWAL\x00\x01";

/// Bytes before a segment's first record: the magic, then the first sequence number.
pub(crate) const SEGMENT_HEADER_BYTES: usize = 16;

/// The file of the segment whose first record is `first`.
pub(crate) fn segment_path(folder: &Path, first: u64) -> PathBuf {
    folder.join(format!("{first:016x}.wal"))
}

/// The segments in a folder by first sequence number, oldest first.
pub(crate) fn segments(folder: &Path) -> std::io::Result<Vec<(u64, PathBuf)>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let first = path
            .file_name()
            .and_then(|name| name.to_str()?.strip_suffix(".wal"))
            .and_then(|stem| u64::from_str_radix(stem, 16).ok());
        found.extend(first.map(|first| (first, path)));
    }
    found.sort_unstable();
    Ok(found)
}
