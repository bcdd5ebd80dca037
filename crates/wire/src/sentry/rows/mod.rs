//! Rows of `spans` and `logs` from what SDKs send.
//!
//! Where to start reading: `span` makes a row of one span in the older form, `transaction` of a
//! root and all spans below it, `container` of the newer form, `log` of a log record; `attribute`
//! has the values, `convention` the names that OpenTelemetry has for them, `origin` who sent a row.
//!
//! Invariants: one bad span or record is rejected with a reason and costs no other; a row's time is
//! within the window; what a payload repeats on every row (release, environment, host) is short.

mod attribute;
mod container;
mod convention;
mod log;
mod origin;
mod span;
mod transaction;

use plimsoll_model::{TimeWindow, UnixNano};

pub use log::Logs;
pub use origin::Origin;
pub use span::Spans;

/// What became of one payload.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Rows that were made of it.
    pub accepted: u64,
    /// Spans or records of it that were rejected.
    pub rejected: u64,
    /// The first few reasons; empty where there are none.
    pub message: String,
}

/// Reasons given to the sender.
const REASONS_MAX: u64 = 5;

impl Outcome {
    fn add(&mut self, result: Result<(), Fault>, place: impl FnOnce() -> String) {
        let Err(Fault(reason)) = result else {
            self.accepted += 1;
            return;
        };
        self.rejected += 1;
        if self.rejected <= REASONS_MAX {
            if !self.message.is_empty() {
                self.message.push_str("; ");
            }
            self.message.push_str(&place());
            self.message.push_str(": ");
            self.message.push_str(&reason);
        }
    }
}

/// Why a row was not made.
#[derive(Debug)]
struct Fault(String);

/// Checks that a row's time is one that is taken.
fn in_window(window: &TimeWindow, field: &str, time: UnixNano) -> Result<UnixNano, Fault> {
    if window.contains(time) {
        return Ok(time);
    }
    let TimeWindow { oldest, newest, .. } = window;
    let (what, bound) = if time < *oldest { ("after", oldest) } else { ("before", newest) };
    Err(Fault(format!(
        "{field}: expected Unix nanoseconds {what} {bound}, found {time}; check the sender's clock"
    )))
}

/// Checks that an id is there.
fn required<T>(field: &str, digits: usize, id: Option<T>) -> Result<T, Fault> {
    let expected = || Fault(format!("{field}: expected {digits} hexadecimal digits, not all zero"));
    id.ok_or_else(expected)
}
