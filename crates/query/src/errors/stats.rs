//! How often the errors of a window occurred: totals of all groups, and details of some.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arrow::array::RecordBatch;
use plimsoll_model::Table;
use plimsoll_model::schema::TIME;

use super::check_groups;
use super::members::{ALL_VARIANTS, Members};
use super::users::Users;
use crate::column::Columns;
use crate::condition::Condition;
use crate::context::Context;
use crate::scan::{Fold, Scan, fold};
use crate::time::Steps;
use crate::{Engine, QueryError, Window};

/// Users of a group that are told apart while all groups are counted: enough for an order.
const USERS_ROUGH: usize = 256;
/// Users of an issue that are told apart: beyond it the number is off by a percent.
const USERS_EXACT: usize = 16 << 10;
/// Names of releases, environments or services that are counted of an issue.
const NAMES_MAX: usize = 1_000;

/// Which occurrences to count.
#[derive(Clone, Debug)]
pub struct ErrorSearch {
    /// They happened within.
    pub window: Window,
    /// In exactly this service.
    pub service: Option<String>,
    /// In exactly this environment.
    pub environment: Option<String>,
    /// Of exactly this release.
    pub release: Option<String>,
}

impl ErrorSearch {
    /// All of a window.
    #[must_use]
    pub fn all(window: Window) -> Self {
        Self { window, service: None, environment: None, release: None }
    }

    pub(super) fn conditions(&self) -> Vec<Condition> {
        let columns = ["service_name", "deployment_environment", "service_version"];
        let values = [&self.service, &self.environment, &self.release];
        let pairs = columns.into_iter().zip(values);
        pairs.filter_map(|(column, value)| Some(Condition::text(column, value.as_ref()?))).collect()
    }
}

/// A fingerprint, and where it is told apart by variants the variant, else [`ALL_VARIANTS`].
pub type GroupKey = (i64, i64);

/// A group's occurrences, counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupTotals {
    /// How many.
    pub events: u64,
    /// Users hit: exact for few.
    pub users: u64,
    /// The first, Unix nanoseconds.
    pub first: i64,
    /// The last.
    pub last: i64,
}

/// An issue's occurrences in detail.
#[derive(Clone, Debug, Default)]
pub struct GroupDetail {
    /// How many.
    pub events: u64,
    /// Users hit.
    pub users: u64,
    /// How many in each step of the window.
    pub series: Vec<u64>,
    /// By environment, the most frequent first.
    pub environments: Vec<(String, u64)>,
    /// By service.
    pub services: Vec<(String, u64)>,
    /// By release.
    pub releases: Vec<ReleaseCount>,
}

/// How often in one release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseCount {
    /// The release; empty where the sender named none.
    pub version: String,
    /// How many.
    pub events: u64,
    /// The first, Unix nanoseconds.
    pub first: i64,
    /// The last.
    pub last: i64,
}

impl Engine {
    /// Counts the groups of a window. Those of the fingerprints in `split` are told apart by variant.
    ///
    /// # Errors
    ///
    /// A limit is reached.
    pub async fn error_totals(
        &self,
        search: ErrorSearch,
        split: Arc<HashSet<i64>>,
    ) -> Result<HashMap<GroupKey, GroupTotals>, QueryError> {
        self.run(move |context| totals(context, &search, &split)).await
    }

    /// Counts some issues in detail, in their order.
    ///
    /// # Errors
    ///
    /// A limit is reached.
    pub async fn error_details(
        &self,
        search: ErrorSearch,
        issues: Vec<Members>,
    ) -> Result<Vec<GroupDetail>, QueryError> {
        self.run(move |context| details(context, &search, &issues)).await
    }
}

fn totals(
    context: &Context,
    search: &ErrorSearch,
    split: &HashSet<i64>,
) -> Result<HashMap<GroupKey, GroupTotals>, QueryError> {
    let scan = Scan {
        window: search.window,
        columns: vec!["fingerprint", TIME, "variant", "count", "user_id"],
        conditions: search.conditions(),
    };
    let make = || Totals { split, groups: HashMap::new() };
    let found = fold(context, &scan, context.snapshot(Table::Errors), make)?;
    let total = |group: Total| GroupTotals {
        events: group.events,
        users: group.users.count(),
        first: group.first,
        last: group.last,
    };
    Ok(found.groups.into_iter().map(|(key, group)| (key, total(group))).collect())
}

struct Total {
    events: u64,
    users: Users,
    first: i64,
    last: i64,
}

struct Totals<'a> {
    split: &'a HashSet<i64>,
    groups: HashMap<GroupKey, Total>,
}

impl Totals<'_> {
    fn group(&mut self, key: GroupKey) -> &mut Total {
        self.groups.entry(key).or_insert_with(|| Total {
            events: 0,
            users: Users::new(USERS_ROUGH),
            first: i64::MAX,
            last: i64::MIN,
        })
    }
}

impl Fold for Totals<'_> {
    fn rows(&mut self, rows: &RecordBatch) -> Result<(), QueryError> {
        let (fingerprints, variants) = (rows.long("fingerprint")?, rows.long("variant")?);
        let (times, counts) = (rows.long(TIME)?, rows.long("count")?);
        let users = rows.text("user_id")?;
        for row in 0..rows.num_rows() {
            let fingerprint = fingerprints.value(row);
            let split = self.split.contains(&fingerprint);
            let variant = if split { variants.value(row) } else { ALL_VARIANTS };
            let group = self.group((fingerprint, variant));
            group.events += counts.value(row).unsigned_abs();
            group.first = group.first.min(times.value(row));
            group.last = group.last.max(times.value(row));
            if let Some(user) = users.get(row) {
                group.users.add(user);
            }
        }
        check_groups(self.groups.len())
    }

    fn merge(&mut self, other: Self) -> Result<(), QueryError> {
        for (key, theirs) in other.groups {
            let ours = self.group(key);
            ours.events += theirs.events;
            ours.first = ours.first.min(theirs.first);
            ours.last = ours.last.max(theirs.last);
            ours.users.merge(theirs.users);
        }
        check_groups(self.groups.len())
    }
}

fn details(
    context: &Context,
    search: &ErrorSearch,
    issues: &[Members],
) -> Result<Vec<GroupDetail>, QueryError> {
    let steps = search.window.steps();
    let all = Members {
        whole: issues.iter().flat_map(|members| members.whole.iter().copied()).collect(),
        elsewhere: HashSet::new(),
        parts: issues.iter().flat_map(|members| members.parts.iter().copied()).collect(),
    };
    let mut conditions = vec![all.condition()];
    conditions.extend(search.conditions());
    let scan = Scan {
        window: search.window,
        columns: vec![
            "fingerprint",
            TIME,
            "variant",
            "count",
            "user_id",
            "service_name",
            "service_version",
            "deployment_environment",
        ],
        conditions,
    };
    let make =
        || Details { issues, steps, found: issues.iter().map(|_| Detail::new(steps)).collect() };
    let found = fold(context, &scan, context.snapshot(Table::Errors), make)?;
    Ok(found.found.into_iter().map(Detail::finish).collect())
}

struct Detail {
    events: u64,
    users: Users,
    series: Vec<u64>,
    environments: HashMap<String, u64>,
    services: HashMap<String, u64>,
    releases: HashMap<String, (u64, i64, i64)>,
}

impl Detail {
    fn new(steps: Steps) -> Self {
        Self {
            events: 0,
            users: Users::new(USERS_EXACT),
            series: vec![0; steps.count],
            environments: HashMap::new(),
            services: HashMap::new(),
            releases: HashMap::new(),
        }
    }

    fn finish(self) -> GroupDetail {
        let sorted = |names: HashMap<String, u64>| {
            let mut names: Vec<_> = names.into_iter().collect();
            names.sort_by(|(a, x), (b, y)| y.cmp(x).then_with(|| a.cmp(b)));
            names
        };
        let mut releases: Vec<ReleaseCount> = (self.releases.into_iter())
            .map(|(version, (events, first, last))| ReleaseCount { version, events, first, last })
            .collect();
        releases.sort_by(|a, b| b.last.cmp(&a.last).then_with(|| a.version.cmp(&b.version)));
        GroupDetail {
            events: self.events,
            users: self.users.count(),
            series: self.series,
            environments: sorted(self.environments),
            services: sorted(self.services),
            releases,
        }
    }
}

/// Counts a name, unless there are too many already.
fn count(names: &mut HashMap<String, u64>, name: &str, times: u64) {
    if let Some(count) = names.get_mut(name) {
        *count += times;
    } else if names.len() < NAMES_MAX {
        names.insert(name.to_owned(), times);
    }
}

fn count_release(
    releases: &mut HashMap<String, (u64, i64, i64)>,
    version: &str,
    (events, first, last): (u64, i64, i64),
) {
    if let Some(found) = releases.get_mut(version) {
        *found = (found.0 + events, found.1.min(first), found.2.max(last));
    } else if releases.len() < NAMES_MAX {
        releases.insert(version.to_owned(), (events, first, last));
    }
}

struct Details<'a> {
    issues: &'a [Members],
    steps: Steps,
    found: Vec<Detail>,
}

impl Fold for Details<'_> {
    fn rows(&mut self, rows: &RecordBatch) -> Result<(), QueryError> {
        let (fingerprints, variants) = (rows.long("fingerprint")?, rows.long("variant")?);
        let (times, counts) = (rows.long(TIME)?, rows.long("count")?);
        let (users, services) = (rows.text("user_id")?, rows.text("service_name")?);
        let releases = rows.text("service_version")?;
        let environments = rows.text("deployment_environment")?;
        // Rows lie sorted by fingerprint: most belong where the one before did.
        let mut last: Option<(i64, i64, Option<usize>)> = None;
        for row in 0..rows.num_rows() {
            let (fingerprint, variant) = (fingerprints.value(row), variants.value(row));
            let issue = match last {
                Some((f, v, issue)) if (f, v) == (fingerprint, variant) => issue,
                _ => self.issues.iter().position(|members| members.has(fingerprint, variant)),
            };
            last = Some((fingerprint, variant, issue));
            let Some(found) = issue.map(|issue| &mut self.found[issue]) else { continue };
            let (time, events) = (times.value(row), counts.value(row).unsigned_abs());
            found.events += events;
            found.series[self.steps.index(time)] += events;
            if let Some(user) = users.get(row) {
                found.users.add(user);
            }
            count(&mut found.services, services.get(row).unwrap_or_default(), events);
            count(&mut found.environments, environments.get(row).unwrap_or_default(), events);
            let release = releases.get(row).unwrap_or_default();
            count_release(&mut found.releases, release, (events, time, time));
        }
        Ok(())
    }

    fn merge(&mut self, other: Self) -> Result<(), QueryError> {
        for (ours, theirs) in self.found.iter_mut().zip(other.found) {
            ours.events += theirs.events;
            ours.users.merge(theirs.users);
            ours.series.iter_mut().zip(theirs.series).for_each(|(a, b)| *a += b);
            theirs.services.iter().for_each(|(name, n)| count(&mut ours.services, name, *n));
            let environments = theirs.environments.iter();
            environments.for_each(|(name, n)| count(&mut ours.environments, name, *n));
            let releases = theirs.releases.into_iter();
            releases.for_each(|(name, found)| count_release(&mut ours.releases, &name, found));
        }
        Ok(())
    }
}
