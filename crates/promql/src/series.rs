//! Samples of series.

use std::sync::Arc;

use crate::{Histogram, Labels, ResetHint};

/// The value of a sample that says its series has ended: one NaN of many, told by its bits. Among results
/// it marks a step without a value.
pub const ABSENT: f64 = f64::from_bits(0x7ff0_0000_0000_0002);

/// Whether a value marks the end of a series.
#[must_use]
pub fn is_stale(value: f64) -> bool {
    value.to_bits() == ABSENT.to_bits()
}

/// One value.
#[derive(Clone, Debug)]
pub enum Point {
    /// A number.
    Float(f64),
    /// A native histogram.
    Histogram(Arc<Histogram>),
}

/// Stored samples of one series, each kind in the order of time.
#[derive(Clone, Debug, Default)]
pub struct Series {
    /// Its labels.
    pub labels: Labels,
    /// Milliseconds since 1970, and a number.
    pub floats: Vec<(i64, f64)>,
    /// Milliseconds since 1970, and a histogram; one whose sum is stale marks an end.
    pub histograms: Vec<(i64, Arc<Histogram>)>,
}

impl Series {
    /// Says of each histogram whether its counts were reset since the one before, as far as that can be
    /// told; gauges and known resets stay what they are. Functions trust it over what they see, since they
    /// may be given a few of the samples only. A storage does this before it gives out a part of a series.
    pub fn mark_resets(&mut self) {
        let mut floats = self.floats.iter().map(|(time, _)| *time).peekable();
        let mut previous: Option<Arc<Histogram>> = None;
        for (time, histogram) in &mut self.histograms {
            // A number between two histograms is a series that began anew.
            while floats.next_if(|float| float < time).is_some() {
                previous = None;
            }
            if is_stale(histogram.sum) {
                previous = None;
                continue;
            }
            if matches!(histogram.reset_hint, ResetHint::Unknown | ResetHint::NotReset) {
                let mut marked = Histogram::clone(histogram);
                marked.reset_hint = ResetHint::Unknown;
                marked.reset_hint = match &previous {
                    None => ResetHint::Unknown,
                    Some(previous) if marked.detect_reset(previous) => ResetHint::Reset,
                    Some(_) => ResetHint::NotReset,
                };
                *histogram = Arc::new(marked);
            }
            previous = Some(Arc::clone(histogram));
        }
    }
}
