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
#[path = "../../tests/otlp/traces.rs"]
mod traces;

use plimsoll_model::batch::RecordKind;
use plimsoll_wire::otlp::{Limits, json_to_protobuf};
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
    let mut seeds = Vec::new();
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
