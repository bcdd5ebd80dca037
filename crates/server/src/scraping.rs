//! What scraping is given: the way to the store, and the clock.

use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use plimsoll_model::batch::RecordKind;
use plimsoll_model::{Clock, TimeWindow, UnixNano};
use plimsoll_scrape::Sink;
use plimsoll_wire::prometheus::{Admission, Built};

use crate::ingest::Ingest;

/// Hands on to ingest what was scraped.
pub(crate) struct ScrapeSink {
    pub(crate) ingest: Arc<Ingest>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Sink for ScrapeSink {
    fn admission(&self) -> Arc<dyn Admission + Send + Sync> {
        self.ingest.index()
    }

    fn append<'a>(&'a self, built: &'a Built) -> BoxFuture<'a, Result<(), String>> {
        async { self.ingest.keep_built(built).await.map(drop).map_err(|problem| problem.detail) }
            .boxed()
    }

    fn now(&self) -> UnixNano {
        self.clock.now()
    }

    fn window(&self) -> TimeWindow {
        self.ingest.window(RecordKind::Columns)
    }
}
