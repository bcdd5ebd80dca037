//! What is known of keys that were seen before: telemetry repeats the same few keys for ever.
//!
//! Invariant: the answer is that of the key's own bytes; a key that takes another's slot is
//! judged again.

use crate::json::KeyKind;

/// Longer keys are judged each time.
const KEY_BYTES_MAX: usize = 46;
const SLOTS: usize = 128;

#[derive(Clone, Copy)]
struct Slot {
    key: [u8; KEY_BYTES_MAX],
    len: u8,
    kind: KeyKind,
}

impl Slot {
    /// No key is this long, so none is known.
    const EMPTY: Self = Self { key: [0; KEY_BYTES_MAX], len: u8::MAX, kind: KeyKind::Plain };
}

/// Judgements on keys: 6 KiB from the first key on.
#[derive(Default)]
pub(super) struct Memo(Option<Box<[Slot; SLOTS]>>);

impl Memo {
    #[inline]
    pub(super) fn kind(&mut self, key: &[u8], judge: impl FnOnce() -> KeyKind) -> KeyKind {
        if key.len() > KEY_BYTES_MAX {
            return judge();
        }
        let slots = self.0.get_or_insert_with(|| Box::new([Slot::EMPTY; SLOTS]));
        let slot = &mut slots[slot_of(key)];
        if usize::from(slot.len) == key.len() && slot.key[..key.len()] == *key {
            return slot.kind;
        }
        slot.kind = judge();
        slot.len = key.len() as u8;
        slot.key[..key.len()].copy_from_slice(key);
        slot.kind
    }
}

/// From the length, a byte of the middle and the last ones, where keys of one family differ.
#[inline]
fn slot_of(key: &[u8]) -> usize {
    let at = |at: usize| u32::from(key.get(at).copied().unwrap_or_default());
    let length = key.len();
    let (middle, end) = (at(length / 2), at(length.wrapping_sub(1)));
    let bits = (length as u32) << 16 ^ middle << 8 ^ end ^ at(length.wrapping_sub(3)) << 12;
    (bits.wrapping_mul(0x9e37_79b1) >> 25) as usize
}
