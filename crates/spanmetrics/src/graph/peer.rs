//! Whom a span names as its other side without that side being traced: a database, a queue, an address.

use std::hash::BuildHasher;
use std::sync::Arc;

use hashbrown::DefaultHashBuilder;

use super::edge::Connection;
use crate::slots::Slots;

/// Names kept for reuse; when there are more, all are forgotten and made anew.
const NAMES_MAX: usize = 10_000;

#[derive(Debug)]
pub(super) struct Peer {
    pub(super) name: Box<str>,
    /// `postgresql`, `kafka`; empty of an address.
    pub(super) system: Box<str>,
    pub(super) connection: Connection,
}

/// One allocation a peer, not one a span.
#[derive(Default)]
pub(super) struct Peers {
    hasher: DefaultHashBuilder,
    known: Slots<Arc<Peer>>,
}

impl Peers {
    /// The peer of this name, of its system where it has none; `None` where it has neither.
    pub(super) fn get(
        &mut self,
        name: &str,
        system: &str,
        connection: Connection,
    ) -> Option<Arc<Peer>> {
        let name = if name.is_empty() { system } else { name };
        if name.is_empty() {
            return None;
        }
        let hash = self.hasher.hash_one((name, system, connection as u8));
        let found = self.known.find(hash, |peer| {
            *peer.name == *name && *peer.system == *system && peer.connection == connection
        });
        if let Some(peer) = found.and_then(|slot| self.known.get(slot)) {
            return Some(Arc::clone(peer));
        }
        if self.known.len() >= NAMES_MAX {
            self.known = Slots::default();
        }
        let peer = Arc::new(Peer { name: name.into(), system: system.into(), connection });
        self.known.insert(hash, Arc::clone(&peer));
        Some(peer)
    }
}
