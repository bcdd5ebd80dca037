//! Remote write proven against prost and plain code: the same bytes decoded by both, compared row
//! by row; arbitrary, mutated and hostile input; rows as bytes of the log.

mod admission;
mod agree;
mod arbitrary;
mod columns;
mod expected;
mod hostile;
mod messages;
#[path = "../shared/mutate.rs"]
mod mutate;
mod properties;
mod rejection;
mod rows;
mod values;
