//! Bodies that are wrong, huge or bombs: each gets a clear answer, and harms nothing.

use crate::harness::{Bench, PROTOBUF, gzip, request, send, zstd};

async fn check(bench: &Bench, headers: &[(&str, &str)], body: Vec<u8>, expected: (u16, i32, &str)) {
    let (status, code, part) = expected;
    let answer = bench.export(headers, body).await;
    assert_eq!(answer.status.as_u16(), status, "{part}: {:?}", answer.body);
    assert_eq!(answer.header("content-type"), "application/x-protobuf", "{part}");
    let (found, message) = answer.status_message();
    assert_eq!(found, code, "{message}");
    assert!(message.contains(part), "{message:?} has no {part:?}");
    assert!(!answer.headers.contains_key("retry-after"), "{message}");
}

#[tokio::test]
async fn wrong_types_and_encodings_are_named() {
    let bench = Bench::start(&[]).await;
    bench.export(PROTOBUF, request(5)).await;
    let body = request(1);
    let type_of = |value| [("content-type", value)];
    check(&bench, &type_of("text/plain"), body.clone(), (415, 12, "text/plain")).await;
    check(&bench, &[], body.clone(), (415, 12, "no content type")).await;
    let lzma = [PROTOBUF[0], ("content-encoding", "lzma")];
    check(&bench, &lzma, body.clone(), (415, 12, "\"lzma\"")).await;
    let lying = [PROTOBUF[0], ("content-encoding", "gzip")];
    check(&bench, &lying, body.clone(), (400, 3, "not valid gzip")).await;
    let lying = [PROTOBUF[0], ("content-encoding", "zstd")];
    check(&bench, &lying, body, (400, 3, "not valid zstd")).await;
    let answer = send(bench.http(), "GET", "/v1/traces", PROTOBUF, Vec::new().into()).await;
    assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, "POST"));
    let answer = send(bench.http(), "POST", "/v1/spans", PROTOBUF, Vec::new().into()).await;
    assert_eq!(answer.status, 404);
    bench.assert_sound(5).await;
}

#[tokio::test]
async fn undecodable_bodies_are_400_in_the_encoding_of_the_request() {
    let bench = Bench::start(&[]).await;
    bench.export(PROTOBUF, request(5)).await;
    let body = request(10);
    for cut in [1, body.len() / 3, body.len() - 1] {
        check(&bench, PROTOBUF, body[..cut].to_vec(), (400, 3, "ExportTraceServiceRequest")).await;
    }
    check(&bench, PROTOBUF, b"{\"resourceSpans\":[]}".to_vec(), (400, 3, "protobuf")).await;
    for json in ["{", "[]", "{\"resourceSpans\": 3}", "\u{0}"] {
        let answer = bench.export(&[("content-type", "application/json")], json).await;
        assert_eq!(answer.status, 400, "{json}");
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(answer.json()["code"], 3, "{json}");
    }
    bench.assert_sound(5).await;
}

#[tokio::test]
async fn a_hundred_megabytes_are_too_large_however_they_come() {
    let bench = Bench::start(&[]).await;
    bench.export(PROTOBUF, request(5)).await;
    check(&bench, PROTOBUF, vec![0; 100 << 20], (413, 8, "larger than")).await;
    let zeros = vec![0; 100 << 20];
    let gzip_headers = [PROTOBUF[0], ("content-encoding", "gzip")];
    check(&bench, &gzip_headers, gzip(&zeros), (413, 8, "")).await;
    let zstd_headers = [PROTOBUF[0], ("content-encoding", "zstd")];
    check(&bench, &zstd_headers, zstd(&zeros), (413, 8, "")).await;
    // A bomb in a bomb is data to us, and no protobuf.
    check(&bench, &gzip_headers, gzip(&gzip(&zeros)), (400, 3, "")).await;
    bench.assert_sound(5).await;
}

#[tokio::test]
async fn a_small_bomb_stops_at_the_ratio() {
    // Larger than it may be by ratio, smaller than a body may be.
    let bench = Bench::start(&[]).await;
    let headers = [PROTOBUF[0], ("content-encoding", "gzip")];
    check(&bench, &headers, gzip(&vec![0; 4 << 20]), (413, 8, "times its size")).await;
    bench.assert_sound(0).await;
}

#[tokio::test]
async fn pressure_is_refused_for_now_and_what_was_acknowledged_stays() {
    let bench = Bench::start(&[("memory", "128MiB")]).await;
    let body = bytes::Bytes::from(request(20_000)); // 1.2 MB, some 10 MB in flight and in columns.
    let exports = (0..64).map(|_| bench.export(PROTOBUF, body.clone()));
    let answers = futures::future::join_all(exports).await;
    let mut kept = 0;
    for answer in answers {
        match answer.status.as_u16() {
            200 => kept += 20_000,
            429 => {
                let (code, message) = answer.status_message();
                assert_eq!(code, 8, "{message}");
                assert!(answer.header("retry-after").parse::<u64>().unwrap() >= 1, "{message}");
            }
            other => panic!("{other}: {:?}", answer.body),
        }
    }
    assert!(kept > 0);
    assert_eq!(bench.spans().await, kept);
}
