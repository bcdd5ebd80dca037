//! The Delta transaction log of one table: a folder of numbered JSON commits, and checkpoints of
//! them in Parquet. The protocol is at <https://github.com/delta-io/delta/blob/master/PROTOCOL.md>.
//!
//! Written here instead of taken from a crate because an acknowledged item may leave the write-ahead
//! log only after its commit is *on the disk* (`docs/adr/0002-delta-log.md`); read in tests by engines
//! we did not write.
//!
//! Invariants: one writer (the store holds the folder's lock); a commit exists whole or not at all; a
//! file is referenced only after it is durable. Nothing here reads or writes data files.

mod action;
mod checkpoint;
mod log;
mod schema;

pub(crate) use action::{Add, Remove};
pub use log::DeltaError;
pub(crate) use log::{Commit, DeltaLog};
