//! The walk through a request: its texts, its series, their points.
//!
//! Invariant: the labels of a series are read before any of its points, and the texts of a request
//! before any series, in passes of their own that skip the rest.

use plimsoll_model::UnixNano;

use super::RemoteWrite;
use super::histogram::Histogram;
use super::labels::{LABEL_REF, LABELS, Labels};
use super::metadata::{Metadata, Said, read_v1};
use crate::otlp::fault::{Fault, Within};
use crate::otlp::reader::{Known, Reader, fixed64, len, varint};
use crate::prometheus::labels::Shown;
use crate::prometheus::{SeriesBuilder, SeriesRef};

/// `WriteRequest` of 1.0.
const SERIES_V1: u32 = len(1);
const METADATA_V1: u32 = len(3);
const REQUEST_V1: Known = Known::fields(&[1, 3]);
/// `Request` of 2.0.
const SYMBOLS: u32 = len(4);
const SERIES_V2: u32 = len(5);
const REQUEST_V2: Known = Known::fields(&[4, 5]);

/// `TimeSeries`: the points of a series, whose numbers differ, and of 2.0 two more.
const METADATA: u32 = len(5);
const CREATED: u32 = varint(6);

/// What the pass over the points leaves out.
const REST: Known = Known::fields(&[]);

/// `Sample`; 1.0 has no start.
const VALUE: u32 = fixed64(1);
const TIMESTAMP: u32 = varint(2);
const START_TIMESTAMP: u32 = varint(3);
const SAMPLE_V1: Known = Known::fields(&[1, 2]);
const SAMPLE_V2: Known = Known::fields(&[1, 2, 3]);
/// `Exemplar`.
const EXEMPLAR_VALUE: u32 = fixed64(2);
const EXEMPLAR_TIMESTAMP: u32 = varint(3);
const EXEMPLAR: Known = Known::fields(&[1, 2, 3]);

const NANOS_A_MILLI: i64 = 1_000_000;

/// When a point was taken, and since when it counts, in Unix milliseconds; 0 where nobody said.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Times {
    pub(super) millis: i64,
    pub(super) start_millis: i64,
}

/// A time that does not fit nanoseconds.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("a point has a time of {0} ms, expected one between the years 1678 and 2262")]
struct TimeProblem(i64);

impl Times {
    /// In nanoseconds; the start is `created` where the point has none of its own.
    #[inline]
    fn nanos(self, created: i64) -> Result<(UnixNano, Option<UnixNano>), TimeProblem> {
        let start = if self.start_millis == 0 { created } else { self.start_millis };
        let nanos = |millis: i64| millis.checked_mul(NANOS_A_MILLI).ok_or(TimeProblem(millis));
        Ok((nanos(self.millis)?, if start == 0 { None } else { Some(nanos(start)?) }))
    }
}

/// Decodes a request into a builder.
pub(super) fn walk(
    version: RemoteWrite,
    body: &[u8],
    builder: &mut SeriesBuilder<'_>,
) -> Result<(), Fault> {
    match version {
        RemoteWrite::V1 => walk_v1(body, builder),
        RemoteWrite::V2 => walk_v2(body, builder),
    }
}

fn walk_v1(body: &[u8], builder: &mut SeriesBuilder<'_>) -> Result<(), Fault> {
    let mut walk = Walk::new(Format { points: [len(2), len(4), len(3)], symbols: None });
    let (mut series, mut metadata) = (0, 0);
    let mut request = Reader::new(body);
    while let Some(tag) = request.tag()? {
        match tag {
            SERIES_V1 => {
                let message = request.bytes();
                message
                    .and_then(|message| walk.series(message, builder))
                    .within_element("timeseries", series)?;
                series += 1;
            }
            METADATA_V1 => {
                let (message, time) = (request.bytes(), builder.received());
                message
                    .and_then(|message| read_v1(message, builder, time))
                    .within_element("metadata", metadata)?;
                metadata += 1;
            }
            _ => request.skip(tag, REQUEST_V1)?,
        }
    }
    Ok(())
}

fn walk_v2(body: &[u8], builder: &mut SeriesBuilder<'_>) -> Result<(), Fault> {
    let symbols = read_symbols(body)?;
    let mut walk = Walk::new(Format { points: [len(2), len(3), len(4)], symbols: Some(&symbols) });
    let mut series = 0;
    let mut request = Reader::new(body);
    while let Some(tag) = request.tag()? {
        match tag {
            SERIES_V2 => {
                let message = request.bytes();
                message
                    .and_then(|message| walk.series(message, builder))
                    .within_element("timeseries", series)?;
                series += 1;
            }
            _ => request.skip(tag, SKIPPED_V2)?,
        }
    }
    Ok(())
}

/// What the second pass does not read.
const SKIPPED_V2: Known = Known::fields(&[5]);

fn read_symbols(body: &[u8]) -> Result<Vec<&[u8]>, Fault> {
    let mut symbols = Vec::new();
    let mut request = Reader::new(body);
    while let Some(tag) = request.tag()? {
        match tag {
            SYMBOLS => symbols.push(request.bytes().within_element("symbols", symbols.len())?),
            SERIES_V2 => drop(request.bytes()?),
            _ => request.skip(tag, REQUEST_V2)?,
        }
    }
    Ok(symbols)
}

/// Where the versions differ.
#[derive(Clone, Copy)]
struct Format<'s, 'b> {
    /// Tags of samples, histograms and exemplars.
    points: [u32; 3],
    /// The texts of 2.0; that there are some is what makes it 2.0.
    symbols: Option<&'s [&'b [u8]]>,
}

impl<'b> Format<'_, 'b> {
    /// The fields of `TimeSeries`.
    fn known(self) -> Known {
        match self.symbols {
            None => Known::fields(&[1, 2, 3, 4]),
            Some(_) => Known::fields(&[1, 2, 3, 4, 5, 6]),
        }
    }

    /// Reads field 1 of a series or an exemplar; whether it is labels at all.
    #[inline]
    fn read_labels(
        self,
        tag: u32,
        reader: &mut Reader<'b>,
        labels: &mut Labels<'b>,
    ) -> Result<bool, Fault> {
        match (tag, self.symbols) {
            (LABELS, None) => labels.read(reader)?,
            (LABELS, Some(symbols)) => labels.read_refs(reader, symbols)?,
            (LABEL_REF, Some(symbols)) => labels.read_ref(reader, symbols)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// The state of a walk: room for a series, used again.
struct Walk<'s, 'b> {
    format: Format<'s, 'b>,
    labels: Labels<'b>,
    points: Points<'s, 'b>,
    said: Said,
}

/// What a series has besides its labels.
#[derive(Default)]
struct Extent<'b> {
    /// The rest of its message from the first point on.
    points: Option<Reader<'b>>,
    /// Samples and histograms.
    samples: u64,
    metadata: Option<Metadata>,
    created_millis: i64,
}

impl<'s, 'b> Walk<'s, 'b> {
    fn new(format: Format<'s, 'b>) -> Self {
        Self {
            format,
            labels: Labels::default(),
            points: Points {
                format,
                histogram: Histogram::new(format.symbols.is_some()),
                exemplar_labels: Labels::default(),
            },
            said: Said::default(),
        }
    }

    fn series(&mut self, message: &'b [u8], builder: &mut SeriesBuilder<'_>) -> Result<(), Fault> {
        let extent = self.read_extent(message)?;
        let complete = self.labels.complete();
        let list = &mut self.labels.list;
        let mut series = match complete {
            Ok(()) => builder.series(list, extent.samples),
            Err(problem) => {
                builder.reject(extent.samples, format_args!("{}: {problem}", Shown(list)));
                None
            }
        };
        if let (Some(symbols), Some(series)) = (self.format.symbols, &series) {
            if let Some(metadata) = extent.metadata {
                let time = builder.received();
                self.said.see(metadata, series.metric(), symbols, builder, time);
            }
            if extent.samples == 0 && extent.points.is_none() {
                let shown = Shown(series.labels());
                builder.say(format_args!("{shown}: it has no sample, histogram or exemplar"));
            }
        }
        match extent.points {
            Some(points) => {
                self.points.read(points, series.as_mut(), extent.created_millis, builder)
            }
            None => Ok(()),
        }
    }

    /// Reads the labels of a series, and how much else there is.
    fn read_extent(&mut self, message: &'b [u8]) -> Result<Extent<'b>, Fault> {
        self.labels.clear();
        let (format, two) = (self.format, self.format.symbols.is_some());
        let [samples, histograms, exemplars] = format.points;
        let mut extent = Extent::default();
        let mut reader = Reader::new(message);
        loop {
            let before = reader;
            let Some(tag) = reader.tag()? else { return Ok(extent) };
            if tag == samples || tag == histograms || tag == exemplars {
                extent.points.get_or_insert(before);
                extent.samples += u64::from(tag != exemplars);
                reader.bytes()?;
            } else if format.read_labels(tag, &mut reader, &mut self.labels)? {
            } else if two && tag == METADATA {
                let metadata = extent.metadata.get_or_insert_default();
                reader.bytes().and_then(|message| metadata.read(message)).within("metadata")?;
            } else if two && tag == CREATED {
                let millis = reader.varint().within("created_timestamp")?;
                extent.created_millis = millis.cast_signed();
            } else {
                reader.skip(tag, format.known())?;
            }
        }
    }
}

/// Reads the points of a series.
struct Points<'s, 'b> {
    format: Format<'s, 'b>,
    histogram: Histogram,
    exemplar_labels: Labels<'b>,
}

impl<'b> Points<'_, 'b> {
    /// Reads all points; those of no series only to see that they are framed well.
    fn read(
        &mut self,
        mut reader: Reader<'b>,
        mut series: Option<&mut SeriesRef<'_>>,
        created_millis: i64,
        builder: &mut SeriesBuilder<'_>,
    ) -> Result<(), Fault> {
        let [samples, histograms, exemplars] = self.format.points;
        let mut at = [0; 3];
        while let Some(tag) = reader.tag()? {
            let series = series.as_deref_mut();
            if tag == samples {
                let message = reader.bytes();
                message
                    .and_then(|message| self.sample(message, series, created_millis, builder))
                    .within_element("samples", at[0])?;
                at[0] += 1;
            } else if tag == histograms {
                let message = reader.bytes();
                message
                    .and_then(|message| self.histogram(message, series, created_millis, builder))
                    .within_element("histograms", at[1])?;
                at[1] += 1;
            } else if tag == exemplars {
                let message = reader.bytes();
                message
                    .and_then(|message| self.exemplar(message, series, builder))
                    .within_element("exemplars", at[2])?;
                at[2] += 1;
            } else if tag == METADATA {
                reader.bytes()?;
            } else {
                reader.skip(tag, REST)?;
            }
        }
        Ok(())
    }

    #[inline]
    fn sample(
        &self,
        message: &[u8],
        series: Option<&mut SeriesRef<'_>>,
        created_millis: i64,
        builder: &mut SeriesBuilder<'_>,
    ) -> Result<(), Fault> {
        let two = self.format.symbols.is_some();
        let (mut value, mut times) = (0.0, Times::default());
        let mut reader = Reader::new(message);
        while let Some(tag) = reader.tag()? {
            match tag {
                VALUE => value = reader.double().within("value")?,
                TIMESTAMP => times.millis = reader.varint().within("timestamp")?.cast_signed(),
                START_TIMESTAMP if two => {
                    let millis = reader.varint().within("start_timestamp")?;
                    times.start_millis = millis.cast_signed();
                }
                _ => reader.skip(tag, if two { SAMPLE_V2 } else { SAMPLE_V1 })?,
            }
        }
        let Some(series) = series else { return Ok(()) };
        match times.nanos(created_millis) {
            Ok((time, start_time)) => builder.sample(series, time, start_time, value),
            Err(problem) => builder.refuse(1, series, &problem),
        }
        Ok(())
    }

    fn histogram(
        &mut self,
        message: &[u8],
        series: Option<&mut SeriesRef<'_>>,
        created_millis: i64,
        builder: &mut SeriesBuilder<'_>,
    ) -> Result<(), Fault> {
        self.histogram.read(message)?;
        let Some(series) = series else { return Ok(()) };
        let times = self.histogram.times.nanos(created_millis);
        match (times, self.histogram.value()) {
            (Ok((time, start_time)), Ok(value)) => {
                builder.histogram(series, time, start_time, &value);
            }
            (Err(problem), _) => builder.refuse(1, series, &problem),
            (_, Err(problem)) => builder.refuse(1, series, &problem),
        }
        Ok(())
    }

    fn exemplar(
        &mut self,
        message: &'b [u8],
        series: Option<&mut SeriesRef<'_>>,
        builder: &mut SeriesBuilder<'_>,
    ) -> Result<(), Fault> {
        let (format, labels) = (self.format, &mut self.exemplar_labels);
        let (mut value, mut times) = (0.0, Times::default());
        labels.clear();
        let mut reader = Reader::new(message);
        while let Some(tag) = reader.tag()? {
            match tag {
                EXEMPLAR_VALUE => value = reader.double().within("value")?,
                EXEMPLAR_TIMESTAMP => {
                    times.millis = reader.varint().within("timestamp")?.cast_signed();
                }
                _ if format.read_labels(tag, &mut reader, labels)? => {}
                _ => reader.skip(tag, EXEMPLAR)?,
            }
        }
        let Some(series) = series else { return Ok(()) };
        match (times.nanos(0), labels.complete()) {
            (Ok((time, _)), Ok(())) => builder.exemplar(series, time, value, &labels.list),
            (Err(problem), _) => builder.refuse(0, series, &problem),
            (_, Err(problem)) => builder.refuse(0, series, &problem),
        }
        Ok(())
    }
}
