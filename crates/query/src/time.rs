//! Windows of time, their steps, and times as text.

use plimsoll_model::UnixNano;

use crate::QueryError;

const SECOND_NANO: i64 = 1_000_000_000;

/// Steps people read well, in seconds, up to a week.
const STEPS_SECONDS: [i64; 21] = [
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200,
    86_400, 172_800, 345_600, 604_800,
];

/// Points of a chart at most, but for the two ends that the window cuts.
const POINTS_MAX: i64 = 60;

/// A stretch of time: `from` belongs to it, `to` does not, unless it is the last time there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first nanosecond within.
    pub from: UnixNano,
    /// The first nanosecond after; the greatest number for no end.
    pub to: UnixNano,
}

impl Window {
    /// All time there is.
    pub const ALL: Self = Self { from: UnixNano::MIN, to: UnixNano::MAX };

    /// A window that is not empty.
    ///
    /// # Errors
    ///
    /// `from` is not before `to`.
    pub fn new(from: UnixNano, to: UnixNano) -> Result<Self, QueryError> {
        if from < to {
            return Ok(Self { from, to });
        }
        Err(QueryError::invalid(format!(
            "the time range is empty: from {} is not before to {}",
            rfc3339(from),
            rfc3339(to)
        ))
        .hint("exchange from and to, or leave both out for the last hour"))
    }

    /// Whether a time lies within.
    #[must_use]
    pub fn contains(&self, time: UnixNano) -> bool {
        self.from <= time && time <= self.last()
    }

    /// The last nanosecond within.
    #[must_use]
    pub fn last(&self) -> UnixNano {
        if self.to == UnixNano::MAX { self.to } else { self.to.saturating_sub(1) }
    }

    /// Whether any time from `first` to `last`, both included, lies within.
    #[must_use]
    pub fn overlaps(&self, first: UnixNano, last: UnixNano) -> bool {
        first <= self.last() && self.from <= last
    }

    /// The stretch of equal length that ends where this one begins.
    #[must_use]
    pub fn previous(&self) -> Self {
        Self { from: self.from.saturating_sub(self.to.saturating_sub(self.from)), to: self.from }
    }

    /// The length, at least a nanosecond.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        (self.to as f64 - self.from as f64).max(1.0) / SECOND_NANO as f64
    }

    /// Cut into steps.
    #[must_use]
    pub fn steps(&self) -> Steps {
        let seconds = self.to.div_euclid(SECOND_NANO) - self.from.div_euclid(SECOND_NANO);
        let fits = |step: &i64| seconds <= step * POINTS_MAX;
        let longest = seconds / POINTS_MAX / 604_800 * 604_800 + 604_800;
        let step_seconds = STEPS_SECONDS.into_iter().find(fits).unwrap_or(longest);
        let step = step_seconds.saturating_mul(SECOND_NANO);
        let first = self.from.div_euclid(step);
        let last = self.to.saturating_sub(1).max(self.from).div_euclid(step);
        Steps { window: *self, step_seconds, first, count: (last - first + 1) as usize }
    }
}

/// A window cut at whole multiples of a step, so that a moving window keeps its cuts.
#[derive(Clone, Copy, Debug)]
pub struct Steps {
    window: Window,
    /// Length of a step.
    pub step_seconds: i64,
    /// Number of the first step since 1970.
    first: i64,
    /// How many steps.
    pub count: usize,
}

impl Steps {
    /// The step a time within the window falls into.
    #[must_use]
    pub fn index(&self, time: UnixNano) -> usize {
        let step = time.div_euclid(self.step_seconds * SECOND_NANO) - self.first;
        usize::try_from(step).unwrap_or_default().min(self.count - 1)
    }

    /// Where each step begins, in Unix seconds.
    #[must_use]
    pub fn times(&self) -> Vec<i64> {
        (0..self.count as i64).map(|i| (self.first + i) * self.step_seconds).collect()
    }

    /// Counts a step as rates, a cut step by the seconds within the window, at least one.
    #[must_use]
    pub fn rates(&self, counts: &[u64]) -> Vec<f64> {
        let step = self.step_seconds * SECOND_NANO;
        let rate = |(i, &count): (usize, &u64)| {
            let start = (self.first + i as i64).saturating_mul(step);
            let within = start
                .saturating_add(step)
                .min(self.window.to)
                .saturating_sub(start.max(self.window.from));
            round(count as f64 / (within as f64 / SECOND_NANO as f64).max(1.0))
        };
        counts.iter().enumerate().map(rate).collect()
    }
}

/// Six digits after the point: enough for people, short in JSON.
pub(crate) fn round(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

/// Nanoseconds as milliseconds, exact to the nanosecond up to a few days.
pub(crate) fn ms(nano: i64) -> f64 {
    round(nano as f64 / 1e6)
}

/// Year, month and day of days since 1970-01-01. After Howard Hinnant, "chrono-compatible low-level
/// date algorithms", `civil_from_days`.
fn civil(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let (era, doe) = (z.div_euclid(146_097), z.rem_euclid(146_097));
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + i64::from(month <= 2), month, doy - (153 * mp + 2) / 5 + 1)
}

/// `2026-11-22` of days since 1970-01-01.
pub(crate) fn date(days: i64) -> String {
    let (year, month, day) = civil(days);
    format!("{year:04}-{month:02}-{day:02}")
}

/// `2026-11-22T14:51:07.304123456Z`, always with nanoseconds.
#[must_use]
pub fn rfc3339(time: UnixNano) -> String {
    let (seconds, nano) = (time.div_euclid(SECOND_NANO), time.rem_euclid(SECOND_NANO));
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{nano:09}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_the_calendars() {
        for (time, text) in [
            (0, "1970-01-01T00:00:00.000000000Z"),
            (-1, "1969-12-31T23:59:59.999999999Z"),
            (951_782_399_000_000_001, "2000-02-28T23:59:59.000000001Z"),
            (1_795_359_067_304_123_456, "2026-11-22T14:51:07.304123456Z"),
            (i64::MAX, "2262-04-11T23:47:16.854775807Z"),
            (i64::MIN, "1677-09-21T00:12:43.145224192Z"),
        ] {
            assert_eq!(rfc3339(time), text);
        }
    }

    #[test]
    fn steps_cover_every_time_of_the_window() {
        for (from, to) in [
            (0, 1),
            (-5, 5),
            (0, 3_600 * SECOND_NANO),
            (1_795_359_067_304_123_456, 1_795_362_667_304_123_456),
            (0, 30 * 86_400 * SECOND_NANO),
            (i64::MIN, i64::MAX),
        ] {
            let steps = Window::new(from, to).unwrap().steps();
            assert!(steps.count <= POINTS_MAX as usize + 1, "{}", steps.count);
            assert_eq!(steps.times().len(), steps.count);
            assert_eq!(steps.index(from), 0);
            assert_eq!(steps.index(to - 1), steps.count - 1);
        }
    }

    #[test]
    fn a_cut_step_counts_by_its_part_of_the_window() {
        let steps = Window::new(30 * SECOND_NANO, 3_600 * SECOND_NANO).unwrap().steps();
        assert_eq!(steps.step_seconds, 60);
        let mut counts = vec![0; steps.count];
        (counts[0], counts[1]) = (30, 30);
        assert_eq!(steps.rates(&counts)[..3], [1.0, 0.5, 0.0]);
    }
}
