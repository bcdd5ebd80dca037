//! What is known of keys that were seen before: telemetry repeats the same few keys for ever.
//!
//! Invariant: the answer is that of the key's own bytes; a key that takes another's slot is
//! judged again.

use crate::json::KeyKind;

/// Longer keys are judged each time.
const KEY_BYTES_MAX: usize = 40;
const SLOTS: usize = 128;

#[derive(Clone, Copy)]
struct Slot {
    words: (u64, u64),
    key: [u8; KEY_BYTES_MAX],
    len: u8,
    kind: KeyKind,
}

impl Slot {
    /// No key is this long, so none is known.
    const EMPTY: Self =
        Self { words: (0, 0), key: [0; KEY_BYTES_MAX], len: u8::MAX, kind: KeyKind::Plain };

    #[inline]
    fn is_of(&self, words: (u64, u64), key: &[u8]) -> bool {
        // Two words are all of sixteen bytes.
        self.words == words
            && usize::from(self.len) == key.len()
            && (key.len() <= 16 || self.key[..key.len()] == *key)
    }
}

/// Judgements on keys: 8 KiB from the first key on.
#[derive(Default)]
pub(super) struct Memo(Option<Box<[Slot; SLOTS]>>);

impl Memo {
    #[inline]
    pub(super) fn kind(&mut self, key: &[u8], judge: impl FnOnce() -> KeyKind) -> KeyKind {
        if key.len() > KEY_BYTES_MAX {
            return judge();
        }
        let words = words_of(key);
        let slots = self.0.get_or_insert_with(|| Box::new([Slot::EMPTY; SLOTS]));
        let bits = (words.0 ^ words.1.rotate_left(29)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let at = (bits >> 57) as usize;
        for slot in [at, at ^ 1] {
            if slots[slot].is_of(words, key) {
                return slots[slot].kind;
            }
        }
        // The one before goes to the slot beside.
        slots[at ^ 1] = slots[at];
        let slot = &mut slots[at];
        *slot = Slot { words, key: [0; KEY_BYTES_MAX], len: key.len() as u8, kind: judge() };
        slot.key[..key.len()].copy_from_slice(key);
        slot.kind
    }
}

/// The first and the last eight bytes, which overlap; of a shorter key all that it has.
#[inline]
fn words_of(key: &[u8]) -> (u64, u64) {
    if let (Some(first), Some(last)) = (key.first_chunk(), key.last_chunk()) {
        return (u64::from_le_bytes(*first), u64::from_le_bytes(*last));
    }
    if let (Some(first), Some(last)) = (key.first_chunk(), key.last_chunk()) {
        return (u32::from_le_bytes(*first).into(), u32::from_le_bytes(*last).into());
    }
    let at = |at: usize| u64::from(key.get(at).copied().unwrap_or_default());
    (at(0) << 16 | at(1) << 8 | at(2), 0)
}
