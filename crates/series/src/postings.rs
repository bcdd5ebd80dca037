//! Which series have a label: growing lists of slots.
//!
//! Invariant: a list is sorted and has no repeats, since slots are given out in order.

/// A series' place in the index.
pub(crate) type Slot = u32;

/// The series of one label. Most labels of a store with many series belong to one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Postings {
    One(Slot),
    Many(Vec<Slot>),
}

impl Postings {
    /// Adds a slot that is not smaller than any before.
    pub(crate) fn push(&mut self, slot: Slot) {
        match self {
            Self::One(first) if *first == slot => {}
            Self::One(first) => *self = Self::Many(vec![*first, slot]),
            Self::Many(slots) if slots.last() == Some(&slot) => {}
            Self::Many(slots) => slots.push(slot),
        }
    }

    pub(crate) fn slots(&self) -> &[Slot] {
        match self {
            Self::One(slot) => std::slice::from_ref(slot),
            Self::Many(slots) => slots,
        }
    }

    /// Bytes on the heap.
    pub(crate) fn heap_bytes(&self) -> usize {
        match self {
            Self::One(_) => 0,
            Self::Many(slots) => 4 * slots.capacity(),
        }
    }
}

/// Slots that are in all lists.
pub(crate) fn intersection(mut lists: Vec<&[Slot]>) -> Vec<Slot> {
    lists.sort_by_key(|list| list.len());
    let Some((first, rest)) = lists.split_first() else { return Vec::new() };
    let mut found = first.to_vec();
    for list in rest {
        let mut from = 0;
        found.retain(|slot| {
            from += gallop(&list[from..], *slot);
            list.get(from) == Some(slot)
        });
    }
    found
}

/// How many slots of a list are smaller: looked for in doubling steps, so a short list in a long one
/// costs its own length times a logarithm.
fn gallop(list: &[Slot], slot: Slot) -> usize {
    let mut end = 1;
    while end < list.len() && list[end - 1] < slot {
        end *= 2;
    }
    let start = end / 2;
    let end = end.min(list.len());
    start + list[start..end].partition_point(|found| *found < slot)
}

/// Slots that are in any list.
pub(crate) fn union(lists: Vec<&[Slot]>) -> Vec<Slot> {
    match lists.as_slice() {
        [] => Vec::new(),
        [one] => one.to_vec(),
        _ => {
            let mut all: Vec<Slot> = lists.into_iter().flatten().copied().collect();
            all.sort_unstable();
            all.dedup();
            all
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn as_sets(lists in prop::collection::vec(prop::collection::btree_set(0_u32..60, 0..40), 1..4)) {
            let slices: Vec<Vec<Slot>> = lists.iter().map(|l| l.iter().copied().collect()).collect();
            let all = || slices.iter().map(|l| &l[..]).collect::<Vec<_>>();
            let common: BTreeSet<u32> =
                lists[0].iter().filter(|s| lists.iter().all(|l| l.contains(s))).copied().collect();
            let any: BTreeSet<u32> = lists.iter().flatten().copied().collect();
            prop_assert_eq!(intersection(all()), common.into_iter().collect::<Vec<_>>());
            prop_assert_eq!(union(all()), any.into_iter().collect::<Vec<_>>());
        }

        #[test]
        fn growing(slots in prop::collection::btree_set(any::<u32>(), 1..20)) {
            let mut slots: Vec<Slot> = slots.into_iter().collect();
            let mut postings = Postings::One(slots[0]);
            for slot in &slots {
                postings.push(*slot);
                postings.push(*slot);
            }
            slots.dedup();
            prop_assert_eq!(postings.slots(), &slots[..]);
        }
    }
}
