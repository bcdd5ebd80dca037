//! The shop as a whole: opens its services, deploys releases, sends customers, closes.
//!
//! Invariants: every task is joined; closing takes at most `CLOSE_TIME` and a little; a release is a
//! new instance on a new port with its own telemetry, and the old one finishes what it began.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::args::DemoArgs;
use crate::directory::Directory;
use crate::error::DemoError;
use crate::report::{Opening, Report};
use crate::schedule::Scene;
use crate::service::{Running, Surroundings, start};
use crate::services::{bank, catalog, checkout, inventory, mailer, payments, storefront};
use crate::traffic::{self, Counts};

/// All services and their telemetry have so long to finish.
const CLOSE_TIME: Duration = Duration::from_secs(8);
/// An instance that was replaced has so long to finish.
const DRAIN_TIME: Duration = Duration::from_secs(12);
/// How often the schedule is consulted for releases.
const RELEASE_CHECK: Duration = Duration::from_millis(500);

/// Runs the shop until `shutdown` resolves; its telemetry goes to `otlp_endpoint` over OTLP/gRPC.
pub async fn run(
    otlp_endpoint: &str,
    args: &DemoArgs,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<Report, DemoError> {
    run_with_opening(otlp_endpoint, args, shutdown, |_| {}).await
}

/// Like `run`; calls `on_open` when customers may come.
pub async fn run_with_opening(
    otlp_endpoint: &str,
    args: &DemoArgs,
    shutdown: impl Future<Output = ()> + Send,
    on_open: impl FnOnce(&Opening),
) -> Result<Report, DemoError> {
    args.check()?;
    let around = Surroundings {
        otlp_endpoint: otlp_endpoint.to_owned(),
        directory: Directory::default(),
        scene: Scene::begin(args.day()),
        seed: args.seed,
    };
    let mut services = Vec::new();
    let opened = open(&around, &mut services).await;
    let mut till = match opened {
        Ok(till) => till,
        Err(error) => {
            close(services).await;
            return Err(error);
        }
    };
    on_open(&Opening { services: around.directory.list(), day: args.day() });

    let started = Instant::now();
    let counts = Arc::new(Counts::default());
    let (stop, stopped) = watch::channel(false);
    let customers = tokio::spawn(traffic::run(
        around.directory.clone(),
        around.scene,
        args.rate,
        args.seed,
        Arc::clone(&counts),
        stopped,
    ));
    let mut releases = 0;
    tokio::pin!(shutdown);
    let outcome = loop {
        tokio::select! {
            () = &mut shutdown => break Ok(()),
            () = tokio::time::sleep(RELEASE_CHECK) => {}
        }
        match till.release_if_due(&around).await {
            Ok(released) => releases += u64::from(released),
            Err(error) => break Err(error),
        }
    };
    stop.send_replace(true);
    // The customers' task leaves within its own bound.
    let _ = customers.await;
    services.push(till.current);
    close(services).await;
    if let Some(draining) = till.draining {
        // Bounded by the time it was given.
        let _ = draining.await;
    }
    outcome.map(|()| Report {
        elapsed: started.elapsed(),
        requests: counts.requests.load(Ordering::Relaxed),
        failed: counts.failed.load(Ordering::Relaxed),
        stayed_away: counts.stayed_away.load(Ordering::Relaxed),
        releases,
    })
}

/// Opens all services but checkout into `services`, then checkout.
async fn open(around: &Surroundings, services: &mut Vec<Running>) -> Result<Till, DemoError> {
    services.push(start(around, bank::NAME, bank::VERSION, bank::routes).await?);
    services.push(start(around, mailer::NAME, mailer::VERSION, mailer::routes).await?);
    services.push(start(around, catalog::NAME, catalog::VERSION, catalog::routes).await?);
    services.push(start(around, inventory::NAME, inventory::VERSION, inventory::routes).await?);
    services.push(start(around, payments::NAME, payments::VERSION, payments::routes).await?);
    services.push(start(around, storefront::NAME, storefront::VERSION, storefront::routes).await?);
    Till::open(around).await
}

async fn close(services: Vec<Running>) {
    let mut closing = tokio::task::JoinSet::new();
    for service in services {
        closing.spawn(service.stop(CLOSE_TIME));
    }
    while closing.join_next().await.is_some() {}
}

/// Checkout, which is released anew.
struct Till {
    current: Running,
    /// Stops the instance before.
    draining: Option<JoinHandle<()>>,
}

impl Till {
    async fn open(around: &Surroundings) -> Result<Self, DemoError> {
        let version = around.scene.conditions().checkout_version;
        let current = start(around, checkout::NAME, version, checkout::routes).await?;
        Ok(Self { current, draining: None })
    }

    /// Puts the version of the hour in place of the one that runs.
    async fn release_if_due(&mut self, around: &Surroundings) -> Result<bool, DemoError> {
        let version = around.scene.conditions().checkout_version;
        if version == self.current.version {
            return Ok(false);
        }
        let next = start(around, checkout::NAME, version, checkout::routes).await?;
        let replaced = std::mem::replace(&mut self.current, next);
        let draining = tokio::spawn(replaced.stop(DRAIN_TIME));
        if let Some(older) = self.draining.replace(draining) {
            let _ = older.await;
        }
        Ok(true)
    }
}
