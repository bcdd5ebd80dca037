//! The shop of `plimsoll demo`: seven small HTTP services under traffic, with faults to find.
//!
//! It is truthful: the services talk over real loopback sockets, wait where they say they wait,
//! and are instrumented with the ordinary OpenTelemetry SDK, whose exporters send to any OTLP/gRPC
//! endpoint. The shop knows nothing of the server that receives its telemetry.
//!
//! Invariants: nothing is printed; nothing outlives `run`; memory does not grow with time.

mod args;
mod client;
mod database;
mod directory;
mod error;
mod failure;
mod random;
mod recorder;
mod report;
mod schedule;
mod service;
mod services;
mod shop;
mod telemetry;
mod traffic;
mod work;

pub use args::DemoArgs;
pub use error::DemoError;
pub use report::{Opening, Report, format_opening, format_report};
pub use schedule::{CHECKOUT_REGRESSED, CHECKOUT_STABLE, Conditions, conditions_at};
pub use shop::{run, run_with_opening};
