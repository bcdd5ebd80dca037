//! The checkout: prices an order, reserves its articles, charges the customer, asks for a mail.
//!
//! Release 2.7.0 has a regression: it asks the catalog for every single piece of an order instead
//! of reading all its prices at once, and stumbles over vouchers. It is deployed and rolled back every day.

use std::sync::Arc;

use axum::routing::post;
use axum::{Extension, Json, Router};
use http::StatusCode;
use opentelemetry::KeyValue;
use opentelemetry::metrics::Counter;
use opentelemetry::trace::SpanKind;
use tokio::task::JoinHandle;

use crate::client::{Call, CallError};
use crate::database::{Database, Query};
use crate::failure::Failure;
use crate::schedule::CHECKOUT_REGRESSED;
use crate::service::Service;
use crate::services::mailer::Mail;
use crate::services::payments::Charge;
use crate::services::{Article, Done, Order, Receipt, price_cents};
use crate::services::{catalog, inventory, mailer, payments};
use crate::work::Work;

pub(crate) const NAME: &str = "checkout";

const INSERT_ORDER: Query = Query {
    operation: "INSERT",
    collection: "orders",
    text: "INSERT INTO orders (customer, total_cents) VALUES ($1, $2) RETURNING id",
    median_ms: 5.0,
};
const READ_PRICES: Query = Query {
    operation: "SELECT",
    collection: "prices",
    text: "SELECT article, price_cents FROM prices WHERE article = ANY($1)",
    median_ms: 4.0,
};

struct Till {
    database: Database,
    orders: Counter<u64>,
    revenue: Counter<f64>,
}

pub(crate) fn routes(service: &Arc<Service>) -> (Router, Option<JoinHandle<()>>) {
    let meter = &service.telemetry.meter;
    let till = Arc::new(Till {
        database: Database::postgresql("checkout", "checkout-db.shop.internal", 10),
        orders: meter
            .u64_counter("shop.orders.placed")
            .with_unit("{order}")
            .with_description("Orders by outcome.")
            .build(),
        revenue: meter
            .f64_counter("shop.revenue")
            .with_unit("EUR")
            .with_description("Value of the orders that were paid.")
            .build(),
    });
    (Router::new().route("/orders", post(place)).layer(Extension(till)), None)
}

async fn place(
    Extension(work): Extension<Work>,
    Extension(till): Extension<Arc<Till>>,
    Json(order): Json<Order>,
) -> Result<Json<Receipt>, Failure> {
    work.set(KeyValue::new("enduser.id", order.customer.clone()));
    work.set(KeyValue::new("app.order.items", order.items.len() as i64));
    let placed = fulfil(&work, &till, &order).await;
    let outcome = match &placed {
        Ok(receipt) => {
            till.revenue.add(receipt.total_cents as f64 / 100.0, &[]);
            "placed"
        }
        Err(failure) if failure.status.is_client_error() => "declined",
        Err(_) => "failed",
    };
    till.orders.add(1, &[KeyValue::new("app.order.outcome", outcome)]);
    placed.map(Json)
}

async fn fulfil(work: &Work, till: &Till, order: &Order) -> Result<Receipt, Failure> {
    let total_cents = price(work, till, order).await?;
    work.set(KeyValue::new("app.order.total", total_cents as f64 / 100.0));
    let reserve = Call::post(inventory::NAME, "/reservations", order);
    reserve.send::<Done>(work).await.map_err(|error| depends("ReservationFailed", &error))?;
    till.database.run(work, INSERT_ORDER, 1).await?;
    let number = format!("{:012x}", work.service.random.next_u64() >> 16);
    let charge = Charge { order: number.clone(), amount_cents: total_cents };
    let charged = Call::post(payments::NAME, "/charges", &charge).send::<Done>(work).await;
    charged.map_err(|error| match error.status() {
        Some(StatusCode::PAYMENT_REQUIRED) => Failure::client(
            StatusCode::PAYMENT_REQUIRED,
            "CardDeclined",
            "the customer's card was declined",
        ),
        _ => depends("PaymentFailed", &error),
    })?;
    let mail = Mail { customer: order.customer.clone(), order: number.clone() };
    let asked = Call::post(mailer::NAME, "/mails", &mail).send::<Done>(work).await;
    if let Err(error) = asked {
        // The order stands; the customer only is not told.
        work.warn(format!("no confirmation for order {number}: {error}"), Vec::new());
    }
    let attributes = vec![KeyValue::new("app.order.id", number.clone())];
    work.info(format!("order {number} placed, {total_cents} cents"), attributes);
    Ok(Receipt { order: number, total_cents })
}

async fn price(work: &Work, till: &Till, order: &Order) -> Result<u64, Failure> {
    let span = work.child(SpanKind::Internal, "price order", Vec::new());
    let regressed = work.service.identity.version == CHECKOUT_REGRESSED;
    if regressed && order.voucher.is_some() {
        let failure = apply_voucher(order);
        span.fail(failure.kind, &failure.message);
        return Err(failure);
    }
    if !regressed {
        till.database.run(&span, READ_PRICES, order.items.len() as i64).await?;
        work.service.compute(3.0).await;
        let prices = order.items.iter();
        return Ok(prices.map(|item| price_cents(item.article) * u64::from(item.quantity)).sum());
    }
    let mut total = 0;
    for item in &order.items {
        for _ in 0..item.quantity {
            let path = format!("/articles/{}", item.article);
            let call = Call::get(catalog::NAME, "/articles/{id}", path);
            let article: Article =
                call.send(&span).await.map_err(|error| depends("PricingFailed", &error))?;
            work.service.compute(45.0).await;
            total += article.price_cents;
        }
    }
    Ok(total)
}

/// Where release 2.7.0 stumbles.
#[inline(never)]
fn apply_voucher(order: &Order) -> Failure {
    let voucher = order.voucher.as_deref().unwrap_or_default();
    Failure::internal("VoucherWithoutExpiry", format!("voucher {voucher} has no date of expiry"))
}

/// A failure of a service this one depends on.
fn depends(kind: &'static str, error: &CallError) -> Failure {
    Failure::unavailable(kind, error.to_string())
}
