//! What is asked of series that are known before a request, and what is told of them after it.

use plimsoll_model::UnixNano;

use super::labels::Label;

/// A series that asks to be taken in.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// Its id.
    pub id: i64,
    /// More bits of the hash that its id is made of: ids may collide, both together do not.
    pub check: u64,
    /// The UTC day of its sample, counted from 1970.
    pub day: i32,
    /// All labels in the order of their names, `__name__` among them.
    pub labels: &'a [Label<'a>],
}

impl Candidate<'_> {
    /// The value of a label, empty where it is missing.
    #[must_use]
    pub fn label(&self, name: &[u8]) -> &[u8] {
        self.labels.iter().find(|(found, _)| *found == name).map_or(b"", |(_, value)| value)
    }
}

/// What becomes of a candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admitted {
    /// It is known, and its row of the day is kept already. The number finds it again sooner than its id
    /// does, see [`Admission::sample`].
    Known(u32),
    /// It is known, but has no row of the day yet.
    NewDay(u32),
    /// It is new and has its place.
    New,
    /// It is not to be kept, for this reason.
    Refused(String),
}

/// What becomes of a sample of a known series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SampleVerdict {
    /// It is kept.
    Take,
    /// It is there already, with the same value.
    Repeat,
    /// It is not to be kept, for this reason.
    Refused(String),
}

/// What is known of series before a request is decoded.
pub trait Admission {
    /// Whether a series may be kept.
    fn series(&self, candidate: &Candidate<'_>) -> Admitted;

    /// Whether a sample of a known series may be kept. `known` is what [`Admission::series`] answered,
    /// maybe a while ago; `value` has the bits of the double, of a histogram those of its sum.
    fn sample(&self, id: i64, known: u32, time: UnixNano, value: u64) -> SampleVerdict;

    /// Whether what a metric is said to be is to be kept: not where the row of this id and day is
    /// kept already. The same is said with every request.
    fn metadata(&self, _id: i64, _day: i32) -> bool {
        true
    }
}

/// The newest sample of a series in a request, to be noted once it is durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Noted {
    /// The series.
    pub id: i64,
    /// Where it is known, what [`Admission::series`] answered.
    pub known: Option<u32>,
    /// When the sample was taken.
    pub time: UnixNano,
    /// The bits of its value.
    pub value: u64,
}

/// What a metric is, in Prometheus' words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum MetadataKind {
    /// Nobody said.
    #[default]
    Unknown,
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Counts by bucket.
    Histogram,
    /// A histogram of a present state.
    GaugeHistogram,
    /// Quantiles.
    Summary,
    /// Labels that describe.
    Info,
    /// One of several states.
    StateSet,
}

impl MetadataKind {
    /// The kind of a row of the `series` table that describes a metric.
    #[must_use]
    pub fn row_kind(self) -> &'static str {
        match self {
            Self::Unknown => "prometheus_unknown",
            Self::Counter => "prometheus_counter",
            Self::Gauge => "prometheus_gauge",
            Self::Histogram => "prometheus_histogram",
            Self::GaugeHistogram => "prometheus_gaugehistogram",
            Self::Summary => "prometheus_summary",
            Self::Info => "prometheus_info",
            Self::StateSet => "prometheus_stateset",
        }
    }
}
