//! What every service is made of: identity, telemetry, a listening socket, and the instrumentation
//! around its handlers.
//!
//! Invariants: every request has one server span, one duration, one log record; the count of active
//! requests returns to zero even if callers hang up.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::HeaderMap;
use opentelemetry::KeyValue;
use opentelemetry::logs::Severity;
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::SpanKind;
use opentelemetry::{Context, metrics::UpDownCounter};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::client::{HttpClient, http_client};
use crate::directory::Directory;
use crate::error::DemoError;
use crate::failure::Failed;
use crate::random::Random;
use crate::recorder::Recorder;
use crate::schedule::Scene;
use crate::telemetry::{Identity, Providers, Telemetry};
use crate::work::Work;

/// What all services of the shop share.
#[derive(Clone, Debug)]
pub(crate) struct Surroundings {
    pub(crate) otlp_endpoint: String,
    pub(crate) directory: Directory,
    pub(crate) scene: Scene,
    pub(crate) seed: u64,
}

#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) identity: Identity,
    pub(crate) telemetry: Telemetry,
    pub(crate) client: HttpClient,
    pub(crate) directory: Directory,
    pub(crate) scene: Scene,
    pub(crate) random: Random,
    pub(crate) recorder: Recorder,
    address: SocketAddr,
}

impl Service {
    pub(crate) fn user_agent(&self) -> String {
        format!("{}/{}", self.identity.name, self.identity.version)
    }

    /// Takes about this long, more often a little and seldom much longer.
    pub(crate) async fn compute(&self, median_ms: f64) {
        let ms = self.random.log_normal(median_ms, 0.4).min(median_ms * 20.0);
        tokio::time::sleep(Duration::from_secs_f64(ms / 1_000.0)).await;
    }
}

/// A service that listens. Must be stopped.
pub(crate) struct Running {
    pub(crate) version: &'static str,
    stop: watch::Sender<bool>,
    server: JoinHandle<()>,
    /// What the service does besides answering; ends after the server.
    background: Option<JoinHandle<()>>,
    /// Ends after both.
    recording: JoinHandle<()>,
    providers: Providers,
}

/// Opens the service's socket and serves it; `routes` gets the service to build its routes from,
/// and may return a task of the service's own.
pub(crate) async fn start(
    around: &Surroundings,
    name: &'static str,
    version: &'static str,
    routes: impl FnOnce(&Arc<Service>) -> (Router, Option<JoinHandle<()>>),
) -> Result<Running, DemoError> {
    let listen = |source| DemoError::Listen { service: name, source };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(listen)?;
    let address = listener.local_addr().map_err(listen)?;
    let random = Random::derive(around.seed, &format!("{name} {version} {address}"));
    let instance = format!("{:016x}", random.next_u64());
    let identity = Identity { name, version, instance };
    let (recorder, recording) = Recorder::start();
    let service = Arc::new(Service {
        telemetry: Telemetry::start(&around.otlp_endpoint, &identity)?,
        identity,
        client: http_client(),
        directory: around.directory.clone(),
        scene: around.scene,
        random: Random::derive(around.seed, name),
        recorder,
        address,
    });
    let providers = service.telemetry.providers();
    let started = Work { service: Arc::clone(&service), context: Context::new() };
    started.info(format!("{name} {version} listens on {address}"), Vec::new());
    drop(started);
    let (router, background) = routes(&service);
    let router = router.layer(axum::middleware::from_fn_with_state(service, instrument));
    let (stop, mut stopped) = watch::channel(false);
    let serving = axum::serve(listener, router).with_graceful_shutdown(async move {
        // A sender that is gone means stop as well.
        let _ = stopped.wait_for(|stop| *stop).await;
    });
    let server = tokio::spawn(async move {
        // Serving does not fail: accept errors are retried inside.
        let _ = serving.await;
    });
    around.directory.publish(name, address);
    Ok(Running { version, stop, server, background, recording, providers })
}

impl Running {
    /// Lets requests under way finish, then flushes the telemetry; gives each its part of the time.
    pub(crate) async fn stop(self, time: Duration) {
        self.stop.send_replace(true);
        join_within(self.server, time / 2).await;
        if let Some(background) = self.background {
            join_within(background, time / 8).await;
        }
        join_within(self.recording, time / 8).await;
        let providers = self.providers;
        let flushing = tokio::task::spawn_blocking(move || providers.shut_down());
        // Exports have a timeout of their own; what blocks longer is left to it.
        let _ = tokio::time::timeout(time / 2, flushing).await;
    }
}

/// Waits for a task, and ends it when its time is up.
async fn join_within(mut task: JoinHandle<()>, time: Duration) {
    if tokio::time::timeout(time, &mut task).await.is_err() {
        task.abort();
        // It was told to end; the error only says so.
        let _ = task.await;
    }
}

/// Counts a request as active for as long as it lives.
struct Active {
    counter: UpDownCounter<i64>,
    labels: [KeyValue; 2],
}

impl Active {
    fn begin(counter: &UpDownCounter<i64>, labels: [KeyValue; 2]) -> Self {
        counter.add(1, &labels);
        Self { counter: counter.clone(), labels }
    }
}

impl Drop for Active {
    fn drop(&mut self) {
        self.counter.add(-1, &self.labels);
    }
}

/// Around every handler of every service.
async fn instrument(
    State(service): State<Arc<Service>>,
    mut request: Request,
    next: Next,
) -> Response {
    let method = request.method().as_str().to_owned();
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or("unknown", MatchedPath::as_str).to_owned();
    let path = request.uri().path().to_owned();
    let parent = extract(request.headers());
    let attributes = server_attributes(&service, &request, &method, &route);
    let name = format!("{method} {route}");
    let work =
        Work::begin(Arc::clone(&service), &parent, SpanKind::Server, name, attributes, Vec::new());
    request.extensions_mut().insert(work.clone());
    let labels =
        [KeyValue::new("http.request.method", method.clone()), KeyValue::new("url.scheme", "http")];
    let instruments = &service.telemetry.instruments;
    let active = Active::begin(&instruments.active_requests, labels);
    let started = Instant::now();
    let response = next.run(request).await;
    let duration = started.elapsed();
    drop(active);

    let status = response.status();
    let code = i64::from(status.as_u16());
    work.set(KeyValue::new("http.response.status_code", code));
    let mut labels = vec![
        KeyValue::new("http.request.method", method.clone()),
        KeyValue::new("http.route", route.clone()),
        KeyValue::new("http.response.status_code", code),
        KeyValue::new("url.scheme", "http"),
    ];
    let failed = response.extensions().get::<Failed>().cloned();
    let failed = failed.filter(|_| status.is_server_error());
    if let Some(Failed(failure)) = &failed {
        labels.push(KeyValue::new("error.type", failure.kind));
    }
    instruments.server_duration.record(duration.as_secs_f64(), &labels);
    log_access(&work, &method, &path, code, duration);
    if let Some(Failed(failure)) = failed {
        service.recorder.record(work, failure);
    }
    response
}

fn log_access(work: &Work, method: &str, path: &str, code: i64, duration: Duration) {
    let severity = if code >= 400 { Severity::Warn } else { Severity::Info };
    let body = format!("{method} {path} {code} in {:.3} ms", duration.as_secs_f64() * 1_000.0);
    let attributes = vec![
        KeyValue::new("http.request.method", method.to_owned()),
        KeyValue::new("http.response.status_code", code),
    ];
    work.log(severity, body, attributes);
}

fn server_attributes(
    service: &Service,
    request: &Request,
    method: &str,
    route: &str,
) -> Vec<KeyValue> {
    let mut attributes = vec![
        KeyValue::new("http.request.method", method.to_owned()),
        KeyValue::new("http.route", route.to_owned()),
        KeyValue::new("url.path", request.uri().path().to_owned()),
        KeyValue::new("url.scheme", "http"),
        KeyValue::new("server.address", service.address.ip().to_string()),
        KeyValue::new("server.port", i64::from(service.address.port())),
        KeyValue::new("network.protocol.version", "1.1"),
    ];
    if let Some(query) = request.uri().query() {
        attributes.push(KeyValue::new("url.query", query.to_owned()));
    }
    let agent = request.headers().get(http::header::USER_AGENT);
    if let Some(agent) = agent.and_then(|value| value.to_str().ok()) {
        attributes.push(KeyValue::new("user_agent.original", agent.to_owned()));
    }
    attributes
}

/// The caller's trace context, or none.
fn extract(headers: &HeaderMap) -> Context {
    TraceContextPropagator::new().extract_with_context(&Context::new(), &Headers(headers))
}

/// Request headers as the propagator wants them.
struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|value| value.to_str().ok())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(http::HeaderName::as_str).collect()
    }
}
