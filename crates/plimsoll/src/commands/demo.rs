//! `plimsoll demo`: the server, and a small shop of services whose telemetry it receives.

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use plimsoll_demo::{DemoArgs, format_opening, format_report, run_with_opening};

use super::print;
use super::serve::{close, greeting, start};
use crate::exit::Usage;
use crate::settings::SettingsArgs;
use crate::signals::Stop;

#[derive(Args)]
#[command(after_help = "\
Examples:
  plimsoll demo
      the shop at its usual pace, its data gone at the end; Ctrl-C ends it
  plimsoll demo --data ./demo-data --rate 5 --day-seconds 120
      five times as busy, with all its faults within two minutes; the data stays

Unless set otherwise the demo has 1GiB of memory, and a data folder that is removed at its end.")]
pub(crate) struct DemoCommand {
    #[command(flatten)]
    shop: DemoArgs,
    #[command(flatten)]
    settings: SettingsArgs,
}

pub(super) async fn run(args: DemoCommand) -> Result<ExitCode> {
    args.shop.check().map_err(|error| Usage(error.to_string()))?;
    // Dropped, and so removed, when the demo ends; unused where a folder is given.
    let folder = tempfile::Builder::new().prefix("plimsoll-demo-").tempdir();
    let folder = folder.context("cannot make a folder for the demo's data")?;
    let defaults = [
        ("data", folder.path().display().to_string()),
        ("memory", "1GiB".to_owned()),
        // The shop's noise is not the server's.
        ("log.filter", "warn".to_owned()),
    ];
    let config = args.settings.resolve(&defaults)?;
    if config.otlp.grpc.is_none() {
        return Err(Usage("the demo's shop sends OTLP/gRPC; leave otlp.grpc on".to_owned()).into());
    }
    if config.otlp.require_token {
        return Err(
            Usage("the demo's shop has no token; leave otlp.require_token off".to_owned()).into()
        );
    }
    let mut stop = Stop::listen()?;
    let Some(server) = start(config.clone(), &mut stop).await? else {
        return Ok(ExitCode::SUCCESS);
    };
    print(&greeting(&server, &config, Some(&server.sign_in_link().await?)));
    let addresses = server.addresses();
    let endpoint = addresses.otlp_grpc.map(|address| addresses.url(address)).unwrap_or_default();
    let shop = run_with_opening(&endpoint, &args.shop, stop.asked(), |opening| {
        print(&format_opening(opening));
        print("Ctrl-C ends it\n");
    })
    .await;
    let closed = close(server, &mut stop).await;
    print(&format_report(&shop?));
    if config.data == *folder.path() {
        folder.close().context("cannot remove the demo's data")?;
    }
    closed
}
