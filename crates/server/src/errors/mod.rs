//! Errors: from exceptions that services report to issues that people work on.
//!
//! Invariants: an occurrence is acknowledged after its row is durable; counts are exact whatever is kept in full;
//! what people decided is in the state database before they are told so.

mod actions;
mod budget;
mod detail;
mod digest;
mod grouped;
mod list;
mod live;
mod open;
mod otel;
mod projects;
mod twins;
mod types;
mod view;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use plimsoll_issues::group::Grouper;
use plimsoll_issues::in_app::InApp;
use plimsoll_model::Clock;
use plimsoll_query::Engine;
use plimsoll_state::{State, StateError};
use plimsoll_store::Store;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub(crate) use actions::ChangeRequest;
pub(crate) use detail::{IssueGroup, parse_hex};
pub(crate) use digest::{Incoming, Job};
pub(crate) use list::{ListQuery, Sort, parse_text};
pub use open::OpenErrorsError;
pub(crate) use types::*;
pub(crate) use view::OccurrenceView;

use self::budget::Allowance;
use self::digest::Waiting;
use self::live::Live;
use self::projects::Projects;
use self::twins::Twins;
use crate::config::ErrorsConfig;

/// How often counts are stored. What came since is counted again at a start.
const SAVE_EVERY: Duration = Duration::from_secs(5);

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
    /// Whether somebody digests the queue.
    working: AtomicBool,
    /// As the rules in force say.
    grouper: parking_lot::RwLock<Arc<Grouper>>,
    in_app: parking_lot::RwLock<Arc<InApp>>,
    projects: parking_lot::RwLock<Arc<Projects>>,
}

impl Errors {
    fn allowance(&self) -> Allowance {
        Allowance { burst: self.config.kept_burst, per_minute: self.config.kept_per_minute }
    }

    /// Stores counts every few seconds until told to stop. [`Self::save`] does so once more when nothing can
    /// come any more.
    pub(crate) async fn run(self: Arc<Self>, stopping: CancellationToken) {
        loop {
            tokio::select! {
                () = stopping.cancelled() => return,
                () = tokio::time::sleep(SAVE_EVERY) => {}
            }
            if let Err(error) = self.save().await {
                tracing::error!(%error, "counts of issues are not stored yet");
            }
        }
    }

    /// Stores counts.
    pub(crate) async fn save(&self) -> Result<(), StateError> {
        let mut live = self.live.lock().await;
        let counts = live.unsaved();
        if counts.is_empty() {
            return Ok(());
        }
        self.state.save_issue_counts(live.received, &counts).await?;
        live.saved(&counts);
        Ok(())
    }
}
