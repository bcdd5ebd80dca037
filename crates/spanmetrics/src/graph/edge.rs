//! Who calls whom, how often, how long it takes and how often it fails.
//!
//! Invariants: a known edge is counted without allocating; there are never more edges than the limits
//! say, and one service that calls ever new addresses does not use up the room of others.

use std::hash::BuildHasher;
use std::sync::Arc;

use hashbrown::{DefaultHashBuilder, HashMap};
use plimsoll_model::UnixNano;
use plimsoll_wire::prometheus::Label;

use super::peer::Peer;
use super::pending::{Half, Side};
use crate::emission::Emission;
use crate::histogram::{Histogram, bucket};
use crate::service::Service;
use crate::slots::Slots;
use crate::{Limits, Moment, OTHER};

pub(crate) const TOTAL: &str = "traces_service_graph_request_total";
pub(crate) const FAILED: &str = "traces_service_graph_request_failed_total";
pub(crate) const SERVER: &str = "traces_service_graph_request_server_seconds";
pub(crate) const CLIENT: &str = "traces_service_graph_request_client_seconds";
pub(crate) const UNPAIRED: &str = "traces_service_graph_unpaired_spans_total";

/// Who calls a service of which the first traced span is a server's.
const USER: &str = "user";

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Connection {
    /// A call between two traced services.
    Call,
    Database,
    Messaging,
    /// One side is not traced.
    Virtual,
    /// No edge: spans whose other side never came.
    Unpaired,
}

impl Connection {
    fn label(self) -> &'static str {
        match self {
            Self::Call | Self::Unpaired => "",
            Self::Database => "database",
            Self::Messaging => "messaging_system",
            Self::Virtual => "virtual_node",
        }
    }
}

/// What tells an edge from others.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Names<'a> {
    client: &'a str,
    client_system: &'a str,
    server: &'a str,
    server_system: &'a str,
    environment: &'a str,
    connection: Connection,
}

struct Edge {
    client: Box<str>,
    client_system: Box<str>,
    server: Box<str>,
    server_system: Box<str>,
    environment: Box<str>,
    connection: Connection,
    /// The service whose room for peers it takes.
    owner: Option<Box<str>>,
    /// It was zero at this time, when values were written the last time before it.
    start: UnixNano,
    last_seen: UnixNano,
    total: u64,
    failed: u64,
    client_seconds: Option<Durations>,
    server_seconds: Option<Durations>,
}

/// How long one side took, and when there was none yet.
struct Durations {
    start: UnixNano,
    histogram: Histogram,
}

impl Edge {
    fn names(&self) -> Names<'_> {
        Names {
            client: &self.client,
            client_system: &self.client_system,
            server: &self.server,
            server_system: &self.server_system,
            environment: &self.environment,
            connection: self.connection,
        }
    }
}

/// Both ends of an edge by their addresses in memory, and which way it goes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Ends(usize, usize, Way);

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Way {
    Call,
    Message,
    FromUser,
    ToPeer,
    FromPeer,
}

/// An edge that was found by its names. What is held cannot give its address to another.
struct Found {
    edge: u32,
    _service: Arc<Service>,
    _server: Option<Arc<Service>>,
    _peer: Option<Arc<Peer>>,
}

/// What a call adds to its edge.
#[derive(Clone, Copy)]
struct Call {
    client_nano: Option<u64>,
    server_nano: Option<u64>,
    failed: bool,
}

pub(super) struct Edges {
    limits: Limits,
    hasher: DefaultHashBuilder,
    edges: Slots<Edge>,
    /// Edges counted since the last emission: six names need not be compared again.
    found: HashMap<Ends, Found>,
    /// How many edges to peers each service has.
    peers: HashMap<Box<str>, usize>,
    /// Calls counted with a peer `(other)`, calls not counted, and spans without another side, since
    /// the start.
    pub(super) other: u64,
    pub(super) dropped: u64,
    pub(super) unpaired: u64,
}

impl Edges {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            hasher: DefaultHashBuilder::default(),
            edges: Slots::default(),
            found: HashMap::new(),
            peers: HashMap::new(),
            other: 0,
            dropped: 0,
            unpaired: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.edges.len()
    }

    /// A call of which both sides were seen. One within a service is none.
    pub(super) fn pair(&mut self, client: &Half, server: &Half, moment: Moment) {
        let messaging = client.messaging || server.messaging;
        let way = if messaging { Way::Message } else { Way::Call };
        let ends = Ends(address(&client.service), address(&server.service), way);
        let call = Call {
            client_nano: Some(client.nanos),
            server_nano: Some(server.nanos),
            failed: client.failed || server.failed,
        };
        if let Some(found) = self.found.get(&ends) {
            return self.count(Some(found.edge), call, moment);
        }
        if client.service.name == server.service.name {
            return;
        }
        let names = Names {
            client: &client.service.name,
            client_system: "",
            server: &server.service.name,
            server_system: "",
            environment: match &*client.service.environment {
                "" => &server.service.environment,
                environment => environment,
            },
            connection: if messaging { Connection::Messaging } else { Connection::Call },
        };
        let edge = self.find_or_add(&names, self.limits.edges_max, moment);
        self.note(ends, edge, &client.service, Some(&server.service), None);
        self.count(edge, call, moment);
    }

    /// A call from outside to a service.
    pub(super) fn user(
        &mut self,
        service: &Arc<Service>,
        nanos: u64,
        failed: bool,
        moment: Moment,
    ) {
        let ends = Ends(address(service), 0, Way::FromUser);
        let call = Call { client_nano: None, server_nano: Some(nanos), failed };
        if let Some(found) = self.found.get(&ends) {
            return self.count(Some(found.edge), call, moment);
        }
        let names = Names {
            client: USER,
            client_system: "",
            server: &service.name,
            server_system: "",
            environment: &service.environment,
            connection: Connection::Virtual,
        };
        let edge = self.find_or_add(&names, self.limits.edges_max, moment);
        self.note(ends, edge, service, None, None);
        self.count(edge, call, moment);
    }

    /// A call to or from a peer that is not traced, as the span of the traced side tells it.
    pub(super) fn peer(&mut self, side: Side, half: &Half, peer: &Arc<Peer>, moment: Moment) {
        let nanos = Some(half.nanos);
        let (client_nano, server_nano) = match (side, peer.connection) {
            // What a database did is known from what its client saw alone.
            (Side::Client, Connection::Database) => (nanos, nanos),
            (Side::Client, _) => (nanos, None),
            (Side::Server, _) => (None, nanos),
        };
        let call = Call { client_nano, server_nano, failed: half.failed };
        let way = if side == Side::Client { Way::ToPeer } else { Way::FromPeer };
        let ends = Ends(address(&half.service), address(peer), way);
        if let Some(found) = self.found.get(&ends) {
            return self.count(Some(found.edge), call, moment);
        }
        let names = peer_names(side, &half.service, peer, &peer.name);
        if let Some(edge) = self.find(&names).or_else(|| self.add_peer(&names, half, moment)) {
            self.note(ends, Some(edge), &half.service, None, Some(peer));
            return self.count(Some(edge), call, moment);
        }
        let names = peer_names(side, &half.service, peer, OTHER);
        let edges_max = self.limits.edges_max + self.limits.other_edges_max();
        let edge = self.find_or_add(&names, edges_max, moment);
        self.other += u64::from(edge.is_some());
        self.count(edge, call, moment);
    }

    /// An edge to or from a peer, where its service has room for one more.
    fn add_peer(&mut self, names: &Names<'_>, half: &Half, moment: Moment) -> Option<u32> {
        let service = &*half.service.name;
        let peers = self.peers.get(service).copied().unwrap_or_default();
        let room =
            peers < self.limits.service_peers_max && self.edges.len() < self.limits.edges_max;
        room.then(|| self.add(names, Some(service), moment))
    }

    /// Notes what was found by its names. Peers that have no edge of their own are not noted.
    fn note(
        &mut self,
        ends: Ends,
        edge: Option<u32>,
        service: &Arc<Service>,
        server: Option<&Arc<Service>>,
        peer: Option<&Arc<Peer>>,
    ) {
        let Some(edge) = edge else { return };
        if self.found.len() > self.limits.edges_max {
            self.found.clear();
        }
        let (server, peer) = (server.cloned(), peer.cloned());
        let found = Found { edge, _service: Arc::clone(service), _server: server, _peer: peer };
        self.found.insert(ends, found);
    }

    /// A span whose other side never came and is not named.
    pub(super) fn unpaired(&mut self, side: Side, half: &Half, moment: Moment) {
        self.unpaired += 1;
        let name = &*half.service.name;
        let (client, server) = match side {
            Side::Client => (name, ""),
            Side::Server => ("", name),
        };
        let environment = &*half.service.environment;
        let connection = Connection::Unpaired;
        let (client_system, server_system) = ("", "");
        let names = Names { client, client_system, server, server_system, environment, connection };
        let edges_max = self.limits.edges_max + self.limits.other_edges_max();
        let edge = self.find_or_add(&names, edges_max, moment);
        // It is told by the sum of them all.
        if let Some(edge) = edge.and_then(|edge| self.edges.get_mut(edge)) {
            edge.total += 1;
            edge.last_seen = moment.now;
        }
    }

    fn find(&self, names: &Names<'_>) -> Option<u32> {
        self.edges.find(self.hasher.hash_one(names), |edge| edge.names() == *names)
    }

    fn find_or_add(&mut self, names: &Names<'_>, edges_max: usize, moment: Moment) -> Option<u32> {
        let room = self.edges.len() < edges_max;
        self.find(names).or_else(|| room.then(|| self.add(names, None, moment)))
    }

    fn add(&mut self, names: &Names<'_>, owner: Option<&str>, moment: Moment) -> u32 {
        if let Some(owner) = owner {
            *self.peers.entry(owner.into()).or_default() += 1;
        }
        let edge = Edge {
            client: names.client.into(),
            client_system: names.client_system.into(),
            server: names.server.into(),
            server_system: names.server_system.into(),
            environment: names.environment.into(),
            connection: names.connection,
            owner: owner.map(Into::into),
            start: moment.emitted,
            last_seen: moment.now,
            total: 0,
            failed: 0,
            client_seconds: None,
            server_seconds: None,
        };
        self.edges.insert(self.hasher.hash_one(names), edge)
    }

    fn count(&mut self, edge: Option<u32>, call: Call, moment: Moment) {
        let Some(edge) = edge.and_then(|edge| self.edges.get_mut(edge)) else {
            self.dropped += 1;
            return;
        };
        edge.last_seen = moment.now;
        edge.total += 1;
        edge.failed += u64::from(call.failed);
        let sides = [
            (&mut edge.client_seconds, call.client_nano),
            (&mut edge.server_seconds, call.server_nano),
        ];
        for (durations, nanos) in sides {
            let Some(nanos) = nanos else { continue };
            let start = moment.emitted;
            let new = || Durations { start, histogram: Histogram::default() };
            durations.get_or_insert_with(new).histogram.record(nanos, bucket(nanos));
        }
    }

    /// Says the values of all edges; those not seen since `idle_before` end.
    pub(super) fn emit(&mut self, emission: &mut Emission<'_>, idle_before: UnixNano) {
        // An edge that ends gives its number to another.
        self.found.clear();
        for slot in self.edges.slots() {
            let Some(edge) = self.edges.get(slot) else { continue };
            let ends = edge.last_seen < idle_before;
            say(emission, edge, ends);
            if !ends {
                continue;
            }
            let owner = self.edges.remove(slot).and_then(|edge| edge.owner);
            if let Some(owner) = owner
                && let Some(peers) = self.peers.get_mut(&owner)
            {
                *peers -= 1;
                if *peers == 0 {
                    self.peers.remove(&owner);
                }
            }
        }
    }
}

fn address<T>(shared: &Arc<T>) -> usize {
    Arc::as_ptr(shared).addr()
}

/// The edge between a service and its peer, which goes by `name`.
fn peer_names<'a>(side: Side, service: &'a Service, peer: &'a Peer, name: &'a str) -> Names<'a> {
    let (environment, connection) = (&*service.environment, peer.connection);
    let (service, system) = (&*service.name, &*peer.system);
    match side {
        Side::Client => Names {
            client: service,
            client_system: "",
            server: name,
            server_system: system,
            environment,
            connection,
        },
        Side::Server => Names {
            client: name,
            client_system: system,
            server: service,
            server_system: "",
            environment,
            connection,
        },
    }
}

fn say(emission: &mut Emission<'_>, edge: &Edge, ends: bool) {
    let counter = |emission: &mut Emission<'_>, metric, value: u64| {
        emission.counter(&mut labels(metric, edge), edge.start, (!ends).then_some(value));
    };
    if edge.connection == Connection::Unpaired {
        return counter(emission, UNPAIRED, edge.total);
    }
    counter(emission, TOTAL, edge.total);
    counter(emission, FAILED, edge.failed);
    for (metric, durations) in [(SERVER, &edge.server_seconds), (CLIENT, &edge.client_seconds)] {
        if let Some(durations) = durations {
            let value = (!ends).then_some(&durations.histogram);
            emission.histogram(&mut labels(metric, edge), durations.start, value);
        }
    }
}

fn labels<'a>(metric: &'a str, edge: &'a Edge) -> Vec<Label<'a>> {
    vec![
        (b"__name__", metric.as_bytes()),
        (b"client", edge.client.as_bytes()),
        (b"client_system", edge.client_system.as_bytes()),
        (b"connection_type", edge.connection.label().as_bytes()),
        (b"deployment_environment", edge.environment.as_bytes()),
        (b"server", edge.server.as_bytes()),
        (b"server_system", edge.server_system.as_bytes()),
    ]
}
