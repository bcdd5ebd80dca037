//! Whether a key is one of a secret.
//!
//! Invariant: a key is judged by its words, which end at anything but letters and digits and where
//! lower case turns to upper; so `tokenCount`, `token-count` and `TOKEN_COUNT` are the same, and
//! `monkey` has no `key`. Time is linear in the key.

use std::ops::Range;

use super::words;

/// Longer words are none of ours; of them the end is looked at.
const WORD_BYTES_MAX: usize = 32;

/// Words of a key that are looked at, the last ones.
const WORDS_MAX: usize = 16;

/// A word in lower case, its digits at the end left out where it has letters.
#[derive(Clone, Copy)]
struct Word {
    bytes: [u8; WORD_BYTES_MAX],
    len: usize,
}

impl Word {
    const EMPTY: Self = Self { bytes: [0; WORD_BYTES_MAX], len: 0 };

    fn new(text: &[u8]) -> Self {
        let mut word = Self::EMPTY;
        let end = &text[text.len().saturating_sub(WORD_BYTES_MAX)..];
        word.len = end.len();
        for (to, from) in word.bytes.iter_mut().zip(end) {
            *to = from.to_ascii_lowercase();
        }
        word
    }

    fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    fn is_in(&self, list: &[&str]) -> bool {
        words::has(list, self.as_bytes()) || words::has(list, self.stem())
    }

    fn stem(&self) -> &[u8] {
        stem(self.as_bytes())
    }
}

/// A word without a number at its end: `password2`.
fn stem(word: &[u8]) -> &[u8] {
    let digits = word.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    &word[..word.len() - digits]
}

fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80
}

/// Whether a word ends before the byte at `at`, which is not the first of it.
fn is_border(key: &[u8], at: usize) -> bool {
    let (before, byte) = (key[at - 1], key[at]);
    if !is_word_byte(byte) {
        return true;
    }
    // `apiKey`, and `APIKey` before the last capital.
    byte.is_ascii_uppercase()
        && (before.is_ascii_lowercase()
            || before.is_ascii_uppercase()
                && key.get(at + 1).is_some_and(u8::is_ascii_lowercase)
                && !key[at + 1..].starts_with(b"s"))
}

/// The words of a key as they are written.
fn words_in(key: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut at = 0;
    std::iter::from_fn(move || {
        at += key[at..].iter().position(|&byte| is_word_byte(byte))?;
        let start = at;
        at += 1;
        while at < key.len() && !is_border(key, at) {
            at += 1;
        }
        Some(start..at)
    })
    .map(|word| {
        // A label is a word that is none of ours.
        if is_label(key, &word) { &key[word.start - 1..word.end] } else { &key[word] }
    })
}

/// Whether a word is a label that stands for something hidden.
fn is_label(key: &[u8], word: &Range<usize>) -> bool {
    let is_in_brackets = key.get(word.end) == Some(&b']') && key[..word.start].ends_with(b"[");
    is_in_brackets
        && matches!(&key[word.clone()], b"scrubbed" | b"token" | b"card" | b"email" | b"ip")
        && !key[..word.start - 1].last().is_some_and(|&byte| is_word_byte(byte) || byte == b']')
}

/// The last words of a key.
struct Words {
    words: [Word; WORDS_MAX],
    count: usize,
}

impl Words {
    fn of(key: &[u8]) -> Self {
        let mut all = Self { words: [Word::EMPTY; WORDS_MAX], count: 0 };
        for word in words_in(key) {
            if all.count == WORDS_MAX {
                all.words.rotate_left(1);
                all.count -= 1;
            }
            all.words[all.count] = Word::new(word);
            all.count += 1;
        }
        all
    }

    fn as_slice(&self) -> &[Word] {
        &self.words[..self.count]
    }
}

/// Whether the value under the key is a secret, as far as the built-in lists go.
pub(super) fn is_secret(key: &[u8]) -> bool {
    // Most keys are told from those of secrets here.
    if !words_in(key).any(|word| words::is_candidate(word) || words::is_candidate(stem(word))) {
        return false;
    }
    let words = Words::of(key);
    let words = words.as_slice();
    let Some(last) = words.last().map(Word::as_bytes) else { return false };
    let is_told = |at: usize| is_told_by(&words[..at], words[at], at + 1 == words.len(), last);
    (0..words.len()).any(is_told)
        && !(words.len() > 1 && words::has(words::QUESTIONS, words[0].as_bytes()))
}

/// Whether a word makes a key a secret's, after those before it; `last` is the key's last word.
fn is_told_by(before: &[Word], word: Word, is_last: bool, last: &[u8]) -> bool {
    let before = before.last().map_or(&b""[..], Word::as_bytes);
    let is_aspect = || !is_last && words::has(words::ASPECTS, last);
    if words::is_pair(before, word.stem()) {
        // The id of a key is most often told together with the key.
        return last == b"id" || !is_aspect();
    }
    if word.stem() == b"token" && words::has(words::HARMLESS_TOKENS, before) {
        return false;
    }
    is_last && word.is_in(words::AT_THE_END)
        || (word.is_in(words::ANYWHERE) || words::is_compound(word.stem())) && !is_aspect()
}

/// Whether two words that stand apart are a secret's: `api key`.
pub(super) fn is_pair(first: &[u8], second: &[u8]) -> bool {
    words::is_candidate(second)
        && words::is_pair(Word::new(first).as_bytes(), Word::new(second).as_bytes())
}

/// Whether free text after the key is prose as often as a secret.
pub(super) fn is_before_prose(key: &[u8]) -> bool {
    Words::of(key).as_slice().last().is_some_and(|word| word.is_in(words::PROSE))
}

/// Whether the key is of a header that holds several words: `Authorization`, `Set-Cookie`.
pub(super) fn is_header(key: &[u8]) -> Option<Header> {
    let words = Words::of(key);
    match words.as_slice().last()?.as_bytes() {
        b"authorization" => Some(Header::Authorization),
        b"cookie" | b"cookies" | b"setcookie" => Some(Header::Cookie),
        _ => None,
    }
}

/// A header that holds several words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Header {
    /// A scheme, then what it takes.
    Authorization,
    /// Pairs of names and values.
    Cookie,
}

/// The letters and digits of a key in lower case.
fn normalized(key: &[u8]) -> impl Iterator<Item = u8> {
    key.iter().filter(|&&byte| is_word_byte(byte)).map(u8::to_ascii_lowercase)
}

/// Whether a key is that of an id or a version.
pub(super) fn is_id(key: &[u8]) -> bool {
    if key.len() > WORD_BYTES_MAX {
        return false;
    }
    let mut word = Word::EMPTY;
    for byte in normalized(key) {
        word.bytes[word.len] = byte;
        word.len += 1;
    }
    words::is_id(word.as_bytes())
}

/// Names of keys that people gave.
#[derive(Clone, Debug, Default)]
pub(super) struct Names(Vec<Vec<Vec<u8>>>);

impl Names {
    pub(super) fn new(names: &[String]) -> Self {
        let words = |name: &String| {
            let words = Words::of(name.as_bytes());
            words.as_slice().iter().map(|word| word.as_bytes().to_vec()).collect::<Vec<_>>()
        };
        Self(names.iter().map(words).filter(|words| !words.is_empty()).collect())
    }

    /// Whether one of the names is in the key, as whole words.
    pub(super) fn are_in(&self, key: &[u8]) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let words = Words::of(key);
        let words = words.as_slice();
        self.0.iter().any(|name| {
            let is_at = |window: &[Word]| {
                window.iter().zip(name).all(|(word, name)| word.as_bytes() == name.as_slice())
            };
            words.windows(name.len()).any(is_at) || is_joined(name, words)
        })
    }

    /// Whether one of the names is the key, however its words are separated.
    pub(super) fn include(&self, key: &[u8]) -> bool {
        if self.0.is_empty() {
            return false;
        }
        self.0.iter().any(|name| name.iter().flatten().copied().eq(normalized(key)))
    }
}

/// Whether words written together are the name's words written together.
fn is_joined(name: &[Vec<u8>], words: &[Word]) -> bool {
    name.iter().flatten().eq(words.iter().flat_map(Word::as_bytes))
}
