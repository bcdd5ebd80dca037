//! `plimsoll config show`: the settings as they apply here, and where each comes from.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};

use super::print;
use crate::settings::SettingsArgs;

#[derive(Args)]
#[command(after_help = "\
Example:
  plimsoll config show --memory 1GiB > plimsoll.toml")]
pub(crate) struct ConfigCommand {
    #[command(subcommand)]
    command: ConfigSubcommand,
}

#[derive(Subcommand)]
enum ConfigSubcommand {
    /// Print every setting that applies here, as a settings file; secrets hidden
    Show(ShowArgs),
}

#[derive(Args)]
struct ShowArgs {
    #[command(flatten)]
    settings: SettingsArgs,
}

pub(super) fn run(command: ConfigCommand) -> Result<ExitCode> {
    let ConfigSubcommand::Show(args) = command.command;
    print(&args.settings.resolve(&[])?.show());
    Ok(ExitCode::SUCCESS)
}
