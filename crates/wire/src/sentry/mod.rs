//! What Sentry's SDKs send: envelopes, and the events, spans, logs, sessions and check-ins in them.
//!
//! Where to start reading: `envelope` takes a request apart; `event` reads errors; `rows` makes
//! rows of spans and logs; `reader` is the JSON under all of them. A payload is cleaned before it
//! is read (made valid, bounded and scrubbed), so the readers take text.
//!
//! Invariants: no I/O and no clock; nothing an SDK sends is refused for its shape where something
//! of it can be kept, and what was not understood is counted.

mod attachment;
pub mod auth;
mod check_in;
mod client_report;
pub mod envelope;
pub mod event;
mod feedback;
mod header;
mod id;
mod item;
mod rate_limit;
mod reader;
pub mod rows;
mod session;
pub mod store;
mod time;

pub use attachment::Attachment;
pub use check_in::{CheckIn, CheckInError, CheckInStatus, IntervalUnit, MonitorConfig, Schedule};
pub use client_report::{ClientReport, Discarded};
pub use envelope::{Envelope, Item, Limits};
pub use feedback::Feedback;
pub use header::{Header, ItemHeader, Sdk, Trace};
pub use id::uuid;
pub use item::{Category, ItemType};
pub use rate_limit::rate_limits;
pub use session::{
    Session, SessionAttributes, SessionCounts, SessionError, SessionStatus, Sessions,
};
pub use time::unix_nano;
