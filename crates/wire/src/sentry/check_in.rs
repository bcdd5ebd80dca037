//! Check-ins: that a scheduled job began or ended, and how it is scheduled.

use plimsoll_model::TraceId;

use super::event::ShapeError;
use super::id;
use super::reader::{Kind, Reader};

/// A run of a job, as it stands when it is sent. Empty texts stand for absent ones.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CheckIn {
    /// The run's id; all zeros for the latest run that has not ended.
    pub id: Option<[u8; 16]>,
    /// The job; never empty.
    pub monitor_slug: String,
    /// How it went.
    pub status: CheckInStatus,
    /// How long it took, in seconds.
    pub duration_s: Option<f64>,
    /// The release.
    pub release: String,
    /// The environment.
    pub environment: String,
    /// The trace of the run.
    pub trace_id: Option<TraceId>,
    /// How the job is to be watched, where the sender says.
    pub config: Option<MonitorConfig>,
}

/// How a run went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CheckInStatus {
    /// It goes on.
    InProgress,
    /// It ended well.
    Ok,
    /// It ended badly.
    Error,
    /// It was not there in time; servers say so, not senders.
    Missed,
    /// It took too long; likewise.
    Timeout,
    /// It has another name.
    #[default]
    Unknown,
}

impl CheckInStatus {
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "in_progress" => Self::InProgress,
            "ok" => Self::Ok,
            "error" => Self::Error,
            "missed" => Self::Missed,
            "timeout" => Self::Timeout,
            _ => return None,
        })
    }
}

/// How a job is to be watched.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MonitorConfig {
    /// When it runs; `None` where the sender's is none that is known.
    pub schedule: Option<Schedule>,
    /// Minutes that it may be late.
    pub checkin_margin_min: Option<u64>,
    /// Minutes that it may take.
    pub max_runtime_min: Option<u64>,
    /// The time zone of the schedule, `Europe/Berlin`; empty for UTC.
    pub timezone: String,
    /// How many runs must fail in a row to be an issue.
    pub failure_issue_threshold: Option<u64>,
    /// How many runs must go well in a row to end it.
    pub recovery_threshold: Option<u64>,
    /// Who is told: `user:…`, `team:…`.
    pub owner: String,
}

/// When a job runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// In five fields, or `@daily`.
    Crontab(String),
    /// Each so many units.
    Interval {
        /// How many; not 0.
        value: u64,
        /// Of what.
        unit: IntervalUnit,
    },
}

/// What an interval is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IntervalUnit {
    /// Of 60 seconds.
    Minute,
    /// Of 60 minutes.
    Hour,
    /// As in the calendar of the time zone, as are the ones below.
    Day,
    /// Of seven days.
    Week,
    /// As long as it is.
    Month,
    /// As long as it is.
    Year,
}

impl IntervalUnit {
    fn of(name: &str) -> Option<Self> {
        Some(match name.strip_suffix('s').unwrap_or(name) {
            "minute" => Self::Minute,
            "hour" => Self::Hour,
            "day" => Self::Day,
            "week" => Self::Week,
            "month" => Self::Month,
            "year" => Self::Year,
            _ => return None,
        })
    }
}

/// Why a payload is no check-in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckInError {
    /// It is no object.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// It names no job.
    #[error("cannot read a check-in: expected a monitor_slug, found none")]
    NoMonitor,
}

impl CheckIn {
    /// Reads the payload of an item of type `check_in`.
    ///
    /// # Errors
    ///
    /// It is no object, or names no job.
    pub fn read(json: &str) -> Result<Self, CheckInError> {
        let mut check_in = Self::default();
        ShapeError::check("a check-in", json)?.object(|key, reader| match key {
            "check_in_id" => check_in.id = reader.parsed(id::uuid),
            "monitor_slug" => check_in.monitor_slug = reader.string(),
            "status" => {
                check_in.status = reader.parsed(CheckInStatus::of).unwrap_or_default();
            }
            "duration" => check_in.duration_s = reader.number(),
            "release" => check_in.release = reader.string(),
            "environment" => check_in.environment = reader.string(),
            "monitor_config" if reader.kind() == Kind::Object => {
                check_in.config = Some(MonitorConfig::read(reader));
            }
            "contexts" => reader.object(|key, reader| {
                if key == "trace" {
                    reader.object(|key, reader| {
                        if key == "trace_id" {
                            check_in.trace_id = reader.parsed(id::trace).map(TraceId);
                        }
                    });
                }
            }),
            _ => {}
        });
        if check_in.monitor_slug.is_empty() {
            return Err(CheckInError::NoMonitor);
        }
        Ok(check_in)
    }
}

impl MonitorConfig {
    fn read(reader: &mut Reader<'_>) -> Self {
        let mut config = Self::default();
        reader.object(|key, reader| match key {
            "schedule" => config.schedule = Schedule::read(reader),
            "checkin_margin" => config.checkin_margin_min = reader.count(),
            "max_runtime" => config.max_runtime_min = reader.count(),
            "timezone" => config.timezone = reader.string(),
            "failure_issue_threshold" => config.failure_issue_threshold = reader.count(),
            "recovery_threshold" => config.recovery_threshold = reader.count(),
            "owner" => config.owner = reader.string(),
            _ => {}
        });
        config
    }
}

impl Schedule {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let (mut kind, mut value, mut unit) = (String::new(), String::new(), None);
        reader.object(|key, reader| match key {
            "type" => kind = reader.string(),
            "value" => value = reader.string(),
            "unit" => unit = reader.parsed(IntervalUnit::of),
            _ => {}
        });
        let value = value.trim();
        match &kind[..] {
            "crontab" if !value.is_empty() => Some(Self::Crontab(value.to_owned())),
            "interval" => {
                let value = value.parse().ok().filter(|value| *value > 0)?;
                Some(Self::Interval { value, unit: unit? })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules() {
        let check = |json: &str, expected: Option<Schedule>| {
            assert_eq!(Schedule::read(&mut Reader::new(json)), expected, "{json}");
        };
        let crontab = Schedule::Crontab("0 3 * * *".to_owned());
        check(r#"{"type":"crontab","value":"0 3 * * *"}"#, Some(crontab));
        let interval = Schedule::Interval { value: 2, unit: IntervalUnit::Hour };
        check(r#"{"value":2,"unit":"hour","type":"interval"}"#, Some(interval.clone()));
        check(r#"{"value":"2","unit":"hours","type":"interval"}"#, Some(interval));
        check(r#"{"value":0,"unit":"hour","type":"interval"}"#, None);
        check(r#"{"value":2,"unit":"fortnight","type":"interval"}"#, None);
        check(r#"{"type":"crontab"}"#, None);
        check(r#""0 3 * * *""#, None);
    }

    #[test]
    fn a_check_in_names_its_job() {
        let check_in =
            CheckIn::read(r#"{"monitor_slug":"nightly","status":"odd","monitor_config":[]}"#);
        let expected = CheckIn { monitor_slug: "nightly".to_owned(), ..CheckIn::default() };
        assert_eq!(check_in.unwrap(), expected);
        let error = CheckIn::read(r#"{"status":"ok"}"#).unwrap_err().to_string();
        assert_eq!(error, "cannot read a check-in: expected a monitor_slug, found none");
    }
}
