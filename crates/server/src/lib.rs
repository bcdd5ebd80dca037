//! The server: settings, ports, ingest, the HTTP API, access, the page, lifecycle.
//!
//! Invariants: this is the only crate that knows HTTP; nothing is acknowledged before the store
//! has it on disk; every task is owned and joined; every byte a caller sends is charged to the
//! memory budget while it is held.

pub mod access;
mod addresses;
mod api;
mod app;
pub mod config;
mod errors;
mod health;
mod ingest;
mod listen;
mod monitors;
mod observe;
mod own_metrics;
mod page;
pub mod problem;
mod prometheus;
mod recording;
mod routes;
mod scraping;
mod sentry;
mod server;
mod span_metrics;
pub mod time;
mod trace;

pub use addresses::{ADDRESSES_FILE, Addresses};
pub use api::document as openapi;
pub use errors::OpenErrorsError;
pub use listen::{BindError, TlsError};
pub use observe::{ObserveLayer, Observed, observe};
pub use recording::RulesError;
pub use server::{Server, StartError, StopError};
