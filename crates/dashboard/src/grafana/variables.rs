//! Grafana's template variables.

use serde_json::Value;

use super::datasource::{Source, Sources};
use super::fields::{Fields, Kind, is_nothing};
use super::notes::Notes;
use crate::check::{CHOICES_MAX, LINE_CHARACTERS_MAX, VARIABLES_MAX, check, is_duration, is_name};
use crate::document::{Choice, Dashboard, Sort, Variable, VariableKind};
use crate::problem::excerpt;

/// The variables; one that cannot be what it was is a text with the value that it had.
pub(super) fn import(list: &[Value], sources: &Sources<'_>, notes: &mut Notes) -> Vec<Variable> {
    let mut variables: Vec<Variable> = Vec::new();
    for value in notes.first("dashboard", "variables", list, 4 * VARIABLES_MAX) {
        let Some(fields) = Fields::new(value, Kind::Variable, "variables") else {
            notes.add("variables", excerpt(&value.to_string(), 60), "it is no object");
            continue;
        };
        let Some(variable) = one(fields, sources, notes) else { continue };
        if variables.iter().any(|other| other.name == variable.name) {
            notes.add(&place_of(&variable), "a second one of this name", "the first one is kept");
        } else {
            variables.push(variable);
        }
    }
    notes.cut("dashboard", "variables", &mut variables, VARIABLES_MAX);
    settle(&mut variables, notes);
    variables
}

fn place_of(variable: &Variable) -> String {
    format!("variable {}", variable.name)
}

/// What the document's own check refuses becomes a text.
fn settle(variables: &mut [Variable], notes: &mut Notes) {
    let mut dashboard =
        Dashboard { title: "x".into(), variables: variables.to_vec(), ..Dashboard::default() };
    for problem in check(&dashboard, CHOICES_MAX) {
        let at = problem.place.split('/').nth(2).and_then(|at| at.parse::<usize>().ok());
        let Some(variable) = at.and_then(|at| dashboard.variables.get_mut(at)) else { continue };
        if variable.kind != VariableKind::Text {
            let what = format!("its values: {}", problem.found);
            notes.add(&place_of(variable), what, "a text to fill in stands in its place");
            become_text(variable);
        }
    }
    variables.clone_from_slice(&dashboard.variables);
}

fn become_text(variable: &mut Variable) {
    let mut default = std::mem::take(&mut variable.default);
    default.retain(|value| !value.starts_with("$__"));
    default.truncate(1);
    *variable = Variable {
        name: std::mem::take(&mut variable.name),
        label: std::mem::take(&mut variable.label),
        kind: VariableKind::Text,
        default,
        hidden: variable.hidden,
        ..Variable::default()
    };
}

fn one(mut fields: Fields<'_>, sources: &Sources<'_>, notes: &mut Notes) -> Option<Variable> {
    let name = fields.text("name");
    let kind = fields.text("type");
    fields.set_place(format!("variable {}", excerpt(name, 60)));
    if !is_name(name) {
        notes.add(fields.place(), "the variable", "a name is made of letters, digits and `_`");
        return None;
    }
    if kind == "datasource" {
        // There is one store here, so that there is nothing to choose.
        if let Source::Other(kind) = sources.of(Some(&Value::String(name.into()))) {
            let why = "there is one store here; what asks others is noted with its panel";
            notes.add(fields.place(), format!("a choice of {kind}"), why);
        }
        return None;
    }
    if kind == "adhoc" || kind == "groupby" {
        let why = "filters that change every query are not known here";
        notes.add(fields.place(), format!("the variable, of type {kind}"), why);
        return None;
    }
    let mut variable = Variable {
        name: name.to_owned(),
        label: fields.line("label", LINE_CHARACTERS_MAX, notes),
        multi: fields.flag("multi"),
        include_all: fields.flag("includeAll"),
        hidden: is_hidden(&mut fields, notes),
        ..Variable::default()
    };
    let all = fields.line("allValue", LINE_CHARACTERS_MAX, notes);
    variable.all_value = (!all.is_empty()).then_some(all);
    variable.default = chosen(&mut fields, notes);
    match kind {
        "query" => query(&mut variable, &mut fields, sources, notes),
        "custom" | "interval" => fixed(&mut variable, &mut fields, kind, notes),
        "textbox" | "constant" => {
            let query = fields.line("query", LINE_CHARACTERS_MAX, notes);
            fields.get("options");
            variable.kind = match kind {
                "constant" => VariableKind::Constant,
                _ => VariableKind::Text,
            };
            if !query.is_empty() || variable.default.is_empty() {
                variable.default = vec![query];
            }
            variable.default.truncate(1);
        }
        other => {
            fields.get("query");
            fields.get("options");
            let what = format!("its type, {}", excerpt(other, 60));
            notes.add(fields.place(), what, "a text to fill in stands in its place");
            become_text(&mut variable);
        }
    }
    fields.finish(notes);
    Some(variable)
}

/// 0 shows it, 1 without its label, 2 not at all.
fn is_hidden(fields: &mut Fields<'_>, notes: &mut Notes) -> bool {
    match fields
        .get("hide")
        .map(|hide| hide.as_u64().map_or_else(|| hide.to_string(), |n| n.to_string()))
    {
        None => false,
        Some(hide) => match hide.as_str() {
            "0" | "1" | "false" | "\"\"" => false,
            "2" | "true" => true,
            other => {
                notes.add(fields.place(), format!("`hide`: {}", excerpt(other, 60)), "it is shown");
                false
            }
        },
    }
}

/// What was chosen when the dashboard was saved.
fn chosen(fields: &mut Fields<'_>, notes: &mut Notes) -> Vec<String> {
    let Some(current) = fields.get("current") else { return Vec::new() };
    let value = current.get("value").unwrap_or(&Value::Null);
    let texts = match value {
        Value::Array(list) => list.iter().collect(),
        value => vec![value],
    };
    let mut chosen: Vec<String> = texts
        .into_iter()
        .filter_map(|value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        })
        // An interval that Grafana works out is `$__auto_interval_` and its name.
        .map(|text| if text.starts_with("$__auto_interval") { "$__auto".into() } else { text })
        .filter(|text| text.chars().count() <= LINE_CHARACTERS_MAX)
        .collect();
    if !fields.peek("multi").is_some_and(|multi| *multi == true) {
        chosen.truncate(1);
    }
    notes.cut(fields.place(), "chosen values", &mut chosen, CHOICES_MAX);
    chosen
}

fn query(
    variable: &mut Variable,
    fields: &mut Fields<'_>,
    sources: &Sources<'_>,
    notes: &mut Notes,
) {
    variable.kind = VariableKind::Query;
    fields.get("options");
    variable.regex = fields.line("regex", LINE_CHARACTERS_MAX, notes);
    variable.sort = sort(fields, notes);
    let text = match fields.get("query") {
        Some(Value::String(text)) => text.as_str(),
        Some(value) => query_of(value),
        None => "",
    };
    let text = if text.trim().is_empty() {
        fields.peek("definition").and_then(Value::as_str).unwrap_or_default().trim()
    } else {
        text.trim()
    };
    if let Source::Other(kind) = sources.of(fields.peek("datasource")) {
        let what = format!("its query of {kind} `{}`", excerpt(text, 200));
        notes.add(fields.place(), what, "a text to fill in stands in its place");
        return become_text(variable);
    }
    variable.query = text.to_owned();
}

/// The text of a query that is an object; `{"query", "refId", "qryType"}` in Grafana since 8.
fn query_of(value: &Value) -> &str {
    value.get("query").and_then(Value::as_str).unwrap_or_default()
}

fn sort(fields: &mut Fields<'_>, notes: &mut Notes) -> Sort {
    let number = fields.number("sort");
    match number.unwrap_or(0.0) as i64 {
        0 => Sort::None,
        1 | 5 => Sort::Alphabetical,
        2 | 6 => Sort::AlphabeticalDesc,
        3 => Sort::Numeric,
        4 => Sort::NumericDesc,
        other => {
            notes.add(fields.place(), format!("the order {other}"), "values are sorted by text");
            if other == 8 { Sort::AlphabeticalDesc } else { Sort::Alphabetical }
        }
    }
}

/// A list of values: `options`, or their text `a,b : c`.
fn fixed(variable: &mut Variable, fields: &mut Fields<'_>, kind: &str, notes: &mut Notes) {
    let is_interval = kind == "interval";
    variable.kind = if is_interval { VariableKind::Interval } else { VariableKind::Custom };
    let text = match fields.get("query") {
        Some(Value::String(text)) => text.as_str(),
        Some(value) if !is_nothing(value) => {
            notes.add(fields.place(), "its `query`, which is no text", "its options are kept");
            ""
        }
        _ => "",
    };
    let options = fields.list("options");
    variable.options = match text.trim() {
        "" => options.iter().filter_map(choice).collect(),
        text => split(text, !is_interval),
    };
    variable.options.retain(|choice| choice.value != "$__all");
    if is_interval && fields.flag("auto") {
        let auto = Choice { value: "$__auto".into(), text: "auto".into() };
        variable.options.insert(0, auto);
    }
    variable.options.retain(|choice| {
        let is_short = choice.value.chars().count() <= LINE_CHARACTERS_MAX
            && choice.text.chars().count() <= LINE_CHARACTERS_MAX;
        let is_step = !is_interval || choice.value == "$__auto" || is_duration(&choice.value);
        if !is_short || !is_step {
            let what = format!("the value `{}`", excerpt(&choice.value, 60));
            let why = if is_short { "it is no duration" } else { "it is too long" };
            notes.add(fields.place(), what, why);
        }
        is_short && is_step
    });
    notes.cut(fields.place(), "values", &mut variable.options, CHOICES_MAX);
    if is_interval {
        variable.default.retain(|value| variable.options.iter().any(|o| o.value == *value));
    }
}

fn choice(option: &Value) -> Option<Choice> {
    let text = |key| match option.get(key) {
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let value = text("value").or_else(|| text("text"))?;
    let text = text("text").filter(|text| *text != value).unwrap_or_default();
    Some(Choice { value, text })
}

/// Values between commas, `\,` being no comma; with texts as `text : value`.
fn split(text: &str, with_texts: bool) -> Vec<Choice> {
    let mut parts = vec![String::new()];
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        let part = parts.last_mut().expect("there is one from the beginning");
        match c {
            '\\' if characters.peek() == Some(&',') => part.extend(characters.next()),
            ',' => parts.push(String::new()),
            c => part.push(c),
        }
    }
    let choice = |part: String| {
        let part = part.trim();
        match part.split_once(" : ").filter(|_| with_texts) {
            Some((text, value)) => Choice { value: value.trim().into(), text: text.trim().into() },
            None => Choice { value: part.into(), text: String::new() },
        }
    };
    parts.into_iter().map(choice).filter(|choice| !choice.value.is_empty()).collect()
}
