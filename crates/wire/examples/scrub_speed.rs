//! How long scrubbing takes where there is nothing to hide: nanoseconds a span and log record, and
//! megabytes of JSON a second, one thread.
//!
//! `cargo run --release -p plimsoll-wire --example scrub_speed [rounds [spans|logs|json]]`. The
//! JSON is an error as SDKs report it, of 40 KB: frames with source lines and variables,
//! breadcrumbs, headers.

#![allow(clippy::print_stdout)]

// Metrics are not scrubbed.
#[allow(dead_code)]
mod samples;

use std::time::Instant;

use plimsoll_model::batch::RecordKind;
use plimsoll_model::{Table, TimeWindow};
use plimsoll_wire::json;
use plimsoll_wire::otlp::{Limits, decode};
use plimsoll_wire::scrub::{Privacy, Scrubber};
use samples::{ITEMS, START, logs, traces};
use serde_json::{Value, json};

fn frame(number: u64) -> Value {
    json!({
        "filename": format!("checkout/services/payment_{number}.py"),
        "abs_path": format!("/srv/app/releases/2.14.3/checkout/services/payment_{number}.py"),
        "module": format!("checkout.services.payment_{number}"),
        "function": "charge_customer",
        "lineno": 100 + number,
        "pre_context": [
            "        if order.total > self.limits.maximum:",
            "            raise LimitError(order.total, self.limits.maximum)",
            "        for attempt in range(self.attempts):",
            "            started = time.monotonic()",
            "            try:",
        ],
        "context_line": "                return self.gateway.charge(order, attempt, started)",
        "post_context": [
            "            except GatewayTimeout as error:",
            "                log.warning(\"gateway timed out after %s\", error.elapsed)",
            "                self.backoff.wait(attempt)",
            "        raise RetriesExhausted(order.id)",
            "",
        ],
        "in_app": number.is_multiple_of(3),
        "vars": {
            "self": "<checkout.services.payment.PaymentService object at 0x7f0c1c2b3a90>",
            "order": format!("<Order {number}: 3 items, 129.90 EUR>"),
            "attempt": "2",
            "started": "81723.512930",
        },
    })
}

fn event() -> Vec<u8> {
    let crumb = |number: u64| {
        json!({
            "timestamp": 1_763_800_000.25 + number as f64,
            "category": "httplib",
            "type": "http",
            "level": "info",
            "message": format!("GET https://stock.example.com/api/v1/items/{number}"),
            "data": {"http.response.status_code": 200, "reason": "OK", "duration_ms": 12.5},
        })
    };
    let frames: Vec<Value> = (0..34).map(frame).collect();
    let event = json!({
        "event_id": "9c1f0d1e5b7a4c0f8a6e2d3b4c5d6e7f",
        "timestamp": "2025-11-22T08:26:40.123456Z",
        "platform": "python",
        "level": "error",
        "release": "checkout@2.14.3",
        "environment": "production",
        "server_name": "checkout-7d9f8b6c5-x2x4z",
        "transaction": "checkout.views.pay",
        "exception": {"values": [{
            "type": "RetriesExhausted",
            "value": "order 4711 was not charged",
            "stacktrace": {"frames": frames},
        }]},
        "breadcrumbs": {"values": (0..40).map(crumb).collect::<Vec<_>>()},
        "request": {
            "method": "POST",
            "url": "https://shop.example.com/checkout/pay",
            "headers": [["Host", "shop.example.com"], ["Accept", "*/*"], ["User-Agent", "curl"]],
        },
        "contexts": {"trace": {
            "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736", "span_id": "00f067aa0ba902b7",
        }},
    });
    serde_json::to_vec(&event).expect("it has JSON")
}

/// Mean and best of a number of rounds, in nanoseconds.
fn measure(rounds: u32, mut run: impl FnMut()) -> (f64, f64) {
    let (mut total, mut best) = (0.0, f64::INFINITY);
    for _ in 0..rounds {
        let start = Instant::now();
        run();
        let nanos = start.elapsed().as_nanos() as f64;
        total += nanos;
        best = best.min(nanos);
    }
    (total / f64::from(rounds), best)
}

fn main() {
    let rounds: u32 = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(2_000);
    let only = std::env::args().nth(2);
    let is_left_out = |what: &str| only.as_ref().is_some_and(|only| only != what);
    let window = TimeWindow::unbounded(START as i64);
    let all = Privacy { emails: true, ip_addresses: true, ..Privacy::default() };
    for (what, privacy) in [("default", Privacy::default()), ("with addresses", all)] {
        let scrubber = Scrubber::new(&privacy);
        for (kind, table, word, body) in [
            (RecordKind::OtlpTraces, Table::Spans, "span", traces()),
            (RecordKind::OtlpLogs, Table::Logs, "log record", logs()),
        ] {
            if is_left_out(table.name()) {
                continue;
            }
            let decoded = decode(kind, &body, &window, &Limits::default()).expect("it is valid");
            let found = decoded.batch.tables.into_iter().find(|(found, _)| *found == table);
            let (_, rows) = found.expect("it has rows");
            let mut changed = false;
            let (mean, best) = measure(rounds, || changed = scrubber.rows(table, &rows).is_some());
            let items = ITEMS as f64;
            println!(
                "{what}: {:.0} ns/{word} (best {:.0}), changed: {changed}",
                mean / items,
                best / items
            );
        }
        if is_left_out("json") {
            continue;
        }
        let event = event();
        let limits = json::Limits::default();
        let mut scrubbed = 0;
        let (mean, best) = measure(rounds, || {
            scrubbed = scrubber.json(&event, &limits).expect("it is JSON").scrubbed;
        });
        let speed = |nanos: f64| event.len() as f64 / nanos * 1_000.0;
        println!(
            "{what}: {} bytes of JSON, {:.0} MB/s (best {:.0}), scrubbed: {scrubbed}",
            event.len(),
            speed(mean),
            speed(best)
        );
    }
}
