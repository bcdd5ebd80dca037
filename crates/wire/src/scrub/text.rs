//! Text of one value: a first look over it, and a closer one at each place that it finds.
//!
//! Invariant: what follows something hidden is looked at as if it were a text of its own, as it
//! will be when the text is looked at again, with a label before it.

use std::ops::Range;

use crate::json::{self, KeyKind, SCRUBBED};

use super::filter::JsonFilter;
use super::look::{Place, family};
use super::memo::Way;
use super::{Scrubber, address, card, key, pair, token};

pub(super) const CARD: &str = "[card]";
const TOKEN: &str = "[token]";
const EMAIL: &str = "[email]";
const IP: &str = "[ip]";

/// Whether a text is what stands in the place of something hidden, and nothing else.
#[must_use]
pub fn is_label(text: &str) -> bool {
    [SCRUBBED, CARD, TOKEN, EMAIL, IP].contains(&text)
}

/// JSON within JSON is taken apart this many times; deeper it is text.
const LEVELS_MAX: usize = 4;

/// A label may end or begin a word for what is beside it, so that more is found the next time; what
/// is returned was looked at until there was no more, or this often.
const PASSES_MAX: usize = 8;

/// Something to hide, and what stands in its place.
pub(super) struct Found {
    range: Range<usize>,
    label: &'static str,
}

/// How far a text was looked at.
#[derive(Default)]
pub(super) struct Progress {
    /// Digits before are none of a card.
    digits_done: usize,
}

impl Scrubber {
    /// Text that is within `level` JSON documents.
    #[inline]
    pub(super) fn text_within(&self, value: &str, level: usize) -> Option<String> {
        let first = self.table.next(value.as_bytes(), 0)?;
        let mut hidden = self.text_from(value, first, level)?;
        for _ in 1..PASSES_MAX {
            let Some(place) = self.table.next(hidden.as_bytes(), 0) else { break };
            let Some(again) = self.text_from(&hidden, place, level) else { break };
            hidden = again;
        }
        Some(hidden)
    }

    /// Text in which the first place worth a look is known.
    fn text_from(&self, value: &str, first: Place, level: usize) -> Option<String> {
        if level < LEVELS_MAX
            && may_be_json(value)
            && let Some(answer) = self.json_within(value, level)
        {
            return answer;
        }
        let (mut rest, mut out) = (value, String::new());
        let mut progress = Progress::default();
        let mut next = Some(first);
        while let Some(place) = next {
            let from = match self.find(rest.as_bytes(), &place, &mut progress) {
                Some(found) => {
                    out.push_str(&rest[..found.range.start]);
                    out.push_str(found.label);
                    rest = &rest[found.range.end..];
                    progress = Progress::default();
                    0
                }
                None => place.at + 1,
            };
            next = self.table.next(rest.as_bytes(), from);
        }
        if out.is_empty() {
            return None;
        }
        out.push_str(rest);
        Some(out)
    }

    /// What to make of a value at one place of it, where its places are gone through in order: None
    /// where there is nothing at this one, otherwise the answer on the whole value.
    pub(super) fn decide(
        &self,
        value: &str,
        place: &Place,
        progress: &mut Progress,
    ) -> Option<Option<String>> {
        let mut is_found = || self.find(value.as_bytes(), place, progress).is_some();
        (may_be_json(value) || is_found()).then(|| self.text(value))
    }

    /// What to make of a value that may be JSON; None where it is to be taken as text.
    fn json_within(&self, value: &str, level: usize) -> Option<Option<String>> {
        let mut filter = JsonFilter::new(self, level + 1);
        let cleaned = json::rewrite(value.as_bytes(), &json::Limits::NONE, &mut filter).ok()?;
        match (cleaned.scrubbed, cleaned.repaired) {
            (0, 0) => Some(None),
            // What was too deep was not looked at.
            (0, _) => None,
            _ => Some(Some(cleaned.json)),
        }
    }

    /// What is to be hidden at a place.
    fn find(&self, text: &[u8], place: &Place, progress: &mut Progress) -> Option<Found> {
        let found = self.find_mark(text, place.at, place.families);
        let from = progress.digits_done;
        if found.is_some() || place.families & family::DIGITS == 0 || place.digits_at < from {
            return found;
        }
        let found = card::find(text, place.digits_at, from);
        if let Ok(range) = &found
            && !is_under_id(text, range.start)
        {
            return Some(Found { range: range.clone(), label: CARD });
        }
        progress.digits_done = found.map_or_else(|end| end, |range| range.end);
        None
    }

    fn find_mark(&self, text: &[u8], at: usize, families: u16) -> Option<Found> {
        let labelled = |range: Option<Range<usize>>, label| Some(Found { range: range?, label });
        let has = |family: u16| families & family != 0;
        let mut found = None;
        if has(family::PAIR) {
            found = labelled(self.pair(text, at), SCRUBBED);
        }
        if found.is_none() && has(family::URL) {
            found = labelled(pair::url_password(text, at), SCRUBBED);
        }
        if found.is_none() && has(family::PREFIXES) {
            found = labelled(token::after_prefix(text, at), TOKEN);
        }
        if found.is_none() && has(family::SCHEME) {
            found = labelled(token::after_scheme(text, at), TOKEN);
        }
        if found.is_none() && has(family::PEM) {
            found = labelled(token::private_key(text, at), TOKEN);
        }
        if found.is_none() && has(family::EMAIL) {
            found = labelled(address::email(text, at..at + 1), EMAIL);
        }
        if found.is_none() && has(family::ENCODED_EMAIL) {
            found = labelled(address::email(text, at - 2..at + 1), EMAIL);
        }
        if found.is_none() && has(family::IPV4) {
            found = labelled(address::ipv4(text, at), IP);
        }
        if found.is_none() && has(family::IPV6) {
            found = labelled(address::ipv6(text, at), IP);
        }
        found
    }

    fn is_secret_word(&self, word: &[u8]) -> bool {
        let judge = || if self.is_secret(word) { KeyKind::Secret } else { KeyKind::Plain };
        self.memo(Way::Text).kind(word, judge) == KeyKind::Secret
    }

    /// The value of a secret whose key ends before the sign at `at`.
    fn pair(&self, text: &[u8], at: usize) -> Option<Range<usize>> {
        if !pair::may_have_value(text, at) {
            return None;
        }
        let key = pair::key_before(text, at)?;
        let is_secret =
            self.is_secret_word(&text[key.range.clone()]) || pair::is_second_word(text, &key);
        if is_secret { pair::value_after(text, at, &key) } else { None }
    }
}

fn may_be_json(value: &str) -> bool {
    value.trim_ascii_start().starts_with(['{', '[', '"'])
}

/// Whether a number follows the key of an id: `trace_id=…`.
fn is_under_id(text: &[u8], at: usize) -> bool {
    let before = |byte: &u8| !matches!(byte, b' ' | b'"' | b'\'' | b'\\');
    let window = &text[at.saturating_sub(8)..at];
    let Some(sign) = window.iter().rposition(before) else { return false };
    let sign = at - window.len() + sign;
    matches!(text[sign], b'=' | b':')
        && pair::key_before(text, sign).is_some_and(|key| key::is_id(&text[key.range]))
}
