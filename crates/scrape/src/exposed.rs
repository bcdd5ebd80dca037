//! What a target exposes of a series, whatever the format.
//!
//! Invariant: what is only needed of a new series is not made for one that is known.

use std::borrow::Cow;

use plimsoll_model::UnixNano;
use plimsoll_wire::prometheus::protobuf::{Point, PointExemplar, PointValue};
use plimsoll_wire::prometheus::text::Sample;
use twox_hash::XxHash64;

use crate::labels::METRIC_NAME;
use crate::memory::Known;

/// Characters of names and values of an exemplar, OpenMetrics' own limit.
pub(crate) const EXEMPLAR_CHARS_MAX: usize = 128;

/// What a target exposes of a series, whatever the format.
pub(crate) struct Exposed<'a> {
    /// The same text is the same series.
    pub(crate) series: &'a str,
    /// The series as people may see it.
    pub(crate) shown: &'a str,
    /// Labels with the name, asked only where the series is new.
    pub(crate) labels: Box<dyn Fn() -> Pairs<'a> + 'a>,
    pub(crate) value: PointValue<'a>,
    pub(crate) time: Option<UnixNano>,
    pub(crate) start_time: Option<UnixNano>,
    pub(crate) exemplars: Vec<Exemplar<'a>>,
}

pub(crate) type Pairs<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

/// A measurement that stands for others.
pub(crate) struct Exemplar<'a> {
    pub(crate) labels: Pairs<'a>,
    pub(crate) value: f64,
    pub(crate) time: Option<UnixNano>,
}

impl<'a> Exposed<'a> {
    /// The bits of a number, or of the sum of a histogram.
    pub(crate) fn bits(&self) -> u64 {
        match self.value {
            PointValue::Number(value) => value.to_bits(),
            PointValue::Histogram(value) => value.sum.to_bits(),
        }
    }

    /// What a line of text says.
    pub(crate) fn line(sample: &'a Sample<'a>) -> Self {
        let exemplar = sample.exemplar.map(|exemplar| Exemplar {
            labels: exemplar.labels().collect(),
            value: exemplar.value,
            time: exemplar.time,
        });
        Self {
            series: sample.series,
            shown: sample.series,
            labels: Box::new(|| {
                sample.labels().chain([(METRIC_NAME.into(), sample.name())]).collect()
            }),
            value: PointValue::Number(sample.value),
            time: sample.time,
            start_time: None,
            exemplars: exemplar.into_iter().collect(),
        }
    }

    /// What a point of protobuf says.
    pub(crate) fn point(point: &'a Point<'a>) -> Self {
        let exemplar = |exemplar: &PointExemplar<'a>| Exemplar {
            labels: pairs(&exemplar.labels),
            value: exemplar.value,
            time: exemplar.time,
        };
        Self {
            series: point.series,
            shown: point.name,
            labels: Box::new(|| {
                let mut labels = pairs(point.labels);
                labels.push((METRIC_NAME.into(), point.name.into()));
                labels
            }),
            value: point.value,
            time: point.time,
            start_time: point.start_time,
            exemplars: point.exemplars.iter().map(exemplar).collect(),
        }
    }
}

/// Labels as they are.
fn pairs<'a>(labels: &[(&'a str, &'a str)]) -> Pairs<'a> {
    labels.iter().map(|(name, value)| (Cow::from(*name), Cow::from(*value))).collect()
}

impl Exemplar<'_> {
    /// Whether the series had another exemplar before, or none.
    pub(crate) fn is_new(&self, known: Option<&mut Known>) -> bool {
        let texts = self.labels.iter().flat_map(|(name, value)| [name, value]);
        if texts.clone().map(|text| text.chars().count()).sum::<usize>() > EXEMPLAR_CHARS_MAX {
            return false;
        }
        let Some(known) = known else { return true };
        if let Some(time) = self.time {
            let newest = known.exemplar_time;
            known.exemplar_time = newest.max(time);
            return time > newest;
        }
        let mut said = format!("{:x}", self.value.to_bits());
        texts.for_each(|text| said.extend(["\u{0}", text]));
        let hash = XxHash64::oneshot(0, said.as_bytes()).max(1);
        std::mem::replace(&mut known.exemplar, hash) != hash
    }
}
