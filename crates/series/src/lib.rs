//! Which series there are: their labels in memory, what may be added to them, and how OpenTelemetry's
//! series are named in Prometheus' language.
//!
//! Where to start reading: `index` holds and finds series; `admission` decides what is taken in;
//! `describe` and `naming` turn rows of the `series` table into labels.
//!
//! Invariants: no I/O and no runtime; a series enters the index only after its row is durable; refusing a
//! new series never touches a known one.

mod admission;
mod cardinality;
mod describe;
mod index;
mod naming;
mod postings;
mod select;
mod symbols;
#[cfg(test)]
mod tests;

pub use admission::{Limits, Refused};
pub use cardinality::{Cardinality, LabelCardinality, MetricCardinality, Refusal};
pub use describe::{COLUMNS, Described, Family, Kind, Part, Row, RowsError, rows};
pub use index::{Index, Metadata, Stats};
pub use naming::Naming;
pub use select::Selected;
