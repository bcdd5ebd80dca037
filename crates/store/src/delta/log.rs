//! Reading and appending the commits of one table.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use arrow::datatypes::Schema;
use serde_json::json;

use super::action::{Action, Add, Format, MetaData, Protocol, Remove, Txn};
use super::checkpoint;
use super::schema::{PARTITION, schema_string};
use crate::disk;

/// Readers need version 1 of the protocol, writers 2: no feature that an engine could lack.
const PROTOCOL: Protocol = Protocol { min_reader_version: 1, min_writer_version: 2 };

/// The `appId` under which a commit says how much of the write-ahead log it holds.
const LOG_APP_ID: &str = "plimsoll.wal";

/// Commits between two checkpoints: start-up reads at most this many small files a table.
const COMMITS_PER_CHECKPOINT: u64 = 32;

/// Why a table's log could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum DeltaError {
    /// The file system refused.
    #[error("{path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A commit or checkpoint that is not what we or the protocol write.
    #[error("{path}: {what}; the table's log is damaged, restore the file from a backup")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// A commit that we did not write.
    #[error(
        "{path}: another program has written to the table; only this one may, restart it to go on after that commit"
    )]
    Foreign {
        /// The commit.
        path: PathBuf,
    },
    /// A table that needs features we do not have.
    #[error(
        "{path}: the table needs reader version {reader} and writer version {writer}, this program knows 1 and 2; use a newer program"
    )]
    TooNew {
        /// The table's folder.
        path: PathBuf,
        /// `minReaderVersion`.
        reader: i32,
        /// `minWriterVersion`.
        writer: i32,
    },
}

impl DeltaError {
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }

    pub(crate) fn damaged(path: &Path, what: impl ToString) -> Self {
        Self::Damaged { path: path.to_owned(), what: what.to_string() }
    }

    /// Whether the disk was full.
    pub(crate) fn is_full(&self) -> bool {
        matches!(self, Self::Io { source, .. } if disk::is_full(source))
    }
}

/// What one commit changes.
#[derive(Debug, Default)]
pub(crate) struct Commit {
    pub add: Vec<Add>,
    pub remove: Vec<Remove>,
    /// Every row of the write-ahead log up to here is in the table with this commit.
    pub log_position: Option<u64>,
    /// For people who read the log: `WRITE`, `OPTIMIZE`, `DELETE`.
    pub operation: &'static str,
    /// Unix milliseconds.
    pub time_ms: i64,
}

/// The log of one table and what it says now.
#[derive(Debug)]
pub(crate) struct DeltaLog {
    folder: PathBuf,
    version: u64,
    meta_data: MetaData,
    log_position: u64,
    files: HashMap<String, Add>,
    /// Removed files that may still be on disk, by path.
    removed: HashMap<String, Remove>,
    /// The version of the checkpoint that start-up would read.
    checkpoint: Option<u64>,
}

impl DeltaLog {
    /// Opens the table in `folder`, creating it where there is none.
    pub(crate) fn open(
        folder: &Path,
        name: &str,
        schema: &Schema,
        now_ms: i64,
    ) -> Result<Self, DeltaError> {
        let log = folder.join("_delta_log");
        disk::create_folder(&log).map_err(DeltaError::io(&log))?;
        let entries = LogFolder::list(&log)?;
        let checkpoint = entries.last_checkpoint(&log)?;
        let mut replay = Replay::default();
        if let Some(version) = checkpoint {
            let path = checkpoint_path(&log, version);
            for action in checkpoint::read(&path)? {
                replay.apply(action);
            }
            replay.version = Some(version);
        }
        for version in entries.commits_after(checkpoint) {
            replay.apply_commit(&commit_path(&log, version), version)?;
        }
        let Some(version) = replay.version else {
            return Self::create(folder, name, schema, now_ms);
        };
        // A crash may have come between the commit's name and its being durable.
        disk::sync_folder(&log).map_err(DeltaError::io(&log))?;
        replay.finish(folder, version, checkpoint)
    }

    fn create(folder: &Path, name: &str, schema: &Schema, now_ms: i64) -> Result<Self, DeltaError> {
        let configuration = BTreeMap::from([
            ("delta.deletedFileRetentionDuration".to_owned(), "interval 1 hours".to_owned()),
            ("delta.logRetentionDuration".to_owned(), "interval 1 hours".to_owned()),
        ]);
        let meta_data = MetaData {
            id: table_id(name, now_ms),
            name: Some(name.to_owned()),
            format: Format { provider: "parquet".to_owned(), options: BTreeMap::new() },
            schema_string: schema_string(schema),
            partition_columns: vec![PARTITION.to_owned()],
            configuration,
            created_time: Some(now_ms),
        };
        let actions = [
            Action { protocol: Some(PROTOCOL), ..Action::default() },
            Action { meta_data: Some(meta_data.clone()), ..Action::default() },
            commit_info("CREATE TABLE", now_ms),
        ];
        let path = commit_path(&folder.join("_delta_log"), 0);
        disk::create_atomically(&path, &lines(&actions)).map_err(DeltaError::io(&path))?;
        Ok(Self {
            folder: folder.to_owned(),
            version: 0,
            meta_data,
            log_position: 0,
            files: HashMap::new(),
            removed: HashMap::new(),
            checkpoint: None,
        })
    }

    /// Appends one commit, durably, then a checkpoint when it is time. After an error the commit is
    /// not in the log and the files it would have added may go; see [`DeltaLog::is_committed`].
    pub(crate) fn commit(&mut self, commit: Commit) -> Result<(), DeltaError> {
        let version = self.version + 1;
        let txn = commit.log_position.map(|position| log_txn(position, commit.time_ms));
        let mut actions = vec![commit_info(commit.operation, commit.time_ms)];
        actions.extend(txn.map(|txn| Action { txn: Some(txn), ..Action::default() }));
        actions.extend(
            commit.remove.iter().map(|r| Action { remove: Some(r.clone()), ..Action::default() }),
        );
        actions.extend(
            commit.add.iter().map(|a| Action { add: Some(a.clone()), ..Action::default() }),
        );
        let path = commit_path(&self.log_folder(), version);
        disk::create_atomically(&path, &lines(&actions)).map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => DeltaError::Foreign { path: path.clone() },
            _ => DeltaError::Io { path: path.clone(), source },
        })?;
        self.version = version;
        self.log_position = commit.log_position.unwrap_or(self.log_position);
        for remove in commit.remove {
            self.files.remove(&remove.path);
            self.removed.insert(remove.path.clone(), remove);
        }
        for add in commit.add {
            self.files.insert(add.path.clone(), add);
        }
        if version >= self.checkpoint.unwrap_or(0) + COMMITS_PER_CHECKPOINT
            && let Err(error) = self.write_checkpoint(commit.time_ms)
        {
            // The commit stands; only the next start is slower.
            tracing::warn!(%error, "could not write a checkpoint of a table's log");
        }
        Ok(())
    }

    /// Writes all that the log says now into one Parquet file, then drops the commits before the
    /// checkpoint before it.
    fn write_checkpoint(&mut self, now_ms: i64) -> Result<(), DeltaError> {
        let mut actions = vec![
            Action { protocol: Some(PROTOCOL), ..Action::default() },
            Action { meta_data: Some(self.meta_data.clone()), ..Action::default() },
            Action { txn: Some(log_txn(self.log_position, now_ms)), ..Action::default() },
        ];
        actions.extend(
            self.files.values().map(|add| Action { add: Some(add.clone()), ..Action::default() }),
        );
        actions.extend(
            self.removed.values().map(|r| Action { remove: Some(r.clone()), ..Action::default() }),
        );
        let log = self.log_folder();
        let path = checkpoint_path(&log, self.version);
        let bytes =
            checkpoint::encode(&actions).map_err(|what| DeltaError::damaged(&path, what))?;
        disk::replace_atomically(&path, &bytes).map_err(DeltaError::io(&path))?;
        let pointer = log.join("_last_checkpoint");
        let text = json!({"version": self.version, "size": actions.len()}).to_string();
        disk::replace_atomically(&pointer, text.as_bytes()).map_err(DeltaError::io(&pointer))?;
        let previous = self.checkpoint.replace(self.version).unwrap_or(0);
        remove_before(&log, previous)
    }

    /// Whether the next commit is on the disk although [`DeltaLog::commit`] failed: then its files must
    /// stay, for the next start will find it.
    pub(crate) fn is_committed(&self) -> bool {
        commit_path(&self.log_folder(), self.version + 1).exists()
    }

    /// Forgets removed files that are gone from the disk.
    pub(crate) fn forget_removed(&mut self, path: &str) {
        self.removed.remove(path);
    }

    pub(crate) fn files(&self) -> impl Iterator<Item = &Add> {
        self.files.values()
    }

    pub(crate) fn removed(&self) -> impl Iterator<Item = &Remove> {
        self.removed.values()
    }

    /// Every row of the write-ahead log up to here is in the table.
    pub(crate) fn log_position(&self) -> u64 {
        self.log_position
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    fn log_folder(&self) -> PathBuf {
        self.folder.join("_delta_log")
    }
}

/// What the actions read so far add up to.
#[derive(Default)]
struct Replay {
    version: Option<u64>,
    protocol: Option<Protocol>,
    meta_data: Option<MetaData>,
    log_position: u64,
    files: HashMap<String, Add>,
    removed: HashMap<String, Remove>,
}

impl Replay {
    fn apply_commit(&mut self, path: &Path, version: u64) -> Result<(), DeltaError> {
        let expected = self.version.map_or(0, |last| last + 1);
        if version != expected {
            return Err(DeltaError::damaged(path, format!("commit {expected} is missing")));
        }
        let text = fs::read_to_string(path).map_err(DeltaError::io(path))?;
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.is_empty()) {
            let action = serde_json::from_str(line).map_err(|error| {
                DeltaError::damaged(path, format!("line {}: {error}", number + 1))
            })?;
            self.apply(action);
        }
        self.version = Some(version);
        Ok(())
    }

    fn apply(&mut self, action: Action) {
        if let Some(protocol) = action.protocol {
            self.protocol = Some(protocol);
        }
        if let Some(meta_data) = action.meta_data {
            self.meta_data = Some(meta_data);
        }
        if let Some(txn) = action.txn.filter(|txn| txn.app_id == LOG_APP_ID) {
            self.log_position = u64::try_from(txn.version).unwrap_or(0);
        }
        if let Some(add) = action.add {
            self.removed.remove(&add.path);
            self.files.insert(add.path.clone(), add);
        }
        if let Some(remove) = action.remove {
            self.files.remove(&remove.path);
            self.removed.insert(remove.path.clone(), remove);
        }
    }

    fn finish(
        self,
        folder: &Path,
        version: u64,
        checkpoint: Option<u64>,
    ) -> Result<DeltaLog, DeltaError> {
        let missing = |what: &str| DeltaError::damaged(folder, format!("no {what} action"));
        let protocol = self.protocol.ok_or_else(|| missing("protocol"))?;
        let (reader, writer) = (protocol.min_reader_version, protocol.min_writer_version);
        if reader > PROTOCOL.min_reader_version || writer > PROTOCOL.min_writer_version {
            return Err(DeltaError::TooNew { path: folder.to_owned(), reader, writer });
        }
        Ok(DeltaLog {
            folder: folder.to_owned(),
            version,
            meta_data: self.meta_data.ok_or_else(|| missing("metaData"))?,
            log_position: self.log_position,
            files: self.files,
            removed: self.removed,
            checkpoint,
        })
    }
}

/// The numbered files of a `_delta_log` folder.
struct LogFolder {
    commits: Vec<u64>,
    checkpoints: Vec<u64>,
}

impl LogFolder {
    fn list(log: &Path) -> Result<Self, DeltaError> {
        let (mut commits, mut checkpoints) = (Vec::new(), Vec::new());
        for entry in fs::read_dir(log).map_err(DeltaError::io(log))? {
            let name = entry.map_err(DeltaError::io(log))?.file_name();
            let Some(name) = name.to_str() else { continue };
            if name.starts_with(disk::TEMPORARY_PREFIX) {
                let path = log.join(name);
                fs::remove_file(&path).map_err(DeltaError::io(&path))?;
            } else if let Some(version) = name.strip_suffix(".checkpoint.parquet") {
                checkpoints.extend(version.parse::<u64>());
            } else if let Some(version) = name.strip_suffix(".json") {
                commits.extend(version.parse::<u64>());
            }
        }
        commits.sort_unstable();
        checkpoints.sort_unstable();
        Ok(Self { commits, checkpoints })
    }

    /// The newest checkpoint that is there. `_last_checkpoint` is only a hint for those who cannot
    /// list a folder cheaply.
    fn last_checkpoint(&self, log: &Path) -> Result<Option<u64>, DeltaError> {
        let last = self.checkpoints.last().copied();
        match (last, self.commits.first()) {
            (None, Some(first)) if *first > 0 => {
                Err(DeltaError::damaged(log, "early commits are gone and there is no checkpoint"))
            }
            _ => Ok(last),
        }
    }

    fn commits_after(&self, checkpoint: Option<u64>) -> impl Iterator<Item = u64> {
        self.commits.iter().copied().filter(move |v| checkpoint.is_none_or(|c| *v > c))
    }
}

fn remove_before(log: &Path, version: u64) -> Result<(), DeltaError> {
    let entries = LogFolder::list(log)?;
    let commits = entries.commits.iter().filter(|v| **v < version).map(|v| commit_path(log, *v));
    let checkpoints =
        entries.checkpoints.iter().filter(|v| **v < version).map(|v| checkpoint_path(log, *v));
    for path in commits.chain(checkpoints) {
        fs::remove_file(&path).map_err(DeltaError::io(&path))?;
    }
    Ok(())
}

fn commit_path(log: &Path, version: u64) -> PathBuf {
    log.join(format!("{version:020}.json"))
}

fn checkpoint_path(log: &Path, version: u64) -> PathBuf {
    log.join(format!("{version:020}.checkpoint.parquet"))
}

fn log_txn(position: u64, now_ms: i64) -> Txn {
    Txn {
        app_id: LOG_APP_ID.to_owned(),
        version: i64::try_from(position).unwrap_or(i64::MAX),
        last_updated: Some(now_ms),
    }
}

fn commit_info(operation: &str, time_ms: i64) -> Action {
    let info = json!({
        "timestamp": time_ms,
        "operation": operation,
        "operationParameters": {},
        "engineInfo": concat!("plimsoll/", env!("CARGO_PKG_VERSION")),
    });
    Action { commit_info: Some(info), ..Action::default() }
}

fn lines(actions: &[Action]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for action in actions {
        serde_json::to_writer(&mut bytes, action).expect("an action is plain data");
        bytes.push(b'\n');
    }
    bytes
}

/// The table's id has the form of a UUID; it need only differ between tables and their re-creations.
fn table_id(name: &str, now_ms: i64) -> String {
    use std::hash::{BuildHasher, RandomState};
    let (high, low) =
        (RandomState::new().hash_one((name, now_ms)), RandomState::new().hash_one((now_ms, name)));
    format!(
        "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        low >> 52,
        low & 0xffff_ffff_ffff
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use plimsoll_model::Table;

    fn open(folder: &Path) -> DeltaLog {
        DeltaLog::open(folder, "logs", &Table::Logs.schema(), 1).unwrap()
    }

    fn add(path: &str) -> Add {
        Add {
            path: path.to_owned(),
            partition_values: BTreeMap::from([("date".into(), "2026-11-22".into())]),
            size: 7,
            modification_time: 5,
            data_change: true,
            stats: Some(r#"{"numRecords":1}"#.into()),
        }
    }

    fn paths(log: &DeltaLog) -> Vec<String> {
        let mut paths: Vec<_> = log.files().map(|add| add.path.clone()).collect();
        paths.sort();
        paths
    }

    #[test]
    fn what_was_committed_is_there_after_a_reopen_across_checkpoints() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = open(folder.path());
        for n in 0..100_u64 {
            let remove = (n >= 10).then(|| Remove {
                path: format!("f{:03}", n - 10),
                deletion_timestamp: 9,
                data_change: false,
            });
            log.commit(Commit {
                add: vec![add(&format!("f{n:03}"))],
                remove: remove.into_iter().collect(),
                log_position: Some(n * 3),
                operation: "WRITE",
                time_ms: 2,
            })
            .unwrap();
            let again = open(folder.path());
            assert_eq!(paths(&again), paths(&log));
            assert_eq!(again.log_position(), n * 3);
            assert_eq!(again.files, log.files);
            assert_eq!(again.removed, log.removed);
        }
        let left = fs::read_dir(folder.path().join("_delta_log")).unwrap().count();
        assert!(left < 80, "old commits are dropped, {left} files left");
    }

    #[test]
    fn a_missing_or_torn_commit_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = open(folder.path());
        for n in 0..3 {
            log.commit(Commit { add: vec![add(&n.to_string())], ..Commit::default() }).unwrap();
        }
        let path = commit_path(&folder.path().join("_delta_log"), 2);
        fs::write(&path, "{\"add\":").unwrap();
        let reopen = || DeltaLog::open(folder.path(), "logs", &Table::Logs.schema(), 1);
        assert!(reopen().unwrap_err().to_string().contains("line 1"));
        fs::remove_file(&path).unwrap();
        assert!(reopen().unwrap_err().to_string().contains("commit 2 is missing"));
    }
}
