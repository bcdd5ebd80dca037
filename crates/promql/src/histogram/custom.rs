//! Histograms whose custom bounds differ.
//!
//! Invariants: they meet at the bounds both have, so every observation stays below a bound it was below.

use std::sync::Arc;

use super::kahan::Compensated;

/// The bounds both have.
pub(super) fn common_bounds(left: &[f64], right: &[f64]) -> Arc<[f64]> {
    let mut right = right.iter().peekable();
    left.iter()
        .filter(|bound| {
            while right.next_if(|other| *other < bound).is_some() {}
            right.next_if(|other| other == bound).is_some()
        })
        .copied()
        .collect()
}

/// Buckets of custom bounds that are gathered under fewer ones.
pub(super) struct Gathering<'a> {
    bounds: &'a [f64],
    counts: Vec<Compensated>,
}

impl<'a> Gathering<'a> {
    /// Nothing yet.
    pub(super) fn under(bounds: &'a [f64]) -> Self {
        Self { bounds, counts: vec![Compensated::default(); bounds.len() + 1] }
    }

    /// Adds entries that have their own bounds.
    pub(super) fn add(
        &mut self,
        entries: impl Iterator<Item = (i32, Compensated)>,
        own_bounds: &[f64],
    ) {
        for (index, count) in entries {
            let place = self.place(index, own_bounds);
            if let Some(total) = self.counts.get_mut(place) {
                *total = total.absorb(count);
            }
        }
    }

    /// The first bucket that ends where this one ends, or after.
    fn place(&self, index: i32, own_bounds: &[f64]) -> usize {
        let Ok(index) = usize::try_from(index) else { return 0 };
        own_bounds
            .get(index)
            .map_or(self.bounds.len(), |own| self.bounds.partition_point(|bound| bound < own))
    }

    /// What has been gathered, without what is empty.
    pub(super) fn finish(self) -> Vec<(i32, Compensated)> {
        (0..).zip(self.counts).filter(|(_, count)| count.sum != 0.0 || count.rest != 0.0).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::common_bounds;

    #[test]
    fn bounds_in_both() {
        assert_eq!(*common_bounds(&[1.0, 2.0, 5.0], &[0.5, 2.0, 3.0, 5.0, 7.0]), [2.0, 5.0]);
        assert!(common_bounds(&[1.0], &[]).is_empty());
        assert!(common_bounds(&[1.0], &[2.0]).is_empty());
    }
}
