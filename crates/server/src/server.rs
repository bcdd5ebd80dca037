//! A server's life: open the data, bind the ports, serve, stop.
//!
//! Invariants: no port is bound before recovery is done; `stop` first takes no more connections,
//! then lets requests finish, then closes the store, all under one deadline; whatever the deadline
//! cuts off was never acknowledged, or is in the log for the next start.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::RwLock;
use plimsoll_model::batch::{Batch, RecordKind};
use plimsoll_model::{Clock, DAY_NANO, TimeWindow, UnixNano};
use plimsoll_query::{Engine, Metrics};
use plimsoll_scrape::Scraper;
use plimsoll_series::{Index, Naming};
use plimsoll_state::{Actor, State, StateError};
use plimsoll_store::{OpenError, Options, Retention, Store, StoreError};
use plimsoll_wire::scrub::Scrubber;
use plimsoll_wire::{columns, otlp};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::access::{AccessConfig, AccessState, first_sign_in_link, sign_in_link};
use crate::addresses::Addresses;
use crate::app::{App, Phase};
use crate::config::Config;
use crate::errors::{Errors, OpenErrorsError};
use crate::ingest::Ingest;
use crate::listen::{BindError, Port, Serving, TlsError, tls_acceptor};
use crate::monitors::Monitors;
use crate::observe::{Dropped, Observed};
use crate::recording::{Recording, RulesError};
use crate::routes;
use crate::scraping::ScrapeSink;
use crate::span_metrics::Derived;

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder cannot be made.
    #[error("cannot use {path} as the data folder; choose another with --data")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The store did not open.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// The state database did not open.
    #[error(transparent)]
    State(#[from] StateError),
    /// The query engine did not start.
    #[error("the query engine did not start: {0}")]
    Query(String),
    /// A scrape job cannot be started.
    #[error(transparent)]
    Scrape(#[from] plimsoll_scrape::StartError),
    /// A rule file cannot be used.
    #[error(transparent)]
    Rules(#[from] RulesError),
    /// Issues cannot be read.
    #[error(transparent)]
    Errors(#[from] OpenErrorsError),
    /// A port is taken.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// Certificate or key.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The addresses file cannot be written.
    #[error("cannot write addresses.json in the data folder: {0}")]
    Addresses(io::Error),
}

/// What was not done when a stop's time was up. Nothing acknowledged is lost by it.
#[derive(Debug, thiserror::Error)]
pub enum StopError {
    /// The last flush failed or took too long.
    #[error("the store was not closed cleanly: {0}; the next start replays its log")]
    Store(String),
}

/// A running server.
pub struct Server {
    app: Arc<App>,
    addresses: Addresses,
    stopping: CancellationToken,
    tasks: TaskTracker,
}

impl Server {
    /// Opens the data and serves. `observed` is the telemetry of the server itself, kept if the
    /// settings say so.
    ///
    /// # Errors
    /// [`StartError`]; nothing is left running then.
    pub async fn start(
        config: Config,
        clock: Arc<dyn Clock>,
        observed: Option<Observed>,
    ) -> Result<Self, StartError> {
        let started = clock.now();
        create_folder(&config.data)?;
        // Both fail early: a wrong certificate should not wait for a recovery.
        let tls = config.tls.as_ref().map(tls_acceptor).transpose()?;
        let store = open_store(&config, Arc::clone(&clock)).await?;
        let state = State::open(&config.data, Arc::clone(&clock)).await?;
        let token = config.bootstrap_token.as_ref().map(crate::config::Secret::reveal);
        state.set_bootstrap_token(token).await?;

        let ports = Ports::bind(&config).await?;
        let addresses = ports.addresses(config.tls.is_some());
        let tasks = TaskTracker::new();
        let access =
            AccessState::new(state.clone(), access_config(&config, &addresses), clock.clone());
        let engine = open_engine(&config, &store)?;
        let metrics = open_metrics(&config, &engine, clock.now()).await?;
        let index = Arc::clone(metrics.index());
        let derived = Arc::new(Derived::new(
            Arc::clone(&clock),
            config.metrics.from_spans,
            config.memory.total_bytes,
        ));
        let monitors = Arc::new(Monitors::open(state.clone(), clock.clone()).await?);
        let scrubber = Arc::new(Scrubber::new(&config.privacy));
        let errors = Errors::open(
            config.errors,
            state,
            engine.clone(),
            store.clone(),
            Arc::clone(&clock),
            tasks.clone(),
            Arc::clone(&scrubber),
            // A sixteenth of what queries may take.
            usize::try_from(config.memory.query_bytes / 16).unwrap_or(usize::MAX),
        );
        let errors = Arc::new(errors.await?);
        let ingest = Arc::new(Ingest::new(
            store.clone(),
            index,
            Arc::clone(&derived),
            Arc::clone(&errors),
            Arc::clone(&scrubber),
            Arc::clone(&clock),
            &config,
        ));
        let rules = &config.rules;
        let recording = Arc::new(Recording::new(rules.files.clone(), rules.interval));
        recording.check()?;
        let page_url = match &config.http.public_url {
            Some(url) => url.to_string().trim_end_matches('/').to_owned(),
            None => addresses.base_url(),
        };
        let app = Arc::new(App {
            monitors,
            outcomes: crate::sentry::Outcomes::default(),
            quotas: crate::sentry::Quotas::default(),
            page_url,
            clock,
            store,
            engine,
            metrics,
            ingest,
            errors,
            access,
            recording,
            derived,
            scraper: RwLock::default(),
            phase: Phase::default(),
            observed: observed.as_ref().map(Observed::dropped).unwrap_or_else(Dropped::none),
            started,
            config,
        });
        let server = Self { app, addresses, stopping: CancellationToken::new(), tasks };
        server.serve(ports, tls);
        if let Some(observed) = observed.filter(|_| server.app.config.self_observe) {
            let run = observed.run(Arc::clone(&server.app), server.stopping.clone());
            server.tasks.spawn(run);
        }
        server.start_scraping()?;
        server.run_in_background();
        server.addresses.write(&server.app.config.data).map_err(StartError::Addresses)?;
        server.app.phase.ready();
        Ok(server)
    }

    /// Scrapes what the settings say, until the stop.
    fn start_scraping(&self) -> Result<(), StartError> {
        let config = self.app.config.scrape.clone();
        if config.jobs.is_empty() {
            return Ok(());
        }
        let ingest = Arc::clone(&self.app.ingest);
        let sink = Arc::new(ScrapeSink { ingest, clock: Arc::clone(&self.app.clock) });
        // A third of what requests may take.
        let body_bytes = usize::try_from(self.app.config.memory.ingest_bytes / 3);
        let options = plimsoll_scrape::Options {
            body_bytes: body_bytes.unwrap_or(usize::MAX),
            ..plimsoll_scrape::Options::default()
        };
        let scraper = Scraper::start(config, sink, options, &self.stopping)?;
        *self.app.scraper.write() = Some(scraper);
        let (app, stopping) = (Arc::clone(&self.app), self.stopping.clone());
        self.tasks.spawn(async move {
            stopping.cancelled().await;
            let scraper = app.scraper.write().take();
            if let Some(scraper) = scraper {
                scraper.stop().await;
            }
        });
        Ok(())
    }

    /// What runs beside requests until the stop.
    fn run_in_background(&self) {
        let derived = Arc::clone(&self.app.derived);
        self.tasks.spawn(derived.run(Arc::clone(&self.app), self.stopping.clone()));
        let errors = Arc::clone(&self.app.errors);
        self.tasks.spawn(errors.run(self.stopping.clone()));
        let monitors = Arc::clone(&self.app.monitors);
        self.tasks.spawn(monitors.run(self.stopping.clone()));
        let recording = Arc::clone(&self.app.recording);
        self.tasks.spawn(recording.run(Arc::clone(&self.app), self.stopping.clone()));
        self.tasks.spawn(forget_old_series(Arc::clone(&self.app), self.stopping.clone()));
    }

    fn serve(&self, ports: Ports, tls: Option<tokio_rustls::TlsAcceptor>) {
        let serving = Serving {
            http: self.app.config.http.clone(),
            tls,
            stopping: self.stopping.clone(),
            tasks: self.tasks.clone(),
        };
        let (main, otlp) = (routes::main(&self.app).finish().0, routes::otlp(&self.app).finish().0);
        self.tasks.spawn(serving.clone().accept(ports.main, main));
        for port in [ports.grpc, ports.http].into_iter().flatten() {
            self.tasks.spawn(serving.clone().accept(port, otlp.clone()));
        }
    }

    /// Where it listens.
    #[must_use]
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// Whether the page is part of this binary.
    #[must_use]
    pub fn has_page(&self) -> bool {
        crate::page::is_built_in()
    }

    /// The link that signs the first admin in; none where somebody can sign in already.
    ///
    /// # Errors
    /// When the state database fails.
    pub async fn first_sign_in_link(&self) -> Result<Option<String>, StateError> {
        first_sign_in_link(self.app.access.state(), &self.page_url()).await
    }

    /// A link that signs in once.
    ///
    /// # Errors
    /// When the state database fails.
    pub async fn sign_in_link(&self) -> Result<String, StateError> {
        sign_in_link(self.app.access.state(), &self.page_url(), &Actor::server()).await
    }

    /// Where a browser finds the page.
    #[must_use]
    pub fn page_url(&self) -> String {
        self.app.page_url.clone()
    }

    /// Stops: takes no more connections, lets requests finish, writes what waits, closes.
    ///
    /// # Errors
    /// [`StopError`]; the process may end all the same.
    pub async fn stop(self) -> Result<(), StopError> {
        let deadline = Instant::now() + self.app.config.http.shutdown_timeout;
        self.app.phase.stopping();
        self.addresses.remove(&self.app.config.data);
        self.stopping.cancel();
        self.tasks.close();
        // Half of the time is for requests, so that the store has the rest.
        let drain = Instant::now() + self.app.config.http.shutdown_timeout / 2;
        if tokio::time::timeout_at(drain, self.tasks.wait()).await.is_err() {
            tracing::warn!(tasks = self.tasks.len(), "requests were cut off by the stop");
        }
        if let Err(error) = self.app.errors.save().await {
            tracing::error!(%error, "counts of issues are not stored; the next start counts again");
        }
        self.app.access.state().close().await;
        match tokio::time::timeout_at(deadline, self.app.store.close()).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error @ StoreError::Closed)) => {
                tracing::debug!(%error, "the store was closed before");
                Ok(())
            }
            Ok(Err(error)) => Err(StopError::Store(error.to_string())),
            Err(_) => Err(StopError::Store("out of time".to_owned())),
        }
    }
}

/// The open ports, before anything is accepted.
struct Ports {
    main: Port,
    grpc: Option<Port>,
    http: Option<Port>,
}

impl Ports {
    async fn bind(config: &Config) -> Result<Self, BindError> {
        let main = Port::bind(config.listen, "the page and the API", "--listen").await?;
        let grpc = match config.otlp.grpc {
            Some(address) => Some(Port::bind(address, "OTLP/gRPC", "--otlp-grpc").await?),
            None => None,
        };
        let http = match config.otlp.http {
            Some(address) => Some(Port::bind(address, "OTLP/HTTP", "--otlp-http").await?),
            None => None,
        };
        Ok(Self { main, grpc, http })
    }

    fn addresses(&self, tls: bool) -> Addresses {
        Addresses {
            scheme: if tls { "https" } else { "http" }.to_owned(),
            listen: self.main.address,
            otlp_grpc: self.grpc.as_ref().map(|port| port.address),
            otlp_http: self.http.as_ref().map(|port| port.address),
            pid: std::process::id(),
        }
    }
}

/// The data folder holds secrets' hashes and everybody's telemetry: for its owner only.
fn create_folder(path: &PathBuf) -> Result<(), StartError> {
    use std::os::unix::fs::DirBuilderExt as _;
    let mut builder = std::fs::DirBuilder::new();
    builder
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|source| StartError::Folder { path: path.clone(), source })
}

async fn open_store(config: &Config, clock: Arc<dyn Clock>) -> Result<Store, StartError> {
    let memory_bytes = usize::try_from(config.memory.store_bytes).unwrap_or(usize::MAX);
    let mut options = Options::new(&config.data, memory_bytes);
    let retention = config.retention;
    options.retention = Retention {
        traces: retention.traces,
        logs: retention.logs,
        metrics: retention.metrics,
        errors: retention.errors,
    };
    options.disk_bytes_max = retention.disk_bytes_max;
    options.flush_interval = config.store.flush_interval;
    options.compact_interval = config.store.compact_interval;
    options.compact_fan_in = config.store.compact_fan_in;
    options.disk_reserve_bytes = config.store.disk_reserve_bytes;
    options.grace = config.store.grace;
    let opened =
        tokio::task::spawn_blocking(move || Store::open(options, clock, &decode_again)).await;
    match opened {
        Ok(opened) => Ok(opened?),
        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
    }
}

/// Decodes a record of the log as ingest did when it came.
fn decode_again(kind: RecordKind, body: &[u8], window: &TimeWindow) -> Result<Batch, String> {
    if kind == RecordKind::Columns {
        return columns::decode(body).map_err(|error| error.to_string());
    }
    // Whatever was accepted once is accepted again, under a smaller budget, too.
    let limits = otlp::Limits { body_bytes_max: usize::MAX, ..otlp::Limits::default() };
    match otlp::decode(kind, body, window, &limits) {
        Ok(decoded) => Ok(decoded.batch),
        Err(error) => Err(error.to_string()),
    }
}

fn open_engine(config: &Config, store: &Store) -> Result<Engine, StartError> {
    let memory_bytes = usize::try_from(config.memory.query_bytes).unwrap_or(usize::MAX);
    let mut limits = plimsoll_query::Limits::new(memory_bytes);
    limits.timeout = config.query.timeout;
    limits.sql_timeout = config.query.timeout;
    limits.sql_rows_max = config.query.rows_max;
    limits.spill_folder = Some(config.data.join("spill"));
    Engine::new(store.clone(), limits).map_err(|error| StartError::Query(error.to_string()))
}

/// The index holds today's and yesterday's series from the start; queries of earlier days read the table.
async fn open_metrics(
    config: &Config,
    engine: &Engine,
    now: UnixNano,
) -> Result<Metrics, StartError> {
    let metrics = &config.metrics;
    let limits = plimsoll_series::Limits {
        metric_series_max: metrics.metric_series_max,
        source_series_max: metrics.source_series_max,
        memory_bytes_max: usize::try_from(config.memory.series_bytes).unwrap_or(usize::MAX),
        out_of_order_nano: i64::try_from(metrics.out_of_order_max.as_nanos()).unwrap_or(i64::MAX),
    };
    let naming = Naming {
        resource_labels: metrics.resource_labels.clone(),
        scope_labels: metrics.scope_labels,
    };
    let index = Arc::new(Index::new(limits, naming));
    // Half of what queries may take, at 16 bytes a sample.
    let samples_max = usize::try_from(config.memory.query_bytes / 32).unwrap_or(usize::MAX);
    let mut options = plimsoll_promql::Options::default();
    options.samples_max = options.samples_max.min(samples_max);
    let metrics = Metrics::new(engine.clone(), index, options);
    let today = i32::try_from(now.div_euclid(DAY_NANO)).unwrap_or_default();
    let loaded = metrics.load(today - 1).await;
    loaded.map_err(|error| StartError::Query(error.to_string()))?;
    Ok(metrics)
}

/// Once an hour, takes series without points since yesterday out of memory.
async fn forget_old_series(app: Arc<App>, stopping: CancellationToken) {
    const EVERY: Duration = Duration::from_secs(3_600);
    loop {
        tokio::select! {
            () = stopping.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
        let today = i32::try_from(app.clock.now().div_euclid(DAY_NANO)).unwrap_or_default();
        let metrics = app.metrics.clone();
        let forgot = tokio::task::spawn_blocking(move || metrics.forget_before(today - 1)).await;
        if let Err(error) = forgot {
            tracing::error!(%error, "old series could not be taken out of memory");
        }
    }
}

fn access_config(config: &Config, addresses: &Addresses) -> AccessConfig {
    let listen = [Some(addresses.listen), addresses.otlp_grpc, addresses.otlp_http];
    let mut access = AccessConfig::new(listen.into_iter().flatten().collect());
    access.public_url.clone_from(&config.http.public_url);
    access.allowed_hosts.clone_from(&config.http.allowed_hosts);
    access.tls = config.tls.is_some();
    access.ingest_needs_token = config.otlp.require_token;
    access
}

/// How long a stop may take at most, for whoever supervises the process.
impl Server {
    /// The deadline that [`Self::stop`] keeps.
    #[must_use]
    pub fn shutdown_timeout(&self) -> Duration {
        self.app.config.http.shutdown_timeout
    }
}
