//! Which occurrences are one issue.
//!
//! Invariants: within one version of the grouping the same occurrence has the same fingerprint for
//! ever. [`Grouper::group`] and [`Grouper::explain`] agree, since both come of one decision. Time
//! and memory are bounded by a constant number of frames, and bytes of each, that are looked at. A
//! service is no part of a fingerprint: the caller tells issues of different services apart.

mod algorithm;
mod custom;
mod file;
mod fingerprint;
mod first;
mod gist;
mod kind;
mod name;
mod role;
pub mod rules;
mod segment;
mod stack;
#[cfg(test)]
mod tests;
mod tree;
mod vocabulary;
mod words;

use plimsoll_model::Exception;
use serde::Serialize;

pub use self::algorithm::{Algorithm, Decided};
pub use self::fingerprint::{Fingerprint, FingerprintError};
pub use self::rules::Rules;
pub use self::tree::{Node, Sink};

use self::custom::{Custom, Source};
use self::fingerprint::Digest;

/// What happened, as far as grouping looks at it. What the source did not say is empty.
#[derive(Clone, Copy)]
pub struct Occurrence<'a> {
    /// The chain: what was reported, then its causes.
    pub exceptions: &'a [Exception],
    /// The message of an event.
    pub message: &'a str,
    /// The message before values were put in.
    pub template: &'a str,
    pub platform: &'a str,
    pub level: &'a str,
    pub logger: &'a str,
    pub transaction: &'a str,
    pub service: &'a str,
    pub environment: &'a str,
    pub release: &'a str,
    /// The value of a tag.
    pub tags: &'a dyn Fn(&str) -> Option<&'a str>,
    /// The fingerprint that the sender gave.
    pub sdk_fingerprint: &'a [String],
}

impl Default for Occurrence<'_> {
    fn default() -> Self {
        Self {
            exceptions: &[],
            message: "",
            template: "",
            platform: "",
            level: "",
            logger: "",
            transaction: "",
            service: "",
            environment: "",
            release: "",
            tags: &|_| None,
            sdk_fingerprint: &[],
        }
    }
}

/// What an occurrence is about, as a title shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Outline {
    /// The type, as it was sent.
    #[serde(rename = "type")]
    pub kind: String,
    /// The message, as it was sent.
    pub message: String,
    /// The function that is responsible, or the transaction.
    pub culprit: String,
    /// The innermost function of the service.
    pub function: String,
    /// Its module, class or file.
    pub module: String,
}

/// Where an occurrence belongs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Grouping {
    /// Its issue.
    pub fingerprint: Fingerprint,
    /// A finer hash: all frames and all words. An issue can be split by it.
    pub variant: i64,
    /// The version of the grouping.
    pub version: u16,
    /// What it is about.
    pub outline: Outline,
}

/// A grouping, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The same that [`Grouper::group`] gives.
    #[serde(flatten)]
    pub grouping: Grouping,
    /// What was looked at.
    pub why: Node,
}

/// Groups occurrences, by the newest version and on demand by those before it.
pub struct Grouper {
    /// From the oldest to the newest; never empty.
    algorithms: Vec<Box<dyn Algorithm>>,
    rules: Rules,
}

impl Default for Grouper {
    fn default() -> Self {
        Self::new(Rules::default())
    }
}

impl Grouper {
    /// With rules of the server, which win over what a sender asks for.
    pub fn new(rules: Rules) -> Self {
        Self { algorithms: vec![Box::new(first::First)], rules }
    }

    /// Adds a version that is newer than those there are.
    #[cfg(test)]
    fn with_version(mut self, algorithm: impl Algorithm + 'static) -> Self {
        self.algorithms.push(Box::new(algorithm));
        self
    }

    fn newest(&self) -> &dyn Algorithm {
        self.algorithms
            .last()
            .expect("a grouper is made with a version and only gains others")
            .as_ref()
    }

    /// Where an occurrence belongs.
    pub fn group(&self, occurrence: &Occurrence<'_>) -> Grouping {
        let mut digest = Digest::default();
        let algorithm = self.newest();
        let Decided { outline, variant } = algorithm.decide(occurrence, &mut digest);
        let mut fingerprint = digest.finish();
        if let Some(custom) = self.custom(occurrence) {
            fingerprint = custom.fingerprint(fingerprint, occurrence, &outline);
        }
        Grouping { fingerprint, variant, version: algorithm.version(), outline }
    }

    /// Where an occurrence belongs, and why.
    pub fn explain(&self, occurrence: &Occurrence<'_>) -> Explanation {
        let algorithm = self.newest();
        let mut why = Node { label: "grouping", ..Node::default() };
        let Decided { outline, variant } = algorithm.decide(occurrence, &mut why);
        if let Some(custom) = self.custom(occurrence) {
            why = custom.explain(why, occurrence, &outline);
        }
        let (fingerprint, version) = (why.fingerprint(), algorithm.version());
        Explanation { grouping: Grouping { fingerprint, variant, version, outline }, why }
    }

    /// The fingerprints that versions before the newest give, from the newest of them to the
    /// oldest, each computed when it is asked for: an unknown fingerprint may be known under one of
    /// these.
    pub fn earlier<'a>(
        &'a self,
        occurrence: &'a Occurrence<'_>,
    ) -> impl Iterator<Item = (u16, Fingerprint)> {
        self.algorithms.iter().rev().skip(1).map(move |algorithm| {
            let mut digest = Digest::default();
            let outline = algorithm.decide(occurrence, &mut digest).outline;
            let own = digest.finish();
            let custom = self.custom(occurrence);
            let fingerprint =
                custom.map_or(own, |custom| custom.fingerprint(own, occurrence, &outline));
            (algorithm.version(), fingerprint)
        })
    }

    /// What takes the place of the fingerprint: of the rules that match the first, else what was
    /// sent.
    fn custom<'a>(&'a self, occurrence: &'a Occurrence<'_>) -> Option<Custom<'a>> {
        if let Some(rule) = self.rules.matching(occurrence) {
            return Some(Custom { parts: &rule.fingerprint, source: Source::Rule(rule) });
        }
        let sent = occurrence.sdk_fingerprint;
        sent.iter()
            .any(|part| !part.trim().is_empty())
            .then_some(Custom { parts: sent, source: Source::Sender })
    }
}
