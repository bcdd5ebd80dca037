//! Reads the log back after a start: every whole record in order, over torn tails and damage.
//!
//! Invariants: a record that is whole is always replayed, whatever stands before it; what is not
//! whole is set aside in the quarantine folder and reported, never silently dropped. A torn tail (bytes
//! that no acknowledgement waited for) is not damage.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::record::{Header, Parsed, parse};
use super::{MAGIC, SEGMENT_HEADER_BYTES, segments};

/// Bytes of a segment that are no record although a record follows.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Damage {
    pub segment: PathBuf,
    /// Where in the segment.
    pub offset: usize,
    /// How many bytes.
    pub length: usize,
}

/// What a replay found.
#[derive(Debug, Default)]
pub(crate) struct Replayed {
    /// Records passed on.
    pub records: u64,
    /// The sequence number that comes next.
    pub next_sequence: u64,
    pub damage: Vec<Damage>,
}

/// Passes each record of the log to `apply`, oldest first.
///
/// # Errors
/// Where a segment cannot be read, is of another version, or `apply` fails.
pub(crate) fn replay<E: From<io::Error>>(
    folder: &Path,
    mut apply: impl FnMut(Header, &[u8]) -> Result<(), E>,
) -> Result<Replayed, E> {
    let mut replayed = Replayed { next_sequence: 1, ..Replayed::default() };
    for (first, path) in segments(folder)? {
        let bytes = fs::read(&path)?;
        replayed.next_sequence = replayed.next_sequence.max(first);
        let mut at = match bytes.first_chunk::<SEGMENT_HEADER_BYTES>() {
            Some(header) if header.starts_with(MAGIC) => SEGMENT_HEADER_BYTES,
            // The crash came while the segment was made: nothing in it was acknowledged.
            _ if bytes.iter().all(|byte| *byte == 0) => continue,
            Some(header) if header.starts_with(&MAGIC[..6]) => {
                return Err(unknown_version(&path, header).into());
            }
            _ => 0,
        };
        while at < bytes.len() {
            match parse(&bytes[at..]) {
                Parsed::Record(header, body, length) => {
                    at += length;
                    // A lower number is an older record in a reused block: not of this log.
                    if header.sequence >= replayed.next_sequence {
                        apply(header, body)?;
                        replayed.records += 1;
                        replayed.next_sequence = header.sequence + 1;
                    }
                }
                Parsed::End => break,
                Parsed::Invalid => {
                    let Some(next) = next_record(&bytes, at, replayed.next_sequence) else { break };
                    let damage = Damage { segment: path.clone(), offset: at, length: next - at };
                    replayed.damage.push(damage);
                    at = next;
                }
            }
        }
    }
    Ok(replayed)
}

/// Where the next whole record begins after a place that is none.
fn next_record(bytes: &[u8], from: usize, sequence: u64) -> Option<usize> {
    // A segment ends in the zeros of its reserved blocks, mostly: no record begins there.
    let end = bytes.iter().rposition(|byte| *byte != 0)?;
    (from + 1..end).find(|at| {
        // The kind and the seven zeros after it make a cheap first test before the checksum.
        bytes.get(at + 16..at + 24).is_some_and(|field| field[0] != 0 && field[1..] == [0; 7])
            && matches!(parse(&bytes[*at..]), Parsed::Record(h, _, _) if h.sequence >= sequence)
    })
}

fn unknown_version(path: &Path, header: &[u8]) -> io::Error {
    let text = format!(
        "{}: the log is of format version {}.{}, this program knows 0.1; start the program that wrote it once and stop it cleanly, which empties the log",
        path.display(),
        header[6],
        header[7]
    );
    io::Error::new(io::ErrorKind::InvalidData, text)
}
