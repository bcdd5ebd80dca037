//! What is known of every issue, in memory: what belongs to it, how often it occurred, what was decided.
//!
//! Invariant: what is here is what the state database and the rows of `errors` say together; a start makes it
//! again from both.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use plimsoll_issues::rates::Rates;
use plimsoll_issues::release::{Release, is_later};
use plimsoll_issues::workflow::{Change, Seen, SinceIgnored, Status, Until, Workflow};
use plimsoll_query::Members;
use plimsoll_state::{Issue, IssueCount, WHOLE};

use super::budget::Budget;

const SECOND_NANO: i64 = 1_000_000_000;

/// Stretches that the time of an `ignored until so many within` is cut into.
const STRETCHES: i64 = 60;

/// Users told apart while an issue is ignored until so many are hit.
pub(super) const USERS_MAX: usize = 10_000;

/// Releases whose order is known; of others none is later.
const RELEASES_MAX: usize = 20_000;

/// An issue.
pub(super) struct Hot {
    pub(super) workflow: Workflow,
    pub(super) events: u64,
    pub(super) first_seen: i64,
    pub(super) last_seen: i64,
    pub(super) last_release: Arc<str>,
    pub(super) rates: Rates,
    pub(super) budget: Budget,
    /// What came since it was ignored, where it comes back by that.
    pub(super) watch: Option<Box<Watch>>,
    /// Whether the database has not its counts yet.
    pub(super) dirty: bool,
}

/// What came since an issue was ignored.
#[derive(Default)]
pub(super) struct Watch {
    events: u64,
    /// Number of the stretch, and how many came in it.
    stretches: VecDeque<(i64, u64)>,
    users: HashSet<u64>,
}

impl Watch {
    /// What an issue needs to be watched for; nothing unless it is ignored until something comes.
    pub(super) fn of(workflow: &Workflow) -> Option<Box<Self>> {
        match workflow.status {
            Status::Ignored {
                until: Until::Events { .. } | Until::Rate { .. } | Until::Users { .. },
                ..
            } => Some(Box::default()),
            _ => None,
        }
    }

    /// Counts occurrences of a user, and answers what came altogether.
    pub(super) fn count(
        &mut self,
        until: Until,
        time: i64,
        count: u64,
        user: Option<u64>,
    ) -> SinceIgnored {
        self.events += count;
        if let Some(user) = user
            && self.users.len() < USERS_MAX
        {
            self.users.insert(user);
        }
        let mut events_within = 0;
        if let Until::Rate { within_seconds, .. } = until {
            let stretch = (i64::from(within_seconds) * SECOND_NANO / STRETCHES).max(1);
            let at = time.div_euclid(stretch);
            match self.stretches.iter_mut().find(|(known, _)| *known == at) {
                Some((_, counted)) => *counted += count,
                None => self.stretches.push_back((at, count)),
            }
            let newest = self.stretches.iter().map(|(at, _)| *at).max().unwrap_or(at);
            self.stretches.retain(|(at, _)| *at > newest - STRETCHES);
            events_within = self.stretches.iter().map(|(_, counted)| counted).sum();
        }
        SinceIgnored { events: self.events, events_within, users: self.users.len() as u64 }
    }
}

/// Occurrences of one issue that came together.
pub(super) struct Arrival<'a> {
    pub(super) count: u64,
    /// When the last happened, and the first.
    pub(super) time: i64,
    pub(super) first: i64,
    pub(super) release: &'a str,
    pub(super) user: Option<u64>,
}

impl Hot {
    pub(super) fn new(workflow: Workflow, time: i64) -> Self {
        Self {
            watch: Watch::of(&workflow),
            workflow,
            events: 0,
            first_seen: time,
            last_seen: time,
            last_release: Arc::from(""),
            rates: Rates::new(),
            budget: Budget::default(),
            dirty: true,
        }
    }

    pub(super) fn of(issue: &Issue) -> Self {
        // What this program wrote it reads again; of what it cannot, the issue waits for somebody.
        let workflow: Workflow = serde_json::from_str(&issue.workflow).unwrap_or_default();
        Self {
            watch: Watch::of(&workflow),
            workflow,
            events: issue.events.unsigned_abs(),
            first_seen: issue.first_seen,
            last_seen: issue.last_seen,
            last_release: Arc::from(issue.last_release.as_str()),
            rates: serde_json::from_str(&issue.rates).unwrap_or_default(),
            budget: Budget::default(),
            dirty: false,
        }
    }

    /// Counts occurrences, and says what they change.
    pub(super) fn see(
        &mut self,
        arrival: &Arrival<'_>,
        now: i64,
        releases: &Releases,
    ) -> Option<Change> {
        self.events += arrival.count;
        self.first_seen = self.first_seen.min(arrival.first);
        if arrival.time >= self.last_seen {
            self.last_seen = arrival.time;
            if *self.last_release != *arrival.release {
                self.last_release = Arc::from(arrival.release);
            }
        }
        self.rates.count(arrival.count, now);
        self.dirty = true;
        let since_ignored = match (&mut self.watch, &self.workflow.status) {
            (Some(watch), Status::Ignored { at, until }) if arrival.time > *at => {
                watch.count(*until, arrival.time, arrival.count, arrival.user)
            }
            _ => SinceIgnored::default(),
        };
        let seen = Seen {
            time: arrival.time,
            release: arrival.release,
            since_ignored,
            rates: &self.rates,
        };
        let change = self.workflow.see(&seen, now, |a, b| releases.is_later(a, b));
        if change.is_some() {
            self.watch = None;
        }
        change
    }

    /// Counts again what came since the issue was ignored: for each second and user how many. Says whether that
    /// is what it was ignored until.
    pub(super) fn watch_again(
        &mut self,
        since: Vec<(i64, u64, Option<u64>)>,
        now: i64,
        releases: &Releases,
    ) -> Option<Change> {
        let Status::Ignored { until, .. } = self.workflow.status else { return None };
        let mut watch = Watch::of(&self.workflow)?;
        let mut since_ignored = SinceIgnored::default();
        for (time, count, user) in since {
            since_ignored = watch.count(until, time, count, user);
        }
        let seen = Seen { time: i64::MAX, release: "", since_ignored, rates: &self.rates };
        let change = self.workflow.see(&seen, now, |a, b| releases.is_later(a, b));
        self.watch = change.is_none().then_some(watch);
        change
    }

    pub(super) fn count(&self, id: i64) -> IssueCount {
        IssueCount {
            id,
            events: i64::try_from(self.events).unwrap_or(i64::MAX),
            first_seen: self.first_seen,
            last_seen: self.last_seen,
            last_release: self.last_release.to_string(),
            rates: serde_json::to_string(&self.rates).unwrap_or_default(),
        }
    }
}

/// When releases were first heard of, and in which services.
#[derive(Default)]
pub(super) struct Releases {
    created: HashMap<String, i64>,
    services: HashSet<(String, String)>,
}

impl Releases {
    pub(super) fn note(&mut self, version: &str, service: &str, created: i64) {
        if self.created.len() >= RELEASES_MAX || self.services.len() >= RELEASES_MAX {
            return;
        }
        self.created.entry(version.to_owned()).or_insert(created);
        self.services.insert((version.to_owned(), service.to_owned()));
    }

    /// Whether a release is known in a service.
    pub(super) fn knows(&self, version: &str, service: &str) -> bool {
        self.services.len() >= RELEASES_MAX
            || self.services.contains(&(version.to_owned(), service.to_owned()))
    }

    fn is_later(&self, a: &str, b: &str) -> bool {
        let release = |version| Release { version, created: self.created.get(version).copied() };
        is_later(release(a), release(b))
    }
}

/// All issues.
#[derive(Default)]
pub(super) struct Live {
    issues: HashMap<i64, Hot>,
    /// By fingerprint, and the variant or [`WHOLE`].
    groups: HashMap<(i64, i64), i64>,
    /// Groups of each issue.
    of_issue: HashMap<i64, BTreeSet<(i64, i64)>>,
    /// Fingerprints with variants of their own.
    split: Arc<HashSet<i64>>,
    pub(super) releases: Releases,
    /// The last number given to a row.
    pub(super) received: i64,
}

impl Live {
    pub(super) fn insert(&mut self, id: i64, hot: Hot) {
        self.issues.insert(id, hot);
    }

    pub(super) fn remove(&mut self, id: i64) -> Option<Hot> {
        self.issues.remove(&id)
    }

    pub(super) fn get(&self, id: i64) -> Option<&Hot> {
        self.issues.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: i64) -> Option<&mut Hot> {
        self.issues.get_mut(&id)
    }

    pub(super) fn len(&self) -> usize {
        self.issues.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (i64, &Hot)> {
        self.issues.iter().map(|(id, hot)| (*id, hot))
    }

    /// Two issues and what they need of the whole.
    pub(super) fn issue_and_releases(&mut self, id: i64) -> Option<(&mut Hot, &Releases)> {
        self.issues.get_mut(&id).map(|hot| (hot, &self.releases))
    }

    /// Gives a group to an issue.
    pub(super) fn assign(&mut self, group: (i64, i64), issue: i64) {
        if let Some(before) = self.groups.insert(group, issue)
            && let Some(groups) = self.of_issue.get_mut(&before)
        {
            groups.remove(&group);
        }
        self.of_issue.entry(issue).or_default().insert(group);
        if group.1 != WHOLE && !self.split.contains(&group.0) {
            Arc::make_mut(&mut self.split).insert(group.0);
        }
    }

    /// The issue of an occurrence.
    pub(super) fn issue_of(&self, fingerprint: i64, variant: i64) -> Option<i64> {
        let own = self.split.contains(&fingerprint).then_some((fingerprint, variant));
        let own = own.and_then(|group| self.groups.get(&group));
        own.or_else(|| self.groups.get(&(fingerprint, WHOLE))).copied()
    }

    /// Fingerprints with variants of their own.
    pub(super) fn split(&self) -> Arc<HashSet<i64>> {
        Arc::clone(&self.split)
    }

    /// Groups of an issue.
    pub(super) fn groups_of(&self, issue: i64) -> Vec<(i64, i64)> {
        self.of_issue.get(&issue).into_iter().flatten().copied().collect()
    }

    /// Which rows belong to an issue.
    pub(super) fn members(&self, issue: i64) -> Members {
        let groups = self.groups_of(issue);
        let whole: HashSet<i64> = (groups.iter())
            .filter(|(_, variant)| *variant == WHOLE)
            .map(|(fingerprint, _)| *fingerprint)
            .collect();
        // Few fingerprints are split: only then is every group looked at.
        let is_split = whole.iter().any(|fingerprint| self.split.contains(fingerprint));
        let elsewhere = (is_split.then(|| self.groups.iter()).into_iter().flatten())
            .filter(|((fingerprint, variant), of)| {
                *variant != WHOLE && **of != issue && whole.contains(fingerprint)
            })
            .map(|(group, _)| *group)
            .collect();
        let parts = groups.into_iter().filter(|(_, variant)| *variant != WHOLE).collect();
        Members { whole, elsewhere, parts }
    }

    /// What the database does not know yet of an issue.
    pub(super) fn refresh(&self, issue: &mut Issue) {
        if let Some(hot) = self.issues.get(&issue.id) {
            issue.events = i64::try_from(hot.events).unwrap_or(i64::MAX);
            (issue.first_seen, issue.last_seen) = (hot.first_seen, hot.last_seen);
            issue.last_release = hot.last_release.to_string();
            let (status, substatus, workflow) = super::digest::stored(&hot.workflow);
            (issue.status, issue.substatus, issue.workflow) = (status, substatus, workflow);
        }
    }

    /// Issues that were last seen before a time.
    pub(super) fn older_than(&self, before: i64) -> Vec<i64> {
        self.iter().filter(|(_, hot)| hot.last_seen < before).map(|(id, _)| id).collect()
    }

    /// Issues that are no more, with their groups.
    pub(super) fn forget(&mut self, ids: &[i64]) {
        for id in ids {
            self.issues.remove(id);
            for group in self.of_issue.remove(id).into_iter().flatten() {
                self.groups.remove(&group);
            }
        }
    }

    /// Counts that the database has not yet.
    pub(super) fn unsaved(&self) -> Vec<IssueCount> {
        self.iter().filter(|(_, hot)| hot.dirty).map(|(id, hot)| hot.count(id)).collect()
    }

    /// The database has these counts.
    pub(super) fn saved(&mut self, counts: &[IssueCount]) {
        for count in counts {
            if let Some(hot) = self.issues.get_mut(&count.id) {
                hot.dirty = false;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn live() -> Live {
        let mut live = Live::default();
        for (id, fingerprint) in [(1, 10), (2, 11)] {
            live.insert(id, Hot::new(Workflow::new(0), 0));
            live.assign((fingerprint, WHOLE), id);
        }
        live
    }

    #[test]
    fn groups_are_merged_and_split() {
        let mut live = live();
        live.assign((11, WHOLE), 1);
        assert_eq!(live.issue_of(11, 5), Some(1));
        assert_eq!(live.groups_of(1), [(10, WHOLE), (11, WHOLE)]);
        assert!(live.groups_of(2).is_empty());

        live.assign((11, 5), 2);
        assert_eq!((live.issue_of(11, 5), live.issue_of(11, 6)), (Some(2), Some(1)));
        let (one, two) = (live.members(1), live.members(2));
        assert!(one.has(11, 6) && !one.has(11, 5) && one.has(10, 5));
        assert!(two.has(11, 5) && !two.has(11, 6));
        assert!(live.split().contains(&11) && !live.split().contains(&10));
    }

    #[test]
    fn what_came_since_is_counted_by_its_condition() {
        let minute = 60 * SECOND_NANO;
        let until = Until::Rate { events: 9, within_seconds: 3_600 };
        let mut watch = Watch::default();
        assert_eq!(watch.count(until, 0, 5, Some(1)).events_within, 5);
        assert_eq!(watch.count(until, 59 * minute, 1, Some(1)).events_within, 6);
        let since = watch.count(until, 60 * minute, 1, Some(2));
        assert_eq!((since.events, since.events_within, since.users), (7, 2, 2));
        assert_eq!(watch.count(until, 10 * minute, 1, None).events_within, 3, "late, and within");
    }
}
