//! The inbox: which issues, in which order, with how many occurrences.
//!
//! Invariant: an issue is listed if and only if it has an occurrence within the range and the filters.

use std::cmp::Reverse;
use std::collections::HashMap;

use plimsoll_model::ErrorCode;
use plimsoll_query::{ErrorSearch, GroupDetail, GroupTotals, rfc3339};
use plimsoll_state::{Issue, IssueQuery};

use super::Errors;
use super::types::{IssueCounts, IssueList, IssueView};
use crate::access::state_problem;
use crate::api::query_problem;
use crate::problem::Problem;

/// In which order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Sort {
    /// What occurred last comes first.
    #[default]
    LastSeen,
    /// What is newest comes first.
    FirstSeen,
    /// What occurs most comes first.
    Events,
    /// What hits most users comes first.
    Users,
}

impl std::str::FromStr for Sort {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Ok(match text {
            "last_seen" => Self::LastSeen,
            "first_seen" => Self::FirstSeen,
            "events" => Self::Events,
            "users" => Self::Users,
            _ => return Err(()),
        })
    }
}

/// Which issues to list.
#[derive(Clone, Debug)]
pub(crate) struct ListQuery {
    pub(crate) search: ErrorSearch,
    /// What is asked of issues, but for their status.
    pub(crate) issues: IssueQuery,
    /// `unresolved`, `resolved`, `ignored`; none for all.
    pub(crate) status: Option<String>,
    pub(crate) sort: Sort,
    pub(crate) limit: usize,
    /// How many come before the page.
    pub(crate) skip: usize,
}

impl Errors {
    /// A page of issues.
    pub(crate) async fn list(&self, query: ListQuery) -> Result<IssueList, Problem> {
        let split = self.live.lock().await.split();
        let totals = self.engine.error_totals(query.search.clone(), split).await;
        let totals = totals.map_err(query_problem)?;
        let candidates = self.state.issues(&query.issues).await.map_err(state_problem)?;
        let mut found = self.join(candidates, totals).await;
        let counts = count(&found);
        if let Some(status) = &query.status {
            found.retain(|(issue, _)| issue.status == *status);
        }
        found.sort_by_key(|(issue, totals)| Reverse(rank(query.sort, issue, totals)));
        let more = found.len() > query.skip + query.limit;
        let page = found.into_iter().skip(query.skip).take(query.limit);
        let page: Vec<Issue> = page.map(|(issue, _)| issue).collect();
        let window = query.search.window;
        Ok(IssueList {
            from: rfc3339(window.from),
            to: rfc3339(window.to),
            step_seconds: window.steps().step_seconds,
            counts,
            issues: self.views(page, query.search).await?,
            next_cursor: more.then(|| (query.skip + query.limit).to_string()),
        })
    }

    /// Issues that have occurrences, as they are now.
    async fn join(
        &self,
        candidates: Vec<Issue>,
        totals: HashMap<(i64, i64), GroupTotals>,
    ) -> Vec<(Issue, GroupTotals)> {
        let live = self.live.lock().await;
        let mut by_issue: HashMap<i64, GroupTotals> = HashMap::new();
        for (key, theirs) in totals {
            let Some(id) = live.issue_of(key.0, key.1) else { continue };
            let ours = by_issue.entry(id).or_insert(GroupTotals {
                events: 0,
                users: 0,
                first: i64::MAX,
                last: i64::MIN,
            });
            ours.events += theirs.events;
            ours.users += theirs.users;
            ours.first = ours.first.min(theirs.first);
            ours.last = ours.last.max(theirs.last);
        }
        (candidates.into_iter())
            .filter_map(|mut issue| {
                let totals = by_issue.remove(&issue.id).filter(|totals| totals.events > 0)?;
                live.refresh(&mut issue);
                Some((issue, totals))
            })
            .collect()
    }

    /// Issues with what is counted of them in detail.
    pub(super) async fn views(
        &self,
        issues: Vec<Issue>,
        search: ErrorSearch,
    ) -> Result<Vec<IssueView>, Problem> {
        let members = {
            let live = self.live.lock().await;
            issues.iter().map(|issue| live.members(issue.id)).collect()
        };
        let details = self.engine.error_details(search, members).await.map_err(query_problem)?;
        let comments = self.state.issue_comments().await.map_err(state_problem)?;
        let comments: HashMap<i64, i64> = comments.into_iter().collect();
        let view = |(issue, detail): (Issue, GroupDetail)| {
            let comments = comments.get(&issue.id).copied().unwrap_or(0);
            IssueView::new(issue, &detail, comments)
        };
        Ok(issues.into_iter().zip(details).map(view).collect())
    }
}

fn count(found: &[(Issue, GroupTotals)]) -> IssueCounts {
    let with = |status: &str| found.iter().filter(|(issue, _)| issue.status == status).count();
    IssueCounts {
        unresolved: with("unresolved"),
        resolved: with("resolved"),
        ignored: with("ignored"),
    }
}

/// The greatest comes first; of equals the one that occurred last, then the newest.
fn rank(sort: Sort, issue: &Issue, totals: &GroupTotals) -> (i64, i64, i64) {
    let first = match sort {
        Sort::LastSeen => totals.last,
        Sort::FirstSeen => issue.first_seen,
        Sort::Events => totals.events.cast_signed(),
        Sort::Users => totals.users.cast_signed(),
    };
    (first, totals.last, issue.id)
}

/// What a text asks for: words, and `is:new`, `assigned:anna`, `type:ValueError` among them. Answers the release
/// that it names.
pub(crate) fn parse_text(text: &str, query: &mut IssueQuery) -> Result<Option<String>, Problem> {
    let mut release = None;
    for word in text.split_whitespace() {
        let unknown = |expected: &str| {
            Problem::new(
                ErrorCode::InvalidArgument,
                format!("query parameter q has {word:?}, expected {expected}"),
            )
            .location("query parameter q")
        };
        let Some((key, value)) = word.split_once(':') else {
            query.words.push(word.to_lowercase());
            continue;
        };
        match (key, value) {
            ("is", "unhandled") => query.unhandled = true,
            ("is", "unassigned") => query.assignee = Some(None),
            ("is", "assigned") => query.assigned = true,
            ("is", "new" | "regressed" | "spiking" | "ongoing") => {
                query.substatus = Some(value.to_owned());
            }
            ("is", _) => {
                return Err(unknown(
                    "is:new, is:regressed, is:spiking, is:ongoing, is:unhandled, is:assigned or \
                     is:unassigned",
                ));
            }
            ("assigned", name) => query.assignee = Some(Some(name.to_owned())),
            ("type", kind) => query.kind = Some(kind.to_owned()),
            ("level", level) => query.level = Some(level.to_owned()),
            ("release", version) => release = Some(version.to_owned()),
            // A colon is part of many messages.
            _ => query.words.push(word.to_lowercase()),
        }
    }
    Ok(release)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_words_and_conditions() {
        let mut query = IssueQuery::default();
        let release = parse_text("Price is:new error: assigned:anna release:1.4", &mut query);
        assert_eq!(release.unwrap().as_deref(), Some("1.4"));
        assert_eq!(query.words, ["price", "error:"]);
        assert_eq!(query.substatus.as_deref(), Some("new"));
        assert_eq!(query.assignee, Some(Some("anna".to_owned())));
        let problem = parse_text("is:old", &mut query).unwrap_err();
        assert!(problem.detail.contains("is:old") && problem.detail.contains("is:regressed"));
    }
}
