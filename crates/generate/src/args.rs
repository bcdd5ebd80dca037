//! The command line of `plimsoll generate`, as typed.
//!
//! Invariant: nothing here is checked against anything else; `Plan` does that. A header's value is
//! never printed.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{Args, ValueEnum};
use serde::Serialize;

/// Sends synthetic telemetry to an OTLP endpoint and reports what was acknowledged.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct GenerateArgs {
    /// Where to send: the base address, for HTTP without /v1/traces [default: http://127.0.0.1:4317
    /// for grpc, http://127.0.0.1:4318 for http]
    #[arg(long, value_name = "URL")]
    pub endpoint: Option<String>,
    /// How to send
    #[arg(long, value_enum, default_value_t = Protocol::Grpc)]
    pub protocol: Protocol,
    /// What to send; may be repeated, batches then take turns
    #[arg(long = "signal", value_enum, value_name = "SIGNAL", default_value = "traces")]
    pub signals: Vec<Signal>,
    /// Items (spans, log records, data points) per second over all connections [default: as fast as
    /// they are acknowledged]
    #[arg(long, value_name = "ITEMS")]
    pub rate: Option<f64>,
    /// Stop after this long, like 30s, 5m or 1h
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub duration: Option<Duration>,
    /// Stop after this many items
    #[arg(long, value_name = "ITEMS")]
    pub count: Option<u64>,
    /// How many services the items come from
    #[arg(long, default_value_t = 10, value_name = "N")]
    pub services: usize,
    /// How deep calls nest in a trace
    #[arg(long, default_value_t = 4, value_name = "N")]
    pub span_depth: usize,
    /// Spans in a trace
    #[arg(long, default_value_t = 8, value_name = "N")]
    pub spans_per_trace: usize,
    /// Attributes on each item [default: 20 on spans, 8 on log records, 4 on data points]
    #[arg(long, value_name = "N")]
    pub attributes: Option<usize>,
    /// How many values an attribute with an open set of values takes, like a user's id
    #[arg(long, default_value_t = 1000, value_name = "N")]
    pub cardinality: u64,
    /// Share of traces, and of log records, that fail (0 to 1)
    #[arg(long, default_value_t = 0.02, value_name = "SHARE")]
    pub error_rate: f64,
    /// Different series the data points belong to
    #[arg(long, default_value_t = 10_000, value_name = "N")]
    pub series: u64,
    /// Items in a request
    #[arg(long, default_value_t = 1000, value_name = "ITEMS")]
    pub batch_size: usize,
    /// Connections, each with one request under way
    #[arg(long, default_value_t = 4, value_name = "N")]
    pub connections: usize,
    /// Same seed, same ids and values; the times are always those of the run [default: from the
    /// clock]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Name of the run in the ledger and in audited items [default: from the seed]
    #[arg(long, value_name = "NAME")]
    pub run: Option<String>,
    /// How request bodies are compressed
    #[arg(long, value_enum, default_value_t = Compression::None)]
    pub compression: Compression,
    /// A header sent with each request, like "authorization=Bearer …"; may be repeated
    #[arg(long = "header", value_name = "NAME=VALUE")]
    pub headers: Vec<Header>,
    /// Let the items' times walk evenly from this long ago to now; needs --count or --duration
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub time_spread: Option<Duration>,
    /// Do not send refused batches again
    #[arg(long)]
    pub no_retry: bool,
    /// Send a refused batch again, or look for the server again, for so long
    #[arg(long, default_value = "60s", value_name = "TIME", value_parser = parse_duration)]
    pub retry_for: Duration,
    /// How long to wait for the answer to a request
    #[arg(long, default_value = "30s", value_name = "TIME", value_parser = parse_duration)]
    pub timeout: Duration,
    /// Append a line to this file for each batch that was acknowledged or whose outcome is unknown,
    /// and mark every item with its run, batch and number
    #[arg(long, value_name = "FILE")]
    pub ledger: Option<PathBuf>,
    /// How to print the report
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
}

const EXAMPLES: &str = "\
Examples:
  plimsoll generate --duration 30s
      spans as fast as the server on this machine acknowledges them
  plimsoll generate --signal traces --signal logs --rate 5000 --count 1000000 --seed 7
      the same million items each time, half spans and half log records
  plimsoll generate --protocol http --endpoint http://127.0.0.1:9428/insert/opentelemetry --duration 1m
      any other server that speaks OTLP";

/// How requests are carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// OTLP/gRPC over HTTP/2 without TLS
    Grpc,
    /// OTLP/HTTP with protobuf bodies, over HTTP/1.1 without TLS
    Http,
}

/// A kind of telemetry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Signal {
    /// Spans
    Traces,
    /// Log records
    Logs,
    /// Data points
    Metrics,
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Traces => "traces",
            Self::Logs => "logs",
            Self::Metrics => "metrics",
        })
    }
}

/// How bodies are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Compression {
    None,
    Gzip,
    Zstd,
}

/// How the report is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Human,
    Json,
}

/// A request header from the command line.
#[derive(Clone)]
pub struct Header {
    pub(crate) name: http::HeaderName,
    pub(crate) value: http::HeaderValue,
}

impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}=…", self.name)
    }
}

impl FromStr for Header {
    type Err = String;

    /// The message never repeats the value: it may be a secret.
    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) =
            text.split_once('=').ok_or("a header without `=`; write it as name=value")?;
        let name = http::HeaderName::from_bytes(name.trim().as_bytes())
            .map_err(|_| "the header's name has characters that no header may have".to_owned())?;
        let mut value = http::HeaderValue::from_str(value.trim())
            .map_err(|_| format!("the value of header {name} has characters no header may have"))?;
        value.set_sensitive(true);
        Ok(Self { name, value })
    }
}

/// Parses `250ms`, `1.5s`, `30s`, `5m`, `2h` or `7d`.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let expected =
        || format!("`{text}` is no duration; expected something like 500ms, 30s, 5m, 2h");
    let split = text.find(|c: char| c.is_ascii_alphabetic()).ok_or_else(expected)?;
    let (number, unit) = text.split_at(split);
    let seconds = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3_600.0,
        "d" => 86_400.0,
        _ => return Err(expected()),
    };
    let number: f64 = number.parse().map_err(|_| expected())?;
    Duration::try_from_secs_f64(number * seconds).map_err(|_| expected())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        args: GenerateArgs,
    }

    #[test]
    fn durations_parse() {
        let check = |text: &str, expected: Option<u64>| {
            let parsed = parse_duration(text).ok().map(|time| time.as_millis() as u64);
            assert_eq!(parsed, expected, "{text}");
        };
        check("500ms", Some(500));
        check("1.5s", Some(1_500));
        check("2m", Some(120_000));
        check("1h", Some(3_600_000));
        check("7d", Some(604_800_000));
        check("10", None);
        check("s", None);
        check("-1s", None);
        check("1e300h", None);
        check("5 weeks", None);
    }

    #[test]
    fn a_header_never_shows_its_value() {
        let header: Header = "Authorization=Bearer secret".parse().unwrap();
        assert_eq!(format!("{header:?}"), "authorization=…");
        assert!(!format!("{:?}", header.value).contains("secret"));
        let error = "authorization=sec\nret".parse::<Header>().unwrap_err();
        assert!(!error.contains("sec"), "{error}");
        assert!("novalue".parse::<Header>().is_err());
    }

    #[test]
    fn defaults_and_repeated_options_parse() {
        let args = Cli::try_parse_from(["x"]).unwrap().args;
        assert_eq!(args.signals, [Signal::Traces]);
        assert_eq!((args.batch_size, args.connections), (1000, 4));
        let args =
            Cli::try_parse_from(["x", "--signal", "logs", "--signal", "metrics"]).unwrap().args;
        assert_eq!(args.signals, [Signal::Logs, Signal::Metrics]);
    }
}
