//! One connection's work: stamp a batch, send it, make something of the answer, and again.
//!
//! Invariants: one request is under way at a time; a batch is sent again only after an answer that
//! says it was not taken; after the stop signal nothing new is begun and what is under way has
//! `STOP_GRACE` to finish.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::answer::Answer;
use crate::args::Signal;
use crate::error::GenerateError;
use crate::exporter::Exporter;
use crate::ledger::{Ledger, Outcome};
use crate::pacer::Pacer;
use crate::plan::Plan;
use crate::pool::Pool;
use crate::protobuf::BATCH_NUMBER_MIN;
use crate::random::{Random, mix};
use crate::retry::Retry;
use crate::tally::Tally;

/// How long an answer is waited for once the run is over.
pub(crate) const STOP_GRACE: Duration = Duration::from_secs(5);

/// What all connections share.
pub(crate) struct Run {
    pub(crate) plan: Plan,
    pub(crate) ledger: Option<Ledger>,
    /// The time of day, injected.
    pub(crate) clock: fn() -> u64,
    pub(crate) started: Instant,
    pub(crate) started_unix_nano: u64,
    pub(crate) acknowledged_items: AtomicU64,
    pub(crate) refusals: AtomicU64,
}

pub(crate) struct Worker<E> {
    run: Arc<Run>,
    connection: usize,
    exporter: E,
    stop: watch::Receiver<bool>,
    random: Random,
    tally: Tally,
    sent_items: u64,
}

/// A batch on its way.
struct Batch<'a> {
    signal: Signal,
    frame: &'a Bytes,
    items: u64,
    number: u64,
}

/// Whether there is a point in sending the next batch.
#[derive(PartialEq, Eq)]
enum Next {
    Batch,
    Stop,
}

impl<E: Exporter> Worker<E> {
    pub(crate) fn new(
        run: Arc<Run>,
        connection: usize,
        exporter: E,
        stop: watch::Receiver<bool>,
    ) -> Self {
        let random = Random::derive(run.plan.shape.seed, u64::MAX - connection as u64);
        Self { run, connection, exporter, stop, random, tally: Tally::new(), sent_items: 0 }
    }

    pub(crate) async fn work(mut self, mut pool: Pool) -> Result<Tally, GenerateError> {
        let run = Arc::clone(&self.run);
        let plan = &run.plan;
        let key = mix(plan.shape.seed ^ mix(0x706c_696d));
        let count = plan.count_of(self.connection);
        let mut pacer = self.pacer();
        for sequence in 0.. {
            let items_max = count.map_or(u64::MAX, |count| count - self.sent_items);
            if items_max == 0 || *self.stop.borrow() {
                break;
            }
            let (signal, template) = pool.next(plan, self.connection, items_max);
            let items = template.items();
            if let Some(pacer) = &mut pacer {
                let wait = pacer.wait(run.started.elapsed(), items);
                if self.sleep(wait).await == Next::Stop {
                    break;
                }
            }
            let batch = sequence * plan.connections as u64 + self.connection as u64;
            let frame = template.stamp(key, batch, self.item_time(count), run.started_unix_nano);
            self.sent_items += items;
            let number = BATCH_NUMBER_MIN + batch;
            let next = self.deliver(&Batch { signal, frame: &frame, items, number }).await?;
            template.restore(frame);
            if next == Next::Stop {
                break;
            }
        }
        self.tally.skipped = pacer.map_or(Duration::ZERO, |pacer| pacer.skipped());
        Ok(self.tally)
    }

    /// This connection's share of the rate; the connections take turns.
    fn pacer(&self) -> Option<Pacer> {
        let plan = &self.run.plan;
        let rate = plan.rate?;
        let turn = plan.batch_items as f64 / rate * self.connection as f64;
        Some(Pacer::new(rate / plan.connections as f64, Duration::from_secs_f64(turn)))
    }

    /// Now, or where the run has got to on its way through the spread of times.
    fn item_time(&self, count: Option<u64>) -> u64 {
        let Some(spread) = self.run.plan.time_spread else { return (self.run.clock)() };
        let progress = match (count, self.run.plan.duration) {
            (Some(count), _) => self.sent_items as f64 / count.max(1) as f64,
            (None, Some(duration)) => {
                self.run.started.elapsed().as_secs_f64() / duration.as_secs_f64().max(1e-9)
            }
            (None, None) => 1.0,
        };
        let ago = spread.mul_f64((1.0 - progress).clamp(0.0, 1.0));
        self.run.started_unix_nano.saturating_sub(ago.as_nanos() as u64)
    }

    /// Sends a batch until its outcome is certain, or certainly unknown.
    async fn deliver(&mut self, batch: &Batch<'_>) -> Result<Next, GenerateError> {
        let first_attempt = Instant::now();
        let mut refused = Retry::new(self.run.plan.retry_for);
        let mut lost = Retry::new(self.run.plan.reconnect_for);
        loop {
            let sent = Instant::now();
            let answer = self.attempt(batch).await;
            let elapsed = first_attempt.elapsed();
            let delay = match answer {
                Answer::Accepted { rejected, message, wire_bytes } => {
                    self.accept(batch, sent.elapsed(), rejected, &message, wire_bytes)?;
                    return Ok(Next::Batch);
                }
                Answer::Unknown { reason } => {
                    self.tally.unknown_items += batch.items;
                    self.tally.unknown_requests += 1;
                    self.tally.fail(reason);
                    self.record(Outcome::Unknown, batch, 0)?;
                    return Ok(Next::Batch);
                }
                Answer::Refused { status, message, retry } => {
                    self.run.refusals.fetch_add(1, Ordering::Relaxed);
                    self.tally.refuse(status, message, retry.is_some());
                    retry.and_then(|again| {
                        refused.next_delay(elapsed, again.delay, &mut self.random)
                    })
                }
                Answer::NotSent { reason } => {
                    self.tally.fail(reason);
                    let delay = lost.next_delay(elapsed, None, &mut self.random);
                    if delay.is_none() {
                        self.tally.dropped_items += batch.items;
                        return Ok(Next::Stop);
                    }
                    delay
                }
            };
            let Some(delay) = delay else {
                self.tally.dropped_items += batch.items;
                return Ok(Next::Batch);
            };
            if self.sleep(delay).await == Next::Stop {
                self.tally.dropped_items += batch.items;
                return Ok(Next::Stop);
            }
        }
    }

    /// One request, given up after the timeout or the grace of the stop.
    async fn attempt(&mut self, batch: &Batch<'_>) -> Answer {
        let timeout = self.run.plan.target.timeout;
        let reason = tokio::select! {
            biased;
            answer = self.exporter.export(batch.signal, batch.frame) => return answer,
            () = tokio::time::sleep(timeout) => {
                format!("no answer within {:.1} s", timeout.as_secs_f64())
            }
            () = stopped_for(&mut self.stop, STOP_GRACE) => {
                format!("no answer within {} s of the end", STOP_GRACE.as_secs())
            }
        };
        self.exporter.disconnect();
        Answer::Unknown { reason }
    }

    fn accept(
        &mut self,
        batch: &Batch<'_>,
        latency: Duration,
        rejected: u64,
        message: &str,
        wire_bytes: u64,
    ) -> Result<(), GenerateError> {
        let bytes = (batch.frame.len() - crate::template::FRAME_BYTES) as u64;
        self.tally.accept(batch.signal, batch.items, rejected, bytes);
        self.tally.wire_bytes += wire_bytes;
        self.tally.latency_us.saturating_record(latency.as_micros() as u64);
        if rejected > 0 && self.tally.rejected_message.is_empty() {
            message.clone_into(&mut self.tally.rejected_message);
        }
        self.run.acknowledged_items.fetch_add(batch.items, Ordering::Relaxed);
        self.record(Outcome::Acknowledged, batch, rejected)
    }

    fn record(
        &self,
        outcome: Outcome,
        batch: &Batch<'_>,
        rejected: u64,
    ) -> Result<(), GenerateError> {
        let Some(ledger) = &self.run.ledger else { return Ok(()) };
        ledger.append(outcome, batch.number, batch.signal, batch.items, rejected)
    }

    async fn sleep(&mut self, time: Duration) -> Next {
        if time.is_zero() {
            return Next::Batch;
        }
        tokio::select! {
            () = tokio::time::sleep(time) => Next::Batch,
            () = stopped_for(&mut self.stop, Duration::ZERO) => Next::Stop,
        }
    }
}

/// Resolves so long after the stop signal.
async fn stopped_for(stop: &mut watch::Receiver<bool>, grace: Duration) {
    // The sender outlives the workers; should it not, that is a stop as well.
    let _ = stop.wait_for(|stopped| *stopped).await;
    tokio::time::sleep(grace).await;
}

#[cfg(test)]
mod tests;
