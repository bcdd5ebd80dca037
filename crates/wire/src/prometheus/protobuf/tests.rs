use prost::Message;

use super::*;

/// The messages as prost has them, written from their description.
mod io {
    use prost::Message;

    #[derive(Clone, PartialEq, Message)]
    pub(super) struct LabelPair {
        #[prost(string, tag = "1")]
        pub(super) name: String,
        #[prost(string, tag = "2")]
        pub(super) value: String,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(super) struct Timestamp {
        #[prost(int64, tag = "1")]
        pub(super) seconds: i64,
        #[prost(int32, tag = "2")]
        pub(super) nanos: i32,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(super) struct Exemplar {
        #[prost(message, repeated, tag = "1")]
        pub(super) label: Vec<LabelPair>,
        #[prost(double, tag = "2")]
        pub(super) value: f64,
        #[prost(message, optional, tag = "3")]
        pub(super) timestamp: Option<Timestamp>,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(super) struct Number {
        #[prost(double, tag = "1")]
        pub(super) value: f64,
        #[prost(message, optional, tag = "2")]
        pub(super) exemplar: Option<Exemplar>,
        #[prost(message, optional, tag = "3")]
        pub(super) created_timestamp: Option<Timestamp>,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(super) struct Quantile {
        #[prost(double, tag = "1")]
        pub(super) quantile: f64,
        #[prost(double, tag = "2")]
        pub(super) value: f64,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(super) struct Summary {
        #[prost(uint64, tag = "1")]
        pub(super) sample_count: u64,
        #[prost(double, tag = "2")]
        pub(super) sample_sum: f64,
        #[prost(message, repeated, tag = "3")]
        pub(super) quantile: Vec<Quantile>,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(super) struct Bucket {
        #[prost(uint64, tag = "1")]
        pub(super) cumulative_count: u64,
        #[prost(double, tag = "2")]
        pub(super) upper_bound: f64,
        #[prost(message, optional, tag = "3")]
        pub(super) exemplar: Option<Exemplar>,
        #[prost(double, tag = "4")]
        pub(super) cumulative_count_float: f64,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(super) struct Span {
        #[prost(sint32, tag = "1")]
        pub(super) offset: i32,
        #[prost(uint32, tag = "2")]
        pub(super) length: u32,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(super) struct Histogram {
        #[prost(uint64, tag = "1")]
        pub(super) sample_count: u64,
        #[prost(double, tag = "2")]
        pub(super) sample_sum: f64,
        #[prost(message, repeated, tag = "3")]
        pub(super) bucket: Vec<Bucket>,
        #[prost(double, tag = "4")]
        pub(super) sample_count_float: f64,
        #[prost(sint32, tag = "5")]
        pub(super) schema: i32,
        #[prost(double, tag = "6")]
        pub(super) zero_threshold: f64,
        #[prost(uint64, tag = "7")]
        pub(super) zero_count: u64,
        #[prost(double, tag = "8")]
        pub(super) zero_count_float: f64,
        #[prost(message, repeated, tag = "9")]
        pub(super) negative_span: Vec<Span>,
        #[prost(sint64, repeated, tag = "10")]
        pub(super) negative_delta: Vec<i64>,
        #[prost(double, repeated, tag = "11")]
        pub(super) negative_count: Vec<f64>,
        #[prost(message, repeated, tag = "12")]
        pub(super) positive_span: Vec<Span>,
        #[prost(sint64, repeated, packed = "false", tag = "13")]
        pub(super) positive_delta: Vec<i64>,
        #[prost(double, repeated, tag = "14")]
        pub(super) positive_count: Vec<f64>,
        #[prost(message, optional, tag = "15")]
        pub(super) created_timestamp: Option<Timestamp>,
        #[prost(message, repeated, tag = "16")]
        pub(super) exemplars: Vec<Exemplar>,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(super) struct Metric {
        #[prost(message, repeated, tag = "1")]
        pub(super) label: Vec<LabelPair>,
        #[prost(message, optional, tag = "2")]
        pub(super) gauge: Option<Number>,
        #[prost(message, optional, tag = "3")]
        pub(super) counter: Option<Number>,
        #[prost(message, optional, tag = "4")]
        pub(super) summary: Option<Summary>,
        #[prost(message, optional, tag = "5")]
        pub(super) untyped: Option<Number>,
        #[prost(int64, tag = "6")]
        pub(super) timestamp_ms: i64,
        #[prost(message, optional, tag = "7")]
        pub(super) histogram: Option<Histogram>,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(super) struct Family {
        #[prost(string, tag = "1")]
        pub(super) name: String,
        #[prost(string, tag = "2")]
        pub(super) help: String,
        #[prost(int32, tag = "3")]
        pub(super) r#type: i32,
        #[prost(message, repeated, tag = "4")]
        pub(super) metric: Vec<Metric>,
        #[prost(string, tag = "5")]
        pub(super) unit: String,
    }
}

/// Writes down what it is given.
#[derive(Default)]
struct Notes {
    lines: Vec<String>,
    series: Vec<String>,
}

impl Visitor for Notes {
    fn family(&mut self, family: &Family<'_>) -> Result<(), String> {
        let Family { name, help, kind, unit } = family;
        self.lines.push(format!("{name} {kind:?} {help:?} {unit:?}"));
        Ok(())
    }

    fn point(&mut self, point: &Point<'_>) -> Result<(), String> {
        if point.name == "stop" {
            return Err("enough".to_owned());
        }
        let mut line = point.name.to_owned();
        for (name, value) in point.labels {
            line += &format!(" {name}={value:?}");
        }
        match point.value {
            PointValue::Number(value) => line += &format!(" is {value:?}"),
            PointValue::Histogram(value) => {
                let side = |side: super::super::BucketSpans<'_>| {
                    let count = |count: &u64| match value.float {
                        true => f64::from_bits(*count).to_string(),
                        false => count.to_string(),
                    };
                    format!(
                        "{:?} {:?}",
                        side.spans,
                        side.counts.iter().map(count).collect::<Vec<_>>()
                    )
                };
                line += &format!(
                    " schema {} count {} sum {:?} zero {} within {:?} up {} down {} hint {}",
                    value.schema,
                    if value.float { f64::from_bits(value.count) } else { value.count as f64 },
                    value.sum,
                    if value.float {
                        f64::from_bits(value.zero_count)
                    } else {
                        value.zero_count as f64
                    },
                    value.zero_threshold,
                    side(value.positive),
                    side(value.negative),
                    value.reset_hint,
                );
            }
        }
        for (word, time) in [("at", point.time), ("since", point.start_time)] {
            line += &time.map(|time| format!(" {word} {}ms", time / 1_000_000)).unwrap_or_default();
        }
        for exemplar in point.exemplars {
            line +=
                &format!(" like {:?} {:?} {:?}", exemplar.labels, exemplar.value, exemplar.time);
        }
        self.lines.push(line);
        self.series.push(point.series.to_owned());
        Ok(())
    }
}

const NATIVE: Histograms = Histograms { native: true, classic: false };

fn body(families: &[io::Family]) -> Vec<u8> {
    families.iter().flat_map(Message::encode_length_delimited_to_vec).collect()
}

fn family(kind: i32, metrics: Vec<io::Metric>) -> io::Family {
    io::Family { name: "a".to_owned(), r#type: kind, metric: metrics, ..io::Family::default() }
}

#[track_caller]
fn check(histograms: Histograms, family: io::Family, expected: &[&str]) {
    let mut notes = Notes::default();
    read_families(&body(&[family]), histograms, &mut notes).unwrap();
    assert_eq!(notes.lines[1..], *expected);
    let unique: std::collections::HashSet<_> = notes.series.iter().collect();
    assert_eq!(unique.len(), notes.series.len());
}

fn labels(pairs: &[(&str, &str)]) -> Vec<io::LabelPair> {
    let pair = |(name, value): &(&str, &str)| io::LabelPair {
        name: (*name).to_owned(),
        value: (*value).to_owned(),
    };
    pairs.iter().map(pair).collect()
}

fn number(value: f64) -> io::Number {
    io::Number { value, ..io::Number::default() }
}

fn exemplar(value: f64, seconds: Option<i64>) -> io::Exemplar {
    io::Exemplar {
        label: labels(&[("t", "x")]),
        value,
        timestamp: seconds.map(|seconds| io::Timestamp { seconds, nanos: 5_999_999 }),
    }
}

fn metric(of: impl FnOnce(&mut io::Metric)) -> Vec<io::Metric> {
    let mut metric = io::Metric::default();
    of(&mut metric);
    vec![metric]
}

#[test]
fn families_say_what_they_are() {
    let of = |kind: i32, metric: Vec<io::Metric>| io::Family {
        help: "h\n\\".to_owned(),
        unit: "s".to_owned(),
        ..family(kind, metric)
    };
    let families =
        [of(0, vec![]), of(1, vec![]), of(2, vec![]), of(3, vec![]), of(4, vec![]), of(5, vec![])];
    let mut notes = Notes::default();
    read_families(&body(&families), NATIVE, &mut notes).unwrap();
    let kinds = ["Counter", "Gauge", "Summary", "Unknown", "Histogram", "GaugeHistogram"];
    let expected: Vec<_> =
        kinds.iter().map(|kind| format!("a {kind} \"h\\n\\\\\" \"s\"")).collect();
    assert_eq!(notes.lines, expected);
}

#[test]
fn numbers() {
    let gauge = metric(|metric| {
        metric.label = labels(&[("b", "c"), ("d", "")]);
        metric.gauge = Some(number(1.5));
        metric.timestamp_ms = 1234;
    });
    check(NATIVE, family(1, gauge), &["a b=\"c\" d=\"\" is 1.5 at 1234ms"]);
    let untyped = metric(|metric| metric.untyped = Some(number(f64::INFINITY)));
    check(NATIVE, family(3, untyped), &["a is inf"]);
    let counter = metric(|metric| {
        metric.counter = Some(io::Number {
            value: 3.0,
            exemplar: Some(exemplar(0.5, Some(7))),
            created_timestamp: Some(io::Timestamp { seconds: 2, nanos: 0 }),
        });
    });
    let expected = "a is 3.0 since 2000ms like [(\"t\", \"x\")] 0.5 Some(7005000000)";
    check(NATIVE, family(0, counter), &[expected]);
    let two = [gauge_of("1"), gauge_of("2")].concat();
    check(NATIVE, family(1, two), &["a b=\"1\" is 0.0", "a b=\"2\" is 0.0"]);
}

fn gauge_of(label: &str) -> Vec<io::Metric> {
    metric(|metric| {
        metric.label = labels(&[("b", label)]);
        metric.gauge = Some(number(0.0));
    })
}

#[test]
fn summaries() {
    let summary = metric(|metric| {
        let quantile = |quantile, value| io::Quantile { quantile, value };
        metric.summary = Some(io::Summary {
            sample_count: 4,
            sample_sum: 2.5,
            quantile: vec![quantile(0.5, 1.0), quantile(1.0, f64::NAN)],
        });
    });
    let expected = [
        "a_count is 4.0",
        "a_sum is 2.5",
        "a quantile=\"0.5\" is 1.0",
        "a quantile=\"1.0\" is NaN",
    ];
    check(NATIVE, family(2, summary), &expected);
}

fn bucket(cumulative_count: u64, upper_bound: f64) -> io::Bucket {
    io::Bucket { cumulative_count, upper_bound, ..io::Bucket::default() }
}

#[test]
fn histograms_of_buckets() {
    let histogram = |bucket: Vec<io::Bucket>| {
        metric(|metric| {
            metric.histogram = Some(io::Histogram {
                sample_count: 4,
                sample_sum: 2.5,
                bucket,
                ..io::Histogram::default()
            });
        })
    };
    let expected = [
        "a_count is 4.0",
        "a_sum is 2.5",
        "a_bucket le=\"1.0\" is 3.0 like [(\"t\", \"x\")] 0.5 None",
        "a_bucket le=\"+Inf\" is 4.0",
    ];
    let first = io::Bucket { exemplar: Some(exemplar(0.5, None)), ..bucket(3, 1.0) };
    // The last one is there, or goes without saying.
    for buckets in [vec![first.clone(), bucket(4, f64::INFINITY)], vec![first]] {
        check(NATIVE, family(4, histogram(buckets.clone())), &expected);
        check(Histograms::default(), family(5, histogram(buckets)), &expected);
    }
}

fn native() -> io::Histogram {
    let span = |offset, length| io::Span { offset, length };
    io::Histogram {
        sample_count: 9,
        sample_sum: 2.5,
        schema: 3,
        zero_threshold: 0.25,
        zero_count: 1,
        negative_span: vec![span(-2, 1)],
        negative_delta: vec![2],
        positive_span: vec![span(0, 2), span(1, 1)],
        positive_delta: vec![1, 2, -1],
        ..io::Histogram::default()
    }
}

#[test]
fn native_histograms() {
    let of = |histogram| metric(|metric| metric.histogram = Some(histogram));
    let whole = "a schema 3 count 9 sum 2.5 zero 1 within 0.25 up [(0, 2), (1, 1)] [\"1\", \"3\", \"2\"] \
                 down [(-2, 1)] [\"2\"] hint 0";
    check(NATIVE, family(4, of(native())), &[whole]);
    check(NATIVE, family(5, of(native())), &[&whole.replace("hint 0", "hint 3")]);
    // Not asked for, and no buckets to give instead.
    check(Histograms::default(), family(4, of(native())), &[]);

    let both = io::Histogram { bucket: vec![bucket(9, f64::INFINITY)], ..native() };
    let classic = ["a_count is 9.0", "a_sum is 2.5", "a_bucket le=\"+Inf\" is 9.0"];
    check(NATIVE, family(4, of(both.clone())), &[whole]);
    check(Histograms::default(), family(4, of(both.clone())), &classic);
    let all = Histograms { native: true, classic: true };
    check(all, family(4, of(both)), &[whole, classic[0], classic[1], classic[2]]);
}

#[test]
fn native_histograms_of_doubles() {
    let span = |offset, length| io::Span { offset, length };
    let float = io::Histogram {
        sample_count_float: 4.5,
        zero_count_float: 0.5,
        positive_span: vec![span(3, 2)],
        positive_count: vec![1.5, 2.5],
        ..io::Histogram::default()
    };
    let expected = "a schema 0 count 4.5 sum 0.0 zero 0.5 within 0.0 up [(3, 2)] [\"1.5\", \"2.5\"] \
                    down [] [] hint 0";
    check(NATIVE, family(4, metric(|metric| metric.histogram = Some(float))), &[expected]);
}

#[test]
fn exemplars_of_native_histograms_have_times() {
    let timed = |histogram: io::Histogram| {
        let mut notes = Notes::default();
        let metric = metric(|metric| metric.histogram = Some(histogram));
        read_families(&body(&[family(4, metric)]), NATIVE, &mut notes).unwrap();
        notes.lines.last().unwrap().matches(" like ").count()
    };
    let exemplars = vec![exemplar(1.0, Some(1)), exemplar(2.0, None), exemplar(3.0, Some(3))];
    assert_eq!(timed(io::Histogram { exemplars, ..native() }), 2);
    let bucket = io::Bucket { exemplar: Some(exemplar(1.0, Some(1))), ..bucket(9, 1.0) };
    assert_eq!(timed(io::Histogram { bucket: vec![bucket], ..native() }), 1);
}

#[test]
fn faults_have_a_place() {
    let wrong = |body: &[u8]| read_families(body, NATIVE, &mut Notes::default()).unwrap_err();
    let good = body(&[family(1, gauge_of("x"))]);
    for cut in 1..good.len() {
        let error = wrong(&good[..cut]);
        assert!(
            error.starts_with("cannot decode io.prometheus.client.MetricFamily at byte "),
            "{error}"
        );
    }
    assert!(wrong(&body(&[io::Family::default()])).contains("the family has no name"));
    assert!(wrong(&body(&[family(6, vec![])])).contains("type 6 is unknown, expected 0 to 5"));
    let other = metric(|metric| metric.gauge = Some(number(1.0)));
    assert!(wrong(&body(&[family(0, other)])).contains("no value of the type of its family"));
    let nameless = metric(|metric| {
        metric.label = labels(&[("", "x")]);
        metric.gauge = Some(number(1.0));
    });
    let error = wrong(&body(&[family(1, nameless)]));
    assert!(error.contains("metric[0].label") && error.contains("no name"), "{error}");
    let below = io::Histogram { positive_delta: vec![1, -2, 0], ..native() };
    let error = wrong(&body(&[family(4, metric(|metric| metric.histogram = Some(below)))]));
    assert!(error.contains("below 0"), "{error}");
    let stop = io::Family { name: "stop".to_owned(), ..family(1, gauge_of("x")) };
    assert_eq!(wrong(&body(&[stop])), "enough");
    // An empty body exposes nothing.
    read_families(b"", NATIVE, &mut Notes::default()).unwrap();
}

#[test]
fn texts_that_could_pass_for_another_series() {
    let series = |family: io::Family| {
        let mut notes = Notes::default();
        read_families(&body(&[family]), NATIVE, &mut notes).unwrap();
        notes.series.remove(0)
    };
    let plain = |name: &str, pairs: &[(&str, &str)]| {
        let metric = metric(|metric| {
            metric.label = labels(pairs);
            metric.gauge = Some(number(1.0));
        });
        series(io::Family { name: name.to_owned(), ..family(1, metric) })
    };
    assert_ne!(plain("a", &[("b", "c")]), plain("a1:b1:c", &[]));
    assert_ne!(plain("a", &[("b", "c"), ("d", "e")]), plain("a", &[("b", "c1:d1:e")]));
    assert_eq!(plain("a", &[("b", "c")]), plain("a", &[("b", "c")]));
}

proptest::proptest! {
    /// Any bytes end without a panic, and so does a body with one byte changed.
    #[test]
    fn any_bytes_end(noise: Vec<u8>, at: proptest::sample::Index, byte: u8) {
        drop(read_families(&noise, NATIVE, &mut Notes::default()));
        let both = io::Histogram { bucket: vec![bucket(9, 1.0)], ..native() };
        let metric = metric(|metric| {
            metric.label = labels(&[("b", "c")]);
            metric.histogram = Some(both);
        });
        let mut body = body(&[family(4, metric)]);
        let at = at.index(body.len());
        body[at] = byte;
        drop(read_families(&body, NATIVE, &mut Notes::default()));
    }
}
