//! Fingerprints that a sender or a rule gives: texts, variables, and `{{ default }}` for ours.
//!
//! Invariants: at most [`PARTS_MAX`] parts of [`PART_BYTES_MAX`] bytes count. `{{ default }}` alone
//! is the fingerprint there would be anyway. A variable that is not known stays as it was written.

use super::fingerprint::{Digest, Fingerprint};
use super::rules::Rule;
use super::tree::{Node, Sink};
use super::{Occurrence, Outline};
use crate::message::{Limits, parameterize};

/// Parts that count.
pub(super) const PARTS_MAX: usize = 16;
/// Bytes of a part, its variables filled in.
const PART_BYTES_MAX: usize = 1 << 10;

/// Who gave a fingerprint.
#[derive(Clone, Copy)]
pub(super) enum Source<'a> {
    Sender,
    Rule(&'a Rule),
}

/// A fingerprint that was given.
#[derive(Clone, Copy)]
pub(super) struct Custom<'a> {
    pub(super) parts: &'a [String],
    pub(super) source: Source<'a>,
}

impl<'a> Custom<'a> {
    fn parts(&self) -> impl Iterator<Item = &'a str> + Clone {
        self.parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty()).take(PARTS_MAX)
    }

    /// Whether nothing but ours is asked for.
    fn is_default(&self) -> bool {
        self.parts().count() == 1 && self.parts().all(is_default)
    }

    pub(super) fn fingerprint(
        &self,
        own: Fingerprint,
        occurrence: &Occurrence<'_>,
        outline: &Outline,
    ) -> Fingerprint {
        if self.is_default() {
            return own;
        }
        let mut digest = Digest::default();
        self.write(own, occurrence, outline, &mut digest);
        digest.finish()
    }

    /// The tree of ours, as a part of the one that was given.
    pub(super) fn explain(
        &self,
        mut own: Node,
        occurrence: &Occurrence<'_>,
        outline: &Outline,
    ) -> Node {
        let hint = match self.source {
            Source::Sender => "the sender gave this fingerprint".to_owned(),
            Source::Rule(rule) => {
                format!("the rule in line {} gave this fingerprint: {}", rule.line, rule.text)
            }
        };
        if self.is_default() {
            own.hint = hint;
            return own;
        }
        let mut why = Node { label: "grouping", hint, ..Node::default() };
        self.write(own.fingerprint(), occurrence, outline, &mut why);
        let mixes = self.parts().any(is_default);
        own.label = "default";
        own.hint = if mixes { "mixed in by its hash" } else { "not asked for" }.to_owned();
        own.silence();
        why.children.push(own);
        why
    }

    fn write(
        &self,
        own: Fingerprint,
        occurrence: &Occurrence<'_>,
        outline: &Outline,
        sink: &mut dyn Sink,
    ) {
        for part in self.parts() {
            if is_default(part) {
                sink.counts("default", &own.to_string(), "the fingerprint there would be anyway");
            } else {
                let why =
                    if part.contains("{{") { "with its variables filled in" } else { "a text" };
                sink.counts("part", &expanded(part, occurrence, outline), why);
            }
        }
    }
}

fn is_default(part: &str) -> bool {
    variable(part).is_some_and(|name| name == "default")
}

/// The name between braces, if a text is nothing else.
fn variable(part: &str) -> Option<&str> {
    let name = part.trim().strip_prefix("{{")?.strip_suffix("}}")?.trim();
    (!name.contains(['{', '}'])).then_some(name)
}

/// A part with its variables filled in.
fn expanded(part: &str, occurrence: &Occurrence<'_>, outline: &Outline) -> String {
    let mut out = String::new();
    let mut rest = part;
    while let Some(open) = rest.find("{{").filter(|_| out.len() < PART_BYTES_MAX) {
        let Some(length) = rest[open..].find("}}") else { break };
        out.push_str(&rest[..open]);
        let name = rest[open + 2..open + length].trim();
        match value(name, occurrence, outline) {
            Some(value) => out.push_str(&value),
            None => out.push_str(&rest[open..open + length + 2]),
        }
        rest = &rest[open + length + 2..];
    }
    out.push_str(rest);
    out.truncate(out.floor_char_boundary(PART_BYTES_MAX));
    out
}

/// Whether there is a variable of a name.
pub(super) fn is_known(name: &str) -> bool {
    value(name, &Occurrence::default(), &Outline::default()).is_some()
}

/// The value of a variable. A message comes without what varies: with it, each occurrence would be
/// its own.
fn value(name: &str, occurrence: &Occurrence<'_>, outline: &Outline) -> Option<String> {
    let value = match name {
        "type" | "error.type" => &outline.kind,
        "message" | "error.value" => return Some(parameterize(&outline.message, Limits::LINE)),
        "function" | "stack.function" => &outline.function,
        "module" | "stack.module" => &outline.module,
        "transaction" => occurrence.transaction,
        "level" => occurrence.level,
        "logger" => occurrence.logger,
        "service" => occurrence.service,
        "environment" => occurrence.environment,
        "release" => occurrence.release,
        _ => {
            return name
                .strip_prefix("tags.")
                .map(|tag| (occurrence.tags)(tag).unwrap_or_default().to_owned());
        }
    };
    Some(value[..value.floor_char_boundary(PART_BYTES_MAX)].to_owned())
}
