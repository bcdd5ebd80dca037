//! One `MetricFamily`: what it says, and the points of its metrics.
//!
//! Invariant: the room that a metric was read into is used again for the next.

use plimsoll_model::UnixNano;

use super::message::{
    Content, add_step, bucket, exemplar, label, number, summary, text, timestamp,
};
use super::{Family, Histograms, Point, PointExemplar, PointValue, Stop, Visitor};
use crate::otlp::fault::{Fault, Within};
use crate::otlp::reader::{Known, Reader, fixed64, len, varint};
use crate::prometheus::remote_write::histogram::Side;
use crate::prometheus::text::{NORMAL_NAN, spell};
use crate::prometheus::{HistogramValue, MetadataKind};

/// `MetricFamily`.
const NAME: u32 = len(1);
const HELP: u32 = len(2);
const TYPE: u32 = varint(3);
const METRIC: u32 = len(4);
const UNIT: u32 = len(5);
const FAMILY: Known = Known::fields(&[1, 2, 3, 4, 5]);

/// `Metric`.
const LABEL: u32 = len(1);
const GAUGE: u32 = len(2);
const COUNTER: u32 = len(3);
const SUMMARY: u32 = len(4);
const UNTYPED: u32 = len(5);
const TIMESTAMP_MS: u32 = varint(6);
const HISTOGRAM: u32 = len(7);
const METRIC_FIELDS: Known = Known::fields(&[1, 2, 3, 4, 5, 6, 7]);

/// `MetricType`.
const TYPE_COUNTER: u64 = 0;
const TYPE_GAUGE: u64 = 1;
const TYPE_SUMMARY: u64 = 2;
const TYPE_UNTYPED: u64 = 3;
const TYPE_HISTOGRAM: u64 = 4;
const TYPE_GAUGE_HISTOGRAM: u64 = 5;

/// Reset hint of a gauge histogram.
const HINT_GAUGE: u8 = 3;
/// Exemplars of a native histogram.
const EXEMPLARS_MAX: usize = 1024;

/// Reads families, one after the other.
pub(super) struct Reading {
    histograms: Histograms,
    positive: Side,
    negative: Side,
    series: String,
    name: String,
}

impl Reading {
    pub(super) fn new(histograms: Histograms) -> Self {
        Self {
            histograms,
            positive: Side::default(),
            negative: Side::default(),
            series: String::new(),
            name: String::new(),
        }
    }

    pub(super) fn read(&mut self, message: &[u8], visitor: &mut dyn Visitor) -> Result<(), Stop> {
        let (family, kind) = describe(message)?;
        visitor.family(&family).map_err(Stop::Unwanted)?;
        let mut reader = Reader::new(message);
        let mut index = 0;
        while let Some(tag) = reader.tag()? {
            match tag {
                METRIC => {
                    let metric = reader.bytes()?;
                    match self.metric(&family, kind, metric, visitor) {
                        Err(Stop::Fault(fault)) => {
                            return Err(fault.within_element("metric", index).into());
                        }
                        other => other?,
                    }
                    index += 1;
                }
                TYPE => drop(reader.varint()?),
                NAME | HELP | UNIT => drop(reader.bytes()?),
                _ => reader.skip(tag, FAMILY)?,
            }
        }
        Ok(())
    }

    fn metric(
        &mut self,
        family: &Family<'_>,
        kind: u64,
        message: &[u8],
        visitor: &mut dyn Visitor,
    ) -> Result<(), Stop> {
        let own = match kind {
            TYPE_COUNTER => COUNTER,
            TYPE_GAUGE => GAUGE,
            TYPE_SUMMARY => SUMMARY,
            TYPE_UNTYPED => UNTYPED,
            _ => HISTOGRAM,
        };
        let mut labels = Vec::new();
        let mut content = None;
        let mut time = None;
        self.positive.clear();
        self.negative.clear();
        let mut reader = Reader::new(message);
        while let Some(tag) = reader.tag()? {
            match tag {
                LABEL => labels.push(reader.bytes().and_then(label).within("label")?),
                TIMESTAMP_MS => {
                    let millis = reader.varint()?.cast_signed();
                    time = (millis != 0).then(|| millis.saturating_mul(1_000_000));
                }
                tag if tag == own => {
                    let content = content.get_or_insert_with(Content::default);
                    let message = reader.bytes()?;
                    match own {
                        SUMMARY => summary(message, content).within("summary")?,
                        HISTOGRAM => self.histogram(message, content).within("histogram")?,
                        _ => number(message, content).within("value")?,
                    }
                }
                GAUGE | COUNTER | SUMMARY | UNTYPED | HISTOGRAM => drop(reader.bytes()?),
                _ => reader.skip(tag, METRIC_FIELDS)?,
            }
        }
        let Some(content) = content else {
            let problem = "the metric has no value of the type of its family";
            return Err(Fault::framing(message, problem).into());
        };
        let mut points = Points { family, time, labels, reading: self, visitor };
        match own {
            SUMMARY => points.summary(&content),
            HISTOGRAM => points.histogram(&content, kind == TYPE_GAUGE_HISTOGRAM, message),
            _ => points.number("", None, content.value, &content, &content.exemplars),
        }
    }

    fn histogram<'a>(&mut self, message: &'a [u8], content: &mut Content<'a>) -> Result<(), Fault> {
        const KNOWN: Known =
            Known::fields(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
        const COUNT: u32 = varint(1);
        const SUM: u32 = fixed64(2);
        const BUCKET: u32 = len(3);
        const COUNT_FLOAT: u32 = fixed64(4);
        const SCHEMA: u32 = varint(5);
        const ZERO_THRESHOLD: u32 = fixed64(6);
        const ZERO_COUNT: u32 = varint(7);
        const ZERO_COUNT_FLOAT: u32 = fixed64(8);
        const NEGATIVE: u32 = 9;
        const POSITIVE: u32 = 12;
        const CREATED: u32 = len(15);
        const EXEMPLARS: u32 = len(16);
        let mut reader = Reader::new(message);
        while let Some(tag) = reader.tag()? {
            match tag {
                COUNT => content.count = reader.varint()?,
                SUM => content.sum = reader.double()?,
                COUNT_FLOAT => content.count_float = reader.double()?,
                SCHEMA => content.schema = reader.sint32()?,
                ZERO_THRESHOLD => content.zero_threshold = reader.double()?,
                ZERO_COUNT => content.zero_count = reader.varint()?,
                ZERO_COUNT_FLOAT => content.zero_count_float = reader.double()?,
                BUCKET => {
                    add_step(content, reader.bytes().and_then(bucket).within("bucket")?, message)?
                }
                CREATED => content.start_time = reader.bytes().and_then(timestamp)?,
                EXEMPLARS => {
                    let exemplar = reader.bytes().and_then(exemplar).within("exemplars")?;
                    if content.exemplars.len() < EXEMPLARS_MAX {
                        content.exemplars.push(exemplar);
                    }
                }
                _ => match tag >> 3 {
                    field @ NEGATIVE..POSITIVE => {
                        self.negative.read(tag, field - NEGATIVE, &mut reader, KNOWN)?;
                    }
                    field @ POSITIVE..15 => {
                        self.positive.read(tag, field - POSITIVE, &mut reader, KNOWN)?;
                    }
                    _ => reader.skip(tag, KNOWN)?,
                },
            }
        }
        Ok(())
    }
}

/// The points of a metric on their way to the visitor.
struct Points<'r, 'a> {
    family: &'r Family<'r>,
    time: Option<UnixNano>,
    labels: Vec<(&'a str, &'a str)>,
    reading: &'r mut Reading,
    visitor: &'r mut dyn Visitor,
}

impl Points<'_, '_> {
    /// A number of the series with this suffix, and this label for a bound.
    fn number(
        &mut self,
        suffix: &str,
        bound: Option<(&str, f64)>,
        value: f64,
        content: &Content<'_>,
        exemplars: &[PointExemplar<'_>],
    ) -> Result<(), Stop> {
        let value = if value.is_nan() { f64::from_bits(NORMAL_NAN) } else { value };
        let spelled = bound.map(|(name, bound)| (name, spell(bound)));
        let mut labels: Vec<(&str, &str)> = self.labels.clone();
        labels.extend(spelled.as_ref().map(|(name, bound)| (*name, bound.as_str())));
        let Reading { series, name, .. } = &mut *self.reading;
        begin_series(series, name, self.family.name, suffix, &labels);
        let point = Point {
            series,
            name,
            labels: &labels,
            value: PointValue::Number(value),
            time: self.time,
            start_time: content.start_time,
            exemplars,
        };
        self.visitor.point(&point).map_err(Stop::Unwanted)
    }

    fn summary(&mut self, content: &Content<'_>) -> Result<(), Stop> {
        self.number("_count", None, content.count as f64, content, &[])?;
        self.number("_sum", None, content.sum, content, &[])?;
        content.steps.iter().try_for_each(|step| {
            self.number("", Some(("quantile", step.bound)), step.value, content, &[])
        })
    }

    fn histogram(
        &mut self,
        content: &Content<'_>,
        gauge: bool,
        message: &[u8],
    ) -> Result<(), Stop> {
        let float = content.count_float > 0.0 || content.zero_count_float > 0.0;
        let sides = [&self.reading.positive, &self.reading.negative];
        let native = sides.iter().any(|side| side.has_spans())
            || content.zero_threshold > 0.0
            || content.zero_count > 0
            || content.zero_count_float > 0.0;
        let wanted = self.reading.histograms;
        if native && wanted.native {
            self.native(content, float, gauge, message)?;
            if !wanted.classic {
                return Ok(());
            }
        }
        // A native histogram alone has no buckets to give.
        if native && content.steps.is_empty() {
            return Ok(());
        }
        let count = if float { content.count_float } else { content.count as f64 };
        self.number("_count", None, count, content, &[])?;
        self.number("_sum", None, content.sum, content, &[])?;
        for step in &content.steps {
            let exemplars = step.exemplar.as_slice();
            self.number("_bucket", Some(("le", step.bound)), step.value, content, exemplars)?;
        }
        // The last bucket goes without saying.
        if content.steps.last().is_none_or(|step| step.bound != f64::INFINITY) {
            self.number("_bucket", Some(("le", f64::INFINITY)), count, content, &[])?;
        }
        Ok(())
    }

    fn native(
        &mut self,
        content: &Content<'_>,
        float: bool,
        gauge: bool,
        message: &[u8],
    ) -> Result<(), Stop> {
        let Reading { series, name, positive, negative, .. } = &mut *self.reading;
        for side in [&mut *positive, &mut *negative] {
            side.settle(float).map_err(|problem| Fault::framing(message, problem.to_string()))?;
        }
        begin_series(series, name, self.family.name, "", &self.labels);
        // One without a time cannot be told from the same one of the scrape before.
        let timed = |exemplar: &&PointExemplar<'_>| exemplar.time.is_some();
        let in_buckets = content.steps.iter().filter_map(|step| step.exemplar.as_ref());
        let exemplars: Vec<_> = match content.exemplars.is_empty() {
            true => in_buckets.filter(timed).cloned().collect(),
            false => content.exemplars.iter().filter(timed).cloned().collect(),
        };
        let value = HistogramValue {
            schema: content.schema,
            float,
            count: if float { content.count_float.to_bits() } else { content.count },
            sum: content.sum,
            zero_threshold: content.zero_threshold,
            zero_count: if float { content.zero_count_float.to_bits() } else { content.zero_count },
            positive: positive.buckets(float),
            negative: negative.buckets(float),
            custom_bounds: &[],
            reset_hint: if gauge { HINT_GAUGE } else { 0 },
        };
        let point = Point {
            series,
            name,
            labels: &self.labels,
            value: PointValue::Histogram(value),
            time: self.time,
            start_time: content.start_time,
            exemplars: &exemplars,
        };
        self.visitor.point(&point).map_err(Stop::Unwanted)
    }
}

/// Writes the name of a series, and with its labels what tells it from others.
fn begin_series(
    series: &mut String,
    name: &mut String,
    family: &str,
    suffix: &str,
    labels: &[(&str, &str)],
) {
    name.clear();
    name.extend([family, suffix]);
    series.clear();
    // With lengths, so that no text can pass for another.
    let mut push = |text: &str| series.push_str(&format!("{}:{text}", text.len()));
    push(name);
    for (label, value) in labels {
        push(label);
        push(value);
    }
}

/// What a family says, and the number of its type.
fn describe(message: &[u8]) -> Result<(Family<'_>, u64), Fault> {
    let mut family = Family { name: "", help: "", kind: MetadataKind::Counter, unit: "" };
    let mut kind = TYPE_COUNTER;
    let mut reader = Reader::new(message);
    while let Some(tag) = reader.tag()? {
        match tag {
            NAME => family.name = text(&mut reader).within("name")?,
            HELP => family.help = text(&mut reader).within("help")?,
            UNIT => family.unit = text(&mut reader).within("unit")?,
            TYPE => kind = reader.varint().within("type")?,
            METRIC => drop(reader.bytes()?),
            _ => reader.skip(tag, FAMILY)?,
        }
    }
    if family.name.is_empty() {
        return Err(Fault::framing(message, "the family has no name, expected one"));
    }
    family.kind = match kind {
        TYPE_COUNTER => MetadataKind::Counter,
        TYPE_GAUGE => MetadataKind::Gauge,
        TYPE_SUMMARY => MetadataKind::Summary,
        TYPE_UNTYPED => MetadataKind::Unknown,
        TYPE_HISTOGRAM => MetadataKind::Histogram,
        TYPE_GAUGE_HISTOGRAM => MetadataKind::GaugeHistogram,
        _ => {
            return Err(Fault::framing(
                message,
                format!("type {kind} is unknown, expected 0 to 5"),
            ));
        }
    };
    Ok((family, kind))
}
