//! Removes what is too old or too much, and deletes files that nobody reads any more.
//!
//! Invariant: a file leaves its table's log before it leaves the disk, and leaves the disk only when no
//! snapshot holds it and readers of other programs had their grace.

use std::fs;
use std::sync::Arc;

use plimsoll_model::{Table, UnixNano};

use crate::compact::removal;
use crate::delta::Commit;
use crate::{DataFile, Inner, Options, StoreError};

/// A file that left its table.
pub(crate) struct Grave {
    pub(crate) table: Table,
    pub(crate) file: Arc<DataFile>,
    pub(crate) since: UnixNano,
}

impl Inner {
    /// Removes files wholly older than their table's retention, then the oldest files until all fit
    /// the disk budget. Returns how many left.
    pub(crate) fn enforce_retention(&self, now: UnixNano) -> Result<usize, StoreError> {
        let _guard = self.rewriting.lock();
        let files: Vec<(Table, Arc<DataFile>)> = Table::ALL
            .into_iter()
            .flat_map(|table| {
                let files = self.tables[table as usize].lock().files.clone();
                files.into_iter().map(move |file| (table, file))
            })
            .collect();
        let gone = expired(files, &self.options, now);
        for table in Table::ALL {
            let of_table: Vec<_> = gone
                .iter()
                .filter(|(t, _)| *t == table)
                .map(|(_, file)| Arc::clone(file))
                .collect();
            if of_table.is_empty() {
                continue;
            }
            let time_ms = now / 1_000_000;
            let remove = of_table.iter().map(|file| removal(file, time_ms, true)).collect();
            let commit = Commit { remove, operation: "DELETE", time_ms, ..Commit::default() };
            self.deltas[table as usize].lock().commit(commit)?;
            self.replace_files(table, &of_table, None);
        }
        self.counters.expired(gone.len() as u64);
        Ok(gone.len())
    }

    /// Takes files out of a table's snapshot, another perhaps in their place, and buries them.
    pub(crate) fn replace_files(
        &self,
        table: Table,
        gone: &[Arc<DataFile>],
        new: Option<Arc<DataFile>>,
    ) {
        let mut state = self.tables[table as usize].lock();
        state.files.retain(|file| !gone.iter().any(|g| g.name == file.name));
        state.files.extend(new);
        drop(state);
        let since = self.clock.now();
        let graves = gone.iter().map(|file| Grave { table, file: Arc::clone(file), since });
        self.graves.lock().extend(graves);
    }

    /// Deletes the files that nobody can be reading.
    pub(crate) fn sweep(&self, now: UnixNano) {
        let grace = i64::try_from(self.options.grace.as_nanos()).unwrap_or(i64::MAX);
        let mut graves = self.graves.lock();
        let is_free = |grave: &Grave| {
            now.saturating_sub(grave.since) >= grace && Arc::strong_count(&grave.file) == 1
        };
        let (free, held) = std::mem::take(&mut *graves).into_iter().partition(is_free);
        *graves = held;
        drop(graves);
        let free: Vec<Grave> = free;
        for grave in free {
            match fs::remove_file(&grave.file.path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    tracing::warn!(%error, path = %grave.file.path.display(), "could not delete a file");
                    self.graves.lock().push(grave);
                }
                _ => self.deltas[grave.table as usize].lock().forget_removed(&grave.file.name),
            }
        }
    }
}

/// Decides only; `enforce_retention` does the removing.
fn expired(
    files: Vec<(Table, Arc<DataFile>)>,
    options: &Options,
    now: UnixNano,
) -> Vec<(Table, Arc<DataFile>)> {
    let too_old = |table: Table, file: &DataFile| {
        let age = i64::try_from(options.retention.of(table).as_nanos()).unwrap_or(i64::MAX);
        file.time_max < now.saturating_sub(age)
    };
    let (mut gone, mut kept): (Vec<_>, Vec<_>) =
        files.into_iter().partition(|(table, file)| too_old(*table, file));
    let Some(limit) = options.disk_bytes_max else { return gone };
    let mut bytes: u64 = kept.iter().map(|(_, file)| file.bytes).sum();
    kept.sort_by(|(_, a), (_, b)| (a.time_max, &a.name).cmp(&(b.time_max, &b.name)));
    for (table, file) in kept {
        if bytes <= limit {
            break;
        }
        bytes -= file.bytes;
        gone.push((table, file));
    }
    gone
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn file(name: &str, bytes: u64, time_max: i64) -> (Table, Arc<DataFile>) {
        let name = name.to_owned();
        let path = name.clone().into();
        let file = DataFile { path, bytes, rows: 1, date: 0, time_min: 0, time_max, name };
        (Table::Logs, Arc::new(file))
    }

    fn check(limit: Option<u64>, now_s: i64, expected: &[&str]) {
        let mut options = Options::new("x", 1 << 20);
        options.retention.logs = Duration::from_secs(100);
        options.disk_bytes_max = limit;
        let second = 1_000_000_000;
        let files = vec![
            file("c", 10, 300 * second),
            file("a", 10, 100 * second),
            file("b", 10, 200 * second),
        ];
        let gone = expired(files, &options, now_s * second);
        let names: Vec<_> = gone.iter().map(|(_, file)| &file.name[..]).collect();
        assert_eq!(names, expected);
    }

    #[test]
    fn age_counts_from_the_newest_row() {
        check(None, 200, &[]);
        check(None, 201, &["a"]);
        check(None, 301, &["a", "b"]);
    }

    #[test]
    fn the_disk_budget_takes_the_oldest_first() {
        check(Some(30), 0, &[]);
        check(Some(29), 0, &["a"]);
        check(Some(10), 0, &["a", "b"]);
        check(Some(10), 201, &["a", "b"]);
        check(Some(0), 0, &["a", "b", "c"]);
    }
}
