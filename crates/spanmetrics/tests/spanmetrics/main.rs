//! Spans in, series out: through the same columns and the same writer of series as in the server.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod exactness;
mod graph;
mod limits;
mod series;
mod support;
