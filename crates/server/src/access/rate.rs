//! How often somebody may try to sign in: per remote address, and all together.
//!
//! The generic cell rate algorithm: each key has one time, up to which its tries are used up. A try
//! that succeeds is given back, so that only failures use anything up.
//!
//! Invariant: at most [`ADDRESSES_MAX`] addresses are remembered. Each remembered one has a try
//! that the limit of all together admitted within the last minute, so there are fewer than 128.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use parking_lot::Mutex;
use plimsoll_model::UnixNano;

/// One address: ten at once, then one each six seconds.
const PER_ADDRESS: Limit = Limit { burst: 10, interval_nano: 6_000_000_000 };
/// All together: sixty at once, then one a second.
const TOGETHER: Limit = Limit { burst: 60, interval_nano: 1_000_000_000 };
/// Where addresses that have recovered are forgotten.
const ADDRESSES_MAX: usize = 256;

#[derive(Clone, Copy)]
struct Limit {
    burst: i64,
    interval_nano: i64,
}

impl Limit {
    /// The new time of a key after a try, or how long to wait.
    fn admit(self, used_until: UnixNano, now: UnixNano) -> Result<UnixNano, Duration> {
        // A clock that went backwards must not shut anybody out for longer than a full burst.
        let latest = now.saturating_add(self.burst * self.interval_nano);
        let used_until = used_until.clamp(now, latest);
        let wait = used_until - now - (self.burst - 1) * self.interval_nano;
        match u64::try_from(wait) {
            Ok(wait) if wait > 0 => Err(Duration::from_nanos(wait)),
            _ => Ok(used_until.saturating_add(self.interval_nano)),
        }
    }
}

/// Who is remembered: IPv6 by /64, since one machine has all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key(Option<IpAddr>);

impl Key {
    fn of(remote: Option<IpAddr>) -> Self {
        Self(remote.map(|address| match address.to_canonical() {
            IpAddr::V6(address) => {
                Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into()
            }
            address => address,
        }))
    }
}

#[derive(Default)]
pub(super) struct SignInLimit {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    together: UnixNano,
    addresses: HashMap<Key, UnixNano>,
}

impl SignInLimit {
    /// Counts a try, or says how long to wait before the next.
    pub(super) fn take(&self, remote: Option<IpAddr>, now: UnixNano) -> Result<(), Duration> {
        let key = Key::of(remote);
        let mut inner = self.inner.lock();
        let used = inner.addresses.get(&key).copied().unwrap_or(UnixNano::MIN);
        // The address first: one that has used up its own tries uses up nobody else's.
        let address = PER_ADDRESS.admit(used, now)?;
        let together = TOGETHER.admit(inner.together, now)?;
        if inner.addresses.len() >= ADDRESSES_MAX {
            inner.addresses.retain(|_, used_until| *used_until > now);
        }
        inner.together = together;
        inner.addresses.insert(key, address);
        Ok(())
    }

    /// Gives back a try that succeeded.
    pub(super) fn give_back(&self, remote: Option<IpAddr>) {
        let mut inner = self.inner.lock();
        inner.together -= TOGETHER.interval_nano;
        if let Some(used_until) = inner.addresses.get_mut(&Key::of(remote)) {
            *used_until -= PER_ADDRESS.interval_nano;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000_000;
    const NOW: i64 = 1_700_000_000 * SECOND;

    fn v4(last: u8) -> Option<IpAddr> {
        Some([192, 0, 2, last].into())
    }

    #[test]
    fn an_address_has_ten_tries_and_then_one_each_six_seconds() {
        let limit = SignInLimit::default();
        for _ in 0..10 {
            limit.take(v4(1), NOW).unwrap();
        }
        assert_eq!(limit.take(v4(1), NOW), Err(Duration::from_secs(6)));
        assert_eq!(limit.take(v4(1), NOW + 5 * SECOND), Err(Duration::from_secs(1)));
        assert_eq!(limit.take(v4(1), NOW + 6 * SECOND), Ok(()));
        assert_eq!(limit.take(v4(1), NOW + 6 * SECOND), Err(Duration::from_secs(6)));
        // Another address is not affected.
        assert_eq!(limit.take(v4(2), NOW), Ok(()));
    }

    #[test]
    fn one_address_cannot_use_up_the_tries_of_all() {
        let limit = SignInLimit::default();
        for _ in 0..1_000 {
            let _ = limit.take(v4(1), NOW);
        }
        assert_eq!(limit.take(v4(2), NOW), Ok(()));
    }

    #[test]
    fn many_addresses_together_are_limited_and_forgotten() {
        let limit = SignInLimit::default();
        let mut admitted = 0;
        for second in 0..600 {
            for index in 0..20_u32 {
                let address = IpAddr::from((second * 20 + index + 1).to_be_bytes());
                let now = NOW + i64::from(second) * SECOND;
                admitted += usize::from(limit.take(Some(address), now).is_ok());
            }
        }
        assert_eq!(admitted, 60 + 599);
        assert!(limit.inner.lock().addresses.len() <= ADDRESSES_MAX);
    }

    #[test]
    fn a_machine_cannot_hide_in_its_own_network() {
        let limit = SignInLimit::default();
        let mut admitted = 0;
        for host in 0..100_u16 {
            let address = Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 0, 0, 0, host);
            admitted += usize::from(limit.take(Some(address.into()), NOW).is_ok());
        }
        assert_eq!(admitted, 10);
        assert_eq!(limit.take(Some("2001:db8:0:2::1".parse().unwrap()), NOW), Ok(()));
    }

    #[test]
    fn success_uses_nothing_up() {
        let limit = SignInLimit::default();
        for _ in 0..1_000 {
            limit.take(v4(1), NOW).unwrap();
            limit.give_back(v4(1));
        }
        assert_eq!(limit.take(v4(1), NOW), Ok(()));
    }

    #[test]
    fn a_clock_that_goes_backwards_shuts_nobody_out() {
        let limit = SignInLimit::default();
        for _ in 0..10 {
            limit.take(v4(1), NOW).unwrap();
        }
        let earlier = NOW - 86_400 * SECOND;
        let wait = limit.take(v4(1), earlier).unwrap_err();
        assert!(wait <= Duration::from_secs(6), "{wait:?}");
    }
}
