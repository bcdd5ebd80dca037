//! What metrics are: a list of its own in 1.0, said with each series in 2.0.
//!
//! Invariant: what 2.0 says again for every series of a metric is looked at once a request.

use std::collections::HashSet;

use plimsoll_model::UnixNano;

use crate::otlp::fault::{Fault, Within};
use crate::otlp::reader::{Known, Reader, len, varint};
use crate::prometheus::{MetadataKind, SeriesBuilder};

const TYPE: u32 = varint(1);
/// `MetricMetadata` of 1.0.
const FAMILY: u32 = len(2);
const HELP: u32 = len(4);
const UNIT: u32 = len(5);
const V1: Known = Known::fields(&[1, 2, 4, 5]);
/// `Metadata` of 2.0.
const HELP_REF: u32 = varint(3);
const UNIT_REF: u32 = varint(4);
const V2: Known = Known::fields(&[1, 3, 4]);

fn kind_of(number: i32) -> MetadataKind {
    match number {
        1 => MetadataKind::Counter,
        2 => MetadataKind::Gauge,
        3 => MetadataKind::Histogram,
        4 => MetadataKind::GaugeHistogram,
        5 => MetadataKind::Summary,
        6 => MetadataKind::Info,
        7 => MetadataKind::StateSet,
        _ => MetadataKind::Unknown,
    }
}

/// Reads one `MetricMetadata` of 1.0.
pub(super) fn read_v1(
    message: &[u8],
    builder: &mut SeriesBuilder<'_>,
    time: UnixNano,
) -> Result<(), Fault> {
    let mut kind = MetadataKind::Unknown;
    let (mut family, mut help, mut unit): (&[u8], &[u8], &[u8]) = (b"", b"", b"");
    let mut reader = Reader::new(message);
    while let Some(tag) = reader.tag()? {
        match tag {
            TYPE => kind = kind_of(reader.uint32_bits().within("type")?),
            FAMILY => family = reader.bytes().within("metric_family_name")?,
            HELP => help = reader.bytes().within("help")?,
            UNIT => unit = reader.bytes().within("unit")?,
            _ => reader.skip(tag, V1)?,
        }
    }
    builder.metadata(family, kind, help, unit, time);
    Ok(())
}

/// The `Metadata` of one series of 2.0, texts by number.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct Metadata {
    kind: MetadataKind,
    help: u32,
    unit: u32,
}

impl Metadata {
    pub(super) fn read(&mut self, message: &[u8]) -> Result<(), Fault> {
        let mut reader = Reader::new(message);
        while let Some(tag) = reader.tag()? {
            match tag {
                TYPE => self.kind = kind_of(reader.uint32_bits().within("type")?),
                HELP_REF => self.help = reader.uint32_bits().within("help_ref")?.cast_unsigned(),
                UNIT_REF => self.unit = reader.uint32_bits().within("unit_ref")?.cast_unsigned(),
                _ => reader.skip(tag, V2)?,
            }
        }
        Ok(())
    }
}

/// What a request of 2.0 said so far: the name of a metric by where it is in the request.
#[derive(Default)]
pub(super) struct Said {
    last: Option<(usize, Metadata)>,
    all: HashSet<(usize, Metadata)>,
}

impl Said {
    /// Notes what was said of the metric of a series.
    pub(super) fn see(
        &mut self,
        metadata: Metadata,
        metric: &[u8],
        symbols: &[&[u8]],
        builder: &mut SeriesBuilder<'_>,
        time: UnixNano,
    ) {
        let key = (metric.as_ptr() as usize, metadata);
        if self.last == Some(key) {
            return;
        }
        self.last = Some(key);
        if !self.all.insert(key) {
            return;
        }
        let text = |number: u32| symbols.get(number as usize).copied();
        let (Some(help), Some(unit)) = (text(metadata.help), text(metadata.unit)) else {
            let (help, unit, symbols) = (metadata.help, metadata.unit, symbols.len());
            let name = String::from_utf8_lossy(&metric[..metric.len().min(200)]);
            return builder.say(format_args!(
                "metadata of {name}: references {help} and {unit}, expected symbols of the {symbols} \
                 that the request has"
            ));
        };
        let said = metadata.kind != MetadataKind::Unknown || !help.is_empty() || !unit.is_empty();
        if said {
            builder.metadata(family(metric, metadata.kind), metadata.kind, help, unit, time);
        }
    }
}

/// The metric that a series is part of: of the parts of classic histograms and summaries their common
/// name.
fn family(name: &[u8], kind: MetadataKind) -> &[u8] {
    let suffixes: &[&[u8]] = match kind {
        MetadataKind::Histogram => &[b"_bucket", b"_sum", b"_count"],
        MetadataKind::GaugeHistogram => &[b"_bucket", b"_gsum", b"_gcount"],
        MetadataKind::Summary => &[b"_sum", b"_count"],
        _ => &[],
    };
    let whole = suffixes.iter().find_map(|suffix| name.strip_suffix(*suffix));
    whole.filter(|whole| !whole.is_empty()).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_metric_are_known_by_its_name() {
        let check = |name: &str, kind, expected: &str| {
            assert_eq!(family(name.as_bytes(), kind), expected.as_bytes());
        };
        check("rpc_seconds_bucket", MetadataKind::Histogram, "rpc_seconds");
        check("rpc_seconds_count", MetadataKind::Histogram, "rpc_seconds");
        check("rpc_seconds", MetadataKind::Histogram, "rpc_seconds");
        check("queue_gsum", MetadataKind::GaugeHistogram, "queue");
        check("rpc_seconds_sum", MetadataKind::Summary, "rpc_seconds");
        check("rpc_seconds_bucket", MetadataKind::Summary, "rpc_seconds_bucket");
        check("things_count", MetadataKind::Counter, "things_count");
        check("_sum", MetadataKind::Summary, "_sum");
    }
}
