//! Where samples go, and whose clock it is: what the server gives to scraping.

use std::sync::Arc;

use futures::future::BoxFuture;
use plimsoll_model::{TimeWindow, UnixNano};
use plimsoll_wire::prometheus::{Admission, Built};

/// Takes what was scraped.
pub trait Sink: Send + Sync + 'static {
    /// What is known of series. Asked once a scrape; rows that were built with it may still be
    /// discarded.
    fn admission(&self) -> Arc<dyn Admission + Send + Sync>;

    /// Keeps rows; done when they are durable. An error says why they are not, and the same rows
    /// are offered once more.
    fn append<'a>(&'a self, built: &'a Built) -> BoxFuture<'a, Result<(), String>>;

    /// The time now.
    fn now(&self) -> UnixNano;

    /// The times that are taken.
    fn window(&self) -> TimeWindow;
}
