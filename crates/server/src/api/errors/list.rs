//! The inbox, and what happened to issues.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use plimsoll_state::IssueQuery;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::{PageParams, RangeParams, search};
use crate::api::Params;
use crate::api::answer::{Answer, Both, json, only};
use crate::app::App;
use crate::errors::{ActivityEvent, IssueList, ListQuery, Sort, parse_text};
use crate::problem::Problem;

/// Which issues.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents the parameters, whose names are also those that are known")]
struct ListParams {
    /// unresolved (the default), resolved, ignored or all
    status: Option<String>,
    /// fatal, error, warning, info or debug
    level: Option<String>,
    /// Who works on it
    assignee: Option<String>,
    /// Words of type, message and culprit, and is:new, is:regressed, is:spiking, is:ongoing, is:unhandled,
    /// is:assigned, is:unassigned, assigned:NAME, type:TYPE, level:LEVEL, release:VERSION
    q: Option<String>,
    /// last_seen (the default), first_seen, events or users
    sort: Option<String>,
}

/// Issues with occurrences in a range.
#[utoipa::path(get, path = "/api/v1/monitoring/errors", tag = "errors", operation_id = "list_issues",
    params(RangeParams, ListParams, PageParams),
    responses((status = 200, description = "A page of issues", body = IssueList)))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    params: Params,
) -> Answer {
    only::<Both<Both<RangeParams, ListParams>, PageParams>>(&params)?;
    let status = params.text("status")?.unwrap_or_else(|| "unresolved".to_owned());
    let status = match status.as_str() {
        "all" => None,
        "unresolved" | "resolved" | "ignored" => Some(status),
        other => {
            return Err(Problem::invalid(format!(
                "query parameter status is {other:?}, expected unresolved, resolved, ignored or all"
            )));
        }
    };
    let mut search = search(&params, &app)?;
    let mut issues = IssueQuery {
        level: params.text("level")?,
        assignee: params.text("assignee")?.map(Some),
        ..IssueQuery::default()
    };
    if let Some(text) = params.text("q")? {
        let release = parse_text(&text, &mut issues)?;
        search.release = search.release.or(release);
    }
    let sort = params.mapped("sort", "last_seen, first_seen, events or users", |text| {
        text.parse::<Sort>().ok()
    })?;
    let query = ListQuery {
        search,
        issues,
        status,
        sort: sort.unwrap_or_default(),
        limit: params.limit()?,
        skip: params.parsed("cursor", "the next_cursor of the page before")?.unwrap_or(0),
    };
    json(&headers, &app.errors.list(query).await?)
}

/// Which events of issues.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents the parameters, whose names are also those that are known")]
struct EventParams {
    /// Events from this time: RFC 3339, Unix seconds, or relative like -14d (the default)
    from: Option<String>,
    /// Events before this time; now by default
    to: Option<String>,
    /// first_seen, regressed, spiking, unignored, resolved, unresolved, ignored, assigned, commented, merged or
    /// split; may be repeated; the first four by default
    kind: Option<Vec<String>>,
}

/// What happened to issues, the oldest first.
#[derive(Serialize, ToSchema)]
struct IssueEvents {
    /// The events.
    events: Vec<ActivityEvent>,
    /// Pass it as cursor for what comes after; null where there is nothing yet.
    next_cursor: Option<String>,
}

/// What happened to issues: new, regressed, spiking and others.
#[utoipa::path(get, path = "/api/v1/monitoring/errors/events", tag = "errors", operation_id = "list_issue_events",
    params(EventParams, PageParams),
    responses((status = 200, description = "A page of events", body = IssueEvents)))]
pub(super) async fn events(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    params: Params,
) -> Answer {
    only::<Both<EventParams, PageParams>>(&params)?;
    let window = params.window_of(app.clock.now(), super::WINDOW_DEFAULT_NANO)?;
    let after = params.parsed("cursor", "the next_cursor of the page before")?.unwrap_or(0);
    let kinds: Vec<String> = params.all("kind").into_iter().map(str::to_owned).collect();
    let limit = params.limit()?;
    let events = app.errors.events(kinds, window, after, limit).await?;
    let next_cursor = events.last().map(|event| event.id.to_string());
    json(&headers, &IssueEvents { events, next_cursor })
}
