//! Metrics: each point to its series, the number or histogram to its table.
//!
//! Invariants: a metric's own fields are read before its points; a point goes to the columns only
//! when all of it was read and found good. A summary becomes what Prometheus makes of it: a series
//! for each quantile, one for the sum and one for the count.

use arrow::array::RecordBatch;
use plimsoll_model::batch::{
    ExemplarRow, FinishError, HistogramRow, MetricBuilder, ResourceRow, SampleRow, ScopeRow,
};
use plimsoll_model::{SpanId, Table, TraceId};

use super::context::Context;
use super::fault::{Fault, Within};
use super::origin::{Origin, Resource};
use super::points::{Number, Point};
use super::reader::{Known, Reader, len, varint};
use super::series::{Found, Kind, Metric, SeriesIndex, SeriesRef};
use super::target_info::TargetInfo;
use super::value::{Object, Parts, check_pair};
use super::walk::Signal;

/// Bytes a row takes in the columns of its table however short its message.
pub(super) const SAMPLE_BYTES: usize = 48;
const HISTOGRAM_BYTES: usize = 144;
const EXEMPLAR_BYTES: usize = 72;

/// OTLP's data point flag that says there is no value.
const NO_RECORDED_VALUE: i32 = 1;

#[derive(Default)]
pub(super) struct Metrics {
    columns: MetricBuilder,
    series: SeriesIndex,
    target_info: TargetInfo,
    /// Metadata of the metric as typed JSON.
    metadata: Vec<u8>,
}

impl Signal for Metrics {
    const REQUEST: &'static str = "ExportMetricsServiceRequest";
    const FIELDS: [&'static str; 3] = ["resource_metrics", "scope_metrics", "metrics"];

    fn with_capacity(_items: usize) -> Self {
        Self::default()
    }

    fn begin_resource(&mut self, resource: &ResourceRow<'_>) {
        self.columns.begin_resource(resource);
    }

    fn begin_scope(&mut self, scope: &ScopeRow<'_>) {
        self.columns.begin_scope(scope);
    }

    fn push(
        &mut self,
        item: &[u8],
        origin: &Origin<'_>,
        cx: &mut Context<'_>,
    ) -> Result<(), Fault> {
        self.push_metric(item, origin, cx)
    }

    fn end_resource(&mut self, resource: &Resource<'_>, cx: &mut Context<'_>) {
        self.target_info.end_resource(resource, &mut self.columns, cx);
    }

    fn count(item: &[u8]) -> Result<u64, Fault> {
        let message = Message::read(item, |_, _| Ok(()))?;
        let Some((_, parts)) = &message.data else { return Ok(0) };
        let mut count = 0;
        for part in parts.iter() {
            let mut reader = Reader::new(part);
            while let Some(tag) = reader.tag()? {
                if tag == DATA_POINTS {
                    reader.bytes()?;
                    count += 1;
                } else {
                    reader.skip(tag, Known::fields(&[1]))?;
                }
            }
        }
        Ok(count)
    }

    fn finish(mut self) -> Result<Vec<(Table, RecordBatch)>, FinishError> {
        self.target_info.push_samples(&mut self.columns);
        self.columns.finish()
    }
}

/// The points, in every kind of metric.
const DATA_POINTS: u32 = len(1);

/// A `Metric` message, its framing read and nothing else checked.
#[derive(Default)]
struct Message<'a> {
    name: &'a [u8],
    description: &'a [u8],
    unit: &'a [u8],
    metadata: Vec<&'a [u8]>,
    data: Option<(Kind, Parts<'a>)>,
}

impl<'a> Message<'a> {
    /// Hands over data that later data of another kind takes the place of.
    fn read(
        message: &'a [u8],
        mut replaced: impl FnMut(Kind, &Parts<'a>) -> Result<(), Fault>,
    ) -> Result<Self, Fault> {
        const NAME: u32 = len(1);
        const DESCRIPTION: u32 = len(2);
        const UNIT: u32 = len(3);
        const METADATA: u32 = len(12);
        const METRIC: Known = Known::fields(&[1, 2, 3, 5, 7, 9, 10, 11, 12]);
        let mut metric = Self::default();
        let mut reader = Reader::new(message);
        while let Some(tag) = reader.tag()? {
            match tag {
                NAME => metric.name = reader.bytes().within("name")?,
                DESCRIPTION => metric.description = reader.bytes().within("description")?,
                UNIT => metric.unit = reader.bytes().within("unit")?,
                METADATA => metric.metadata.push(reader.bytes().within("metadata")?),
                _ => match Kind::of_tag(tag) {
                    Some(kind) => {
                        let part = reader.bytes().within(kind.name())?;
                        match &mut metric.data {
                            Some((known, parts)) if *known == kind => parts.push(part),
                            data => {
                                if let Some((kind, parts)) = data.replace((kind, Parts::One(part)))
                                {
                                    replaced(kind, &parts).within(kind.name())?;
                                }
                            }
                        }
                    }
                    None => reader.skip(tag, METRIC)?,
                },
            }
        }
        Ok(metric)
    }
}

/// Temporality and monotonicity, which may come after the points.
fn read_stream(kind: Kind, parts: &Parts<'_>) -> Result<(i32, bool), Fault> {
    const TEMPORALITY: u32 = varint(2);
    const MONOTONIC: u32 = varint(3);
    let (mut temporality, mut monotonic) = (0, false);
    let known = match kind {
        Kind::Gauge | Kind::Summary => Known::fields(&[1]),
        Kind::Histogram | Kind::ExponentialHistogram => Known::fields(&[1, 2]),
        Kind::Sum => Known::fields(&[1, 2, 3]),
    };
    for part in parts.iter() {
        let mut reader = Reader::new(part);
        while let Some(tag) = reader.tag()? {
            match tag {
                DATA_POINTS => drop(reader.bytes().within("data_points")?),
                TEMPORALITY if known.contains(2) => temporality = reader.uint32_bits()?,
                MONOTONIC if known.contains(3) => monotonic = reader.varint()? != 0,
                _ => reader.skip(tag, known)?,
            }
        }
    }
    Ok((temporality, monotonic))
}

/// Checks the framing of data that is not kept: a request is well formed as a whole or not at all.
fn check_replaced(kind: Kind, parts: &Parts<'_>, cx: &Context<'_>) -> Result<(), Fault> {
    read_stream(kind, parts)?;
    let mut point = Point::default();
    for part in parts.iter() {
        let mut reader = Reader::new(part);
        while let Some(tag) = reader.tag()? {
            if tag != DATA_POINTS {
                reader.skip(tag, Known::fields(&[]))?;
                continue;
            }
            match point.read(kind, reader.bytes()?, cx) {
                Err(fault) if fault.is_fatal() => return Err(fault.within("data_points")),
                _ => {}
            }
        }
    }
    Ok(())
}

impl Metrics {
    fn push_metric(
        &mut self,
        message: &[u8],
        origin: &Origin<'_>,
        cx: &mut Context<'_>,
    ) -> Result<(), Fault> {
        let message = Message::read(message, |kind, parts| check_replaced(kind, parts, cx))?;
        let Some((kind, parts)) = &message.data else {
            // Nothing to keep, but a request is well formed as a whole or not at all.
            let mut pairs = message.metadata.iter().enumerate();
            return pairs
                .try_for_each(|(at, pair)| check_pair(pair, 0).within_element("metadata", at));
        };
        let (temporality, monotonic) = read_stream(*kind, parts).within(kind.name())?;
        if message.name.is_empty() {
            return cx.bad(|| "expected a name, found none".to_owned()).within("name");
        }
        self.metadata.clear();
        let mut metadata = Object::new(&mut self.metadata);
        for pair in &message.metadata {
            metadata.push_message("metadata", pair, cx)?;
        }
        metadata.finish();
        let temporality = cx.small_enum(temporality).within("aggregation_temporality");
        let metadata = std::mem::take(&mut self.metadata);
        let metric = Metric {
            name: cx.text(message.name).within("name")?,
            kind: *kind,
            unit: cx.text(message.unit).within("unit")?,
            description: cx.text(message.description).within("description")?,
            temporality: temporality.within(kind.name())?,
            monotonic,
            metadata: &metadata,
        };
        let pushed = self.push_points(&metric, parts, origin, cx);
        self.metadata = metadata;
        pushed.within(kind.name())
    }

    fn push_points(
        &mut self,
        metric: &Metric<'_>,
        parts: &Parts<'_>,
        origin: &Origin<'_>,
        cx: &mut Context<'_>,
    ) -> Result<(), Fault> {
        self.series.begin_metric(metric, origin);
        self.target_info.note_metric(metric);
        let mut point = Point::default();
        let mut index = 0;
        for part in parts.iter() {
            let mut reader = Reader::new(part);
            while let Some(tag) = reader.tag()? {
                if tag != DATA_POINTS {
                    // Read and checked by `read_stream`.
                    reader.skip(tag, Known::fields(&[]))?;
                    continue;
                }
                let message = reader.bytes().within_element("data_points", index)?;
                let pushed = self.push_point(metric, message, &mut point, origin, cx);
                match pushed.within_element("data_points", index) {
                    Err(fault) if fault.is_fatal() => return Err(fault),
                    Err(fault) => cx.reject(3, 1, fault.within(metric.kind.name())),
                    Ok(()) => {
                        if let Some(warning) = point.warning.take() {
                            let warning = warning.within_element("data_points", index);
                            cx.warn(warning.within(metric.kind.name()));
                        }
                    }
                }
                index += 1;
            }
        }
        Ok(())
    }

    fn push_point<'a>(
        &mut self,
        metric: &Metric<'_>,
        message: &'a [u8],
        point: &mut Point<'a>,
        origin: &Origin<'_>,
        cx: &mut Context<'_>,
    ) -> Result<(), Fault> {
        point.read(metric.kind, message, cx)?;
        let start_time = cx.time(point.start_time).within("start_time_unix_nano")?;
        let at = Times {
            time: cx.item_time(point.time).within("time_unix_nano")?,
            start_time: (start_time != 0).then_some(start_time),
        };
        cx.expand(point.exemplars.len() * EXEMPLAR_BYTES)?;
        let found = Found { metric, point, time: at.time, origin };
        match metric.kind {
            Kind::Gauge | Kind::Sum => self.push_number(found, at, cx)?,
            Kind::Histogram | Kind::ExponentialHistogram => self.push_histogram(found, at, cx)?,
            Kind::Summary => self.push_summary(found, at, cx)?,
        }
        if point.flags & NO_RECORDED_VALUE == 0 {
            self.target_info.note_point(at.time);
        }
        Ok(())
    }

    fn push_number(
        &mut self,
        found: Found<'_, '_>,
        at: Times,
        cx: &mut Context<'_>,
    ) -> Result<(), Fault> {
        let point = found.point;
        let none = point.flags & NO_RECORDED_VALUE != 0;
        if point.number.is_none() && !none {
            let problem = "expected as_double, as_int or the flag of no recorded value, found none";
            return cx.bad(|| problem.to_owned()).within("value");
        }
        cx.expand(SAMPLE_BYTES)?;
        let series = self.series.find(&mut self.columns, found, cx)?;
        if let Some(number) = point.number {
            self.columns.note_number(series.row, matches!(number, Number::Int(_)));
        }
        self.push_sample(series, point, at, point.number.unwrap_or(Number::Double(f64::NAN)));
        self.push_exemplars(series, point);
        Ok(())
    }

    fn push_sample(&mut self, series: SeriesRef, point: &Point<'_>, at: Times, number: Number) {
        let (value, value_int) = number.columns();
        self.columns.push_sample(&SampleRow {
            series_id: series.id,
            time: at.time,
            start_time: at.start_time,
            value,
            value_int,
            flags: point.flags,
        });
    }

    fn push_histogram(
        &mut self,
        found: Found<'_, '_>,
        at: Times,
        cx: &mut Context<'_>,
    ) -> Result<(), Fault> {
        let point = found.point;
        cx.expand(HISTOGRAM_BYTES)?;
        let series = self.series.find(&mut self.columns, found, cx)?;
        self.columns.push_histogram(&HistogramRow {
            series_id: series.id,
            time: at.time,
            start_time: at.start_time,
            count: point.count as i64,
            sum: point.sum,
            min: point.min,
            max: point.max,
            scale: (found.metric.kind == Kind::ExponentialHistogram).then_some(point.scale),
            zero_count: point.zero_count as i64,
            zero_threshold: point.zero_threshold,
            positive_offset: point.positive.offset,
            positive_counts: &point.positive.counts,
            negative_offset: point.negative.offset,
            negative_counts: &point.negative.counts,
            bounds: &point.bounds,
            counts: &point.counts,
            flags: point.flags,
        });
        self.push_exemplars(series, point);
        Ok(())
    }

    fn push_exemplars(&mut self, series: SeriesRef, point: &Point<'_>) {
        for exemplar in &point.exemplars {
            let (value, value_int) = exemplar.value.columns();
            self.columns.push_exemplar(&ExemplarRow {
                series_id: series.id,
                time: exemplar.time,
                value,
                value_int,
                trace_id: exemplar.trace_id.map(TraceId),
                span_id: exemplar.span_id.map(SpanId),
                attributes: &point.json[exemplar.attributes.clone()],
            });
        }
    }

    fn push_summary(
        &mut self,
        found: Found<'_, '_>,
        at: Times,
        cx: &mut Context<'_>,
    ) -> Result<(), Fault> {
        let point = found.point;
        let Ok(count) = i64::try_from(point.count) else {
            let problem = || format!("expected a count below 2^63, found {}", point.count);
            return cx.bad(problem).within("count");
        };
        cx.expand(SAMPLE_BYTES * (point.quantiles.len() + 2))?;
        let series = self.series.find_summary(&mut self.columns, found, cx)?;
        for (series, &(_, value)) in series.quantiles.iter().zip(&point.quantiles) {
            self.columns.note_number(series.row, false);
            self.push_sample(*series, point, at, Number::Double(value));
        }
        self.columns.note_number(series.sum.row, false);
        self.push_sample(series.sum, point, at, Number::Double(point.sum.unwrap_or_default()));
        self.columns.note_number(series.count.row, true);
        self.push_sample(series.count, point, at, Number::Int(count));
        Ok(())
    }
}

/// When a point was taken and since when it accumulates.
#[derive(Clone, Copy)]
struct Times {
    time: i64,
    start_time: Option<i64>,
}
