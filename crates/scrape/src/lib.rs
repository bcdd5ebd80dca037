//! Scraping: asks services for their metrics, as Prometheus does, and hands them on.
//!
//! Where to start reading: [`Scraper`]; `pool` keeps the targets of a job, `worker` scrapes one of
//! them, `body` turns what came into rows.
//!
//! Invariants: every task is owned and joined; what is decided (which targets, when, what became
//! stale) is decided by functions without I/O and clock; memory is bounded by the settings; nothing
//! that was scraped is lost without being counted and said.

mod body;
mod client;
mod config;
mod discovery;
mod exposed;
#[cfg(test)]
mod fake;
mod labels;
mod memory;
mod pool;
mod relabel;
mod schedule;
mod scraper;
mod sink;
mod status;
mod target;
mod tls;
mod units;
mod worker;

pub use config::{
    Authorization, BODY_BYTES_MAX, Config, ConfigError, Fetching, FileDiscovery, Job,
    RawAuthorization, RawBasicAuth, RawConfig, RawFileDiscovery, RawGroup, RawJob, RawTls, Reading,
    Secret, SecretSource, Size,
};
pub use labels::LabelSet;
pub use relabel::{Action, RawRule, Rule, relabel};
pub use scraper::{Options, Scraper, StartError};
pub use sink::Sink;
pub use status::{ActiveTarget, DroppedTarget, Health, Losses, Targets};
