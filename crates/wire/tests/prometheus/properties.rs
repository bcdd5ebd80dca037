//! Arbitrary requests, arbitrary bytes, and mutated requests against plain code.

use plimsoll_wire::prometheus::{RemoteWrite, decode_remote_write};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use prost::Message;

use super::agree::{Fresh, Verdict, WINDOW, agree, outcome};
use super::arbitrary;
use super::mutate::{Random, mutate_bytes, scramble};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn requests_of_1_0_become_the_rows_expected(request in arbitrary::v1()) {
        prop_assert_eq!(agree(RemoteWrite::V1, &request.encode_to_vec()), Verdict::Same);
    }

    #[test]
    fn requests_of_2_0_become_the_rows_expected(request in arbitrary::v2()) {
        prop_assert_eq!(agree(RemoteWrite::V2, &request.encode_to_vec()), Verdict::Same);
    }

    #[test]
    fn both_versions_say_the_same(mut request in arbitrary::v1()) {
        request.metadata.clear();
        for series in &mut request.timeseries {
            series.histograms.iter_mut().for_each(|histogram| histogram.start_timestamp = 0);
        }
        let decode = |version, body: &[u8]| {
            let built = decode_remote_write(version, body, &Fresh, &WINDOW, &Default::default());
            outcome(&built.expect("the framing is fine"))
        };
        let old = decode(RemoteWrite::V1, &request.encode_to_vec());
        let new = decode(RemoteWrite::V2, &arbitrary::in_v2(request, 0).encode_to_vec());
        prop_assert_eq!(old, new);
    }

    #[test]
    fn arbitrary_bytes_get_the_same_answer(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        agree(RemoteWrite::V1, &body);
        agree(RemoteWrite::V2, &body);
    }
}

/// Mutates requests of one version and says how often each verdict came.
fn mutate<M: Message>(version: RemoteWrite, requests: impl Strategy<Value = M>) -> [u32; 3] {
    let mut runner = TestRunner::deterministic();
    let mut random = Random(0x5eed ^ version as u64);
    let mut verdicts = [0; 3];
    for _ in 0..120 {
        let request = requests.new_tree(&mut runner).expect("a request").current().encode_to_vec();
        for round in 0..20 {
            let mut body = scramble(&request, &mut random);
            if round % 2 == 0 {
                mutate_bytes(&mut body, &mut random);
            }
            verdicts[agree(version, &body) as usize] += 1;
        }
    }
    verdicts
}

/// A mutation that never or always breaks a request would prove little.
fn check_spread(verdicts: [u32; 3]) {
    let [same, refused, _] = verdicts;
    assert!(same > 500 && refused > 100, "{verdicts:?}");
}

#[test]
fn mutated_requests_of_1_0_get_the_same_answer() {
    check_spread(mutate(RemoteWrite::V1, arbitrary::v1()));
}

#[test]
fn mutated_requests_of_2_0_get_the_same_answer() {
    check_spread(mutate(RemoteWrite::V2, arbitrary::v2()));
}
