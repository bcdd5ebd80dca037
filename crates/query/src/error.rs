//! What a caller learns of a query that failed. One type for the whole crate: callers show it or map
//! its code, they never branch on causes.

use plimsoll_model::ErrorCode;
use serde::Serialize;
use utoipa::ToSchema;

/// A place in the text of a query, both counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Location {
    /// Line of the query.
    pub line: u64,
    /// Character of the line.
    pub column: u64,
}

/// Why a query gave no answer.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct QueryError {
    /// What kind of failure.
    pub code: ErrorCode,
    /// For the user: what was wrong, and what was expected.
    pub message: String,
    /// For the user: what to do next.
    pub hint: Option<String>,
    /// For the user: where in the query.
    pub location: Option<Location>,
    /// For the log only: what lies beneath.
    pub cause: Option<String>,
}

impl QueryError {
    /// A failure of this kind.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: None, location: None, cause: None }
    }

    /// The request can never succeed as it is.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidArgument, message)
    }

    /// A defect of ours, or data that cannot be read. The cause is for the log.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        Self {
            cause: Some(cause.to_string()),
            ..Self::new(ErrorCode::Internal, "the query failed for a reason of our own")
                .hint("the server's log says more")
        }
    }

    /// The query ran over its time.
    pub(crate) fn deadline(limit: std::time::Duration) -> Self {
        Self::new(
            ErrorCode::DeadlineExceeded,
            format!("the query ran longer than its limit of {} s", limit.as_secs_f64()),
        )
        .hint("narrow the time range or add a filter")
    }

    /// The memory of all queries is spent.
    pub(crate) fn memory(cause: impl std::fmt::Display) -> Self {
        Self {
            cause: Some(cause.to_string()),
            ..Self::new(
                ErrorCode::ResourceExhausted,
                "the query needs more memory than queries may use",
            )
            .hint("narrow the time range, select fewer columns, or start the server with more --memory")
        }
    }

    /// Adds what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds where in the query.
    #[must_use]
    pub(crate) fn at(mut self, location: Option<Location>) -> Self {
        self.location = location;
        self
    }
}

impl From<arrow::error::ArrowError> for QueryError {
    fn from(error: arrow::error::ArrowError) -> Self {
        Self::internal(error)
    }
}

impl From<parquet::errors::ParquetError> for QueryError {
    fn from(error: parquet::errors::ParquetError) -> Self {
        Self::internal(error)
    }
}
