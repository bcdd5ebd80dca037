//! Relabelling: rules that rewrite, keep or drop labels, with Prometheus' results.
//!
//! Invariants: a rule is checked when it is made, so that applying it cannot fail; a pattern
//! matches whole values.

use md5::{Digest, Md5};
use plimsoll_promql::anchored;
use regex::{Captures, Regex};
use serde::Deserialize;

use crate::labels::LabelSet;

/// What a rule does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Action {
    /// Sets a label to what the pattern took.
    #[default]
    Replace,
    /// Goes on only where the pattern matches.
    Keep,
    /// Goes on only where the pattern does not match.
    Drop,
    /// Goes on only where the values equal the label.
    KeepEqual,
    /// Goes on only where the values do not equal the label.
    DropEqual,
    /// Sets a label to a hash of the values.
    HashMod,
    /// Copies labels whose names match to other names.
    LabelMap,
    /// Removes labels whose names match.
    LabelDrop,
    /// Removes labels whose names do not match.
    LabelKeep,
    /// Sets a label to the values in small letters.
    Lowercase,
    /// Sets a label to the values in capitals.
    Uppercase,
}

impl Action {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("replace", Self::Replace),
        ("keep", Self::Keep),
        ("drop", Self::Drop),
        ("keepequal", Self::KeepEqual),
        ("dropequal", Self::DropEqual),
        ("hashmod", Self::HashMod),
        ("labelmap", Self::LabelMap),
        ("labeldrop", Self::LabelDrop),
        ("labelkeep", Self::LabelKeep),
        ("lowercase", Self::Lowercase),
        ("uppercase", Self::Uppercase),
    ];

    fn parse(text: &str) -> Result<Self, String> {
        let lower = text.to_ascii_lowercase();
        let found = Self::NAMES.iter().find(|(name, _)| *name == lower);
        found.map(|(_, action)| *action).ok_or_else(|| {
            let names: Vec<_> = Self::NAMES.iter().map(|(name, _)| *name).collect();
            format!("unknown action `{text}`, expected one of {}", names.join(", "))
        })
    }

    fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, action)| *action == self).map_or("", |(name, _)| name)
    }
}

/// A rule as settings write it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawRule {
    /// Labels whose values are looked at, joined.
    pub source_labels: Option<Vec<String>>,
    /// What joins them; `;` where it is missing.
    pub separator: Option<String>,
    /// What the whole must match; `(.*)` where it is missing.
    pub regex: Option<String>,
    /// By what a hash is divided.
    pub modulus: Option<u64>,
    /// Where a result goes.
    pub target_label: Option<String>,
    /// The result, with `$1` and `${name}` for what the pattern took; `$1` where it is missing.
    pub replacement: Option<String>,
    /// What is done; `replace` where it is missing.
    pub action: Option<String>,
}

/// A rule that was checked.
#[derive(Clone, Debug)]
pub struct Rule {
    action: Action,
    sources: Vec<String>,
    separator: String,
    regex: Regex,
    /// The pattern takes everything, as where none is given.
    takes_all: bool,
    modulus: u64,
    target: String,
    replacement: String,
}

const PATTERN: &str = "(.*)";
const REPLACEMENT: &str = "$1";
const SEPARATOR: &str = ";";
/// Bytes of a pattern.
const PATTERN_BYTES_MAX: usize = 16 << 10;

impl Rule {
    /// Checks a rule.
    ///
    /// # Errors
    ///
    /// What is wrong with it, without its place.
    pub fn new(raw: &RawRule) -> Result<Self, String> {
        let action = raw.action.as_deref().map_or(Ok(Action::Replace), Action::parse)?;
        let pattern = raw.regex.as_deref().unwrap_or(PATTERN);
        if pattern.len() > PATTERN_BYTES_MAX {
            return Err(format!(
                "the pattern has {} bytes, at most {PATTERN_BYTES_MAX}",
                pattern.len()
            ));
        }
        check_fields(raw, action)?;
        Ok(Self {
            action,
            sources: raw.source_labels.clone().unwrap_or_default(),
            separator: raw.separator.clone().unwrap_or_else(|| SEPARATOR.to_owned()),
            regex: anchored(pattern)?,
            takes_all: pattern == PATTERN,
            modulus: raw.modulus.unwrap_or_default(),
            target: raw.target_label.clone().unwrap_or_default(),
            replacement: raw.replacement.clone().unwrap_or_else(|| REPLACEMENT.to_owned()),
        })
    }

    fn values(&self, labels: &LabelSet) -> String {
        let values: Vec<_> = self.sources.iter().map(|name| labels.get(name)).collect();
        values.join(&self.separator)
    }

    /// Applies the rule; `false` where what has these labels is dropped.
    fn apply(&self, labels: &mut LabelSet) -> bool {
        let value = self.values(labels);
        match self.action {
            Action::Keep => return self.regex.is_match(&value),
            Action::Drop => return !self.regex.is_match(&value),
            Action::KeepEqual => return labels.get(&self.target) == value,
            Action::DropEqual => return labels.get(&self.target) != value,
            Action::Replace => self.replace(labels, &value),
            Action::HashMod => {
                labels.set(&self.target, (hash(&value) % self.modulus).to_string());
            }
            Action::Lowercase => labels.set(&self.target, map_case(&value, char::to_lowercase)),
            Action::Uppercase => labels.set(&self.target, map_case(&value, char::to_uppercase)),
            Action::LabelMap => self.map_names(labels),
            Action::LabelDrop => labels.retain(|name| !self.regex.is_match(name)),
            Action::LabelKeep => labels.retain(|name| self.regex.is_match(name)),
        }
        true
    }

    fn replace(&self, labels: &mut LabelSet, value: &str) {
        // Sets a label without looking at any.
        let plain = !self.target.contains('$') && !self.replacement.contains('$');
        if value.is_empty() && self.takes_all && plain {
            labels.set(&self.target, &self.replacement);
            return;
        }
        let Some(captures) = self.regex.captures(value) else { return };
        let target = expand(&self.target, &captures);
        if !target.is_empty() {
            labels.set(target, expand(&self.replacement, &captures));
        }
    }

    fn map_names(&self, labels: &mut LabelSet) {
        let mapped: Vec<_> = labels
            .iter()
            .filter_map(|(name, value)| {
                let captures = self.regex.captures(name)?;
                Some((expand(&self.replacement, &captures), value.to_owned()))
            })
            .collect();
        for (name, value) in mapped.into_iter().filter(|(name, _)| !name.is_empty()) {
            labels.set(name, value);
        }
    }
}

/// Applies rules in turn; `false` where what has these labels is dropped.
pub fn relabel(rules: &[Rule], labels: &mut LabelSet) -> bool {
    rules.iter().all(|rule| rule.apply(labels))
}

/// Which fields an action needs and which it may not have.
fn check_fields(raw: &RawRule, action: Action) -> Result<(), String> {
    use Action::{
        DropEqual, HashMod, KeepEqual, LabelDrop, LabelKeep, LabelMap, Lowercase, Replace,
        Uppercase,
    };
    let name = action.name();
    let target = raw.target_label.as_deref().unwrap_or_default();
    let custom = |text: &Option<String>, default| text.as_deref().is_some_and(|it| it != default);
    let replacement = custom(&raw.replacement, REPLACEMENT);
    let separator = custom(&raw.separator, SEPARATOR);
    let modulus = raw.modulus.is_some_and(|modulus| modulus != 0);
    if action == HashMod && !modulus {
        return Err(format!("action {name} needs a modulus above 0"));
    }
    let sets = [Replace, HashMod, Lowercase, Uppercase, KeepEqual, DropEqual];
    if sets.contains(&action) && target.is_empty() {
        return Err(format!("action {name} needs a target_label"));
    }
    if [Lowercase, Uppercase, KeepEqual, DropEqual].contains(&action) && replacement {
        return Err(format!("action {name} has no replacement, leave it out"));
    }
    if action == LabelMap && raw.replacement.as_deref() == Some("") {
        return Err(format!("action {name} needs a replacement that names a label"));
    }
    if [KeepEqual, DropEqual].contains(&action)
        && (custom(&raw.regex, PATTERN) || modulus || separator)
    {
        return Err(format!("action {name} takes source_labels and target_label alone"));
    }
    if [LabelDrop, LabelKeep].contains(&action)
        && (raw.source_labels.is_some()
            || !target.is_empty()
            || modulus
            || separator
            || replacement)
    {
        return Err(format!("action {name} takes a regex alone"));
    }
    Ok(())
}

/// The last eight bytes of the MD5 sum.
pub(crate) fn hash(text: &str) -> u64 {
    let sum: [u8; 16] = Md5::digest(text).into();
    let last = u128::from_be_bytes(sum);
    last as u64
}

/// Each character by itself; one that has no single counterpart stays.
fn map_case<I: Iterator<Item = char>>(text: &str, map: impl Fn(char) -> I) -> String {
    let one = |from: char| {
        let mut to = map(from);
        match (to.next(), to.next()) {
            (Some(only), None) => only,
            _ => from,
        }
    };
    text.chars().map(one).collect()
}

/// Puts what a pattern took in the place of `$1`, `${1}`, `$name` and `${name}`, `$` for `$$`. What
/// it did not take is empty; a `$` that begins none of these stays.
fn expand(template: &str, captures: &Captures<'_>) -> String {
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(at) = rest.find('$') {
        text.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            text.push('$');
            rest = after;
            continue;
        }
        match group(rest) {
            None => text.push('$'),
            Some((name, length)) => {
                text.push_str(captured(name, captures));
                rest = &rest[length..];
            }
        }
    }
    text.push_str(rest);
    text
}

/// The name of a group at the start of a text, and the bytes that it takes there.
fn group(text: &str) -> Option<(&str, usize)> {
    let belongs = |character: char| character.is_alphanumeric() || character == '_';
    let braced = text.strip_prefix('{');
    let inner = braced.unwrap_or(text);
    let length = inner.find(|character| !belongs(character)).unwrap_or(inner.len());
    let name = &inner[..length];
    match (length, braced) {
        (0, _) => None,
        (_, None) => Some((name, length)),
        (_, Some(_)) => inner[length..].starts_with('}').then_some((name, length + 2)),
    }
}

fn captured<'t>(name: &str, captures: &Captures<'t>) -> &'t str {
    let digits = name.bytes().all(|byte| byte.is_ascii_digit());
    let leading_zero = name.len() > 1 && name.starts_with('0');
    let found = match (digits, leading_zero) {
        (true, false) => name.parse().ok().and_then(|number: usize| captures.get(number)),
        (true, true) => None,
        (false, _) => captures.name(name),
    };
    found.map_or("", |found| found.as_str())
}

#[cfg(test)]
mod tests;
