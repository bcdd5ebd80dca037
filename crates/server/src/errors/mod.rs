//! Errors: from exceptions that services report to issues that people work on.
//!
//! Invariants: an occurrence is acknowledged after its row is durable; counts are exact whatever is kept in full;
//! what people decided is in the state database before they are told so.

mod actions;
mod attachments;
mod budget;
mod detail;
mod digest;
mod files;
mod grouped;
mod list;
mod live;
mod open;
mod otel;
mod projects;
mod releases;
mod rules;
mod sources;
mod twins;
mod types;
mod view;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::time::Duration;

use plimsoll_issues::group::Grouper;
use plimsoll_issues::in_app::InApp;
use plimsoll_model::{Clock, ErrorCode, TimeWindow};
use plimsoll_query::Engine;
use plimsoll_state::{State, StateError};
use plimsoll_store::Store;
use plimsoll_wire::scrub::Scrubber;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub(crate) use actions::ChangeRequest;
pub(crate) use attachments::NewAttachment;
pub(crate) use detail::{IssueGroup, parse_hex};
pub(crate) use digest::{Incoming, Job};
pub(crate) use grouped::Report;
pub(crate) use list::{ListQuery, Sort, parse_text};
pub use open::OpenErrorsError;
pub(crate) use otel::new_id;
pub(crate) use releases::{DeployView, ReleaseDetail, deploy_view};
pub(crate) use rules::RulesPreview;
pub(crate) use sources::Place;
pub(crate) use types::*;
pub(crate) use view::{OccurrenceView, hex};

use self::budget::{Allowance, Spent};
use self::digest::Waiting;
use self::files::Files;
use self::live::Live;
use self::projects::Projects;
use self::sources::SourceMaps;
use self::twins::Twins;
use crate::access::state_problem;
use crate::config::ErrorsConfig;
use crate::problem::Problem;

/// How often counts are stored. What came since is counted again at a start.
const SAVE_EVERY: Duration = Duration::from_secs(5);

/// Once an hour.
const EXPIRE_ROUNDS: u32 = 720;

/// Errors and issues of the whole server.
pub(crate) struct Errors {
    config: ErrorsConfig,
    clock: Arc<dyn Clock>,
    state: State,
    engine: Engine,
    store: Store,
    tasks: TaskTracker,
    live: tokio::sync::Mutex<Live>,
    twins: parking_lot::Mutex<Twins>,
    queue: parking_lot::Mutex<VecDeque<Waiting>>,
    spent: Spent,
    /// Whether somebody digests the queue.
    working: AtomicBool,
    /// As the rules in force say.
    grouper: parking_lot::RwLock<Arc<Grouper>>,
    in_app: parking_lot::RwLock<Arc<InApp>>,
    scrubber: Arc<Scrubber>,
    attachments: Files,
    /// Bytes that were attached since the last look at all of them.
    attached_bytes: AtomicU64,
    sources: Arc<SourceMaps>,
    projects: parking_lot::RwLock<Arc<Projects>>,
}

impl Errors {
    /// The times of events that are taken.
    pub(crate) fn window(&self) -> TimeWindow {
        let ErrorsConfig { retention, future_max, .. } = self.config;
        TimeWindow::around(self.clock.now(), retention, future_max)
    }

    /// Hides what must not be kept.
    pub(crate) fn scrubber(&self) -> Arc<Scrubber> {
        Arc::clone(&self.scrubber)
    }

    /// Source maps.
    pub(crate) fn source_maps(&self) -> Arc<SourceMaps> {
        Arc::clone(&self.sources)
    }

    /// Whether there is any issue of which nothing more is kept in full for now.
    pub(crate) fn is_any_spent(&self) -> bool {
        self.spent.is_any(self.clock.now())
    }

    /// Whether an occurrence will only be counted.
    pub(crate) fn is_spent(&self, incoming: &Incoming) -> bool {
        let Incoming { row, .. } = incoming;
        self.spent.has((row.fingerprint, row.variant), self.clock.now())
    }

    fn allowance(&self) -> Allowance {
        Allowance::of(&self.config)
    }

    /// Stores counts every few seconds until told to stop. [`Self::save`] does so once more when nothing can
    /// come any more.
    pub(crate) async fn run(self: Arc<Self>, stopping: CancellationToken) {
        for round in 0_u32.. {
            tokio::select! {
                () = stopping.cancelled() => return,
                () = tokio::time::sleep(SAVE_EVERY) => {}
            }
            if round % EXPIRE_ROUNDS == 0
                && let Err(problem) = self.expire().await
            {
                tracing::error!(problem = problem.detail, "what is too old is not deleted yet");
            }
            if let Err(error) = self.save().await {
                tracing::error!(%error, "counts of issues are not stored yet");
            }
        }
    }

    /// Forgets issues whose occurrences are all deleted, and files of that time.
    async fn expire(&self) -> Result<(), Problem> {
        let before = self.window().oldest;
        {
            let mut live = self.live.lock().await;
            let gone = live.older_than(before);
            self.state.delete_issues(&gone).await.map_err(state_problem)?;
            live.forget(&gone);
        }
        self.expire_attachments().await
    }

    /// Stores counts.
    pub(crate) async fn save(&self) -> Result<(), StateError> {
        let mut live = self.live.lock().await;
        self.save_counts(&mut live).await
    }

    /// Stores counts while nothing else may change them: also before counts move between issues, so that those in
    /// the database are always those up to the time it says.
    async fn save_counts(&self, live: &mut Live) -> Result<(), StateError> {
        let counts = live.unsaved();
        if counts.is_empty() {
            return Ok(());
        }
        self.state.save_issue_counts(live.received, &counts).await?;
        live.saved(&counts);
        Ok(())
    }
}

/// What is said of an issue that is not there.
fn no_such(id: i64) -> Problem {
    Problem::new(ErrorCode::NotFound, format!("there is no issue #{id}"))
        .hint("GET /api/v1/monitoring/errors lists them")
}
