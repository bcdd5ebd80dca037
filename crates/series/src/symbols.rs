//! Texts by number, each kept once.
//!
//! Invariant: a number stands for the same text for as long as the table lives.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

/// A text's number.
pub(crate) type Symbol = u32;

/// All names and values of labels.
#[derive(Default)]
pub(crate) struct Symbols {
    bytes: String,
    /// Where each text ends.
    ends: Vec<u32>,
    known: HashTable<Symbol>,
    hasher: DefaultHashBuilder,
}

impl Symbols {
    /// The number of a text, which is kept from now on. `None` where four gibibytes are full.
    pub(crate) fn insert(&mut self, text: &str) -> Option<Symbol> {
        if let Some(known) = self.find(text) {
            return Some(known);
        }
        let end = u32::try_from(self.bytes.len() + text.len()).ok()?;
        let symbol = u32::try_from(self.ends.len()).ok()?;
        self.bytes.push_str(text);
        self.ends.push(end);
        let Self { bytes, ends, known, hasher } = self;
        let hash = hasher.hash_one(text.as_bytes());
        known.insert_unique(hash, symbol, |symbol| {
            hasher.hash_one(text_of(bytes, ends, *symbol).as_bytes())
        });
        Some(symbol)
    }

    /// The number of a text, where it has one.
    pub(crate) fn find(&self, text: &str) -> Option<Symbol> {
        let hash = self.hasher.hash_one(text.as_bytes());
        self.known.find(hash, |symbol| self.text(*symbol) == text).copied()
    }

    pub(crate) fn text(&self, symbol: Symbol) -> &str {
        text_of(&self.bytes, &self.ends, symbol)
    }

    /// Bytes in memory, about.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.bytes.capacity() + 4 * self.ends.capacity() + 5 * self.known.capacity()
    }
}

fn text_of<'a>(bytes: &'a str, ends: &[u32], symbol: Symbol) -> &'a str {
    let at = symbol as usize;
    let start = at.checked_sub(1).map_or(0, |before| ends[before] as usize);
    &bytes[start..ends[at] as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_is_kept_once() {
        let mut symbols = Symbols::default();
        let numbers: Vec<Symbol> = ["a", "", "bc", "a", "", "ä"]
            .iter()
            .map(|text| symbols.insert(text).unwrap())
            .collect();
        assert_eq!(numbers, [0, 1, 2, 0, 1, 3]);
        assert_eq!((0..4).map(|at| symbols.text(at)).collect::<Vec<_>>(), ["a", "", "bc", "ä"]);
        assert_eq!(symbols.find("bc"), Some(2));
        assert_eq!(symbols.find("b"), None);
    }
}
