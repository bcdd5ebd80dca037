//! Who may hold bytes of requests in flight: two pools of bytes, charged before bytes are kept.
//!
//! A body is charged to `reading` chunk by chunk as it arrives, never waiting: where the pool is
//! spent the sender is told to come back. A complete body then waits its turn, first come first
//! served, for its share of `decoding`, which covers the decompressed body and its columns.
//!
//! Invariants: only a holder of `reading` waits for `decoding`, and a holder of `decoding` waits
//! for nothing but the store, so the pools cannot deadlock. A charge is given back when it drops.
//! A declared length charges nothing: a sender that promises much and sends little holds little.

use std::sync::Arc;
use std::time::Duration;

use plimsoll_model::ErrorCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::problem::Problem;

/// How long a complete body waits for its turn. Decoding and appending take milliseconds, so a
/// queue this long means that the machine is too slow for its senders.
const TURN_WAIT_MAX: Duration = Duration::from_secs(2);

/// The pools.
#[derive(Debug)]
pub(crate) struct Admission {
    reading: Arc<Semaphore>,
    reading_bytes: usize,
    decoding: Arc<Semaphore>,
    decoding_bytes: usize,
    turn_wait_max: Duration,
}

/// Bytes held from one pool.
#[derive(Debug)]
pub(crate) struct Charge {
    pool: Arc<Semaphore>,
    held: OwnedSemaphorePermit,
}

impl Admission {
    /// Splits the ingest budget: a third for bodies as they arrive, the rest for decoding.
    pub(crate) fn new(ingest_bytes: u64) -> Self {
        let total = usize::try_from(ingest_bytes).unwrap_or(Semaphore::MAX_PERMITS);
        let reading_bytes = (total / 3).min(Semaphore::MAX_PERMITS);
        let decoding_bytes = (total - total / 3).min(Semaphore::MAX_PERMITS);
        Self {
            reading: Arc::new(Semaphore::new(reading_bytes)),
            reading_bytes,
            decoding: Arc::new(Semaphore::new(decoding_bytes)),
            decoding_bytes,
            turn_wait_max: TURN_WAIT_MAX,
        }
    }

    /// An empty charge for a body about to be read.
    pub(crate) fn read(&self) -> Charge {
        Charge::empty(&self.reading)
    }

    /// Waits for a complete body's turn to be decoded, and charges `bytes`.
    pub(crate) async fn decode(&self, bytes: usize) -> Result<Charge, Problem> {
        let bytes = u32::try_from(bytes.min(self.decoding_bytes)).unwrap_or(u32::MAX);
        let turn = Arc::clone(&self.decoding).acquire_many_owned(bytes);
        match tokio::time::timeout(self.turn_wait_max, turn).await {
            Ok(Ok(held)) => Ok(Charge { pool: Arc::clone(&self.decoding), held }),
            Ok(Err(_)) | Err(_) => Err(spent()),
        }
    }

    /// Bytes held in both pools.
    pub(crate) fn held_bytes(&self) -> usize {
        let free = self.reading.available_permits() + self.decoding.available_permits();
        (self.reading_bytes + self.decoding_bytes).saturating_sub(free)
    }
}

impl Charge {
    fn empty(pool: &Arc<Semaphore>) -> Self {
        let held = Arc::clone(pool).try_acquire_many_owned(0);
        Self { pool: Arc::clone(pool), held: held.expect("no permit is always free") }
    }

    /// Holds `bytes` more, without waiting.
    pub(crate) fn grow(&mut self, bytes: usize) -> Result<(), Problem> {
        let bytes = u32::try_from(bytes).map_err(|_| spent())?;
        let more = Arc::clone(&self.pool).try_acquire_many_owned(bytes).map_err(|_| spent())?;
        self.held.merge(more);
        Ok(())
    }

    /// Holds at least `bytes` in total, without waiting.
    pub(crate) fn grow_to(&mut self, bytes: usize) -> Result<(), Problem> {
        self.grow(bytes.saturating_sub(self.held.num_permits()))
    }
}

/// The refusal where a pool is spent.
fn spent() -> Problem {
    Problem::new(
        ErrorCode::ResourceExhausted,
        "the memory for requests in flight is spent, nothing of this request was kept",
    )
    .hint("send it again after the delay; a larger --memory takes more at once")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn charges_come_back_when_dropped() {
        let admission = Admission::new(3_000);
        let mut charge = admission.read();
        charge.grow(900).unwrap();
        assert_eq!(admission.held_bytes(), 900);
        let refusal = charge.grow(200).unwrap_err();
        assert_eq!(refusal.code, ErrorCode::ResourceExhausted);
        assert!(refusal.retry_after.is_some());
        drop(charge);
        assert_eq!(admission.held_bytes(), 0);
    }

    #[tokio::test]
    async fn a_turn_is_waited_for_and_then_refused() {
        let mut admission = Admission::new(3_000);
        admission.turn_wait_max = Duration::ZERO;
        let first = admission.decode(1_500).await.unwrap();
        assert_eq!(admission.decode(1_500).await.unwrap_err().code, ErrorCode::ResourceExhausted);
        admission.turn_wait_max = Duration::from_secs(600);
        let admission = Arc::new(admission);
        let waiting = tokio::spawn({
            let admission = Arc::clone(&admission);
            async move { admission.decode(1_500).await.is_ok() }
        });
        tokio::task::yield_now().await;
        drop(first);
        assert!(waiting.await.unwrap());
    }
}
