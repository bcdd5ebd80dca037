//! Sessions of users: how many crashed, by release.

use std::collections::HashMap;

use arrow::array::{Array, RecordBatch};
use plimsoll_model::Table;
use twox_hash::XxHash64;

use super::stats::ErrorSearch;
use super::users::Users;
use crate::column::Columns;
use crate::context::Context;
use crate::scan::{Fold, Scan, fold};
use crate::{Engine, QueryError};

/// Sessions and users told apart, of a release: beyond it the numbers are off by a percent.
const EXACT_MAX: usize = 16 << 10;
/// Releases that are told apart.
const RELEASES_MAX: usize = 1_000;

/// Sessions of a release.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SessionStats {
    /// All.
    pub total: u64,
    /// With an error that was handled, or worse.
    pub errored: u64,
    /// That ended as they should not.
    pub abnormal: u64,
    /// That an error ended.
    pub crashed: u64,
    /// Users.
    pub users: u64,
    /// Users of a session that crashed.
    pub users_crashed: u64,
}

impl Engine {
    /// Sessions by release.
    ///
    /// # Errors
    ///
    /// A limit is reached.
    pub async fn session_stats(
        &self,
        search: ErrorSearch,
    ) -> Result<HashMap<String, SessionStats>, QueryError> {
        self.run(move |context| stats(context, &search)).await
    }
}

fn stats(
    context: &Context,
    search: &ErrorSearch,
) -> Result<HashMap<String, SessionStats>, QueryError> {
    let columns = vec![
        "session_id",
        "user_id",
        "started",
        "errored",
        "abnormal",
        "crashed",
        "service_version",
    ];
    let scan = Scan { window: search.window, columns, conditions: search.conditions() };
    let found = fold(context, &scan, context.snapshot(Table::Sessions), Sessions::default)?;
    Ok(found.releases.into_iter().map(|(version, release)| (version, release.stats())).collect())
}

/// Sessions counted by the sender, and those told apart by their id.
struct Counted {
    many: u64,
    single: Users,
}

impl Counted {
    fn new() -> Self {
        Self { many: 0, single: Users::new(EXACT_MAX) }
    }

    fn add(&mut self, count: i64, id: Option<&str>) {
        match id {
            Some(id) if count > 0 => self.single.add(id),
            Some(_) => {}
            None => self.many += count.unsigned_abs(),
        }
    }

    fn merge(&mut self, other: Self) {
        self.many += other.many;
        self.single.merge(other.single);
    }

    fn count(&self) -> u64 {
        self.many + self.single.count()
    }
}

struct Release {
    started: Counted,
    errored: Counted,
    abnormal: Counted,
    crashed: Counted,
    users: Users,
    users_crashed: Users,
}

impl Release {
    fn new() -> Self {
        Self {
            started: Counted::new(),
            errored: Counted::new(),
            abnormal: Counted::new(),
            crashed: Counted::new(),
            users: Users::new(EXACT_MAX),
            users_crashed: Users::new(EXACT_MAX),
        }
    }

    fn stats(&self) -> SessionStats {
        let crashed = self.crashed.count();
        SessionStats {
            // A session whose beginning was lost is one all the same.
            total: self.started.count().max(crashed),
            errored: self.errored.count(),
            abnormal: self.abnormal.count(),
            crashed,
            users: self.users.count(),
            users_crashed: self.users_crashed.count(),
        }
    }
}

#[derive(Default)]
struct Sessions {
    releases: HashMap<String, Release>,
}

impl Fold for Sessions {
    fn rows(&mut self, rows: &RecordBatch) -> Result<(), QueryError> {
        let (ids, users) = (rows.binary("session_id")?, rows.text("user_id")?);
        let versions = rows.text("service_version")?;
        let (started, errored) = (rows.long("started")?.values(), rows.long("errored")?.values());
        let (abnormal, crashed) = (rows.long("abnormal")?.values(), rows.long("crashed")?.values());
        for row in 0..rows.num_rows() {
            let version = versions.get(row).unwrap_or_default();
            if !self.releases.contains_key(version) {
                if self.releases.len() >= RELEASES_MAX {
                    continue;
                }
                self.releases.insert(version.to_owned(), Release::new());
            }
            let Some(release) = self.releases.get_mut(version) else { continue };
            let id = ids.is_valid(row).then(|| XxHash64::oneshot(1, ids.value(row)).to_string());
            let id = id.as_deref();
            // Whatever is said of a session, it is one.
            release.started.add(started[row].max(i64::from(id.is_some())), id);
            release.errored.add(errored[row], id);
            release.abnormal.add(abnormal[row], id);
            release.crashed.add(crashed[row], id);
            if let Some(user) = users.get(row) {
                release.users.add(user);
                if crashed[row] > 0 {
                    release.users_crashed.add(user);
                }
            }
        }
        Ok(())
    }

    fn merge(&mut self, other: Self) -> Result<(), QueryError> {
        for (version, theirs) in other.releases {
            let ours = self.releases.entry(version).or_insert_with(Release::new);
            ours.started.merge(theirs.started);
            ours.errored.merge(theirs.errored);
            ours.abnormal.merge(theirs.abnormal);
            ours.crashed.merge(theirs.crashed);
            ours.users.merge(theirs.users);
            ours.users_crashed.merge(theirs.users_crashed);
        }
        Ok(())
    }
}
