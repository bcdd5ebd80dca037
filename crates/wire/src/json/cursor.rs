//! Reads tokens of JSON, and values that are not kept.
//!
//! Invariant: whatever is skipped was valid as far as its structure goes, at a bit of memory a
//! level.

use std::ops::Range;

use super::number;
use super::strings::inside;

/// Why the text is not JSON: what was expected where.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fault {
    pub(super) at: usize,
    pub(super) expected: &'static str,
}

/// A value that is not a container.
pub(super) enum Scalar {
    /// A string: its inside, and whether that is its text, without escapes.
    String(Range<usize>, bool),
    /// A number that every reader can read.
    Number,
    /// A number beyond that, NaN or an infinity.
    Unreadable,
    Bool,
    Null,
}

/// A place in a text.
pub(super) struct Cursor<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
}

impl<'a> Cursor<'a> {
    #[inline]
    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    #[cold]
    pub(super) fn fault(&self, expected: &'static str) -> Fault {
        Fault { at: self.at, expected }
    }

    #[inline]
    pub(super) fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    /// Goes past a byte that must be there.
    #[inline]
    pub(super) fn expect(&mut self, byte: u8, expected: &'static str) -> Result<(), Fault> {
        if self.peek() != Some(byte) {
            return Err(self.fault(expected));
        }
        self.at += 1;
        Ok(())
    }

    /// Goes past a string; returns its inside and whether that is its text.
    #[inline]
    pub(super) fn string(&mut self, expected: &'static str) -> Result<(Range<usize>, bool), Fault> {
        self.expect(b'"', expected)?;
        let start = self.at;
        let Some(inside) = inside(self.text.as_bytes(), start) else {
            return Err(Fault { at: self.text.len(), expected: "the end of a string" });
        };
        self.at = inside.end + 1;
        Ok((start..inside.end, inside.is_text))
    }

    /// Goes past a value that is not a container.
    #[inline]
    pub(super) fn scalar(&mut self) -> Result<Scalar, Fault> {
        match self.peek() {
            Some(b'"') => {
                let (inside, is_text) = self.string("a string")?;
                Ok(Scalar::String(inside, is_text))
            }
            Some(b'-') if self.text[self.at..].starts_with("-I") => {
                self.word("-Infinity", Scalar::Unreadable)
            }
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Scalar::Bool),
            Some(b'f') => self.word("false", Scalar::Bool),
            Some(b'n') => self.word("null", Scalar::Null),
            Some(b'N') => self.word("NaN", Scalar::Unreadable),
            Some(b'I') => self.word("Infinity", Scalar::Unreadable),
            _ => Err(self.fault("a value")),
        }
    }

    fn number(&mut self) -> Result<Scalar, Fault> {
        match number::read(&self.text[self.at..]) {
            Ok(number) => {
                self.at += number.bytes;
                Ok(if number.readable { Scalar::Number } else { Scalar::Unreadable })
            }
            Err(read) => Err(Fault { at: self.at + read, expected: "a number" }),
        }
    }

    fn word(&mut self, word: &'static str, scalar: Scalar) -> Result<Scalar, Fault> {
        if !self.text[self.at..].starts_with(word) {
            return Err(self.fault(word));
        }
        self.at += word.len();
        Ok(scalar)
    }

    fn skip_key(&mut self) -> Result<(), Fault> {
        self.skip_space();
        self.string("a key")?;
        self.skip_space();
        self.expect(b':', "`:`")
    }

    /// Goes past any value.
    pub(super) fn skip_value(&mut self) -> Result<(), Fault> {
        let mut objects = Bits::default();
        loop {
            self.skip_space();
            let opened = match self.peek() {
                Some(open @ (b'{' | b'[')) => {
                    self.at += 1;
                    self.skip_space();
                    let is_object = open == b'{';
                    objects.push(is_object);
                    self.peek() != Some(closing(is_object))
                }
                _ => {
                    self.scalar()?;
                    false
                }
            };
            if opened {
                if objects.last() == Some(true) {
                    self.skip_key()?;
                }
                continue;
            }
            if !self.skip_to_next_value(&mut objects)? {
                return Ok(());
            }
        }
    }

    /// From after a value, or before the end of an empty container, to the next value within the
    /// containers that are open; false where they all end.
    fn skip_to_next_value(&mut self, objects: &mut Bits) -> Result<bool, Fault> {
        while let Some(is_object) = objects.last() {
            self.skip_space();
            match self.peek() {
                Some(b',') => {
                    self.at += 1;
                    if is_object {
                        self.skip_key()?;
                    }
                    return Ok(true);
                }
                Some(byte) if byte == closing(is_object) => {
                    self.at += 1;
                    objects.pop();
                }
                _ => return Err(self.fault(comma_or_closing(is_object))),
            }
        }
        Ok(false)
    }

    /// From the comma after a member to the end of its container; returns how many were there.
    pub(super) fn skip_members(&mut self, is_object: bool) -> Result<u32, Fault> {
        let mut members = 0_u32;
        while self.peek() == Some(b',') {
            self.at += 1;
            if is_object {
                self.skip_key()?;
            }
            self.skip_value()?;
            self.skip_space();
            members = members.saturating_add(1);
        }
        Ok(members)
    }
}

/// What ends a container.
#[inline]
pub(super) const fn closing(is_object: bool) -> u8 {
    if is_object { b'}' } else { b']' }
}

/// What may follow a member.
pub(super) const fn comma_or_closing(is_object: bool) -> &'static str {
    if is_object { "`,` or `}`" } else { "`,` or `]`" }
}

/// A stack of bits.
#[derive(Default)]
struct Bits {
    words: Vec<u64>,
    len: usize,
}

impl Bits {
    fn push(&mut self, bit: bool) {
        let (word, shift) = (self.len / 64, self.len % 64);
        if word == self.words.len() {
            self.words.push(0);
        }
        self.words[word] = self.words[word] & !(1 << shift) | u64::from(bit) << shift;
        self.len += 1;
    }

    fn last(&self) -> Option<bool> {
        let at = self.len.checked_sub(1)?;
        Some(self.words[at / 64] >> (at % 64) & 1 == 1)
    }

    fn pop(&mut self) {
        self.len = self.len.saturating_sub(1);
    }
}
