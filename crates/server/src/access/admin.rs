//! What admins administer: API tokens and the audit log.
//!
//! Invariant: a token's secret is in one answer, the one that made it.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, Request, State};
use axum::http::{Method, StatusCode};
use plimsoll_model::ErrorCode;
use plimsoll_state::{AuditEntry, CreatedToken, NewToken, Scope, TokenInfo};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::body::read_json;
use super::guard::state_problem;
use super::timestamp::rfc3339;
use super::{AccessState, Caller, Routes, Rule};
use crate::problem::Problem;

/// Entries of a page of the audit log where nobody asks for more or less.
const LIMIT_DEFAULT: u32 = 50;
/// Most entries of a page.
const LIMIT_MAX: u32 = 1_000;

pub(super) fn routes(access: &Arc<AccessState>) -> Routes<Arc<AccessState>> {
    Routes::new(access)
        .route(Rule::Admin, Method::GET, "/api/v1/admin/tokens", list_tokens)
        .route(Rule::Admin, Method::POST, "/api/v1/admin/tokens", create_token)
        .route(Rule::Admin, Method::DELETE, "/api/v1/admin/tokens/{id}", revoke_token)
        .route(Rule::Admin, Method::GET, "/api/v1/admin/audit", audit)
}

/// What a token may be used for.
#[derive(Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum TokenScope {
    /// Send telemetry.
    Ingest,
    /// Read what a viewer may read.
    Read,
    /// Everything.
    Admin,
}

impl From<TokenScope> for Scope {
    fn from(scope: TokenScope) -> Self {
        match scope {
            TokenScope::Ingest => Self::Ingest,
            TokenScope::Read => Self::Read,
            TokenScope::Admin => Self::Admin,
        }
    }
}

impl From<Scope> for TokenScope {
    fn from(scope: Scope) -> Self {
        match scope {
            Scope::Ingest => Self::Ingest,
            Scope::Read => Self::Read,
            Scope::Admin => Self::Admin,
        }
    }
}

/// A token to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TokenRequest {
    /// What to call it: 1 to 100 printable characters.
    name: String,
    /// What it may be used for; at least one.
    scopes: Vec<TokenScope>,
    /// How many hours it lives; without, until it is revoked.
    expires_in_hours: Option<u32>,
}

/// A token, without its secret.
#[derive(Serialize, ToSchema)]
pub(super) struct Token {
    /// Its public id.
    id: String,
    /// What it is called.
    name: String,
    /// What it may be used for.
    scopes: Vec<TokenScope>,
    /// When it was made.
    created_at: String,
    /// From when on it is refused; null for never.
    expires_at: Option<String>,
    /// When it was revoked.
    revoked_at: Option<String>,
    /// When it was last used, to about ten minutes.
    last_used_at: Option<String>,
    /// Whether it is accepted now.
    live: bool,
}

/// A token just made.
#[derive(Serialize, ToSchema)]
pub(super) struct NewTokenAnswer {
    /// What is known about it.
    #[serde(flatten)]
    info: Token,
    /// The token itself. It is shown this once.
    token: String,
}

/// All tokens; there are never more than 1,000, so there is one page.
#[derive(Serialize, ToSchema)]
pub(super) struct TokenList {
    /// The newest first, dead ones included.
    tokens: Vec<Token>,
    /// Always null.
    next_cursor: Option<String>,
}

fn token(info: TokenInfo, now: plimsoll_model::UnixNano) -> Token {
    Token {
        live: info.is_live(now),
        id: info.id,
        name: info.name,
        scopes: info.scopes.iter().map(TokenScope::from).collect(),
        created_at: rfc3339(info.created),
        expires_at: info.expires.map(rfc3339),
        revoked_at: info.revoked.map(rfc3339),
        last_used_at: info.last_used.map(rfc3339),
    }
}

/// List the API tokens.
#[utoipa::path(get, path = "/api/v1/admin/tokens", tag = "admin", responses(
    (status = 200, description = "The tokens, the newest first", body = TokenList),
    (status = 401, description = "Nobody is signed in"),
    (status = 403, description = "The caller is no admin"),
), security(("session" = []), ("token" = ["admin"])))]
pub(super) async fn list_tokens(
    State(access): State<Arc<AccessState>>,
) -> Result<Json<TokenList>, Problem> {
    let now = access.clock.now();
    let tokens = access.state.list_tokens().await.map_err(state_problem)?;
    let tokens = tokens.into_iter().map(|info| token(info, now)).collect();
    Ok(Json(TokenList { tokens, next_cursor: None }))
}

/// Make an API token. Its secret is shown in this answer only.
#[utoipa::path(post, path = "/api/v1/admin/tokens", tag = "admin", request_body = TokenRequest, responses(
    (status = 201, description = "The token, with its secret", body = NewTokenAnswer),
    (status = 400, description = "A bad name, no scope or a bad lifetime"),
    (status = 401, description = "Nobody is signed in"),
    (status = 403, description = "The caller is no admin"),
), security(("session" = []), ("token" = ["admin"])))]
pub(super) async fn create_token(
    State(access): State<Arc<AccessState>>,
    caller: Caller,
    request: Request,
) -> Result<(StatusCode, Json<NewTokenAnswer>), Problem> {
    let body: TokenRequest = read_json(request).await?;
    let new = NewToken {
        name: body.name,
        scopes: body.scopes.into_iter().map(Scope::from).collect(),
        lifetime: body.expires_in_hours.map(|hours| Duration::from_secs(u64::from(hours) * 3_600)),
    };
    let created = access.state.create_token(new, &caller.actor()).await.map_err(state_problem)?;
    let CreatedToken { info, secret } = created;
    let info = token(info, access.clock.now());
    let answer = NewTokenAnswer { info, token: secret.expose().to_owned() };
    Ok((StatusCode::CREATED, Json(answer)))
}

/// Revoke an API token, and end the sessions begun with it.
#[utoipa::path(delete, path = "/api/v1/admin/tokens/{id}", tag = "admin",
    params(("id" = String, Path, description = "The token's public id")), responses(
    (status = 204, description = "Revoked, now or before"),
    (status = 401, description = "Nobody is signed in"),
    (status = 403, description = "The caller is no admin"),
    (status = 404, description = "No token has this id"),
), security(("session" = []), ("token" = ["admin"])))]
pub(super) async fn revoke_token(
    State(access): State<Arc<AccessState>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    access.state.revoke_token(&id, &caller.actor()).await.map_err(state_problem)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Which page of the audit log.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct AuditQuery {
    /// Entries on a page: 1 to 1,000, by default 50.
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A page of the audit log.
#[derive(Serialize, ToSchema)]
pub(super) struct AuditPage {
    /// The newest first.
    entries: Vec<AuditLine>,
    /// Where the next page begins; null on the last.
    next_cursor: Option<String>,
}

/// Something somebody did, or was refused.
#[derive(Serialize, ToSchema)]
pub(super) struct AuditLine {
    /// When.
    time: String,
    /// Who.
    actor: String,
    /// What.
    #[schema(example = "token.create")]
    action: String,
    /// To what.
    object: String,
    /// More about it.
    detail: String,
    /// From which address; null for the command line and the server itself.
    remote: Option<String>,
    /// Whether it was done.
    #[schema(value_type = String, example = "done")]
    outcome: &'static str,
}

impl From<AuditEntry> for AuditLine {
    fn from(entry: AuditEntry) -> Self {
        Self {
            time: rfc3339(entry.time),
            actor: entry.actor,
            action: entry.action,
            object: entry.object,
            detail: entry.detail,
            remote: entry.remote,
            outcome: entry.outcome.name(),
        }
    }
}

/// Read the audit log.
#[utoipa::path(get, path = "/api/v1/admin/audit", tag = "admin", params(AuditQuery), responses(
    (status = 200, description = "A page, the newest entry first", body = AuditPage),
    (status = 400, description = "A bad limit or cursor"),
    (status = 401, description = "Nobody is signed in"),
    (status = 403, description = "The caller is no admin"),
), security(("session" = []), ("token" = ["admin"])))]
pub(super) async fn audit(
    State(access): State<Arc<AccessState>>,
    query: Result<Query<AuditQuery>, QueryRejection>,
) -> Result<Json<AuditPage>, Problem> {
    let bad = |what: &str| {
        Problem::new(
            ErrorCode::InvalidArgument,
            format!("{what}, expected limit from 1 to 1000 and the next_cursor of a page"),
        )
        .location("query")
    };
    let Ok(Query(query)) = query else { return Err(bad("an unknown or unreadable parameter")) };
    let limit = query.limit.unwrap_or(LIMIT_DEFAULT);
    if !(1..=LIMIT_MAX).contains(&limit) {
        return Err(bad("the limit is out of range"));
    }
    let before = match query.cursor.as_deref().map(str::parse) {
        None => None,
        Some(Ok(id)) => Some(id),
        Some(Err(_)) => return Err(bad("the cursor is not one of ours")),
    };
    // One more than asked for tells whether there is a next page.
    let mut entries = access.state.audit_entries(before, limit + 1).await.map_err(state_problem)?;
    let more = entries.len() > limit as usize;
    entries.truncate(limit as usize);
    let next_cursor = entries.last().filter(|_| more).map(|entry| entry.id.to_string());
    let entries = entries.into_iter().map(AuditLine::from).collect();
    Ok(Json(AuditPage { entries, next_cursor }))
}
