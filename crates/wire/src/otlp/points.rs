//! Data points and exemplars: their messages, decoded into scratch that is reused from point to
//! point.
//!
//! Invariant: nothing here touches the columns.

use std::ops::Range;

use super::context::Context;
use super::fault::{Fault, Within};
use super::reader::{Known, Reader, fixed64, len, varint};
use super::series::Kind;
use super::value::{Object, Value, key_value};

/// A number as it was sent.
#[derive(Clone, Copy, Debug)]
pub(super) enum Number {
    Double(f64),
    Int(i64),
}

impl Number {
    /// The double nearest to it, and the integer itself where that differs.
    pub(super) fn columns(self) -> (f64, Option<i64>) {
        match self {
            Self::Double(value) => (value, None),
            Self::Int(value) => {
                let nearest = value as f64;
                (nearest, (nearest as i128 != i128::from(value)).then_some(value))
            }
        }
    }
}

pub(super) struct Exemplar {
    pub(super) time: i64,
    pub(super) value: Number,
    pub(super) trace_id: Option<[u8; 16]>,
    pub(super) span_id: Option<[u8; 8]>,
    /// Of its attributes in [`Point::json`].
    pub(super) attributes: Range<usize>,
}

/// One bucket array of an exponential histogram.
#[derive(Default)]
pub(super) struct Buckets {
    pub(super) offset: i32,
    pub(super) counts: Vec<i64>,
}

/// A data point of any type; each type uses the fields it has.
#[derive(Default)]
pub(super) struct Point<'a> {
    pub(super) attributes: Vec<(&'a [u8], Value<'a>)>,
    pub(super) start_time: u64,
    pub(super) time: u64,
    pub(super) flags: i32,
    pub(super) number: Option<Number>,
    pub(super) count: u64,
    pub(super) sum: Option<f64>,
    pub(super) min: Option<f64>,
    pub(super) max: Option<f64>,
    pub(super) bounds: Vec<f64>,
    pub(super) counts: Vec<i64>,
    pub(super) scale: i32,
    pub(super) zero_count: u64,
    pub(super) zero_threshold: f64,
    pub(super) positive: Buckets,
    pub(super) negative: Buckets,
    pub(super) quantiles: Vec<(f64, f64)>,
    pub(super) exemplars: Vec<Exemplar>,
    pub(super) json: Vec<u8>,
    /// Why an exemplar was left out.
    pub(super) warning: Option<Fault>,
}

const START_TIME: u32 = fixed64(2);
const TIME: u32 = fixed64(3);

impl<'a> Point<'a> {
    /// Empties the point, keeping its room.
    fn clear(&mut self) {
        let mut fresh = Point::default();
        macro_rules! keep_room {
            ($($vector:ident).+) => {
                self.$($vector).+.clear();
                fresh.$($vector).+ = std::mem::take(&mut self.$($vector).+);
            };
        }
        keep_room!(attributes);
        keep_room!(bounds);
        keep_room!(counts);
        keep_room!(positive.counts);
        keep_room!(negative.counts);
        keep_room!(quantiles);
        keep_room!(exemplars);
        keep_room!(json);
        *self = fresh;
    }

    fn push_attribute(&mut self, message: &'a [u8], cx: &Context<'_>) -> Result<(), Fault> {
        let index = self.attributes.len();
        cx.attribute_count(index + 1).within("attributes")?;
        let (key, value) = key_value(message).within_element("attributes", index)?;
        let checked = || {
            cx.text(key).within("key")?;
            match value {
                Value::String(text) => cx.text(text).map(drop).within("value"),
                Value::Bytes(bytes) => cx.bytes(bytes).map(drop).within("value"),
                _ => Ok(()),
            }
        };
        checked().within_element("attributes", index)?;
        self.attributes.push((key, value));
        Ok(())
    }

    /// Reads a data point of a kind of metric.
    pub(super) fn read(
        &mut self,
        kind: Kind,
        message: &'a [u8],
        cx: &Context<'_>,
    ) -> Result<(), Fault> {
        match kind {
            Kind::Gauge | Kind::Sum => self.read_number(message, cx),
            Kind::Histogram => self.read_histogram(message, cx),
            Kind::ExponentialHistogram => self.read_exponential(message, cx),
            Kind::Summary => self.read_summary(message, cx),
        }
    }

    /// Reads a `NumberDataPoint`.
    fn read_number(&mut self, message: &'a [u8], cx: &Context<'_>) -> Result<(), Fault> {
        const AS_DOUBLE: u32 = fixed64(4);
        const EXEMPLARS: u32 = len(5);
        const AS_INT: u32 = fixed64(6);
        const ATTRIBUTES: u32 = len(7);
        const FLAGS: u32 = varint(8);
        const POINT: Known = Known::fields(&[2, 3, 4, 5, 6, 7, 8]);
        self.clear();
        let mut reader = Reader::new(message);
        while let Some(tag) = reader.tag()? {
            match tag {
                ATTRIBUTES => self.push_attribute(reader.bytes().within("attributes")?, cx)?,
                START_TIME => self.start_time = reader.fixed64()?,
                TIME => self.time = reader.fixed64()?,
                AS_DOUBLE => self.number = Some(Number::Double(reader.double()?)),
                AS_INT => self.number = Some(Number::Int(reader.fixed64()? as i64)),
                EXEMPLARS => self.push_exemplar(reader.bytes().within("exemplars")?, cx)?,
                FLAGS => self.flags = reader.uint32_bits()?,
                _ => reader.skip(tag, POINT)?,
            }
        }
        Ok(())
    }

    /// Reads a `HistogramDataPoint`.
    fn read_histogram(&mut self, message: &'a [u8], cx: &Context<'_>) -> Result<(), Fault> {
        const COUNT: u32 = fixed64(4);
        const SUM: u32 = fixed64(5);
        const BUCKET_COUNTS: u32 = fixed64(6);
        const BUCKET_COUNTS_PACKED: u32 = len(6);
        const EXPLICIT_BOUNDS: u32 = fixed64(7);
        const EXPLICIT_BOUNDS_PACKED: u32 = len(7);
        const EXEMPLARS: u32 = len(8);
        const ATTRIBUTES: u32 = len(9);
        const FLAGS: u32 = varint(10);
        const MIN: u32 = fixed64(11);
        const MAX: u32 = fixed64(12);
        const POINT: Known = Known::fields(&[2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
        self.clear();
        let mut reader = Reader::new(message);
        while let Some(tag) = reader.tag()? {
            match tag {
                ATTRIBUTES => self.push_attribute(reader.bytes().within("attributes")?, cx)?,
                START_TIME => self.start_time = reader.fixed64()?,
                TIME => self.time = reader.fixed64()?,
                COUNT => self.count = reader.fixed64()?,
                SUM => self.sum = Some(reader.double()?),
                BUCKET_COUNTS => self.counts.push(reader.fixed64()? as i64),
                BUCKET_COUNTS_PACKED => {
                    let packed = unpack_fixed64(reader.bytes().within("bucket_counts")?)?;
                    self.counts.extend(packed.map(|bits| bits as i64));
                }
                EXPLICIT_BOUNDS => self.bounds.push(reader.double()?),
                EXPLICIT_BOUNDS_PACKED => {
                    let packed = unpack_fixed64(reader.bytes().within("explicit_bounds")?)?;
                    self.bounds.extend(packed.map(f64::from_bits));
                }
                EXEMPLARS => self.push_exemplar(reader.bytes().within("exemplars")?, cx)?,
                FLAGS => self.flags = reader.uint32_bits()?,
                MIN => self.min = Some(reader.double()?),
                MAX => self.max = Some(reader.double()?),
                _ => reader.skip(tag, POINT)?,
            }
        }
        self.check_bounds(cx)
    }

    fn check_bounds(&self, cx: &Context<'_>) -> Result<(), Fault> {
        let (counts, bounds) = (self.counts.len(), self.bounds.len());
        let none = counts == 0 && bounds == 0;
        if !none && counts != bounds + 1 {
            let problem = || {
                format!(
                    "expected one count more than there are bounds, found {counts} and {bounds}"
                )
            };
            return cx.bad(problem).within("bucket_counts");
        }
        let growing = self.bounds.windows(2).all(|pair| pair[0] < pair[1]);
        if !growing || self.bounds.iter().any(|bound| bound.is_nan()) {
            let problem = || "expected bounds in strictly increasing order".to_owned();
            return cx.bad(problem).within("explicit_bounds");
        }
        Ok(())
    }

    /// Reads an `ExponentialHistogramDataPoint`.
    fn read_exponential(&mut self, message: &'a [u8], cx: &Context<'_>) -> Result<(), Fault> {
        const ATTRIBUTES: u32 = len(1);
        const COUNT: u32 = fixed64(4);
        const SUM: u32 = fixed64(5);
        const SCALE: u32 = varint(6);
        const ZERO_COUNT: u32 = fixed64(7);
        const POSITIVE: u32 = len(8);
        const NEGATIVE: u32 = len(9);
        const FLAGS: u32 = varint(10);
        const EXEMPLARS: u32 = len(11);
        const MIN: u32 = fixed64(12);
        const MAX: u32 = fixed64(13);
        const ZERO_THRESHOLD: u32 = fixed64(14);
        const POINT: Known = Known(0x7ffe);
        self.clear();
        let mut reader = Reader::new(message);
        while let Some(tag) = reader.tag()? {
            match tag {
                ATTRIBUTES => self.push_attribute(reader.bytes().within("attributes")?, cx)?,
                START_TIME => self.start_time = reader.fixed64()?,
                TIME => self.time = reader.fixed64()?,
                COUNT => self.count = reader.fixed64()?,
                SUM => self.sum = Some(reader.double()?),
                SCALE => self.scale = reader.sint32()?,
                ZERO_COUNT => self.zero_count = reader.fixed64()?,
                POSITIVE => self.positive.read(reader.bytes()?).within("positive")?,
                NEGATIVE => self.negative.read(reader.bytes()?).within("negative")?,
                FLAGS => self.flags = reader.uint32_bits()?,
                EXEMPLARS => self.push_exemplar(reader.bytes().within("exemplars")?, cx)?,
                MIN => self.min = Some(reader.double()?),
                MAX => self.max = Some(reader.double()?),
                ZERO_THRESHOLD => self.zero_threshold = reader.double()?,
                _ => reader.skip(tag, POINT)?,
            }
        }
        Ok(())
    }

    /// Reads a `SummaryDataPoint`.
    fn read_summary(&mut self, message: &'a [u8], cx: &Context<'_>) -> Result<(), Fault> {
        const COUNT: u32 = fixed64(4);
        const SUM: u32 = fixed64(5);
        const QUANTILE_VALUES: u32 = len(6);
        const ATTRIBUTES: u32 = len(7);
        const FLAGS: u32 = varint(8);
        const POINT: Known = Known::fields(&[2, 3, 4, 5, 6, 7, 8]);
        self.clear();
        let mut reader = Reader::new(message);
        while let Some(tag) = reader.tag()? {
            match tag {
                ATTRIBUTES => self.push_attribute(reader.bytes().within("attributes")?, cx)?,
                START_TIME => self.start_time = reader.fixed64()?,
                TIME => self.time = reader.fixed64()?,
                COUNT => self.count = reader.fixed64()?,
                SUM => self.sum = Some(reader.double()?),
                QUANTILE_VALUES => {
                    let message = reader.bytes().within("quantile_values")?;
                    self.quantiles.push(read_quantile(message).within("quantile_values")?);
                }
                FLAGS => self.flags = reader.uint32_bits()?,
                _ => reader.skip(tag, POINT)?,
            }
        }
        Ok(())
    }

    fn push_exemplar(&mut self, message: &'a [u8], cx: &Context<'_>) -> Result<(), Fault> {
        let index = self.exemplars.len();
        let (time, mut exemplar) =
            read_exemplar(message, &mut self.json, cx).within_element("exemplars", index)?;
        // An exemplar may be much older than its point; that is no reason to lose the point.
        match cx.item_time(time) {
            Ok(time) => {
                exemplar.time = time;
                self.exemplars.push(exemplar);
            }
            Err(fault) => {
                let left_out = || fault.within("time_unix_nano").within("exemplars");
                self.warning.get_or_insert_with(left_out);
            }
        }
        Ok(())
    }
}

impl Buckets {
    fn read(&mut self, message: &[u8]) -> Result<(), Fault> {
        const OFFSET: u32 = varint(1);
        const BUCKET_COUNTS: u32 = varint(2);
        const BUCKET_COUNTS_PACKED: u32 = len(2);
        const BUCKETS: Known = Known::fields(&[1, 2]);
        let mut reader = Reader::new(message);
        while let Some(tag) = reader.tag()? {
            match tag {
                OFFSET => self.offset = reader.sint32().within("offset")?,
                BUCKET_COUNTS => self.counts.push(reader.varint()? as i64),
                BUCKET_COUNTS_PACKED => {
                    let mut packed = Reader::new(reader.bytes().within("bucket_counts")?);
                    while !packed.is_empty() {
                        self.counts.push(packed.varint().within("bucket_counts")? as i64);
                    }
                }
                _ => reader.skip(tag, BUCKETS)?,
            }
        }
        Ok(())
    }
}

fn unpack_fixed64(packed: &[u8]) -> Result<impl Iterator<Item = u64>, Fault> {
    let (words, rest) = packed.as_chunks();
    if rest.is_empty() {
        Ok(words.iter().map(|word| u64::from_le_bytes(*word)))
    } else {
        let problem = format!("expected packed 8-byte numbers, found {} bytes", packed.len());
        Err(Fault::framing(rest, problem))
    }
}

fn read_quantile(message: &[u8]) -> Result<(f64, f64), Fault> {
    const QUANTILE: u32 = fixed64(1);
    const VALUE: u32 = fixed64(2);
    const VALUE_AT_QUANTILE: Known = Known::fields(&[1, 2]);
    let (mut quantile, mut value) = (0.0, 0.0);
    let mut reader = Reader::new(message);
    while let Some(tag) = reader.tag()? {
        match tag {
            QUANTILE => quantile = reader.double()?,
            VALUE => value = reader.double()?,
            _ => reader.skip(tag, VALUE_AT_QUANTILE)?,
        }
    }
    Ok((quantile, value))
}

/// Reads an `Exemplar`: its time as sent, and the rest.
fn read_exemplar(
    message: &[u8],
    json: &mut Vec<u8>,
    cx: &Context<'_>,
) -> Result<(u64, Exemplar), Fault> {
    const TIME: u32 = fixed64(2);
    const AS_DOUBLE: u32 = fixed64(3);
    const SPAN_ID: u32 = len(4);
    const TRACE_ID: u32 = len(5);
    const AS_INT: u32 = fixed64(6);
    const FILTERED_ATTRIBUTES: u32 = len(7);
    const EXEMPLAR: Known = Known::fields(&[2, 3, 4, 5, 6, 7]);
    let (mut time, mut number) = (0, None);
    let (mut trace_id, mut span_id): (&[u8], &[u8]) = (b"", b"");
    let mut object = Object::new(json);
    let mut reader = Reader::new(message);
    while let Some(tag) = reader.tag()? {
        match tag {
            TIME => time = reader.fixed64()?,
            AS_DOUBLE => number = Some(Number::Double(reader.double()?)),
            SPAN_ID => span_id = reader.bytes().within("span_id")?,
            TRACE_ID => trace_id = reader.bytes().within("trace_id")?,
            AS_INT => number = Some(Number::Int(reader.fixed64()? as i64)),
            FILTERED_ATTRIBUTES => {
                let message = reader.bytes().within("filtered_attributes")?;
                object.push_message("filtered_attributes", message, cx)?;
            }
            _ => reader.skip(tag, EXEMPLAR)?,
        }
    }
    let attributes = object.finish();
    let Some(value) = number else {
        return cx.bad(|| "expected as_double or as_int, found neither".to_owned()).within("value");
    };
    let trace_id = cx.optional_id(trace_id).within("trace_id")?;
    let span_id = cx.optional_id(span_id).within("span_id")?;
    Ok((time, Exemplar { time: 0, value, trace_id, span_id, attributes }))
}
