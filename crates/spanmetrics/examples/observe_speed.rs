//! How long counting takes: nanoseconds a span, one thread.
//!
//! `cargo run --release -p plimsoll-spanmetrics --example observe_speed [batches]`. Batches have 1,000 spans of
//! 20 services with 20 operations each: a fifth each are a root server's, internal, a client's, the server's
//! that it calls, and a database's client's. They come at 20,000 spans a second, both sides of a call
//! three seconds apart, so that the graph holds what it would hold under such a load.

#![allow(clippy::print_stdout)]

use std::time::{Duration, Instant};

use arrow::array::RecordBatch;
use plimsoll_model::batch::{ResourceCopies, ResourceRow, ScopeRow, SpanBuilder, SpanRow};
use plimsoll_model::{SpanId, Table, TimeWindow, TraceId, UnixNano};
use plimsoll_spanmetrics::{Limits, SpanMetrics};
use plimsoll_wire::prometheus::{Admission, Admitted, Candidate, SampleVerdict};

const START: i64 = 1_763_800_000_000_000_000;
const SPANS: u64 = 1_000;
const TRACES: u64 = SPANS / 5;
const BATCH_NANO: i64 = 50_000_000;
/// How many batches after its client's span a server's comes.
const LATER: u64 = 60;

/// Well mixed bits of a number.
fn mix(number: u64) -> u64 {
    let mut bits = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits ^= bits >> 29;
    bits.wrapping_mul(0xbf58_476d_1ce4_e5b9)
}

fn ids(trace: u64, span: u64) -> ([u8; 16], [u8; 8]) {
    let mut id = [0; 16];
    id[..8].copy_from_slice(&mix(trace).to_be_bytes());
    id[8..].copy_from_slice(&mix(!trace).to_be_bytes());
    (id, mix(trace * 8 + span).to_be_bytes())
}

/// A span of a trace: which one, its parent, kind, the service's part of the trace, and the five
/// operations that it may be.
type Shape = (u64, Option<u64>, i8, u64, u64);

const EARLY: [Shape; 3] = [(1, None, 2, 0, 0), (2, Some(1), 1, 0, 5), (3, Some(2), 3, 0, 10)];
const LATE: [Shape; 2] = [(4, Some(3), 2, 1, 0), (5, Some(4), 3, 1, 15)];

fn push(spans: &mut SpanBuilder, names: &[String], trace: u64, shape: Shape, start: UnixNano) {
    let (span, parent, kind, part, operations) = shape;
    let bits = mix(trace * 16 + span);
    let operation = operations + (bits >> 8) % 5;
    let service = mix(trace * 2 + part) % 20;
    match span {
        3 => spans.attributes.push_string(b"server.address", names[service as usize].as_bytes()),
        5 => {
            spans.attributes.push_string(b"db.system.name", b"postgresql");
            spans.attributes.push_string(b"db.namespace", b"orders");
        }
        _ => {}
    }
    let (trace_id, span_id) = ids(trace, span);
    spans.commit(&SpanRow {
        start,
        // Each operation is about as fast as ever, the slowest sixteen times as slow as the fastest.
        end: start + (1_000_000 << (operation % 5)) + ((bits >> 16) % 15_000_000) as i64,
        trace_id: TraceId(trace_id),
        span_id: SpanId(span_id),
        parent_span_id: parent.map(|parent| SpanId(ids(trace, parent).1)),
        trace_state: b"",
        flags: 257,
        name: format!("GET /api/v1/resource-{operation}/{{id}}").as_bytes(),
        kind,
        status_code: if bits.is_multiple_of(50) { 2 } else { 0 },
        status_message: b"",
        dropped_attributes_count: 0,
        dropped_events_count: 0,
        dropped_links_count: 0,
    });
}

/// One batch; `mixed` where services alternate from span to span, else in runs as senders have them.
fn batch(number: u64, mixed: bool, names: &[String]) -> RecordBatch {
    let start = START + number as i64 * BATCH_NANO;
    let mut rows: Vec<(u64, Shape)> = Vec::new();
    for trace in number * TRACES..(number + 1) * TRACES {
        rows.extend(EARLY.map(|shape| (trace, shape)));
        if let Some(trace) = trace.checked_sub(LATER * TRACES) {
            rows.extend(LATE.map(|shape| (trace, shape)));
        }
    }
    let service = |(trace, shape): &(u64, Shape)| mix(trace * 2 + shape.3) % 20;
    if !mixed {
        rows.sort_by_key(service);
    }
    let mut spans = SpanBuilder::with_capacity(rows.len());
    let mut last = None;
    for row in &rows {
        if last != Some(service(row)) {
            last = Some(service(row));
            let mut copies = ResourceCopies::default();
            copies.see(b"service.name", names[service(row) as usize].as_bytes());
            copies.see(b"deployment.environment.name", b"production");
            let resource = ResourceRow { copies, attributes: b"{}", ..ResourceRow::default() };
            spans.begin_resource(&resource);
            spans.begin_scope(&ScopeRow::default());
        }
        push(&mut spans, names, row.0, row.1, start);
    }
    let tables = spans.finish().expect("the texts are UTF-8");
    let spans = tables.into_iter().find(|(table, _)| *table == Table::Spans);
    spans.expect("there are rows").1
}

/// Knows nothing and takes everything.
struct TakeAll;

impl Admission for TakeAll {
    fn series(&self, _: &Candidate<'_>) -> Admitted {
        Admitted::New
    }

    fn sample(&self, _: i64, _: u32, _: UnixNano, _: u64) -> SampleVerdict {
        SampleVerdict::Take
    }
}

fn main() {
    let batches: u64 = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(600);
    let names: Vec<String> = (0..20).map(|number| format!("shop-service-{number}")).collect();
    for mixed in [false, true] {
        let mut metrics = SpanMetrics::new(Limits::default(), START);
        let (mut best, mut total, mut counted) = (Duration::MAX, Duration::ZERO, 0_u32);
        let mut emissions = Vec::new();
        for number in 0..batches {
            let spans = batch(number, mixed, &names);
            let now = START + number as i64 * BATCH_NANO;
            if now >= metrics.next_emission() {
                let start = Instant::now();
                let built = metrics.emit(now, &TakeAll, TimeWindow::unbounded(now));
                let built = built.expect("columns fit their tables");
                emissions.push((start.elapsed(), built.samples, built.batch.bytes()));
            }
            let start = Instant::now();
            metrics.observe(&spans, now).expect("the batch has its columns");
            let elapsed = start.elapsed();
            // Once spans expire as fast as they come.
            if now - START > Limits::default().pending_nano {
                best = best.min(elapsed);
                total += elapsed;
                counted += 1;
            }
        }
        println!(
            "services {}: {:.0} ns/span (best {:.0}), {:?}",
            if mixed { "alternate" } else { "in runs" },
            total.as_nanos() as f64 / f64::from(counted.max(1)) / SPANS as f64,
            best.as_nanos() as f64 / SPANS as f64,
            metrics.stats(),
        );
        for (took, samples, bytes) in emissions {
            println!("  emission of {samples} values in {took:.1?}, {bytes} bytes of columns");
        }
    }
}
