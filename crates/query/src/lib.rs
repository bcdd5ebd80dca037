//! Answers questions about what the store holds: traces, logs, services, and SQL.
//!
//! Entry points: [`Engine`] runs everything; `traces`, `logs` and `services` read rows by themselves
//! through `scan`; `sql` hands the same rows to DataFusion. The answers' types are the API's JSON.
//!
//! Invariants: the only crate that knows DataFusion; nothing here writes but the spill folder; text
//! from a user becomes SQL only where the user wrote SQL; each query sees unflushed rows and files of
//! one snapshot a table, every row exactly once.

mod attributes;
mod column;
mod condition;
mod context;
mod cursor;
mod engine;
mod error;
mod errors;
mod histogram;
mod limits;
mod logs;
mod metrics;
mod pool;
mod scan;
mod services;
mod source;
mod sql;
mod time;
mod traces;

pub use attributes::Attribute;
pub use condition::{AttributeFilter, Comparison};
pub use engine::{Engine, EngineStats};
pub use error::{Location, QueryError};
pub use errors::*;
pub use limits::Limits;
pub use logs::*;
pub use metrics::*;
pub use services::*;
pub use source::{Keep, Snapshot, Source, SourceFile};
pub use sql::{SqlColumn, SqlResult, SqlRows};
pub use time::{Steps, Window, rfc3339};
pub use traces::*;
