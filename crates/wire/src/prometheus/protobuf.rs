//! Reads what services expose as protobuf: messages `io.prometheus.client.MetricFamily`, each after
//! its length.
//!
//! Where to start reading: [`read_families`]; `family` goes through the metrics of one.
//!
//! Invariants: fields come in any order; a fault anywhere is one of the whole; what is collected is
//! that of one metric, and of a histogram no more than one that is kept can have.

mod family;
mod message;
#[cfg(test)]
mod tests;

use plimsoll_model::UnixNano;

use super::{HistogramValue, MetadataKind};
use crate::otlp::DecodeError;
use crate::otlp::fault::Fault;
use crate::otlp::reader::Reader;

/// What a family says of its metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Family<'a> {
    /// The name of the metric.
    pub name: &'a str,
    /// A sentence about it.
    pub help: &'a str,
    /// What it is.
    pub kind: MetadataKind,
    /// Its unit.
    pub unit: &'a str,
}

/// A value of a series.
#[derive(Clone, Copy, Debug)]
pub struct Point<'a> {
    /// Name and labels as one text: the same text is the same series, but not the other way about.
    pub series: &'a str,
    /// The name of the series.
    pub name: &'a str,
    /// Its labels as they come, bounds of buckets and quantiles among them.
    pub labels: &'a [(&'a str, &'a str)],
    /// The value.
    pub value: PointValue<'a>,
    /// When it was taken, where the service says so.
    pub time: Option<UnixNano>,
    /// When counting began, where the service says so.
    pub start_time: Option<UnixNano>,
    /// Measurements that stand for others.
    pub exemplars: &'a [PointExemplar<'a>],
}

/// What a point is.
#[derive(Clone, Copy, Debug)]
pub enum PointValue<'a> {
    /// A number.
    Number(f64),
    /// A native histogram.
    Histogram(HistogramValue<'a>),
}

/// A measurement that stands for others.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PointExemplar<'a> {
    /// Labels as they come.
    pub labels: Vec<(&'a str, &'a str)>,
    /// What was measured.
    pub value: f64,
    /// When.
    pub time: Option<UnixNano>,
}

/// Which histograms are given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Histograms {
    /// Native ones.
    pub native: bool,
    /// The buckets, as series, of one that is native too. Those of others are always given.
    pub classic: bool,
}

/// What takes an exposition.
pub trait Visitor {
    /// A family begins.
    ///
    /// # Errors
    ///
    /// Nothing more is wanted.
    fn family(&mut self, family: &Family<'_>) -> Result<(), String>;

    /// A point of the family that began last.
    ///
    /// # Errors
    ///
    /// Nothing more is wanted.
    fn point(&mut self, point: &Point<'_>) -> Result<(), String>;
}

/// Why reading ended.
enum Stop {
    Fault(Fault),
    Unwanted(String),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Reads a whole body.
///
/// # Errors
///
/// The body is no such exposition, with the place; or what the visitor said.
pub fn read_families(
    body: &[u8],
    histograms: Histograms,
    visitor: &mut dyn Visitor,
) -> Result<(), String> {
    let mut reader = Reader::new(body);
    let mut family = family::Reading::new(histograms);
    while !reader.is_empty() {
        let read = match reader.bytes() {
            Ok(message) => family.read(message, visitor),
            Err(fault) => Err(fault.into()),
        };
        match read {
            Ok(()) => {}
            Err(Stop::Unwanted(reason)) => return Err(reason),
            Err(Stop::Fault(fault)) => {
                let message = "io.prometheus.client.MetricFamily";
                return Err(DecodeError::new(body, message, fault).to_string());
            }
        }
    }
    Ok(())
}
