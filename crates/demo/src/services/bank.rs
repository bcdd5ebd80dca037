//! The gateway to the bank: a dependency of somebody else's making that has bad quarters of an
//! hour.
//!
//! Invariant: it works on few requests at a time; the others wait in line, so more requests make it
//! slower for all.

use std::sync::Arc;

use axum::routing::post;
use axum::{Extension, Json, Router};
use opentelemetry::KeyValue;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use crate::failure::Failure;
use crate::service::Service;
use crate::services::payments::Charge;
use crate::services::{DONE, Done};
use crate::work::Work;

pub(crate) const NAME: &str = "bank-gateway";
pub(crate) const VERSION: &str = "22.10";

const COUNTERS: usize = 4;
const FLAKY_REFUSAL_SHARE: f64 = 0.35;
const FLAKY_SLOW_SHARE: f64 = 0.45;

pub(crate) fn routes(_: &Arc<Service>) -> (Router, Option<JoinHandle<()>>) {
    let counters = Arc::new(Semaphore::new(COUNTERS));
    (Router::new().route("/authorizations", post(authorise)).layer(Extension(counters)), None)
}

async fn authorise(
    Extension(work): Extension<Work>,
    Extension(counters): Extension<Arc<Semaphore>>,
    Json(charge): Json<Charge>,
) -> Result<Json<Done>, Failure> {
    work.set(KeyValue::new("app.charge.amount", charge.amount_cents as f64 / 100.0));
    let waiting = counters.acquire().await;
    let _served = waiting.map_err(|_| Failure::unavailable("Closed", "the bank is closed"))?;
    let random = &work.service.random;
    if !work.service.scene.conditions().bank_flaky {
        work.service.compute(22.0).await;
        return Ok(Json(DONE));
    }
    if random.chance(FLAKY_REFUSAL_SHARE) {
        work.service.compute(8.0).await;
        let message = "the card network's host closed the session";
        return Err(Failure::unavailable("CardNetworkDown", message));
    }
    let slow = random.chance(FLAKY_SLOW_SHARE);
    work.service.compute(if slow { 600.0 } else { 60.0 }).await;
    Ok(Json(DONE))
}
