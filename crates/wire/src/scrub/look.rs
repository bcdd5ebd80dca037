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
        for (lane, bytes) in [32, 16, 0].into_iter().zip(marks) {
            for &byte in bytes {
                self.lanes[usize::from(byte)] |= u64::from(family) << lane;
            }
        }
        self.before = self.lanes.iter().fold(u64::MAX, |all, lanes| all & lanes);
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
        let (mut second, mut first) =
            (self.lanes_before(text, from, 1), self.lanes_before(text, from, 2));
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
        self.next_of_last(text, at, half)
    }

    /// The next place among the last bytes of a text, fewer than eight.
    #[inline]
    fn next_of_last(&self, text: &[u8], at: usize, half: bool) -> Option<Place> {
        if at >= text.len() {
            return None;
        }
        // The last eight bytes, of which the first were looked at before.
        let Some((start, chunk)) = text.last_chunk().map(|chunk| (text.len() - STEP, chunk)) else {
            return self.next_of_few(text, at);
        };
        let (second, first) =
            (self.lanes_before(text, start, 1), self.lanes_before(text, start, 2));
        let found = Chunk::new(&self.lanes, chunk, second, first);
        let seen = at - start;
        let digits = half
            && seen <= STEP / 2
            && are_parts(&found.lanes[seen..seen + STEP / 2])
            && chunk[seen..seen + STEP / 2].iter().any(|byte| byte & DIGIT_BIT != 0);
        let first = found.families[seen..].iter().position(|families| *families as u16 != 0);
        if first.is_none() && !digits {
            return None;
        }
        let found_at = first.map_or(STEP - 1, |first| seen + first);
        let families = found.families[found_at] as u16 | if digits { family::DIGITS } else { 0 };
        Some(Place { at: start + found_at, families, digits_at: at })
    }

    /// The same in a text of fewer than eight bytes, which holds no card.
    fn next_of_few(&self, text: &[u8], from: usize) -> Option<Place> {
        let families = |at: &usize| {
            let before = |back| self.lanes_before(text, *at, back);
            (self.lanes[usize::from(text[*at])] & before(1) >> 16 & before(2) >> 32) as u16
        };
        let at = (from..text.len()).find(|at| families(at) != 0)?;
        Some(Place { at, families: families(&at), digits_at: at })
    }

    /// What the byte means that is a number of bytes before one.
    #[inline]
    fn lanes_before(&self, text: &[u8], at: usize, back: usize) -> u64 {
        at.checked_sub(back).map_or(self.before, |at| self.lanes[usize::from(text[at])])
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
        let digits = u64::from_le_bytes(*chunk) & u64::from_le_bytes([DIGIT_BIT; STEP]);
        let low = are_parts(&self.lanes[..STEP / 2]) && digits as u32 != 0;
        let high = are_parts(&self.lanes[STEP / 2..]) && digits >> 32 != 0;
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

/// Of what may be within a card only digits have this bit, and no four bytes of one have none.
const DIGIT_BIT: u8 = 0x10;

/// Whether bytes are digits and separators.
#[inline(always)]
fn are_parts(lanes: &[u64]) -> bool {
    lanes.iter().fold(DIGIT, |all, lanes| all & lanes) != 0
}
