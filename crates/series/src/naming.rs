//! OpenTelemetry's names as Prometheus' names, by the rules of the OpenTelemetry specification
//! "Prometheus and OpenMetrics Compatibility", as Prometheus applies them to OTLP.
//!
//! Invariant: what is already a name of Prometheus' with its unit and `_total` comes out unchanged.

use std::borrow::Cow;

/// What becomes a label besides a point's own attributes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Naming {
    /// Attributes of resources that become labels of each series.
    pub resource_labels: Vec<String>,
    /// Whether the instrumentation scope does: `otel_scope_name`, `otel_scope_version`.
    pub scope_labels: bool,
}

impl Default for Naming {
    fn default() -> Self {
        Self { resource_labels: Vec::new(), scope_labels: true }
    }
}

/// What a metric is, as far as its name depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Suffix {
    /// `_total`.
    Counter,
    /// `_ratio` where the unit is 1.
    Gauge,
    None,
}

/// A metric's name with its unit.
pub(crate) fn metric_name(name: &str, unit: &str, suffix: Suffix) -> String {
    let mut words: Vec<&str> =
        name.split(|c: char| !is_word(c)).filter(|word| !word.is_empty()).collect();
    let (main, per) = match unit.split_once('/') {
        Some((main, per)) => (main.trim(), per.trim()),
        None => (unit.trim(), ""),
    };
    let per = unit_word(per, per_unit);
    let per = [Cow::Borrowed("per"), per];
    let main = unit_word(main, main_unit);
    for word in main.split('_').filter(|word| !word.is_empty()) {
        if !words.contains(&word) {
            words.push(word);
        }
    }
    if !per[1].is_empty() && !words.windows(2).any(|two| two[0] == "per" && two[1] == per[1]) {
        words.extend(per.iter().map(|word| &**word));
    }
    let last = match suffix {
        Suffix::Counter => Some("total"),
        Suffix::Gauge if unit.trim() == "1" => Some("ratio"),
        _ => None,
    };
    if let Some(last) = last {
        words.retain(|word| *word != last);
        words.push(last);
    }
    let joined = words.join("_");
    match joined.starts_with(|c: char| c.is_ascii_digit()) {
        true => format!("_{joined}"),
        false => joined,
    }
}

/// A unit as words; annotations such as `{request}` say nothing of it.
fn unit_word<'a>(unit: &'a str, known: fn(&str) -> Option<&'static str>) -> Cow<'a, str> {
    if unit.contains(['{', '}']) {
        return Cow::Borrowed("");
    }
    if let Some(word) = known(unit) {
        return Cow::Borrowed(word);
    }
    let words: Vec<&str> = unit.split(|c: char| !is_word(c)).filter(|w| !w.is_empty()).collect();
    Cow::Owned(words.join("_"))
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == ':'
}

fn main_unit(unit: &str) -> Option<&'static str> {
    Some(match unit {
        "d" => "days",
        "h" => "hours",
        "min" => "minutes",
        "s" => "seconds",
        "ms" => "milliseconds",
        "us" => "microseconds",
        "ns" => "nanoseconds",
        "By" => "bytes",
        "KiBy" => "kibibytes",
        "MiBy" => "mebibytes",
        "GiBy" => "gibibytes",
        "TiBy" => "tibibytes",
        "KBy" => "kilobytes",
        "MBy" => "megabytes",
        "GBy" => "gigabytes",
        "TBy" => "terabytes",
        "m" => "meters",
        "V" => "volts",
        "A" => "amperes",
        "J" => "joules",
        "W" => "watts",
        "g" => "grams",
        "Cel" => "celsius",
        "Hz" => "hertz",
        "1" => "",
        "%" => "percent",
        _ => return None,
    })
}

fn per_unit(unit: &str) -> Option<&'static str> {
    Some(match unit {
        "s" => "second",
        "m" => "minute",
        "h" => "hour",
        "d" => "day",
        "w" => "week",
        "mo" => "month",
        "y" => "year",
        _ => return None,
    })
}

/// A label's name.
pub(crate) fn label_name(key: &str) -> Cow<'_, str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let begins_well = |name: &str| {
        !name.starts_with(|c: char| c.is_ascii_digit())
            && (!name.starts_with('_') || name.starts_with("__"))
    };
    if key.chars().all(plain) && begins_well(key) {
        return Cow::Borrowed(key);
    }
    let name: String = key.chars().map(|c| if plain(c) { c } else { '_' }).collect();
    if begins_well(&name) {
        return Cow::Owned(name);
    }
    let joint = if name.starts_with('_') { "key" } else { "key_" };
    Cow::Owned(format!("{joint}{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_have_their_units() {
        use Suffix::*;
        for (name, unit, suffix, expected) in [
            ("http.server.request.duration", "s", None, "http_server_request_duration_seconds"),
            ("http.server.active_requests", "{request}", Gauge, "http_server_active_requests"),
            ("system.cpu.time", "s", Counter, "system_cpu_time_seconds_total"),
            ("system.io", "foo/bar", Counter, "system_io_foo_per_bar_total"),
            ("system.filesystem.usage", "By", Gauge, "system_filesystem_usage_bytes"),
            ("system.filesystem.utilization", "1", Gauge, "system_filesystem_utilization_ratio"),
            ("system.network.dropped", "{packets}", Counter, "system_network_dropped_total"),
            (
                "system.network.dropped",
                "{packets}/s",
                Counter,
                "system_network_dropped_per_second_total",
            ),
            ("network.io", "By/s", Gauge, "network_io_bytes_per_second"),
            ("node_memory_bytes", "By", Gauge, "node_memory_bytes"),
            ("http_requests_total", "", Counter, "http_requests_total"),
            ("memory_usage_max_bytes", "", Counter, "memory_usage_max_bytes_total"),
            ("total_memory", "", Counter, "memory_total"),
            ("job:requests:rate5m", "", Gauge, "job:requests:rate5m"),
            ("5xx", "", None, "_5xx"),
            ("a..b--c", "", None, "a_b_c"),
            ("temperature", "Cel", Gauge, "temperature_celsius"),
            ("ratio.of.things", "1", Gauge, "of_things_ratio"),
            ("queue.size", "1", None, "queue_size"),
            ("x", "$/{y}", None, "x"),
        ] {
            assert_eq!(metric_name(name, unit, suffix), expected, "{name} {unit}");
        }
    }

    #[test]
    fn labels_are_words() {
        for (key, expected) in [
            ("http.method", "http_method"),
            ("_private", "key_private"),
            ("__reserved", "__reserved"),
            ("1st", "key_1st"),
            (".x", "key_x"),
            ("plain_1", "plain_1"),
            ("ä", "key_"),
        ] {
            assert_eq!(label_name(key), expected, "{key}");
        }
    }
}
