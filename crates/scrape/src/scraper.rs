//! Starts and stops all of scraping.

use std::sync::Arc;

use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::client::{Budget, Client, Connections};
use crate::config::{BODY_BYTES_MAX, Config};
use crate::pool::{Pool, View};
use crate::sink::Sink;
use crate::status::{Losses, Targets};
use crate::worker::Shared;

/// What scraping may take, and how it is told from others.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Bytes that all bodies in memory may take together, and rows that wait because they were
    /// refused; a scrape that would need more fails.
    pub body_bytes: usize,
    /// Moves the times at which targets are scraped; different for servers that scrape the same
    /// ones.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { body_bytes: BODY_BYTES_MAX, seed: 0 }
    }
}

/// Why scraping cannot start.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("scrape job {job:?}: {problem}")]
pub struct StartError {
    /// The job.
    pub job: String,
    /// What is wrong, and what was expected.
    pub problem: String,
}

/// Scraping that runs. It stops when it is told to, or with the cancellation that it was started
/// with; either way [`Scraper::stop`] waits for its end.
pub struct Scraper {
    shared: Arc<Shared>,
    jobs: TaskTracker,
    connections: Connections,
    views: Vec<Arc<Mutex<View>>>,
}

impl Scraper {
    /// Starts to scrape. Needs a tokio runtime.
    ///
    /// # Errors
    ///
    /// A file of certificates cannot be used.
    pub fn start(
        config: Config,
        sink: Arc<dyn Sink>,
        options: Options,
        cancellation: &CancellationToken,
    ) -> Result<Self, StartError> {
        let cancellation = cancellation.child_token();
        let budget = Budget::new(options.body_bytes);
        let connections = Connections::new(cancellation.clone());
        let shared = Arc::new(Shared::new(sink, Arc::clone(&budget), cancellation));
        let mut pools = Vec::with_capacity(config.jobs.len());
        let mut views = Vec::with_capacity(config.jobs.len());
        for job in config.jobs {
            let budget = Arc::clone(&budget);
            let client = Client::new(&job.fetching, job.reading.fallback, budget, &connections)
                .map_err(|problem| StartError { job: job.name.clone(), problem })?;
            let (pool, view) = Pool::new(Arc::clone(&shared), job, client, options.seed);
            pools.push(pool);
            views.push(view);
        }
        let jobs = TaskTracker::new();
        for pool in pools {
            jobs.spawn(pool.run());
        }
        jobs.close();
        Ok(Self { shared, jobs, connections, views })
    }

    /// All targets. `host` is how others call this machine, or empty.
    #[must_use]
    pub fn targets(&self, host: &str) -> Targets {
        let mut targets = Targets::default();
        for view in &self.views {
            view.lock().show(&mut targets, host);
        }
        targets
    }

    /// What was not kept, since the start.
    #[must_use]
    pub fn losses(&self) -> Losses {
        self.shared.lost.read()
    }

    /// Stops, and waits for the end: at most for samples that are being kept.
    pub async fn stop(self) {
        self.shared.cancellation.cancel();
        self.jobs.wait().await;
        self.connections.wait().await;
    }
}

#[cfg(test)]
mod tests;
