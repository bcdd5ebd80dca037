//! Variables: their names, what each kind needs, and that none waits for itself.

use super::{
    CHOICES_MAX, Found, LINE_CHARACTERS_MAX, NAME_CHARACTERS_MAX, QUERY_CHARACTERS_MAX, is_duration,
};
use crate::document::{Variable, VariableKind};
use crate::lookup::{FORMS, Lookup};
use crate::problem::excerpt;
use crate::substitute::{Checker, names};

/// Whether a text may name a variable.
pub(crate) fn is_name(text: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !text.is_empty()
        && text.len() <= NAME_CHARACTERS_MAX
        && text.chars().all(is_word)
        && !text.starts_with("__")
}

/// Checks one variable; those before it have other names.
pub(super) fn check(
    variable: &Variable,
    before: &[Variable],
    place: &str,
    checker: &mut Checker<'_>,
    found: &mut Found,
) {
    if !is_name(&variable.name) {
        found.add(
            format!("{place}/name"),
            format!("`{}`", excerpt(&variable.name, 40)),
            "letters, digits and _, not beginning with __",
            "rename the variable",
        );
    } else if before.iter().any(|other| other.name == variable.name) {
        found.add(
            format!("{place}/name"),
            format!("a second variable {}", variable.name),
            "a name that no other variable has",
            "rename one of them",
        );
    }
    found.line(format!("{place}/label"), &variable.label, 0, LINE_CHARACTERS_MAX);
    found.line(format!("{place}/regex"), &variable.regex, 0, LINE_CHARACTERS_MAX);
    if let Some(all) = &variable.all_value {
        found.line(format!("{place}/all_value"), all, 0, LINE_CHARACTERS_MAX);
    }
    choices(variable, place, found);
    defaults(variable, place, found);
    query(variable, place, checker, found);
}

fn choices(variable: &Variable, place: &str, found: &mut Found) {
    found.list(format!("{place}/options"), "options", variable.options.len(), CHOICES_MAX);
    for (at, choice) in variable.options.iter().take(CHOICES_MAX).enumerate() {
        let place = format!("{place}/options/{at}");
        found.line(format!("{place}/value"), &choice.value, 0, LINE_CHARACTERS_MAX);
        found.line(format!("{place}/text"), &choice.text, 0, LINE_CHARACTERS_MAX);
        let is_step = choice.value == "$__auto" || is_duration(&choice.value);
        if variable.kind == VariableKind::Interval && !is_step {
            found.add(
                format!("{place}/value"),
                format!("`{}`", excerpt(&choice.value, 40)),
                "a duration as 5m, or $__auto",
                "write a number and a unit: ms, s, m, h, d, w or y",
            );
        }
    }
    let needs = matches!(variable.kind, VariableKind::Custom | VariableKind::Interval);
    if needs && variable.options.is_empty() {
        found.add(
            format!("{place}/options"),
            "no options",
            "at least one value to choose",
            "add a value, or make it a variable of type text",
        );
    }
}

fn defaults(variable: &Variable, place: &str, found: &mut Found) {
    let place = format!("{place}/default");
    let count = variable.default.len();
    match variable.kind {
        VariableKind::Constant if count != 1 => {
            found.add(&place, format!("{count} values"), "the one value of the constant", "add it");
        }
        _ if !variable.multi && count > 1 => {
            let hint = "keep one, or let several be chosen with multi";
            found.add(&place, format!("{count} values"), "at most one value", hint);
        }
        _ => found.list(&place, "values", count, CHOICES_MAX),
    }
    for (at, value) in variable.default.iter().take(CHOICES_MAX).enumerate() {
        found.line(format!("{place}/{at}"), value, 0, LINE_CHARACTERS_MAX);
    }
}

fn query(variable: &Variable, place: &str, checker: &mut Checker<'_>, found: &mut Found) {
    let place = format!("{place}/query");
    found.line(&place, &variable.query, 0, QUERY_CHARACTERS_MAX);
    if variable.kind != VariableKind::Query || variable.query.len() > QUERY_CHARACTERS_MAX {
        return;
    }
    let Some(values) = Lookup::parse(&variable.query) else {
        let query = format!("`{}`", excerpt(&variable.query, 80));
        return found.add(&place, query, FORMS, "ask for the values in one of these forms");
    };
    if let Err(mistake) = values.check(checker) {
        let name = excerpt(&variable.name, 40);
        found.query(&place, format!("what variable {name} asks for"), &mistake);
    }
}

/// No variable may need its own values, directly or through others.
pub(super) fn check_order(variables: &[Variable], found: &mut Found) {
    let needs = |from: &Variable, to: &Variable| {
        from.kind == VariableKind::Query
            && (names(&from.query, &to.name) || names(&from.regex, &to.name))
    };
    let variables = &variables[..variables.len().min(super::VARIABLES_MAX)];
    // Which variables each needs, worked out once: queries may be long.
    let needed: Vec<Vec<usize>> = variables
        .iter()
        .map(|from| (0..variables.len()).filter(|to| needs(from, &variables[*to])).collect())
        .collect();
    for (at, variable) in variables.iter().enumerate() {
        let mut reached = vec![false; variables.len()];
        let mut open = vec![at];
        while let Some(from) = open.pop() {
            for to in &needed[from] {
                if !reached[*to] {
                    reached[*to] = true;
                    open.push(*to);
                }
            }
        }
        if reached[at] {
            found.add(
                format!("/variables/{at}/query"),
                format!("variable {} needs its own value", excerpt(&variable.name, 40)),
                "queries of variables that do not go round in a circle",
                "take a variable out of one of the queries",
            );
        }
    }
}
