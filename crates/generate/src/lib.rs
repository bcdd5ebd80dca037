//! The engine of `plimsoll generate`: synthetic traces, logs and metrics for any OTLP endpoint.
//!
//! Batches are encoded once, before the run; sending one again costs no more than writing new ids
//! and times into it. A single core sends well over a million spans a second, so that on one
//! machine with the server it is the server that is measured.
//!
//! Invariants: nothing is printed here; nothing outlives `run`; what was acknowledged is counted
//! exactly; the same seed sends the same ids and values.

mod answer;
mod args;
mod attributes;
mod error;
mod exporter;
mod grpc;
mod http1;
mod ledger;
mod logs;
mod metrics;
mod pacer;
mod plan;
mod pool;
mod protobuf;
mod random;
mod report;
mod retry;
mod run;
mod tally;
mod template;
mod traces;
mod vocabulary;
mod worker;

pub use args::{Compression, Format, GenerateArgs, Header, Protocol, Signal, parse_duration};
pub use error::GenerateError;
pub use report::{Acknowledged, Latency, Refused, Report, format_report};
pub use run::{Progress, run, run_with_progress};
