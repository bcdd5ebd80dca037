//! Requests of any shape: mostly as senders make them, with everything that can be wrong now and
//! then.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;

use super::messages::{
    BucketSpan, Count, Exemplar, ExemplarV2, Histogram, Label, Metadata, MetricMetadata, Request,
    Sample, SampleV2, TimeSeries, TimeSeriesV2, WriteRequest, ZeroCount,
};

/// The mark of an ended series.
const STALE: f64 = f64::from_bits(0x7ff0_0000_0000_0002);
const ODD_NUMBERS: &[f64] = &[0.0, -0.0, f64::NAN, f64::INFINITY, STALE];

fn texts(words: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        40 => prop::sample::select(words).prop_map(|word| word.as_bytes().to_vec()),
        4 => "[a-z\\$\"é\n]{0,6}".prop_map(String::into_bytes),
        1 => vec(any::<u8>(), 0..4),
    ]
}

fn labels() -> impl Strategy<Value = Vec<Label>> {
    let metric = texts(&["up", "rpc_seconds", "rpc_seconds_bucket", "rpc_seconds_sum", ""]);
    let others =
        vec((texts(&["job", "instance", "le", "a", "b"]), texts(&["x", "y", "1", ""])), 0..5);
    (option::weighted(0.95, metric), others, 0..10_u8).prop_map(|(metric, others, order)| {
        let mut labels: Vec<Label> =
            others.into_iter().map(|(name, value)| Label { name, value }).collect();
        labels.extend(metric.map(|value| Label { name: b"__name__".to_vec(), value }));
        if order > 0 {
            labels.sort_by(|a, b| a.name.cmp(&b.name));
            labels.dedup_by(|a, b| a.name == b.name);
        }
        labels
    })
}

fn exemplar_labels() -> impl Strategy<Value = Vec<Label>> {
    let trace = "[0-9a-f]{32}|[0-9A-F]{32}|0{32}|[0-9a-g]{31}";
    let span = "[0-9a-f]{16}|0{16}|[xyz]{2}";
    let one = prop_oneof![
        2 => ("trace_id|traceID", trace),
        2 => ("span_id|spanID", span),
        1 => ("[a-z\\$]{0,3}", "[a-z\"\\\\\n\u{1}]{0,5}"),
    ];
    let labels = vec(one, 0..4).prop_map(|labels| {
        let label = |(name, value): (String, String)| (name.into_bytes(), value.into_bytes());
        labels.into_iter().map(label).map(|(name, value)| Label { name, value }).collect()
    });
    prop_oneof![9 => labels, 1 => super::arbitrary::labels()]
}

/// Unix milliseconds, few enough to meet again; some outside the window and beyond nanoseconds.
fn millis() -> impl Strategy<Value = i64> {
    prop_oneof![
        20 => (0..4_i64).prop_map(|step| 1_763_800_000_000 + step * 15_000),
        4 => (0..3_i64).prop_map(|day| 1_763_769_600_000 + day * 86_400_000),
        1 => prop::sample::select(&[0, -1, 1_740_000_000_000, i64::MAX, i64::MIN, 9_223_372_036_854][..]),
    ]
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => (0..5_i32).prop_map(f64::from),
        1 => any::<f64>(),
        1 => prop::sample::select(ODD_NUMBERS),
    ]
}

/// Spans and counts of buckets by index, gaps of one bridged by an empty bucket where `bridged`.
fn runs(buckets: &BTreeMap<i32, u64>, bridged: bool) -> (Vec<BucketSpan>, Vec<i64>) {
    let (mut spans, mut counts): (Vec<BucketSpan>, Vec<i64>) = (Vec::new(), Vec::new());
    let mut next = 0;
    for (&index, &count) in buckets {
        let gap = index - next;
        match spans.last_mut() {
            Some(span) if gap == 0 => span.length += 1,
            Some(span) if gap == 1 && bridged => {
                span.length += 2;
                counts.push(0);
            }
            _ => spans.push(BucketSpan { offset: gap, length: 1 }),
        }
        counts.push(count as i64);
        next = index + 1;
    }
    (spans, counts)
}

fn deltas(counts: &[i64]) -> Vec<i64> {
    let before = [0].into_iter().chain(counts.iter().copied());
    counts.iter().zip(before).map(|(count, before)| count.wrapping_sub(before)).collect()
}

fn whole_histogram() -> impl Strategy<Value = Histogram> {
    let side = || btree_map(-6..9_i32, 0..30_u64, 0..6);
    let shape = (
        side(),
        side(),
        any::<bool>(),
        any::<bool>(),
        prop::sample::select(&[-53, -4, 0, 3, 8][..]),
    );
    (shape, number(), 0..4_u64, millis(), millis(), 0..5_i32).prop_map(
        |((mut above, mut below, bridged, float, schema), sum, zero, timestamp, start, hint)| {
            let custom = schema == -53;
            let zero = if custom { 0 } else { zero };
            if custom {
                above.retain(|index, _| *index >= 0);
                below.clear();
            }
            let count: u64 = above.values().chain(below.values()).sum::<u64>() + zero;
            let (positive_spans, positive) = runs(&above, bridged);
            let (negative_spans, negative) = runs(&below, bridged);
            let mut histogram = Histogram {
                sum,
                schema,
                zero_threshold: if custom { 0.0 } else { 1e-9 },
                positive_spans,
                negative_spans,
                reset_hint: hint,
                timestamp,
                start_timestamp: if start % 2 == 0 { 0 } else { start },
                custom_values: if custom { (0..9).map(f64::from).collect() } else { Vec::new() },
                ..Histogram::default()
            };
            let doubles = |counts: &[i64]| counts.iter().map(|count| *count as f64).collect();
            if float {
                histogram.count = Some(Count::Float(count as f64 + 0.5));
                histogram.zero_count = Some(ZeroCount::Float(zero as f64));
                histogram.positive_counts = doubles(&positive);
                histogram.negative_counts = doubles(&negative);
            } else {
                histogram.count = Some(Count::Int(count));
                histogram.zero_count = Some(ZeroCount::Int(zero));
                histogram.positive_deltas = deltas(&positive);
                histogram.negative_deltas = deltas(&negative);
            }
            histogram
        },
    )
}

/// One in some is changed in one place.
fn histogram() -> impl Strategy<Value = Histogram> {
    let edge = prop::sample::select(&[0, 1, -1, i32::MAX, i32::MIN][..]);
    (whole_histogram(), 0..30_u8, edge, any::<u32>()).prop_map(
        |(mut histogram, change, edge, wide)| {
            let spans = &mut histogram.positive_spans;
            match change {
                0 => histogram.schema = edge,
                1 => spans.push(BucketSpan { offset: edge, length: 0 }),
                2 => spans.insert(0, BucketSpan { offset: edge, length: 0 }),
                3 => spans.extend(vec![BucketSpan { offset: edge, length: wide }]),
                4 => drop(histogram.positive_deltas.pop()),
                5 => histogram.negative_deltas.push(i64::from(edge)),
                6 => histogram.positive_counts.push(f64::from(edge)),
                7 => histogram.count = Some(Count::Int(u64::from(wide))),
                8 => histogram.zero_count = None,
                9 => histogram.custom_values.push(f64::from(edge)),
                10 => histogram.count = None,
                11 => histogram.sum = STALE,
                _ => {}
            }
            histogram
        },
    )
}

fn sample() -> impl Strategy<Value = Sample> {
    (number(), millis()).prop_map(|(value, timestamp)| Sample { value, timestamp })
}

fn exemplar() -> impl Strategy<Value = Exemplar> {
    let parts = (exemplar_labels(), number(), millis());
    parts.prop_map(|(labels, value, timestamp)| Exemplar { labels, value, timestamp })
}

fn series() -> impl Strategy<Value = TimeSeries> {
    let points = prop_oneof![
        4 => vec(sample(), 0..4).prop_map(|samples| (samples, Vec::new())),
        3 => vec(histogram(), 0..3).prop_map(|histograms| (Vec::new(), histograms)),
        1 => (vec(sample(), 0..2), vec(histogram(), 0..2)),
    ];
    (labels(), points, vec(exemplar(), 0..2)).prop_map(
        |(labels, (samples, histograms), exemplars)| TimeSeries {
            labels,
            samples,
            exemplars,
            histograms,
        },
    )
}

/// Requests of 1.0.
pub(crate) fn v1() -> impl Strategy<Value = WriteRequest> {
    let words: &[&str] = &["up", "rpc_seconds", ""];
    let parts = (0..9_i32, texts(words), texts(&["Help.", ""]), texts(&["seconds", ""]));
    let metadata = parts.prop_map(|(kind, metric_family_name, help, unit)| MetricMetadata {
        kind,
        metric_family_name,
        help,
        unit,
    });
    (vec(series(), 0..5), vec(metadata, 0..3))
        .prop_map(|(timeseries, metadata)| WriteRequest { timeseries, metadata })
}

/// A table of texts that begins with the empty one.
struct Symbols(Vec<Vec<u8>>);

impl Symbols {
    fn number(&mut self, text: Vec<u8>) -> u32 {
        let found = self.0.iter().position(|known| *known == text);
        found.unwrap_or_else(|| {
            self.0.push(text);
            self.0.len() - 1
        }) as u32
    }

    fn refs(&mut self, labels: Vec<Label>) -> Vec<u32> {
        let labels = labels.into_iter();
        labels.flat_map(|label| [self.number(label.name), self.number(label.value)]).collect()
    }
}

/// A request of 2.0 that says what one of 1.0 does, with starts where `start` is not 0.
pub(crate) fn in_v2(request: WriteRequest, start: i64) -> Request {
    let mut symbols = Symbols(vec![Vec::new()]);
    let series = request.timeseries.into_iter().map(|series| TimeSeriesV2 {
        labels_refs: symbols.refs(series.labels),
        samples: (series.samples.iter())
            .map(|sample| SampleV2 {
                value: sample.value,
                timestamp: sample.timestamp,
                start_timestamp: if sample.timestamp % 2 == 0 { start } else { 0 },
            })
            .collect(),
        histograms: series.histograms,
        exemplars: (series.exemplars.into_iter())
            .map(|exemplar| ExemplarV2 {
                labels_refs: symbols.refs(exemplar.labels),
                value: exemplar.value,
                timestamp: exemplar.timestamp,
            })
            .collect(),
        metadata: None,
        created_timestamp: 0,
    });
    let timeseries = series.collect();
    Request { timeseries, symbols: symbols.0 }
}

/// Requests of 2.0.
pub(crate) fn v2() -> impl Strategy<Value = Request> {
    let metadata = (0..9_i32, 0..9_u32, 0..9_u32).prop_map(|(kind, help_ref, unit_ref)| Metadata {
        kind,
        help_ref,
        unit_ref,
    });
    let more = (option::of(metadata), prop_oneof![5 => Just(0), 1 => millis()]);
    let change = (0..12_u8, prop::sample::select(&[0, 1, 7, 1_000, u32::MAX][..]));
    let parts = (v1(), prop_oneof![Just(0), millis()], vec(more, 5), change);
    parts.prop_map(|(request, start, more, (change, number))| {
        let mut request = in_v2(request, start);
        for (series, (metadata, created)) in request.timeseries.iter_mut().zip(more) {
            (series.metadata, series.created_timestamp) = (metadata, created);
        }
        if let Some(series) = request.timeseries.first_mut() {
            match change {
                0 => series.labels_refs.push(number),
                1 => series.labels_refs.extend([number, number]),
                2 => drop(series.labels_refs.pop()),
                3 => series.exemplars.iter_mut().for_each(|e| e.labels_refs.push(number)),
                4 => request.symbols.clear(),
                _ => {}
            }
        }
        request
    })
}
