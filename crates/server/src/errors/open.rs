//! What is known at a start: issues as they were stored, and what came after that.
//!
//! Invariant: a lost state database is made again from the rows, without what people decided.

use std::collections::HashMap;
use std::sync::Arc;

use plimsoll_issues::workflow::{Status, Workflow};
use plimsoll_model::batch::{ErrorRow, Sender};
use plimsoll_model::{Clock, SpanId, TraceId};
use plimsoll_query::{Engine, FullOccurrence, QueryError, RecoveredKey, Recovery};
use plimsoll_state::{IssueQuery, NewIssue, State, StateError};
use plimsoll_store::Store;
use plimsoll_wire::scrub::Scrubber;
use tokio_util::task::TaskTracker;

use super::Errors;
use super::budget::{Allowance, Spent};
use super::digest::{edit, new_issue, source_number};
use super::files::Files;
use super::live::{Arrival, Hot, Live, Watch};
use super::projects::Projects;
use super::rules;
use super::sources::SourceMaps;
use super::twins::{AGE_NANO, Telling, Twins};
use crate::config::ErrorsConfig;

/// Why errors cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum OpenErrorsError {
    /// The state database.
    #[error(transparent)]
    State(#[from] StateError),
    /// The rows.
    #[error("errors cannot be read: {0}")]
    Query(#[from] QueryError),
}

impl Errors {
    /// Reads what is known.
    #[expect(
        clippy::too_many_arguments,
        reason = "each is another part of the server, and all are needed"
    )]
    pub(crate) async fn open(
        config: ErrorsConfig,
        state: State,
        engine: Engine,
        store: Store,
        clock: Arc<dyn Clock>,
        tasks: TaskTracker,
        scrubber: Arc<Scrubber>,
        source_map_bytes: usize,
    ) -> Result<Self, OpenErrorsError> {
        state.ensure_project().await?;
        let now = clock.now();
        let mut live = Live::default();
        for release in state.releases().await? {
            live.releases.note(&release.version, "", release.created);
        }
        for seen in state.release_services().await? {
            live.releases.note(&seen.version, &seen.service, seen.first_seen);
        }
        for issue in state.issues(&IssueQuery::default()).await? {
            live.insert(issue.id, Hot::of(&issue));
        }
        for group in state.issue_groups().await? {
            live.assign((group.fingerprint, group.variant), group.issue_id);
        }
        let counted = state.errors_counted().await?;
        let recovery = engine.recover_errors(counted, now.saturating_sub(AGE_NANO)).await?;
        live.received = counted.max(recovery.received);
        make_lost_issues(&state, &mut live, &recovery, now).await?;
        recover(&state, &mut live, &recovery, now).await?;
        watch_again(&engine, &state, &mut live, now).await?;
        let projects = Arc::new(Projects::of(state.projects().await?));
        let attachments = Files::of(store.folder().join("attachments"));
        attachments.sweep(&state.attachment_ids().await?.into_iter().collect());
        let (maps, map_rows) =
            (Files::of(store.folder().join("source-maps")), state.source_maps().await?);
        maps.sweep(&map_rows.iter().map(|row| row.id.clone()).collect());
        let sources = SourceMaps::open(maps, source_map_bytes, map_rows);
        let stored = state.grouping_rules().await?;
        let rules = rules::parse(&stored.rules, &stored.in_app).unwrap_or_else(|problem| {
            // An older program saved them; what comes is grouped without, and a person told.
            tracing::error!(problem = problem.detail, "the grouping rules cannot be read");
            rules::Parsed { grouper: Default::default(), in_app: Default::default() }
        });
        let mut twins = Twins::default();
        let allowance = Allowance::of(&config);
        let mut keys = recovery.keys;
        keys.sort_by_key(|key| key.received);
        for key in &keys {
            note(&mut twins, key);
            // What was kept lately is no new burst because of a start.
            let issue = live.issue_of(key.fingerprint, key.variant);
            if let Some(hot) = issue.and_then(|issue| live.get_mut(issue)) {
                hot.budget.take(allowance, key.received);
            }
        }
        Ok(Self {
            config,
            clock,
            state,
            engine,
            store,
            tasks,
            live: tokio::sync::Mutex::new(live),
            twins: parking_lot::Mutex::new(twins),
            queue: parking_lot::Mutex::default(),
            spent: Spent::default(),
            working: false.into(),
            grouper: parking_lot::RwLock::new(Arc::new(rules.grouper)),
            in_app: parking_lot::RwLock::new(Arc::new(rules.in_app)),
            scrubber,
            attachments,
            attached_bytes: 0.into(),
            sources: Arc::new(sources),
            projects: parking_lot::RwLock::new(projects),
        })
    }
}

/// Issues of rows that the database knows nothing of.
async fn make_lost_issues(
    state: &State,
    live: &mut Live,
    recovery: &Recovery,
    now: i64,
) -> Result<(), StateError> {
    let mut lost: HashMap<i64, NewIssue> = HashMap::new();
    for group in &recovery.groups {
        let newest = &group.newest;
        if live.issue_of(newest.fingerprint, newest.variant).is_none() {
            let issue =
                lost.entry(newest.fingerprint).or_insert_with(|| new_issue(&row_of(newest), now));
            issue.issue.first_seen = issue.issue.first_seen.min(group.first);
        }
    }
    let lost: Vec<NewIssue> = lost.into_values().collect();
    if lost.is_empty() {
        return Ok(());
    }
    let ids = state.create_issues(&lost, &[]).await?;
    for (id, new) in ids.into_iter().zip(lost) {
        live.insert(id, Hot::new(Workflow::new(now), new.issue.first_seen));
        new.groups.iter().for_each(|group| live.assign(*group, id));
    }
    Ok(())
}

/// Counts again what came of issues that are ignored until so much comes, and stores what that changes.
async fn watch_again(
    engine: &Engine,
    state: &State,
    live: &mut Live,
    now: i64,
) -> Result<(), OpenErrorsError> {
    let ignored: Vec<(i64, i64)> = (live.iter())
        .filter(|(_, hot)| Watch::of(&hot.workflow).is_some())
        .filter_map(|(id, hot)| match hot.workflow.status {
            Status::Ignored { at, .. } => Some((id, at)),
            _ => None,
        })
        .collect();
    let mut edits = Vec::new();
    for (id, at) in ignored {
        let since = engine.occurrences_since(live.members(id), at).await?;
        let Some((hot, releases)) = live.issue_and_releases(id) else { continue };
        if let Some(change) = hot.watch_again(since, now, releases) {
            edits.push(edit(id, hot, change, ""));
        }
    }
    state.edit_issues(&edits).await?;
    Ok(())
}

/// Counts what came after the counts were stored, and stores what that changes.
async fn recover(
    state: &State,
    live: &mut Live,
    recovery: &Recovery,
    now: i64,
) -> Result<(), StateError> {
    let mut edits = Vec::new();
    for group in &recovery.groups {
        let newest = &group.newest;
        let Some(issue) = live.issue_of(newest.fingerprint, newest.variant) else { continue };
        let Some((hot, releases)) = live.issue_and_releases(issue) else { continue };
        // What it is ignored until is counted from all that came since, after this.
        hot.watch = None;
        let arrival = Arrival {
            count: group.events,
            time: group.last.min(now),
            first: group.first.min(now),
            release: &newest.release,
            user: None,
        };
        if let Some(change) = hot.see(&arrival, now, releases) {
            edits.push(edit(issue, hot, change, &newest.release));
        }
    }
    state.edit_issues(&edits).await?;
    let counts = live.unsaved();
    state.save_issue_counts(live.received, &counts).await?;
    live.saved(&counts);
    Ok(())
}

fn note(twins: &mut Twins, key: &RecoveredKey) {
    let trace: Option<TraceId> = key.trace_id.parse().ok();
    let span: Option<SpanId> = key.span_id.parse().ok();
    let telling = Telling {
        source: source_number(&key.source),
        event_id: (key.source == "sentry").then_some(key.event_id),
        trace_id: trace.as_ref().map_or(&[], |id| &id.0[..]),
        span_id: span.as_ref().map_or(&[], |id| &id.0[..]),
        kind: &key.exception_type,
        message: &key.message,
    };
    twins.note(&telling, (key.fingerprint, key.variant), key.received);
}

/// What an issue is made of.
fn row_of(newest: &FullOccurrence) -> ErrorRow {
    let sender = Sender {
        service: newest.service.clone(),
        version: newest.release.clone(),
        environment: newest.environment.clone(),
        ..Sender::default()
    };
    ErrorRow {
        fingerprint: newest.fingerprint,
        variant: newest.variant,
        time: newest.time,
        level: newest.level.clone(),
        platform: newest.platform.clone(),
        exception_type: newest.exception_type.clone(),
        message: newest.message.clone(),
        culprit: newest.culprit.clone(),
        handled: newest.handled,
        sender: Arc::new(sender),
        ..ErrorRow::default()
    }
}
