//! What counters lose by resets, for windows that move over their samples.
//!
//! Invariant: all windows of a series together take time in proportion to its samples and to their number,
//! however wide they are.

use std::ops::Range;

/// What a counter's numbers lose whenever they begin anew, summed over windows that move on.
///
/// No difference of sums is taken, which would carry the error of large numbers, and infinities, from one
/// window to the next: sums from each reset to the last one of an older part stand ready, and a newer part is
/// summed up as it grows. When the older part is used up, the newer one becomes it.
#[derive(Default)]
pub(super) struct Losses {
    /// The place of a number that is less than the one before it, and that one.
    resets: Vec<(usize, f64)>,
    /// Of `resets`, those in the window; the older part ends at `middle`.
    start: usize,
    middle: usize,
    end: usize,
    /// Sums of the older part, from each reset on; the last belongs to that before `middle`.
    older: Vec<f64>,
    newer: f64,
}

impl Losses {
    pub(super) fn of(numbers: &[(i64, f64)]) -> Self {
        let pairs = numbers.windows(2).enumerate();
        let resets = pairs.filter(|(_, pair)| pair[1].1 < pair[0].1);
        let resets = resets.map(|(at, pair)| (at + 1, pair[0].1)).collect();
        Self { resets, ..Self::default() }
    }

    /// The sum within a window, whose ends are not before those of the last one.
    pub(super) fn within(&mut self, places: &Range<usize>) -> f64 {
        while let Some((_, lost)) = self.resets.get(self.end).filter(|(at, _)| *at < places.end) {
            self.newer += lost;
            self.end += 1;
        }
        // The first number of the window has none before it.
        while self.start < self.end && self.resets[self.start].0 <= places.start {
            self.start += 1;
        }
        if self.start > self.middle {
            self.older.clear();
            let mut sum = 0.0;
            self.older.extend(self.resets[self.start..self.end].iter().rev().map(|(_, lost)| {
                sum += lost;
                sum
            }));
            self.middle = self.end;
            self.newer = 0.0;
        }
        let left = self.middle - self.start;
        let older = left.checked_sub(1).and_then(|at| self.older.get(at)).copied();
        older.unwrap_or_default() + self.newer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_are_those_of_each_window() {
        // Numbers of all sorts of falls, and every width of window at every pace.
        let mut bits = 1_u64;
        let mut next = || {
            bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            f64::from((bits >> 59) as u32)
        };
        let numbers: Vec<(i64, f64)> = (0..200).map(|at| (at, next())).collect();
        for width in 0..40 {
            for pace in 1..7 {
                let mut losses = Losses::of(&numbers);
                for end in (0..=numbers.len()).step_by(pace) {
                    let places = end.saturating_sub(width)..end;
                    let pairs = numbers[places.clone()].windows(2);
                    let fallen = pairs.filter(|pair| pair[1].1 < pair[0].1);
                    let expected: f64 = fallen.map(|pair| pair[0].1).sum();
                    assert_eq!(losses.within(&places), expected, "{places:?}, pace {pace}");
                }
            }
        }
    }

    #[test]
    fn an_infinity_is_forgotten_with_its_window() {
        let numbers = [1.0, f64::INFINITY, 2.0, 1.0, 3.0].map(|value| (0, value));
        let mut losses = Losses::of(&numbers);
        assert_eq!(losses.within(&(0..4)), f64::INFINITY);
        assert_eq!(losses.within(&(2..5)), 2.0);
        assert_eq!(losses.within(&(4..5)), 0.0);
    }
}
