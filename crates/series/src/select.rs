//! Finding series by their labels.
//!
//! How: what a label must be narrows by its list; what it must match or not be is tested on the labels of
//! what is left, each value once. Only where nothing says what a label must be are all values of one
//! label tested.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use plimsoll_promql::Labels;
use plimsoll_promql::ast::{MatchOp, Matcher};

use crate::describe::{Kind, Part};
use crate::index::{Index, State};
use crate::postings::{Slot, intersection, union};
use crate::symbols::Symbol;

/// A series that was found.
#[derive(Clone, Debug)]
pub struct Selected {
    /// Where its points are.
    pub id: i64,
    /// What they are.
    pub kind: Kind,
    /// Which part of them.
    pub part: Part,
    /// Its labels, `__name__` among them; of buckets without `le`.
    pub labels: Labels,
}

/// The label that a bucket gets from its points.
pub(crate) const BOUND: &str = "le";

impl Index {
    /// All series that match; whether one's `le` does is not known here where it is a bucket.
    #[must_use]
    pub fn select(&self, matchers: &[Matcher]) -> Vec<Selected> {
        let state = self.state.read();
        let mut texts = Texts { state: &state, known: HashMap::new() };
        state
            .matching(matchers)
            .into_iter()
            .map(|slot| {
                let entry = &state.entries[slot as usize];
                let labels = state.labels(entry).iter();
                let labels = labels.map(|(name, value)| (texts.get(*name), texts.get(*value)));
                Selected {
                    id: entry.id,
                    kind: entry.kind,
                    part: entry.part,
                    labels: Labels::new(labels),
                }
            })
            .collect()
    }

    /// Names of labels of all series, or of those that match any of the selectors.
    #[must_use]
    pub fn label_names(&self, selectors: &[Vec<Matcher>]) -> BTreeSet<String> {
        let state = self.state.read();
        let mut names: BTreeSet<Symbol> = BTreeSet::new();
        let mut buckets = false;
        if selectors.is_empty() {
            names.extend(state.values.keys());
            buckets = state.entries.iter().any(|entry| entry.part == Part::Bucket);
        }
        for slot in state.any(selectors) {
            let entry = &state.entries[slot as usize];
            names.extend(state.labels(entry).iter().map(|(name, _)| *name));
            buckets |= entry.part == Part::Bucket;
        }
        let mut names: BTreeSet<String> =
            names.into_iter().map(|name| state.symbols.text(name).to_owned()).collect();
        if buckets {
            names.insert(BOUND.to_owned());
        }
        names
    }

    /// Values of a label, of all series or of those that match any of the selectors. Bounds of buckets are
    /// not among those of `le`.
    #[must_use]
    pub fn label_values(&self, name: &str, selectors: &[Vec<Matcher>]) -> BTreeSet<String> {
        let state = self.state.read();
        let Some(name) = state.symbols.find(name) else { return BTreeSet::new() };
        let mut values: BTreeSet<Symbol> = BTreeSet::new();
        if selectors.is_empty() {
            values.extend(state.values.get(&name).into_iter().flatten());
        }
        for slot in state.any(selectors) {
            values.extend(state.value(&state.entries[slot as usize], name));
        }
        values.into_iter().map(|value| state.symbols.text(value).to_owned()).collect()
    }
}

/// Texts of one answer, each shared by all labels that have it.
struct Texts<'a> {
    state: &'a State,
    known: HashMap<Symbol, Arc<str>>,
}

impl Texts<'_> {
    fn get(&mut self, symbol: Symbol) -> Arc<str> {
        let text = || Arc::from(self.state.symbols.text(symbol));
        Arc::clone(self.known.entry(symbol).or_insert_with(text))
    }
}

impl State {
    fn any(&self, selectors: &[Vec<Matcher>]) -> Vec<Slot> {
        let found: Vec<Vec<Slot>> =
            selectors.iter().map(|matchers| self.matching(matchers)).collect();
        union(found.iter().map(|slots| &slots[..]).collect())
    }

    /// Slots of the series that match, in order.
    pub(crate) fn matching(&self, matchers: &[Matcher]) -> Vec<Slot> {
        let mut lists = Vec::new();
        let mut tests: Vec<&Matcher> = Vec::new();
        for matcher in matchers {
            match &matcher.op {
                // Not known before the points are read, for buckets.
                _ if matcher.name == BOUND => tests.push(matcher),
                MatchOp::Equal if !matcher.value.is_empty() => {
                    let pair =
                        self.symbols.find(&matcher.name).zip(self.symbols.find(&matcher.value));
                    match pair.and_then(|pair| self.postings.get(&pair)) {
                        Some(postings) => lists.push(postings.slots()),
                        None => return Vec::new(),
                    }
                }
                _ => tests.push(matcher),
            }
        }
        let mut slots = match lists.is_empty() {
            false => intersection(lists),
            true => self.with_a_value(&tests),
        };
        for matcher in tests {
            if slots.is_empty() {
                break;
            }
            self.retain(&mut slots, matcher);
        }
        slots
    }

    /// Series of which a label has a value that one of the matchers wants; all where none wants one.
    fn with_a_value(&self, tests: &[&Matcher]) -> Vec<Slot> {
        let wants = |matcher: &&&Matcher| matcher.name != BOUND && !matcher.matches("");
        let Some(matcher) = tests.iter().find(wants) else {
            return (0..self.entries.len() as Slot).collect();
        };
        let Some(name) = self.symbols.find(&matcher.name) else { return Vec::new() };
        let values = self.values.get(&name).into_iter().flatten();
        let wanted = values.filter(|value| matcher.matches(self.symbols.text(**value)));
        union(
            wanted
                .filter_map(|value| self.postings.get(&(name, *value)))
                .map(|postings| postings.slots())
                .collect(),
        )
    }

    fn retain(&self, slots: &mut Vec<Slot>, matcher: &Matcher) {
        let absent = matcher.matches("");
        let name = self.symbols.find(&matcher.name);
        let mut known: HashMap<Symbol, bool> = HashMap::new();
        slots.retain(|slot| {
            let entry = &self.entries[*slot as usize];
            if matcher.name == BOUND && entry.part == Part::Bucket {
                return true;
            }
            match name.and_then(|name| self.value(entry, name)) {
                None => absent,
                Some(value) => {
                    *known.entry(value).or_insert_with(|| matcher.matches(self.symbols.text(value)))
                }
            }
        });
    }
}
