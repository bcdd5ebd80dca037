//! Collects what was set, and where: flags over environment over file over defaults. Knows names
//! only; what a value means is for [`super::Config`].
//!
//! Invariant: a name that no [`Key`] declares is an error that names the nearest one.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use super::keys::{CLIENT_VARIABLES, KEYS, Key};

/// Where a value came from; later ones win.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// Nobody set it.
    Default,
    /// `plimsoll.toml`, or the file named instead.
    File(String),
    /// An environment variable.
    Environment,
    /// A flag.
    Flag,
}

/// A settings error: which setting, where it was set, what was expected.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {path}: {reason}")]
    Unreadable {
        /// The file.
        path: String,
        /// What the operating system said.
        reason: String,
    },
    /// The file is no TOML.
    #[error("{path} is not valid TOML: {reason}")]
    Syntax {
        /// The file.
        path: String,
        /// Line, column and what was expected.
        reason: String,
    },
    /// No such setting.
    #[error("{place}: unknown setting {name}{}", suggest(name))]
    Unknown {
        /// The file.
        place: String,
        /// The dotted name found there.
        name: String,
    },
    /// A secret in a file.
    #[error("{place}: {name} is a secret; set it in the environment as {variable} instead")]
    Secret {
        /// The file.
        place: String,
        /// The dotted name.
        name: &'static str,
        /// Where it belongs.
        variable: String,
    },
    /// A value of the wrong kind.
    #[error("{place} is {value:?}, expected {expected}")]
    Value {
        /// The flag, variable or key, as the user wrote it.
        place: String,
        /// What was found.
        value: String,
        /// What was expected.
        expected: String,
    },
    /// Settings that do not go together.
    #[error("{0}")]
    Conflict(String),
}

/// What was set, by name.
#[derive(Clone, Default)]
pub struct RawConfig {
    values: BTreeMap<&'static str, (String, Option<Source>)>,
    /// The section `scrape` of the file and the file: lists of jobs, which are no single values.
    scrape: Option<(String, plimsoll_scrape::RawConfig)>,
}

impl fmt::Debug for RawConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.values.keys()).finish() // Values may be secret.
    }
}

impl RawConfig {
    /// Reads a settings file. `required`: whether its absence is an error.
    pub fn add_file(&mut self, path: &Path, required: bool) -> Result<(), ConfigError> {
        let place = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => self.add_text(&place, &text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !required => Ok(()),
            Err(error) => Err(ConfigError::Unreadable { path: place, reason: error.to_string() }),
        }
    }

    /// Reads the text of a settings file.
    pub fn add_text(&mut self, place: &str, text: &str) -> Result<(), ConfigError> {
        let mut table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            let line = error.span().map(|span| text[..span.start].lines().count().max(1));
            let line = line.map(|line| format!("line {line}: ")).unwrap_or_default();
            let reason = format!("{line}{}", error.message());
            ConfigError::Syntax { path: place.to_owned(), reason }
        })?;
        if let Some(section) = table.remove("scrape") {
            let settings = section.try_into().map_err(|error: toml::de::Error| {
                let reason = format!("in [scrape]: {}", error.message());
                ConfigError::Syntax { path: place.to_owned(), reason }
            })?;
            self.scrape = Some((place.to_owned(), settings));
        }
        let mut found = Vec::new();
        flatten("", &table, &mut found);
        for (name, value) in found {
            let Some(key) = Key::find(&name) else {
                return Err(ConfigError::Unknown { place: place.to_owned(), name });
            };
            if key.secret {
                let (name, variable) = (key.name, key.variable());
                return Err(ConfigError::Secret { place: place.to_owned(), name, variable });
            }
            self.set(key, value, Source::File(place.to_owned()));
        }
        Ok(())
    }

    /// Takes the settings among environment variables; answers the `PLIMSOLL_*` ones that are none.
    pub fn add_environment(
        &mut self,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Vec<String> {
        let mut strangers = Vec::new();
        for (variable, value) in variables {
            if !variable.starts_with("PLIMSOLL_") || CLIENT_VARIABLES.contains(&variable.as_str()) {
                continue;
            }
            match KEYS.iter().find(|key| key.variable() == variable) {
                Some(key) => self.set(key, value, Source::Environment),
                None => strangers.push(variable),
            }
        }
        strangers
    }

    /// Takes one flag's value.
    pub fn add_flag(&mut self, key: &'static Key, value: String) {
        self.set(key, value, Source::Flag);
    }

    /// Changes what applies where nobody set `name`; for commands with defaults of their own.
    pub fn set_default(&mut self, name: &'static str, value: impl Into<String>) {
        if let Some(key) = Key::find(name) {
            self.set(key, value.into(), Source::Default);
        }
    }

    fn set(&mut self, key: &'static Key, value: String, source: Source) {
        let current = self.values.get(key.name).and_then(|(_, source)| source.as_ref());
        if current.is_none_or(|current| *current <= source) {
            self.values.insert(key.name, (value, Some(source)));
        }
    }

    /// What is to be scraped, and the file that says so.
    pub(super) fn scrape(&self) -> Option<(&str, &plimsoll_scrape::RawConfig)> {
        self.scrape.as_ref().map(|(place, settings)| (place.as_str(), settings))
    }

    /// The value that wins, its default where nobody set it, and where it came from.
    pub(super) fn get(&self, name: &'static str) -> (&str, Source) {
        match self.values.get(name) {
            Some((value, source)) => (value, source.clone().unwrap_or(Source::Default)),
            None => (Key::find(name).map_or("", |key| key.default), Source::Default),
        }
    }

    /// The error for a value that does not parse.
    pub(super) fn value_error(&self, name: &'static str, expected: &str) -> ConfigError {
        let (value, source) = self.get(name);
        let key = Key::find(name).expect("settings are read by their declared names");
        let place = match source {
            Source::Default => format!("the default of {name}"),
            Source::File(path) => format!("{path}: {name}"),
            Source::Environment => key.variable(),
            Source::Flag => format!("--{}", key.flag()),
        };
        let value = if key.secret { "(hidden)".to_owned() } else { value.to_owned() };
        ConfigError::Value { place, value, expected: expected.to_owned() }
    }
}

/// `[otlp] grpc = "…"` becomes `otlp.grpc`; scalars become their text.
fn flatten(prefix: &str, table: &toml::Table, found: &mut Vec<(String, String)>) {
    for (name, value) in table {
        let name = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match value {
            toml::Value::Table(table) => flatten(&name, table, found),
            toml::Value::String(text) => found.push((name, text.clone())),
            toml::Value::Integer(number) => found.push((name, number.to_string())),
            toml::Value::Float(number) => found.push((name, number.to_string())),
            toml::Value::Boolean(flag) => found.push((name, flag.to_string())),
            toml::Value::Datetime(time) => found.push((name, time.to_string())),
            toml::Value::Array(values) => {
                let texts = values.iter().filter_map(toml::Value::as_str);
                found.push((name, texts.collect::<Vec<_>>().join(",")));
            }
        }
    }
}

/// `; did you mean otlp.grpc?`, or nothing where no setting is near.
fn suggest(name: &str) -> String {
    let near = KEYS.iter().map(|key| (distance(name, key.name), key.name)).min();
    match near {
        Some((edits, key)) if edits <= 3 => format!("; did you mean {key}?"),
        _ => "; plimsoll config show lists every setting".to_owned(),
    }
}

/// Edits between two names (Levenshtein); names are short.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, a) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_win_over_environment_over_file_over_defaults() {
        let mut raw = RawConfig::default();
        let flag = Key::find("listen").unwrap();
        raw.add_flag(flag, "127.0.0.1:1".into());
        raw.add_environment([
            ("PLIMSOLL_LISTEN".to_owned(), "127.0.0.1:2".to_owned()),
            ("PLIMSOLL_DATA".to_owned(), "/e".to_owned()),
        ]);
        raw.add_text("f.toml", "listen = '127.0.0.1:3'\ndata = '/f'\nmemory = '1GiB'").unwrap();
        assert_eq!(raw.get("listen").0, "127.0.0.1:1");
        assert_eq!(raw.get("data").0, "/e");
        assert_eq!(raw.get("memory").0, "1GiB");
        assert_eq!(raw.get("otlp.grpc").0, "127.0.0.1:4317");
    }

    fn check(text: &str, expected: &str) {
        let error = RawConfig::default().add_text("plimsoll.toml", text).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn mistakes_in_the_file_are_named() {
        check(
            "[otlp]\ngprc = '127.0.0.1:4317'",
            "plimsoll.toml: unknown setting otlp.gprc; did you mean otlp.grpc?",
        );
        check(
            "colour = 'blue'",
            "plimsoll.toml: unknown setting colour; plimsoll config show lists every setting",
        );
        check(
            "bootstrap_token = 'x'",
            "plimsoll.toml: bootstrap_token is a secret; set it in the environment as \
             PLIMSOLL_BOOTSTRAP_TOKEN instead",
        );
        let error = RawConfig::default().add_text("p", "listen = 'a'\n= 3").unwrap_err();
        assert!(error.to_string().starts_with("p is not valid TOML: line "), "{error}");
    }

    #[test]
    fn strangers_among_the_variables_are_reported() {
        let mut raw = RawConfig::default();
        let variables = ["PLIMSOLL_LISTN", "PLIMSOLL_URL", "HOME"];
        let strangers = raw.add_environment(variables.map(|v| (v.to_owned(), String::new())));
        assert_eq!(strangers, ["PLIMSOLL_LISTN"]);
    }
}
