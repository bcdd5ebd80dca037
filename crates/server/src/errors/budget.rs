//! How many occurrences of an issue are kept in full: so many at once, and so many every minute.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};

use plimsoll_model::UnixNano;

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

    /// When one more may be kept, at the latest a minute after the last that was not.
    fn back_at(&self, allowance: Allowance) -> UnixNano {
        let missing = f64::from(self.used) + 1.0 - f64::from(allowance.burst);
        let minutes = missing / f64::from(allowance.per_minute);
        self.at.saturating_add((minutes.clamp(0.0, 1.0) * MINUTE_NANO) as i64)
    }
}

/// Groups of which nothing more is kept in full for a while: known without a look at their issues,
/// so that an occurrence of them need not be made ready for it.
#[derive(Default)]
pub(super) struct Spent {
    /// Until when, by fingerprint and variant.
    until: parking_lot::RwLock<HashMap<(i64, i64), UnixNano>>,
    /// The latest of them.
    latest: AtomicI64,
}

/// Groups that are remembered; of others all is made ready.
const SPENT_MAX: usize = 10_000;

impl Spent {
    /// Notes that an issue had nothing left for an occurrence of this group.
    pub(super) fn note(
        &self,
        group: (i64, i64),
        budget: &Budget,
        allowance: Allowance,
        now: UnixNano,
    ) {
        let back = budget.back_at(allowance);
        let mut until = self.until.write();
        if until.len() >= SPENT_MAX {
            until.retain(|_, until| *until > now);
        }
        if until.len() < SPENT_MAX || until.contains_key(&group) {
            until.insert(group, back);
            self.latest.fetch_max(back, Ordering::Relaxed);
        }
    }

    /// Whether there is any such group.
    pub(super) fn is_any(&self, now: UnixNano) -> bool {
        self.latest.load(Ordering::Relaxed) > now
    }

    /// Whether this is one.
    pub(super) fn has(&self, group: (i64, i64), now: UnixNano) -> bool {
        self.until.read().get(&group).is_some_and(|until| *until > now)
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

    #[test]
    fn a_group_is_spent_until_one_more_is_kept() {
        const SECOND: i64 = 1_000_000_000;
        let check = |per_minute, seconds: i64| {
            let allowance = Allowance { burst: 2, per_minute };
            let (mut budget, spent, now) = (Budget::default(), Spent::default(), 1_000 * SECOND);
            assert!(budget.take(allowance, now) && budget.take(allowance, now));
            assert!(!spent.is_any(now) && !budget.take(allowance, now));
            spent.note((7, 1), &budget, allowance, now);
            let back = now + seconds * SECOND;
            assert!(
                spent.is_any(now) && spent.has((7, 1), now) && spent.has((7, 1), back - SECOND)
            );
            assert!(!spent.has((7, 2), now) && !spent.has((7, 1), back) && !spent.is_any(back));
            assert_eq!(budget.take(allowance, back), per_minute > 0);
        };
        check(20, 3);
        check(60, 1);
        check(0, 60);
    }

    #[test]
    fn spent_groups_are_bounded() {
        let allowance = Allowance { burst: 0, per_minute: 60 };
        let (spent, budget) = (Spent::default(), Budget { used: 0.0, at: 0 });
        (0..2 * SPENT_MAX as i64).for_each(|group| spent.note((group, 0), &budget, allowance, 0));
        assert_eq!(spent.until.read().len(), SPENT_MAX);
        let later = Budget { used: 0.0, at: 100_000_000_000 };
        spent.note((-1, 0), &later, allowance, later.at);
        assert_eq!(spent.until.read().len(), 1);
    }
}
