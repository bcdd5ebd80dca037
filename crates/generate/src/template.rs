//! A batch encoded once and sent many times, each time with new ids, times and values.
//!
//! Invariants: stamping allocates nothing and moves no byte; two stamps that differ in their batch
//! number share no span id and no trace id.

use bytes::{Bytes, BytesMut};

use crate::protobuf::{BATCH_NUMBER_MIN, Change, Message, Patch, write_batch_number};
use crate::random::mix;

/// Bytes in front of the message: gRPC's compression flag and length. HTTP leaves them out.
pub(crate) const FRAME_BYTES: usize = 5;

/// What one sending of a template writes into it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stamp {
    /// From the seed; different runs get different ids.
    pub(crate) key: u64,
    /// The number of the batch in its run, from 0.
    pub(crate) batch: u64,
    /// How many batches have carried the same series.
    pub(crate) tick: u64,
    pub(crate) time_unix_nano: u64,
    pub(crate) previous_unix_nano: u64,
    pub(crate) start_unix_nano: u64,
}

impl Stamp {
    /// The batch's number as items carry it and the ledger names it.
    pub(crate) fn number(&self) -> u64 {
        BATCH_NUMBER_MIN + self.batch
    }
}

/// A batch ready to be stamped and sent.
#[derive(Debug)]
pub(crate) struct Template {
    /// `None` while a body is out.
    frame: Option<BytesMut>,
    patches: Box<[Patch]>,
    items: u32,
    /// When it was sent last, and how often: what its series have grown to.
    previous_unix_nano: Option<u64>,
    ticks: u64,
}

impl Template {
    pub(crate) fn new(message: &Message, items: usize) -> Self {
        let mut frame = BytesMut::with_capacity(FRAME_BYTES + message.bytes.len());
        frame.extend_from_slice(&[0]);
        frame.extend_from_slice(&(message.bytes.len() as u32).to_be_bytes());
        frame.extend_from_slice(&message.bytes);
        let patches = message
            .patches
            .iter()
            .map(|patch| Patch { offset: patch.offset + FRAME_BYTES as u32, ..*patch })
            .collect();
        Self {
            frame: Some(frame),
            patches,
            items: items as u32,
            previous_unix_nano: None,
            ticks: 0,
        }
    }

    /// Goes on where another template with the same series left off.
    pub(crate) fn continue_from(mut self, other: &Template) -> Self {
        self.previous_unix_nano = other.previous_unix_nano;
        self.ticks = other.ticks;
        self
    }

    pub(crate) fn items(&self) -> u64 {
        u64::from(self.items)
    }

    /// The encoded message, without a frame.
    pub(crate) fn bytes(&self) -> usize {
        self.frame.as_ref().map_or(0, |frame| frame.len() - FRAME_BYTES)
    }

    /// Stamps the batch and hands out its bytes: frame header, then message. `restore` must follow.
    pub(crate) fn stamp(&mut self, key: u64, batch: u64, time: u64, start: u64) -> Bytes {
        let stamp = Stamp {
            key,
            batch,
            tick: self.ticks,
            time_unix_nano: time,
            previous_unix_nano: self.previous_unix_nano.unwrap_or(start),
            start_unix_nano: start,
        };
        self.ticks += 1;
        self.previous_unix_nano = Some(time);
        let mut frame = self.frame.take().expect("a body is restored before the next is taken");
        write_patches(&mut frame, &self.patches, &stamp);
        frame.freeze()
    }

    /// Takes the bytes back; copies them only if somebody still holds them.
    pub(crate) fn restore(&mut self, body: Bytes) {
        self.frame = Some(body.try_into_mut().unwrap_or_else(|shared| BytesMut::from(&shared[..])));
    }
}

/// Ids are drawn from one number space: a batch owns 2^24 ordinals.
const ORDINAL_BITS: u32 = 24;

/// The most items a batch may have, so that ordinals never run over.
pub(crate) const BATCH_ITEMS_MAX: usize = 1 << (ORDINAL_BITS - 1);

fn write_patches(frame: &mut [u8], patches: &[Patch], stamp: &Stamp) {
    let base = stamp.batch << ORDINAL_BITS;
    let trace_key = mix(stamp.key ^ 0x7472_6163_6500_0000);
    let span_key = mix(stamp.key ^ 0x7370_616e_0000_0000);
    for patch in patches {
        let at = patch.offset as usize;
        match patch.change {
            Change::TraceId(ordinal) => {
                let counter = trace_key.wrapping_add(base | u64::from(ordinal));
                put(frame, at, mix(counter));
                put(frame, at + 8, mix(!counter));
            }
            Change::SpanId(ordinal) => {
                put(frame, at, span_id(span_key.wrapping_add(base | u64::from(ordinal))));
            }
            Change::Time { before_nano } => {
                put(frame, at, stamp.time_unix_nano.saturating_sub(before_nano));
            }
            Change::PreviousTime => put(frame, at, stamp.previous_unix_nano),
            Change::StartTime => put(frame, at, stamp.start_unix_nano),
            Change::Batch => write_batch_number(frame, at, stamp.number()),
            Change::Count { per_tick } => put(frame, at, per_tick * (stamp.tick + 1)),
            Change::Sum { per_tick } => {
                put(frame, at, (per_tick * (stamp.tick + 1) as f64).to_bits());
            }
            Change::Gauge { mean, spread } => {
                // In steps of a hundredth, as most instruments measure.
                let noise = mix(stamp.key ^ stamp.tick << 32 ^ at as u64) % 200;
                let value = mean + spread * (noise as f64 - 100.0) / 100.0;
                put(frame, at, ((value * 100.0).round() / 100.0).to_bits());
            }
        }
    }
}

/// Zero is no id. The one counter of 2^64 that gives it shares the id of another, which no run gets
/// to as well: a run's counters are neighbours, and these two lie far apart.
#[inline]
fn span_id(counter: u64) -> u64 {
    let id = mix(counter);
    if id == 0 { mix(1 << 63) } else { id }
}

#[inline]
fn put(frame: &mut [u8], at: usize, value: u64) {
    frame[at..at + 8].copy_from_slice(&value.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamping_writes_only_the_patched_bytes() {
        let mut message = Message::default();
        message
            .text(1, "left")
            .span_id(2, 0)
            .text(3, "middle")
            .patched(4, Change::Time { before_nano: 5 })
            .text(5, "right");
        let mut template = Template::new(&message, 1);
        let first = template.stamp(1, 0, 100, 0);
        let pointer = first.as_ptr();
        let length = first.len();
        let before = first.to_vec();
        template.restore(first);
        let second = template.stamp(1, 1, 200, 0);
        assert_eq!((second.as_ptr(), second.len()), (pointer, length), "sent without a copy");
        let changed = (0..length).filter(|at| before[*at] != second[*at]).count();
        assert!(changed <= 9, "{changed} bytes changed, at most 8 of the id and 1 of the time can");
        assert_eq!(&second[..FRAME_BYTES], [0, 0, 0, 0, length as u8 - 5]);
    }

    #[test]
    fn a_body_still_held_is_copied() {
        let mut message = Message::default();
        message.span_id(2, 0);
        let mut template = Template::new(&message, 1);
        let held = template.stamp(1, 0, 0, 0);
        let copy = held.to_vec();
        template.restore(held.clone());
        let next = template.stamp(1, 1, 0, 0);
        assert_eq!(&held[..], copy);
        assert_ne!(held, next);
    }

    #[test]
    fn values_follow_the_ticks() {
        let mut message = Message::default();
        message
            .patched(1, Change::Count { per_tick: 3 })
            .patched(2, Change::Sum { per_tick: 0.5 })
            .patched(3, Change::PreviousTime);
        let mut template = Template::new(&message, 1);
        let read = |body: &Bytes| -> Vec<u64> {
            crate::protobuf::fields(&body[FRAME_BYTES..])
                .map(|(_, value)| match value {
                    crate::protobuf::Value::Number(number) => number,
                    crate::protobuf::Value::Bytes(_) => panic!("not a number"),
                })
                .collect()
        };
        let body = template.stamp(1, 0, 1_000, 7);
        assert_eq!(read(&body), [3, 0.5f64.to_bits(), 7]);
        template.restore(body);
        let body = template.stamp(1, 9, 2_000, 7);
        assert_eq!(read(&body), [6, 1.0f64.to_bits(), 1_000]);
    }
}
