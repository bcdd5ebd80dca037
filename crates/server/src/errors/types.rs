//! Issues as the API shows them.

use plimsoll_issues::workflow::{Status, Until, Workflow};
use plimsoll_query::{GroupDetail, rfc3339};
use plimsoll_state::{Activity, Issue};
use serde::Serialize;
use utoipa::ToSchema;

/// An issue.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Issue)]
pub(crate) struct IssueView {
    /// Its number.
    pub(crate) id: i64,
    /// The type of its exceptions; empty for a message.
    pub(crate) r#type: String,
    /// What its first occurrence says.
    pub(crate) message: String,
    /// Where it happens, in one line.
    pub(crate) culprit: String,
    /// `fatal`, `error`, `warning`, `info` or `debug`.
    pub(crate) level: String,
    /// The language or platform.
    pub(crate) platform: String,
    /// The service it was first seen in.
    pub(crate) service: String,
    /// Whether nobody caught it.
    pub(crate) unhandled: bool,
    /// `unresolved`, `resolved` or `ignored`.
    pub(crate) status: String,
    /// A word more: `new`, `regressed`, `spiking`, `ongoing`, `in_next_release`, `until_condition`, `forever`.
    pub(crate) substatus: Option<String>,
    /// The same as a sentence.
    pub(crate) status_detail: Option<String>,
    /// Who works on it.
    pub(crate) assignee: Option<String>,
    /// Comments.
    pub(crate) comments: i64,
    /// Its first occurrence.
    pub(crate) first_seen: String,
    /// Its last occurrence.
    pub(crate) last_seen: String,
    /// The release of its first occurrence.
    pub(crate) first_release: Option<String>,
    /// The release of its last occurrence.
    pub(crate) last_release: Option<String>,
    /// Occurrences within the range and the filters.
    pub(crate) events: u64,
    /// Users hit within the range and the filters: exact up to 16,384.
    pub(crate) users: u64,
    /// Occurrences ever.
    pub(crate) events_total: u64,
    /// Occurrences in each step of the range.
    pub(crate) series: Vec<u64>,
}

/// Issues by status, under the same filters.
#[derive(Clone, Copy, Debug, Default, Serialize, ToSchema)]
pub(crate) struct IssueCounts {
    /// Those that wait for somebody.
    pub(crate) unresolved: usize,
    /// Those that are said to be fixed.
    pub(crate) resolved: usize,
    /// Those that nobody wants to hear of.
    pub(crate) ignored: usize,
}

/// A page of issues.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct IssueList {
    /// From when occurrences are counted.
    pub(crate) from: String,
    /// Until when.
    pub(crate) to: String,
    /// Length of a step of `series`.
    pub(crate) step_seconds: i64,
    /// How many there are.
    pub(crate) counts: IssueCounts,
    /// The issues.
    pub(crate) issues: Vec<IssueView>,
    /// Where the next page begins; null at the end.
    pub(crate) next_cursor: Option<String>,
}

/// How often in one of something.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct NamedCount {
    /// Its name; empty where the sender named none.
    pub(crate) name: String,
    /// Occurrences.
    pub(crate) events: u64,
}

/// How often in one release.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = IssueRelease)]
pub(crate) struct ReleaseView {
    /// The release; empty where the sender named none.
    pub(crate) version: String,
    /// Occurrences.
    pub(crate) events: u64,
    /// The first.
    pub(crate) first_seen: String,
    /// The last.
    pub(crate) last_seen: String,
}

/// What probably brought an issue.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Suspect {
    /// The release it was first seen in.
    pub(crate) release: Option<String>,
    /// The last deploy before it was first seen.
    pub(crate) deploy: Option<SuspectDeploy>,
    /// Why, as a sentence.
    pub(crate) reason: String,
}

/// A deploy that may have brought an issue.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct SuspectDeploy {
    /// Its release.
    pub(crate) release: String,
    /// Where to.
    pub(crate) environment: String,
    /// When it was done.
    pub(crate) at: String,
}

/// One issue with what there is to know of it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct IssueDetail {
    /// The issue.
    #[serde(flatten)]
    pub(crate) issue: IssueView,
    /// From when occurrences are counted.
    pub(crate) from: String,
    /// Until when.
    pub(crate) to: String,
    /// Length of a step of `series`.
    pub(crate) step_seconds: i64,
    /// By environment.
    pub(crate) environments: Vec<NamedCount>,
    /// By service.
    pub(crate) services: Vec<NamedCount>,
    /// By release, the newest first.
    pub(crate) releases: Vec<ReleaseView>,
    /// What probably brought it.
    pub(crate) suspect: Option<Suspect>,
    /// The issue it became part of.
    pub(crate) merged_into: Option<i64>,
}

/// A line of an issue's history.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = IssueActivity)]
pub(crate) struct ActivityView {
    /// Grows with time.
    pub(crate) id: i64,
    /// When.
    pub(crate) at: String,
    /// Who; `plimsoll` for what happens by itself.
    pub(crate) by: String,
    /// What: `first_seen`, `resolved`, `unresolved`, `ignored`, `unignored`, `regressed`, `spiking`, `assigned`,
    /// `commented`, `merged`, `split`.
    pub(crate) kind: String,
    /// More of it.
    pub(crate) text: String,
}

impl From<Activity> for ActivityView {
    fn from(activity: Activity) -> Self {
        Self {
            id: activity.id,
            at: rfc3339(activity.at),
            by: activity.by,
            kind: activity.kind,
            text: activity.text,
        }
    }
}

/// Something that happened to an issue.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = IssueEvent)]
pub(crate) struct ActivityEvent {
    /// Grows with time.
    pub(crate) id: i64,
    /// When.
    pub(crate) at: String,
    /// What.
    pub(crate) kind: String,
    /// The issue.
    pub(crate) issue_id: i64,
    /// Type and message of the issue.
    pub(crate) title: String,
    /// Its service.
    pub(crate) service: String,
    /// Who; `plimsoll` for what happens by itself.
    pub(crate) by: String,
    /// More of it.
    pub(crate) detail: String,
}

/// A text that says something.
pub(super) fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

impl IssueView {
    /// What is stored of an issue, and what was counted of it.
    pub(super) fn new(issue: Issue, counted: &GroupDetail, comments: i64) -> Self {
        let workflow: Workflow = serde_json::from_str(&issue.workflow).unwrap_or_default();
        Self {
            id: issue.id,
            r#type: issue.kind,
            message: issue.message,
            culprit: issue.culprit,
            level: issue.level,
            platform: issue.platform,
            service: issue.service,
            unhandled: issue.handled == Some(false),
            status: workflow.status_name().to_owned(),
            substatus: some(workflow.substatus.name()),
            status_detail: status_detail(&workflow),
            assignee: issue.assignee,
            comments,
            first_seen: rfc3339(issue.first_seen),
            last_seen: rfc3339(issue.last_seen),
            first_release: some(&issue.first_release),
            last_release: some(&issue.last_release),
            events: counted.events,
            users: counted.users,
            events_total: issue.events.unsigned_abs(),
            series: counted.series.clone(),
        }
    }
}

/// What a status means, where a word does not say it.
fn status_detail(workflow: &Workflow) -> Option<String> {
    let times = |count: u64, what: &str| match count {
        1 => format!("one more {what}"),
        count => format!("{count} more {what}s"),
    };
    match &workflow.status {
        Status::Unresolved => None,
        Status::Resolved { after_release: None, at } => Some(format!("resolved {}", rfc3339(*at))),
        Status::Resolved { after_release: Some(release), .. } => {
            Some(format!("resolved in the release after {release}"))
        }
        Status::Ignored { until, .. } => Some(match until {
            Until::Forever => "ignored for good".to_owned(),
            Until::Time { time } => format!("ignored until {}", rfc3339(*time)),
            Until::Events { events } => format!("ignored until {}", times(*events, "occurrence")),
            Until::Rate { events, within_seconds } => {
                format!("ignored until {events} occurrences within {within_seconds} seconds")
            }
            Until::Users { users } => format!("ignored until {} are hit", times(*users, "user")),
        }),
    }
}
