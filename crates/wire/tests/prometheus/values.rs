//! What values become, column by column, and that the arbitrary requests are worth something.

use arrow::array::AsArray;
use arrow::datatypes::{Float64Type, Int64Type};
use plimsoll_model::Table;
use plimsoll_wire::otlp::Limits;
use plimsoll_wire::prometheus::{FLAG_FLOAT, RESET_HINT_SHIFT, RemoteWrite, decode_remote_write};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use prost::Message;

use super::agree::{Fresh, WINDOW};
use super::arbitrary;
use super::expected::{Outcome, expect};
use super::messages::{
    BucketSpan, Count, Histogram, Request, SampleV2, TimeSeries, TimeSeriesV2, WriteRequest,
    ZeroCount,
};
use super::rejection::labels;
use super::rows::lines;

const NOW: i64 = 1_763_800_000_000;
const STALE: f64 = f64::from_bits(0x7ff0_0000_0000_0002);

fn decode(timeseries: Vec<TimeSeries>) -> plimsoll_wire::prometheus::Built {
    let body = WriteRequest { timeseries, metadata: Vec::new() }.encode_to_vec();
    decode_remote_write(RemoteWrite::V1, &body, &Fresh, &WINDOW, &Limits::default())
        .expect("the framing is fine")
}

fn column<'a>(
    built: &'a plimsoll_wire::prometheus::Built,
    table: Table,
    name: &str,
) -> &'a dyn arrow::array::Array {
    let (_, rows) =
        built.batch.tables.iter().find(|(found, _)| *found == table).expect("it is there");
    rows.column_by_name(name).expect("it is there")
}

/// The mark of an ended series is a certain NaN among many.
#[test]
fn every_bit_of_a_value_is_kept() {
    let values = [STALE, f64::NAN, -0.0, f64::MIN_POSITIVE / 4.0, f64::NEG_INFINITY];
    // By hand: prost leaves -0 out, for it equals 0.
    let mut series =
        TimeSeries { labels: labels(&[("__name__", "m")]), ..Default::default() }.encode_to_vec();
    for (value, time) in values.iter().zip(NOW as u64..) {
        let mut sample = [&[0x09][..], &value.to_le_bytes(), &[0x10]].concat();
        prost::encoding::encode_varint(time, &mut sample);
        series.extend([0x12, sample.len() as u8]);
        series.extend(sample);
    }
    let body = [&[0x0a, series.len() as u8][..], &series].concat();
    let built =
        decode_remote_write(RemoteWrite::V1, &body, &Fresh, &WINDOW, &Limits::default()).unwrap();
    let kept = column(&built, Table::Samples, "value").as_primitive::<Float64Type>();
    assert!(
        kept.values().iter().zip(values).all(|(kept, value)| kept.to_bits() == value.to_bits())
    );
    let ended = Histogram { sum: STALE, timestamp: NOW, ..Histogram::default() };
    let histograms = vec![ended];
    let built = decode(vec![TimeSeries {
        labels: labels(&[("__name__", "h")]),
        histograms,
        ..Default::default()
    }]);
    let kept = column(&built, Table::Histograms, "sum").as_primitive::<Float64Type>();
    assert_eq!(kept.value(0).to_bits(), STALE.to_bits());
}

fn row_of(histogram: Histogram) -> String {
    let histograms = vec![Histogram { timestamp: NOW, ..histogram }];
    let built = decode(vec![TimeSeries {
        labels: labels(&[("__name__", "h")]),
        histograms,
        ..Default::default()
    }]);
    assert_eq!((built.histograms, built.rejected), (1, 0), "{}", built.message);
    let row = lines(&built.batch)
        .into_iter()
        .find(|line| line.starts_with("histogram"))
        .expect("it is there");
    row.split(' ').skip(4).collect::<Vec<_>>().join(" ")
}

fn spans(spans: &[(i32, u32)]) -> Vec<BucketSpan> {
    spans.iter().map(|&(offset, length)| BucketSpan { offset, length }).collect()
}

/// Prometheus' bucket i ends where OpenTelemetry's i - 1 does.
#[test]
fn a_histogram_of_integers() {
    let histogram = Histogram {
        count: Some(Count::Int(14)),
        zero_count: Some(ZeroCount::Int(2)),
        sum: 1.0,
        schema: 3,
        zero_threshold: 0.5,
        positive_spans: spans(&[(0, 2), (1, 1)]),
        positive_deltas: vec![1, 1, 1],
        negative_spans: spans(&[(-3, 1), (0, 1)]),
        negative_deltas: vec![4, -2],
        reset_hint: 3,
        ..Histogram::default()
    };
    assert_eq!(
        row_of(histogram),
        format!(
            "14 {:x} Some(3) 2 {:x} -1 [1, 2, 0, 3] -4 [4, 2] [] [] {}",
            1.0_f64.to_bits(),
            0.5_f64.to_bits(),
            3 << RESET_HINT_SHIFT
        )
    );
}

#[test]
fn a_histogram_of_doubles_keeps_their_bits() {
    let bits = |value: f64| value.to_bits().cast_signed();
    let histogram = Histogram {
        count: Some(Count::Float(2.5)),
        zero_count: Some(ZeroCount::Float(0.25)),
        positive_spans: spans(&[(1, 1)]),
        positive_counts: vec![1.5],
        // Differences belong to integers; here they mean nothing.
        positive_deltas: vec![9],
        ..Histogram::default()
    };
    assert_eq!(
        row_of(histogram),
        format!(
            "{} 0 Some(0) {} 0 0 [{}] 0 [] [] [] {FLAG_FLOAT}",
            bits(2.5),
            bits(0.25),
            bits(1.5)
        )
    );
}

#[test]
fn a_histogram_of_custom_bounds() {
    let histogram = Histogram {
        count: Some(Count::Int(6)),
        schema: -53,
        positive_spans: spans(&[(1, 1), (1, 1)]),
        positive_deltas: vec![2, 2],
        custom_values: vec![0.5, 1.0, 5.0],
        reset_hint: 1,
        ..Histogram::default()
    };
    let flags = 1 << RESET_HINT_SHIFT;
    assert_eq!(
        row_of(histogram),
        format!("6 0 None 0 0 0 [] 0 [] [\"0.5\", \"1\", \"5\"] [0, 2, 0, 4] {flags}")
    );
}

/// A sample's own start counts before its series' creation.
#[test]
fn starts_of_version_2() {
    let symbols = ["", "__name__", "m"].map(|text| text.as_bytes().to_vec()).to_vec();
    let at = |timestamp, start_timestamp| SampleV2 { value: 1.0, timestamp, start_timestamp };
    let series = |created_timestamp, samples| TimeSeriesV2 {
        labels_refs: vec![1, 2],
        samples,
        created_timestamp,
        ..Default::default()
    };
    let timeseries = vec![
        series(0, vec![at(NOW, 0), at(NOW + 1, NOW - 9)]),
        series(NOW - 5, vec![at(NOW + 2, 0), at(NOW + 3, NOW)]),
    ];
    let body = Request { symbols, timeseries }.encode_to_vec();
    let built =
        decode_remote_write(RemoteWrite::V2, &body, &Fresh, &WINDOW, &Limits::default()).unwrap();
    let starts = column(&built, Table::Samples, "start_time_unix_nano").as_primitive::<Int64Type>();
    let starts: Vec<Option<i64>> =
        starts.iter().map(|start| start.map(|nanos| nanos / 1_000_000)).collect();
    assert_eq!(starts, [None, Some(NOW - 9), Some(NOW - 5), Some(NOW)]);
}

/// Requests that are all refused, or never, would prove nothing in `properties`.
#[test]
fn arbitrary_requests_have_much_of_everything() {
    let mut runner = TestRunner::deterministic();
    let mut all = Outcome::default();
    let mut add = |version, body: &[u8]| {
        let outcome = expect(version, body, &WINDOW).unwrap();
        all.samples += outcome.samples;
        all.histograms += outcome.histograms;
        all.exemplars += outcome.exemplars;
        all.rejected += outcome.rejected;
        all.rows.extend(outcome.rows);
    };
    for _ in 0..200 {
        add(
            RemoteWrite::V1,
            &arbitrary::v1().new_tree(&mut runner).unwrap().current().encode_to_vec(),
        );
        add(
            RemoteWrite::V2,
            &arbitrary::v2().new_tree(&mut runner).unwrap().current().encode_to_vec(),
        );
    }
    let rows = |start: &str| all.rows.iter().filter(|row| row.starts_with(start)).count();
    let counts = [
        all.samples as usize,
        all.histograms as usize,
        all.exemplars as usize,
        all.rejected as usize,
        rows("series"),
        rows("sample"),
        rows("histogram"),
        rows("exemplar"),
    ];
    assert!(counts.iter().all(|count| *count > 100), "{counts:?}");
    let custom = all.rows.iter().filter(|row| row.contains(" None 0 0 0 [] 0 [] [\"0\"")).count();
    assert!(custom > 10, "{custom}");
}
