//! Arbitrary requests there and back.

use plimsoll_model::batch::RecordKind;
use proptest::prelude::*;
use prost::Message;

use super::agree::{Verdict, agree};
use super::arbitrary;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn traces_round_trip(request in arbitrary::traces()) {
        prop_assert_eq!(agree(RecordKind::OtlpTraces, &request.encode_to_vec()), Verdict::Same);
    }

    #[test]
    fn logs_round_trip(request in arbitrary::logs()) {
        prop_assert_eq!(agree(RecordKind::OtlpLogs, &request.encode_to_vec()), Verdict::Same);
    }

    #[test]
    fn metrics_round_trip(request in arbitrary::metrics()) {
        prop_assert_eq!(agree(RecordKind::OtlpMetrics, &request.encode_to_vec()), Verdict::Same);
    }

    #[test]
    fn arbitrary_bytes_get_the_same_answer(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        for kind in [RecordKind::OtlpTraces, RecordKind::OtlpLogs, RecordKind::OtlpMetrics] {
            agree(kind, &body);
        }
    }
}
