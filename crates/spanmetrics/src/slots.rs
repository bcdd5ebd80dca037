//! Things found by a hash and kept by a small number, which stays theirs until they are removed.
//!
//! Invariant: finding allocates nothing; a number is given again only after its thing is gone.

use hashbrown::HashTable;

pub(crate) struct Slots<T> {
    table: HashTable<u32>,
    /// The hash beside each thing, so that the table grows without asking for it.
    entries: Vec<Option<(u64, T)>>,
    free: Vec<u32>,
}

impl<T> Default for Slots<T> {
    fn default() -> Self {
        Self { table: HashTable::new(), entries: Vec::new(), free: Vec::new() }
    }
}

impl<T> Slots<T> {
    pub(crate) fn len(&self) -> usize {
        self.table.len()
    }

    /// The number of the thing of this hash that `same` knows.
    #[inline]
    pub(crate) fn find(&self, hash: u64, mut same: impl FnMut(&T) -> bool) -> Option<u32> {
        let found = self.table.find(hash, |slot| match &self.entries[*slot as usize] {
            Some((other, thing)) => *other == hash && same(thing),
            None => false,
        });
        found.copied()
    }

    /// Adds a thing that is not there yet.
    pub(crate) fn insert(&mut self, hash: u64, thing: T) -> u32 {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.entries.push(None);
            (self.entries.len() - 1) as u32
        });
        self.entries[slot as usize] = Some((hash, thing));
        let entries = &self.entries;
        self.table.insert_unique(hash, slot, |slot| {
            entries[*slot as usize].as_ref().map_or(0, |(hash, _)| *hash)
        });
        slot
    }

    #[inline]
    pub(crate) fn get(&self, slot: u32) -> Option<&T> {
        self.entries.get(slot as usize)?.as_ref().map(|(_, thing)| thing)
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, slot: u32) -> Option<&mut T> {
        self.entries.get_mut(slot as usize)?.as_mut().map(|(_, thing)| thing)
    }

    pub(crate) fn remove(&mut self, slot: u32) -> Option<T> {
        let (hash, thing) = self.entries.get_mut(slot as usize)?.take()?;
        if let Ok(entry) = self.table.find_entry(hash, |other| *other == slot) {
            entry.remove();
        }
        self.free.push(slot);
        Some(thing)
    }

    /// Every number that was ever given; some have no thing now.
    pub(crate) fn slots(&self) -> std::ops::Range<u32> {
        0..self.entries.len() as u32
    }
}

#[cfg(test)]
mod tests {
    use super::Slots;

    #[test]
    fn numbers_stay_and_are_given_again_after_removal() {
        let mut slots = Slots::default();
        // All of one hash: only `same` tells them apart.
        let numbers: Vec<u32> = (0..100).map(|thing| slots.insert(7, thing)).collect();
        assert_eq!(slots.find(7, |thing| *thing == 42), Some(numbers[42]));
        assert_eq!(slots.find(8, |_| true), None);
        assert_eq!(slots.remove(numbers[42]), Some(42));
        assert_eq!(slots.remove(numbers[42]), None);
        assert_eq!(slots.find(7, |thing| *thing == 42), None);
        assert_eq!((slots.len(), slots.get(numbers[43])), (99, Some(&43)));
        assert_eq!(slots.insert(9, 1_000), numbers[42]);
        assert_eq!(slots.find(9, |_| true), Some(numbers[42]));
    }
}
