//! Sums that remember what rounding has taken from them.
//!
//! Invariants: `rest` is to be added to `sum` once, at the end; an infinite sum has no rest.

/// A sum by Kahan's method as Neumaier improved it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Compensated {
    /// What has been added, rounded.
    pub sum: f64,
    /// What rounding has lost.
    pub rest: f64,
}

impl Compensated {
    /// A sum from which nothing has been lost.
    #[must_use]
    pub fn of(sum: f64) -> Self {
        Self { sum, rest: 0.0 }
    }

    /// The sum with one more value.
    #[must_use]
    pub fn plus(self, value: f64) -> Self {
        let total = self.sum + value;
        let rest = if total.is_infinite() {
            0.0
        } else if self.sum.abs() >= value.abs() {
            self.rest + ((self.sum - total) + value)
        } else {
            self.rest + ((value - total) + self.sum)
        };
        Self { sum: total, rest }
    }

    /// The sum with another sum and its rest.
    #[must_use]
    pub fn absorb(self, other: Self) -> Self {
        self.plus(other.sum).plus(other.rest)
    }

    /// The sum and what it had lost.
    #[must_use]
    pub fn total(self) -> f64 {
        self.sum + self.rest
    }
}

#[cfg(test)]
mod tests {
    use super::Compensated;

    #[test]
    fn what_is_lost_comes_back() {
        let sum =
            [1.0, 1e100, 1.0, -1e100].into_iter().fold(Compensated::default(), Compensated::plus);
        assert_eq!(sum.sum, 0.0);
        assert_eq!(sum.total(), 2.0);
    }

    #[test]
    fn infinity_loses_nothing() {
        let sum = Compensated::of(1.0).plus(1e-30).plus(f64::INFINITY);
        assert_eq!((sum.sum, sum.rest), (f64::INFINITY, 0.0));
    }
}
