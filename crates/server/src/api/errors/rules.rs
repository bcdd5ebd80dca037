//! Rules of grouping, and what they would do.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use plimsoll_query::rfc3339;
use plimsoll_state::GroupingRules;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::WINDOW_DEFAULT_NANO;
use crate::access::{Caller, state_problem};
use crate::api::answer::{Answer, json};
use crate::api::{Params, body};
use crate::app::App;
use crate::errors::RulesPreview;

/// Largest body: some thousand rules.
const BODY_BYTES_MAX: usize = 256 << 10;
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// Occurrences that a preview looks at.
const PREVIEW_DEFAULT: usize = 500;
const PREVIEW_MAX: usize = 2_000;

/// The rules by which occurrences are grouped.
#[derive(Serialize, ToSchema)]
#[schema(as = GroupingRules)]
struct RulesView {
    /// Rules of grouping, one a line.
    text: String,
    /// Rules of what is the service's own code, one a line.
    in_app: String,
    /// To be named with the next version.
    version: i64,
    /// When they were saved; null where they never were.
    updated_at: Option<String>,
    /// By whom.
    updated_by: String,
}

impl From<GroupingRules> for RulesView {
    fn from(rules: GroupingRules) -> Self {
        Self {
            text: rules.rules,
            in_app: rules.in_app,
            version: rules.version,
            updated_at: (rules.version > 0).then(|| rfc3339(rules.updated)),
            updated_by: rules.updated_by,
        }
    }
}

/// The rules in force.
#[utoipa::path(get, path = "/api/v1/errors/grouping-rules", tag = "errors", operation_id = "get_grouping_rules",
    responses((status = 200, description = "The rules", body = RulesView)))]
pub(super) async fn get(State(app): State<Arc<App>>, headers: HeaderMap) -> Answer {
    let rules = app.access.state().grouping_rules().await.map_err(state_problem)?;
    json(&headers, &RulesView::from(rules))
}

/// The next version of the rules.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewRules {
    /// Rules of grouping, one a line.
    text: String,
    /// Rules of what is the service's own code, one a line.
    in_app: String,
    /// The version they are based on.
    version: i64,
}

/// Saves rules. What comes from now on is grouped by them; what is stored stays where it is.
#[utoipa::path(put, path = "/api/v1/errors/grouping-rules", tag = "errors", operation_id = "put_grouping_rules",
    request_body = NewRules,
    responses(
        (status = 200, description = "The rules", body = RulesView),
        (status = 400, description = "Some cannot be read; problems names each with its line"),
        (status = 409, description = "Somebody saved others in between"),
    ))]
pub(super) async fn put(
    State(app): State<Arc<App>>,
    caller: Caller,
    headers: HeaderMap,
    request: Request,
) -> Answer {
    let bytes = body::read(request, BODY_BYTES_MAX, BODY_TIMEOUT).await?;
    let new: NewRules = body::json(&bytes, r#"{"text": "…", "in_app": "…", "version": 0}"#)?;
    let actor = caller.actor();
    let saved = app.errors.save_rules(new.version, &new.text, &new.in_app, &actor).await?;
    json(&headers, &RulesView::from(saved))
}

/// Rules to be tried.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TriedRules {
    /// Rules of grouping, one a line.
    text: String,
    /// Rules of what is the service's own code, one a line.
    in_app: String,
    /// Occurrences from this time; two weeks ago where absent.
    from: Option<String>,
    /// Occurrences before this time; now where absent.
    to: Option<String>,
    /// How many occurrences to look at, the newest: 1 to 2000, 500 where absent.
    limit: Option<usize>,
}

/// What rules would do to the newest occurrences that are stored. Nothing is changed.
#[utoipa::path(post, path = "/api/v1/errors/grouping-rules/preview", tag = "errors",
    operation_id = "preview_grouping_rules",
    request_body = TriedRules,
    responses((status = 200, description = "What would move", body = RulesPreview)))]
pub(super) async fn preview(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    request: Request,
) -> Answer {
    let bytes = body::read(request, BODY_BYTES_MAX, BODY_TIMEOUT).await?;
    let tried: TriedRules = body::json(&bytes, r#"{"text": "…", "in_app": "…"}"#)?;
    let range = Params::of([("from", tried.from), ("to", tried.to)]);
    let window = range.window_of(app.clock.now(), WINDOW_DEFAULT_NANO)?;
    let limit = tried.limit.unwrap_or(PREVIEW_DEFAULT).clamp(1, PREVIEW_MAX);
    let preview = app.errors.preview_rules(&tried.text, &tried.in_app, window, limit).await?;
    json(&headers, &preview)
}
