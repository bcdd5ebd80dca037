//! What people do with issues: decide, assign, merge, split.
//!
//! Invariants: a change is in the state database before anybody is told; counts move with the groups they are
//! of, so that two issues together always have what they had before.

use plimsoll_issues::workflow::{Status, Until, Workflow};
use plimsoll_query::{ErrorSearch, Window};
use plimsoll_state::{Actor, Issue, IssueCount, IssueEdit, NewActivity, NewIssue, WHOLE};
use serde::Deserialize;
use utoipa::ToSchema;

use super::digest::stored;
use super::live::{Hot, USERS_MAX, Watch};
use super::{Errors, no_such};
use crate::access::state_problem;
use crate::api::{parse_time, query_problem};
use crate::problem::Problem;

/// Longest name of an assignee, in characters.
const NAME_CHARS_MAX: usize = 100;

/// A change of an issue: of its status, its assignee or both.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = IssueChange)]
pub(crate) struct ChangeRequest {
    /// `unresolved`, `resolved` or `ignored`.
    status: Option<String>,
    /// With `resolved`: the fix comes with the next release.
    #[serde(default)]
    in_next_release: bool,
    /// With `ignored`: until when; for good where absent.
    until: Option<UntilRequest>,
    /// Who works on it; null for nobody.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    assignee: Option<Option<String>>,
}

/// When an ignored issue comes back.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = IgnoreUntil)]
pub(crate) struct UntilRequest {
    /// At this time: RFC 3339, Unix seconds, or relative like +7d.
    time: Option<String>,
    /// With so many more occurrences.
    events: Option<u64>,
    /// With `events`: within so many seconds.
    within_seconds: Option<u32>,
    /// With so many users hit from now on.
    users: Option<u64>,
}

/// Tells null from absent.
fn present<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl ChangeRequest {
    /// The status that is asked for.
    fn status(&self, last_release: &str, now: i64) -> Result<Option<Status>, Problem> {
        let (until, next) = (&self.until, self.in_next_release);
        let status = match self.status.as_deref() {
            None if until.is_none() && !next => return Ok(None),
            Some("unresolved") if until.is_none() && !next => Status::Unresolved,
            Some("resolved") if until.is_none() && next && last_release.is_empty() => {
                return Err(Problem::invalid(
                    "its occurrences name no release, so no release is the next",
                )
                .hint("set the release in the SDK, or resolve it now"));
            }
            Some("resolved") if until.is_none() => {
                let after_release = next.then(|| last_release.to_owned());
                Status::Resolved { at: now, after_release }
            }
            Some("ignored") if !next => {
                let until = until.as_ref().map(|until| until.parse(now)).transpose()?;
                Status::Ignored { at: now, until: until.unwrap_or(Until::Forever) }
            }
            other => {
                return Err(Problem::invalid(format!(
                    "status {other:?} with in_next_release {next} and{} until is no change, \
                     expected unresolved, resolved (perhaps in_next_release) or ignored (perhaps \
                     until)",
                    if until.is_some() { " an" } else { " no" }
                )));
            }
        };
        Ok(Some(status))
    }
}

impl UntilRequest {
    fn parse(&self, now: i64) -> Result<Until, Problem> {
        let Self { time, events, within_seconds, users } = self;
        match (time, events, within_seconds, users) {
            (Some(time), None, None, None) => parse_time(time, now)
                .filter(|time| *time > now)
                .map(|time| Until::Time { time })
                .ok_or_else(|| {
                    Problem::invalid(format!("until.time is {time:?}, expected a time to come"))
                }),
            (None, Some(events @ 1..), None, None) => Ok(Until::Events { events: *events }),
            (None, Some(events @ 1..), Some(within_seconds @ 60..), None) => {
                Ok(Until::Rate { events: *events, within_seconds: *within_seconds })
            }
            (None, None, None, Some(users)) if (1..=USERS_MAX as u64).contains(users) => {
                Ok(Until::Users { users: *users })
            }
            _ => Err(Problem::invalid(format!(
                "until is not understood, expected one of time, events (perhaps with \
                 within_seconds, at least 60) and users (1 to {USERS_MAX})"
            ))),
        }
    }
}

/// What became of a change of several issues.
#[derive(Debug, Default)]
pub(crate) struct Changed {
    pub(crate) changed: Vec<i64>,
    pub(crate) failed: Vec<(i64, Problem)>,
}

impl Errors {
    /// Changes issues, all that can be.
    pub(crate) async fn change(
        &self,
        ids: &[i64],
        change: &ChangeRequest,
        actor: &Actor,
    ) -> Result<Changed, Problem> {
        if change.status.is_none() && change.assignee.is_none() {
            return Err(Problem::invalid("the change has neither a status nor an assignee"));
        }
        if let Some(Some(name)) = &change.assignee
            && (name.is_empty() || name.chars().count() > NAME_CHARS_MAX)
        {
            return Err(Problem::invalid(format!(
                "an assignee has 1 to {NAME_CHARS_MAX} characters"
            )));
        }
        let mut live = self.live.lock().await;
        let now = self.clock.now();
        let (mut result, mut edits, mut decided) = (Changed::default(), Vec::new(), Vec::new());
        for &id in ids {
            let Some(hot) = live.get(id) else {
                result.failed.push((id, no_such(id)));
                continue;
            };
            match change.status(&hot.last_release, now) {
                Err(problem) => result.failed.push((id, problem)),
                Ok(status) => {
                    let workflow = status.map(|status| Workflow::decide(status, now));
                    edits.extend(self.edits(id, workflow.as_ref(), change, actor));
                    decided.extend(workflow.map(|workflow| (id, workflow)));
                }
            }
        }
        result.changed = self.state.edit_issues(&edits).await.map_err(state_problem)?;
        result.changed.dedup();
        for (id, workflow) in decided {
            if let Some(hot) = live.get_mut(id) {
                hot.watch = Watch::of(&workflow);
                hot.workflow = workflow;
            }
        }
        Ok(result)
    }

    /// A change as lines of history.
    fn edits(
        &self,
        id: i64,
        workflow: Option<&Workflow>,
        change: &ChangeRequest,
        actor: &Actor,
    ) -> impl Iterator<Item = IssueEdit> {
        let status = workflow.map(|workflow| {
            let kind = workflow.status_name();
            let text = match &workflow.status {
                Status::Resolved { after_release: Some(release), .. } => {
                    format!("in the release after {release}")
                }
                Status::Ignored { until, .. } => until_text(*until),
                _ => String::new(),
            };
            let activity = NewActivity::new(actor, kind, text);
            IssueEdit { id, decided: Some(stored(workflow)), assignee: None, activity }
        });
        let assigned = change.assignee.clone().map(|assignee| {
            let text = assignee.clone().unwrap_or_else(|| "nobody".to_owned());
            let activity = NewActivity::new(actor, "assigned", text);
            IssueEdit { id, decided: None, assignee: Some(assignee), activity }
        });
        status.into_iter().chain(assigned)
    }

    /// Makes issues part of another.
    pub(crate) async fn merge(&self, into: i64, ids: &[i64], actor: &Actor) -> Result<(), Problem> {
        let mut ids: Vec<i64> = ids.iter().copied().filter(|id| *id != into).collect();
        ids.sort_unstable();
        ids.dedup();
        if ids.is_empty() {
            return Err(Problem::invalid(
                "ids is empty, expected the issues to merge into the other",
            ));
        }
        let mut live = self.live.lock().await;
        self.save_counts(&mut live).await.map_err(state_problem)?;
        let mut count = live.get(into).ok_or_else(|| no_such(into))?.count(into);
        for &id in &ids {
            let other = live.get(id).ok_or_else(|| no_such(id))?.count(id);
            count.events += other.events;
            count.first_seen = count.first_seen.min(other.first_seen);
            count.last_seen = count.last_seen.max(other.last_seen);
        }
        let names: Vec<String> = ids.iter().map(|id| format!("#{id}")).collect();
        let activity = NewActivity::new(actor, "merged", names.join(", "));
        self.state.merge_issues(&ids, &count, &activity).await.map_err(state_problem)?;
        for id in ids {
            for group in live.groups_of(id) {
                live.assign(group, into);
            }
            live.remove(id);
        }
        set_count(live.get_mut(into), &count);
        Ok(())
    }

    /// Takes a group, or variants of one, out of an issue and makes them one of their own.
    pub(crate) async fn split(
        &self,
        id: i64,
        fingerprint: i64,
        variants: &[i64],
        actor: &Actor,
    ) -> Result<i64, Problem> {
        let mut live = self.live.lock().await;
        self.save_counts(&mut live).await.map_err(state_problem)?;
        live.get(id).ok_or_else(|| no_such(id))?;
        let groups: Vec<(i64, i64)> = match variants {
            [] => (live.groups_of(id).into_iter()).filter(|(of, _)| *of == fingerprint).collect(),
            variants => variants.iter().map(|variant| (fingerprint, *variant)).collect(),
        };
        let mut members = live.members(id);
        let belongs = groups.iter().all(|(fingerprint, variant)| match *variant {
            WHOLE => members.whole.contains(fingerprint),
            variant => members.has(*fingerprint, variant),
        });
        if groups.is_empty() || !belongs {
            return Err(Problem::invalid(format!("issue #{id} has no such group"))
                .hint(format!("GET /api/v1/monitoring/errors/{id}/groups lists them")));
        }
        if variants.is_empty() && live.groups_of(id).len() == groups.len() {
            return Err(Problem::invalid(format!("this is all that belongs to issue #{id}"))
                .hint("name variants of it to split them off"));
        }
        if variants.is_empty() {
            members.whole.retain(|of| *of == fingerprint);
            members.parts.retain(|(of, _)| *of == fingerprint);
        } else {
            members.whole.clear();
            members.parts = groups.iter().copied().collect();
        }
        let moved = self.moved(members).await?;
        let old = self.state.issue(id).await.map_err(state_problem)?;
        let issue = Issue {
            events: moved.events.cast_signed(),
            first_seen: moved.first,
            last_seen: moved.last,
            kind: moved.kind,
            message: moved.message,
            culprit: moved.culprit,
            ..old.ok_or_else(|| no_such(id))?
        };
        let new = NewIssue { issue, groups };
        let mut left = live.get(id).ok_or_else(|| no_such(id))?.count(id);
        left.events = (left.events - new.issue.events).max(0);
        let activity = NewActivity::new(actor, "split", new.issue.message.clone());
        let made = self.state.split_issue(&left, &new, &activity).await.map_err(state_problem)?;
        live.insert(made, Hot::of(&new.issue));
        new.groups.iter().for_each(|group| live.assign(*group, made));
        set_count(live.get_mut(id), &left);
        Ok(made)
    }

    /// What is known of occurrences that become an issue of their own.
    async fn moved(&self, members: plimsoll_query::Members) -> Result<Moved, Problem> {
        let search = ErrorSearch::all(Window::ALL);
        let counted = self.engine.error_bounds(search, members.clone()).await;
        let counted = counted.map_err(query_problem)?;
        let newest = self.engine.occurrence(members, plimsoll_query::Which::Latest).await;
        let newest = newest.map_err(query_problem)?.map(|(newest, _)| newest);
        let (events, first, last) = counted.ok_or_else(|| {
            Problem::invalid("nothing that is still stored belongs to this group")
                .hint("occurrences are kept as long as retention.errors says")
        })?;
        let newest = newest.unwrap_or_default();
        Ok(Moved {
            events,
            first,
            last,
            kind: newest.exception_type,
            message: newest.message,
            culprit: newest.culprit,
        })
    }
}

struct Moved {
    events: u64,
    first: i64,
    last: i64,
    kind: String,
    message: String,
    culprit: String,
}

fn set_count(hot: Option<&mut Hot>, count: &IssueCount) {
    if let Some(hot) = hot {
        hot.events = count.events.unsigned_abs();
        (hot.first_seen, hot.last_seen) = (count.first_seen, count.last_seen);
    }
}

fn until_text(until: Until) -> String {
    match until {
        Until::Forever => String::new(),
        Until::Time { time } => format!("until {}", plimsoll_query::rfc3339(time)),
        Until::Events { events } => format!("until {events} more"),
        Until::Rate { events, within_seconds } => format!("until {events} in {within_seconds} s"),
        Until::Users { users } => format!("until {users} more users"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(change: &str) -> Result<Option<Status>, String> {
        let change: ChangeRequest = serde_json::from_str(change).map_err(|e| e.to_string())?;
        change.status("1.4", 1_000_000_000).map_err(|problem| problem.detail)
    }

    #[test]
    fn changes_are_read_and_mistakes_named() {
        let at = 1_000_000_000;
        let ignored = |until| Ok(Some(Status::Ignored { at, until }));
        assert_eq!(status(r#"{"assignee":null}"#), Ok(None));
        assert_eq!(status(r#"{"status":"unresolved"}"#), Ok(Some(Status::Unresolved)));
        let after_release = Some("1.4".to_owned());
        assert_eq!(
            status(r#"{"status":"resolved","in_next_release":true}"#),
            Ok(Some(Status::Resolved { at, after_release }))
        );
        assert_eq!(status(r#"{"status":"ignored"}"#), ignored(Until::Forever));
        assert_eq!(
            status(r#"{"status":"ignored","until":{"events":5,"within_seconds":60}}"#),
            ignored(Until::Rate { events: 5, within_seconds: 60 })
        );
        assert_eq!(
            status(r#"{"status":"ignored","until":{"time":"1970-01-01T00:01:00Z"}}"#),
            ignored(Until::Time { time: 60_000_000_000 })
        );
        for wrong in [
            r#"{"status":"closed"}"#,
            r#"{"status":"resolved","until":{"events":1}}"#,
            r#"{"status":"ignored","until":{}}"#,
            r#"{"status":"ignored","until":{"events":0}}"#,
            r#"{"status":"ignored","until":{"time":"1970-01-01T00:00:00Z"}}"#,
            r#"{"status":"ignored","until":{"users":99999999}}"#,
            r#"{"in_next_release":true}"#,
            r#"{"resolved":true}"#,
        ] {
            assert!(status(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn null_and_absent_assignees_differ() {
        let change = |text| serde_json::from_str::<ChangeRequest>(text).unwrap().assignee;
        assert_eq!(change(r#"{"status":"resolved"}"#), None);
        assert_eq!(change(r#"{"assignee":null}"#), Some(None));
        assert_eq!(change(r#"{"assignee":"anna"}"#), Some(Some("anna".to_owned())));
    }
}
