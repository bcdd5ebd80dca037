//! Scheduled jobs: what they report of their runs, and what is missed.
//!
//! Invariants: no clock: a time is always given, the server's own, in Unix nanoseconds. Ticking at any times
//! leaves the same state as ticking all the time; a tick makes at most one missed check-in, which says how many
//! more there were, so that a server that was away does not tell of each. A job is told to fail once, and to be
//! well again once. What is not certain is not told: a job without a schedule, or one that has never reported,
//! is never missed.

mod hex;
mod runs;
mod schedule;

use serde::{Deserialize, Serialize};

pub use runs::RUNS_MAX;
pub use schedule::{Config, ConfigError, Schedule, Unit, limits};

use runs::{Phase, Run, Runs};
use schedule::Timetable;

/// The id of a check-in. Zeros stand for the latest run that is under way.
pub type Id = [u8; 16];

const SECOND_NANO: i64 = 1_000_000_000;
const MINUTE_NANO: i64 = 60 * SECOND_NANO;

/// A clock that shows less than it did by more than this has been set back.
const BACK_NANO: i64 = MINUTE_NANO;

/// Missed check-ins that are counted in one tick; what is before the last of them is passed over.
pub const MISSED_MAX: u32 = 1_000;

/// Where a job stands, or how a check-in ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It has never reported.
    Waiting,
    /// Its last run ended well.
    Ok,
    /// A run is under way.
    InProgress,
    /// It should have begun, and still may.
    Late,
    /// It did not begin.
    Missed,
    /// A run did not end in time.
    Timeout,
    /// A run failed.
    Error,
}

impl Status {
    /// Its name in the API and in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Ok => "ok",
            Self::InProgress => "in_progress",
            Self::Late => "late",
            Self::Missed => "missed",
            Self::Timeout => "timeout",
            Self::Error => "error",
        }
    }
}

/// What a job says of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reported {
    /// It is under way.
    InProgress,
    /// It ended well.
    Ok,
    /// It failed.
    Error,
}

impl From<Reported> for Status {
    fn from(reported: Reported) -> Self {
        match reported {
            Reported::InProgress => Self::InProgress,
            Reported::Ok => Self::Ok,
            Reported::Error => Self::Error,
        }
    }
}

/// A check-in, as it was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// Of which run; none where the job does not say.
    pub id: Option<Id>,
    /// What it says.
    pub status: Reported,
    /// How long the run took, where the job says.
    pub duration_ms: Option<u64>,
    /// When it was received, Unix nanoseconds.
    pub at: i64,
}

/// A check-in to be stored. One that ends a run has the id of the one that began it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckIn {
    /// Of which run.
    pub id: Option<Id>,
    /// What it says: never waiting or late.
    pub status: Status,
    /// When that became true, Unix nanoseconds.
    pub at: i64,
    /// When the run was expected, Unix nanoseconds; none where nobody expected it.
    pub expected_at: Option<i64>,
    /// How long the run took, as the job says, or else from its first check-in to its last.
    pub duration_ms: Option<u64>,
    /// Of a missed one: how many more were missed after it before anybody looked, [`MISSED_MAX`] less one at
    /// most.
    pub more_missed: u32,
}

/// What follows from a check-in or from the lack of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// This is to be stored.
    CheckIn(CheckIn),
    /// The job fails, as often as its configuration says. Told once, until it recovers.
    Failed {
        /// Since when, Unix nanoseconds.
        at: i64,
        /// What its last check-in was.
        status: Status,
        /// How many failed in a row.
        failures: u32,
    },
    /// The job is well again. Told once.
    Recovered {
        /// Since when, Unix nanoseconds.
        at: i64,
    },
}

/// A job, as far as its check-ins tell.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Monitor {
    /// How its newest run ended, and when that was known.
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<Last>,
    #[serde(skip_serializing_if = "Runs::is_empty")]
    runs: Runs,
    /// When a run last began.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_start: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_expected: Option<i64>,
    /// The schedule that was expected by.
    #[serde(skip_serializing_if = "String::is_empty")]
    schedule: String,
    /// The latest time that is known of.
    seen: i64,
    failures: u32,
    successes: u32,
    is_failing: bool,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Last {
    /// How.
    pub status: Status,
    /// When that was known, Unix nanoseconds.
    pub at: i64,
    /// How long the run took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
}

impl Monitor {
    /// How its newest run ended; none before any has.
    #[must_use]
    pub const fn last(&self) -> Option<Last> {
        self.last
    }

    /// When it is next expected, Unix nanoseconds.
    #[must_use]
    pub const fn next_expected(&self) -> Option<i64> {
        self.next_expected
    }

    /// Failures since the last success.
    #[must_use]
    pub const fn failures(&self) -> u32 {
        self.failures
    }

    /// Whether it was told to fail, and has not recovered.
    #[must_use]
    pub const fn is_failing(&self) -> bool {
        self.is_failing
    }

    /// Takes in a check-in. What was missed before it comes first.
    pub fn report(&mut self, config: &Config, report: &Report) -> Vec<Event> {
        let mut events = Vec::new();
        let timetable = Timetable::new(config);
        let Report { id, at, .. } = *report;
        self.follow(config, timetable.as_ref(), at);
        self.advance(config, timetable.as_ref(), at, &mut events);
        let is_end = report.status != Reported::InProgress;
        let is_new = !is_end && id.is_none();
        let mut measured_ms = None;
        let (id, expected_at) = match self.runs.find(id).filter(|_| !is_new) {
            Some(run) if run.phase == Phase::Ended => return events,
            Some(run) if is_end => {
                run.phase = Phase::Ended;
                measured_ms =
                    Some(at.saturating_sub(run.started).max(0).unsigned_abs() / 1_000_000);
                (run.id, run.expected_at)
            }
            Some(run) => {
                run.heard = run.heard.max(at);
                return events;
            }
            None => {
                let (id, expected_at) = (id.filter(is_name), self.begin(timetable.as_ref(), at));
                let phase = if is_end { Phase::Ended } else { Phase::Open };
                self.runs.add(Run { id, started: at, heard: at, expected_at, phase });
                (id, expected_at)
            }
        };
        let status = report.status.into();
        let duration_ms = report.duration_ms.or(measured_ms).filter(|_| is_end);
        let check_in = CheckIn { id, status, at, expected_at, duration_ms, more_missed: 0 };
        events.push(Event::CheckIn(check_in));
        if is_end {
            self.conclude(config, Last { status, at, duration_ms }, &mut events);
        }
        events
    }

    /// Says what was missed or did not end in time. To be called when [`Monitor::next_tick`] says, when the
    /// configuration changes, and every minute or so: only that finds a clock that was set back.
    pub fn tick(&mut self, config: &Config, now: i64) -> Vec<Event> {
        let mut events = Vec::new();
        let is_back = now < self.seen.saturating_sub(BACK_NANO);
        let is_quiet = self.next_tick(config).is_none_or(|due| now < due);
        // Most ticks find nothing, and need not read the schedule.
        if !is_back && is_quiet && self.schedule == schedule_of(config) {
            self.seen = self.seen.max(now);
            return events;
        }
        let timetable = Timetable::new(config);
        self.follow(config, timetable.as_ref(), now);
        if is_back {
            self.set_back(timetable.as_ref(), now);
        }
        self.advance(config, timetable.as_ref(), now, &mut events);
        events
    }

    /// Begins anew after a time in which check-ins could not be received: what fell due then is not known, and
    /// is neither missed nor timed out.
    pub fn resume(&mut self, config: &Config, now: i64) {
        let timetable = Timetable::new(config);
        self.follow(config, timetable.as_ref(), now);
        if self.next_expected.is_some_and(|expected| expected <= now) {
            self.next_expected = timetable.and_then(|times| times.next_after(now, self.last_start));
        }
        self.runs.refresh(now);
        self.seen = self.seen.max(now);
    }

    /// Where it stands at a time, whether it was ticked or not.
    #[must_use]
    pub fn status(&self, config: &Config, now: i64) -> Status {
        if let Some(expected) = self.next_expected.filter(|expected| now > *expected) {
            let is_over = now > expected.saturating_add(config.margin_nano());
            return if is_over { Status::Missed } else { Status::Late };
        }
        match self.runs.first_heard() {
            Some(heard) if now > heard.saturating_add(config.max_runtime_nano()) => Status::Timeout,
            Some(_) => Status::InProgress,
            None => self.last.map_or(Status::Waiting, |last| last.status),
        }
    }

    /// When a tick will next have something to say, as far as is known now.
    #[must_use]
    pub fn next_tick(&self, config: &Config) -> Option<i64> {
        let due = [self.missed_at(config), self.timed_out_at(config)];
        due.into_iter().flatten().min().map(|due| due.saturating_add(1))
    }

    fn missed_at(&self, config: &Config) -> Option<i64> {
        Some(self.next_expected?.saturating_add(config.margin_nano()))
    }

    fn timed_out_at(&self, config: &Config) -> Option<i64> {
        Some(self.runs.first_heard()?.saturating_add(config.max_runtime_nano()))
    }

    /// Expects by another schedule from now on, where the configuration has one.
    fn follow(&mut self, config: &Config, timetable: Option<&Timetable>, now: i64) {
        let schedule = schedule_of(config);
        if schedule == self.schedule {
            return;
        }
        self.schedule = schedule;
        let now = now.max(self.seen);
        self.next_expected =
            self.last_start.and_then(|last| timetable?.next_after(now, Some(last)));
    }

    /// The clock was set back: what lies ahead of it is now.
    fn set_back(&mut self, timetable: Option<&Timetable>, now: i64) {
        self.seen = now;
        self.runs.pull_back(now);
        self.last_start = self.last_start.map(|start| start.min(now));
        if let Some(last) = &mut self.last {
            last.at = last.at.min(now);
        }
        if self.next_expected.is_some() {
            self.next_expected = timetable.and_then(|times| times.next_after(now, self.last_start));
        }
    }

    /// All that fell due before a time, in its order.
    fn advance(
        &mut self,
        config: &Config,
        timetable: Option<&Timetable>,
        now: i64,
        events: &mut Vec<Event>,
    ) {
        self.seen = self.seen.max(now);
        let mut missed = 0;
        loop {
            let (missed_at, timed_out_at) = (self.missed_at(config), self.timed_out_at(config));
            let is_missed = missed_at.is_some() && missed_at <= timed_out_at.or(missed_at);
            let due = if is_missed { missed_at } else { timed_out_at };
            let Some(at) = due.filter(|due| *due < now) else { return };
            if is_missed {
                self.miss(timetable, at, events);
                missed += 1;
                if missed == MISSED_MAX {
                    let passed = now.saturating_sub(config.margin_nano()).saturating_sub(1);
                    self.next_expected =
                        timetable.and_then(|times| times.next_after(passed, self.last_start));
                }
                self.conclude(
                    config,
                    Last { status: Status::Missed, at, duration_ms: None },
                    events,
                );
            } else {
                self.time_out(at, events);
                self.conclude(
                    config,
                    Last { status: Status::Timeout, at, duration_ms: None },
                    events,
                );
            }
        }
    }

    /// What is expected was missed: the first of a tick is told, and counts those after it.
    fn miss(&mut self, timetable: Option<&Timetable>, at: i64, events: &mut Vec<Event>) {
        let expected_at = self.next_expected;
        self.next_expected =
            timetable.and_then(|times| times.next_after(expected_at?, self.last_start));
        let told = events.iter_mut().find_map(|event| match event {
            Event::CheckIn(told) if told.status == Status::Missed => Some(told),
            _ => None,
        });
        if let Some(told) = told {
            told.more_missed = told.more_missed.saturating_add(1);
            return;
        }
        let (id, duration_ms, status) = (None, None, Status::Missed);
        let check_in = CheckIn { id, status, at, expected_at, duration_ms, more_missed: 0 };
        events.push(Event::CheckIn(check_in));
    }

    fn time_out(&mut self, at: i64, events: &mut Vec<Event>) {
        let Some(run) = self.runs.stalest() else { return };
        run.phase = Phase::TimedOut;
        events.push(Event::CheckIn(CheckIn {
            id: run.id,
            status: Status::Timeout,
            at,
            expected_at: run.expected_at,
            duration_ms: None,
            more_missed: 0,
        }));
    }

    /// A run begins: it may be the one that was expected, and another is expected after it.
    fn begin(&mut self, timetable: Option<&Timetable>, at: i64) -> Option<i64> {
        if self.last_start.is_some_and(|last| at < last) {
            return None;
        }
        self.last_start = Some(at);
        let expected = self.next_expected;
        self.next_expected = timetable.and_then(|times| times.next_after_start(at));
        // One that was due a moment ago, and one that comes before its time, is another's.
        expected.filter(|expected| {
            let is_near = expected.saturating_sub(at) <= schedule::EARLY_NANO_MAX;
            is_near && self.next_expected.is_none_or(|next| *expected < next)
        })
    }

    /// A run ended, or did not begin. What is older than what is known tells nothing new.
    fn conclude(&mut self, config: &Config, last: Last, events: &mut Vec<Event>) {
        if self.last.is_some_and(|known| last.at < known.at) {
            return;
        }
        self.last = Some(last);
        let Last { status, at, .. } = last;
        if status == Status::Ok {
            self.failures = 0;
            self.successes = if self.is_failing { self.successes.saturating_add(1) } else { 0 };
            if self.is_failing && self.successes >= config.recovery_threshold {
                (self.is_failing, self.successes) = (false, 0);
                events.push(Event::Recovered { at });
            }
            return;
        }
        self.successes = 0;
        self.failures = self.failures.saturating_add(1);
        if !self.is_failing && self.failures >= config.failure_threshold {
            self.is_failing = true;
            events.push(Event::Failed { at, status, failures: self.failures });
        }
    }
}

/// What tells a schedule from another; empty where there is none.
fn schedule_of(config: &Config) -> String {
    match config.schedule {
        None => String::new(),
        Some(_) => format!("{} {}", config.describe(), config.timezone),
    }
}

/// Whether an id names a run: zeros stand for the latest.
fn is_name(id: &Id) -> bool {
    *id != [0; 16]
}

#[cfg(test)]
mod tests;
