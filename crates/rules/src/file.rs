//! A rule file that is right: groups of rules.

use std::collections::BTreeMap;

use crate::place::Place;
use crate::problem::Problem;

/// A rule file. Only [`crate::check`] makes one, so its expressions are queries.
#[derive(Clone, Debug, Default)]
pub struct RuleFile {
    /// Its groups, in order; names are unique.
    pub groups: Vec<Group>,
    /// What its author should know although it is right, in the order of the file.
    pub warnings: Vec<Problem>,
}

/// Rules that are evaluated one after the other, at one time.
#[derive(Clone, Debug, Default)]
pub struct Group {
    /// Its name, unique within the file.
    pub name: String,
    /// How often it is evaluated, in milliseconds, never 0; `None` for the server's default.
    pub interval_ms: Option<i64>,
    /// How far back its queries look, in milliseconds; `None` for the server's default.
    pub query_offset_ms: Option<i64>,
    /// Series that a recording rule, or alerts that an alerting rule, may give; `None` for any number.
    pub limit: Option<usize>,
    /// Labels of all its rules; a rule's own win.
    pub labels: BTreeMap<String, String>,
    /// Its rules, in order.
    pub rules: Vec<Rule>,
}

impl Group {
    /// The labels that a rule adds: the group's, and over them its own. An empty one takes a label away.
    #[must_use]
    pub fn labels_of<'a>(&'a self, rule: &'a Rule) -> BTreeMap<&'a str, &'a str> {
        let both = self.labels.iter().chain(rule.labels());
        both.map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }
}

/// A rule.
#[derive(Clone, Debug)]
pub enum Rule {
    /// Its query's answer becomes series.
    Recording(RecordingRule),
    /// Its query's answer becomes alerts.
    Alerting(AlertingRule),
}

impl Rule {
    /// The name of its metric or its alert.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Recording(rule) => &rule.record,
            Self::Alerting(rule) => &rule.alert,
        }
    }

    /// Its query.
    #[must_use]
    pub fn expr(&self) -> &str {
        match self {
            Self::Recording(rule) => &rule.expr,
            Self::Alerting(rule) => &rule.expr,
        }
    }

    /// Its own labels, without those of its group.
    #[must_use]
    pub fn labels(&self) -> &BTreeMap<String, String> {
        match self {
            Self::Recording(rule) => &rule.labels,
            Self::Alerting(rule) => &rule.labels,
        }
    }

    /// Where it begins in the file.
    #[must_use]
    pub fn place(&self) -> Place {
        match self {
            Self::Recording(rule) => rule.place,
            Self::Alerting(rule) => rule.place,
        }
    }
}

/// A rule whose query's answer becomes series.
#[derive(Clone, Debug)]
pub struct RecordingRule {
    /// The name of the metric.
    pub record: String,
    /// The query, as it was written.
    pub expr: String,
    /// Its own labels; see [`Group::labels_of`].
    pub labels: BTreeMap<String, String>,
    /// Where it begins in the file.
    pub place: Place,
}

/// A rule whose query's answer becomes alerts.
///
/// Labels and annotations may hold Go templates (`{{ $labels.job }}`). They are kept as they were written
/// and not checked: a template that is none passes here and fails `promtool check rules`.
#[derive(Clone, Debug)]
pub struct AlertingRule {
    /// The alert's name.
    pub alert: String,
    /// The query, as it was written.
    pub expr: String,
    /// How long its condition holds before it fires, in milliseconds.
    pub for_ms: i64,
    /// How long it fires on after its condition ended, in milliseconds.
    pub keep_firing_for_ms: i64,
    /// Its own labels, which may be templates; see [`Group::labels_of`].
    pub labels: BTreeMap<String, String>,
    /// Texts for people, which may be templates.
    pub annotations: BTreeMap<String, String>,
    /// Where it begins in the file.
    pub place: Place,
}
