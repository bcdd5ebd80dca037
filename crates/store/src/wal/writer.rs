//! Appends records to the newest segment and makes them durable in groups.
//!
//! Invariants: a segment's blocks are reserved when it is made, so a full disk shows before a record
//! is begun, not within it; after a failed write or sync the log takes nothing more until it has moved
//! to a fresh segment, because what the disk holds of the old one is unknown.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use rustix::fs::FallocateFlags;

use super::record::Header;
use super::{MAGIC, RECORD_HEADER_BYTES, SEGMENT_HEADER_BYTES, segment_path, segments};
use crate::disk;

/// Why records were not made durable.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {source}")]
pub(crate) struct LogError {
    path: PathBuf,
    pub(crate) source: io::Error,
}

impl LogError {
    fn at(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self { path, source }
    }
}

/// The numbers a group of records was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Appended {
    pub first: u64,
    pub count: u64,
}

struct Segment {
    file: File,
    path: PathBuf,
    /// Where the next record goes.
    end: u64,
    /// Bytes reserved.
    capacity: u64,
}

/// The end of the log that is written to.
pub(crate) struct LogWriter {
    folder: PathBuf,
    segment_bytes: u64,
    next_sequence: u64,
    /// The log before us is still being read back: nothing of it may be released.
    replaying: bool,
    segment: Option<Segment>,
    group: Vec<u8>,
}

impl LogWriter {
    /// A writer for a log that is still to be replayed; see [`LogWriter::replayed`].
    pub(crate) fn new(folder: &Path, segment_bytes: u64) -> Self {
        Self {
            folder: folder.to_owned(),
            segment_bytes,
            next_sequence: 1,
            replaying: true,
            segment: None,
            group: Vec::new(),
        }
    }

    /// Writes these records and returns when they are on the disk. Either all are or, on an error,
    /// none may be acknowledged and none of their numbers is used again.
    pub(crate) fn append<'a>(
        &mut self,
        records: impl Iterator<Item = (Header, &'a [u8])>,
    ) -> Result<Appended, LogError> {
        self.group.clear();
        let first = self.next_sequence;
        let mut count = 0;
        for (mut header, body) in records {
            header.sequence = first + count;
            self.group.extend_from_slice(&header.encode(body));
            self.group.extend_from_slice(body);
            count += 1;
        }
        let written = self.write_group(first);
        // A failed group may be on the disk in part: its numbers are gone, and so is its segment.
        self.next_sequence = first + count;
        if written.is_err()
            && let Some(segment) = self.segment.take()
        {
            // Refused records must not come back after a restart; the next group gets a new segment.
            let cut = segment.file.set_len(segment.end).and_then(|()| segment.file.sync_all());
            if let Err(error) = cut {
                tracing::error!(%error, path = %segment.path.display(), "could not cut a failed log");
            }
        }
        // A rare huge group must not hold its memory for ever.
        self.group.shrink_to(4 << 20);
        written.map(|()| Appended { first, count })
    }

    fn write_group(&mut self, first: u64) -> Result<(), LogError> {
        let bytes = self.group.len() as u64;
        let full = |segment: &Segment| segment.end + bytes > segment.capacity;
        if self.segment.as_ref().is_none_or(full) {
            self.segment = None;
            self.segment = Some(self.create_segment(first, bytes)?);
        }
        let segment = self.segment.as_mut().expect("a segment was just made where there was none");
        let place = LogError::at(&segment.path);
        segment
            .file
            .write_all_at(&self.group, segment.end)
            .and_then(|()| segment.file.sync_data())
            .map_err(place)?;
        segment.end += bytes;
        Ok(())
    }

    fn create_segment(&self, first: u64, bytes: u64) -> Result<Segment, LogError> {
        let path = segment_path(&self.folder, first);
        let capacity = self.segment_bytes.max(SEGMENT_HEADER_BYTES as u64 + bytes);
        let make = || {
            let mut file =
                OpenOptions::new().write(true).create(true).truncate(true).open(&path)?;
            match rustix::fs::fallocate(&file, FallocateFlags::empty(), 0, capacity) {
                // Where blocks cannot be reserved, a full disk shows at the write instead.
                Err(rustix::io::Errno::OPNOTSUPP | rustix::io::Errno::NOSYS) => {}
                reserved => reserved?,
            }
            let mut header = [0; SEGMENT_HEADER_BYTES];
            header[..8].copy_from_slice(MAGIC);
            header[8..].copy_from_slice(&first.to_le_bytes());
            file.write_all(&header)?;
            file.sync_all()?;
            disk::sync_folder(&self.folder)?;
            Ok(file)
        };
        let file = make().map_err(|error| {
            let _ = fs::remove_file(&path);
            LogError::at(&path)(error)
        })?;
        Ok(Segment { file, path, end: SEGMENT_HEADER_BYTES as u64, capacity })
    }

    /// Deletes the segments whose records are all numbered `sequence` or lower.
    pub(crate) fn release(&mut self, sequence: u64) -> Result<(), LogError> {
        if self.replaying {
            return Ok(());
        }
        if sequence + 1 >= self.next_sequence {
            // All is committed: even the newest segment can go.
            self.segment = None;
        }
        let found = segments(&self.folder).map_err(LogError::at(&self.folder))?;
        let ends = found.iter().skip(1).map(|(first, _)| *first).chain([self.next_sequence]);
        let mut removed = false;
        for ((_, path), end) in found.iter().zip(ends) {
            let in_use = self.segment.as_ref().is_some_and(|segment| segment.path == *path);
            if end <= sequence + 1 && !in_use {
                fs::remove_file(path).map_err(LogError::at(path))?;
                removed = true;
            }
        }
        if removed {
            disk::sync_folder(&self.folder).map_err(LogError::at(&self.folder))?;
        }
        Ok(())
    }

    /// While the log is read back: all records below `sequence` were seen.
    pub(crate) fn skip_to(&mut self, sequence: u64) {
        self.next_sequence = self.next_sequence.max(sequence);
    }

    /// The log was read back to its end; the next record, in a segment of its own, gets `sequence` or a
    /// higher number.
    pub(crate) fn replayed(&mut self, sequence: u64) {
        self.skip_to(sequence);
        self.replaying = false;
    }

    /// The number the next record gets.
    pub(crate) fn next_sequence(&self) -> u64 {
        self.next_sequence
    }

    /// Bytes that one record adds to the log.
    pub(crate) fn record_bytes(body: usize) -> usize {
        RECORD_HEADER_BYTES + body
    }
}
