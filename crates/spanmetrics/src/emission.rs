//! What is written at one time: the values of counters and histograms, their zeros and their ends.
//!
//! Invariants: all values of an emission have its time; the zero of a series comes one millisecond after
//! the emission before its first value, when it was zero still, so that it never meets a mark of the end
//! which that emission wrote for the same labels.

use plimsoll_model::batch::FinishError;
use plimsoll_model::{TimeWindow, UnixNano};
use plimsoll_wire::prometheus::{
    Admission, Built, HistogramValue, Label, MetadataKind, SeriesBuilder, SeriesRef,
};

use crate::exemplar::Exemplar;
use crate::histogram::{Histogram, SCHEMA, ZERO_THRESHOLD};

/// How long after the emission before its first value a series is said to be zero; Prometheus counts
/// time in milliseconds.
pub(crate) const ZERO_AFTER_NANO: i64 = 1_000_000;

/// The value that marks the end of a series in Prometheus.
const STALE: f64 = f64::from_bits(0x7ff0_0000_0000_0002);

pub(crate) struct Emission<'a> {
    builder: SeriesBuilder<'a>,
    window: TimeWindow,
    previous: UnixNano,
    time: UnixNano,
}

impl<'a> Emission<'a> {
    /// All values are of `time`; before that, values were written at `previous`.
    pub(crate) fn new(
        admission: &'a dyn Admission,
        window: TimeWindow,
        previous: UnixNano,
        time: UnixNano,
    ) -> Self {
        // The budget is against requests that say more than their size; what is said here is bounded by
        // the limits of keys and edges.
        let builder = SeriesBuilder::new(admission, window, usize::MAX);
        Self { builder, window, previous, time }
    }

    pub(crate) fn describe(&mut self, metric: &str, kind: MetadataKind, unit: &str, help: &str) {
        let [metric, help, unit] = [metric, help, unit].map(str::as_bytes);
        self.builder.metadata(metric, kind, help, unit, self.time);
    }

    /// A counter that was zero at `start`; `None` where it ends.
    pub(crate) fn counter(
        &mut self,
        labels: &mut Vec<Label<'_>>,
        start: UnixNano,
        value: Option<u64>,
    ) {
        let zero = self.zero(start);
        let samples = 1 + u64::from(zero.is_some());
        let Some(mut series) = self.builder.series(labels, samples) else { return };
        if let Some(zero) = zero {
            self.builder.sample(&mut series, zero, Some(start), 0.0);
        }
        let value = value.map_or(STALE, |value| value as f64);
        self.builder.sample(&mut series, self.time, Some(start), value);
    }

    /// A histogram that was empty at `start`; `None` where it ends.
    pub(crate) fn histogram<'l, 'b: 'l>(
        &mut self,
        labels: &'l mut Vec<Label<'b>>,
        start: UnixNano,
        value: Option<&Histogram>,
    ) -> Option<SeriesRef<'l>> {
        let zero = self.zero(start);
        let samples = 1 + u64::from(zero.is_some());
        let mut series = self.builder.series(labels, samples)?;
        let empty = HistogramValue {
            schema: i32::from(SCHEMA),
            zero_threshold: ZERO_THRESHOLD,
            ..HistogramValue::default()
        };
        if let Some(zero) = zero {
            self.builder.histogram(&mut series, zero, Some(start), &empty);
        }
        let mut span = [(0, 0)];
        let value = match value {
            Some(histogram) => histogram.value(&mut span),
            None => HistogramValue { sum: STALE, ..empty },
        };
        self.builder.histogram(&mut series, self.time, Some(start), &value);
        Some(series)
    }

    /// A span that stands for others. One that is older than metrics are kept is left out.
    pub(crate) fn exemplar(&mut self, series: &mut SeriesRef<'_>, exemplar: &Exemplar) {
        if !self.window.contains(exemplar.end) {
            return;
        }
        let (mut trace, mut span) = ([0; 32], [0; 16]);
        hex(&exemplar.place.trace, &mut trace);
        hex(&exemplar.place.span, &mut span);
        let labels: [Label<'_>; 2] = [(b"trace_id", &trace), (b"span_id", &span)];
        self.builder.exemplar(series, exemplar.end, exemplar.nanos as f64 / 1e9, &labels);
    }

    pub(crate) fn finish(self) -> Result<Built, FinishError> {
        self.builder.finish()
    }

    /// When a series that has its first value now was zero.
    fn zero(&self, start: UnixNano) -> Option<UnixNano> {
        (start >= self.previous).then_some(self.previous.saturating_add(ZERO_AFTER_NANO))
    }
}

fn hex(bytes: &[u8], digits: &mut [u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for (byte, pair) in bytes.iter().zip(digits.chunks_exact_mut(2)) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
}
