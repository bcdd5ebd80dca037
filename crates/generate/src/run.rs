//! Runs all connections from the first batch to the last answer.
//!
//! Invariants: the clock starts after every connection is open and every template is encoded; all
//! tasks are joined before this returns.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::args::{GenerateArgs, Protocol};
use crate::error::GenerateError;
use crate::exporter::Exporter;
use crate::grpc::GrpcExporter;
use crate::http1::HttpExporter;
use crate::ledger::Ledger;
use crate::plan::Plan;
use crate::pool::Pool;
use crate::report::{Measured, Report};
use crate::tally::Tally;
use crate::worker::{Run, Worker};

const PROGRESS_INTERVAL: Duration = Duration::from_secs(1);

/// How far a run has got.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Since the first batch.
    pub elapsed: Duration,
    /// Acknowledged so far.
    pub items: u64,
    /// In the last second.
    pub items_per_second: f64,
    /// Refused requests so far.
    pub refusals: u64,
}

/// Generates until the duration or the count is reached or `cancel` resolves, then reports.
pub async fn run(
    args: &GenerateArgs,
    cancel: impl Future<Output = ()> + Send,
) -> Result<Report, GenerateError> {
    run_with_progress(args, cancel, |_| {}).await
}

/// Like `run`; calls `on_progress` about once a second.
pub async fn run_with_progress(
    args: &GenerateArgs,
    cancel: impl Future<Output = ()> + Send,
    on_progress: impl FnMut(Progress) + Send,
) -> Result<Report, GenerateError> {
    let plan = Plan::resolve(args, wall_unix_nano())?;
    match plan.target.protocol {
        Protocol::Grpc => drive(plan, GrpcExporter::new, cancel, on_progress).await,
        Protocol::Http => drive(plan, HttpExporter::new, cancel, on_progress).await,
    }
}

async fn drive<E: Exporter>(
    plan: Plan,
    exporter: impl Fn(crate::plan::Target) -> E,
    cancel: impl Future<Output = ()> + Send,
    on_progress: impl FnMut(Progress) + Send,
) -> Result<Report, GenerateError> {
    let ledger = plan.ledger.as_deref().map(|path| Ledger::open(path, &plan.run)).transpose()?;
    let exporters = connect(&plan, exporter).await?;
    let building = plan.clone();
    let pools = tokio::task::spawn_blocking(move || -> Vec<Pool> {
        (0..building.connections).map(|connection| Pool::build(&building, connection)).collect()
    });
    let pools = pools.await.map_err(|error| GenerateError::Sender(error.to_string()))?;

    let duration = plan.duration;
    let run = Arc::new(Run {
        plan,
        ledger,
        clock: wall_unix_nano,
        started: Instant::now(),
        started_unix_nano: wall_unix_nano(),
        acknowledged_items: AtomicU64::new(0),
        refusals: AtomicU64::new(0),
    });
    let cpu_before = process_cpu_time();
    let (stop, stopped) = watch::channel(false);
    let mut workers = JoinSet::new();
    for (connection, (exporter, pool)) in exporters.into_iter().zip(pools).enumerate() {
        let worker = Worker::new(Arc::clone(&run), connection, exporter, stopped.clone());
        workers.spawn(worker.work(pool));
    }
    let tally = supervise(&run, duration, workers, &stop, cancel, on_progress).await?;
    let measured = Measured {
        elapsed: run.started.elapsed(),
        cpu: process_cpu_time().saturating_sub(cpu_before),
    };
    Ok(Report::new(&run.plan, &tally, measured))
}

/// Opens all connections, so that a wrong address is told at once.
async fn connect<E: Exporter>(
    plan: &Plan,
    exporter: impl Fn(crate::plan::Target) -> E,
) -> Result<Vec<E>, GenerateError> {
    let mut exporters = Vec::with_capacity(plan.connections);
    for _ in 0..plan.connections {
        let mut exporter = exporter(plan.target.clone());
        exporter
            .connect()
            .await
            .map_err(|reason| GenerateError::Connect { endpoint: plan.target.url(), reason })?;
        exporters.push(exporter);
    }
    Ok(exporters)
}

/// Waits for all workers; stops them when it is time or one has failed.
async fn supervise(
    run: &Run,
    duration: Option<Duration>,
    mut workers: JoinSet<Result<Tally, GenerateError>>,
    stop: &watch::Sender<bool>,
    cancel: impl Future<Output = ()> + Send,
    mut on_progress: impl FnMut(Progress) + Send,
) -> Result<Tally, GenerateError> {
    let deadline = async {
        match duration {
            Some(duration) => tokio::time::sleep_until(run.started + duration).await,
            None => std::future::pending().await,
        }
    };
    tokio::pin!(cancel, deadline);
    let mut ticks = tokio::time::interval_at(run.started + PROGRESS_INTERVAL, PROGRESS_INTERVAL);
    let mut total = Tally::new();
    let mut failed = None;
    let mut items_before = 0;
    loop {
        tokio::select! {
            joined = workers.join_next() => match joined {
                None => break,
                Some(Ok(Ok(tally))) => total.add(&tally),
                Some(Ok(Err(error))) => failed = failed.or(Some(error)),
                Some(Err(panic)) => {
                    failed = failed.or(Some(GenerateError::Sender(panic.to_string())));
                }
            },
            () = &mut deadline, if !*stop.borrow() => { stop.send_replace(true); }
            () = &mut cancel, if !*stop.borrow() => { stop.send_replace(true); }
            _ = ticks.tick() => {
                let items = run.acknowledged_items.load(Ordering::Relaxed);
                on_progress(Progress {
                    elapsed: run.started.elapsed(),
                    items,
                    items_per_second: (items - items_before) as f64
                        / PROGRESS_INTERVAL.as_secs_f64(),
                    refusals: run.refusals.load(Ordering::Relaxed),
                });
                items_before = items;
            }
        }
        if failed.is_some() {
            stop.send_replace(true);
        }
    }
    failed.map_or(Ok(total), Err)
}

fn wall_unix_nano() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64)
}

/// User and system time of this process so far.
fn process_cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
