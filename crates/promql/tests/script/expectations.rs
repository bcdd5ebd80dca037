//! What a script expects of a query.
//!
//! Invariants: a warning or a remark that is not spoken of is let pass; of those a script speaks of, each
//! found must be expected and each expected must be found.

use regex::Regex;

use super::Steps;
use super::description::{Described, described};
use super::text::{duration_ms, number, quoted};

/// All that is expected of one query.
#[derive(Debug, Default)]
pub(crate) struct Expectations {
    pub(crate) fail: Option<Message>,
    pub(crate) warn: Vec<Message>,
    pub(crate) info: Vec<Message>,
    pub(crate) no_warn: bool,
    pub(crate) no_info: bool,
    pub(crate) ordered: bool,
    /// The times of a range vector that an instant query gives.
    pub(crate) range_vector: Option<Steps>,
    pub(crate) outcome: Outcome,
}

/// The expected result.
#[derive(Debug)]
pub(crate) enum Outcome {
    Series(Vec<Described>),
    Scalar(f64),
    Text(String),
}

impl Default for Outcome {
    fn default() -> Self {
        Self::Series(Vec::new())
    }
}

/// An expected message.
#[derive(Clone, Debug)]
pub(crate) enum Message {
    Any,
    Exactly(String),
    Matching(Regex),
}

impl Message {
    /// Whether a found message is the one.
    pub(crate) fn accepts(&self, found: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Exactly(message) => message == found,
            Self::Matching(pattern) => pattern.is_match(found),
        }
    }

    /// Reads what stands behind `expect fail` and its like.
    fn read(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            Ok(Self::Any)
        } else if let Some(message) = text.strip_prefix("msg:") {
            Ok(Self::Exactly(message.trim().to_owned()))
        } else if let Some(pattern) = text.strip_prefix("regex:") {
            Self::matching(pattern)
        } else {
            Err(format!("neither msg: nor regex: {text:?}"))
        }
    }

    fn matching(pattern: &str) -> Result<Self, String> {
        Regex::new(pattern.trim()).map(Self::Matching).map_err(|error| error.to_string())
    }
}

impl Expectations {
    /// Takes in the suffix of an older `eval_…`.
    pub(crate) fn add_suffix(&mut self, suffix: &str) -> Result<(), String> {
        match suffix {
            "" => {}
            "_fail" => self.fail = Some(Message::Any),
            "_warn" => self.warn.push(Message::Any),
            "_info" => self.info.push(Message::Any),
            "_ordered" => self.ordered = true,
            _ => return Err(format!("unknown command: eval{suffix}")),
        }
        Ok(())
    }

    /// Takes in a line; true where it is the last.
    pub(crate) fn add_line(&mut self, line: &str) -> Result<bool, String> {
        if self.add_old_failure(line)? {
            return Ok(true);
        }
        if let Some(rest) = line.strip_prefix("expect ") {
            self.add_expect(rest.trim())?;
            return Ok(false);
        }
        if let Some(value) = number(line) {
            self.outcome = Outcome::Scalar(value);
            return Ok(true);
        }
        self.add_series(described(line)?)?;
        Ok(false)
    }

    /// Takes in the older spellings of an expected error; false where it is none.
    fn add_old_failure(&mut self, line: &str) -> Result<bool, String> {
        if let Some(message) = line.strip_prefix("expected_fail_message") {
            self.fail = Some(Message::Exactly(message.trim().to_owned()));
        } else if let Some(pattern) = line.strip_prefix("expected_fail_regexp") {
            self.fail = Some(Message::matching(pattern)?);
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    /// Takes in what follows `expect`.
    fn add_expect(&mut self, text: &str) -> Result<(), String> {
        if let Some(range) = text.strip_prefix("range vector") {
            self.range_vector = Some(range_vector(range)?);
            return Ok(());
        }
        let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        match word {
            "fail" if self.fail.is_some() => return Err("two failures expected".to_owned()),
            "fail" => self.fail = Some(Message::read(rest.trim())?),
            "warn" => self.warn.push(Message::read(rest.trim())?),
            "info" => self.info.push(Message::read(rest.trim())?),
            "no_warn" => self.no_warn = true,
            "no_info" => self.no_info = true,
            "ordered" => self.ordered = true,
            "string" => self.outcome = Outcome::Text(whole_quoted(rest)?),
            _ => return Err(format!("unknown expectation: {text:?}")),
        }
        let both =
            (self.no_warn && !self.warn.is_empty()) || (self.no_info && !self.info.is_empty());
        if both { Err("a message both expected and excluded".to_owned()) } else { Ok(()) }
    }

    /// Takes in a series; of two with the same labels the later counts.
    fn add_series(&mut self, series: Described) -> Result<(), String> {
        let Outcome::Series(all) = &mut self.outcome else {
            return Err("a series besides a string".to_owned());
        };
        all.retain(|other| other.labels != series.labels);
        all.push(series);
        Ok(())
    }
}

/// Reads a quoted string that nothing follows.
fn whole_quoted(text: &str) -> Result<String, String> {
    match quoted(text.trim())? {
        (string, "") => Ok(string),
        (_, rest) => Err(format!("after a string: {rest:?}")),
    }
}

/// Reads `from A to B step S`.
fn range_vector(text: &str) -> Result<Steps, String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    match words.as_slice() {
        ["from", from, "to", to, "step", step] => steps(from, to, step),
        _ => Err(format!("not the times of a range vector: {text:?}")),
    }
}

/// Reads the parts of a range.
pub(crate) fn steps(from: &str, to: &str, step: &str) -> Result<Steps, String> {
    let (from_ms, to_ms) = (duration_ms(from)?, duration_ms(to)?);
    if to_ms < from_ms {
        return Err(format!("a range from {from} to {to}"));
    }
    Ok(Steps { from_ms, to_ms, step_ms: duration_ms(step)? })
}
