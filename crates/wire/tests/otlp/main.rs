//! OTLP proven against the reference types: the same bytes decoded by prost and by us, compared
//! field by field; arbitrary, mutated and hostile input; JSON.

mod agree;
mod arbitrary;
mod columns;
mod expected;
mod hostile;
mod json;
mod logs;
mod metrics;
#[path = "../shared/mutate.rs"]
mod mutate;
mod mutation;
mod properties;
mod rejection;
mod response;
mod semantics;
mod target_info;
mod traces;
