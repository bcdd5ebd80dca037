//! What a query's author should know although it was answered: warnings and infos, each once.

use std::collections::BTreeSet;

/// Warnings and infos of one query, in Prometheus' words, since clients show and match them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    warnings: BTreeSet<String>,
    infos: BTreeSet<String>,
}

impl Notes {
    /// Adds a warning.
    pub(crate) fn warn(&mut self, text: impl Into<String>) {
        self.warnings.insert(format!("PromQL warning: {}", text.into()));
    }

    /// Adds an info.
    pub(crate) fn inform(&mut self, text: impl Into<String>) {
        self.infos.insert(format!("PromQL info: {}", text.into()));
    }

    /// Adds a warning that is not the language's own.
    pub fn add_warning(&mut self, text: impl Into<String>) {
        self.warnings.insert(text.into());
    }

    /// The warnings, sorted.
    pub fn warnings(&self) -> impl Iterator<Item = &str> {
        self.warnings.iter().map(String::as_str)
    }

    /// The infos, sorted.
    pub fn infos(&self) -> impl Iterator<Item = &str> {
        self.infos.iter().map(String::as_str)
    }
}
