//! Rows as bytes of the log: what is written is what is read, and damage is told, not met.

use plimsoll_model::Table;
use plimsoll_model::batch::Batch;
use plimsoll_wire::columns::{decode, encode};
use plimsoll_wire::otlp::Limits;
use plimsoll_wire::prometheus::{RemoteWrite, decode_remote_write};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use prost::Message;

use super::agree::{Fresh, WINDOW};
use super::arbitrary;
use super::mutate::{Random, mutate_bytes};
use super::rows::lines;

fn batch(body: &[u8]) -> Batch {
    let built = decode_remote_write(RemoteWrite::V1, body, &Fresh, &WINDOW, &Limits::default());
    built.expect("the framing is fine").batch
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_batch_comes_back_the_same(request in arbitrary::v1()) {
        let batch = batch(&request.encode_to_vec());
        let bytes = encode(&batch).unwrap();
        let back = decode(&bytes).unwrap();
        // Arrow compares doubles by their value, so that NaN needs the text, too.
        prop_assert_eq!(lines(&back), lines(&batch));
        let shape = |batch: &Batch| -> Vec<_> {
            batch.tables.iter().map(|(table, rows)| (*table, rows.num_rows())).collect()
        };
        prop_assert_eq!(shape(&back), shape(&batch));
        prop_assert_eq!(encode(&back).unwrap(), bytes);
    }

    #[test]
    fn arbitrary_bytes_do_not_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = decode(&body);
    }
}

#[test]
fn an_empty_batch_is_but_a_checksum() {
    let bytes = encode(&Batch::default()).unwrap();
    assert_eq!(bytes.len(), 8);
    assert!(decode(&bytes).unwrap().is_empty());
}

fn check_refused(bytes: &[u8], message: &str) {
    assert_eq!(decode(bytes).expect_err("they are no rows").to_string(), message);
}

/// With the checksum that `encode` would give them.
fn sealed(tables: &[u8]) -> Vec<u8> {
    let sum = twox_hash::XxHash3_128::oneshot(tables) as u64;
    [&sum.to_le_bytes()[..], tables].concat()
}

#[test]
fn bytes_of_another_version_are_told() {
    check_refused(&[], "the checksum of 0 bytes of rows is not that of their content");
    check_refused(&[0; 20], "the checksum of 20 bytes of rows is not that of their content");
    check_refused(
        &sealed(&[200, 0, 0, 0, 0]),
        "a table at byte 8 is cut off or has an unknown number",
    );
    check_refused(
        &sealed(&[2, 9, 0, 0, 0]),
        "a table at byte 8 is cut off or has an unknown number",
    );
    check_refused(&sealed(&[2, 0]), "a table at byte 8 is cut off or has an unknown number");
    // The rows of one table under the number of another.
    let request = arbitrary::v1().prop_filter("it has samples", |request| {
        let tables = batch(&request.encode_to_vec()).tables;
        tables.iter().any(|(table, _)| *table == Table::Series)
    });
    let request = request.new_tree(&mut TestRunner::deterministic()).unwrap().current();
    let mut bytes = encode(&batch(&request.encode_to_vec())).unwrap();
    assert_eq!(bytes[8], Table::Series as u8);
    bytes[8] = Table::Samples as u8;
    check_refused(
        &sealed(&bytes[8..]),
        "the rows of table samples have other columns than this version's",
    );
}

/// Whatever is damaged, the checksum tells.
#[test]
fn damaged_bytes_are_refused() {
    let mut runner = TestRunner::deterministic();
    let mut random = Random(0xc01);
    for _ in 0..60 {
        let request = arbitrary::v1().new_tree(&mut runner).unwrap().current();
        let bytes = encode(&batch(&request.encode_to_vec())).unwrap();
        for _ in 0..40 {
            let mut damaged = bytes.clone();
            mutate_bytes(&mut damaged, &mut random);
            assert_eq!(decode(&damaged).is_ok(), damaged == bytes);
        }
    }
}
