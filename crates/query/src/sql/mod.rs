//! SQL, read-only, over the tables of the store.
//!
//! Invariants: one statement that reads, or nothing; no name in SQL leads to a file, a network or a
//! setting: the only catalogue is ours, the only functions are listed in `functions/allowed.rs`, and
//! the only object store refuses everything.

mod deadline;
mod encode;
mod error;
mod filters;
mod functions;
mod guard;
mod provider;
mod reader;
mod session;
pub(crate) mod stores;
mod views;

use std::sync::Arc;
use std::time::Instant;

use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::physical_plan::execute_stream;
use futures::StreamExt;
use plimsoll_model::ErrorCode;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use self::encode::Encoder;
use crate::context::Deadline;
use crate::engine::Inner;
use crate::time::round;
use crate::{Engine, QueryError};

/// The result of an SQL query.
#[derive(Debug, Serialize, ToSchema)]
pub struct SqlResult {
    /// What the places of a row hold.
    pub columns: Vec<SqlColumn>,
    /// Rows of values. Integers beyond 2^53, decimals and doubles that JSON has no number for are
    /// strings; binaries are hex; timestamps RFC 3339; maps and structs objects.
    #[schema(value_type = Vec<Vec<Object>>)]
    pub rows: SqlRows,
    /// How many rows there are here.
    pub row_count: usize,
    /// Whether rows were cut off.
    pub truncated: bool,
    /// How long it took.
    pub elapsed_ms: f64,
}

/// Rows of a result, as the JSON text of an array of arrays. They count as memory of the queries
/// until they are dropped.
#[derive(Debug)]
pub struct SqlRows {
    json: Box<RawValue>,
    _memory: MemoryReservation,
}

impl SqlRows {
    fn new(json: Vec<u8>, memory: MemoryReservation) -> Result<Self, QueryError> {
        let json = String::from_utf8(json).map_err(QueryError::internal)?;
        let json = RawValue::from_string(json).map_err(QueryError::internal)?;
        Ok(Self { json, _memory: memory })
    }

    /// The rows, parsed.
    #[must_use]
    pub fn values(&self) -> Vec<Vec<Value>> {
        serde_json::from_str(self.json.get()).expect("an array of arrays was written")
    }
}

impl Serialize for SqlRows {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.json.serialize(serializer)
    }
}

/// A column of a result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SqlColumn {
    /// Its name.
    pub name: String,
    /// Its type: `bigint`, `double`, `text`, `boolean`, `timestamp`, `date`, `binary`, `map`, …
    #[serde(rename = "type")]
    pub kind: String,
}

impl Engine {
    /// Runs one SQL statement. `limit` is at most the limit of rows, which is also its default.
    ///
    /// # Errors
    ///
    /// The statement is wrong or not allowed, or a limit is reached.
    pub async fn sql(&self, query: String, limit: Option<usize>) -> Result<SqlResult, QueryError> {
        let inner = Arc::clone(self.inner());
        let time_max = inner.limits.sql_timeout;
        let rows_max = inner.limits.sql_rows_max.min(limit.unwrap_or(usize::MAX));
        self.run_async(time_max, |deadline| async move {
            run(&inner, &deadline, &query, rows_max).await
        })
        .await
    }
}

async fn run(
    inner: &Arc<Inner>,
    deadline: &Arc<Deadline>,
    query: &str,
    rows_max: usize,
) -> Result<SqlResult, QueryError> {
    let start = Instant::now();
    let text_bytes_max = inner.limits.sql_text_bytes_max;
    if query.len() > text_bytes_max {
        return Err(QueryError::new(
            ErrorCode::TooLarge,
            format!("the query has {} bytes, at most {text_bytes_max} are allowed", query.len()),
        ));
    }
    let statement = guard::parse(query)?;
    let state = session::state(inner, deadline, &statement, query).await?;
    let plan = state.statement_to_plan(statement).await.map_err(error::from)?;
    guard::check_plan(&plan)?;
    let plan = state.create_physical_plan(&plan).await.map_err(error::from)?;
    let memory = MemoryConsumer::new("result").register(&inner.runtime_env.memory_pool);
    let mut encoder = Encoder::new(&plan.schema(), rows_max, inner.limits.sql_bytes_max, memory);
    let mut stream = execute_stream(plan, state.task_ctx()).map_err(error::from)?;
    while let Some(rows) = stream.next().await {
        if !encoder.add(&rows.map_err(error::from)?)? {
            break;
        }
    }
    let (columns, rows, row_count, truncated) = encoder.finish()?;
    Ok(SqlResult {
        row_count,
        columns,
        rows,
        truncated,
        elapsed_ms: round(start.elapsed().as_secs_f64() * 1e3),
    })
}
