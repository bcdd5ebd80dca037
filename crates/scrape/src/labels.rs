//! Labels by name.
//!
//! Invariant: a label has a value that is not empty; one that is set to nothing is gone.

use std::collections::BTreeMap;

use serde::Serialize;

/// The label that is the name of the metric.
pub(crate) const METRIC_NAME: &str = "__name__";

/// Labels in the order of their names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct LabelSet(BTreeMap<String, String>);

impl LabelSet {
    /// The value of a label, empty where it is missing.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// Whether there is such a label.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Sets a label; an empty value removes it.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let (name, value) = (name.into(), value.into());
        match value.is_empty() {
            true => self.0.remove(&name),
            false => self.0.insert(name, value),
        };
    }

    /// Sets a label that is missing.
    pub fn set_default(&mut self, name: &str, value: &str) {
        if !self.has(name) {
            self.set(name, value);
        }
    }

    /// Removes a label.
    pub fn remove(&mut self, name: &str) {
        self.0.remove(name);
    }

    /// Keeps the labels whose names are chosen.
    pub fn retain(&mut self, mut keep: impl FnMut(&str) -> bool) {
        self.0.retain(|name, _| keep(name));
    }

    /// Names and values in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for LabelSet {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(labels: I) -> Self {
        let mut set = Self::default();
        for (name, value) in labels {
            set.set(name, value);
        }
        set
    }
}
