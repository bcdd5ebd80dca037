//! Durable file operations: what is written is on the disk, names included, before we go on.
//!
//! Invariant: nothing here returns success before both the file and the folder that names it are
//! synchronised.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// Makes names created, renamed or removed in this folder durable.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Creates a folder, with its parents, durably.
pub(crate) fn create_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let parent = folder.parent().unwrap_or(Path::new("."));
    create_folder(parent)?;
    match fs::create_dir(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => sync_folder(parent),
    }
}

/// Writes a file that must not exist yet: whole or not at all, under every crash.
///
/// # Errors
/// `AlreadyExists` where `path` exists. After any other error the file is not there, unless the disk
/// refuses even to remove it.
pub(crate) fn create_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let temporary = temporary_name(path);
    write_synced(&temporary, bytes)?;
    let linked = fs::hard_link(&temporary, path);
    // A temporary file that stays is swept at the next start.
    let _ = fs::remove_file(&temporary);
    linked?;
    sync_folder(folder).inspect_err(|_| {
        let _ = fs::remove_file(path);
    })
}

/// Writes a file in place of another: the old one or the new one, under every crash.
pub(crate) fn replace_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = temporary_name(path);
    write_synced(&temporary, bytes)?;
    fs::rename(&temporary, path)?;
    sync_folder(path.parent().unwrap_or(Path::new(".")))
}

/// The prefix of files that a crash may leave behind and start-up removes.
pub(crate) const TEMPORARY_PREFIX: &str = ".tmp-";

fn temporary_name(path: &Path) -> std::path::PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{TEMPORARY_PREFIX}{name}"))
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(path)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    if written.is_err() {
        // The disk may be full: do not keep what nobody will read.
        let _ = fs::remove_file(path);
    }
    written
}

/// Bytes that this process may still write on the file system of `path`.
pub(crate) fn free_bytes(path: &Path) -> io::Result<u64> {
    let stat = rustix::fs::statvfs(path)?;
    Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
}

/// Whether an error says that the disk or a quota is full.
pub(crate) fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}
