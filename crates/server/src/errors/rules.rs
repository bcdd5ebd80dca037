//! Rules of the server: how occurrences are grouped, and which frames are the service's own.
//!
//! Invariant: rules that cannot be read are never saved, so those in force can always be read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use plimsoll_issues::group::{Grouper, Rules};
use plimsoll_issues::in_app::{InApp, Rules as InAppRules};
use plimsoll_issues::stack::Language;
use plimsoll_model::{ErrorCode, Exception};
use plimsoll_query::{FullOccurrence, Window};
use plimsoll_state::{Actor, GroupingRules};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Errors, grouped};
use crate::access::state_problem;
use crate::api::query_problem;
use crate::problem::Problem;

/// Where occurrences would go that now are apart, or elsewhere.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct PreviewGroup {
    /// Issues that they are in now.
    pub(crate) issue_ids: BTreeSet<i64>,
    /// What they would be grouped by, 16 hex digits.
    pub(crate) into: String,
    /// How many of those that were looked at.
    pub(crate) events: usize,
    /// Type and message of one of them.
    pub(crate) title: String,
}

/// What rules would do.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct RulesPreview {
    /// Occurrences that were looked at.
    pub(crate) examined: usize,
    /// Those of them that would be grouped differently.
    pub(crate) moved: usize,
    /// Where those would go.
    pub(crate) groups: Vec<PreviewGroup>,
}

/// Rules, read.
pub(super) struct Parsed {
    pub(super) grouper: Grouper,
    pub(super) in_app: InApp,
}

/// Reads both kinds of rules, or names every mistake.
pub(super) fn parse(rules: &str, in_app: &str) -> Result<Parsed, Problem> {
    let mut problems: Vec<serde_json::Value> = Vec::new();
    let mut first: Option<(String, String)> = None;
    let mut note = |field: &str, line: usize, column: usize, message: String, hint: String| {
        first.get_or_insert_with(|| (format!("{field}, line {line}: {message}"), hint.clone()));
        problems.push(serde_json::json!({
            "field": field, "line": line, "column": column, "message": message, "hint": hint,
        }));
    };
    let grouping = Rules::parse(rules).unwrap_or_else(|found| {
        for problem in found {
            note("text", problem.line, problem.column, problem.message, problem.hint);
        }
        Rules::default()
    });
    let own = InAppRules::parse(in_app).unwrap_or_else(|problem| {
        let hint = "write rules like `path:**/vendor/** -app`".to_owned();
        note("in_app", problem.line, 1, problem.text, hint);
        InAppRules::default()
    });
    match first {
        None => Ok(Parsed { grouper: Grouper::new(grouping), in_app: InApp::new(own) }),
        Some((detail, hint)) => {
            let mut problem = Problem::new(ErrorCode::InvalidArgument, detail).hint(hint);
            problem.problems = problems;
            Err(problem)
        }
    }
}

impl Errors {
    /// Saves rules and groups by them what comes from now on.
    pub(crate) async fn save_rules(
        &self,
        based_on: i64,
        rules: &str,
        in_app: &str,
        actor: &Actor,
    ) -> Result<GroupingRules, Problem> {
        let parsed = parse(rules, in_app)?;
        let saved = self.state.save_grouping_rules(based_on, rules, in_app, actor).await;
        let saved = saved.map_err(state_problem)?;
        *self.grouper.write() = Arc::new(parsed.grouper);
        *self.in_app.write() = Arc::new(parsed.in_app);
        Ok(saved)
    }

    /// What rules would do to the newest occurrences that were kept.
    pub(crate) async fn preview_rules(
        &self,
        rules: &str,
        in_app: &str,
        window: Window,
        limit: usize,
    ) -> Result<RulesPreview, Problem> {
        let parsed = parse(rules, in_app)?;
        let rows = self.engine.kept_occurrences(window, limit).await.map_err(query_problem)?;
        let work = move || {
            let examined = rows.len();
            let regrouped: Vec<(FullOccurrence, i64)> = (rows.into_iter())
                .map(|row| {
                    let fingerprint = regroup(&row, &parsed);
                    (row, fingerprint)
                })
                .collect();
            (examined, regrouped)
        };
        let (examined, regrouped) =
            tokio::task::spawn_blocking(work).await.map_err(Problem::internal)?;
        let live = self.live.lock().await;
        let mut groups: BTreeMap<i64, PreviewGroup> = BTreeMap::new();
        let mut moved = 0;
        for (row, fingerprint) in regrouped {
            let now = live.issue_of(row.fingerprint, row.variant);
            let then = live.issue_of(fingerprint, row.variant);
            if fingerprint == row.fingerprint || (now.is_some() && now == then) {
                continue;
            }
            moved += 1;
            let group = groups.entry(fingerprint).or_insert_with(|| PreviewGroup {
                issue_ids: BTreeSet::new(),
                into: format!("{fingerprint:016x}"),
                events: 0,
                title: super::detail::title(&row.exception_type, &row.message),
            });
            group.events += 1;
            group.issue_ids.extend(now);
        }
        let mut groups: Vec<PreviewGroup> = groups.into_values().collect();
        groups.sort_by_key(|group| std::cmp::Reverse(group.events));
        Ok(RulesPreview { examined, moved, groups })
    }
}

/// What a stored occurrence would be grouped by.
fn regroup(row: &FullOccurrence, parsed: &Parsed) -> i64 {
    let mut exceptions: Vec<Exception> = serde_json::from_str(&row.exceptions).unwrap_or_default();
    parsed.in_app.mark(&mut exceptions, Language::from_sdk(&row.platform));
    let explanation =
        grouped::with_stored(row, &exceptions, |occurrence| parsed.grouper.group(occurrence));
    grouped::of_service(explanation.fingerprint, &row.service)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mistake_is_named_with_its_field() {
        assert!(parse("", "").is_ok());
        assert!(parse("type:Timeout -> timeouts", "path:**/vendor/** -app").is_ok());
        let problem = parse("nonsense", "path:** app?").map(|_| ()).unwrap_err();
        let fields: Vec<_> =
            problem.problems.iter().map(|p| p["field"].as_str().unwrap()).collect();
        assert_eq!(fields, ["text", "in_app"]);
        assert!(problem.hint.is_some() && problem.detail.contains("line 1"));
    }
}
