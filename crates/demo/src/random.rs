//! Seeded pseudo-random numbers that several tasks may draw from.
//!
//! Invariant: the same seed gives the same sequence; who draws which number of it depends on the
//! order in which requests run.

use std::sync::atomic::{AtomicU64, Ordering};

const GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;

/// A SplitMix64 generator.
#[derive(Debug)]
pub(crate) struct Random {
    state: AtomicU64,
}

impl Random {
    /// Different names give independent sequences from one seed.
    pub(crate) fn derive(seed: u64, name: &str) -> Self {
        let named = name.bytes().fold(mix(seed), |hash, byte| mix(hash ^ u64::from(byte)));
        Self { state: AtomicU64::new(named) }
    }

    pub(crate) fn next_u64(&self) -> u64 {
        mix(self.state.fetch_add(GAMMA, Ordering::Relaxed).wrapping_add(GAMMA))
    }

    /// Uniform in `[0, 1)`.
    pub(crate) fn unit(&self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Uniform in `0..limit`; 0 when `limit` is 0.
    pub(crate) fn below(&self, limit: usize) -> usize {
        ((u128::from(self.next_u64()) * limit as u128) >> 64) as usize
    }

    pub(crate) fn chance(&self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Log-normal with the given median, by Box and Muller's transform.
    pub(crate) fn log_normal(&self, median: f64, sigma: f64) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        let normal = radius * (std::f64::consts::TAU * self.unit()).cos();
        median * (sigma * normal).exp()
    }
}

fn mix(value: u64) -> u64 {
    let mut z = value;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_seeds_make_sequences() {
        let draw = |seed, name| Random::derive(seed, name).next_u64();
        assert_eq!(draw(1, "catalog"), draw(1, "catalog"));
        assert_ne!(draw(1, "catalog"), draw(1, "checkout"));
        assert_ne!(draw(1, "catalog"), draw(2, "catalog"));
    }

    #[test]
    fn draws_stay_in_range() {
        let random = Random::derive(4, "x");
        for _ in 0..1_000 {
            assert!(random.below(3) < 3);
            assert!((0.0..1.0).contains(&random.unit()));
            assert!(random.log_normal(5.0, 1.0) > 0.0);
        }
        assert_eq!(random.below(0), 0);
    }
}
