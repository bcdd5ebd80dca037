//! The first look at text: which places could be where something to hide is told by.
//!
//! Three bytes in a row are looked up in a table of bits, one bit a family of marks: a place is
//! worth a closer look where a bit is set for the first, the second and the third. Long runs of
//! digits are found eight bytes at a time. Clean text costs a load and a few operations a byte.
//!
//! Invariant: what a detector finds, it finds at a place that this returns.

/// Families of marks; each is a bit in the lanes of the table.
pub(super) mod family {
    /// `=`, `:` or `>` after the last letters of a secret's key.
    pub(crate) const PAIR: u16 = 1;
    /// The same with a quote, a bracket or a space between.
    pub(crate) const QUOTED_PAIR: u16 = 1 << 1;
    /// `://`.
    pub(crate) const URL: u16 = 1 << 2;
    /// Ends of tokens' prefixes, in four groups so that they mix little.
    pub(crate) const UNDERSCORED: u16 = 1 << 3;
    pub(crate) const DASHED: u16 = 1 << 4;
    pub(crate) const DOTTED: u16 = 1 << 5;
    pub(crate) const LETTERED: u16 = 1 << 6;
    /// `Bearer`, `Basic`.
    pub(crate) const SCHEME: u16 = 1 << 7;
    /// A block of PEM.
    pub(crate) const PEM: u16 = 1 << 8;
    pub(crate) const EMAIL: u16 = 1 << 9;
    pub(crate) const IPV4: u16 = 1 << 10;
    pub(crate) const IPV6: u16 = 1 << 11;
    /// The beginning of JSON.
    pub(crate) const JSON: u16 = 1 << 12;
    /// `@` written as in URLs.
    pub(crate) const ENCODED_EMAIL: u16 = 1 << 13;
    /// Digits: not in the table.
    pub(crate) const DIGITS: u16 = 1 << 15;
}

/// A place worth a closer look: the third of three bytes, or within digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) at: usize,
    pub(super) families: u16,
    /// Where within digits the place is, if it is.
    pub(super) digits_at: usize,
}

/// Which bytes mean something, as the third of three in the low 16 bits, as the second in the next,
/// as the first in those above.
#[derive(Clone)]
pub(super) struct Table {
    lanes: Box<[u64; 256]>,
    /// What goes with any byte, and so with none as well: before the text.
    before: u64,
    digits: bool,
}

const STEP: usize = 8;

/// A byte that no text has, after the last one.
const FILLER: usize = 0xff;

impl Table {
    pub(super) fn new(digits: bool) -> Self {
        Self { lanes: Box::new([0; 256]), before: 0, digits }
    }

    /// Adds marks of three bytes, each any of those given.
    pub(super) fn add(&mut self, family: u16, marks: [&[u8]; 3]) {
        debug_assert!(!marks.concat().contains(&(FILLER as u8)));
        for (lane, bytes) in [32, 16, 0].into_iter().zip(marks) {
            for &byte in bytes {
                self.lanes[usize::from(byte)] |= u64::from(family) << lane;
            }
        }
        self.before = self.lanes[..FILLER].iter().fold(u64::MAX, |all, lanes| all & lanes);
    }

    /// The next place from `from` on; the bytes before are looked at as the first ones of three.
    #[inline]
    pub(super) fn next(&self, text: &[u8], from: usize) -> Option<Place> {
        let lanes = |back: usize| {
            from.checked_sub(back).map_or(self.before, |at| self.lanes[usize::from(text[at])])
        };
        let (mut second, mut first) = (lanes(1), lanes(2));
        let (mut at, mut half) = (from, false);
        while let Some(chunk) = text.get(at..).and_then(|rest| rest.first_chunk::<STEP>()) {
            let found = Chunk::new(&self.lanes, chunk, second, first);
            let digits = self.digits && digits_end(chunk, &mut half);
            if found.any != 0 || digits {
                return Some(found.place(at, digits));
            }
            (first, second) = (found.lanes[STEP - 2], found.lanes[STEP - 1]);
            at += STEP;
        }
        let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
        let mut chunk = [FILLER as u8; STEP];
        chunk[..rest.len()].copy_from_slice(rest);
        let found = Chunk::new(&self.lanes, &chunk, second, first);
        let digits = self.digits && digits_end(&chunk, &mut half);
        (found.any != 0 || digits).then(|| found.place(at, digits))
    }
}

/// Eight bytes and what they mean.
struct Chunk {
    lanes: [u64; STEP],
    families: [u64; STEP],
    any: u64,
}

impl Chunk {
    #[inline(always)]
    fn new(table: &[u64; 256], chunk: &[u8; STEP], second: u64, first: u64) -> Self {
        let lanes = chunk.map(|byte| table[usize::from(byte)]);
        let mut families = [0; STEP];
        families[0] = lanes[0] & second >> 16 & first >> 32;
        families[1] = lanes[1] & lanes[0] >> 16 & second >> 32;
        for at in 2..STEP {
            families[at] = lanes[at] & lanes[at - 1] >> 16 & lanes[at - 2] >> 32;
        }
        let any = families.iter().fold(0, |any, families| any | families);
        Self { lanes, families, any }
    }

    fn place(&self, at: usize, digits: bool) -> Place {
        let first = self.families.iter().position(|families| *families != 0);
        let found = first.unwrap_or(STEP - 1);
        let digits = if digits { family::DIGITS } else { 0 };
        Place { at: at + found, families: self.families[found] as u16 | digits, digits_at: at }
    }
}

/// Whether eight bytes, the second half of those before and the first of these or both of these,
/// may all be digits, spaces and dashes. Thirteen in a row have two such halves wherever they begin.
#[inline(always)]
fn digits_end(chunk: &[u8; STEP], half_before: &mut bool) -> bool {
    const KIND: u64 = 0xe0e0_e0e0_e0e0_e0e0;
    const DIGITS: u64 = 0x2020_2020_2020_2020;
    let others = (u64::from_le_bytes(*chunk) & KIND) ^ DIGITS;
    let (low, high) = (others as u32 == 0, others >> 32 == 0);
    let before = std::mem::replace(half_before, high);
    low && (before || high)
}
