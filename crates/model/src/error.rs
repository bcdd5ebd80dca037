//! The product's error codes. One file in `server` maps them to HTTP and gRPC; nothing else does.

use serde::Serialize;

/// What kind of failure a caller sees. Stable: clients match on these names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The request can never succeed as it is: malformed, out of range, unknown field.
    InvalidArgument,
    /// No credentials, or credentials that are unknown, expired or revoked.
    Unauthenticated,
    /// Known caller, but not allowed to do this.
    PermissionDenied,
    /// No such thing.
    NotFound,
    /// The method is not offered on this path.
    MethodNotAllowed,
    /// Somebody else changed the thing first.
    Conflict,
    /// A body, batch or result over its documented limit.
    TooLarge,
    /// A content type or encoding that is not spoken here.
    UnsupportedMediaType,
    /// A rate, memory or disk budget is spent; the same request may succeed after a delay.
    ResourceExhausted,
    /// Starting, stopping, or unable to write; the same request may succeed after a delay.
    Unavailable,
    /// The query ran over its time limit.
    DeadlineExceeded,
    /// A defect of ours.
    Internal,
}
