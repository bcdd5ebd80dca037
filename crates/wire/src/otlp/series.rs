//! Series: which points belong to one, now and in every later version (`docs/format/tables.md`
//! specifies the bytes that are hashed), and the rows that say what their ids stand for.
//!
//! Invariant: within a request a series has one row, made when its first good point is.

use std::collections::HashMap;

use plimsoll_model::batch::{MetricBuilder, SeriesRow};
use twox_hash::XxHash3_128;

use super::context::Context;
use super::fault::Fault;
use super::origin::Origin;
use super::points::Point;
use super::text::{name_of_non_finite, write_double, write_int};
use super::value::{Object, Value, write_value};

/// Bits of a series id that come from the metric's name, so that its series lie together.
pub(crate) const NAME_BITS: u32 = 20;
pub(crate) const IDENTITY_BITS: u32 = 63 - NAME_BITS;

/// Bytes a row takes in the columns however short its texts.
pub(super) const ROW_BYTES: usize = 320;

/// What the data of a metric is; the numbers are OTLP's field numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Gauge = 5,
    Sum = 7,
    Histogram = 9,
    ExponentialHistogram = 10,
    Summary = 11,
}

impl Kind {
    pub(super) fn of_tag(tag: u32) -> Option<Self> {
        let kinds =
            [Self::Gauge, Self::Sum, Self::Histogram, Self::ExponentialHistogram, Self::Summary];
        kinds.into_iter().find(|kind| super::reader::len(*kind as u32) == tag)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Gauge => "gauge",
            Self::Sum => "sum",
            Self::Histogram => "histogram",
            Self::ExponentialHistogram => "exponential_histogram",
            Self::Summary => "summary",
        }
    }
}

/// The fields of a metric that all its points share.
pub(super) struct Metric<'a> {
    pub(super) name: &'a [u8],
    pub(super) kind: Kind,
    pub(super) unit: &'a [u8],
    pub(super) description: &'a [u8],
    pub(super) temporality: i8,
    pub(super) monotonic: bool,
    /// Typed JSON; empty where there is none.
    pub(super) metadata: &'a [u8],
}

/// The bytes that make up an identity, to be hashed.
#[derive(Default)]
pub(super) struct Identity(Vec<u8>);

impl Identity {
    pub(super) fn push_text(&mut self, text: &[u8]) {
        self.0.extend_from_slice(&(text.len() as u32).to_le_bytes());
        self.0.extend_from_slice(text);
    }

    fn push_hash(&mut self, hash: u128) {
        self.0.extend_from_slice(&hash.to_le_bytes());
    }

    /// Adds attributes sorted by key, those of one key in the order sent.
    pub(super) fn push_attributes(
        &mut self,
        attributes: &mut [(&[u8], Value<'_>)],
        cx: &Context<'_>,
    ) -> Result<(), Fault> {
        attributes.sort_by_key(|(key, _)| *key);
        attributes.iter().try_for_each(|(key, value)| self.push_attribute(key, value, cx))
    }

    fn push_attribute(
        &mut self,
        key: &[u8],
        value: &Value<'_>,
        cx: &Context<'_>,
    ) -> Result<(), Fault> {
        self.push_text(key);
        self.0.push(value.type_number());
        match value {
            Value::Empty => self.push_text(b""),
            Value::String(bytes) | Value::Bytes(bytes) => self.push_text(bytes),
            Value::Bool(value) => self.push_text(&[u8::from(*value)]),
            Value::Int(value) => self.push_text(&value.to_le_bytes()),
            Value::Double(value) => self.push_text(&value.to_bits().to_le_bytes()),
            Value::Array(_) | Value::Map(_) => {
                let start = self.0.len();
                self.push_text(b"");
                write_value(&mut self.0, value, 0, cx)?;
                let written = (self.0.len() - start - 4) as u32;
                self.0[start..start + 4].copy_from_slice(&written.to_le_bytes());
            }
        }
        Ok(())
    }

    pub(super) fn hash(&self) -> u128 {
        XxHash3_128::oneshot(&self.0)
    }
}

/// A series of this request.
#[derive(Clone, Copy)]
pub(super) struct SeriesRef {
    pub(super) id: i64,
    /// Its row in the columns.
    pub(super) row: usize,
}

/// The series that a summary point goes to.
pub(super) struct SummarySeries {
    pub(super) quantiles: Vec<SeriesRef>,
    pub(super) sum: SeriesRef,
    pub(super) count: SeriesRef,
}

/// A point and where it was found.
#[derive(Clone, Copy)]
pub(super) struct Found<'a, 'p> {
    pub(super) metric: &'a Metric<'a>,
    pub(super) point: &'a Point<'p>,
    pub(super) time: i64,
    pub(super) origin: &'a Origin<'a>,
}

/// One name that points of the current metric are stored under.
#[derive(Default)]
struct Stream {
    name: Vec<u8>,
    /// High bits of its series' ids.
    name_bits: u64,
    /// Hash of what its series share.
    shared: u128,
}

/// The series seen in this request.
#[derive(Default)]
pub(super) struct SeriesIndex {
    known: HashMap<u128, SeriesRef>,
    /// The current metric, for a summary also its sum and count.
    streams: [Stream; 3],
    identity: Identity,
    /// Attributes of the current point by key.
    order: Vec<usize>,
    text: Vec<u8>,
}

/// High bits of the ids of a metric's series.
pub(super) fn name_bits(name: &[u8]) -> u64 {
    XxHash3_128::oneshot(name) as u64 & ((1 << NAME_BITS) - 1)
}

pub(super) fn series_id(name_bits: u64, identity: u128) -> i64 {
    let low = identity as u64 & ((1 << IDENTITY_BITS) - 1);
    (name_bits << IDENTITY_BITS | low) as i64
}

const SUFFIXES: [&[u8]; 3] = [b"", b"_sum", b"_count"];

impl SeriesIndex {
    /// The points that follow belong to this metric.
    pub(super) fn begin_metric(&mut self, metric: &Metric<'_>, origin: &Origin<'_>) {
        let streams = if metric.kind == Kind::Summary { 3 } else { 1 };
        for (stream, suffix) in self.streams.iter_mut().zip(SUFFIXES).take(streams) {
            stream.name.clear();
            stream.name.extend_from_slice(metric.name);
            stream.name.extend_from_slice(suffix);
            stream.name_bits = name_bits(&stream.name);
            let identity = &mut self.identity;
            identity.0.clear();
            identity.push_text(&stream.name);
            identity.0.push(metric.kind as u8);
            identity.push_text(metric.unit);
            identity.0.extend_from_slice(&metric.temporality.to_le_bytes());
            identity.0.push(u8::from(metric.monotonic));
            identity.push_hash(origin.resource.identity);
            identity.push_hash(origin.scope.identity);
            stream.shared = identity.hash();
        }
    }

    /// The series of a point; a new one gets a row.
    pub(super) fn find(
        &mut self,
        columns: &mut MetricBuilder,
        found: Found<'_, '_>,
        cx: &mut Context<'_>,
    ) -> Result<SeriesRef, Fault> {
        self.sort(found.point);
        self.find_in(0, None, columns, found, cx)
    }

    /// The series of a summary point.
    pub(super) fn find_summary(
        &mut self,
        columns: &mut MetricBuilder,
        found: Found<'_, '_>,
        cx: &mut Context<'_>,
    ) -> Result<SummarySeries, Fault> {
        self.sort(found.point);
        let mut find = |stream, quantile| self.find_in(stream, quantile, columns, found, cx);
        let mut quantiles = Vec::with_capacity(found.point.quantiles.len());
        for &(quantile, _) in &found.point.quantiles {
            quantiles.push(find(0, Some(quantile))?);
        }
        Ok(SummarySeries { quantiles, sum: find(1, None)?, count: find(2, None)? })
    }

    fn sort(&mut self, point: &Point<'_>) {
        self.order.clear();
        self.order.extend(0..point.attributes.len());
        self.order.sort_by_key(|&at| point.attributes[at].0);
    }

    fn find_in(
        &mut self,
        stream: usize,
        quantile: Option<f64>,
        columns: &mut MetricBuilder,
        found: Found<'_, '_>,
        cx: &mut Context<'_>,
    ) -> Result<SeriesRef, Fault> {
        self.identity.0.clear();
        self.identity.push_hash(self.streams[stream].shared);
        for &at in &self.order {
            let (key, value) = &found.point.attributes[at];
            self.identity.push_attribute(key, value, cx)?;
        }
        if let Some(quantile) = quantile {
            self.identity.push_attribute(QUANTILE, &Value::Double(quantile), cx)?;
        }
        let identity = self.identity.hash();
        if let Some(series) = self.known.get(&identity) {
            return Ok(*series);
        }
        let Stream { name, name_bits, .. } = &self.streams[stream];
        let id = series_id(*name_bits, identity);
        let metric = found.metric;
        let texts = name.len() + metric.unit.len() + metric.description.len();
        let attributes = metric.metadata.len() + self.identity.0.len() * 2;
        cx.expand(ROW_BYTES + texts + attributes + found.origin.resource.bytes_per_row)?;
        let row = self.push_row(stream, quantile, id, columns, found, cx)?;
        let series = SeriesRef { id, row };
        self.known.insert(identity, series);
        Ok(series)
    }

    fn push_row(
        &mut self,
        stream: usize,
        quantile: Option<f64>,
        series_id: i64,
        columns: &mut MetricBuilder,
        found: Found<'_, '_>,
        cx: &Context<'_>,
    ) -> Result<usize, Fault> {
        self.push_labels(quantile, columns, found.point, cx)?;
        self.text.clear();
        let mut object = Object::new(&mut self.text);
        for (key, value) in &found.point.attributes {
            object.push(key, value, cx)?;
        }
        if object.finish().is_empty() {
            self.text.extend_from_slice(b"{}");
        }
        let metric = found.metric;
        Ok(columns.push_series(&SeriesRow {
            series_id,
            time: found.time,
            metric: &self.streams[stream].name,
            kind: metric.kind.name(),
            unit: metric.unit,
            description: metric.description,
            temporality: metric.temporality,
            monotonic: metric.monotonic,
            attributes: &self.text,
            metadata: metric.metadata,
        }))
    }

    /// Adds the labels in order of their keys, the first of equal keys; a quantile takes the place
    /// of an attribute of that name.
    fn push_labels(
        &mut self,
        quantile: Option<f64>,
        columns: &mut MetricBuilder,
        point: &Point<'_>,
        cx: &Context<'_>,
    ) -> Result<(), Fault> {
        let mut quantile = quantile.map(|quantile| format!("{quantile}"));
        let replaced = quantile.is_some();
        let mut last: Option<&[u8]> = None;
        for &at in &self.order {
            let (key, value) = &point.attributes[at];
            if *key >= QUANTILE
                && let Some(quantile) = quantile.take()
            {
                columns.push_label(QUANTILE, quantile.as_bytes());
            }
            if last == Some(*key) || replaced && *key == QUANTILE {
                continue;
            }
            last = Some(*key);
            self.text.clear();
            write_label(&mut self.text, value, cx)?;
            columns.push_label(key, &self.text);
        }
        if let Some(quantile) = quantile {
            columns.push_label(QUANTILE, quantile.as_bytes());
        }
        Ok(())
    }
}

/// The label that tells a summary's series apart.
const QUANTILE: &[u8] = b"quantile";

/// Writes a value as the text that label matchers see.
pub(super) fn write_label(
    out: &mut Vec<u8>,
    value: &Value<'_>,
    cx: &Context<'_>,
) -> Result<(), Fault> {
    match value {
        Value::Empty => {}
        Value::String(text) => out.extend_from_slice(text),
        Value::Int(value) => write_int(out, *value),
        Value::Double(value) if value.is_finite() => write_double(out, *value),
        Value::Double(value) => out.extend_from_slice(name_of_non_finite(*value).as_bytes()),
        other => write_value(out, other, 0, cx)?,
    }
    Ok(())
}
