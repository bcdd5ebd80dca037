//! What one connection counted, and the sum over all of them.
//!
//! Invariant: of every batch that was begun, the items end up in exactly one of acknowledged,
//! rejected, dropped and unknown.

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;

use crate::args::Signal;

/// Different texts of errors that are kept; the others are counted together.
const REASONS_MAX: usize = 20;
/// Latencies are kept in microseconds up to an hour, to three digits: 200 KiB a histogram.
const LATENCY_US_MAX: u64 = 3_600_000_000;
const LATENCY_DIGITS: u8 = 3;

#[derive(Debug)]
pub(crate) struct Tally {
    pub(crate) acknowledged_items: BTreeMap<Signal, u64>,
    /// Of acknowledged requests: all their items, rejected ones too, and the bytes of them.
    pub(crate) request_items: BTreeMap<Signal, u64>,
    pub(crate) acknowledged_bytes: BTreeMap<Signal, u64>,
    pub(crate) acknowledged_requests: u64,
    pub(crate) wire_bytes: u64,
    pub(crate) rejected_items: u64,
    pub(crate) rejected_message: String,
    /// By status: how often, and whether it may be tried again.
    pub(crate) refusals: BTreeMap<String, Refusals>,
    pub(crate) dropped_items: u64,
    pub(crate) unknown_items: u64,
    pub(crate) unknown_requests: u64,
    pub(crate) errors: BTreeMap<String, u64>,
    pub(crate) latency_us: Histogram<u64>,
    pub(crate) skipped: Duration,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Refusals {
    pub(crate) requests: u64,
    pub(crate) retryable: bool,
    pub(crate) message: String,
}

impl Tally {
    pub(crate) fn new() -> Self {
        Self {
            acknowledged_items: BTreeMap::new(),
            request_items: BTreeMap::new(),
            acknowledged_bytes: BTreeMap::new(),
            acknowledged_requests: 0,
            wire_bytes: 0,
            rejected_items: 0,
            rejected_message: String::new(),
            refusals: BTreeMap::new(),
            dropped_items: 0,
            unknown_items: 0,
            unknown_requests: 0,
            errors: BTreeMap::new(),
            latency_us: Histogram::new_with_max(LATENCY_US_MAX, LATENCY_DIGITS)
                .expect("the bounds are valid constants"),
            skipped: Duration::ZERO,
        }
    }

    /// A batch was taken but for `rejected` of its items.
    pub(crate) fn accept(&mut self, signal: Signal, items: u64, rejected: u64, bytes: u64) {
        // A server that claims to have rejected more than it got has rejected all.
        let rejected = rejected.min(items);
        *self.acknowledged_items.entry(signal).or_default() += items - rejected;
        *self.request_items.entry(signal).or_default() += items;
        *self.acknowledged_bytes.entry(signal).or_default() += bytes;
        self.acknowledged_requests += 1;
        self.rejected_items += rejected;
    }

    pub(crate) fn refuse(&mut self, status: String, message: String, retryable: bool) {
        let refusals = self.refusals.entry(status).or_default();
        refusals.requests += 1;
        refusals.retryable |= retryable;
        if refusals.message.is_empty() {
            refusals.message = message;
        }
    }

    pub(crate) fn fail(&mut self, reason: String) {
        count_reason(&mut self.errors, reason, 1);
    }

    pub(crate) fn add(&mut self, other: &Tally) {
        let add_all = |into: &mut BTreeMap<Signal, u64>, from: &BTreeMap<Signal, u64>| {
            from.iter().for_each(|(signal, count)| *into.entry(*signal).or_default() += count);
        };
        add_all(&mut self.acknowledged_items, &other.acknowledged_items);
        add_all(&mut self.request_items, &other.request_items);
        add_all(&mut self.acknowledged_bytes, &other.acknowledged_bytes);
        self.acknowledged_requests += other.acknowledged_requests;
        self.wire_bytes += other.wire_bytes;
        self.rejected_items += other.rejected_items;
        if self.rejected_message.is_empty() {
            self.rejected_message.clone_from(&other.rejected_message);
        }
        for (status, theirs) in &other.refusals {
            let ours = self.refusals.entry(status.clone()).or_default();
            ours.requests += theirs.requests;
            ours.retryable |= theirs.retryable;
            if ours.message.is_empty() {
                ours.message.clone_from(&theirs.message);
            }
        }
        self.dropped_items += other.dropped_items;
        self.unknown_items += other.unknown_items;
        self.unknown_requests += other.unknown_requests;
        for (reason, count) in &other.errors {
            count_reason(&mut self.errors, reason.clone(), *count);
        }
        self.latency_us.add(&other.latency_us).expect("all histograms have the same bounds");
        self.skipped = self.skipped.max(other.skipped);
    }
}

fn count_reason(errors: &mut BTreeMap<String, u64>, reason: String, count: u64) {
    let known = errors.contains_key(&reason) || errors.len() < REASONS_MAX;
    let reason = if known { reason } else { "other errors".to_owned() };
    *errors.entry(reason).or_default() += count;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_lose_nothing_and_stay_bounded() {
        let mut total = Tally::new();
        for connection in 0..50 {
            let mut tally = Tally::new();
            tally.accept(Signal::Traces, 10, if connection == 7 { 99 } else { 1 }, 100);
            tally.fail(format!("error {connection}"));
            tally.refuse("HTTP 503".to_owned(), format!("try {connection}"), true);
            tally.latency_us.saturating_record(1_000 * (connection + 1));
            total.add(&tally);
        }
        assert_eq!(total.acknowledged_items[&Signal::Traces], 49 * 9);
        assert_eq!(total.rejected_items, 49 + 10);
        assert_eq!(total.errors.values().sum::<u64>(), 50);
        assert_eq!(total.errors.len(), REASONS_MAX + 1);
        assert_eq!((total.refusals["HTTP 503"].requests, total.latency_us.len()), (50, 50));
        assert_eq!(total.refusals["HTTP 503"].message, "try 0");
    }
}
