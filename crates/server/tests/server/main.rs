//! The server over real sockets on ephemeral loopback ports: what it accepts, what it refuses and
//! how, and that after each refusal it still answers and has what it acknowledged.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod access;
mod bad_input;
mod grpc;
mod harness;
mod http;
mod lifecycle;
mod slow;
