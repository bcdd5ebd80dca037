//! `plimsoll rules check`: rule files, before they are used.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, Subcommand, ValueEnum};
use plimsoll_rules::{Report, check};

use super::print;
use crate::exit::FAILED;

#[derive(Args)]
#[command(after_help = "\
Example:
  plimsoll rules check rules/*.yml")]
pub(crate) struct RulesCommand {
    #[command(subcommand)]
    command: RulesSubcommand,
}

#[derive(Subcommand)]
enum RulesSubcommand {
    /// Check rule files of Prometheus' format: every problem with its line and column
    Check(CheckArgs),
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  plimsoll rules check rules/*.yml
  plimsoll rules check --format json rules.yml

Exit codes: 0 all files are right, 1 one is wrong, 2 one cannot be read, 64 used wrongly")]
struct CheckArgs {
    /// Rule files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Take warnings for errors
    #[arg(long)]
    strict: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

pub(super) fn run(command: RulesCommand) -> Result<ExitCode> {
    let RulesSubcommand::Check(args) = command.command;
    let mut reports = Vec::new();
    let mut failed = false;
    for path in &args.files {
        let text = fs::read_to_string(path)
            .with_context(|| format!("cannot read the rule file {}", path.display()))?;
        let checked = check(&text);
        failed |= match &checked {
            Ok(file) => args.strict && !file.warnings.is_empty(),
            Err(_) => true,
        };
        reports.push(Report::new(path.display().to_string(), &checked));
    }
    match args.format {
        Format::Text => reports.iter().for_each(|report| print(&report.to_string())),
        Format::Json => {
            print(&format!("{}\n", serde_json::to_string_pretty(&reports)?));
        }
    }
    Ok(if failed { ExitCode::from(FAILED) } else { ExitCode::SUCCESS })
}
