//! Rate, errors and duration: one histogram a service, operation, kind and status.
//!
//! Invariants: a known key is counted without allocating; there are never more operations and keys than
//! the limits say; every span is counted under its key, under `(other)`, or as dropped.

use std::hash::BuildHasher;
use std::sync::Arc;

use hashbrown::DefaultHashBuilder;
use plimsoll_model::UnixNano;
use plimsoll_wire::prometheus::Label;

use crate::columns::{Change, Spans};
use crate::emission::Emission;
use crate::exemplar::{Exemplar, Exemplars};
use crate::histogram::{Histogram, bucket};
use crate::service::{Service, Services};
use crate::slots::Slots;
use crate::{Limits, Moment, OTHER};

/// The metric of all durations, in seconds.
pub(crate) const DURATION: &str = "traces_span_metrics_duration_seconds";

const KINDS: [&str; 6] = [
    "SPAN_KIND_UNSPECIFIED",
    "SPAN_KIND_INTERNAL",
    "SPAN_KIND_SERVER",
    "SPAN_KIND_CLIENT",
    "SPAN_KIND_PRODUCER",
    "SPAN_KIND_CONSUMER",
];
const STATUSES: [&str; 3] = ["STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"];

/// Keys that an operation can have: one a kind and status.
const VARIANTS: usize = KINDS.len() * STATUSES.len();
const NO_KEY: u32 = u32::MAX;

struct Operation {
    service: u32,
    name: Box<str>,
    /// The key of each kind and status.
    keys: [u32; VARIANTS],
}

struct Key {
    operation: u32,
    variant: usize,
    /// It was zero at this time, when values were written the last time before it.
    start: UnixNano,
    last_seen: UnixNano,
    histogram: Histogram,
    exemplars: Exemplars,
}

/// What tells a span's key.
#[derive(Clone, Copy)]
struct Seen<'a> {
    service: u32,
    name: &'a str,
    variant: usize,
    nanos: u64,
}

pub(crate) struct Operations {
    limits: Limits,
    hasher: DefaultHashBuilder,
    services: Services,
    operations: Slots<Operation>,
    keys: Vec<Option<Key>>,
    free: Vec<u32>,
    /// Spans counted as `(other)`, and not at all, since the start.
    pub(crate) other: u64,
    pub(crate) dropped: u64,
}

impl Operations {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            hasher: DefaultHashBuilder::default(),
            services: Services::default(),
            operations: Slots::default(),
            keys: Vec::new(),
            free: Vec::new(),
            other: 0,
            dropped: 0,
        }
    }

    /// How many keys there are.
    pub(crate) fn len(&self) -> usize {
        self.keys.len() - self.free.len()
    }

    /// Counts all rows, and shows `graph` each with its service.
    pub(crate) fn observe(
        &mut self,
        spans: &Spans,
        moment: Moment,
        mut graph: impl FnMut(usize, &Arc<Service>),
    ) {
        let (mut service, mut operation) = (None, None);
        for row in 0..spans.rows() {
            match spans.change(row) {
                Change::Nothing => {}
                Change::Name => operation = None,
                Change::Service => {
                    let texts = spans.service(row);
                    service = self.services.find_or_add(texts, self.limits.keys_max, moment.now);
                    operation = None;
                }
            }
            let Some(service) = service else {
                self.dropped += 1;
                continue;
            };
            self.count(spans, row, service, &mut operation, moment);
            if let Some(known) = self.services.get(service) {
                graph(row, &known.service);
            }
        }
    }

    fn count(
        &mut self,
        spans: &Spans,
        row: usize,
        service: u32,
        operation: &mut Option<u32>,
        moment: Moment,
    ) {
        let variant =
            usize::from(spans.kind(row)) * STATUSES.len() + usize::from(spans.status(row));
        let seen = Seen { service, name: spans.name(row), variant, nanos: spans.nanos(row) };
        if operation.is_none() {
            *operation = self.find(&seen);
        }
        let known = operation.and_then(|slot| self.operations.get(slot));
        let slot = match known.map(|known| known.keys[variant]) {
            Some(slot) if slot != NO_KEY => Some(slot),
            _ => self.add(&seen, moment),
        };
        let Some(key) = slot.and_then(|slot| self.keys.get_mut(slot as usize)?.as_mut()) else {
            self.dropped += 1;
            return;
        };
        let bucket = bucket(seen.nanos);
        key.last_seen = moment.now;
        key.histogram.record(seen.nanos, bucket);
        if let Some(place) = spans.place(row) {
            let exemplar = Exemplar { end: spans.end(row), nanos: seen.nanos, bucket, place };
            key.exemplars.offer(exemplar);
        }
    }

    fn hash(&self, seen: &Seen<'_>) -> u64 {
        self.hasher.hash_one((seen.service, seen.name))
    }

    fn find(&self, seen: &Seen<'_>) -> Option<u32> {
        self.operations.find(self.hash(seen), |known| {
            known.service == seen.service && *known.name == *seen.name
        })
    }

    /// The key to count such a span under, made where there is room: its own, else that of others.
    fn add(&mut self, seen: &Seen<'_>, moment: Moment) -> Option<u32> {
        let operations = self.services.get(seen.service)?.operations;
        let operation_room = operations < self.limits.service_operations_max;
        if let Some(key) = self.find_or_add(seen, operation_room, self.limits.keys_max, moment) {
            return Some(key);
        }
        let keys_max = self.limits.keys_max + self.limits.other_keys_max();
        let other = Seen { name: OTHER, ..*seen };
        let key = self.find_or_add(&other, true, keys_max, moment)?;
        self.other += 1;
        Some(key)
    }

    fn find_or_add(
        &mut self,
        seen: &Seen<'_>,
        operation_room: bool,
        keys_max: usize,
        moment: Moment,
    ) -> Option<u32> {
        let operation = self.find(seen);
        let known = operation.and_then(|slot| self.operations.get(slot));
        if let Some(known) = known.filter(|known| known.keys[seen.variant] != NO_KEY) {
            return Some(known.keys[seen.variant]);
        }
        if self.len() >= keys_max || (operation.is_none() && !operation_room) {
            return None;
        }
        let operation = match operation {
            Some(operation) => operation,
            None => {
                self.services.get_mut(seen.service)?.operations += 1;
                let operation = Operation {
                    service: seen.service,
                    name: seen.name.into(),
                    keys: [NO_KEY; VARIANTS],
                };
                self.operations.insert(self.hash(seen), operation)
            }
        };
        let key = Some(Key {
            operation,
            variant: seen.variant,
            start: moment.emitted,
            last_seen: moment.now,
            histogram: Histogram::default(),
            exemplars: Exemplars::new(seen.nanos),
        });
        let slot = match self.free.pop() {
            Some(slot) => {
                self.keys[slot as usize] = key;
                slot
            }
            None => {
                self.keys.push(key);
                (self.keys.len() - 1) as u32
            }
        };
        self.operations.get_mut(operation)?.keys[seen.variant] = slot;
        Some(slot)
    }

    /// Says the values of all keys; those not seen since `idle_before` end.
    pub(crate) fn emit(&mut self, emission: &mut Emission<'_>, idle_before: UnixNano) {
        for slot in 0..self.keys.len() {
            let Some(key) = &mut self.keys[slot] else { continue };
            let operation = self.operations.get(key.operation);
            let service = operation.and_then(|operation| self.services.get(operation.service));
            let (Some(operation), Some(known)) = (operation, service) else { continue };
            let mut labels = labels(&known.service, operation, key.variant);
            if key.last_seen < idle_before {
                emission.histogram(&mut labels, key.start, None);
                self.remove(slot);
                continue;
            }
            let series = emission.histogram(&mut labels, key.start, Some(&key.histogram));
            let exemplars = key.exemplars.take(key.histogram.mean_nano());
            if let Some(mut series) = series {
                exemplars.for_each(|exemplar| emission.exemplar(&mut series, &exemplar));
            }
        }
        self.services.forget(idle_before);
    }

    fn remove(&mut self, slot: usize) {
        let Some(key) = self.keys[slot].take() else { return };
        self.free.push(slot as u32);
        let Some(operation) = self.operations.get_mut(key.operation) else { return };
        operation.keys[key.variant] = NO_KEY;
        if operation.keys.iter().any(|key| *key != NO_KEY) {
            return;
        }
        let service = operation.service;
        self.operations.remove(key.operation);
        if let Some(known) = self.services.get_mut(service) {
            known.operations -= 1;
        }
    }
}

/// No `service_version`: every deploy would end all series and begin others, and rates would break where
/// they matter most. No `instance`: it is the service that is measured.
fn labels<'a>(service: &'a Service, operation: &'a Operation, variant: usize) -> Vec<Label<'a>> {
    vec![
        (b"__name__", DURATION.as_bytes()),
        (b"deployment_environment", service.environment.as_bytes()),
        (b"job", service.job.as_bytes()),
        (b"service_name", service.name.as_bytes()),
        (b"span_kind", KINDS[variant / STATUSES.len()].as_bytes()),
        (b"span_name", operation.name.as_bytes()),
        (b"status_code", STATUSES[variant % STATUSES.len()].as_bytes()),
    ]
}
