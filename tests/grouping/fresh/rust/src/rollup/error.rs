//! What can go wrong in a roll-up. Every error knows the stack it was made on.

use std::backtrace::Backtrace;
use std::error::Error;
use std::{fmt, io};

#[derive(Debug)]
pub enum Kind {
    OutOfOrder { bucket: u64, last: u64 },
    CounterReset { before: u64, now: u64 },
    UnknownUnit(String),
    Warehouse { batch: String, source: io::Error },
}

#[derive(Debug)]
pub struct RollupError {
    kind: Kind,
    backtrace: Backtrace,
}

impl From<Kind> for RollupError {
    fn from(kind: Kind) -> RollupError {
        RollupError { kind, backtrace: Backtrace::force_capture() }
    }
}

impl RollupError {
    /// The error, its cause and its stack.
    pub fn details(&self) -> String {
        let cause = self.source().map_or(String::new(), |source| format!("\ncaused by: {source}"));
        format!("{self}{cause}\n\nstack backtrace:\n{}", self.backtrace)
    }
}

impl fmt::Display for RollupError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::OutOfOrder { bucket, last } => {
                write!(out, "bucket {bucket} is older than {last}")
            }
            Kind::CounterReset { before, now } => {
                write!(out, "counter fell from {before} to {now}")
            }
            Kind::UnknownUnit(unit) => write!(out, "unknown unit {unit:?}"),
            Kind::Warehouse { batch, .. } => write!(out, "batch {batch} was not sent"),
        }
    }
}

impl Error for RollupError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.kind {
            Kind::Warehouse { source, .. } => Some(source),
            _ => None,
        }
    }
}
