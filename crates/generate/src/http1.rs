//! OTLP/HTTP: protobuf bodies over one HTTP/1.1 connection that is kept alive.
//!
//! Invariant: the body is handed to the socket as it is, without a copy.

use bytes::Bytes;
use http::{HeaderMap, Request};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;

use crate::answer::{Answer, from_http};
use crate::args::Signal;
use crate::exporter::{ANSWER_BYTES_MAX, Driver, Exporter, headers, http_body, open};
use crate::plan::Target;

pub(crate) struct HttpExporter {
    target: Target,
    headers: HeaderMap,
    link: Option<Link>,
}

struct Link {
    requests: SendRequest<Full<Bytes>>,
    _driver: Driver,
}

impl HttpExporter {
    pub(crate) fn new(target: Target) -> Self {
        let mut headers = headers(&target, "application/x-protobuf", "content-encoding");
        if let Ok(host) = target.authority.parse() {
            headers.insert(http::header::HOST, host);
        }
        Self { target, headers, link: None }
    }

    /// `Err` is the answer too: an exchange that ended early.
    async fn exchange(&mut self, signal: Signal, frame: &Bytes) -> Result<Answer, Answer> {
        let not_sent = |reason: String| Answer::NotSent { reason };
        self.connect().await.map_err(not_sent)?;
        let body = http_body(self.target.compression, frame);
        let wire_bytes = body.len() as u64;
        let mut request = Request::post(format!("{}/v1/{signal}", self.target.path_prefix))
            .body(Full::new(body))
            .map_err(|error| not_sent(error.to_string()))?;
        *request.headers_mut() = self.headers.clone();
        let Some(link) = &mut self.link else { return Err(not_sent("not connected".to_owned())) };
        link.requests.ready().await.map_err(|error| not_sent(error.to_string()))?;
        let response = link.requests.try_send_request(request).await.map_err(|mut failed| {
            // The request comes back where not a byte of it was written.
            let unsent = failed.take_message().is_some();
            let error = failed.into_error();
            if unsent { not_sent(error.to_string()) } else { broke(&error) }
        })?;
        let (parts, body) = response.into_parts();
        let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await.map_err(|error| {
            Answer::Unknown { reason: format!("the answer broke off: {error}") }
        })?;
        let retry_after = parts.headers.get(http::header::RETRY_AFTER);
        let retry_after = retry_after.and_then(|value| value.to_str().ok());
        Ok(from_http(parts.status.as_u16(), retry_after, &body.to_bytes(), wire_bytes))
    }
}

impl Exporter for HttpExporter {
    async fn connect(&mut self) -> Result<(), String> {
        if self.link.as_ref().is_none_or(|link| link.requests.is_closed()) {
            let stream = open(&self.target).await?;
            let handshake = http1::handshake(TokioIo::new(stream));
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

fn broke(error: &hyper::Error) -> Answer {
    Answer::Unknown { reason: format!("connection broke before the answer: {error}") }
}
