//! The storefront: what customers' browsers talk to.

use std::sync::Arc;

use axum::extract::{Path, Query as QueryString};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use http::StatusCode;
use opentelemetry::KeyValue;
use opentelemetry::trace::SpanKind;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::client::{Call, CallError};
use crate::failure::Failure;
use crate::service::Service;
use crate::services::inventory::Stock;
use crate::services::{Article, Item, Order, Receipt, catalog, checkout, inventory};
use crate::work::Work;

pub(crate) const NAME: &str = "storefront";
pub(crate) const VERSION: &str = "5.2.1";

pub(crate) fn routes(_: &Arc<Service>) -> (Router, Option<JoinHandle<()>>) {
    let router = Router::new()
        .route("/", get(home))
        .route("/articles/{id}", get(article))
        .route("/search", get(search))
        .route("/cart/items", post(add_to_cart))
        .route("/checkout", post(check_out));
    (router, None)
}

async fn home(Extension(work): Extension<Work>) -> Result<Json<Value>, Failure> {
    let call = Call::get(catalog::NAME, "/articles", "/articles".to_owned());
    let articles: Vec<Article> = call.send(&work).await.map_err(|error| depends(&error))?;
    render(&work, "home").await;
    Ok(Json(json!({ "articles": articles })))
}

async fn article(
    Extension(work): Extension<Work>,
    Path(id): Path<usize>,
) -> Result<Json<Value>, Failure> {
    work.set(KeyValue::new("app.article.id", id as i64));
    let described = Call::get(catalog::NAME, "/articles/{id}", format!("/articles/{id}"));
    let stocked = Call::get(inventory::NAME, "/stock/{article}", format!("/stock/{id}"));
    let (described, stocked) =
        tokio::join!(described.send::<Article>(&work), stocked.send::<Stock>(&work));
    let described = described.map_err(|error| depends(&error))?;
    // Without the inventory the page just does not say how many are left.
    let left = stocked.ok().map(|stock| stock.left);
    render(&work, "article").await;
    Ok(Json(json!({ "article": described, "left": left })))
}

#[derive(Debug, Deserialize)]
struct Search {
    q: String,
}

async fn search(
    Extension(work): Extension<Work>,
    QueryString(search): QueryString<Search>,
) -> Result<Json<Value>, Failure> {
    let call = Call::get(catalog::NAME, "/search", format!("/search?q={}", search.q));
    let articles: Vec<Article> = call.send(&work).await.map_err(|error| depends(&error))?;
    render(&work, "search").await;
    Ok(Json(json!({ "articles": articles })))
}

async fn add_to_cart(
    Extension(work): Extension<Work>,
    Json(item): Json<Item>,
) -> Result<Json<Value>, Failure> {
    let path = format!("/stock/{}", item.article);
    let call = Call::get(inventory::NAME, "/stock/{article}", path);
    let stock: Stock = call.send(&work).await.map_err(|error| depends(&error))?;
    work.set(KeyValue::new("app.cart.quantity", i64::from(item.quantity)));
    if stock.left < item.quantity {
        let message = format!("only {} left of article {}", stock.left, item.article);
        return Err(Failure::client(StatusCode::CONFLICT, "SoldOut", message));
    }
    Ok(Json(json!({ "added": item.quantity })))
}

async fn check_out(
    Extension(work): Extension<Work>,
    Json(order): Json<Order>,
) -> Result<Json<Receipt>, Failure> {
    work.set(KeyValue::new("enduser.id", order.customer.clone()));
    let call = Call::post(checkout::NAME, "/orders", &order);
    // Longer than all that checkout may wait for.
    let call = call.timeout(std::time::Duration::from_secs(8));
    let receipt: Receipt = call.send(&work).await.map_err(|error| depends(&error))?;
    Ok(Json(receipt))
}

async fn render(work: &Work, template: &'static str) {
    let attributes = vec![KeyValue::new("app.template", template)];
    let span = work.child(SpanKind::Internal, "render page", attributes);
    span.service.compute(4.0).await;
}

/// The customer's fault stays one; anything else is ours.
fn depends(error: &CallError) -> Failure {
    match error.status() {
        Some(status) if status.is_client_error() => {
            Failure::client(status, "Refused", error.to_string())
        }
        _ => Failure::unavailable("DependencyFailed", error.to_string()),
    }
}
