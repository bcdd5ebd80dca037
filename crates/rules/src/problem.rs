//! What is wrong with a rule file, and where.

use std::fmt;

use serde::Serialize;

use crate::place::Place;

/// Something wrong with a rule file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Whether the file cannot be used.
    pub severity: Severity,
    /// Where it is.
    #[serde(flatten)]
    pub place: Place,
    /// The name of the group it is about; empty where the group has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The rule it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<RuleName>,
    /// What is wrong, and what was expected.
    pub message: String,
}

/// Characters that are kept of a name and of a message: what they quote may be a whole file.
const NAME_CHARS_MAX: usize = 200;
const MESSAGE_CHARS_MAX: usize = 1_000;

impl Problem {
    /// A problem of a group's rule, given by its number and its name.
    pub(crate) fn new(
        severity: Severity,
        place: Place,
        group: Option<&str>,
        rule: Option<(usize, &str)>,
        message: &str,
    ) -> Self {
        let rule =
            rule.map(|(number, name)| RuleName { number, name: short(name, NAME_CHARS_MAX) });
        let group = group.map(|name| short(name, NAME_CHARS_MAX));
        Self { severity, place, group, rule, message: short(message, MESSAGE_CHARS_MAX) }
    }
}

/// A text, its end left out where it is long.
fn short(text: &str, characters_max: usize) -> String {
    match text.char_indices().nth(characters_max) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

impl fmt::Display for Problem {
    /// `7:22: error: group "a", rule 1 "b": …`, on one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { line, column } = self.place;
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(f, "{line}:{column}: {severity}: ")?;
        if let Some(group) = &self.group {
            write!(f, "group {group:?}")?;
            if let Some(rule) = &self.rule {
                write!(f, ", rule {} {:?}", rule.number, rule.name)?;
            }
            f.write_str(": ")?;
        }
        // A text from the file may stand in the message: nothing in it reaches a terminal as a command.
        for c in self.message.chars() {
            if c.is_control() { write!(f, "{}", c.escape_default())? } else { write!(f, "{c}")? }
        }
        Ok(())
    }
}

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The file cannot be used.
    Error,
    /// It can be used, but may not do what its author thinks.
    Warning,
}

/// A rule of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleName {
    /// Its number within the group, from 1.
    pub number: usize,
    /// The name of its alert or its metric; empty where it has none.
    pub name: String,
}
