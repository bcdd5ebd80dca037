//! What is told of groups of rules, in the words of Prometheus' API.

use serde::Serialize;
use serde_json::Value;

/// A group and its rules.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GroupStatus {
    pub(crate) name: String,
    pub(crate) file: String,
    /// Seconds.
    pub(crate) interval: f64,
    pub(crate) limit: usize,
    pub(crate) rules: Vec<RuleStatus>,
    /// Seconds that the last run took.
    pub(crate) evaluation_time: f64,
    /// RFC 3339.
    pub(crate) last_evaluation: String,
    /// Runs that were left out because one took too long.
    #[serde(skip)]
    pub(crate) missed: u64,
}

/// A rule.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RuleStatus {
    pub(crate) name: String,
    pub(crate) query: String,
    pub(crate) labels: Value,
    /// `unknown`, `ok` or `err`.
    pub(crate) health: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) last_error: String,
    pub(crate) evaluation_time: f64,
    pub(crate) last_evaluation: String,
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
}
