//! Recording rules: groups of expressions, evaluated at their times, whose values become series.
//!
//! Where to start reading: [`Recording::run`] keeps the groups of the files; `group` runs one of them;
//! `write` makes rows of values.
//!
//! Invariants: rules of a group run one after the other, so that a later one sees what an earlier one wrote;
//! a file that is wrong stops nothing: what ran before goes on, and the log and the API say what is wrong;
//! each file is read again when it changes.

mod group;
mod status;
mod write;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use plimsoll_rules::{Report, RuleFile, check};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::app::App;
use group::Running;

pub(crate) use status::GroupStatus;

/// How often files are looked at for changes.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// A rule file of ten thousand rules has about two megabytes.
const FILE_BYTES_MAX: u64 = 4 << 20;

/// Why the rules cannot be used from the start.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// A file cannot be read.
    #[error("cannot read the rule file {path}: {reason}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// A file is wrong.
    #[error("{0}")]
    Wrong(String),
}

/// The rules of the settings, and what becomes of them.
pub(crate) struct Recording {
    files: Vec<PathBuf>,
    interval: Duration,
    status: Mutex<BTreeMap<(String, String), GroupStatus>>,
}

/// A file as it was read the last time.
struct Loaded {
    text: String,
    rules: RuleFile,
}

impl Recording {
    pub(crate) fn new(files: Vec<PathBuf>, interval: Duration) -> Self {
        Self { files, interval, status: Mutex::default() }
    }

    /// Checks all files, so that a server with wrong ones does not start.
    pub(crate) fn check(&self) -> Result<(), RulesError> {
        self.files.iter().try_for_each(|path| load(path).map(|_| ()))
    }

    /// All groups, by file and name.
    pub(crate) fn status(&self) -> Vec<GroupStatus> {
        self.status.lock().values().cloned().collect()
    }

    /// Runs the groups of all files until told to stop.
    pub(crate) async fn run(self: Arc<Self>, app: Arc<App>, stopping: CancellationToken) {
        let tasks = TaskTracker::new();
        let mut loaded: BTreeMap<PathBuf, Loaded> = BTreeMap::new();
        let mut running: BTreeMap<(PathBuf, String), Running> = BTreeMap::new();
        loop {
            for path in &self.files {
                self.look(path, &mut loaded, &mut running, &app, &stopping, &tasks).await;
            }
            tokio::select! {
                () = stopping.cancelled() => break,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
        tasks.close();
        tasks.wait().await;
    }

    /// Reads a file again where it has changed, and runs its groups as they are now.
    async fn look(
        self: &Arc<Self>,
        path: &Path,
        loaded: &mut BTreeMap<PathBuf, Loaded>,
        running: &mut BTreeMap<(PathBuf, String), Running>,
        app: &Arc<App>,
        stopping: &CancellationToken,
        tasks: &TaskTracker,
    ) {
        let new = match load(path) {
            Ok(new) => new,
            Err(error) => {
                tracing::error!(%error, "a rule file cannot be used; its rules stay as they were");
                return;
            }
        };
        let old = loaded.get(path);
        if old.is_some_and(|old| old.text == new.text) {
            return;
        }
        for group in old.iter().flat_map(|old| &old.rules.groups) {
            let key = (path.to_owned(), group.name.clone());
            let Some(before) = running.remove(&key) else { continue };
            let goes_on = new.rules.groups.iter().any(|new| new.name == group.name);
            let left = before.stop().await;
            match goes_on {
                true => drop(running.insert(key, Running::stopped(left))),
                false => {
                    self.status.lock().remove(&(path.display().to_string(), group.name.clone()));
                    write::end(app, &left).await;
                }
            }
        }
        for group in &new.rules.groups {
            let key = (path.to_owned(), group.name.clone());
            let before = running.remove(&key).and_then(Running::into_left);
            let task = group::Task {
                app: Arc::clone(app),
                recording: Arc::clone(self),
                file: path.display().to_string(),
                interval: group.interval_ms.map_or(self.interval, |ms| {
                    Duration::from_millis(u64::try_from(ms).unwrap_or_default())
                }),
                group: group.clone(),
            };
            running.insert(key, Running::start(task, before, stopping.child_token(), tasks));
        }
        loaded.insert(path.to_owned(), new);
    }

    fn tell(&self, file: &str, group: &str, change: impl FnOnce(&mut GroupStatus)) {
        let mut status = self.status.lock();
        change(status.entry((file.to_owned(), group.to_owned())).or_default());
    }
}

fn load(path: &Path) -> Result<Loaded, RulesError> {
    let unreadable = |reason: String| RulesError::Unreadable { path: path.to_owned(), reason };
    let metadata = std::fs::metadata(path).map_err(|error| unreadable(error.to_string()))?;
    if metadata.len() > FILE_BYTES_MAX {
        let bytes = metadata.len();
        return Err(unreadable(format!("it has {bytes} bytes, at most {FILE_BYTES_MAX} are read")));
    }
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
    let checked = check(&text);
    let report = Report::new(path.display().to_string(), &checked).to_string();
    match checked {
        Ok(rules) => Ok(Loaded { text, rules }),
        Err(_) => Err(RulesError::Wrong(report.trim_end().to_owned())),
    }
}
