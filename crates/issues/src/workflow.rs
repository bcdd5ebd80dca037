//! What becomes of an issue: what people decide, and what an occurrence changes about it.
//!
//! Invariants: an occurrence that is older than a decision never undoes it; each occurrence changes the status
//! at most once, so that it is told at most once; what is decided here is stored as it is, so a word of it never
//! changes its meaning.

use serde::{Deserialize, Serialize};

use crate::rates::Rates;

/// Where an issue stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Status {
    /// It waits for somebody.
    #[default]
    Unresolved,
    /// It is said to be fixed.
    Resolved {
        /// When that was said, Unix nanoseconds.
        at: i64,
        /// The newest release then, where the next one has the fix; none where it is fixed now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after_release: Option<String>,
    },
    /// Nobody wants to hear of it.
    Ignored {
        /// Since when, Unix nanoseconds.
        at: i64,
        /// Until when.
        until: Until,
    },
}

/// When an ignored issue comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "until", rename_all = "snake_case")]
pub enum Until {
    /// Never.
    Forever,
    /// With the first occurrence after a time, Unix nanoseconds.
    Time {
        /// The time.
        time: i64,
    },
    /// With so many more occurrences.
    Events {
        /// How many.
        events: u64,
    },
    /// With so many occurrences within so many seconds.
    Rate {
        /// How many.
        events: u64,
        /// Within how many seconds.
        within_seconds: u32,
    },
    /// With so many users hit since.
    Users {
        /// How many.
        users: u64,
    },
}

/// A word more on a status, for lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Substatus {
    /// Nobody has looked at it, and it is young.
    #[default]
    New,
    /// It was resolved, and came back.
    Regressed,
    /// It occurs far more often than it used to.
    Spiking,
    /// It is there.
    Ongoing,
    /// It is resolved in the next release.
    InNextRelease,
    /// It is ignored until something happens.
    UntilCondition,
    /// It is ignored for good.
    Forever,
    /// It is resolved.
    None,
}

impl Substatus {
    /// Its name in the API and in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Regressed => "regressed",
            Self::Spiking => "spiking",
            Self::Ongoing => "ongoing",
            Self::InNextRelease => "in_next_release",
            Self::UntilCondition => "until_condition",
            Self::Forever => "forever",
            Self::None => "",
        }
    }
}

/// How long an issue is called new, and a change of its status is told, in nanoseconds.
const NEW_NANO: i64 = 7 * 86_400 * 1_000_000_000;

/// All that is decided about an issue.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Workflow {
    /// Where it stands.
    #[serde(flatten)]
    pub status: Status,
    /// A word more.
    pub substatus: Substatus,
    /// When the substatus began, Unix nanoseconds.
    pub since: i64,
}

/// What is known of an ignored issue since it was ignored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SinceIgnored {
    /// Occurrences, this one included.
    pub events: u64,
    /// Occurrences within the time that the condition names, this one included.
    pub events_within: u64,
    /// Users, this one's included.
    pub users: u64,
}

/// An occurrence, or several at once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seen<'a> {
    /// When it happened, Unix nanoseconds.
    pub time: i64,
    /// Its release; empty where unknown.
    pub release: &'a str,
    /// What came since the issue was ignored.
    pub since_ignored: SinceIgnored,
    /// How often the issue occurs, this occurrence included.
    pub rates: &'a Rates,
}

/// What happened to an issue by itself. Alerting reads these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It came back after it was resolved.
    Regressed,
    /// What it was ignored until has happened.
    Unignored,
    /// It occurs far more often than it used to.
    Spiking,
}

impl Change {
    /// Its name in the API and in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Regressed => "regressed",
            Self::Unignored => "unignored",
            Self::Spiking => "spiking",
        }
    }
}

impl Workflow {
    /// That of an issue first seen at a time.
    #[must_use]
    pub fn new(now: i64) -> Self {
        Self { status: Status::Unresolved, substatus: Substatus::New, since: now }
    }

    /// What somebody decides at a time.
    #[must_use]
    pub fn decide(status: Status, now: i64) -> Self {
        let substatus = match &status {
            Status::Unresolved => Substatus::Ongoing,
            Status::Resolved { after_release: Some(_), .. } => Substatus::InNextRelease,
            Status::Resolved { after_release: None, .. } => Substatus::None,
            Status::Ignored { until: Until::Forever, .. } => Substatus::Forever,
            Status::Ignored { .. } => Substatus::UntilCondition,
        };
        Self { status, substatus, since: now }
    }

    /// `unresolved`, `resolved` or `ignored`.
    #[must_use]
    pub const fn status_name(&self) -> &'static str {
        match self.status {
            Status::Unresolved => "unresolved",
            Status::Resolved { .. } => "resolved",
            Status::Ignored { .. } => "ignored",
        }
    }

    /// What an occurrence changes. `is_later` says of two releases whether the first came after the second;
    /// of an unknown one nobody knows.
    pub fn see(
        &mut self,
        seen: &Seen<'_>,
        now: i64,
        is_later: impl Fn(&str, &str) -> bool,
    ) -> Option<Change> {
        let (change, substatus) = match &self.status {
            Status::Resolved { at, after_release: None } if seen.time > *at => {
                (Change::Regressed, Substatus::Regressed)
            }
            Status::Resolved { at, after_release: Some(release) }
                if seen.time > *at && is_later(seen.release, release) =>
            {
                (Change::Regressed, Substatus::Regressed)
            }
            Status::Ignored { at, until } if seen.time > *at && until.is_over(seen) => {
                (Change::Unignored, Substatus::Ongoing)
            }
            Status::Unresolved if self.substatus != Substatus::Spiking && seen.rates.is_spike() => {
                (Change::Spiking, Substatus::Spiking)
            }
            Status::Unresolved => {
                self.settle(seen.rates, now);
                return None;
            }
            Status::Resolved { .. } | Status::Ignored { .. } => return None,
        };
        *self = Self { status: Status::Unresolved, substatus, since: now };
        Some(change)
    }

    /// What is new, spiking or regressed is so for a time only.
    fn settle(&mut self, rates: &Rates, now: i64) {
        let passed = match self.substatus {
            Substatus::New | Substatus::Regressed => now.saturating_sub(self.since) > NEW_NANO,
            Substatus::Spiking => rates.is_calm(),
            _ => false,
        };
        if passed {
            (self.substatus, self.since) = (Substatus::Ongoing, now);
        }
    }
}

impl Until {
    fn is_over(&self, seen: &Seen<'_>) -> bool {
        match *self {
            Self::Forever => false,
            Self::Time { time } => seen.time >= time,
            Self::Events { events } => seen.since_ignored.events >= events,
            Self::Rate { events, .. } => seen.since_ignored.events_within >= events,
            Self::Users { users } => seen.since_ignored.users >= users,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(time: i64, release: &str) -> Seen<'_> {
        static CALM: Rates = Rates::new();
        Seen { time, release, since_ignored: SinceIgnored::default(), rates: &CALM }
    }

    /// Releases are later by the alphabet.
    fn see(workflow: &mut Workflow, seen: &Seen<'_>) -> Option<Change> {
        workflow.see(seen, seen.time + 1, |a, b| !a.is_empty() && a > b)
    }

    #[test]
    fn resolved_issues_regress_by_later_occurrences_only() {
        let mut workflow = Workflow::decide(Status::Resolved { at: 100, after_release: None }, 100);
        assert_eq!(see(&mut workflow, &seen(100, "")), None);
        assert_eq!(workflow.status_name(), "resolved");
        assert_eq!(see(&mut workflow, &seen(101, "")), Some(Change::Regressed));
        assert_eq!(workflow.substatus, Substatus::Regressed);
        assert_eq!(see(&mut workflow, &seen(102, "")), None, "it is told once");
    }

    #[test]
    fn resolved_in_the_next_release_waits_for_a_later_one() {
        let after_release = Some("1.4".to_owned());
        let mut workflow = Workflow::decide(Status::Resolved { at: 100, after_release }, 100);
        for release in ["1.4", "1.3", ""] {
            assert_eq!(see(&mut workflow, &seen(200, release)), None, "{release}");
        }
        assert_eq!(see(&mut workflow, &seen(50, "1.5")), None, "older than the decision");
        assert_eq!(see(&mut workflow, &seen(200, "1.5")), Some(Change::Regressed));
    }

    #[test]
    fn ignored_issues_come_back_by_their_condition() {
        let check = |until, events, events_within, users, time, back: bool| {
            let mut workflow = Workflow::decide(Status::Ignored { at: 100, until }, 100);
            let since_ignored = SinceIgnored { events, events_within, users };
            let seen = Seen { since_ignored, ..seen(time, "") };
            let change = see(&mut workflow, &seen);
            assert_eq!(change, back.then_some(Change::Unignored), "{until:?} {seen:?}");
            assert_eq!(workflow.status_name(), if back { "unresolved" } else { "ignored" });
        };
        check(Until::Forever, 1 << 40, 1 << 40, 1 << 40, 1 << 60, false);
        check(Until::Time { time: 500 }, 9, 9, 9, 499, false);
        check(Until::Time { time: 500 }, 1, 1, 1, 500, true);
        check(Until::Events { events: 10 }, 9, 9, 9, 200, false);
        check(Until::Events { events: 10 }, 10, 1, 1, 200, true);
        check(Until::Rate { events: 10, within_seconds: 60 }, 99, 9, 9, 200, false);
        check(Until::Rate { events: 10, within_seconds: 60 }, 99, 10, 9, 200, true);
        check(Until::Users { users: 3 }, 99, 99, 2, 200, false);
        check(Until::Users { users: 3 }, 99, 99, 3, 200, true);
    }

    #[test]
    fn what_is_stored_is_read_again() {
        let text = |workflow: &Workflow| serde_json::to_string(workflow).unwrap();
        let rate = Until::Rate { events: 5, within_seconds: 60 };
        for (status, stored) in [
            (Status::Unresolved, r#"{"status":"unresolved","substatus":"ongoing","since":9}"#),
            (
                Status::Resolved { at: 7, after_release: Some("1".to_owned()) },
                r#"{"status":"resolved","at":7,"after_release":"1","substatus":"in_next_release","since":9}"#,
            ),
            (
                Status::Ignored { at: 7, until: rate },
                r#"{"status":"ignored","at":7,"until":{"until":"rate","events":5,"within_seconds":60},"substatus":"until_condition","since":9}"#,
            ),
        ] {
            let workflow = Workflow::decide(status, 9);
            assert_eq!(text(&workflow), stored);
            assert_eq!(serde_json::from_str::<Workflow>(stored).unwrap(), workflow);
        }
    }

    #[test]
    fn what_is_new_grows_old() {
        let mut workflow = Workflow::new(0);
        assert_eq!(see(&mut workflow, &seen(NEW_NANO - 1, "")), None);
        assert_eq!(workflow.substatus, Substatus::New);
        assert_eq!(see(&mut workflow, &seen(NEW_NANO + 1, "")), None);
        assert_eq!(workflow.substatus, Substatus::Ongoing);
    }
}
