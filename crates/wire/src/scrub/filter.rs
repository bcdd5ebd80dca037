//! What of JSON is hidden.

use crate::json::{Filter, KeyKind};

use super::memo::{Memo, Way};
use super::{Scrubber, card};

/// A scrubber at work on one JSON document, which may itself be text within another.
pub(super) struct JsonFilter<'a> {
    scrubber: &'a Scrubber,
    memo: Memo,
    /// How many documents this one is within.
    level: usize,
    /// Whether the JSON is ours, whose `$bytes` are no text.
    is_typed: bool,
}

impl<'a> JsonFilter<'a> {
    pub(super) fn new(scrubber: &'a Scrubber, level: usize) -> Self {
        Self { scrubber, memo: scrubber.memo(Way::Json), level, is_typed: false }
    }

    /// For the typed JSON of attributes.
    pub(super) fn typed(scrubber: &'a Scrubber) -> Self {
        Self { scrubber, memo: scrubber.memo(Way::Attribute), level: 0, is_typed: true }
    }
}

impl Filter for JsonFilter<'_> {
    #[inline]
    fn kind(&mut self, key: &str) -> KeyKind {
        if self.is_typed && key == "$bytes" {
            return KeyKind::Id;
        }
        let (scrubber, is_typed) = (self.scrubber, self.is_typed);
        self.memo.kind(key.as_bytes(), || match is_typed {
            true => scrubber.attribute_kind(key),
            false => scrubber.kind(key),
        })
    }

    #[inline]
    fn text(&self, text: &str) -> Option<String> {
        self.scrubber.text_within(text, self.level)
    }

    #[inline]
    fn number(&self, digits: &str) -> Option<&'static str> {
        // Those of more than nineteen digits have a fraction, which may be zero.
        if !self.scrubber.credit_cards || !(13..=21).contains(&digits.len()) {
            return None;
        }
        let digits = digits.strip_suffix(".0").unwrap_or(digits);
        let is_whole = digits.bytes().all(|byte| byte.is_ascii_digit());
        (is_whole && card::is_card(digits.as_bytes())).then_some(super::text::CARD)
    }
}

/// A scrubber at work on JSON of which a part is left out.
pub(super) struct Without<'a, F> {
    pub(super) filter: JsonFilter<'a>,
    pub(super) leaves_out: F,
}

impl<F: FnMut(&str, usize) -> bool> Filter for Without<'_, F> {
    fn kind(&mut self, key: &str) -> KeyKind {
        self.filter.kind(key)
    }

    fn leaves_out(&mut self, key: &str, depth: usize) -> bool {
        (self.leaves_out)(key, depth)
    }

    fn text(&self, text: &str) -> Option<String> {
        self.filter.text(text)
    }

    fn number(&self, digits: &str) -> Option<&'static str> {
        self.filter.number(digits)
    }
}
