//! Files in a folder of the data, by their id: what came with errors, and source maps.
//!
//! Invariants: a file is durable when `write` returns, before its row is in the state database; a name that a sender
//! gave is never a path.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// A folder of files.
#[derive(Clone, Debug)]
pub(super) struct Files(PathBuf);

impl Files {
    pub(super) fn of(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// Makes a file durable.
    pub(super) fn write(&self, id: &str, bytes: &[u8]) -> io::Result<()> {
        fs::create_dir_all(&self.0)?;
        let mut file = fs::File::create(self.0.join(id))?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::File::open(&self.0)?.sync_all()
    }

    pub(super) fn read(&self, id: &str) -> io::Result<Vec<u8>> {
        fs::read(self.0.join(id))
    }

    /// Deletes a file whose row is gone.
    pub(super) fn delete(&self, id: &str) {
        delete(&self.0.join(id));
    }

    /// Deletes files without a row: those of a process that ended in between. Before anything is written.
    pub(super) fn sweep(&self, known: &HashSet<String>) {
        let Ok(entries) = fs::read_dir(&self.0) else { return };
        for entry in entries.flatten() {
            if !entry.file_name().to_str().is_some_and(|name| known.contains(name)) {
                delete(&entry.path());
            }
        }
    }
}

fn delete(path: &Path) {
    if let Err(error) = fs::remove_file(path) {
        tracing::warn!(%error, path = %path.display(), "could not delete a file");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_without_a_row_are_swept() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::of(folder.path().join("attachments"));
        files.sweep(&HashSet::new());
        files.write("a", b"1").unwrap();
        files.write("b", b"2").unwrap();
        files.sweep(&HashSet::from(["b".to_owned()]));
        assert!(files.read("a").is_err());
        assert_eq!(files.read("b").unwrap(), b"2");
        files.delete("b");
        assert!(files.read("b").is_err());
    }
}
