//! Errors as issues: stacks read from text, occurrences grouped, and what becomes of an issue.
//!
//! Invariants: no I/O, no clock, no runtime, and nothing of this crate knows where occurrences are
//! kept; the same input gives the same answer for ever within one version of the grouping; time and
//! memory are linear in the input, whatever it says.

pub mod group;
pub mod in_app;
pub mod message;
pub mod monitor;
pub mod rates;
pub mod release;
pub mod source_map;
pub mod stack;
pub mod workflow;
