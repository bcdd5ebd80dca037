//! An OTLP server for tests: decodes with the official types, keeps what it accepted, and answers
//! from a script.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io::Read;
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
use prost::Message;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// What the sink does with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    Accept,
    /// HTTP 503 or UNAVAILABLE, retryable.
    Refuse,
    /// HTTP 400 or INVALID_ARGUMENT.
    Reject,
    /// Keeps the batch, then breaks the connection instead of answering.
    KeepAndBreak,
    /// Breaks the connection without keeping the batch.
    Break,
}

#[derive(Default)]
pub(crate) struct Received {
    pub(crate) traces: Vec<ExportTraceServiceRequest>,
    pub(crate) logs: Vec<ExportLogsServiceRequest>,
    pub(crate) metrics: Vec<ExportMetricsServiceRequest>,
    pub(crate) bodies: Vec<Bytes>,
    pub(crate) headers: Vec<HeaderMap>,
}

pub(crate) struct Sink {
    pub(crate) address: SocketAddr,
    pub(crate) received: Arc<Mutex<Received>>,
    tasks: JoinSet<()>,
}

struct State {
    received: Arc<Mutex<Received>>,
    script: Mutex<VecDeque<Reply>>,
}

impl Sink {
    /// Answers the first requests from the script and accepts all that follow.
    pub(crate) async fn start(script: impl IntoIterator<Item = Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let received = Arc::<Mutex<Received>>::default();
        let script = Mutex::new(script.into_iter().collect());
        let state = Arc::new(State { received: Arc::clone(&received), script });
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, state));
        Self { address, received, tasks }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) async fn stop(mut self) -> Received {
        self.tasks.shutdown().await;
        std::mem::take(&mut self.received.lock().unwrap())
    }
}

async fn accept(listener: TcpListener, state: Arc<State>) {
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let state = Arc::clone(&state);
        connections.spawn(async move {
            let (broken, mut breaking) = tokio::sync::mpsc::channel::<()>(1);
            let service =
                hyper::service::service_fn(move |r| answer(r, Arc::clone(&state), broken.clone()));
            let server = auto::Builder::new(TokioExecutor::new());
            tokio::select! {
                _ = server.serve_connection(TokioIo::new(stream), service) => {}
                // Dropping the connection closes its socket.
                _ = breaking.recv() => {}
            }
        });
    }
}

type Answer = Result<Response<BoxBody<Bytes, Infallible>>, hyper::Error>;

async fn answer(
    request: Request<Incoming>,
    state: Arc<State>,
    broken: tokio::sync::mpsc::Sender<()>,
) -> Answer {
    let (parts, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let grpc = parts.headers[http::header::CONTENT_TYPE] == "application/grpc";
    let message = if grpc { unframe(&parts.headers, &body) } else { unpack(&parts.headers, &body) };
    let reply = state.script.lock().unwrap().pop_front().unwrap_or(Reply::Accept);
    if matches!(reply, Reply::Accept | Reply::KeepAndBreak) {
        keep(&mut state.received.lock().unwrap(), parts.uri.path(), parts.headers, message);
    }
    if matches!(reply, Reply::Break | Reply::KeepAndBreak) {
        broken.send(()).await.unwrap();
        std::future::pending::<()>().await;
    }
    Ok(if grpc { grpc_response(reply) } else { http_response(reply) })
}

fn keep(received: &mut Received, path: &str, headers: HeaderMap, body: Bytes) {
    match path {
        "/v1/traces" | "/opentelemetry.proto.collector.trace.v1.TraceService/Export" => {
            received.traces.push(ExportTraceServiceRequest::decode(body.clone()).unwrap());
        }
        "/v1/logs" | "/opentelemetry.proto.collector.logs.v1.LogsService/Export" => {
            received.logs.push(ExportLogsServiceRequest::decode(body.clone()).unwrap());
        }
        "/v1/metrics" | "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export" => {
            received.metrics.push(ExportMetricsServiceRequest::decode(body.clone()).unwrap());
        }
        other => panic!("a request to {other}"),
    }
    received.bodies.push(body);
    received.headers.push(headers);
}

fn unframe(headers: &HeaderMap, body: &Bytes) -> Bytes {
    let length = u32::from_be_bytes(body[1..5].try_into().unwrap()) as usize;
    assert_eq!(body.len(), 5 + length, "one message a call");
    let encoding = headers.get("grpc-encoding").filter(|_| body[0] == 1);
    decompress(encoding, &body.slice(5..))
}

fn unpack(headers: &HeaderMap, body: &Bytes) -> Bytes {
    decompress(headers.get(http::header::CONTENT_ENCODING), body)
}

fn decompress(encoding: Option<&HeaderValue>, body: &Bytes) -> Bytes {
    let mut out = Vec::new();
    match encoding.map(|value| value.to_str().unwrap()) {
        None => return body.clone(),
        Some("gzip") => {
            flate2::read::GzDecoder::new(&body[..]).read_to_end(&mut out).unwrap();
        }
        Some("zstd") => out = zstd::decode_all(&body[..]).unwrap(),
        Some(other) => panic!("encoding {other}"),
    }
    Bytes::from(out)
}

fn http_response(reply: Reply) -> Response<BoxBody<Bytes, Infallible>> {
    let status = match reply {
        Reply::Refuse => 503,
        Reply::Reject => 400,
        _ => 200,
    };
    let mut response = Response::new(Full::new(Bytes::new()).boxed());
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap();
    response
}

fn grpc_response(reply: Reply) -> Response<BoxBody<Bytes, Infallible>> {
    let code = match reply {
        Reply::Refuse => "14",
        Reply::Reject => "3",
        _ => "0",
    };
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static(code));
    trailers.insert("grpc-message", HeaderValue::from_static("as%20scripted"));
    let body = Full::new(Bytes::from_static(&[0; 5]))
        .with_trailers(std::future::ready(Some(Ok(trailers))));
    Response::builder().header("content-type", "application/grpc").body(body.boxed()).unwrap()
}
