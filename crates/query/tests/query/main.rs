//! Queries over known data: in memory, in files, and mixed. `shop` makes the data and knows the right
//! answers; `source` puts it into batches and Parquet files.

#![allow(clippy::unwrap_used, unreachable_pub)]

mod limits;
mod logs;
mod metrics;
mod services;
mod shop;
mod source;
mod split;
mod sql;
mod sql_guard;
mod store;
mod traces;
