//! One group: waits for its next time, evaluates its rules in order, writes their values.

use std::sync::Arc;
use std::time::{Duration, Instant};

use plimsoll_query::{PromqlQuery, rfc3339};
use plimsoll_rules::{Group, Rule, Schedule, State};
use serde_json::json;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::status::{GroupStatus, RuleStatus};
use super::{Recording, write};
use crate::app::App;

/// What runs a group.
pub(super) struct Task {
    pub(super) app: Arc<App>,
    pub(super) recording: Arc<Recording>,
    pub(super) file: String,
    pub(super) interval: Duration,
    pub(super) group: Group,
}

/// A group and the series it has written.
pub(super) struct Left {
    pub(super) group: Group,
    pub(super) state: State,
}

/// A group that runs, or has stopped to run again in another form.
pub(super) enum Running {
    Started { stop: CancellationToken, left: oneshot::Receiver<Left> },
    Stopped(Option<Left>),
}

impl Running {
    pub(super) fn start(
        task: Task,
        before: Option<Left>,
        stop: CancellationToken,
        tasks: &TaskTracker,
    ) -> Self {
        let state = match before {
            Some(left) => left.state.carry(&left.group, &task.group),
            None => State::new(&task.group),
        };
        let (sender, left) = oneshot::channel();
        let token = stop.clone();
        tasks.spawn(async move {
            let left = task.run(state, token).await;
            // Nobody asks when the server stops.
            let _ = sender.send(left);
        });
        Self::Started { stop, left }
    }

    pub(super) fn stopped(left: Option<Left>) -> Self {
        Self::Stopped(left)
    }

    /// Waits for the end of the evaluation that runs.
    pub(super) async fn stop(self) -> Option<Left> {
        match self {
            Self::Started { stop, left } => {
                stop.cancel();
                left.await.ok()
            }
            Self::Stopped(left) => left,
        }
    }

    pub(super) fn into_left(self) -> Option<Left> {
        match self {
            Self::Started { .. } => None,
            Self::Stopped(left) => left,
        }
    }
}

impl Task {
    async fn run(self, mut state: State, stop: CancellationToken) -> Left {
        let interval_ms = i64::try_from(self.interval.as_millis()).unwrap_or(i64::MAX);
        let schedule = Schedule::new(&self.file, &self.group.name, interval_ms);
        self.recording.tell(&self.file, &self.group.name, |status| self.begin(status));
        let mut slot = schedule.first(self.app.clock.now());
        loop {
            let wait = u64::try_from(slot.at_unix_nano - self.app.clock.now()).unwrap_or(0);
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                () = tokio::time::sleep(Duration::from_nanos(wait)) => {}
            }
            let started = Instant::now();
            let offset = self.group.query_offset_ms.unwrap_or(0);
            for rule in 0..self.group.rules.len() {
                self.evaluate(rule, slot.query_ms(offset), &mut state).await;
                if stop.is_cancelled() {
                    break;
                }
            }
            self.end_leftovers(slot.query_ms(offset), &mut state).await;
            self.recording.tell(&self.file, &self.group.name, |status| {
                status.evaluation_time = started.elapsed().as_secs_f64();
                status.last_evaluation = rfc3339(slot.at_unix_nano);
                status.missed += slot.missed;
            });
            slot = schedule.next(slot.at_unix_nano, self.app.clock.now());
        }
        Left { group: self.group, state }
    }

    /// The group as it is before its first run.
    fn begin(&self, status: &mut GroupStatus) {
        status.name.clone_from(&self.group.name);
        status.file.clone_from(&self.file);
        status.interval = self.interval.as_secs_f64();
        status.limit = self.group.limit.unwrap_or(0);
        let rule = |rule: &Rule| RuleStatus {
            name: rule.name().to_owned(),
            query: rule.expr().to_owned(),
            labels: json!(self.group.labels_of(rule)),
            health: "unknown",
            kind: match rule {
                Rule::Recording(_) => "recording",
                Rule::Alerting(_) => "alerting",
            },
            ..RuleStatus::default()
        };
        status.rules = self.group.rules.iter().map(rule).collect();
    }

    async fn evaluate(&self, at: usize, time: i64, state: &mut State) {
        let rule = &self.group.rules[at];
        if matches!(rule, Rule::Alerting(_)) {
            return;
        }
        let started = Instant::now();
        let result = self.record(at, time, state).await;
        if let Err(error) = &result {
            let (group, rule) = (&self.group.name, rule.name());
            tracing::warn!(group, rule, error, "a recording rule failed");
        }
        self.recording.tell(&self.file, &self.group.name, |status| {
            if let Some(status) = status.rules.get_mut(at) {
                status.health = if result.is_ok() { "ok" } else { "err" };
                status.last_error = result.err().unwrap_or_default();
                status.evaluation_time = started.elapsed().as_secs_f64();
                status.last_evaluation = rfc3339(time.saturating_mul(1_000_000));
            }
        });
    }

    async fn record(&self, at: usize, time: i64, state: &mut State) -> Result<(), String> {
        let query = self.group.rules[at].expr().to_owned();
        let answer = self.app.metrics.promql(PromqlQuery::Instant { query, time }).await;
        let answer = answer.map_err(|error| error.to_string())?;
        let outcome =
            state.evaluate(&self.group, at, answer.value).map_err(|error| error.to_string())?;
        write::keep(&self.app, time, &outcome.samples, &outcome.stale).await?;
        state.written(at, &outcome);
        Ok(())
    }

    /// Ends series of rules that the group has no more.
    async fn end_leftovers(&self, time: i64, state: &mut State) {
        let leftovers = state.leftovers();
        if leftovers.is_empty() {
            return;
        }
        match write::keep(&self.app, time, &[], &leftovers).await {
            Ok(()) => state.leftovers_written(),
            Err(error) => {
                let group = &self.group.name;
                tracing::warn!(group, error, "series of removed rules could not be ended");
            }
        }
    }
}
