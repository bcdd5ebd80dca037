//! `plimsoll serve`: the server, from its settings to its last flush.

use std::fmt::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;
use clap::Args;
use plimsoll_model::SystemClock;
use plimsoll_server::Server;
use plimsoll_server::config::{Config, format_size};

use super::print;
use crate::logging;
use crate::settings::SettingsArgs;
use crate::signals::Stop;

#[derive(Args)]
#[command(after_help = "\
Examples:
  plimsoll serve --data /var/lib/plimsoll --memory 2GiB
  plimsoll serve --listen 127.0.0.1:0 --otlp-grpc 127.0.0.1:0 --otlp-http 127.0.0.1:0
      any free ports; DIR/addresses.json says which
  PLIMSOLL_BOOTSTRAP_TOKEN=… plimsoll serve
      with an admin token for automation")]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    settings: SettingsArgs,
}

pub(super) async fn run(args: ServeArgs) -> Result<ExitCode> {
    let config = args.settings.resolve(&[])?;
    let mut stop = Stop::listen()?;
    let server = start(config.clone(), &mut stop).await?;
    let Some(server) = server else { return Ok(ExitCode::SUCCESS) };
    print(&greeting(&server, &config, server.first_sign_in_link().await?.as_deref()));
    stop.asked().await;
    close(server, &mut stop).await
}

/// Starts a server, unless a signal comes first.
pub(super) async fn start(config: Config, stop: &mut Stop) -> Result<Option<Server>> {
    let observed = logging::init(&config.log, config.self_observe)?;
    tokio::select! {
        // Stopping a recovery loses nothing: the next start begins it again.
        () = stop.asked() => Ok(None),
        server = Server::start(config, Arc::new(SystemClock), observed) => Ok(Some(server?)),
    }
}

/// Stops a server; a second signal ends it at once.
pub(super) async fn close(server: Server, stop: &mut Stop) -> Result<ExitCode> {
    let limit = server.shutdown_timeout();
    tracing::info!(limit_seconds = limit.as_secs(), "stopping");
    tokio::select! {
        () = stop.asked() => {
            tracing::warn!("stopped at once; the next start replays the log");
            Ok(ExitCode::SUCCESS)
        }
        stopped = server.stop() => {
            stopped?;
            tracing::info!("stopped");
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// What the terminal shows when the server takes traffic.
pub(super) fn greeting(server: &Server, config: &Config, sign_in: Option<&str>) -> String {
    let addresses = server.addresses();
    let mut text = format!("\n  Plimsoll {}\n\n", env!("CARGO_PKG_VERSION"));
    let mut line = |name: &str, value: &str| {
        // Writing to a text does not fail.
        let _ = writeln!(text, "  {name:<12}{value}");
    };
    line("page", &server.page_url());
    if let Some(link) = sign_in {
        line("sign in", &format!("{link}   (once)"));
    }
    if let Some(address) = addresses.otlp_grpc {
        line("OTLP/gRPC", &addresses.url(address));
    }
    if let Some(address) = addresses.otlp_http {
        line("OTLP/HTTP", &addresses.url(address));
    }
    let memory = format_size((config.memory.total_bytes >> 20) << 20);
    line("data", &format!("{} with {memory} of memory", config.data.display()));
    if !server.has_page() {
        line("note", "built without the page; see the address above for how to build it in");
    }
    let endpoint = addresses.otlp_grpc.or(addresses.otlp_http).unwrap_or(addresses.listen);
    let protocol = match addresses.otlp_grpc {
        Some(_) => "",
        None => "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf ",
    };
    let _ = writeln!(
        text,
        "\n  {protocol}OTEL_EXPORTER_OTLP_ENDPOINT={} your-service\n",
        addresses.url(endpoint)
    );
    text
}
