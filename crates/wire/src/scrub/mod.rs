//! Hides what must not be kept: values under the keys of secrets, and within text passwords,
//! tokens, card numbers, and where it is wished e-mail and IP addresses. `docs/privacy.md` says
//! what and where.
//!
//! Invariants: pure and deterministic; time is linear in the input whatever it is; what was hidden
//! stays as it is when it is looked at again. Clean text is not copied.

mod address;
mod card;
mod filter;
mod key;
mod look;
mod memo;
mod pair;
mod rows;
mod text;
mod token;
mod values;
mod words;

use std::sync::atomic::{AtomicU64, Ordering};

pub use crate::json::Cleaned;
use crate::json::{self, JsonError, KeyKind};
use arrow::array::RecordBatch;
use filter::{JsonFilter, Without};
use key::Names;
use look::{Table as LookTable, family};
use memo::{Judge, Memo, Way};
use plimsoll_model::Table;
pub use text::is_label;

/// What is hidden.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Privacy {
    /// Whole values under the keys of secrets, and passwords in URLs.
    pub secret_keys: bool,
    /// Numbers of payment cards.
    pub credit_cards: bool,
    /// Tokens that are known by their shape.
    pub tokens: bool,
    /// E-mail addresses.
    pub emails: bool,
    /// IPv4 and IPv6 addresses.
    pub ip_addresses: bool,
    /// Further names of secrets, matched as whole words of keys.
    pub keys: Vec<String>,
    /// Whole keys whose values are kept although they look like those of secrets.
    pub keep_keys: Vec<String>,
}

impl Default for Privacy {
    fn default() -> Self {
        Self {
            secret_keys: true,
            credit_cards: true,
            tokens: true,
            emails: false,
            ip_addresses: false,
            keys: Vec::new(),
            keep_keys: Vec::new(),
        }
    }
}

/// OpenTelemetry's ids of visits. They tell visits apart and open nothing, and people look for them.
const VISITS: [&str; 2] = ["session.id", "session.previous_id"];

/// Hides what a [`Privacy`] says.
#[derive(Clone)]
pub struct Scrubber {
    /// Tells it from others that judge otherwise.
    number: u64,
    secret_keys: bool,
    credit_cards: bool,
    keys: Names,
    keep_keys: Names,
    table: LookTable,
}

impl Scrubber {
    /// Prepares what is looked for.
    #[must_use]
    pub fn new(privacy: &Privacy) -> Self {
        let keys = Names::new(&privacy.keys);
        let mut table = LookTable::new(privacy.credit_cards);
        if privacy.secret_keys {
            add_pairs(&mut table);
            table.add(family::URL, [b":", b"/", b"/"]);
        }
        if privacy.tokens {
            token::add_to(&mut table);
        }
        let all: Vec<u8> = (0..=u8::MAX).collect();
        if privacy.emails {
            table.add(family::EMAIL, [&all, &all, b"@"]);
            table.add(family::ENCODED_EMAIL, [b"%", b"4", b"0"]);
        }
        if privacy.ip_addresses {
            table.add(family::IPV4, [b"0123456789", b".", b"0123456789"]);
            table.add(family::IPV6, [&all, b"0123456789abcdefABCDEF:", b":"]);
        }
        if !privacy.is_nothing() {
            table.add(family::JSON, [b"{[\"", b"\"{[]} \n\r\t\\", &all]);
        }
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        Self {
            number: NUMBER.fetch_add(1, Ordering::Relaxed),
            secret_keys: privacy.secret_keys,
            credit_cards: privacy.credit_cards,
            keys,
            keep_keys: Names::new(&privacy.keep_keys),
            table,
        }
    }

    /// The text of one value with what is to be hidden replaced; None where nothing was found.
    #[must_use]
    pub fn text(&self, value: &str) -> Option<String> {
        self.text_within(value, 0)
    }

    /// Whether the value under this key must not be kept whatever it is.
    #[must_use]
    pub fn is_secret_key(&self, key: &str) -> bool {
        self.is_secret(key.as_bytes())
    }

    fn memo(&self, way: Way) -> Memo {
        Memo::of(Judge { scrubber: self.number, way })
    }

    fn is_secret(&self, key: &[u8]) -> bool {
        self.secret_keys
            && (key::is_secret(key) || self.keys.are_in(key))
            && !self.keep_keys.include(key)
    }

    /// JSON of any origin as valid, bounded and scrubbed JSON.
    ///
    /// # Errors
    /// Where the input is not JSON.
    pub fn json(&self, input: &[u8], limits: &json::Limits) -> Result<Cleaned, JsonError> {
        json::rewrite(input, limits, &mut JsonFilter::new(self, 0))
    }

    /// The same, with `null` for each value that is left out by its key and depth; the keys of the
    /// outermost object are at depth 1.
    pub(crate) fn json_without(
        &self,
        input: &[u8],
        limits: &json::Limits,
        leaves_out: impl FnMut(&str, usize) -> bool,
    ) -> Result<Cleaned, JsonError> {
        let filter = JsonFilter::new(self, 0);
        json::rewrite(input, limits, &mut Without { filter, leaves_out })
    }

    /// Columns of a batch of `spans` or `logs` that hold what senders write, scrubbed; None where
    /// nothing was found, and for the other tables.
    #[must_use]
    pub fn rows(&self, table: Table, rows: &RecordBatch) -> Option<RecordBatch> {
        rows::scrub(self, table, rows)
    }

    /// What an attribute of OpenTelemetry is, whose names have a meaning of their own.
    fn attribute_kind(&self, key: &str) -> KeyKind {
        match VISITS.contains(&key) && !self.keys.are_in(key.as_bytes()) {
            true => KeyKind::Id,
            false => self.kind(key),
        }
    }

    fn kind(&self, key: &str) -> KeyKind {
        if self.is_secret(key.as_bytes()) {
            KeyKind::Secret
        } else if key::is_id(key.as_bytes()) {
            KeyKind::Id
        } else if self.text(key).is_some() {
            KeyKind::Telling
        } else {
            KeyKind::Plain
        }
    }
}

impl Privacy {
    fn is_nothing(&self) -> bool {
        !(self.secret_keys || self.credit_cards || self.tokens || self.emails || self.ip_addresses)
    }
}

/// Tells the table where a name and its value meet.
fn add_pairs(table: &mut LookTable) {
    let all: Vec<u8> = (0..=u8::MAX).collect();
    let of_keys = |byte: &u8| byte.is_ascii_alphanumeric() || *byte >= 0x80;
    let ends: Vec<u8> = all.iter().copied().filter(of_keys).collect();
    table.add(family::PAIR, [&all, &ends, b"=:>"]);
    table.add(family::PAIR, [&all, b"\"'` \t]", b"=:"]);
}
