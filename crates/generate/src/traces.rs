//! Builds batches of spans: whole traces, each a tree of calls between services.
//!
//! Invariants: a parent comes before its children and lies in the same trace and batch; a child
//! starts and ends within its parent; the caller of a failed span fails too.

use crate::attributes::{self, Audit, Work};
use crate::plan::Shape;
use crate::protobuf::{Change, Message};
use crate::random::Random;
use crate::vocabulary::{self, FAULTS, QUERIES, ROUTES, SCHEMA_URL, TASKS};

const MILLISECOND_NANO: f64 = 1e6;
/// Root spans take this long at the median; children a part of their parent's time.
const ROOT_MEDIAN_NANO: f64 = 120.0 * MILLISECOND_NANO;
const ROOT_SIGMA: f64 = 0.9;
const CHILD_MEDIAN_SHARE: f64 = 0.35;
const CHILD_SIGMA: f64 = 0.7;
/// Spans wait up to this long in their exporters.
const EXPORT_DELAY_NANO_MAX: u64 = 2_000_000_000;
/// Roots that are started by a message, and linked to the span that sent it.
const CONSUMER_SHARE: f64 = 0.05;
/// Sampled with probability 1, as OpenTelemetry's samplers note it, by a vendor's head sampler.
const TRACE_STATE: &str = "ot=th:0,shop=head";
/// Sampled, and the parent's remoteness is known and false.
const FLAGS_LOCAL: u32 = 0x101;
/// Sampled, and the parent is remote.
const FLAGS_REMOTE: u32 = 0x301;

/// A span before it is encoded.
#[derive(Clone, Debug)]
struct Span {
    parent: Option<usize>,
    children: usize,
    depth: usize,
    work: Work,
    service: usize,
    start_nano: u64,
    duration_nano: u64,
    failed: bool,
    /// Where the failure began: carries the exception.
    origin: bool,
}

/// One request message with `items` spans.
pub(crate) fn build(
    shape: &Shape,
    audit: Option<&Audit>,
    items: usize,
    random: &mut Random,
) -> Message {
    let mut services: Vec<Message> = vec![Message::default(); shape.services];
    let mut written = 0;
    let mut trace = 0;
    while written < items {
        let mut tree = plan_tree(shape, random);
        // The first spans of a tree are a tree: parents come first.
        tree.truncate(items - written);
        encode_tree(shape, audit, &tree, written, trace, &mut services, random);
        written += tree.len();
        trace += 1;
    }
    enclose(shape, &services)
}

fn enclose(shape: &Shape, services: &[Message]) -> Message {
    let mut request = Message::default();
    for (index, spans) in services.iter().enumerate().filter(|(_, spans)| !spans.bytes.is_empty()) {
        let name = vocabulary::service_name(index);
        let mut scope_spans = Message::default();
        scope_spans.message(1, &vocabulary::scope(&format!("shop.{name}")));
        scope_spans.append(spans).text(3, SCHEMA_URL);
        let mut resource_spans = Message::default();
        resource_spans.message(1, &vocabulary::resource(index, shape.seed));
        resource_spans.message(2, &scope_spans).text(3, SCHEMA_URL);
        request.message(1, &resource_spans);
    }
    request
}

fn plan_tree(shape: &Shape, random: &mut Random) -> Vec<Span> {
    let depth_max = shape.span_depth;
    let count = if depth_max == 1 { 1 } else { shape.spans_per_trace };
    let mut tree = vec![plan_root(shape, random)];
    for index in 1..count {
        let parent =
            if index < depth_max { index - 1 } else { choose_parent(&tree, depth_max, random) };
        let span = plan_child(shape, &tree[parent], parent, random);
        tree[parent].children += 1;
        tree.push(span);
    }
    for span in &mut tree {
        if span.work == Work::HttpClient && span.children == 0 && random.chance(0.7) {
            span.work = Work::Database;
        }
    }
    if random.chance(shape.error_rate) {
        fail(&mut tree, random);
    }
    tree
}

fn plan_root(shape: &Shape, random: &mut Random) -> Span {
    let consumer = random.chance(CONSUMER_SHARE);
    Span {
        parent: None,
        children: 0,
        depth: 1,
        work: if consumer { Work::Consumer } else { Work::HttpServer },
        service: random.skewed_below(shape.services as u64) as usize,
        start_nano: 0,
        duration_nano: random.log_normal(ROOT_MEDIAN_NANO, ROOT_SIGMA) as u64 + 1_000,
        failed: false,
        origin: false,
    }
}

/// A span that may have one more child: not too deep, and a client calls one server only.
fn choose_parent(tree: &[Span], depth_max: usize, random: &mut Random) -> usize {
    for _ in 0..8 {
        let index = random.below(tree.len() as u64) as usize;
        let span = &tree[index];
        if span.depth < depth_max && (span.work != Work::HttpClient || span.children == 0) {
            return index;
        }
    }
    0
}

fn plan_child(shape: &Shape, parent: &Span, index: usize, random: &mut Random) -> Span {
    let (work, service) = match parent.work {
        Work::HttpClient => (Work::HttpServer, random.skewed_below(shape.services as u64) as usize),
        _ if random.chance(0.6) => (Work::HttpClient, parent.service),
        _ => (Work::Internal, parent.service),
    };
    let share = random.log_normal(CHILD_MEDIAN_SHARE, CHILD_SIGMA).clamp(0.001, 0.97);
    let duration_nano = (parent.duration_nano as f64 * share) as u64;
    let slack = parent.duration_nano - duration_nano;
    Span {
        parent: Some(index),
        children: 0,
        depth: parent.depth + 1,
        work,
        service,
        start_nano: parent.start_nano + random.below(slack + 1),
        duration_nano,
        failed: false,
        origin: false,
    }
}

/// Fails one span and all its callers.
fn fail(tree: &mut [Span], random: &mut Random) {
    let origin = random.below(tree.len() as u64) as usize;
    tree[origin].origin = true;
    let mut next = Some(origin);
    while let Some(index) = next {
        tree[index].failed = true;
        next = tree[index].parent;
    }
}

fn encode_tree(
    shape: &Shape,
    audit: Option<&Audit>,
    tree: &[Span],
    first: usize,
    trace: u32,
    services: &mut [Message],
    random: &mut Random,
) {
    let age_nano = random.below(EXPORT_DELAY_NANO_MAX) + tree[0].duration_nano;
    for (index, span) in tree.iter().enumerate() {
        let ordinal = (first + index) as u32;
        let mut out = Message::default();
        out.trace_id(1, trace).span_id(2, ordinal).text(3, TRACE_STATE);
        if let Some(parent) = span.parent {
            out.span_id(4, (first + parent) as u32);
        }
        let start_before = age_nano - span.start_nano;
        let end_before = start_before - span.duration_nano;
        let (name, attributes) = describe(shape, span, random);
        out.text(5, &name);
        out.varint(6, kind(span.work));
        out.patched(7, Change::Time { before_nano: start_before });
        out.patched(8, Change::Time { before_nano: end_before });
        out.append(&attributes);
        if let Some(audit) = audit {
            audit.write(&mut out, 9, ordinal as usize);
        }
        encode_outcome(span, end_before, &mut out, random);
        if span.work == Work::Consumer && trace > 0 {
            out.message(13, &link_to(trace - 1, first as u32 - 1));
        }
        let remote = span.parent.is_some() && span.work == Work::HttpServer;
        out.fixed32(16, if remote { FLAGS_REMOTE } else { FLAGS_LOCAL });
        services[span.service].message(2, &out);
    }
}

/// To the last span of the trace before, which sent the message.
fn link_to(trace: u32, span: u32) -> Message {
    let mut link = Message::default();
    link.trace_id(1, trace).span_id(2, span);
    attributes::text(&mut link, 4, "messaging.operation.name", "send");
    link
}

fn kind(work: Work) -> u64 {
    match work {
        Work::Internal => 1,
        Work::HttpServer => 2,
        Work::HttpClient | Work::Database => 3,
        Work::Consumer => 5,
    }
}

fn encode_outcome(span: &Span, end_before_nano: u64, out: &mut Message, random: &mut Random) {
    if !span.failed {
        return;
    }
    let (fault, message) = *random.choose(FAULTS);
    if span.origin {
        let service = vocabulary::service_name(span.service).replace('-', "_");
        let mut event = Message::default();
        event.patched(1, Change::Time { before_nano: end_before_nano });
        event.text(2, "exception");
        attributes::text(&mut event, 3, "exception.type", fault);
        attributes::text(&mut event, 3, "exception.message", message);
        let trace = vocabulary::stack_trace(fault, message, &service);
        attributes::text(&mut event, 3, "exception.stacktrace", &trace);
        out.message(11, &event);
    }
    let mut status = Message::default();
    status.text(2, message).varint(3, 2);
    out.message(15, &status);
}

/// The span's name and its attributes, `shape.attributes` of them.
fn describe(shape: &Shape, span: &Span, random: &mut Random) -> (String, Message) {
    let mut out = Message::default();
    let mut left = Left { out: &mut out, count: shape.span_attributes };
    let name = match span.work {
        Work::HttpServer | Work::HttpClient => {
            let (method, route) = *random.choose(ROUTES);
            let path = vocabulary::path(route, shape.cardinality, random);
            left.text("http.request.method", method);
            left.integer("http.response.status_code", status_code(span.failed, random));
            if span.work == Work::HttpServer {
                left.text("http.route", route);
                left.text("url.path", &path);
                format!("{method} {route}")
            } else {
                left.text("url.full", &format!("http://gateway.shop.svc:8080{path}"));
                method.to_owned()
            }
        }
        Work::Database => {
            let (operation, table, query) = *random.choose(QUERIES);
            left.text("db.operation.name", operation);
            left.text("db.collection.name", table);
            left.text("db.query.text", query);
            format!("{operation} {table}")
        }
        Work::Internal => (*random.choose(TASKS)).to_owned(),
        Work::Consumer => "process orders.placed".to_owned(),
    };
    if span.failed {
        left.text("error.type", random.choose(FAULTS).0);
    }
    let count = left.count;
    attributes::write(&mut out, 9, span.work, count, shape.cardinality, random);
    (name, out)
}

/// Attributes written while there is room for more.
struct Left<'a> {
    out: &'a mut Message,
    count: usize,
}

impl Left<'_> {
    fn text(&mut self, key: &str, value: &str) {
        if self.count > 0 {
            self.count -= 1;
            attributes::text(self.out, 9, key, value);
        }
    }

    fn integer(&mut self, key: &str, value: i64) {
        if self.count > 0 {
            self.count -= 1;
            attributes::integer(self.out, 9, key, value);
        }
    }
}

fn status_code(failed: bool, random: &mut Random) -> i64 {
    let codes: &[i64] = if failed {
        &[500, 502, 503, 504]
    } else {
        &[200, 200, 200, 200, 200, 200, 201, 204, 304, 404]
    };
    *random.choose(codes)
}
