//! How many errors a project may send in a minute.

use std::collections::HashMap;
use std::time::Duration;

use parking_lot::Mutex;

const MINUTE_NANO: i64 = 60 * 1_000_000_000;

/// Errors of the running minute, by project.
#[derive(Debug, Default)]
pub(crate) struct Quotas {
    minutes: Mutex<HashMap<i64, (i64, u32)>>,
}

impl Quotas {
    /// Counts an error of a project; where there were `max` in this minute already, how long to wait. 0 is no
    /// limit.
    pub(super) fn take(&self, project: i64, max: u32, now: i64) -> Result<(), Duration> {
        if max == 0 {
            return Ok(());
        }
        let minute = now.div_euclid(MINUTE_NANO);
        let mut minutes = self.minutes.lock();
        let (at, count) = minutes.entry(project).or_insert((minute, 0));
        if *at != minute {
            (*at, *count) = (minute, 0);
        }
        if *count >= max {
            let left = (minute + 1) * MINUTE_NANO - now;
            return Err(Duration::from_nanos(left.unsigned_abs()));
        }
        *count += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_has_so_many() {
        let quotas = Quotas::default();
        let second = 1_000_000_000;
        assert!(quotas.take(1, 2, 0).is_ok() && quotas.take(1, 2, second).is_ok());
        assert_eq!(quotas.take(1, 2, 10 * second), Err(Duration::from_secs(50)));
        assert!(quotas.take(2, 2, 10 * second).is_ok(), "another project");
        assert!(quotas.take(1, 2, 60 * second).is_ok(), "the next minute");
        assert!((0..1_000).all(|_| quotas.take(3, 0, 0).is_ok()));
    }
}
