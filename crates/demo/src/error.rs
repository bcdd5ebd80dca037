//! Why the shop could not open or close.

use std::io;

/// What stops the demo. What fails inside the shop is telemetry, not an error.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// An option with a value that makes no sense.
    #[error("{option}: expected {expected}")]
    Argument {
        /// As on the command line.
        option: &'static str,
        /// What would have been accepted.
        expected: String,
    },
    /// A service found no port to listen on.
    #[error("{service} cannot listen on a loopback port: {source}")]
    Listen {
        /// The service.
        service: &'static str,
        /// What the operating system said.
        source: io::Error,
    },
    /// The OpenTelemetry SDK did not accept the endpoint.
    #[error(
        "cannot export telemetry to {endpoint}: {reason}; expected a URL like http://127.0.0.1:4317"
    )]
    Exporter {
        /// As given.
        endpoint: String,
        /// What the SDK said.
        reason: String,
    },
}
