//! Sentry's protocol proven on what its SDKs really send: envelopes that the SDKs of Python, Node
//! and Rust made of small programs, kept in `captures` (shortened, with other paths); and on what
//! none of them sends: broken, mutated and hostile ones.

mod captures;
mod events;
mod hostile;
mod items;
mod outline;
// Most of it is about protobuf.
#[allow(dead_code)]
#[path = "../shared/mutate.rs"]
mod mutate;
mod reading;
mod rows;
