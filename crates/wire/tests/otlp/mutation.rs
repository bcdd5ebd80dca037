//! Mutated requests: the same mutations in every run, so that a failure is found again. What the
//! fuzz targets do without end, this does for some seconds.

use plimsoll_model::batch::RecordKind;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use prost::Message;

use super::agree::{Verdict, agree};
use super::arbitrary;
use super::mutate::{Random, mutate_bytes, scramble};

/// Mutates requests of one kind and says how often each verdict came.
fn run<M: Message>(kind: RecordKind, requests: impl Strategy<Value = M>) -> [u32; 3] {
    let mut runner = TestRunner::deterministic();
    let mut random = Random(0x5eed ^ kind as u64);
    let mut verdicts = [0; 3];
    for _ in 0..120 {
        let request = requests.new_tree(&mut runner).expect("a request").current().encode_to_vec();
        for round in 0..20 {
            let mut body = scramble(&request, &mut random);
            if round % 2 == 0 {
                mutate_bytes(&mut body, &mut random);
            }
            verdicts[match agree(kind, &body) {
                Verdict::Same => 0,
                Verdict::Refused => 1,
                Verdict::Tolerated => 2,
            }] += 1;
        }
    }
    verdicts
}

/// A mutation that never or always breaks a request would prove little.
fn check_spread(verdicts: [u32; 3]) {
    let [same, refused, tolerated] = verdicts;
    assert!(same > 500 && refused > 100 && tolerated > 10, "{verdicts:?}");
}

#[test]
fn mutated_traces_get_the_same_answer() {
    check_spread(run(RecordKind::OtlpTraces, arbitrary::traces()));
}

#[test]
fn mutated_logs_get_the_same_answer() {
    check_spread(run(RecordKind::OtlpLogs, arbitrary::logs()));
}

#[test]
fn mutated_metrics_get_the_same_answer() {
    check_spread(run(RecordKind::OtlpMetrics, arbitrary::metrics()));
}
