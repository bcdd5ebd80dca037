//! Test bench: every kind of caller against every route.
//!
//! [`check`] fails when the registered routes are not exactly those expected, and when a caller
//! passes a rule it should not, or is refused where it should pass.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, Response, header};
use plimsoll_model::{Clock, UnixNano};
use plimsoll_state::{Actor, NewToken, Scope, State};
use tempfile::TempDir;
use tower::ServiceExt;

use super::{AccessConfig, AccessState, Caller, RouteRule, Rule};

const HOUR: Duration = Duration::from_secs(3_600);

/// The host that requests of the bench name.
pub(crate) const HOST: &str = "127.0.0.1:7070";

/// A clock the test moves.
pub(crate) struct TestClock(AtomicI64);

impl TestClock {
    pub(crate) fn advance(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_nanos()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> UnixNano {
        self.0.load(Ordering::SeqCst)
    }
}

/// Access control over a real database in a folder of its own.
pub(crate) struct Bench {
    pub(crate) access: Arc<AccessState>,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) directory: TempDir,
}

impl Bench {
    pub(crate) async fn open(change: impl FnOnce(&mut AccessConfig)) -> Self {
        let directory = TempDir::new().unwrap();
        let clock = Arc::new(TestClock(AtomicI64::new(1_795_359_067_000_000_000)));
        let state = State::open(directory.path(), clock.clone()).await.unwrap();
        let mut config = AccessConfig::new(vec![HOST.parse().unwrap()]);
        change(&mut config);
        let access = AccessState::new(state, config, clock.clone());
        Self { access, clock, directory }
    }

    /// A new token's id and secret.
    pub(crate) async fn token(&self, scope: Scope) -> (String, String) {
        let scopes = [scope].into_iter().collect();
        let new = NewToken { name: "bench".to_owned(), scopes, lifetime: Some(HOUR) };
        let created = self.access.state.create_token(new, &Actor::server()).await.unwrap();
        (created.info.id, created.secret.expose().to_owned())
    }

    /// A new session's cookie.
    pub(crate) async fn cookie(&self, scope: Scope) -> String {
        let (_, token) = self.token(scope).await;
        let session = self.access.state.create_session(&token, HOUR, None).await.unwrap().unwrap();
        format!("plimsoll_session={}", session.secret.expose())
    }
}

/// A request from a loopback peer to the bench's host.
pub(crate) fn request(method: &Method, path: &str) -> axum::http::request::Builder {
    let peer: std::net::SocketAddr = ([127, 0, 0, 1], 50_000).into();
    Request::builder()
        .method(method.clone())
        .uri(path)
        .header(header::HOST, HOST)
        .extension(ConnectInfo(peer))
}

pub(crate) async fn send(router: &Router, request: Request<Body>) -> Response<Body> {
    router.clone().oneshot(request).await.unwrap()
}

/// Each kind of caller there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Anonymous,
    IngestToken,
    ViewerToken,
    AdminToken,
    UnknownToken,
    ExpiredToken,
    RevokedToken,
    ViewerCookie,
    AdminCookie,
    AdminCookieWithoutHeader,
    ExpiredCookie,
    EndedCookie,
}

const KINDS: [Kind; 12] = [
    Kind::Anonymous,
    Kind::IngestToken,
    Kind::ViewerToken,
    Kind::AdminToken,
    Kind::UnknownToken,
    Kind::ExpiredToken,
    Kind::RevokedToken,
    Kind::ViewerCookie,
    Kind::AdminCookie,
    Kind::AdminCookieWithoutHeader,
    Kind::ExpiredCookie,
    Kind::EndedCookie,
];

/// What should happen: `None` passes, a number is the status of the refusal.
fn expected(rule: Rule, kind: Kind, changes: bool, open_ingest: bool) -> Option<u16> {
    use Kind::*;
    match (rule, kind) {
        (Rule::Public | Rule::Key, _) => None,
        (_, UnknownToken | ExpiredToken | RevokedToken) => Some(401),
        (_, AdminToken | AdminCookie) => None,
        (_, AdminCookieWithoutHeader) => changes.then_some(403),
        (Rule::Ingest, IngestToken) => None,
        (_, IngestToken) => Some(403),
        (Rule::Viewer, ViewerToken | ViewerCookie) => None,
        (_, ViewerToken | ViewerCookie) => Some(403),
        (Rule::Ingest, Anonymous | ExpiredCookie | EndedCookie) if open_ingest => None,
        (_, Anonymous | ExpiredCookie | EndedCookie) => Some(401),
    }
}

/// Headers of a caller of this kind, made anew: a route may end the session that calls it.
async fn credentials(bench: &Bench, kind: Kind) -> Vec<(&'static str, String)> {
    let bearer = |token: String| vec![("authorization", format!("Bearer {token}"))];
    let session = |cookie| vec![("cookie", cookie), ("x-plimsoll-csrf", "1".to_owned())];
    match kind {
        Kind::Anonymous => Vec::new(),
        Kind::IngestToken => bearer(bench.token(Scope::Ingest).await.1),
        Kind::ViewerToken => bearer(bench.token(Scope::Read).await.1),
        Kind::AdminToken => bearer(bench.token(Scope::Admin).await.1),
        Kind::UnknownToken => bearer(format!("pls_{}_{}", "0".repeat(16), "0".repeat(64))),
        Kind::ExpiredToken => {
            let (_, token) = bench.token(Scope::Admin).await;
            bench.clock.advance(HOUR);
            bearer(token)
        }
        Kind::RevokedToken => {
            let (id, token) = bench.token(Scope::Admin).await;
            bench.access.state.revoke_token(&id, &Actor::server()).await.unwrap();
            bearer(token)
        }
        Kind::ViewerCookie => session(bench.cookie(Scope::Read).await),
        Kind::AdminCookie => session(bench.cookie(Scope::Admin).await),
        Kind::AdminCookieWithoutHeader => vec![("cookie", bench.cookie(Scope::Admin).await)],
        Kind::ExpiredCookie => {
            let cookie = bench.cookie(Scope::Admin).await;
            bench.clock.advance(HOUR);
            session(cookie)
        }
        Kind::EndedCookie => {
            let cookie = bench.cookie(Scope::Admin).await;
            let (_, value) = cookie.split_once('=').unwrap();
            bench.access.state.delete_session(value, None).await.unwrap();
            session(cookie)
        }
    }
}

/// Checks a finished router against the routes and rules it should have.
pub(crate) async fn check(
    bench: &Bench,
    router: &Router,
    registered: &[RouteRule],
    table: &[(&str, &str, Rule)],
) {
    let line = |method: &str, path: &str, rule: Rule| format!("{rule:?} {method} {path}");
    let registered_lines: BTreeSet<_> = registered
        .iter()
        .map(|route| line(route.method.as_str(), route.path, route.rule))
        .collect();
    let table_lines: BTreeSet<_> =
        table.iter().map(|(method, path, rule)| line(method, path, *rule)).collect();
    let unlisted: Vec<_> = registered_lines.difference(&table_lines).collect();
    let absent: Vec<_> = table_lines.difference(&registered_lines).collect();
    assert!(
        unlisted.is_empty() && absent.is_empty(),
        "routes and the table of who may call them differ;\n  registered and not in the table: \
         {unlisted:#?}\n  in the table and not registered: {absent:#?}"
    );
    let open_ingest = !bench.access.config.ingest_needs_token;
    for route in registered {
        for kind in KINDS {
            let answer = call(bench, router, route, kind).await;
            let passed = answer.extensions().get::<Caller>().is_some();
            let refused = (!passed).then(|| answer.status().as_u16());
            let changes = !route.method.is_safe();
            assert_eq!(
                refused,
                expected(route.rule, kind, changes, open_ingest),
                "{kind:?} calls {} {}: expected None to pass, else the status of a refusal",
                route.method,
                route.path
            );
        }
    }
}

async fn call(bench: &Bench, router: &Router, route: &RouteRule, kind: Kind) -> Response<Body> {
    // A placeholder such as `{id}` is no id of anything, which is all the rule needs.
    let path = match route.path {
        super::routes::FALLBACK_PATH => "/no/such/route".to_owned(),
        path => path.replace(['{', '}', '*'], ""),
    };
    let mut builder = request(&route.method, &path);
    for (name, value) in credentials(bench, kind).await {
        builder = builder.header(name, value);
    }
    send(router, builder.body(Body::empty()).unwrap()).await
}
