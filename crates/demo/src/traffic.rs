//! The customers: requests to the storefront in an open loop, as many as the time of day brings.
//!
//! Invariants: customers are not instrumented, as browsers are not; at most `OPEN_MAX` requests are
//! open, customers beyond that stay away; all are gone when `run` returns.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::{BodyExt, Full, Limited};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::client::{HttpClient, http_client};
use crate::directory::Directory;
use crate::random::Random;
use crate::schedule::Scene;
use crate::services::{ARTICLES, Item, Order, storefront};

/// Requests to the storefront per second on average over a day; each makes three to ten more.
const REQUESTS_PER_SECOND: f64 = 12.0;
const OPEN_MAX: usize = 500;
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
const PAGE_BYTES_MAX: usize = 1024 * 1024;
/// Once the shop closes, customers have so long to leave.
const LEAVE_TIME: Duration = Duration::from_secs(3);

const CUSTOMERS: usize = 2_000;
const VOUCHER_SHARE: f64 = 0.25;
const WRONG_LINK_SHARE: f64 = 0.01;

const USER_AGENTS: [&str; 4] = [
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 Version/17.5 Safari/605.1.15",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36",
    "ShopApp/4.12.0 (Android 14; Pixel 8)",
];
const WORDS: [&str; 8] = ["oak", "lamp", "brass", "desk", "linen", "clock", "walnut", "basket"];

/// What customers saw.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) requests: AtomicU64,
    pub(crate) failed: AtomicU64,
    pub(crate) stayed_away: AtomicU64,
}

/// Sends customers until told to stop.
pub(crate) async fn run(
    directory: Directory,
    scene: Scene,
    rate: f64,
    seed: u64,
    counts: Arc<Counts>,
    mut stop: watch::Receiver<bool>,
) {
    let random = Random::derive(seed, "customers");
    let client = http_client();
    let mut open = JoinSet::new();
    loop {
        let load = (REQUESTS_PER_SECOND * rate * scene.conditions().load).max(0.01);
        // Customers do not know of each other: times between them are exponential.
        let pause = Duration::from_secs_f64((-(1.0 - random.unit()).ln() / load).min(10.0));
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stop.wait_for(|stop| *stop) => break,
        }
        while open.try_join_next().is_some() {}
        if open.len() >= OPEN_MAX {
            counts.stayed_away.fetch_add(1, Ordering::Relaxed);
            continue;
        }
        let Some(address) = directory.address(storefront::NAME) else { continue };
        let visit = choose(&random);
        let agent = USER_AGENTS[random.below(USER_AGENTS.len())];
        let uri = format!("http://{address}{}", visit.path);
        let (client, counts) = (client.clone(), Arc::clone(&counts));
        open.spawn(async move {
            let succeeded = request(&client, visit, uri, agent).await;
            counts.requests.fetch_add(1, Ordering::Relaxed);
            counts.failed.fetch_add(u64::from(!succeeded), Ordering::Relaxed);
        });
    }
    let leaving = async { while open.join_next().await.is_some() {} };
    if tokio::time::timeout(LEAVE_TIME, leaving).await.is_err() {
        open.shutdown().await;
    }
}

/// One request of a customer.
#[derive(Clone, Debug)]
struct Visit {
    method: Method,
    path: String,
    body: Bytes,
}

fn choose(random: &Random) -> Visit {
    let get = |path: String| Visit { method: Method::GET, path, body: Bytes::new() };
    let post = |path: &str, body: serde_json::Result<Vec<u8>>| Visit {
        method: Method::POST,
        path: path.to_owned(),
        body: body.map(Bytes::from).unwrap_or_default(),
    };
    match random.below(100) {
        0..30 => get("/".to_owned()),
        30..62 => {
            let wrong = random.chance(WRONG_LINK_SHARE);
            let article = if wrong { 9_999 } else { 1 + random.below(ARTICLES) };
            get(format!("/articles/{article}"))
        }
        62..77 => get(format!("/search?q={}", WORDS[random.below(WORDS.len())])),
        77..88 => post("/cart/items", serde_json::to_vec(&item(random))),
        _ => post("/checkout", serde_json::to_vec(&order(random))),
    }
}

fn item(random: &Random) -> Item {
    Item { article: 1 + random.below(ARTICLES), quantity: 1 + random.below(3) as u32 }
}

fn order(random: &Random) -> Order {
    let items = (0..1 + random.below(4)).map(|_| item(random)).collect();
    let voucher = random.chance(VOUCHER_SHARE).then(|| format!("V{:04}", random.below(10_000)));
    Order { customer: format!("customer-{:04}", random.below(CUSTOMERS)), items, voucher }
}

/// Whether the shop answered without a failure of its own.
async fn request(client: &HttpClient, visit: Visit, uri: String, agent: &'static str) -> bool {
    let request = Request::builder()
        .method(visit.method)
        .uri(uri)
        .header(http::header::USER_AGENT, agent)
        .header(http::header::CONTENT_TYPE, "application/json")
        .body(Full::new(visit.body));
    let Ok(request) = request else { return false };
    let exchange = async {
        let response = client.request(request).await.ok()?;
        let status = response.status();
        Limited::new(response.into_body(), PAGE_BYTES_MAX).collect().await.ok()?;
        Some(status)
    };
    let answered = tokio::time::timeout(REQUEST_TIMEOUT, exchange).await;
    answered.ok().flatten().is_some_and(|status| !status.is_server_error())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn customers_do_everything_and_the_same_from_one_seed() {
        let visits = |seed| -> Vec<String> {
            let random = Random::derive(seed, "customers");
            (0..500).map(|_| format!("{:?}", choose(&random))).collect()
        };
        let all = visits(1);
        assert_eq!(all, visits(1));
        assert_ne!(all, visits(2));
        for expected in ["\"/\"", "/articles/", "/search?q=", "/cart/items", "/checkout"] {
            assert!(all.iter().any(|visit| visit.contains(expected)), "{expected}");
        }
    }
}
