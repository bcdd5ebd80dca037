//! Bytes to columns and back: what other people's protocols say, in the tables of `model`.
//!
//! Invariants: no I/O, no async, no clock; the same bytes and limits always decode to the same
//! rows, because the log keeps OTLP's bytes and recovery decodes them again. What Prometheus'
//! protocols say depends on the series that are known as well, and what Sentry's SDKs send is
//! scrubbed first, so the log keeps their rows ([`columns`]). What was scrubbed ([`scrub`]) stays as
//! it is when it is scrubbed again. No input panics, and memory stays within a small multiple of
//! the input (see [`otlp::Limits`]).

pub mod columns;
pub mod json;
pub mod otlp;
pub mod prometheus;
pub mod scrub;
pub mod sentry;
