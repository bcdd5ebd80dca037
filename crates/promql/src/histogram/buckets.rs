//! The populated part of one side of a histogram.
//!
//! Invariants: entries are in the order of their indices, each index once; empty buckets that were stated are
//! kept until somebody compacts, for arithmetic that looks at which buckets exist must see them. What lies
//! between far-apart entries takes no memory.

use super::HistogramError;
use super::kahan::Compensated;

/// Buckets of one sign: indices and absolute counts.
#[derive(Clone, Debug, Default)]
pub struct Buckets {
    entries: Vec<(i32, f64)>,
}

impl Buckets {
    /// Buckets in a row, the first with the given index.
    #[must_use]
    pub fn dense(offset: i32, counts: &[f64]) -> Self {
        (offset..=i32::MAX).zip(counts.iter().copied()).collect()
    }

    /// Buckets as they are stored: spans of an offset from the end of the span before and a length, and the
    /// counts of all spans in a row.
    ///
    /// # Errors
    ///
    /// When a span but the first goes back, or the spans and the counts are not of one length.
    pub fn from_spans(spans: &[(i32, u32)], counts: &[f64]) -> Result<Self, HistogramError> {
        let needed: u64 = spans.iter().map(|(_, length)| u64::from(*length)).sum();
        if u64::try_from(counts.len()) != Ok(needed) {
            return Err(HistogramError::Spans);
        }
        let mut entries = Vec::with_capacity(counts.len());
        let mut next = 0_i64;
        let mut rest = counts.iter();
        for (place, (offset, length)) in spans.iter().enumerate() {
            if place > 0 && *offset < 0 {
                return Err(HistogramError::Spans);
            }
            next += i64::from(*offset);
            for count in rest.by_ref().take(*length as usize) {
                let index = i32::try_from(next).map_err(|_| HistogramError::Spans)?;
                entries.push((index, *count));
                next += 1;
            }
        }
        Ok(Self { entries })
    }

    /// Indices and counts, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (i32, f64)> + ExactSizeIterator + '_ {
        self.entries.iter().copied()
    }

    /// How many buckets there are, empty ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no bucket at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The count of a bucket, if it exists.
    #[must_use]
    pub fn get(&self, index: i32) -> Option<f64> {
        let place = self.entries.binary_search_by_key(&index, |(index, _)| *index).ok()?;
        self.entries.get(place).map(|(_, count)| *count)
    }

    /// The spans that cover the buckets, as `from_spans` takes them.
    #[must_use]
    pub fn spans(&self) -> Vec<(i32, u32)> {
        let mut spans: Vec<(i32, u32)> = Vec::new();
        let mut next = 0_i64;
        for (index, _) in self.iter() {
            let gap = i64::from(index) - next;
            match spans.last_mut() {
                Some((_, length)) if gap == 0 => *length += 1,
                _ => spans.push((i32::try_from(gap).unwrap_or(i32::MAX), 1)),
            }
            next = i64::from(index) + 1;
        }
        spans
    }

    /// Whether the other has the same buckets with the same counts, bit by bit.
    #[must_use]
    pub fn equals(&self, other: &Self) -> bool {
        self.len() == other.len()
            && self
                .iter()
                .zip(other.iter())
                .all(|(left, right)| left.0 == right.0 && left.1.to_bits() == right.1.to_bits())
    }

    /// Takes empty buckets away, and puts them where at most `max_empty` in a row lie between populated ones.
    pub fn compact(&mut self, max_empty: u32) {
        let mut compacted: Vec<(i32, f64)> = Vec::with_capacity(self.len());
        let mut empty: Vec<(i32, f64)> = Vec::new();
        for (index, count) in self.iter() {
            if count == 0.0 {
                empty.push((index, count));
                continue;
            }
            if let Some((last, _)) = compacted.last().copied()
                && i64::from(index) - i64::from(last) - 1 <= i64::from(max_empty)
            {
                fill(&mut compacted, last, index, &empty);
            }
            empty.clear();
            compacted.push((index, count));
        }
        self.entries = compacted;
    }

    pub(super) fn clear(&mut self) {
        self.entries.clear();
    }

    pub(super) fn for_each_count(&mut self, change: impl Fn(f64) -> f64) {
        for (_, count) in &mut self.entries {
            *count = change(*count);
        }
    }

    /// Buckets whose indices are known to grow.
    pub(super) fn from_ordered(entries: Vec<(i32, f64)>) -> Self {
        Self { entries }
    }

    pub(super) fn entries(&self) -> &[(i32, f64)] {
        &self.entries
    }

    /// The same buckets without counts.
    pub(super) fn emptied(&self) -> Self {
        Self { entries: self.iter().map(|(index, _)| (index, 0.0)).collect() }
    }

    /// Counts together with what rounding has taken from them.
    pub(super) fn with_rests(&self, rests: Option<&Self>) -> Vec<(i32, Compensated)> {
        let mut rests = rests.map_or(&[][..], Self::entries).iter().peekable();
        self.iter()
            .map(|(index, sum)| {
                while rests.next_if(|(other, _)| *other < index).is_some() {}
                let rest = rests.next_if(|(other, _)| *other == index).map_or(0.0, |rest| rest.1);
                (index, Compensated { sum, rest })
            })
            .collect()
    }

    /// The other way round: counts, and what rounding has taken from them.
    pub(super) fn without_rests(entries: &[(i32, Compensated)]) -> (Self, Self) {
        let sums = entries.iter().map(|(index, count)| (*index, count.sum)).collect();
        let rests = entries.iter().map(|(index, count)| (*index, count.rest)).collect();
        (Self { entries: sums }, Self { entries: rests })
    }
}

/// Puts empty buckets between two populated ones; one that was stated stays as it was.
fn fill(compacted: &mut Vec<(i32, f64)>, last: i32, index: i32, stated: &[(i32, f64)]) {
    let mut stated = stated.iter().peekable();
    for between in last.saturating_add(1)..index {
        let count = stated.next_if(|(index, _)| *index == between).map_or(0.0, |entry| entry.1);
        compacted.push((between, count));
    }
}

/// From entries in any order; counts of one index are added.
impl FromIterator<(i32, f64)> for Buckets {
    fn from_iter<I: IntoIterator<Item = (i32, f64)>>(entries: I) -> Self {
        let mut entries: Vec<(i32, f64)> = entries.into_iter().collect();
        entries.sort_by_key(|(index, _)| *index);
        entries.dedup_by(|later, earlier| {
            let same = later.0 == earlier.0;
            if same {
                earlier.1 += later.1;
            }
            same
        });
        Self { entries }
    }
}

#[cfg(test)]
mod tests {
    use super::Buckets;

    fn listed(buckets: &Buckets) -> Vec<(i32, f64)> {
        buckets.iter().collect()
    }

    #[test]
    fn spans_come_and_go() {
        let spans = [(-2, 2), (3, 1), (1_000_000_000, 1)];
        let buckets = Buckets::from_spans(&spans, &[1.0, 2.0, 3.0, 4.0]).unwrap();
        assert_eq!(listed(&buckets), [(-2, 1.0), (-1, 2.0), (3, 3.0), (1_000_000_004, 4.0)]);
        assert_eq!(buckets.spans(), spans);
        assert_eq!(buckets.get(3), Some(3.0));
        assert_eq!(buckets.get(2), None);
    }

    #[test]
    fn wrong_spans_are_refused() {
        assert!(Buckets::from_spans(&[(0, 2)], &[1.0]).is_err());
        assert!(Buckets::from_spans(&[(0, 1)], &[1.0, 2.0]).is_err());
        assert!(Buckets::from_spans(&[(0, 1), (-1, 1)], &[1.0, 2.0]).is_err());
        assert!(Buckets::from_spans(&[(i32::MAX, 2)], &[1.0, 2.0]).is_err());
        assert!(Buckets::from_spans(&[(0, u32::MAX), (0, u32::MAX)], &[]).is_err());
    }

    #[test]
    fn compacting_cuts_and_joins() {
        let stated = [0.0, 1.0, 0.0, 0.0, 2.0, 0.0, 3.0, 0.0];
        let mut buckets = Buckets::dense(4, &stated);
        buckets.compact(1);
        assert_eq!(listed(&buckets), [(5, 1.0), (8, 2.0), (9, 0.0), (10, 3.0)]);
        buckets.compact(2);
        assert_eq!(buckets.spans(), [(5, 6)]);
        buckets.compact(0);
        assert_eq!(listed(&buckets), [(5, 1.0), (8, 2.0), (10, 3.0)]);
        let mut none = Buckets::dense(0, &[0.0, -0.0]);
        none.compact(9);
        assert!(none.is_empty());
    }

    #[test]
    fn entries_are_sorted_and_joined() {
        let buckets: Buckets = [(5, 1.0), (-1, 2.0), (5, 3.0)].into_iter().collect();
        assert_eq!(listed(&buckets), [(-1, 2.0), (5, 4.0)]);
    }
}
