//! An object of Grafana's whose fields are taken one by one; what nobody took is accounted for.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::ignored::{Fate, fate};
use super::notes::Notes;
use crate::problem::excerpt;

/// Which object of the model it is, for the table of what may be ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Dashboard,
    Time,
    Templating,
    Annotations,
    Variable,
    Panel,
    Row,
    GridPos,
    Target,
    FieldConfig,
    Defaults,
    Custom,
    Thresholds,
    Options,
    Legend,
    Reduce,
    Link,
    Axis,
    Gauge,
}

/// An object, and which of its fields were taken.
pub(super) struct Fields<'a> {
    object: &'a Map<String, Value>,
    taken: BTreeSet<&'static str>,
    kind: Kind,
    place: String,
}

impl<'a> Fields<'a> {
    /// None where it is no object.
    pub(super) fn new(value: &'a Value, kind: Kind, place: impl Into<String>) -> Option<Self> {
        let object = value.as_object()?;
        Some(Self { object, taken: BTreeSet::new(), kind, place: place.into() })
    }

    /// Where it stands, for people.
    pub(super) fn place(&self) -> &str {
        &self.place
    }

    pub(super) fn set_place(&mut self, place: String) {
        self.place = place;
    }

    /// A field that is looked at but not accounted for.
    pub(super) fn peek(&self, key: &str) -> Option<&'a Value> {
        self.object.get(key).filter(|value| !value.is_null())
    }

    /// A field of any type; what the caller cannot use, it notes.
    pub(super) fn get(&mut self, key: &'static str) -> Option<&'a Value> {
        self.taken.insert(key);
        self.peek(key)
    }

    fn get_as<T>(&mut self, key: &'static str, read: fn(&'a Value) -> Option<T>) -> Option<T> {
        let value = read(self.peek(key)?)?;
        self.taken.insert(key);
        Some(value)
    }

    /// A text; empty where there is none.
    pub(super) fn text(&mut self, key: &'static str) -> &'a str {
        self.get_as(key, Value::as_str).unwrap_or_default().trim()
    }

    /// A text that is cut to a length.
    pub(super) fn line(&mut self, key: &'static str, max: usize, notes: &mut Notes) -> String {
        let text = self.text(key);
        if text.chars().nth(max).is_some() {
            let what = format!("the end of `{key}`, after {max} characters");
            notes.add(&self.place, what, "it is too long");
        }
        text.chars().take(max).collect()
    }

    /// A truth; false where there is none.
    pub(super) fn flag(&mut self, key: &'static str) -> bool {
        self.get_as(key, Value::as_bool).unwrap_or_default()
    }

    /// A number, which may be written as text; `auto` and `null` are none.
    pub(super) fn number(&mut self, key: &'static str) -> Option<f64> {
        self.get_as(key, |value| match value {
            Value::String(text) if ["", "auto", "null"].contains(&text.trim()) => Some(None),
            value => number_of(value).map(Some),
        })?
    }

    /// A list; empty where there is none.
    pub(super) fn list(&mut self, key: &'static str) -> &'a [Value] {
        self.get_as(key, Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// An object within.
    pub(super) fn object(&mut self, key: &'static str, kind: Kind) -> Option<Self> {
        let object = self.get_as(key, Value::as_object)?;
        let place = self.place.clone();
        Some(Self { object, taken: BTreeSet::new(), kind, place })
    }

    /// Accounts for what nobody took.
    pub(super) fn finish(self, notes: &mut Notes) {
        for (key, value) in self.object {
            if self.taken.contains(key.as_str()) || is_nothing(value) {
                continue;
            }
            let why = match fate(self.kind, key) {
                Some(Fate::Harmless(_)) => continue,
                Some(Fate::Lost { unless, why }) => {
                    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                    if unless.contains(&text.as_str()) {
                        continue;
                    }
                    why
                }
                None => "the import does not know this field, or not in this form",
            };
            notes.add(&self.place, named(key, value), why);
        }
    }
}

/// A number, or a text that is one.
pub(super) fn number_of(value: &Value) -> Option<f64> {
    let number = match value {
        Value::String(text) => text.trim().parse().ok(),
        value => value.as_f64(),
    };
    number.filter(|number| number.is_finite())
}

/// A field for people: its name and the beginning of its value.
pub(super) fn named(key: &str, value: &Value) -> String {
    format!("`{}`: {}", excerpt(key, 60), excerpt(&value.to_string(), 120))
}

/// Whether a value says nothing: empty and false all the way down.
pub(super) fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(list) => list.iter().all(is_nothing),
        Value::Object(fields) => fields.values().all(is_nothing),
        Value::Bool(true) | Value::Number(_) => false,
    }
}
