//! The inventory: how much of each article is left, and reservations of it.

use std::sync::Arc;

use axum::extract::Path;
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use http::StatusCode;
use opentelemetry::KeyValue;
use opentelemetry::metrics::Gauge;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tokio::task::JoinHandle;

use crate::database::{Database, Query};
use crate::failure::Failure;
use crate::service::Service;
use crate::services::{ARTICLES, DONE, Done, Order};
use crate::work::Work;

pub(crate) const NAME: &str = "inventory";
pub(crate) const VERSION: &str = "3.1.0";

const STOCK_FULL: u32 = 200;

const READ_STOCK: Query =
    Query { operation: "HGET", collection: "stock", text: "HGET stock ?", median_ms: 0.8 };
const RESERVE: Query = Query {
    operation: "UPDATE",
    collection: "stock",
    text: "UPDATE stock SET reserved = reserved + $1 WHERE article = $2 AND left_over >= $1",
    median_ms: 6.0,
};

struct Stores {
    database: Database,
    cache: Database,
    /// By article; refilled when it runs out, as by a delivery.
    left: Mutex<Vec<u32>>,
    level: Gauge<u64>,
}

/// How much is left of an article.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(crate) struct Stock {
    pub(crate) left: u32,
}

pub(crate) fn routes(service: &Arc<Service>) -> (Router, Option<JoinHandle<()>>) {
    let level = service
        .telemetry
        .meter
        .u64_gauge("shop.stock.level")
        .with_unit("{article}")
        .with_description("Articles left after the last reservation.")
        .build();
    let stores = Arc::new(Stores {
        database: Database::postgresql("inventory", "inventory-db.shop.internal", 10),
        cache: Database::redis("inventory-cache.shop.internal", 32),
        left: Mutex::new(vec![STOCK_FULL; ARTICLES + 1]),
        level,
    });
    let router = Router::new()
        .route("/stock/{article}", get(show))
        .route("/reservations", post(reserve))
        .layer(Extension(stores));
    (router, None)
}

async fn show(
    Extension(work): Extension<Work>,
    Extension(stores): Extension<Arc<Stores>>,
    Path(article): Path<usize>,
) -> Result<Json<Stock>, Failure> {
    work.set(KeyValue::new("app.article.id", article as i64));
    stores.cache.run(&work, READ_STOCK, 1).await?;
    let left = stores.left.lock().get(article).copied();
    let left = left.ok_or_else(|| no_such_article(article))?;
    Ok(Json(Stock { left }))
}

async fn reserve(
    Extension(work): Extension<Work>,
    Extension(stores): Extension<Arc<Stores>>,
    Json(order): Json<Order>,
) -> Result<Json<Done>, Failure> {
    for item in &order.items {
        stores.database.run(&work, RESERVE, 1).await?;
        let left = take(&mut stores.left.lock(), item.article, item.quantity);
        let left = left.ok_or_else(|| no_such_article(item.article))?;
        let label = KeyValue::new("app.article.id", item.article as i64);
        stores.level.record(u64::from(left), std::slice::from_ref(&label));
        if left == STOCK_FULL {
            work.info(format!("article {} was delivered again", item.article), vec![label]);
        }
    }
    work.set(KeyValue::new("app.order.items", order.items.len() as i64));
    Ok(Json(DONE))
}

/// What is left afterwards; a delivery comes when there is not enough.
fn take(left: &mut [u32], article: usize, quantity: u32) -> Option<u32> {
    let stock = left.get_mut(article)?;
    *stock = stock.checked_sub(quantity).unwrap_or(STOCK_FULL);
    Some(*stock)
}

fn no_such_article(article: usize) -> Failure {
    let message = format!("there is no article {article}");
    Failure::client(StatusCode::NOT_FOUND, "NoSuchArticle", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stock_is_taken_and_delivered() {
        let mut left = vec![5; 2];
        assert_eq!(take(&mut left, 1, 3), Some(2));
        assert_eq!(take(&mut left, 1, 3), Some(STOCK_FULL));
        assert_eq!(take(&mut left, 2, 1), None);
    }
}
