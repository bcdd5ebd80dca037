//! Payments: has the bank authorise charges, patient in the wrong way.
//!
//! A call to the bank times out soon and is repeated almost at once. While the bank is flaky that
//! multiplies its load just when it can bear it least: a retry storm.

use std::sync::Arc;
use std::time::Duration;

use axum::routing::post;
use axum::{Extension, Json, Router};
use http::StatusCode;
use opentelemetry::KeyValue;
use opentelemetry::metrics::Counter;
use serde::{Deserialize, Serialize};
use tokio::task::JoinHandle;

use crate::client::{Call, CallError};
use crate::database::{Database, Query};
use crate::failure::Failure;
use crate::service::Service;
use crate::services::{DONE, Done, bank};
use crate::work::Work;

pub(crate) const NAME: &str = "payments";
pub(crate) const VERSION: &str = "4.0.7";

const ATTEMPTS: u32 = 5;
const BANK_TIMEOUT: Duration = Duration::from_millis(350);
const RETRY_DELAY: Duration = Duration::from_millis(20);
const DECLINED_SHARE: f64 = 0.03;

const INSERT_CHARGE: Query = Query {
    operation: "INSERT",
    collection: "charges",
    text: "INSERT INTO charges (order_id, amount_cents, state) VALUES ($1, $2, 'authorised')",
    median_ms: 4.0,
};

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Charge {
    pub(crate) order: String,
    pub(crate) amount_cents: u64,
}

struct Books {
    database: Database,
    retries: Counter<u64>,
}

pub(crate) fn routes(service: &Arc<Service>) -> (Router, Option<JoinHandle<()>>) {
    let retries = service
        .telemetry
        .meter
        .u64_counter("shop.payment.retries")
        .with_unit("{retry}")
        .with_description("Repeated calls to the bank.")
        .build();
    let database = Database::postgresql("payments", "payments-db.shop.internal", 8);
    let books = Arc::new(Books { database, retries });
    (Router::new().route("/charges", post(charge)).layer(Extension(books)), None)
}

async fn charge(
    Extension(work): Extension<Work>,
    Extension(books): Extension<Arc<Books>>,
    Json(charge): Json<Charge>,
) -> Result<Json<Done>, Failure> {
    work.set(KeyValue::new("app.order.id", charge.order.clone()));
    work.set(KeyValue::new("app.charge.amount", charge.amount_cents as f64 / 100.0));
    if work.service.random.chance(DECLINED_SHARE) {
        let message = "the card's limit is exceeded";
        return Err(Failure::client(StatusCode::PAYMENT_REQUIRED, "CardDeclined", message));
    }
    authorise(&work, &books, &charge).await?;
    books.database.run(&work, INSERT_CHARGE, 1).await?;
    Ok(Json(DONE))
}

async fn authorise(work: &Work, books: &Books, charge: &Charge) -> Result<(), Failure> {
    let mut attempt = 0;
    loop {
        let call = Call::post(bank::NAME, "/authorizations", charge);
        let call = call.timeout(BANK_TIMEOUT).resent(attempt);
        let error = match call.send::<Done>(work).await {
            Ok(_) => return Ok(()),
            Err(error) => error,
        };
        attempt += 1;
        if attempt == ATTEMPTS {
            return Err(give_up(&error));
        }
        books.retries.add(1, &[]);
        let attributes = vec![
            KeyValue::new("http.request.resend_count", i64::from(attempt)),
            KeyValue::new("app.order.id", charge.order.clone()),
        ];
        work.warn(format!("{error}; trying again"), attributes);
        tokio::time::sleep(RETRY_DELAY).await;
    }
}

fn give_up(error: &CallError) -> Failure {
    let message = format!("the bank did not authorise the charge in {ATTEMPTS} attempts: {error}");
    Failure::unavailable("BankUnavailable", message)
}
