//! What is wrong with a request: what is lost by it, and what the sender is told.

use plimsoll_wire::otlp::Limits;
use plimsoll_wire::prometheus::{Built, RemoteWrite, decode_remote_write};
use prost::Message;

use super::agree::{Fresh, Verdict, WINDOW, agree};
use super::messages::{
    BucketSpan, Count, Exemplar, ExemplarV2, Histogram, Label, Metadata, MetricMetadata, Request,
    Sample, SampleV2, TimeSeries, TimeSeriesV2, WriteRequest,
};

const NOW: i64 = 1_763_800_000_000;

pub(crate) fn labels(pairs: &[(&str, &str)]) -> Vec<Label> {
    let label =
        |(name, value): &(&str, &str)| Label { name: (*name).into(), value: (*value).into() };
    pairs.iter().map(label).collect()
}

pub(crate) fn sample(timestamp: i64, value: f64) -> Sample {
    Sample { value, timestamp }
}

fn series(pairs: &[(&str, &str)]) -> TimeSeries {
    TimeSeries { labels: labels(pairs), samples: vec![sample(NOW, 1.0)], ..TimeSeries::default() }
}

fn built(version: RemoteWrite, request: &impl Message) -> Built {
    let body = request.encode_to_vec();
    assert_eq!(agree(version, &body), Verdict::Same);
    decode_remote_write(version, &body, &Fresh, &WINDOW, &Limits::default())
        .expect("the framing is fine")
}

/// One bad series of 1.0 beside a good one.
fn check(bad: TimeSeries, rejected: u64, message: &str) {
    let timeseries = vec![bad, series(&[("__name__", "good")])];
    let built = built(RemoteWrite::V1, &WriteRequest { timeseries, metadata: Vec::new() });
    assert_eq!((built.rejected, built.message.as_str()), (rejected, message));
    assert!(built.samples >= 1, "the good one is kept");
}

fn check_labels(pairs: &[(&str, &str)], message: &str) {
    check(series(pairs), 1, message);
}

#[test]
fn labels_that_make_no_series() {
    check_labels(&[], "{}: it has no __name__, which names its metric");
    check_labels(&[("job", "a")], "{job=\"a\"}: it has no __name__, which names its metric");
    check_labels(
        &[("__name__", "m"), ("a", "1"), ("b", "2"), ("a", "3")],
        "m{a=\"1\", a=\"3\", b=\"2\"}: label \"a\" is there twice",
    );
    check_labels(&[("__name__", "m"), ("", "1")], "m{=\"1\"}: a label's name is empty");
    let mut bad = series(&[("__name__", "m"), ("a", "1")]);
    bad.labels[1].value = vec![0xff];
    check(bad, 1, "m{a=\"\u{fffd}\"}: a label is not UTF-8");
    let mut many = series(&[("__name__", "m")]);
    many.labels
        .extend((0..256).map(|at| Label { name: format!("l{at}").into(), value: b"v".to_vec() }));
    many.samples.push(sample(NOW + 1, 2.0));
    let shown: String = (0..12).map(|at| format!("l{at}=\"v\", ")).collect();
    check(many, 2, &format!("m{{{shown}…}}: it has over 256 labels, send fewer"));
}

#[test]
fn unordered_labels_are_no_fault() {
    let ordered = series(&[("__name__", "m"), ("a", "1"), ("b", "2")]);
    let unordered = series(&[("b", "2"), ("__name__", "m"), ("c", ""), ("a", "1")]);
    let timeseries = vec![ordered, unordered];
    let built = built(RemoteWrite::V1, &WriteRequest { timeseries, metadata: Vec::new() });
    assert_eq!(
        (built.rejected, built.samples, built.batch.rows()),
        (0, 2, 2),
        "a repeat is kept once"
    );
}

#[test]
fn samples_out_of_bounds_or_at_odds() {
    let with = |samples: Vec<Sample>| TimeSeries { samples, ..series(&[("__name__", "m")]) };
    check(
        with(vec![sample(NOW, 1.0), sample(1_000, 2.0), sample(1_790_000_000_000, 3.0)]),
        2,
        "m{}: a point is 1763799999 s old, older than metrics are kept; \
         m{}: a point is 26200000 s ahead of this server's clock, check the sender's",
    );
    check(
        with(vec![sample(i64::MAX, 1.0)]),
        1,
        "m{}: a point has a time of 9223372036854775807 ms, expected one between the years 1678 and 2262",
    );
    // The least and the greatest that nanoseconds hold.
    check(
        with(vec![sample(i64::MIN / 1_000_000, 1.0), sample(i64::MAX / 1_000_000, 1.0)]),
        2,
        "m{}: a point is 9223372036 s old, older than metrics are kept; \
         m{}: a point is 7459572036 s ahead of this server's clock, check the sender's",
    );
    check(
        with(vec![sample(NOW, 1.0), sample(NOW, 1.0), sample(NOW, 2.0)]),
        1,
        "m{}: a sample of the same time has another value",
    );
}

#[test]
fn only_the_first_few_reasons_are_told() {
    let timeseries = (0..1_000).map(|at| series(&[("bad", &at.to_string())])).collect();
    let built = built(RemoteWrite::V1, &WriteRequest { timeseries, metadata: Vec::new() });
    assert_eq!((built.rejected, built.message.split("; ").count()), (1_000, 5));
    assert!(built.batch.is_empty());
}

fn check_histogram(histogram: Histogram, problem: &str) {
    let histograms = vec![Histogram { timestamp: NOW, ..histogram }];
    let bad = TimeSeries { samples: Vec::new(), histograms, ..series(&[("__name__", "h")]) };
    check(bad, 1, &format!("h{{}}: {problem}"));
}

#[test]
fn histograms_that_are_not_whole() {
    let spans = |spans: &[(i32, u32)]| -> Vec<BucketSpan> {
        spans.iter().map(|&(offset, length)| BucketSpan { offset, length }).collect()
    };
    let of = |list: &[(i32, u32)], deltas: &[i64], count| Histogram {
        positive_spans: spans(list),
        positive_deltas: deltas.to_vec(),
        count: Some(Count::Int(count)),
        ..Histogram::default()
    };
    let invalid = |problem: &str| format!("a histogram is not valid: {problem}");
    check_histogram(of(&[(0, 2)], &[1], 1), &invalid("its spans need 2 buckets, it has 1"));
    check_histogram(
        of(&[(0, u32::MAX)], &[1], 1),
        &invalid("its spans need 4294967295 buckets, it has 1"),
    );
    check_histogram(of(&[(0, 1), (-2, 1)], &[1, 0], 2), &invalid("a span goes back by -2"));
    check_histogram(
        of(&[(0, 1)], &[1], 2),
        &invalid("its buckets count 1 observations, it says it has 2"),
    );
    check_histogram(
        of(&[(0, 1), (i32::MAX, 1)], &[1, 0], 2),
        &invalid("it spans more than 16384 buckets, use a coarser resolution"),
    );
    check_histogram(
        of(&[(i32::MAX, 0), (i32::MAX, 1)], &[1], 1),
        &invalid("the index of a bucket is 4294967294, beyond 32 bits"),
    );
    let below = "the differences of a histogram's buckets make a count below 0 or above 2^63";
    check_histogram(of(&[(0, 2)], &[1, -2], 1), below);
    check_histogram(of(&[(0, 2)], &[i64::MAX, i64::MAX], 1), below);
    check_histogram(
        Histogram { schema: 9, ..Histogram::default() },
        &invalid("its schema is 9, expected -4 to 8 or -53"),
    );
    check_histogram(
        Histogram { schema: -53, custom_values: vec![2.0, 1.0], ..Histogram::default() },
        &invalid("custom bounds must grow, be numbers and leave the last bucket open"),
    );
    check_histogram(
        Histogram { schema: -53, zero_threshold: 1.0, ..Histogram::default() },
        &invalid("it has custom bounds and a zero bucket or negative buckets"),
    );
    check_histogram(
        Histogram { schema: -53, custom_values: vec![1.0], ..of(&[(2, 1)], &[1], 1) },
        &invalid("its buckets reach beyond its 1 custom bounds"),
    );
    check_histogram(
        Histogram { count: Some(Count::Float(-1.0)), ..Histogram::default() },
        &invalid("a count is negative"),
    );
    check_histogram(
        Histogram { positive_deltas: vec![0; 20_000], ..Histogram::default() },
        "a histogram has over 16384 spans, buckets or bounds, use a coarser resolution",
    );
}

#[test]
fn exemplars_are_lost_alone_and_not_counted() {
    let exemplar = |pairs: &[(&str, &str)], timestamp| Exemplar {
        labels: labels(pairs),
        value: 1.0,
        timestamp,
    };
    let mut bytes = exemplar(&[("a", "")], NOW);
    bytes.labels[0].value.push(0xff);
    let many = vec![("l", "v"); 257];
    let exemplars = vec![
        exemplar(&[], 1_000),
        bytes,
        exemplar(&many, NOW),
        exemplar(&[], i64::MIN),
        exemplar(&[], NOW),
    ];
    let bad = TimeSeries { exemplars, ..series(&[("__name__", "m")]) };
    check(
        bad,
        0,
        "m{}: an exemplar is not kept: a point is 1763799999 s old, older than metrics are kept; \
         m{}: an exemplar is not kept: a label is not UTF-8; \
         m{}: an exemplar is not kept: it has 257 labels of 514 bytes, at most 256 of 4096 are taken; \
         m{}: a point has a time of -9223372036854775808 ms, expected one between the years 1678 and 2262",
    );
}

#[test]
fn metadata_that_describes_nothing_is_told() {
    let metadata = vec![
        MetricMetadata {
            kind: 1,
            metric_family_name: Vec::new(),
            help: b"x".to_vec(),
            unit: Vec::new(),
        },
        MetricMetadata {
            kind: 1,
            metric_family_name: b"m".to_vec(),
            help: vec![0xff],
            unit: Vec::new(),
        },
    ];
    let built = built(RemoteWrite::V1, &WriteRequest { timeseries: Vec::new(), metadata });
    let texts = "expected a name and UTF-8 texts of at most 16384 bytes, found 1";
    assert_eq!(built.message, format!("metadata of {{}}: {texts}; metadata of m{{}}: {texts}"));
}

/// One bad series of 2.0 beside a good one.
fn check_v2(bad: TimeSeriesV2, rejected: u64, message: &str) {
    let symbols = ["", "__name__", "m", "a", "1"].map(|text| text.as_bytes().to_vec()).to_vec();
    let samples = vec![SampleV2 { value: 1.0, timestamp: NOW, start_timestamp: 0 }];
    let good = TimeSeriesV2 { labels_refs: vec![1, 2], samples, ..TimeSeriesV2::default() };
    let built = built(RemoteWrite::V2, &Request { symbols, timeseries: vec![bad, good] });
    assert_eq!((built.rejected, built.message.as_str()), (rejected, message));
    assert_eq!(built.samples, 1, "the good one is kept");
}

#[test]
fn references_that_lead_nowhere() {
    let with = |refs: &[u32]| TimeSeriesV2 {
        labels_refs: refs.to_vec(),
        samples: vec![SampleV2 { value: 1.0, timestamp: NOW, start_timestamp: 0 }; 2],
        ..TimeSeriesV2::default()
    };
    check_v2(with(&[1, 2, 3, 5]), 2, "m{}: reference 5 is beyond the 5 symbols of the request");
    check_v2(
        with(&[u32::MAX]),
        2,
        "{}: reference 4294967295 is beyond the 5 symbols of the request",
    );
    check_v2(
        with(&[1, 2, 3]),
        2,
        "m{}: it has 3 references, expected a name's and a value's in turn",
    );
    check_v2(with(&[1, 2, 0, 4]), 2, "m{=\"1\"}: a label's name is empty");
    check_v2(
        TimeSeriesV2 { labels_refs: vec![1, 2], ..TimeSeriesV2::default() },
        0,
        "m{}: it has no sample, histogram or exemplar",
    );
    let exemplar =
        |refs: &[u32]| ExemplarV2 { labels_refs: refs.to_vec(), value: 1.0, timestamp: NOW };
    check_v2(
        TimeSeriesV2 {
            labels_refs: vec![1, 2],
            exemplars: vec![exemplar(&[3]), exemplar(&[3, 9]), exemplar(&[3, 4])],
            metadata: Some(Metadata { kind: 1, help_ref: 7, unit_ref: 0 }),
            ..TimeSeriesV2::default()
        },
        0,
        "metadata of m: references 7 and 0, expected symbols of the 5 that the request has; \
         m{}: it has 1 references, expected a name's and a value's in turn; \
         m{}: reference 9 is beyond the 5 symbols of the request",
    );
}

fn check_refused(version: RemoteWrite, body: &[u8], message: &str) {
    let limits = Limits { body_bytes_max: 1_000, ..Limits::default() };
    let error = decode_remote_write(version, body, &Fresh, &WINDOW, &limits);
    let error = error.expect_err("it is no request");
    assert_eq!(error.to_string(), message);
}

#[test]
fn broken_framing_refuses_the_whole_and_says_where() {
    let v1 = RemoteWrite::V1;
    check_refused(
        v1,
        &[0x0a, 5, 0x0a, 3, 0x0a, 9, b'x'],
        "cannot decode prometheus.WriteRequest at byte 6 in timeseries[0].labels[0].name: \
         expected 9 more bytes, found 1",
    );
    check_refused(
        v1,
        &[0x0a, 0x84, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
        "cannot decode prometheus.WriteRequest at byte 11 in timeseries[0]: \
         expected 18446744073709551492 more bytes, found 0",
    );
    // A series whose labels are bad is read to its end all the same.
    check_refused(
        v1,
        &[0x0a, 4, 0x12, 2, 0x09, 1],
        "cannot decode prometheus.WriteRequest at byte 5 in timeseries[0].samples[0].value: \
         expected 8 more bytes, found 1",
    );
    check_refused(
        v1,
        &[0x0a, 2, 0x08, 1],
        "cannot decode prometheus.WriteRequest at byte 3 in timeseries[0]: \
         field 1 has wire type 0, which is not its own",
    );
    check_refused(
        RemoteWrite::V2,
        &[0x2a, 6, 0x1a, 4, 0x5a, 2, 0x08, 0x80],
        "cannot decode io.prometheus.write.v2.Request at byte 7 in \
         timeseries[0].histograms[0].positive_spans.offset: a varint is cut short",
    );
    check_refused(
        RemoteWrite::V2,
        &[0x22, 3, b'x'],
        "cannot decode io.prometheus.write.v2.Request at byte 2 in symbols[0]: \
         expected 3 more bytes, found 1",
    );
    check_refused(
        v1,
        &[0; 1_001],
        "cannot decode prometheus.WriteRequest at byte 0: it has 1001 bytes, at most 1000 are taken; \
         send smaller batches",
    );
}

/// What the other version sends has no field that this one knows.
#[test]
fn a_request_of_the_other_version_is_empty() {
    let timeseries = vec![series(&[("__name__", "m")])];
    let old = WriteRequest { timeseries, metadata: Vec::new() };
    let built = built(RemoteWrite::V2, &old);
    assert!(built.batch.is_empty() && built.rejected == 0);
}
