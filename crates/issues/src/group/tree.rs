//! Why an occurrence has its fingerprint: what was looked at, what counted, and why.
//!
//! Invariants: whoever decides writes each part into a [`Sink`] once; what is hashed and what is
//! shown are therefore the same. The leaves that count, in their order, are all there is in a
//! fingerprint.

use serde::Serialize;

use super::fingerprint::{Digest, Fingerprint};

/// One thing that was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Node {
    /// What it is: `type`, `frame`, `message`.
    pub label: &'static str,
    /// As it was compared.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub value: String,
    /// Whether it is part of the fingerprint, or something in it is.
    #[serde(rename = "contributes")]
    pub counts: bool,
    /// Why, or why not.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub hint: String,
    /// What it consists of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<Node>,
}

impl Node {
    /// The fingerprint that the leaves of this tree that count give.
    pub(super) fn fingerprint(&self) -> Fingerprint {
        let mut digest = Digest::default();
        self.add_to(&mut digest);
        digest.finish()
    }

    fn add_to(&self, digest: &mut Digest) {
        if self.counts && self.children.is_empty() {
            digest.add(self.label, &self.value);
        }
        self.children.iter().for_each(|child| child.add_to(digest));
    }
}

/// Where an algorithm writes what it decides.
pub trait Sink {
    /// A part of the fingerprint.
    fn counts(&mut self, label: &'static str, value: &str, why: &'static str);
    /// A part that was left out.
    fn skips(&mut self, label: &'static str, value: &str, why: &'static str);
    /// Whether what is left out is shown to anyone; if not, it need not be prepared.
    fn shows(&self) -> bool;
}

impl Sink for Digest {
    fn counts(&mut self, label: &'static str, value: &str, _: &'static str) {
        self.add(label, value);
    }

    fn skips(&mut self, _: &'static str, _: &str, _: &'static str) {}

    fn shows(&self) -> bool {
        false
    }
}

impl Sink for Node {
    fn counts(&mut self, label: &'static str, value: &str, why: &'static str) {
        self.counts = true;
        self.push(label, value, true, why);
    }

    fn skips(&mut self, label: &'static str, value: &str, why: &'static str) {
        self.push(label, value, false, why);
    }

    fn shows(&self) -> bool {
        true
    }
}

impl Node {
    fn push(&mut self, label: &'static str, value: &str, counts: bool, why: &'static str) {
        let (value, hint) = (value.to_owned(), why.to_owned());
        self.children.push(Self { label, value, counts, hint, children: Vec::new() });
    }
}

impl Node {
    /// Makes a whole tree one that does not count.
    pub(super) fn silence(&mut self) {
        self.counts = false;
        self.children.iter_mut().for_each(Self::silence);
    }
}
