//! The shop on its own, against any OTLP/gRPC endpoint: `shop http://127.0.0.1:4317 [options]`.

use std::process::ExitCode;

use clap::Parser;
use plimsoll_demo::{DemoArgs, format_opening, format_report, run_with_opening};

#[derive(Parser)]
struct Cli {
    /// Where the telemetry goes
    endpoint: String,
    #[command(flatten)]
    args: DemoArgs,
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let interrupted = async {
        let _ = tokio::signal::ctrl_c().await;
    };
    let opened = |opening: &plimsoll_demo::Opening| eprint!("{}", format_opening(opening));
    match run_with_opening(&cli.endpoint, &cli.args, interrupted, opened).await {
        Ok(report) => {
            eprint!("{}", format_report(&report));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}
