//! The memory of all queries. What cannot spill to disk takes what is free. What can takes up to half of
//! the pool while nobody else needs it; beyond that each such consumer has an equal share.
//!
//! DataFusion's fair pool gives shares from the first byte, also to operators that have not begun:
//! a hash table then fails at a fifth of an idle pool.
//!
//! Invariant: nothing is granted that would exceed the pool; only what asks for no permission may.

use std::fmt;

use datafusion::common::DataFusionError;
use datafusion::error::Result;
use datafusion::execution::memory_pool::{
    MemoryConsumer, MemoryLimit, MemoryPool, MemoryReservation, human_readable_size,
};
use parking_lot::Mutex;

/// A bounded pool that all queries share.
#[derive(Debug)]
pub(crate) struct SharedPool {
    bytes: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    spillers: usize,
    spillable: usize,
    unspillable: usize,
}

impl SharedPool {
    pub(crate) fn new(bytes: usize) -> Self {
        Self { bytes, state: Mutex::default() }
    }
}

impl State {
    fn of(&mut self, reservation: &MemoryReservation) -> &mut usize {
        if reservation.consumer().can_spill() { &mut self.spillable } else { &mut self.unspillable }
    }

    /// How much more one may take that has `held` bytes.
    fn room(&self, pool: usize, can_spill: bool, held: usize) -> usize {
        let free = pool.saturating_sub(self.spillable + self.unspillable);
        if !can_spill {
            return free;
        }
        let share = pool.saturating_sub(self.unspillable) / self.spillers.max(1);
        free.min(share.saturating_sub(held).max(free.saturating_sub(pool / 2)))
    }
}

impl fmt::Display for SharedPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "shared(pool_size: {})", human_readable_size(self.bytes))
    }
}

impl MemoryPool for SharedPool {
    fn name(&self) -> &str {
        "shared"
    }

    fn register(&self, consumer: &MemoryConsumer) {
        self.state.lock().spillers += usize::from(consumer.can_spill());
    }

    fn unregister(&self, consumer: &MemoryConsumer) {
        self.state.lock().spillers -= usize::from(consumer.can_spill());
    }

    fn grow(&self, reservation: &MemoryReservation, additional: usize) {
        *self.state.lock().of(reservation) += additional;
    }

    fn shrink(&self, reservation: &MemoryReservation, shrink: usize) {
        *self.state.lock().of(reservation) -= shrink;
    }

    fn try_grow(&self, reservation: &MemoryReservation, additional: usize) -> Result<()> {
        let mut state = self.state.lock();
        let can_spill = reservation.consumer().can_spill();
        let room = state.room(self.bytes, can_spill, reservation.size());
        if additional > room {
            return Err(DataFusionError::ResourcesExhausted(format!(
                "{} holds {} and needs {} more; {} are free for it of {}",
                reservation.consumer().name(),
                human_readable_size(reservation.size()),
                human_readable_size(additional),
                human_readable_size(room),
                human_readable_size(self.bytes),
            )));
        }
        *state.of(reservation) += additional;
        Ok(())
    }

    fn reserved(&self) -> usize {
        let state = self.state.lock();
        state.spillable + state.unspillable
    }

    fn memory_limit(&self) -> MemoryLimit {
        MemoryLimit::Finite(self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn one_alone_takes_half_then_shares() {
        let pool: Arc<dyn MemoryPool> = Arc::new(SharedPool::new(100));
        let spiller = |name| MemoryConsumer::new(name).with_can_spill(true).register(&pool);
        let (a, b, _idle, _idle_too) = (spiller("a"), spiller("b"), spiller("c"), spiller("d"));
        a.try_grow(50).unwrap();
        assert!(a.try_grow(1).is_err());
        b.try_grow(25).unwrap();
        assert!(b.try_grow(1).is_err());
        let fixed = MemoryConsumer::new("fixed").register(&pool);
        assert!(fixed.try_grow(26).is_err());
        fixed.try_grow(25).unwrap();
        assert_eq!(pool.reserved(), 100);
        drop((a, b, fixed));
        assert_eq!(pool.reserved(), 0);
    }
}
