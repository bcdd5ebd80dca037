//! How many occurrences of an issue are kept in full: so many at once, and so many every minute.

use crate::config::ErrorsConfig;

const MINUTE_NANO: f64 = 60e9;

/// What an issue has left.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Budget {
    /// What was used and has not come back.
    used: f32,
    at: i64,
}

/// What every issue may keep.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowance {
    pub(super) burst: u32,
    pub(super) per_minute: u32,
}

impl Allowance {
    /// What the settings say.
    pub(super) fn of(config: &ErrorsConfig) -> Self {
        Self { burst: config.kept_burst, per_minute: config.kept_per_minute }
    }
}

impl Budget {
    /// Whether one more is kept; it is counted then.
    pub(super) fn take(&mut self, allowance: Allowance, now: i64) -> bool {
        let passed = now.saturating_sub(self.at).max(0) as f64 / MINUTE_NANO;
        let back = (passed * f64::from(allowance.per_minute)) as f32;
        self.used = (self.used - back).max(0.0);
        self.at = now;
        let kept = self.used + 1.0 <= allowance.burst as f32;
        if kept {
            self.used += 1.0;
        }
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_and_then_so_many_a_minute() {
        let allowance = Allowance { burst: 10, per_minute: 6 };
        let mut budget = Budget::default();
        let mut kept = |at_s: i64| budget.take(allowance, at_s * 1_000_000_000);
        assert_eq!((0..100).filter(|_| kept(1_000)).count(), 10);
        assert_eq!((1_000..1_060).filter(|at| kept(*at)).count(), 5);
        assert_eq!((0..100).filter(|_| kept(10_000)).count(), 10);
        assert!(!kept(0), "a clock that goes back gives nothing");
    }
}
