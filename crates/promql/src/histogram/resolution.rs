//! Fewer and wider buckets.
//!
//! Invariants: a bucket of a coarser schema is a whole number of buckets of a finer one, so nothing is lost but
//! detail.

use super::{Buckets, CUSTOM_SCHEMA, Histogram, HistogramError};

/// The index in a coarser schema of the bucket that contains one of a finer schema.
pub(super) fn target_index(index: i32, from: i32, to: i32) -> i32 {
    let shift = (i64::from(from) - i64::from(to)).clamp(0, 63);
    let target = ((i64::from(index) - 1) >> shift) + 1;
    i32::try_from(target).unwrap_or(index)
}

/// Entries brought to a coarser schema; those that meet in one bucket are combined in their order.
pub(super) fn reduce<T: Copy>(
    entries: &[(i32, T)],
    from: i32,
    to: i32,
    combine: impl Fn(T, T) -> T,
) -> Vec<(i32, T)> {
    let mut reduced: Vec<(i32, T)> = Vec::with_capacity(entries.len());
    for (index, count) in entries {
        let index = target_index(*index, from, to);
        match reduced.last_mut() {
            Some((last, total)) if *last == index => *total = combine(*total, *count),
            _ => reduced.push((index, *count)),
        }
    }
    reduced
}

/// Buckets brought to a coarser schema.
pub(super) fn reduce_buckets(buckets: &Buckets, from: i32, to: i32) -> Buckets {
    Buckets::from_ordered(reduce(buckets.entries(), from, to, |left, right| left + right))
}

impl Histogram {
    /// Brings this one to a coarser schema, or leaves it at its own.
    ///
    /// # Errors
    ///
    /// When the schema is finer, or either is the one of custom bounds.
    pub fn reduce_resolution(&mut self, schema: i32) -> Result<(), HistogramError> {
        if schema == self.schema {
            return Ok(());
        }
        if self.is_custom() || schema == CUSTOM_SCHEMA || schema > self.schema {
            return Err(HistogramError::Resolution { from: self.schema, to: schema });
        }
        self.positive = reduce_buckets(&self.positive, self.schema, schema);
        self.negative = reduce_buckets(&self.negative, self.schema, schema);
        self.schema = schema;
        Ok(())
    }

    /// A copy with a coarser schema, which forgets the reset hint, or with the same, which keeps it.
    ///
    /// # Errors
    ///
    /// As `reduce_resolution`.
    pub fn copy_to_schema(&self, schema: i32) -> Result<Self, HistogramError> {
        let mut copy = self.clone();
        copy.reduce_resolution(schema)?;
        if schema != self.schema {
            copy.reset_hint = super::ResetHint::Unknown;
        }
        Ok(copy)
    }
}

#[cfg(test)]
mod tests {
    use super::target_index;
    use crate::histogram::{Buckets, CUSTOM_SCHEMA, Histogram, HistogramError, ResetHint};

    #[test]
    fn indices_shrink_towards_one() {
        let targets: Vec<_> = (-4..=5).map(|index| target_index(index, 1, 0)).collect();
        assert_eq!(targets, [-2, -1, -1, 0, 0, 1, 1, 2, 2, 3]);
        assert_eq!(target_index(i32::MIN, 8, -53), 0);
        assert_eq!(target_index(i32::MAX, 8, -4), 1 << 19);
        assert_eq!(target_index(7, i32::MIN, i32::MAX), 7);
    }

    #[test]
    fn buckets_that_meet_are_added() {
        let histogram = Histogram {
            schema: 0,
            count: 15.0,
            positive: Buckets::dense(0, &[1.0, 2.0, 3.0, 4.0, 5.0]),
            reset_hint: ResetHint::Reset,
            ..Histogram::default()
        };
        let coarse = histogram.copy_to_schema(-1).unwrap();
        let counts: Vec<_> = coarse.positive.iter().collect();
        assert_eq!(counts, [(0, 1.0), (1, 5.0), (2, 9.0)]);
        assert_eq!(coarse.reset_hint, ResetHint::Unknown);
        assert_eq!(histogram.copy_to_schema(0).unwrap().reset_hint, ResetHint::Reset);
    }

    #[test]
    fn what_cannot_be_reduced() {
        let histogram = Histogram::default();
        let finer = histogram.copy_to_schema(1).unwrap_err();
        assert_eq!(finer, HistogramError::Resolution { from: 0, to: 1 });
        assert!(histogram.copy_to_schema(CUSTOM_SCHEMA).is_err());
        let custom = Histogram { schema: CUSTOM_SCHEMA, ..Histogram::default() };
        assert!(custom.copy_to_schema(0).is_err());
        assert!(custom.copy_to_schema(-60).is_err());
        assert!(custom.copy_to_schema(CUSTOM_SCHEMA).is_ok());
    }
}
