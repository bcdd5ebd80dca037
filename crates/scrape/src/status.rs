//! What is told of targets, in the words of Prometheus' API.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use plimsoll_model::UnixNano;
use serde::Serialize;
use url::Url;

use crate::labels::LabelSet;
use crate::target::Target;
use crate::units::format_duration;

/// How a target is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// It was not scraped yet.
    #[default]
    Unknown,
    /// The last scrape was good.
    Up,
    /// The last scrape failed.
    Down,
}

/// The last scrape of a target.
#[derive(Clone, Debug, Default)]
pub(crate) struct Status {
    pub(crate) health: Health,
    pub(crate) last_error: String,
    pub(crate) last_scrape: Option<UnixNano>,
    pub(crate) elapsed: Duration,
}

/// All targets: the data of `GET /api/v1/targets`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Targets {
    /// Those that are scraped, job by job.
    pub active_targets: Vec<ActiveTarget>,
    /// Those that the rules drop, or that cannot be scraped.
    pub dropped_targets: Vec<DroppedTarget>,
    /// How many of these each job has.
    pub dropped_target_counts: BTreeMap<String, usize>,
}

/// A target that is scraped.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ActiveTarget {
    /// Labels before the rules.
    pub discovered_labels: LabelSet,
    /// Labels of its series.
    pub labels: LabelSet,
    /// The job.
    pub scrape_pool: String,
    /// Where it is, seen from here.
    pub scrape_url: String,
    /// Where it is, seen from elsewhere.
    pub global_url: String,
    /// Why the last scrape failed, empty where it did not.
    pub last_error: String,
    /// When that was, RFC 3339.
    pub last_scrape: String,
    /// Seconds that it took.
    pub last_scrape_duration: f64,
    /// How it is.
    pub health: Health,
    /// How often it is scraped.
    pub scrape_interval: String,
    /// How long a scrape may take.
    pub scrape_timeout: String,
}

/// A target that is not scraped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DroppedTarget {
    /// Labels before the rules.
    pub discovered_labels: LabelSet,
    /// The job.
    pub scrape_pool: String,
}

impl ActiveTarget {
    /// `host` is how others call this machine.
    pub(crate) fn new(job: &str, target: &Target, status: &Status, host: &str) -> Self {
        Self {
            discovered_labels: target.discovered.clone(),
            labels: target.labels.clone(),
            scrape_pool: job.to_owned(),
            scrape_url: target.url.to_string(),
            global_url: global(&target.url, host).to_string(),
            last_error: status.last_error.clone(),
            // What Prometheus says of a target that was not scraped yet.
            last_scrape: status
                .last_scrape
                .map_or_else(|| "0001-01-01T00:00:00Z".to_owned(), rfc3339),
            last_scrape_duration: status.elapsed.as_secs_f64(),
            health: status.health,
            scrape_interval: format_duration(target.interval),
            scrape_timeout: format_duration(target.timeout),
        }
    }
}

/// The URL with this machine's name for those that only mean "here".
fn global(url: &Url, host: &str) -> Url {
    let mut global = url.clone();
    let here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    if here && !host.is_empty() && global.set_host(Some(host)).is_err() {
        return url.clone();
    }
    global
}

/// A time in UTC, to the nanosecond.
fn rfc3339(time: UnixNano) -> String {
    const SECOND: i64 = 1_000_000_000;
    let (seconds, nanos) = (time.div_euclid(SECOND), time.rem_euclid(SECOND));
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Days since 1 March of year 0, in eras of 400 years (Howard Hinnant, "chrono-compatible
    // low-level date algorithms").
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let shifted = (5 * day + 2) / 153;
    let day = day - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{nanos:09}Z")
}

/// What was not kept, since the start.
#[derive(Debug, Default)]
pub(crate) struct Lost {
    refused: AtomicU64,
    rejected: AtomicU64,
    duplicates: AtomicU64,
}

impl Lost {
    pub(crate) fn count(&self, samples: u64) {
        self.refused.fetch_add(samples, Ordering::Relaxed);
    }

    pub(crate) fn reject(&self, rejected: u64, duplicates: u64) {
        self.rejected.fetch_add(rejected, Ordering::Relaxed);
        self.duplicates.fetch_add(duplicates, Ordering::Relaxed);
    }

    pub(crate) fn read(&self) -> Losses {
        Losses {
            refused: self.refused.load(Ordering::Relaxed),
            rejected: self.rejected.load(Ordering::Relaxed),
            duplicates: self.duplicates.load(Ordering::Relaxed),
        }
    }
}

/// Samples that were scraped but not kept, since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Losses {
    /// The sink refused them twice.
    pub refused: u64,
    /// They are out of bounds, or their series was not admitted.
    pub rejected: u64,
    /// Their series had one in the same scrape.
    pub duplicates: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00.000000000Z"),
            (951_782_400, "2000-02-29T00:00:00.000000000Z"),
            (951_868_799, "2000-02-29T23:59:59.000000000Z"),
            (1_709_164_800, "2024-02-29T00:00:00.000000000Z"),
            (1_795_499_400, "2026-11-24T05:50:00.000000000Z"),
            (4_107_542_400, "2100-03-01T00:00:00.000000000Z"),
            (-1, "1969-12-31T23:59:59.000000000Z"),
        ] {
            assert_eq!(rfc3339(seconds * 1_000_000_000), text);
        }
        assert_eq!(rfc3339(1_500_000_000), "1970-01-01T00:00:01.500000000Z");
    }

    #[test]
    fn urls_from_elsewhere() {
        let check = |url: &str, expected: &str| {
            let url = Url::parse(url).unwrap();
            assert_eq!(global(&url, "box.example").as_str(), expected);
            assert_eq!(global(&url, "").as_str(), url.as_str());
        };
        check("http://localhost:9090/metrics", "http://box.example:9090/metrics");
        check("http://127.0.0.1/m", "http://box.example/m");
        check("http://[::1]:1/m?a=b", "http://box.example:1/m?a=b");
        check("https://other:1/m", "https://other:1/m");
    }
}
