//! What a run does, resolved from the arguments and checked.
//!
//! Invariant: the work is split among connections before the run starts, so that what each one
//! sends depends on the seed alone and not on how fast the others are.

use std::path::PathBuf;
use std::time::Duration;

use http::Uri;

use crate::args::{Compression, GenerateArgs, Header, Protocol, Signal};
use crate::attributes::Audit;
use crate::error::GenerateError;
use crate::random::mix;
use crate::template::BATCH_ITEMS_MAX;

/// Connections, each with its templates and one request under way.
const CONNECTIONS_MAX: usize = 1024;
const SERVICES_MAX: usize = 10_000;
const ATTRIBUTES_MAX: usize = 1_000;
/// Each series keeps its encoded point, some 400 bytes: 4 GiB at the most.
const SERIES_MAX: u64 = 10_000_000;
const SPANS_PER_TRACE_MAX: usize = 100_000;

/// What items look like.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    pub(crate) seed: u64,
    pub(crate) services: usize,
    pub(crate) span_depth: usize,
    pub(crate) spans_per_trace: usize,
    pub(crate) span_attributes: usize,
    pub(crate) log_attributes: usize,
    pub(crate) metric_attributes: usize,
    pub(crate) cardinality: u64,
    pub(crate) error_rate: f64,
    pub(crate) series: u64,
}

/// A run.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) shape: Shape,
    pub(crate) run: String,
    pub(crate) audit: Option<Audit>,
    pub(crate) ledger: Option<PathBuf>,
    pub(crate) target: Target,
    pub(crate) signals: Vec<Signal>,
    pub(crate) rate: Option<f64>,
    pub(crate) duration: Option<Duration>,
    pub(crate) count: Option<u64>,
    pub(crate) batch_items: usize,
    pub(crate) connections: usize,
    pub(crate) time_spread: Option<Duration>,
    /// How long a refused batch is sent again; zero for never.
    pub(crate) retry_for: Duration,
    /// How long a lost server is looked for.
    pub(crate) reconnect_for: Duration,
}

/// Where and how requests go.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) protocol: Protocol,
    /// Host and port to connect to.
    pub(crate) address: String,
    pub(crate) authority: String,
    /// In front of `/v1/traces`; no trailing slash.
    pub(crate) path_prefix: String,
    pub(crate) compression: Compression,
    pub(crate) headers: Vec<Header>,
    pub(crate) timeout: Duration,
}

impl Plan {
    /// Checks the arguments; `entropy` is the seed where none was given.
    pub(crate) fn resolve(args: &GenerateArgs, entropy: u64) -> Result<Self, GenerateError> {
        check_ranges(args)?;
        let seed = args.seed.unwrap_or(entropy);
        let run = args.run.clone().unwrap_or_else(|| format!("{:016x}", mix(seed)));
        let mut signals = args.signals.clone();
        signals.sort_unstable();
        signals.dedup();
        Ok(Self {
            shape: Shape {
                seed,
                services: args.services,
                span_depth: args.span_depth.min(args.spans_per_trace),
                spans_per_trace: args.spans_per_trace,
                span_attributes: args.attributes.unwrap_or(20),
                log_attributes: args.attributes.unwrap_or(8),
                metric_attributes: args.attributes.unwrap_or(4),
                cardinality: args.cardinality,
                error_rate: args.error_rate,
                series: args.series,
            },
            audit: args.ledger.is_some().then(|| Audit { run: run.clone() }),
            run,
            ledger: args.ledger.clone(),
            target: Target::resolve(args)?,
            signals,
            rate: args.rate,
            duration: args.duration,
            count: args.count,
            batch_items: batch_items(args),
            connections: args.connections,
            time_spread: args.time_spread,
            retry_for: if args.no_retry { Duration::ZERO } else { args.retry_for },
            reconnect_for: args.retry_for,
        })
    }

    /// How many of the items this connection sends.
    pub(crate) fn count_of(&self, connection: usize) -> Option<u64> {
        let connections = self.connections as u64;
        self.count
            .map(|count| count / connections + u64::from((connection as u64) < count % connections))
    }

    /// The first series of this connection, and how many it has: at least one.
    pub(crate) fn series_of(&self, connection: usize) -> (u64, u64) {
        let connections = self.connections as u64;
        let share = |before: u64| u128::from(self.shape.series) * u128::from(before);
        let first = (share(connection as u64) / u128::from(connections)) as u64;
        let end = (share(connection as u64 + 1) / u128::from(connections)) as u64;
        (first, end - first)
    }
}

/// At a low rate batches are smaller, so that each connection still sends about one a second.
fn batch_items(args: &GenerateArgs) -> usize {
    let each_second = args.rate.map_or(f64::MAX, |rate| (rate / args.connections as f64).ceil());
    args.batch_size.min(each_second.max(1.0) as usize)
}

fn check_ranges(args: &GenerateArgs) -> Result<(), GenerateError> {
    let wrong =
        |option: &'static str, expected: String| Err(GenerateError::Argument { option, expected });
    let between = |option: &'static str, value: usize, max: usize| {
        if (1..=max).contains(&value) { Ok(()) } else { wrong(option, format!("1 to {max}")) }
    };
    between("--services", args.services, SERVICES_MAX)?;
    between("--span-depth", args.span_depth, SPANS_PER_TRACE_MAX)?;
    between("--spans-per-trace", args.spans_per_trace, SPANS_PER_TRACE_MAX)?;
    between("--connections", args.connections, CONNECTIONS_MAX)?;
    between("--batch-size", args.batch_size, BATCH_ITEMS_MAX)?;
    between("--cardinality", args.cardinality as usize, usize::MAX)?;
    if args.attributes.is_some_and(|count| count > ATTRIBUTES_MAX) {
        return wrong("--attributes", format!("at most {ATTRIBUTES_MAX}"));
    }
    if !(args.connections as u64..=SERIES_MAX).contains(&args.series) {
        return wrong("--series", format!("one for each connection, at most {SERIES_MAX}"));
    }
    if !(0.0..=1.0).contains(&args.error_rate) {
        return wrong("--error-rate", "a share from 0 to 1".to_owned());
    }
    if args.rate.is_some_and(|rate| !(rate > 0.0 && rate.is_finite())) {
        return wrong("--rate", "items per second, more than 0".to_owned());
    }
    if args.count == Some(0) {
        return wrong("--count", "at least 1".to_owned());
    }
    if args.time_spread.is_some() && args.count.is_none() && args.duration.is_none() {
        return wrong("--time-spread", "together with --count or --duration".to_owned());
    }
    Ok(())
}

impl Target {
    fn resolve(args: &GenerateArgs) -> Result<Self, GenerateError> {
        let (default, port) = match args.protocol {
            Protocol::Grpc => ("http://127.0.0.1:4317", 4317),
            Protocol::Http => ("http://127.0.0.1:4318", 4318),
        };
        let endpoint = args.endpoint.as_deref().unwrap_or(default);
        let wrong = |expected: &str| GenerateError::Argument {
            option: "--endpoint",
            expected: expected.to_owned(),
        };
        let with_scheme = if endpoint.contains("://") {
            endpoint.to_owned()
        } else {
            format!("http://{endpoint}")
        };
        let uri: Uri =
            with_scheme.parse().map_err(|_| wrong("a URL like http://127.0.0.1:4317"))?;
        if uri.scheme_str() != Some("http") {
            return Err(wrong("a URL that begins with http://, since TLS is not spoken here"));
        }
        let authority = uri.authority().ok_or_else(|| wrong("a host after http://"))?;
        if authority.as_str().contains('@') {
            return Err(wrong("a URL without user and password; use --header authorization=…"));
        }
        let port = authority.port_u16().unwrap_or(port);
        Ok(Self {
            protocol: args.protocol,
            address: format!("{}:{port}", authority.host()),
            authority: authority.to_string(),
            path_prefix: uri.path().trim_end_matches('/').to_owned(),
            compression: args.compression,
            headers: args.headers.clone(),
            timeout: args.timeout,
        })
    }

    /// Shown in the report; holds no secret.
    pub(crate) fn url(&self) -> String {
        format!("http://{}{}", self.authority, self.path_prefix)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        args: GenerateArgs,
    }

    pub(crate) fn plan(arguments: &[&str]) -> Result<Plan, GenerateError> {
        let arguments = std::iter::once("generate").chain(arguments.iter().copied());
        Plan::resolve(&Cli::parse_from(arguments).args, 99)
    }

    #[test]
    fn work_is_split_without_rest() {
        for (count, connections) in [("10", "4"), ("1", "3"), ("1000003", "7"), ("8", "8")] {
            let plan =
                plan(&["--count", count, "--connections", connections, "--series", "11"]).unwrap();
            let all = 0..plan.connections;
            let total: u64 = all.clone().filter_map(|connection| plan.count_of(connection)).sum();
            assert_eq!(total, count.parse::<u64>().unwrap());
            let mut next = 0;
            for (first, length) in all.map(|connection| plan.series_of(connection)) {
                assert_eq!(first, next);
                assert!(length > 0);
                next = first + length;
            }
            assert_eq!(next, 11);
        }
    }

    #[test]
    fn endpoints_resolve() {
        let check = |endpoint: &str, address: &str, url: &str| {
            let target = plan(&["--endpoint", endpoint, "--protocol", "http"]).unwrap().target;
            assert_eq!((target.address.as_str(), target.url().as_str()), (address, url));
        };
        check("http://127.0.0.1:9428/insert/", "127.0.0.1:9428", "http://127.0.0.1:9428/insert");
        check("localhost", "localhost:4318", "http://localhost");
        check("http://[::1]:4318", "[::1]:4318", "http://[::1]:4318");
    }

    #[test]
    fn wrong_arguments_name_the_option_and_what_is_expected() {
        let check = |arguments: &[&str], expected: &str| {
            let error = plan(arguments).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        };
        check(
            &["--endpoint", "https://x:1"],
            "--endpoint: expected a URL that begins with http://",
        );
        check(&["--endpoint", "http://me:secret@x:1"], "--endpoint: expected a URL without user");
        check(&["--error-rate", "1.5"], "--error-rate: expected a share from 0 to 1");
        check(&["--rate", "0"], "--rate: expected items per second");
        check(&["--time-spread", "1h"], "--time-spread: expected together with");
        check(&["--batch-size", "0"], "--batch-size: expected 1 to");
        check(&["--series", "2"], "--series: expected one for each connection");
    }

    #[test]
    fn low_rates_make_small_batches() {
        assert_eq!(plan(&["--rate", "100"]).unwrap().batch_items, 25);
        assert_eq!(plan(&["--rate", "0.5"]).unwrap().batch_items, 1);
        assert_eq!(plan(&["--rate", "1000000"]).unwrap().batch_items, 1000);
        assert_eq!(plan(&[]).unwrap().batch_items, 1000);
    }
}
