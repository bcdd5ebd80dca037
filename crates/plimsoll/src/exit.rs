//! Exit codes, the same for every command: 0 fine, 1 what was examined fails, 2 could not examine
//! it, 64 used wrongly.

use std::process::ExitCode;

/// The thing examined fails: a refused query, telemetry that was not acknowledged.
pub(crate) const FAILED: u8 = 1;
const COULD_NOT: u8 = 2;
const USAGE: u8 = 64;

/// A wrong argument or setting.
#[derive(Debug)]
pub(crate) struct Usage(pub(crate) String);

impl std::fmt::Display for Usage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// Prints what the command line asked for, or what is wrong with it.
pub(crate) fn after_parsing(error: &clap::Error) -> ExitCode {
    // Where nobody reads, nothing is to be said.
    let _ = error.print();
    match error.use_stderr() {
        true => ExitCode::from(USAGE),
        false => ExitCode::SUCCESS,
    }
}

/// Prints an error, once.
pub(crate) fn report(error: &anyhow::Error) -> ExitCode {
    eprintln!("error: {error:#}");
    match error.is::<Usage>() {
        true => ExitCode::from(USAGE),
        false => ExitCode::from(COULD_NOT),
    }
}
