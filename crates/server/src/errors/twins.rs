//! One occurrence that is told twice: by two sources, or by one that sends again.
//!
//! Two sources tell the same exception with the same trace, span, type and message. Where one tells it five times
//! and the other five times, they are five. The same event id is the same event, whoever sends it.
//!
//! Invariant: bounded in number and time; what is forgotten is taken for new.

use std::collections::{HashMap, VecDeque};

use twox_hash::XxHash64;

/// Occurrences that are remembered, some 100 bytes each.
const MAX: usize = 100_000;
/// How long, in nanoseconds: exporters send within minutes.
pub(super) const AGE_NANO: i64 = 10 * 60 * 1_000_000_000;

/// Sources that may tell the same, by their number.
const SOURCES: usize = 4;

/// What tells an occurrence.
#[derive(Clone, Copy, Debug)]
pub(super) struct Telling<'a> {
    pub(super) source: usize,
    pub(super) event_id: Option<[u8; 16]>,
    pub(super) trace_id: &'a [u8],
    pub(super) span_id: &'a [u8],
    pub(super) kind: &'a str,
    pub(super) message: &'a str,
}

/// Whether an occurrence was told before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// Never.
    New,
    /// By another source, which grouped it so.
    Twin {
        /// Its fingerprint.
        fingerprint: i64,
        /// Its variant.
        variant: i64,
    },
    /// By this very source: it sends again what was kept.
    Again,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    at: i64,
    told: [u16; SOURCES],
    fingerprint: i64,
    variant: i64,
}

/// What was told lately.
#[derive(Default)]
pub(super) struct Twins {
    entries: HashMap<u64, Entry>,
    /// Keys in the order they came.
    order: VecDeque<(i64, u64)>,
}

impl Telling<'_> {
    fn keys(&self) -> (Option<u64>, Option<u64>) {
        let event = self.event_id.map(|id| XxHash64::oneshot(1, &id));
        // Without a trace nothing says that two are the same.
        let exception = (!self.trace_id.is_empty()).then(|| {
            let mut key = Vec::with_capacity(64 + self.kind.len() + self.message.len());
            for part in [self.trace_id, self.span_id, self.kind.as_bytes(), self.message.as_bytes()]
            {
                key.extend_from_slice(&(part.len() as u64).to_le_bytes());
                key.extend_from_slice(part);
            }
            XxHash64::oneshot(2, &key)
        });
        (event, exception)
    }
}

impl Twins {
    /// Whether an occurrence was told before.
    pub(super) fn ask(&self, telling: &Telling<'_>, now: i64) -> Told {
        let (event, exception) = telling.keys();
        let entry = |key: Option<u64>| {
            let entry = self.entries.get(&key?)?;
            (now.saturating_sub(entry.at) <= AGE_NANO).then_some(entry)
        };
        if entry(event).is_some() {
            return Told::Again;
        }
        let Some(entry) = entry(exception) else { return Told::New };
        let own = entry.told[telling.source];
        match entry.told.iter().any(|told| *told > own) {
            true => Told::Twin { fingerprint: entry.fingerprint, variant: entry.variant },
            false => Told::New,
        }
    }

    /// Remembers an occurrence that is durable.
    pub(super) fn note(&mut self, telling: &Telling<'_>, group: (i64, i64), now: i64) {
        let (event, exception) = telling.keys();
        for key in event.into_iter().chain(exception) {
            let entry = self.entries.entry(key).or_insert_with(|| {
                self.order.push_back((now, key));
                Entry { at: now, told: [0; SOURCES], fingerprint: group.0, variant: group.1 }
            });
            entry.told[telling.source] = entry.told[telling.source].saturating_add(1);
        }
        while self.order.len() > MAX
            || self.order.front().is_some_and(|(at, _)| now.saturating_sub(*at) > AGE_NANO)
        {
            let Some((_, key)) = self.order.pop_front() else { break };
            self.entries.remove(&key);
        }
    }
}

impl Twins {
    /// Takes back what was noted and did not become durable.
    pub(super) fn forget(&mut self, telling: &Telling<'_>) {
        let (event, exception) = telling.keys();
        for key in event.into_iter().chain(exception) {
            let Some(entry) = self.entries.get_mut(&key) else { continue };
            entry.told[telling.source] = entry.told[telling.source].saturating_sub(1);
            if entry.told == [0; SOURCES] {
                self.entries.remove(&key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn telling(source: usize, span: &[u8]) -> Telling<'_> {
        Telling {
            source,
            event_id: None,
            trace_id: &[1; 16],
            span_id: span,
            kind: "ValueError",
            message: "no price",
        }
    }

    #[test]
    fn what_two_sources_tell_is_one_and_what_one_tells_is_many() {
        let mut twins = Twins::default();
        let (first, second) = (telling(0, &[1; 8]), telling(1, &[1; 8]));
        for _ in 0..3 {
            assert_eq!(twins.ask(&first, 0), Told::New);
            twins.note(&first, (7, 8), 0);
        }
        for _ in 0..3 {
            assert_eq!(twins.ask(&second, 0), Told::Twin { fingerprint: 7, variant: 8 });
            twins.note(&second, (7, 8), 0);
        }
        assert_eq!(twins.ask(&second, 0), Told::New, "the fourth is one more");
        assert_eq!(twins.ask(&telling(1, &[2; 8]), 0), Told::New, "of another span");
        assert_eq!(twins.ask(&second, AGE_NANO + 1), Told::New, "long after");
    }

    #[test]
    fn an_event_sent_again_is_the_same() {
        let mut twins = Twins::default();
        let event = Telling { event_id: Some([9; 16]), trace_id: &[], ..telling(0, &[]) };
        assert_eq!(twins.ask(&event, 0), Told::New);
        twins.note(&event, (7, 8), 0);
        assert_eq!(twins.ask(&event, 5), Told::Again);
        let other = Telling { event_id: Some([8; 16]), ..event };
        assert_eq!(twins.ask(&other, 5), Told::New, "alike, without a trace");
    }

    #[test]
    fn what_did_not_become_durable_is_new_again() {
        let mut twins = Twins::default();
        let event = Telling { event_id: Some([9; 16]), ..telling(0, &[1; 8]) };
        twins.note(&event, (7, 8), 0);
        twins.forget(&event);
        assert_eq!(twins.ask(&event, 0), Told::New);
        assert_eq!(twins.ask(&telling(1, &[1; 8]), 0), Told::New);
    }

    #[test]
    fn memory_is_bounded() {
        let mut twins = Twins::default();
        for number in 0..MAX as u128 + 10 {
            let event = Telling { event_id: Some(number.to_le_bytes()), ..telling(0, &[]) };
            twins.note(&Telling { trace_id: &[], ..event }, (0, 0), 0);
        }
        assert_eq!((twins.entries.len(), twins.order.len()), (MAX, MAX));
        twins.note(&telling(0, &[]), (0, 0), AGE_NANO + 1);
        assert_eq!(twins.entries.len(), 1);
    }
}
