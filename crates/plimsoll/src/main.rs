//! Entry point: parse arguments, run one command, report one error.

mod client;
mod commands;
mod exit;
mod logging;
mod settings;
mod signals;

use std::process::ExitCode;

use clap::Parser;

/// Gives memory back soon and evenly; see `.cargo/config.toml` for its settings.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let cli = match commands::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return exit::after_parsing(&error),
    };
    match commands::run(cli) {
        Ok(code) => code,
        Err(error) => exit::report(&error),
    }
}
