//! How long reading takes of what Sentry's SDKs send: microseconds an event, nanoseconds a span and
//! a log record, one thread, after cleaning.
//!
//! `cargo run --release -p plimsoll-wire --example sentry_speed [rounds]`. The event has about 50
//! KB: 50 frames with eleven lines of source and five variables each, 100 breadcrumbs, request,
//! tags and modules.

#![allow(clippy::print_stdout)]

use std::time::Instant;

use plimsoll_model::TimeWindow;
use plimsoll_wire::sentry::rows::{Logs, Origin, Spans};
use plimsoll_wire::sentry::{Limits, envelope, event};
use serde_json::{Value, json};

fn frame(at: usize) -> Value {
    let line = |n: usize| format!("        value = cart[\"{n}\"].total({at})");
    let lines = |range: std::ops::Range<usize>| range.map(line).collect::<Vec<_>>();
    json!({
        "function": format!("place_order_{at}"), "module": "shop.cart.orders", "filename": "shop/cart/orders.py",
        "abs_path": "/srv/shop/shop/cart/orders.py", "lineno": 100 + at, "in_app": at.is_multiple_of(3),
        "pre_context": lines(0..5), "context_line": line(5), "post_context": lines(6..11),
        "vars": {"self": "<shop.cart.Cart object>", "order_id": "31", "items": {"tea": "2", "cups": "4"},
            "total": "Decimal('17.50')", "request": "<Request 'http://localhost/orders/31' [GET]>"},
    })
}

fn breadcrumb(at: usize) -> Value {
    json!({"type": "http", "category": "httplib", "level": "info", "timestamp": 1_795_523_288.5 + at as f64,
        "message": format!("GET http://stock.internal/items/{at}"),
        "data": {"url": format!("http://stock.internal/items/{at}"), "method": "GET", "status_code": 200}})
}

fn event() -> String {
    let frames: Vec<_> = (0..50).map(frame).collect();
    let modules: serde_json::Map<_, _> =
        (0..60).map(|at| (format!("package-{at}"), json!(format!("1.{at}.0")))).collect();
    json!({
        "event_id": "9ea121b50b524ad5b80aa69494498c57", "timestamp": "2026-11-24T12:28:08.881746Z", "level": "error",
        "platform": "python", "release": "shop@1.4.2", "environment": "production", "server_name": "web-1",
        "exception": {"values": [{"type": "CartError", "value": "order 31 not placed", "module": "shop.cart",
            "mechanism": {"type": "flask", "handled": false}, "stacktrace": {"frames": frames}}]},
        "breadcrumbs": {"values": (0..100).map(breadcrumb).collect::<Vec<_>>()},
        "contexts": {"trace": {"trace_id": "4d84f458dca94a409ef8cc61057a5f57", "span_id": "81181c02eec447d8"}},
        "request": {"url": "http://localhost/orders/31", "method": "GET", "headers": {"Host": "localhost"}},
        "tags": {"plan": "gold"}, "user": {"id": "u-17"}, "modules": modules,
    })
    .to_string()
}

fn container(item: impl Fn(usize) -> Value) -> String {
    json!({"version": 2, "items": (0..1_000).map(item).collect::<Vec<_>>()}).to_string()
}

fn attributes() -> Value {
    json!({
        "sentry.release": {"value": "shop@1.4.2", "type": "string"},
        "sentry.environment": {"value": "production", "type": "string"},
        "sentry.sdk.name": {"value": "sentry.javascript.node", "type": "string"},
        "sentry.op": {"value": "http.client", "type": "string"},
        "http.request.method": {"value": "GET", "type": "string"},
        "http.response.status_code": {"value": 200, "type": "integer"},
        "url.full": {"value": "http://stock.internal/items/31", "type": "string"},
        "server.address": {"value": "stock.internal", "type": "string"},
        "cart.ratio": {"value": 0.5, "type": "double"},
        "cart.hit": {"value": true, "type": "boolean"},
    })
}

fn span(at: usize) -> Value {
    json!({"name": "GET /items", "span_id": format!("{:016x}", at + 1), "trace_id": "4d84f458dca94a409ef8cc61057a5f57",
        "start_timestamp": 1_795_523_288.25 + at as f64, "end_timestamp": 1_795_523_289.5 + at as f64, "status": "ok",
        "is_segment": false, "attributes": attributes()})
}

fn log(at: usize) -> Value {
    json!({"timestamp": 1_795_523_288.25 + at as f64, "level": "info", "body": format!("order {at} placed"),
        "trace_id": "4d84f458dca94a409ef8cc61057a5f57", "attributes": attributes()})
}

/// The fastest of some rounds, in nanoseconds.
fn fastest(rounds: usize, mut run: impl FnMut()) -> u128 {
    let time = |run: &mut dyn FnMut()| {
        let start = Instant::now();
        run();
        start.elapsed().as_nanos()
    };
    (0..rounds).map(|_| time(&mut run)).min().unwrap_or_default()
}

fn main() {
    let rounds = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(300);
    let window = TimeWindow::unbounded(0);
    let event = event();
    let envelope = format!("{{}}\n{{\"type\":\"event\",\"length\":{}}}\n{event}\n", event.len());
    let ns = fastest(rounds, || {
        std::hint::black_box(envelope::read(envelope.as_bytes(), &Limits::default()).ok());
    });
    println!("envelope: {ns} ns, {} bytes", envelope.len());
    let ns = fastest(rounds, || drop(std::hint::black_box(event::read(&event))));
    println!("event: {:.1} µs, {} bytes", ns as f64 / 1e3, event.len());
    let ns = fastest(rounds, || {
        std::hint::black_box(serde_json::from_str::<Value>(&event).ok());
    });
    println!("for comparison, the same event as a tree of values: {:.1} µs", ns as f64 / 1e3);
    let spans = container(span);
    let ns = fastest(rounds / 10 + 1, || {
        let mut rows = Spans::new(Origin::default(), &window);
        std::hint::black_box(rows.push_spans(&spans).ok());
        std::hint::black_box(rows.finish().ok());
    });
    println!("span: {} ns, {} bytes", ns / 1_000, spans.len() / 1_000);
    let logs = container(log);
    let ns = fastest(rounds / 10 + 1, || {
        let mut rows = Logs::new(Origin::default(), &window);
        std::hint::black_box(rows.push_item("application/vnd.sentry.items.log+json", &logs).ok());
        std::hint::black_box(rows.finish().ok());
    });
    println!("log record: {} ns, {} bytes", ns / 1_000, logs.len() / 1_000);
}
