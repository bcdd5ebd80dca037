//! An OTLP/gRPC server for tests: decodes with the official types, keeps everything, and tells when
//! something has arrived.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::logs::v1::ResourceLogs;
use opentelemetry_proto::tonic::metrics::v1::ResourceMetrics;
use opentelemetry_proto::tonic::trace::v1::ResourceSpans;
use prost::Message;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

#[derive(Default)]
pub(crate) struct Received {
    pub(crate) spans: Vec<ResourceSpans>,
    pub(crate) logs: Vec<ResourceLogs>,
    pub(crate) metrics: Vec<ResourceMetrics>,
}

pub(crate) struct Sink {
    pub(crate) address: SocketAddr,
    pub(crate) received: Arc<Mutex<Received>>,
    arrivals: watch::Receiver<u64>,
    _tasks: JoinSet<()>,
}

impl Sink {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let received = Arc::<Mutex<Received>>::default();
        let (arrived, arrivals) = watch::channel(0);
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, Arc::clone(&received), arrived));
        Self { address, received, arrivals, _tasks: tasks }
    }

    /// Waits until something is found in what has been received.
    pub(crate) async fn find<T>(&mut self, find: impl Fn(&Received) -> Option<T>) -> T {
        loop {
            if let Some(found) = find(&self.received.lock().unwrap()) {
                return found;
            }
            self.arrivals.changed().await.unwrap();
        }
    }
}

async fn accept(
    listener: TcpListener,
    received: Arc<Mutex<Received>>,
    arrived: watch::Sender<u64>,
) {
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let (received, arrived) = (Arc::clone(&received), arrived.clone());
        connections.spawn(async move {
            let service = hyper::service::service_fn(move |request| {
                answer(request, Arc::clone(&received), arrived.clone())
            });
            let server = auto::Builder::new(TokioExecutor::new()).http2_only();
            // A client that leaves is no failure of the test.
            let _ = server.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn answer(
    request: Request<Incoming>,
    received: Arc<Mutex<Received>>,
    arrived: watch::Sender<u64>,
) -> Result<Response<BoxBody<Bytes, Infallible>>, hyper::Error> {
    let path = request.uri().path().to_owned();
    let frame = request.into_body().collect().await?.to_bytes();
    let message = frame.slice(5..);
    {
        let mut received = received.lock().unwrap();
        if path.contains(".trace.") {
            let request = ExportTraceServiceRequest::decode(message).unwrap();
            received.spans.extend(request.resource_spans);
        } else if path.contains(".logs.") {
            let request = ExportLogsServiceRequest::decode(message).unwrap();
            received.logs.extend(request.resource_logs);
        } else {
            let request = ExportMetricsServiceRequest::decode(message).unwrap();
            received.metrics.extend(request.resource_metrics);
        }
    }
    arrived.send_modify(|count| *count += 1);
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static("0"));
    let body = Full::new(Bytes::from_static(&[0; 5]))
        .with_trailers(std::future::ready(Some(Ok(trailers))));
    Ok(Response::builder().header("content-type", "application/grpc").body(body.boxed()).unwrap())
}
