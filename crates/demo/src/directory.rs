//! Where each service listens at the moment. A deployment changes an entry.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use parking_lot::RwLock;

#[derive(Clone, Debug, Default)]
pub(crate) struct Directory {
    addresses: Arc<RwLock<HashMap<&'static str, SocketAddr>>>,
}

impl Directory {
    pub(crate) fn publish(&self, service: &'static str, address: SocketAddr) {
        self.addresses.write().insert(service, address);
    }

    pub(crate) fn address(&self, service: &str) -> Option<SocketAddr> {
        self.addresses.read().get(service).copied()
    }

    /// All services by name.
    pub(crate) fn list(&self) -> Vec<(&'static str, SocketAddr)> {
        let mut all: Vec<_> =
            self.addresses.read().iter().map(|(name, address)| (*name, *address)).collect();
        all.sort_unstable();
        all
    }
}
