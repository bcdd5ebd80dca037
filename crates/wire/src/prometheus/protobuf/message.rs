//! The small messages within a metric.

use plimsoll_model::UnixNano;

use super::PointExemplar;
use crate::otlp::fault::{Fault, Within};
use crate::otlp::reader::{Known, Reader, fixed64, len, varint};

/// Buckets or quantiles of a metric.
const STEPS_MAX: usize = 16 << 10;
/// A bucket or a quantile.
#[derive(Default)]
pub(super) struct Step<'a> {
    pub(super) bound: f64,
    pub(super) value: f64,
    pub(super) exemplar: Option<PointExemplar<'a>>,
}

/// What a metric holds, whatever it is.
#[derive(Default)]
pub(super) struct Content<'a> {
    pub(super) value: f64,
    pub(super) count: u64,
    pub(super) count_float: f64,
    pub(super) sum: f64,
    pub(super) steps: Vec<Step<'a>>,
    pub(super) start_time: Option<UnixNano>,
    pub(super) exemplars: Vec<PointExemplar<'a>>,
    pub(super) schema: i32,
    pub(super) zero_threshold: f64,
    pub(super) zero_count: u64,
    pub(super) zero_count_float: f64,
}

pub(super) fn text<'a>(reader: &mut Reader<'a>) -> Result<&'a str, Fault> {
    let bytes = reader.bytes()?;
    std::str::from_utf8(bytes).map_err(|_| Fault::framing(bytes, "expected UTF-8"))
}

/// A `LabelPair`.
pub(super) fn label(message: &[u8]) -> Result<(&str, &str), Fault> {
    let (mut name, mut value) = ("", "");
    let mut reader = Reader::new(message);
    while let Some(tag) = reader.tag()? {
        match tag {
            tag if tag == len(1) => name = text(&mut reader).within("name")?,
            tag if tag == len(2) => value = text(&mut reader).within("value")?,
            _ => reader.skip(tag, Known::fields(&[1, 2]))?,
        }
    }
    match name.is_empty() {
        true => Err(Fault::framing(message, "a label has no name, expected one")),
        false => Ok((name, value)),
    }
}

/// A `Gauge`, a `Counter` or an `Untyped`.
pub(super) fn number<'a>(message: &'a [u8], content: &mut Content<'a>) -> Result<(), Fault> {
    let mut reader = Reader::new(message);
    while let Some(tag) = reader.tag()? {
        match tag {
            tag if tag == fixed64(1) => content.value = reader.double()?,
            tag if tag == len(2) => {
                let exemplar = reader.bytes().and_then(exemplar).within("exemplar")?;
                content.exemplars = vec![exemplar];
            }
            tag if tag == len(3) => content.start_time = reader.bytes().and_then(timestamp)?,
            _ => reader.skip(tag, Known::fields(&[1, 2, 3]))?,
        }
    }
    Ok(())
}

/// A `Summary`.
pub(super) fn summary<'a>(message: &'a [u8], content: &mut Content<'a>) -> Result<(), Fault> {
    let mut reader = Reader::new(message);
    while let Some(tag) = reader.tag()? {
        match tag {
            tag if tag == varint(1) => content.count = reader.varint()?,
            tag if tag == fixed64(2) => content.sum = reader.double()?,
            tag if tag == len(3) => {
                add_step(content, reader.bytes().and_then(quantile).within("quantile")?, message)?;
            }
            tag if tag == len(4) => content.start_time = reader.bytes().and_then(timestamp)?,
            _ => reader.skip(tag, Known::fields(&[1, 2, 3, 4]))?,
        }
    }
    Ok(())
}

pub(super) fn add_step<'a>(
    content: &mut Content<'a>,
    step: Step<'a>,
    message: &[u8],
) -> Result<(), Fault> {
    if content.steps.len() == STEPS_MAX {
        let problem = format!("a metric has over {STEPS_MAX} buckets or quantiles");
        return Err(Fault::framing(message, problem));
    }
    content.steps.push(step);
    Ok(())
}

/// A `Quantile`.
fn quantile(message: &[u8]) -> Result<Step<'_>, Fault> {
    let mut step = Step::default();
    let mut reader = Reader::new(message);
    while let Some(tag) = reader.tag()? {
        match tag {
            tag if tag == fixed64(1) => step.bound = reader.double()?,
            tag if tag == fixed64(2) => step.value = reader.double()?,
            _ => reader.skip(tag, Known::fields(&[1, 2]))?,
        }
    }
    Ok(step)
}

/// A `Bucket`.
pub(super) fn bucket(message: &[u8]) -> Result<Step<'_>, Fault> {
    let mut step = Step::default();
    let mut float = 0.0;
    let mut reader = Reader::new(message);
    while let Some(tag) = reader.tag()? {
        match tag {
            tag if tag == varint(1) => step.value = reader.varint()? as f64,
            tag if tag == fixed64(2) => step.bound = reader.double()?,
            tag if tag == len(3) => {
                step.exemplar = Some(reader.bytes().and_then(exemplar).within("exemplar")?);
            }
            tag if tag == fixed64(4) => float = reader.double()?,
            _ => reader.skip(tag, Known::fields(&[1, 2, 3, 4]))?,
        }
    }
    if float > 0.0 {
        step.value = float;
    }
    Ok(step)
}

/// An `Exemplar`.
pub(super) fn exemplar(message: &[u8]) -> Result<PointExemplar<'_>, Fault> {
    let mut exemplar = PointExemplar::default();
    let mut reader = Reader::new(message);
    while let Some(tag) = reader.tag()? {
        match tag {
            tag if tag == len(1) => {
                exemplar.labels.push(reader.bytes().and_then(label).within("label")?);
            }
            tag if tag == fixed64(2) => exemplar.value = reader.double()?,
            tag if tag == len(3) => exemplar.time = reader.bytes().and_then(timestamp)?,
            _ => reader.skip(tag, Known::fields(&[1, 2, 3]))?,
        }
    }
    Ok(exemplar)
}

/// A `google.protobuf.Timestamp`, to the millisecond, as Prometheus keeps it.
pub(super) fn timestamp(message: &[u8]) -> Result<Option<UnixNano>, Fault> {
    let (mut seconds, mut nanos) = (0_i64, 0_i64);
    let mut reader = Reader::new(message);
    while let Some(tag) = reader.tag()? {
        match tag {
            tag if tag == varint(1) => seconds = reader.varint()?.cast_signed(),
            tag if tag == varint(2) => nanos = i64::from(reader.uint32_bits()?),
            _ => reader.skip(tag, Known::fields(&[1, 2]))?,
        }
    }
    let millis = seconds.saturating_mul(1000).saturating_add(nanos.div_euclid(1_000_000));
    Ok(Some(millis.saturating_mul(1_000_000)))
}
