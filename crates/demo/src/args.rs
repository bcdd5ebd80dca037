//! The command line of `plimsoll demo` as far as the shop is concerned.

use std::time::Duration;

use clap::Args;

/// A small shop of services under traffic, with faults to find.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct DemoArgs {
    /// How busy the shop is, as a multiple of the usual ten or so customers' requests per second
    #[arg(long, default_value_t = 1.0, value_name = "FACTOR")]
    pub rate: f64,
    /// Length of the shop's day in seconds; each fault comes once a day
    #[arg(long = "day-seconds", default_value_t = 600, value_name = "SECONDS")]
    pub day_seconds: u64,
    /// Same seed, same customers
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub seed: u64,
}

const EXAMPLES: &str = "\
Examples:
  plimsoll demo
      the shop at its usual pace; Ctrl-C ends it
  plimsoll demo --rate 5 --day-seconds 120
      five times as busy, with all its faults within two minutes";

/// More than this is the work of `plimsoll generate`, not of a shop in one process.
const RATE_MAX: f64 = 50.0;
/// Shorter days leave a fault too little time to be seen.
const DAY_MIN: Duration = Duration::from_secs(10);

impl DemoArgs {
    pub(crate) fn day(&self) -> Duration {
        Duration::from_secs(self.day_seconds)
    }

    /// Whether the shop can run like this.
    ///
    /// # Errors
    /// An argument is out of its range.
    pub fn check(&self) -> Result<(), crate::DemoError> {
        let wrong = |option: &'static str, expected: String| {
            Err(crate::DemoError::Argument { option, expected })
        };
        if !(self.rate > 0.0 && self.rate <= RATE_MAX) {
            return wrong("--rate", format!("more than 0 and at most {RATE_MAX}"));
        }
        if self.day() < DAY_MIN {
            return wrong("--day-seconds", format!("at least {}", DAY_MIN.as_secs()));
        }
        Ok(())
    }
}

impl Default for DemoArgs {
    fn default() -> Self {
        Self { rate: 1.0, day_seconds: 600, seed: 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        args: DemoArgs,
    }

    #[test]
    fn defaults_agree_and_are_valid() {
        let parsed = Cli::parse_from(["demo"]).args;
        assert_eq!(format!("{parsed:?}"), format!("{:?}", DemoArgs::default()));
        parsed.check().unwrap();
    }

    #[test]
    fn nonsense_is_refused_with_what_is_expected() {
        for (option, value) in [("--rate", "0"), ("--rate", "1e9"), ("--day-seconds", "1")] {
            let error = Cli::parse_from(["demo", option, value]).args.check().unwrap_err();
            assert!(error.to_string().starts_with(&format!("{option}: expected")), "{error}");
        }
    }
}
