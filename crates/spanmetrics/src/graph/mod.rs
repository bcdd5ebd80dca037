//! The service graph: which service calls which other one, database, queue or address outside.
//!
//! Where to start reading: [`Graph::observe`] decides what a span says of calls; `pending` brings both
//! sides of a call together; `edge` counts.
//!
//! Invariant: each span adds to at most one edge, except that a client's span meets every server's span
//! whose parent it is.

pub(crate) mod edge;
mod peer;
mod pending;

use std::sync::Arc;

use plimsoll_model::UnixNano;

use crate::columns::Spans;
use crate::emission::Emission;
use crate::service::Service;
use crate::{Limits, Moment};
use edge::{Connection, Edges};
use peer::Peers;
use pending::{Half, Pending, Side};

/// OTLP's numbers.
const SERVER: u8 = 2;
const CLIENT: u8 = 3;
const PRODUCER: u8 = 4;
const CONSUMER: u8 = 5;
const ERROR: u8 = 2;

pub(crate) struct Graph {
    limits: Limits,
    peers: Peers,
    pending: Pending,
    edges: Edges,
    /// Spans that gave up waiting early for want of room, since the start.
    evicted: u64,
}

/// How many there are now, and were since the start.
pub(crate) struct Counts {
    pub(crate) edges: usize,
    pub(crate) pending: usize,
    pub(crate) unpaired: u64,
    pub(crate) evicted: u64,
    pub(crate) other: u64,
    pub(crate) dropped: u64,
}

impl Graph {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            peers: Peers::default(),
            pending: Pending::default(),
            edges: Edges::new(limits),
            evicted: 0,
        }
    }

    /// What a span says of calls.
    pub(crate) fn observe(
        &mut self,
        spans: &Spans,
        row: usize,
        service: &Arc<Service>,
        moment: Moment,
    ) {
        match spans.kind(row) {
            CLIENT => self.client(spans, row, service, moment),
            SERVER => self.server(spans, row, service, moment),
            PRODUCER => self.producer(spans, row, service, moment),
            CONSUMER => self.consumer(spans, row, service, moment),
            _ => {}
        }
    }

    fn client(&mut self, spans: &Spans, row: usize, service: &Arc<Service>, moment: Moment) {
        let [system, namespace] = spans.database(row);
        let mut half = half(spans, row, service);
        if !system.is_empty() {
            // No database sends spans: nothing to wait for.
            if let Some(peer) = self.peers.get(namespace, system, Connection::Database) {
                self.edges.peer(Side::Client, &half, &peer, moment);
            }
            return;
        }
        half.peer = self.peers.get(spans.server_address(row), "", Connection::Virtual);
        self.wait_as_client(spans, row, half, moment);
    }

    fn producer(&mut self, spans: &Spans, row: usize, service: &Arc<Service>, moment: Moment) {
        let half = self.message(spans, row, service);
        self.wait_as_client(spans, row, half, moment);
    }

    fn wait_as_client(&mut self, spans: &Spans, row: usize, half: Half, moment: Moment) {
        let Some(place) = spans.place(row) else { return };
        let edges = &mut self.edges;
        let pair = |client: &Half, server: &Half| edges.pair(client, server, moment);
        self.pending.client(place, half, moment.now, pair);
        self.trim(moment);
    }

    fn server(&mut self, spans: &Spans, row: usize, service: &Arc<Service>, moment: Moment) {
        if spans.is_root(row) {
            let failed = spans.status(row) == ERROR;
            return self.edges.user(service, spans.nanos(row), failed, moment);
        }
        self.wait_as_server(spans, row, half(spans, row, service), moment);
    }

    fn consumer(&mut self, spans: &Spans, row: usize, service: &Arc<Service>, moment: Moment) {
        let half = self.message(spans, row, service);
        if !spans.is_root(row) {
            return self.wait_as_server(spans, row, half, moment);
        }
        // Many consumers link to what they consume instead of continuing its trace.
        match half.peer.clone() {
            Some(peer) => self.edges.peer(Side::Server, &half, &peer, moment),
            None => self.edges.unpaired(Side::Server, &half, moment),
        }
    }

    /// One side of a message; its peer is the queue.
    fn message(&mut self, spans: &Spans, row: usize, service: &Arc<Service>) -> Half {
        let [system, destination] = spans.messaging(row);
        let mut half = half(spans, row, service);
        half.messaging = true;
        if !system.is_empty() {
            half.peer = self.peers.get(destination, system, Connection::Messaging);
        }
        half
    }

    fn wait_as_server(&mut self, spans: &Spans, row: usize, half: Half, moment: Moment) {
        let Some(place) = spans.parent(row) else { return };
        let edges = &mut self.edges;
        let pair = |client: &Half, server: &Half| edges.pair(client, server, moment);
        self.pending.server(place, half, moment.now, pair);
        self.trim(moment);
    }

    fn trim(&mut self, moment: Moment) {
        let edges = &mut self.edges;
        let ended = |side, half: &Half| give_up(edges, side, half, moment);
        self.evicted += self.pending.trim(self.limits.pending_max, ended);
    }

    /// Gives up on spans that have waited too long: who they name as their other side is not traced.
    pub(crate) fn expire(&mut self, moment: Moment) {
        let wait = self.limits.pending_nano;
        // One that comes from the future was received before the clock was set back.
        let waits = moment.now.saturating_sub(wait)..=moment.now.saturating_add(wait);
        let edges = &mut self.edges;
        self.pending.expire(waits, |side, half| give_up(edges, side, half, moment));
    }

    pub(crate) fn emit(&mut self, emission: &mut Emission<'_>, idle_before: UnixNano) {
        self.edges.emit(emission, idle_before);
    }

    pub(crate) fn counts(&self) -> Counts {
        Counts {
            edges: self.edges.len(),
            pending: self.pending.len(),
            unpaired: self.edges.unpaired,
            evicted: self.evicted,
            other: self.edges.other,
            dropped: self.edges.dropped,
        }
    }
}

fn give_up(edges: &mut Edges, side: Side, half: &Half, moment: Moment) {
    match &half.peer {
        Some(peer) => edges.peer(side, half, peer, moment),
        None => edges.unpaired(side, half, moment),
    }
}

fn half(spans: &Spans, row: usize, service: &Arc<Service>) -> Half {
    Half {
        service: Arc::clone(service),
        peer: None,
        nanos: spans.nanos(row),
        failed: spans.status(row) == ERROR,
        messaging: false,
    }
}
