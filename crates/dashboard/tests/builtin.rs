//! The ready-made dashboards over series as their sources send them: every query has an answer,
//! without a warning, and figures whose values are known come out so.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends here")]

use std::sync::Arc;

use plimsoll_dashboard::{Dashboard, builtin};
use plimsoll_promql::ast::Matcher;
use plimsoll_promql::histogram::Buckets;
use plimsoll_promql::{
    Engine, EvalError, Histogram, METRIC_NAME, Options, Point, Series, Storage, Value,
    parse_selector,
};

const STEP_MS: i64 = 15_000;
const END_MS: i64 = 40 * STEP_MS;

struct Stored(Vec<Series>);

impl Storage for Stored {
    fn select(&self, matchers: &[Matcher], from: i64, to: i64) -> Result<Vec<Series>, EvalError> {
        let matching = self.0.iter().filter(|series| {
            matchers.iter().all(|matcher| matcher.matches(series.labels.get(&matcher.name)))
        });
        let within = matching.cloned().map(|mut series| {
            series.floats.retain(|(time, _)| (from..=to).contains(time));
            series.histograms.retain(|(time, _)| (from..=to).contains(time));
            series
        });
        Ok(within.collect())
    }
}

/// `name{label="value"}` as a series of labels, without samples.
fn empty(text: &str) -> Series {
    let matchers = parse_selector(text).unwrap();
    let labels = matchers.into_iter().map(|matcher| (matcher.name, matcher.value));
    Series { labels: plimsoll_promql::Labels::new(labels), ..Series::default() }
}

/// A series that begins at a value and grows by so much in a second.
fn growing(text: &str, start: f64, per_second: f64) -> Series {
    let at = |time: i64| (time, start + per_second * time as f64 / 1e3);
    let floats = (0..=END_MS).step_by(STEP_MS as usize).map(at).collect();
    Series { floats, ..empty(text) }
}

/// A native histogram of durations between half a second and a second, so many in a second.
fn durations(text: &str, per_second: f64) -> Series {
    let at = |time: i64| {
        let count = per_second * time as f64 / 1e3;
        let positive = Buckets::dense(0, &[count]);
        let histogram = Histogram { count, sum: 0.7 * count, positive, ..Histogram::default() };
        (time, Arc::new(histogram))
    };
    let histograms = (0..=END_MS).step_by(STEP_MS as usize).map(at).collect();
    let mut series = Series { histograms, ..empty(text) };
    series.mark_resets();
    series
}

fn dashboard(id: &str) -> &'static Dashboard {
    &builtin().iter().find(|one| one.id == id).unwrap().dashboard
}

/// A query with everything chosen.
fn chosen(query: &str, dashboard: &Dashboard) -> String {
    let mut query = query.replace("$__rate_interval", "2m");
    for variable in &dashboard.variables {
        let value = match variable.default[0].as_str() {
            "$__all" => ".*",
            value => value,
        };
        query = query.replace(&format!("${}", variable.name), value);
    }
    assert!(!query.contains('$'), "{query}");
    query
}

/// The answers of all queries of a dashboard: panel, query, values of the series.
fn answers(id: &str, stored: &Stored) -> Vec<(String, String, Vec<f64>)> {
    let dashboard = dashboard(id);
    let mut answers = Vec::new();
    for panel in &dashboard.panels {
        for query in &panel.queries {
            let promql = chosen(&query.promql, dashboard);
            let answer = Engine::new(stored, Options::default()).instant(&promql, END_MS);
            let answer =
                answer.unwrap_or_else(|error| panic!("{}: {error}: {promql}", panel.title));
            let warnings: Vec<_> = answer.notes.warnings().collect();
            assert!(warnings.is_empty(), "{}: {warnings:?}", panel.title);
            let Value::Vector(vector) = answer.value else {
                panic!("{promql}: {:?}", answer.value)
            };
            assert!(!vector.is_empty(), "{}: nothing for {promql}", panel.title);
            let values = vector.iter().map(|(_, point)| match point {
                Point::Float(value) => *value,
                Point::Histogram(histogram) => histogram.count,
            });
            answers.push((panel.title.clone(), query.legend.clone(), values.collect()));
        }
    }
    answers
}

/// The one value of a panel's query.
#[track_caller]
fn expect(answers: &[(String, String, Vec<f64>)], title: &str, legend: &str, expected: &[f64]) {
    let known = answers.iter().find(|(t, l, _)| t == title && l == legend);
    let (_, _, values) = known.unwrap_or_else(|| panic!("no query {legend} in {title}"));
    let mut values = values.clone();
    values.sort_by(f64::total_cmp);
    let is_near = |(a, b): (&f64, &f64)| (a - b).abs() <= 1e-9 * b.abs().max(1.0);
    let same = values.len() == expected.len() && values.iter().zip(expected).all(is_near);
    assert!(same, "{title}, {legend}: {values:?}, expected {expected:?}");
}

#[test]
fn services() {
    let metric = "traces_span_metrics_duration_seconds";
    let series = |service: &str, span: &str, kind: &str, status: &str, per_second: f64| {
        durations(
            &format!(
                "{metric}{{service_name=\"{service}\", span_name=\"{span}\", \
                 span_kind=\"SPAN_KIND_{kind}\", status_code=\"STATUS_CODE_{status}\"}}"
            ),
            per_second,
        )
    };
    let stored = Stored(vec![
        series("shop", "GET /", "SERVER", "UNSET", 6.0),
        series("shop", "GET /", "SERVER", "ERROR", 2.0),
        series("mail", "send", "CONSUMER", "UNSET", 2.0),
        series("shop", "SELECT", "CLIENT", "UNSET", 100.0),
    ]);
    let answers = answers("services", &stored);
    expect(&answers, "Requests", "", &[10.0]);
    expect(&answers, "Errors", "", &[0.2]);
    expect(&answers, "Requests by service", "{{service_name}}", &[2.0, 8.0]);
    expect(&answers, "Errors by service", "{{service_name}}", &[0.0, 0.25]);
    expect(&answers, "Operations", "Requests/s", &[2.0, 8.0]);
    expect(&answers, "Operations", "Errors, %", &[0.0, 25.0]);
    expect(&answers, "Share of slow requests", "over 100 ms", &[1.0]);
    expect(&answers, "Share of slow requests", "over 1 s", &[0.0]);
}

#[test]
fn hosts() {
    let mut series = Vec::new();
    for host in ["a", "b"] {
        let of = format!("instance=\"{host}\"");
        for (state, per_second) in [("idle", 0.75), ("user", 0.2), ("system", 0.05)] {
            let labels = format!("{{{of}, cpu=\"cpu0\", state=\"{state}\"}}");
            let name = "system_cpu_time_seconds_total";
            series.push(growing(&format!("{name}{labels}"), 0.0, per_second));
        }
        for (state, bytes) in [("used", 4e9), ("free", 12e9), ("slab_reclaimable", 1e9)] {
            let name = format!("system_memory_usage_bytes{{{of}, state=\"{state}\"}}");
            series.push(growing(&name, bytes, 0.0));
        }
        series.push(growing(&format!("system_cpu_load_average_1m{{{of}}}"), 1.5, 0.0));
        series.push(growing(
            &format!("system_paging_usage_bytes{{{of}, state=\"used\"}}"),
            1e9,
            0.0,
        ));
        // A partition and a volume on it: the same bytes again.
        for device in ["sda", "sda1", "dm-0"] {
            let disk = format!("{of}, device=\"{device}\"");
            for direction in ["read", "write"] {
                let labels = format!("{{{disk}, direction=\"{direction}\"}}");
                for (metric, per_second) in
                    [("io_bytes", 1e6), ("operations", 100.0), ("operation_time_seconds", 0.2)]
                {
                    let name = format!("system_disk_{metric}_total{labels}");
                    series.push(growing(&name, 0.0, per_second));
                }
            }
            series.push(growing(&format!("system_disk_io_time_seconds_total{{{disk}}}"), 0.0, 0.5));
        }
        for (kind, state, bytes) in [
            ("ext4", "used", 9e9),
            ("ext4", "free", 1e9),
            ("ext4", "reserved", 5e9),
            ("tmpfs", "used", 1e9),
        ] {
            let labels = format!("{of}, device=\"sda1\", mountpoint=\"/{kind}\", type=\"{kind}\"");
            let name = format!("system_filesystem_usage_bytes{{{labels}, state=\"{state}\"}}");
            series.push(growing(&name, bytes, 0.0));
        }
        // A network of the host, and those that its bytes pass as well.
        for device in ["eth0", "eth0.7", "lo", "veth12", "docker0"] {
            for direction in ["receive", "transmit"] {
                let labels = format!("{{{of}, device=\"{device}\", direction=\"{direction}\"}}");
                for (metric, per_second) in [("io_bytes", 1e5), ("errors", 0.0), ("dropped", 1.0)] {
                    let name = format!("system_network_{metric}_total{labels}");
                    series.push(growing(&name, 0.0, per_second));
                }
            }
        }
    }
    let answers = answers("hosts", &Stored(series));
    expect(&answers, "Hosts", "", &[2.0]);
    expect(&answers, "Processors busy", "", &[0.25]);
    expect(&answers, "Memory used", "", &[0.25]);
    expect(&answers, "Fullest file system", "", &[0.9]);
    expect(&answers, "Highest load", "", &[1.5]);
    expect(&answers, "What processors do", "{{state}}", &[0.05, 0.2]);
    expect(&answers, "Bytes read and written", "read", &[2e6]);
    expect(&answers, "Bytes received and sent", "sent", &[2e5]);
    let device = "{{device}} {{host_name}} {{instance}}";
    expect(&answers, "Disks busy", device, &[0.5, 0.5]);
    expect(&answers, "Time of an operation", device, &[0.002, 0.002]);
}

#[test]
fn hosts_node_exporter() {
    let mut series = Vec::new();
    for host in ["a:9100", "b:9100"] {
        let of = format!("job=\"node\", instance=\"{host}\"");
        for cpu in 0..2 {
            for (mode, per_second) in [("idle", 0.75), ("user", 0.2), ("system", 0.05)] {
                let labels = format!("{{{of}, cpu=\"{cpu}\", mode=\"{mode}\"}}");
                let name = format!("node_cpu_seconds_total{labels}");
                series.push(growing(&name, 0.0, per_second));
            }
        }
        for (name, value) in [
            ("node_uname_info", 1.0),
            ("node_boot_time_seconds", -400.0),
            ("node_load1", 1.0),
            ("node_memory_MemTotal_bytes", 16e9),
            ("node_memory_MemAvailable_bytes", 12e9),
            ("node_memory_MemFree_bytes", 9e9),
            ("node_memory_SwapTotal_bytes", 2e9),
            ("node_memory_SwapFree_bytes", 1e9),
        ] {
            series.push(growing(&format!("{name}{{{of}}}"), value, 0.0));
        }
        for what in ["cpu", "memory", "io"] {
            let name = format!("node_pressure_{what}_waiting_seconds_total{{{of}}}");
            series.push(growing(&name, 0.0, 0.1));
        }
        // A disk, and a volume on it: the same bytes again.
        for device in ["nvme0n1", "dm-0"] {
            for (name, per_second) in [
                ("read_bytes", 0.5),
                ("written_bytes", 0.5),
                ("io_time_seconds", 0.5),
                ("read_time_seconds", 0.2),
                ("write_time_seconds", 0.2),
                ("reads_completed", 100.0),
                ("writes_completed", 100.0),
            ] {
                let name = format!("node_disk_{name}_total{{{of}, device=\"{device}\"}}");
                series.push(growing(&name, 0.0, per_second));
            }
        }
        // Ten of fifteen gigabytes are for users, the others reserved for root.
        for (kind, avail, free) in [("ext4", 1e9, 6e9), ("tmpfs", 0.0, 0.0)] {
            let labels =
                format!("{of}, device=\"{kind}\", mountpoint=\"/{kind}\", fstype=\"{kind}\"");
            for (what, bytes) in [("size", 15e9), ("avail", avail), ("free", free)] {
                let name = format!("node_filesystem_{what}_bytes{{{labels}}}");
                series.push(growing(&name, bytes, 0.0));
            }
        }
        for direction in ["receive", "transmit"] {
            for what in ["bytes", "errs", "drop"] {
                let name =
                    format!("node_network_{direction}_{what}_total{{{of}, device=\"eth0\"}}");
                series.push(growing(&name, 0.0, 2.0));
            }
        }
    }
    let answers = answers("hosts-node-exporter", &Stored(series));
    expect(&answers, "Hosts", "", &[2.0]);
    expect(&answers, "Shortest time up", "", &[1000.0]);
    expect(&answers, "Processors busy", "", &[0.25]);
    expect(&answers, "Memory used", "", &[0.25]);
    expect(&answers, "Fullest file system", "", &[0.9]);
    expect(&answers, "Load for each processor", "{{instance}}", &[0.5, 0.5]);
    expect(&answers, "Packets lost", "{{instance}}", &[8.0, 8.0]);
    expect(&answers, "What memory holds", "used", &[8e9]);
    expect(&answers, "What memory holds", "reclaimable", &[6e9]);
    expect(&answers, "What memory holds", "free", &[18e9]);
    expect(&answers, "Bytes read and written", "read", &[1.0]);
    expect(&answers, "Disks busy", "{{device}} {{instance}}", &[0.5, 0.5]);
    expect(&answers, "Time of an operation", "{{device}} {{instance}}", &[0.002, 0.002]);
}

#[test]
fn plimsoll() {
    let dashboard = dashboard("plimsoll");
    let of = "job=\"plimsoll\", instance=\"a:7070\"";
    // One series of each metric that is asked for; `signal` and `table` are on all, as on some.
    let json = dashboard.to_json();
    let words = json.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    let mut names: Vec<_> = words
        .filter(|word| word.starts_with("plimsoll_") || word.starts_with("process_"))
        .collect();
    names.sort_unstable();
    names.dedup();
    let series = names.iter().map(|name| {
        let is_fixed = |value| growing(&format!("{name}{{{of}}}"), value, 0.0);
        match *name {
            name if name.ends_with("_total") => {
                growing(&format!("{name}{{{of}, signal=\"traces\"}}"), 0.0, 3.0)
            }
            "process_resident_memory_bytes" => is_fixed(2e8),
            "plimsoll_memory_budget_bytes" => is_fixed(5e8),
            _ => is_fixed(1.0),
        }
    });
    // Of the process alone, not of a signal.
    let mut series: Vec<Series> = series.collect();
    for one in &mut series {
        if one.labels.get(METRIC_NAME).starts_with("process_") {
            one.labels = one.labels.filter(|label| label != "signal");
        }
    }
    let answers = answers("plimsoll", &Stored(series));
    expect(&answers, "Ready", "", &[1.0]);
    expect(&answers, "Kept", "", &[3.0]);
    expect(&answers, "Memory", "", &[0.4]);
    expect(&answers, "Processors", "used", &[3.0]);
    expect(&answers, "Requests made durable together", "records for each sync", &[1.0]);
}
