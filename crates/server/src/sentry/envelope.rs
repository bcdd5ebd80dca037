//! Takes an envelope apart, and each item where it belongs.
//!
//! Invariants: an item that is not understood is counted and costs nothing else; an `Ok` is given after all that
//! was understood is durable; what is stored was scrubbed first, the log included.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use plimsoll_model::batch::Sender;
use plimsoll_model::batch::{Batch, RecordKind, SessionRow};
use plimsoll_model::{ErrorCode, TimeWindow};
use plimsoll_state::FeedbackRow;
use plimsoll_store::Record;
use plimsoll_wire::columns;
use plimsoll_wire::scrub::Scrubber;
use plimsoll_wire::sentry::auth::Auth;
use plimsoll_wire::sentry::rows::{Logs, Origin, Spans};
use plimsoll_wire::sentry::{
    self, Category, CheckIn, ClientReport, Feedback, Header, Item, ItemType, Session,
    SessionStatus, Sessions, store,
};

use super::event::{Around, report};
use super::find_project;
use super::outcomes::Outcome;
use crate::app::App;
use crate::errors::{Incoming, Job, NewAttachment, hex};
use crate::ingest::{Charge, Encoding, Received, inflate};
use crate::problem::Problem;

/// In-flight bytes per byte of body: the text, the cleaned text, what is read of it, and its row.
const PER_BYTE: usize = 4;

/// Bodies up to this size are read where they arrived.
const INLINE_BYTES_MAX: usize = 64 << 10;

/// The largest event, as Sentry has it.
const EVENT_BYTES_MAX: usize = 1 << 20;

/// Which door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Endpoint {
    Envelope,
    Store,
}

/// A request, but for its body.
pub(super) struct Sent {
    pub(super) endpoint: Endpoint,
    pub(super) encoding: Encoding,
    pub(super) auth: Option<Auth>,
    /// As the path has it.
    pub(super) project: String,
    pub(super) remote: Option<IpAddr>,
}

/// What became of a request.
pub(super) struct Taken {
    pub(super) event_id: Option<[u8; 16]>,
    /// What not to send for how long.
    pub(super) limits: Vec<(Duration, Vec<Category>)>,
    /// Whether nothing was kept because of limits.
    pub(super) nothing_but_limited: bool,
}

/// What an envelope holds.
#[derive(Default)]
struct Contents {
    event_id: Option<[u8; 16]>,
    job: Job,
    batches: Vec<Batch>,
    feedback: Vec<FeedbackRow>,
    attachments: Vec<NewAttachment>,
    check_ins: Vec<(CheckIn, Arc<str>)>,
    limits: Vec<(Duration, Vec<Category>)>,
    /// An item was too large, and how large it may be.
    too_large: Option<Problem>,
    kept: u64,
    limited: u64,
}

/// Takes a request: decompress, read, append.
pub(super) async fn take(app: &Arc<App>, sent: Sent, received: Received) -> Result<Taken, Problem> {
    let bytes_max = app.ingest.body_bytes_max();
    let expected = sent.encoding.expected_bytes(&received.bytes).min(bytes_max);
    let charge = app.ingest.admission.decode(expected * PER_BYTE).await?;
    let work = Work { app: Arc::clone(app), sent, received, charge };
    // Source maps are read from files, and may be large.
    let inline = expected <= INLINE_BYTES_MAX && app.errors.source_maps().is_empty();
    let (mut contents, charges) = if inline {
        work.run()?
    } else {
        let core = Arc::clone(&app.ingest.cores).acquire_owned().await;
        let done = tokio::task::spawn_blocking(move || {
            let _core = core;
            work.run()
        });
        done.await.map_err(Problem::internal)??
    };
    if let (0, 0, Some(problem)) = (contents.kept, contents.limited, contents.too_large.take()) {
        return Err(problem);
    }
    let event_id = contents.event_id;
    let nothing_but_limited = contents.kept == 0 && contents.limited > 0;
    let limits = std::mem::take(&mut contents.limits);
    keep(app, contents).await?;
    drop(charges);
    app.outcomes.acknowledged();
    Ok(Taken { event_id, limits, nothing_but_limited })
}

/// Makes all of it durable.
async fn keep(app: &Arc<App>, contents: Contents) -> Result<(), Problem> {
    let Contents { job, batches, feedback, attachments, check_ins, .. } = contents;
    app.errors.keep_attachments(attachments).await?;
    app.errors.take(job).await?;
    for batch in batches {
        let body = Bytes::from(columns::encode(&batch).map_err(Problem::internal)?);
        let window = TimeWindow::unbounded(app.clock.now());
        app.ingest.keep(Record { kind: RecordKind::Columns, window, body, batch }).await?;
    }
    if !feedback.is_empty() {
        let state = app.access.state();
        state.add_feedback(&feedback).await.map_err(crate::access::state_problem)?;
    }
    for (check_in, project) in check_ins {
        app.monitors.check_in(check_in, &project).await?;
    }
    Ok(())
}

/// The part of a request's way that is computing.
struct Work {
    app: Arc<App>,
    sent: Sent,
    received: Received,
    charge: Charge,
}

impl Work {
    fn run(mut self) -> Result<(Contents, (Charge, Charge)), Problem> {
        let bytes_max = self.app.ingest.body_bytes_max();
        let sent = std::mem::take(&mut self.received.bytes);
        let body = match self.sent.encoding {
            Encoding::Identity => sent,
            encoding => inflate(encoding, &sent, bytes_max, &mut self.charge, PER_BYTE)?.into(),
        };
        let contents = match self.sent.endpoint {
            Endpoint::Envelope => self.envelope(&body)?,
            Endpoint::Store => self.store(&body)?,
        };
        Ok((contents, (self.received.charge, self.charge)))
    }

    fn envelope(&self, body: &[u8]) -> Result<Contents, Problem> {
        let envelope = sentry::envelope::read(body, &sentry::Limits::default())
            .map_err(|error| Problem::invalid(error.to_string()).location("body"))?;
        let (id, project) = self.project(Some(&envelope.header))?;
        for skipped in &envelope.skipped {
            self.app.outcomes.count(&ItemType::of(&skipped.name), Outcome::Invalid, 1);
        }
        let mut reading = Reading::new(self, id, &project, &envelope.header);
        for item in &envelope.items {
            reading.item(item);
        }
        Ok(reading.contents)
    }

    /// The body of the older endpoint: one event.
    fn store(&self, body: &[u8]) -> Result<Contents, Problem> {
        let bytes_max = EVENT_BYTES_MAX;
        let json = match store::unwrap(body).map_err(|error| Problem::invalid(error.to_string()))? {
            store::Body::Json(json) => json.into_owned(),
            store::Body::Zlib(bytes) => {
                let mut charge = self.app.ingest.read_charge();
                inflate(Encoding::Deflate, &bytes, bytes_max, &mut charge, PER_BYTE)?
            }
            store::Body::Gzip(bytes) => {
                let mut charge = self.app.ingest.read_charge();
                inflate(Encoding::Gzip, &bytes, bytes_max, &mut charge, PER_BYTE)?
            }
        };
        let header = Header::default();
        let (id, project) = self.project(None)?;
        let mut reading = Reading::new(self, id, &project, &header);
        match reading.event(&json) {
            Ok(()) => reading.done(&ItemType::Event, Ok(Outcome::Accepted)),
            Err(reason) => return Err(Problem::invalid(reason)),
        }
        Ok(reading.contents)
    }

    fn project(&self, header: Option<&Header>) -> Result<(i64, Arc<str>), Problem> {
        let of_dsn = || header.and_then(|header| Auth::from_dsn(&header.dsn));
        let auth = self.sent.auth.clone().or_else(of_dsn).ok_or_else(|| {
            Problem::new(ErrorCode::Unauthenticated, "the request names no key of a project").hint(
                "send X-Sentry-Auth: Sentry sentry_key=…, the query parameter sentry_key, or the \
                 dsn in the envelope's header",
            )
        })?;
        find_project(&self.app, &self.sent.project, &auth)
    }
}

/// The items of an envelope being read.
struct Reading<'a> {
    work: &'a Work,
    project_id: i64,
    project: &'a str,
    header: &'a Header,
    /// The times of errors that are kept.
    window: TimeWindow,
    scrubber: Arc<Scrubber>,
    contents: Contents,
}

/// Why an item is not kept.
type Refusal = String;

impl<'a> Reading<'a> {
    fn new(work: &'a Work, project_id: i64, project: &'a str, header: &'a Header) -> Self {
        let contents = Contents { event_id: header.event_id, ..Contents::default() };
        let window = work.app.errors.window();
        let scrubber = work.app.errors.scrubber();
        Self { work, project_id, project, header, window, scrubber, contents }
    }

    fn done(&mut self, item: &ItemType, result: Result<Outcome, Refusal>) {
        let outcome = result.unwrap_or_else(|reason| {
            tracing::debug!(item = item.name(), reason, "an item cannot be understood");
            Outcome::Invalid
        });
        match outcome {
            Outcome::Accepted => self.contents.kept += 1,
            Outcome::Limited => self.contents.limited += 1,
            _ => {}
        }
        self.work.app.outcomes.count(item, outcome, 1);
    }

    fn item(&mut self, item: &Item<'_>) {
        let kind = item.item_type();
        let accepted = |()| Outcome::Accepted;
        let result = match kind {
            ItemType::Event => self.limited_event(item.payload),
            ItemType::Transaction => self.transaction(item.payload).map(accepted),
            ItemType::Span => self.spans(item).map(accepted),
            ItemType::Log => self.logs(item).map(accepted),
            ItemType::Session => self.session(item.payload).map(accepted),
            ItemType::Sessions => self.sessions(item.payload).map(accepted),
            ItemType::CheckIn => self.check_in(item.payload).map(accepted),
            ItemType::ClientReport => self.client_report(item.payload).map(accepted),
            ItemType::UserReport | ItemType::Feedback => {
                self.feedback(kind, item.payload).map(accepted)
            }
            ItemType::Attachment => self.attachment(item).map(accepted),
            _ => Ok(Outcome::Skipped),
        };
        self.done(kind, result);
    }

    fn clean(&self, payload: &[u8]) -> Result<String, Refusal> {
        let limits = plimsoll_wire::json::Limits::default();
        let cleaned = self.scrubber.json(payload, &limits);
        cleaned.map(|cleaned| cleaned.json).map_err(|error| error.to_string())
    }

    fn limited_event(&mut self, payload: &[u8]) -> Result<Outcome, Refusal> {
        let app = &self.work.app;
        let max = app.config.errors.per_minute_max;
        if let Err(wait) = app.quotas.take(self.project_id, max, self.window.received) {
            self.contents.limits.push((wait, vec![Category::Error]));
            return Ok(Outcome::Limited);
        }
        self.event(payload).map(|()| Outcome::Accepted)
    }

    fn event(&mut self, payload: &[u8]) -> Result<(), Refusal> {
        if payload.len() > EVENT_BYTES_MAX {
            let detail = format!(
                "an event of {} bytes is larger than the {EVENT_BYTES_MAX} that are taken",
                payload.len()
            );
            self.contents.too_large = Some(Problem::new(ErrorCode::TooLarge, detail.clone()));
            return Err(detail);
        }
        let incoming = match self.outline(payload) {
            Some(outline) => outline,
            None => {
                let json = self.clean(payload)?;
                let event = sentry::event::read(&json).map_err(|error| error.to_string())?;
                self.grouped(event)
            }
        };
        self.contents.event_id = incoming.row.event_id;
        self.contents.job.errors.push(incoming);
        Ok(())
    }

    /// What counts of an event of which nothing will be kept in full.
    fn outline(&self, payload: &[u8]) -> Option<Incoming> {
        let errors = &self.work.app.errors;
        if !errors.is_any_spent() {
            return None;
        }
        let limits = plimsoll_wire::json::Limits::default();
        let cleaned = sentry::event::outline(&self.scrubber, payload, &limits).ok()?;
        let event = sentry::event::read(&cleaned.json).ok()?;
        // One without an id is told apart from others by all that it holds.
        self.header.event_id.or(event.id)?;
        let incoming = self.grouped(event);
        errors.is_spent(&incoming).then(|| incoming.outline())
    }

    fn hides(&self, address: IpAddr) -> bool {
        self.scrubber.text(&address.to_string()).is_some()
    }

    fn grouped(&self, event: sentry::event::Event) -> Incoming {
        let around = Around {
            header: self.header,
            project: self.project,
            // An address that is hidden where it is sent is not added here.
            remote: self.work.sent.remote.filter(|remote| !self.hides(*remote)),
            window: &self.window,
        };
        self.work.app.errors.grouped(report(event, &around))
    }

    fn origin(&self) -> Origin<'a> {
        Origin {
            service: self.project,
            release: &self.header.trace.release,
            environment: &self.header.trace.environment,
            sdk_name: &self.header.sdk.name,
            sdk_version: &self.header.sdk.version,
            ..Origin::default()
        }
    }

    fn transaction(&mut self, payload: &[u8]) -> Result<(), Refusal> {
        let json = self.clean(payload)?;
        let window = self.work.app.ingest.window(RecordKind::OtlpTraces);
        let mut spans = Spans::new(self.origin(), &window);
        spans.push_transaction(&json).map_err(|error| error.to_string())?;
        let batch = spans.finish().map_err(|error| error.to_string())?;
        self.push_batch(batch)
    }

    fn spans(&mut self, item: &Item<'_>) -> Result<(), Refusal> {
        let json = self.clean(item.payload)?;
        let window = self.work.app.ingest.window(RecordKind::OtlpTraces);
        let mut spans = Spans::new(self.origin(), &window);
        spans.push_item(&item.header.content_type, &json).map_err(|error| error.to_string())?;
        let batch = spans.finish().map_err(|error| error.to_string())?;
        self.push_batch(batch)
    }

    fn logs(&mut self, item: &Item<'_>) -> Result<(), Refusal> {
        let json = self.clean(item.payload)?;
        let window = self.work.app.ingest.window(RecordKind::OtlpLogs);
        let mut logs = Logs::new(self.origin(), &window);
        logs.push_item(&item.header.content_type, &json).map_err(|error| error.to_string())?;
        let batch = logs.finish().map_err(|error| error.to_string())?;
        self.push_batch(batch)
    }

    fn push_batch(&mut self, batch: Batch) -> Result<(), Refusal> {
        if batch.is_empty() {
            return Err("none of its items is within the times that are kept".to_owned());
        }
        self.contents.batches.push(batch);
        Ok(())
    }

    fn sender(&self, release: String, environment: String) -> Arc<Sender> {
        let service = self.project.to_owned();
        Arc::new(Sender { service, version: release, environment, ..Sender::default() })
    }

    fn session(&mut self, payload: &[u8]) -> Result<(), Refusal> {
        let json = self.clean(payload)?;
        let session = Session::read(&json).map_err(|error| error.to_string())?;
        let crashed = session.status == SessionStatus::Crashed;
        let abnormal = session.status == SessionStatus::Abnormal;
        let errored = session.errors > 0 || crashed || abnormal;
        let row = SessionRow {
            time: self.bounded(session.started_unix_nano),
            session_id: session.id,
            user_id: session.distinct_id,
            started: i64::from(session.init),
            errored: i64::from(errored),
            abnormal: i64::from(abnormal),
            crashed: i64::from(crashed),
            duration_nano: session.duration_s.map(|seconds| (seconds * 1e9) as i64),
            sender: self.sender(session.attributes.release, session.attributes.environment),
        };
        self.contents.job.sessions.push(row);
        Ok(())
    }

    fn sessions(&mut self, payload: &[u8]) -> Result<(), Refusal> {
        let json = self.clean(payload)?;
        let sessions = Sessions::read(&json).map_err(|error| error.to_string())?;
        let of = sessions.attributes;
        let sender = self.sender(of.release, of.environment);
        for counts in sessions.counts {
            let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
            let row = SessionRow {
                time: self.bounded(counts.started_unix_nano),
                started: count(counts.total()),
                errored: count(counts.total().saturating_sub(counts.exited)),
                abnormal: count(counts.abnormal),
                crashed: count(counts.crashed.saturating_add(counts.unhandled)),
                user_id: counts.distinct_id,
                session_id: None,
                duration_nano: None,
                sender: Arc::clone(&sender),
            };
            self.contents.job.sessions.push(row);
        }
        Ok(())
    }

    /// A time that is kept, or now.
    fn bounded(&self, time: i64) -> i64 {
        if self.window.contains(time) { time } else { self.window.received }
    }

    fn check_in(&mut self, payload: &[u8]) -> Result<(), Refusal> {
        let json = self.clean(payload)?;
        let check_in = CheckIn::read(&json).map_err(|error| error.to_string())?;
        self.contents.check_ins.push((check_in, Arc::from(self.project)));
        Ok(())
    }

    fn client_report(&mut self, payload: &[u8]) -> Result<(), Refusal> {
        let json = self.clean(payload)?;
        let report = ClientReport::read(&json).map_err(|error| error.to_string())?;
        for discarded in &report.discarded {
            self.work.app.outcomes.dropped(&discarded.category, discarded.quantity);
        }
        Ok(())
    }

    fn feedback(&mut self, kind: &ItemType, payload: &[u8]) -> Result<(), Refusal> {
        let json = self.clean(payload)?;
        let read = match kind {
            ItemType::UserReport => Feedback::read_user_report(&json),
            _ => Feedback::read(&json),
        };
        let said = read.map_err(|error| error.to_string())?;
        let event = said.event_id.or(self.header.event_id).unwrap_or_default();
        self.contents.feedback.push(FeedbackRow {
            event_id: hex(&event),
            name: said.name,
            email: said.email,
            comments: said.message,
            at: said.time_unix_nano.map_or(self.window.received, |time| self.bounded(time)),
        });
        Ok(())
    }

    fn attachment(&mut self, item: &Item<'_>) -> Result<(), Refusal> {
        let event_id = self.header.event_id.ok_or("an attachment without an event")?;
        self.contents.attachments.push(NewAttachment {
            event_id,
            name: item.header.filename.clone(),
            content_type: item.header.content_type.clone(),
            bytes: item.payload.to_vec(),
        });
        Ok(())
    }
}
