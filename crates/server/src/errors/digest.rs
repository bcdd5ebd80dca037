//! From occurrences to durable rows and issues: one request after the other, as many at once as wait.
//!
//! Invariants: whoever is answered `Ok` finds its occurrences counted, after any crash; an issue is in the state
//! database before a row of it is in the store; what an occurrence changes is decided after it is durable, and
//! again at the next start if the process ends in between.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use plimsoll_issues::workflow::{Change, Workflow};
use plimsoll_model::batch::{Batch, ErrorRow, RecordKind, SessionRow, errors_of, sessions_of};
use plimsoll_model::{Table, TimeWindow};
use plimsoll_state::{Group, Issue, IssueEdit, NewActivity, NewIssue, ReleaseService, WHOLE};
use plimsoll_store::Record;
use plimsoll_wire::columns;
use tokio::sync::oneshot;
use twox_hash::XxHash64;

use super::Errors;
use super::live::{Arrival, Hot, Live};
use super::twins::{Telling, Told};
use crate::access::state_problem;
use crate::ingest::append_problem;
use crate::problem::Problem;

/// Bytes of rows that are written together.
const BATCH_BYTES: usize = 8 << 20;
/// Occurrences that are written together.
const BATCH_ROWS: usize = 4_096;

const SECOND_NANO: i64 = 1_000_000_000;

/// An occurrence on its way.
#[derive(Clone, Debug)]
pub(crate) struct Incoming {
    /// The row, grouped; what the digest decides is not set yet.
    pub(crate) row: ErrorRow,
    /// The fingerprints that earlier versions of the grouping gave it.
    pub(crate) earlier: Vec<i64>,
}

impl Incoming {
    /// An occurrence that is only counted.
    pub(crate) fn outline(mut self) -> Self {
        (self.row.exceptions, self.row.document) = (None, None);
        self
    }
}

/// What one request brings.
#[derive(Default)]
pub(crate) struct Job {
    pub(crate) errors: Vec<Incoming>,
    pub(crate) sessions: Vec<SessionRow>,
}

impl Job {
    pub(crate) fn is_empty(&self) -> bool {
        self.errors.is_empty() && self.sessions.is_empty()
    }

    fn bytes(&self) -> usize {
        self.errors.iter().map(|incoming| incoming.row.bytes()).sum::<usize>()
            + self.sessions.len() * 200
    }
}

/// A job and who waits for it.
pub(super) struct Waiting {
    job: Job,
    done: oneshot::Sender<Result<(), Problem>>,
}

impl Errors {
    /// Takes what a request brings: durable and counted when this returns `Ok`.
    ///
    /// The caller's charge for the request covers its rows until then.
    pub(crate) async fn take(self: &Arc<Self>, job: Job) -> Result<(), Problem> {
        if job.is_empty() {
            return Ok(());
        }
        let (done, answer) = oneshot::channel();
        self.queue.lock().push_back(Waiting { job, done });
        if !self.working.swap(true, Ordering::AcqRel) {
            // A caller that goes away must not take along what others wait for.
            self.tasks.spawn(Arc::clone(self).work());
        }
        answer.await.unwrap_or_else(|_| Err(Problem::internal("an occurrence was not digested")))
    }

    /// Digests until nothing waits.
    async fn work(self: Arc<Self>) {
        loop {
            let batch = self.next_batch();
            if !batch.is_empty() {
                self.digest(batch).await;
                continue;
            }
            self.working.store(false, Ordering::Release);
            let more = !self.queue.lock().is_empty();
            if !more || self.working.swap(true, Ordering::AcqRel) {
                return;
            }
        }
    }

    fn next_batch(&self) -> Vec<Waiting> {
        let mut queue = self.queue.lock();
        let (mut bytes, mut rows, mut batch) = (0, 0, Vec::new());
        while let Some(next) = queue.front() {
            bytes += next.job.bytes();
            rows += next.job.errors.len();
            if !batch.is_empty() && (bytes > BATCH_BYTES || rows > BATCH_ROWS) {
                break;
            }
            batch.extend(queue.pop_front());
        }
        batch
    }

    async fn digest(&self, batch: Vec<Waiting>) {
        let (mut jobs, mut waiting) = (Vec::with_capacity(batch.len()), Vec::new());
        for Waiting { job, done } in batch {
            jobs.push(job);
            waiting.push(done);
        }
        let result = self.digest_jobs(jobs).await;
        for done in waiting {
            // A sender that went away does not need the answer.
            let _ = done.send(result.clone());
        }
    }

    async fn digest_jobs(&self, jobs: Vec<Job>) -> Result<(), Problem> {
        let mut live = self.live.lock().await;
        let now = self.clock.now();
        let (mut incoming, mut sessions) = (Vec::new(), Vec::new());
        for job in jobs {
            incoming.extend(job.errors);
            sessions.extend(job.sessions);
        }
        self.note_releases(&mut live, &incoming, &sessions, now).await?;
        self.make_issues(&mut live, &mut incoming, now).await?;
        let plan = self.plan(&mut live, incoming, now);
        if let Err(problem) = self.append(&plan.rows, &sessions).await {
            let mut twins = self.twins.lock();
            plan.rows_told.iter().for_each(|row| twins.forget(&telling(row)));
            return Err(problem);
        }
        let edits = apply(&mut live, &plan.seen, now);
        if !edits.is_empty()
            && let Err(error) = self.state.edit_issues(&edits).await
        {
            // The counts still say that these came: the next start decides again.
            tracing::error!(%error, "what occurrences changed about issues is not stored yet");
        }
        Ok(())
    }

    async fn append(&self, rows: &[ErrorRow], sessions: &[SessionRow]) -> Result<(), Problem> {
        let mut tables = Vec::new();
        if let Some(rows) = errors_of(rows).map_err(Problem::internal)? {
            tables.push((Table::Errors, rows));
        }
        if let Some(rows) = sessions_of(sessions).map_err(Problem::internal)? {
            tables.push((Table::Sessions, rows));
        }
        let batch = Batch { tables };
        if batch.is_empty() {
            return Ok(());
        }
        let body = Bytes::from(columns::encode(&batch).map_err(Problem::internal)?);
        let window = TimeWindow::unbounded(self.clock.now());
        let record = Record { kind: RecordKind::Columns, window, body, batch };
        self.store.append(record).await.map_err(append_problem)
    }

    /// Stores releases that were never seen in a service.
    async fn note_releases(
        &self,
        live: &mut Live,
        incoming: &[Incoming],
        sessions: &[SessionRow],
        now: i64,
    ) -> Result<(), Problem> {
        let senders = incoming.iter().map(|incoming| &incoming.row.sender);
        let senders = senders.chain(sessions.iter().map(|session| &session.sender));
        let mut new: Vec<ReleaseService> = Vec::new();
        for sender in senders {
            let (version, service) = (&sender.version, &sender.service);
            let is_new =
                |seen: &ReleaseService| seen.version == *version && seen.service == *service;
            if !version.is_empty()
                && !live.releases.knows(version, service)
                && !new.iter().any(is_new)
            {
                let (version, service) = (version.clone(), service.clone());
                new.push(ReleaseService { version, service, first_seen: now });
            }
        }
        if !new.is_empty() {
            self.state.note_releases(&new).await.map_err(state_problem)?;
        }
        for seen in new {
            live.releases.note(&seen.version, &seen.service, now);
        }
        Ok(())
    }

    /// Makes issues for occurrences that have none.
    async fn make_issues(
        &self,
        live: &mut Live,
        incoming: &mut [Incoming],
        now: i64,
    ) -> Result<(), Problem> {
        let mut new: Vec<NewIssue> = Vec::new();
        let mut seen: HashMap<i64, ()> = HashMap::new();
        let mut further: Vec<Group> = Vec::new();
        for Incoming { row, earlier } in incoming {
            if live.issue_of(row.fingerprint, row.variant).is_some() {
                continue;
            }
            let before = earlier.iter().find_map(|earlier| live.issue_of(*earlier, row.variant));
            if let Some(issue_id) = before {
                live.assign((row.fingerprint, WHOLE), issue_id);
                let (fingerprint, variant) = (row.fingerprint, WHOLE);
                further.push(Group { fingerprint, variant, issue_id });
                continue;
            }
            let is_new = !seen.contains_key(&row.fingerprint);
            if is_new && live.len() + new.len() >= self.config.issues_max {
                row.fingerprint = overflow(&row.sender.service);
                if live.issue_of(row.fingerprint, row.variant).is_some() {
                    continue;
                }
            }
            if seen.insert(row.fingerprint, ()).is_none() {
                new.push(new_issue(row, now));
            }
        }
        if new.is_empty() && further.is_empty() {
            return Ok(());
        }
        let ids = self.state.create_issues(&new, &further).await.map_err(state_problem)?;
        for (id, new) in ids.into_iter().zip(new) {
            live.insert(id, Hot::new(Workflow::new(now), new.issue.first_seen));
            new.groups.iter().for_each(|group| live.assign(*group, id));
        }
        Ok(())
    }

    /// Decides of each occurrence whether it is told again, and whether it is kept in full.
    fn plan(&self, live: &mut Live, incoming: Vec<Incoming>, now: i64) -> Plan {
        let mut twins = self.twins.lock();
        let (mut plan, allowance) = (Plan::default(), self.allowance());
        for Incoming { mut row, .. } in incoming {
            match twins.ask(&telling(&row), now) {
                Told::Again => continue,
                Told::Twin { fingerprint, variant } => {
                    (row.fingerprint, row.variant, row.count) = (fingerprint, variant, 0);
                }
                Told::New => row.count = 1,
            }
            twins.note(&telling(&row), (row.fingerprint, row.variant), now);
            plan.rows_told.push(told(&row));
            live.received = now.max(live.received + 1);
            row.received = live.received;
            let issue = live.issue_of(row.fingerprint, row.variant);
            if let Some(issue) = issue.filter(|_| row.count > 0) {
                plan.seen.push(Happened::of(issue, &row));
            }
            let hot = issue.and_then(|issue| live.get_mut(issue));
            // Of an outline there is nothing that could be kept.
            if let Some(hot) = hot.filter(|_| row.document.is_some()) {
                if hot.budget.take(allowance, now) {
                    plan.rows.push(row);
                    continue;
                }
                self.spent.note((row.fingerprint, row.variant), &hot.budget, allowance, now);
            }
            plan.count_only(row);
        }
        plan
    }
}

/// What is to be done with a batch.
#[derive(Default)]
struct Plan {
    rows: Vec<ErrorRow>,
    /// Where a row that only counts is.
    counted: HashMap<(i64, i64, u64, i64), usize>,
    /// What was remembered, to be forgotten where it does not become durable.
    rows_told: Vec<ErrorRow>,
    seen: Vec<Happened>,
}

impl Plan {
    /// Adds an occurrence to a row that only counts, together with others that are alike.
    fn count_only(&mut self, row: ErrorRow) {
        if row.count == 0 {
            return;
        }
        let row = ErrorRow {
            exceptions: None,
            document: None,
            event_id: None,
            trace_id: None,
            span_id: None,
            tags: Vec::new(),
            ..row
        };
        let mut alike = Vec::with_capacity(128);
        let sender = &row.sender;
        for text in [
            &row.level,
            &row.user_id,
            &row.message,
            &sender.service,
            &sender.version,
            &sender.environment,
            &sender.instance,
            &sender.host,
            &row.transaction,
        ] {
            alike.extend_from_slice(text.as_bytes());
            alike.push(0);
        }
        let alike = XxHash64::oneshot(0, &alike);
        let key = (row.fingerprint, row.variant, alike, row.time.div_euclid(SECOND_NANO));
        match self.counted.get(&key) {
            Some(at) => {
                let counted = &mut self.rows[*at];
                counted.count += 1;
                counted.time = counted.time.max(row.time);
            }
            None => {
                self.counted.insert(key, self.rows.len());
                self.rows.push(row);
            }
        }
    }
}

/// What an issue is told of an occurrence.
struct Happened {
    issue: i64,
    time: i64,
    sender: Arc<plimsoll_model::batch::Sender>,
    user: Option<u64>,
}

impl Happened {
    fn of(issue: i64, row: &ErrorRow) -> Self {
        let user = (!row.user_id.is_empty()).then(|| XxHash64::oneshot(0, row.user_id.as_bytes()));
        Self { issue, time: row.time, sender: Arc::clone(&row.sender), user }
    }
}

/// Counts what is durable, and says what that changes.
fn apply(live: &mut Live, seen: &[Happened], now: i64) -> Vec<IssueEdit> {
    let mut edits = Vec::new();
    for happened in seen {
        let Some((hot, releases)) = live.issue_and_releases(happened.issue) else { continue };
        let arrival = Arrival {
            count: 1,
            // A clock that is ahead must not make an issue look alive for years.
            time: happened.time.min(now),
            first: happened.time.min(now),
            release: &happened.sender.version,
            user: happened.user,
        };
        if let Some(change) = hot.see(&arrival, now, releases) {
            edits.push(edit(happened.issue, hot, change, arrival.release));
        }
    }
    edits
}

/// A change as it is stored.
pub(super) fn edit(id: i64, hot: &Hot, change: Change, release: &str) -> IssueEdit {
    let text = match (change, release) {
        (Change::Regressed, release) if !release.is_empty() => format!("in {release}"),
        _ => String::new(),
    };
    IssueEdit {
        id,
        decided: Some(stored(&hot.workflow)),
        assignee: None,
        activity: NewActivity::by_server(change.name(), text),
    }
}

/// Status, substatus and all of a workflow.
pub(super) fn stored(workflow: &Workflow) -> (String, String, String) {
    let text = serde_json::to_string(workflow).unwrap_or_default();
    (workflow.status_name().to_owned(), workflow.substatus.name().to_owned(), text)
}

fn telling(row: &ErrorRow) -> Telling<'_> {
    Telling {
        source: source_number(row.source),
        event_id: row.event_id.filter(|_| row.source == "sentry"),
        trace_id: row.trace_id.as_ref().map_or(&[], |id| &id.0[..]),
        span_id: row.span_id.as_ref().map_or(&[], |id| &id.0[..]),
        kind: &row.exception_type,
        message: &row.message,
    }
}

/// What [`telling`] reads of a row.
fn told(row: &ErrorRow) -> ErrorRow {
    ErrorRow {
        source: row.source,
        event_id: row.event_id,
        trace_id: row.trace_id,
        span_id: row.span_id,
        exception_type: row.exception_type.clone(),
        message: row.message.clone(),
        ..ErrorRow::default()
    }
}

/// Each source has a number among [`super::twins`].
pub(super) fn source_number(source: &str) -> usize {
    match source {
        "sentry" => 0,
        "otel_log" => 1,
        "otel_span" => 2,
        _ => 3,
    }
}

/// The fingerprint of what there is no room for.
fn overflow(service: &str) -> i64 {
    (XxHash64::oneshot(0x6f76_6572, service.as_bytes()) >> 1).cast_signed()
}

/// The issue of a first occurrence.
pub(super) fn new_issue(row: &ErrorRow, now: i64) -> NewIssue {
    let is_overflow = row.fingerprint == overflow(&row.sender.service);
    let (kind, message) = match is_overflow {
        false => (row.exception_type.clone(), row.message.clone()),
        true => (
            "More different errors than are kept apart".to_owned(),
            "what is new is counted here; raise errors.issues_max, or add grouping rules"
                .to_owned(),
        ),
    };
    let (status, substatus, workflow) = stored(&Workflow::new(now));
    let time = row.time.min(now);
    let issue = Issue {
        id: 0,
        kind,
        message,
        culprit: row.culprit.clone(),
        level: row.level.clone(),
        platform: row.platform.clone(),
        service: row.sender.service.clone(),
        handled: row.handled,
        status,
        substatus,
        workflow,
        assignee: None,
        created: now,
        first_seen: time,
        last_seen: time,
        first_release: row.sender.version.clone(),
        last_release: row.sender.version.clone(),
        events: 0,
        rates: String::new(),
        merged_into: None,
    };
    NewIssue { issue, groups: vec![(row.fingerprint, WHOLE)] }
}
