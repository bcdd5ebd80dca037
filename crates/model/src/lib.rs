//! The vocabulary of Plimsoll: ids, times, error codes, and the columnar tables every other crate
//! speaks in.
//!
//! Invariants: this crate does no I/O, knows no async runtime, and depends on nothing internal. A
//! batch always has exactly the columns of its table's schema, in order.

pub mod batch;
mod error;
mod exception;
mod id;
pub mod schema;
mod time;

pub use error::ErrorCode;
pub use exception::{Exception, Frame, SourceLines};
pub use id::{IdError, SpanId, TraceId};
pub use schema::Table;
pub use time::{Clock, DAY_NANO, SystemClock, TimeWindow, UnixNano};
