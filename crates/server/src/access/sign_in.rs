//! Signing in and out: with a token, or by following a one-time link.
//!
//! Invariants: tries are limited before anything is looked up; a refusal is the same whatever was
//! wrong, and is in the audit log; the secret of a session leaves only in its cookie.

use std::future::Future;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use plimsoll_model::{ErrorCode, UnixNano};
use plimsoll_state::{Actor, NewSession, StateError};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::body::read_json;
use super::guard::state_problem;
use super::timestamp::rfc3339;
use super::{AccessState, Caller, Routes, Rule, Who, cookie};
use crate::problem::Problem;

/// How long a sign-in link can be followed: time to find the terminal it was printed on.
const LINK_LIFETIME: Duration = Duration::from_secs(3_600);

/// What a browser shows whose link is spent.
const LINK_REFUSED_PAGE: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
    <meta name=\"viewport\" content=\"width=device-width\"><title>Link not valid · Plimsoll</title>\
    <link rel=\"icon\" href=\"/favicon.svg\"><link rel=\"stylesheet\" href=\"/missing.css\">\
    <main><h1>This sign-in link is not valid</h1>\
    <p>A link signs in once, within an hour. On the server’s machine this prints a new one:</p>\
    <pre>plimsoll token sign-in-link</pre>\
    <p>If this browser is signed in already, <a href=\"/\">go to the overview</a>.</p></main>";

pub(super) fn routes(access: &Arc<AccessState>) -> Routes<Arc<AccessState>> {
    Routes::new(access)
        .route(Rule::Public, Method::POST, "/api/v1/auth/sign-in", sign_in)
        .route(Rule::Viewer, Method::POST, "/api/v1/auth/sign-out", sign_out)
        .route(Rule::Viewer, Method::GET, "/api/v1/auth/session", session)
        .route(Rule::Public, Method::GET, "/sign-in", follow_link)
}

/// A link that signs the browser in as admin, once, within an hour. `base` is the address of the
/// page, such as `http://127.0.0.1:7070`.
///
/// # Errors
/// When the database fails.
pub async fn sign_in_link(
    state: &plimsoll_state::State,
    base: &str,
    actor: &Actor,
) -> Result<String, StateError> {
    let code = state.issue_sign_in_code(LINK_LIFETIME, actor).await?;
    Ok(format!("{}/sign-in?code={}", base.trim_end_matches('/'), code.expose()))
}

/// The link to print at start: only while no admin token exists, since then nobody could sign in.
///
/// # Errors
/// When the database fails.
pub async fn first_sign_in_link(
    state: &plimsoll_state::State,
    base: &str,
) -> Result<Option<String>, StateError> {
    match state.has_admin_token().await? {
        true => Ok(None),
        false => sign_in_link(state, base, &Actor::server()).await.map(Some),
    }
}

/// A sign-in with a token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SignIn {
    /// A token of scope read or admin.
    token: String,
}

/// Who is signed in.
#[derive(Serialize, ToSchema)]
pub(super) struct SessionInfo {
    /// What the caller may do.
    #[schema(value_type = String, example = "admin")]
    role: Option<&'static str>,
    /// The name of the token, or how the session began.
    name: String,
    /// When the session ends; null for a token that does not.
    expires_at: Option<String>,
}

impl SessionInfo {
    fn of(principal: &plimsoll_state::Principal, expires: Option<UnixNano>) -> Self {
        Self {
            role: principal.role.map(plimsoll_state::Role::name),
            name: principal.name.clone(),
            expires_at: expires.map(rfc3339),
        }
    }
}

/// Sign in with a token: sets the session cookie.
#[utoipa::path(post, path = "/api/v1/auth/sign-in", tag = "auth", request_body = SignIn, responses(
    (status = 200, description = "Signed in; the answer sets the cookie `plimsoll_session`", body = SessionInfo),
    (status = 401, description = "The token does not sign in"),
    (status = 429, description = "Too many tries; see Retry-After"),
))]
pub(super) async fn sign_in(
    State(access): State<Arc<AccessState>>,
    caller: Caller,
    request: Request,
) -> Result<Response, Problem> {
    let body: SignIn = read_json(request).await?;
    let lifetime = access.config.session_lifetime;
    let begin = access.state.create_session(&body.token, lifetime, caller.remote);
    let session = attempt(&access, caller.remote, begin).await?.ok_or_else(|| {
        Problem::new(ErrorCode::Unauthenticated, "this token does not sign in").hint(
            "check that it is complete; a token that expired, was revoked or can only send \
             telemetry does not sign in",
        )
    })?;
    let info = SessionInfo::of(&session.principal, Some(session.expires));
    let cookie = cookie::give(&session.secret, remaining(&access, &session), access.config.https());
    Ok(([(header::SET_COOKIE, cookie)], Json(info)).into_response())
}

/// The code of a sign-in link.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Link {
    /// The one-time code.
    #[serde(default)]
    code: String,
}

/// Follow a one-time sign-in link: sets the session cookie and goes to the page.
#[utoipa::path(get, path = "/sign-in", tag = "auth", params(Link), responses(
    (status = 303, description = "Signed in; the answer sets the cookie `plimsoll_session`"),
    (status = 401, description = "The link is spent, too old or not complete"),
    (status = 429, description = "Too many tries; see Retry-After"),
))]
pub(super) async fn follow_link(
    State(access): State<Arc<AccessState>>,
    caller: Caller,
    method: Method,
    headers: HeaderMap,
    link: Result<Query<Link>, QueryRejection>,
) -> Result<Response, Problem> {
    // A program that only looks at the link must not spend it.
    if method == Method::HEAD {
        return Ok(StatusCode::OK.into_response());
    }
    let code = link.map(|Query(link)| link.code).unwrap_or_default();
    let lifetime = access.config.session_lifetime;
    let redeem = access.state.redeem_sign_in_code(&code, lifetime, caller.remote);
    let Some(session) = attempt(&access, caller.remote, redeem).await? else {
        return Ok(link_refused(&headers));
    };
    let cookie = cookie::give(&session.secret, remaining(&access, &session), access.config.https());
    let no_store = (header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    Ok(([(header::SET_COOKIE, cookie), no_store], Redirect::to("/")).into_response())
}

fn link_refused(headers: &HeaderMap) -> Response {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    let problem = Problem::new(ErrorCode::Unauthenticated, "this sign-in link is not valid").hint(
        "a link signs in once, within an hour; `plimsoll token sign-in-link` prints a new one",
    );
    match accept {
        Some(accept) if accept.contains("text/html") => {
            (problem.status(), Html(LINK_REFUSED_PAGE)).into_response()
        }
        _ => problem.into_response(),
    }
}

/// Who is signed in.
#[utoipa::path(get, path = "/api/v1/auth/session", tag = "auth", responses(
    (status = 200, description = "The caller's role", body = SessionInfo),
    (status = 401, description = "Nobody is signed in"),
), security(("session" = []), ("token" = ["read"])))]
pub(super) async fn session(caller: Caller) -> Result<Json<SessionInfo>, Problem> {
    let expires = match &caller.who {
        Who::Session(session) => Some(session.expires),
        Who::Token(_) | Who::Anonymous => None,
    };
    match caller.principal() {
        Some(principal) => Ok(Json(SessionInfo::of(principal, expires))),
        None => Err(Problem::internal("a rule for viewers let nobody pass")),
    }
}

/// Sign out: ends the session and takes the cookie.
#[utoipa::path(post, path = "/api/v1/auth/sign-out", tag = "auth", responses(
    (status = 204, description = "Signed out"),
    (status = 401, description = "Nobody is signed in"),
), security(("session" = [])))]
pub(super) async fn sign_out(
    State(access): State<Arc<AccessState>>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    // A caller with a token has no session to end, whatever cookie came along.
    if let (Who::Session(_), Some(value)) = (&caller.who, cookie::session(&headers)) {
        access.state.delete_session(value, caller.remote).await.map_err(state_problem)?;
    }
    let cookie = cookie::take(access.config.https());
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}

/// Runs one try under the limit. None when it was refused.
async fn attempt(
    access: &AccessState,
    remote: Option<IpAddr>,
    sign_in: impl Future<Output = Result<Option<NewSession>, StateError>>,
) -> Result<Option<NewSession>, Problem> {
    if let Err(wait) = access.sign_in_limit.take(remote, access.clock.now()) {
        access.count_sign_in_refused();
        return Err(Problem::new(ErrorCode::ResourceExhausted, "too many sign-ins failed")
            .hint("wait as long as Retry-After says")
            .retry_after(wait));
    }
    let session = sign_in.await.map_err(state_problem)?;
    match &session {
        Some(_) => access.sign_in_limit.give_back(remote),
        None => {
            access.count_sign_in_refused();
            tracing::warn!(?remote, "a sign-in was refused");
        }
    }
    Ok(session)
}

/// How long the cookie lives: as long as its session.
fn remaining(access: &AccessState, session: &NewSession) -> Duration {
    let nanos = session.expires.saturating_sub(access.clock.now());
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(0))
}
