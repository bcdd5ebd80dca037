//! The generator on its own, for measuring it without building the whole of Plimsoll. Takes the
//! same options as `plimsoll generate`.

use std::process::ExitCode;

use clap::Parser;
use plimsoll_generate::{GenerateArgs, format_report, run};

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    args: GenerateArgs,
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Cli::parse().args;
    let interrupted = async {
        let _ = tokio::signal::ctrl_c().await;
    };
    match run(&args, interrupted).await {
        Ok(report) => {
            #[expect(clippy::print_stdout, reason = "the report is this program's output")]
            {
                print!("{}", format_report(&report, args.format));
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}
