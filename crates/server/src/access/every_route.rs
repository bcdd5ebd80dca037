//! Every route of the server, tried with every kind of caller. A route that is not in the tables
//! here fails the test: whoever adds one says here who may call it.

use std::sync::Arc;

use plimsoll_model::Clock;
use plimsoll_query::Engine;
use plimsoll_store::{Options, Store};

use super::Rule;
use super::matrix::{Bench, check};
use crate::app::{App, Phase};
use crate::config::{Config, Key, RawConfig};
use crate::ingest::Ingest;
use crate::observe::Dropped;
use crate::routes;

/// Telemetry, on every port.
const OTLP: [(&str, &str, Rule); 6] = [
    ("POST", "/v1/traces", Rule::Ingest),
    ("POST", "/v1/metrics", Rule::Ingest),
    ("POST", "/v1/logs", Rule::Ingest),
    ("POST", "/opentelemetry.proto.collector.trace.v1.TraceService/Export", Rule::Ingest),
    ("POST", "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", Rule::Ingest),
    ("POST", "/opentelemetry.proto.collector.logs.v1.LogsService/Export", Rule::Ingest),
];

/// Whether the server lives, on every port, and what none of the routes answers.
const HEALTH: [(&str, &str, Rule); 4] = [
    ("GET", "/healthz", Rule::Public),
    ("GET", "/readyz", Rule::Public),
    ("GET", "/metrics", Rule::Viewer),
    ("GET", "*", Rule::Public),
];

/// The API, on the main port.
const API: [(&str, &str, Rule); 22] = [
    ("POST", "/api/v1/auth/sign-in", Rule::Public),
    ("POST", "/api/v1/auth/sign-out", Rule::Viewer),
    ("GET", "/api/v1/auth/session", Rule::Viewer),
    ("GET", "/sign-in", Rule::Public),
    ("GET", "/api/v1/admin/tokens", Rule::Admin),
    ("POST", "/api/v1/admin/tokens", Rule::Admin),
    ("DELETE", "/api/v1/admin/tokens/{id}", Rule::Admin),
    ("GET", "/api/v1/admin/audit", Rule::Admin),
    ("GET", "/api/v1/monitoring/metrics", Rule::Viewer),
    ("GET", "/api/v1/monitoring/dashboard", Rule::Admin),
    ("GET", "/api/v1/monitoring/services", Rule::Admin),
    ("GET", "/api/v1/monitoring/services/{name}", Rule::Admin),
    ("GET", "/api/v1/monitoring/traces", Rule::Admin),
    ("GET", "/api/v1/monitoring/traces/{trace_id}", Rule::Admin),
    ("GET", "/api/v1/monitoring/logs", Rule::Admin),
    ("GET", "/api/v1/monitoring/logs/volume", Rule::Admin),
    ("GET", "/api/v1/monitoring/alerts", Rule::Admin),
    ("POST", "/api/v1/query/sql", Rule::Admin),
    ("GET", "/api/openapi.json", Rule::Public),
    ("GET", "/api/docs", Rule::Public),
    ("GET", "/api/docs/docs.js", Rule::Public),
    ("GET", "/api/docs/docs.css", Rule::Public),
];

/// The server's parts without its ports, over an empty store in the bench's folder.
fn app(bench: &Bench) -> Arc<App> {
    let mut raw = RawConfig::default();
    let folder = bench.directory.path().to_str().unwrap().to_owned();
    raw.add_flag(Key::find("data").unwrap(), folder);
    raw.add_flag(Key::find("memory").unwrap(), "256MiB".to_owned());
    let config = Config::resolve(raw).unwrap();
    let clock: Arc<dyn Clock> = bench.clock.clone();
    let memory_bytes = usize::try_from(config.memory.store_bytes).unwrap();
    let options = Options::new(bench.directory.path(), memory_bytes);
    let nothing_to_replay = |_, _: &[u8], _: &_| Err("the log of a new folder is empty".to_owned());
    let store = Store::open(options, clock.clone(), &nothing_to_replay).unwrap();
    let limits = plimsoll_query::Limits::new(memory_bytes);
    let engine = Engine::new(store.clone(), limits).unwrap();
    let phase = Phase::default();
    phase.ready();
    Arc::new(App {
        ingest: Arc::new(Ingest::new(store.clone(), clock.clone(), &config)),
        access: bench.access.clone(),
        observed: Dropped::none(),
        started: clock.now(),
        config,
        clock,
        store,
        engine,
        phase,
    })
}

#[tokio::test]
async fn every_route_of_every_port_lets_in_exactly_whom_its_rule_names() {
    for ingest_needs_token in [false, true] {
        let bench = Bench::open(|config| config.ingest_needs_token = ingest_needs_token).await;
        let app = app(&bench);
        let otlp: Vec<_> = OTLP.into_iter().chain(HEALTH).collect();
        let (router, registered) = routes::otlp(&app).finish();
        check(&bench, &router, &registered, &otlp).await;
        let main: Vec<_> = otlp.into_iter().chain(API).collect();
        let (router, registered) = routes::main(&app).finish();
        check(&bench, &router, &registered, &main).await;
        app.store.close().await.unwrap();
    }
}
