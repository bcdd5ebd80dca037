//! HTTP calls between services, instrumented as the semantic conventions say: a client span each,
//! W3C trace context in the headers, a duration in the metrics.
//!
//! Invariants: a call ends within its timeout; an answer is read up to `ANSWER_BYTES_MAX`.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use opentelemetry::KeyValue;
use opentelemetry::propagation::{Injector, TextMapPropagator};
use opentelemetry::trace::SpanKind;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::work::Work;

const ANSWER_BYTES_MAX: usize = 256 * 1024;
/// Calls to services that nobody expects to be slow.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(4);

pub(crate) type HttpClient = Client<HttpConnector, Full<Bytes>>;

pub(crate) fn http_client() -> HttpClient {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    Client::builder(TokioExecutor::new())
        .pool_idle_timeout(Duration::from_secs(20))
        .pool_max_idle_per_host(32)
        .build(connector)
}

/// A call to another service.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    method: Method,
    service: &'static str,
    /// With its parameters' names: bounded, and so fit for names and metrics.
    template: &'static str,
    path: String,
    body: Bytes,
    timeout: Duration,
    resend: u32,
}

/// Why a call gave nothing to go on with.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    #[error("{service} answered {status}")]
    Status { service: &'static str, status: StatusCode },
    #[error("no answer from {service} within {} ms", timeout.as_millis())]
    Timeout { service: &'static str, timeout: Duration },
    #[error("cannot reach {service}: {reason}")]
    Connection { service: &'static str, reason: String },
    #[error("{service} sent an answer that cannot be read: {reason}")]
    Answer { service: &'static str, reason: String },
}

impl CallError {
    /// `error.type`: of few values.
    fn kind(&self) -> String {
        match self {
            Self::Status { status, .. } => status.as_str().to_owned(),
            Self::Timeout { .. } => "timeout".to_owned(),
            Self::Connection { .. } => "connection_error".to_owned(),
            Self::Answer { .. } => "invalid_answer".to_owned(),
        }
    }

    pub(crate) fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Status { status, .. } => Some(*status),
            _ => None,
        }
    }
}

impl Call {
    pub(crate) fn get(service: &'static str, template: &'static str, path: String) -> Self {
        let body = Bytes::new();
        Self { method: Method::GET, service, template, path, body, timeout: TIMEOUT, resend: 0 }
    }

    pub(crate) fn post(service: &'static str, path: &'static str, body: &impl Serialize) -> Self {
        let body = serde_json::to_vec(body).map(Bytes::from).unwrap_or_default();
        Self { method: Method::POST, body, ..Self::get(service, path, path.to_owned()) }
    }

    pub(crate) fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// The n-th time that this request is sent again.
    pub(crate) fn resent(self, resend: u32) -> Self {
        Self { resend, ..self }
    }

    /// Makes the call in the name of this work.
    pub(crate) async fn send<T: DeserializeOwned>(self, work: &Work) -> Result<T, CallError> {
        let span = work.child(
            SpanKind::Client,
            format!("{} {}", self.method, self.template),
            self.attributes(work),
        );
        let started = Instant::now();
        let answer = tokio::time::timeout(self.timeout, self.exchange(&span)).await;
        let answer = answer
            .unwrap_or(Err(CallError::Timeout { service: self.service, timeout: self.timeout }));
        let mut labels = vec![
            KeyValue::new("http.request.method", self.method.as_str().to_owned()),
            KeyValue::new("url.template", self.template),
            KeyValue::new("peer.service", self.service),
        ];
        if let Err(error) = &answer {
            span.fail(error.kind(), &error.to_string());
            labels.push(KeyValue::new("error.type", error.kind()));
        }
        let duration = started.elapsed().as_secs_f64();
        work.service.telemetry.instruments.client_duration.record(duration, &labels);
        answer
    }

    fn attributes(&self, work: &Work) -> Vec<KeyValue> {
        let mut attributes = vec![
            KeyValue::new("http.request.method", self.method.as_str().to_owned()),
            KeyValue::new("url.template", self.template),
            KeyValue::new("peer.service", self.service),
        ];
        if let Some(address) = work.service.directory.address(self.service) {
            attributes.push(KeyValue::new("url.full", format!("http://{address}{}", self.path)));
            attributes.push(KeyValue::new("server.address", address.ip().to_string()));
            attributes.push(KeyValue::new("server.port", i64::from(address.port())));
        }
        if self.resend > 0 {
            attributes.push(KeyValue::new("http.request.resend_count", i64::from(self.resend)));
        }
        attributes
    }

    async fn exchange<T: DeserializeOwned>(&self, span: &Work) -> Result<T, CallError> {
        let service = self.service;
        let unreachable = |reason: String| CallError::Connection { service, reason };
        let address = span.service.directory.address(service);
        let address = address.ok_or_else(|| unreachable("it is in no directory".to_owned()))?;
        let mut request = Request::builder()
            .method(self.method.clone())
            .uri(format!("http://{address}{}", self.path))
            .header(http::header::CONTENT_TYPE, "application/json")
            .header(http::header::USER_AGENT, span.service.user_agent())
            .body(Full::new(self.body.clone()))
            .map_err(|error| unreachable(error.to_string()))?;
        TraceContextPropagator::new()
            .inject_context(&span.context, &mut Headers(request.headers_mut()));
        let response = span.service.client.request(request).await;
        let response = response.map_err(|error| unreachable(error.to_string()))?;
        let status = response.status();
        span.set(KeyValue::new("http.response.status_code", i64::from(status.as_u16())));
        let invalid = |reason: String| CallError::Answer { service, reason };
        let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect().await;
        let body = body.map_err(|error| invalid(error.to_string()))?.to_bytes();
        if !status.is_success() {
            return Err(CallError::Status { service, status });
        }
        serde_json::from_slice(&body).map_err(|error| invalid(error.to_string()))
    }
}

/// Request headers as the propagator wants them.
struct Headers<'a>(&'a mut HeaderMap);

impl Injector for Headers<'_> {
    fn set(&mut self, key: &str, value: String) {
        let name = HeaderName::from_bytes(key.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(&value)) {
            self.0.insert(name, value);
        }
    }
}
