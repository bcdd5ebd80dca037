//! The series a script has loaded.
//!
//! Invariants: samples are in the order of time, and of two at one time the earlier loaded counts;
//! histograms have the hints that a stored series would give back: one that plainly goes on from the one
//! before is no reset, a gauge is a gauge, of all others nothing is known.

use plimsoll_promql::{ResetHint, Series, is_stale};

use super::Load;
use super::classic::converted;
use super::histogram::{CUSTOM, Counts, Shape};

/// All series so far.
#[derive(Default)]
pub(crate) struct Storage {
    series: Vec<Series>,
}

impl Storage {
    /// The series.
    pub(crate) fn series(&self) -> &[Series] {
        &self.series
    }

    /// Forgets them.
    pub(crate) fn clear(&mut self) {
        self.series.clear();
    }

    /// Adds to them.
    pub(crate) fn load(&mut self, load: &Load) -> Result<(), String> {
        let more = if load.with_nhcb { converted(&load.series)? } else { Vec::new() };
        for series in load.series.iter().cloned().chain(more) {
            self.add(series);
        }
        Ok(())
    }

    fn add(&mut self, mut series: Series) {
        hint(&mut series);
        let Some(known) = self.series.iter_mut().find(|known| known.labels == series.labels) else {
            self.series.push(series);
            return;
        };
        known.floats.append(&mut series.floats);
        known.histograms.append(&mut series.histograms);
        known.floats.sort_by_key(|(time, _)| *time);
        known.histograms.sort_by_key(|(time, _)| *time);
        known.floats.dedup_by_key(|(time, _)| *time);
        known.histograms.dedup_by_key(|(time, _)| *time);
    }
}

/// Sets the hints of a series' histograms.
fn hint(series: &mut Series) {
    let mut before: Option<(i64, Shape)> = None;
    for (time, histogram) in &mut series.histograms {
        let shape = Shape::of(histogram);
        let between = |earlier: i64| series.floats.iter().any(|(at, _)| earlier < *at && at < time);
        let goes_on = before
            .as_ref()
            .is_some_and(|(earlier, last)| !between(*earlier) && follows(last, &shape));
        let hint = match shape.hint {
            ResetHint::Gauge => ResetHint::Gauge,
            _ if goes_on => ResetHint::NotReset,
            _ => ResetHint::Unknown,
        };
        if hint != shape.hint {
            *histogram = Shape { hint, ..shape.clone() }.build();
        }
        before = Some((*time, shape));
    }
}

/// Whether a counter's histogram plainly goes on from another.
#[expect(clippy::float_cmp, reason = "bounds are exact")]
fn follows(last: &Shape, next: &Shape) -> bool {
    if last.hint == ResetHint::Gauge || next.hint == ResetHint::Reset {
        return false;
    }
    if is_stale(next.sum) || is_stale(last.sum) {
        return is_stale(next.sum);
    }
    next.count >= last.count
        && next.schema == last.schema
        && next.zero_threshold == last.zero_threshold
        && (next.schema != CUSTOM || next.custom_bounds == last.custom_bounds)
        && next.zero_count >= last.zero_count
        && none_fewer(&last.positive, &next.positive)
        && none_fewer(&last.negative, &next.negative)
}

/// Whether no bucket has lost any.
fn none_fewer(last: &Counts, next: &Counts) -> bool {
    last.iter().all(|(index, count)| next.get(index).unwrap_or(&0.0) >= count)
}
