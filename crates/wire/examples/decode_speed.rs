//! How long decoding takes: nanoseconds a span, log record and data point, one thread.
//!
//! `cargo run --release -p plimsoll-wire --example decode_speed [rounds [spans|logs|metrics]]`.

#![allow(clippy::print_stdout)]

mod samples;

use std::time::Instant;

use plimsoll_model::TimeWindow;
use plimsoll_model::batch::RecordKind;
use plimsoll_wire::otlp::{Limits, decode};
use samples::{ITEMS, START, logs, metrics, traces};

fn main() {
    let rounds: u32 = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(2_000);
    let window = TimeWindow::unbounded(START as i64);
    let limits = Limits::default();
    let only = std::env::args().nth(2);
    for (kind, signal, word, body) in [
        (RecordKind::OtlpTraces, "spans", "span", traces()),
        (RecordKind::OtlpLogs, "logs", "log record", logs()),
        (RecordKind::OtlpMetrics, "metrics", "data point", metrics()),
    ] {
        if only.as_ref().is_some_and(|only| only != signal) {
            continue;
        }
        let mut best = f64::INFINITY;
        let mut total = 0.0;
        let mut held = 0;
        for _ in 0..rounds {
            let start = Instant::now();
            let decoded = decode(kind, &body, &window, &limits).expect("the body is valid");
            let nanos = start.elapsed().as_nanos() as f64 / ITEMS as f64;
            assert_eq!(decoded.rejected, 0, "{}", decoded.message);
            held = decoded.batch.bytes();
            best = best.min(nanos);
            total += nanos;
        }
        println!(
            "{:.0} ns/{word} (best {best:.0}), {} bytes each in, {} in columns",
            total / f64::from(rounds),
            body.len() as u64 / ITEMS,
            held as u64 / ITEMS,
        );
    }
}
