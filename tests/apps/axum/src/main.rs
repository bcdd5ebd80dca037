//! An axum shop that knows nothing of errors but SENTRY_DSN: one mistake reached from five places, and others.

use std::error::Error;
use std::fmt;
use std::num::ParseIntError;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use sentry::integrations::tower::{NewSentryLayer, SentryHttpLayer};
use sentry::integrations::tracing::{BreadcrumbLayer, ErrorLayer, LogLayer, SpanLayer};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tower_http::catch_panic::CatchPanicLayer;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::prelude::*;

struct Item {
    name: &'static str,
    price: u64,
    count: u64,
}

const TEA: Item = Item { name: "tea", price: 5, count: 0 };

#[derive(Debug)]
struct PriceError {
    item: &'static str,
}

impl fmt::Display for PriceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} has no count", self.item)
    }
}

impl Error for PriceError {}

#[derive(Debug)]
struct StockError {
    shelf: u32,
    cause: ParseIntError,
}

impl fmt::Display for StockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the stock of shelf {} cannot be read", self.shelf)
    }
}

impl Error for StockError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.cause)
    }
}

/// What a handler answers with where it failed.
struct Failure(Box<dyn Error + Send + Sync>);

impl<E: Error + Send + Sync + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(Box::new(error))
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let error: &(dyn Error + 'static) = &*self.0;
        tracing::error!(error, "the request failed");
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }
}

type Answer = Result<String, Failure>;

fn price_of(item: &Item) -> Result<u64, PriceError> {
    item.price.checked_div(item.count).ok_or(PriceError { item: item.name })
}

async fn cart() -> Answer {
    Ok(price_of(&TEA)?.to_string())
}

async fn checkout() -> Answer {
    let prices: Result<Vec<u64>, PriceError> = [TEA].iter().map(price_of).collect();
    Ok(prices?.iter().sum::<u64>().to_string())
}

#[tracing::instrument]
async fn wishlist() -> Answer {
    tokio::task::yield_now().await;
    Ok(price_of(&TEA)?.to_string())
}

fn with_discount(price: impl Fn(&Item) -> Result<u64, PriceError>) -> Result<u64, PriceError> {
    price(&TEA).map(|price| price * 9 / 10)
}

async fn offers() -> Answer {
    Ok(with_discount(price_of)?.to_string())
}

trait Order {
    fn total(&self) -> Result<u64, PriceError>;
}

impl Order for Item {
    fn total(&self) -> Result<u64, PriceError> {
        price_of(self)
    }
}

async fn orders() -> Answer {
    let order: Box<dyn Order + Send> = Box::new(TEA);
    Ok(order.total()?.to_string())
}

fn stock_of(shelf: u32, text: &str) -> Result<u32, StockError> {
    text.parse().map_err(|cause| StockError { shelf, cause })
}

async fn stock() -> Answer {
    tracing::info!(shelf = 7, "counting what is left");
    Ok(stock_of(7, "twelve")?.to_string())
}

fn label_of(shelves: &[&'static str], number: usize) -> &'static str {
    shelves[number]
}

async fn shelf() -> &'static str {
    label_of(&["tea", "salt"], 7)
}

async fn cellar() -> String {
    (2..4).map(|number| label_of(&["wine", "beer"], number)).collect()
}

async fn note() -> &'static str {
    tracing::warn!(item = "tea", left = 3, "stock is low");
    "noted"
}

fn routes() -> Router {
    // The last layer is the first to see a request.
    Router::new()
        .route("/cart", get(cart))
        .route("/checkout", get(checkout))
        .route("/wishlist", get(wishlist))
        .route("/offers", get(offers))
        .route("/orders", post(orders))
        .route("/stock", get(stock))
        .route("/shelves/{number}", get(shelf))
        .route("/cellar", get(cellar))
        .route("/note", get(note))
        .layer(CatchPanicLayer::new())
        .layer(SentryHttpLayer::new().enable_transaction())
        .layer(NewSentryLayer::<Request<Body>>::new_from_top())
}

/// What is traced becomes spans, logs, errors, and breadcrumbs of errors.
fn trace() {
    let crumbs = filter_fn(|metadata| *metadata.level() > tracing::Level::ERROR);
    tracing_subscriber::registry()
        .with(SpanLayer::new().with_filter(LevelFilter::INFO))
        .with(BreadcrumbLayer::new().with_filter(crumbs))
        .with(ErrorLayer::new().with_filter(LevelFilter::ERROR))
        .with(LogLayer::new().with_filter(LevelFilter::INFO))
        .init();
}

async fn run() -> std::io::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let mut end = signal(SignalKind::terminate())?;
    let ended = async move {
        end.recv().await;
    };
    println!("http://{}", listener.local_addr()?);
    axum::serve(listener, routes()).with_graceful_shutdown(ended).await
}

fn main() -> std::io::Result<()> {
    // The DSN, the release and the environment come from the environment.
    let options = sentry::ClientOptions::new().traces_sample_rate(1.0).attach_stacktrace(true);
    // Sends what it still has when it is dropped.
    let _sentry = sentry::init(options);
    trace();
    tokio::runtime::Runtime::new()?.block_on(run())
}
