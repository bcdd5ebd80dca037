//! What is known of keys that were seen before: telemetry repeats the same few keys for ever.
//!
//! Invariants: the answer is that of the key's own bytes, by the judge that asks; a key that takes
//! another's slot is judged again.

use std::cell::RefCell;

use crate::json::KeyKind;

/// Longer keys are judged each time.
const KEY_BYTES_MAX: usize = 40;
const SLOTS: usize = 512;

/// Memos of a thread that wait for their next use: one for each level of JSON within JSON, and a few.
const IDLE_MAX: usize = 8;

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

/// Judgements on keys: 32 KiB from the first key on.
#[derive(Default)]
struct Judgements(Option<Box<[Slot; SLOTS]>>);

impl Judgements {
    #[inline]
    fn kind(&mut self, key: &[u8], judge: impl FnOnce() -> KeyKind) -> KeyKind {
        if key.len() > KEY_BYTES_MAX {
            return judge();
        }
        let words = words_of(key);
        let slots = self.0.get_or_insert_with(|| Box::new([Slot::EMPTY; SLOTS]));
        let bits = (words.0 ^ words.1.rotate_left(29)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let at = (bits >> (u64::BITS - SLOTS.ilog2())) as usize;
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

/// Who judges: a scrubber by its number, in one of its ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Judge {
    pub(super) scrubber: u64,
    pub(super) way: Way,
}

/// What a scrubber may be asked of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// A key of JSON.
    Json,
    /// A key of attributes.
    Attribute,
    /// A word before a sign in text.
    Text,
}

thread_local! {
    static IDLE: RefCell<Vec<(Judge, Judgements)>> = const { RefCell::new(Vec::new()) };
}

/// A memo that goes on where the last of its judge on this thread ended.
pub(super) struct Memo {
    judge: Judge,
    known: Judgements,
}

impl Memo {
    pub(super) fn of(judge: Judge) -> Self {
        let known = IDLE.with_borrow_mut(|idle| {
            let at = idle.iter().rposition(|(of, _)| *of == judge)?;
            Some(idle.swap_remove(at).1)
        });
        Self { judge, known: known.unwrap_or_default() }
    }

    #[inline]
    pub(super) fn kind(&mut self, key: &[u8], judge: impl FnOnce() -> KeyKind) -> KeyKind {
        self.known.kind(key, judge)
    }
}

impl Drop for Memo {
    fn drop(&mut self) {
        if self.known.0.is_none() {
            return;
        }
        let known = std::mem::take(&mut self.known);
        // A thread that ends has no use for it.
        let _ = IDLE.try_with(|idle| {
            let mut idle = idle.borrow_mut();
            if idle.len() >= IDLE_MAX {
                idle.remove(0);
            }
            idle.push((self.judge, known));
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_memo_is_kept_for_its_judge_only() {
        let judge = |scrubber, way| Judge { scrubber, way };
        let ask = |of: Judge, kind| Memo::of(of).kind(b"password", || kind);
        let check = |of, kind, expected| assert_eq!(ask(of, kind), expected, "{of:?}");
        check(judge(u64::MAX, Way::Json), KeyKind::Secret, KeyKind::Secret);
        check(judge(u64::MAX, Way::Json), KeyKind::Plain, KeyKind::Secret);
        check(judge(u64::MAX, Way::Attribute), KeyKind::Plain, KeyKind::Plain);
        check(judge(u64::MAX - 1, Way::Json), KeyKind::Id, KeyKind::Id);
        check(judge(u64::MAX, Way::Json), KeyKind::Plain, KeyKind::Secret);
    }

    #[test]
    fn idle_memos_are_bounded() {
        for scrubber in 0..100 {
            Memo::of(Judge { scrubber, way: Way::Json }).kind(b"a", || KeyKind::Plain);
        }
        IDLE.with_borrow(|idle| assert_eq!(idle.len(), IDLE_MAX));
    }
}
