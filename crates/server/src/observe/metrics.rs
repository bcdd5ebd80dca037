//! The server's own metrics as OTLP: what `/metrics` shows, the part that is worth keeping.

use std::sync::atomic::Ordering;

use super::encode::{Message, request};
use super::layer::Value;
use crate::app::App;
use crate::ingest::{KINDS, Signal};
use crate::own_metrics::Process;

/// An `ExportMetricsServiceRequest` of the counters now.
pub(super) fn encode(app: &App) -> Vec<u8> {
    let now = app.clock.now().cast_unsigned();
    let started = app.started.cast_unsigned();
    let process = Process::read();
    let stats = app.store.stats();
    let counters = app.ingest.counters();
    request(|scope| {
        let mut gauge = |name: &str, unit: &str, value: f64| {
            scope.message(2, |metric| {
                describe(metric, name, unit);
                // gauge, data_points
                metric.message(5, |gauge| gauge.message(1, |point| write_point(point, now, value)));
            });
        };
        gauge("process.memory.usage", "By", process.resident_bytes as f64);
        gauge("process.thread.count", "{thread}", process.threads as f64);
        gauge("plimsoll.ingest.in_flight", "By", app.ingest.held_bytes() as f64);
        gauge("plimsoll.store.buffered", "By", stats.buffered_bytes as f64);
        gauge("plimsoll.store.disk_free", "By", stats.disk_free_bytes as f64);
        sum(scope, "process.cpu.time", "s", started, now, [("", process.cpu_seconds)]);
        sum(scope, "plimsoll.store.flushes", "{flush}", started, now, [("", stats.flushes as f64)]);
        let by_signal = |pick: fn(&Signal) -> &std::sync::atomic::AtomicU64| {
            KINDS.map(|(kind, name)| (name, pick(counters.of(kind)).load(Ordering::Relaxed) as f64))
        };
        let items = by_signal(|signal| &signal.items);
        sum(scope, "plimsoll.ingest.items", "{item}", started, now, items);
        let requests = by_signal(|signal| &signal.requests);
        sum(scope, "plimsoll.ingest.requests", "{request}", started, now, requests);
        let refused = by_signal(|signal| &signal.refused);
        sum(scope, "plimsoll.ingest.refused", "{request}", started, now, refused);
    })
}

fn describe(metric: &mut Message, name: &str, unit: &str) {
    metric.text(1, name); // name
    metric.text(3, unit); // unit
}

fn write_point(point: &mut Message, now: u64, value: f64) {
    point.fixed64(3, now); // time_unix_nano
    point.fixed64(4, value.to_bits()); // as_double
}

/// A cumulative, monotonic sum, one point a signal.
fn sum<const N: usize>(
    scope: &mut Message,
    name: &str,
    unit: &str,
    started: u64,
    now: u64,
    values: [(&str, f64); N],
) {
    scope.message(2, |metric| {
        describe(metric, name, unit);
        // sum
        metric.message(7, |sum| {
            for (signal, value) in values {
                // data_points
                sum.message(1, |point| {
                    point.fixed64(2, started); // start_time_unix_nano
                    write_point(point, now, value);
                    if !signal.is_empty() {
                        point.attribute(7, "signal", &Value::Text(signal.to_owned()));
                    }
                });
            }
            sum.integer(2, 2); // aggregation_temporality: cumulative
            sum.integer(3, 1); // is_monotonic
        });
    });
}
