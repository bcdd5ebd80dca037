//! A server of a test's own, and small clients for it.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{HeaderMap, Request, StatusCode};
use hyper_util::rt::TokioIo;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use plimsoll_model::{Clock as _, SystemClock};
use plimsoll_server::Server;
use plimsoll_server::config::{Config, Key, RawConfig};
use prost::Message as _;
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) const TOKEN: &str = "bootstrap-token-of-the-tests";

/// A running server, its data gone with it.
pub(crate) struct Bench {
    pub(crate) server: Server,
    pub(crate) folder: TempDir,
}

/// An answer, whole.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {:?}", self.body))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The `google.rpc.Status` of a refusal in protobuf.
    pub(crate) fn status_message(&self) -> (i32, String) {
        let status = RpcStatus::decode(&self.body[..]).unwrap();
        (status.code, status.message)
    }
}

/// `google.rpc.Status`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct RpcStatus {
    #[prost(int32, tag = "1")]
    pub(crate) code: i32,
    #[prost(string, tag = "2")]
    pub(crate) message: String,
    #[prost(message, repeated, tag = "3")]
    pub(crate) details: Vec<RpcDetail>,
}

/// `google.protobuf.Any`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct RpcDetail {
    #[prost(string, tag = "1")]
    pub(crate) type_url: String,
    #[prost(bytes, tag = "2")]
    pub(crate) value: Vec<u8>,
}

pub(crate) fn config(folder: &TempDir, settings: &[(&str, &str)]) -> Config {
    let mut raw = RawConfig::default();
    let data = folder.path().join("data").display().to_string();
    let any = "127.0.0.1:0";
    let defaults =
        [("data", data.as_str()), ("listen", any), ("otlp.grpc", any), ("otlp.http", any)];
    let variable = ("PLIMSOLL_BOOTSTRAP_TOKEN".to_owned(), TOKEN.to_owned());
    raw.add_environment([variable]);
    for (name, value) in defaults.iter().chain([&("memory", "256MiB")]).chain(settings) {
        raw.add_flag(Key::find(name).unwrap(), (*value).to_owned());
    }
    Config::resolve(raw).unwrap()
}

impl Bench {
    pub(crate) async fn start(settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = config(&folder, settings);
        let server = Server::start(config, Arc::new(SystemClock), None).await.unwrap();
        Self { server, folder }
    }

    pub(crate) fn main(&self) -> SocketAddr {
        self.server.addresses().listen
    }

    pub(crate) fn grpc(&self) -> SocketAddr {
        self.server.addresses().otlp_grpc.unwrap()
    }

    pub(crate) fn http(&self) -> SocketAddr {
        self.server.addresses().otlp_http.unwrap()
    }

    /// Posts a body to `/v1/traces`.
    pub(crate) async fn export(&self, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Answer {
        send(self.http(), "POST", "/v1/traces", headers, body.into()).await
    }

    /// Gets a document of the API as admin.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        let bearer = format!("Bearer {TOKEN}");
        send(self.main(), "GET", path, &[("authorization", &bearer)], Bytes::new()).await
    }

    /// How many spans there are.
    pub(crate) async fn spans(&self) -> u64 {
        let query = json!({ "query": "SELECT count(*) FROM spans" }).to_string();
        let bearer = format!("Bearer {TOKEN}");
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        let answer = send(self.main(), "POST", "/api/v1/query/sql", &headers, query.into()).await;
        assert_eq!(answer.status, 200, "{:?}", answer.body);
        answer.json()["rows"][0][0].as_u64().unwrap()
    }

    /// After whatever happened: it takes traffic, keeps what it had, and takes more.
    pub(crate) async fn assert_sound(&self, spans: u64) {
        let ready = send(self.main(), "GET", "/readyz", &[], Bytes::new()).await;
        assert_eq!(ready.status, 200);
        assert_eq!(self.spans().await, spans, "acknowledged spans");
        let answer = self.export(PROTOBUF, request(1)).await;
        assert_eq!(answer.status, 200);
        assert_eq!(self.spans().await, spans + 1, "after one more");
    }
}

pub(crate) const PROTOBUF: &[(&str, &str)] = &[("content-type", "application/x-protobuf")];

/// One request over a connection of its own.
pub(crate) async fn send(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: Bytes,
) -> Answer {
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    let connection = tokio::spawn(connection);
    let mut request = Request::builder().method(method).uri(path);
    request = request.header("host", address.to_string());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = sender.send_request(request.body(Full::new(body)).unwrap()).await.unwrap();
    let (head, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    drop(sender);
    // A server that refused may close first.
    let _ = connection.await.unwrap();
    Answer { status: head.status, headers: head.headers, body }
}

/// An export of `count` good spans of one trace, now.
pub(crate) fn spans(count: usize) -> ExportTraceServiceRequest {
    let now = SystemClock.now().cast_unsigned();
    let span = |index: usize| Span {
        trace_id: vec![7; 16],
        span_id: (index as u64 + 1).to_be_bytes().to_vec(),
        name: "GET /cart".to_owned(),
        kind: 2,
        start_time_unix_nano: now - 1_000_000,
        end_time_unix_nano: now,
        ..Span::default()
    };
    let service = AnyValue { value: Some(any_value::Value::StringValue("cart".to_owned())) };
    let attribute =
        KeyValue { key: "service.name".to_owned(), value: Some(service), ..KeyValue::default() };
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            resource: Some(Resource { attributes: vec![attribute], ..Resource::default() }),
            scope_spans: vec![ScopeSpans {
                spans: (0..count).map(span).collect(),
                ..ScopeSpans::default()
            }],
            ..ResourceSpans::default()
        }],
    }
}

/// The same, encoded.
pub(crate) fn request(count: usize) -> Vec<u8> {
    spans(count).encode_to_vec()
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 3).unwrap()
}
