//! Decides whether a request may reach its handler.
//!
//! A bearer token speaks for itself. A cookie is sent by the browser whoever made the request, so a
//! request that changes something and carries no token must come from this server's own page: its
//! `Origin` is ours, and with a session it has the header [`CSRF_HEADER`], which no form and no
//! other site can add.
//!
//! Invariants: bad credentials are refused, never ignored, except where a route is public; the
//! refusal is the same for an unknown, an expired and a revoked token; when the database does not
//! answer, nobody passes.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use plimsoll_model::ErrorCode;
use plimsoll_state::{Scopes, StateError};

use super::{AccessConfig, AccessState, Caller, Rule, Who, caller, cookie, headers};
use crate::problem::Problem;

/// What a page adds to a request that changes something.
const CSRF_HEADER: &str = "x-plimsoll-csrf";

/// A rule with what is needed to apply it.
#[derive(Clone)]
pub(super) struct Guard {
    pub(super) access: Arc<AccessState>,
    pub(super) rule: Rule,
}

/// The layer of one route: applies its rule, then hands the caller to the handler.
pub(super) async fn guard(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let caller = match authorize(&guard.access, guard.rule, &parts).await {
        Ok(caller) => caller,
        Err(problem) => return problem.into_response(),
    };
    parts.extensions.insert(caller.clone());
    let mut response = next.run(Request::from_parts(parts, body)).await;
    response.extensions_mut().insert(caller);
    response
}

/// The layer of all routes and of what is no route: the headers that protect a browser.
pub(super) async fn protect(
    State(access): State<Arc<AccessState>>,
    request: Request,
    next: Next,
) -> Response {
    let api = request.uri().path().starts_with("/api/");
    let mut response = next.run(request).await;
    headers::secure(response.headers_mut(), api, access.config.tls);
    response
}

/// Who calls, if the rule lets them. For protocols other than HTTP routes, too: the gRPC endpoint
/// maps the problem's code to its own status.
///
/// # Errors
/// The problem to answer with: unauthenticated, not allowed, or unavailable.
pub async fn authorize(access: &AccessState, rule: Rule, parts: &Parts) -> Result<Caller, Problem> {
    match decide(access, rule, parts).await {
        Ok(who) => Ok(Caller { remote: caller::remote(&parts.extensions), who }),
        Err(problem) => {
            access.count_refused();
            Err(problem)
        }
    }
}

async fn decide(access: &AccessState, rule: Rule, parts: &Parts) -> Result<Who, Problem> {
    if rule == Rule::Key {
        return Ok(Who::Anonymous);
    }
    let bearer = match rule {
        Rule::Public => None,
        _ => bearer(&parts.headers)?,
    };
    // Senders reach the server by whatever name their network gives it. A token proves that no
    // rebound page is talking, so only a sender without one must use an allowed name.
    if rule != Rule::Ingest || bearer.is_none() {
        access.hosts.check(parts)?;
    }
    if let Some(token) = bearer {
        let principal = access.state.authenticate(token).await.map_err(state_problem)?;
        let principal = principal.ok_or_else(unauthenticated)?;
        permit(rule, principal.scopes)?;
        return Ok(Who::Token(principal));
    }
    let changes = !parts.method.is_safe();
    if changes {
        check_origin(&access.config, parts)?;
    }
    if rule == Rule::Public {
        return Ok(Who::Anonymous);
    }
    if let Some(session) = session(access, &parts.headers).await? {
        if changes && parts.headers.get(CSRF_HEADER).is_none_or(|value| value != "1") {
            return Err(csrf_header_missing());
        }
        permit(rule, session.principal.scopes)?;
        return Ok(Who::Session(session));
    }
    if rule == Rule::Ingest && !access.config.ingest_needs_token {
        return Ok(Who::Anonymous);
    }
    Err(unauthenticated())
}

async fn session(
    access: &AccessState,
    headers: &HeaderMap,
) -> Result<Option<Arc<plimsoll_state::Session>>, Problem> {
    let Some(value) = cookie::session(headers) else { return Ok(None) };
    let session = access.state.session(value).await.map_err(state_problem)?;
    Ok(session.map(Arc::new))
}

/// The token in `Authorization: Bearer …`. Another scheme is a proxy's business and not ours.
fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(unauthenticated());
    }
    let value = value.to_str().map_err(|_| unauthenticated())?;
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    Ok(scheme.eq_ignore_ascii_case("bearer").then_some(token.trim()))
}

fn permit(rule: Rule, scopes: Scopes) -> Result<(), Problem> {
    match rule.scope() {
        Some(scope) if !scopes.permit(scope) => {
            let detail = format!("this needs the scope {}", scope.name());
            Err(Problem::new(ErrorCode::PermissionDenied, detail)
                .hint("use a token of that scope; an admin makes one with `plimsoll token create`"))
        }
        _ => Ok(()),
    }
}

/// Where the browser says the request came from, it must be this server's own page. Clients that
/// are no browser send neither header.
fn check_origin(config: &AccessConfig, parts: &Parts) -> Result<(), Problem> {
    let foreign = || {
        Problem::new(ErrorCode::PermissionDenied, "this request comes from another site's page")
            .location("header Origin")
            .hint("call from the server's own page, or send a token as `Authorization: Bearer …`")
    };
    let mut origins = parts.headers.get_all(header::ORIGIN).iter();
    if let Some(origin) = origins.next() {
        let own = origin.to_str().is_ok_and(|origin| is_own(config, parts, origin));
        if !own || origins.next().is_some() {
            return Err(foreign());
        }
    }
    match parts.headers.get("sec-fetch-site") {
        Some(site) if site != "same-origin" && site != "none" => Err(foreign()),
        _ => Ok(()),
    }
}

/// Whether an origin is the host that the request itself names, or the configured public one.
fn is_own(config: &AccessConfig, parts: &Parts, origin: &str) -> bool {
    let Ok(origin) = origin.parse::<Uri>() else { return false };
    let (Some(scheme), Some(_)) = (origin.scheme_str(), origin.authority()) else { return false };
    if !matches!(scheme, "http" | "https") || (config.https() && scheme == "http") {
        return false;
    }
    let origin_host = host_and_port(&origin, scheme);
    let host = parts.headers.get(header::HOST).and_then(|value| value.to_str().ok());
    let named = match host {
        Some(host) => host.parse::<Uri>().ok(),
        None => Some(parts.uri.clone()),
    };
    let named = named.and_then(|uri| host_and_port(&uri, scheme));
    let public = config.public_url.as_ref().and_then(|uri| host_and_port(uri, scheme));
    origin_host.is_some() && (origin_host == named || origin_host == public)
}

fn host_and_port(uri: &Uri, scheme: &str) -> Option<(String, u16)> {
    let default = if scheme == "https" { 443 } else { 80 };
    Some((uri.host()?.to_ascii_lowercase(), uri.port_u16().unwrap_or(default)))
}

fn unauthenticated() -> Problem {
    Problem::new(ErrorCode::Unauthenticated, "no valid credentials came with this request").hint(
        "send a token as `Authorization: Bearer …`, or sign in with the link of \
         `plimsoll token sign-in-link`",
    )
}

fn csrf_header_missing() -> Problem {
    Problem::new(
        ErrorCode::PermissionDenied,
        "a request that changes something with a session needs the header X-Plimsoll-CSRF: 1",
    )
    .location("header X-Plimsoll-CSRF")
    .hint("add the header, or send a token as `Authorization: Bearer …` instead of the cookie")
}

/// A failure of the database as a caller may see it.
pub(crate) fn state_problem(error: StateError) -> Problem {
    match error.code() {
        ErrorCode::Internal => Problem::internal(error),
        ErrorCode::Unavailable => {
            tracing::error!(%error, "the state database does not answer");
            Problem::new(ErrorCode::Unavailable, "the server cannot read or write its state")
                .hint("try again; if it stays so, see the server's log and its disk")
        }
        code => Problem::new(code, error.to_string()),
    }
}
