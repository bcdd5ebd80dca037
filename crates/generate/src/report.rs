//! What a run found, and how it is shown.
//!
//! Invariant: formatting is pure; the report holds no header and no secret.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;

use crate::args::{Format, Protocol, Signal};
use crate::plan::Plan;
use crate::tally::Tally;

/// The result of a run.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Where items were sent.
    pub endpoint: String,
    /// How they were sent.
    pub protocol: Protocol,
    /// The run's name, as audited items carry it.
    pub run: String,
    /// Repeats the run with `--seed`.
    pub seed: u64,
    /// Connections, each with one request under way.
    pub connections: usize,
    /// Items in a full batch.
    pub batch_items: usize,
    /// From the first batch to the last answer.
    pub elapsed_seconds: f64,
    /// What the server took.
    pub acknowledged: Acknowledged,
    /// Acknowledged items by the time elapsed.
    pub items_per_second: f64,
    /// Bytes of acknowledged requests, uncompressed, by the time elapsed.
    pub bytes_per_second: f64,
    /// From sending a request to its acknowledgement; refused attempts are not in it.
    pub latency_ms: Latency,
    /// What the server said no to.
    pub refused: Refused,
    /// Items in acknowledged batches that the server rejected (OTLP's partial success).
    pub rejected_items: u64,
    /// The server's reason for the first of those.
    pub rejected_message: String,
    /// Items of batches refused for good, or until the run was over.
    pub dropped_items: u64,
    /// Items of requests whose answer never came: they may be stored or not.
    pub unknown_items: u64,
    /// Those requests.
    pub unknown_requests: u64,
    /// Broken connections and the like, by reason.
    pub errors: BTreeMap<String, u64>,
    /// Processor time of this process, user and system.
    pub cpu_seconds: f64,
    /// Acknowledged items by that.
    pub items_per_cpu_second: f64,
    /// Encoded bytes an item takes in its request, resource and framing included.
    pub item_bytes_mean: BTreeMap<Signal, f64>,
    /// Schedule that had to be given up because the server was too slow for the rate.
    pub behind_seconds: f64,
}

/// What was acknowledged.
#[derive(Clone, Debug, Serialize)]
pub struct Acknowledged {
    /// Items, less those rejected.
    pub items: u64,
    /// The same by signal.
    pub by_signal: BTreeMap<Signal, u64>,
    /// Requests.
    pub requests: u64,
    /// Bytes of their bodies before compression.
    pub bytes: u64,
    /// Bytes of their bodies as sent.
    pub wire_bytes: u64,
}

/// Percentiles.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Latency {
    /// Median.
    pub p50: f64,
    /// 90th percentile.
    pub p90: f64,
    /// 99th percentile.
    pub p99: f64,
    /// 99.9th percentile.
    pub p999: f64,
    /// The longest.
    pub max: f64,
}

/// Requests that were answered with a refusal.
#[derive(Clone, Debug, Serialize)]
pub struct Refused {
    /// With an invitation to try again.
    pub retryable: u64,
    /// For good.
    pub permanent: u64,
    /// By status.
    pub by_status: BTreeMap<String, u64>,
    /// The first message with each status.
    pub messages: BTreeMap<String, String>,
}

/// What the run itself was measured to take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measured {
    pub(crate) elapsed: Duration,
    pub(crate) cpu: Duration,
}

impl Report {
    pub(crate) fn new(plan: &Plan, tally: &Tally, measured: Measured) -> Self {
        let seconds = measured.elapsed.as_secs_f64().max(1e-9);
        let cpu_seconds = measured.cpu.as_secs_f64();
        let items: u64 = tally.acknowledged_items.values().sum();
        let bytes: u64 = tally.acknowledged_bytes.values().sum();
        Self {
            endpoint: plan.target.url(),
            protocol: plan.target.protocol,
            run: plan.run.clone(),
            seed: plan.shape.seed,
            connections: plan.connections,
            batch_items: plan.batch_items,
            elapsed_seconds: seconds,
            acknowledged: Acknowledged {
                items,
                by_signal: tally.acknowledged_items.clone(),
                requests: tally.acknowledged_requests,
                bytes,
                wire_bytes: tally.wire_bytes,
            },
            items_per_second: items as f64 / seconds,
            bytes_per_second: bytes as f64 / seconds,
            latency_ms: Latency::of(&tally.latency_us),
            refused: Refused::of(tally),
            rejected_items: tally.rejected_items,
            rejected_message: tally.rejected_message.clone(),
            dropped_items: tally.dropped_items,
            unknown_items: tally.unknown_items,
            unknown_requests: tally.unknown_requests,
            errors: tally.errors.clone(),
            cpu_seconds,
            items_per_cpu_second: if cpu_seconds > 0.0 { items as f64 / cpu_seconds } else { 0.0 },
            item_bytes_mean: mean_bytes(tally),
            behind_seconds: tally.skipped.as_secs_f64(),
        }
    }

    /// Whether every item that was begun has been acknowledged.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.acknowledged.items > 0
            && self.rejected_items == 0
            && self.dropped_items == 0
            && self.unknown_items == 0
    }
}

impl Latency {
    fn of(latency_us: &Histogram<u64>) -> Self {
        let at = |quantile| latency_us.value_at_quantile(quantile) as f64 / 1_000.0;
        Self {
            p50: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            p999: at(0.999),
            max: latency_us.max() as f64 / 1_000.0,
        }
    }
}

impl Refused {
    fn of(tally: &Tally) -> Self {
        let sum = |retryable: bool| {
            let of_kind = tally.refusals.values().filter(|all| all.retryable == retryable);
            of_kind.map(|all| all.requests).sum()
        };
        let by_status =
            |(status, all): (&String, &crate::tally::Refusals)| (status.clone(), all.requests);
        Self {
            retryable: sum(true),
            permanent: sum(false),
            by_status: tally.refusals.iter().map(by_status).collect(),
            messages: tally
                .refusals
                .iter()
                .filter(|(_, all)| !all.message.is_empty())
                .map(|(status, all)| (status.clone(), all.message.clone()))
                .collect(),
        }
    }
}

fn mean_bytes(tally: &Tally) -> BTreeMap<Signal, f64> {
    let mean = |(signal, bytes): (&Signal, &u64)| {
        let items = tally.request_items.get(signal).copied().unwrap_or_default();
        (*signal, if items > 0 { *bytes as f64 / items as f64 } else { 0.0 })
    };
    tally.acknowledged_bytes.iter().map(mean).collect()
}

/// The report as text; ends with a line break.
#[must_use]
pub fn format_report(report: &Report, format: Format) -> String {
    match format {
        Format::Human => format_human(report),
        Format::Json => {
            let json = serde_json::to_string_pretty(report);
            json.expect("numbers, texts and maps with text keys always serialise") + "\n"
        }
    }
}

fn format_human(report: &Report) -> String {
    let mut out = String::new();
    let mut line = |label: &str, text: String| {
        // Writing to a text does not fail.
        let _ = writeln!(out, "{label:<14}{text}");
    };
    let protocol = match report.protocol {
        Protocol::Grpc => "gRPC",
        Protocol::Http => "HTTP",
    };
    line(
        "endpoint",
        format!(
            "{} over {protocol}, {} connections, batches of {}",
            report.endpoint, report.connections, report.batch_items
        ),
    );
    line("seed", format!("{} (run {})", report.seed, report.run));
    let taken = &report.acknowledged;
    line(
        "acknowledged",
        format!(
            "{} items in {} requests over {:.2} s",
            grouped(taken.items),
            grouped(taken.requests),
            report.elapsed_seconds
        ),
    );
    line(
        "throughput",
        format!(
            "{} items/s, {}/s{}",
            grouped(report.items_per_second as u64),
            bytes(report.bytes_per_second),
            compressed(taken)
        ),
    );
    if taken.by_signal.len() > 1 {
        for (signal, items) in &taken.by_signal {
            line("", format!("{} {signal}", grouped(*items)));
        }
    }
    let ms = &report.latency_ms;
    line(
        "latency",
        format!(
            "p50 {:.2} ms, p90 {:.2} ms, p99 {:.2} ms, p99.9 {:.2} ms, max {:.2} ms",
            ms.p50, ms.p90, ms.p99, ms.p999, ms.max
        ),
    );
    format_losses(report, &mut line);
    let sizes = report.item_bytes_mean.iter();
    let sizes: Vec<_> = sizes.map(|(signal, mean)| format!("{signal} {mean:.0} B")).collect();
    line("mean size", sizes.join(", "));
    line(
        "own CPU",
        format!(
            "{:.2} s, {} items per CPU-second",
            report.cpu_seconds,
            grouped(report.items_per_cpu_second as u64)
        ),
    );
    out
}

/// What did not go as asked; nothing where all went well.
fn format_losses(report: &Report, line: &mut impl FnMut(&str, String)) {
    if report.behind_seconds > 0.0 {
        let behind = report.behind_seconds;
        line(
            "behind",
            format!("{behind:.1} s of the schedule; the server is too slow for the rate"),
        );
    }
    let refused = &report.refused;
    for (status, count) in &refused.by_status {
        let message = refused.messages.get(status).map(|text| format!(" ({text})"));
        line("refused", format!("{} × {status}{}", grouped(*count), message.unwrap_or_default()));
    }
    if report.rejected_items > 0 {
        let text = format!("{} items: {}", grouped(report.rejected_items), report.rejected_message);
        line("rejected", text);
    }
    if report.dropped_items > 0 {
        line("dropped", format!("{} items of refused batches", grouped(report.dropped_items)));
    }
    if report.unknown_items > 0 {
        let requests = report.unknown_requests;
        let text =
            format!("{} items in {requests} requests without an answer", report.unknown_items);
        line("unknown", text);
    }
    for (reason, count) in &report.errors {
        line("error", format!("{} × {reason}", grouped(*count)));
    }
}

fn compressed(taken: &Acknowledged) -> String {
    if taken.wire_bytes < taken.bytes {
        let share = taken.wire_bytes as f64 / taken.bytes as f64 * 100.0;
        format!(" (compressed to {share:.0} %)")
    } else {
        String::new()
    }
}

/// With thousands set apart: 1,234,567.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn bytes(count: f64) -> String {
    let units = ["B", "kB", "MB", "GB", "TB"];
    let mut scaled = count;
    let mut unit = 0;
    while scaled >= 1_000.0 && unit + 1 < units.len() {
        scaled /= 1_000.0;
        unit += 1;
    }
    format!("{scaled:.1} {}", units[unit])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::tests::plan;

    fn report() -> Report {
        let mut tally = Tally::new();
        for latency_us in 1..=1_000 {
            tally.accept(Signal::Traces, 1_000, 0, 770_000);
            tally.wire_bytes += 770_005;
            tally.latency_us.saturating_record(latency_us * 100);
        }
        tally.accept(Signal::Logs, 100, 3, 40_000);
        tally.rejected_message = "time too old".to_owned();
        tally.refuse("HTTP 503".to_owned(), "memory is spent".to_owned(), true);
        tally.refuse("HTTP 400".to_owned(), String::new(), false);
        let measured = Measured { elapsed: Duration::from_secs(2), cpu: Duration::from_secs(1) };
        let plan = plan(&["--seed", "7", "--header", "authorization=Bearer secret"]).unwrap();
        Report::new(&plan, &tally, measured)
    }

    #[test]
    fn figures_are_computed() {
        let report = report();
        assert_eq!(report.acknowledged.items, 1_000_097);
        assert_eq!(report.acknowledged.by_signal[&Signal::Logs], 97);
        assert_eq!(report.items_per_second as u64, 500_048);
        assert_eq!((report.refused.retryable, report.refused.permanent), (1, 1));
        assert_eq!(report.item_bytes_mean[&Signal::Traces] as u64, 770);
        assert_eq!(report.item_bytes_mean[&Signal::Logs] as u64, 400);
        assert!((report.latency_ms.p50 - 50.0).abs() < 0.1, "{:?}", report.latency_ms);
        assert!((report.latency_ms.p999 - 99.9).abs() < 0.1, "{:?}", report.latency_ms);
        assert!(!report.is_complete());
    }

    #[test]
    fn both_formats_tell_the_same_and_no_secret() {
        let report = report();
        let human = format_report(&report, Format::Human);
        for expected in [
            "acknowledged  1,000,097 items in 1,001 requests over 2.00 s",
            "throughput    500,048 items/s, 385.0 MB/s",
            "refused       1 × HTTP 503 (memory is spent)",
            "rejected      3 items: time too old",
            "own CPU       1.00 s, 1,000,097 items per CPU-second",
        ] {
            assert!(human.contains(expected), "{expected} not in\n{human}");
        }
        let json = format_report(&report, Format::Json);
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(value["acknowledged"]["by_signal"]["traces"], 1_000_000);
        assert_eq!(value["latency_ms"]["max"], 100.031);
        assert!(!human.contains("secret") && !json.contains("secret"));
    }

    #[test]
    fn numbers_are_grouped() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (12_345_678, "12,345,678")]
        {
            assert_eq!(grouped(number), text);
        }
        assert_eq!(bytes(1_500.0), "1.5 kB");
    }
}
