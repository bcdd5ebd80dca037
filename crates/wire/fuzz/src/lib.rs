//! What the fuzz targets share with the tests of `plimsoll-wire`: the judge that compares our
//! decoder with the reference, and requests to begin with.

#![allow(dead_code)]

#[path = "../../tests/otlp/agree.rs"]
mod agree;
#[path = "../../tests/otlp/arbitrary.rs"]
mod arbitrary;
#[path = "../../tests/otlp/columns.rs"]
mod columns;
#[path = "../../tests/otlp/expected.rs"]
mod expected;
#[path = "../../tests/otlp/logs.rs"]
mod logs;
#[path = "../../tests/otlp/metrics.rs"]
mod metrics;
pub mod prometheus;

pub mod scrub;
pub mod sentry;
#[path = "../../tests/otlp/traces.rs"]
mod traces;

use plimsoll_model::batch::RecordKind;
use plimsoll_wire::otlp::{Limits, json_to_protobuf};
use plimsoll_wire::prometheus::text::{Entry, Exposition, Sample, TextFormat};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use prost::Message;

/// Panics where we and the reference disagree on these bytes.
pub fn compare(kind: RecordKind, body: &[u8]) {
    agree::agree(kind, body);
}

/// Panics where JSON that we take becomes protobuf that we or the reference do not.
pub fn compare_json(body: &[u8]) {
    for kind in [RecordKind::OtlpTraces, RecordKind::OtlpLogs, RecordKind::OtlpMetrics] {
        if let Ok(bytes) = json_to_protobuf(kind, body, &Limits::default()) {
            let verdict = agree::agree(kind, &bytes);
            assert_ne!(verdict, agree::Verdict::Refused);
        }
    }
}

/// Panics where a line has no place, or a sample that was taken is not what its canonical text says.
pub fn check_exposition(body: &[u8]) {
    let lines = body.split(|byte| *byte == b'\n').count();
    for format in [TextFormat::Prometheus, TextFormat::OpenMetrics] {
        let mut entries = 0;
        for entry in Exposition::new(body, format) {
            entries += 1;
            match entry {
                Ok(Entry::Sample(sample)) => check_sample(&sample),
                Ok(Entry::Type { metric, .. } | Entry::Unit { metric, .. }) => {
                    assert!(!metric.unescaped().is_empty());
                }
                Ok(Entry::Help { metric, help }) => {
                    assert!(!metric.unescaped().is_empty());
                    drop(help.unescaped());
                }
                Err(error) => assert!((1..=lines).contains(&error.line), "{error}"),
            }
        }
        assert!(entries <= lines + 1);
    }
}

fn check_sample(sample: &Sample<'_>) {
    let quoted = |text: &str| {
        let text = text.replace('\\', "\\\\").replace('\n', "\\n").replace('"', "\\\"");
        format!("\"{text}\"")
    };
    let labels: Vec<_> = sample.labels().collect();
    let mut line = format!("{{{}", quoted(&sample.name()));
    for (name, value) in &labels {
        line += &format!(",{}={}", quoted(name), quoted(value));
    }
    let value = if sample.value.is_nan() { "NaN".to_owned() } else { sample.value.to_string() };
    line += &format!("}} {value}");
    let Some(Ok(Entry::Sample(again))) =
        Exposition::new(line.as_bytes(), TextFormat::Prometheus).next()
    else {
        panic!("not taken: {line}");
    };
    assert_eq!(again.name(), sample.name());
    assert_eq!(again.labels().collect::<Vec<_>>(), labels);
    assert_eq!(again.value.to_bits(), sample.value.to_bits());
    if let Some(exemplar) = sample.exemplar {
        assert!(exemplar.labels().all(|(name, _)| !name.is_empty()));
    }
}

/// Expositions to begin with: every kind of line of both formats.
const EXPOSITIONS: &[&str] = &[
    "# HELP a_total b \\n c\n# TYPE a_total counter\na_total{b=\"c\\\"\",d=\"\"} 1 1395066363000\n",
    "# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 2\nh_sum 3\nh_count 2\n",
    "# TYPE s summary\ns{quantile=\"0.5\"} NaN\n{\"a.b\", \"c d\" = \"e\", } -1e3\n\n# free\n",
    "# TYPE a_seconds counter\n# UNIT a_seconds seconds\na_seconds_total 1 2.5 # {trace_id=\"x\"} 0.5 1.5\n# EOF\n",
    "# TYPE \"u.v\" info\n{\"u.v_info\",\"w x\"=\"y\"} 1\na_created 1520430000.123\n# EOF\n",
];

fn sample<M: Message + serde::Serialize>(
    requests: impl Strategy<Value = M>,
    count: usize,
) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut runner = TestRunner::deterministic();
    let mut next = || requests.new_tree(&mut runner).expect("a request").current();
    let encode =
        |request: M| (request.encode_to_vec(), serde_json::to_vec(&request).expect("it has JSON"));
    (0..count).map(|_| encode(next())).collect()
}

fn sample_bytes<M: Message>(requests: impl Strategy<Value = M>, count: usize) -> Vec<Vec<u8>> {
    let mut runner = TestRunner::deterministic();
    let mut next = || requests.new_tree(&mut runner).expect("a request").current();
    (0..count).map(|_| next().encode_to_vec()).collect()
}

/// Valid requests to begin with, by target.
#[must_use]
pub fn seeds(count: usize) -> Vec<(&'static str, Vec<u8>)> {
    let mut seeds: Vec<(&'static str, Vec<u8>)> =
        EXPOSITIONS.iter().map(|text| ("exposition", text.as_bytes().to_vec())).collect();
    seeds.extend(sentry::captures::ALL.iter().map(|(_, bytes)| ("sentry", bytes.to_vec())));
    seeds.extend(scrub::DOCUMENTS.iter().map(|text| ("scrub", text.as_bytes().to_vec())));
    for (target, requests) in [
        ("traces", sample(arbitrary::traces(), count)),
        ("logs", sample(arbitrary::logs(), count)),
        ("metrics", sample(arbitrary::metrics(), count)),
    ] {
        for (bytes, json) in requests {
            seeds.push((target, bytes));
            seeds.push(("json", json));
        }
    }
    let old = sample_bytes(prometheus::arbitrary::v1(), count);
    let new = sample_bytes(prometheus::arbitrary::v2(), count);
    for (target, requests) in [("remote_write_v1", old), ("remote_write_v2", new)] {
        for bytes in requests {
            seeds.push(("columns", bytes.clone()));
            seeds.push((target, bytes));
        }
    }
    seeds
}
