//! Spans that wait for their other side: the client's span for the server's whose parent it is, and the
//! other way round.
//!
//! Invariants: either side may come first; never more than `pending_max` spans are held; one that is
//! met stays for further ones of its kind until its time is over, but goes first where room is short.

use std::hash::BuildHasher;
use std::sync::Arc;

use hashbrown::DefaultHashBuilder;
use plimsoll_model::UnixNano;

use super::peer::Peer;
use crate::columns::Place;
use crate::service::Service;
use crate::slots::Slots;

/// One side of a call.
#[derive(Clone)]
pub(super) struct Half {
    pub(super) service: Arc<Service>,
    /// Whom it names as the other side.
    pub(super) peer: Option<Arc<Peer>>,
    pub(super) nanos: u64,
    pub(super) failed: bool,
    /// Whether it is of a message, not of a call.
    pub(super) messaging: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Client,
    Server,
}

const NONE: u32 = u32::MAX;

/// Who waits at a place: the span there, or its children.
struct Node {
    place: Place,
    side: Side,
    /// Whether the other side has come.
    met: bool,
    received: UnixNano,
    half: Half,
    /// Further children.
    more: Vec<Half>,
    previous: u32,
    next: u32,
}

/// Nodes in the order they were received, linked through them.
#[derive(Clone, Copy)]
struct Queue {
    first: u32,
    last: u32,
}

pub(super) struct Pending {
    hasher: DefaultHashBuilder,
    nodes: Slots<Node>,
    /// Those that wait, and those that were met.
    queues: [Queue; 2],
    /// Spans in all nodes.
    len: usize,
}

impl Default for Pending {
    fn default() -> Self {
        let queue = Queue { first: NONE, last: NONE };
        Self {
            hasher: DefaultHashBuilder::default(),
            nodes: Slots::default(),
            queues: [queue; 2],
            len: 0,
        }
    }
}

impl Pending {
    /// Spans that are held.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// A client's span at `place`: meets the servers' spans that have come before it.
    pub(super) fn client(
        &mut self,
        place: Place,
        half: Half,
        now: UnixNano,
        mut pair: impl FnMut(&Half, &Half),
    ) {
        let hash = self.hash(&place);
        let Some(slot) = self.find(hash, &place) else {
            self.push(hash, place, Side::Client, half, now);
            return;
        };
        let Some(node) = self.nodes.get_mut(slot) else { return };
        if node.side == Side::Client {
            return; // Sent twice.
        }
        let servers = std::mem::take(&mut node.more);
        let first = std::mem::replace(&mut node.half, half);
        (node.side, node.received) = (Side::Client, now);
        pair(&node.half, &first);
        servers.iter().for_each(|server| pair(&node.half, server));
        self.len -= servers.len();
        self.mark_met(slot);
    }

    /// A server's span whose parent is at `place`: meets the client's where that has come before it.
    pub(super) fn server(
        &mut self,
        place: Place,
        half: Half,
        now: UnixNano,
        mut pair: impl FnMut(&Half, &Half),
    ) {
        let hash = self.hash(&place);
        let Some(slot) = self.find(hash, &place) else {
            self.push(hash, place, Side::Server, half, now);
            return;
        };
        let Some(node) = self.nodes.get_mut(slot) else { return };
        if node.side == Side::Server {
            node.more.push(half);
            self.len += 1;
            return;
        }
        pair(&node.half, &half);
        self.mark_met(slot);
    }

    /// Gives up on spans that were not `received` then; `ended` is told of those that were never met.
    pub(super) fn expire(
        &mut self,
        received: std::ops::RangeInclusive<UnixNano>,
        mut ended: impl FnMut(Side, &Half),
    ) {
        for queue in 0..self.queues.len() {
            while let Some(node) = self.nodes.get(self.queues[queue].first) {
                if received.contains(&node.received) {
                    break;
                }
                self.drop_first(queue, &mut ended);
            }
        }
    }

    /// Gives up on what is too much: of those that were met if there are any, else of those that wait
    /// longest. Returns how many gave up before their time.
    pub(super) fn trim(&mut self, pending_max: usize, mut ended: impl FnMut(Side, &Half)) -> u64 {
        let mut early = 0;
        while self.len > pending_max {
            let met = self.queues[1].first != NONE;
            early += self.drop_first(usize::from(met), &mut ended);
        }
        early
    }

    /// Drops the node at the head of a queue; returns how many of its spans were never met.
    fn drop_first(&mut self, queue: usize, ended: &mut impl FnMut(Side, &Half)) -> u64 {
        let slot = self.queues[queue].first;
        self.unlink(slot);
        let Some(node) = self.nodes.remove(slot) else { return 0 };
        self.len -= 1 + node.more.len();
        if node.met {
            return 0;
        }
        ended(node.side, &node.half);
        node.more.iter().for_each(|half| ended(node.side, half));
        1 + node.more.len() as u64
    }

    fn hash(&self, place: &Place) -> u64 {
        self.hasher.hash_one((u128::from_ne_bytes(place.trace), u64::from_ne_bytes(place.span)))
    }

    fn find(&self, hash: u64, place: &Place) -> Option<u32> {
        self.nodes.find(hash, |node| node.place == *place)
    }

    fn push(&mut self, hash: u64, place: Place, side: Side, half: Half, now: UnixNano) {
        let node = Node {
            place,
            side,
            met: false,
            received: now,
            half,
            more: Vec::new(),
            previous: NONE,
            next: NONE,
        };
        let slot = self.nodes.insert(hash, node);
        self.len += 1;
        self.link(slot);
    }

    fn mark_met(&mut self, slot: u32) {
        if self.nodes.get(slot).is_none_or(|node| node.met) {
            return;
        }
        self.unlink(slot);
        if let Some(node) = self.nodes.get_mut(slot) {
            node.met = true;
        }
        self.link(slot);
    }

    /// Puts a node at the end of its queue.
    fn link(&mut self, slot: u32) {
        let Some(node) = self.nodes.get_mut(slot) else { return };
        let queue = &mut self.queues[usize::from(node.met)];
        (node.previous, node.next) = (queue.last, NONE);
        let before = std::mem::replace(&mut queue.last, slot);
        match self.nodes.get_mut(before) {
            Some(before) => before.next = slot,
            None => queue.first = slot,
        }
    }

    fn unlink(&mut self, slot: u32) {
        let Some(node) = self.nodes.get(slot) else { return };
        let (previous, next) = (node.previous, node.next);
        let queue = &mut self.queues[usize::from(node.met)];
        match self.nodes.get_mut(previous) {
            Some(before) => before.next = next,
            None => queue.first = next,
        }
        match self.nodes.get_mut(next) {
            Some(after) => after.previous = previous,
            None => queue.last = previous,
        }
    }
}
