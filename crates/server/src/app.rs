//! What the handlers of a running server share.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use parking_lot::RwLock;
use plimsoll_model::Clock;
use plimsoll_query::{Engine, Metrics};
use plimsoll_scrape::Scraper;
use plimsoll_store::Store;

use crate::access::AccessState;
use crate::config::Config;
use crate::errors::Errors;
use crate::ingest::Ingest;
use crate::monitors::Monitors;
use crate::recording::Recording;
use crate::sentry::{Outcomes, Quotas};
use crate::span_metrics::Derived;

/// A running server, as its handlers see it.
pub(crate) struct App {
    pub(crate) config: Config,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) store: Store,
    pub(crate) engine: Engine,
    pub(crate) metrics: Metrics,
    pub(crate) ingest: Arc<Ingest>,
    pub(crate) errors: Arc<Errors>,
    pub(crate) access: Arc<AccessState>,
    pub(crate) recording: Arc<Recording>,
    pub(crate) derived: Arc<Derived>,
    /// While it runs; none where nothing is to be scraped.
    pub(crate) scraper: RwLock<Option<Scraper>>,
    pub(crate) phase: Phase,
    /// Telemetry of its own that the server had no room for.
    pub(crate) observed: Arc<crate::observe::Dropped>,
    pub(crate) monitors: Arc<Monitors>,
    /// What became of the items of Sentry's SDKs.
    pub(crate) outcomes: Outcomes,
    pub(crate) quotas: Quotas,
    /// When it started, Unix nanoseconds.
    pub(crate) started: i64,
    /// Where a browser, or an SDK, finds the server.
    pub(crate) page_url: String,
}

impl App {
    /// What an SDK is told to send errors of a project.
    pub(crate) fn dsn(&self, project: i64, public_key: &str) -> String {
        let (scheme, rest) = self.page_url.split_once("://").unwrap_or(("http", &self.page_url));
        format!("{scheme}://{public_key}@{rest}/{project}")
    }
}

/// Where the server stands in its life.
#[derive(Debug, Default)]
pub(crate) struct Phase(AtomicU8);

const READY: u8 = 1;
const STOPPING: u8 = 2;

impl Phase {
    /// Recovery is done and every port is bound.
    pub(crate) fn ready(&self) {
        self.0.store(READY, Ordering::Release);
    }

    /// No new connection is taken.
    pub(crate) fn stopping(&self) {
        self.0.store(STOPPING, Ordering::Release);
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.0.load(Ordering::Acquire) == READY
    }

    /// For people and probes.
    pub(crate) fn name(&self) -> &'static str {
        match self.0.load(Ordering::Acquire) {
            READY => "ready",
            STOPPING => "stopping",
            _ => "starting",
        }
    }
}
