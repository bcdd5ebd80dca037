//! Overrides of single series: what concerns the whole panel or one query is taken over, the rest
//! noted.

use serde_json::Value;

use super::display::{Display, legend};
use super::fields::{Kind, named};
use super::ignored::{Fate, fate};
use super::notes::Notes;
use crate::problem::excerpt;

/// Reads `fieldConfig.overrides`.
pub(super) fn import(
    display: &mut Display<'_>,
    overrides: &[Value],
    place: &str,
    notes: &mut Notes,
) {
    for one in overrides {
        let Some(matcher) = one.get("matcher") else {
            notes.add(place, named("overrides", one), "it names no series");
            continue;
        };
        let properties = one.get("properties").and_then(Value::as_array);
        for property in properties.into_iter().flatten() {
            self::property(display, matcher, property, place, notes);
        }
    }
}

/// Which series an override is about.
struct Which {
    /// Of which query of the panel, where it is one's alone.
    query: Option<usize>,
    /// Whether it is all of the panel's.
    all: bool,
}

fn property(
    display: &mut Display<'_>,
    matcher: &Value,
    property: &Value,
    place: &str,
    notes: &mut Notes,
) {
    let id = property.get("id").and_then(Value::as_str).unwrap_or_default();
    let value = property.get("value").unwrap_or(&Value::Null);
    let text = value.as_str().unwrap_or_default();
    let which = which(display, matcher);
    let series = matcher.get("options").unwrap_or(&Value::Null);
    let what = format!("for the series {}: {}", excerpt(&series.to_string(), 80), named(id, value));
    match (id, which.query) {
        ("unit", _) if which.all => display.unit(text, place, notes),
        ("decimals", _) if which.all => display.decimals(value.as_f64()),
        ("displayName", Some(query)) => match legend(text) {
            Some(legend) => display.panel.queries[query].legend = legend,
            None => notes.add(place, what, "the legend of its query names it"),
        },
        ("color", _) => notes.add(place, what, "colours go by series, not by name"),
        _ => match ignored(id) {
            Some(Fate::Harmless(_)) => {}
            Some(Fate::Lost { why, .. }) => notes.add(place, what, why),
            None => notes.add(place, what, "all series of a panel are shown alike"),
        },
    }
}

/// What the table says of the same setting for all series.
fn ignored(id: &str) -> Option<Fate> {
    match id.strip_prefix("custom.") {
        Some(custom) => fate(Kind::Custom, custom.split('.').next().unwrap_or_default()),
        None => fate(Kind::Defaults, id),
    }
}

fn which(display: &Display<'_>, matcher: &Value) -> Which {
    let queries = &display.panel.queries;
    let id = matcher.get("id").and_then(Value::as_str).unwrap_or_default();
    let options = matcher.get("options").and_then(Value::as_str).unwrap_or_default();
    let is_plain = |legend: &str| !legend.contains("{{") && !legend.contains(['$', '[']);
    let query = match id {
        "byFrameRefID" => queries.iter().position(|query| query.reference == options),
        // A table names the column of a query so.
        "byName" if options.starts_with("Value #") => {
            queries.iter().position(|query| options[7..] == query.reference)
        }
        "byName" => {
            queries.iter().position(|query| query.legend == options && is_plain(&query.legend))
        }
        _ => None,
    };
    let is_everything = matches!((id, options), ("byRegexp", ".*" | "/.*/") | ("byType", "number"));
    Which { all: is_everything || query.is_some() && queries.len() == 1, query }
}
