//! The command line: one file a subcommand.

mod config;
mod demo;
mod generate;
mod promql;
mod query;
mod rules;
mod serve;
mod token;

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};

pub(crate) use query::ServerArgs;

/// Watch, load, guard and debug a service: one program, one store, one page.
#[derive(Parser)]
#[command(version, about, arg_required_else_help = true, after_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  plimsoll demo                        look around, with a small shop under traffic
  plimsoll serve --data ./data         run the server
  OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4317 your-service

Exit codes: 0 fine, 1 what was examined fails, 2 could not examine it, 64 used wrongly";

#[derive(Subcommand)]
enum Command {
    /// Run the server: receive, keep, show
    Serve(serve::ServeArgs),
    /// Run the server and a small shop of services under traffic, with faults to find
    Demo(demo::DemoCommand),
    /// Send synthetic telemetry, for sizing and benchmarks
    Generate(plimsoll_generate::GenerateArgs),
    /// Ask a server from the terminal
    Query(query::QueryCommand),
    /// Check alert and recording rules
    Rules(rules::RulesCommand),
    /// Make, list and revoke tokens; make a link that signs in
    Token(token::TokenCommand),
    /// Look at the settings
    Config(config::ConfigCommand),
}

/// Runs the command.
pub(crate) fn run(cli: Cli) -> Result<ExitCode> {
    match cli.command {
        Command::Serve(args) => block_on(serve::run(args)),
        Command::Demo(args) => block_on(demo::run(args)),
        Command::Generate(args) => block_on(generate::run(args)),
        Command::Query(args) => block_on(query::run(args)),
        Command::Rules(args) => rules::run(args),
        Command::Token(args) => block_on(token::run(args)),
        Command::Config(args) => config::run(args),
    }
}

/// Runs a command on all cores, and gives its last tasks a moment when it is done.
fn block_on(command: impl Future<Output = Result<ExitCode>>) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("plimsoll")
        .build()
        .context("cannot start the program's threads")?;
    let result = runtime.block_on(command);
    // Everything that matters was joined; a query that runs on must not hold up the end.
    runtime.shutdown_background();
    result
}

/// Prints to standard output; a reader that went away is no error.
pub(crate) fn print(text: &str) {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
