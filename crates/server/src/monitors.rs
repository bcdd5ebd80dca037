//! Monitors: whether scheduled jobs report in time.
//!
//! Invariants: what a job reports is stored before it is answered; what fell due while the server was down is not
//! held against a job; what is decided is decided without I/O, by `plimsoll_issues::monitor`.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use plimsoll_issues::monitor::{
    CheckIn as Entry, Config, Event, Monitor, Report, Reported, Schedule, Status, Unit,
};
use plimsoll_model::{Clock, ErrorCode};
use plimsoll_query::rfc3339;
use plimsoll_state::{CheckInRow, MonitorRow, State, StateError};
use plimsoll_wire::sentry::{self, CheckInStatus, IntervalUnit, MonitorConfig};
use serde::Serialize;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;
use utoipa::ToSchema;

use crate::access::state_problem;
use crate::errors::hex;
use crate::problem::Problem;

/// How often monitors are looked at: a tenth of the least margin.
const TICK: Duration = Duration::from_secs(6);

/// Check-ins that a list of monitors shows of each.
const RECENT: i64 = 40;

/// Service, environment and job.
type Key = (String, String, String);

/// All monitors.
pub(crate) struct Monitors {
    state: State,
    clock: Arc<dyn Clock>,
    live: Mutex<HashMap<Key, Live>>,
}

struct Live {
    id: i64,
    config: Config,
    monitor: Monitor,
}

/// A monitor as the API shows it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Monitor)]
pub(crate) struct MonitorView {
    /// The job.
    slug: String,
    /// The service it belongs to.
    service: String,
    /// The environment it runs in.
    environment: String,
    /// `waiting`, `ok`, `in_progress`, `late`, `missed`, `timeout` or `error`.
    status: &'static str,
    /// When it runs; null where no schedule is known, so that it is never missed.
    schedule: Option<String>,
    /// The time zone of the schedule.
    timezone: String,
    /// Minutes that it may be late.
    margin_minutes: u32,
    /// Minutes that it may take.
    max_runtime_minutes: u32,
    /// Runs in a row that failed.
    failures: u32,
    /// Whether so many failed that it is broken.
    failing: bool,
    /// The last that was heard of it.
    last_check_in: Option<String>,
    /// When it is expected next.
    next_expected: Option<String>,
    /// How long its last run took.
    last_duration_seconds: Option<f64>,
    /// What came lately, the oldest first.
    recent: Vec<String>,
}

/// What a job reported, or the server found.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = CheckIn)]
pub(crate) struct CheckInView {
    /// The run, 32 hex digits; null where there was none.
    id: Option<String>,
    /// `ok`, `error`, `in_progress`, `missed` or `timeout`.
    status: String,
    /// When.
    at: String,
    /// When it was expected.
    expected_at: Option<String>,
    /// How long the run took.
    duration_seconds: Option<f64>,
}

impl Monitors {
    /// Reads what is known of them.
    pub(crate) async fn open(state: State, clock: Arc<dyn Clock>) -> Result<Self, StateError> {
        let now = clock.now();
        let mut live = HashMap::new();
        for row in state.monitors().await? {
            let config: Config = serde_json::from_str(&row.config).unwrap_or_default();
            let mut monitor: Monitor = serde_json::from_str(&row.state).unwrap_or_default();
            monitor.resume(&config, now);
            let key = (row.service, row.environment, row.slug);
            live.insert(key, Live { id: row.id, config, monitor });
        }
        Ok(Self { state, clock, live: Mutex::new(live) })
    }

    /// Looks for jobs that are missing or take too long, until told to stop.
    pub(crate) async fn run(self: Arc<Self>, stopping: CancellationToken) {
        loop {
            tokio::select! {
                () = stopping.cancelled() => return,
                () = tokio::time::sleep(TICK) => {}
            }
            if let Err(error) = self.tick().await {
                tracing::error!(%error, "what was found of monitors is not stored yet");
            }
        }
    }

    async fn tick(&self) -> Result<(), StateError> {
        let mut live = self.live.lock().await;
        let now = self.clock.now();
        for (key, entry) in live.iter_mut() {
            let mut monitor = entry.monitor.clone();
            let events = monitor.tick(&entry.config, now);
            if !events.is_empty() {
                let row = row(key, entry.id, &entry.config, &monitor);
                self.state.save_monitor(&row, &check_ins(key, &events)).await?;
            }
            entry.monitor = monitor;
        }
        Ok(())
    }

    /// Takes what a job reports. Its schedule is replaced by the one it sends, if that can be kept.
    pub(crate) async fn check_in(
        &self,
        sent: sentry::CheckIn,
        project: &str,
    ) -> Result<(), Problem> {
        let mut live = self.live.lock().await;
        let now = self.clock.now();
        let environment = match sent.environment.as_str() {
            "" => "production",
            name => name,
        };
        let key = (project.to_owned(), environment.to_owned(), sent.monitor_slug.clone());
        let known = live.get(&key);
        let mut config = known.map(|entry| entry.config.clone()).unwrap_or_default();
        if let Some(told) = sent.config.as_ref().map(config_of) {
            match told.check() {
                Ok(()) => config = told,
                Err(error) => {
                    tracing::warn!(monitor = key.2, %error, "a schedule cannot be kept");
                }
            }
        }
        let mut monitor = known.map(|entry| entry.monitor.clone()).unwrap_or_default();
        let events = match reported(sent.status) {
            Some(status) => {
                let duration_ms = sent.duration_s.map(|seconds| (seconds.max(0.0) * 1e3) as u64);
                let id = sent.id;
                monitor.report(&config, &Report { id, status, duration_ms, at: now })
            }
            None => Vec::new(),
        };
        let id = match known.map(|entry| entry.id) {
            Some(id) => id,
            None => {
                let new = row(&key, 0, &config, &monitor);
                self.state.create_monitor(&new).await.map_err(state_problem)?
            }
        };
        let row = row(&key, id, &config, &monitor);
        let stored = self.state.save_monitor(&row, &check_ins(&key, &events)).await;
        stored.map_err(state_problem)?;
        live.insert(key, Live { id, config, monitor });
        Ok(())
    }

    /// All monitors by job.
    pub(crate) async fn list(&self) -> Result<Vec<MonitorView>, Problem> {
        let live = self.live.lock().await;
        let now = self.clock.now();
        let mut views = Vec::with_capacity(live.len());
        for (key, Live { id, config, monitor }) in live.iter() {
            let recent = self.state.check_ins(*id, RECENT).await.map_err(state_problem)?;
            let last = monitor.last();
            views.push(MonitorView {
                slug: key.2.clone(),
                service: key.0.clone(),
                environment: key.1.clone(),
                status: status_name(monitor.status(config, now)),
                schedule: config.schedule.is_some().then(|| config.describe()),
                timezone: config.timezone.clone(),
                margin_minutes: config.margin_min,
                max_runtime_minutes: config.max_runtime_min,
                failures: monitor.failures(),
                failing: monitor.is_failing(),
                last_check_in: last.map(|last| rfc3339(last.at)),
                next_expected: monitor.next_expected().map(rfc3339),
                last_duration_seconds: last
                    .and_then(|last| last.duration_ms)
                    .map(|ms| ms as f64 / 1e3),
                recent: recent.into_iter().rev().map(|check_in| check_in.status).collect(),
            });
        }
        views.sort_by(|a, b| {
            let key = |view: &MonitorView| {
                (view.slug.clone(), view.service.clone(), view.environment.clone())
            };
            key(a).cmp(&key(b))
        });
        Ok(views)
    }

    /// What the monitors of a job reported, the newest first.
    pub(crate) async fn check_ins(
        &self,
        slug: &str,
        limit: usize,
    ) -> Result<Vec<CheckInView>, Problem> {
        let ids = self.ids(slug).await?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut rows = Vec::new();
        for id in ids {
            rows.extend(self.state.check_ins(id, limit).await.map_err(state_problem)?);
        }
        rows.sort_by_key(|row| std::cmp::Reverse(row.at));
        rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        let view = |row: CheckInRow| CheckInView {
            id: (!row.check_in_id.is_empty()).then_some(row.check_in_id),
            status: row.status,
            at: rfc3339(row.at),
            expected_at: row.expected.map(rfc3339),
            duration_seconds: row.duration_ms.map(|ms| ms as f64 / 1e3),
        };
        Ok(rows.into_iter().map(view).collect())
    }

    /// Forgets the monitors of a job.
    pub(crate) async fn delete(&self, slug: &str) -> Result<(), Problem> {
        let ids = self.ids(slug).await?;
        let mut live = self.live.lock().await;
        for id in ids {
            self.state.delete_monitor(id).await.map_err(state_problem)?;
        }
        live.retain(|key, _| key.2 != slug);
        Ok(())
    }

    async fn ids(&self, slug: &str) -> Result<Vec<i64>, Problem> {
        let live = self.live.lock().await;
        let ids: Vec<i64> =
            live.iter().filter(|(key, _)| key.2 == slug).map(|(_, entry)| entry.id).collect();
        match ids.is_empty() {
            true => Err(Problem::new(ErrorCode::NotFound, "no job of this name reported")
                .hint("GET /api/v1/monitors lists them")),
            false => Ok(ids),
        }
    }
}

fn row(key: &Key, id: i64, config: &Config, monitor: &Monitor) -> MonitorRow {
    MonitorRow {
        id,
        slug: key.2.clone(),
        service: key.0.clone(),
        environment: key.1.clone(),
        config: serde_json::to_string(config).unwrap_or_default(),
        state: serde_json::to_string(monitor).unwrap_or_default(),
    }
}

/// What is stored of events; what they mean is told to whoever reads the log.
fn check_ins(key: &Key, events: &[Event]) -> Vec<CheckInRow> {
    let mut rows = Vec::new();
    for event in events {
        match event {
            Event::CheckIn(entry) => rows.push(check_in_row(entry)),
            Event::Failed { failures, status, .. } => {
                let status = status_name(*status);
                tracing::warn!(monitor = key.2, service = key.0, failures, status, "a job fails");
            }
            Event::Recovered { .. } => {
                tracing::info!(monitor = key.2, service = key.0, "a job runs again");
            }
        }
    }
    rows
}

fn check_in_row(entry: &Entry) -> CheckInRow {
    let id = entry.id.as_ref().map(hex);
    CheckInRow {
        check_in_id: id.unwrap_or_default(),
        status: status_name(entry.status).to_owned(),
        at: entry.at,
        expected: entry.expected_at,
        duration_ms: entry.duration_ms.map(|ms| i64::try_from(ms).unwrap_or(i64::MAX)),
    }
}

fn status_name(status: Status) -> &'static str {
    match status {
        Status::Waiting => "waiting",
        Status::Ok => "ok",
        Status::InProgress => "in_progress",
        Status::Late => "late",
        Status::Missed => "missed",
        Status::Timeout => "timeout",
        Status::Error => "error",
    }
}

fn reported(status: CheckInStatus) -> Option<Reported> {
    match status {
        CheckInStatus::InProgress => Some(Reported::InProgress),
        CheckInStatus::Ok => Some(Reported::Ok),
        CheckInStatus::Error => Some(Reported::Error),
        // What a server says, or nobody knows.
        CheckInStatus::Missed | CheckInStatus::Timeout | CheckInStatus::Unknown => None,
    }
}

/// A schedule as the sender gives it.
fn config_of(sent: &MonitorConfig) -> Config {
    let usual = Config::default();
    let number = |sent: Option<u64>, usual: u32| {
        sent.map_or(usual, |number| u32::try_from(number).unwrap_or(u32::MAX))
    };
    Config {
        schedule: sent.schedule.as_ref().map(|schedule| match schedule {
            sentry::Schedule::Crontab(text) => Schedule::Crontab { value: text.clone() },
            sentry::Schedule::Interval { value, unit } => Schedule::Interval {
                value: u32::try_from(*value).unwrap_or(u32::MAX),
                unit: match unit {
                    IntervalUnit::Minute => Unit::Minute,
                    IntervalUnit::Hour => Unit::Hour,
                    IntervalUnit::Day => Unit::Day,
                    IntervalUnit::Week => Unit::Week,
                    IntervalUnit::Month => Unit::Month,
                    IntervalUnit::Year => Unit::Year,
                },
            },
        }),
        timezone: match sent.timezone.as_str() {
            "" => usual.timezone,
            zone => zone.to_owned(),
        },
        margin_min: number(sent.checkin_margin_min, usual.margin_min),
        max_runtime_min: number(sent.max_runtime_min, usual.max_runtime_min),
        failure_threshold: number(sent.failure_issue_threshold, usual.failure_threshold),
        recovery_threshold: number(sent.recovery_threshold, usual.recovery_threshold),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::matrix::Bench;

    fn minutes(minutes: u64) -> Duration {
        Duration::from_secs(60 * minutes)
    }

    fn report() -> sentry::CheckIn {
        let text = r#"{"monitor_slug": "nightly", "status": "ok", "monitor_config":
            {"schedule": {"type": "interval", "value": 10, "unit": "minute"}, "checkin_margin": 2}}"#;
        sentry::CheckIn::read(text).unwrap()
    }

    async fn open(bench: &Bench) -> Monitors {
        Monitors::open(bench.access.state().clone(), bench.clock.clone()).await.unwrap()
    }

    async fn statuses(monitors: &Monitors) -> Vec<String> {
        let found = monitors.check_ins("nightly", 10).await.unwrap();
        found.into_iter().map(|check_in| check_in.status).collect()
    }

    #[tokio::test]
    async fn a_job_that_does_not_report_is_late_and_then_missed_once() {
        let bench = Bench::open(|_| {}).await;
        let monitors = open(&bench).await;
        monitors.check_in(report(), "shop").await.unwrap();
        bench.clock.advance(minutes(11));
        monitors.tick().await.unwrap();
        assert_eq!(monitors.list().await.unwrap()[0].status, "late");
        assert_eq!(statuses(&monitors).await, ["ok"]);
        bench.clock.advance(minutes(2));
        for _ in 0..3 {
            monitors.tick().await.unwrap();
        }
        assert_eq!(monitors.list().await.unwrap()[0].status, "missed");
        assert_eq!(statuses(&monitors).await, ["missed", "ok"]);
    }

    #[tokio::test]
    async fn what_fell_due_while_the_server_was_down_is_not_missed() {
        let bench = Bench::open(|_| {}).await;
        open(&bench).await.check_in(report(), "shop").await.unwrap();
        bench.clock.advance(minutes(500));
        let monitors = open(&bench).await;
        monitors.tick().await.unwrap();
        assert_eq!(statuses(&monitors).await, ["ok"]);
        monitors.check_in(report(), "shop").await.unwrap();
        assert_eq!(statuses(&monitors).await, ["ok", "ok"]);
        monitors.delete("nightly").await.unwrap();
        assert!(monitors.list().await.unwrap().is_empty());
    }
}
