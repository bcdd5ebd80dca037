//! OTLP/gRPC against a real tonic client, and against frames no client would send.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use futures::{StreamExt as _, stream};
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Frame;
use hyper::{HeaderMap, Request};
use hyper_util::rt::{TokioExecutor, TokioIo};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::logs::v1::logs_service_client::LogsServiceClient;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_client::MetricsServiceClient;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use prost::Message as _;
use tonic::Code;
use tonic::codec::CompressionEncoding;
use tonic::transport::{Channel, Endpoint};

use crate::harness::{Bench, RpcStatus, gzip, request, spans, zstd};

const EXPORT: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

async fn connect(address: std::net::SocketAddr) -> Channel {
    Endpoint::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap()
}

#[tokio::test]
async fn a_real_client_gets_what_it_expects() {
    let bench = Bench::start(&[]).await;
    for address in [bench.grpc(), bench.main(), bench.http()] {
        let channel = connect(address).await;
        let mut traces = TraceServiceClient::new(channel.clone());
        let answer = traces.export(spans(4)).await.unwrap().into_inner();
        assert!(answer.partial_success.is_none());
        let mut zipped = TraceServiceClient::new(channel.clone())
            .send_compressed(CompressionEncoding::Gzip)
            .accept_compressed(CompressionEncoding::Gzip);
        zipped.export(spans(4)).await.unwrap();
        let mut sent = spans(3);
        sent.resource_spans[0].scope_spans[0].spans[0].span_id = vec![1];
        let partial = traces.export(sent).await.unwrap().into_inner().partial_success.unwrap();
        assert_eq!(partial.rejected_spans, 1);
        assert!(partial.error_message.contains("span"), "{}", partial.error_message);
        let mut logs = LogsServiceClient::new(channel.clone());
        logs.export(ExportLogsServiceRequest::default()).await.unwrap();
        let mut metrics = MetricsServiceClient::new(channel);
        metrics.export(ExportMetricsServiceRequest::default()).await.unwrap();
    }
    bench.assert_sound(30).await;
}

#[tokio::test]
async fn a_real_client_learns_why_it_was_refused() {
    let bench = Bench::start(&[("otlp.body_max", "64KiB")]).await;
    let mut client = TraceServiceClient::new(connect(bench.grpc()).await);
    let refused = client.export(spans(5_000)).await.unwrap_err();
    assert_eq!(refused.code(), Code::ResourceExhausted);
    assert!(refused.message().contains("larger than 64KiB"), "{refused}");
    let status = RpcStatus::decode(refused.details()).unwrap();
    assert!(status.details.is_empty(), "too large is not to be tried again");
    // The connection goes on.
    client.export(spans(5)).await.unwrap();
    bench.assert_sound(5).await;
}

#[tokio::test]
async fn a_token_is_asked_for_where_the_settings_say_so() {
    let bench = Bench::start(&[("otlp.require_token", "true")]).await;
    let channel = connect(bench.grpc()).await;
    let refused = TraceServiceClient::new(channel.clone()).export(spans(1)).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
    let bearer = format!("Bearer {}", crate::harness::TOKEN).parse().unwrap();
    let with_token = move |mut request: tonic::Request<()>| {
        request
            .metadata_mut()
            .insert("authorization", tonic::metadata::MetadataValue::clone(&bearer));
        Ok(request)
    };
    let mut client = TraceServiceClient::with_interceptor(channel, with_token);
    client.export(spans(1)).await.unwrap();
    assert_eq!(bench.spans().await, 1);
}

/// One call with bytes of our own; answers the status, its message, and the details.
async fn call(
    bench: &Bench,
    path: &str,
    encoding: &str,
    body: Vec<u8>,
) -> (i32, String, RpcStatus) {
    let stream = tokio::net::TcpStream::connect(bench.grpc()).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .unwrap();
    let connection = tokio::spawn(connection);
    let uri = format!("http://{}{path}", bench.grpc());
    let mut request = Request::post(uri).header("content-type", "application/grpc");
    if !encoding.is_empty() {
        request = request.header("grpc-encoding", encoding);
    }
    let request = request.body(Full::new(Bytes::from(body))).unwrap();
    let response = sender.send_request(request).await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/grpc");
    let (head, body) = response.into_parts();
    let body = body.collect().await.unwrap();
    let trailers = body.trailers().cloned().unwrap_or_default();
    drop(sender);
    connection.abort();
    let find = |name: &str| {
        let of = |map: &HeaderMap| map.get(name).map(|v| v.to_str().unwrap().to_owned());
        of(&head.headers).or_else(|| of(&trailers)).unwrap_or_default()
    };
    let details = base64(&find("grpc-status-details-bin"));
    let details = RpcStatus::decode(&details[..]).unwrap();
    (find("grpc-status").parse().unwrap(), find("grpc-message"), details)
}

fn base64(text: &str) -> Vec<u8> {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for byte in text.bytes() {
        bits = bits << 6 | alphabet.iter().position(|found| *found == byte).unwrap() as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    bytes
}

fn frame(flag: u8, message: &[u8]) -> Vec<u8> {
    let mut frame = vec![flag];
    frame.extend((message.len() as u32).to_be_bytes());
    frame.extend(message);
    frame
}

#[tokio::test]
async fn wrong_frames_are_named_and_harm_nothing() {
    let bench = Bench::start(&[]).await;
    let good = request(1);
    assert_eq!(call(&bench, EXPORT, "", frame(0, &good)).await.0, 0);
    assert_eq!(call(&bench, EXPORT, "gzip", frame(0, &good)).await.0, 0);
    assert_eq!(call(&bench, EXPORT, "gzip", frame(1, &gzip(&good))).await.0, 0);
    assert_eq!(call(&bench, EXPORT, "zstd", frame(1, &zstd(&good))).await.0, 0);
    let mut long = frame(0, &good);
    long[1] = 0x7f;
    let mut twice = frame(0, &good);
    twice.extend(frame(0, &good));
    for (path, encoding, body, code, part) in [
        (EXPORT, "", Vec::new(), 3, "after 0 bytes"),
        (EXPORT, "", vec![0, 0], 3, "after 2 bytes"),
        (EXPORT, "", frame(0, &good)[..20].to_vec(), 3, "of its message"),
        (EXPORT, "", long, 8, "larger than"),
        (EXPORT, "", frame(1, &gzip(&good)), 3, "names no encoding"),
        (EXPORT, "", frame(7, &good), 3, "compression flag is 7"),
        (EXPORT, "lzma", frame(1, &good), 12, "lzma"),
        (EXPORT, "gzip", frame(1, &good), 3, "not valid gzip"),
        (EXPORT, "", twice, 3, "more bytes follow"),
        (EXPORT, "", frame(0, &good[..10]), 3, "ExportTraceServiceRequest"),
        (EXPORT, "gzip", frame(1, &gzip(&vec![0; 100 << 20])), 8, ""),
        ("/no.such.Service/Method", "", frame(0, &good), 12, "not offered"),
        ("/v1/spans", "", frame(0, &good), 12, "not offered"),
    ] {
        let (status, message, details) = call(&bench, path, encoding, body).await;
        assert_eq!(status, code, "{message}");
        assert!(details.message.contains(part), "{:?} has no {part:?}", details.message);
        assert_eq!(details.code, code);
        assert!(!message.is_empty() && message.is_ascii(), "{message}");
        assert!(details.details.is_empty(), "none of these is to be tried again: {message}");
    }
    bench.assert_sound(4).await;
}

#[tokio::test]
async fn refusals_under_pressure_say_when_to_come_back() {
    let bench = Bench::start(&[("otlp.body_timeout", "200ms")]).await;
    // A sender that stops half-way holds a little and is told to come back.
    let first = Frame::data(Bytes::from_static(&[0, 0, 0, 1, 0, 1]));
    let frames = stream::once(async { Ok::<_, Infallible>(first) }).chain(stream::pending());
    let body = BodyExt::boxed_unsync(StreamBody::new(frames));
    let stream = tokio::net::TcpStream::connect(bench.grpc()).await.unwrap();
    let (mut client, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .unwrap();
    let connection = tokio::spawn(connection);
    let uri = format!("http://{}{EXPORT}", bench.grpc());
    let request = Request::post(uri).header("content-type", "application/grpc").body(body).unwrap();
    let response = tokio::time::timeout(Duration::from_secs(60), client.send_request(request));
    let response = response.await.unwrap().unwrap();
    assert_eq!(response.headers()["grpc-status"], "14");
    let details = base64(response.headers()["grpc-status-details-bin"].to_str().unwrap());
    let details = RpcStatus::decode(&details[..]).unwrap();
    assert_eq!(details.details[0].type_url, "type.googleapis.com/google.rpc.RetryInfo");
    connection.abort();
    bench.assert_sound(0).await;
}
