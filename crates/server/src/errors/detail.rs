//! One issue: what there is to know of it, its occurrences, groups and history.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use plimsoll_model::ErrorCode;
use plimsoll_query::{
    ErrorSearch, FullOccurrence, Members, OccurrencePage, OccurrenceSearch, TagDistribution,
    VariantStats, Which, Window, rfc3339,
};
use plimsoll_state::{Issue, WHOLE};
use serde::Serialize;
use utoipa::ToSchema;

use super::view::{Around, AttachmentView, FeedbackView, GroupingView, OccurrenceView, hex};
use super::{
    ActivityEvent, ActivityView, Errors, IssueDetail, IssueView, NamedCount, ReleaseView, Suspect,
};
use super::{SuspectDeploy, grouped, no_such};
use crate::access::state_problem;
use crate::api::query_problem;
use crate::problem::Problem;

/// Lines of history that are shown.
const ACTIVITY_MAX: i64 = 200;
/// Variants of a group that are shown.
const VARIANTS_MAX: usize = 100;
/// How long before an issue a deploy may be and still be suspected.
const SUSPECT_NANO: i64 = 7 * 86_400 * 1_000_000_000;

/// A group of an issue.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct IssueGroup {
    /// 16 hex digits.
    fingerprint: String,
    /// Occurrences.
    events: u64,
    /// The first.
    first_seen: String,
    /// The last.
    last_seen: String,
    /// Type and message of the newest.
    title: String,
    /// Where the newest happened.
    culprit: String,
    /// Its variants, those that occur most first.
    variants: Vec<GroupVariant>,
}

/// A variant of a group: the same whole stack and shape of message.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct GroupVariant {
    /// 16 hex digits.
    variant: String,
    /// Occurrences.
    events: u64,
    /// The last.
    last_seen: String,
    /// What the newest says.
    message: String,
    /// Where the newest happened.
    culprit: String,
}

impl Errors {
    async fn members(&self, id: i64) -> Result<Members, Problem> {
        let live = self.live.lock().await;
        live.get(id).ok_or_else(|| no_such(id))?;
        Ok(live.members(id))
    }

    /// An issue as it is now, and what belongs to it.
    async fn find(&self, id: i64) -> Result<(Issue, Members), Problem> {
        let stored = self.state.issue(id).await.map_err(state_problem)?;
        let mut issue: Issue = stored.ok_or_else(|| no_such(id))?;
        let live = self.live.lock().await;
        live.refresh(&mut issue);
        Ok((issue, live.members(id)))
    }

    /// An issue and what is counted of it.
    pub(crate) async fn detail(
        &self,
        id: i64,
        search: ErrorSearch,
    ) -> Result<IssueDetail, Problem> {
        let (issue, members) = self.find(id).await?;
        let (window, merged_into) = (search.window, issue.merged_into);
        let counted = self.engine.error_details(search, vec![members]).await;
        let counted = counted.map_err(query_problem)?.pop().unwrap_or_default();
        let comments = self.state.issue_comments_of(id).await.map_err(state_problem)?;
        let suspect = self.suspect(&issue).await?;
        let view = IssueView::new(issue, &counted, comments);
        let named = |counts: Vec<(String, u64)>| {
            counts.into_iter().map(|(name, events)| NamedCount { name, events }).collect()
        };
        Ok(IssueDetail {
            issue: view,
            from: rfc3339(window.from),
            to: rfc3339(window.to),
            step_seconds: window.steps().step_seconds,
            environments: named(counted.environments),
            services: named(counted.services),
            releases: (counted.releases.into_iter())
                .map(|release| ReleaseView {
                    version: release.version,
                    events: release.events,
                    first_seen: rfc3339(release.first),
                    last_seen: rfc3339(release.last),
                })
                .collect(),
            suspect,
            merged_into,
        })
    }

    /// An issue as lists show it, over a range.
    pub(crate) async fn view(&self, id: i64, search: ErrorSearch) -> Result<IssueView, Problem> {
        let (issue, _) = self.find(id).await?;
        self.views(vec![issue], search).await?.pop().ok_or_else(|| no_such(id))
    }

    /// What probably brought an issue: the last deploy before it, and its first release.
    async fn suspect(&self, issue: &Issue) -> Result<Option<Suspect>, Problem> {
        let first = issue.first_seen;
        let before = (first.saturating_sub(SUSPECT_NANO), first.saturating_add(1));
        let deploys = self.state.deploys(before).await.map_err(state_problem)?;
        let ours = deploys
            .into_iter()
            .rev()
            .find(|deploy| issue.first_release.is_empty() || deploy.version == issue.first_release);
        let release = (!issue.first_release.is_empty()).then(|| issue.first_release.clone());
        let reason = match (&ours, &release) {
            (Some(deploy), _) => format!(
                "first seen {} after {} was deployed to {}",
                duration_text(first - deploy.finished),
                deploy.version,
                deploy.environment
            ),
            (None, Some(release)) => format!("first seen in release {release}"),
            (None, None) => return Ok(None),
        };
        let deploy = ours.map(|deploy| SuspectDeploy {
            release: deploy.version,
            environment: deploy.environment,
            at: rfc3339(deploy.finished),
        });
        Ok(Some(Suspect { release, deploy, reason }))
    }

    /// A page of an issue's occurrences.
    pub(crate) async fn occurrences(
        &self,
        id: i64,
        search: ErrorSearch,
        text: Option<String>,
        limit: usize,
        cursor: Option<String>,
    ) -> Result<OccurrencePage, Problem> {
        let members = self.members(id).await?;
        let search = OccurrenceSearch { members, search, text, limit, cursor };
        self.engine.occurrences(search).await.map_err(query_problem)
    }

    /// An occurrence in full.
    pub(crate) async fn occurrence(
        &self,
        id: i64,
        which: Which,
    ) -> Result<OccurrenceView, Problem> {
        let members = self.members(id).await?;
        let found = self.engine.occurrence(members, which).await.map_err(query_problem)?;
        let (row, (previous, next)) = found.ok_or_else(|| {
            Problem::new(ErrorCode::NotFound, format!("issue #{id} has no such occurrence"))
                .hint(format!("GET /api/v1/monitoring/errors/{id}/occurrences lists them"))
        })?;
        let event_id = hex(&row.event_id);
        let feedback = self.state.feedback_of(&event_id).await.map_err(state_problem)?;
        let attachments = self.state.attachments_of(&event_id).await.map_err(state_problem)?;
        let around = Around {
            issue_id: id,
            trace_known: self.knows_trace(&row).await?,
            feedback: (feedback.into_iter())
                .map(|said| FeedbackView {
                    name: said.name,
                    email: said.email,
                    comments: said.comments,
                    at: rfc3339(said.at),
                })
                .collect(),
            attachments: (attachments.into_iter())
                .map(|file| AttachmentView {
                    id: file.id,
                    name: file.name,
                    content_type: file.content_type,
                    bytes: file.bytes,
                })
                .collect(),
            previous: previous.as_ref().map(hex),
            next: next.as_ref().map(hex),
            grouping: self.why(&row),
        };
        OccurrenceView::new(row, around)
    }

    async fn knows_trace(&self, row: &FullOccurrence) -> Result<bool, Problem> {
        let Ok(trace_id) = row.trace_id.parse() else { return Ok(false) };
        self.engine.knows_trace(trace_id).await.map_err(query_problem)
    }

    /// Why an occurrence was grouped as it was, by the rules there are now.
    fn why(&self, row: &FullOccurrence) -> GroupingView {
        let exceptions: Vec<plimsoll_model::Exception> =
            serde_json::from_str(&row.exceptions).unwrap_or_default();
        let explanation = grouped::with_stored(row, &exceptions, |occurrence| {
            self.grouper.read().explain(occurrence)
        });
        let own = grouped::of_service(explanation.grouping.fingerprint, &row.service);
        GroupingView {
            version: row.grouping_version,
            fingerprint: format!("{:016x}", row.fingerprint),
            variant: format!("{:016x}", row.variant),
            // A twin has the fingerprint of the occurrence that another source told.
            changed: own != row.fingerprint && row.count > 0,
            why: explanation.why,
        }
    }

    /// How often each value of each tag occurs.
    pub(crate) async fn tags(
        &self,
        id: i64,
        search: ErrorSearch,
    ) -> Result<Vec<TagDistribution>, Problem> {
        let members = self.members(id).await?;
        self.engine.error_tags(search, members).await.map_err(query_problem)
    }

    /// The groups of an issue, those that occur most first.
    pub(crate) async fn groups(&self, id: i64) -> Result<Vec<IssueGroup>, Problem> {
        let members = self.members(id).await?;
        let search = ErrorSearch::all(Window::ALL);
        let variants = self.engine.error_variants(search, members).await.map_err(query_problem)?;
        let mut groups: Vec<(i64, Vec<VariantStats>)> = Vec::new();
        for variant in variants {
            let of = variant.fingerprint;
            match groups.iter_mut().find(|(fingerprint, _)| *fingerprint == of) {
                Some((_, variants)) => variants.push(variant),
                None => groups.push((of, vec![variant])),
            }
        }
        let mut groups: Vec<IssueGroup> = groups.into_iter().filter_map(group).collect();
        groups.sort_by_key(|group| std::cmp::Reverse(group.events));
        Ok(groups)
    }

    /// The history of an issue, the newest first.
    pub(crate) async fn activity(&self, id: i64) -> Result<Vec<ActivityView>, Problem> {
        self.members(id).await?;
        let lines = self.state.issue_activity(id, ACTIVITY_MAX).await.map_err(state_problem)?;
        Ok(lines.into_iter().map(ActivityView::from).collect())
    }
}

impl Errors {
    /// What happened to issues within a range, after a line, the oldest first.
    pub(crate) async fn events(
        &self,
        mut kinds: Vec<String>,
        window: Window,
        after: i64,
        limit: usize,
    ) -> Result<Vec<ActivityEvent>, Problem> {
        if kinds.is_empty() {
            kinds = ["first_seen", "regressed", "spiking", "unignored"].map(str::to_owned).into();
        }
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let range = (window.from, window.to);
        let lines = self.state.issue_events(&kinds, range, after, limit).await;
        let mut events = Vec::new();
        let mut issues: HashMap<i64, (String, String)> = HashMap::new();
        for line in lines.map_err(state_problem)? {
            let (title, service) = match issues.entry(line.issue_id) {
                Entry::Occupied(known) => known.get().clone(),
                Entry::Vacant(unknown) => {
                    let issue = self.state.issue(line.issue_id).await.map_err(state_problem)?;
                    let about = |issue: Issue| (title(&issue.kind, &issue.message), issue.service);
                    unknown.insert(issue.map(about).unwrap_or_default()).clone()
                }
            };
            events.push(ActivityEvent {
                id: line.id,
                at: rfc3339(line.at),
                kind: line.kind,
                issue_id: line.issue_id,
                title,
                service,
                by: line.by,
                detail: line.text,
            });
        }
        Ok(events)
    }
}

/// Type and message in one line.
pub(super) fn title(kind: &str, message: &str) -> String {
    match (kind, message) {
        ("", message) => message.to_owned(),
        (kind, "") => kind.to_owned(),
        (kind, message) => format!("{kind}: {message}"),
    }
}

fn group((fingerprint, variants): (i64, Vec<VariantStats>)) -> Option<IssueGroup> {
    let newest = variants.iter().max_by_key(|variant| variant.last)?;
    Some(IssueGroup {
        fingerprint: format!("{fingerprint:016x}"),
        events: variants.iter().map(|variant| variant.events).sum(),
        first_seen: rfc3339(variants.iter().map(|variant| variant.first).min()?),
        last_seen: rfc3339(newest.last),
        title: title(&newest.exception_type, &newest.message),
        culprit: newest.culprit.clone(),
        variants: (variants.into_iter().take(VARIANTS_MAX))
            .map(|variant| GroupVariant {
                variant: format!("{:016x}", variant.variant),
                events: variant.events,
                last_seen: rfc3339(variant.last),
                message: variant.message,
                culprit: variant.culprit,
            })
            .collect(),
    })
}

/// A length of time in the words of a person.
fn duration_text(nano: i64) -> String {
    let seconds = nano.max(0) / 1_000_000_000;
    let (count, unit) = match seconds {
        0..60 => (seconds, "second"),
        60..3_600 => (seconds / 60, "minute"),
        3_600..86_400 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// The number of a fingerprint or a variant.
pub(crate) fn parse_hex(text: &str) -> Option<i64> {
    let digits = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let number = u64::from_str_radix(text, 16).ok().filter(|_| digits)?;
    i64::try_from(number).ok().filter(|number| *number != WHOLE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_groups_are_sixteen_hex_digits() {
        assert_eq!(parse_hex("00000000000000ff"), Some(255));
        assert_eq!(parse_hex(&format!("{:016x}", i64::MAX)), Some(i64::MAX));
        for wrong in ["ff", "ffffffffffffffff", "zzzzzzzzzzzzzzzz", "+0000000000000ff"] {
            assert_eq!(parse_hex(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn durations_are_words() {
        let second = 1_000_000_000;
        assert_eq!(duration_text(-5), "0 seconds");
        assert_eq!(duration_text(60 * second), "1 minute");
        assert_eq!(duration_text(50 * 3_600 * second), "2 days");
    }
}
