//! Runs queries: on threads of their own, so many at once, each within its time, all within one
//! budget of memory.
//!
//! Invariants: a query that nobody waits for any more is told to end; a query holds its place until
//! its work has really ended; a panic of one query is an error of that query alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::MemoryPool;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use plimsoll_model::ErrorCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tracing::dispatcher::{get_default, with_default};
use tracing::instrument::WithSubscriber as _;
use tracing::{Dispatch, Instrument as _};

use crate::context::{Context, Deadline};
use crate::pool::SharedPool;
use crate::scan::MetadataCache;
use crate::source::Source;
use crate::sql::stores::OurFilesOnly;
use crate::{Limits, QueryError};

/// Stack of a query thread: plans of nested SQL are walked recursively. Only what is used takes memory.
const STACK_BYTES: usize = 16 << 20;

/// Answers queries over a source. Clones share everything.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) source: Arc<dyn Source>,
    pub(crate) limits: Arc<Limits>,
    pub(crate) cache: Arc<MetadataCache>,
    pub(crate) runtime_env: Arc<RuntimeEnv>,
    places: Arc<Semaphore>,
    waiting: AtomicUsize,
    threads: Option<tokio::runtime::Runtime>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        // A blocking shutdown would panic within an asynchronous caller; all queries hold a clone of
        // the engine or have been cancelled.
        if let Some(threads) = self.threads.take() {
            threads.shutdown_background();
        }
    }
}

/// What queries use now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EngineStats {
    /// Queries that run.
    pub running: usize,
    /// Queries that wait for their turn.
    pub waiting: usize,
    /// Bytes that running queries hold.
    pub memory_bytes: usize,
    /// Bytes of cached footers.
    pub metadata_bytes: usize,
}

impl Engine {
    /// An engine over a source.
    ///
    /// # Errors
    ///
    /// Threads or the folder for spilling cannot be made.
    pub fn new(source: impl Source, limits: Limits) -> Result<Self, QueryError> {
        let threads = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(limits.threads.max(1))
            .max_blocking_threads(limits.concurrent_max + limits.threads)
            .thread_stack_size(STACK_BYTES)
            .thread_name("query")
            .enable_time()
            .build()
            .map_err(QueryError::internal)?;
        let cache = Arc::new(MetadataCache::new(limits.metadata_bytes));
        let places = Arc::new(Semaphore::new(limits.concurrent_max.max(1)));
        let runtime_env = runtime_env(&limits)?;
        let inner = Inner {
            source: Arc::new(source),
            limits: Arc::new(limits),
            cache,
            runtime_env,
            places,
            waiting: AtomicUsize::new(0),
            threads: Some(threads),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// What queries use now.
    #[must_use]
    pub fn stats(&self) -> EngineStats {
        let inner = &self.inner;
        EngineStats {
            running: inner.limits.concurrent_max.max(1) - inner.places.available_permits(),
            waiting: inner.waiting.load(Ordering::Relaxed),
            memory_bytes: inner.runtime_env.memory_pool.reserved(),
            metadata_bytes: inner.cache.bytes(),
        }
    }

    /// The bounds it keeps.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.inner.limits
    }

    pub(crate) fn inner(&self) -> &Arc<Inner> {
        &self.inner
    }

    /// Runs blocking work in its turn and within the time of an API query.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Context) -> Result<T, QueryError> + Send + 'static,
    ) -> Result<T, QueryError> {
        let inner = &self.inner;
        let deadline = Deadline::after(inner.limits.timeout);
        let _cancel = deadline.canceller();
        let place = inner.place(&deadline).await?;
        let context = inner.context(&deadline);
        let (span, subscriber) = (tracing::info_span!("query"), get_default(Dispatch::clone));
        let task = inner.threads().spawn_blocking(move || {
            let answer = with_default(&subscriber, move || {
                let _span = span.entered();
                work(&context)
            });
            drop(place);
            answer
        });
        match tokio::time::timeout_at(deadline.at().into(), task).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(failure)) => Err(QueryError::internal(failure)),
            Err(_) => Err(deadline.exceeded()),
        }
    }

    /// Runs blocking work that the server itself needs, with no time limit and no turn.
    pub(crate) async fn run_unbounded<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Context) -> Result<T, QueryError> + Send + 'static,
    ) -> Result<T, QueryError> {
        /// A year.
        const LONG: Duration = Duration::from_secs(365 * 86_400);
        let inner = &self.inner;
        let deadline = Deadline::after(LONG);
        let context = inner.context(&deadline);
        let task = inner.threads().spawn_blocking(move || work(&context));
        task.await.map_err(QueryError::internal)?
    }

    /// Runs asynchronous work in its turn and within a time; it stops at its next pause, and should
    /// look at its deadline where pauses are rare.
    pub(crate) async fn run_async<T: Send + 'static, F>(
        &self,
        time_max: Duration,
        work: impl FnOnce(Arc<Deadline>) -> F,
    ) -> Result<T, QueryError>
    where
        F: Future<Output = Result<T, QueryError>> + Send + 'static,
    {
        /// Ends a task when nobody waits for it any more.
        struct Abort(tokio::task::AbortHandle);
        impl Drop for Abort {
            fn drop(&mut self) {
                self.0.abort();
            }
        }
        let inner = &self.inner;
        let deadline = Deadline::after(time_max);
        let _cancel = deadline.canceller();
        let place = inner.place(&deadline).await?;
        let span = tracing::info_span!("query");
        let work = work(Arc::clone(&deadline)).instrument(span).with_current_subscriber();
        let task = inner.threads().spawn(async move {
            let answer = work.await;
            drop(place);
            answer
        });
        let _abort = Abort(task.abort_handle());
        match tokio::time::timeout_at(deadline.at().into(), task).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(failure)) => Err(QueryError::internal(failure)),
            Err(_) => Err(deadline.exceeded()),
        }
    }
}

impl Inner {
    fn threads(&self) -> &tokio::runtime::Runtime {
        self.threads.as_ref().expect("the threads live as long as the engine")
    }

    fn context(&self, deadline: &Arc<Deadline>) -> Context {
        Context::new(
            Arc::clone(&self.source),
            Arc::clone(&self.cache),
            Arc::clone(&self.limits),
            &self.runtime_env.memory_pool,
            deadline,
        )
    }

    /// Waits for one's turn.
    async fn place(&self, deadline: &Deadline) -> Result<OwnedSemaphorePermit, QueryError> {
        struct Waiting<'a>(&'a AtomicUsize);
        impl Drop for Waiting<'_> {
            fn drop(&mut self) {
                self.0.fetch_sub(1, Ordering::Relaxed);
            }
        }
        let places = Arc::clone(&self.places);
        if let Ok(place) = Arc::clone(&places).try_acquire_owned() {
            return Ok(place);
        }
        let before = self.waiting.fetch_add(1, Ordering::Relaxed);
        let _waiting = Waiting(&self.waiting);
        let busy = || {
            QueryError::new(
                ErrorCode::ResourceExhausted,
                format!("{} queries run already", self.limits.concurrent_max),
            )
            .hint("try again in a moment")
        };
        if before >= self.limits.waiting_max {
            return Err(busy());
        }
        match tokio::time::timeout_at(deadline.at().into(), places.acquire_owned()).await {
            Ok(Ok(place)) => Ok(place),
            _ => Err(busy()),
        }
    }
}

/// DataFusion's resources: one pool of memory, a bounded folder to spill to, and no way to any file.
fn runtime_env(limits: &Limits) -> Result<Arc<RuntimeEnv>, QueryError> {
    let pool: Arc<dyn MemoryPool> = Arc::new(SharedPool::new(limits.memory_bytes));
    let mode = match &limits.spill_folder {
        Some(folder) => {
            std::fs::create_dir_all(folder).map_err(QueryError::internal)?;
            DiskManagerMode::Directories(vec![folder.clone()])
        }
        None => DiskManagerMode::Disabled,
    };
    let disk = DiskManagerBuilder::default()
        .with_mode(mode)
        .with_max_temp_directory_size(limits.spill_bytes_max);
    RuntimeEnvBuilder::new()
        .with_memory_pool(pool)
        .with_disk_manager_builder(disk)
        .with_object_store_registry(Arc::new(OurFilesOnly::default()))
        .with_metadata_cache_limit(0)
        .with_object_list_cache_limit(0)
        .with_file_statistics_cache_limit(0)
        .build_arc()
        .map_err(QueryError::internal)
}
