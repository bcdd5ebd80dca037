//! Opens a data folder: locks it, reads the tables' logs, replays the write-ahead log, sweeps what a
//! crash left behind.
//!
//! Invariant: a record is replayed into a table exactly when the table's last commit does not cover it.

use std::collections::HashSet;
use std::fs::{self, File, TryLockError};
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use plimsoll_model::{Clock, Table};

use crate::append::queue;
use crate::buffer::TableState;
use crate::delta::{DeltaError, DeltaLog};
use crate::retention::Grave;
use crate::wal::{Damage, Header, LogWriter, replay};
use crate::{DataFile, Decode, Inner, Options, Store, StoreError, disk, maintenance};

/// Why a store did not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has the folder.
    #[error(
        "{0}: the data folder is in use by another process; stop it or choose another folder with --data"
    )]
    Locked(PathBuf),
    /// The folder cannot be made, read or written.
    #[error(
        "{path}: {source}; the data folder must be readable and writable, choose it with --data"
    )]
    Io {
        /// What could not be used.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A table's log is damaged or too new.
    #[error(transparent)]
    Delta(#[from] DeltaError),
    /// The replayed rows could not be written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<io::Error> for OpenError {
    fn from(source: io::Error) -> Self {
        Self::Io { path: PathBuf::from("wal"), source }
    }
}

impl OpenError {
    fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }
}

impl Store {
    /// Opens the store in `options.folder`, replaying what a crash left in the log. Blocks.
    ///
    /// # Errors
    /// [`OpenError`]. Damage within the write-ahead log is no error: it is set aside in `quarantine`
    /// and reported in the program's log.
    pub fn open(
        options: Options,
        clock: Arc<dyn Clock>,
        decode: &Decode,
    ) -> Result<Self, OpenError> {
        let folder = options.folder.clone();
        let at = OpenError::io;
        disk::create_folder(&folder).map_err(at(&folder))?;
        let lock = lock_folder(&folder)?;
        let log_folder = folder.join("wal");
        disk::create_folder(&log_folder).map_err(at(&log_folder))?;
        let now_ms = clock.now() / 1_000_000;
        let mut deltas = Vec::new();
        for table in Table::ALL {
            let folder = folder.join("tables").join(table.name());
            deltas.push(DeltaLog::open(&folder, table.name(), &table.schema(), now_ms)?);
        }
        let covered: Vec<u64> = deltas.iter().map(DeltaLog::log_position).collect();
        let tables: Vec<TableState> = deltas.iter().map(live_files).collect::<Result<_, _>>()?;
        let graves = Mutex::new(sweep_orphans(&deltas, clock.now())?);
        let segment_bytes = options.segment_bytes;
        let (queue, end) = queue();
        let mut tables = tables.into_iter().map(Mutex::new);
        let mut deltas = deltas.into_iter().map(Mutex::new);
        let inner = Arc::new(Inner {
            log: Mutex::new(LogWriter::new(&log_folder, segment_bytes)),
            tables: std::array::from_fn(|_| tables.next().expect("one a table")),
            deltas: std::array::from_fn(|_| deltas.next().expect("one a table")),
            options,
            clock,
            run: RandomState::new().hash_one(now_ms),
            graves,
            flushing: Mutex::default(),
            rewriting: Mutex::default(),
            described: Mutex::default(),
            queue,
            threads: maintenance::Threads::default(),
            counters: crate::stats::Counters::default(),
            _lock: lock,
        });
        inner.recover(&log_folder, &covered, decode)?;
        maintenance::start(&inner, end).map_err(at(&folder))?;
        Ok(Self { inner })
    }
}

impl Inner {
    /// Brings the rows of the log back, writing them out as the buffer fills.
    fn recover(&self, log: &Path, covered: &[u64], decode: &Decode) -> Result<(), OpenError> {
        let replayed = replay(log, |header, body| {
            self.log.lock().skip_to(header.sequence + 1);
            match decode(header.kind, body, &header.window) {
                Ok(batch) => {
                    self.insert(batch, |table| header.sequence > covered[table as usize]);
                }
                Err(reason) => self.quarantine_record(&header, body, &reason)?,
            }
            if self.flush_is_due() {
                self.flush()?;
            }
            Ok::<(), OpenError>(())
        })?;
        for damage in &replayed.damage {
            self.quarantine_damage(damage)?;
        }
        let position = covered.iter().copied().max().unwrap_or(0);
        self.log.lock().replayed(replayed.next_sequence.max(position + 1));
        if replayed.records > 0 {
            tracing::info!(records = replayed.records, "replayed the write-ahead log");
        }
        Ok(())
    }

    fn quarantine_record(&self, header: &Header, body: &[u8], reason: &str) -> io::Result<()> {
        let name = format!("record-{:016x}-{:?}", header.sequence, header.kind);
        tracing::error!(
            sequence = header.sequence,
            reason,
            "an acknowledged record of the write-ahead log can no longer be decoded; it is kept in quarantine/{name}"
        );
        self.quarantine(&name, body)
    }

    fn quarantine_damage(&self, damage: &Damage) -> io::Result<()> {
        let bytes = fs::read(&damage.segment)?;
        let name = format!(
            "damage-{}-{}",
            damage.segment.file_stem().unwrap_or_default().to_string_lossy(),
            damage.offset
        );
        tracing::error!(
            segment = %damage.segment.display(),
            offset = damage.offset,
            length = damage.length,
            "the write-ahead log is damaged: acknowledged records may be lost; the bytes are kept in quarantine/{name}"
        );
        self.quarantine(&name, &bytes[damage.offset..damage.offset + damage.length])
    }

    fn quarantine(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let folder = self.options.folder.join("quarantine");
        disk::create_folder(&folder)?;
        disk::replace_atomically(&folder.join(name), bytes)
    }

    pub(crate) fn table_folder(&self, table: Table) -> PathBuf {
        self.options.folder.join("tables").join(table.name())
    }
}

fn lock_folder(folder: &Path) -> Result<File, OpenError> {
    let path = folder.join("LOCK");
    let file = File::create(&path).map_err(OpenError::io(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::Locked(folder.to_owned())),
        Err(TryLockError::Error(source)) => Err(OpenError::Io { path, source }),
    }
}

fn live_files(delta: &DeltaLog) -> Result<TableState, OpenError> {
    let mut state = TableState::default();
    for add in delta.files() {
        let file = DataFile::from_add(delta.folder(), add).ok_or_else(|| {
            let what = format!("file {} has no statistics of ours", add.path);
            DeltaError::damaged(delta.folder(), what)
        })?;
        state.files.push(Arc::new(file));
    }
    state.files.sort_by_key(|file| file.time_min);
    Ok(state)
}

/// Deletes files that no commit names, and buries again those that left before the start.
fn sweep_orphans(deltas: &[DeltaLog], now: i64) -> Result<Vec<Grave>, OpenError> {
    let mut graves = Vec::new();
    for (table, delta) in Table::ALL.into_iter().zip(deltas) {
        let live: HashSet<&str> = delta.files().map(|add| &add.path[..]).collect();
        let removed: HashSet<&str> = delta.removed().map(|remove| &remove.path[..]).collect();
        for (name, path) in data_files(delta.folder()).map_err(OpenError::io(delta.folder()))? {
            if live.contains(&name[..]) {
                continue;
            }
            if removed.contains(&name[..]) {
                let (rows, bytes, date, time_min, time_max) = (0, 0, 0, 0, 0);
                let file = DataFile { path, bytes, rows, date, time_min, time_max, name };
                graves.push(Grave { table, file: Arc::new(file), since: now });
            } else {
                fs::remove_file(&path).map_err(OpenError::io(&path))?;
            }
        }
    }
    Ok(graves)
}

/// Every file in the day folders of a table, by its name in the table's log.
fn data_files(folder: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let mut found = Vec::new();
    for day in fs::read_dir(folder)? {
        let day = day?;
        let day_name = day.file_name().to_string_lossy().into_owned();
        if !day_name.starts_with("date=") || !day.file_type()?.is_dir() {
            continue;
        }
        for file in fs::read_dir(day.path())? {
            let path = file?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            found.push((format!("{day_name}/{name}"), path));
        }
    }
    Ok(found)
}
