//! Every setting there is: name, default, meaning. The flag and the environment variable follow
//! from the name, so no setting can hide: `otlp.grpc` is `--otlp-grpc`, `PLIMSOLL_OTLP_GRPC` and
//! `grpc` under `[otlp]` in `plimsoll.toml`.
//!
//! Invariant: nothing else in the server reads the environment or a settings file.

/// One setting.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// The dotted name, as in the file.
    pub name: &'static str,
    /// The value where nobody sets one; `""` means unset.
    pub default: &'static str,
    /// What a value looks like, for `--help` and for errors.
    pub value: &'static str,
    /// One sentence on what it does.
    pub help: &'static str,
    /// Never printed, and taken from the environment only: flags and files are read by others.
    pub secret: bool,
}

impl Key {
    /// The command-line flag without its dashes.
    #[must_use]
    pub fn flag(&self) -> String {
        self.name.replace(['.', '_'], "-")
    }

    /// The environment variable.
    #[must_use]
    pub fn variable(&self) -> String {
        format!("PLIMSOLL_{}", self.name.replace('.', "_").to_ascii_uppercase())
    }

    /// Whether the flag may stand without a value, for "yes".
    #[must_use]
    pub fn is_switch(&self) -> bool {
        self.value == "true|false"
    }

    /// The key of a dotted name.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        KEYS.iter().find(|key| key.name == name)
    }
}

const fn key(
    name: &'static str,
    default: &'static str,
    value: &'static str,
    help: &'static str,
) -> Key {
    Key { name, default, value, help, secret: false }
}

/// Variables that commands other than `serve` read, so that they are not taken for misspelled
/// settings.
pub const CLIENT_VARIABLES: &[&str] = &["PLIMSOLL_CONFIG", "PLIMSOLL_URL", "PLIMSOLL_TOKEN"];

/// Every setting, in the order `plimsoll config show` prints them.
pub const KEYS: &[Key] = &[
    key("data", "./data", "DIR", "where everything is kept"),
    key("listen", "127.0.0.1:7070", "ADDR", "the page, the API and OTLP/HTTP"),
    key(
        "memory",
        "auto",
        "SIZE",
        "budget of the whole process; auto is a quarter of RAM, at most 4GiB",
    ),
    key(
        "allow_insecure_bind",
        "false",
        "true|false",
        "listen beyond loopback without TLS; only behind a proxy or in a closed network",
    ),
    Key {
        name: "bootstrap_token",
        default: "",
        value: "TOKEN",
        help: "an admin token for automation, at least 16 characters",
        secret: true,
    },
    key(
        "self_observe",
        "false",
        "true|false",
        "keep the server's own traces, metrics and logs in its own store",
    ),
    key("otlp.grpc", "127.0.0.1:4317", "ADDR|off", "OTLP/gRPC"),
    key("otlp.http", "127.0.0.1:4318", "ADDR|off", "OTLP/HTTP"),
    key(
        "otlp.require_token",
        "auto",
        "auto|true|false",
        "whether telemetry needs a token of scope ingest; auto: beyond loopback or behind a proxy",
    ),
    key(
        "otlp.body_max",
        "auto",
        "SIZE",
        "largest decompressed request; auto is 64MiB, less with a memory budget below 1.5GiB",
    ),
    key("otlp.compressed_max", "16MiB", "SIZE", "largest request as sent, where it is compressed"),
    key("otlp.body_timeout", "30s", "DURATION", "a request's body must have arrived after this"),
    key("otlp.future_max", "1h", "DURATION", "items dated further ahead than this are rejected"),
    key("retention.traces", "7d", "DURATION", "spans older than this are deleted and refused"),
    key("retention.logs", "7d", "DURATION", "log records older than this are deleted and refused"),
    key("retention.metrics", "30d", "DURATION", "metrics older than this are deleted and refused"),
    key(
        "retention.errors",
        "90d",
        "DURATION",
        "errors and sessions older than this are deleted, and refused from Sentry's SDKs",
    ),
    key(
        "retention.disk_max",
        "",
        "SIZE",
        "oldest files go first beyond this many bytes; unset: no limit",
    ),
    key(
        "store.flush_interval",
        "5m",
        "DURATION",
        "rows wait no longer than this in memory for a file",
    ),
    key(
        "store.compact_interval",
        "10s",
        "DURATION",
        "how often files are merged, and old ones removed",
    ),
    key(
        "store.compact_fan_in",
        "8",
        "COUNT",
        "small files of a day that are merged at once, 2 to 64",
    ),
    key(
        "store.disk_reserve",
        "256MiB",
        "SIZE",
        "free space left alone; with less, telemetry is refused",
    ),
    key(
        "store.grace",
        "10m",
        "DURATION",
        "how long files that left a table stay for readers of other programs",
    ),
    key("tls.cert", "", "FILE", "PEM certificate chain; with tls.key, every port speaks TLS"),
    key("tls.key", "", "FILE", "PEM private key of tls.cert"),
    key(
        "http.public_url",
        "",
        "URL",
        "where browsers reach the server through a proxy, like https://plimsoll.example.com",
    ),
    key("http.allowed_hosts", "", "NAMES", "further host names to answer to, with commas between"),
    key("http.connections_max", "auto", "COUNT", "open connections on each port"),
    key("http.header_timeout", "30s", "DURATION", "a request's head must have arrived after this"),
    key(
        "http.shutdown_timeout",
        "10s",
        "DURATION",
        "how long a stop waits for requests and the store",
    ),
    key(
        "metrics.resource_labels",
        "host.name,k8s.namespace.name,k8s.pod.name,k8s.container.name",
        "NAMES",
        "resource attributes that become labels in PromQL, with commas between",
    ),
    key(
        "metrics.scope_labels",
        "true",
        "true|false",
        "whether PromQL sees the instrumentation scope as otel_scope_name and otel_scope_version",
    ),
    key(
        "metrics.from_spans",
        "true",
        "true|false",
        "count spans: rate, errors and duration of each operation, and who calls whom",
    ),
    key("metrics.metric_series_max", "200000", "COUNT", "most series of one metric"),
    key("metrics.source_series_max", "1000000", "COUNT", "most series of one service or job"),
    key(
        "metrics.out_of_order_max",
        "1h",
        "DURATION",
        "remote write and scrapes: samples older than the newest of their series by more are refused",
    ),
    key(
        "rules.files",
        "",
        "FILES",
        "rule files of Prometheus' format, with commas between; read again when they change",
    ),
    key("rules.interval", "1m", "DURATION", "how often groups run that have no interval"),
    key(
        "errors.kept_burst",
        "200",
        "COUNT",
        "occurrences of an issue that are kept in full at once; those beyond are counted",
    ),
    key(
        "errors.kept_per_minute",
        "20",
        "COUNT",
        "occurrences of an issue that are kept in full every minute after the burst",
    ),
    key("errors.issues_max", "auto", "COUNT", "most issues; auto follows the memory budget"),
    key(
        "errors.per_minute_max",
        "0",
        "COUNT",
        "most errors a minute from one project, 0 for no limit; those beyond are refused",
    ),
    key(
        "errors.attachments_max",
        "1GiB",
        "SIZE",
        "files that came with errors; beyond this the oldest go",
    ),
    key(
        "privacy.secret_keys",
        "true",
        "true|false",
        "hide values of keys like password, token, cookie before anything is stored",
    ),
    key("privacy.credit_cards", "true", "true|false", "hide numbers of credit cards"),
    key("privacy.tokens", "true", "true|false", "hide tokens, keys and passwords known by shape"),
    key("privacy.emails", "false", "true|false", "hide e-mail addresses"),
    key("privacy.ip_addresses", "false", "true|false", "hide IP addresses"),
    key("privacy.keys", "", "NAMES", "further keys whose values are hidden, with commas between"),
    key("privacy.keep_keys", "", "NAMES", "keys whose values are never hidden"),
    key("query.timeout", "30s", "DURATION", "a query is stopped after this"),
    key("query.rows_max", "10000", "COUNT", "most rows one SQL answer carries"),
    key("log.filter", "info", "FILTER", "what the server logs: a level, or target=level pairs"),
    key("log.format", "text", "text|json", "how the server logs, on standard error"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_scripts_rely_on() {
        for (name, flag, variable) in [
            ("data", "data", "PLIMSOLL_DATA"),
            ("listen", "listen", "PLIMSOLL_LISTEN"),
            ("otlp.grpc", "otlp-grpc", "PLIMSOLL_OTLP_GRPC"),
            ("otlp.http", "otlp-http", "PLIMSOLL_OTLP_HTTP"),
            ("memory", "memory", "PLIMSOLL_MEMORY"),
            ("bootstrap_token", "bootstrap-token", "PLIMSOLL_BOOTSTRAP_TOKEN"),
        ] {
            let key = Key::find(name).unwrap();
            assert_eq!((key.flag().as_str(), key.variable().as_str()), (flag, variable));
        }
    }

    #[test]
    fn flags_are_unique() {
        let mut flags: Vec<_> = KEYS.iter().map(Key::flag).collect();
        flags.sort();
        flags.dedup();
        assert_eq!(flags.len(), KEYS.len());
    }
}
