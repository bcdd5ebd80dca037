//! `/metrics`: what the process, its ingest and its store count, in Prometheus' text format.
//!
//! Invariant: reading a metric takes no lock that ingest waits for longer than a table's moment.

use std::fmt::{Display, Write as _};
use std::sync::atomic::Ordering;

use crate::app::App;
use crate::ingest::KINDS;

/// The content type of the format.
pub(crate) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// A metrics page being written.
#[derive(Default)]
struct Page(String);

impl Page {
    /// A metric and its one value.
    fn one(&mut self, name: &str, kind: &str, help: &str, value: impl Display) {
        self.many(name, kind, help, [("", value)]);
    }

    /// A metric and its values by labels.
    fn many<'a, V: Display>(
        &mut self,
        name: &str,
        kind: &str,
        help: &str,
        values: impl IntoIterator<Item = (&'a str, V)>,
    ) {
        let _ = writeln!(self.0, "# TYPE {name} {kind}\n# HELP {name} {help}");
        for (labels, value) in values {
            let _ = match labels {
                "" => writeln!(self.0, "{name} {value}"),
                labels => writeln!(self.0, "{name}{{{labels}}} {value}"),
            };
        }
    }
}

/// The page now.
pub(crate) fn render(app: &App) -> String {
    let mut page = Page::default();
    let version = format!("version=\"{}\"", env!("CARGO_PKG_VERSION"));
    page.many("plimsoll_build_info", "gauge", "What is running.", [(version.as_str(), 1)]);
    page.one(
        "plimsoll_ready",
        "gauge",
        "Whether traffic is taken.",
        u8::from(app.phase.is_ready()),
    );
    process(&mut page, app);
    ingest(&mut page, app);
    store(&mut page, app);
    series(&mut page, app);
    sentry(&mut page, app);
    page.one(
        "plimsoll_access_refused_total",
        "counter",
        "Requests refused for their credentials.",
        app.access.refused(),
    );
    page.one(
        "plimsoll_sign_ins_refused_total",
        "counter",
        "Sign-ins refused.",
        app.access.sign_ins_refused(),
    );
    page.one(
        "plimsoll_own_telemetry_dropped_total",
        "counter",
        "Spans and log records of the server itself that its queue had no room for.",
        app.observed.count(),
    );
    page.0
}

/// What Sentry's SDKs sent, and what became of it.
fn sentry(page: &mut Page, app: &App) {
    let items: Vec<(String, u64)> = (app.outcomes.items().into_iter())
        .map(|(item, what, count)| (format!("type=\"{item}\",outcome=\"{what}\""), count))
        .collect();
    let items = items.iter().map(|(labels, count)| (labels.as_str(), *count));
    let help = "Items of Sentry's SDKs by what became of them.";
    page.many("plimsoll_sentry_items_total", "counter", help, items);
    let requests: Vec<(String, u64)> = (app.outcomes.requests().into_iter())
        .map(|(what, count)| (format!("outcome=\"{what}\""), count))
        .collect();
    let requests = requests.iter().map(|(labels, count)| (labels.as_str(), *count));
    let help = "Requests of Sentry's SDKs by what became of them.";
    page.many("plimsoll_sentry_requests_total", "counter", help, requests);
}

fn process(page: &mut Page, app: &App) {
    let process = Process::read();
    page.one(
        "process_start_time_seconds",
        "gauge",
        "Start of the process, Unix time.",
        app.started as f64 / 1e9,
    );
    page.one("process_resident_memory_bytes", "gauge", "Resident memory.", process.resident_bytes);
    page.one("process_cpu_seconds_total", "counter", "CPU time used.", process.cpu_seconds);
    page.one("process_open_fds", "gauge", "Open file descriptors.", process.open_files);
    page.one("process_threads", "gauge", "Threads.", process.threads);
    page.one(
        "plimsoll_memory_budget_bytes",
        "gauge",
        "The budget of the whole process.",
        app.config.memory.total_bytes,
    );
}

fn ingest(page: &mut Page, app: &App) {
    let counters = app.ingest.counters();
    let labels = KINDS.map(|(kind, name)| (kind, format!("signal=\"{name}\"")));
    let mut counter =
        |name, help, pick: fn(&crate::ingest::Signal) -> &std::sync::atomic::AtomicU64| {
            let values = labels.iter().map(|(kind, label)| {
                (label.as_str(), pick(counters.of(*kind)).load(Ordering::Relaxed))
            });
            page.many(name, "counter", help, values);
        };
    counter("plimsoll_ingest_requests_total", "Requests acknowledged.", |s| &s.requests);
    counter("plimsoll_ingest_items_total", "Spans, log records or points kept.", |s| &s.items);
    counter("plimsoll_ingest_rejected_items_total", "Items that were not kept.", |s| &s.rejected);
    counter("plimsoll_ingest_bytes_total", "Bytes acknowledged, as sent.", |s| &s.bytes);
    counter("plimsoll_ingest_refused_total", "Requests told to come back.", |s| &s.refused);
    counter("plimsoll_ingest_failed_total", "Requests that were wrong.", |s| &s.failed);
    page.one(
        "plimsoll_ingest_in_flight_bytes",
        "gauge",
        "Memory charged for requests in flight.",
        app.ingest.held_bytes(),
    );
}

fn series(page: &mut Page, app: &App) {
    let stats = app.metrics.index().stats();
    page.one("plimsoll_series", "gauge", "Series in memory.", stats.series);
    page.one(
        "plimsoll_series_bytes",
        "gauge",
        "Memory of the index of series.",
        stats.memory_bytes,
    );
    page.one(
        "plimsoll_series_refused_total",
        "counter",
        "New series refused for a limit.",
        stats.refused,
    );
    let spans = app.derived.stats();
    page.one("plimsoll_span_metrics_keys", "gauge", "Operations counted.", spans.keys);
    page.one("plimsoll_span_metrics_edges", "gauge", "Edges of the service map.", spans.edges);
    page.one(
        "plimsoll_span_metrics_dropped_total",
        "counter",
        "Spans and calls that metrics of spans have no room for.",
        spans.dropped_spans + spans.dropped_calls,
    );
}

fn store(page: &mut Page, app: &App) {
    let stats = app.store.stats();
    let labels: Vec<_> =
        stats.tables.iter().map(|table| format!("table=\"{}\"", table.table)).collect();
    let mut gauge = |name, help, pick: fn(&plimsoll_store::TableStats) -> u64| {
        let values = labels.iter().zip(&stats.tables).map(|(l, table)| (l.as_str(), pick(table)));
        page.many(name, "gauge", help, values);
    };
    gauge("plimsoll_store_rows_buffered", "Rows waiting for a file.", |t| t.rows_buffered);
    gauge("plimsoll_store_rows_on_disk", "Rows in files.", |t| t.rows_on_disk);
    gauge("plimsoll_store_bytes_buffered", "Bytes of waiting rows.", |t| t.bytes_buffered);
    gauge("plimsoll_store_bytes_on_disk", "Bytes of files.", |t| t.bytes_on_disk);
    gauge("plimsoll_store_files", "Live files.", |t| t.files);
    let (gauge, counter) = ("gauge", "counter");
    for (name, kind, help, value) in [
        ("buffered_bytes", gauge, "Bytes charged to the buffer.", stats.buffered_bytes),
        ("buffered_bytes_max", gauge, "The buffer's limit.", stats.buffered_bytes_max),
        ("disk_free_bytes", gauge, "Free bytes on the file system.", stats.disk_free_bytes),
        ("log_bytes_total", counter, "Bytes appended to the log.", stats.log_bytes),
        ("log_records_total", counter, "Records appended to the log.", stats.log_records),
        ("log_syncs_total", counter, "Groups made durable.", stats.log_syncs),
        ("flushes_total", counter, "Flushes.", stats.flushes),
        ("files_compacted_total", counter, "Files merged into others.", stats.files_compacted),
        ("files_expired_total", counter, "Files removed by retention.", stats.files_expired),
        ("failures_total", counter, "Maintenance runs to be tried again.", stats.failures),
    ] {
        page.one(&format!("plimsoll_store_{name}"), kind, help, value);
    }
}

/// What the kernel says of this process; zeros where it says nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Process {
    pub(crate) resident_bytes: u64,
    pub(crate) cpu_seconds: f64,
    pub(crate) open_files: u64,
    pub(crate) threads: u64,
}

impl Process {
    /// Reads `/proc/self`.
    pub(crate) fn read() -> Self {
        /// `USER_HZ`: 100 on every Linux there is.
        const TICKS_PER_SECOND: f64 = 100.0;
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_whitespace().next()?.parse::<u64>().ok()
        };
        let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
        // The second field, the name, may hold spaces; user and system time are the 14th and 15th.
        let after_name = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
        let ticks = after_name.split(' ').skip(11).take(2).filter_map(|t| t.parse::<u64>().ok());
        Self {
            resident_bytes: field("VmRSS:").unwrap_or(0) * 1_024,
            cpu_seconds: ticks.sum::<u64>() as f64 / TICKS_PER_SECOND,
            open_files: std::fs::read_dir("/proc/self/fd").map_or(0, |files| files.count() as u64),
            threads: field("Threads:").unwrap_or(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_format() {
        let mut page = Page::default();
        page.many("a_total", "counter", "Some.", [("x=\"1\"", 2), ("x=\"2\"", 3)]);
        page.one("b", "gauge", "Other.", 1.5);
        assert_eq!(
            page.0,
            "# TYPE a_total counter\n# HELP a_total Some.\na_total{x=\"1\"} 2\na_total{x=\"2\"} 3\n\
             # TYPE b gauge\n# HELP b Other.\nb 1.5\n"
        );
    }

    #[test]
    fn the_process_is_there() {
        let process = Process::read();
        assert!(process.resident_bytes > 0 && process.threads > 0 && process.open_files > 0);
    }
}
