//! The first look at text: which places could be where something to hide is told by.
//!
//! Three bytes in a row are looked up in a table of bits, one bit a family of marks: a place is
//! worth a closer look where a bit is set for the first, the second and the third. Long runs of
//! digits are found eight bytes at a time. Clean text costs a load and a few operations a byte.
//!
//! Invariant: what a detector finds, it finds at a place that this returns.

/// Families of marks; each is a bit in the lanes of the table.
pub(super) mod family {
    /// `=`, `:` or `>` after what may be a key.
    pub(crate) const PAIR: u16 = 1;
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
    /// Families whose places are ends of prefixes.
    pub(crate) const PREFIXES: u16 = UNDERSCORED | DASHED | DOTTED | LETTERED;
    /// Digits: told by runs of them.
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
/// as the first in those above. The highest bit is that of digits and what separates them.
#[derive(Clone)]
pub(super) struct Table {
    lanes: Box<[u64; 256]>,
    /// What goes with any byte, and so with none as well: before the text.
    before: u64,
    /// Which three bytes may end a prefix, by their hash.
    tails: Box<[u64; TAIL_BITS / 64]>,
}

const STEP: usize = 8;

/// A byte that no text has, after the last one.
const FILLER: usize = 0xff;
const DIGIT: u64 = 1 << 63;
const TAIL_BITS: usize = 1 << 12;

impl Table {
    pub(super) fn new(digits: bool) -> Self {
        let mut lanes = Box::new([0; 256]);
        if digits {
            b"0123456789 -".iter().for_each(|&byte| lanes[usize::from(byte)] = DIGIT);
        }
        Self { lanes, before: 0, tails: Box::new([0; TAIL_BITS / 64]) }
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

    /// Adds the last three bytes of a prefix.
    pub(super) fn add_tail(&mut self, family: u16, tail: [u8; 3]) {
        self.add(family, [&tail[..1], &tail[1..2], &tail[2..]]);
        let bit = tail_bit(tail);
        self.tails[bit / 64] |= 1 << (bit % 64);
    }

    /// Whether the three bytes that end at `at` may end a prefix: families mix those of several.
    fn has_tail(&self, text: &[u8], at: usize) -> bool {
        let Some(&tail) = text[..=at].last_chunk() else { return false };
        let bit = tail_bit(tail);
        self.tails[bit / 64] >> (bit % 64) & 1 == 1
    }

    /// The next place from `from` on; the bytes before are looked at as the first ones of three.
    #[inline]
    pub(super) fn next(&self, text: &[u8], from: usize) -> Option<Place> {
        let mut from = from;
        loop {
            let mut place = self.next_of_any(text, from)?;
            if place.families & family::PREFIXES != 0 && !self.has_tail(text, place.at) {
                place.families &= !family::PREFIXES;
            }
            if place.families != 0 {
                return Some(place);
            }
            from = place.at + 1;
        }
    }

    #[inline]
    fn next_of_any(&self, text: &[u8], from: usize) -> Option<Place> {
        if from >= text.len() {
            // A number may end with the text, and the next look begins after it.
            return None;
        }
        let lanes = |back: usize| {
            from.checked_sub(back).map_or(self.before, |at| self.lanes[usize::from(text[at])])
        };
        let (mut second, mut first) = (lanes(1), lanes(2));
        let (mut at, mut half) = (from, false);
        while let Some(chunk) = text.get(at..).and_then(|rest| rest.first_chunk::<STEP>()) {
            let found = Chunk::new(&self.lanes, chunk, second, first);
            let digits = found.has_digits(chunk, &mut half);
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
        let digits = found.has_digits(&chunk, &mut half);
        (found.any != 0 || digits).then(|| {
            let place = found.place(at, digits);
            Place { at: place.at.min(text.len() - 1), ..place }
        })
    }
}

fn tail_bit(tail: [u8; 3]) -> usize {
    let bits = u32::from_le_bytes([tail[0], tail[1], tail[2], 0]);
    (bits.wrapping_mul(0x9e37_79b1) >> 20) as usize
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
        let any = families.iter().fold(0, |any, families| any | families) & u64::from(u16::MAX);
        Self { lanes, families, any }
    }

    /// Whether two halves, the second of the chunk before and the first of this one or both of this
    /// one, are digits and separators. Thirteen in a row have two such halves wherever they begin.
    #[inline(always)]
    fn has_digits(&self, chunk: &[u8; STEP], half_before: &mut bool) -> bool {
        // Of the bytes in question only digits have this bit, and no half of a card is without.
        const DIGIT_BIT: u64 = 0x1010_1010_1010_1010;
        let all = |lanes: &[u64]| lanes.iter().fold(DIGIT, |all, lanes| all & lanes) != 0;
        let bits = u64::from_le_bytes(*chunk) & DIGIT_BIT;
        let low = all(&self.lanes[..4]) && bits as u32 != 0;
        let high = all(&self.lanes[4..]) && bits >> 32 != 0;
        let before = std::mem::replace(half_before, high);
        low && (before || high)
    }

    fn place(&self, at: usize, digits: bool) -> Place {
        let first = self.families.iter().position(|families| *families as u16 != 0);
        let found = first.unwrap_or(STEP - 1);
        let digits = if digits { family::DIGITS } else { 0 };
        Place { at: at + found, families: self.families[found] as u16 | digits, digits_at: at }
    }
}
