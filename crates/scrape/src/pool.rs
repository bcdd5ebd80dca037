//! The targets of one job: kept in step with what discovery finds.
//!
//! Invariants: a target whose labels and address stay keeps its worker; every worker is a task that
//! the pool owns and waits for.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tracing::{info, warn};

use crate::client::Client;
use crate::config::{FileDiscovery, Job, RawGroup};
use crate::discovery::{self, FILE_LABEL, Files};
use crate::labels::LabelSet;
use crate::status::{ActiveTarget, DroppedTarget, Status, Targets};
use crate::target::{Resolved, Target, resolve};
use crate::worker::{Presence, Shared, Worker};

/// What others may see of a pool.
#[derive(Default)]
pub(crate) struct View {
    job: String,
    active: Vec<(Arc<Target>, Arc<Mutex<Status>>)>,
    dropped: Vec<LabelSet>,
}

impl View {
    pub(crate) fn show(&self, targets: &mut Targets, host: &str) {
        targets.active_targets.extend(
            self.active
                .iter()
                .map(|(target, status)| ActiveTarget::new(&self.job, target, &status.lock(), host)),
        );
        targets.dropped_targets.extend(self.dropped.iter().map(|labels| DroppedTarget {
            discovered_labels: labels.clone(),
            scrape_pool: self.job.clone(),
        }));
        targets.dropped_target_counts.insert(self.job.clone(), self.dropped.len());
    }
}

struct Held {
    presence: watch::Sender<Presence>,
    target: Arc<Target>,
    status: Arc<Mutex<Status>>,
    here: bool,
    /// Tells its worker from one before.
    serial: u64,
}

/// The targets of a job.
pub(crate) struct Pool {
    shared: Arc<Shared>,
    job: Arc<Job>,
    client: Arc<Client>,
    seed: u64,
    held: HashMap<u64, Held>,
    /// Workers, which end with their target's hash and their serial.
    workers: JoinSet<(u64, u64)>,
    serial: u64,
    forced: Option<String>,
    problems: Vec<String>,
    view: Arc<Mutex<View>>,
}

/// Files that are looked at now and then.
struct Watch {
    discovery: FileDiscovery,
    files: Files,
    due: Instant,
}

impl Pool {
    pub(crate) fn new(
        shared: Arc<Shared>,
        job: Job,
        client: Client,
        seed: u64,
    ) -> (Self, Arc<Mutex<View>>) {
        let view = Arc::new(Mutex::new(View { job: job.name.clone(), ..View::default() }));
        let pool = Self {
            shared,
            job: Arc::new(job),
            client: Arc::new(client),
            seed,
            held: HashMap::new(),
            workers: JoinSet::new(),
            serial: 0,
            forced: None,
            problems: Vec::new(),
            view: Arc::clone(&view),
        };
        (pool, view)
    }

    /// Discovers and scrapes until all stops.
    pub(crate) async fn run(mut self) {
        let cancellation = self.shared.cancellation.clone();
        let now = Instant::now();
        let watch = |discovery: &FileDiscovery| Watch {
            discovery: discovery.clone(),
            files: Files::new(),
            due: now,
        };
        let mut watches: Vec<_> = self.job.files.iter().map(watch).collect();
        let mut changed = true;
        loop {
            changed |= self.refresh(&mut watches).await;
            if changed {
                self.sync(&watches);
            }
            changed = false;
            let due = watches.iter().map(|watch| watch.due).min();
            tokio::select! {
                () = cancellation.cancelled() => break,
                () = sleep_until(due) => {}
                Some(ended) = self.workers.join_next() => match ended {
                    Ok((hash, serial)) => changed = self.reap(hash, serial),
                    Err(error) => {
                        warn!(job = self.job.name, %error, "a worker broke off");
                        changed = true;
                    }
                }
            }
        }
        while self.workers.join_next().await.is_some() {}
    }

    /// Reads the files that are due; whether any target changed.
    async fn refresh(&mut self, watches: &mut [Watch]) -> bool {
        let now = Instant::now();
        let mut changed = false;
        let mut problems = Vec::new();
        let mut looked = false;
        for watch in watches.iter_mut().filter(|watch| watch.due <= now) {
            looked = true;
            watch.due = now + watch.discovery.refresh;
            let patterns = watch.discovery.patterns.clone();
            let before = std::mem::take(&mut watch.files);
            let read = tokio::task::spawn_blocking(move || {
                let (files, problems) = discovery::refresh(&patterns, &before);
                let same = files == before;
                (files, problems, same)
            });
            match read.await {
                Ok((files, found, same)) => {
                    changed |= !same;
                    watch.files = files;
                    problems.extend(found);
                }
                Err(error) => problems.push(error.to_string()),
            }
        }
        if looked && problems != self.problems {
            for problem in &problems {
                warn!(job = self.job.name, problem, "a file of targets could not be read");
            }
            self.problems = problems;
        }
        changed
    }

    /// What is to be scraped, by hash; and what is dropped.
    fn resolve(&self, watches: &[Watch]) -> (HashMap<u64, Target>, Vec<LabelSet>) {
        let mut wanted = HashMap::new();
        let mut dropped = Vec::new();
        let mut add = |group: &RawGroup, extra: &[(&str, &str)]| {
            for resolved in resolve(&self.job, group, extra) {
                match resolved {
                    Resolved::Target(target) => drop(wanted.insert(target.hash(), *target)),
                    Resolved::Dropped(labels) => dropped.push(labels),
                    Resolved::Wrong(labels, problem) => {
                        warn!(job = self.job.name, problem, "a target cannot be scraped");
                        dropped.push(labels);
                    }
                }
            }
        };
        for group in &self.job.groups {
            add(group, &[]);
        }
        for (path, groups) in watches.iter().flat_map(|watch| &watch.files) {
            for group in groups {
                add(group, &[(FILE_LABEL, path)]);
            }
        }
        (wanted, dropped)
    }

    fn sync(&mut self, watches: &[Watch]) {
        let (wanted, dropped) = self.resolve(watches);
        let over = self.job.target_limit.filter(|limit| wanted.len() > *limit);
        self.forced = over.map(|limit| {
            format!("target_limit: the job has {} targets, at most {limit}", wanted.len())
        });
        for (hash, held) in &mut self.held {
            if held.here && !wanted.contains_key(hash) {
                held.here = false;
                self.shared.depart(&held.target.labels);
                held.presence.send_replace(Presence::Gone);
            }
        }
        for (hash, target) in wanted {
            self.keep(hash, target);
        }
        info!(
            job = self.job.name,
            targets = self.held.values().filter(|held| held.here).count(),
            dropped = dropped.len(),
            "the targets of a scrape job"
        );
        let here = self.held.values().filter(|held| held.here);
        let mut active: Vec<_> =
            here.map(|held| (Arc::clone(&held.target), Arc::clone(&held.status))).collect();
        active.sort_by(|a, b| a.0.url.cmp(&b.0.url));
        let mut view = self.view.lock();
        view.active = active;
        view.dropped = dropped;
    }

    fn keep(&mut self, hash: u64, target: Target) {
        let presence = Presence::Here(self.forced.clone());
        let target = Arc::new(target);
        if let Some(held) = self.held.get_mut(&hash)
            && !held.presence.is_closed()
        {
            if !held.here {
                held.here = true;
                self.shared.arrive(&target.labels);
            }
            held.target = target;
            held.presence.send_if_modified(|before| {
                let changed = *before != presence;
                *before = presence;
                changed
            });
            return;
        }
        if !self.held.get(&hash).is_some_and(|held| held.here) {
            self.shared.arrive(&target.labels);
        }
        self.spawn(hash, target, presence);
    }

    fn spawn(&mut self, hash: u64, target: Arc<Target>, presence: Presence) {
        self.serial += 1;
        let serial = self.serial;
        let (presence, receiver) = watch::channel(presence);
        let status = Arc::new(Mutex::new(Status::default()));
        let worker = Worker::new(
            Arc::clone(&self.shared),
            Arc::clone(&self.job),
            Arc::clone(&self.client),
            Arc::clone(&target),
            Arc::clone(&status),
            receiver,
        );
        let seed = self.seed;
        self.workers.spawn(async move {
            worker.run(seed).await;
            (hash, serial)
        });
        self.held.insert(hash, Held { presence, target, status, here: true, serial });
    }

    /// Forgets a worker that ended; whether its target came back while it did.
    fn reap(&mut self, hash: u64, serial: u64) -> bool {
        match self.held.get(&hash) {
            Some(held) if held.serial == serial && !held.here => {
                self.held.remove(&hash);
                false
            }
            Some(held) => held.serial == serial,
            None => false,
        }
    }
}

async fn sleep_until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}
