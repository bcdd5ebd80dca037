//! How long decoding remote write takes: nanoseconds a sample of a series of its own, one thread.
//!
//! `cargo run --release -p plimsoll-wire --example remote_write_speed [rounds [v1|v2|histograms [known|new]]]`.
//! A request has 100,000 series of 9 labels, as node exporters have them, and a sample each; `known`
//! series have their row of the day, `new` ones get it.

#![allow(clippy::print_stdout)]

#[allow(dead_code)]
#[path = "../tests/prometheus/messages.rs"]
mod messages;

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::time::Instant;

use messages::{
    BucketSpan, Count, Histogram, Label, Metadata, Request, Sample, SampleV2, TimeSeries,
    TimeSeriesV2, WriteRequest, ZeroCount,
};
use plimsoll_model::{TimeWindow, UnixNano};
use plimsoll_wire::otlp::Limits;
use plimsoll_wire::prometheus::{
    Admission, Admitted, Candidate, RemoteWrite, SampleVerdict, decode_remote_write,
};
use prost::Message;

const SERIES: usize = 100_000;
const START_MILLIS: i64 = 1_763_800_000_000;

/// Ids are hashes already.
#[derive(Default)]
struct Same(u64);

impl Hasher for Same {
    fn write(&mut self, _: &[u8]) {
        unreachable!("ids are integers");
    }

    fn write_i64(&mut self, id: i64) {
        self.0 = id.cast_unsigned().wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Series that are known, with the time of their newest sample.
#[derive(Default)]
struct Registry {
    numbers: HashMap<i64, u32, BuildHasherDefault<Same>>,
    newest: Vec<UnixNano>,
}

impl Admission for Registry {
    fn series(&self, candidate: &Candidate<'_>) -> Admitted {
        self.numbers.get(&candidate.id).map_or(Admitted::New, |number| Admitted::Known(*number))
    }

    fn sample(&self, _: i64, known: u32, time: UnixNano, _: u64) -> SampleVerdict {
        if self.newest[known as usize] < time { SampleVerdict::Take } else { SampleVerdict::Repeat }
    }
}

fn labels(number: usize) -> Vec<Label> {
    let host = number / 500;
    let metric = number % 500;
    let pairs = [
        ("__name__", format!("node_subsystem_{}_measurements_total", metric / 4)),
        ("cluster", "production-eu-west-1".to_owned()),
        ("cpu", format!("{}", metric % 4)),
        ("device", format!("nvme{}n1", metric % 3)),
        ("env", "production".to_owned()),
        ("instance", format!("node-{host}.eu-west-1.example.com:9100")),
        ("job", "node-exporter".to_owned()),
        ("mode", ["idle", "system", "user", "iowait"][metric % 4].to_owned()),
        ("region", "eu-west-1".to_owned()),
    ];
    let label = |(name, value): (&str, String)| (name.as_bytes().to_vec(), value.into_bytes());
    pairs.into_iter().map(label).map(|(name, value)| Label { name, value }).collect()
}

fn v1(histogram: Option<&Histogram>) -> Vec<u8> {
    let timeseries = (0..SERIES).map(|number| TimeSeries {
        labels: labels(number),
        samples: match histogram {
            Some(_) => Vec::new(),
            None => vec![Sample {
                value: number as f64,
                timestamp: START_MILLIS + number as i64 % 1_000,
            }],
        },
        histograms: histogram.cloned().into_iter().collect(),
        ..TimeSeries::default()
    });
    WriteRequest { timeseries: timeseries.collect(), metadata: Vec::new() }.encode_to_vec()
}

fn v2() -> Vec<u8> {
    let mut symbols = vec![Vec::new()];
    let mut numbers: HashMap<Vec<u8>, u32> = HashMap::new();
    let mut number_of = |text: Vec<u8>| {
        *numbers.entry(text.clone()).or_insert_with(|| {
            symbols.push(text);
            symbols.len() as u32 - 1
        })
    };
    let timeseries = (0..SERIES)
        .map(|number| TimeSeriesV2 {
            labels_refs: labels(number)
                .into_iter()
                .flat_map(|label| [number_of(label.name), number_of(label.value)])
                .collect(),
            samples: vec![SampleV2 {
                value: number as f64,
                timestamp: START_MILLIS + number as i64 % 1_000,
                start_timestamp: 0,
            }],
            metadata: Some(Metadata { kind: 1, help_ref: 0, unit_ref: 0 }),
            ..TimeSeriesV2::default()
        })
        .collect();
    Request { timeseries, symbols }.encode_to_vec()
}

/// 24 buckets in three runs.
fn histogram() -> Histogram {
    let span = |offset| BucketSpan { offset, length: 8 };
    Histogram {
        count: Some(Count::Int(24 * 5 + 1)),
        zero_count: Some(ZeroCount::Int(1)),
        sum: 17.5,
        schema: 3,
        zero_threshold: 1e-9,
        positive_spans: vec![span(-10), span(2), span(3)],
        positive_deltas: [5].into_iter().chain([0; 23]).collect(),
        timestamp: START_MILLIS,
        ..Histogram::default()
    }
}

fn main() {
    let rounds: u32 = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(20);
    let only = std::env::args().nth(2);
    let only_state = std::env::args().nth(3);
    let window = TimeWindow::unbounded(START_MILLIS * 1_000_000);
    let limits = Limits::default();
    for (name, version, body) in [
        ("v1", RemoteWrite::V1, v1(None)),
        ("v2", RemoteWrite::V2, v2()),
        ("histograms", RemoteWrite::V1, v1(Some(&histogram()))),
    ] {
        if only.as_ref().is_some_and(|only| only != name) {
            continue;
        }
        let decode = |registry: &Registry| {
            let built = decode_remote_write(version, &body, registry, &window, &limits);
            let built = built.expect("the body is valid");
            assert_eq!((built.rejected, built.samples), (0, SERIES as u64), "{}", built.message);
            built
        };
        let mut registry = Registry::default();
        for (number, noted) in decode(&registry).noted.iter().enumerate() {
            registry.numbers.insert(noted.id, number as u32);
            registry.newest.push(0);
        }
        for (state, registry) in [("known", &registry), ("new", &Registry::default())] {
            if only_state.as_ref().is_some_and(|only| only != state) {
                continue;
            }
            let (mut best, mut total, mut held) = (f64::INFINITY, 0.0, 0);
            for _ in 0..rounds {
                let start = Instant::now();
                let built = decode(registry);
                let nanos = start.elapsed().as_nanos() as f64 / SERIES as f64;
                held = built.batch.bytes();
                best = best.min(nanos);
                total += nanos;
            }
            println!(
                "{name}, {state} series: {:.0} ns (best {best:.0}), {} bytes each in, {} in columns",
                total / f64::from(rounds),
                body.len() / SERIES,
                held / SERIES,
            );
        }
    }
}
