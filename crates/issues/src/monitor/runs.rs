//! The runs of a job that are under way, and those that just ended.
//!
//! Invariants: at most [`RUNS_MAX`] are known; where there is no room, the one that ended first is forgotten,
//! then the one that timed out first, then the one that began first. An id ends once: what is said of it later
//! is not counted again.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::{Id, hex, is_name};

/// Runs that are known at once.
pub const RUNS_MAX: usize = 64;

/// A run of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Run {
    #[serde(default, skip_serializing_if = "Option::is_none", with = "hex")]
    pub(super) id: Option<Id>,
    /// When it began, Unix nanoseconds.
    pub(super) started: i64,
    /// When it last said that it is under way, Unix nanoseconds.
    pub(super) heard: i64,
    /// When it was expected, Unix nanoseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) expected_at: Option<i64>,
    pub(super) phase: Phase,
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Phase {
    /// It ended, and said so.
    Ended,
    /// It said nothing for too long.
    TimedOut,
    /// It is under way.
    Open,
}

/// Runs, in the order in which they were heard of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Runs(VecDeque<Run>);

impl Runs {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a run, and forgets another where there is no room.
    pub(super) fn add(&mut self, run: Run) {
        while self.0.len() >= RUNS_MAX {
            let first = self.0.iter().enumerate().min_by_key(|(place, run)| (run.phase, *place));
            let Some((place, _)) = first else { break };
            self.0.remove(place);
        }
        self.0.push_back(run);
    }

    /// The run that a check-in is of: that of its id, however far it is; for zeros the one that began last and
    /// has not ended, and without an id the same of those that have none. One that timed out is taken only
    /// where none is open.
    pub(super) fn find(&mut self, id: Option<Id>) -> Option<&mut Run> {
        if let Some(id) = id.filter(is_name) {
            return self.0.iter_mut().rev().find(|run| run.id == Some(id));
        }
        let of_any = id.is_some();
        let under = self.0.iter_mut().filter(|run| run.phase != Phase::Ended);
        under.filter(|run| of_any || run.id.is_none()).max_by_key(|run| (run.phase, run.started))
    }

    /// When the first of the open runs was last heard of.
    pub(super) fn first_heard(&self) -> Option<i64> {
        self.open().map(|run| run.heard).min()
    }

    /// The open run that was not heard of for the longest time.
    pub(super) fn stalest(&mut self) -> Option<&mut Run> {
        self.0.iter_mut().filter(|run| run.phase == Phase::Open).min_by_key(|run| run.heard)
    }

    /// What began in the future, for the clock went back, began now.
    pub(super) fn pull_back(&mut self, now: i64) {
        for run in &mut self.0 {
            run.started = run.started.min(now);
            run.heard = run.heard.min(now);
        }
    }

    /// What is under way began to be heard of now.
    pub(super) fn refresh(&mut self, now: i64) {
        for run in self.0.iter_mut().filter(|run| run.phase == Phase::Open) {
            run.heard = run.heard.max(now);
        }
    }

    fn open(&self) -> impl Iterator<Item = &Run> {
        self.0.iter().filter(|run| run.phase == Phase::Open)
    }
}
