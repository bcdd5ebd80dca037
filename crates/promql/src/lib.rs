//! Prometheus' query language: parsed, and evaluated over series.
//!
//! Invariants: this crate does no I/O and knows no runtime; where series come from is behind a trait.
//! Its yardstick is Prometheus itself: same values, same labels, same warnings.

pub mod ast;
mod eval;
pub mod histogram;
mod labels;
mod notes;
mod parse;
mod series;

pub use eval::{Answer, Engine, EvalError, Options, Storage, Value};
pub use histogram::{Histogram, ResetHint};
pub use labels::{Labels, METRIC_NAME};
pub use notes::Notes;
pub use parse::{ParseError, Quoted, anchored, format, functions, parse, parse_selector, to_json};
pub use series::{ABSENT, Point, Series, is_stale};
