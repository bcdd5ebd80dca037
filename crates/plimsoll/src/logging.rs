//! Where log lines go: standard error, as text on a terminal and elsewhere, or as JSON.

use std::io::IsTerminal as _;

use anyhow::Result;
use plimsoll_server::config::LogConfig;
use plimsoll_server::{Observed, observe};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, fmt};

use crate::exit::Usage;

/// Starts logging; answers the server's own telemetry where it is to be kept.
pub(crate) fn init(config: &LogConfig, self_observe: bool) -> Result<Option<Observed>> {
    let filter: EnvFilter = EnvFilter::builder().parse(&config.filter).map_err(|error| {
        Usage(format!(
            "log.filter is {:?}, expected a level like info, or target=level pairs: {error}",
            config.filter
        ))
    })?;
    let lines = fmt::layer().with_writer(std::io::stderr);
    let lines = match config.json {
        true => lines.json().boxed(),
        false => lines.with_ansi(std::io::stderr().is_terminal()).with_target(false).boxed(),
    };
    let (layer, observed) = observe();
    let registry = tracing_subscriber::registry().with(lines.with_filter(filter));
    match self_observe {
        true => registry.with(layer).try_init()?,
        false => registry.try_init()?,
    }
    Ok(self_observe.then_some(observed))
}
