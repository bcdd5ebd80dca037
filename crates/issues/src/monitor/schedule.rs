//! When a job is expected: its schedule, read from its configuration.
//!
//! Invariants: what is expected lies strictly after the time that was asked about. Where clocks change, only
//! what every scheduler does is expected: nothing at a time that the clocks skip, and in the hour that comes
//! twice its first turn only, but of jobs that run in every hour. Searching is bounded.

use chrono::{
    DateTime, Days, LocalResult, Months, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc,
};
use chrono_tz::Tz;
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use serde::{Deserialize, Serialize};

use super::{MINUTE_NANO, SECOND_NANO};

/// Bounds of a configuration.
pub mod limits {
    /// Bytes of a crontab.
    pub const CRONTAB_BYTES: usize = 256;
    /// Units of an interval.
    pub const INTERVAL: u32 = 1_000;
    /// Minutes of the margin and of the longest run: four weeks.
    pub const MINUTES: u32 = 28 * 24 * 60;
    /// Check-ins of a threshold.
    pub const THRESHOLD: u32 = 720;
}

/// How a job is watched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    /// When it runs; none where nobody said, and then it is never missed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
    /// The time zone of the schedule, by its name in the tz database.
    pub timezone: String,
    /// How late it may begin, in minutes.
    pub margin_min: u32,
    /// How long it may run, in minutes.
    pub max_runtime_min: u32,
    /// After how many failures in a row it is told.
    pub failure_threshold: u32,
    /// After how many successes in a row it is well again.
    pub recovery_threshold: u32,
}

/// When a job runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Schedule {
    /// By the clock on the wall.
    Crontab {
        /// Five fields, or a word such as `@daily`.
        value: String,
    },
    /// So long after it last began.
    Interval {
        /// How many units.
        value: u32,
        /// Of which length.
        unit: Unit,
    },
}

/// A unit of an interval. Minutes and hours are lengths of time; the others keep the time of day, as the
/// clocks of the time zone show it, but that no day is shorter than 24 hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// 60 seconds.
    Minute,
    /// 60 minutes.
    Hour,
    /// A day of the calendar.
    Day,
    /// 7 days of the calendar.
    Week,
    /// A month of the calendar; where the day is not in it, its last.
    Month,
    /// 12 months.
    Year,
}

impl Unit {
    const fn name(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        }
    }

    /// The most seconds that it takes.
    const fn seconds_max(self) -> i64 {
        match self {
            Self::Minute => 60,
            Self::Hour => 3_600,
            Self::Day => 86_400,
            Self::Week => 7 * 86_400,
            Self::Month => 31 * 86_400,
            Self::Year => 366 * 86_400,
        }
    }
}

/// Why a configuration cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The crontab cannot be read.
    #[error(
        "crontab {crontab:?}: {reason}; expected five fields, such as `0 3 * * *`, or `@daily`"
    )]
    Crontab {
        /// The crontab, cut.
        crontab: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The crontab names no day that ever comes.
    #[error("crontab {0:?} never occurs; expected a day that its months have")]
    Never(String),
    /// The time zone is not known.
    #[error("time zone {0:?} is not known; expected a name such as `Europe/Berlin` or `UTC`")]
    Timezone(String),
    /// A number is out of its bounds.
    #[error("{field} is {value}; expected {min} to {max}")]
    Bounds {
        /// The field.
        field: &'static str,
        /// What it says.
        value: u32,
        /// The least.
        min: u32,
        /// The most.
        max: u32,
    },
}

impl Default for Config {
    fn default() -> Self {
        Self {
            schedule: None,
            timezone: "UTC".to_owned(),
            margin_min: 1,
            max_runtime_min: 30,
            failure_threshold: 1,
            recovery_threshold: 1,
        }
    }
}

impl Config {
    /// Whether it can be used.
    ///
    /// # Errors
    ///
    /// Says of the first field that cannot be used what is wrong with it.
    pub fn check(&self) -> Result<(), ConfigError> {
        if self.zone().is_none() {
            return Err(ConfigError::Timezone(cut(&self.timezone)));
        }
        check_bounds("margin_min", self.margin_min, 0, limits::MINUTES)?;
        check_bounds("max_runtime_min", self.max_runtime_min, 1, limits::MINUTES)?;
        check_bounds("failure_threshold", self.failure_threshold, 1, limits::THRESHOLD)?;
        check_bounds("recovery_threshold", self.recovery_threshold, 1, limits::THRESHOLD)?;
        match &self.schedule {
            None => Ok(()),
            Some(Schedule::Interval { value, .. }) => {
                check_bounds("schedule.value", *value, 1, limits::INTERVAL)
            }
            Some(Schedule::Crontab { value }) => {
                let cron = parse_crontab(value)?;
                // The rarest day of a calendar, 29 February, comes at least every eight years.
                let known = DateTime::<Utc>::UNIX_EPOCH;
                match cron.find_next_occurrence(&known, false) {
                    Ok(_) => Ok(()),
                    Err(_) => Err(ConfigError::Never(cut(value))),
                }
            }
        }
    }

    /// The schedule in words: `0 3 * * *`, `every 5 minutes`, `no schedule`.
    #[must_use]
    pub fn describe(&self) -> String {
        match &self.schedule {
            None => "no schedule".to_owned(),
            Some(Schedule::Crontab { value }) => value.trim().to_owned(),
            Some(Schedule::Interval { value: 1, unit }) => format!("every {}", unit.name()),
            Some(Schedule::Interval { value, unit }) => format!("every {value} {}s", unit.name()),
        }
    }

    /// When the job is next expected after a time, both in Unix nanoseconds. An interval counts from when the
    /// job last began: where it never did, or where there is no schedule, nothing is expected.
    #[must_use]
    pub fn next_after(&self, after_unix_nano: i64, last: Option<i64>) -> Option<i64> {
        Timetable::new(self)?.next_after(after_unix_nano, last)
    }

    pub(super) fn margin_nano(&self) -> i64 {
        i64::from(self.margin_min).saturating_mul(MINUTE_NANO)
    }

    pub(super) fn max_runtime_nano(&self) -> i64 {
        i64::from(self.max_runtime_min).saturating_mul(MINUTE_NANO)
    }

    fn zone(&self) -> Option<Tz> {
        self.timezone.parse().ok()
    }
}

/// A schedule that is read once and asked often.
pub(super) struct Timetable {
    zone: Tz,
    kind: Kind,
}

enum Kind {
    Crontab { cron: Box<Cron>, is_hourly: bool },
    Interval { value: u32, unit: Unit },
}

/// Occurrences of a crontab that are passed over in one search: those of each minute within the longest change
/// of clocks there is, three hours, and more.
const PASSED_MAX: usize = 400;

impl Timetable {
    /// None where there is no schedule, or none that can be used.
    pub(super) fn new(config: &Config) -> Option<Self> {
        let zone = config.zone()?;
        let kind = match config.schedule.as_ref()? {
            Schedule::Crontab { value } => {
                let cron = parse_crontab(value).ok()?;
                let is_hourly = matches!(words(value).nth(1), Some("*" | "*/1"));
                Kind::Crontab { cron: Box::new(cron), is_hourly }
            }
            Schedule::Interval { value, unit } => {
                check_bounds("schedule.value", *value, 1, limits::INTERVAL).ok()?;
                Kind::Interval { value: *value, unit: *unit }
            }
        };
        Some(Self { zone, kind })
    }

    pub(super) fn next_after(&self, after: i64, last: Option<i64>) -> Option<i64> {
        match &self.kind {
            Kind::Crontab { cron, is_hourly } => {
                next_of_crontab(cron, *is_hourly, self.zone, after)
            }
            Kind::Interval { value, unit } => {
                next_of_interval(*value, *unit, self.zone, after, last?)
            }
        }
    }

    /// When the job is next expected once it began at a time. One that begins a little early, for clocks differ,
    /// began the run that was about to be due.
    pub(super) fn next_after_start(&self, at: i64) -> Option<i64> {
        let next = self.next_after(at, Some(at))?;
        if matches!(self.kind, Kind::Interval { .. }) {
            return Some(next);
        }
        let Some(following) = self.next_after(next, None) else { return Some(next) };
        let early = EARLY_NANO_MAX.min(following.saturating_sub(next) / EARLY_PART);
        Some(if next.saturating_sub(at) <= early { following } else { next })
    }
}

/// How early a job may begin: by a tenth of the time to the next run, but not by more than a minute.
const EARLY_PART: i64 = 10;
pub(super) const EARLY_NANO_MAX: i64 = MINUTE_NANO;

fn next_of_crontab(cron: &Cron, is_hourly: bool, zone: Tz, after: i64) -> Option<i64> {
    let mut from = DateTime::from_timestamp_nanos(after).with_timezone(&zone);
    for _ in 0..PASSED_MAX {
        let next = cron.find_next_occurrence(&from, false).ok()?;
        let nano = next.timestamp_nanos_opt()?;
        // A job of one time a day is moved to the end of a gap, where its own time does not match.
        let is_real = cron.is_time_matching(&next).ok()?;
        if nano > after && is_real && (is_hourly || !is_second_turn(&next)) {
            return Some(nano);
        }
        from = if next > from { next } else { from + TimeDelta::seconds(1) };
    }
    None
}

/// Whether the clock showed this time before, until it went back.
fn is_second_turn(time: &DateTime<Tz>) -> bool {
    match time.timezone().from_local_datetime(&time.naive_local()) {
        LocalResult::Ambiguous(first, _) => first.offset().fix() != time.offset().fix(),
        _ => false,
    }
}

fn next_of_interval(value: u32, unit: Unit, zone: Tz, after: i64, last: i64) -> Option<i64> {
    let length = i64::from(value).saturating_mul(unit.seconds_max() * SECOND_NANO);
    // Too few steps by at most the differences of months and days, which the search makes up for.
    let passed = after.saturating_sub(last).max(0) / length;
    let mut step = passed.max(1);
    for _ in 0..PASSED_MAX {
        let next = nth_of_interval(i64::from(value) * step, unit, zone, last)?;
        if next > after {
            return Some(next);
        }
        // Months are counted too long: the rest of the way is nearly as many again.
        let missing = after.saturating_sub(next) / length;
        step = step.saturating_add(missing.max(1));
    }
    None
}

/// So many units after a time.
fn nth_of_interval(units: i64, unit: Unit, zone: Tz, last: i64) -> Option<i64> {
    let months = |count: i64| u32::try_from(count).ok().map(Months::new);
    let days = |count: i64| u64::try_from(count).ok().map(Days::new);
    let shift = |local: NaiveDateTime| match unit {
        Unit::Day => local.checked_add_days(days(units)?),
        Unit::Week => local.checked_add_days(days(units.checked_mul(7)?)?),
        Unit::Month => local.checked_add_months(months(units)?),
        Unit::Year => local.checked_add_months(months(units.checked_mul(12)?)?),
        Unit::Minute | Unit::Hour => None,
    };
    if matches!(unit, Unit::Minute | Unit::Hour) {
        return last.checked_add(units.checked_mul(unit.seconds_max() * SECOND_NANO)?);
    }
    let local = DateTime::from_timestamp_nanos(last).with_timezone(&zone).naive_local();
    let next = resolve(shift(local)?, zone)?.timestamp_nanos_opt()?;
    if matches!(unit, Unit::Month | Unit::Year) {
        return Some(next);
    }
    // Some schedulers sleep for so many hours: where the clocks go ahead, those begin later.
    Some(next.max(last.checked_add(units.checked_mul(unit.seconds_max() * SECOND_NANO)?)?))
}

/// The moment at which clocks show a time; where they skip it, as if they had not been changed yet, so that it
/// is late rather than early.
fn resolve(local: NaiveDateTime, zone: Tz) -> Option<DateTime<Tz>> {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(time) | LocalResult::Ambiguous(time, _) => Some(time),
        LocalResult::None => {
            let day = TimeDelta::days(1);
            let before = zone.from_local_datetime(&local.checked_sub_signed(day)?).earliest()?;
            before.checked_add_signed(day)
        }
    }
}

fn parse_crontab(text: &str) -> Result<Cron, ConfigError> {
    let fail =
        |reason: &str| Err(ConfigError::Crontab { crontab: cut(text), reason: reason.to_owned() });
    if text.len() > limits::CRONTAB_BYTES {
        return fail("it is too long");
    }
    if !text.is_ascii() {
        return fail("it has characters that no field has");
    }
    let fields: Vec<&str> = words(text).collect();
    if fields.len() != 5 {
        return fail(&format!("it has {} fields", fields.len()));
    }
    let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
    parser.parse(&fields.join(" ")).or_else(|error| fail(&error.to_string()))
}

/// The fields of a crontab, those of a word for one among them.
fn words(text: &str) -> std::str::SplitAsciiWhitespace<'_> {
    let text = text.trim();
    let named = match text.to_ascii_lowercase().as_str() {
        "@yearly" | "@annually" => "0 0 1 1 *",
        "@monthly" => "0 0 1 * *",
        "@weekly" => "0 0 * * 0",
        "@daily" | "@midnight" => "0 0 * * *",
        "@hourly" => "0 * * * *",
        _ => text,
    };
    named.split_ascii_whitespace()
}

fn check_bounds(field: &'static str, value: u32, min: u32, max: u32) -> Result<(), ConfigError> {
    if (min..=max).contains(&value) {
        return Ok(());
    }
    Err(ConfigError::Bounds { field, value, min, max })
}

/// What somebody wrote, short enough to be told.
fn cut(text: &str) -> String {
    text.chars().take(64).collect()
}
