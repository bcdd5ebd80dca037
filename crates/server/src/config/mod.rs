//! Settings: [`RawConfig`] collects what was set, [`Config`] is what it means.
//!
//! Invariants: a `Config` is complete and valid, binds no port and opens no file but the settings
//! file; secrets never reach its `Debug` or [`Config::show`].

mod keys;
mod memory;
mod raw;
mod units;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use axum::http::Uri;
use plimsoll_wire::scrub::Privacy;

pub use keys::{CLIENT_VARIABLES, KEYS, Key};
pub use memory::{IN_FLIGHT_PER_BODY_BYTE, MEMORY_MIN, MemoryPlan};
pub use raw::{ConfigError, RawConfig, Source};
pub use units::{format_duration, format_size, parse_duration, parse_size};

/// A text that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The text itself, for the one place that uses it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(hidden)")
    }
}

/// The resolved settings of a server.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where everything is kept.
    pub data: PathBuf,
    /// The page, the API and OTLP/HTTP.
    pub listen: SocketAddr,
    /// Who may hold how much memory.
    pub memory: MemoryPlan,
    /// An admin token for automation.
    pub bootstrap_token: Option<Secret>,
    /// Receiving telemetry.
    pub otlp: OtlpConfig,
    /// What is kept how long.
    pub retention: RetentionConfig,
    /// How rows become files.
    pub store: StoreConfig,
    /// How metrics are named and bounded.
    pub metrics: MetricsConfig,
    /// What is kept of errors.
    pub errors: ErrorsConfig,
    /// What is hidden before anything is kept.
    pub privacy: Privacy,
    /// What is scraped.
    pub scrape: plimsoll_scrape::Config,
    /// Recording rules.
    pub rules: RulesConfig,
    /// Certificate and key; `None` is plain text.
    pub tls: Option<TlsConfig>,
    /// Connections.
    pub http: HttpConfig,
    /// Query limits.
    pub query: QueryConfig,
    /// What the server logs.
    pub log: LogConfig,
    /// Whether the server keeps its own telemetry.
    pub self_observe: bool,
    /// What was set where, for [`Self::show`].
    raw: RawConfig,
}

/// Receiving telemetry.
#[derive(Clone, Copy, Debug)]
pub struct OtlpConfig {
    /// OTLP/gRPC, unless off.
    pub grpc: Option<SocketAddr>,
    /// OTLP/HTTP, unless off.
    pub http: Option<SocketAddr>,
    /// Whether a token of scope ingest is needed.
    pub require_token: bool,
    /// Largest decompressed body.
    pub body_bytes_max: u64,
    /// Largest body as sent.
    pub compressed_bytes_max: u64,
    /// A body must have arrived after this.
    pub body_timeout: Duration,
    /// Items dated further ahead than this are rejected.
    pub future_max: Duration,
}

/// What is kept how long.
#[derive(Clone, Copy, Debug)]
pub struct RetentionConfig {
    /// Age of spans.
    pub traces: Duration,
    /// Age of log records.
    pub logs: Duration,
    /// Age of metrics.
    pub metrics: Duration,
    /// Age of errors and sessions.
    pub errors: Duration,
    /// Bytes on disk, everything together.
    pub disk_bytes_max: Option<u64>,
}

/// How rows become files.
#[derive(Clone, Copy, Debug)]
pub struct StoreConfig {
    /// Rows wait no longer than this in memory.
    pub flush_interval: Duration,
    /// How often compaction and retention look for work.
    pub compact_interval: Duration,
    /// Small files of a day that are merged at once.
    pub compact_fan_in: usize,
    /// Free bytes left alone.
    pub disk_reserve_bytes: u64,
    /// How long files that left a table stay.
    pub grace: Duration,
}

/// How metrics are named and bounded.
#[derive(Clone, Debug)]
pub struct MetricsConfig {
    /// Resource attributes that become labels.
    pub resource_labels: Vec<String>,
    /// Whether the instrumentation scope does.
    pub scope_labels: bool,
    /// Whether spans are counted.
    pub from_spans: bool,
    /// Most series of one metric.
    pub metric_series_max: usize,
    /// Most series of one service or job.
    pub source_series_max: usize,
    /// How much older than the newest of its series a sample may be.
    pub out_of_order_max: Duration,
}

/// What is kept of errors.
#[derive(Clone, Copy, Debug)]
pub struct ErrorsConfig {
    /// Occurrences of an issue that are kept in full at once.
    pub kept_burst: u32,
    /// Occurrences of an issue that are kept in full every minute after that.
    pub kept_per_minute: u32,
    /// Most issues.
    pub issues_max: usize,
    /// Most errors a minute from one project; 0 for no limit.
    pub per_minute_max: u32,
    /// Bytes of files that came with errors.
    pub attachments_max: u64,
    /// Age of errors.
    pub retention: Duration,
    /// How far ahead of our clock an event may be.
    pub future_max: Duration,
}

/// Recording rules.
#[derive(Clone, Debug)]
pub struct RulesConfig {
    /// Rule files of Prometheus' format.
    pub files: Vec<PathBuf>,
    /// How often groups run that have no interval.
    pub interval: Duration,
}

/// PEM files.
#[derive(Clone, Debug)]
pub struct TlsConfig {
    /// Certificate chain, leaf first.
    pub cert: PathBuf,
    /// Private key of the leaf.
    pub key: PathBuf,
}

/// Connections.
#[derive(Clone, Debug)]
pub struct HttpConfig {
    /// Where browsers reach the server through a proxy.
    pub public_url: Option<Uri>,
    /// Further host names to answer to.
    pub allowed_hosts: Vec<String>,
    /// Open connections on each port.
    pub connections_max: usize,
    /// A request's head must have arrived after this.
    pub header_timeout: Duration,
    /// How long a stop waits.
    pub shutdown_timeout: Duration,
}

/// Query limits.
#[derive(Clone, Copy, Debug)]
pub struct QueryConfig {
    /// A query is stopped after this.
    pub timeout: Duration,
    /// Most rows one SQL answer carries.
    pub rows_max: usize,
}

/// What the server logs.
#[derive(Clone, Debug)]
pub struct LogConfig {
    /// A level, or target=level pairs.
    pub filter: String,
    /// JSON lines instead of text.
    pub json: bool,
}

impl Config {
    /// Resolves and validates what was set.
    pub fn resolve(raw: RawConfig) -> Result<Self, ConfigError> {
        let listen = listen_address(&raw, "listen")?;
        let memory = MemoryPlan::split(memory_bytes(&raw)?);
        let tls = tls_files(&raw)?;
        let mut otlp = OtlpConfig {
            grpc: optional_address(&raw, "otlp.grpc")?,
            http: optional_address(&raw, "otlp.http")?,
            require_token: false,
            body_bytes_max: auto_or(&raw, "otlp.body_max", memory.body_bytes_max(), parse_size)?,
            compressed_bytes_max: size(&raw, "otlp.compressed_max")?,
            body_timeout: duration(&raw, "otlp.body_timeout")?,
            future_max: duration(&raw, "otlp.future_max")?,
        };
        check_body_max(&raw, &otlp, &memory)?;
        let exposed: Vec<_> = [Some(listen), otlp.grpc, otlp.http]
            .into_iter()
            .flatten()
            .filter(|address| !address.ip().is_loopback())
            .collect();
        let overridden = switch(&raw, "allow_insecure_bind")?;
        otlp.require_token = match raw.get("otlp.require_token").0 {
            // A proxy brings others to a port that only this machine reaches.
            "auto" => !exposed.is_empty() || optional(&raw, "http.public_url"),
            _ => switch(&raw, "otlp.require_token")?,
        };
        refuse_insecure(&exposed, tls.is_some(), otlp.require_token, overridden)?;
        let connections_max = memory.connections_max();
        Ok(Self {
            data: PathBuf::from(non_empty(&raw, "data", "a directory")?),
            listen,
            memory,
            bootstrap_token: bootstrap_token(&raw)?,
            otlp,
            retention: RetentionConfig {
                traces: duration(&raw, "retention.traces")?,
                logs: duration(&raw, "retention.logs")?,
                metrics: duration(&raw, "retention.metrics")?,
                errors: duration(&raw, "retention.errors")?,
                disk_bytes_max: optional(&raw, "retention.disk_max")
                    .then(|| size(&raw, "retention.disk_max"))
                    .transpose()?,
            },
            store: StoreConfig {
                flush_interval: duration(&raw, "store.flush_interval")?,
                compact_interval: duration(&raw, "store.compact_interval")?,
                compact_fan_in: count(raw.get("store.compact_fan_in").0)
                    .map(usize_of)
                    .filter(|files| plimsoll_store::Options::FAN_IN.contains(files))
                    .ok_or_else(|| {
                        raw.value_error("store.compact_fan_in", "a whole number from 2 to 64")
                    })?,
                disk_reserve_bytes: size(&raw, "store.disk_reserve")?,
                grace: duration(&raw, "store.grace")?,
            },
            errors: errors(&raw, &memory)?,
            privacy: Privacy {
                secret_keys: switch(&raw, "privacy.secret_keys")?,
                credit_cards: switch(&raw, "privacy.credit_cards")?,
                tokens: switch(&raw, "privacy.tokens")?,
                emails: switch(&raw, "privacy.emails")?,
                ip_addresses: switch(&raw, "privacy.ip_addresses")?,
                keys: names(raw.get("privacy.keys").0),
                keep_keys: names(raw.get("privacy.keep_keys").0),
            },
            metrics: MetricsConfig {
                resource_labels: names(raw.get("metrics.resource_labels").0),
                scope_labels: switch(&raw, "metrics.scope_labels")?,
                from_spans: switch(&raw, "metrics.from_spans")?,
                metric_series_max: usize_of(auto_or(
                    &raw,
                    "metrics.metric_series_max",
                    200_000,
                    count,
                )?),
                source_series_max: usize_of(auto_or(
                    &raw,
                    "metrics.source_series_max",
                    1_000_000,
                    count,
                )?),
                out_of_order_max: duration(&raw, "metrics.out_of_order_max")?,
            },
            scrape: scrape(&raw)?,
            rules: RulesConfig {
                files: names(raw.get("rules.files").0).into_iter().map(PathBuf::from).collect(),
                interval: duration(&raw, "rules.interval")?,
            },
            tls,
            http: HttpConfig {
                public_url: public_url(&raw)?,
                allowed_hosts: names(raw.get("http.allowed_hosts").0),
                connections_max: usize_of(auto_or(
                    &raw,
                    "http.connections_max",
                    connections_max,
                    count,
                )?),
                header_timeout: duration(&raw, "http.header_timeout")?,
                shutdown_timeout: duration(&raw, "http.shutdown_timeout")?,
            },
            query: QueryConfig {
                timeout: duration(&raw, "query.timeout")?,
                rows_max: usize_of(auto_or(&raw, "query.rows_max", 10_000, count)?),
            },
            log: LogConfig {
                filter: non_empty(&raw, "log.filter", "a level or target=level pairs")?.to_owned(),
                json: choice(&raw, "log.format", &["text", "json"])? == "json",
            },
            self_observe: switch(&raw, "self_observe")?,
            raw,
        })
    }

    /// The settings as a settings file, each with where it came from; secrets hidden.
    #[must_use]
    pub fn show(&self) -> String {
        use std::fmt::Write as _;
        let mut text = String::new();
        let mut section = "";
        for key in KEYS {
            let (value, source) = self.raw.get(key.name);
            let (prefix, name) = key.name.split_once('.').unwrap_or(("", key.name));
            if prefix != section {
                section = prefix;
                let _ = write!(text, "\n[{section}]\n");
            }
            let source = match source {
                Source::Default => "default".to_owned(),
                Source::File(path) => path,
                Source::Environment => key.variable(),
                Source::Flag => format!("--{}", key.flag()),
            };
            let mark = if value.is_empty() || key.secret { "# " } else { "" };
            let value = if key.secret && !value.is_empty() { "(hidden)" } else { value };
            let resolved =
                self.resolved(key.name).map(|r| format!(", here {r}")).unwrap_or_default();
            let _ = writeln!(text, "{mark}{name} = {value:?}  # {source}{resolved}");
        }
        text
    }

    /// What `auto` became.
    fn resolved(&self, name: &str) -> Option<String> {
        if self.raw.get(Key::find(name)?.name).0 != "auto" {
            return None;
        }
        match name {
            "memory" => Some(self.memory.to_string()),
            "otlp.require_token" => Some(self.otlp.require_token.to_string()),
            "otlp.body_max" => Some(format_size((self.otlp.body_bytes_max >> 10) << 10)),
            "http.connections_max" => Some(self.http.connections_max.to_string()),
            _ => None,
        }
    }
}

/// Files in it are relative to the settings file.
fn scrape(raw: &RawConfig) -> Result<plimsoll_scrape::Config, ConfigError> {
    let Some((place, settings)) = raw.scrape() else {
        return Ok(plimsoll_scrape::Config::default());
    };
    let folder = std::path::Path::new(place).parent().unwrap_or(std::path::Path::new("."));
    plimsoll_scrape::Config::new(settings, folder)
        .map_err(|error| ConfigError::Conflict(format!("{place}: {error}")))
}

fn memory_bytes(raw: &RawConfig) -> Result<u64, ConfigError> {
    let bytes = auto_or(raw, "memory", memory::auto_bytes(), parse_size)?;
    if bytes < MEMORY_MIN {
        return Err(raw.value_error("memory", "at least 128MiB"));
    }
    Ok(bytes)
}

/// A body over what admission can ever grant would be refused forever as "try again".
fn errors(raw: &RawConfig, memory: &MemoryPlan) -> Result<ErrorsConfig, ConfigError> {
    let number = |name| {
        let value = count(raw.get(name).0).and_then(|value| u32::try_from(value).ok());
        value.ok_or_else(|| raw.value_error(name, "a whole number"))
    };
    Ok(ErrorsConfig {
        kept_burst: number("errors.kept_burst")?,
        kept_per_minute: number("errors.kept_per_minute")?,
        issues_max: usize_of(auto_or(raw, "errors.issues_max", memory.issues_max(), count)?),
        per_minute_max: number("errors.per_minute_max")?,
        attachments_max: size(raw, "errors.attachments_max")?,
        retention: duration(raw, "retention.errors")?,
        future_max: duration(raw, "otlp.future_max")?,
    })
}

fn check_body_max(
    raw: &RawConfig,
    otlp: &OtlpConfig,
    memory: &MemoryPlan,
) -> Result<(), ConfigError> {
    let largest = memory.body_bytes_admissible();
    if otlp.body_bytes_max > largest {
        let expected = format!(
            "at most {} with this memory budget; a request needs {IN_FLIGHT_PER_BODY_BYTE} times \
             its size in flight",
            format_size((largest >> 10) << 10)
        );
        return Err(raw.value_error("otlp.body_max", &expected));
    }
    Ok(())
}

/// Listening beyond loopback in the clear hands telemetry and sessions to the network.
fn refuse_insecure(
    exposed: &[SocketAddr],
    tls: bool,
    require_token: bool,
    overridden: bool,
) -> Result<(), ConfigError> {
    let Some(address) = exposed.first() else { return Ok(()) };
    let missing = match (tls, require_token) {
        _ if overridden => return Ok(()),
        (true, true) => return Ok(()),
        (false, _) => "TLS; set tls.cert and tls.key",
        (true, false) => "tokens for telemetry; leave otlp.require_token at auto",
    };
    Err(ConfigError::Conflict(format!(
        "refusing to listen on {address}, beyond loopback, without {missing}, or pass \
         --allow-insecure-bind where a proxy or a closed network protects this port"
    )))
}

fn bootstrap_token(raw: &RawConfig) -> Result<Option<Secret>, ConfigError> {
    match raw.get("bootstrap_token").0 {
        "" => Ok(None),
        token if token.len() >= 16 && token.bytes().all(|b| b.is_ascii_graphic()) => {
            Ok(Some(Secret(token.to_owned())))
        }
        _ => Err(raw.value_error("bootstrap_token", "at least 16 visible ASCII characters")),
    }
}

fn public_url(raw: &RawConfig) -> Result<Option<Uri>, ConfigError> {
    if !optional(raw, "http.public_url") {
        return Ok(None);
    }
    let url: Option<Uri> = raw.get("http.public_url").0.parse().ok();
    url.filter(|url| {
        url.authority().is_some() && matches!(url.scheme_str(), Some("http" | "https"))
    })
    .map(Some)
    .ok_or_else(|| {
        raw.value_error("http.public_url", "an address like https://plimsoll.example.com")
    })
}

fn names(text: &str) -> Vec<String> {
    let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
    names.map(str::to_owned).collect()
}

fn tls_files(raw: &RawConfig) -> Result<Option<TlsConfig>, ConfigError> {
    match (optional(raw, "tls.cert"), optional(raw, "tls.key")) {
        (false, false) => Ok(None),
        (true, true) => Ok(Some(TlsConfig {
            cert: PathBuf::from(raw.get("tls.cert").0),
            key: PathBuf::from(raw.get("tls.key").0),
        })),
        _ => Err(ConfigError::Conflict("tls.cert and tls.key go together; set both".to_owned())),
    }
}

fn optional(raw: &RawConfig, name: &'static str) -> bool {
    !raw.get(name).0.is_empty()
}

fn non_empty<'a>(
    raw: &'a RawConfig,
    name: &'static str,
    expected: &str,
) -> Result<&'a str, ConfigError> {
    Some(raw.get(name).0)
        .filter(|text| !text.is_empty())
        .ok_or_else(|| raw.value_error(name, expected))
}

/// `127.0.0.1:7070`, `[::1]:7070`, `localhost:7070`, `:7070` (loopback).
fn address(text: &str) -> Option<SocketAddr> {
    let text = text.trim();
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    let port = text.strip_prefix("localhost").unwrap_or(text).strip_prefix(':')?;
    Some(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port.parse().ok()?))
}

fn listen_address(raw: &RawConfig, name: &'static str) -> Result<SocketAddr, ConfigError> {
    let expected = "an address like 127.0.0.1:7070; port 0 takes any free port";
    address(raw.get(name).0).ok_or_else(|| raw.value_error(name, expected))
}

fn optional_address(
    raw: &RawConfig,
    name: &'static str,
) -> Result<Option<SocketAddr>, ConfigError> {
    match raw.get(name).0 {
        "off" => Ok(None),
        text => {
            let expected = "an address like 127.0.0.1:4317, or off";
            address(text).map(Some).ok_or_else(|| raw.value_error(name, expected))
        }
    }
}

fn size(raw: &RawConfig, name: &'static str) -> Result<u64, ConfigError> {
    parse_size(raw.get(name).0)
        .filter(|bytes| *bytes > 0)
        .ok_or_else(|| raw.value_error(name, units::SIZE_EXPECTED))
}

fn duration(raw: &RawConfig, name: &'static str) -> Result<Duration, ConfigError> {
    parse_duration(raw.get(name).0)
        .filter(|duration| !duration.is_zero())
        .ok_or_else(|| raw.value_error(name, units::DURATION_EXPECTED))
}

fn auto_or(
    raw: &RawConfig,
    name: &'static str,
    auto: u64,
    parse: fn(&str) -> Option<u64>,
) -> Result<u64, ConfigError> {
    match raw.get(name).0 {
        "auto" => Ok(auto),
        text => parse(text).filter(|value| *value > 0).ok_or_else(|| {
            let expected = Key::find(name).map_or("a value", |key| match key.value {
                "SIZE" => units::SIZE_EXPECTED,
                _ => "a whole number above 0",
            });
            raw.value_error(name, expected)
        }),
    }
}

fn count(text: &str) -> Option<u64> {
    text.parse().ok()
}

fn usize_of(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

fn switch(raw: &RawConfig, name: &'static str) -> Result<bool, ConfigError> {
    match raw.get(name).0 {
        "true" | "1" | "yes" => Ok(true),
        "false" | "0" | "no" => Ok(false),
        _ => Err(raw.value_error(name, "true or false")),
    }
}

fn choice<'a>(
    raw: &'a RawConfig,
    name: &'static str,
    choices: &[&str],
) -> Result<&'a str, ConfigError> {
    let value = raw.get(name).0;
    match choices.contains(&value) {
        true => Ok(value),
        false => Err(raw.value_error(name, &choices.join(" or "))),
    }
}

#[cfg(test)]
mod tests;
