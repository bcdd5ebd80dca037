//! The object stores that DataFusion may ask for: one that holds nothing. Our files are read by
//! `reader`, whatever their path looks like; no URL leads anywhere.

use std::sync::Arc;

use datafusion::common::DataFusionError;
use datafusion::error::Result;
use datafusion::execution::object_store::ObjectStoreRegistry;
use object_store::ObjectStore;
use object_store::memory::InMemory;
use url::Url;

/// The URL of every scan of ours.
pub(super) const URL: &str = "plimsoll://tables";

/// Knows [`URL`] alone.
#[derive(Debug, Default)]
pub(crate) struct OurFilesOnly {
    nothing: Arc<InMemory>,
}

impl ObjectStoreRegistry for OurFilesOnly {
    fn register_store(
        &self,
        _url: &Url,
        _store: Arc<dyn ObjectStore>,
    ) -> Option<Arc<dyn ObjectStore>> {
        None
    }

    fn get_store(&self, url: &Url) -> Result<Arc<dyn ObjectStore>> {
        if url.scheme() == "plimsoll" {
            return Ok(Arc::clone(&self.nothing) as Arc<dyn ObjectStore>);
        }
        Err(DataFusionError::Plan("there are no files and URLs in SQL here".to_owned()))
    }
}
