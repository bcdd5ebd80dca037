//! The answer of a recording rule's query to samples, and the ends of series that it gives no more.
//!
//! Invariants: a rule that fails writes nothing at all, no end of a series either, and what it wrote before
//! stays known, as in Prometheus: once it succeeds again, series that are gone by then are ended. What is
//! known changes only when the caller says that it has written.

use std::collections::{HashMap, HashSet};

use plimsoll_promql::{EvalError, Labels, METRIC_NAME, Point, Value};

use crate::file::{Group, Rule};
use crate::lint::{self, Key};

/// A value to write, at the time of the query.
#[derive(Clone, Debug)]
pub struct Sample {
    /// The series; its metric is the rule's.
    pub labels: Labels,
    /// The value.
    pub point: Point,
}

/// What a rule's evaluation writes, all at the time of the query.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// A value for each series.
    pub samples: Vec<Sample>,
    /// Series that the last evaluation gave and this one did not: each gets a staleness marker,
    /// [`plimsoll_promql::ABSENT`].
    pub stale: Vec<Labels>,
}

/// Why a rule's evaluation writes nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// Its query failed.
    #[error(transparent)]
    Query(#[from] EvalError),
    /// Its query gives something else than values of series.
    #[error("the query gave a {0}, expected an instant vector or a scalar")]
    Type(&'static str),
    /// Two of its values are of one series once the rule's labels are set.
    #[error("two values of {0} at one time: the rule's labels make two series one")]
    SameLabels(Labels),
    /// It gives more series than it may.
    #[error("the rule gave {found} series, its group's limit is {limit}")]
    Limit {
        /// The group's limit.
        limit: usize,
        /// How many it gave.
        found: usize,
    },
    /// The group has no recording rule of this number.
    #[error("rule {0} of the group does not record")]
    NotRecording(usize),
}

/// The series that a group's rules gave when they were last evaluated.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// For each rule; empty for alerts.
    recorded: Vec<HashSet<Labels>>,
    /// Of rules that are no more, since the file was loaded again.
    left: HashSet<Labels>,
}

impl State {
    /// Of a group that was not evaluated yet.
    #[must_use]
    pub fn new(group: &Group) -> Self {
        Self { recorded: vec![HashSet::new(); group.rules.len()], left: HashSet::new() }
    }

    /// What the evaluation of a rule, by its index in the group, writes given its query's value.
    ///
    /// # Errors
    ///
    /// See [`RuleError`]; nothing is to be written then.
    pub fn evaluate(&self, group: &Group, rule: usize, value: Value) -> Result<Outcome, RuleError> {
        let Some(Rule::Recording(recording)) = group.rules.get(rule) else {
            return Err(RuleError::NotRecording(rule));
        };
        let vector = match value {
            Value::Vector(vector) => vector,
            Value::Scalar(value) => vec![(Labels::default(), Point::Float(value))],
            Value::Text(_) => return Err(RuleError::Type("string")),
            Value::Matrix(_) => return Err(RuleError::Type("range vector")),
        };
        let set = group.labels_of(&group.rules[rule]);
        let found = vector.len();
        let mut series = HashSet::with_capacity(found);
        let mut samples = Vec::with_capacity(found);
        for (labels, point) in vector {
            let named = labels.iter().chain([(METRIC_NAME, recording.record.as_str())]);
            let labels = Labels::new(named.chain(set.iter().map(|(name, value)| (*name, *value))));
            if !series.insert(labels.clone()) {
                return Err(RuleError::SameLabels(labels));
            }
            samples.push(Sample { labels, point });
        }
        match group.limit {
            Some(limit) if found > limit => return Err(RuleError::Limit { limit, found }),
            _ => {}
        }
        Ok(Outcome { samples, stale: self.gone(group, rule, &series) })
    }

    /// The series that a rule gave last and no rule of its metric gives now.
    fn gone(&self, group: &Group, rule: usize, now: &HashSet<Labels>) -> Vec<Labels> {
        let name = group.rules[rule].name();
        let others: Vec<&HashSet<Labels>> = (0..group.rules.len())
            .filter(|other| *other != rule && group.rules[*other].name() == name)
            .filter_map(|other| self.recorded.get(other))
            .collect();
        let last = self.recorded.get(rule).into_iter().flatten();
        let gone = last.filter(|labels| !now.contains(labels));
        sorted(gone.filter(|labels| !others.iter().any(|other| other.contains(labels))))
    }

    /// Takes note that a rule's outcome was written.
    pub fn written(&mut self, rule: usize, outcome: &Outcome) {
        if let Some(recorded) = self.recorded.get_mut(rule) {
            *recorded = outcome.samples.iter().map(|sample| sample.labels.clone()).collect();
        }
    }

    /// Series of rules that are no more, which no rule of the group took over: each gets a staleness marker
    /// after the group was evaluated.
    #[must_use]
    pub fn leftovers(&self) -> Vec<Labels> {
        sorted(self.left.iter().filter(|labels| !self.records(labels)))
    }

    /// Takes note that staleness markers for all leftovers were written.
    pub fn leftovers_written(&mut self) {
        self.left.clear();
    }

    /// Whether a rule of the group gave a series when it was last evaluated.
    #[must_use]
    pub fn records(&self, labels: &Labels) -> bool {
        self.recorded.iter().any(|recorded| recorded.contains(labels))
    }

    /// The state of a group after its file was loaded again. Rules are the same where their names and labels
    /// are, the first with the first, the second with the second; series of the others are left over.
    #[must_use]
    pub fn carry(mut self, old: &Group, new: &Group) -> Self {
        let mut by_key: HashMap<Key<'_>, Vec<usize>> = HashMap::new();
        for (at, rule) in old.rules.iter().enumerate().rev() {
            by_key.entry(lint::key(old, rule)).or_default().push(at);
        }
        let mut state = Self::new(new);
        for (at, rule) in new.rules.iter().enumerate() {
            let from = by_key.get_mut(&lint::key(new, rule)).and_then(Vec::pop);
            if let Some(recorded) = from.and_then(|from| self.recorded.get_mut(from)) {
                state.recorded[at] = std::mem::take(recorded);
            }
        }
        state.left = self.left;
        state.left.extend(self.recorded.into_iter().flatten());
        state
    }

    /// All series of a group that is no more. Prometheus waits for two of its intervals, in which another
    /// group may take a series over, and then ends those that none did.
    #[must_use]
    pub fn into_series(self) -> Vec<Labels> {
        let mut series = self.left;
        series.extend(self.recorded.into_iter().flatten());
        sorted(series.iter())
    }
}

fn sorted<'a>(labels: impl Iterator<Item = &'a Labels>) -> Vec<Labels> {
    let mut labels: Vec<Labels> = labels.cloned().collect();
    labels.sort();
    labels
}

#[cfg(test)]
mod tests;
