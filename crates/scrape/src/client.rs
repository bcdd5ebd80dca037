//! Fetches what targets expose, over HTTP.
//!
//! Invariants: a body never takes more than its limit, nor all bodies together more than the
//! budget; credentials go to the origin of the target only; every connection is a task that is
//! owned.

use std::future::Future;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use flate2::write::MultiGzDecoder;
use http::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, LOCATION, USER_AGENT,
};
use http::{HeaderValue, Request, Response};
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::rt::Executor;
use hyper_rustls::{FixedServerNameResolver, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioTimer;
use plimsoll_wire::prometheus::text::TextFormat;
use rustls_pki_types::ServerName;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use url::Url;

use crate::config::{Authorization, Fetching, SecretSource};
use crate::tls;

/// How a body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Text(TextFormat),
    Protobuf,
}

/// What is read before the others, where native histograms are wanted.
const ACCEPTED_FIRST: &str = "application/vnd.google.protobuf;\
    proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,";

/// What is read, best first.
const ACCEPTED: &str = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,\
    application/openmetrics-text;version=0.0.1;q=0.4,\
    text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1";

const AGENT: &str = concat!("Plimsoll/", env!("CARGO_PKG_VERSION"));

/// Redirects of a scrape.
const REDIRECTS_MAX: usize = 10;
/// Bytes of a file with a secret.
const SECRET_BYTES_MAX: usize = 64 << 10;
/// A connection that is not used is closed after this.
const IDLE: Duration = Duration::from_secs(300);

/// What all bodies together may take, and rows that wait.
#[derive(Debug)]
pub(crate) struct Budget {
    left: AtomicUsize,
}

/// Bytes of the budget, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Charge {
    budget: Arc<Budget>,
    bytes: usize,
}

impl Budget {
    pub(crate) fn new(bytes: usize) -> Arc<Self> {
        Arc::new(Self { left: AtomicUsize::new(bytes) })
    }

    /// Takes bytes, if they are left.
    pub(crate) fn charge(self: &Arc<Self>, bytes: usize) -> Option<Charge> {
        let mut charge = Charge { budget: Arc::clone(self), bytes: 0 };
        charge.grow(bytes).then_some(charge)
    }
}

impl Charge {
    fn grow(&mut self, more: usize) -> bool {
        let take = |left: usize| left.checked_sub(more);
        let taken = self.budget.left.fetch_update(Ordering::AcqRel, Ordering::Acquire, take);
        self.bytes += if taken.is_ok() { more } else { 0 };
        taken.is_ok()
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.budget.left.fetch_add(self.bytes, Ordering::AcqRel);
    }
}

/// A body in memory, charged to the budget while it lives.
#[derive(Debug)]
pub(crate) struct Body {
    bytes: Vec<u8>,
    charge: Charge,
    limit: usize,
    /// Why it took no more.
    refused: Option<String>,
}

impl Body {
    fn new(limit: usize, budget: &Arc<Budget>) -> Self {
        let charge = Charge { budget: Arc::clone(budget), bytes: 0 };
        Self { bytes: Vec::new(), charge, limit, refused: None }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn room(&mut self, more: usize) -> Result<(), String> {
        let needed = self.bytes.len() + more;
        if needed > self.limit {
            return Err(format!("body_size_limit: the body has more than {} bytes", self.limit));
        }
        let charged = self.charge.bytes;
        if needed > charged {
            let goal = (2 * charged).clamp(needed.max(4096), self.limit.max(4096));
            if !self.charge.grow(goal - charged) {
                return Err("too many large scrapes at once for the memory that they may take, \
                            lower body_size_limit or give more memory"
                    .to_owned());
            }
            self.bytes.reserve_exact(goal - self.bytes.len());
        }
        Ok(())
    }
}

impl Write for Body {
    fn write(&mut self, more: &[u8]) -> io::Result<usize> {
        if let Err(problem) = self.room(more.len()) {
            self.refused = Some(problem.clone());
            return Err(io::Error::other(problem));
        }
        self.bytes.extend_from_slice(more);
        Ok(more.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The connections of all clients: tasks that end when all stops, and are waited for.
#[derive(Clone, Debug)]
pub(crate) struct Connections {
    tasks: TaskTracker,
    cancellation: CancellationToken,
}

impl Connections {
    pub(crate) fn new(cancellation: CancellationToken) -> Self {
        Self { tasks: TaskTracker::new(), cancellation }
    }

    pub(crate) async fn wait(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Connections {
    fn execute(&self, connection: F) {
        let cancelled = self.cancellation.clone().cancelled_owned();
        self.tasks.spawn(async move {
            tokio::select! {
                () = cancelled => {}
                () = connection => {}
            }
        });
    }
}

/// What a target exposes.
#[derive(Debug)]
pub(crate) struct Fetched {
    pub(crate) body: Body,
    pub(crate) format: Format,
}

/// Fetches for one job.
pub(crate) struct Client {
    http: legacy::Client<HttpsConnector<HttpConnector>, Empty<Bytes>>,
    fetching: Fetching,
    fallback: Option<TextFormat>,
    budget: Arc<Budget>,
}

impl Client {
    /// A client for a job.
    ///
    /// # Errors
    ///
    /// A file of certificates cannot be used.
    pub(crate) fn new(
        fetching: &Fetching,
        fallback: Option<TextFormat>,
        budget: Arc<Budget>,
        connections: &Connections,
    ) -> Result<Self, String> {
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_nodelay(true);
        let https = HttpsConnectorBuilder::new()
            .with_tls_config(tls::config(&fetching.tls)?)
            .https_or_http();
        let https = match &fetching.tls.server_name {
            None => https,
            Some(name) => {
                let name = ServerName::try_from(name.clone()).map_err(|_| {
                    format!("tls_config: server_name: {name:?} is no name of a host")
                })?;
                https.with_server_name_resolver(FixedServerNameResolver::new(name))
            }
        };
        let https = https.enable_all_versions().wrap_connector(http);
        let http = legacy::Client::builder(connections.clone())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(1)
            .pool_timer(TokioTimer::new())
            .build(https);
        Ok(Self { http, fetching: fetching.clone(), fallback, budget })
    }

    /// Fetches what `url` exposes.
    ///
    /// # Errors
    ///
    /// Why there is nothing, for people.
    pub(crate) async fn fetch(&self, url: &Url, timeout: Duration) -> Result<Fetched, String> {
        match tokio::time::timeout(timeout, self.fetch_all(url, timeout)).await {
            Ok(fetched) => fetched,
            Err(_) => Err(format!("no answer within scrape_timeout of {timeout:?}")),
        }
    }

    async fn fetch_all(&self, url: &Url, timeout: Duration) -> Result<Fetched, String> {
        let response = self.follow(url, timeout).await?;
        if response.status() != http::StatusCode::OK {
            return Err(format!("server returned HTTP status {}", response.status()));
        }
        let content_type = response.headers().get(CONTENT_TYPE).cloned();
        let format = format(content_type.as_ref(), self.fallback)?;
        let body = self.read(response).await?;
        Ok(Fetched { body, format })
    }

    /// Asks, and asks again where the answer leads elsewhere.
    async fn follow(&self, url: &Url, timeout: Duration) -> Result<Response<Incoming>, String> {
        let mut at = url.clone();
        let authorization = authorization(self.fetching.authorization.as_ref()).await?;
        for _ in 0..=REDIRECTS_MAX {
            let same_origin = at.origin() == url.origin();
            let authorization = authorization.as_ref().filter(|_| same_origin);
            let request = request(&at, timeout, self.fetching.protobuf, authorization)?;
            let response = self.http.request(request).await.map_err(|error| told(&error))?;
            let leads = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
            if !leads || !self.fetching.follow_redirects {
                return Ok(response);
            }
            let location = response.headers().get(LOCATION);
            let location = location.and_then(|value| value.to_str().ok()).unwrap_or_default();
            if location.is_empty() {
                return Err(format!("a redirect from {at} leads nowhere, expected a location"));
            }
            at = at
                .join(location)
                .ok()
                .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
                .ok_or_else(|| {
                    format!("a redirect leads to {location:?}, which is no URL of HTTP")
                })?;
        }
        Err(format!("more than {REDIRECTS_MAX} redirects"))
    }

    async fn read(&self, response: Response<Incoming>) -> Result<Body, String> {
        let encoding = response.headers().get(CONTENT_ENCODING).cloned();
        let body = Body::new(self.fetching.body_bytes_max, &self.budget);
        let encoding = encoding.as_ref().and_then(|value| value.to_str().ok()).unwrap_or_default();
        let incoming = response.into_body();
        match encoding.trim() {
            "" | "identity" => {
                let mut body = body;
                copy(incoming, &mut body, |body| body.refused.take()).await?;
                Ok(body)
            }
            encoding if encoding.eq_ignore_ascii_case("gzip") => {
                let mut decoder = MultiGzDecoder::new(body);
                copy(incoming, &mut decoder, |decoder| decoder.get_mut().refused.take()).await?;
                decoder.finish().map_err(|error| format!("the body is no gzip: {error}"))
            }
            other => Err(format!("the body is encoded as {other:?}, expected gzip or nothing")),
        }
    }
}

async fn copy<W: Write>(
    mut incoming: Incoming,
    writer: &mut W,
    refused: impl Fn(&mut W) -> Option<String>,
) -> Result<(), String> {
    while let Some(frame) = incoming.frame().await {
        let frame = frame.map_err(|error| format!("the body broke off: {error}"))?;
        if let Some(data) = frame.data_ref()
            && let Err(error) = writer.write_all(data)
        {
            return Err(refused(writer).unwrap_or_else(|| format!("the body is no gzip: {error}")));
        }
    }
    Ok(())
}

fn request(
    url: &Url,
    timeout: Duration,
    protobuf: bool,
    authorization: Option<&HeaderValue>,
) -> Result<Request<Empty<Bytes>>, String> {
    let mut request = Request::get(url.as_str())
        .header(ACCEPT, format!("{}{ACCEPTED}", if protobuf { ACCEPTED_FIRST } else { "" }))
        .header(ACCEPT_ENCODING, "gzip")
        .header(USER_AGENT, AGENT)
        .header("x-prometheus-scrape-timeout-seconds", timeout.as_secs_f64().to_string());
    if let Some(authorization) = authorization {
        request = request.header(AUTHORIZATION, authorization);
    }
    request.body(Empty::new()).map_err(|error| format!("{url} is no URL to ask: {error}"))
}

async fn authorization(
    authorization: Option<&Authorization>,
) -> Result<Option<HeaderValue>, String> {
    let text = match authorization {
        None => return Ok(None),
        Some(Authorization::Basic(name, password)) => {
            let pair = format!("{name}:{}", secret(password).await?);
            format!("Basic {}", STANDARD.encode(pair))
        }
        Some(Authorization::Header(kind, credentials)) => {
            format!("{kind} {}", secret(credentials).await?)
        }
    };
    let mut value = HeaderValue::from_str(&text)
        .map_err(|_| "the credentials have characters that no header can have".to_owned())?;
    value.set_sensitive(true);
    Ok(Some(value))
}

async fn secret(source: &SecretSource) -> Result<String, String> {
    match source {
        SecretSource::Value(secret) => Ok(secret.expose().to_owned()),
        SecretSource::File(path) => {
            let failed = |error: io::Error| format!("{}: {error}", path.display());
            let text = tokio::fs::read_to_string(path).await.map_err(failed)?;
            match text.len() <= SECRET_BYTES_MAX {
                true => Ok(text.trim().to_owned()),
                false => Err(format!("{}: more than {SECRET_BYTES_MAX} bytes", path.display())),
            }
        }
    }
}

/// The format that a content type means.
fn format(
    content_type: Option<&HeaderValue>,
    fallback: Option<TextFormat>,
) -> Result<Format, String> {
    let text = content_type.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = text.split(';').map(str::trim);
    let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
    let has = |parameter: &str| parts.clone().any(|part| part == parameter);
    let known = match kind.as_str() {
        "application/openmetrics-text" => Some(Format::Text(TextFormat::OpenMetrics)),
        "text/plain" => Some(Format::Text(TextFormat::Prometheus)),
        "application/vnd.google.protobuf" => {
            let families = has("proto=io.prometheus.client.MetricFamily");
            (families && has("encoding=delimited")).then_some(Format::Protobuf)
        }
        _ => None,
    };
    known.or(fallback.map(Format::Text)).ok_or_else(|| {
        let shown: String = text.chars().take(100).collect();
        format!(
            "the content type is {shown:?}, expected text/plain or application/openmetrics-text, \
             or set fallback_scrape_protocol"
        )
    })
}

/// An error with its causes.
fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text += ": ";
            text += &more;
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests;
