//! One target: waits, fetches, reads, hands on, and marks the end of what it had.
//!
//! Invariants: one scrape of a target at a time; what was exposed is remembered as alive only when
//! the sink took it; a server that stops writes no marks, because it goes on where it was.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use plimsoll_model::UnixNano;
use plimsoll_wire::prometheus::Built;
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use crate::body::{self, Context, Outcome, Scrape};
use crate::client::{Budget, Client, Fetched};
use crate::config::Job;
use crate::labels::LabelSet;
use crate::memory::Memory;
use crate::schedule;
use crate::sink::Sink;
use crate::status::{Health, Lost, Status};
use crate::target::Target;

/// Bodies that are turned into rows and handed on at once: each takes several times its size for
/// that.
const READERS: usize = 4;

/// The longest wait before rows are offered again.
const RETRY_MAX: Duration = Duration::from_secs(1);

/// What all targets share.
pub(crate) struct Shared {
    pub(crate) sink: Arc<dyn Sink>,
    readers: Semaphore,
    /// How many targets that are scraped have these labels.
    here: Mutex<HashMap<LabelSet, usize>>,
    pub(crate) lost: Lost,
    pub(crate) budget: Arc<Budget>,
    pub(crate) cancellation: CancellationToken,
}

impl Shared {
    pub(crate) fn new(
        sink: Arc<dyn Sink>,
        budget: Arc<Budget>,
        cancellation: CancellationToken,
    ) -> Self {
        Self {
            sink,
            readers: Semaphore::new(READERS),
            here: Mutex::default(),
            lost: Lost::default(),
            budget,
            cancellation,
        }
    }

    pub(crate) fn arrive(&self, labels: &LabelSet) {
        *self.here.lock().entry(labels.clone()).or_default() += 1;
    }

    pub(crate) fn depart(&self, labels: &LabelSet) {
        let mut here = self.here.lock();
        if let Some(count) = here.get_mut(labels) {
            *count -= 1;
            if *count == 0 {
                here.remove(labels);
            }
        }
    }

    fn is_here(&self, labels: &LabelSet) -> bool {
        self.here.lock().contains_key(labels)
    }
}

/// Whether a target is to be scraped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    /// It is; where there is an error, it fails with that without being asked.
    Here(Option<String>),
    /// It is not any more.
    Gone,
}

/// Scrapes one target.
pub(crate) struct Worker {
    pub(crate) shared: Arc<Shared>,
    pub(crate) job: Arc<Job>,
    pub(crate) client: Arc<Client>,
    pub(crate) target: Arc<Target>,
    pub(crate) status: Arc<Mutex<Status>>,
    pub(crate) presence: watch::Receiver<Presence>,
    memory: Memory,
    scraped: bool,
    warned: String,
}

enum Woken {
    Due,
    Gone,
    Stop,
}

impl Worker {
    pub(crate) fn new(
        shared: Arc<Shared>,
        job: Arc<Job>,
        client: Arc<Client>,
        target: Arc<Target>,
        status: Arc<Mutex<Status>>,
        presence: watch::Receiver<Presence>,
    ) -> Self {
        Self {
            shared,
            job,
            client,
            target,
            status,
            presence,
            memory: Memory::default(),
            scraped: false,
            warned: String::new(),
        }
    }

    /// Scrapes until the target is gone for good or all stops.
    pub(crate) async fn run(mut self, seed: u64) {
        let interval = self.target.interval;
        let mut planned =
            schedule::first(self.shared.sink.now(), interval, self.target.hash(), seed);
        loop {
            match self.wait(&mut planned).await {
                Woken::Stop => return,
                Woken::Due => self.scrape(planned).await,
                Woken::Gone => {
                    if !self.leave(planned).await {
                        return;
                    }
                }
            }
            planned = schedule::next(planned, interval, self.shared.sink.now());
        }
    }

    async fn wait(&mut self, planned: &mut UnixNano) -> Woken {
        let interval = self.target.interval;
        loop {
            let now = self.shared.sink.now();
            if now >= *planned {
                return Woken::Due;
            }
            let next = schedule::next(*planned, interval, now);
            // The clock went back.
            *planned = (*planned).min(next);
            tokio::select! {
                () = self.shared.cancellation.cancelled() => return Woken::Stop,
                () = tokio::time::sleep(schedule::wait(*planned, interval, now)) => {}
                changed = self.presence.changed() => match changed {
                    Err(_) => return Woken::Stop,
                    Ok(()) if *self.presence.borrow_and_update() == Presence::Gone => {
                        return Woken::Gone;
                    }
                    Ok(()) => {}
                }
            }
        }
    }

    /// Marks what the target had as ended, unless it comes back before; `true` where it did.
    async fn leave(&mut self, planned: UnixNano) -> bool {
        if !self.scraped {
            return false;
        }
        let interval = self.target.interval;
        let until = schedule::leave(planned, interval);
        let wait = schedule::wait(until, interval * 3, self.shared.sink.now());
        tokio::select! {
            () = self.shared.cancellation.cancelled() => return false,
            () = tokio::time::sleep(wait) => {}
            changed = self.presence.changed() => return changed.is_ok(),
        }
        // Another address took over its series.
        if self.shared.is_here(&self.target.labels) {
            return false;
        }
        let admission = self.shared.sink.admission();
        let context = Context {
            labels: &self.target.labels,
            reading: &self.job.reading,
            admission: &*admission,
            window: self.shared.sink.window(),
        };
        match body::end(context, &self.memory, schedule::stamp(planned, interval, planned)) {
            Ok(built) => {
                if let Err(problem) = self.shared.sink.append(&built).await {
                    drop(self.append_again(&built, problem).await);
                }
            }
            Err(error) => warn!(job = self.job.name, %error, "marks could not be built"),
        }
        false
    }

    /// One scrape, planned for a time.
    pub(crate) async fn scrape(&mut self, planned: UnixNano) {
        let interval = self.target.interval;
        let now = self.shared.sink.now();
        let time = schedule::stamp(planned, interval, now);
        let begun = Instant::now();
        let forced = match &*self.presence.borrow() {
            Presence::Here(forced) => forced.clone(),
            Presence::Gone => None,
        };
        let fetched = match forced {
            Some(problem) => Err(problem),
            None => tokio::select! {
                () = self.shared.cancellation.cancelled() => return,
                fetched = self.client.fetch(&self.target.url, self.target.timeout) => fetched,
            },
        };
        let shared = Arc::clone(&self.shared);
        let Ok(permit) = shared.readers.acquire().await else { return };
        let Some(outcome) = self.read(fetched, time, begun).await else { return };
        self.scraped = true;
        let Outcome { built, alive, elapsed, error, duplicates } = outcome;
        self.warn(&built, duplicates);
        let first = shared.sink.append(&built).await;
        drop(permit);
        let appended = match first {
            Ok(()) => Ok(()),
            Err(problem) => self.append_again(&built, problem).await,
        };
        if appended.is_ok() {
            self.memory.alive = alive;
        }
        let refused =
            appended.err().map(|problem| format!("its samples could not be kept: {problem}"));
        let mut status = self.status.lock();
        status.health = if error.is_none() { Health::Up } else { Health::Down };
        status.last_error = error.or(refused).unwrap_or_default();
        status.last_scrape = Some(now);
        status.elapsed = elapsed;
    }

    /// Turns what came into rows, on a thread for that.
    async fn read(
        &mut self,
        fetched: Result<Fetched, String>,
        time: UnixNano,
        begun: Instant,
    ) -> Option<Outcome> {
        let mut memory = std::mem::take(&mut self.memory);
        let (target, job) = (Arc::clone(&self.target), Arc::clone(&self.job));
        let (admission, window) = (self.shared.sink.admission(), self.shared.sink.window());
        let read = tokio::task::spawn_blocking(move || {
            let context = Context {
                labels: &target.labels,
                reading: &job.reading,
                admission: &*admission,
                window,
            };
            let body = fetched.as_ref().map_err(String::clone);
            let body = body.map(|fetched| (fetched.body.bytes(), fetched.format));
            let scrape = Scrape { body, time, elapsed: &|| begun.elapsed() };
            let outcome = body::read(context, &mut memory, &scrape);
            (memory, outcome)
        });
        match read.await {
            Ok((memory, outcome)) => {
                self.memory = memory;
                let failed = |error| warn!(job = self.job.name, %error, "rows could not be built");
                outcome.map_err(failed).ok()
            }
            Err(error) => {
                warn!(job = self.job.name, %error, "a scrape could not be read");
                None
            }
        }
    }

    /// Offers rows that were refused once more, soon and within the interval. They wait in memory
    /// only where there is room.
    async fn append_again(&self, built: &Built, problem: String) -> Result<(), String> {
        debug!(job = self.job.name, problem, "samples were refused, they are offered again");
        let again = match self.shared.budget.charge(built.batch.bytes()) {
            None => Err(problem),
            Some(_charge) => {
                tokio::select! {
                    () = self.shared.cancellation.cancelled() => {}
                    () = tokio::time::sleep((self.target.interval / 4).min(RETRY_MAX)) => {}
                }
                self.shared.sink.append(built).await
            }
        };
        if let Err(problem) = &again {
            self.shared.lost.count(built.samples);
            warn!(
                job = self.job.name,
                instance = self.target.labels.get("instance"),
                samples = built.samples,
                problem,
                "the samples of a scrape are lost"
            );
        }
        again
    }

    /// Says once what is not kept, until that changes.
    fn warn(&mut self, built: &Built, duplicates: u64) {
        self.shared.lost.reject(built.rejected, duplicates);
        let mut text = built.message.clone();
        if duplicates > 0 {
            text += "; some series are there twice";
        }
        if text != self.warned && !text.is_empty() {
            warn!(
                job = self.job.name,
                instance = self.target.labels.get("instance"),
                rejected = built.rejected,
                duplicates,
                reasons = text,
                "some samples of a scrape are not kept"
            );
        }
        self.warned = text;
    }
}
