//! What Sentry's SDKs send: `POST /api/{project}/envelope/` and the older `/store/`.
//!
//! Invariants: a key names its project, and opens no other; what is understood of an envelope is durable before it
//! is acknowledged; what is not is counted, and never costs the rest; whoever refuses, the SDK is answered as
//! Sentry's protocol has it, and a browser gets to read it.

mod answer;
mod envelope;
mod event;
mod outcomes;
mod quota;

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, Response, header};
use plimsoll_model::ErrorCode;
use plimsoll_model::batch::RecordKind;
use plimsoll_wire::sentry::auth::Auth;

pub(crate) use outcomes::Outcomes;
pub(crate) use quota::Quotas;

use self::envelope::{Endpoint, Sent};
use crate::access::{Routes, Rule};
use crate::app::App;
use crate::ingest::{Encoding, read_body};
use crate::problem::Problem;

const ENVELOPE: [&str; 2] = ["/api/{project}/envelope/", "/api/{project}/envelope"];
const STORE: [&str; 2] = ["/api/{project}/store/", "/api/{project}/store"];

#[derive(utoipa::OpenApi)]
#[openapi(
    tags((name = "sentry", description = "What Sentry's SDKs send")),
    paths(take_envelope, take_store)
)]
pub(crate) struct SentryApi;

/// The routes. Anybody may call them; the key is looked at here.
pub(crate) fn routes(app: &Arc<App>) -> Routes {
    let mut routes = Routes::new(&app.access);
    for path in ENVELOPE {
        routes = routes.route(Rule::Key, Method::POST, path, take_envelope).route(
            Rule::Key,
            Method::OPTIONS,
            path,
            preflight,
        );
    }
    for path in STORE {
        routes = routes.route(Rule::Key, Method::POST, path, take_store).route(
            Rule::Key,
            Method::OPTIONS,
            path,
            preflight,
        );
    }
    routes.with_state(Arc::clone(app))
}

async fn preflight() -> Response<Body> {
    answer::preflight()
}

/// Takes an envelope of a Sentry SDK. The key is sent in `X-Sentry-Auth`, as `sentry_key`, or in the DSN of the
/// envelope's header.
#[utoipa::path(post, path = "/api/{project}/envelope/", tag = "sentry", operation_id = "sentry_envelope",
    params(("project" = String, Path, description = "The project's number, the last part of its DSN")),
    request_body(content = Vec<u8>, content_type = "application/x-sentry-envelope"),
    security(()),
    responses(
        (status = 200, description = "Durable and queryable"),
        (status = 400, description = "No envelope"),
        (status = 401, description = "The request names no key"),
        (status = 403, description = "The key is unknown, revoked or of another project"),
        (status = 413, description = "Too large"),
        (status = 429, description = "Nothing was kept; X-Sentry-Rate-Limits says of what, Retry-After until when"),
    ))]
async fn take_envelope(
    State(app): State<Arc<App>>,
    Path(project): Path<String>,
    request: Request,
) -> Response<Body> {
    take(&app, Endpoint::Envelope, &project, request).await
}

/// Takes one event of an older Sentry SDK, as JSON.
#[utoipa::path(post, path = "/api/{project}/store/", tag = "sentry", operation_id = "sentry_store",
    params(("project" = String, Path, description = "The project's number, the last part of its DSN")),
    request_body(content = String, content_type = "application/json"),
    security(()),
    responses((status = 200, description = "Durable and queryable")))]
async fn take_store(
    State(app): State<Arc<App>>,
    Path(project): Path<String>,
    request: Request,
) -> Response<Body> {
    take(&app, Endpoint::Store, &project, request).await
}

async fn take(
    app: &Arc<App>,
    endpoint: Endpoint,
    project: &str,
    request: Request,
) -> Response<Body> {
    match try_take(app, endpoint, project, request).await {
        Ok(taken) => answer::taken(&taken),
        Err(problem) => {
            app.outcomes.refused(&problem);
            answer::refused(&problem)
        }
    }
}

async fn try_take(
    app: &Arc<App>,
    endpoint: Endpoint,
    project: &str,
    request: Request,
) -> Result<envelope::Taken, Problem> {
    let (head, body) = request.into_parts();
    let encoding =
        Encoding::parse(head.headers.get(header::CONTENT_ENCODING).map(HeaderValue::as_bytes))?;
    let auth = auth(&head);
    // Who names a key in the request itself is refused before the body is read.
    if let Some(auth) = &auth {
        find_project(app, project, auth)?;
    }
    let remote = crate::access::remote(&head.extensions);
    let received = read_body(&app.ingest, RecordKind::Columns, &head, body, encoding).await?;
    let sent = Sent { endpoint, encoding, auth, project: project.to_owned(), remote };
    envelope::take(app, sent, received).await
}

/// Who sends, as the request says.
fn auth(head: &Parts) -> Option<Auth> {
    let text = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok());
    let named = ["x-sentry-auth", "authorization"].into_iter().filter_map(text);
    let of_headers = named.filter_map(Auth::from_header).next();
    of_headers.or_else(|| Auth::from_query(head.uri.query().unwrap_or_default()))
}

/// The project of a key, if it is the one that the path names.
fn find_project(app: &App, path: &str, auth: &Auth) -> Result<(i64, Arc<str>), Problem> {
    let found = app.errors.projects().find(&auth.public_key);
    let refused = |detail: &str| {
        Problem::new(ErrorCode::PermissionDenied, detail)
            .hint("GET /api/v1/errors/projects lists projects with their DSNs")
    };
    let (id, name) = found.ok_or_else(|| refused("no project has this key, or it was revoked"))?;
    if path.parse() != Ok(id) {
        return Err(refused("the key belongs to another project than the one in the path"));
    }
    Ok((id, name))
}
