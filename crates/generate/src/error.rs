//! Why a run could not begin or had to end.

use std::io;
use std::path::PathBuf;

/// A run that could not be made. What the server refuses is no error: it is in the report.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    /// An option with a value that makes no sense.
    #[error("{option}: expected {expected}")]
    Argument {
        /// As on the command line.
        option: &'static str,
        /// What would have been accepted.
        expected: String,
    },
    /// Nobody answers at the endpoint.
    #[error(
        "cannot connect to {endpoint}: {reason}; start the server first, or name another one with \
         --endpoint"
    )]
    Connect {
        /// The endpoint, without secrets.
        endpoint: String,
        /// What the operating system or the server said.
        reason: String,
    },
    /// The ledger cannot be opened or written.
    #[error("cannot write the ledger {}: {source}", path.display())]
    Ledger {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A connection's task ended in a panic: a defect of ours.
    #[error("a sender stopped unexpectedly: {0}; this is a defect, please report it")]
    Sender(String),
}
