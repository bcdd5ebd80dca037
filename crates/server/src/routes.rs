//! Every route of every port, each with who may call it.
//!
//! Invariant: nothing is served that is not registered here or by [`crate::access::router`].

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{Method, Response};
use axum::middleware::from_fn;
use axum::response::IntoResponse;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};

use crate::access::{self, Routes, Rule};
use crate::app::App;
use crate::ingest::{self, GRPC_METHODS, HTTP_PATHS};
use crate::problem::not_found;
use crate::{api, health, page, prometheus, sentry, trace};

/// Smaller answers than this fit one packet anyway.
const COMPRESS_ABOVE_BYTES: u16 = 1_024;

/// The main port: page, API, OTLP.
pub(crate) fn main(app: &Arc<App>) -> Routes {
    let pages = access::router(&app.access)
        .merge(health_routes(app))
        .merge(api::routes(app))
        .merge(prometheus::routes(app))
        .public_fallback(|request: Request| async move { fallback(request) })
        .layer(CompressionLayer::new().compress_when(compressible()))
        .layer(from_fn(trace::layer));
    let sentry = sentry::routes(app).layer(from_fn(trace::layer));
    pages.merge(otlp_routes(app)).merge(sentry)
}

/// The ports of OTLP: both protocols on either, so that a swapped port number works, too.
pub(crate) fn otlp(app: &Arc<App>) -> Routes {
    let nothing = |request: Request| async move {
        match ingest::is_grpc(request.headers()) {
            true => ingest::unknown_grpc_method(request.uri().path()),
            false => not_found().hint("this port takes OTLP; see /v1/traces").into_response(),
        }
    };
    let health = health_routes(app).layer(from_fn(trace::layer));
    otlp_routes(app).merge(health).public_fallback(nothing)
}

fn compressible() -> impl Predicate {
    SizeAbove::new(COMPRESS_ABOVE_BYTES)
        .and(NotForContentType::IMAGES)
        .and(NotForContentType::const_new("font/"))
}

fn health_routes(app: &Arc<App>) -> Routes {
    Routes::new(&app.access)
        .route(Rule::Public, Method::GET, "/healthz", health::health)
        .route(Rule::Public, Method::GET, "/readyz", health::ready)
        .route(Rule::Viewer, Method::GET, "/metrics", health::metrics)
        .with_state(Arc::clone(app))
}

fn otlp_routes(app: &Arc<App>) -> Routes {
    let mut routes: Routes<()> = Routes::new(&app.access);
    for (path, kind) in HTTP_PATHS {
        let taker = Arc::clone(&app.ingest);
        let export = move |request| ingest::export_http(Arc::clone(&taker), kind, request);
        routes = routes.route(Rule::Ingest, Method::POST, path, export);
    }
    for (path, kind) in GRPC_METHODS {
        let taker = Arc::clone(&app.ingest);
        let export = move |request| ingest::export_grpc(Arc::clone(&taker), kind, request);
        routes = routes.route(Rule::Ingest, Method::POST, path, export);
    }
    routes.layer(from_fn(ingest::answer_in_kind))
}

/// What no route answers: the page, or what is not there.
fn fallback(request: Request) -> Response<Body> {
    if ingest::is_grpc(request.headers()) {
        return ingest::unknown_grpc_method(request.uri().path());
    }
    match *request.method() {
        Method::GET | Method::HEAD => page::serve(request.uri(), request.headers()),
        _ => not_found().into_response(),
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_store::{Options, Store};

    use super::*;
    use crate::access::matrix::{Bench, check};
    use crate::app::Phase;
    use crate::config::{Config, Key, RawConfig};
    use crate::ingest::Ingest;

    const MONITORING: &[(&str, &str, Rule)] = &[
        ("GET", "/api/v1/monitoring/metrics", Rule::Viewer),
        ("GET", "/api/v1/monitoring/dashboard", Rule::Admin),
        ("GET", "/api/v1/monitoring/services", Rule::Admin),
        ("GET", "/api/v1/monitoring/services/{name}", Rule::Admin),
        ("GET", "/api/v1/monitoring/traces", Rule::Admin),
        ("GET", "/api/v1/monitoring/traces/{trace_id}", Rule::Admin),
        ("GET", "/api/v1/monitoring/logs", Rule::Admin),
        ("GET", "/api/v1/monitoring/logs/volume", Rule::Admin),
        ("GET", "/api/v1/monitoring/alerts", Rule::Admin),
        ("GET", "/api/v1/monitoring/service-map", Rule::Admin),
        ("GET", "/api/v1/monitoring/cardinality", Rule::Admin),
        ("GET", "/api/v1/monitoring/errors", Rule::Admin),
        ("GET", "/api/v1/monitoring/errors/events", Rule::Admin),
        ("POST", "/api/v1/monitoring/errors/actions", Rule::Admin),
        ("POST", "/api/v1/monitoring/errors/merge", Rule::Admin),
        ("GET", "/api/v1/monitoring/errors/{id}", Rule::Admin),
        ("PATCH", "/api/v1/monitoring/errors/{id}", Rule::Admin),
        ("GET", "/api/v1/monitoring/errors/{id}/occurrences", Rule::Admin),
        ("GET", "/api/v1/monitoring/errors/{id}/occurrences/{occurrence}", Rule::Admin),
        ("GET", "/api/v1/monitoring/errors/{id}/tags", Rule::Admin),
        ("GET", "/api/v1/monitoring/errors/{id}/groups", Rule::Admin),
        ("GET", "/api/v1/monitoring/errors/{id}/activity", Rule::Admin),
        ("POST", "/api/v1/monitoring/errors/{id}/comments", Rule::Admin),
        ("POST", "/api/v1/monitoring/errors/{id}/split", Rule::Admin),
        (
            "GET",
            "/api/v1/monitoring/errors/{id}/occurrences/{occurrence}/attachments/{attachment}",
            Rule::Admin,
        ),
        ("GET", "/api/v1/errors/searches", Rule::Admin),
        ("POST", "/api/v1/errors/searches", Rule::Admin),
        ("DELETE", "/api/v1/errors/searches/{id}", Rule::Admin),
        ("GET", "/api/v1/errors/grouping-rules", Rule::Admin),
        ("PUT", "/api/v1/errors/grouping-rules", Rule::Admin),
        ("POST", "/api/v1/errors/grouping-rules/preview", Rule::Admin),
        ("GET", "/api/v1/releases", Rule::Admin),
        ("POST", "/api/v1/releases", Rule::Admin),
        ("GET", "/api/v1/releases/{version}", Rule::Admin),
        ("POST", "/api/v1/releases/{version}/deploys", Rule::Admin),
        ("GET", "/api/v1/deploys", Rule::Admin),
        ("GET", "/api/v1/monitors", Rule::Admin),
        ("GET", "/api/v1/monitors/{slug}/check-ins", Rule::Admin),
        ("DELETE", "/api/v1/monitors/{slug}", Rule::Admin),
        ("GET", "/api/v1/source-maps", Rule::Admin),
        ("PUT", "/api/v1/source-maps", Rule::Admin),
        ("DELETE", "/api/v1/source-maps/{id}", Rule::Admin),
        ("GET", "/api/v1/errors/projects", Rule::Admin),
        ("POST", "/api/v1/errors/projects", Rule::Admin),
        ("POST", "/api/v1/errors/projects/{id}/keys", Rule::Admin),
        ("DELETE", "/api/v1/errors/projects/{id}/keys/{public_key}", Rule::Admin),
        ("GET", "/api/v1/dashboards", Rule::Viewer),
        ("POST", "/api/v1/dashboards", Rule::Admin),
        ("POST", "/api/v1/dashboards/import", Rule::Admin),
        ("GET", "/api/v1/dashboards/{id}", Rule::Viewer),
        ("PUT", "/api/v1/dashboards/{id}", Rule::Admin),
        ("DELETE", "/api/v1/dashboards/{id}", Rule::Admin),
        ("GET", "/api/v1/dashboards/{id}/versions", Rule::Viewer),
        ("POST", "/api/v1/query/sql", Rule::Admin),
        ("GET", "/api/v1/admin/tokens", Rule::Admin),
        ("POST", "/api/v1/admin/tokens", Rule::Admin),
        ("DELETE", "/api/v1/admin/tokens/{id}", Rule::Admin),
        ("GET", "/api/v1/admin/audit", Rule::Admin),
    ];

    const PROMETHEUS: &[(&str, &str, Rule)] = &[
        ("GET", "/prometheus/api/v1/query", Rule::Viewer),
        ("POST", "/prometheus/api/v1/query", Rule::Viewer),
        ("GET", "/prometheus/api/v1/query_range", Rule::Viewer),
        ("POST", "/prometheus/api/v1/query_range", Rule::Viewer),
        ("GET", "/prometheus/api/v1/query_exemplars", Rule::Viewer),
        ("POST", "/prometheus/api/v1/query_exemplars", Rule::Viewer),
        ("GET", "/prometheus/api/v1/series", Rule::Viewer),
        ("POST", "/prometheus/api/v1/series", Rule::Viewer),
        ("GET", "/prometheus/api/v1/labels", Rule::Viewer),
        ("POST", "/prometheus/api/v1/labels", Rule::Viewer),
        ("GET", "/prometheus/api/v1/label/{name}/values", Rule::Viewer),
        ("GET", "/prometheus/api/v1/metadata", Rule::Viewer),
        ("GET", "/prometheus/api/v1/status/buildinfo", Rule::Viewer),
        ("GET", "/prometheus/api/v1/status/runtimeinfo", Rule::Viewer),
        ("GET", "/prometheus/api/v1/status/flags", Rule::Viewer),
        ("GET", "/prometheus/api/v1/status/tsdb", Rule::Viewer),
        ("GET", "/prometheus/api/v1/format_query", Rule::Viewer),
        ("POST", "/prometheus/api/v1/format_query", Rule::Viewer),
        ("GET", "/prometheus/api/v1/parse_query", Rule::Viewer),
        ("POST", "/prometheus/api/v1/parse_query", Rule::Viewer),
        ("GET", "/prometheus/api/v1/targets", Rule::Viewer),
        ("GET", "/prometheus/api/v1/rules", Rule::Viewer),
        ("GET", "/prometheus/api/v1/alerts", Rule::Viewer),
        ("GET", "/prometheus/federate", Rule::Viewer),
        ("POST", "/prometheus/api/v1/write", Rule::Ingest),
    ];

    /// Anybody who has a project's key, which the handler asks for.
    const SENTRY: &[(&str, &str, Rule)] = &[
        ("POST", "/api/{project}/envelope/", Rule::Key),
        ("OPTIONS", "/api/{project}/envelope/", Rule::Key),
        ("POST", "/api/{project}/envelope", Rule::Key),
        ("OPTIONS", "/api/{project}/envelope", Rule::Key),
        ("POST", "/api/{project}/store/", Rule::Key),
        ("OPTIONS", "/api/{project}/store/", Rule::Key),
        ("POST", "/api/{project}/store", Rule::Key),
        ("OPTIONS", "/api/{project}/store", Rule::Key),
    ];

    /// Anybody: what a browser needs before it is signed in, and what says nothing.
    const PUBLIC: &[(&str, &str, Rule)] = &[
        ("GET", "*", Rule::Public),
        ("GET", "/sign-in", Rule::Public),
        ("POST", "/api/v1/auth/sign-in", Rule::Public),
        ("GET", "/api/openapi.json", Rule::Public),
        ("GET", "/api/docs", Rule::Public),
        ("GET", "/api/docs/docs.js", Rule::Public),
        ("GET", "/api/docs/docs.css", Rule::Public),
    ];

    /// Whoever is signed in.
    const SESSION: &[(&str, &str, Rule)] = &[
        ("GET", "/api/v1/auth/session", Rule::Viewer),
        ("POST", "/api/v1/auth/sign-out", Rule::Viewer),
    ];

    const HEALTH: &[(&str, &str, Rule)] = &[
        ("GET", "/healthz", Rule::Public),
        ("GET", "/readyz", Rule::Public),
        ("GET", "/metrics", Rule::Viewer),
    ];

    fn otlp_table() -> impl Iterator<Item = (&'static str, &'static str, Rule)> {
        let paths = HTTP_PATHS.into_iter().chain(GRPC_METHODS);
        paths.map(|(path, _)| ("POST", path, Rule::Ingest))
    }

    async fn app(bench: &Bench) -> Arc<App> {
        let mut raw = RawConfig::default();
        raw.add_flag(Key::find("memory").unwrap(), "256MiB".to_owned());
        let config = Config::resolve(raw).unwrap();
        let clock = bench.clock.clone();
        let options = Options::new(bench.directory.path(), 32 << 20);
        let store = Store::open(options, clock.clone(), &|_, _, _| unreachable!()).unwrap();
        let limits = plimsoll_query::Limits::new(32 << 20);
        let engine = plimsoll_query::Engine::new(store.clone(), limits).unwrap();
        let index = Arc::new(plimsoll_series::Index::new(Default::default(), Default::default()));
        let derived = Arc::new(crate::span_metrics::Derived::new(clock.clone(), true, 256 << 20));
        let options = plimsoll_promql::Options::default();
        let metrics = plimsoll_query::Metrics::new(engine.clone(), Arc::clone(&index), options);
        let errors = crate::errors::Errors::open(
            config.errors,
            bench.access.state().clone(),
            engine.clone(),
            store.clone(),
            clock.clone(),
            tokio_util::task::TaskTracker::new(),
            Arc::new(plimsoll_wire::scrub::Scrubber::new(&config.privacy)),
            1 << 20,
        );
        let errors = Arc::new(errors.await.unwrap());
        Arc::new(App {
            errors: Arc::clone(&errors),
            engine,
            metrics,
            ingest: Arc::new(Ingest::new(
                store.clone(),
                index,
                Arc::clone(&derived),
                errors,
                Arc::new(plimsoll_wire::scrub::Scrubber::new(&config.privacy)),
                clock.clone(),
                &config,
            )),
            derived,
            scraper: parking_lot::RwLock::default(),
            access: Arc::clone(&bench.access),
            recording: Arc::new(crate::recording::Recording::new(
                Vec::new(),
                std::time::Duration::from_secs(60),
            )),
            phase: Phase::default(),
            observed: crate::observe::Dropped::none(),
            started: 0,
            monitors: Arc::new(
                crate::monitors::Monitors::open(bench.access.state().clone(), bench.clock.clone())
                    .await
                    .unwrap(),
            ),
            outcomes: crate::sentry::Outcomes::default(),
            quotas: crate::sentry::Quotas::default(),
            page_url: "http://127.0.0.1:7070".to_owned(),
            config,
            clock,
            store,
        })
    }

    #[tokio::test]
    async fn every_route_of_every_port_asks_the_right_callers() {
        for open in [true, false] {
            let bench = Bench::open(|config| config.ingest_needs_token = !open).await;
            let app = app(&bench).await;

            let (router, rules) = main(&app).finish();
            let tables = [MONITORING, PROMETHEUS, SENTRY, PUBLIC, SESSION, HEALTH].concat();
            let table: Vec<_> = tables.into_iter().chain(otlp_table()).collect();
            check(&bench, &router, &rules, &table).await;

            let (router, rules) = otlp(&app).finish();
            let fallback = ("GET", "*", Rule::Public);
            let table: Vec<_> =
                HEALTH.iter().copied().chain(otlp_table()).chain([fallback]).collect();
            check(&bench, &router, &rules, &table).await;
        }
    }

    #[tokio::test]
    async fn every_api_route_is_in_the_openapi_document() {
        let bench = Bench::open(|_| {}).await;
        let (_, rules) = main(&app(&bench).await).finish();
        let document = serde_json::to_value(crate::api::document()).unwrap();
        let documented = |method: &str, path: &str| {
            document["paths"][path].get(method.to_ascii_lowercase()).is_some()
        };
        // What browsers ask before they send, and the same path without its slash.
        let again = |rule: &&crate::access::RouteRule| {
            rule.rule == Rule::Key && (rule.method == Method::OPTIONS || !rule.path.ends_with('/'))
        };
        for rule in rules.iter().filter(|rule| !again(rule)) {
            let of_protocol = rule.path == "*" || rule.path.starts_with("/opentelemetry.");
            let of_docs = rule.path.starts_with("/api/docs/");
            assert!(
                of_protocol || of_docs || documented(rule.method.as_str(), rule.path),
                "{} {} is not in the document",
                rule.method,
                rule.path
            );
        }
        let count = document["paths"].as_object().unwrap().values().map(|item| {
            item.as_object().unwrap().keys().filter(|key| *key != "parameters").count()
        });
        assert_eq!(
            count.sum::<usize>(),
            rules.len() - rules.iter().filter(again).count() - 1 - GRPC_METHODS.len() - 2
        );
    }
}
