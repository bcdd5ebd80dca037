//! Access control through its router, over a real database and a clock the test moves.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, Response, StatusCode, Uri, header};
use axum::response::Html;
use http_body_util::BodyExt;
use plimsoll_state::{Actor, Scope};
use serde_json::{Value, json};
use utoipa::OpenApi;

use super::matrix::{Bench, HOST, check, request, send};
use super::{AccessApi, AccessConfig, RouteRule, Routes, Rule, first_sign_in_link, router};

/// What this module registers.
const ACCESS_ROUTES: [(&str, &str, Rule); 8] = [
    ("POST", "/api/v1/auth/sign-in", Rule::Public),
    ("POST", "/api/v1/auth/sign-out", Rule::Viewer),
    ("GET", "/api/v1/auth/session", Rule::Viewer),
    ("GET", "/sign-in", Rule::Public),
    ("GET", "/api/v1/admin/tokens", Rule::Admin),
    ("POST", "/api/v1/admin/tokens", Rule::Admin),
    ("DELETE", "/api/v1/admin/tokens/{id}", Rule::Admin),
    ("GET", "/api/v1/admin/audit", Rule::Admin),
];

/// Stand-ins for routes of every other rule.
const OTHER_ROUTES: [(&str, &str, Rule); 5] = [
    ("POST", "/v1/traces", Rule::Ingest),
    ("GET", "/api/v1/monitoring/metrics", Rule::Viewer),
    ("GET", "/api/v1/monitoring/traces/{trace_id}", Rule::Admin),
    ("POST", "/api/v1/query/sql", Rule::Admin),
    ("GET", "*", Rule::Public),
];

async fn ok() -> &'static str {
    "ok"
}

fn server(bench: &Bench) -> (Router, Vec<RouteRule>) {
    let mut routes: Routes<()> = router(&bench.access);
    for (method, path, rule) in OTHER_ROUTES {
        routes = match path {
            "*" => routes.public_fallback(|| async { Html("<!doctype html>") }),
            path => routes.route(rule, method.parse().unwrap(), path, ok),
        };
    }
    routes.finish()
}

async fn open(change: impl FnOnce(&mut AccessConfig)) -> (Bench, Router) {
    let bench = Bench::open(change).await;
    let (router, _) = server(&bench);
    (bench, router)
}

fn post(path: &str, body: &Value) -> Request<Body> {
    with(&[], path, body)
}

fn with(headers: &[(&str, &str)], path: &str, body: &Value) -> Request<Body> {
    let mut builder = request(&Method::POST, path).header("content-type", "application/json");
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    builder.body(Body::from(body.to_string())).unwrap()
}

fn get(headers: &[(&str, &str)], path: &str) -> Request<Body> {
    let mut builder = request(&Method::GET, path);
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    builder.body(Body::empty()).unwrap()
}

async fn text(answer: Response<Body>) -> String {
    let bytes = answer.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}

async fn json_of(answer: Response<Body>) -> Value {
    serde_json::from_str(&text(answer).await).unwrap()
}

/// The `name=value` of the session cookie an answer sets.
fn cookie(headers: &HeaderMap) -> String {
    let value = headers[header::SET_COOKIE].to_str().unwrap();
    value.split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn every_route_lets_in_exactly_whom_its_rule_names() {
    let table: Vec<_> = ACCESS_ROUTES.into_iter().chain(OTHER_ROUTES).collect();
    for ingest_needs_token in [false, true] {
        let bench = Bench::open(|config| config.ingest_needs_token = ingest_needs_token).await;
        let (router, registered) = server(&bench);
        check(&bench, &router, &registered, &table).await;
    }
}

#[tokio::test]
#[should_panic(expected = "Public GET /api/v1/new")]
async fn a_route_that_is_not_in_the_table_fails_the_test() {
    let bench = Bench::open(|_| ()).await;
    let routes = router(&bench.access).route(Rule::Public, Method::GET, "/api/v1/new", ok);
    let (router, registered) = routes.finish();
    check(&bench, &router, &registered, &ACCESS_ROUTES).await;
}

#[tokio::test]
async fn the_document_has_exactly_the_routes_and_their_credentials() {
    let document = serde_json::to_value(AccessApi::openapi()).unwrap();
    for (method, path, rule) in ACCESS_ROUTES {
        let operation = &document["paths"][path][method.to_lowercase()];
        assert!(operation.is_object(), "{method} {path} is not in the document");
        assert_eq!(operation.get("security").is_none(), rule == Rule::Public, "{method} {path}");
    }
    let paths = document["paths"].as_object().unwrap().values();
    let operations: usize = paths.map(|path| path.as_object().unwrap().len()).sum();
    assert_eq!(operations, ACCESS_ROUTES.len());
    assert!(document["components"]["securitySchemes"]["session"].is_object());
}

#[tokio::test]
async fn a_token_signs_in_and_the_session_signs_out() {
    let (bench, router) = open(|_| ()).await;
    let (_, token) = bench.token(Scope::Admin).await;
    let answer = send(&router, post("/api/v1/auth/sign-in", &json!({"token": token}))).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let set = answer.headers()[header::SET_COOKIE].to_str().unwrap().to_owned();
    for attribute in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=3600"] {
        assert!(set.split("; ").any(|part| part == attribute), "{attribute} is not in {set}");
    }
    assert!(!set.contains(&token));
    let cookie = cookie(answer.headers());
    assert_eq!(
        json_of(answer).await,
        json!({"role": "admin", "name": "bench", "expires_at": "2026-11-22T15:51:07.000000000Z"})
    );

    let session = get(&[("cookie", &cookie)], "/api/v1/auth/session");
    assert_eq!(json_of(send(&router, session).await).await["role"], "admin");
    let headers = [("cookie", cookie.as_str()), ("x-plimsoll-csrf", "1")];
    let answer = send(&router, with(&headers, "/api/v1/auth/sign-out", &json!({}))).await;
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    assert!(answer.headers()[header::SET_COOKIE].to_str().unwrap().contains("Max-Age=0"));
    let session = get(&[("cookie", &cookie)], "/api/v1/auth/session");
    assert_eq!(send(&router, session).await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_cookie_is_secure_when_browsers_come_over_https() {
    let changes: [fn(&mut AccessConfig); 2] = [
        |config| config.tls = true,
        |config| config.public_url = Some(Uri::from_static("https://plimsoll.example.com")),
    ];
    for change in changes {
        let (bench, router) = open(change).await;
        let (_, token) = bench.token(Scope::Read).await;
        let answer = send(&router, post("/api/v1/auth/sign-in", &json!({"token": token}))).await;
        assert!(answer.headers()[header::SET_COOKIE].to_str().unwrap().ends_with("; Secure"));
    }
}

#[tokio::test]
async fn the_first_link_signs_a_browser_in_once() {
    let (bench, router) = open(|_| ()).await;
    let state = bench.access.state();
    let link = first_sign_in_link(state, "http://127.0.0.1:7070/").await.unwrap().unwrap();
    let path = link.strip_prefix("http://127.0.0.1:7070").unwrap();

    // Looking at the link does not spend it.
    let look = request(&Method::HEAD, path).body(Body::empty()).unwrap();
    let answer = send(&router, look).await;
    assert!(!answer.headers().contains_key(header::SET_COOKIE));

    let answer = send(&router, get(&[], path)).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(answer.headers()[header::LOCATION], "/");
    assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-store");
    assert_eq!(answer.headers()[header::REFERRER_POLICY], "no-referrer");
    let cookie = cookie(answer.headers());
    let tokens = send(&router, get(&[("cookie", &cookie)], "/api/v1/admin/tokens")).await;
    assert_eq!(tokens.status(), StatusCode::OK);

    let again = send(&router, get(&[("accept", "text/html,*/*")], path)).await;
    assert_eq!(again.status(), StatusCode::UNAUTHORIZED);
    assert!(!again.headers().contains_key(header::SET_COOKIE));
    assert!(text(again).await.contains("plimsoll token sign-in-link"));

    bench.token(Scope::Admin).await;
    assert_eq!(first_sign_in_link(state, "http://127.0.0.1:7070").await.unwrap(), None);
}

#[tokio::test]
async fn refusals_do_not_tell_what_was_wrong() {
    let (bench, router) = open(|_| ()).await;
    let (id, revoked) = bench.token(Scope::Admin).await;
    bench.access.state().revoke_token(&id, &Actor::server()).await.unwrap();
    let (known, token) = bench.token(Scope::Admin).await;
    let (_, cannot) = bench.token(Scope::Ingest).await;
    let wrong_key = format!("pls_{known}_{}", "0".repeat(64));
    let unknown = format!("pls_{}_{}", "0".repeat(16), "0".repeat(64));
    let mut sign_ins = Vec::new();
    let mut calls = Vec::new();
    for bad in ["", "nonsense", &unknown, &wrong_key, &revoked, &cannot] {
        let answer = send(&router, post("/api/v1/auth/sign-in", &json!({"token": bad}))).await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
        sign_ins.push(text(answer).await);
        if bad != cannot {
            let bearer = format!("Bearer {bad}");
            let answer =
                send(&router, get(&[("authorization", &bearer)], "/api/v1/admin/tokens")).await;
            assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
            assert_eq!(answer.headers()[header::WWW_AUTHENTICATE], "Bearer");
            calls.push(text(answer).await);
        }
    }
    sign_ins.dedup();
    calls.dedup();
    assert_eq!((sign_ins.len(), calls.len()), (1, 1), "{sign_ins:#?} {calls:#?}");

    // Each failure is in the audit log, with the address and without what was sent.
    let (_, admin) = (id, token);
    let bearer = format!("Bearer {admin}");
    let log = send(&router, get(&[("authorization", &bearer)], "/api/v1/admin/audit")).await;
    let log = json_of(log).await;
    let refused: Vec<&Value> = log["entries"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["outcome"] == "refused")
        .collect();
    assert_eq!(refused.len(), 6);
    assert_eq!(refused[0]["action"], "session.begin");
    assert_eq!(refused[0]["remote"], "127.0.0.1");
}

#[tokio::test]
async fn sign_in_is_limited_and_recovers_with_time() {
    let (bench, router) = open(|_| ()).await;
    let (_, token) = bench.token(Scope::Admin).await;
    let bad = || post("/api/v1/auth/sign-in", &json!({"token": "nonsense"}));
    for _ in 0..5 {
        assert_eq!(send(&router, bad()).await.status(), StatusCode::UNAUTHORIZED);
        let link = send(&router, get(&[], "/sign-in?code=nonsense")).await;
        assert_eq!(link.status(), StatusCode::UNAUTHORIZED);
    }
    // The eleventh try is refused unseen, even a good one.
    let good = || post("/api/v1/auth/sign-in", &json!({"token": token}));
    let answer = send(&router, good()).await;
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(answer.headers()[header::RETRY_AFTER], "6");
    assert!(!answer.headers().contains_key(header::SET_COOKIE));

    let mut other = good();
    other.extensions_mut().insert(ConnectInfo(std::net::SocketAddr::from(([192, 0, 2, 1], 1))));
    assert_eq!(send(&router, other).await.status(), StatusCode::OK);

    bench.clock.advance(Duration::from_secs(6));
    for _ in 0..20 {
        assert_eq!(send(&router, good()).await.status(), StatusCode::OK);
    }
    assert_eq!(send(&router, bad()).await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(send(&router, bad()).await.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(bench.access.sign_ins_refused(), 13);
}

#[tokio::test]
async fn another_sites_page_can_change_nothing() {
    let (bench, router) = open(|_| ()).await;
    let cookie = bench.cookie(Scope::Admin).await;
    let own = format!("http://{HOST}");
    let https = format!("https://{HOST}");
    // Origin, Sec-Fetch-Site, the header, and whether the request passes.
    let cases: [(Option<&str>, Option<&str>, bool, bool); 12] = [
        (Some(&own), Some("same-origin"), true, true),
        (Some(&https), None, true, true),
        (None, None, true, true),
        (Some(&own), Some("same-origin"), false, false),
        (None, None, false, false),
        (Some("http://evil.example"), None, true, false),
        (Some("null"), None, true, false),
        (Some("http://127.0.0.1:3000"), Some("same-site"), true, false),
        (Some("http://localhost:7070"), None, true, false),
        (Some("ftp://127.0.0.1:7070"), None, true, false),
        (None, Some("cross-site"), true, false),
        (None, Some("none"), true, true),
    ];
    for (origin, site, csrf, passes) in cases {
        let mut headers = vec![("cookie", cookie.as_str())];
        headers.extend(origin.map(|origin| ("origin", origin)));
        headers.extend(site.map(|site| ("sec-fetch-site", site)));
        headers.extend(csrf.then_some(("x-plimsoll-csrf", "1")));
        let answer = send(&router, with(&headers, "/api/v1/query/sql", &json!({}))).await;
        let expected = if passes { StatusCode::OK } else { StatusCode::FORBIDDEN };
        assert_eq!(answer.status(), expected, "{origin:?} {site:?} {csrf}");
    }
    // The same page cannot sign anybody in, nor send telemetry where no token is needed.
    for path in ["/api/v1/auth/sign-in", "/v1/traces"] {
        let headers = [("origin", "http://evil.example")];
        let answer = send(&router, with(&headers, path, &json!({"token": "x"}))).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{path}");
    }
    // Two origins are none.
    let headers = [
        ("cookie", cookie.as_str()),
        ("x-plimsoll-csrf", "1"),
        ("origin", own.as_str()),
        ("origin", own.as_str()),
    ];
    let answer = send(&router, with(&headers, "/api/v1/query/sql", &json!({}))).await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn behind_a_proxy_the_public_origin_is_our_own() {
    let public = |config: &mut AccessConfig| {
        config.public_url = Some(Uri::from_static("https://plimsoll.example.com"));
    };
    let (bench, router) = open(public).await;
    let cookie = bench.cookie(Scope::Admin).await;
    let cases = [
        ("https://plimsoll.example.com", StatusCode::OK),
        ("https://plimsoll.example.com:443", StatusCode::OK),
        ("http://plimsoll.example.com", StatusCode::FORBIDDEN),
        ("https://plimsoll.example.com:8443", StatusCode::FORBIDDEN),
    ];
    for (origin, expected) in cases {
        let headers = [("cookie", cookie.as_str()), ("x-plimsoll-csrf", "1"), ("origin", origin)];
        let answer = send(&router, with(&headers, "/api/v1/query/sql", &json!({}))).await;
        assert_eq!(answer.status(), expected, "{origin}");
    }
}

#[tokio::test]
async fn a_rebound_name_reaches_nothing() {
    let (bench, router) = open(|_| ()).await;
    let (_, admin) = bench.token(Scope::Admin).await;
    let bearer = format!("Bearer {admin}");
    for path in ["/", "/api/v1/auth/session", "/api/v1/monitoring/metrics", "/sign-in?code=x"] {
        for host in ["evil.example", "evil.example:7070", "192.0.2.1"] {
            let mut request = get(&[("authorization", &bearer)], path);
            request.headers_mut().insert(header::HOST, host.parse().unwrap());
            let answer = send(&router, request).await;
            assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{host} {path}");
            assert!(!text(answer).await.contains("evil"));
        }
    }
    // A sender without a token could be a rebound page; one with a token could not.
    for (authorization, expected) in [(None, StatusCode::FORBIDDEN), (Some(bearer), StatusCode::OK)]
    {
        let mut request = post("/v1/traces", &json!({}));
        request.headers_mut().insert(header::HOST, "plimsoll:4318".parse().unwrap());
        if let Some(bearer) = authorization {
            request.headers_mut().insert(header::AUTHORIZATION, bearer.parse().unwrap());
        }
        assert_eq!(send(&router, request).await.status(), expected);
    }
}

#[tokio::test]
async fn every_answer_has_the_headers_that_protect_a_browser() {
    let (_bench, router) = open(|_| ()).await;
    let paths =
        ["/", "/api/v1/auth/session", "/api/v1/admin/tokens", "/sign-in?code=x", "/v1/traces"];
    for path in paths {
        let answer = send(&router, get(&[], path)).await;
        let headers = answer.headers();
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(headers["referrer-policy"], "no-referrer");
        assert_eq!(headers["x-frame-options"], "DENY");
        assert_eq!(headers["cross-origin-opener-policy"], "same-origin");
        assert_eq!(headers["cross-origin-resource-policy"], "same-origin");
        assert!(!headers.contains_key("strict-transport-security"));
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; "), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"));
        assert_eq!(policy.contains("script-src 'self'"), path == "/", "{path}: {policy}");
        if path.starts_with("/api/") {
            assert_eq!(headers[header::CACHE_CONTROL], "no-store");
        }
    }
    let (_bench, router) = open(|config| config.tls = true).await;
    let answer = send(&router, get(&[], "/")).await;
    assert!(answer.headers().contains_key("strict-transport-security"));
}

#[tokio::test]
async fn an_admin_makes_lists_and_revokes_tokens() {
    let (bench, router) = open(|_| ()).await;
    let cookie = bench.cookie(Scope::Admin).await;
    let headers = [("cookie", cookie.as_str()), ("x-plimsoll-csrf", "1")];
    let wish = json!({"name": "collector", "scopes": ["ingest"], "expires_in_hours": 24});
    let answer = send(&router, with(&headers, "/api/v1/admin/tokens", &wish)).await;
    assert_eq!(answer.status(), StatusCode::CREATED);
    assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-store");
    let made = json_of(answer).await;
    assert_eq!(made["scopes"], json!(["ingest"]));
    assert_eq!(made["expires_at"], "2026-11-23T14:51:07.000000000Z");
    let (id, token) = (made["id"].as_str().unwrap(), made["token"].as_str().unwrap());
    assert!(token.starts_with("pls_"));

    let bearer = format!("Bearer {token}");
    let ingest = || with(&[("authorization", &bearer)], "/v1/traces", &json!({}));
    assert_eq!(send(&router, ingest()).await.status(), StatusCode::OK);

    let list = text(send(&router, get(&headers, "/api/v1/admin/tokens")).await).await;
    assert!(!list.contains(token.rsplit('_').next().unwrap()));
    let list: Value = serde_json::from_str(&list).unwrap();
    let listed = list["tokens"].as_array().unwrap().iter().find(|entry| entry["id"] == id).unwrap();
    assert_eq!((&listed["live"], &listed["name"]), (&json!(true), &json!("collector")));

    let revoke = |id: &str| {
        let mut request = get(&headers, &format!("/api/v1/admin/tokens/{id}"));
        *request.method_mut() = Method::DELETE;
        request
    };
    assert_eq!(send(&router, revoke(id)).await.status(), StatusCode::NO_CONTENT);
    assert_eq!(send(&router, ingest()).await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(send(&router, revoke("ffffffffffffffff")).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(send(&router, revoke("bootstrap")).await.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn bad_bodies_are_refused_without_repeating_them() {
    let (bench, router) = open(|_| ()).await;
    let (_, admin) = bench.token(Scope::Admin).await;
    let bearer = format!("Bearer {admin}");
    let secret = "s3cret-in-the-wrong-place";
    let long = "x".repeat(5_000);
    let sign_in = "/api/v1/auth/sign-in";
    let tokens = "/api/v1/admin/tokens";
    let cases = [
        (sign_in, "application/json", json!({"token": [secret]}).to_string(), 400),
        (sign_in, "application/json", json!({"token": "x", secret: 1}).to_string(), 400),
        (sign_in, "application/json", format!("{{\"token\": \"{secret}"), 400),
        (sign_in, "application/json", String::new(), 400),
        (sign_in, "application/json", json!({"token": long}).to_string(), 413),
        (sign_in, "text/plain", json!({"token": secret}).to_string(), 415),
        (sign_in, "application/x-www-form-urlencoded", format!("token={secret}"), 415),
        (tokens, "application/json", json!({"name": secret, "scopes": ["root"]}).to_string(), 400),
        (tokens, "application/json", json!({"name": secret, "scopes": []}).to_string(), 400),
        (tokens, "application/json", json!({"name": "", "scopes": ["read"]}).to_string(), 400),
        (
            tokens,
            "application/json",
            json!({"name": secret, "scopes": ["read"], "expires_in_hours": 0}).to_string(),
            400,
        ),
    ];
    for (path, media_type, body, expected) in cases {
        let request = request(&Method::POST, path)
            .header("content-type", media_type)
            .header("authorization", &bearer)
            .body(Body::from(body.clone()))
            .unwrap();
        let answer = send(&router, request).await;
        assert_eq!(answer.status().as_u16(), expected, "{path} {body:.80}");
        assert_eq!(answer.headers()[header::CONTENT_TYPE], "application/problem+json");
        assert!(!text(answer).await.contains(secret), "{path} {body:.80}");
    }
}

#[tokio::test]
async fn the_audit_log_is_read_page_by_page() {
    let (bench, router) = open(|_| ()).await;
    for _ in 0..7 {
        bench.token(Scope::Read).await;
    }
    let (_, admin) = bench.token(Scope::Admin).await;
    let bearer = format!("Bearer {admin}");
    let read = |query: &str| {
        let path = format!("/api/v1/admin/audit?{query}");
        send(&router, get(&[("authorization", &bearer)], &path))
    };
    let mut objects = Vec::new();
    let mut query = "limit=3".to_owned();
    loop {
        let page = json_of(read(&query).await).await;
        let entries = page["entries"].as_array().unwrap();
        assert!((1..=3).contains(&entries.len()));
        objects.extend(entries.iter().map(|entry| entry["object"].as_str().unwrap().to_owned()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        query = format!("limit=3&cursor={cursor}");
    }
    assert_eq!(objects.len(), 8);
    objects.sort();
    objects.dedup();
    assert_eq!(objects.len(), 8);
    for bad in ["limit=0", "limit=1001", "limit=x", "cursor=x", "page=2"] {
        assert_eq!(read(bad).await.status(), StatusCode::BAD_REQUEST, "{bad}");
    }
}

#[tokio::test]
async fn a_database_that_does_not_answer_lets_nobody_pass() {
    let (bench, router) = open(|_| ()).await;
    let (_, admin) = bench.token(Scope::Admin).await;
    let cookie = bench.cookie(Scope::Admin).await;
    bench.access.state().close().await;
    let bearer = format!("Bearer {admin}");
    for header in [("authorization", bearer.as_str()), ("cookie", cookie.as_str())] {
        let answer = send(&router, get(&[header], "/api/v1/admin/tokens")).await;
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE, "{}", header.0);
        assert!(answer.headers().contains_key(header::RETRY_AFTER));
    }
}

/// Collects what is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_secret_is_ever_logged() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    // Where there is one subscriber only, whether an event is wanted is asked of the thread that first meets it, which
    // may be another test's, and remembered for all.
    let _another = tracing::Dispatch::new(tracing_subscriber::registry());
    let _guard = tracing::subscriber::set_default(subscriber);

    let (bench, router) = open(|_| ()).await;
    let (id, token) = bench.token(Scope::Admin).await;
    let link = first_sign_in_link(bench.access.state(), "http://x").await.unwrap();
    assert_eq!(link, None);
    let code = bench
        .access
        .state()
        .issue_sign_in_code(Duration::from_secs(60), &Actor::server())
        .await
        .unwrap();
    let path = format!("/sign-in?code={}", code.expose());
    let linked = cookie(send(&router, get(&[], &path)).await.headers());
    let signed = send(&router, post("/api/v1/auth/sign-in", &json!({"token": token}))).await;
    let signed = cookie(signed.headers());
    send(&router, get(&[], &path)).await;
    bench.access.state().revoke_token(&id, &Actor::server()).await.unwrap();
    let bearer = format!("Bearer {token}");
    send(&router, get(&[("authorization", &bearer)], "/api/v1/admin/tokens")).await;
    send(&router, post("/api/v1/auth/sign-in", &json!({"token": token}))).await;
    bench.access.state().close().await;
    send(&router, get(&[("cookie", &linked)], "/api/v1/admin/tokens")).await;

    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("a sign-in was refused") && log.contains("does not answer"), "{log}");
    for secret in [&token, &linked, &signed, code.expose()] {
        let key = secret.rsplit('_').next().unwrap();
        assert!(!log.contains(&key[..12]), "{log}");
    }
}
