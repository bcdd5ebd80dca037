//! A stand-in for a database: a pool of a few connections, and queries that really wait.
//!
//! Invariant: a query holds a connection for as long as it takes, so slow queries starve the others
//! as they do in life.

use std::time::{Duration, Instant};

use opentelemetry::KeyValue;
use opentelemetry::trace::SpanKind;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::failure::Failure;
use crate::work::Work;

/// A request waits this long for a connection, then fails.
const ACQUIRE_TIMEOUT: Duration = Duration::from_millis(2_500);

#[derive(Debug)]
pub(crate) struct Database {
    system: &'static str,
    namespace: &'static str,
    address: &'static str,
    port: i64,
    connections: usize,
    pool: Semaphore,
}

/// A statement, and how long it takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Query {
    pub(crate) operation: &'static str,
    pub(crate) collection: &'static str,
    pub(crate) text: &'static str,
    pub(crate) median_ms: f64,
}

impl Database {
    pub(crate) fn postgresql(
        namespace: &'static str,
        address: &'static str,
        connections: usize,
    ) -> Self {
        let pool = Semaphore::new(connections);
        Self { system: "postgresql", namespace, address, port: 5432, connections, pool }
    }

    pub(crate) fn redis(address: &'static str, connections: usize) -> Self {
        let pool = Semaphore::new(connections);
        Self { system: "redis", namespace: "0", address, port: 6379, connections, pool }
    }

    /// Runs a query that returns `rows` rows.
    pub(crate) async fn run(&self, work: &Work, query: Query, rows: i64) -> Result<(), Failure> {
        let name = format!("{} {}", query.operation, query.collection);
        let span = work.child(SpanKind::Client, name, self.attributes(query));
        let started = Instant::now();
        let acquired = self.acquire(&span).await;
        let outcome = match acquired {
            Ok(connection) => {
                let _in_use = connection;
                let _counted = InUse::begin(work, self);
                work.service.compute(query.median_ms).await;
                span.set(KeyValue::new("db.response.returned_rows", rows));
                Ok(())
            }
            Err(failure) => {
                span.fail(failure.kind, &failure.message);
                Err(failure)
            }
        };
        let labels = [
            KeyValue::new("db.system.name", self.system),
            KeyValue::new("db.operation.name", query.operation),
            KeyValue::new("db.collection.name", query.collection),
            KeyValue::new("db.namespace", self.namespace),
        ];
        let duration = started.elapsed().as_secs_f64();
        work.service.telemetry.instruments.database_duration.record(duration, &labels);
        outcome
    }

    async fn acquire(&self, span: &Work) -> Result<SemaphorePermit<'_>, Failure> {
        let started = Instant::now();
        let permit = tokio::time::timeout(ACQUIRE_TIMEOUT, self.pool.acquire()).await;
        let waited = started.elapsed();
        let labels = [KeyValue::new("db.client.connection.pool.name", self.namespace)];
        let instruments = &span.service.telemetry.instruments;
        instruments.pool_wait.record(waited.as_secs_f64(), &labels);
        if waited > Duration::from_millis(100) {
            let waited_ms = waited.as_millis() as i64;
            span.event("pool.wait", vec![KeyValue::new("db.app.pool_wait_ms", waited_ms)]);
        }
        // The pool is never closed.
        permit.ok().and_then(Result::ok).ok_or_else(|| {
            let message = format!(
                "no connection to {} within {} ms: all {} are in use",
                self.address,
                ACQUIRE_TIMEOUT.as_millis(),
                self.connections
            );
            Failure::unavailable("PoolTimeout", message)
        })
    }

    fn attributes(&self, query: Query) -> Vec<KeyValue> {
        vec![
            KeyValue::new("db.system.name", self.system),
            KeyValue::new("db.namespace", self.namespace),
            KeyValue::new("db.operation.name", query.operation),
            KeyValue::new("db.collection.name", query.collection),
            KeyValue::new("db.query.text", query.text),
            KeyValue::new("server.address", self.address),
            KeyValue::new("server.port", self.port),
        ]
    }
}

/// Counts a connection as used for as long as it is.
struct InUse<'a> {
    work: &'a Work,
    labels: [KeyValue; 2],
}

impl<'a> InUse<'a> {
    fn begin(work: &'a Work, database: &Database) -> Self {
        let labels = [
            KeyValue::new("db.client.connection.pool.name", database.namespace),
            KeyValue::new("db.client.connection.state", "used"),
        ];
        work.service.telemetry.instruments.pool_connections.add(1, &labels);
        Self { work, labels }
    }
}

impl Drop for InUse<'_> {
    fn drop(&mut self) {
        self.work.service.telemetry.instruments.pool_connections.add(-1, &self.labels);
    }
}
