//! The queries of a panel: those in PromQL are kept if they can be read, and the others noted.

use std::collections::BTreeSet;

use serde_json::Value;

use super::datasource::{Source, Sources};
use super::fields::{Fields, Kind};
use super::notes::Notes;
use crate::check::{LINE_CHARACTERS_MAX, NAME_CHARACTERS_MAX, QUERIES_MAX, QUERY_CHARACTERS_MAX};
use crate::document::Query;
use crate::problem::excerpt;
use crate::substitute::{Checker, names};

/// Most targets of a panel that are looked at; most of them may be of other data sources.
const TARGETS_MAX: usize = 10 * QUERIES_MAX;

/// The queries of a panel.
#[derive(Default)]
pub(super) struct Queries {
    pub(super) kept: Vec<Query>,
    /// The texts of those that were not kept, for people.
    pub(super) lost: Vec<String>,
}

/// Reads `targets`.
pub(super) fn import(
    panel: &mut Fields<'_>,
    sources: &Sources<'_>,
    checker: &mut Checker<'_>,
    notes: &mut Notes,
) -> Queries {
    let source = sources.of(panel.get("datasource"));
    let mut queries = Queries::default();
    let mut references = BTreeSet::new();
    let panel_step = panel.text("interval");
    let targets = panel.list("targets");
    for target in notes.first(panel.place(), "queries", targets, TARGETS_MAX) {
        let Some(mut fields) = Fields::new(target, Kind::Target, panel.place()) else {
            notes.add(panel.place(), excerpt(&target.to_string(), 60), "it is no query");
            continue;
        };
        let name = fields.text("refId");
        let place = format!("{}, query {}", panel.place(), excerpt(name, 20));
        fields.set_place(place);
        let source = match sources.of(fields.peek("datasource")) {
            Source::Unknown => source.clone(),
            own => own,
        };
        match one(&mut fields, source, checker) {
            Ok(Some(mut query)) => {
                query.reference = reference(name, &mut references);
                query.legend = legend(&mut fields, notes);
                least_step(&query, [fields.text("interval"), panel_step], fields.place(), notes);
                fields.finish(notes);
                queries.kept.push(query);
            }
            // A target without a query is a line of the editor that nobody filled in.
            Ok(None) => {}
            Err(why) => {
                let text = text_of(target);
                notes.add(fields.place(), format!("the query {text}"), why);
                queries.lost.push(text);
            }
        }
    }
    notes.cut(panel.place(), "queries", &mut queries.kept, QUERIES_MAX);
    queries
}

/// One query, or why it is none of ours.
fn one(
    fields: &mut Fields<'_>,
    source: Source,
    checker: &mut Checker<'_>,
) -> Result<Option<Query>, String> {
    if let Source::Other(kind) = source {
        return Err(format!("it asks {kind}, and only PromQL is known here"));
    }
    let promql = fields.text("expr").to_owned();
    if promql.is_empty() {
        let asks = ["rawSql", "query", "target", "queryText", "expression", "queryType"];
        let is_other = asks
            .iter()
            .any(|key| fields.peek(key).is_some_and(|value| !super::fields::is_nothing(value)));
        return match is_other {
            true => Err("it holds no PromQL".into()),
            false => Ok(None),
        };
    }
    if promql.len() > QUERY_CHARACTERS_MAX {
        return Err(format!("it is longer than {QUERY_CHARACTERS_MAX} characters"));
    }
    checker.query(&promql).map_err(|mistake| {
        let crate::substitute::Mistake { line, column, problem } = mistake;
        format!("it cannot be read as PromQL: line {line}, column {column}: {problem}")
    })?;
    let (instant, range) = (fields.flag("instant"), fields.peek("range"));
    let instant = instant && !range.is_some_and(|range| *range == true);
    let hidden = fields.flag("hide");
    Ok(Some(Query { promql, instant, hidden, ..Query::default() }))
}

/// The name of a query, or the next letter that is free.
fn reference(name: &str, taken: &mut BTreeSet<String>) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let is_ref = (1..=NAME_CHARACTERS_MAX).contains(&name.len()) && name.chars().all(is_word);
    if is_ref && taken.insert(name.to_owned()) {
        return name.to_owned();
    }
    let letters = ('A'..='Z').map(String::from);
    let numbered = (1..).map(|number| format!("Q{number}"));
    let free = letters.chain(numbered).find(|name| !taken.contains(name));
    let free = free.expect("there are more numbers than queries");
    taken.insert(free.clone());
    free
}

fn legend(fields: &mut Fields<'_>, notes: &mut Notes) -> String {
    let legend = fields.line("legendFormat", LINE_CHARACTERS_MAX, notes);
    // What Grafana writes where the reader chose nothing.
    if legend == "__auto" { String::new() } else { legend }
}

/// The least step of a query or its panel: only where a range in the query depends on it is it more
/// than how finely to draw.
fn least_step(query: &Query, steps: [&str; 2], place: &str, notes: &mut Notes) {
    let ranges = ["__interval", "__interval_ms", "__rate_interval", "__rate_interval_ms", "__auto"];
    let step = steps.into_iter().find(|step| !step.is_empty());
    if let Some(step) = step
        && ranges.iter().any(|name| names(&query.promql, name))
    {
        let why = "the page chooses the step, and so the ranges that depend on it";
        notes.add(place, format!("the least step {}", excerpt(step, 60)), why);
    }
}

/// A query for people: its text where it has one, and else all of it.
fn text_of(target: &Value) -> String {
    let keys = ["expr", "rawSql", "query", "queryText", "target", "expression"];
    let text = keys.iter().find_map(|key| {
        target.get(key).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
    });
    excerpt(text.unwrap_or(&target.to_string()), 1_500)
}
