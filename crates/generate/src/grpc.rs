//! OTLP/gRPC: unary calls framed by hand on an HTTP/2 connection.
//!
//! Invariant: the body is handed to HTTP/2 as it is, without a copy.

use bytes::Bytes;
use h2::client::SendRequest;
use h2::{Reason, RecvStream};
use http::{HeaderMap, Request, Uri};

use crate::answer::{Answer, from_grpc, from_http};
use crate::args::Signal;
use crate::exporter::{ANSWER_BYTES_MAX, Driver, Exporter, grpc_body, headers, open};
use crate::plan::Target;
use crate::template::FRAME_BYTES;

pub(crate) struct GrpcExporter {
    target: Target,
    headers: HeaderMap,
    link: Option<Link>,
}

struct Link {
    requests: SendRequest<Bytes>,
    _driver: Driver,
}

impl GrpcExporter {
    pub(crate) fn new(target: Target) -> Self {
        let mut headers = headers(&target, "application/grpc", "grpc-encoding");
        headers.insert(http::header::TE, http::HeaderValue::from_static("trailers"));
        Self { target, headers, link: None }
    }

    fn uri(&self, signal: Signal) -> Result<Uri, http::Error> {
        let (package, service) = match signal {
            Signal::Traces => ("trace", "TraceService"),
            Signal::Logs => ("logs", "LogsService"),
            Signal::Metrics => ("metrics", "MetricsService"),
        };
        Uri::builder()
            .scheme("http")
            .authority(self.target.authority.as_str())
            .path_and_query(format!(
                "{}/opentelemetry.proto.collector.{package}.v1.{service}/Export",
                self.target.path_prefix
            ))
            .build()
    }

    /// The connection, opened again if the server has closed it since the last request.
    async fn ready(&mut self) -> Result<SendRequest<Bytes>, String> {
        if let Some(link) = &self.link {
            if let Ok(requests) = link.requests.clone().ready().await {
                return Ok(requests);
            }
            self.disconnect();
        }
        self.connect().await?;
        let link = self.link.as_ref().ok_or("not connected")?;
        link.requests.clone().ready().await.map_err(|error| error.to_string())
    }

    /// `Err` is the answer too: an exchange that ended early.
    async fn exchange(&mut self, signal: Signal, frame: &Bytes) -> Result<Answer, Answer> {
        let not_sent = |reason: String| Answer::NotSent { reason };
        let mut requests = self.ready().await.map_err(not_sent)?;
        let mut request = Request::post(self.uri(signal).map_err(|e| not_sent(e.to_string()))?)
            .body(())
            .map_err(|error| not_sent(error.to_string()))?;
        *request.headers_mut() = self.headers.clone();
        let (response, mut stream) =
            requests.send_request(request, false).map_err(|error| not_sent(error.to_string()))?;
        let body = grpc_body(self.target.compression, frame);
        let wire_bytes = body.len() as u64;
        // A server may answer before it has read everything; its answer says why.
        let sent = stream.send_data(body, true);
        let response = response.await.map_err(|error| judge(&error))?;
        sent.map_err(|error| judge(&error))?;
        let (parts, body) = response.into_parts();
        read_answer(parts.status.as_u16(), &parts.headers, body, wire_bytes).await
    }
}

impl Exporter for GrpcExporter {
    async fn connect(&mut self) -> Result<(), String> {
        if self.link.is_none() {
            let stream = open(&self.target).await?;
            let handshake = h2::client::Builder::new().enable_push(false).handshake(stream);
            let (requests, connection) = handshake.await.map_err(|error| error.to_string())?;
            let driver = Driver::spawn(async move {
                // The error reaches each request that it fails.
                let _ = connection.await;
            });
            self.link = Some(Link { requests, _driver: driver });
        }
        Ok(())
    }

    async fn export(&mut self, signal: Signal, frame: &Bytes) -> Answer {
        let answer = self.exchange(signal, frame).await;
        if answer.is_err() {
            self.disconnect();
        }
        answer.unwrap_or_else(|early| early)
    }

    fn disconnect(&mut self) {
        self.link = None;
    }
}

/// Only where HTTP/2 itself says that a stream was not processed is nothing in doubt.
fn judge(error: &h2::Error) -> Answer {
    if error.reason() == Some(Reason::REFUSED_STREAM) {
        Answer::NotSent { reason: error.to_string() }
    } else {
        Answer::Unknown { reason: format!("connection broke before the answer: {error}") }
    }
}

async fn read_answer(
    status: u16,
    headers: &HeaderMap,
    mut body: RecvStream,
    wire_bytes: u64,
) -> Result<Answer, Answer> {
    if status != 200 {
        let retry_after = headers.get(http::header::RETRY_AFTER).and_then(|v| v.to_str().ok());
        return Ok(from_http(status, retry_after, b"", wire_bytes));
    }
    let mut message = Vec::new();
    while let Some(data) = body.data().await {
        let data = data.map_err(|error| judge(&error))?;
        body.flow_control().release_capacity(data.len()).map_err(|error| judge(&error))?;
        if message.len() + data.len() > ANSWER_BYTES_MAX {
            let reason = format!("the answer is longer than {ANSWER_BYTES_MAX} bytes");
            return Err(Answer::Unknown { reason });
        }
        message.extend_from_slice(&data);
    }
    let trailers = body.trailers().await.map_err(|error| judge(&error))?;
    // An answer without a body has the status in its only headers.
    let end = trailers.as_ref().unwrap_or(headers);
    let text = |name: &str| end.get(name).map(http::HeaderValue::as_bytes);
    let code = text("grpc-status")
        .and_then(|bytes| std::str::from_utf8(bytes).ok())
        .and_then(|digits| digits.parse().ok());
    let Some(code) = code else {
        return Err(Answer::Unknown { reason: "an answer without grpc-status".to_owned() });
    };
    let grpc_message = String::from_utf8_lossy(text("grpc-message").unwrap_or_default());
    let payload = message.get(FRAME_BYTES..).unwrap_or_default();
    let details = text("grpc-status-details-bin");
    Ok(from_grpc(code, &grpc_message, details, payload, wire_bytes))
}
