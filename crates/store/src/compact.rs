//! Replaces small files of one day by a larger one in the same order.
//!
//! Invariants: memory is bounded whatever the files' size; the merged file replaces its inputs in one
//! commit; ingest never waits for it.

use std::sync::Arc;

use plimsoll_model::Table;

use crate::data::{DataError, DataWriter, Level};
use crate::delta::{Commit, Remove};
use crate::flush::remove_files;
use crate::merge::Merge;
use crate::runs::row_count;
use crate::sort::file_name;
use crate::{DataFile, Inner, Options, StoreError};

impl Inner {
    /// Merges until nothing is left to merge. Returns how many files were replaced.
    pub(crate) fn compact(&self) -> Result<usize, StoreError> {
        let mut replaced = 0;
        for table in Table::ALL {
            loop {
                // Held for one merge at a time, so that retention gets its turn.
                let _guard = self.rewriting.lock();
                let files = self.tables[table as usize].lock().files.clone();
                let Some(inputs) = choose(table, &files, &self.options) else { break };
                self.merge(table, &inputs)?;
                replaced += inputs.len();
                if self.threads.stopping() {
                    return Ok(replaced);
                }
            }
        }
        Ok(replaced)
    }

    fn merge(&self, table: Table, inputs: &[Arc<DataFile>]) -> Result<(), StoreError> {
        let rows: u64 = inputs.iter().map(|file| file.rows).sum();
        let files = inputs.len();
        let _span = tracing::info_span!("merge", table = table.name(), files, rows).entered();
        let folder = self.table_folder(table);
        let name = file_name(inputs[0].date, &self.unique_name());
        let writer = DataWriter::create(&folder, &name, inputs[0].date, table, Level::Merged)?;
        let limit = self.options.writer_bytes_max;
        let merged = Arc::new(write_merged(writer, table, inputs, limit)?);
        let time_ms = self.clock.now() / 1_000_000;
        let remove = inputs.iter().map(|file| removal(file, time_ms, false)).collect();
        let add = vec![merged.to_add(time_ms, false)];
        let commit = Commit { add, remove, log_position: None, operation: "OPTIMIZE", time_ms };
        let mut delta = self.deltas[table as usize].lock();
        if let Err(error) = delta.commit(commit) {
            if !delta.is_committed() {
                remove_files(&[merged]);
            }
            return Err(error.into());
        }
        drop(delta);
        self.replace_files(table, inputs, Some(merged));
        self.counters.compacted(inputs.len() as u64);
        Ok(())
    }
}

/// The action that takes a file out of its table.
pub(crate) fn removal(file: &DataFile, time_ms: i64, data_change: bool) -> Remove {
    Remove { path: file.name.clone(), deletion_timestamp: time_ms, data_change }
}

/// The files to merge next: the smallest of the day that has enough small ones.
fn choose(table: Table, files: &[Arc<DataFile>], options: &Options) -> Option<Vec<Arc<DataFile>>> {
    let fan_in = options.compact_fan_in.clamp(*Options::FAN_IN.start(), *Options::FAN_IN.end());
    options.compact_tiers(table).find_map(|sizes| {
        let mut small: Vec<_> = files.iter().filter(|file| sizes.contains(&file.bytes)).collect();
        small.sort_unstable_by_key(|file| (file.date, file.bytes, &file.name));
        small
            .chunk_by(|a, b| a.date == b.date)
            .filter(|day| day.len() >= fan_in)
            .max_by_key(|day| day.len())
            .map(|day| day[..fan_in].iter().map(|file| Arc::clone(file)).collect())
    })
}

fn write_merged(
    mut writer: DataWriter,
    table: Table,
    inputs: &[Arc<DataFile>],
    limit: usize,
) -> Result<DataFile, DataError> {
    let written = Merge::new(table, inputs, limit).and_then(|mut merge| {
        loop {
            let group = merge.next_group()?;
            if group.is_empty() {
                return Ok(());
            }
            writer.write_group(row_count(&group), |at, take| merge.column(at, &group, take))?;
            merge.end_group(&group);
        }
    });
    match written {
        Ok(()) => writer.finish(),
        Err(error) => {
            writer.abandon();
            Err(error)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    /// Which of these files, each a day and MiB, are merged: three at a time, up to 16 MiB.
    fn check(table: Table, files: &[(i32, u64)], expected: &[(i32, u64)]) {
        let file = |(at, (date, mib)): (usize, &(i32, u64))| {
            let (path, name) = (format!("/{at}").into(), at.to_string());
            let bytes = mib * MIB;
            Arc::new(DataFile { path, bytes, rows: 1, date: *date, time_min: 0, time_max: 0, name })
        };
        let files: Vec<Arc<DataFile>> = files.iter().enumerate().map(file).collect();
        let options = Options { compact_fan_in: 3, ..Options::new("/", 64 << 20) };
        let chosen = choose(table, &files, &options).unwrap_or_default();
        let chosen: Vec<_> = chosen.iter().map(|file| (file.date, file.bytes / MIB)).collect();
        assert_eq!(chosen, expected);
    }

    #[test]
    fn small_files_of_a_day_are_merged() {
        check(Table::Spans, &[], &[]);
        check(Table::Spans, &[(1, 1), (1, 2), (2, 3)], &[]);
        check(Table::Spans, &[(1, 9), (1, 5), (2, 1), (1, 1), (1, 7)], &[(1, 1), (1, 5), (1, 7)]);
        check(Table::Spans, &[(1, 1), (1, 2), (1, 16), (1, 17), (1, 18)], &[]);
    }

    #[test]
    fn larger_files_of_samples_are_merged_with_each_other() {
        let large = [(1, 63), (1, 16), (1, 20)];
        check(Table::Samples, &large, &[(1, 16), (1, 20), (1, 63)]);
        check(Table::Samples, &[(1, 64), (1, 16), (1, 20)], &[]);
        check(Table::Samples, &[(1, 1), (1, 2), (1, 16), (1, 20)], &[]);
        let all = [(1, 1), (1, 2), (1, 3), (1, 16), (1, 20), (1, 30)];
        check(Table::Samples, &all, &[(1, 1), (1, 2), (1, 3)]);
    }
}
