//! An OTLP server that reads everything, keeps nothing and says yes: for measuring a generator.
//!
//! ```text
//! cargo run --release -p plimsoll-generate --example null_sink -- 127.0.0.1:4317
//! cargo run --release -p plimsoll-generate --example generate -- --duration 10s
//! ```
//! It speaks gRPC (HTTP/2) and OTLP/HTTP (HTTP/1.1) on the one address.

use std::convert::Infallible;
use std::error::Error;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::BodyExt;
use http_body_util::combinators::BoxBody;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::TcpListener;

const WINDOW_BYTES: u32 = 8 * 1024 * 1024;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:4317".to_owned());
    let listener = TcpListener::bind(&address).await?;
    let mut connections = tokio::task::JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await?;
        connections.spawn(async move {
            let mut server = auto::Builder::new(TokioExecutor::new());
            server
                .http2()
                .initial_stream_window_size(WINDOW_BYTES)
                .initial_connection_window_size(WINDOW_BYTES)
                .max_frame_size(1024 * 1024);
            let service = hyper::service::service_fn(answer);
            if let Err(error) = server.serve_connection(TokioIo::new(stream), service).await {
                eprintln!("connection ended: {error}");
            }
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn answer(
    request: Request<Incoming>,
) -> Result<Response<BoxBody<Bytes, Infallible>>, hyper::Error> {
    let grpc = request.headers().get(http::header::CONTENT_TYPE)
        == Some(&HeaderValue::from_static("application/grpc"));
    let mut body = request.into_body();
    while let Some(frame) = body.frame().await {
        frame?;
    }
    // gRPC's answer is one empty message; its status follows in the trailers.
    let message: &'static [u8] = if grpc { &[0; 5] } else { &[] };
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static("0"));
    let body = http_body_util::Full::new(Bytes::from_static(message))
        .with_trailers(std::future::ready(grpc.then_some(Ok(trailers))));
    let mut response = Response::new(body.boxed());
    let content = if grpc { "application/grpc" } else { "application/x-protobuf" };
    response.headers_mut().insert(http::header::CONTENT_TYPE, HeaderValue::from_static(content));
    Ok(response)
}
