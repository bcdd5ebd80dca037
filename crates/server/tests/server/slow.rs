//! Senders that dribble or stop: they are cut off, and nobody else waits for them.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::harness::{Bench, PROTOBUF, request};

const QUICK: &[(&str, &str)] = &[("http.header_timeout", "300ms"), ("otlp.body_timeout", "300ms")];

/// Sends `bytes` and nothing more, and reads until the server ends the connection.
async fn stall(address: std::net::SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    // A reset is an end, too.
    let _ = stream.read_to_end(&mut answer).await;
    answer
}

#[tokio::test]
async fn who_never_finishes_is_cut_off() {
    let bench = Bench::start(QUICK).await;
    bench.export(PROTOBUF, request(5)).await;
    for head in [
        &b""[..],
        b"P",
        b"PRI * HTTP/2.0\r\n\r\nSM",
        b"POST /v1/traces HTTP/1.1\r\nhost: localhost\r\nx-slow: ",
    ] {
        stall(bench.http(), head).await;
        stall(bench.main(), head).await;
    }
    let body = b"POST /v1/traces HTTP/1.1\r\nhost: localhost\r\n\
        content-type: application/x-protobuf\r\ncontent-length: 1000\r\n\r\n\x0a";
    let answer = String::from_utf8_lossy(&stall(bench.http(), body).await).into_owned();
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    assert!(answer.contains("did not arrive within 300ms"), "{answer}");
    bench.assert_sound(5).await;
}

#[tokio::test]
async fn stalled_senders_do_not_hold_up_others() {
    let bench = Bench::start(&[]).await;
    let mut stalled = Vec::new();
    for _ in 0..40 {
        let mut stream = TcpStream::connect(bench.http()).await.unwrap();
        let head = b"POST /v1/traces HTTP/1.1\r\nhost: localhost\r\n\
            content-type: application/x-protobuf\r\ncontent-length: 8000000\r\n\r\n\x0a";
        stream.write_all(head).await.unwrap();
        stalled.push(stream);
    }
    // They promised 320 MB, and hold a byte each.
    for _ in 0..20 {
        assert_eq!(bench.export(PROTOBUF, request(10)).await.status, 200);
    }
    bench.assert_sound(200).await;
}
