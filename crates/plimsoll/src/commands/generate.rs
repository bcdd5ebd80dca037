//! `plimsoll generate`: synthetic telemetry; the work is done in its own crate.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use anyhow::Result;
use plimsoll_generate::{
    Format, GenerateArgs, GenerateError, Progress, format_report, run_with_progress,
};

use super::print;
use crate::exit::{FAILED, Usage};
use crate::signals::Stop;

pub(super) async fn run(args: GenerateArgs) -> Result<ExitCode> {
    let mut stop = Stop::listen()?;
    let shows_progress = std::io::stderr().is_terminal();
    let progress = |progress: Progress| {
        if shows_progress {
            eprint!(
                "\r{:>4} s  {:>12} acknowledged  {:>10.0}/s  {} refused ",
                progress.elapsed.as_secs(),
                progress.items,
                progress.items_per_second,
                progress.refusals
            );
        }
    };
    let report = run_with_progress(&args, stop.asked(), progress).await;
    if shows_progress {
        eprintln!();
    }
    let report = report.map_err(|error| match error {
        GenerateError::Argument { .. } => anyhow::Error::from(Usage(error.to_string())),
        error => error.into(),
    })?;
    let format = args.format;
    print(&format_report(&report, format));
    if format == Format::Human && report.acknowledged.items == 0 {
        eprintln!("nothing was acknowledged");
    }
    Ok(match report.acknowledged.items {
        0 => ExitCode::from(FAILED),
        _ => ExitCode::SUCCESS,
    })
}
