//! Who sent a span: its service, told apart by name, namespace and environment.

use std::hash::BuildHasher;
use std::sync::Arc;

use hashbrown::DefaultHashBuilder;
use plimsoll_model::UnixNano;

use crate::slots::Slots;

/// A service in an environment.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) name: Box<str>,
    pub(crate) namespace: Box<str>,
    pub(crate) environment: Box<str>,
    /// `namespace/name`, or the name where there is no namespace: what Prometheus calls it.
    pub(crate) job: Box<str>,
}

pub(crate) struct Known {
    pub(crate) service: Arc<Service>,
    /// How many operations it has.
    pub(crate) operations: usize,
    pub(crate) last_seen: UnixNano,
}

#[derive(Default)]
pub(crate) struct Services {
    hasher: DefaultHashBuilder,
    slots: Slots<Known>,
}

impl Services {
    /// The number of a service; `None` where there are `services_max` others.
    pub(crate) fn find_or_add(
        &mut self,
        texts: [&str; 3],
        services_max: usize,
        now: UnixNano,
    ) -> Option<u32> {
        let [name, namespace, environment] = texts;
        let hash = self.hasher.hash_one(texts);
        let found = self.slots.find(hash, |known| {
            let service = &known.service;
            *service.name == *name
                && *service.namespace == *namespace
                && *service.environment == *environment
        });
        if let Some(slot) = found {
            if let Some(known) = self.slots.get_mut(slot) {
                known.last_seen = now;
            }
            return found;
        }
        if self.slots.len() >= services_max {
            return None;
        }
        let job = match namespace {
            "" => name.into(),
            namespace => format!("{namespace}/{name}").into(),
        };
        let service = Service {
            name: name.into(),
            namespace: namespace.into(),
            environment: environment.into(),
            job,
        };
        let known = Known { service: Arc::new(service), operations: 0, last_seen: now };
        Some(self.slots.insert(hash, known))
    }

    pub(crate) fn get(&self, slot: u32) -> Option<&Known> {
        self.slots.get(slot)
    }

    pub(crate) fn get_mut(&mut self, slot: u32) -> Option<&mut Known> {
        self.slots.get_mut(slot)
    }

    /// Forgets services that have no operation and were not seen since `before`.
    pub(crate) fn forget(&mut self, before: UnixNano) {
        for slot in self.slots.slots() {
            let gone = |known: &Known| known.operations == 0 && known.last_seen < before;
            if self.slots.get(slot).is_some_and(gone) {
                self.slots.remove(slot);
            }
        }
    }
}
