//! A native histogram of remote write; both versions have the same one, and an exposition the same
//! sides.
//!
//! Invariant: what is collected of its buckets and bounds ends where none that is kept has more.

use super::walk::Times;
use crate::otlp::fault::{Fault, Within};
use crate::otlp::reader::{Known, Reader, fixed64, len, varint};
use crate::prometheus::histogram::BUCKETS_MAX;
use crate::prometheus::{BucketSpans, HistogramValue};

const COUNT_INT: u32 = varint(1);
const COUNT_FLOAT: u32 = fixed64(2);
const SUM: u32 = fixed64(3);
const SCHEMA: u32 = varint(4);
const ZERO_THRESHOLD: u32 = fixed64(5);
const ZERO_COUNT_INT: u32 = varint(6);
const ZERO_COUNT_FLOAT: u32 = fixed64(7);
/// Spans, differences and counts of the negative side; of the positive side three more.
const NEGATIVE: u32 = 8;
const POSITIVE: u32 = 11;
const RESET_HINT: u32 = varint(14);
const TIMESTAMP: u32 = varint(15);
const CUSTOM_VALUES: u32 = 16;
const START_TIMESTAMP: u32 = varint(17);
/// 1.0 has no start.
const V1: Known = Known::fields(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
const V2: Known = Known(V1.0 | 1 << 17);

/// `BucketSpan`.
const OFFSET: u32 = varint(1);
const LENGTH: u32 = varint(2);
const SPAN: Known = Known::fields(&[1, 2]);

/// Why a histogram cannot be read, though it is framed well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::prometheus) enum ReadProblem {
    #[error(
        "a histogram has over {BUCKETS_MAX} spans, buckets or bounds, use a coarser resolution"
    )]
    Large,
    #[error("the differences of a histogram's buckets make a count below 0 or above 2^63")]
    Count,
    #[error("a histogram has a zero bucket of another kind of count than its own")]
    ZeroKind,
}

/// The buckets of one sign, of which the counts are read as they are or as differences.
#[derive(Default)]
pub(in crate::prometheus) struct Side {
    spans: Vec<(i32, u32)>,
    deltas: Vec<u64>,
    counts: Vec<u64>,
}

impl Side {
    pub(in crate::prometheus) fn clear(&mut self) {
        self.spans.clear();
        self.deltas.clear();
        self.counts.clear();
    }

    /// Reads what a list of it has more: of spans, of differences or of counts, by its `place`.
    pub(in crate::prometheus) fn read(
        &mut self,
        tag: u32,
        place: u32,
        reader: &mut Reader<'_>,
        known: Known,
    ) -> Result<(), Fault> {
        match place {
            0 if tag & 7 == len(0) => {
                reader.bytes().and_then(read_span).map(|span| push(&mut self.spans, span))
            }
            0 => reader.skip(tag, known),
            1 => read_numbers(reader, tag, varint(0), known, |number| {
                let delta = (number >> 1).cast_signed() ^ -(number & 1).cast_signed();
                push(&mut self.deltas, delta.cast_unsigned());
            }),
            _ => {
                read_numbers(reader, tag, fixed64(0), known, |count| push(&mut self.counts, count))
            }
        }
    }

    pub(in crate::prometheus) fn has_spans(&self) -> bool {
        !self.spans.is_empty()
    }

    /// Makes what was read whole: counts of differences, where it has these.
    pub(in crate::prometheus) fn settle(&mut self, float: bool) -> Result<(), ReadProblem> {
        match (self.is_large(), float) {
            (true, _) => Err(ReadProblem::Large),
            (false, true) => Ok(()),
            (false, false) => self.sum_up(),
        }
    }

    /// Makes counts of differences.
    fn sum_up(&mut self) -> Result<(), ReadProblem> {
        let mut count = 0_i64;
        for delta in &mut self.deltas {
            count = count.checked_add(delta.cast_signed()).ok_or(ReadProblem::Count)?;
            *delta = u64::try_from(count).map_err(|_| ReadProblem::Count)?;
        }
        Ok(())
    }

    fn is_large(&self) -> bool {
        [self.spans.len(), self.deltas.len(), self.counts.len()]
            .iter()
            .any(|len| *len > BUCKETS_MAX)
    }

    pub(in crate::prometheus) fn buckets(&self, float: bool) -> BucketSpans<'_> {
        let counts = if float { &self.counts } else { &self.deltas };
        BucketSpans { spans: &self.spans, counts }
    }
}

/// A histogram as it is read, with room that is used again.
pub(super) struct Histogram {
    known: Known,
    value: HistogramValue<'static>,
    float_zero: Option<bool>,
    positive: Side,
    negative: Side,
    bounds: Vec<f64>,
    pub(super) times: Times,
}

/// Adds what a histogram may have, and one more.
fn push<T>(list: &mut Vec<T>, value: T) {
    if list.len() <= BUCKETS_MAX {
        list.push(value);
    }
}

impl Histogram {
    pub(super) fn new(two: bool) -> Self {
        Self {
            known: if two { V2 } else { V1 },
            value: HistogramValue::default(),
            float_zero: None,
            positive: Side::default(),
            negative: Side::default(),
            bounds: Vec::new(),
            times: Times::default(),
        }
    }

    /// Reads one.
    pub(super) fn read(&mut self, message: &[u8]) -> Result<(), Fault> {
        self.value = HistogramValue::default();
        self.times = Times::default();
        self.float_zero = None;
        self.positive.clear();
        self.negative.clear();
        self.bounds.clear();
        let mut reader = Reader::new(message);
        while let Some(tag) = reader.tag()? {
            self.read_field(tag, &mut reader)?;
        }
        Ok(())
    }

    fn read_field(&mut self, tag: u32, reader: &mut Reader<'_>) -> Result<(), Fault> {
        let value = &mut self.value;
        match tag {
            COUNT_INT => {
                (value.float, value.count) = (false, reader.varint().within("count_int")?);
            }
            COUNT_FLOAT => {
                (value.float, value.count) = (true, reader.fixed64().within("count_float")?);
            }
            SUM => value.sum = reader.double().within("sum")?,
            SCHEMA => value.schema = reader.sint32().within("schema")?,
            ZERO_THRESHOLD => value.zero_threshold = reader.double().within("zero_threshold")?,
            ZERO_COUNT_INT => {
                value.zero_count = reader.varint().within("zero_count_int")?;
                self.float_zero = Some(false);
            }
            ZERO_COUNT_FLOAT => {
                value.zero_count = reader.fixed64().within("zero_count_float")?;
                self.float_zero = Some(true);
            }
            RESET_HINT => {
                let hint = reader.uint32_bits().within("reset_hint")?.cast_unsigned();
                value.reset_hint = if hint < 4 { hint as u8 } else { 0 };
            }
            TIMESTAMP => self.times.millis = reader.varint().within("timestamp")?.cast_signed(),
            START_TIMESTAMP if self.known.contains(17) => {
                self.times.start_millis = reader.varint().within("start_timestamp")?.cast_signed();
            }
            _ => self.read_list(tag, reader)?,
        }
        Ok(())
    }

    /// Reads an element, or a row of numbers, of a repeated field.
    fn read_list(&mut self, tag: u32, reader: &mut Reader<'_>) -> Result<(), Fault> {
        let (field, known) = (tag >> 3, self.known);
        if field == CUSTOM_VALUES {
            let bound = |number| push(&mut self.bounds, f64::from_bits(number));
            return read_numbers(reader, tag, fixed64(0), known, bound).within("custom_values");
        }
        let (side, names, place) = match field {
            NEGATIVE..POSITIVE => {
                let names = ["negative_spans", "negative_deltas", "negative_counts"];
                (&mut self.negative, names, field - NEGATIVE)
            }
            POSITIVE..14 => {
                let names = ["positive_spans", "positive_deltas", "positive_counts"];
                (&mut self.positive, names, field - POSITIVE)
            }
            _ => return reader.skip(tag, known),
        };
        side.read(tag, place, reader, known).within(names[place as usize])
    }

    /// The histogram that was read.
    pub(super) fn value(&mut self) -> Result<HistogramValue<'_>, ReadProblem> {
        if self.bounds.len() > BUCKETS_MAX {
            return Err(ReadProblem::Large);
        }
        let float = self.value.float;
        self.positive.settle(float)?;
        self.negative.settle(float)?;
        if self.float_zero.is_some_and(|zero| zero != float) && self.value.zero_count != 0 {
            return Err(ReadProblem::ZeroKind);
        }
        Ok(HistogramValue {
            positive: self.positive.buckets(float),
            negative: self.negative.buckets(float),
            custom_bounds: &self.bounds,
            ..self.value
        })
    }
}

/// Reads one number, or a row of them, of the wire type `wire`: varints or eight bytes.
fn read_numbers(
    reader: &mut Reader<'_>,
    tag: u32,
    wire: u32,
    known: Known,
    mut each: impl FnMut(u64),
) -> Result<(), Fault> {
    let one = |reader: &mut Reader<'_>| {
        if wire == varint(0) { reader.varint() } else { reader.fixed64() }
    };
    if tag & 7 == len(0) {
        let mut row = Reader::new(reader.bytes()?);
        while !row.is_empty() {
            each(one(&mut row)?);
        }
    } else if tag & 7 == wire {
        each(one(reader)?);
    } else {
        reader.skip(tag, known)?;
    }
    Ok(())
}

fn read_span(message: &[u8]) -> Result<(i32, u32), Fault> {
    let (mut offset, mut length) = (0, 0);
    let mut reader = Reader::new(message);
    while let Some(tag) = reader.tag()? {
        match tag {
            OFFSET => offset = reader.sint32().within("offset")?,
            LENGTH => length = reader.uint32_bits().within("length")?.cast_unsigned(),
            _ => reader.skip(tag, SPAN)?,
        }
    }
    Ok((offset, length))
}
