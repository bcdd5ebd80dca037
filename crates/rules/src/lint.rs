//! What a right rule file may still get wrong.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use plimsoll_promql::METRIC_NAME;
use plimsoll_promql::ast::{Expr, ExprKind, Matcher};

use crate::file::{Group, Rule};
use crate::limits::PROBLEMS_MAX;
use crate::problem::{Problem, Severity};

/// What two rules that write the same series or alerts have in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key<'a> {
    records: bool,
    name: &'a str,
    labels: BTreeMap<&'a str, &'a str>,
}

/// The key of a rule of a group.
pub(crate) fn key<'a>(group: &'a Group, rule: &'a Rule) -> Key<'a> {
    let records = matches!(rule, Rule::Recording(_));
    Key { records, name: rule.name(), labels: group.labels_of(rule) }
}

/// A warning for each rule that writes what a rule before it writes, as promtool's `duplicate-rules` lint. An
/// alert and a metric of one name are no duplicates here.
pub(crate) fn duplicates(groups: &[Group]) -> Vec<Problem> {
    let mut first: HashMap<Key<'_>, (&Group, usize)> = HashMap::new();
    let mut found = Vec::new();
    for group in groups {
        for (at, rule) in group.rules.iter().enumerate() {
            match first.entry(key(group, rule)) {
                Entry::Vacant(vacant) => {
                    vacant.insert((group, at));
                }
                // No more than are told of.
                Entry::Occupied(_) if found.len() > PROBLEMS_MAX => return found,
                Entry::Occupied(first) => {
                    let (first, first_at) = first.get();
                    found.push(duplicate(group, at, first, *first_at));
                }
            }
        }
    }
    found
}

fn duplicate(group: &Group, at: usize, first: &Group, first_at: usize) -> Problem {
    let rule = &group.rules[at];
    let writes = match rule {
        Rule::Recording(_) => "series",
        Rule::Alerting(_) => "alerts",
    };
    let message = format!(
        "the rule has the name and the labels of rule {} of group {:?} in line {}, so that both write \
         the same {writes}",
        first_at + 1,
        first.name,
        first.rules[first_at].place().line,
    );
    let (group, name) = (Some(group.name.as_str()), rule.name());
    Problem::new(Severity::Warning, rule.place(), group, Some((at + 1, name)), &message)
}

/// The selector of a query, if any, that names the metric a rule records and may match its series; `labels`
/// are those that the rule sets.
pub(crate) fn reads_itself(
    expr: &Expr,
    record: &str,
    labels: &BTreeMap<&str, &str>,
) -> Option<String> {
    let matches = |matchers: &[Matcher]| {
        let named = matchers.iter().any(|matcher| matcher.name == METRIC_NAME);
        named
            && matchers.iter().all(|matcher| match matcher.name.as_str() {
                METRIC_NAME => matcher.matches(record),
                // What the query gives decides the other labels.
                name => labels.get(name).is_none_or(|value| matcher.matches(value)),
            })
    };
    selector(expr, &matches)
}

/// The first selector that passes. Expressions are nested no deeper than the parser allows.
fn selector(expr: &Expr, passes: &impl Fn(&[Matcher]) -> bool) -> Option<String> {
    let below = |expr: &Expr| selector(expr, passes);
    match &expr.kind {
        ExprKind::Number { .. } | ExprKind::Text(_) => None,
        ExprKind::Selector(selector) | ExprKind::Matrix { selector, .. } => {
            passes(&selector.matchers).then(|| expr.to_string())
        }
        ExprKind::Subquery { expr, .. } | ExprKind::Unary { expr, .. } | ExprKind::Paren(expr) => {
            below(expr)
        }
        ExprKind::Call { args, .. } => args.iter().find_map(below),
        ExprKind::Aggregate { param, expr, .. } => {
            param.as_deref().and_then(below).or_else(|| below(expr))
        }
        ExprKind::Binary(binary) => below(&binary.lhs).or_else(|| below(&binary.rhs)),
    }
}
